"""What-if: memory settings in place of those of firmware and chip: as the user writes them, and what they mean."""

import re
from dataclasses import dataclass, replace

from simtiny.board import Board, CacheGeometry
from simtiny.errors import BadInput
from simtiny.flash.acceleration import Acceleration, line_reads, unit_bytes
from simtiny.settings import ART, MemorySettings

NO_CACHES = "none"
"""In place of a geometry: all caches off."""
NO_PREFETCH = ("stm32f7", "stm32h7")
"""Kinds of flash that have none on the bus that firmware usually runs from."""
FILLS_LINES = NO_PREFETCH
"""Kinds of flash that fill a line by several reads where they are narrower: `simtiny.flash.line_fill`."""
_CACHE = re.compile(r"(\d{1,9})(k?)(?:i?b)?/(\d{1,9})(?:/(\d{1,4}))?", re.IGNORECASE)
_KIB = 1024
_READ_WIDTHS = (16, 32, 64, 128, 256, 512)
_LINES = (4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True)
class Caches:
    """Caches in place of the board's. They are on when the firmware has the board's on, and replace alike.

    `data`: None where the first one holds code and data, or the board has none.
    """

    instruction: CacheGeometry
    data: CacheGeometry | None


def hypothetical(board: Board, settings: MemorySettings) -> Board:
    """The board with the geometry of the settings. Raises BadInput for what can't be built on it."""
    flash = board.flash
    if settings.read_width_bits is not None:
        if settings.read_width_bits not in _READ_WIDTHS:
            raise BadInput(
                f"`read_width_bits` {settings.read_width_bits}: expected one of {', '.join(map(str, _READ_WIDTHS))}"
            )
        flash = replace(flash, read_width_bits={"what-if": settings.read_width_bits})
    board = replace(board, flash=flash)
    if settings.caches is None or settings.caches.lower() == NO_CACHES:
        return board
    caches = parse_caches(settings.caches, board)
    return replace(board, flash=replace(flash, instruction_cache=caches.instruction, data_cache=caches.data))


def is_hypothetical(settings: MemorySettings, board: Board) -> bool:
    """Whether the settings have caches or a flash that the chip has not."""
    return _geometry_of(hypothetical(board, settings)) != _geometry_of(board)


def _geometry_of(board: Board) -> tuple[object, ...]:
    caches = board.flash.instruction_cache, board.flash.data_cache
    shapes = [cache and (cache.lines * cache.line_bytes, cache.ways) for cache in caches]
    return unit_bytes(board), line_reads(board), shapes


def forced(programmed: Acceleration, settings: MemorySettings) -> Acceleration:
    """What is in force when the firmware has programmed this. Other caches have all their ways."""
    off = settings.caches is not None and settings.caches.lower() == NO_CACHES
    return Acceleration(
        wait_states=programmed.wait_states if settings.wait_states is None else settings.wait_states,
        prefetch=programmed.prefetch if settings.prefetch is None else settings.prefetch,
        instruction_cache=_on(programmed.instruction_cache, settings.instruction_cache, off),
        data_cache=_on(programmed.data_cache, settings.data_cache, off),
        ways=programmed.ways if settings.caches is None else None,
        alias_cache=_on(programmed.alias_cache, settings.through_art or None, off),
        alias_prefetch=programmed.alias_prefetch or settings.through_art,
        bus_ratio=programmed.bus_ratio,
    )


def _on(programmed: bool, chosen: bool | None, off: bool) -> bool:
    return not off and (programmed if chosen is None else chosen)


def executed_under(settings: MemorySettings, board: Board) -> MemorySettings:
    """The part of the settings under which a board has to run: what decides where code lies and in which units.

    All else is counted beside a run, in a lane: the firmware goes the way that it goes as it is programmed.
    """
    other_units = unit_bytes(hypothetical(board, settings)) != unit_bytes(board)
    return MemorySettings(
        caches=settings.caches if other_units else None,
        read_width_bits=settings.read_width_bits if other_units else None,
        place=settings.place,
    )


