"""Finds a suite's programs in a user's folder."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from simtiny.errors import BadInput
from simtiny.suite_check.suite import Suite, how_to_build

ENDINGS = (".elf", ".axf", ".hex", ".bin", "")
"""Of a program's file, the most telling first: only the first two and the last may have symbols."""
MOST_DEPTH = 4
MOST_FILES = 100_000


def find_programs(folder: Path, names: Iterable[str], suite: Suite) -> dict[str, Path]:
    """The file of each program that is in the folder or below it, by its name.

    Raises BadInput for no folder, for one that holds none of them, and for a program that is there twice.
    """
    if not folder.is_dir():
        raise BadInput(f"`programs` {folder}: there is no such folder: {how_to_build(suite)}")
    wanted = set(names)
    files: dict[str, dict[str, list[Path]]] = {}
    for path in _files(folder):
        ending = path.suffix if path.suffix in ENDINGS else ""
        name = path.name.removesuffix(ending)
        if name in wanted:
            files.setdefault(name, {}).setdefault(ending, []).append(path)
    if not files:
        example = min(wanted)
        raise BadInput(
            f"`programs` {folder}: holds no program of {suite.name}, such as {example}: {how_to_build(suite)}"
        )
    return {name: _one(found) for name, found in sorted(files.items())}


def _one(found: Mapping[str, list[Path]]) -> Path:
    paths = next(found[ending] for ending in ENDINGS if ending in found)
    if len(paths) > 1:
        first, second, *_ = sorted(paths)
        raise BadInput(f"`programs`: {first.name} is there twice, as {first} and {second}: name the folder of one")
    return paths[0]


def _files(folder: Path) -> Iterable[Path]:
    count, top = 0, len(folder.parts)
    for path, folders, names in os.walk(folder):
        if len(Path(path).parts) - top >= MOST_DEPTH:
            folders.clear()
        folders.sort()
        count += len(names)
        if count > MOST_FILES:
            raise BadInput(f"`programs` {folder}: more than {MOST_FILES:,} files: name the folder of the programs")
        yield from (Path(path, name) for name in names if Path(path, name).is_file())
