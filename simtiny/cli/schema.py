"""`simtiny schema`: the JSON Schema of a document that `--json` writes."""

from enum import StrEnum
from typing import Annotated

import typer

from simtiny.cli.outputs import STANDARD_OUTPUT, Output, json_text, outputs


class Document(StrEnum):
    """What there is a schema of."""

    RUN = "run"
    ACCURACY = "accuracy"
    CROSSCHECK = "crosscheck"
    SUITE = "suite"
    CALIBRATION = "calibration"
    BOARDS = "boards"
    BOARD = "board"
    COMPARE = "compare"
    ENGINES = "engines"
    CHECK = "check"
    SWEEP = "sweep"
    PROFILE = "profile"
    PRICE = "price"
    EXEC = "exec"
    VERIFY = "verify"
    EXPORT = "export"


def schema(
    document: Annotated[Document, typer.Argument(metavar="NAME", help=f"One of {', '.join(Document)}.")],
) -> None:
    """Print the JSON Schema of a document that --json writes, for programs that check or read it."""
    from simtiny.report.schema import json_schema

    outputs(Output("", STANDARD_OUTPUT, json_text))(json_schema(document.value))
