"""What code may do at which address, by the regions of the memory protection unit: plain data, no emulator.

Arm v7-M ARM, B3.5 (PMSAv7; Armv6-M has the same with larger regions); Armv8-M ARM, B9 (PMSAv8). Ranges are in order and
cover all addresses; what each allows to privileged and to unprivileged code is in the bits of `Right`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from simtiny.counting.layout import UNPRIVILEGED_SHIFT, Right

_READ, _WRITE, _EXECUTE = Right.MAY_READ, Right.MAY_WRITE, Right.MAY_EXECUTE
_ALL = _READ | _WRITE | _EXECUTE
_END = 1 << 33  # behind all addresses, and what would run over their end
PRIVATE_BUS = range(0xE000_0000, 0xE010_0000)
# Where nothing is executed by the default map: Arm v7-M ARM, B3.1.
PERIPHERALS, _DEVICES, _SYSTEM = range(0x4000_0000, 0x6000_0000), range(0xA000_0000, 0xE000_0000), 0xE000_0000
_RW, _RO, _NONE = _READ | _WRITE, _READ, 0
# Of privileged and unprivileged code, by AP. PMSAv7: table B3-15; 4 is reserved.
_PMSAV7_ACCESS = (
    (_NONE, _NONE),
    (_RW, _NONE),
    (_RW, _RO),
    (_RW, _RW),
    (_NONE, _NONE),
    (_RO, _NONE),
    (_RO, _RO),
    (_RO, _RO),
)
_PMSAV8_ACCESS = ((_RW, _NONE), (_RW, _RW), (_RO, _NONE), (_RO, _RO))
_SMALLEST_WITH_SUBREGIONS = 256


@dataclass(frozen=True)
class Range:
    """Addresses with the same rights; `end` is behind the last one."""

    begin: int
    end: int
    rights: int


def both(privileged: int, unprivileged: int) -> int:
    """Rights of both in one number."""
    return privileged | unprivileged << UNPRIVILEGED_SHIFT


def pmsav7(base: int, attributes: int) -> list[Range]:
    """The addresses of a region by RBAR and RASR, without its subregions that are disabled."""
    size = 2 << (attributes >> 1 & 0x1F)
    if not attributes & 1 or size < 32:
        return []
    begin = base & ~0x1F & ~(size - 1)
    privileged, unprivileged = _PMSAV7_ACCESS[attributes >> 24 & 7]
    rights = _with_execution(privileged, unprivileged, never=bool(attributes >> 28 & 1))
    disabled = attributes >> 8 & 0xFF if size >= _SMALLEST_WITH_SUBREGIONS else 0
    if not disabled:
        return [Range(begin, begin + size, rights)]
    part = size // 8
    return [
        Range(begin + number * part, begin + (number + 1) * part, rights)
        for number in range(8)
        if not disabled >> number & 1
    ]


def pmsav8(base: int, limit: int) -> list[Range]:
    """The addresses of a region by RBAR and RLAR."""
    begin, end = base & ~0x1F, (limit | 0x1F) + 1
    if not limit & 1 or begin >= end:
        return []
    privileged, unprivileged = _PMSAV8_ACCESS[base >> 1 & 3]
    return [Range(begin, end, _with_execution(privileged, unprivileged, never=bool(base & 1)))]


def _with_execution(privileged: int, unprivileged: int, never: bool) -> int:
    """What may be read may be executed."""
    may = [rights | (_EXECUTE if rights & _READ and not never else 0) for rights in (privileged, unprivileged)]
    return both(*may)


@lru_cache(maxsize=256)
def ranges(regions: tuple[tuple[int, int], ...], is_v8: bool, has_background: bool) -> tuple[Range, ...]:
    """Of an enabled unit whose `regions` are pairs of registers. `has_background`: MPU_CTRL.PRIVDEFENA.

    Where regions overlap, the one of the highest number counts (PMSAv7), or nothing is allowed (PMSAv8).
    """
    parts = [part for pair in regions for part in (pmsav8 if is_v8 else pmsav7)(*pair)]
    return _merged(parts, is_v8, both(_ALL, 0) if has_background else 0)


@lru_cache(maxsize=1)
def default_ranges() -> tuple[Range, ...]:
    """Without the unit: the default map, of which unprivileged code may use all but the private bus."""
    return _merged([], False, both(_ALL, _ALL))


def _merged(parts: Sequence[Range], is_v8: bool, background: int) -> tuple[Range, ...]:
    fixed = [*_ends(PERIPHERALS), *_ends(_DEVICES), *_ends(PRIVATE_BUS)]
    bounds = sorted({0, _END, *fixed, *(end for part in parts for end in (part.begin, part.end))})
    found: list[Range] = []
    for begin, end in pairwise(bounds):
        inside = [part.rights for part in parts if part.begin <= begin < part.end]
        rights = (0 if is_v8 and len(inside) > 1 else inside[-1]) if inside else background & ~_never(begin)
        rights = both(_RW, 0) if begin in PRIVATE_BUS else rights & ~(_never(begin) if begin >= _SYSTEM else 0)
        if found and found[-1].rights == rights:
            found[-1] = Range(found[-1].begin, end, rights)
        else:
            found.append(Range(begin, end, rights))
    return tuple(found)


def _ends(addresses: range) -> tuple[int, int]:
    return addresses.start, addresses.stop


def _never(address: int) -> int:
    """What the default map takes away there."""
    is_never = address in PERIPHERALS or address >= _DEVICES.start
    return both(_EXECUTE, _EXECUTE) if is_never else 0


def refused_at(found: Sequence[Range], address: int, size: int, rights: int) -> int | None:
    """The first of `size` addresses where not all of `rights` are given, None where they are everywhere."""
    for each in found:
        at = max(address, each.begin)
        if at < min(address + size, each.end) and each.rights & rights != rights:
            return at
    return None
