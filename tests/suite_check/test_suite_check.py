"""Programs that users build, held to recorded cycles: small programs of our own stand for those of a suite."""

from dataclasses import replace
from math import sqrt
from pathlib import Path

import pytest

import simtiny
from simtiny.errors import BadInput
from simtiny.mlperf.workload import build
from simtiny.request import Request
from simtiny.suite_check.compare import compare, rows_of, runs_needed
from simtiny.suite_check.programs import find_programs
from simtiny.suite_check.readings import Asked, Readings, of_output, read
from simtiny.suite_check.result import SuiteCheck, SuiteRow, chance
from simtiny.suite_check.suite import SUITES, Printed, Triggered, suite_named
from simtiny.suites import Figure, of_suite
from tests.exec.firmware import OWN, program, writes

KEM = "crypto_kem_ml-kem-512_m4fspeed_speed"


def figure(name: str, part: str) -> Figure:
    return next(each for each in of_suite("pqm4") if each.name == name and each.part == part)


def built(folder: Path, text: bytes, name: str = KEM) -> Path:
    """A program that prints `text`."""
    return program(folder, writes(text), f"{name}.bin")


def asked(path: Path, measured: Printed | Triggered) -> Asked:
    return Asked(build(Request(image=str(path), board="nucleo-l4r5zi")).flashed, measured, 5_000_000)


def none(done: int, total: int) -> None:
    """No progress is shown."""


def test_what_pqm4_prints_is_read_by_part() -> None:
    text = "====\nkeypair cycles:\n100\nencaps cycles:\n200\nOK KEYS\n\n+\nkeypair cycles:\n102\nencaps cycles:\n204\n#"
    assert of_output(text) == Readings({"keypair": (100.0, 102.0), "encaps": (200.0, 204.0)})
    assert of_output("verify cycles:\n7\nERROR Signature did not verify\n#").said == "ERROR Signature did not verify"
    assert of_output("keypair cycles:\nmany\nkeypair cycles: -3\n").cycles == {}


def test_a_program_is_run_and_its_own_measurement_set_beside_the_record(tmp_path: Path) -> None:
    built(tmp_path, b"keypair cycles:\n392423\nencaps cycles:\n400000\ndecaps cycles:\n400000\n#")
    result = compare("pqm4", tmp_path, 1, none)
    # Recorded: 392,423, 390,881 and 428,167.
    assert [row.error for row in result.rows] == pytest.approx([0, 400 / 390.881 - 1, 400 / 428.167 - 1], abs=1e-9)
    assert result.failed == () and len(result.missing) == 137
    assert all(row.judged and row.runs == 1 for row in result.rows)


def test_a_part_that_is_not_printed_and_a_program_that_prints_nothing_fail(tmp_path: Path) -> None:
    built(tmp_path, b"keypair cycles:\n392423\n#")
    built(tmp_path, b"hello", "crypto_sign_mayo1_m4f_speed")
    result = compare("pqm4", tmp_path, 1, none)
    assert [row.figure.part for row in result.rows] == ["keypair"]
    reasons = {each.program: each.reason for each in result.failed}
    assert reasons[KEM] == "it has printed no cycles of encaps, decaps"
    assert "it printed 5 bytes, none of them a measurement" in reasons["crypto_sign_mayo1_m4f_speed"]


def test_chance_follows_from_the_recorded_range() -> None:
    # Ten runs scattered over a range of 3.078 standard deviations, by Tippett's table.
    one = replace(figure("ml-kem-512 m4fspeed", "keypair"), value=1000.0, minimum=984.61, maximum=1015.39, runs=10)
    assert chance(one, 1) == pytest.approx(0.01 * sqrt(1 / 10 + 1))
    assert chance(replace(one, minimum=None), 1) == 0
    assert runs_needed([one]) == 2
    assert runs_needed([replace(one, minimum=500.0, maximum=1500.0)]) == 1  # no number of runs would do
    assert not SuiteRow(one, 1000.0, 900.0, 1100.0, 1).judged and SuiteRow(one, 1000.0, 900.0, 1100.0, 2).judged


def test_an_error_is_of_the_time_whatever_the_unit_is() -> None:
    rate = replace(figure("ml-kem-512 m4fspeed", "keypair"), unit="coremark/mhz", value=3.0)
    assert SuiteRow(rate, 2.4, 2.2, 2.6, 1).error == pytest.approx(0.25)


