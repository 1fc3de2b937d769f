"""Line number programs: which source line each address comes from (DWARF 5, section 6.2)."""

from collections.abc import Iterator
from dataclasses import dataclass

from simtiny.dwarf import encoding as e
from simtiny.dwarf.sections import NotReadable, Sections

MOST_ROWS = 1 << 21
MOST_STEPS = 1 << 23
"""Of all programs together, whatever they find."""
MOST_FILES = 1 << 16
FILE_COUNTS_AS = 8  # steps
_PATH, _DIRECTORY = 1, 2  # DW_LNCT
_MOST_FORMATS = 8

Row = tuple[int, bool, int, int]
"""Address, whether a line starts there (else a sequence ends), its file and line."""


Text = tuple[str, int]
"""A section, and where in it a text begins: most texts are never asked for."""


@dataclass(frozen=True, eq=False)
class LineProgram:
    """A program and what its header says. `names`: of its files, with the numbers of the folders that they are in."""

    sections: Sections
    start: int
    end: int
    version: int
    minimum_instruction_bytes: int
    line_base: int
    line_range: int
    opcode_base: int
    operands: tuple[int, ...]
    folders: tuple[Text, ...]
    names: tuple[tuple[Text, int], ...]
    compilation_folder: str

    def file(self, number: int | None) -> str:
        """Path of a file by its number, as the compiler was given it, below the folder in which it ran.

        Empty if there is none. Raises one of DAMAGED.
        """
        index = -1 if number is None else number - (self.version < 5)
        if not 0 <= index < len(self.names):
            return ""
        name, folder = self.names[index]
        path, at = self._text(name), folder - (self.version < 5)
        for outer in (self._text(self.folders[at]) if 0 <= at < len(self.folders) else "", self.compilation_folder):
            if outer and not _is_absolute(path):
                path = f"{outer}/{path}"
        return path

    def _text(self, place: Text) -> str:
        return e.text(self.sections[place[0]], place[1])[0]


def _is_absolute(path: str) -> bool:
    return path.startswith(("/", "\\")) or path[1:3] in (":/", ":\\")


def read_program(sections: Sections, at: int, compilation_folder: str) -> LineProgram:
    """The program that begins there. Raises one of DAMAGED."""
    data = sections[".debug_line"]
    end, at, offset_size = e.initial_length(data, at)
    version = e.fixed(data, at, 2)
    at += 2
    if not 2 <= version <= 5:
        raise NotReadable("a line table of unknown version")
    if version >= 5:
        at += 2
    length, at = e.fixed(data, at, offset_size), at + offset_size
    start = at + length
    minimum, at = data[at], at + (2 if version >= 4 else 1)
    base, line_range, opcode_base = data[at + 1], data[at + 2], data[at + 3]
    at += 4
    operands = (0, *data[at : at + opcode_base - 1])
    at += max(opcode_base - 1, 0)
    if version >= 5:
        in_folders, at = _entries(sections, at, offset_size)
        names, at = _entries(sections, at, offset_size)
        folders = [name for name, _ in in_folders]
    else:
        folders, names = _old_tables(data, at)
    if start > end or line_range == 0 or opcode_base == 0:
        raise NotReadable("a damaged line table")
    return LineProgram(
        sections, start, end, version, minimum, base - 256 if base > 127 else base, line_range,
        opcode_base, operands, tuple(folders), tuple(names), compilation_folder,
    )  # fmt: skip


def _old_tables(data: bytes, at: int) -> tuple[list[Text], list[tuple[Text, int]]]:
    folders: list[Text] = []
    names: list[tuple[Text, int]] = []
    while data[at]:
        folders.append((".debug_line", at))
        at = data.index(b"\0", at) + 1
        if len(folders) > MOST_FILES:
            raise NotReadable("too many folders")
    at += 1
    while data[at]:
        place = at
        index, at = e.number(data, data.index(b"\0", at) + 1)
        _, at = e.number(data, at)
        _, at = e.number(data, at)
        names.append(((".debug_line", place), index))
        if len(names) > MOST_FILES:
            raise NotReadable("too many files")
    return folders, names


def _entries(sections: Sections, at: int, offset_size: int) -> tuple[list[tuple[Text, int]], int]:
    """Names of folders or files, with the number of the folder that each is in."""
    data = sections[".debug_line"]
    formats, at = [], at + 1
    for _ in range(data[at - 1]):
        content, at = e.number(data, at)
        form, at = e.number(data, at)
        formats.append((content, form))
    count, at = e.number(data, at)
    if count > MOST_FILES or (count and not formats) or len(formats) > _MOST_FORMATS:
        raise NotReadable("too many files")
    found = []
    for _ in range(count):
        name, folder = (".debug_line", at), 0
        for content, form in formats:
            size = e.fixed_size(form, 5, 4, offset_size)
            end = at + size if size is not None else e.variable_end(data, at, form)
            if content == _PATH and form != e.STRING:
                table = ".debug_line_str" if form == e.LINE_STRP else ".debug_str"
                name = table, e.fixed(data, at, offset_size)
            elif content == _PATH:
                name = ".debug_line", at
            elif content == _DIRECTORY:
                folder = e.number(data, at)[0] if size is None else e.fixed(data, at, size)
            at = end
        found.append((name, folder))
    return found, at


def sequences(program: LineProgram, most_steps: int) -> Iterator[tuple[int, list[Row]]]:
    """Each contiguous run of rows, with the steps that the program took by then. Raises one of DAMAGED."""
    data, at, end = program.sections[".debug_line"], program.start, program.end
    line_base, line_range, opcode_base = program.line_base, program.line_range, program.opcode_base
    minimum = program.minimum_instruction_bytes
    constant_advance = (255 - opcode_base) // line_range * minimum
    address, file, line, steps = 0, 1, 1, 0
    rows: list[Row] = []
    while at < end:
        steps += 1
        if steps > most_steps:
            raise NotReadable("line tables are too long")
        opcode = data[at]
        at += 1
        if opcode >= opcode_base:
            advance = opcode - opcode_base
            address += advance // line_range * minimum
            line += line_base + advance % line_range
            rows.append((address, True, file, line))
        elif opcode == 0:
            size, at = e.number(data, at)
            if size == 0:
                continue
            kind, following = data[at], at + size
            if kind == 1:
                rows.append((address, False, 0, 0))
                yield steps, rows
                address, file, line, rows = 0, 1, 1, []
            elif kind == 2:
                address = e.fixed(data, at + 1, min(size - 1, 8))
            at = following
        elif opcode == 1:
            rows.append((address, True, file, line))
        elif opcode == 2:
            advance, at = e.number(data, at)
            address += advance * minimum
        elif opcode == 3:
            delta, at = e.signed(data, at)
            line += delta
        elif opcode == 4:
            file, at = e.number(data, at)
        elif opcode == 8:
            address += constant_advance
        elif opcode == 9:
            address, at = address + e.fixed(data, at, 2), at + 2
        else:
            for _ in range(program.operands[opcode]):
                _, at = e.number(data, at)
