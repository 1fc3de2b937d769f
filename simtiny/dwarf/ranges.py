"""Addresses that a unit or function has: from one to another, or as a list of such ranges."""

from collections.abc import Iterator

from simtiny.dwarf import encoding as e
from simtiny.dwarf.entries import (
    GNU_RANGES_BASE,
    HIGH_PC,
    LOW_PC,
    RANGES,
    RNGLISTS_BASE,
    Attributes,
    Unit,
    address_of,
    indexed_address,
)  # fmt: skip

MOST_RANGES = 1 << 20
"""Of a file: lists can be shared, or run into one another."""
Range = tuple[int, int]


def ranges_of(unit: Unit, attributes: Attributes) -> Iterator[Range]:
    """First address and the one behind the last of each range, as they stand. Raises one of DAMAGED.

    But for bit 0: of a function in assembler, GNU as writes the address that a pointer to Thumb code has.
    """
    for first, end in _as_they_stand(unit, attributes):
        yield first & ~1, end & ~1


def _as_they_stand(unit: Unit, attributes: Attributes) -> Iterator[Range]:
    ranges = attributes.get(RANGES)
    if ranges is not None and isinstance(ranges[1], int):
        if unit.version >= 5:
            yield from _listed(unit, ranges[0], ranges[1])
        else:
            yield from _listed_in_dwarf_4(unit, ranges[1])
        return
    low, high = attributes.get(LOW_PC), attributes.get(HIGH_PC)
    if low is None or high is None:
        return
    start = address_of(unit, low)
    if start is None or not isinstance(high[1], int):
        return
    end = address_of(unit, high)
    yield start, start + high[1] if end is None else end


def _base(unit: Unit) -> int:
    """What the addresses of a list are counted from."""
    for holder in (unit, unit.skeleton):
        if holder is not None and LOW_PC in holder.attributes:
            return address_of(holder, holder.attributes[LOW_PC]) or 0
    return 0


def _listed_in_dwarf_4(unit: Unit, at: int) -> Iterator[Range]:
    size, base, holder = unit.address_size, _base(unit), unit
    if unit.skeleton is not None:
        holder = unit.skeleton
        at += holder.offset(GNU_RANGES_BASE) or 0
    data, highest = holder.sections[".debug_ranges"], (1 << 8 * size) - 1
    while True:
        first, end = e.fixed(data, at, size), e.fixed(data, at + size, size)
        at += 2 * size
        if first == end == 0:
            return
        if first == highest:
            base = end
        else:
            yield base + first, base + end


def _listed(unit: Unit, form: int, at: int) -> Iterator[Range]:
    """DWARF 5, section 2.17.3."""
    data, size, base = unit.sections[".debug_rnglists"], unit.address_size, _base(unit)
    if form == e.RNGLISTX:
        lists = unit.offset(RNGLISTS_BASE)
        if lists is None:  # of a .dwo file: behind the header
            lists = 12 if unit.offset_size == 4 else 20
        at = lists + e.fixed(data, lists + at * unit.offset_size, unit.offset_size)
    while True:
        kind = data[at]
        at += 1
        if kind == 0:
            return
        if kind in (1, 2, 3):
            index, at = e.number(data, at)
            first = indexed_address(unit, index)
        elif kind in (5, 6, 7):
            first, at = e.fixed(data, at, size), at + size
        elif kind == 4:
            offset, at = e.number(data, at)
            first = base + offset
        else:
            raise ValueError("a range of unknown kind")
        if kind in (1, 5):
            base = first
            continue
        if kind == 6:
            end, at = e.fixed(data, at, size), at + size
        else:
            second, at = e.number(data, at)
            end = indexed_address(unit, second) if kind == 2 else base + second if kind == 4 else first + second
        yield first, end
