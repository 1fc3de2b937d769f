"""Power models from data sheets, beside the currents that they come from and the energies that are on record."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from simtiny.board import power_model
from simtiny.board_file import load_board

SCRIPT: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "data_sheet_power.py"))
MODELS = SCRIPT["models"]()


@pytest.mark.parametrize("board", [board for board in MODELS if power_model(load_board(board)).data_sheet])
def test_the_shipped_coefficients_come_out_of_their_currents(board: str) -> None:
    found, shipped = MODELS[board], power_model(load_board(board))
    assert found.unit_pj == pytest.approx(shipped.unit_pj, rel=0.002)
    assert found.static_uw == pytest.approx(shipped.static_uw, rel=0.01)
    assert found.weights["sleeping"] == pytest.approx(shipped.weights["sleeping"], rel=0.005)


def test_recorded_energies_lie_near_what_data_sheets_say() -> None:
    """Of boards whose energies are on record: all 24 within the interval that boards without one are given."""
    width = power_model(load_board("disco-f746ng")).half_width
    assert width is not None
    errors = [error for board, model in MODELS.items() for _, error in SCRIPT["errors"](load_board(board), model)]
    assert len(errors) == 20  # the four of NUCLEO-L4R5ZI-P are predicted by NUCLEO-L4R5ZI's coefficients
    assert max(map(abs, errors)) < width
