"""An image for calls: a firmware that boots, or a library that was linked for itself."""

from simtiny import image_load
from simtiny.board_file import load_board
from simtiny.calls.firmware import Firmware
from simtiny.errors import BadInput
from simtiny.files import shown
from simtiny.mlperf.workload import Workload, build, suggest_boards
from simtiny.options import DEFAULT_BOARD
from simtiny.request import Request
from simtiny.request_check import check, check_against

FLOAT_ABIS = {"hard": True, "soft": False}


def load(request: Request, *, ram: str | None = None, float_abi: str | None = None) -> Firmware:
    """The firmware of a request's image, on its board, in reset. Raises BadInput, and Unpriced as `check_against`."""
    if request.image is None:
        raise BadInput("nothing to call: give an `image`")
    if float_abi is not None and float_abi not in FLOAT_ABIS:
        raise BadInput(f"`float_abi` {float_abi!r}: it is hard or soft")
    check(request)
    workload = _library(request) or build(request)
    check_against(request, workload.board)
    hard_float = None if float_abi is None else FLOAT_ABIS[float_abi]
    return Firmware(workload, request, ram=ram, hard_float=hard_float)


def _library(request: Request) -> Workload | None:
    """What is put on the board where the image is an ELF file that no board can boot, else None."""
    path = request.image
    assert path is not None
    board = load_board(request.board or DEFAULT_BOARD)
    image = image_load.load(path, address=board.main_flash.base if request.address is None else request.address)
    if image.elf is None or image_load.has_vector_table(image, board) or suggest_boards(path, None):
        return None
    image_load.check_holds(image, board)
    return Workload(board, shown(path.stem), None, image, image.name, "in the image")
