"""What a firmware does with its heap: seen at the entries of malloc and its family, and where these return to.

Functions are found by their names. Of one that calls another, as calloc calls malloc, the outer one counts: it is inner
if it returns into a function of the family, or was jumped to from one. `operator new` and `delete` of C++ are seen by
what they call.
"""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial

from simtiny.engine import LR, SP, Engine
from simtiny.image import Image


class EventKind(IntEnum):
    """What happened to a block of the heap."""

    ALLOCATED = 0
    FREED = 1
    RESIZED = 2  # from `old` to `pointer`, which may be the same
    FAILED = 3  # no room for `size` bytes


@dataclass(frozen=True)
class HeapEvent:
    """cycle: of the clock. size: bytes asked for. path: where it was called from. call: behind the call instruction."""

    cycle: int
    kind: EventKind
    pointer: int
    size: int
    path: int
    call: int
    old: int = 0


@dataclass(frozen=True)
class _Function:
    """How a function of the family is called. By numbers of registers: `sizes`, whose product is allocated; `block`,
    which is freed or resized; `into`, which points at where the address of the new block goes, -1: it is returned.
    """

    sizes: tuple[int, ...] = ()
    block: int = -1
    into: int = -1


FUNCTIONS = {
    # C, and newlib's reentrant ones, which have a pointer to their state first
    "malloc": _Function((0,)),
    "calloc": _Function((0, 1)),
    "realloc": _Function((1,), block=0),
    "reallocarray": _Function((1, 2), block=0),
    "free": _Function(block=0),
    "aligned_alloc": _Function((1,)),
    "memalign": _Function((1,)),
    "posix_memalign": _Function((2,), into=0),
    "_malloc_r": _Function((1,)),
    "_calloc_r": _Function((1, 2)),
    "_realloc_r": _Function((2,), block=1),
    "_free_r": _Function(block=1),
    "_memalign_r": _Function((2,)),
    # FreeRTOS: portable/MemMang
    "pvPortMalloc": _Function((0,)),
    "pvPortCalloc": _Function((0, 1)),
    "vPortFree": _Function(block=0),
    # Zephyr: kernel/mempool.c, kernel/kheap.c
    "k_malloc": _Function((0,)),
    "k_calloc": _Function((0, 1)),
    "k_realloc": _Function((1,), block=0),
    "k_aligned_alloc": _Function((1,)),
    "k_free": _Function(block=0),
    "k_heap_alloc": _Function((1,)),
    "k_heap_aligned_alloc": _Function((2,)),
    "k_heap_free": _Function(block=1),
    # ThreadX: common/src/tx_byte_*.c, with and without checks of the arguments
    "_tx_byte_allocate": _Function((2,), into=1),
    "_txe_byte_allocate": _Function((2,), into=1),
    "_tx_byte_release": _Function(block=0),
    "_txe_byte_release": _Function(block=0),
    # RT-Thread: src/mem.c
    "rt_malloc": _Function((0,)),
    "rt_calloc": _Function((0, 1)),
    "rt_realloc": _Function((1,), block=0),
    "rt_free": _Function(block=0),
}
"""The family, by symbol."""
_COLUMNS = 7  # of a HeapEvent
_WORD = 0xFFFF_FFFF
_NO_CALL = -1, -1, -1


@dataclass(frozen=True)
class _Call:
    """A call that has not returned."""

    function: _Function
    size: int
    block: int
    into: int
    path: int


@dataclass
class Heap:
    """Listens to a machine's heap from power-on. `path_now` gives the call path at the moment."""

    machine: Engine
    path_now: Callable[[], int]
    _log: "array[int]" = field(default_factory=lambda: array("q"))
    _calls: dict[tuple[int, int], _Call] = field(default_factory=dict)
    _watched: set[int] = field(default_factory=set)
    _family: list[tuple[int, int]] = field(default_factory=list)
    _last: tuple[int, int, int] = _NO_CALL  # the last call that counted: return address, SP, function

    def listen(self) -> bool:
        """Set the watches, before the first run. Returns whether the image has any function of the family."""
        symbols = self.machine.image.symbols
        found = {
            symbols[name].address: function
            for name, function in reversed(FUNCTIONS.items())
            if name in symbols and symbols[name].kind != "object"
        }
        for address, function in found.items():
            self._family.append((address, _end(self.machine.image, address)))
            self.machine.listen(address, partial(self._enter, address, function))
        return bool(found)

    def events(self) -> Iterator[HeapEvent]:
        """All so far, in order."""
        for row in range(0, len(self._log), _COLUMNS):
            cycle, kind, *rest = self._log[row : row + _COLUMNS]
            yield HeapEvent(cycle, EventKind(kind), *rest)

    def _enter(self, address: int, function: _Function) -> None:
        machine = self.machine
        back, sp = machine.register(LR) & ~1, machine.register(SP)
        if any(begin <= back < end for begin, end in self._family) or self._is_jump(back, sp, address, function):
            return
        self._last = back, sp, address
        size = 1
        for number in function.sizes:
            size *= machine.register(number)
        block = machine.register(function.block) if function.block >= 0 else 0
        path = self.path_now()
        if not function.sizes:
            if block:
                self._add(EventKind.FREED, block, 0, path, back)
            return
        into = machine.register(function.into) if function.into >= 0 else 0
        self._calls[back, sp] = _Call(function, min(size, _WORD), block, into, path)
        if back not in self._watched:
            self._watched.add(back)
            machine.listen(back, partial(self._return, back))

    def _is_jump(self, back: int, sp: int, address: int, function: _Function) -> bool:
        """Whether a function of the family, the last to begin, goes on as another: malloc that jumps to _malloc_r.

        The same function again is a new call from the same place, even if the last one never returned.
        """
        is_same_call = self._last[:2] == (back, sp) and self._last[2] != address
        return is_same_call and ((back, sp) in self._calls or not function.sizes)

    def _return(self, back: int) -> None:
        call = self._calls.pop((back, self.machine.register(SP)), None)
        if call is None:  # the code there is reached by another way, or another thread returns to it
            return
        self._last = _NO_CALL
        pointer = self._result(call)
        if pointer and call.block:
            self._add(EventKind.RESIZED, pointer, call.size, call.path, back, call.block)
        elif pointer:
            self._add(EventKind.ALLOCATED, pointer, call.size, call.path, back)
        elif call.size:
            self._add(EventKind.FAILED, 0, call.size, call.path, back)
        elif call.block:  # realloc to nothing
            self._add(EventKind.FREED, call.block, 0, call.path, back)

    def _result(self, call: _Call) -> int:
        first = self.machine.register(0)
        if call.function.into < 0:
            return first
        if first or self.machine.board.memory_at(call.into, 4) is None:
            return 0
        return int.from_bytes(self.machine.read_memory(call.into, 4), "little")

    def _add(self, kind: EventKind, pointer: int, size: int, path: int, call: int, old: int = 0) -> None:
        self._log.extend((self.machine.cycles, kind, pointer, size, path, call, old))


def _end(image: Image, address: int) -> int:
    """Where the function at an address ends."""
    symbol = image.function_at(address)
    return address + max(symbol.size if symbol is not None else 0, 2)
