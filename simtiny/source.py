"""Finds the source files that debug information names, to show them beside what their lines took."""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from simtiny.errors import BadInput
from simtiny.files import read_bounded

MOST_FILE_BYTES = 4 << 20
MOST_TOTAL_BYTES = 32 << 20
MOST_FILES = 1_000
MOST_NAME_PARTS = 32
_KNOWN = """.c .h .cc .hh .cpp .hpp .cxx .hxx .c++ .h++ .inc .inl .ipp .tpp .ino .s .asm .rs .zig .d .adb .ads .nim
.m .mm .f .f90 .pas"""
SUFFIXES = frozenset(_KNOWN.split())
"""Others are not read: an image that names a file of secrets has it shown nowhere."""


def find_sources(names: Iterable[str], beside: Path | None) -> dict[str, tuple[str, ...]]:
    """Lines of the files that were found, by the names that debug information has for them.

    Each is looked for as it is named; then below the current folder, by as many of its last parts as there are; then
    beside the image, in the folder `beside`. What is no regular file, no text, or larger than MOST_FILE_BYTES is passed
    over. Nothing here raises.
    """
    found: dict[str, tuple[str, ...]] = {}
    left = MOST_TOTAL_BYTES
    for name in list(dict.fromkeys(names))[:MOST_FILES]:
        for path in _candidates(name, beside):
            try:
                data = read_bounded(path, min(MOST_FILE_BYTES, left))
            except (BadInput, OSError, ValueError):
                continue
            if b"\0" in data:
                continue
            left -= len(data)
            lines = data.decode(errors="replace").split("\n")
            found[name] = tuple(line.removesuffix("\r") for line in (lines if lines[-1] else lines[:-1]))
            break
    return found


def _candidates(name: str, beside: Path | None) -> Iterator[Path]:
    """Where a file of this name can be."""
    if "\0" in name or PurePosixPath(name).suffix.lower() not in SUFFIXES:
        return
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if Path(name).is_absolute():
        yield Path(name)
    inner = parts[len(parts) - parts[::-1].index("..") :] if ".." in parts else parts
    for folder in (Path(), beside):
        if folder is None:
            continue
        for count in range(min(len(inner), MOST_NAME_PARTS), 0, -1):
            path = folder.joinpath(*inner[-count:])
            if _is_below(path, folder):
                yield path


def _is_below(path: Path, folder: Path) -> bool:
    """Whether a file is there, and no link leads out of the folder."""
    try:
        return path.is_file() and path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        return False
