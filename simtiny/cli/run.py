"""`simtiny run`: latency, energy and memory of benchmarks, of a network or of a firmware image."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from simtiny.cli import options
from simtiny.cli.engines import compare_engines, refuse_beside_both
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, board_file, json_text, outputs
from simtiny.cli.terminal import console, progress_bar
from simtiny.errors import BadInput
from simtiny.options import EngineChoice

if TYPE_CHECKING:
    from simtiny.report.result import RunResult


def run(
    benchmarks: options.Benchmarks = None,
    board: options.Board = None,
    image: options.Image = None,
    address: options.Address = None,
    model: options.Model = None,
    weights: options.WeightsOption = None,
    kernels: options.KernelsOption = None,
    layers: Annotated[bool, typer.Option("--layers", help="Add a table of the network's layers.")] = False,
    start: options.Start = None,
    end: options.End = None,
    function: options.Function = None,
    call: options.Call = None,
    seed: options.Seed = None,
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
    caches: options.Caches = None,
    engine: options.EngineOption = None,
    renode: options.RenodeProgram = None,
    where: Annotated[bool, typer.Option("--where", help="Add tables of where cycles and energy go.")] = False,
    sources: Annotated[
        bool, typer.Option("--sources", help="Say what ran, and what intervals and constants follow from.")
    ] = False,
    fresh: options.Fresh = False,
    json: options.Json = None,
    html: options.Html = None,
) -> None:
    """Run benchmarks on the emulated board and print latency, cycles, energy and memory."""
    words = options.request_words(locals())
    tables = {"--layers": layers, "--where": where, "--sources": sources}
    _check_printed(tables, json != STANDARD_OUTPUT, image is not None, bool(function or start))
    if engine is EngineChoice.BOTH:
        refuse_beside_both({"--where": where, "--sources": sources, "--html": html is not None})
        compare_engines(benchmarks, words, layers, json, inputs=(image, model, board_file(board)))
        return
    write = outputs(
        Output("--html", html, _page),
        Output("--json", json, _document),
        inputs=(image, model, board_file(board), sequence),
    )
    from simtiny import api

    with options.assumed_board(image, board), progress_bar("running") as progress:
        results = api.run_all(
            benchmarks or None,
            **words,
            fresh=fresh,
            progress=progress,
        )
    write(results)
    if json != STANDARD_OUTPUT:
        from simtiny.report.text import run_report
        from simtiny.report.windows_text import window_tables

        console().print(run_report(results, layers=layers, sources=sources))
        console().print(*window_tables(results), sep="\n")
        if sequence is not None:
            from simtiny.report.life_text import life_report

            console().print(*life_report(results), sep="\n")
        if where:
            from simtiny.report.breakdown_text import where_tables

            console().print(*where_tables(results), sep="\n")


def _check_printed(wanted: Mapping[str, bool], printed: bool, brings_network: bool, window: bool) -> None:
    """Refuse an option that would not show, of the `wanted` that add to the table. `window`: whether one is named."""
    for option in (option for option, given in wanted.items() if given and not printed):
        raise BadInput(f"{option} adds to what is printed, and --json without a file prints the document alone")
    if wanted["--layers"] and brings_network:
        raise BadInput("--layers shows those of a network on the built-in firmware: leave it out with --image")
    if wanted["--layers"] and window:
        raise BadInput("--layers shows those of an inference: leave it out with a window of your own")


def _page(results: "Sequence[RunResult]") -> bytes:
    from simtiny.report.run_html import run_page

    return run_page(results).encode()


def _document(results: "Sequence[RunResult]") -> bytes:
    from simtiny.report.document import run_document

    return json_text(run_document(results))
