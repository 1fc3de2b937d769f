"""What callers of the Python API may give, and how each function refuses the rest: in one line, in Python's words."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simtiny
from simtiny.calibration.fit import Calibration
from simtiny.cli import main
from simtiny.mlperf.identity import Identity
from simtiny.options import OPTIONS, in_options
from simtiny.report.result import RunResult
from simtiny.request import Request
from tests.calibration.test_overlay import calibration
from tests.report.test_report import RESULT

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware/images/nucleo-l4r5zi-dsp.elf"


@pytest.mark.parametrize(
    ("function", "arguments", "words", "message"),
    [
        ("run", (), {}, "nothing to run: name a benchmark (kws01, vww01, ic01, ad01), a `model` or an `image`"),
        ("run", ("kws01",), {"fresh": "no"}, "`fresh`: expected True or False, not 'no' (str)"),
        ("run", ("kws01",), {"fresh": 1}, "`fresh`: expected True or False, not 1 (int)"),
        ("run", (["kws01", "ic01"],), {}, "`benchmark` is one name, not several: `simtiny.run_all` takes these"),
        ("run", ("kws01",), {"clock_hz": 26}, "`clock_hz` 26: no board runs below 10 kHz; it is in hertz"),
        ("run", ("kws01",), {"clock_hz": "26"}, "`clock_hz`: expected a number, not '26' (str)"),
        ("run", ("kws01",), {"clock_hz": 1e9}, "a clock of 1,000 MHz: nucleo-l4r5zi runs at up to 120 MHz"),
        ("run", ("kws01",), {"voltage_range": 3}, "nucleo-l4r5zi has no voltage range '3': it has 1, 2"),
        ("run", ("kws01",), {"caches": "1"}, "`caches` 1: expected size/ways such as 16K/2, not '1'"),
        ("run", ("kws01",), {"sleep": "stop", "period_s": 1}, "unknown sleep mode 'stop' (did you mean stop2?): "),
        ("run", ("kws01",), {"supply_v": 5}, "a supply of 5 V is outside the chip's limits, 1.71 to 3.6 V"),
        ("run", ("ic02",), {"weights": "stand-in"}, "there are no stand-in weights of ic02: leave `weights` out"),
        ("run", ("ic02",), {"image": FIRMWARE}, "unknown benchmark 'ic02' (did you mean ic01?): choose from kws01"),
        (
            "run",
            (),
            {"image": FIRMWARE, "address": 0x0800_0000},
            f"{FIRMWARE}: it says itself where it goes: leave `addr",
        ),
        (
            "run",
            (),
            {"image": FIRMWARE, "function": "mian"},
            "nucleo-l4r5zi-dsp.elf has no symbol 'mian' (did you mean ",
        ),
        ("run_all", ([1],), {}, "`benchmarks`: expected text, not 1 (int)"),
        ("run_all", (["kws01", "kws02"],), {}, "unknown benchmark 'kws02' (did you mean kws01?): choose from kws01, "),
        ("run_all", (["kws01", "ic01"],), {"image": FIRMWARE}, "an `image` or a `model` is measured as one benchmark"),
        ("run_all", ("kws01",), {"progress": 1}, "`progress`: expected something to call, not 1 (int)"),
        ("accuracy", ("kws01", b"data"), {}, "`data`: expected a path, not b'data' (bytes)"),
        ("accuracy", ("kws01", "data"), {"limit": 0}, "`limit` 0: it must be at least 1"),
        ("accuracy", ("kws01", "data"), {"limit": 1.5}, "`limit`: expected a whole number, not 1.5 (float)"),
        ("accuracy", ("kws01", "data"), {"jobs": True}, "`jobs`: expected a whole number, not True (bool)"),
        ("accuracy", ("ic02", "data"), {}, "unknown benchmark 'ic02' (did you mean ic01?): choose from kws01, vww01"),
        (
            "accuracy",
            (Request("kws01", supply_v=3), "data"),
            {},
            "`supply_v` has no effect on the accuracy: leave it out",
        ),
        ("boot", (Request("kws01", clock_hz=1e6),), {}, "`clock_hz` has no effect on a board that is not measured"),
        ("boot", ("kws01",), {"clock_hz": 1e6}, "`clock_hz` has no effect on a board that is not measured"),
        ("crosscheck", (3,), {}, "`boards`: expected text, not 3 (int)"),
        ("crosscheck", (b"nucleo",), {}, "`boards`: expected a name or several, not b'nucleo' (bytes)"),
        (
            "crosscheck",
            ("nucleo-l4r5z",),
            {},
            "no results are on record for board 'nucleo-l4r5z' (did you mean nucleo-l4r",
        ),
        ("crosscheck", (), {"rounds": 1.4}, "no results are on record for round '1.4': there are 0.5, 0.7"),
        ("crosscheck", (), {"jobs": 0}, "`jobs` 0: it must be at least 1"),
        ("calibrate", ("nucleo-l4r5zi",), {}, "nothing to calibrate on: name `records`, or a file of `measurements`"),
        ("calibrate", (None, "v1.2"), {}, "`board`: expected text, not None (NoneType)"),
        ("calibrate", ("nucleo-l4r5zi", "v1.2"), {"free": "x"}, "coefficients x: what can be free is dynamic; "),
        ("calibrate", ("nucleo-l4r5zi", 5), {}, "`records`: expected text, not 5 (int)"),
        ("calibrate", ("nucleo-l4r5zi",), {"measurements": "nowhere.csv"}, "nowhere.csv: No such file or directory"),
        ("fetch_models", (5,), {}, "`source`: expected a path, not 5 (int)"),
        ("fetch_images", (), {"rounds": [None]}, "`rounds`: expected text or a number, not None (NoneType)"),
        ("fetch_images", (), {"rounds": 9}, "no images were published for round '9': there are 1.1, 1.2, 1.3"),
        ("board_details", (5,), {}, "`board`: expected text, not 5 (int)"),
        ("board_details", ("nucleo-u575zi",), {}, "unknown board 'nucleo-u575zi' (did you mean nucleo-u575zi-q?): "),
    ],
)
def test_what_is_refused(function: str, arguments: Any, words: dict[str, Any], message: str) -> None:
    with pytest.raises(simtiny.BadInput) as error:
        getattr(simtiny, function)(*arguments, **words)
    text = str(error.value)
    assert text.startswith(message) and "\n" not in text
    assert "--" not in text


def test_one_name_is_as_good_as_a_list_of_one() -> None:
    from simtiny.published import select

    assert {left.record.board for left in simtiny.crosscheck("ek-ra8d1").left_out} == {"ek-ra8d1"}
    assert {left.record.round for left in simtiny.crosscheck("numaker-m467hj", 1.1).left_out} == {"1.1"}
    assert select((), ("1.2",)) == select((), (str(np.float64(1.2)),))
    assert simtiny.run_all([]) == ()
    (result,) = simtiny.run_all("ad01")
    assert result == simtiny.run("ad01")


def test_numbers_of_numpy_are_numbers() -> None:
    clock_hz = np.linspace(40e6, 120e6, 3, dtype=np.float32)[1]
    what_if = simtiny.run("ad01", clock_hz=clock_hz, wait_states=np.int8(5), voltage_range=1)
    assert what_if.operating_point.clock_hz == 80e6
    assert what_if.options["wait_states"] == 5


def test_the_command_line_reads_the_same_in_its_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert in_options("`sleep` goes with `period_s`, see `simtiny boards` and `nothing`") == (
        "--sleep goes with --period, see `simtiny boards` and `nothing`"
    )
    for arguments, message in (
        (["run", "kws01", "--sleep", "stop2"], "--sleep goes with --period"),
        (["run", "--image", str(FIRMWARE), "--kernels", "dsp"], "--image brings its own kernels: leave --kernels out"),
        (["run", "--image", str(FIRMWARE), "--from", "a"], "--from and --to go together"),
        (["run", "--image", str(FIRMWARE), "--address", "1"], "it says itself where it goes: leave --address out"),
        (["run", "kws01", "--cache", "1"], "--cache 1: expected size/ways such as 16K/2, not '1'"),
        (["calibrate"], "nothing to calibrate on: name --records, or a file of --measurements"),
    ):
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert message in error and "`" not in error


def test_every_word_of_a_request_has_an_option() -> None:
    assert set(Request().words()) <= set(OPTIONS)


def test_a_result_says_little_of_itself_and_keeps_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert repr(RESULT) == "<RunResult kws01 on nucleo-l4r5zi: 50 ms, 2000 uJ>"
    again = pickle.loads(pickle.dumps(RESULT))
    assert again == RESULT and again.to_dict() == RESULT.to_dict()
    assert isinstance(RESULT.identity, Identity)
    help(simtiny.RunResult)
    shown = capsys.readouterr().out
    for name in RunResult.__dataclass_fields__:
        assert f"{name}:" in shown or f" {name}," in shown, name


def test_other_results_say_little_of_themselves() -> None:
    found: Calibration = calibration("nucleo-l4r5zi")
    assert repr(found) == "<Calibration of dynamic on 1 observations>"
    assert repr(simtiny.crosscheck("ek-ra8d1")) == "<CrossCheck of 0 results, 0 failed>"


def test_a_notebook_shows_the_table() -> None:
    shown = RESULT._repr_html_()
    assert "<table" in shown and "kws01" in shown


def test_boards() -> None:
    (board,) = [each for each in simtiny.boards() if each.id == "nucleo-l4r5zi"]
    assert (board.max_clock_hz, board.has_energy, board.records) == (120e6, True, 77)
    details = simtiny.board_details("nucleo-u575zi-q")
    assert [row.name for row in details.voltage_ranges] == ["1", "2", "3", "4"]
    assert details.voltage_ranges[0].max_clock_hz == (32e6, 64e6, 96e6, 128e6, 160e6)
    assert details.power is not None
    assert details.power.regulators == ("ldo", "smps")
    assert details.power.supply_limits_v == (1.71, 3.6)
    assert set(details.power.sleep_modes) == {"stop2", "stop3"}
    assert details.kernels == ("dsp", "portable")
    assert [(cache.use, cache.size_bytes, cache.ways) for cache in details.caches] == [("both", 8192, 2)]
    power = simtiny.board_details("nucleo-g0b1re").power
    assert power is not None and power.calibrated_on == ()


def test_a_board_of_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'board = "nucleo-l4r5zi"\nid = "mine"\nfirmware = "nucleo-l4r5zi"\n'
        '[limits]\nmax_core_hz = 80e6\nsource = "mine"\n'
    )
    details = simtiny.board_details(path)
    assert (details.id, details.max_clock_hz, details.records) == ("mine", 80e6, {})
    assert simtiny.run("ad01", board=path, clock_hz=60e6).board == "mine"
