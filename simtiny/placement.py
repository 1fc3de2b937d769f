"""What a user wants in another memory than the firmware has it in, such as "weights=sram2" or "my_table=dtcm"."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simtiny.board import Board, Memory
from simtiny.elf import Section, all_symbols, sections
from simtiny.errors import BadInput, did_you_mean, unknown
from simtiny.image import Image, Move
from simtiny.notes import Note, NoteKind
from simtiny.settings import ART

PARTS = ("code", "weights", "tensors", "stack")
"""Of the built-in firmware, which is executed with them where they are wanted: see `simtiny.mlperf.moved`."""
ALIGNMENT = 32
"""What is placed lies as far behind a multiple of it as before: a line of every cache here."""
_RANGE = re.compile(r"(0x[0-9a-f]{1,8}|\d{1,10}):(0x[0-9a-f]{1,8}|\d{1,10})", re.IGNORECASE)
_SYSTEM_BUS = 0x2000_0000  # from here on [Arm v7-M ARM, B3.1]
_OTHER_BUSES = ("cortex-m0plus", "cortex-m7")  # one for everything; AXI and those of the TCMs


@dataclass(frozen=True)
class Placement:
    """`what`: a part, as PARTS has it, or what an image has: a section, a symbol, a range of addresses.

    `memory`: one of the board's, or its `flash_window`.
    """

    what: str
    memory: Memory


@dataclass(frozen=True)
class Hypothesis:
    """A range of addresses that is priced as if it lay in `memory`, where `move` says. `is_code`: as far as known."""

    what: str
    memory: Memory
    move: Move
    is_code: bool


def to_ram_bytes(found: Iterable[Hypothesis], board: Board) -> int:
    """Bytes that lie in flash and are taken to be in RAM, too."""
    return sum(
        each.move.end - each.move.start
        for each in found
        if each.memory.kind == "ram" and (now := board.memory_at(each.move.start)) is not None and now.kind == "flash"
    )


def parse(place: Iterable[str], board: Board) -> tuple[Placement, ...]:
    """Each "WHAT=MEMORY", with a memory of the board, or ART, in any case of letters. Raises BadInput."""
    found: dict[str, Placement] = {}
    memories = {memory.name.lower(): memory for memory in board.memories}
    window = flash_window(board)
    if window is not None:
        memories[ART] = window
    for text in place:
        what, equals, name = (part.strip() for part in text.rpartition("="))
        if not (what and equals and name):
            raise BadInput(f"`place` {text}: expected WHAT=MEMORY, such as weights={board.memories[-1].name}")
        if name.lower() == ART and ART not in memories:
            raise BadInput(f"`place` {text}: {board.id} has no second window onto its flash")
        if name.lower() not in memories:
            raise BadInput(f"`place` {text}: {board.id}: {unknown('memory', name, memories)}")
        what = what.lower() if what.lower() in PARTS else what
        if what in found:
            raise BadInput(f"`place` {text}: {what} is placed twice")
        found[what] = Placement(what, memories[name.lower()])
    return tuple(found.values())


def flash_window(board: Board) -> Memory | None:
    """The second window onto the flash as a memory of its own, where another cache than the core's serves it."""
    flash = board.main_flash
    return None if board.flash.alias_cache is None else Memory(ART, flash.kind, flash.aliases[0], flash.size)


def hypotheses(
    placements: Iterable[Placement], image: Image, board: Board, taken: Iterable[tuple[int, int]] = ()
) -> tuple[Hypothesis, ...]:
    """Where sections, symbols and ranges of an image would lie, each in the lowest gap of its memory.

    Gaps are what the image's sections and `taken` leave, without sections what it loads. What is in its memory already
    is left out. In the flash's second window a thing lies where it is in flash, and takes no gap. Raises BadInput for
    what the image does not have, and what does not fit.
    """
    own = _sections(image)
    used = [*taken, *((segment.address, segment.end) for segment in image.segments)]
    used += [(section.address, section.address + section.size) for section in own]
    used = [_canonical(start, end, board) for start, end in used]
    window, flash = flash_window(board), board.main_flash
    found: list[Hypothesis] = []
    for placement in placements:
        what, memory = placement.what, placement.memory
        start, end = _range(what, image, board)
        for other in found:
            if start < other.move.end and other.move.start < end:
                raise BadInput(f"`place` {what}={memory.name}: it overlaps {other.what}, which is placed as well")
        if memory.contains(start):
            continue
        if memory == window:
            if not flash.contains(start):
                raise BadInput(
                    f"`place` {what}={memory.name}: it does not lie in the flash, onto which that is a window"
                )
            to = start - flash.base + window.base
        else:
            to = _free_place(f"{what} does", start % ALIGNMENT, end - start, memory, used)
            used.append((to, to + end - start))
        code = [(section.address, section.address + section.size) for section in own if section.is_code]
        is_code = not own or any(first < end and start < last for first, last in code)
        if what in image.symbols and image.symbols[what].kind == "object":
            is_code = False
        found.append(Hypothesis(what, memory, Move(start, end, to), is_code))
    return tuple(found)


def through_aliases(found: Iterable[Hypothesis], board: Board) -> tuple[Move, ...]:
    """The moves of all addresses at which what was placed can be seen, sorted."""
    moves = []
    for move in (hypothesis.move for hypothesis in found):
        memory = board.memory_at(move.start)
        assert memory is not None
        for base in (memory.base, *memory.aliases):
            by = base - memory.base
            moves.append(Move(move.start + by, move.end + by, move.to))
    return tuple(sorted(moves, key=lambda move: move.start))


