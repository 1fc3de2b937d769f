"""Numbers, texts and attribute values as DWARF writes them (DWARF 5, chapter 7)."""

from simtiny.dwarf.sections import NotReadable

# Attribute forms: DWARF 5, table 7.6, and GNU's for split files.
ADDR, BLOCK2, BLOCK4, DATA2, DATA4, DATA8, STRING, BLOCK, BLOCK1, DATA1 = 0x01, *range(0x03, 0x0C)
FLAG, SDATA, STRP, UDATA, REF_ADDR, REF1, REF2, REF4, REF8, REF_UDATA, INDIRECT = range(0x0C, 0x17)
SEC_OFFSET, EXPRLOC, FLAG_PRESENT, STRX, ADDRX, REF_SUP4, STRP_SUP, DATA16, LINE_STRP = range(0x17, 0x20)
REF_SIG8, IMPLICIT_CONST, LOCLISTX, RNGLISTX, REF_SUP8, STRX1, STRX2, STRX3, STRX4 = range(0x20, 0x29)
ADDRX1, ADDRX2, ADDRX3, ADDRX4 = range(0x29, 0x2D)
GNU_ADDR_INDEX, GNU_STR_INDEX, GNU_REF_ALT, GNU_STRP_ALT = 0x1F01, 0x1F02, 0x1F20, 0x1F21
_FIXED = {
    **dict.fromkeys((DATA1, FLAG, REF1, STRX1, ADDRX1), 1),
    **dict.fromkeys((DATA2, REF2, STRX2, ADDRX2), 2),
    **dict.fromkeys((STRX3, ADDRX3), 3),
    **dict.fromkeys((DATA4, REF4, REF_SUP4, STRX4, ADDRX4), 4),
    **dict.fromkeys((DATA8, REF8, REF_SIG8, REF_SUP8), 8),
    DATA16: 16,
    FLAG_PRESENT: 0,
    IMPLICIT_CONST: 0,
}
OFFSETS = frozenset({STRP, SEC_OFFSET, STRP_SUP, LINE_STRP, GNU_REF_ALT, GNU_STRP_ALT})
NUMBERS = frozenset({UDATA, SDATA, REF_UDATA, STRX, ADDRX, LOCLISTX, RNGLISTX, GNU_ADDR_INDEX, GNU_STR_INDEX})
BLOCKS = {BLOCK1: 1, BLOCK2: 2, BLOCK4: 4}
_MOST_NUMBER_BYTES = 10
_MOST_PADDING = 1024
MOST_TEXT_BYTES = 1 << 16


def number(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned number of variable length, and where it ends."""
    value = data[at]
    at += 1
    if value < 0x80:
        return value, at
    value &= 0x7F
    for shift in range(7, 7 * _MOST_NUMBER_BYTES, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    end = next((end for end in range(at, at + _MOST_PADDING) if data[end] != 0x80), -1)
    if end < 0 or data[end] != 0:
        raise NotReadable("a number of more than 64 bits")
    return value, end + 1


def signed(data: bytes, at: int) -> tuple[int, int]:
    """A signed number of variable length, and where it ends."""
    value, end = number(data, at)
    bits = 7 * (end - at)
    return value - (1 << bits) if value >> bits - 1 & 1 else value, end


def text(data: bytes, at: int) -> tuple[str, int]:
    """A text that ends in a zero byte, and where the next value begins."""
    end = data.index(b"\0", at, at + MOST_TEXT_BYTES)
    return data[at:end].decode(errors="replace"), end + 1


def fixed(data: bytes, at: int, size: int) -> int:
    """An unsigned number of so many bytes."""
    if at + size > len(data):
        raise NotReadable("a value runs past its section")
    return int.from_bytes(data[at : at + size], "little")


def initial_length(data: bytes, at: int) -> tuple[int, int, int]:
    """Of a unit: where it ends, where its header goes on, and the bytes of an offset, 4 or 8."""
    length = fixed(data, at, 4)
    if length < 0xFFFFFFF0:
        start, size = at + 4, 4
    elif length == 0xFFFFFFFF:
        length, start, size = fixed(data, at + 4, 8), at + 12, 8
    else:
        raise NotReadable("a reserved length")
    if start + length > len(data):
        raise NotReadable("a unit runs past its section")
    return start + length, start, size


def fixed_size(form: int, version: int, address_size: int, offset_size: int) -> int | None:
    """Bytes of a value of this form, None where that differs from value to value."""
    if form in OFFSETS:
        return offset_size
    if form == ADDR:
        return address_size
    if form == REF_ADDR:
        return address_size if version == 2 else offset_size
    return _FIXED.get(form)


def variable_end(data: bytes, at: int, form: int) -> int:
    """Where a value of a form without a fixed size ends."""
    if form in NUMBERS:
        return number(data, at)[1]
    if form == STRING:
        return data.index(b"\0", at) + 1
    if form in (EXPRLOC, BLOCK):
        size, at = number(data, at)
        return at + size
    if form in BLOCKS:
        return at + BLOCKS[form] + fixed(data, at, BLOCKS[form])
    raise NotReadable(f"an attribute of unknown form 0x{form:x}")
