"""Caches of other geometries, tried in the same run: what the user writes, and what it means on a board."""

import re
from dataclasses import dataclass

from simtiny.board import Board, CacheGeometry
from simtiny.errors import BadInput
from simtiny.flash.acceleration import unit_bytes

_CACHE = re.compile(r"(\d{1,9})(k?)(?:i?b)?/(\d{1,9})", re.IGNORECASE)
_KIB = 1024


@dataclass(frozen=True)
class Caches:
    """Caches in place of the board's. They are on when the firmware has the board's on, and replace alike.

    `name`: as the user wrote it. `data`: None where the first one holds code and data, or the board has none.
    """

    name: str
    instruction: CacheGeometry
    data: CacheGeometry | None


def parse_caches(text: str, board: Board) -> Caches:
    """Caches from "size/ways" in bytes or K, such as "16K/2", or "8K/2,4K/4" for instructions and data apart.

    Lines are as long as the board's, the units of its flash reads where it has no lines. Without the second part a data
    cache stays the board's own. Raises BadInput for what can't be built on this board.
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
    if own_data is None or len(parts) == 1:
        return Caches(text, instruction, own_data)
    return Caches(text, instruction, _geometry(text, parts[1], own_data, board))


def _geometry(text: str, part: str, own: CacheGeometry, board: Board) -> CacheGeometry:
    found = _CACHE.fullmatch(part.strip())
    if found is None:
        raise BadInput(f"`caches` {text}: expected size/ways such as 16K/2, not {part.strip()!r}")
    size, ways, unit = int(found[1]) * (_KIB if found[2] else 1), int(found[3]), unit_bytes(board)
    if size > board.main_flash.size:
        raise BadInput(f"`caches` {text}: {part.strip()} is larger than the flash, {board.main_flash.size // _KIB}K")
    sets = size // (ways * unit) if ways else 0
    if sets * ways * unit != size or sets == 0 or sets & (sets - 1):
        raise BadInput(f"`caches` {text}: {part.strip()} makes no power of two of sets with lines of {unit} bytes")
    return CacheGeometry(size // unit, unit, "what-if", ways, own.replacement)
