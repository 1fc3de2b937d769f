"""`simtiny export`: a board for work in another program."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtiny.cli import options
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, board_file, json_text, outputs

if TYPE_CHECKING:
    from simtiny.renode.export import Export

app = typer.Typer()


@app.callback()
def export() -> None:
    """Write a board for work in another program: `export renode`."""


@app.command(
    "renode",
    epilog="Examples:\n\nsimtiny export renode --board nucleo-u575zi-q --output u5\n\n"
    "simtiny export renode --image my.elf --output mine",
)
def renode(
    output: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write; it is made if it is not there.")],
    benchmark: options.MaybeBenchmark = None,
    board: options.Board = None,
    image: options.Image = None,
    address: options.Address = None,
    model: options.Model = None,
    weights: options.WeightsOption = None,
    kernels: options.KernelsOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files of other content in the folder.")] = False,
    json: options.Json = None,
) -> None:
    """Write a folder for Renode: the board's platform, a script, simtiny's plugins, and a test for renode-test.

    With --image, a BENCHMARK or --model the firmware is in it, and SysTick and timers have the clocks that it programs.
    """
    words = options.request_words(locals())
    write = outputs(Output("--json", json, _document), inputs=(image, model, board_file(board)))
    from simtiny import api

    with options.assumed_board(image, board):
        result = api.export_renode(output, benchmark, force=force, **words)
    write(result)
    if json != STANDARD_OUTPUT:
        from simtiny.report.export_text import export_report

        typer.echo(export_report(result))


def _document(result: "Export") -> bytes:
    from simtiny.report.document import export_document

    return json_text(export_document(result))