def test_statistics_are_by_use_and_kind_and_leave_chance_out() -> None:
    held = figure("ml-kem-512 m4fspeed", "keypair")
    held = replace(held, use="predicted", value=100.0, minimum=100.0, maximum=100.0)
    rows = [SuiteRow(held, each, 90.0, 110.0, 1) for each in (101.0, 97.0)]
    random = SuiteRow(replace(held, minimum=10.0, maximum=400.0), 300.0, 270.0, 330.0, 1)
    c = SuiteRow(replace(held, kind="c"), 106.0, 100.0, 112.0, 1)
    seen = SuiteRow(replace(held, use="looked-at"), 200.0, 180.0, 220.0, 1)
    found = SuiteCheck(SUITES["pqm4"], (*rows, random, c, seen), (), ()).summaries
    assert [(each.use, each.kind, each.count) for each in found] == [
        *[("predicted", "assembly", 2), ("predicted", "c", 1), ("predicted", "all", 3)],
        ("looked-at", "assembly", 1),
    ]
    assert found[0].mean_error == pytest.approx(0.02) and found[0].bias == pytest.approx(-0.01)
    assert found[0].met is False and found[0].inside == 2  # 2 % on the mean, where 1.5 % is asked for


def test_a_measurement_goes_from_trigger_to_trigger() -> None:
    found = read(None, asked(OWN, Triggered("frame_begins", "frame_ends")))
    window = simtiny.run(image=OWN, board="nucleo-l4r5zi", start="frame_begins", end="frame_ends")
    assert found.cycles == {"": (float(window.cycles),)}


def test_a_figure_of_one_iteration_is_by_the_calls_of_a_function() -> None:
    whole = read(None, asked(OWN, Triggered("frame_begins", "frame_ends"))).cycles[""][0]
    per_call = read(None, asked(OWN, Triggered("frame_begins", "frame_ends", per="process_frame", calls=2)))
    assert per_call.cycles[""][0] == pytest.approx(whole * 2 / 8)  # the example has eight frames


def test_an_image_without_the_triggers_says_which_is_missing(tmp_path: Path) -> None:
    found = read(None, asked(built(tmp_path, b"x"), Triggered("start_trigger", "stop_trigger")))
    assert found.failure is not None and "it has no symbol start_trigger" in found.failure


def test_programs_are_found_by_name_below_the_folder(tmp_path: Path) -> None:
    inner = tmp_path / "bd" / "src" / "crc32"
    inner.mkdir(parents=True)
    (inner / "crc32").write_bytes(b"x")
    (inner / "crc32.o").write_bytes(b"x")
    (tmp_path / "edn.bin").write_bytes(b"x")
    (tmp_path / "edn.elf").write_bytes(b"x")
    found = find_programs(tmp_path, ["crc32", "edn", "ud"], SUITES["embench"])
    assert found == {"crc32": inner / "crc32", "edn": tmp_path / "edn.elf"}


def test_folders_that_hold_nothing_or_too_much_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no such folder: `scons .*` of embench/embench-iot@09c2ed8 builds"):
        find_programs(tmp_path / "none", ["crc32"], SUITES["embench"])
    with pytest.raises(BadInput, match="holds no program of embench, such as crc32"):
        find_programs(tmp_path, ["crc32"], SUITES["embench"])
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "crc32.elf").write_bytes(b"x")
    with pytest.raises(BadInput, match=r"crc32\.elf is there twice"):
        find_programs(tmp_path, ["crc32"], SUITES["embench"])
    with pytest.raises(BadInput, match=r"there is no suite 'pqm5' \(did you mean pqm4"):
        suite_named("pqm5")


def test_a_run_that_failed_has_no_rows(tmp_path: Path) -> None:
    figures = [figure("ml-kem-512 m4fspeed", "keypair")]
    question = asked(built(tmp_path, b"x"), Printed("#"))
    assert rows_of(figures, [Readings({"keypair": (1.0,)}), Readings(failure="FirmwareFault: x")], question) == (
        (),
        "FirmwareFault: x",
    )


def test_a_damaged_file_fails_alone(tmp_path: Path) -> None:
    built(tmp_path, b"keypair cycles:\n392423\nencaps cycles:\n1\ndecaps cycles:\n1\n#")
    (tmp_path / "crypto_sign_mayo1_m4f_speed.elf").write_bytes(b"\x7fELF" + bytes(60))
    result = compare("pqm4", tmp_path, 1, none)
    assert len(result.rows) == 3
    assert [each.program for each in result.failed] == ["crypto_sign_mayo1_m4f_speed"]
    assert "\n" not in result.failed[0].reason