def notes(found: Iterable[Hypothesis], board: Board) -> tuple[Note, ...]:
    """What a report says of these."""
    return tuple(Note(NoteKind.WHAT_IF, "placement", 1, _text(hypothesis, board)) for hypothesis in found)


def called(memory: Memory) -> str:
    """What messages call it."""
    return "the flash" if memory.kind == "flash" else memory.name.upper()


def through_window(address: int) -> str:
    """What messages say of what is read at `address` of the flash's second window."""
    return (
        f"at 0x{address:08x}, through the second window onto the flash, with the ART accelerator and its prefetch on; "
        "what a miss takes there beyond the wait states is on no record"
    )


def does_not_fit(what: str, memory: Memory, size: int, free: int) -> BadInput:
    """The error for `size` bytes where only so many are free. `what`: with its verb, such as "the stack does"."""
    return BadInput(
        f"{what} not fit {called(memory)} by {size - free:,} bytes: {size:,} are needed, and {free:,} are free"
    )


def code_remark(address: int, board: Board) -> str:
    """What is not priced of code in RAM at `address`; empty where all is."""
    memory = board.memory_at(address)
    if memory is None or memory.kind == "flash":
        return ""
    if memory.cached:
        return "code there is priced as if the instruction cache always held it"
    if address >= _SYSTEM_BUS and board.core not in _OTHER_BUSES:
        return "that code and data in RAM wait for each other on the system bus is not priced"
    return ""


def gaps(start: int, end: int, taken: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What of a range of addresses is not taken, from the lowest on, each beginning at a multiple of ALIGNMENT."""
    for first, last in (*sorted(taken), (end, end)):
        aligned = -(-start // ALIGNMENT) * ALIGNMENT
        if aligned < min(first, end):
            yield aligned, min(first, end)
        start = max(start, last)


def _free_place(what: str, behind: int, size: int, memory: Memory, used: Iterable[tuple[int, int]]) -> int:
    """So many bytes behind the start of the lowest gap that holds as many more. BadInput if none does."""
    free = list(gaps(memory.base, memory.base + memory.size, used))
    to = next((first + behind for first, last in free if last - first >= behind + size), None)
    if to is None:
        most = max((last - first - behind for first, last in free), default=0)
        raise does_not_fit(what, memory, size, max(most, 0))
    return to


def _text(found: Hypothesis, board: Board) -> str:
    size = found.move.end - found.move.start
    what = f"{found.what} ({size:,} bytes at 0x{found.move.start:08x})"
    if found.memory == flash_window(board):
        return f"{what} is priced as if it were read {through_window(found.move.to)}"
    remark = code_remark(found.move.to, board) if found.is_code else ""
    if found.memory.kind == "flash":
        remark = "stores to it are not priced"
    said = f"{what} is priced as if it lay in {called(found.memory)}; it stays where it is"
    return f"{said}; {remark}" if remark else said


def _canonical(start: int, end: int, board: Board) -> tuple[int, int]:
    """A range of addresses as seen at its memory's base."""
    memory = board.memory_at(start)
    if memory is None:
        return start, end
    base = next(base for base in (memory.base, *memory.aliases) if base <= start < base + memory.size)
    return start - base + memory.base, end - base + memory.base


def _range(what: str, image: Image, board: Board) -> tuple[int, int]:
    """Addresses of a range, a section or a symbol, as seen at the memory's base."""
    if found := _RANGE.fullmatch(what):
        start, end = (int(text, 16 if text[:2].lower() == "0x" else 10) for text in found.groups())
        if start >= end:
            raise BadInput(f"`place` {what}: its end is not above its start")
    else:
        start, end = _named(what, image)
    if board.memory_at(start, end - start) is None:
        there = ", ".join(f"{memory.name} 0x{memory.base:08x}" for memory in board.memories)
        raise BadInput(
            f"`place` {what}: 0x{start:08x} to 0x{end:08x} does not lie in one memory of {board.id} ({there})"
        )
    return _canonical(start, end, board)


def _sections(image: Image) -> tuple[Section, ...]:
    """None of an image that is no ELF file, or none any more."""
    return () if image.elf is None else sections(image.elf)


def _named(what: str, image: Image) -> tuple[int, int]:
    """Addresses of a section or a symbol."""
    own = _sections(image)
    spans = {(section.address, section.size) for section in own if section.name == what}
    if not spans:
        symbols = all_symbols(image.elf) if image.elf is not None else [*image.functions, *image.symbols.values()]
        spans = {(symbol.address, symbol.size) for symbol in symbols if symbol.name == what}
    if not spans:
        names = [*(section.name for section in own), *image.symbols]
        if not names:
            raise BadInput(
                f"`place` {what}: {image.name} has no symbols: give addresses, such as 0x08010000:0x08020000"
            )
        parts = f"; {', '.join(PARTS)} are of the built-in firmware" if what in PARTS else ""
        raise BadInput(f"`place` {what}: {image.name} has no such section or symbol{did_you_mean(what, names)}{parts}")
    if len(spans) > 1:
        there = ", ".join(f"0x{address:08x}" for address, _ in sorted(spans))
        raise BadInput(f"`place` {what}: {image.name} has several of that name, at {there}: give addresses")
    ((address, size),) = spans
    if size == 0:
        raise BadInput(f"`place` {what}: {image.name} does not say how large it is: give addresses")
    return address, address + size
