"""What of an ELF file occupies memory: sections, where they are loaded from, and symbols with the file they come from.

Of a symbol table, names of source files (STT_FILE) stand before the local symbols of their object files; what is global
stands behind all of them. The assembler marks the beginning of each piece of code and data by a local symbol ($t, $d),
so these say of every address which object file it is from, global or not.
"""

import io
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from simtiny.dwarf.sections import DAMAGED
from simtiny.elf import MOST_SYMBOLS

_ALLOCATED, _THREAD_LOCAL = 0x2, 0x400  # section flags: System V ABI, chapter 4
_OBJECT, _FUNCTION, _SECTION, _FILE = 1, 2, 3, 4  # symbol types: the same
_ENTRY = np.dtype(
    [("name", "<u4"), ("value", "<u4"), ("size", "<u4"), ("info", "u1"), ("other", "u1"), ("section", "<u2")]
)
_LONGEST_NAME = 1 << 14


@dataclass(frozen=True)
class PlacedSection:
    """A section that is in memory while the program runs. load_address: where its bytes are copied from, None if zeros.

    files: (address, source file) of where what comes from each object file begins, in order; may be empty.
    """

    name: str
    address: int
    size: int
    load_address: int | None
    files: tuple[tuple[int, str], ...]

    def file_at(self, address: int) -> str:
        """The source file of what stands there, empty if unknown."""
        index = bisect_right(self.files, (address, "\U0010ffff")) - 1
        return self.files[index][1] if index >= 0 else ""


@dataclass(frozen=True)
class PlacedSymbol:
    """A function or object. section: index in the list of sections. size: 0 where the file does not say."""

    name: str
    address: int
    size: int
    section: int
    file: str


def placed(content: bytes) -> tuple[tuple[PlacedSection, ...], tuple[PlacedSymbol, ...]]:
    """Sections and symbols of an ELF file that was read before. What is damaged is as good as not there."""
    try:
        elf = ELFFile(io.BytesIO(content))
        numbers, sections = _sections(elf)
    except DAMAGED:
        return (), ()
    try:
        table = _table(elf)
    except DAMAGED:
        table = None
    if table is None:
        return tuple(sections), ()
    return _with_symbols(sections, numbers, *table)


def _sections(elf: ELFFile) -> tuple[dict[int, int], list[PlacedSection]]:
    """Places in the list by number in the file, and the sections without files."""
    segments = [
        (s["p_offset"], s["p_offset"] + s["p_filesz"], s["p_paddr"] - s["p_offset"])
        for s in elf.iter_segments("PT_LOAD")
    ]
    numbers: dict[int, int] = {}
    found: list[PlacedSection] = []
    for number, section in enumerate(elf.iter_sections()):
        flags, size, zeros = section["sh_flags"], section["sh_size"], section["sh_type"] == "SHT_NOBITS"
        if not flags & _ALLOCATED or not size or (zeros and flags & _THREAD_LOCAL):
            continue
        first, last = section["sh_offset"], section["sh_offset"] + size
        load = (
            None if zeros else next((first + by for low, high, by in segments if low <= first and last <= high), None)
        )
        numbers[number] = len(found)
        found.append(PlacedSection(section.name, section["sh_addr"], size, load, ()))
    return numbers, found


def _table(elf: ELFFile) -> tuple["np.ndarray[tuple[int], np.dtype[np.void]]", bytes] | None:
    """The entries of the symbol table, and its strings."""
    for section in elf.iter_sections():
        if isinstance(section, SymbolTableSection) and section.name == ".symtab":
            data = section.data()
            if len(data) > MOST_SYMBOLS * _ENTRY.itemsize:
                return None
            return np.frombuffer(data[: len(data) // _ENTRY.itemsize * _ENTRY.itemsize], _ENTRY), (
                section.stringtable.data()
            )
    return None


def _with_symbols(
    sections: list[PlacedSection],
    numbers: dict[int, int],
    entries: "np.ndarray[tuple[int], np.dtype[np.void]]",
    strings: bytes,
) -> tuple[tuple[PlacedSection, ...], tuple[PlacedSymbol, ...]]:
    begins: list[dict[int, str]] = [{} for _ in sections]
    symbols: list[tuple[bool, PlacedSymbol]] = []
    file = ""
    for name_at, value, size, info, _, number in entries.tolist():
        kind, is_local = info & 0xF, info >> 4 == 0
        if kind == _FILE:
            file = _name(strings, name_at).replace("\\", "/").rpartition("/")[2]
            continue
        place = numbers.get(number)
        if place is None:
            continue
        address = value & ~1 if kind == _FUNCTION else value
        if is_local and kind != _SECTION:
            begins[place].setdefault(address, file)
        if kind in (_OBJECT, _FUNCTION):
            name = _name(strings, name_at)
            if name:
                symbols.append((is_local, PlacedSymbol(name, address, size, place, file if is_local else "")))
    with_files = tuple(
        PlacedSection(one.name, one.address, one.size, one.load_address, _runs(found))
        for one, found in zip(sections, begins, strict=True)
    )
    symbols.sort(key=lambda pair: pair[0])  # global ones first: of aliases, the first counts
    return with_files, tuple(
        one if is_local else PlacedSymbol(one.name, one.address, one.size, one.section, _file_of(with_files, one))
        for is_local, one in symbols
    )


def _file_of(sections: tuple[PlacedSection, ...], symbol: PlacedSymbol) -> str:
    return sections[symbol.section].file_at(symbol.address)


def _runs(begins: dict[int, str]) -> tuple[tuple[int, str], ...]:
    found: list[tuple[int, str]] = []
    for address, file in sorted(begins.items()):
        if not found or found[-1][1] != file:
            found.append((address, file))
    return tuple(found)


def _name(strings: bytes, at: int) -> str:
    end = strings.find(b"\0", at, at + _LONGEST_NAME)
    return strings[at : end if end >= 0 else at + _LONGEST_NAME].decode("utf-8", "replace")
