"""The built-in firmware: which kernel sets there are for a board, and in which files."""

from collections.abc import Mapping
from pathlib import Path

from simtiny.board import Board
from simtiny.data import data_path
from simtiny.options import Kernels

BEST_FIRST = (Kernels.DSP, Kernels.PORTABLE)


def kernel_sets(board: Board) -> Mapping[Kernels, Path]:
    """The images for a board by their kernels, the one that runs by default first."""
    folder = data_path("firmware", "images")
    paths = {kernels: folder / f"{board.firmware or board.id}-{kernels}.elf" for kernels in BEST_FIRST}
    return {kernels: path for kernels, path in paths.items() if path.is_file()}
