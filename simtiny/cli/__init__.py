"""The command line. `main` is the one place where an error becomes an exit code."""

import sys
from collections.abc import Sequence
from itertools import zip_longest
from typing import Annotated

import typer

from simtiny import __version__
from simtiny.cli import accuracy, boards, fetch, run
from simtiny.errors import BadInput, SimtinyError
from simtiny.mlperf.tasks import TASKS

app = typer.Typer(
    name="simtiny",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("boards")(boards.boards)
app.command("fetch")(fetch.fetch)
app.command("accuracy")(accuracy.accuracy)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"simtiny {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A microcontroller board in software: latency and energy of a firmware image without the board.

    Exit codes: 0 fine, 1 a check failed, 2 bad input, 3 firmware fault, 4 not priced by the model, 130 interrupted.
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = with_json_value(sys.argv[1:] if argv is None else argv)
    try:
        app(args=arguments, prog_name="simtiny")
    except SystemExit as done:  # how typer ends: with its own exit code, 2 for a wrong option
        return done.code if isinstance(done.code, int) else 0
    except SimtinyError as error:
        return _fail(str(error), error.exit_code)
    except OSError as error:  # a full disk, a file taken away while it is read
        return _fail(str(error), BadInput.exit_code)
    return 0


def with_json_value(arguments: Sequence[str]) -> list[str]:
    """Give `--json` its default value: alone, before an option or before a benchmark name it means standard output."""
    completed = []
    for argument, following in zip_longest(arguments, arguments[1:]):
        takes_file = following is not None and following not in TASKS and (following == "-" or following[:1] != "-")
        completed.append("--json=-" if argument == "--json" and not takes_file else argument)
    return completed


def _fail(message: str, exit_code: int) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return exit_code
