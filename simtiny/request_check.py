"""What of a request can be refused before anything is loaded that takes time: names, files, what the board allows.

All of it is checked again where it is used, by the same functions: here it is refused sooner.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from types import MappingProxyType

from simtiny.board import Board, power_model
from simtiny.board_file import load_board
from simtiny.errors import BadInput, unknown
from simtiny.files import is_there, read_bounded
from simtiny.flash import what_if
from simtiny.life import check_life
from simtiny.life_file import read_life
from simtiny.mlperf.tasks import TASKS, task
from simtiny.model import official
from simtiny.operating_point import at_clock, check_combination
from simtiny.operating_point import check as check_point
from simtiny.options import DEFAULT_BOARD
from simtiny.request import Request

NETWORKS: Mapping[str, str] = MappingProxyType(
    {name: "a benchmark" if name in TASKS else "an official network" for name in (*TASKS, *official.MODELS)}
)
"""What `run` knows by name: the benchmarks, and official networks that are none of these."""
_FILES: Mapping[str, str] = MappingProxyType(
    {".tflite": "a `model`"} | dict.fromkeys((".elf", ".axf", ".out", ".hex", ".bin"), "an `image`")
)
"""How names of files end that are taken for a benchmark's, and what they are."""


def check(request: Request) -> None:
    """Raise BadInput, or Unpriced for a supply on a board without a power model."""
    if request.benchmark is not None:
        check_benchmark(request)
    for path in (request.image, request.model):
        if path is not None and not is_there(path):
            read_bounded(path, 0)  # says what it is instead
    if request.sequence is not None:
        read_life(request.sequence)
    board = load_board(request.board or DEFAULT_BOARD)
    if request.board is not None or request.image is None:  # else it may be a published image's own
        check_against(request, board)


def check_benchmark(request: Request) -> None:
    """Raise BadInput for a name that is not known, or known but not with these words."""
    name = request.benchmark or ""
    if name not in NETWORKS:
        if word := _FILES.get(PurePath(name).suffix.lower()):
            raise BadInput(f"{name} is no benchmark, but a file: give it as {word}")
        raise unknown("benchmark", name, NETWORKS)
    if request.image is not None or request.model is not None:
        task(name)


def check_against(request: Request, board: Board) -> None:
    """Raise for what the board does not allow."""
    check_point(request.overrides, board, request.supply)
    if request.image is None:
        check_combination(request.overrides, board)
    for settings in (request.settings, *(replace(request.settings, caches=text) for text in request.caches)):
        what_if.check(settings, board)
    if request.sequence is not None:
        life = read_life(request.sequence)
        check_life(life, power_model(board))
        for clock_hz in life.clocks_hz:
            _check_clock(clock_hz, request, board)


def _check_clock(clock_hz: float | None, request: Request, board: Board) -> None:
    """Raise BadInput for the clock of a life's step."""
    try:
        check_point(at_clock(request.overrides, clock_hz), board)
    except BadInput as error:
        raise BadInput(f"`sequence`: {error}") from error
