"""A firmware of some instructions as an ELF file, made byte by byte."""

import struct
from collections.abc import Mapping, Sequence

FLASH = 0x0800_0000
NOP, RETURN = 0xBF00, 0x4770
_VECTORS = struct.pack("<16I", 0x2000_1000, FLASH + 0x41, *[0] * 14)


def firmware(nops: int, name: str = "work", machine: int = 40) -> bytes:
    """Reset calls a function of so many `nop` and a return. machine: e_machine; 40 is Arm."""
    reset = [0xF000, 0xF802, 0xE7FE, NOP]  # bl work (4 bytes beyond the next), b ., and one to align
    work = [NOP] * nops + [RETURN]
    code = _VECTORS + struct.pack(f"<{len(reset) + len(work)}H", *reset, *work)
    return _elf(code, {"reset": (0x40, 8), name: (0x48, 2 * len(work))}, machine)


def _elf(code: bytes, functions: Mapping[str, tuple[int, int]], machine: int) -> bytes:
    names = b"\0" + b"".join(name.encode() + b"\0" for name in functions)
    symbols = [bytes(16)]
    for name, (offset, size) in functions.items():
        symbols.append(struct.pack("<IIIBBH", names.index(name.encode() + b"\0"), FLASH + offset | 1, size, 0x12, 0, 1))
    sections = b"\0.text\0.symtab\0.strtab\0"
    parts: Sequence[bytes] = (code + bytes(-len(code) % 4), b"".join(symbols), names, sections)
    starts = [84 + sum(map(len, parts[:index])) for index in range(len(parts))]
    headers = [
        bytes(40),
        struct.pack("<10I", 1, 1, 6, FLASH, starts[0], len(code), 0, 0, 4, 0),
        struct.pack("<10I", 7, 2, 0, 0, starts[1], len(parts[1]), 3, 1, 4, 16),
        struct.pack("<10I", 15, 3, 0, 0, starts[2], len(names), 0, 0, 1, 0),
        struct.pack("<10I", 15, 3, 0, 0, starts[3], len(sections), 0, 0, 1, 0),
    ]
    end = starts[3] + len(sections)
    ident = b"\x7fELF\1\1\1".ljust(16, b"\0")
    header = ident + struct.pack(
        "<HHIIIIIHHHHHH", 2, machine, 1, FLASH | 0x41, 52, end, 0x0500_0200, 52, 32, 1, 40, 5, 4
    )
    segment = struct.pack("<8I", 1, starts[0], FLASH, FLASH, len(code), len(code), 5, 4)
    return b"".join((header, segment, *parts, *headers))
