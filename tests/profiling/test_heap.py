"""Heaps of programs whose use was counted by hand, and of events alone."""

from pathlib import Path

import pytest

import simtiny
from simtiny.board_file import load_board
from simtiny.image import Image
from simtiny.machine.machine import Machine
from simtiny.profiling.heap import EventKind, Heap, HeapEvent
from simtiny.profiling.heap_use import heap_use
from simtiny.profiling.result import HeapUse
from simtiny.report.profile_text import path_words
from tests.machine import bare
from tests.profiling.compiled import START, linked, needs_gcc

ALLOCATED, FREED, RESIZED, FAILED = EventKind
NO_IMAGE = Image("test", "", ())
NEWLIB = """
#include <stdlib.h>
#include <malloc.h>
static char *top = _end;
void *_sbrk(int by) { char *was = top; if (top + by > _end + 4096) return (void *)-1; top += by; return was; }
void *volatile kept[8];
"""


def run(image: Image, calls: bool = False) -> tuple[list[HeapEvent], HeapUse, list[str]]:
    """From reset to `done`."""
    machine = Machine(load_board("nucleo-l4r5zi"), image, calls=calls)
    paths = iter(range(1000))
    heap = Heap(machine, lambda: next(paths))
    assert heap.listen()
    machine.watch(image.symbols["done"].address, machine.stop)
    machine.run(limit_cycles=10_000_000)
    events = list(heap.events())
    use, notes = heap_use(events, image, 0, machine.cycles + 1)
    return events, use, [note.text for note in notes]


def sizes(events: list[HeapEvent]) -> list[tuple[EventKind, int]]:
    return [(event.kind, event.size) for event in events]


@needs_gcc
@pytest.mark.parametrize("options", [["-specs=nano.specs"], [], ["-O0", "-specs=nano.specs"]])
def test_only_the_outermost_call_counts(options: list[str], tmp_path: Path) -> None:
    source = (
        START
        + NEWLIB
        + """
void work(void) {
  kept[0] = malloc(100);
  kept[1] = calloc(10, 20);
  kept[2] = realloc(kept[0], 300);
  kept[3] = realloc(NULL, 40);
  free(kept[1]);
  free(NULL);
  kept[4] = memalign(64, 128);
  kept[5] = malloc(100000);
}
"""
    )
    events, use, notes = run(linked(tmp_path, "-fno-builtin", *options, main=source))
    assert sizes(events) == [
        (ALLOCATED, 100),
        (ALLOCATED, 200),
        (RESIZED, 300),
        (ALLOCATED, 40),
        (FREED, 0),
        (ALLOCATED, 128),
        (FAILED, 100_000),
    ]
    assert (use.allocations, use.frees, use.peak_bytes, use.live_bytes) == (5, 2, 540, 468)
    assert sorted(leak[:2] for leak in use.leaks) == [(40, 1), (128, 1), (300, 1)]
    assert notes == ["work (main.c:27) asks for 100,000 bytes, and the heap has no room"]


@needs_gcc
def test_what_is_freed_wrongly_is_told_with_its_place(tmp_path: Path) -> None:
    source = (
        START
        + "\n#include <stddef.h>\n"
        + """
static char memory[256], *top = memory;
__attribute__((noipa)) void *pvPortMalloc(size_t n) { char *was = top; top += n; return n > 64 ? NULL : was; }
__attribute__((noipa)) void vPortFree(void *block) { __asm__ volatile("" :: "r"(block)); }
void work(void) {
  char *block = pvPortMalloc(16);
  vPortFree(block);
  vPortFree(block);
  vPortFree(block + 8);
}
"""
    )
    image = linked(tmp_path, "-fno-optimize-sibling-calls", main=source)
    _, use, notes = run(image)
    block = image.symbols["memory"].address
    assert notes == [
        f"work (main.c:21) frees 0x{block:08x} a second time",
        f"work (main.c:22) frees 0x{block + 8:08x} although it was never allocated",
    ]
    assert use == HeapUse(1, 3, 16, 0, 0, ())


@needs_gcc
def test_a_jump_out_of_malloc_is_forgotten(tmp_path: Path) -> None:
    """The first two calls never return: `malloc` jumps out of itself. The third, from the same place, does."""
    source = (
        START
        + "\n#include <setjmp.h>\n#include <stddef.h>\n"
        + """
static jmp_buf out;
static char memory[64];
static volatile int times;
__attribute__((noipa)) void *malloc(size_t n) {
  if (times++ < 2) longjmp(out, 1);
  return memory;
}
void *volatile kept;
void work(void) {
  setjmp(out);
  kept = malloc(24);
}
"""
    )
    events, use, notes = run(linked(tmp_path, main=source))
    assert (sizes(events), use.live_bytes, notes) == ([(ALLOCATED, 24)], 24, [])


