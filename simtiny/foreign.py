"""Recognises firmware of another chip than the board's, by what an image tells.

That is where it is linked to, where its stack is, and which registers its code accesses. Chips of one family look alike
for the most part, so a family is named, never a chip.
"""

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
_MOST_NAMED = 3
_TABLE_PLACES = (0, 0x100, 0x200, 0x400)
"""Where in a segment vectors begin: behind a boot block of RP2040's of 256 bytes, or a header."""


@dataclass(frozen=True)
class Family:
    """`flash`, `ram`: first address and the one behind the last. `blocks`: of its registers, first addresses by STEP.

    `clock`: of those that set clocks. socs: how the names of its chips begin.
    """

    name: str
    socs: tuple[str, ...]
    flash: tuple[tuple[int, int], ...]
    ram: tuple[tuple[int, int], ...]
    clock: frozenset[int]
    blocks: frozenset[int]


_NONE = Family("", (), (), (), frozenset(), frozenset())


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


def likely(image: Image) -> Foreign | None:
    """The families that the firmware is likely for, among all that are known."""
    return _likely(image, _NONE, LEAST_MORE)


def _likely(image: Image, own: Family, more: int) -> Foreign | None:
    """But for `own`. `more`: what other families explain at least beside what that does."""
    start = _start(image)
    if start is None:
        return None
    fitting = [
        each
        for each in families()
        if each.name != own.name and _holds(each.flash, start[1]) and _holds(each.ram, start[0])
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


def _start(image: Image) -> tuple[int, int] | None:
    """The last word of the first stack, and the reset vector, of what looks like a vector table."""
    for segment in sorted(image.segments, key=lambda each: each.address):
        for place in _TABLE_PLACES:
            words = [int.from_bytes(segment.data[at : at + 4], "little") for at in range(place, place + 8, 4)]
            if len(segment.data) >= place + 8 and 0x0800_0000 < words[0] < 0x4000_0000 and words[1] & 1:
                return (words[0] & -4) - 4, words[1]
    return None
