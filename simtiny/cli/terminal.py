"""The terminal: standard output as wide as the tables, and a progress bar on standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simtiny.progress import Progress, silent

if TYPE_CHECKING:
    from rich.console import Console

TABLE_COLUMNS = 60
"""Every table is right in so many."""
UNLIMITED_COLUMNS = 10_000
_SPEED_OVER_S = 300.0


def console() -> "Console":
    """Standard output, at least as wide as the tables need: a narrower terminal folds lines, but no digit is lost.

    Outside a terminal nothing is folded: a log file has no width.
    """
    from rich.console import Console

    if not sys.stdout.isatty():
        return Console(width=UNLIMITED_COLUMNS, highlight=False)
    plain = Console(highlight=False)
    plain.width = max(plain.width, TABLE_COLUMNS)
    return plain


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A bar on standard error while it is a terminal, silence otherwise."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    # Work that takes seconds a piece tells its speed over minutes only. What was done before it began tells none.
    with Bar(console=Console(stderr=True), transient=True, speed_estimate_period=_SPEED_OVER_S) as bar:
        row = bar.add_task(title, total=None)

        def told(done: int, total: int) -> None:
            if bar.tasks[0].total is None:
                bar.reset(row, completed=done, total=total)
            bar.update(row, completed=done, total=total)

        yield told
