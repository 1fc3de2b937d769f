"""A firmware image as segments in target memory, with the names that it gives to addresses."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from simtiny.demangled import shown_name

if TYPE_CHECKING:
    from simtiny.dwarf.functions import DebugFrame
    from simtiny.dwarf.info import DebugInfo


@dataclass(frozen=True)
class Segment:
    """Bytes that the loader puts at `address` (the load address: where flash holds them)."""

    address: int
    data: bytes = field(repr=False)

    @property
    def end(self) -> int:
        return self.address + len(self.data)


@dataclass(frozen=True)
class Symbol:
    """A name from the symbol table. `address` is without the Thumb bit; `size` in bytes, 0 if unknown.

    file: the source file of a local one, without its folder, as far as the symbol table says.
    """

    name: str
    address: int
    size: int
    kind: Literal["function", "object", "label"]
    file: str = ""


@dataclass(frozen=True)
class Move:
    """What lies from `start` to `end` (not included) lies at `to` instead."""

    start: int
    end: int
    to: int


def moved_to(moves: Iterable[Move], address: int) -> int:
    """Where what was at `address` is then."""
    return next((address - move.start + move.to for move in moves if move.start <= address < move.end), address)


@dataclass(frozen=True)
class Image:
    """A loaded file. `symbols` by name; `functions` sorted by address. `elf` keeps an ELF file's bytes for DWARF.

    same_named: those whose names others in `symbols` have, local ones of other source files.
    folder: that the file is in, where files with its debug information can be. family: the chip that a UF2 file names.
    """

    name: str
    sha256: str
    segments: tuple[Segment, ...]
    entry: int | None = None
    symbols: Mapping[str, Symbol] = field(default_factory=dict, repr=False)
    functions: tuple[Symbol, ...] = field(default=(), repr=False)
    same_named: tuple[Symbol, ...] = field(default=(), repr=False)
    architecture: str | None = None
    elf: bytes | None = field(default=None, repr=False)
    folder: Path | None = field(default=None, repr=False, compare=False)
    family: str | None = None

    @property
    def size(self) -> int:
        """Bytes over all segments."""
        return sum(len(segment.data) for segment in self.segments)

    def word(self, address: int) -> int | None:
        """The little-endian 32-bit word that the image holds at `address`."""
        for segment in self.segments:
            if segment.address <= address and address + 4 <= segment.end:
                offset = address - segment.address
                return int.from_bytes(segment.data[offset : offset + 4], "little")
        return None

    def function_at(self, address: int) -> Symbol | None:
        """The function that holds `address`."""
        index = bisect_right(self._function_addresses, address) - 1
        if index < 0:
            return None
        symbol = self.functions[index]
        return symbol if address < symbol.address + max(symbol.size, 1) else None

    def begins_at(self, address: int) -> bool:
        """Whether the first instruction of a function is there."""
        index = bisect_left(self._function_addresses, address)
        return index < len(self.functions) and self.functions[index].address == address

    def line_at(self, address: int) -> str | None:
        """Source line of an instruction as "file.c:123", or None without debug information for it."""
        found = self.source_at(address)
        return f"{found[0].rpartition('/')[2]}:{found[1]}" if found else None

    def source_at(self, address: int) -> tuple[str, int] | None:
        """Path of the source file, as debug information has it, and line (0: of none); None if unknown."""
        return self.debug.source_at(address) if self.debug else None

    def frames_at(self, address: int) -> "tuple[DebugFrame, ...]":
        """The function at an address and what is inlined there, outermost first.

        By debug information, else by the symbol; empty if neither knows it.
        """
        found = self.debug.frames_at(address) if self.debug else ()
        symbol = None if found else self.function_at(address)
        if symbol is None:
            return found
        from simtiny.dwarf.functions import DebugFrame

        name = shown_name(symbol.name)
        linkage_name = "" if name == symbol.name else symbol.name
        return (DebugFrame(name, is_inlined=False, address=symbol.address, linkage_name=linkage_name),)

    @cached_property
    def debug(self) -> "DebugInfo | None":
        """Debug information of an ELF file, read as it is asked for."""
        if self.elf is None:
            return None
        from simtiny.dwarf.info import DebugInfo

        return DebugInfo(self.elf, self.folder)

    @cached_property
    def _function_addresses(self) -> list[int]:
        return [symbol.address for symbol in self.functions]
