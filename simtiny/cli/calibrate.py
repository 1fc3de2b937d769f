"""`simtiny calibrate`: fit a board's power model to measured energies."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtiny.cli import options
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, json_text, outputs
from simtiny.cli.terminal import console, progress_bar
from simtiny.errors import BadInput
from simtiny.options import DEFAULT_BOARD

if TYPE_CHECKING:
    from simtiny.calibration.fit import Calibration


def calibrate(
    board: Annotated[str, typer.Option(help="Board to calibrate; see `simtiny boards`.")] = DEFAULT_BOARD,
    records: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help='Recorded results whose keys start so, such as "v1.2 STM". Repeatable.'),
    ] = None,
    measurements: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="Your own. Columns: image (a path, from the file on), supply_v, energy_uj or current_ma; where needed "
            "function, or from and to, or benchmark, and address, stack, clock_hz.",
        ),
    ] = None,
    free: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="What to fit, of dynamic,flash_reads,static. By default the data decide."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a platform file for `--board FILE` of other commands.")
    ] = None,
    jobs: options.Jobs = None,
    fresh: options.Fresh = False,
    json: options.Json = None,
) -> None:
    """Fit the energy coefficients of a board, and say how well what was left out is predicted."""
    write = outputs(
        Output("--output", output, partial(_overlay, board), partial(_check_name, output)),
        Output("--json", json, partial(_document, board)),
    )
    from simtiny import api

    names = tuple(name.strip() for name in free.split(",")) if free is not None else ()
    with progress_bar("calibrating") as progress:
        result = api.calibrate(
            board, records or (), measurements=measurements, free=names, jobs=jobs, fresh=fresh, progress=progress
        )
    write(result)
    if json != STANDARD_OUTPUT:
        from simtiny.report.calibration_text import calibration_report

        console().print(calibration_report(board, result))


def _check_name(output: Path | None) -> None:
    from simtiny.board_file import PLATFORM_FILE

    if output is not None and output.suffix != PLATFORM_FILE:
        raise BadInput(f"--output {output}: the name must end in {PLATFORM_FILE}, or `--board` could not take it")


def _overlay(board: str, result: "Calibration") -> bytes:
    from simtiny.calibration.overlay import overlay

    return overlay(board, result).encode()


def _document(board: str, result: "Calibration") -> bytes:
    from simtiny.report.document import calibration_document

    return json_text(calibration_document(board, result))
