"""What an image occupies of flash and RAM, by section, source file and symbol: each byte once.

Where symbols overlap, a byte belongs to the smallest one that holds it: an object that is said to be larger than it is
takes nothing from others. What no symbol holds, such as strings and padding, is a part without one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

from simtiny.board import Board
from simtiny.image import Image
from simtiny.mlperf.measurement import PLAN_SYMBOL
from simtiny.model.plan import Plan
from simtiny.profiling.elf_objects import PlacedSection, PlacedSymbol, placed
from simtiny.profiling.result import MemoryMap, MemoryPart

PLAN, ARENA = "plan", "arena"
"""What the built-in firmware has beside its image, as sections: a network's plan with its weights, its tensors."""
_SYMBOL, _FILE, _SECTION, _BESIDE, _SEGMENT = range(5)  # whose bytes they are rather


@dataclass(frozen=True)
class _Claim:
    """Bytes from `start` to `end`, not included, and what would occupy them."""

    start: int
    end: int
    rank: int
    section: str
    object: str = ""
    symbol: str = ""


def memory_map(image: Image, board: Board, plan: Plan | None = None) -> MemoryMap:
    """The map of an image, and of the plan that lies beside it.

    Of an image that is no ELF file, only segments are known: parts without section, object and symbol. What lies
    outside of the board's memories is left out.
    """
    claims = [_Claim(one.address, one.end, _SEGMENT, "") for one in image.segments]
    if image.elf is not None:
        claims += _of_elf(*placed(image.elf))
    if plan is not None:
        at, arena = image.symbols[PLAN_SYMBOL].address, image.symbols["arena_base"].address
        claims += [
            _Claim(at, at + len(plan.data), _BESIDE, PLAN, symbol="weights and records"),
            _Claim(arena, arena + plan.arena_bytes, _BESIDE, ARENA, symbol="tensors"),
        ]
    parts = [
        MemoryPart(memory, claim.section, claim.object, claim.symbol, claim.start, claim.end - claim.start)
        for memory, found in _by_memory(claims, board).items()
        for claim in _each_byte_once(found)
    ]
    sizes = {memory.name: memory.size for memory in board.memories}
    return MemoryMap(sizes, tuple(parts), None if plan is None else plan.arena_bytes)


def _of_elf(sections: tuple[PlacedSection, ...], symbols: tuple[PlacedSymbol, ...]) -> Iterator[_Claim]:
    """Claims of sections, of files in them and of symbols, each once more where it is loaded from."""
    ends = _ends(sections, symbols)
    for section in sections:
        end = section.address + section.size
        yield from _twice(section, _Claim(section.address, end, _SECTION, section.name))
        for (first, file), (last, _) in pairwise((*section.files, (end, ""))):
            if file:
                yield from _twice(section, _Claim(first, last, _FILE, section.name, file))
    for symbol, last in zip(symbols, ends, strict=True):
        section = sections[symbol.section]
        yield from _twice(section, _Claim(symbol.address, last, _SYMBOL, section.name, symbol.file, symbol.name))


def _ends(sections: tuple[PlacedSection, ...], symbols: tuple[PlacedSymbol, ...]) -> list[int]:
    """Where each symbol ends: one without a size where the next symbol or file begins."""
    stops: list[set[int]] = [{one.address + one.size, *(address for address, _ in one.files)} for one in sections]
    for symbol in symbols:
        stops[symbol.section].add(symbol.address)
    behind = [dict(pairwise(sorted(found))) for found in stops]
    return [
        one.address + one.size if one.size else behind[one.section].get(one.address, one.address) for one in symbols
    ]


def _twice(section: PlacedSection, claim: _Claim) -> Iterator[_Claim]:
    """The claim within its section and, if that is loaded from elsewhere, there too."""
    start, end = max(claim.start, section.address), min(claim.end, section.address + section.size)
    if start >= end:
        return
    rest = claim.rank, claim.section, claim.object, claim.symbol
    yield _Claim(start, end, *rest)
    if section.load_address not in (None, section.address):
        by = section.load_address - section.address
        yield _Claim(start + by, end + by, *rest)


def _by_memory(claims: Iterable[_Claim], board: Board) -> dict[str, list[_Claim]]:
    """The claims on each memory, at its own addresses."""
    found: dict[str, list[_Claim]] = {memory.name: [] for memory in board.memories}
    windows = [(base, memory) for memory in board.memories for base in (memory.base, *memory.aliases)]
    for claim in claims:
        for base, memory in windows:
            start, end = max(claim.start, base), min(claim.end, base + memory.size)
            if start < end:
                by = memory.base - base
                found[memory.name].append(
                    _Claim(start + by, end + by, claim.rank, claim.section, claim.object, claim.symbol)
                )
    return found


def _each_byte_once(claims: list[_Claim]) -> list[_Claim]:
    """Who has which bytes, in order of addresses: of two claims the one of lower rank, then the smaller, the first."""
    order = sorted(range(len(claims)), key=lambda number: claims[number].start)
    bounds = sorted({bound for claim in claims for bound in (claim.start, claim.end)})
    waiting: list[tuple[int, int, int]] = []
    found: list[_Claim] = []
    owner, upto = -1, 0
    for left, right in pairwise(bounds):
        while upto < len(order) and claims[order[upto]].start <= left:
            number = order[upto]
            heappush(waiting, (claims[number].rank, claims[number].end - claims[number].start, number))
            upto += 1
        while waiting and claims[waiting[0][2]].end <= left:
            heappop(waiting)
        if not waiting:
            owner = -1
            continue
        number = waiting[0][2]
        claim = claims[number]
        start = found.pop().start if number == owner else left
        found.append(_Claim(start, right, claim.rank, claim.section, claim.object, claim.symbol))
        owner = number
    return found
