"""Which registers firmware accesses, as far as its code says: by constants that it loads or builds, and dereferences.

Code is not told from data: what is found in data by chance is rare, and of no pattern.
"""

import re
import sys
from array import array
from collections.abc import Iterator

from simtiny.image import Image, Segment

STEP = 0x400
"""Registers are told apart by as many addresses: no block of a chip's is smaller."""
MOST_CONSTANTS = 20_000
"""Constants of an image that are followed, in order of its segments: more take too long."""
_FOLLOWED = 24  # halfwords of code behind a constant in which it is looked for
_SIO = 0xD000_0000  # where RP2040 and RP2350 have their pins
# By the high byte of its first halfword, what can begin a constant: MOVS, LDR (literal), MOV.W, MOVT, LDR.W (literal).
_BEGINNING = re.compile(rb"[\x20-\x27\x48-\x4f\xf0\xf2\xf4\xf6\xf8]")


def accessed(image: Image) -> frozenset[int]:
    """First addresses of the ranges of STEP bytes, in the regions of peripherals, that the code accesses."""
    found: set[int] = set()
    left = MOST_CONSTANTS
    for segment in image.segments:
        code = array("H", segment.data[: len(segment.data) & ~1])
        if sys.byteorder == "big":
            code.byteswap()
        for at, register, value in _constants(code, segment):
            left -= 1
            if left < 0:
                return frozenset(found)
            found |= {address & -STEP for address in _dereferenced(code, at, register, value)}
    return frozenset(found)


def _is_register(address: int) -> bool:
    return 0x4000_0000 <= address < 0x6000_0000 or _SIO <= address < _SIO + STEP


def _constants(code: "array[int]", segment: Segment) -> Iterator[tuple[int, int, int]]:
    """Where code goes on behind a constant in the regions of peripherals, its register, and its value."""
    for beginning in _BEGINNING.finditer(segment.data[1::2]):
        at = beginning.start()
        if at + 2 <= len(code):
            found = _constant(code, at, segment)
            if found is not None and _is_register(found[2]):
                yield found


def _constant(code: "array[int]", at: int, segment: Segment) -> tuple[int, int, int] | None:
    """The same of the instructions at a halfword [Armv7-M ARM, A7.7]."""
    first, second = code[at], code[at + 1]
    place = segment.address + 2 * at + 4 & -4
    if first & 0xF800 == 0x4800:  # LDR (literal)
        return at + 1, first >> 8 & 7, _word(segment, place + 4 * (first & 0xFF))
    if first & 0xF800 == 0x2000:  # MOVS with LSLS right behind
        register = first >> 8 & 7
        is_shifted = second & 0xF83F == register * 9
        return (at + 2, register, (first & 0xFF) << (second >> 6 & 31)) if is_shifted else None
    if first & 0xFF7F == 0xF85F:  # LDR.W (literal)
        offset = second & 0xFFF
        return at + 2, second >> 12, _word(segment, place + (offset if first & 0x80 else -offset))
    if second & 0x8000:
        return None
    register = second >> 8 & 15
    if first & 0xFBFF == 0xF04F:  # MOV.W of a modified immediate
        return at + 2, register, _modified(first, second)
    if first & 0xFBF0 == 0xF2C0:  # MOVT with MOVW up to six halfwords before
        for before in range(at - 2, max(at - 8, -1), -1):
            if code[before] & 0xFBF0 == 0xF240 and code[before + 1] & 0x8F00 == register << 8:
                low = _immediate_16(code[before], code[before + 1])
                return at + 2, register, _immediate_16(first, second) << 16 | low
    return None


