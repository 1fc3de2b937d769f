"""`simtiny profile`: where the cycles and the energy of a run go."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtiny.cli import options
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, board_file, json_text, outputs
from simtiny.cli.terminal import console, progress_bar
from simtiny.mlperf.tasks import TASKS

if TYPE_CHECKING:
    from simtiny.profiling.result import ProfileResult


class By(StrEnum):
    """What the table has a row of."""

    FUNCTION = "function"
    LINE = "line"
    INSTRUCTION = "instruction"
    LAYER = "layer"
    REGION = "region"
    CALLS = "calls"


def _file(option: str, meaning: str) -> object:
    return typer.Option(option, metavar="FILE", help=meaning)


def profile(
    whats: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WHAT]...",
            help=f"{', '.join(TASKS)}, firmware, a network (.tflite), or words such as kws01,clock=80; all four "
            "benchmarks by default.",
        ),
    ] = None,
    by: Annotated[
        By, typer.Option("--by", metavar="PART", help=f"What the table has a row of: {', '.join(By)}.")
    ] = By.FUNCTION,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help="Rows of the table.")] = 20,
    annotate: Annotated[
        list[str] | None,
        typer.Option("--annotate", metavar="FUNCTION", help="Print its code with counts beside. Repeatable."),
    ] = None,
    memory: Annotated[bool, typer.Option("--memory", help="Add flash, RAM, stacks and heap.")] = False,
    roofline: Annotated[bool, typer.Option("--roofline", help="Add what bounds each layer.")] = False,
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
    prefetch: options.Prefetch = None,
    icache: options.InstructionCache = None,
    dcache: options.DataCache = None,
    read_width: options.ReadWidth = None,
    place: options.Placements = None,
    folded: Annotated[Path | None, _file("--folded", "Write folded stacks, for flame graphs.")] = None,
    speedscope: Annotated[Path | None, _file("--speedscope", "Write a profile for speedscope.")] = None,
    callgrind: Annotated[Path | None, _file("--callgrind", "... for KCachegrind and callgrind_annotate.")] = None,
    perfetto: Annotated[Path | None, _file("--perfetto", "... a time line for Perfetto.")] = None,
    power_trace: Annotated[Path | None, _file("--power-trace", "Write power over time as CSV.")] = None,
    power_window: Annotated[
        float, typer.Option("--power-window", metavar="MICROSECONDS", help="Of power over time.")
    ] = 10.0,
    pprof: Annotated[Path | None, _file("--pprof", "... for pprof.")] = None,
    model_explorer: Annotated[Path | None, _file("--model-explorer", "... data of nodes for Model Explorer.")] = None,
    json: options.Json = None,
    html: options.Html = None,
) -> None:
    """Say where cycles and energy go: by function with its calls, line, instruction, layer and memory."""
    words = options.request_words(locals())
    write = outputs(
        Output("--folded", folded, _render("folded")),
        Output("--speedscope", speedscope, _render("speedscope")),
        Output("--callgrind", callgrind, _render("callgrind")),
        Output("--perfetto", perfetto, _render("perfetto")),
        Output("--power-trace", power_trace, _render("power_csv")),
        Output("--pprof", pprof, _render("pprof")),
        Output("--model-explorer", model_explorer, _render("model_explorer")),
        Output("--html", html, _page),
        Output("--json", json, _document),
        inputs=(*(whats or ()), image, model, board_file(board)),
    )
    from simtiny import api

    with options.assumed_board(image, board), progress_bar("running") as progress:
        results = api.profile_all(
            whats or (),
            **words,
            power_window_us=power_window,
            progress=progress,
        )
    write(results)
    if json != STANDARD_OUTPUT:
        _print(results, by, top, annotate or (), memory=memory, roofline=roofline)


def _print(
    results: "Sequence[ProfileResult]", by: By, top: int, annotate: Sequence[str], *, memory: bool, roofline: bool
) -> None:
    from simtiny.report.annotate_text import annotated
    from simtiny.report.memory_text import memory_report, roofline_report
    from simtiny.report.profile_text import profile_report

    for result in results:
        console().print(profile_report(result, by.value, top))
        if memory:
            console().print(memory_report(result))
        if roofline:
            console().print(roofline_report(result))
        for name in annotate:
            console().print(annotated(result, name, by_line=by is By.LINE))


def _render(name: str) -> "Callable[[Sequence[ProfileResult]], bytes]":
    """One of the files of `simtiny.profiling.files`."""

    def render(results: "Sequence[ProfileResult]") -> bytes:
        from importlib import import_module

        made: bytes = getattr(import_module(f"simtiny.profiling.files.{name}"), name)(results)
        return made

    return render


def _page(results: "Sequence[ProfileResult]") -> bytes:
    from simtiny.report.board_records import known_rows
    from simtiny.report.profile_html import profile_page

    boards = {result.run.board for result in results}
    return profile_page(results, {board: known_rows(board) for board in boards}).encode()


def _document(results: "Sequence[ProfileResult]") -> bytes:
    from simtiny.report.profile_document import profile_document

    return json_text(profile_document(results))
