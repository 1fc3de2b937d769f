"""`simtiny price`: cycles, time and energy of what any engine has written down as a stream."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from simtiny.cli import options
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, board_file, json_text, outputs
from simtiny.cli.terminal import console, progress_bar
from simtiny.errors import BadInput

if TYPE_CHECKING:
    from simtiny.report.price_result import PriceResult

STANDARD_INPUT = "-"


def price(
    trace: Annotated[
        str,
        typer.Argument(metavar="TRACE", help="A stream (docs/stream-format.md), gzip'd or not; - is standard input."),
    ],
    board: Annotated[
        str | None,
        typer.Option(help="Board it was recorded on, if the stream does not say.", autocompletion=options.all_boards),
    ] = None,
    image: Annotated[
        Path | None, typer.Option(help="The firmware: gives names, and code that the stream leaves out.")
    ] = None,
    address: options.Address = None,
    marks: Annotated[str | None, typer.Option(metavar="A:B", help="Price from mark A of the stream to mark B.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="SYMBOL", help="... from this symbol or address ...")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="SYMBOL", help="... to this one.")] = None,
    function: Annotated[str | None, typer.Option(metavar="SYMBOL", help="... the first call of this function.")] = None,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help="Functions in the table.")] = 12,
    supply: options.SupplyVolts = None,
    clock: options.ClockMegahertz = None,
    wait_states: options.WaitStates = None,
    voltage_range: options.VoltageRange = None,
    regulator: options.Regulator = None,
    prefetch: options.Prefetch = None,
    icache: options.InstructionCache = None,
    dcache: options.DataCache = None,
    json: options.Json = None,
) -> None:
    """Price a stream: what any engine has written down, such as Renode or QEMU with a plugin, or your own emulator."""
    words = options.request_words(locals())
    write = outputs(Output("--json", json, _document), inputs=(trace, image, board_file(board)))
    from simtiny import api

    with _opened(trace) as stream, progress_bar("pricing") as progress:
        result = api.price(stream, **words, marks=marks, progress=progress)
    write(result)
    if json != STANDARD_OUTPUT:
        from simtiny.report.price_text import price_report

        console().print(price_report(result, top))


@contextmanager
def _opened(trace: str) -> Iterator[str | BinaryIO]:
    if trace != STANDARD_INPUT:
        yield trace
        return
    if sys.stdin is None or sys.stdin.isatty():
        raise BadInput("standard input is a terminal: pipe a stream into it")
    yield sys.stdin.buffer


def _document(result: "PriceResult") -> bytes:
    from simtiny.report.document import price_document

    return json_text(price_document(result))
