"""What the events of a heap come to: how much was in use, what was left behind, and what went wrong."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from simtiny.image import Image
from simtiny.notes import Note, NoteKind, Notes
from simtiny.profiling.heap import EventKind, HeapEvent
from simtiny.profiling.result import HeapUse


@dataclass(frozen=True)
class _Block:
    size: int
    path: int
    cycle: int


def heap_use(events: Iterable[HeapEvent], image: Image, begin: int, end: int) -> tuple[HeapUse, tuple[Note, ...]]:
    """Of a window from cycle `begin` to cycle `end`, and what the firmware did wrong with its heap by then.

    `events` are those from power-on. A block that is resized stays the one that was allocated; resizing counts as an
    allocation and a free. Bytes are those asked for, without what the allocator adds.
    """
    live: dict[int, _Block] = {}
    freed: set[int] = set()
    notes = Notes()
    in_use = peak = allocations = frees = 0
    peak_path = -1
    for event in events:
        if event.cycle >= end:
            break
        inside = event.cycle >= begin
        taken, given = event.kind in (EventKind.ALLOCATED, EventKind.RESIZED), event.old or event.pointer
        before = None
        if event.kind in (EventKind.FREED, EventKind.RESIZED):
            before = live.pop(given, None)
            if before is None:
                _note_wrong(notes, image, event, given, given in freed)
            frees += inside
            freed.add(given)
        if taken:
            in_use -= before.size if before else 0
            lost = live.get(event.pointer)  # a reset: the heap begins anew
            in_use += event.size - (lost.size if lost else 0)
            live[event.pointer] = _Block(event.size, *((before.path, before.cycle) if before else _now(event)))
            freed.discard(event.pointer)
            allocations += inside
        elif before is not None:
            in_use -= before.size
        elif event.kind is EventKind.FAILED:
            text = f"{_caller(image, event)} asks for {event.size:,} bytes, and the heap has no room"
            notes.add(NoteKind.FIRMWARE, "heap", text)
        if in_use > peak:
            peak, peak_path = in_use, event.path if inside else -1
    leaks: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for block in live.values():
        if block.cycle >= begin:
            leaks[block.path][0] += block.size
            leaks[block.path][1] += 1
    most_first = sorted(
        ((size, times, path) for path, (size, times) in leaks.items()), key=lambda leak: (-leak[0], leak[2])
    )
    return HeapUse(allocations, frees, peak, peak_path, in_use, tuple(most_first)), notes.collected()


def _now(event: HeapEvent) -> tuple[int, int]:
    return event.path, event.cycle


def _note_wrong(notes: Notes, image: Image, event: HeapEvent, pointer: int, again: bool) -> None:
    what = "a second time" if again else "although it was never allocated"
    doing = "frees" if event.kind is EventKind.FREED else "resizes"
    notes.add(NoteKind.FIRMWARE, "heap", f"{_caller(image, event)} {doing} 0x{pointer:08x} {what}")


def _caller(image: Image, event: HeapEvent) -> str:
    """Function and source line of the call."""
    call = event.call - 2  # within the call instruction, of two or four bytes
    symbol, line = image.function_at(call), image.line_at(call)
    name = symbol.name if symbol is not None else f"code at 0x{call:08x}"
    return f"{name} ({line})" if line else name
