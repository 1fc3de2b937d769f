"""Study files, and the command that reads them: what is written, printed and refused."""

import csv
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import simtiny
from simtiny.cli import main
from simtiny.errors import BadInput
from simtiny.sweeps.study import read_study, study_of
from tests.report.test_schema import errors

STUDY = """
benchmark = "ad01"
board = ["nucleo-l4r5zi", "nucleo-u575*"]
clock = "16:48:16MHz"
voltage-range = ["1", 2]
supply = [1.8, "3.0:3.2:0.1"]
icache = [true, "off"]
minimise = "latency"
subject_to = "latency<50ms"
"""


def study(tmp_path: Path, text: str = STUDY) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(text)
    return path


def test_a_file_has_the_words_of_options(tmp_path: Path) -> None:
    found = study_of(read_study(study(tmp_path)))
    assert found.clock_hz == (16e6, 32e6, 48e6)
    assert found.supply_v == (1.8, 3.0, 3.1, 3.2)
    assert found.voltage_range == ("1", "2")
    assert found.instruction_cache == (True, False)
    assert found.subject_to == ("latency<50ms",)
    in_python = study(tmp_path, 'benchmark = "ad01"\nclock_hz = [16e6, "32MHz"]\nsupply_v = 3\n')
    assert study_of(read_study(in_python)).clock_hz == (16e6, 32e6)
    bare = study(tmp_path, 'benchmark = "ad01"\nclock = [16, 26.5, "32", "1:2:1", "8e0", "500kHz", "all"]\n')
    assert study_of(read_study(bare)).clock_hz == (16e6, 26.5e6, 32e6, 1e6, 2e6, 8e6, 500e3, "all")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clok = 26", "unknown key clok (did you mean clock?)"),
        ("wait_state = 2", "unknown key wait_state (did you mean wait-states?)"),
        ("clock = 26\nclock_hz = 26e6", "clock_hz is given twice"),
        ("clock = { low = 1 }", "key clock: expected a value or a list of values"),
        ("[clock]\nlow = 1", "key clock: expected a value or a list of values"),
        ("clock = [[26]]", "key clock: expected a value or a list of values"),
        ("clock = 2026-11-28", "`clock_hz` 2026-11-28MHz: expected a number or a range"),
        ("clock = nan", "expected a number"),
        ("clock = []", "clock is an empty list: name values, or leave it out"),
        ("voltage_range = []", "voltage_range is an empty list"),
        ("benchmark = []", "benchmark is an empty list"),
        ("subject-to = []", "subject-to is an empty list"),
        ('clock = ""', "`clock_hz`: a value is empty"),
        ('clock = [""]', "`clock_hz`: a value is empty"),
        ('sleep = ""', "`sleep` is empty"),
        ("prefetch = 1", "expected True or False"),
        ("clock =", "not TOML"),
        (f"a{'.a' * 60_000} = 1", "nested too deeply"),
        ('kernels = "quick"', "unknown kernels 'quick'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_the_file(tmp_path: Path, text: str, said: str) -> None:
    path = study(tmp_path, text + "\n")
    with pytest.raises(BadInput) as caught:
        read_study(path)
    assert str(caught.value).startswith(f"study {path}: ")
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_options_beside_a_study_override_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sweep", str(study(tmp_path)), "--clock", "26", "--board", "nucleo-l4r5zi", "--json"]
    assert main(arguments) == 0
    document = json.loads(capsys.readouterr().out)
    assert {point["clock_hz"] for point in document["points"]} == {26e6}
    assert {point["board"] for point in document["points"]} == {"nucleo-l4r5zi"}
    assert document["minimise"] == "latency"
    assert errors("sweep", document) == []
    in_python = simtiny.sweep(study=tmp_path / "study.toml", clock_hz=26e6, board="nucleo-l4r5zi").to_dict()
    assert in_python["points"] == document["points"] and in_python["best"] == document["best"]


def test_a_study_behind_json_is_read_and_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = study(tmp_path, 'benchmark = "ad01"\n')
    assert main(["sweep", "--json", str(path)]) == 0
    assert len(json.loads(capsys.readouterr().out)["points"]) == 1
    assert path.read_text() == 'benchmark = "ad01"\n'


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"points.{kind}" for kind in ("csv", "json", "html")]
    outputs = [word for name in names for word in (f"--{name.partition('.')[2]}", str(tmp_path / name))]
    assert main(["sweep", "ad01", "--clock", "26,80,500", "--supply", "1.8,3.0", *outputs]) == 0
    printed = capsys.readouterr().out
    assert "ad01 / nucleo-l4r5zi / least energy" in printed
    assert "2 illegal: a clock of 500 MHz: nucleo-l4r5zi runs at up to 120 MHz" in printed
    assert "1 execution served 6 points, 4 of them legal" in printed
    document = json.loads((tmp_path / "points.json").read_text())
    rows = list(csv.DictReader((tmp_path / "points.csv").open(newline="")))
    assert len(rows) == len(document["points"]) == 6
    for row, point in zip(rows, document["points"], strict=True):
        assert {name: str(value) for name, value in point.items() if value is not None and name in row} == {
            name: value for name, value in row.items() if value or point[name] is not None
        }
    assert (tmp_path / "points.html").read_text().startswith("<!DOCTYPE html>")


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="needs pyarrow")
def test_parquet(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert main(["sweep", "ad01", "--clock", "26,80,500", "--parquet", str(tmp_path / "points.parquet")]) == 0
    table = parquet.read_table(tmp_path / "points.parquet")
    assert table.num_rows == 3
    assert table["legal"].to_pylist() == [True, True, False]
    assert table["board"].to_pylist() == ["nucleo-l4r5zi"] * 3


def test_without_pyarrow_parquet_is_refused_before_the_work(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['pyarrow'] = None; import simtiny.sweeps.table_files as files; "
        "files.find_spec = lambda name: None; from simtiny.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["sweep", "ad01", "--parquet", str(tmp_path / "points.parquet")]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "error: a Parquet file needs pyarrow: pip install 'simtiny[parquet]'\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.toml", "b.toml"], "one study file at a time"),
        (["missing.toml"], "study missing.toml: No such file or directory"),
        (["ad01", "--clock", "16:120"], "--clock 16:120MHz: a range needs a step, too"),
        (["ad01", "--clock", "fast"], "--clock fast"),
        (["ad01", "--clock", ""], "--clock: a value is empty"),
        (["ad01", "--board", ""], "--board is empty"),
        (["ad01", "--board", "nucleo"], "unknown board 'nucleo'"),
        (["net.tflite"], "net.tflite is no benchmark, but a file: give it as a --model"),
        (["ad01", "--prefetch", "yes"], "--prefetch yes: expected on or off"),
        (["ad01", "--cache", "16K"], "--cache 16K: expected size/ways"),
        (["ad01", "--sleep", "stop2"], "--sleep goes with --period"),
        (["ad01", "--minimise", "speed"], "speed"),
        (["ad01", "--subject-to", "latency"], "--subject-to latency"),
        (["ad01", "--subject-to", "battery>100days"], "--sequence"),
        (["ad01", "--from", "a"], "--from and --to go together"),
        (["ad01", "--address", "0"], "--address is the load address of an --image"),
        (["--model", "no*.tflite"], "--model no*.tflite: no file has such a name"),
        (["ad01", "--csv", "/nowhere/x.csv"], "--csv /nowhere/x.csv"),
    ],
)
def test_what_means_nothing_ends_in_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", *arguments]) == 2
    written = capsys.readouterr()
    assert written.out == "" and written.err.count("\n") == 1
    assert said in written.err
