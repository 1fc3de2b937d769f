"""Platform files that a calibration writes: they load again, whatever they build on."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from simtiny.board import power_model
from simtiny.board_file import load_board
from simtiny.calibration.fit import Calibration, Fit, Observation
from simtiny.calibration.overlay import overlay
from simtiny.calibration.toml import toml_lines
from simtiny.events import EVENTS, EventCounts
from simtiny.power import SupplyPoint

BOARD = "nucleo-l4r5zi"
NAME = 'a "quoted" \\ n\u00e4me'


def calibration(board: str) -> Calibration:
    model = replace(power_model(load_board(board)), unit_pj=77.0, calibrated_on=(NAME,))
    row = Observation(NAME, "n", "s", 1.0, 1.0, EventCounts(*range(len(EVENTS))), SupplyPoint(1.8, 1.2, "ldo", 0.7))
    return Calibration((row,), Fit(model, ("dynamic",), (0.0,), 1.0, ()), {}, {})


@pytest.mark.parametrize(
    "text",
    [
        f'board = "{BOARD}"\n[power]\nsupply_v = 3.0\n[wiring]\nFLASH = {{ dual_bank = false }}\n',
        'id = "mine"\ntitle = "M"\nmcu = "stm32l4r5zi"\nserial = "LPUART1"\n[power]\nsupply_v = 3.0\n',
    ],
)
def test_a_file_that_is_calibrated_again_keeps_what_it_says(tmp_path: Path, text: str) -> None:
    path = tmp_path / 'of "mine".toml'
    path.write_text(text)
    before = load_board(str(path))
    path.write_text(overlay(str(path), calibration(str(path))))  # over itself, too
    after = load_board(str(path))
    assert power_model(after).unit_pj == 77.0
    changed = replace(power_model(before), unit_pj=77.0, source="`simtiny calibrate`", calibrated_on=(NAME,))
    assert after == replace(before, power=changed)


def test_a_board_that_comes_with_simtiny_is_named(tmp_path: Path) -> None:
    table = tomllib.loads(overlay(BOARD, calibration(BOARD)))
    assert table["board"] == BOARD and set(table) == {"board", "power"}


def test_what_is_written_can_be_read() -> None:
    table = {
        "text": 'q" \\ \n \x01 \x7f \u00fc \U0001f600 \u2028',
        "on": True,
        "number": 1e-300,
        "list": [1, 2],
        "nested": [[1.8, 0.9], [3.0, 0.8]],
        "rows": [{"a": 1, "b c": {"d": ["x"]}}, {}],
        "empty": [],
        "table": {"x": 1, "inner": {"y.z": "\t"}},
    }
    assert tomllib.loads("\n".join(toml_lines(table))) == table
