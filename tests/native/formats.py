"""What a shared library of each system says of itself: its processor, what it offers, what it wants of others."""

import io
import struct
from dataclasses import dataclass

from elftools.elf.elffile import ELFFile


@dataclass(frozen=True)
class Facts:
    """`wants`: names of libraries and of symbols that others have to give. `patched`: places changed at loading."""

    processor: str
    exports: frozenset[str]
    wants: frozenset[str]
    patched: int


def facts(content: bytes) -> Facts:
    """Of an ELF, Mach-O or PE library with addresses of 64 bits."""
    read = {b"\x7fELF": _elf, b"\xcf\xfa\xed\xfe": _mach_o}.get(content[:4], _pe)
    return read(content)


def _elf(content: bytes) -> Facts:
    elf = ELFFile(io.BytesIO(content))
    symbols = list(elf.get_section_by_name(".dynsym").iter_symbols())[1:]
    needed = {tag.needed for tag in elf.get_section_by_name(".dynamic").iter_tags() if tag.entry.d_tag == "DT_NEEDED"}
    undefined = {symbol.name for symbol in symbols if symbol["st_shndx"] == "SHN_UNDEF"}
    patched = sum(section["sh_type"] in ("SHT_REL", "SHT_RELA", "SHT_RELR") for section in elf.iter_sections())
    return Facts(
        elf["e_machine"], frozenset(s.name for s in symbols) - undefined, frozenset(needed | undefined), patched
    )


def _mach_o(content: bytes) -> Facts:
    (processor,), (count,) = struct.unpack_from("<I", content, 4), struct.unpack_from("<I", content, 16)
    exports, wants, at, patched = set(), set(), 32, 0
    for _ in range(count):
        command, size = struct.unpack_from("<II", content, at)
        if command == 0xC:  # LC_LOAD_DYLIB
            begin = at + struct.unpack_from("<I", content, at + 8)[0]
            wants.add(_string(content, begin))
        elif command == 0x2:  # LC_SYMTAB
            symbols, symbol_count, strings, _ = struct.unpack_from("<IIII", content, at + 8)
            for number in range(symbol_count):
                name, kind = struct.unpack_from("<IB", content, symbols + 16 * number)
                if kind & 1:  # N_EXT
                    (exports if kind & 0xE else wants).add(_string(content, strings + name).removeprefix("_"))
        elif command == 0x8000_0022:  # LC_DYLD_INFO_ONLY: offsets and sizes of rebase, bind, weak and lazy bind
            patched += sum(struct.unpack_from("<8I", content, at + 8)[1::2])
        at += size
    return Facts(
        {0x0100_000C: "arm64", 0x0100_0007: "x86_64"}[processor], frozenset(exports), frozenset(wants), patched
    )


def _pe(content: bytes) -> Facts:
    at = struct.unpack_from("<I", content, 0x3C)[0]
    assert (content[:2], content[at : at + 4]) == (b"MZ", b"PE\0\0")
    processor, section_count = struct.unpack_from("<HH", content, at + 4)
    optional_size = struct.unpack_from("<H", content, at + 20)[0]
    directories = [struct.unpack_from("<II", content, at + 24 + 112 + 8 * number) for number in range(16)]
    sections = [
        struct.unpack_from("<IIII", content, at + 24 + optional_size + 40 * number + 8)
        for number in range(section_count)
    ]

    def place(address: int) -> int:
        return next(raw + address - base for size, base, _, raw in sections if base <= address < base + size)

    table = place(directories[0][0])
    names_count, names = (
        struct.unpack_from("<I", content, table + 24)[0],
        struct.unpack_from("<I", content, table + 32)[0],
    )
    exports = {
        _string(content, place(struct.unpack_from("<I", content, place(names) + 4 * number)[0]))
        for number in range(names_count)
    }
    imports = {"imports"} if directories[1][1] else set()
    return Facts({0x8664: "x86_64"}[processor], frozenset(exports), frozenset(imports), directories[5][1])


def _string(content: bytes, at: int) -> str:
    return content[at : content.index(0, at)].decode()
