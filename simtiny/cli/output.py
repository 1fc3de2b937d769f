"""What the commands share: JSON to a file or to standard output, and the progress bar."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simtiny.errors import BadInput
from simtiny.files import is_writable, shown, write_whole
from simtiny.progress import Progress, silent

if TYPE_CHECKING:
    from rich.console import Console

STANDARD_OUTPUT = "-"
TABLE_COLUMNS = 80
UNLIMITED_COLUMNS = 10_000


def console() -> "Console":
    """Standard output, at least as wide as the tables: a narrow terminal folds lines, but no digit of a number is lost.

    Outside a terminal nothing is folded: a log file has no width.
    """
    from rich.console import Console

    if not sys.stdout.isatty():
        return Console(width=UNLIMITED_COLUMNS, highlight=False)
    plain = Console(highlight=False)
    plain.width = max(plain.width, TABLE_COLUMNS)
    return plain


def check_writable(target: str | None, option: str = "--json") -> None:
    """Refuse a file that can't be written before the work starts."""
    if target not in (None, STANDARD_OUTPUT):
        try:
            writable = is_writable(Path(target))
        except OSError as error:
            raise BadInput(f"{option} {target}: {error.strerror or error}") from None
        if not writable:
            raise BadInput(f"{option} {target}: no file can be written there")


def check_distinct(*targets: str | Path | None) -> None:
    """Refuse two outputs into one file."""
    files = [os.path.realpath(target) for target in targets if target not in (None, STANDARD_OUTPUT)]
    if len(set(files)) < len(files):
        raise BadInput(f"two outputs into {files[0]}: give each a file of its own")


def check_page(target: Path | None) -> None:
    """Refuse `--html` before the work starts if the page can't be made or written."""
    if target is not None:
        from simtiny.report.page import check_packages

        check_writable(str(target), "--html")
        check_packages()


def write_json(document: dict[str, Any], target: str) -> None:
    """Write `document` to standard output or to a file, which appears whole or not at all."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(_encodable(document)), indent=2) + b"\n"
    if target == STANDARD_OUTPUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(text)  # JSON is UTF-8, whatever the terminal's encoding is
        return
    write_file(text, Path(target))


def _encodable(value: Any) -> Any:
    """The document, with names of files that are no UTF-8 spelled out."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict):
        return {key: _encodable(each) for key, each in value.items()}
    return [_encodable(each) for each in value] if isinstance(value, list | tuple) else value


def write_file(content: bytes, path: Path) -> None:
    """Write a file, which appears whole or not at all."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror or error}") from None


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A bar on standard error while it is a terminal, silence otherwise."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        row = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(row, completed=done, total=total)
