"""Where in RAM a call has its stack and its buffers: in what the firmware leaves free."""

from dataclasses import dataclass

from simtiny.board import Board, Memory
from simtiny.elf import sections
from simtiny.errors import BadInput, FirmwareFault, unknown
from simtiny.image import Image
from simtiny.machine.call import STUB
from simtiny.machine.machine import Machine
from simtiny.placement import ALIGNMENT, gaps

_GUARD = bytes([0xC3]) * 32
"""Stands between the stack and the buffers: a stack that grows into these changes it first."""
_HEAP_SYMBOLS = ("malloc", "_sbrk", "sbrk")


@dataclass(frozen=True)
class Room:
    """Free RAM: buffers from `base` up to `top`, behind that STUB and a guard. `sp`: where a call's stack begins.

    `stack_bytes`: what lies between the guard and `sp`; 0 where the firmware has its stack elsewhere.
    """

    memory: Memory
    base: int
    top: int
    sp: int
    stack_bytes: int

    @property
    def stub(self) -> int:
        return self.top


def room(image: Image, board: Board, sp: int | None, wanted: str | None) -> Room:
    """Free RAM of an image that stands with its stack pointer at `sp`; None: it has none yet, as a library has not.

    `wanted`: the name of the memory to take for a library. Raises BadInput.
    """
    taken = _taken(image, board)
    usable = [memory for memory in board.memories if memory.kind == "ram" and not memory.wait_states]
    if sp is None:
        memory = _of_library(usable, taken, wanted, board)
        usable, sp = [memory], _end_of_free(memory, taken)
    free = [(first, last, memory) for memory in usable for first, last in _free(memory, taken)]
    if not free:
        raise BadInput(f"{image.name}: it leaves no RAM of {board.id} free for a call's buffers")
    own = next(((first, sp, memory) for first, last, memory in free if first < sp <= last), None)
    first, last, memory = own or max(free, key=lambda gap: gap[1] - gap[0])
    stack_bytes = (last - first) // 4 if own else 0
    if any(name in image.symbols for name in _HEAP_SYMBOLS):
        first += (last - first) // 4  # the heap grows from the lower end
    top = (last - stack_bytes - len(_GUARD)) // ALIGNMENT * ALIGNMENT - ALIGNMENT
    if top <= first:
        raise BadInput(f"{image.name}: it leaves {last - first:,} bytes of RAM of {board.id} free: too few for a call")
    return Room(memory, first, top, sp, sp - top - 2 * ALIGNMENT if own else 0)


class Scratch:
    """Hands out the room of one machine, from its upper end down."""

    def __init__(self, machine: Machine, room: Room) -> None:
        self.room, self._machine = room, machine
        self._next = room.top
        machine.write_memory(room.stub, STUB)
        machine.write_memory(room.stub + ALIGNMENT, _GUARD)

    @property
    def mark(self) -> int:
        """Where the next buffer ends: to be given to `release`."""
        return self._next

    def release(self, mark: int) -> None:
        """Take back what was handed out since `mark`."""
        self._next = mark

    def take(self, size: int, what: str) -> int:
        """The address of so many bytes, a multiple of a cache line's. Raises BadInput where there are too few."""
        address = (self._next - size) // ALIGNMENT * ALIGNMENT
        if address < self.room.base:
            free, memory = self._next - self.room.base, self.room.memory.name
            raise BadInput(f"{what}: {size:,} bytes, and {free:,} of {memory} are free for a call's buffers")
        self._next = address
        return address

    def check(self, name: str) -> None:
        """Raise FirmwareFault where the stack of a call has grown into the buffers."""
        guard = self.room.stub + ALIGNMENT
        if self._machine.read_memory(guard, len(_GUARD)) != _GUARD:
            self._machine.write_memory(guard, _GUARD)
            raise FirmwareFault(
                f"stack overflow: {name} took more stack than the {self.room.stack_bytes:,} bytes that were left to it"
            )


def _taken(image: Image, board: Board) -> list[tuple[int, int]]:
    """What sections and segments take, as seen at the memories' bases."""
    spans = [(segment.address, segment.end) for segment in image.segments]
    if image.elf is not None:
        spans += [(section.address, section.address + section.size) for section in sections(image.elf)]
    found = []
    for first, last in spans:
        memory = board.memory_at(first)
        if memory is not None:
            base = next(base for base in (memory.base, *memory.aliases) if base <= first < base + memory.size)
            found.append((first - base + memory.base, last - base + memory.base))
    return found


def _free(memory: Memory, taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return list(gaps(memory.base, memory.base + memory.size, taken))


def _of_library(usable: list[Memory], taken: list[tuple[int, int]], wanted: str | None, board: Board) -> Memory:
    """The memory of the user's choice, else that with the library's data, else the largest."""
    if wanted is not None:
        names = {memory.name.lower(): memory for memory in usable}
        if wanted.lower() not in names:
            raise BadInput(f"`ram`: {unknown('memory', wanted, names)}")
        return names[wanted.lower()]
    if not usable:
        raise BadInput(f"{board.id} has no RAM for a call")
    own = [memory for memory in usable for first, _ in taken if memory.contains(first)]
    return own[0] if own else max(usable, key=lambda memory: memory.size)


def _end_of_free(memory: Memory, taken: list[tuple[int, int]]) -> int:
    """Where a library's stack begins: the upper end of the largest part that is free."""
    largest = max(_free(memory, taken), key=lambda gap: gap[1] - gap[0], default=None)
    return memory.base + memory.size if largest is None else largest[1]
