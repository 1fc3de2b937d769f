"""Sections of debug information, unpacked, within bounds that keep hostile files from taking long."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.elf.elffile import ELFFile

# What pyelftools lets through on damaged files, beside its own errors, and what the readers here raise.
DAMAGED = (
    ELFError, DWARFError, ConstructError, struct.error, ArithmeticError, AssertionError, AttributeError, LookupError,
    TypeError, ValueError, zlib.error,
)  # fmt: skip

MOST_SECTION_BYTES = 64 << 20
"""Of all debug information that is looked into: more takes too long for what only decorates a report."""
MOST_SECTIONS = 1 << 16
_WANTED = frozenset(
    f".debug_{name}"
    for name in ("info", "abbrev", "line", "str", "line_str", "str_offsets", "addr", "ranges", "rnglists", "types")
)
_COMPRESSED = 1 << 11  # SHF_COMPRESSED
_ZLIB, _ZSTD = 1, 2  # ch_type


class NotReadable(ValueError):
    """Debug information that is damaged, or larger than what is looked into."""


@dataclass(frozen=True)
class Sections:
    """`by_name`: unpacked, by the names of plain files: ".zdebug_info" and ".debug_info.dwo" are ".debug_info".

    spans: of the addresses that the file loads: (first, one behind the last). link: name and CRC-32 of the file that
    has the debug information in its place.
    """

    by_name: Mapping[str, bytes]
    spans: tuple[tuple[int, int], ...]
    link: tuple[str, int] | None = None

    def __getitem__(self, name: str) -> bytes:
        return self.by_name.get(name, b"")

    def is_loaded(self, address: int) -> bool:
        """Whether code can be there. No code is at 0, where linkers leave what they dropped: vectors begin there."""
        return address > 0 and any(low <= address < high for low, high in self.spans)


def read_sections(content: bytes, *, split: bool = False) -> Sections:
    """Those of an ELF file, of a .dwo file if `split`. Raises one of DAMAGED."""
    elf = ELFFile(io.BytesIO(content))
    if elf.num_sections() > MOST_SECTIONS or elf.num_segments() > MOST_SECTIONS:
        raise NotReadable("too many sections")
    found: dict[str, bytes] = {}
    link, total = None, 0
    for section in elf.iter_sections():
        name = section.name
        if name == ".gnu_debuglink":
            link = _link(_raw(section, content))
            continue
        if not name.startswith((".debug_", ".zdebug_")) or name.endswith(".dwo") != split:
            continue
        plain = "." + name.removesuffix(".dwo").lstrip(".z")
        if plain not in _WANTED or plain in found or section["sh_type"] == "SHT_NOBITS":
            continue
        found[plain] = _unpacked(name, section["sh_flags"], _raw(section, content))
        total += len(found[plain])
        if total > MOST_SECTION_BYTES:
            raise NotReadable("too much debug information")
    spans = tuple((s["p_vaddr"], s["p_vaddr"] + s["p_memsz"]) for s in elf.iter_segments("PT_LOAD"))
    return Sections(found, spans, link)


def _raw(section: Any, content: bytes) -> bytes:
    at, size = section["sh_offset"], section["sh_size"]
    if size > MOST_SECTION_BYTES or at + size > len(content):
        raise NotReadable("a section is too large")
    return content[at : at + size]


def _link(data: bytes) -> tuple[str, int] | None:
    name, zero, _ = data.partition(b"\0")
    if not zero or len(data) < 8:
        return None
    return name.decode(errors="replace"), int.from_bytes(data[-4:], "little")


def _unpacked(name: str, flags: int, data: bytes) -> bytes:
    """The content of a section, packed as it may be. What unpacks to another size than it says is damaged."""
    if name.startswith(".zdebug_"):  # GNU's old way: "ZLIB", size
        if data[:4] != b"ZLIB" or len(data) < 12:
            raise NotReadable("a packed section without its header")
        return _inflated(data[12:], int.from_bytes(data[4:12], "big"))
    if not flags & _COMPRESSED:
        return data
    kind, size, _ = struct.unpack_from("<III", data)
    if kind == _ZLIB:
        return _inflated(data[12:], size)
    if kind == _ZSTD:
        return _zstd(data[12:], size)
    raise NotReadable("packed in an unknown way")


def _inflated(packed: bytes, size: int) -> bytes:
    return _checked(zlib.decompressobj().decompress, packed, size)


def _zstd(packed: bytes, size: int) -> bytes:
    """By Python's own reader from 3.14 on, or by the package `zstandard`, if it is there."""
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]

        return _checked(zstd.ZstdDecompressor().decompress, packed, size)
    except ImportError:
        pass
    try:
        import zstandard  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise NotReadable("packed with zstd, which this Python can't unpack") from None
    try:
        reader = zstandard.ZstdDecompressor(max_window_size=MOST_SECTION_BYTES).stream_reader(io.BytesIO(packed))
        return _checked(lambda _, most: bytes(reader.read(most)), packed, size)
    except zstandard.ZstdError as error:
        raise NotReadable(str(error)) from error


def _checked(unpack: Callable[..., bytes], packed: bytes, size: int) -> bytes:
    if size > MOST_SECTION_BYTES:
        raise NotReadable("a packed section is too large")
    found = partial(unpack, packed)(size + 1)
    if len(found) != size:
        raise NotReadable("a packed section has another size than it says")
    return found
