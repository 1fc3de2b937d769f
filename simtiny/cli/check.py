"""`simtiny check`: firmware's figures beside a baseline and limits, and what explains a change."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtiny.cli import check_outputs, options
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, board_file, json_text, outputs
from simtiny.cli.terminal import console, progress_bar
from simtiny.errors import GateFailed

if TYPE_CHECKING:
    from simtiny.gate.result import CheckResult


_FILES = ("image", "model", "board")
"""Words of a request that may name files."""


def check(
    requests: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REQUEST]...",
            help="Names of the configuration, benchmarks, firmware, networks (.tflite), or words such as "
            "image=fw.elf,function=matmul,clock=80. By default what the configuration lists, else what is in the "
            "baseline, else all four benchmarks.",
            autocompletion=options.network_names,
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What to compare with; by default simtiny-baseline.json. none: maxima alone."
        ),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Write the baseline: what was asked for is replaced, all else is kept.")
    ] = False,
    base_image: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Compare with this older image, which runs, too.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Requests and limits; by default simtiny.toml, or the table tool.simtiny of pyproject.toml.",
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Data sets, for requests whose accuracy is limited.")
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
    prefetch: options.Prefetch = None,
    icache: options.InstructionCache = None,
    dcache: options.DataCache = None,
    read_width: options.ReadWidth = None,
    place: options.Placements = None,
    jobs: options.Jobs = None,
    fresh: options.Fresh = False,
    json: options.Json = None,
    name: check_outputs.Name = "",
    markdown: check_outputs.Markdown = None,
    junit: check_outputs.Junit = None,
    benchmark_action: check_outputs.BenchmarkAction = None,
    bencher: check_outputs.Bencher = None,
    openmetrics: check_outputs.Openmetrics = None,
    bundle: check_outputs.Bundle = None,
    html: options.Html = None,
) -> None:
    """Run firmware, compare it with a baseline, and say what changed and which function or layer explains it.

    Exit code 1 for a regression or what is over its maximum, 2 for what can't be compared.
    """
    words = options.request_words(locals())
    read, baseline_file = _files(requests or (), config, baseline)
    write = outputs(
        *check_outputs.check_outputs(
            name,
            _document,
            markdown=markdown,
            junit=junit,
            benchmark_action=benchmark_action,
            bencher=bencher,
            openmetrics=openmetrics,
            bundle=bundle,
        ),
        Output("--html", html, _page),
        Output("--json", json, _document),
        inputs=(*read, base_image, image, model, board_file(board)),
        written=(baseline_file,),
    )
    from simtiny import api

    with options.assumed_board(image, board), progress_bar("running") as progress:
        result = api.check(
            requests or (),
            config=config,
            baseline=baseline,
            base_image=base_image,
            data=data,
            update=update,
            jobs=jobs,
            fresh=fresh,
            progress=progress,
            **words,
        )
    write(result)
    prints = STANDARD_OUTPUT not in (json, markdown, junit, benchmark_action, bencher, openmetrics, bundle)
    if prints:
        from simtiny.report.check_text import check_report

        with check_outputs.no_commands():
            console().print(check_report(result))
    if not update:
        check_outputs.annotate(result, sys.stdout if prints else sys.stderr)
    if not result.passed and not update:
        from simtiny.report.check_text import failure

        raise GateFailed(failure(result))


def _document(result: "CheckResult") -> bytes:
    from simtiny.report.document import check_document

    return json_text(check_document(result))


def _files(
    requests: Sequence[str], config: Path | None, baseline: Path | None
) -> tuple[list[str | Path | None], Path | None]:
    """What a check reads, and the baseline that it may write."""
    from simtiny.gate.configuration import BASELINE_FILE, FILE, PROJECT_FILE, find, read_configuration

    path = config or find(Path())
    configured = None if path is None else read_configuration(path)
    asked = [request.words.get(word) for request in (configured.requests if configured else ()) for word in _FILES]
    read: list[str | Path | None] = [FILE, PROJECT_FILE, path, *asked]
    read += [request for request in requests if "\0" not in request]
    if baseline is None:
        baseline = Path(BASELINE_FILE) if configured is None else configured.baseline
    return read, baseline


def _page(result: "CheckResult") -> bytes:
    from simtiny.report.check_html import check_page

    return check_page(result).encode()
