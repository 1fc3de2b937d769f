"""`simtiny compare`: what explains the difference between two boards, firmware images, networks or saved results."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtiny.cli import options
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, board_file, json_text, outputs
from simtiny.cli.terminal import console, progress_bar
from simtiny.mlperf.tasks import TASKS

if TYPE_CHECKING:
    from simtiny.comparison.result import Comparison

_SIDE = "A board, a benchmark, firmware, a network (.tflite), a saved result (.json), or words such as clock=80."


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help=_SIDE)],
    b: Annotated[str, typer.Argument(metavar="B", help="The same. What both share is said by options.")],
    benchmarks: Annotated[
        list[str] | None,
        typer.Option(
            "--benchmark",
            metavar="NAME",
            help=f"{', '.join(TASKS)}; by default what A or B says, else all four. Repeatable.",
            autocompletion=options.network_names,
        ),
    ] = None,
    board: options.Board = None,
    image: options.Image = None,
    address: options.Address = None,
    model: options.Model = None,
    weights: options.WeightsOption = None,
    kernels: options.KernelsOption = None,
    start: options.Start = None,
    end: options.End = None,
    function: options.Function = None,
    supply: options.SupplyVolts = None,
    clock: options.ClockMegahertz = None,
    wait_states: options.WaitStates = None,
    voltage_range: options.VoltageRange = None,
    regulator: options.Regulator = None,
    period: options.PeriodSeconds = None,
    sleep: options.Sleep = None,
    prefetch: options.Prefetch = None,
    icache: options.InstructionCache = None,
    dcache: options.DataCache = None,
    read_width: options.ReadWidth = None,
    place: options.Placements = None,
    sequence: options.Sequence = None,
    fresh: options.Fresh = False,
    json: options.Json = None,
    html: options.Html = None,
) -> None:
    """Say what explains the difference between A and B: effects, functions, layers and what draws energy."""
    words = options.request_words(locals())
    write = outputs(
        Output("--html", html, _page),
        Output("--json", json, _document),
        inputs=(*_files(a), *_files(b), image, model, board_file(board), sequence),
    )
    from simtiny import api

    with progress_bar("running") as progress:
        comparisons = api.compare_all(
            a,
            b,
            benchmarks or (),
            **words,
            fresh=fresh,
            progress=progress,
        )
    write(comparisons)
    if json != STANDARD_OUTPUT:
        from simtiny.report.compare_text import compare_report

        console().print(compare_report(comparisons))


def _files(side: str) -> list[str]:
    """What of a side may name a file: all of it, its parts, and values of its words. A file's name has an end."""
    parts = [side, *(piece.rpartition("=")[2].strip() for piece in side.split(","))]
    return [part for part in parts if Path(part).suffix]


def _page(comparisons: "Sequence[Comparison]") -> bytes:
    from simtiny.report.compare_html import compare_page

    return compare_page(comparisons).encode()


def _document(comparisons: "Sequence[Comparison]") -> bytes:
    from simtiny.report.document import compare_document

    return json_text(compare_document(comparisons))
