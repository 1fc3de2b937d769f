"""The JSON documents of `simtiny boards`, as docs/json-schema.md describes them."""

from collections.abc import Sequence
from typing import Any

import msgspec

from simtiny.report.boards import BoardDetails, BoardSummary
from simtiny.version import __version__

BOARDS_SCHEMA = "simtiny.boards/1"
BOARD_SCHEMA = "simtiny.board/1"


def boards_document(boards: Sequence[BoardSummary]) -> dict[str, Any]:
    """The document of `simtiny boards --json`."""
    return {"schema": BOARDS_SCHEMA, "version": __version__, "boards": msgspec.to_builtins(tuple(boards))}


def board_document(board: BoardDetails) -> dict[str, Any]:
    """The document of `simtiny boards show BOARD --json`."""
    return {"schema": BOARD_SCHEMA, "version": __version__, "board": msgspec.to_builtins(board)}
