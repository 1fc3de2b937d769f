"""Measurements of a user's own, from the file to the power model that they change."""

from pathlib import Path
from typing import Any

import pytest

import simtiny
from simtiny import api
from simtiny.board import power_model
from simtiny.board_file import load_board
from simtiny.calibration.observe import read_measurements
from simtiny.calibration.overlay import overlay
from simtiny.cli import main
from simtiny.errors import BadInput
from simtiny.mlperf import measure
from simtiny.mlperf.measurement import Flashed, Measurement
from tests.validation.test_outcomes import flash_content

BOARD = "nucleo-l4r5zi"


def test_a_measurement_moves_the_prediction_to_itself(tmp_path: Path) -> None:
    image = tmp_path / "ad.bin"
    image.write_bytes(flash_content())
    before = simtiny.run(image=image, address=0x0800_0000)
    assert before.energy is not None
    current_ma = 1.25 * before.energy.mean_power_mw / 1.8
    table = tmp_path / "measured.csv"
    table.write_text(f"image,address,supply_v,clock_hz,current_ma\nad.bin,0x08000000,1.8,120e6,{current_ma}\n")
    found = api.calibrate(BOARD, measurements=table)
    assert found.fit.free == ("dynamic",)
    mine = tmp_path / "mine.toml"
    mine.write_text(overlay(BOARD, found))
    after = simtiny.run(image=image, address=0x0800_0000, board=str(mine))
    assert after.energy is not None
    assert after.energy.energy_uj == pytest.approx(1.25 * before.energy.energy_uj, rel=1e-4)
    assert after.energy.calibrated_on == ("measured.csv line 2: ad.bin",)
    assert power_model(load_board(str(mine))).static_uw == power_model(load_board(BOARD)).static_uw
    table.write_text("image,address,supply_v,clock_hz,energy_uj\nad.bin,0x08000000,1.8,80e6,100\n")
    with pytest.raises(BadInput, match=r"line 2: clock_hz 80,000,000, but the firmware programs 120,000,000 Hz"):
        api.calibrate(BOARD, measurements=table)


