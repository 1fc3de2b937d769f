"""`simtiny calibrate`: fit a board's power model to measured energies."""

from pathlib import Path
from typing import Annotated

import typer

from simtiny.cli.output import (
    STANDARD_OUTPUT,
    check_distinct,
    check_writable,
    console,
    progress_bar,
    write_file,
    write_json,
)
from simtiny.errors import BadInput
from simtiny.options import DEFAULT_BOARD


def calibrate(
    board: Annotated[str, typer.Option(help="Board to calibrate; see `simtiny boards`.")] = DEFAULT_BOARD,
    records: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help='Recorded results whose keys start so, such as "v1.2 STM". Repeatable.'),
    ] = None,
    measurements: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Your own: columns image, supply_v, energy_uj or current_ma, and clock_hz."),
    ] = None,
    free: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="What to fit, of dynamic,flash_reads,static. By default the data decide."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a platform file for `--board FILE` of other commands.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Emulated boards at a time. One a processor by default.")
    ] = None,
    json: Annotated[
        str | None, typer.Option(metavar="[FILE]", help="Write JSON to FILE, or without FILE to standard output.")
    ] = None,
) -> None:
    """Fit the energy coefficients of a board, and say how well what was left out is predicted."""
    check_writable(json)
    check_writable(str(output) if output else None, "--output")
    check_distinct(json, output)
    from simtiny import api
    from simtiny.board_file import PLATFORM_FILE

    if output is not None and output.suffix != PLATFORM_FILE:
        raise BadInput(f"--output {output}: the name must end in {PLATFORM_FILE}, or `--board` could not take it")

    names = tuple(name.strip() for name in free.split(",")) if free is not None else ()
    with progress_bar("calibrating") as progress:
        result = api.calibrate(
            board, records or (), measurements=measurements, free=names, jobs=jobs, progress=progress
        )
    if output is not None:
        from simtiny.calibration.overlay import overlay

        write_file(overlay(board, result).encode(), output)
    if json is not None:
        from simtiny.report.document import calibration_document

        write_json(calibration_document(board, result), json)
    if json != STANDARD_OUTPUT:
        from simtiny.report.calibration_text import calibration_report

        console().print(calibration_report(board, result))
