"""The files of the built-in firmware: which kernel sets there are for a board."""

from collections.abc import Mapping
from pathlib import Path

from simtiny.board import Board
from simtiny.data import data_path
from simtiny.errors import BadInput
from simtiny.options import Kernels

BEST_FIRST = (Kernels.DSP, Kernels.PORTABLE)


def kernel_images(board: Board) -> Mapping[Kernels, Path]:
    """The images for a board by their kernels, the one that runs by default first."""
    folder = data_path("firmware", "images")
    paths = {kernels: folder / f"{board.firmware or board.id}-{kernels}.elf" for kernels in BEST_FIRST}
    return {kernels: path for kernels, path in paths.items() if path.is_file()}


def check_kernels(board: Board, wanted: Kernels | None) -> Kernels:
    """The set that runs: `wanted`, or the SIMD kernels where the board has them. BadInput for one that it has not."""
    present = list(kernel_images(board))
    if not present:
        raise BadInput(f"there is no built-in firmware for {board.id}: give your own `image`")
    kernels = wanted or present[0]
    if kernels not in present:
        raise BadInput(f"the built-in firmware for {board.id} has no {kernels} kernels: choose `kernels` {present[0]}")
    return kernels
