"""Recognises firmware of another chip than the board's, by what an image tells.

That is where it is linked to, where its stack is, and which registers its code accesses. Chips of one family look alike
for the most part, so a family is named, never a chip.
"""

import sys
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from simtiny.board import Board
from simtiny.bus_accesses import STEP, accessed
from simtiny.data import data_path
from simtiny.image import Image
from simtiny.toml_file import read_table

MOST_BYTES = 256 << 10
_LEAST_SHARE = 0.75
"""Of the registers of all known chips that the code accesses, what the likely family has. Others are chance finds."""
LEAST_MORE = 2
"""Ranges of registers that the likely family has beside as many as the board: then the firmware is another chip's."""
LEAST_MET = 3
MOST_VECTORS = 16 + 480
"""Of any core [Armv8-M ARM, B3.9]."""
_NEAR = 16 << 20  # where handlers lie around the first one
_LOOK_ALIKE = 8  # words behind a table that could be vectors, at most
_MOST_NAMED = 3
_TABLE_PLACES = (0, 0x100, 0x200, 0x400)
"""Where in a segment vectors begin: behind a boot block of RP2040's of 256 bytes, or a header."""


@dataclass(frozen=True)
class Family:
    """`flash`, `ram`: first address and the one behind the last. `blocks`: of its registers, first addresses by STEP.

    `clock`: of those that set clocks. socs: how the names of its chips begin. vectors: most that a table has.
    """

    name: str
    socs: tuple[str, ...]
    flash: tuple[tuple[int, int], ...]
    ram: tuple[tuple[int, int], ...]
    vectors: int
    clock: frozenset[int]
    blocks: frozenset[int]


_NONE = Family("", (), (), (), 0, frozenset(), frozenset())


@dataclass(frozen=True)
class Table:
    """What looks like vectors. `stack`: the last word of the first stack. `count`: with that and the reset vector."""

    stack: int
    reset: int
    count: int


@dataclass(frozen=True)
class Foreign:
    """`families`: the likely ones, most likely first. `bases`: registers that the board has not, and they have."""

    families: tuple[str, ...]
    bases: tuple[int, ...]

    @property
    def text(self) -> str:
        """What an error or a note says of it."""
        shown = ", ".join(f"0x{place:08x}" for place in self.bases[:_MOST_NAMED])
        left = len(self.families) - _MOST_NAMED
        named = self.families if left <= 0 else (*self.families[:_MOST_NAMED], f"{left} other families")
        names = " or ".join(filter(None, (", ".join(named[:-1]), named[-1])))
        return f"it looks like firmware for {names}" + (f": it accesses registers at {shown}" if shown else "")


@cache
def families() -> tuple[Family, ...]:
    """All that are known."""
    path = data_path("platforms", "families", "cortex-m.toml")
    table = read_table(path, "families", MOST_BYTES)
    return tuple(
        Family(
            name=each["name"],
            socs=tuple(each["socs"]),
            flash=tuple((first, first + size) for first, size in each["flash"]),
            ram=tuple((first, first + size) for first, size in each["ram"]),
            vectors=each.get("vectors", MOST_VECTORS),
            clock=frozenset(each["clock"]),
            blocks=frozenset(at for text in each["blocks"].split() for at in _steps(*text.split("-"))),
        )
        for each in table["families"]
    )


def _steps(first: str, end: str) -> range:
    return range(int(first, 16), int(end, 16), STEP)


def family_of(board: Board) -> Family | None:
    """The board's own, None for a chip of an unknown one."""
    return next((each for each in families() if board.soc.upper().startswith(each.socs or ("\0",))), None)


def foreign(image: Image, board: Board, more: int = LEAST_MORE) -> Foreign | None:
    """Which families the firmware is likely for, if they have so many `more` of its registers than the board."""
    own = family_of(board)
    if own is None:
        return None
    there = own.blocks | {config.base & -STEP for config in board.peripherals}
    return _likely(image, replace(own, blocks=there), more)


def foreign_by(accesses: Iterable[int], board: Board) -> Foreign | None:
    """The same, from addresses that the firmware accessed where the board has nothing: LEAST_MET ranges of these."""
    own = family_of(board)
    met = frozenset(address & -STEP for address in accesses) - (own.blocks if own is not None else frozenset())
    if own is None or len(met) < LEAST_MET:
        return None
    best = max(len(met & each.blocks) for each in families())
    found = [each for each in families() if len(met & each.blocks) == best]
    if best < _LEAST_SHARE * len(met):
        return None
    bases = frozenset.intersection(*(each.blocks for each in found)) & met
    return Foreign(tuple(each.name for each in found), tuple(sorted(bases)))


def likely(image: Image) -> Foreign | None:
    """The families that the firmware is likely for, among all that are known."""
    return _likely(image, _NONE, LEAST_MORE)


def _likely(image: Image, own: Family, more: int) -> Foreign | None:
    """But for `own`. `more`: what other families explain at least beside what that does."""
    table = vector_table(image)
    if table is None:
        return None
    fitting = [
        each
        for each in families()
        if each.name != own.name
        and _holds(each.flash, table.reset)
        and _holds(each.ram, table.stack)
        and table.count <= each.vectors + _LOOK_ALIKE
    ]
    known = accessed(image) & own.blocks.union(*(each.blocks for each in fitting))
    best = max((_explained(each, known) for each in fitting), default=0)
    found = [each for each in fitting if _explained(each, known) == best]
    if not found or len(known & found[0].blocks) < _LEAST_SHARE * len(known) or best < _explained(own, known) + more:
        return None
    bases = frozenset.intersection(*(each.blocks for each in found)) & known - own.blocks
    return Foreign(tuple(each.name for each in found), tuple(sorted(bases)))


def _explained(family: Family, accesses: frozenset[int]) -> int:
    """How many of the accesses are to its registers. Those that set clocks count twice: nearly all firmware does."""
    return len(accesses & family.blocks) + bool(accesses & family.clock)


def _holds(ranges: tuple[tuple[int, int], ...], address: int) -> bool:
    return any(first <= address < end for first, end in ranges)


def vector_table(image: Image) -> Table | None:
    """What looks like one, at the beginning of the image or a little behind it."""
    for segment in sorted(image.segments, key=lambda each: each.address):
        for place in _TABLE_PLACES:
            words = array("I", segment.data[place : place + (len(segment.data) - place & -4)][: 4 * MOST_VECTORS])
            if sys.byteorder == "big":
                words.byteswap()
            if len(words) > 1 and 0x0800_0000 < words[0] < 0x4000_0000 and words[1] & 1:
                near = range(words[1] & -_NEAR, (words[1] & -_NEAR) + _NEAR)
                ends = (
                    number for number, word in enumerate(words) if number and word and not (word & 1 and word in near)
                )
                return Table((words[0] & -4) - 4, words[1], next(ends, len(words)))
    return None
