"""Power models of platform files, and files that change one."""

from dataclasses import replace
from pathlib import Path

import pytest

from simtiny.board import power_model
from simtiny.board_file import board_names, load_board
from simtiny.energy import energy
from simtiny.errors import BadInput, Unpriced
from simtiny.event_counts import EVENTS, EventCounts
from simtiny.power import supply_point
from simtiny.profiles import OperatingPoint
from simtiny.records import all_records

CORE = "{{ voltage_range = '1', regulator = 'ldo', core_v = {}, max_core_hz = 120e6, source = '' }}"
BOARDS = [name for name in board_names() if load_board(name).power]


@pytest.mark.parametrize("name", BOARDS)
def test_every_power_model_reaches_the_boards_highest_clock(name: str) -> None:
    board = load_board(name)
    model = power_model(board)
    at_most = max(row.max_core_hz for row in model.core)
    assert at_most == board.limits.max_core_hz
    keys = {record.key for record in all_records() if record.energy_uj is not None}
    assert set(model.calibrated_on) <= keys


def test_the_boards_of_one_chip_share_its_coefficients() -> None:
    plain, external = (power_model(load_board(name)) for name in ("nucleo-l4r5zi", "nucleo-l4r5zi-p"))
    assert (plain.unit_pj, plain.weights) == (external.unit_pj, external.weights)
    assert (plain.supply_v, external.supply_v) == (1.8, 3.0)
    fast = OperatingPoint(120e6, 5, True, True, True, "2")
    assert supply_point(external, fast).efficiency == 0.9
    with pytest.raises(Unpriced):  # range 2 of the internal regulator ends at 26 MHz
        supply_point(plain, fast)


def test_an_empty_table_is_no_power_model(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('board = "nucleo-g0b1re"\n[power]\n')
    assert load_board(str(path)).power is None
    with pytest.raises(Unpriced, match="no power model"):
        power_model(load_board(str(path)))


def test_every_board_has_energy() -> None:
    """From records, or from its chip's data sheet, and says which."""
    models = {name: power_model(load_board(name)) for name in board_names()}
    assert {name for name, model in models.items() if model.data_sheet} == {
        "cy8cproto-062-4343w",
        "disco-f746ng",
        "nucleo-g0b1re",
    }
    assert all(model.data_sheet == (model.calibrated_on == ()) for model in models.values())


def test_the_data_sheets_current_comes_out() -> None:
    """CoreMark on STM32F746 at 216 MHz: 108 mA at any supply, of which the PLL takes 1 [data sheet, table 25]."""
    model = power_model(load_board("disco-f746ng"))
    # Of one iteration: see scripts/data_sheet_power.py.
    counts = {"cycles": 1026905, "data_processing": 553536, "multiply": 12960, "multiply_accumulate": 24624}
    counts |= {"load_words": 223169, "flash_load_words": 16, "store_words": 61241, "branch_taken": 155114}
    events = EventCounts(**{**dict.fromkeys(EVENTS, 0), **counts, "branch_not_taken": 100527, "code_lines": 463715})
    at = supply_point(model, OperatingPoint(216e6, 7, True, True, True, "1"), 3.0)
    found = energy(events, events.cycles / 216e6, model, at)
    assert found.mean_power_mw / 3.0 == pytest.approx(107, rel=0.04)
    assert found.data_sheet


def test_a_file_changes_another_boards_coefficients(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('board = "nucleo-l4r5zi"\n[power]\nunit_pj = 77.0\n')
    mine, original = load_board(str(path)), load_board("nucleo-l4r5zi")
    assert power_model(mine).unit_pj == 77.0
    assert mine.power == replace(power_model(original), unit_pj=77.0)
    assert mine.memories == original.memories
    path.write_text('board = "nucleo-l4r5zz"\n')
    with pytest.raises(BadInput, match="unknown board 'nucleo-l4r5zz'"):
        load_board(str(path))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("unit_pj = -1.0", "unit_pj must be positive, and 1e.09 at most"),
        ("static_uw = -1.0", "static_uw must be from 0 to 1e.09"),
        ("supply_v = 5.0", "supply_v 5 is outside supply_limits_v, 1.71 to 3.6"),
        ("unit_mj = 1.0", "unknown key power.unit_mj"),
        ("sleep_modes = { stop = { current_uA = 1.0 } }", "key power.sleep_modes.*: .* missing required field"),
        (
            "sleep_modes = { stop = { current_ua = 1.0, current = 2, source = '' } }",
            "unknown key power.sleep_modes.stop.current",
        ),
        ('unit_pj = "much"', "Expected `float`"),
        ("weights = { cycles = -0.1 }", "weights.cycles is negative"),
        ("unit_pj = nan", "key power.unit_pj: nan is not a number"),
        ("static_uw = inf", "key power.static_uw: inf is not a number"),
        ("efficiency = { smps = [[1.8, nan]] }", r"key power.efficiency.smps\[0\]\[1\]: nan"),
        ("weights = { cycles = 1.0 }", "weights: no data_processing, multiply,"),
        ("weights = { cycle = 1.0 }", "weights.cycle: there is no such event. Known: cycles, "),
        (f"core = [{CORE.format(0.0)}]", "core_v and max_core_hz must be positive"),
        (f"core = [{CORE.format(1.75)}]", "an LDO can't make 1.75 V of the lowest supply, 1.71 V"),
        ("sleep_modes = { clocked = { current_ua = 1.0, source = '' } }", "sleep_modes.clocked: this is the name of"),
        ("sleep_modes = { stop = { current_ua = -1.0, source = '' } }", "sleep_modes.stop: current_ua is negative"),
    ],
)
def test_what_is_wrong_with_a_power_model(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'board = "nucleo-l4r5zi"\n[power]\n{line}\n')
    with pytest.raises(BadInput, match=f"mine.toml: .*{message}"):
        load_board(str(path))


def test_a_regulator_needs_an_efficiency(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('board = "nucleo-u575zi-q"\n[power]\nefficiency = {}\n')
    with pytest.raises(BadInput, match="no efficiency for the regulator smps"):
        power_model(load_board(str(path)))
    path.write_text('board = "nucleo-u575zi-q"\n[power]\nefficiency = { smps = [[1.8, 1.2]] }\n')
    with pytest.raises(BadInput, match="efficiencies up to 1"):
        power_model(load_board(str(path)))
