"""Debug information of an image, read as it is asked for."""

from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from simtiny.dwarf import lines
from simtiny.dwarf.absent import Absent, absent
from simtiny.dwarf.companions import linked, split_name, split_unit
from simtiny.dwarf.entries import COMP_DIR, MOST_ENTRIES, STMT_LIST, SUBPROGRAM, Entry, Unit, read_entries, read_units
from simtiny.dwarf.functions import DebugFrame, Describer, Places, flatten, placed
from simtiny.dwarf.lines import LineProgram, read_program, sequences
from simtiny.dwarf.ranges import MOST_RANGES, ranges_of
from simtiny.dwarf.sections import DAMAGED, Sections, read_sections


class DebugInfo:
    """Of an ELF file's content. `folder`: where the file is, None of one that is in no folder.

    Nothing here raises: what is damaged, or would take too long, is as good as none.
    """

    def __init__(self, content: bytes, folder: Path | None = None) -> None:
        self._content, self._folder = content, folder
        self._notes: dict[str, None] = {}
        self._programs: dict[int, LineProgram | None] = {}
        self._read: dict[Unit, Places[Entry]] = {}
        self._full: dict[Unit, Unit | None] = {}
        self._left_entries, self._left_ranges = MOST_ENTRIES, MOST_RANGES
        self._groups: dict[int, list[Unit]] = {}
        self._frames: dict[Entry, DebugFrame] = {}
        self._describer = Describer(self._entry_at, self._program_of)

    @property
    def notes(self) -> tuple[str, ...]:
        """A line for each file with debug information that was looked for and not found so far."""
        return tuple(self._notes)

    def source_at(self, address: int) -> tuple[str, int] | None:
        """Path of the source file, as debug information has it, and line of an instruction (0: of none)."""
        starts, rows = self._lines
        index = bisect_right(starts, address) - 1
        row = rows[index] if index >= 0 else None
        if row is None:
            return None
        program, file, line = row
        try:
            return program.file(file) or "?", max(line, 0)
        except DAMAGED:
            return None

    def frames_at(self, address: int) -> tuple[DebugFrame, ...]:
        """The function at an address and what is inlined there, outermost first; empty if unknown."""
        unit = self._units_at.at(address)
        for each in ([unit] if unit else []) + self._unplaced:
            entry = self._places(each).at(address)
            if entry is not None:
                try:
                    return tuple(self._frame(part) for part in self._describer.chain(entry))
                except DAMAGED:
                    return ()
        return ()

    @cached_property
    def functions(self) -> tuple[tuple[int, int, DebugFrame], ...]:
        """First address and the one behind the last of each range of each function, in order of addresses."""
        found = []
        for unit in self._units:
            self._places(unit)
            full = self._full.get(unit)
            for entry in full.entries.values() if full is not None else ():
                if entry.tag != SUBPROGRAM:
                    continue
                try:
                    ranges = [each for each in ranges_of(entry.unit, entry.attributes) if each[0] < each[1]]
                    loaded = [each for each in ranges if self._sections.is_loaded(each[0])]
                    found += [(low, high, self._frame(entry)) for low, high in loaded]
                except DAMAGED:
                    continue
        return tuple(sorted(found, key=lambda each: each[:2]))

    def absent(self, is_wanted: Callable[[str], bool]) -> tuple[Absent, ...]:
        """Functions of the source without code of their own, or that are inlined somewhere, whose name is wanted."""
        for unit in self._units:
            self._places(unit)
        full = (self._full.get(unit) for unit in self._units)
        return absent([unit for unit in full if unit is not None], self._describer, is_wanted)

    def _frame(self, entry: Entry) -> DebugFrame:
        if entry not in self._frames:
            self._frames[entry] = self._describer.frame(entry)
        return self._frames[entry]

    @cached_property
    def _sections(self) -> Sections:
        try:
            own = read_sections(self._content)
            if own[".debug_info"] or own.link is None:
                return own
            found = linked(own.link, self._folder)
            if isinstance(found, str):
                self._notes[found] = None
                return own
            return replace(found, spans=own.spans)
        except DAMAGED:
            return Sections({}, ())

    @cached_property
    def _units(self) -> list[Unit]:
        try:
            units = list(read_units(self._sections))
        except DAMAGED:
            return []
        self._groups[id(self._sections)] = units
        return units

    @cached_property
    def _units_at(self) -> Places[Unit]:
        found: list[tuple[int, int, int, Unit]] = []
        for unit in self._units:
            try:
                found += [
                    (low, high, 0, unit)
                    for low, high in ranges_of(unit, unit.attributes)
                    if low < high and self._sections.is_loaded(low)
                ]
            except DAMAGED:
                continue
            if len(found) > MOST_RANGES:
                return Places([], [])
        return flatten(found)

    @cached_property
    def _unplaced(self) -> list[Unit]:
        """Units that do not say where they are."""
        return [unit for unit in self._units if not {0x11, 0x55} & unit.attributes.keys()]

    def _places(self, unit: Unit) -> Places[Entry]:
        """Of a unit of the image."""
        if unit not in self._read:
            self._read[unit] = Places([], [])
            try:
                full = self._full[unit] = self._whole(unit)
                if full is not None:
                    self._fill(full)
                    ranges = placed(full, self._left_ranges)
                    self._left_ranges -= len(ranges)
                    self._read[unit] = flatten(ranges)
            except DAMAGED:
                self._full[unit] = None
        return self._read[unit]

    def _whole(self, unit: Unit) -> Unit | None:
        """The unit, or what was split off of it."""
        if not split_name(unit):
            return unit
        found = split_unit(unit, self._folder)
        if isinstance(found, str):
            self._notes[found] = None
            return None
        full, units = found
        self._groups[id(full.sections)] = units
        return full

    def _fill(self, unit: Unit) -> None:
        """Read the entries of a unit. Raises one of DAMAGED."""
        if not unit.entries and self._left_entries > 0:
            try:
                self._left_entries -= read_entries(unit, self._left_entries)
            except DAMAGED:
                self._left_entries -= max(len(unit.entries), unit.end - unit.start >> 4)
                unit.entries.clear()
                raise

    def _entry_at(self, unit: Unit, offset: int) -> Entry | None:
        """By its place in `.debug_info`. Raises one of DAMAGED."""
        if not unit.start <= offset < unit.end:
            units = self._groups.get(id(unit.sections), [])
            index = bisect_right(units, offset, key=lambda each: each.start) - 1
            if index < 0:
                return None
            unit = units[index]
        self._fill(unit)
        return unit.entries.get(offset)

    def _program_of(self, unit: Unit) -> LineProgram | None:
        """The line table that numbers the files of a unit: of the image, also where the unit is split off."""
        holder = unit.skeleton or unit
        at = holder.offset(STMT_LIST)
        if at is None:
            return None
        if at not in self._programs:
            self._programs[at] = None
            with suppress(*DAMAGED):
                self._programs[at] = read_program(holder.sections, at, holder.text(COMP_DIR))
        return self._programs[at]

    @cached_property
    def _lines(self) -> tuple[list[int], list[tuple[LineProgram, int, int] | None]]:
        """Sorted addresses, and file and line from each on (None behind a sequence's end)."""
        rows: list[tuple[int, bool, tuple[LineProgram, int, int] | None]] = []
        left, seen = lines.MOST_STEPS, set[int]()
        try:
            for unit in self._units:
                program = self._program_of(unit)
                if program is None or program.start in seen:  # of units that say to have the same one
                    continue
                seen.add(program.start)
                left -= lines.FILE_COUNTS_AS * (len(program.names) + len(program.folders))
                taken = 0
                for steps, sequence in sequences(program, left):
                    taken = steps
                    # Sequences of functions that the linker dropped start at address 0 or out of every segment.
                    if self._sections.is_loaded(sequence[0][0]):
                        rows += [
                            (address, starts, (program, file, line) if starts else None)
                            for address, starts, file, line in sequence
                        ]
                    if len(rows) > lines.MOST_ROWS:
                        return [], []
                left -= taken
        except DAMAGED:
            return [], []
        rows.sort(key=lambda row: (row[0], row[1]))
        return [row[0] for row in rows], [row[2] for row in rows]
