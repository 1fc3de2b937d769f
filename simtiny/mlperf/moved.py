"""The built-in firmware with its code, weights, tensors or stack in another memory: what it is executed as then.

Code and weights are in flash as well, where a loader has them from; they are taken to be in RAM at reset, as if it had
run. Through the flash's second window they are read where they are. The vector table and the constants of the code stay
in flash.
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from simtiny.board import Board, Memory
from simtiny.errors import BadInput
from simtiny.image import Image, Move
from simtiny.mlperf.measurement import PLAN_SYMBOL, Flashed
from simtiny.model.plan_layout import HEADER
from simtiny.notes import Note, NoteKind
from simtiny.placement import (
    PARTS,
    Hypothesis,
    called,
    code_remark,
    does_not_fit,
    flash_window,
    gaps,
    hypotheses,
    parse,
    through_window,
)
from simtiny.relocation import relocate

_LOADED = "taken to be there at reset, and in flash as well: copying them is not counted"
_NOT_MOVED = "the vector table and the constants of the code stay in flash"
_REMARKS = {
    "code": f"{_NOT_MOVED}; {_LOADED}",
    "weights": _LOADED,
    "tensors": "",
    "stack": "",
}


@dataclass(frozen=True)
class Part:
    """A part of the firmware: `size` bytes at `address`."""

    name: str
    address: int
    size: int


@dataclass(frozen=True)
class _Layout:
    """Where each part is, of the code both ranges. `arena_limit`: where the memory ends that the tensors may take."""

    code: int
    last_code: int
    weights: int
    stack: int
    arena: int
    arena_limit: int


def moved(flashed: Flashed, place: tuple[str, ...]) -> Flashed:
    """The firmware as it is executed with these parts elsewhere; what else is placed is not looked at.

    Raises BadInput where a part does not fit, or has no place.
    """
    wanted = _wanted(flashed, place)
    if not wanted:
        return flashed
    there = _laid_out(flashed, wanted)
    ((plan_at, plan),) = flashed.segments
    address = _addresses(flashed.image)
    main, last = _code(address)
    moves: list[Move] = []
    labels = {
        "stack_base": there.stack,
        "stack_top": there.stack + address["stack_top"] - address["stack_base"],
        "arena_base": there.arena,
        "arena_limit": there.arena_limit,
    }
    if there.weights != plan_at:
        labels |= {PLAN_SYMBOL: there.weights, "plan_limit": there.weights + len(plan)}
    if there.code != main[0]:
        moves = [Move(*main, there.code), Move(*last, there.last_code)]
        labels |= {"code_end": there.code + main[1] - main[0], "last_code_end": there.last_code + last[1] - last[0]}
    labels = {name: value for name, value in labels.items() if value != address[name]}
    if not moves and not labels:
        return flashed
    content = hashlib.sha256(f"{flashed.image.sha256} {moves} {sorted(labels.items())}".encode()).hexdigest()
    segments = dict.fromkeys((there.weights, plan_at), plan)
    return replace(flashed, image=relocate(flashed.image, moves, labels, content), segments=tuple(segments.items()))


def parts(flashed: Flashed) -> tuple[Part, ...]:
    """Where the parts of the built-in firmware are, moved or not, in the order of PARTS."""
    address = _addresses(flashed.image)
    weights_at, plan = flashed.segments[0]
    size = {
        "code": _code_size(address),
        "weights": len(plan),
        "tensors": _arena_bytes(plan),
        "stack": address["stack_top"] - address["stack_base"],
    }
    start = {
        "code": address["code_start"],
        "weights": weights_at,
        "tensors": address["arena_base"],
        "stack": address["stack_top"] - size["stack"],
    }
    return tuple(Part(name, start[name], size[name]) for name in PARTS)


def hypothesised(flashed: Flashed, place: tuple[str, ...]) -> tuple[Hypothesis, ...]:
    """What of a firmware, `moved` where it can be, is priced as if it lay elsewhere. Raises BadInput."""
    own = () if flashed.network_inside else PARTS
    wanted = [found for found in parse(place, flashed.board) if found.what not in own]
    if not wanted:
        return ()
    taken = [(address, address + len(data)) for address, data in flashed.segments]
    if not flashed.network_inside:
        taken += [(part.address, part.address + part.size) for part in parts(flashed)]
    return hypotheses(wanted, flashed.image, flashed.board, taken)


def elsewhere(flashed: Flashed, after: Flashed) -> tuple[Part, ...]:
    """The parts that are at other addresses in a firmware that was `moved`."""
    return tuple(now for now, before in zip(parts(after), parts(flashed), strict=True) if now != before)


def copied_bytes(found: tuple[Part, ...], board: Board) -> int:
    """Bytes of parts that are elsewhere, and in flash as well."""
    flash = board.main_flash
    return sum(part.size for part in found if part.name in ("code", "weights") and not flash.contains(part.address))


def notes(found: tuple[Part, ...], board: Board) -> tuple[Note, ...]:
    """What a report says of parts that are elsewhere, and what of that is not priced."""
    return tuple(Note(NoteKind.WHAT_IF, "placement", 1, _text(part, board)) for part in found)


def _text(part: Part, board: Board) -> str:
    memory = board.memory_at(part.address)
    assert memory is not None
    window = flash_window(board)
    if window is not None and window.contains(part.address):
        read = f"{part.name}: {part.size:,} bytes are read {through_window(part.address)}"
        return f"{read}; {_NOT_MOVED}" if part.name == "code" else read
    remarks = _REMARKS[part.name], code_remark(part.address, board) if part.name == "code" else ""
    what = f"{part.name} in {called(memory)}: {part.size:,} bytes at 0x{part.address:08x}"
    return "; ".join((what, *(remark for remark in remarks if remark)))


def _wanted(flashed: Flashed, place: tuple[str, ...]) -> Mapping[str, Memory]:
    """The parts that are placed, by name. None of an image with a network inside: there these are names like others."""
    if flashed.network_inside or not place:
        return {}
    wanted = {found.what: found.memory for found in parse(place, flashed.board) if found.what in PARTS}
    for name in ("tensors", "stack"):
        if name in wanted and wanted[name].kind == "flash":
            raise BadInput(f"`place` {name}={wanted[name].name}: flash can't be written: choose a RAM")
    return wanted


def _laid_out(flashed: Flashed, wanted: Mapping[str, Memory]) -> _Layout:
    """The parts one behind the other in each memory: stack, code, weights, and the tensors in what is left.

    What is read through the flash's second window lies where it is in flash.
    """
    address, own = _addresses(flashed.image), {part.name: part for part in parts(flashed)}
    taken = [(address["data_start"], address["bss_end"]), *_reserved(flashed.board, address["arena_limit"])]
    start = {name: own[name].address for name in ("stack", "code", "weights")}
    flash, window = flashed.board.main_flash, flash_window(flashed.board)
    seen = {name for name, memory in wanted.items() if memory == window}
    for name in start:
        memory = wanted.get(name)
        if memory is None or name in seen or memory.contains(start[name]):
            taken.append((start[name], start[name] + own[name].size))
    last_code = address["last_code_start"]
    for name in start:
        memory = wanted.get(name)
        if name in seen:
            assert window is not None
            start[name] += window.base - flash.base
            if name == "code":
                last_code += window.base - flash.base
        elif memory is not None and not memory.contains(start[name]):
            verb = "do" if name == "weights" else "does"
            start[name], _ = _room(memory.base, memory.base + memory.size, taken, own[name].size, memory, name, verb)
            taken.append((start[name], start[name] + own[name].size))
            if name == "code":
                start[name] += _code_alias(memory) - memory.base
                last_code = start[name] + _main_size(address)
    memory = wanted.get("tensors")
    if memory is None:
        span = address["arena_base"], address["arena_limit"]
    else:
        span = memory.base, memory.base + memory.size
    arena, limit = _room(*span, taken, own["tensors"].size, memory, "tensors", "do")
    return _Layout(start["code"], last_code, start["weights"], start["stack"], arena, limit)


def _room(
    start: int, end: int, taken: list[tuple[int, int]], size: int, memory: Memory | None, name: str, verb: str
) -> tuple[int, int]:
    """The lowest gap in a range of addresses that holds `size` bytes. BadInput if none does."""
    found = list(gaps(start, end, taken))
    for first, last in found:
        if last - first >= size:
            return first, last
    free = max((last - first for first, last in found), default=0)
    if memory is not None:
        raise does_not_fit(f"{name} {verb}", memory, size, free)
    raise BadInput(
        f"{name} {verb} not fit the RAM that is left by {size - free:,} bytes: {size:,} are needed, {free:,} are free"
    )


def _reserved(board: Board, arena_limit: int) -> Iterator[tuple[int, int]]:
    """What a linker script leaves alone behind the arena."""
    memory = board.memory_at(arena_limit)
    if memory is not None and arena_limit > memory.base:
        yield arena_limit, memory.base + memory.size


def _code_alias(memory: Memory) -> int:
    """Where code is fetched from it over the bus that is made for code, if it appears there."""
    return min(memory.base, *memory.aliases) if memory.aliases else memory.base


def _addresses(image: Image) -> dict[str, int]:
    return {name: symbol.address for name, symbol in image.symbols.items()}


def _code(address: Mapping[str, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The two ranges of code: constants lie between them."""
    return (address["code_start"], address["code_end"]), (address["last_code_start"], address["last_code_end"])


def _main_size(address: Mapping[str, int]) -> int:
    """Bytes of the first range, after which the second one may begin."""
    return -(-(address["code_end"] - address["code_start"]) // 4) * 4


def _code_size(address: Mapping[str, int]) -> int:
    return _main_size(address) + address["last_code_end"] - address["last_code_start"]


def _arena_bytes(plan: bytes) -> int:
    values = struct.unpack_from("<" + HEADER.format, plan)
    return int(values[[field.name for field in HEADER.fields].index("arena_size")])
