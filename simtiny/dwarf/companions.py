"""Files beside an image that hold its debug information: split off unit by unit (.dwo), or all of it."""

import zlib
from collections.abc import Iterator
from pathlib import Path

from simtiny.dwarf.entries import COMP_DIR, DWO_NAME, GNU_DWO_ID, GNU_DWO_NAME, Unit, read_units
from simtiny.dwarf.sections import DAMAGED, Sections, read_sections
from simtiny.errors import BadInput
from simtiny.files import read_bounded

MOST_FILE_BYTES = 256 << 20


def linked(link: tuple[str, int], folder: Path | None) -> Sections | str:
    """Sections of the file that an image names by name and CRC-32, or why there are none."""
    name, crc = link
    missing = f"its debug information is in {name[:200]!r}, which"
    if name in (".", "..") or not name or set(name) & {"/", "\\", ":"}:
        return f"{missing} is no name of a file beside it"
    reasons = []
    for path in (folder / name, folder / ".debug" / name) if folder is not None else ():
        try:
            content = read_bounded(path, MOST_FILE_BYTES)
        except (BadInput, OSError, ValueError):
            continue
        if zlib.crc32(content) != crc:
            reasons.append("is of another build")
            continue
        try:
            return read_sections(content)
        except DAMAGED:
            reasons.append("can't be read")
    return f"{missing} {reasons[0] if reasons else 'is not there'}"


def split_name(unit: Unit) -> str:
    """Name of the file that a unit's debug information is split off to, empty if it is not."""
    return unit.text(DWO_NAME) or unit.text(GNU_DWO_NAME)


def split_unit(unit: Unit, folder: Path | None) -> tuple[Unit, list[Unit]] | str:
    """The unit that belongs to a skeleton, and all of its file; or why there is none. Raises one of DAMAGED."""
    name = split_name(unit)
    wanted = unit.dwo_id if unit.dwo_id is not None else unit.offset(GNU_DWO_ID)
    why = "is not there"
    for path in _candidates(name, unit.text(COMP_DIR), folder):
        try:
            sections = read_sections(read_bounded(path, MOST_FILE_BYTES), split=True)
            units = list(read_units(sections, skeleton=unit))
        except (BadInput, OSError):
            continue
        except DAMAGED:
            why = "can't be read"
            continue
        for each in units:
            if (each.dwo_id if each.dwo_id is not None else each.offset(GNU_DWO_ID)) == wanted:
                return each, units
        why = "is of another build"
    return f"debug information is in {name[:200]!r}, which {why}"


def _candidates(name: str, compilation_folder: str, folder: Path | None) -> Iterator[Path]:
    if "\0" in name + compilation_folder:
        return
    if folder is not None and not Path(name).is_absolute():
        yield folder / name
    if compilation_folder or Path(name).is_absolute():
        yield Path(compilation_folder, name)
    if folder is not None:
        yield folder / Path(name).name
