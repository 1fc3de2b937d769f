"""`simtiny calibrate`, and the options of `simtiny run` that ask for another supply and for a duty cycle."""

import json
from pathlib import Path

import pytest

from simtiny.board import power_model
from simtiny.board_file import load_board
from simtiny.cli import main
from tests.validation.test_outcomes import flash_content


def test_a_calibration_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ad.bin").write_bytes(flash_content())
    measured = tmp_path / "measured.csv"
    measured.write_text("image,address,supply_v,energy_uj\nad.bin,0x08000000,1.8,300\n")
    output, document = tmp_path / "mine.toml", tmp_path / "mine.json"
    options = ["--measurements", str(measured), "--output", str(output), "--json", str(document)]
    assert main(["calibrate", "--board", "nucleo-l4r5zi", *options]) == 0
    printed = capsys.readouterr().out
    assert "free: dynamic; condition number 1.0" in printed
    assert "left out by record: there is one record only" in printed
    found = json.loads(document.read_text())
    assert found["schema"] == "simtiny.calibration/1"
    assert found["observations"][0]["recorded_uj"] == 300
    assert abs(found["observations"][0]["residual"]) < 1e-9
    assert power_model(load_board(str(output))).unit_pj == pytest.approx(found["power"]["unit_pj"], rel=1e-5)
    schema = Path(__file__).resolve().parents[2] / "docs" / "json-schema.md"
    described = schema.read_text().split("## `simtiny.calibration/1`")[1]
    for field in [*found, *found["observations"][0]]:
        assert f"`{field}`" in described, field


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["calibrate"], "nothing to calibrate on"),
        (["calibrate", "--measurements", "absent.csv"], "absent.csv: No such file or directory"),
        (["calibrate", "--output", "absent/mine.toml"], "--output absent/mine.toml: no file can be written there"),
        (["run", "ad01", "--supply", "5"], "a supply of 5 V is outside the chip's limits, 1.71 to 3.6 V"),
        (["run", "ad01", "--supply", "nan"], "--supply nan: it must be a finite number"),
        (["run", "ad01", "--period", "0.001"], "a period of 0.001 s is shorter than the window"),
        (["run", "ad01", "--period", "-1"], "--period -1: it must be positive"),
        (["run", "ad01", "--period", "1", "--sleep", "deep"], "unknown sleep mode 'deep': choose from clocked, stop2"),
    ],
)
def test_one_clear_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert message in error


def test_energy_of_a_window_and_of_its_duty_cycle(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "ad01", "--supply", "3", "--period", "0.5", "--sleep", "stop2", "--json", "-"]) == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    window, cycle = result["energy"], result["duty_cycle"]
    assert (window["supply_v"], window["core_v"], window["regulator"]) == (3.0, 1.28, "ldo")
    asleep_mw = 2.8e-3 * 3.0  # 2.8 uA
    asleep_s = 0.5 - result["latency_ms"] / 1e3
    mean_mw = (window["energy_uj"] / 1e3 + asleep_mw * asleep_s) / 0.5
    assert cycle["mean_power_mw"] == pytest.approx(mean_mw)
    assert main(["run", "ad01", "--period", "0.5"]) == 0
    printed = capsys.readouterr().out
    assert "duty cycle: every 500.0 ms" in printed


def test_outputs_that_could_not_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = str(tmp_path / "x.toml")
    assert main(["calibrate", "--records", "v1.2", "--output", same, "--json", same]) == 2
    assert capsys.readouterr().err.startswith("error: two outputs into ")
    assert main(["calibrate", "--records", "v1.2", "--output", str(tmp_path / "x.txt")]) == 2
    assert "the name must end in .toml" in capsys.readouterr().err