@needs_gcc
def test_threadx_hands_the_block_out_by_a_pointer(tmp_path: Path) -> None:
    source = (
        START
        + """
static char memory[64];
__attribute__((noipa)) unsigned _tx_byte_allocate(void *pool, void **block, unsigned long size, unsigned long wait) {
  if (size > 64) return 0x10;
  *block = memory;
  return 0;
}
__attribute__((noipa)) unsigned _tx_byte_release(void *block) { __asm__ volatile("" :: "r"(block)); return 0; }
void work(void) {
  void *block;
  _tx_byte_allocate(0, &block, 48, 0);
  _tx_byte_release(block);
  _tx_byte_allocate(0, &block, 65, 0);
}
"""
    )
    events, use, _ = run(linked(tmp_path, main=source))
    assert sizes(events) == [(ALLOCATED, 48), (FREED, 0), (FAILED, 65)]
    assert (use.allocations, use.frees, use.peak_bytes, use.live_bytes) == (1, 1, 48, 0)


def test_an_image_without_a_heap_has_nothing_to_watch() -> None:
    machine = bare.board([bare.HERE])
    assert not Heap(machine, lambda: -1).listen()


def test_a_window_leaks_what_it_allocated_and_did_not_free() -> None:
    """Path 7 leaks twice, path 8 once; what was there before, or freed in time, is no leak, nor is what comes later."""
    events = [
        HeapEvent(10, ALLOCATED, 0x100, 1000, 1, 0),
        HeapEvent(20, ALLOCATED, 0x200, 50, 2, 0),
        HeapEvent(100, ALLOCATED, 0x300, 16, 7, 0),
        HeapEvent(110, ALLOCATED, 0x400, 24, 7, 0),
        HeapEvent(120, ALLOCATED, 0x500, 32, 8, 0),
        HeapEvent(130, ALLOCATED, 0x600, 64, 9, 0),
        HeapEvent(140, FREED, 0x600, 0, 9, 0),
        HeapEvent(150, RESIZED, 0x700, 60, 9, 0, 0x200),
        HeapEvent(200, FREED, 0x300, 0, 9, 0),
    ]
    found, notes = heap_use(events, NO_IMAGE, 100, 200)
    assert found == HeapUse(5, 2, 1186, 9, 1132, ((40, 2, 7), (32, 1, 8)))
    assert notes == ()
    before, _ = heap_use(events, NO_IMAGE, 121, 130)
    assert before == HeapUse(0, 0, 1122, -1, 1122, ())


def test_a_heap_that_begins_anew_holds_nothing_twice() -> None:
    events = [HeapEvent(n, ALLOCATED, 0x100, 8, 0, 0) for n in range(3)]
    assert heap_use(events, NO_IMAGE, 0, 10)[0].live_bytes == 8


def test_two_watches_of_one_address_are_both_called() -> None:
    machine, calls = bare.board([bare.NOP, bare.HERE]), list[str]()
    machine.watch(bare.CODE, lambda: calls.append("first"))
    machine.watch(bare.CODE, lambda: (calls.append("second"), machine.stop())[0])
    machine.run()
    assert calls == ["first", "second"]


@needs_gcc
def test_a_profile_says_who_leaks(tmp_path: Path) -> None:
    """A window of `work`: what `once` allocated before stays and is no leak; `leaky` leaves 3 x 32 bytes of the 5."""
    source = (
        START.replace("work();", "once(); work();").replace("work(void);", "work(void), once(void);")
        + NEWLIB
        + """
void once(void) { kept[7] = malloc(500); }
__attribute__((noipa)) void leaky(int n) { kept[n] = malloc(32); }
void work(void) {
  for (volatile int n = 0; n < 5; n++) leaky(n);
  free(kept[0]);
  free(kept[1]);
}
"""
    )
    options = "-fno-builtin", "-specs=nano.specs", "-fno-optimize-sibling-calls"
    linked(tmp_path, *options, main=source)
    found = simtiny.profile(tmp_path / "test.elf", board="nucleo-l4r5zi", start="work", end="done")
    heap = found.heap
    assert heap is not None
    assert (heap.allocations, heap.frees, heap.peak_bytes, heap.live_bytes) == (5, 2, 660, 596)
    assert [(size, times, path_words(found, path)) for size, times, path in heap.leaks] == [
        (96, 3, "[thread main] > reset > work > leaky")
    ]
    assert path_words(found, heap.peak_path) == "[thread main] > reset > work > leaky"


@needs_gcc
def test_where_calls_are_followed_the_core_hears_the_heap_without_a_stop(tmp_path: Path) -> None:
    """A stop for each of 2,000 blocks takes twenty times as long as the firmware itself."""
    loop = "void work(void) { for (int i = 0; i < 400; i++) free(kept[0] = malloc(16 + i % 32)); }"
    image = linked(tmp_path, "-specs=nano.specs", test=START + NEWLIB + loop)
    events, use, _ = run(image, calls=True)
    assert events == run(image)[0]
    assert (use.allocations, use.frees, use.peak_bytes) == (400, 400, 47)
    machine, turns = Machine(load_board("nucleo-l4r5zi"), image, calls=True), []
    heap = Heap(machine, machine.path_now)
    heap.listen()
    machine.watch(image.symbols["done"].address, machine.stop)
    take_turn = machine._take_turn
    machine._take_turn = lambda *args: (turns.append(1), take_turn(*args))[1]
    machine.run(limit_cycles=10_000_000)
    assert len(turns) < 50
