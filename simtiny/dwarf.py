"""Source lines of an ELF file, by its debug information (DWARF)."""

import io
import re
import struct
from collections.abc import Iterator
from typing import Any

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.elf.elffile import ELFFile

_SECTIONS = (".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_line_str")
# What pyelftools lets through on damaged files, beside its own errors.
DAMAGED = (
    ELFError, DWARFError, ConstructError, struct.error, ArithmeticError, AssertionError, AttributeError, LookupError,
    TypeError, ValueError,
)  # fmt: skip


MOST_SECTION_BYTES = 64 << 20
"""Of debug information that lines are looked up in: more takes too long for what only decorates a report."""
MOST_ROWS = 1 << 21
# A number of variable length takes a time with the square of its bytes. No text has so many letters beyond ASCII.
_ENDLESS_NUMBER = re.compile(rb"[\x80-\xff]{1024}")


def line_table(content: bytes) -> tuple[list[int], list[str | None]]:
    """Sorted addresses, and the source line from each on ("file.c:123", None after a sequence's end).

    Debug information that can't be read is as good as none: lines only decorate a report.
    """
    rows: list[tuple[int, bool, str | None]] = []
    try:
        elf = ELFFile(io.BytesIO(content))
        if not elf.has_dwarf_info():
            return [], []
        spans = [(s["p_vaddr"], s["p_vaddr"] + s["p_memsz"]) for s in elf.iter_segments("PT_LOAD")]
        if not _is_sound(elf):
            return [], []
        dwarf = elf.get_dwarf_info(relocate_dwarf_sections=False, follow_links=False)
        seen: set[int] = set()
        for unit in dwarf.iter_CUs():
            program = dwarf.line_program_for_CU(unit)
            if program is None or program.program_start_offset in seen:  # of units that say to have the same one
                continue
            seen.add(program.program_start_offset)
            for sequence in _sequences(program):
                # Sequences of functions that the linker dropped start at address 0 or out of every segment.
                if len(rows) > MOST_ROWS:
                    return [], []
                if any(low <= sequence[0][0] < high for low, high in spans):
                    rows += sequence
    except DAMAGED:
        return [], []
    rows.sort(key=lambda row: (row[0], row[1]))
    return [address for address, _, _ in rows], [line for _, _, line in rows]


def _is_sound(elf: ELFFile) -> bool:
    """Whether it takes little time and memory to look lines up: what is packed says how large it is unpacked."""
    for section in elf.iter_sections():
        if section.name.startswith(".zdebug_"):  # packed in the old way, which says nothing that is kept to
            return False
        if section.name.startswith(".debug_"):
            if max(section["sh_size"], section.data_size) > MOST_SECTION_BYTES:
                return False
            if section.name in _SECTIONS and _ENDLESS_NUMBER.search(section.data()):
                return False
    return True


def _sequences(program: Any) -> Iterator[list[tuple[int, bool, str | None]]]:
    """Each contiguous run of a line program as rows of (address, starts a line, line or None at the end)."""
    files = program["file_entry"]
    first_index = 0 if program["version"] >= 5 else 1
    rows: list[tuple[int, bool, str | None]] = []
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if state.end_sequence:
            rows.append((state.address, False, None))
            yield rows
            rows = []
            continue
        index = state.file - first_index
        name = files[index].name.decode(errors="replace") if 0 <= index < len(files) else "?"
        rows.append((state.address, True, f"{name.rpartition('/')[2]}:{state.line}"))
