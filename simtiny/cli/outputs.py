"""Where the result of a command goes beside the terminal: files, and JSON on standard output."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from simtiny.errors import BadInput
from simtiny.files import is_file, is_writable, write_whole
from simtiny.report.plain import plain

STANDARD_OUTPUT = "-"

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Output(Generic[_Result]):
    """One output of a command: the option that asks for it, its file (None: not asked for), and what is written there.

    A target of STANDARD_OUTPUT is no file. `render` gives all of it, or pieces that are written one by one. `check`
    raises BadInput for what else makes the output impossible.
    """

    option: str
    target: str | Path | None
    render: Callable[[_Result], bytes | Iterable[bytes]]
    check: Callable[[], None] = lambda: None


def outputs(
    *possible: Output[_Result],
    inputs: Iterable[str | Path | None] = (),
    written: Iterable[str | Path | None] = (),
) -> Callable[[_Result], None]:
    """Check what was asked for, before the work starts, and return what writes it all when the result is there.

    BadInput for a file that can't be written, for two outputs into one file, for one into a file of `inputs`, which the
    work reads, or of `written`, which it writes itself, or by an output's own check. Each file appears whole or not at
    all, and none before all are rendered; a user at a terminal is told of it.
    """
    wanted = [(each, each.target) for each in possible if each.target is not None]
    for each, target in wanted:
        _check_writable(each.option, target)
    files = [os.path.realpath(target) for _, target in wanted if target != STANDARD_OUTPUT]
    if len(set(files)) < len(files):
        raise BadInput(f"two outputs into {files[0]}: give each a file of its own")
    read = {os.path.realpath(name) for name in inputs if name is not None and is_file(Path(name))}
    own = {os.path.realpath(name) for name in written if name is not None}
    for each, target in wanted:
        if target != STANDARD_OUTPUT and os.path.realpath(target) in read | own:
            what = "read" if os.path.realpath(target) in read else "written beside it"
            raise BadInput(f"{each.option} {target} is what is {what}: give it a file of its own")
    for each, _ in wanted:
        each.check()

    def write(result: _Result) -> None:
        for option, target, content in [(each.option, target, each.render(result)) for each, target in wanted]:
            _write(target, content)
            if target != STANDARD_OUTPUT and sys.stderr.isatty():
                print(f"{option.lstrip('-')} written to {plain(str(target))}", file=sys.stderr)

    return write


def board_file(board: str | None) -> str | None:
    """The platform file that an option names, None for the identifier of a board."""
    from simtiny.board_file import PLATFORM_FILE

    return board if board is not None and board.endswith(PLATFORM_FILE) else None


def json_text(document: Mapping[str, object]) -> bytes:
    """A document as `--json` writes it. JSON is UTF-8, whatever the terminal's encoding is."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(plain(document)), indent=2) + b"\n"


def _check_writable(option: str, target: str | Path) -> None:
    if target == STANDARD_OUTPUT:
        return
    try:
        writable = is_writable(Path(target))
    except OSError as error:
        raise BadInput(f"{option} {target}: {error.strerror or error}") from None
    if not writable:
        raise BadInput(f"{option} {target}: no file can be written there")


def _write(target: str | Path, content: bytes | Iterable[bytes]) -> None:
    if target == STANDARD_OUTPUT:
        sys.stdout.flush()
        for piece in (content,) if isinstance(content, bytes) else content:
            sys.stdout.buffer.write(piece)
        return
    try:
        write_whole(Path(target), content)
    except OSError as error:
        raise BadInput(f"cannot write {target}: {error.strerror or error}") from None
