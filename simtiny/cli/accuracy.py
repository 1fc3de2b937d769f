"""`simtiny accuracy`: the score of a benchmark, through the emulated firmware."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtiny.cli import options
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, json_text, outputs
from simtiny.cli.terminal import console, progress_bar
from simtiny.errors import GateFailed

if TYPE_CHECKING:
    from simtiny.mlperf.accuracy import AccuracyResult


def accuracy(
    benchmark: options.Benchmark,
    data: Annotated[
        Path,
        typer.Option(
            help="Folder with the input files and y_labels.csv, or one with such a folder for each benchmark."
        ),
    ],
    limit: Annotated[int | None, typer.Option(min=1, help="Take the first so many files only.")] = None,
    jobs: options.Jobs = None,
    scheduler: options.Scheduler = None,
    board: options.Board = None,
    image: options.Image = None,
    address: options.Address = None,
    model: options.Model = None,
    weights: options.WeightsOption = None,
    kernels: options.KernelsOption = None,
    check: Annotated[bool, typer.Option("--check", help="End with exit code 1 below the quality target.")] = False,
    json: options.Json = None,
) -> None:
    """Send a data set through the emulated firmware, as the official runner does, and print the score."""
    write = outputs(Output("--json", json, _document))
    from simtiny import api

    with options.assumed_board(image, board), progress_bar(benchmark) as progress:
        result = api.accuracy(
            benchmark,
            data,
            limit=limit,
            jobs=jobs,
            scheduler=scheduler,
            board=board,
            image=image,
            address=address,
            model=model,
            weights=weights,
            kernels=kernels,
            progress=progress,
        )
    write(result)
    if json != STANDARD_OUTPUT:
        value = "not defined: only one class among the files" if math.isnan(result.value) else f"{result.value:.4f}"
        console().print(
            f"{benchmark} {result.metric}: {value} (quality target {result.target:.2f}); {result.samples} files, "
            f"{result.inferences} inferences, {result.weights}"
        )
    if check and not result.passed:
        raise GateFailed(f"{benchmark}: {result.metric} {result.value:.4f} is below the quality target {result.target}")


def _document(result: "AccuracyResult") -> bytes:
    from simtiny.report.document import accuracy_document

    return json_text(accuracy_document(result))
