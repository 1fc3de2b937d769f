"""Moves parts of a linked program to other addresses, by the relocations that its linker has kept (`--emit-relocs`)."""

import io
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection

from simtiny.image import Image, Move, Segment, Symbol, moved_to

# Types of relocations: Arm, ELF for the Arm Architecture (IHI 0044), 5.6. A branch is BL or B.W, encoding T1 or T4.
_KINDS: Mapping[int, Literal["word", "branch"]] = {2: "word", 10: "branch", 30: "branch"}
_ALLOCATED = 2  # SHF_ALLOC
_FURTHEST_BRANCH = 1 << 24


@dataclass(frozen=True)
class Relocation:
    """A place in a program that says where something is: `label` names what, None where only its address tells."""

    address: int
    kind: Literal["word", "branch"]
    label: str | None


def relocations(elf: bytes) -> Iterator[Relocation]:
    """Those of all that is loaded, of an ELF file that was linked with them.

    Raises ValueError for a kind that `relocate` can't do.
    """
    file = ELFFile(io.BytesIO(elf))
    for section in file.iter_sections():
        if not isinstance(section, RelocationSection):
            continue
        if not file.get_section(section["sh_info"])["sh_flags"] & _ALLOCATED:
            continue
        symbols = file.get_section(section["sh_link"])
        assert isinstance(symbols, SymbolTableSection)
        for entry in section.iter_relocations():
            kind = _KINDS.get(entry["r_info_type"])
            if kind is None:
                raise ValueError(f"relocation of type {entry['r_info_type']} at 0x{entry['r_offset']:08x}")
            symbol = symbols.get_symbol(entry["r_info_sym"])
            is_section = symbol["st_info"]["type"] == "STT_SECTION"
            yield Relocation(entry["r_offset"], kind, None if is_section else symbol.name)


def relocate(image: Image, moves: Sequence[Move], labels: Mapping[str, int], sha256: str) -> Image:
    """The program with parts of it elsewhere, and with `labels` at other addresses.

    What moves stays where it was as well: there the loader has it from. Its lines are not known any more. Raises
    ValueError where a branch does not reach.
    """
    assert image.elf is not None
    content = {segment.address: bytearray(segment.data) for segment in image.segments}
    for relocation in relocations(image.elf):
        segment, offset = _place(content, relocation.address)
        data = bytes(segment[offset : offset + 4])
        if relocation.kind == "branch":
            target = _branch_target(relocation.address, data)
            moved = _encoded(data, moved_to(moves, target) - moved_to(moves, relocation.address))
        else:
            value, label = int.from_bytes(data, "little"), relocation.label
            if label is not None and label in labels:
                value += labels[label] - image.symbols[label].address
            else:
                value = moved_to(moves, value)
            moved = value.to_bytes(4, "little")
        segment[offset : offset + 4] = moved
    segments = [Segment(address, bytes(data)) for address, data in content.items()]
    for move in moves:
        segment, offset = _place(content, move.start)
        segments.append(Segment(move.to, bytes(segment[offset : offset + move.end - move.start])))

    def elsewhere(symbol: Symbol) -> Symbol:
        return replace(symbol, address=labels.get(symbol.name, moved_to(moves, symbol.address)))

    return replace(
        image,
        sha256=sha256,
        segments=tuple(segments),
        entry=None if image.entry is None else moved_to(moves, image.entry),
        symbols={name: elsewhere(symbol) for name, symbol in image.symbols.items()},
        functions=tuple(sorted(map(elsewhere, image.functions), key=lambda symbol: (symbol.address, symbol.size))),
        same_named=tuple(replace(each, address=moved_to(moves, each.address)) for each in image.same_named),
        elf=None,
    )


def _place(content: Mapping[int, bytearray], address: int) -> tuple[bytearray, int]:
    """The segment that holds `address`, and the offset in it."""
    starts = sorted(content)
    start = starts[bisect_right(starts, address) - 1]
    return content[start], address - start


def _branch_target(address: int, data: bytes) -> int:
    """Where BL or B.W at `address` goes. Arm v7-M ARM, A7.7.12 (T4) and A7.7.18 (T1)."""
    first, second = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:], "little")
    sign = first >> 10 & 1
    i1, i2 = (1 - (second >> bit & 1 ^ sign) for bit in (13, 11))
    offset = sign << 24 | i1 << 23 | i2 << 22 | (first & 0x3FF) << 12 | (second & 0x7FF) << 1
    return address + 4 + offset - (sign << 25)


def _encoded(data: bytes, distance: int) -> bytes:
    """BL or B.W to what lies so many bytes further on."""
    offset = distance - 4
    if not -_FURTHEST_BRANCH <= offset < _FURTHEST_BRANCH:
        raise ValueError(f"a branch can't reach over {distance} bytes")
    first, second = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:], "little")
    sign = offset >> 24 & 1
    j1, j2 = (1 - (offset >> bit & 1 ^ sign) for bit in (23, 22))
    first = first & 0xF800 | sign << 10 | offset >> 12 & 0x3FF
    second = second & 0xD000 | j1 << 13 | j2 << 11 | offset >> 1 & 0x7FF
    return first.to_bytes(2, "little") + second.to_bytes(2, "little")