def _immediate_16(first: int, second: int) -> int:
    return (first & 15) << 12 | (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xFF


def _modified(first: int, second: int) -> int:
    """A modified immediate constant [Armv7-M ARM, A5.3.2]."""
    form, byte = (first >> 10 & 1) << 4 | (second >> 12 & 7) << 1 | second >> 7 & 1, second & 0xFF
    if form >= 8:
        rotated = byte | 0x80
        return (rotated >> form | rotated << 32 - form) & 0xFFFF_FFFF
    return byte * (0x1, 0x1_0001, 0x100_0100, 0x101_0101)[form >> 1]


def _sum(first: int, second: int, value: int) -> int | None:
    """What ADD.W, SUB.W, ADDW and SUBW of an immediate make of a value; None of other instructions."""
    if second & 0x8000:
        return None
    if first & 0xFBE0 in (0xF100, 0xF1A0):
        amount = _modified(first, second)
    elif first & 0xFBF0 in (0xF200, 0xF2A0):
        amount = (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xFF
    else:
        return None
    return value - amount if first & 0x00A0 else value + amount


def _word(segment: Segment, address: int) -> int:
    at = address - segment.address
    return int.from_bytes(segment.data[at : at + 4], "little") if 0 <= at <= len(segment.data) - 4 else 0


def _dereferenced(code: "array[int]", at: int, register: int, value: int) -> Iterator[int]:
    """Addresses that straight-line code from `at` on accesses by the register, until it is overwritten."""
    end = min(at + _FOLLOWED, len(code))
    while at < end:
        first = code[at]
        if first >> 11 in (0x1D, 0x1E, 0x1F):
            if at + 1 == len(code):
                return
            second = code[at + 1]
            at += 2
            if first & 0xFF80 == 0xF880 and first & 15 == register:  # LDR, STR and of bytes and halfwords, 12 bits
                yield value + (second & 0xFFF)
            elif first & 15 == register and (total := _sum(first, second, value)) is not None and _is_register(total):
                yield from _dereferenced(code, at, second >> 8 & 15, total)
            elif first & 0xFE40 == 0xE840 and first & 15 == register and first & 0x0120:  # LDRD, STRD
                yield value + 4 * (second & 0xFF) * (1 if first & 0x80 else -1)
            if second & 0xD000 == 0xD000 and first & 0xF800 == 0xF000:  # BL
                if register < 4 or register == 12:
                    return
            elif first & 0xF800 == 0xF000 and second & 0x8000:  # branches and barriers
                continue
            elif first & 0xFE10 == 0xF810:  # loads
                if second >> 12 == register:
                    return
            elif first & 0xFE10 != 0xF800 and second >> 8 & 15 == register:
                return
            continue
        at += 1
        if first & 0xF000 in (0x6000, 0x7000, 0x8000):  # LDR, STR and of bytes and halfwords, 5 bits
            size = {0x6000: 4, 0x7000: 1, 0x8000: 2}[first & 0xF000]
            if first >> 3 & 7 == register:
                yield value + size * (first >> 6 & 31)
            if first & 0x0800 and first & 7 == register:
                return
        elif first & 0xF800 in (0x3000, 0x3800) and first >> 8 & 7 == register:  # ADDS, SUBS of eight bits
            value += (first & 0xFF) * (1 if first & 0xF800 == 0x3000 else -1)
        elif _leaves(first) or _overwrites(first, register):
            return


def _leaves(first: int) -> bool:
    """BX and BLX, B, POP of the program counter."""
    return first & 0xFF00 in (0x4700, 0xBD00) or first & 0xF800 == 0xE000


def _overwrites(first: int, register: int) -> bool:
    """Whether another instruction of 16 bits has the register for its result."""
    if first < 0x2000 or first & 0xFC00 == 0x4000 or first & 0xF000 == 0x5000:
        is_compare = first & 0xFFC0 in (0x4200, 0x4280, 0x42C0)
        is_store = first & 0xF800 == 0x5000 or first & 0xFE00 == 0x5400
        return first & 7 == register and not is_compare and not is_store
    if first & 0xFD00 == 0x4400:  # ADD, MOV of all registers
        return (first >> 4 & 8 | first & 7) == register
    return first & 0xF800 in (0x2000, 0x4800, 0x9800, 0xA000, 0xA800) and first >> 8 & 7 == register
