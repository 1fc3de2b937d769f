"""`simtiny fetch`: the official networks and the published firmware images, into the user's cache."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from simtiny.cli.terminal import progress_bar
from simtiny.errors import BadInput


class What(StrEnum):
    """What there is to fetch."""

    MODELS = "models"
    IMAGES = "images"


def fetch(
    what: Annotated[
        What,
        typer.Argument(
            help="`models`: the official int8 networks of mlcommons/tiny. `images`: the firmware images that were "
            "published with the results of MLPerf Tiny v1.1 to v1.3, 40 MB."
        ),
    ],
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="DIR",
            help="Take the files from this folder, not from the network: a clone, or a folder with several.",
        ),
    ] = None,
    board: Annotated[list[str] | None, typer.Option(help="Only images for this board. Can be repeated.")] = None,
    round: Annotated[
        list[str] | None, typer.Option(help="Only images of this round, such as 1.2. Can be repeated.")
    ] = None,
) -> None:
    """Fetch what is not part of simtiny into your cache (pinned commits, checked SHA-256), and print where it is.

    The cache is where the variable SIMTINY_CACHE says, else the system's usual place (on Linux ~/.cache/simtiny).
    """
    if what is What.MODELS and (board or round):
        raise BadInput("--board and --round choose images, not models")
    from simtiny import api

    with progress_bar(what.value) as progress:
        if what is What.MODELS:
            paths = api.fetch_models(source, progress)
        else:
            paths = api.fetch_images(board or (), round or (), source=source, progress=progress)
    for path in paths:
        typer.echo(str(path))
