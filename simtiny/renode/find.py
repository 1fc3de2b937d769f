"""Where Renode is. No package index has it: users have a release, or Antmicro's `renode-run` has brought one."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

from simtiny.errors import BadInput
from simtiny.files import is_file, is_folder, is_there, read_bounded
from simtiny.renode import group

OLDEST, NEWEST = (1, 15), (1, 17)
"""The first and last version that simtiny's plugin was made for: what it attaches to is not public."""
HOW_TO_GET_IT = "get it from github.com/renode/renode/releases or by `renode-run download`"
PATIENCE_S = 30.0
"""How long a program may take to say its version. Renode takes 1 s, on a busy machine 5."""
_MOST_BYTES = 1 << 16
_VERSION = re.compile(r"^Renode,? (?:version |v)(\d+)\.(\d+)((?:\.\d+)?)", re.MULTILINE)
_UNUSABLE = (BadInput, ValueError, TypeError, AttributeError, RuntimeError)  # of these the last: there is no home
_PROGRAM = "renode.exe" if os.name == "nt" else "renode"


@dataclass(frozen=True)
class Found:
    """A Renode that has said its version.

    `command`: the program, by its absolute path, for its arguments to follow. `version`: such as "1.16.1".
    `from_where`: "as named", "PATH" or "renode-run".
    """

    command: tuple[str, ...]
    version: str
    from_where: str

    @property
    def note(self) -> str | None:
        """What a report should say of it: that it is newer than any that was tried."""
        if _minor(self.version) <= NEWEST:
            return None
        return (
            f"Renode {self.version} is newer than any that simtiny was made for ({_shown(OLDEST)} to {_shown(NEWEST)})"
        )


def find(path: Path | None = None) -> Found:
    """The Renode at `path`, else the first that can be used: on PATH, then what `renode-run` has brought.

    `renode-run` itself is not started: where it has no Renode yet it would download one. Raises BadInput, in one line.
    """
    if path is not None:
        return _probe(path, "as named")
    refused = []
    for from_where, candidate in _candidates():
        try:
            return _probe(candidate, from_where)
        except BadInput as error:
            refused.append(f"{error} (from {from_where})")
    if not refused:
        there = " (that is installed, but has none yet)" if shutil.which("renode-run") else ""
        raise BadInput(f"there is no Renode on PATH: {HOW_TO_GET_IT}{there}, or name its program as `renode`")
    raise BadInput(f"{'; '.join(refused)}: {HOW_TO_GET_IT}, or name another as `renode`")


def _candidates() -> Iterator[tuple[str, Path]]:
    on_path = shutil.which("renode")
    if on_path is not None:
        yield "PATH", Path(on_path)
    for folder in _brought_by_renode_run(Path("~/.config/renode/renode-run.json")):
        if is_file(folder / _PROGRAM):
            yield "renode-run", folder / _PROGRAM


def _brought_by_renode_run(settings: Path) -> list[Path]:
    """The folders of its Renodes, its default one first: by its settings of version 2, or those without a version,
    which are a folder for each variant. None by settings of any other form.
    """
    try:
        found: Any = json.loads(read_bounded(settings.expanduser(), _MOST_BYTES))
        if "version" not in found:
            return [Path(folder) for folder in found.values()]
        default = found.get("default", {}).values()
        return [Path(folder) for folder in dict.fromkeys((*default, *found.get("installations", {})))]
    except _UNUSABLE:
        return []


def _probe(program: Path, from_where: str) -> Found:
    if not is_there(program):
        raise BadInput(f"{program}: no such file")
    if is_folder(program):
        inside = program / _PROGRAM
        raise BadInput(f"{program} is a folder: name the program in it{f', {inside}' if is_file(inside) else ''}")
    command = (str(program.absolute()),)
    said = _said(command)
    match = _VERSION.search(said)
    if match is None:
        first = next((line.strip() for line in said.splitlines() if line.strip()), "")
        raise BadInput(
            f"{program} is not Renode: asked for its version it says {repr(first[:100]) if first else 'nothing'}"
        )
    version = f"{match[1]}.{match[2]}{match[3]}"
    if _minor(version) < OLDEST:
        raise BadInput(f"{program} is Renode {version}: simtiny needs {_shown(OLDEST)} or newer")
    return Found(command, version, from_where)


def _said(command: tuple[str, ...]) -> str:
    """What a program says when it is asked for its version. Raises BadInput if it can't be started or does not end."""
    try:
        process = group.start((*command, "--version"), input=subprocess.DEVNULL)
    except (OSError, ValueError) as error:
        raise BadInput(f"{command[0]}: {getattr(error, 'strerror', None) or error}") from None
    late: list[bool] = []

    def end() -> None:
        late.append(True)
        group.kill(process)

    watchdog = Timer(PATIENCE_S, end)
    watchdog.start()
    assert process.stdout is not None
    try:
        with process.stdout as output:
            said = output.read(_MOST_BYTES)
    finally:
        watchdog.cancel()
        group.kill(process)
    if late:
        raise BadInput(f"{command[0]} is not Renode, or hangs: it does not say its version within {PATIENCE_S:.0f} s")
    return said.decode(errors="replace")


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def _shown(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
