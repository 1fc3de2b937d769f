"""`simtiny exec`: boots any firmware and shows its console until it ends."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtiny.cli import options
from simtiny.cli.console_filter import ConsoleFilter
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, board_file, json_text, outputs
from simtiny.errors import BadInput
from simtiny.options import in_options

if TYPE_CHECKING:
    from simtiny.exec.result import ExecResult

STANDARD_INPUT = "-"


def exec_(
    image: Annotated[
        Path, typer.Argument(metavar="IMAGE", help="The firmware: ELF, Intel HEX, S-records, UF2 or raw BIN.")
    ],
    board: options.Board = None,
    address: options.Address = None,
    console: Annotated[
        options.ConsoleChoice,
        typer.Option(help="Which console is shown: uart, rtt, itm, semihosting; auto is all that print."),
    ] = options.ConsoleChoice.AUTO,
    until: Annotated[
        str | None, typer.Option(metavar="TEXT", help="End when the firmware has printed this; else exit with 1.")
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="End after 2s, 10ms or 1000cycles of emulated time; else 10s."),
    ] = None,
    stdin: Annotated[
        str | None, typer.Option(metavar="FILE", help="What is typed at the console; - is standard input.")
    ] = None,
    pin: Annotated[
        list[str] | None,
        typer.Option(metavar="PIN=LEVEL@TIME", help="Drive an input pin: PA0=1@10ms; z lets go of it. Repeatable."),
    ] = None,
    events: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Such events and serial input from a CSV file: time,what,value.")
    ] = None,
    files: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Let the firmware open files there, by semihosting.")
    ] = None,
    arguments: Annotated[
        str, typer.Option("--args", metavar="TEXT", help="The firmware's command line, by semihosting.")
    ] = "",
    seed: options.Seed = None,
    json: options.Json = None,
) -> int:
    """Run any firmware and show its console, until it exits, loops or waits for ever; then time and energy.

    The exit status is the firmware's own, by semihosting, else 0. The summary goes to standard error.
    """
    from simtiny.exec.asked import asked

    wanted = asked(
        image,
        board=board,
        address=address,
        console=console.value,
        until=until,
        duration=duration,
        stdin=None if stdin == STANDARD_INPUT else stdin,
        pins=tuple(pin or ()),
        events=events,
        files=files,
        arguments=arguments,
        seed=seed,
    )
    if stdin == STANDARD_INPUT and sys.stdin is None:
        raise BadInput("--stdin -: standard input is closed")
    write = outputs(Output("--json", json, _document), inputs=(image, board_file(board), stdin, events))
    options.say_assumed_board(image, board)
    from simtiny.exec.execute import error_of, execute

    shows = ConsoleFilter(sys.stdout.buffer, is_terminal=sys.stdout.isatty())
    with _interrupting() as ready:
        result = execute(
            wanted,
            (lambda data: None) if json == STANDARD_OUTPUT else shows.write,
            ready,
            sys.stdin.buffer if stdin == STANDARD_INPUT else None,
        )
    if json != STANDARD_OUTPUT:
        shows.end()
    write(result)
    from simtiny.report.exec_text import exec_summary

    print(f"{result.board}: {result.image}", *map(in_options, exec_summary(result)), sep="\n", file=sys.stderr)
    error = error_of(result)
    if error is not None:
        raise error
    return result.status


@contextmanager
def _interrupting() -> Iterator[Callable[[Callable[[], None]], None]]:
    """Have Ctrl-C end the run, with its summary. A second one ends the program."""
    end: list[Callable[[], None]] = []

    def interrupt(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        if not end:
            raise KeyboardInterrupt
        end[0]()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield end.append
    finally:
        signal.signal(signal.SIGINT, before)


def _document(result: "ExecResult") -> bytes:
    from simtiny.report.document import exec_document

    return json_text(exec_document(result))