def check(settings: MemorySettings, board: Board) -> None:
    """Raise BadInput for settings that the board has nothing for, or that contradict each other."""
    flash = hypothetical(board, settings).flash
    _check_lines(settings, board)
    if settings.prefetch is not None and flash.kind in NO_PREFETCH:
        raise BadInput(f"`prefetch`: {board.id} has none where its firmware runs from")
    if settings.instruction_cache is not None and flash.instruction_cache is None:
        raise BadInput(f"`instruction_cache`: {board.id} has none in front of its flash")
    if settings.data_cache is not None and flash.unified:
        raise BadInput(f"`data_cache`: {board.id} has one cache for instructions and data: `instruction_cache` sets it")
    if settings.data_cache is not None and flash.data_cache is None:
        raise BadInput(f"`data_cache`: {board.id} has none")
    off = settings.caches is not None and settings.caches.lower() == NO_CACHES
    if off and flash.instruction_cache is None and flash.data_cache is None:
        raise BadInput(f"`caches` {settings.caches}: {board.id} has no cache in front of its flash")
    if off and (settings.instruction_cache or settings.data_cache):
        raise BadInput(f"`caches` {settings.caches} turns off what `instruction_cache` and `data_cache` turn on")
    if off and settings.through_art and flash.alias_cache is not None:
        raise BadInput(f"`caches` {settings.caches} turns off what `place` WHAT={ART} turns on")


def _check_lines(settings: MemorySettings, board: Board) -> None:
    """Raise BadInput for a line that is no single read of a flash whose filling of lines is not modelled."""
    there = hypothetical(board, settings)
    cache = there.flash.instruction_cache
    if cache is None or cache.ways is None or there.flash.kind in FILLS_LINES:
        return
    widths = set(there.flash.read_width_bits.values())
    if not is_hypothetical(settings, board) and settings.read_width_bits is None:
        return
    if cache.line_bytes * 8 not in widths:
        read = " or ".join(str(width // 8) for width in sorted(widths))
        raise BadInput(
            f"a line of {cache.line_bytes} bytes and reads of {read}: {board.id} fills a line by one read, "
            "and how it would fill one by several is not modelled"
        )


def parse_caches(text: str, board: Board) -> Caches:
    """Caches from "size/ways" in bytes or K, such as "16K/2", or "8K/2,4K/4" for instructions and data apart.

    A third part gives the bytes of a line, "16K/2/32"; else lines are as long as the board's, the units of its flash
    reads where it has no lines. Without the second cache that of data stays the board's own. Raises BadInput for what
    can't be built on this board.
    """
    own, own_data = board.flash.instruction_cache, None if board.flash.unified else board.flash.data_cache
    if own is None:
        raise BadInput(f"`caches` {text}: {board.id} has no cache in front of its flash")
    parts = text.split(",")
    if len(parts) > 2:
        raise BadInput(f"`caches` {text}: expected one cache, or two for instructions and data")
    if len(parts) == 2 and own_data is None:
        what = "one cache for instructions and data" if board.flash.unified else "no data cache"
        raise BadInput(f"`caches` {text}: {board.id} has {what}: give one size/ways")
    instruction = _geometry(text, parts[0], own, board)
    data = own_data if len(parts) == 1 or own_data is None else _geometry(text, parts[1], own_data, board)
    if data is not None and data.ways is not None and data.line_bytes != instruction.line_bytes:
        raise BadInput(f"`caches` {text}: both caches need lines of the same length")
    return Caches(instruction, data)


def _geometry(text: str, part: str, own: CacheGeometry, board: Board) -> CacheGeometry:
    found = _CACHE.fullmatch(part.strip())
    if found is None:
        raise BadInput(f"`caches` {text}: expected size/ways such as 16K/2, not {part.strip()!r}")
    size, ways = int(found[1]) * (_KIB if found[2] else 1), int(found[3])
    unit = unit_bytes(board) if found[4] is None else int(found[4])
    if unit not in _LINES:
        raise BadInput(f"`caches` {text}: a line of {unit} bytes: expected one of {', '.join(map(str, _LINES))}")
    if size > board.main_flash.size:
        raise BadInput(f"`caches` {text}: {part.strip()} is larger than the flash, {board.main_flash.size // _KIB}K")
    sets = size // (ways * unit) if ways else 0
    if sets * ways * unit != size or sets == 0 or sets & (sets - 1):
        raise BadInput(f"`caches` {text}: {part.strip()} makes no power of two of sets with lines of {unit} bytes")
    return CacheGeometry(size // unit, unit, "what-if", ways, own.replacement)
