"""Points of a sweep beside `simtiny.run` of the very points; what is illegal; what is kept; what is on record."""

import random
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simtiny
from simtiny.board_file import load_board
from simtiny.errors import BadInput, SimtinyError
from simtiny.fetch import CACHE_VARIABLE
from simtiny.sweeps.result import KNOBS, LIFE, OUTCOMES, STATUS, SweepResult
from tests.mlperf.test_built_in import padded

L4, U5, H7, G0 = "nucleo-l4r5zi", "nucleo-u575zi-q", "nucleo-h7a3zi-q", "nucleo-g0b1re"
NETWORKS = Path(__file__).parents[1] / "networks"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("counts"))


@pytest.fixture(autouse=True)
def counts(folder: str, test_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of this module share their counts, which saves most executions."""
    monkeypatch.setenv(CACHE_VARIABLE, folder)


@pytest.fixture
def no_counts(counts: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for those that look at executions."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))


def beside_a_run(result: SweepResult, row: int, words: dict[str, Any], benchmark: str = "ad01") -> None:
    """Cycles and latency are those of a run to the last bit, energies but for rounding; what is refused is illegal."""
    point = {name: column[row] for name, column in result.columns.items()}
    if (
        load_board(words["board"]).power is None
    ):  # a run refuses a supply there; of a sweep only the energy is not known
        words = {name: value for name, value in words.items() if name != "supply_v"}
    try:
        run = simtiny.run(benchmark, **words)
    except SimtinyError as error:
        assert not point["legal"], (words, error)
        return
    assert point["legal"], (words, point["reason"])
    if "caches" in words:
        assert point["cycles"] == run.caches[1].cycles, words
        return
    assert point["cycles"] == run.cycles, words
    assert point["latency_ms"] == run.latency_ms
    assert (point["flash_bytes"], point["ram_bytes"]) == (run.memory.flash_bytes, run.memory.ram_bytes)
    for name in ("latency_low_ms", "latency_high_ms"):
        assert point[name] == pytest.approx(getattr(run, name), rel=1e-12), words
    for name in ("clock_hz", "wait_states", "voltage_range"):
        assert point[name] == getattr(run.operating_point, name)
    if run.energy is None:
        assert np.isnan(point["energy_uj"])
        return
    for name in ("energy_uj", "energy_low_uj", "energy_high_uj", "mean_power_mw", "supply_v"):
        assert point[name] == pytest.approx(getattr(run.energy, name), rel=1e-12), (name, words)
    assert point["regulator"] == run.energy.regulator


def grid(board: str, given: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """The words of `run` for each point: the last knob varies first, and None is what there is without."""
    return [
        {"board": board, **{name: value for name, value in zip(given, values, strict=True) if value is not None}}
        for values in product(*given.values())
    ]


def test_points_are_those_of_runs() -> None:
    given = {
        "clock_hz": [8e6, 32e6, 100e6, 160e6],
        "voltage_range": ["1", "2", "3", "4"],
        "regulator": [None, "ldo"],
        "supply_v": [1.8, 3.3],
    }
    result, points = simtiny.sweep("ad01", board=U5, **given), grid(U5, given)
    assert len(result) == len(points) == 4 * 4 * 2 * 2
    assert set(result.columns) == {*KNOBS, *OUTCOMES, *STATUS}
    for row in random.Random(1).sample(range(len(result)), 8):
        beside_a_run(result, row, points[row])


@pytest.mark.slow
@pytest.mark.parametrize("board", [board.id for board in simtiny.boards()])
def test_random_points_of_every_board_are_those_of_runs(board: str) -> None:
    given = {
        "clock_hz": [None, 8e6, 40e6, 100e6],
        "voltage_range": [None, "1", "2"],
        "supply_v": [None, 3.3],
        "wait_states": [None, 0, 1, 3, 5],
        "prefetch": [None, True, False],
        "instruction_cache": [None, True, False],
        "data_cache": [None, True, False],
        "caches": [None, "none", "2K/2"],
        "read_width_bits": [None, 32],
    }
    result, points = simtiny.sweep("ad01", board=board, **given), grid(board, given)
    assert len(result) == len(points)
    legal, chosen = np.flatnonzero(result.columns["legal"]).tolist(), random.Random(board)
    for row in [*chosen.sample(legal, 10), *chosen.sample(range(len(result)), 5)]:
        beside_a_run(result, row, points[row])


def test_what_is_illegal_has_a_reason() -> None:
    result = simtiny.sweep(
        "ad01",
        board=[L4, H7, G0],
        clock_hz="as-is,80MHz,300MHz",
        voltage_range="1,9",
        regulator="as-is,ldo,smps",
        supply_v="as-is,1.0V",
        prefetch="off",
        wait_states="as-is,0",
    )
    columns = result.columns
    reasons = {str(reason) for reason in columns["reason"]}
    for said in (
        f"a clock of 300 MHz: {L4} runs at up to 120 MHz",
        f"{L4} has no voltage range '9': it has 1, 2",
        f"{L4} has no regulator 'smps'",
        f"{G0} has no regulator 'smps': it has ldo",
        "a supply of 1 V is outside the chip's limits, 1.71 to 3.6 V",
        "the LDO can't make the core's 1.28 V of 1 V",
        "0 flash wait states are too few for 80 MHz in voltage range 1: at least 3",
        f"`prefetch`: {H7} has none where its firmware runs from",
    ):
        assert any(said in reason for reason in reasons), said
    legal = columns["legal"]
    assert ((columns["reason"] == "") == legal).all()
    for name in OUTCOMES:
        assert np.isnan(columns[name][~legal]).all()
    assert not columns["validated"][~legal].any()
    assert set(columns["priced"][~legal]) == {""}


def test_what_is_not_supported_is_a_point() -> None:
    result = simtiny.sweep(model=NETWORKS / "cnn_float.tflite")
    assert not result.columns["legal"].any() and not len(result.best)
    assert "cnn_float.tflite" in result.columns["reason"][0]
    assert result.words and result.executions == 0


def test_what_does_not_fit_is_a_point(tmp_path: Path) -> None:
    large = tmp_path / "large.tflite"
    large.write_bytes(padded(900))  # 810,016 bytes of RAM
    result = simtiny.sweep(model=[large], board=L4, clock_hz="26MHz,80MHz")
    assert result.columns["legal"].tolist() == [False, False]
    reason = result.columns["reason"][0]
    assert reason.startswith(f"large does not fit the RAM of {L4}: it needs 810,016 bytes of RAM and there are ")
    assert "160,896 too few; it fits " in reason
    assert result.columns["clock_hz"].tolist() == [26e6, 80e6]
    placed = simtiny.sweep("ad01", board=L4, place="as-is,stack=nowhere")
    assert placed.columns["legal"].tolist() == [True, False]
    assert "unknown memory 'nowhere'" in placed.columns["reason"][1]


def test_without_a_power_model_energy_is_not_known(tmp_path: Path) -> None:
    board = tmp_path / "mine.toml"
    board.write_text(f'board = "{G0}"\n[power]\n')
    result = simtiny.sweep("ad01", board=board, supply_v="1.8,3.0", clock_hz="16MHz,64MHz", minimise="latency")
    assert result.columns["legal"].all()
    assert np.isnan(result.columns["energy_uj"]).all() and np.isnan(result.columns["supply_v"]).all()
    assert result.notes == (f"{G0}: energy is not estimated: the board's platform file has no power model",)
    assert len(result.best) == 4


def test_what_is_stored_is_not_executed_again(no_counts: None) -> None:
    given = {"clock_hz": "26,48,120MHz,4MHz", "instruction_cache": "on,off"}
    given["clock_hz"] = "26MHz,48MHz,120MHz,4MHz"
    first = simtiny.sweep("ad01", board=L4, **given)
    again = simtiny.sweep("ad01", board=L4, **given)
    assert (first.executions, first.stored) == (1, 0)
    assert (again.executions, again.stored) == (0, 9)  # 4 numbers of wait states with each setting, and as it is
    for name, column in first.columns.items():
        np.testing.assert_array_equal(column, again.columns[name])
    assert simtiny.sweep("ad01", board=L4, fresh=True, **given).executions == 1


def test_an_interrupted_sweep_goes_on(no_counts: None) -> None:
    def interrupt(done: int, total: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simtiny.sweep("ad01", board=[L4, U5], progress=interrupt)
    rest = simtiny.sweep("ad01", board=[L4, U5])
    assert (rest.executions, rest.stored) == (1, 1)
    assert simtiny.sweep("ad01", board=[L4, U5]).executions == 0


def test_one_execution_serves_many_points_and_says_which(no_counts: None) -> None:
    result = simtiny.sweep("ad01", board=L4, clock_hz="1:120:1MHz", supply_v="1.8:3.6:0.1")
    assert len(result) == 120 * 19
    assert result.executions == 1
    priced = result.columns["priced"]
    assert (priced == "executed").sum() == 6  # 0 to 5 wait states
    assert (priced == "from the profile of another point").sum() == 120 * 19 - 6


@pytest.mark.slow
def test_fewer_wait_states_never_raise_cycles() -> None:
    switches = {"prefetch": "as-is,off", "instruction_cache": "as-is,off"}
    columns = simtiny.sweep("ad01", board="all", clock_hz=8e6, wait_states="all", **switches).columns
    by_setting: dict[tuple[object, ...], list[float]] = {}
    for row in np.flatnonzero(columns["legal"]):
        setting = tuple(columns[name][row] for name in ("board", *switches))
        by_setting.setdefault(setting, []).append(columns["cycles"][row])
    for cycles in by_setting.values():
        distinct = list(dict.fromkeys(cycles))
        assert distinct == sorted(distinct)


def test_a_higher_clock_at_equal_wait_states_never_raises_latency() -> None:
    result = simtiny.sweep(
        "ad01", board=[L4, U5, H7], clock_hz="1:280:7MHz", voltage_range="all", wait_states="as-is,all"
    )
    columns = result.columns
    keys = np.array([*zip(columns["board"], columns["voltage_range"], columns["wait_states"], strict=True)], object)
    for key in {tuple(each) for each in keys[columns["legal"]]}:
        rows = np.flatnonzero(columns["legal"] & np.array([tuple(each) == key for each in keys]))
        rows = rows[np.argsort(columns["clock_hz"][rows])]
        assert (np.diff(columns["latency_ms"][rows]) <= 0).all()
        assert len(set(columns["cycles"][rows])) == 1


def test_what_is_on_record_is_validated() -> None:
    result = simtiny.sweep(
        "ad01", board=[L4, U5], clock_hz="as-is,60MHz", voltage_range="as-is,2", supply_v="as-is,3.3"
    )
    names = "board", "clock_hz", "voltage_range", "supply_v", "validated", "not_validated"
    rows = zip(*(result.columns[name] for name in names), strict=True)
    points = {tuple(knobs): (bool(valid), text) for *knobs, valid, text in rows}
    assert points[L4, 120e6, "1", 1.8] == (True, "")
    assert points[U5, 160e6, "1", 1.8] == (True, "")
    assert points[U5, 60e6, "2", 1.8] == (True, "")  # MLPerf Tiny v1.3, sww01 at a reduced clock
    assert points[U5, 60e6, "1", 1.8] == (False, "not on record: clock")
    assert points[L4, 120e6, "1", 3.3][1] == "not on record: supply"
    other = simtiny.sweep("ad01", board=L4, instruction_cache="on,off", prefetch="on", data_cache="on")
    assert other.columns["validated"].tolist() == [True, False]
    assert other.columns["not_validated"][1] == "not on record: instruction cache off"


def test_a_hypothetical_board_is_not_validated(tmp_path: Path) -> None:
    platform = tmp_path / "mine.toml"
    platform.write_text(f'board = "{L4}"\nid = "mine"\n[power]\nsupply_v = 1.8\n')
    slower = tmp_path / "slower.toml"
    slower.write_text(f'board = "{L4}"\nid = "slower"\ncore = "cortex-m33"\n')
    result = simtiny.sweep("ad01", board=[platform, slower])
    assert result.columns["validated"].tolist() == [True, False]
    assert "board" in result.columns["not_validated"][1]
    assert result.columns["board"].tolist() == [str(platform), str(slower)]


def test_a_period_and_a_sleep_mode() -> None:
    result = simtiny.sweep("ad01", board=[L4, U5], clock_hz="as-is,1MHz", period_s=0.1, sleep="stop3")
    columns = result.columns
    run = simtiny.run("ad01", board=U5, period_s=0.1, sleep="stop3")
    assert run.duty_cycle is not None
    assert columns["mean_power_mw"][2] == pytest.approx(run.duty_cycle.mean_power_mw, rel=1e-12)
    assert "unknown sleep mode 'stop3'" in columns["reason"][0]
    assert columns["reason"][3].startswith("a period of 0.1 s is shorter than the window, ")
    clocked = simtiny.sweep("ad01", board=U5, period_s=0.1)
    run = simtiny.run("ad01", board=U5, period_s=0.1)
    assert run.duty_cycle is not None
    assert clocked.columns["mean_power_mw"][0] == pytest.approx(run.duty_cycle.mean_power_mw, rel=1e-12)


LIFE_FILE = """period_s = 1
sleep = "stop2"
[battery]
capacity_mah = 230
[[step]]
name = "sense"
duration_ms = 20
mode = "clocked"
[[step]]
name = "look"
infer = true
clock_mhz = 26
"""


def test_a_life_of_each_point(tmp_path: Path) -> None:
    path = tmp_path / "life.toml"
    path.write_text(LIFE_FILE)
    result = simtiny.sweep("ad01", board=[L4, G0], clock_hz="as-is,80MHz", sequence=path, minimise="current")
    assert set(LIFE) <= set(result.columns)
    for row, clock in ((0, None), (1, 80e6)):
        life = simtiny.run("ad01", board=L4, clock_hz=clock, sequence=path).life
        assert life is not None
        assert result.columns["mean_current_ua"][row] == pytest.approx(life.mean_current_ua, rel=1e-12)
        assert result.columns["battery_days"][row] == pytest.approx(life.battery_days, rel=1e-12)
    assert np.isnan(result.columns["battery_days"][2:]).all()
    path.write_text(LIFE_FILE.replace("period_s = 1", "period_s = 0.025"))
    short = simtiny.sweep("ad01", board=L4, sequence=path)
    assert "`sequence`: the steps take" in short.columns["reason"][0]


@pytest.mark.slow
def test_processes_give_the_same() -> None:
    alone = simtiny.sweep("ad01", board=[L4, G0], wait_states="as-is,all")
    spread = simtiny.sweep("ad01", board=[L4, G0], wait_states="as-is,all", jobs=2, fresh=True)
    for name, column in alone.columns.items():
        np.testing.assert_array_equal(column, spread.columns[name])
    assert spread.words == alone.words


def test_pandas_and_polars_take_the_columns() -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    result = simtiny.sweep("ad01", board=[G0, L4], clock_hz="26MHz,400MHz")
    frame = pandas.DataFrame(result.columns)
    assert frame["legal"].dtype == bool and frame["reason"].str.contains("400 MHz").sum() == 2
    schema = polars.DataFrame(result.columns).schema
    assert schema["board"] == schema["model"] == schema["reason"] == polars.String
    assert schema["latency_ms"] == polars.Float64 and schema["legal"] == polars.Boolean


def test_too_many_points_are_refused_before_anything_runs() -> None:
    with pytest.raises(BadInput, match="a sweep has at most 3,000,000 points"):
        simtiny.sweep(board="all", clock_hz="1:100:0.01MHz", supply_v="1.8:3.6:0.01")
    with pytest.raises(BadInput, match="name one at most"):
        simtiny.sweep("ad01,kws01", model=NETWORKS / "cnn_float.tflite")


def test_a_regulator_that_the_chip_has_not_is_on_no_record() -> None:
    """And where no register tells which one feeds the core, there is nothing to compare."""
    there = simtiny.sweep("ad01", board=["nucleo-l4r5zi-p", "disco-f746ng"])
    assert there.columns["validated"].all()
    other = simtiny.sweep("ad01", board="nucleo-l4r5zi-p", regulator="external-smps")
    assert other.columns["not_validated"].tolist() == ["not on record: regulator"]
