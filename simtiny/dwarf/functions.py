"""Which function an address is in, and what was inlined there: the frames of debug information."""

import heapq
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from simtiny.dwarf import entries as d
from simtiny.dwarf.entries import Entry, Unit, text_of
from simtiny.dwarf.lines import LineProgram
from simtiny.dwarf.ranges import ranges_of

MOST_HOPS = 16
"""From an entry to what it is an instance of, or what declares it; and from a name to the scopes around it."""
What = TypeVar("What")
EntryAt = Callable[[Unit, int], Entry | None]
ProgramOf = Callable[[Unit], LineProgram | None]
_ANONYMOUS = {
    d.NAMESPACE: "(anonymous namespace)",
    d.CLASS: "(anonymous class)",
    d.STRUCTURE: "(anonymous struct)",
    d.UNION: "(anonymous union)",
}


@dataclass(frozen=True)
class DebugFrame:
    """A function, or one that was inlined.

    name: with its scope in C++. linkage_name: as linkers know it, empty if that is no other. file, line: of its
    declaration, with the folders that debug information has (empty, 0: unknown). call_file, call_line: of an inlined
    one, where it was called. address: of a function, its first one; -1 of an inlined one.
    """

    name: str
    is_inlined: bool
    file: str = ""
    line: int = 0
    call_file: str = ""
    call_line: int = 0
    address: int = -1
    linkage_name: str = ""


@dataclass(frozen=True)
class Places(Generic[What]):
    """The innermost entry, or the unit, at each address: `entries[n]` from `starts[n]` on, None for none."""

    starts: list[int]
    entries: list[What | None]

    def at(self, address: int) -> What | None:
        index = bisect_right(self.starts, address) - 1
        return self.entries[index] if index >= 0 else None


def flatten(ranges: list[tuple[int, int, int, What]]) -> Places[What]:
    """Of (first, behind the last, depth, what is there), the deepest at each address; of equal ones the first."""
    order = sorted(range(len(ranges)), key=lambda number: ranges[number][0])
    bounds = sorted({bound for low, high, _, _ in ranges for bound in (low, high)})
    starts: list[int] = []
    found: list[What | None] = []
    open_ranges: list[tuple[int, int, int]] = []
    following = 0
    for bound in bounds:
        while following < len(order) and ranges[order[following]][0] == bound:
            number = order[following]
            heapq.heappush(open_ranges, (-ranges[number][2], number, ranges[number][1]))
            following += 1
        while open_ranges and open_ranges[0][2] <= bound:
            heapq.heappop(open_ranges)
        entry = ranges[open_ranges[0][1]][3] if open_ranges else None
        if not found or found[-1] is not entry:
            starts.append(bound)
            found.append(entry)
    return Places(starts, found)


def placed(unit: Unit, most: int) -> list[tuple[int, int, int, Entry]]:
    """Ranges of the functions of a unit that was read, `most` at most, and of what is inlined, with their depths."""
    found: list[tuple[int, int, int, Entry]] = []
    is_loaded = (unit.skeleton or unit).sections.is_loaded
    depths: dict[Entry, int] = {}
    for entry in unit.entries.values():  # parents before their children
        if entry.tag not in (d.SUBPROGRAM, d.INLINED):
            continue
        outer = entry.parent if entry.tag == d.INLINED else None
        if outer is not None and outer not in depths:
            continue
        is_placed = False
        for low, high in ranges_of(unit, entry.attributes):
            most -= 1
            if most < 0:
                raise ValueError("too many ranges")
            if low < high and is_loaded(low):
                found.append((low, high, depths[outer] + 1 if outer else 0, entry))
                is_placed = True
        if is_placed:
            depths[entry] = depths[outer] + 1 if outer else 0
        elif outer is not None:
            depths[entry] = depths[outer]
    return found


class Describer:
    """Says what entries are, over units that refer to one another."""

    def __init__(self, entry_at: EntryAt, program_of: ProgramOf) -> None:
        self._entry_at, self._program_of = entry_at, program_of
        self._names: dict[Entry, str] = {}

    def chain(self, entry: Entry) -> list[Entry]:
        """Frames from the function to `entry`, which is in it."""
        found = [entry]
        while found[-1].tag == d.INLINED and found[-1].parent is not None:
            found.append(found[-1].parent)
        return found[::-1]

    def frame(self, entry: Entry) -> DebugFrame:
        instances = self._instances(entry)
        declared = next((each for each in instances if d.DECL_LINE in each.attributes), None)
        placed = next((each for each in instances if d.DECL_FILE in each.attributes), None)
        is_inlined = entry.tag == d.INLINED
        program = self._program_of(entry.unit) if is_inlined else None
        declaring = self._program_of(placed.unit) if placed is not None else None
        lows = [low for low, high in ranges_of(entry.unit, entry.attributes) if low < high]
        return DebugFrame(
            name=self.name(entry),
            is_inlined=is_inlined,
            file=declaring.file(placed.number(d.DECL_FILE)) if declaring is not None and placed is not None else "",
            line=(declared.number(d.DECL_LINE) or 0) if declared is not None else 0,
            call_file=program.file(entry.number(d.CALL_FILE)) if program is not None else "",
            call_line=(entry.number(d.CALL_LINE) or 0) if is_inlined else 0,
            address=-1 if is_inlined or not lows else lows[0],
            linkage_name=self._linkage_name(instances),
        )

    def name(self, entry: Entry) -> str:
        """With the scopes around it: "ns::Class::method"."""
        return self._name(entry, 0)

    def _name(self, entry: Entry, depth: int) -> str:
        if entry in self._names:
            return self._names[entry]
        instances = self._instances(entry)
        own = next((name for each in instances if (name := text_of(each.unit, each.attributes.get(d.NAME)))), "")
        own = own or _ANONYMOUS.get(entry.tag, "")
        scope = instances[-1].parent
        if own and scope is not None and scope is not entry and depth < MOST_HOPS:
            outer = self._name(scope, depth + 1)
            own = f"{outer}::{own}" if outer else own
        self._names[entry] = own
        return own

    def _linkage_name(self, instances: list[Entry]) -> str:
        for each in instances:
            for attribute in (d.LINKAGE_NAME, d.MIPS_LINKAGE_NAME):
                if attribute in each.attributes:
                    return text_of(each.unit, each.attributes[attribute])
        return ""

    def _instances(self, entry: Entry) -> list[Entry]:
        """The entry, what it is an instance of, and what declares that."""
        found = [entry]
        for _ in range(MOST_HOPS):
            for attribute in (d.ORIGIN, d.SPECIFICATION):
                target = found[-1].number(attribute)
                other = self._entry_at(found[-1].unit, target) if target is not None else None
                if other is not None:
                    break
            else:
                break
            if other in found:
                break
            found.append(other)
        return found
