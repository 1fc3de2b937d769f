"""`simtiny fetch models`: the official networks, into the user's cache."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from simtiny.cli.output import progress_bar


class What(StrEnum):
    """What there is to fetch."""

    MODELS = "models"


def fetch(
    what: Annotated[What, typer.Argument(help="`models`: the official int8 networks of mlcommons/tiny.")],
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Take the files from this folder, not from the network."),
    ] = None,
) -> None:
    """Fetch the official networks (pinned commit, checked SHA-256) into the user's cache."""
    from simtiny import api

    with progress_bar(what.value) as progress:
        paths = api.fetch_models(source, progress)
    for path in paths:
        typer.echo(str(path))
