"""`simtiny accuracy`: the score of a benchmark, through the emulated firmware."""

import math
from pathlib import Path
from typing import Annotated

import typer

from simtiny.cli.output import STANDARD_OUTPUT, check_writable, console, progress_bar, write_json
from simtiny.cli.run import parse_address
from simtiny.errors import GateFailed
from simtiny.options import BOARD_HELP, Kernels, Weights


def accuracy(
    benchmark: Annotated[str, typer.Argument(metavar="BENCHMARK", help="kws01, vww01, ic01 or ad01.")],
    data: Annotated[Path, typer.Option(help="Folder with the input files and y_labels.csv.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Take the first so many files only.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Emulated boards at a time. One a processor by default.")
    ] = None,
    board: Annotated[str | None, typer.Option(help=BOARD_HELP)] = None,
    image: Annotated[Path | None, typer.Option(help="Your own firmware instead of the built-in one.")] = None,
    address: Annotated[str | None, typer.Option(help="Load address of a raw BIN, such as 0x08000000.")] = None,
    model: Annotated[Path | None, typer.Option(help="Your own int8 .tflite network for this benchmark.")] = None,
    weights: Annotated[Weights, typer.Option(help="Weights of the benchmark network.")] = Weights.OFFICIAL,
    kernels: Annotated[
        Kernels | None, typer.Option(help="Kernel set of the built-in firmware; dsp by default where the board has it.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="End with exit code 1 below the quality target.")] = False,
    json: Annotated[
        str | None, typer.Option(metavar="[FILE]", help="Write JSON to FILE, or without FILE to standard output.")
    ] = None,
) -> None:
    """Send a data set through the emulated firmware, as the official runner does, and print the score."""
    check_writable(json)
    load_address = parse_address(address)
    from simtiny import api

    with progress_bar(benchmark) as progress:
        result = api.accuracy(
            benchmark,
            data,
            limit=limit,
            jobs=jobs,
            board=board,
            image=image,
            address=load_address,
            model=model,
            weights=weights,
            kernels=kernels,
            progress=progress,
        )
    if json is not None:
        from simtiny.report.document import accuracy_document

        write_json(accuracy_document(result), json)
    if json != STANDARD_OUTPUT:
        value = "not defined: only one class among the files" if math.isnan(result.value) else f"{result.value:.4f}"
        console().print(
            f"{benchmark} {result.metric}: {value} (quality target {result.target:.2f}); {result.samples} files, "
            f"{result.inferences} inferences, {result.weights}"
        )
    if check and not result.passed:
        raise GateFailed(f"{benchmark}: {result.metric} {result.value:.4f} is below the quality target {result.target}")
