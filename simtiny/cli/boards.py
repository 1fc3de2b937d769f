"""`simtiny boards`: what can be emulated, and what there is to know of one board."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from simtiny.cli import options
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, json_text, outputs
from simtiny.cli.terminal import console
from simtiny.errors import BadInput

if TYPE_CHECKING:
    from simtiny.report.boards import BoardDetails, BoardSummary

app = typer.Typer()


@app.callback(invoke_without_command=True)
def boards(context: typer.Context, json: options.Json = None) -> None:
    """List the boards that can be emulated; `boards show BOARD` tells all of one.

    In a narrow terminal the list has fewer columns.
    """
    if context.invoked_subcommand is not None:
        if json is not None:
            raise BadInput("--json of one board goes behind its name: simtiny boards show BOARD --json")
        return
    write = outputs(Output("--json", json, _list_document))
    from simtiny import api

    found = api.boards()
    write(found)
    if json != STANDARD_OUTPUT:
        from simtiny.report.boards_text import boards_table

        terminal = console()
        terminal.print(boards_table(found, terminal))


@app.command("show", epilog="Example:\n\nsimtiny boards show nucleo-u575zi-q")
def show(
    board: Annotated[
        str,
        typer.Argument(
            metavar="BOARD",
            help="An identifier of `simtiny boards`, or the path of a platform file (.toml).",
            autocompletion=options.all_boards,
        ),
    ],
    json: options.Json = None,
) -> None:
    """Tell what a board allows: clocks, wait states, voltage ranges, regulators, sleep modes, supplies, memories.

    Also whether its energy is estimated, and from which recorded results.
    """
    write = outputs(Output("--json", json, _document))
    from simtiny import api

    found = api.board_details(board)
    write(found)
    if json != STANDARD_OUTPUT:
        from simtiny.report.boards_text import board_report

        typer.echo(board_report(found, console().width))


def _list_document(found: "Sequence[BoardSummary]") -> bytes:
    from simtiny.report.document import boards_document

    return json_text(boards_document(found))


def _document(found: "BoardDetails") -> bytes:
    from simtiny.report.document import board_document

    return json_text(board_document(found))
