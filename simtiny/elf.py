"""ELF files of Arm M-profile firmware: segments by load address, symbols."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from elftools.elf.descriptions import describe_e_machine
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import ARMAttributesSection, SymbolTableSection

from simtiny.dwarf.sections import DAMAGED
from simtiny.errors import BadInput
from simtiny.image import Image, Segment, Symbol

# Tag_CPU_arch values of M-profile architectures (Arm ABI addenda, build attributes); "v7" needs the profile tag.
ARCHITECTURES = {11: "v6-M", 12: "v6S-M", 13: "v7E-M", 16: "v8-M.base", 17: "v8-M.main", 21: "v8.1-M.main"}
ARCHITECTURE_V7 = 10
PROFILES = {"A": "A-profile (application)", "R": "R-profile (real-time)", "S": "classic A or R profile"}
MACHINES = {"EM_X86_64": "x86-64", "EM_386": "x86", "EM_AARCH64": "64-bit Arm", "EM_RISCV": "RISC-V"}
KINDS: dict[str, Literal["function", "object", "label"]] = {
    "STT_FUNC": "function",
    "STT_OBJECT": "object",
    "STT_NOTYPE": "label",
}


MOST_LOADED_BYTES = 128 << 20
"""Of all segments together: as much as a board may have of memories. Segments of a damaged file can be one another."""
MOST_SYMBOLS = 1 << 20
_SYMBOL_BYTES = 16
_FLOAT_SOFT, _FLOAT_HARD = 0x200, 0x400  # EF_ARM_ABI_FLOAT_SOFT and _HARD


def read_elf(name: str, sha256: str, content: bytes) -> Image:
    """Check that the file is bootable M-profile code and take out what the machine needs."""
    try:
        elf = ELFFile(io.BytesIO(content))
        _check_header(elf)
        segments = tuple(_segments(elf, len(content)))
        architecture = _architecture(elf)
        symbols = _symbols(elf, len(content))
    except DAMAGED as error:
        # The message can quote bytes of the file.
        detail = "".join(letter for letter in str(error) if letter.isprintable())[:100] or type(error).__name__
        raise BadInput(f"truncated or damaged ELF file ({detail})") from error
    if not segments:
        raise BadInput("ELF file without anything to load")
    by_name = {symbol.name: symbol for symbol in reversed(symbols)}
    others = tuple(symbol for symbol in symbols if by_name[symbol.name] is not symbol)
    functions = sorted((s for s in symbols if s.kind == "function"), key=lambda s: (s.address, s.size))
    return Image(name, sha256, segments, elf["e_entry"], by_name, tuple(functions), others, architecture, content)


@dataclass(frozen=True)
class Section:
    """A part of memory that the linker gave a name."""

    name: str
    address: int
    size: int
    is_code: bool


def sections(content: bytes) -> tuple[Section, ...]:
    """Those of a file that was read before that are in memory while the program runs, in order of the file."""
    try:
        return tuple(
            Section(section.name, section["sh_addr"], section["sh_size"], bool(section["sh_flags"] & 4))
            for section in ELFFile(io.BytesIO(content)).iter_sections()
            if section["sh_flags"] & 2 and section["sh_size"]
        )
    except DAMAGED:
        return ()


def all_symbols(content: bytes) -> list[Symbol]:
    """All symbols of a file that was read before: `Image.symbols` has one of each name."""
    return _symbols(ELFFile(io.BytesIO(content)), len(content))


def has_hard_float(content: bytes) -> bool | None:
    """Whether functions of a file that was read before take floats in the FPU's registers; None: it does not say.

    By Tag_ABI_VFP_args [Arm ABI addenda, build attributes], else by the header's flags [AAELF32, 5.2].
    """
    elf = ELFFile(io.BytesIO(content))
    if tags := _attributes(elf):
        return bool(tags.get("TAG_ABI_VFP_ARGS", 0) == 1)
    flags = elf["e_flags"]
    return True if flags & _FLOAT_HARD else False if flags & _FLOAT_SOFT else None


def memory_contents(content: bytes) -> tuple[tuple[int, bytes], ...]:
    """What a file that was read before has in memory while the program runs, as (address, bytes), with zeroed data."""
    elf = ELFFile(io.BytesIO(content))
    return tuple(
        (header["p_vaddr"], header.data() + bytes(min(header["p_memsz"] - header["p_filesz"], MOST_LOADED_BYTES)))
        for header in elf.iter_segments("PT_LOAD")
    )


def initializers(content: bytes) -> tuple[int, ...]:
    """Addresses of what has to be called before all else in a file that was read before: C++'s constructors."""
    elf = ELFFile(io.BytesIO(content))
    kinds = "SHT_PREINIT_ARRAY", "SHT_INIT_ARRAY"
    found = sorted((s for s in elf.iter_sections() if s["sh_type"] in kinds), key=lambda s: kinds.index(s["sh_type"]))
    return tuple(
        address
        for section in found
        for (address,) in struct.iter_unpack("<I", section.data()[: section["sh_size"] & ~3])
    )


