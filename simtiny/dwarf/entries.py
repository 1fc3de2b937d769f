"""Debugging information entries (DIEs): the units of `.debug_info`, and in them what has to do with functions."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from simtiny.dwarf import encoding as e
from simtiny.dwarf.sections import NotReadable, Sections

# Tags: DWARF 5, table 7.3.
CLASS, ENUM, STRUCTURE, UNION, INLINED, SUBPROGRAM, NAMESPACE = 0x02, 0x04, 0x13, 0x17, 0x1D, 0x2E, 0x39
_ARRAY, _SUBROUTINE_TYPE = 0x01, 0x15
_UNITS = frozenset({0x11, 0x3C, 0x41, 0x4A})
_KEPT = frozenset({CLASS, STRUCTURE, UNION, INLINED, SUBPROGRAM, NAMESPACE})
_PASSED_OVER = frozenset({_ARRAY, ENUM, _SUBROUTINE_TYPE})  # with all that is in them
# Attributes: DWARF 5, table 7.5, and GNU's.
SIBLING, NAME, STMT_LIST, LOW_PC, HIGH_PC, COMP_DIR, ORIGIN = 0x01, 0x03, 0x10, 0x11, 0x12, 0x1B, 0x31
DECL_FILE, DECL_LINE, SPECIFICATION, RANGES, CALL_FILE, CALL_LINE = 0x3A, 0x3B, 0x47, 0x55, 0x58, 0x59
DECLARATION = 0x3C
LINKAGE_NAME, STR_OFFSETS_BASE, ADDR_BASE, RNGLISTS_BASE, DWO_NAME = 0x6E, 0x72, 0x73, 0x74, 0x76
MIPS_LINKAGE_NAME, GNU_DWO_NAME, GNU_DWO_ID, GNU_RANGES_BASE, GNU_ADDR_BASE = 0x2007, 0x2130, 0x2131, 0x2132, 0x2133
_OF_ENTRIES = frozenset(
    {NAME, LOW_PC, HIGH_PC, ORIGIN, DECL_FILE, DECL_LINE, SPECIFICATION, RANGES, CALL_FILE, CALL_LINE,
     LINKAGE_NAME, MIPS_LINKAGE_NAME, DECLARATION}
)  # fmt: skip
_OF_UNITS = _OF_ENTRIES | {
    STMT_LIST, COMP_DIR, STR_OFFSETS_BASE, ADDR_BASE, RNGLISTS_BASE, DWO_NAME, GNU_DWO_NAME, GNU_DWO_ID,
    GNU_RANGES_BASE, GNU_ADDR_BASE,
}  # fmt: skip
_UT_SKELETON, _UT_SPLIT, _UT_TYPES = 4, 5, (2, 6)
MOST_ENTRIES = 1 << 22
"""Of all units together: more take too long."""
MOST_ABBREVIATED = 1 << 21
"""Attributes of all abbreviations together."""
MOST_ATTRIBUTES = 64
MOST_DEPTH = 512
_KEPT_COUNTS_AS = 8  # of an entry: what it takes in memory
MOST_UNITS = 1 << 16

Attributes = dict[int, tuple[int, int | str]]
"""By attribute: its form, and its value as it stands."""


@dataclass(frozen=True)
class Abbreviation:
    """How the attributes of an entry are laid out. `skips`: bytes to pass over, or -form of a value without a size."""

    tag: int
    has_children: bool
    attributes: tuple[tuple[int, int, int], ...]
    skips: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Unit:
    """A unit of `.debug_info` at `start`, whose first entry has `attributes`. `skeleton`: of a unit of a .dwo file."""

    sections: Sections
    start: int
    end: int
    first: int
    version: int
    kind: int
    offset_size: int
    address_size: int
    abbreviations: dict[int, Abbreviation]
    dwo_id: int | None
    attributes: Attributes = field(default_factory=dict)
    skeleton: "Unit | None" = None
    entries: dict[int, "Entry"] = field(default_factory=dict)

    def text(self, attribute: int) -> str:
        return text_of(self, self.attributes.get(attribute))

    def offset(self, attribute: int) -> int | None:
        value = self.attributes.get(attribute)
        return value[1] if value is not None and isinstance(value[1], int) else None


class Entry:
    """What has to do with a function. `parent`: the next one of these around it."""

    __slots__ = ("attributes", "offset", "parent", "tag", "unit")

    def __init__(self, unit: Unit, offset: int, tag: int, parent: "Entry | None", attributes: Attributes) -> None:
        self.unit, self.offset, self.tag, self.parent, self.attributes = unit, offset, tag, parent, attributes

    def number(self, attribute: int) -> int | None:
        value = self.attributes.get(attribute)
        return value[1] if value is not None and isinstance(value[1], int) else None


def read_units(sections: Sections, skeleton: Unit | None = None) -> Iterator[Unit]:
    """The units of `.debug_info`, without their entries. Raises one of DAMAGED."""
    data, at, known = sections[".debug_info"], 0, dict[tuple[int, int, int, int], dict[int, Abbreviation]]()
    left = MOST_ABBREVIATED
    for _ in range(MOST_UNITS):
        if at >= len(data):
            return
        start = at
        end, at, offset_size = e.initial_length(data, at)
        version = e.fixed(data, at, 2)
        at += 2
        if not 2 <= version <= 5:
            at = end
            continue
        kind = 1
        if version >= 5:
            kind, address_size = data[at], data[at + 1]
            table, at = e.fixed(data, at + 2, offset_size), at + 2 + offset_size
        else:
            table, at = e.fixed(data, at, offset_size), at + offset_size
            address_size, at = data[at], at + 1
        if address_size not in (4, 8):
            raise NotReadable("addresses of a strange size")
        dwo_id = None
        if kind in (_UT_SKELETON, _UT_SPLIT):
            dwo_id, at = e.fixed(data, at, 8), at + 8
        elif kind in _UT_TYPES:
            at += 8 + offset_size
        key = table, version, address_size, offset_size
        if key not in known:
            known[key] = _abbreviations(sections[".debug_abbrev"], *key, left)
            left -= sum(len(each.attributes) + 1 for each in known[key].values())
        unit = Unit(
            sections, start, end, at, version, kind, offset_size, address_size, known[key], dwo_id, skeleton=skeleton
        )
        _read_first(unit)
        yield unit
        at = end
    raise NotReadable("too many units")


def _abbreviations(
    data: bytes, at: int, version: int, address_size: int, offset_size: int, most: int
) -> dict[int, Abbreviation]:
    found: dict[int, Abbreviation] = {}
    while at < len(data):
        code, at = e.number(data, at)
        if code == 0:
            return found
        tag, at = e.number(data, at)
        has_children = bool(data[at])
        at += 1
        attributes: list[tuple[int, int, int]] = []
        skips: list[int] = [0]
        while True:
            attribute, at = e.number(data, at)
            form, at = e.number(data, at)
            constant = 0
            if form == e.IMPLICIT_CONST:
                constant, at = e.signed(data, at)
            if attribute == form == 0:
                break
            most -= 1
            if most < 0 or len(attributes) == MOST_ATTRIBUTES:
                raise NotReadable("too many attributes")
            attributes.append((attribute, form, constant))
            size = e.fixed_size(form, version, address_size, offset_size)
            if size is None:
                skips += (-form, 0)
            else:
                skips[-1] += size
        found[code] = Abbreviation(tag, has_children, tuple(attributes), tuple(skip for skip in skips if skip))
    return found


def _read_first(unit: Unit) -> None:
    data = unit.sections[".debug_info"]
    code, at = e.number(data, unit.first)
    if code and code in unit.abbreviations:
        unit.attributes.update(_attributes(unit, unit.abbreviations[code], data, at, _OF_UNITS)[0])


def _attributes(
    unit: Unit, abbreviation: Abbreviation, data: bytes, at: int, wanted: frozenset[int]
) -> tuple[Attributes, int]:
    found: Attributes = {}
    for attribute, form, constant in abbreviation.attributes:
        if form == e.INDIRECT:
            form, at = e.number(data, at)
        size = e.fixed_size(form, unit.version, unit.address_size, unit.offset_size)
        end = at + size if size is not None else e.variable_end(data, at, form)
        if attribute in wanted:
            value: int | str
            if form == e.STRING:
                value = data[at : end - 1].decode(errors="replace")
            elif form in (e.IMPLICIT_CONST, e.FLAG_PRESENT):
                value = constant
            elif form == e.SDATA:
                value = e.signed(data, at)[0]
            elif size is None:
                value = e.number(data, at)[0]
            else:
                value = e.fixed(data, at, size)
            if e.REF1 <= form <= e.REF_UDATA:
                value = int(value) + unit.start
            found[attribute] = form, value
        at = end
    return found, at


def read_entries(unit: Unit, most: int) -> int:
    """Fill `unit.entries` by offset. Returns what they count as, `most` at most. Raises one of DAMAGED."""
    data, at, end, count = unit.sections[".debug_info"], unit.first, unit.end, 0
    abbreviations, entries = unit.abbreviations, unit.entries
    around: list[Entry | None] = []
    parent: Entry | None = None
    while at < end:
        start = at
        code = data[at]
        at += 1
        if code == 0:
            if not around:
                break
            parent = around.pop()
            if not around:
                break
            continue
        if code >= 0x80:
            code, at = e.number(data, start)
        abbreviation = abbreviations[code]
        count += 1 + (len(abbreviation.skips) >> 2)
        if count > most:
            raise NotReadable("too many entries")
        tag, kept = abbreviation.tag, None
        if tag in _KEPT:
            attributes, at = _attributes(unit, abbreviation, data, at, _OF_ENTRIES)
            count += _KEPT_COUNTS_AS + len(abbreviation.attributes)
            kept = entries[start] = Entry(unit, start, tag, parent, attributes)
        elif tag in _PASSED_OVER and abbreviation.has_children:
            attributes, at = _attributes(unit, abbreviation, data, at, frozenset({SIBLING}))
            sibling = attributes.get(SIBLING, (0, 0))[1]
            if isinstance(sibling, int) and at < sibling <= end:
                at = sibling
                continue
        else:
            for skip in abbreviation.skips:
                if skip > 0:
                    at += skip
                elif skip == -e.EXPRLOC and data[at] < 0x80:
                    at += 1 + data[at]
                elif skip == -e.INDIRECT:
                    form, at = e.number(data, at)
                    size = e.fixed_size(form, unit.version, unit.address_size, unit.offset_size)
                    at = at + size if size is not None else e.variable_end(data, at, form)
                else:
                    at = e.variable_end(data, at, -skip)
        if abbreviation.has_children:
            if len(around) > MOST_DEPTH:
                raise NotReadable("entries too deep in one another")
            around.append(parent)
            parent = kept or parent
        elif not around:
            break
    return count


def text_of(unit: Unit, value: tuple[int, int | str] | None) -> str:
    """The text that an attribute of a unit's entries gives."""
    if value is None:
        return ""
    form, raw = value
    if isinstance(raw, str):
        return raw
    sections = unit.sections
    if form == e.STRP:
        return e.text(sections[".debug_str"], raw)[0]
    if form == e.LINE_STRP:
        return e.text(sections[".debug_line_str"], raw)[0]
    if form in (e.STRX, e.STRX1, e.STRX2, e.STRX3, e.STRX4, e.GNU_STR_INDEX):
        base = unit.offset(STR_OFFSETS_BASE)
        if base is None:  # of a .dwo file: behind the header, which came with DWARF 5
            base = (8 if unit.offset_size == 4 else 16) if unit.version >= 5 else 0
        at = e.fixed(sections[".debug_str_offsets"], base + raw * unit.offset_size, unit.offset_size)
        return e.text(sections[".debug_str"], at)[0]
    return ""


def address_of(unit: Unit, value: tuple[int, int | str]) -> int | None:
    """The address that an attribute of a unit's entries gives; None where it is no address."""
    form, raw = value
    if not isinstance(raw, int):
        return None
    if form == e.ADDR:
        return raw
    if form in (e.ADDRX, e.ADDRX1, e.ADDRX2, e.ADDRX3, e.ADDRX4, e.GNU_ADDR_INDEX):
        return indexed_address(unit, raw)
    return None


def indexed_address(unit: Unit, index: int) -> int:
    """Of the table of addresses, which stays in the image where the unit is split off."""
    holder = unit.skeleton or unit
    base = holder.offset(ADDR_BASE)
    if base is None:
        base = holder.offset(GNU_ADDR_BASE) or 0
    return e.fixed(holder.sections[".debug_addr"], base + index * unit.address_size, unit.address_size)