def test_fresh_runs_an_image_once_whatever_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs, measures = [], measure.measure

    def measured(flashed: Flashed, *arguments: Any, **words: Any) -> Measurement:
        runs.append(flashed.title)
        return measures(flashed, *arguments, **words)

    monkeypatch.setattr(measure, "measure", measured)
    (tmp_path / "ad.bin").write_bytes(flash_content())
    table = tmp_path / "measured.csv"
    table.write_text("image,address,supply_v,energy_uj\nad.bin,0x08000000,1.8,300\nad.bin,0x08000000,3.0,500\n")
    first = api.calibrate(BOARD, measurements=table)
    assert api.calibrate(BOARD, measurements=table).fit == first.fit and len(runs) == 1
    assert api.calibrate(BOARD, measurements=table, fresh=True).fit == first.fit and len(runs) == 2
    assert main(["calibrate", "--board", BOARD, "--measurements", str(table), "--fresh"]) == 0 and len(runs) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,supply_v,energy\na,1.8,1\n", r"unknown column 'energy': its unit is missing: energy_uj"),
        ("image,supply_v,colour\na,1.8,1\n", r"unknown column 'colour': known are image,"),
        (
            "image,supply_v,current_mA\na,1.8,1\n",
            r"unknown column 'current_mA' \(did you mean current_ma\?\): known are image",
        ),
        ("image,supply_v,energy_mj\na,1.8,1\n", "'energy_mj': its unit is another: convert it to energy_uj"),
        ("image,supply_v,functoin\na,1.8,f\n", r"'functoin' \(did you mean function\?\): known are image"),
        ("a.elf,1.8,1\nb.elf,1.8,1\n", "line 1: no names of columns: known are image,"),
        ("image,energy_uj\na,1\n", "no column supply_v"),
        ("image,supply_v\na,1.8\n", "no column energy_uj or current_ma"),
        ("image,supply_v,energy_uj\n", "there are no measurements in it"),
        ("image,supply_v,energy_uj\na,1.8\n", "line 2: not as many values as columns"),
        ("image,supply_v,energy_uj\na,1.8,1,2\n", "line 2: not as many values as columns"),
        ("image,supply_v,energy_uj\n\n\na,1.8\n", "line 4: not as many values as columns"),
        ("image,supply_v,energy_uj,supply_v\na,1.8,1,1.8\n", "line 1: the column supply_v is there twice"),
        ("image;supply_v;energy_uj\na;1,8;1\n", "separate the columns by commas"),
        (f"image,supply_v,energy_uj\n{'a' * 200_000},1.8,1\n", "line 2: field larger than"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "measured.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=message):
        read_measurements(path)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_a_table_in_another_encoding_is_refused_in_words(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "measured.csv"
    path.write_text("image,supply_v,energy_uj\nBüro.elf,1.8,1\n", encoding=encoding)
    with pytest.raises(BadInput, match=r"measured\.csv: no text in UTF-8: save it as CSV in UTF-8"):
        read_measurements(path)


def test_what_spreadsheets_add_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "measured.csv"
    path.write_bytes(b"\xef\xbb\xbf image , supply_v,energy_uj,\r\n\r\n a.bin, 1.8 ,5,\r\n,,,\r\n")
    (row,) = read_measurements(path)
    assert (row.line, row.image, row.supply_v, row.energy_uj, row.stack) == (3, "a.bin", 1.8, 5.0, "a.bin")


@pytest.mark.parametrize(
    ("supply_v", "energy_uj", "current_ma", "benchmark", "message"),
    [
        ("5", "300", "", "", r"a supply of 5 V is outside"),
        ("1.8", "1e308", "", "", r"1e\+308 uJ in .* ms: no microcontroller draws .* W on average"),
        ("1.8", "1e-320", "", "", ".* uJ in .* ms: no microcontroller draws 0 W"),
        ("1.8", "", "20000", "", "20000 mA at 1.8 V: no microcontroller draws 36 W on average"),
        ("1.8", "300", "", "ad02", "unknown benchmark 'ad02'"),
    ],
)
def test_what_comes_out_wrong_is_told_with_its_line(
    tmp_path: Path, supply_v: str, energy_uj: str, current_ma: str, benchmark: str, message: str
) -> None:
    (tmp_path / "ad.bin").write_bytes(flash_content())
    path = tmp_path / "measured.csv"
    header = "image,address,supply_v,energy_uj,current_ma,benchmark"
    path.write_text(f"{header}\nad.bin,0x08000000,{supply_v},{energy_uj},{current_ma},{benchmark}\n")
    with pytest.raises(BadInput, match=rf"measured\.csv, line 2: {message}"):
        api.calibrate(BOARD, measurements=path)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.bin,1.8,-5,", "line 2: energy_uj -5 must be positive"),
        ("a.bin,1.8,much,", "line 2: energy_uj 'much' is not a number"),
        ("a.bin,1.8,5,5", "line 2: supply_v and one of energy_uj and current_ma are needed"),
        ("a.bin,,5,", "line 2: supply_v and one of"),
        ("a.bin,1.8,1_000,", "line 2: energy_uj '1_000' is not a number"),
        ("absent.bin,1.8,5,", r"measured\.csv, line 2: .*absent\.bin: No such file"),
        ("a\0.bin,1.8,5,", r"measured\.csv, line 2: .*null"),
        (",1.8,5,", "line 2: no image"),
    ],
)
def test_what_is_wrong_with_a_row(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "measured.csv"
    path.write_text(f"image,supply_v,energy_uj,current_ma\n{row}\n")
    with pytest.raises(BadInput, match=message):
        api.calibrate(BOARD, measurements=path)


def test_records_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMTINY_CACHE", str(tmp_path))
    with pytest.raises(BadInput, match="nothing to calibrate on"):
        api.calibrate(BOARD)
    with pytest.raises(BadInput, match="no record of nucleo-l4r5zi with an energy and a published image"):
        api.calibrate(BOARD, ["v9.9"])
    with pytest.raises(BadInput, match="is not in the cache: run `simtiny fetch images`"):
        api.calibrate(BOARD, ["v1.2 STM"])