def _check_header(elf: ELFFile) -> None:
    machine = elf["e_machine"]
    if machine != "EM_ARM":
        name = MACHINES.get(machine) or f"machine {describe_e_machine(machine)}"
        raise BadInput(f"ELF file for {name}, not for Arm Cortex-M")
    if elf.elfclass != 32:
        raise BadInput("64-bit ELF file, not for Arm Cortex-M")
    if not elf.little_endian:
        raise BadInput("big-endian ELF file: only little-endian Cortex-M is emulated")
    if elf["e_type"] == "ET_REL":
        raise BadInput("relocatable object file: link it into an executable first")
    if elf["e_type"] == "ET_DYN":
        raise BadInput("shared library or position-independent executable: link firmware at fixed addresses")
    if elf["e_type"] != "ET_EXEC":
        raise BadInput("ELF file that is not an executable")


def _segments(elf: ELFFile, file_bytes: int) -> Iterator[Segment]:
    """PT_LOAD contents by physical address, without file headers that a linker's page alignment drew in."""
    starts = sorted(
        section["sh_offset"]
        for section in elf.iter_sections()
        if section["sh_flags"] & 2 and section["sh_type"] != "SHT_NOBITS" and section["sh_size"]
    )
    loaded = 0
    for header in elf.iter_segments("PT_LOAD"):
        offset, size, address = header["p_offset"], header["p_filesz"], header["p_paddr"]
        if offset + size > file_bytes:
            missing = offset + size - file_bytes
            raise BadInput(f"truncated ELF file: the segment at 0x{address:08x} lacks its last {missing} bytes")
        if size and offset < elf["e_ehsize"]:
            skipped = next((start - offset for start in starts if offset <= start < offset + size), 0)
            offset, size, address = offset + skipped, size - skipped, address + skipped
        if address + size > 1 << 32:
            raise BadInput(f"ELF segment at 0x{address:08x} runs past the 32-bit address range")
        loaded += size
        if loaded > MOST_LOADED_BYTES:
            raise BadInput(f"ELF file with more than {MOST_LOADED_BYTES >> 20} MiB to load")
        if size:
            elf.stream.seek(offset)
            yield Segment(address, elf.stream.read(size))


def _architecture(elf: ELFFile) -> str | None:
    """Arm architecture from the build attributes; None where a file has none."""
    tags = _attributes(elf)
    arch, profile = tags.get("TAG_CPU_ARCH"), tags.get("TAG_CPU_ARCH_PROFILE")
    letter = chr(profile) if isinstance(profile, int) and 0 < profile < 128 else None
    if arch in ARCHITECTURES:
        return ARCHITECTURES[arch]
    if arch == ARCHITECTURE_V7 and letter == "M":
        return "v7-M"
    if arch is not None or letter in PROFILES:
        raise BadInput(f"built for Arm {PROFILES.get(letter or '', 'before v6-M')}, not for Cortex-M (M-profile)")
    if not elf["e_entry"] & 1 and elf["e_entry"]:
        raise BadInput(f"the entry point 0x{elf['e_entry']:08x} is Arm code, not Thumb: not for Cortex-M")
    return None


def _attributes(elf: ELFFile) -> dict[str, Any]:
    """The build attributes; none where a file has none."""
    section = next((s for s in elf.iter_sections() if isinstance(s, ARMAttributesSection)), None)
    tags: dict[str, Any] = {}
    if section is not None:
        for subsection in section.iter_subsections():
            for part in subsection.iter_subsubsections():
                tags |= {attribute.tag: attribute.value for attribute in part.iter_attributes()}
    return tags


def _symbols(elf: ELFFile, file_bytes: int) -> list[Symbol]:
    """Functions, objects and labels, globals first; the assembler's mapping symbols ($t, $d) are left out."""
    found: list[tuple[bool, Symbol]] = []
    total, file = 0, ""
    for section in elf.iter_sections():
        if not isinstance(section, SymbolTableSection):
            continue
        if section["sh_offset"] + section["sh_size"] > file_bytes:
            raise BadInput("truncated ELF file: the symbol table is incomplete")
        total += section.num_symbols()
        if section["sh_entsize"] != _SYMBOL_BYTES or total > MOST_SYMBOLS:
            raise BadInput(f"damaged ELF file: a symbol table of {total:,} entries")
        for entry in section.iter_symbols():
            if entry["st_info"]["type"] == "STT_FILE":  # of the local ones behind it
                file = entry.name.replace("\\", "/").rpartition("/")[2]
            kind = KINDS.get(entry["st_info"]["type"])
            if kind is None or not entry.name or entry.name.startswith("$") or entry["st_shndx"] == "SHN_UNDEF":
                continue
            address = entry["st_value"] & ~1 if kind == "function" else entry["st_value"]
            is_local = entry["st_info"]["bind"] == "STB_LOCAL"
            found.append((is_local, Symbol(entry.name, address, entry["st_size"], kind, file if is_local else "")))
    return [symbol for _, symbol in sorted(found, key=lambda pair: pair[0])]
