"""`simtiny calibrate`, and the options of `simtiny run` that ask for another supply and for a duty cycle."""

import json
from pathlib import Path

import pytest

from simtiny.board import power_model
from simtiny.board_file import load_board
from simtiny.calibration.observe import COLUMNS
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


EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "measured.csv"


@pytest.mark.parametrize("board", ["disco-f746ng", "nucleo-g0b1re", "cy8cproto-062-4343w"])
def test_a_board_without_a_power_model_gets_one(board: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the example of the documentation, whose currents are made up: of functions, not by the protocol."""
    image = min((EXAMPLE.parents[2] / "firmware" / "images").glob(f"{board}-*.elf"))  # dsp before portable
    measured, output = EXAMPLE, tmp_path / "mine.toml"
    if board != "disco-f746ng":  # whose clocks are others
        table = EXAMPLE.read_text().replace("../../firmware/images/disco-f746ng-dsp.elf", str(image))
        measured = tmp_path / "measured.csv"
        measured.write_text(table.replace(",16e6,", ",,").replace(",216e6,", ",,"))
    options = ["--measurements", str(measured), "--free", "dynamic", "--output", str(output)]
    bare = tmp_path / "bare.toml"
    bare.write_text(f'board = "{board}"\n[power]\n')
    assert main(["calibrate", "--board", str(bare), *options]) == 0
    printed = capsys.readouterr().out
    assert "free: dynamic; condition number 1.0" in printed
    assert "without its record" in " ".join(printed.split())
    assert "for firmware like this, by 2 degrees of freedom" in printed
    assert output.read_text().startswith(f"# {bare}, its power model calibrated")
    window = ["run", "--board", str(output), "--image", str(image), "--function", "memset"]
    assert main([*window, "--json", "-"]) == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    energy = result["energy"]
    assert 0 <= energy["energy_low_uj"] < energy["energy_uj"] < energy["energy_high_uj"]
    assert energy["interval_basis"] == "what was left out of the calibration"
    assert energy["calibrated_on"][0] == f"measured.csv line 2: {image.name} memset"
    # What is not measured is not known: other voltage ranges, other supplies.
    assert main([*window, "--supply", "3.0"]) == 2
    assert "limits, 3.3 to 3.3 V" in capsys.readouterr().err


def test_one_point_moves_the_prediction_to_itself_and_tells_no_interval(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = EXAMPLE.parents[2] / "firmware" / "images" / "disco-f746ng-dsp.elf"
    measured, output = tmp_path / "one.csv", tmp_path / "mine.toml"
    measured.write_text(f"image,function,supply_v,energy_uj\n{image},memset,3.3,2.5\n")
    assert main(["calibrate", "--board", "disco-f746ng", "--measurements", str(measured), "--output", str(output)]) == 0
    assert "90 % interval: can't be told: 1 point for 1 coefficient; measure more programs" in capsys.readouterr().out
    window = ["run", "--board", str(output), "--image", str(image), "--function", "memset"]
    assert main([*window, "--json", "-"]) == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result["energy"]["energy_uj"] == pytest.approx(2.5, rel=1e-4)
    assert result["energy"]["energy_low_uj"] is None and result["energy"]["uncertainty_uj"] is None
    assert main(window) == 0
    assert "no interval, as too few points were fitted to tell" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "{image},,,",
            "line 2: disco-f746ng-dsp: the firmware does not say which benchmark it runs: name it in column",
        ),
        ("{image},nothing,,", "line 2: "),
        ("{image},memset,main,", "line 2: the columns function and from or to exclude each other"),
        ("{image},,main,", "line 2: the columns from and to go together"),
    ],
)
def test_an_error_names_line_and_column(
    line: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = EXAMPLE.parents[2] / "firmware" / "images" / "disco-f746ng-dsp.elf"
    measured = tmp_path / "measured.csv"
    measured.write_text(f"image,function,from,to,supply_v,energy_uj\n{line.format(image=image)},3.3,2.5\n")
    assert main(["calibrate", "--board", "disco-f746ng", "--measurements", str(measured)]) == 2
    error = capsys.readouterr().err
    assert f"{measured}, {message}" in error and "--f" not in error and "--t" not in error


def test_the_help_names_all_columns(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        assert main(["calibrate", "--help"]) == 0
    printed = capsys.readouterr().out
    assert all(column in printed for column in COLUMNS)
