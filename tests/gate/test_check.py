"""`simtiny check` on firmware made for it: one cycle is found, and what can't be compared is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import simtiny
from simtiny.cli import main
from simtiny.errors import BadInput
from simtiny.gate.causes import located
from simtiny.gate.result import IMPROVED, MISSING, NEW, OK, OVER, REGRESSED, Cause, CheckResult, Metric
from simtiny.image_load import load
from tests.dwarf.programs import GCC, compiled
from tests.gate.programs import firmware
from tests.report.test_schema import errors

BASELINE = "simtiny-baseline.json"
WORK = "fw.elf,function=work"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("fw.elf", "same.elf"):
        Path(name).write_bytes(firmware(3))
    return tmp_path


def metrics(result: CheckResult) -> dict[str, Metric]:
    return {metric.name: metric for metric in result.checked[0].metrics}


def configured(text: str) -> None:
    Path("simtiny.toml").write_text(text)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["check", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and len(error) < 1000
    return error


def test_one_nop_more_is_one_cycle_more_and_its_function_is_named() -> None:
    assert simtiny.check(WORK, update=True).updated
    assert simtiny.check(WORK).passed
    Path("fw.elf").write_bytes(firmware(4))
    found = simtiny.check(WORK)
    assert not found.passed
    cycles = metrics(found)["cycles"]
    assert cycles.value is not None and cycles.baseline is not None
    assert cycles.value - cycles.baseline == 1
    assert (cycles.outcome, cycles.fails) == (REGRESSED, True)
    (cause,) = found.checked[0].causes
    assert (cause.kind, cause.name, cause.cycles_now - cause.cycles_before) == ("function", "work", 1)
    assert found.checked[0].words.startswith(f"{WORK}: 1 cycle more (+")
    assert found.checked[0].words.endswith("): work +1")
    Path("fw.elf").write_bytes(firmware(2))
    assert metrics(simtiny.check(WORK))["cycles"].outcome == IMPROVED


def test_two_runs_are_equal_to_the_bit() -> None:
    simtiny.check(WORK, update=True)
    first = Path(BASELINE).read_bytes()
    simtiny.check(WORK, update=True, fresh=True)
    assert Path(BASELINE).read_bytes() == first


def test_an_older_image_takes_the_place_of_a_baseline() -> None:
    Path("new.elf").write_bytes(firmware(5))
    found = simtiny.check(image="new.elf", function="work", base_image="fw.elf", jobs=1)
    assert [cause.cycles_now - cause.cycles_before for cause in found.checked[0].causes] == [2]
    assert (found.baseline, found.passed) == ("fw.elf", False)
    assert simtiny.check("fw.elf,function=work", base_image="fw.elf").passed
    with pytest.raises(BadInput, match="`base_image` takes the place of an image, and ad01 has none"):
        simtiny.check("ad01", base_image="fw.elf")


def test_what_was_not_asked_for_is_kept() -> None:
    simtiny.check([WORK, "same.elf,function=work"], update=True, jobs=1)
    before = json.loads(Path(BASELINE).read_text())["requests"]
    Path("fw.elf").write_bytes(firmware(4))
    found = simtiny.check(WORK, update=True)
    assert (found.passed, found.gone) == (False, ("same.elf,function=work",))
    after = json.loads(Path(BASELINE).read_text())["requests"]
    assert after["same.elf,function=work"] == before["same.elf,function=work"]
    assert after[WORK]["metrics"]["cycles"] == before[WORK]["metrics"]["cycles"] + 1
    assert [each.name for each in simtiny.check(jobs=1).checked] == [WORK, "same.elf,function=work"]


def test_either_tolerance_may_permit() -> None:
    def outcome(limit: str) -> str:
        configured(f"limits.cycles = {limit}")
        return metrics(simtiny.check(WORK))["cycles"].outcome

    simtiny.check(WORK, update=True)
    Path("fw.elf").write_bytes(firmware(4))
    cycles = metrics(simtiny.check(WORK))["cycles"].value
    assert cycles is not None
    assert outcome("{ floor = 1 }") == OK
    assert outcome('{ regression = "1 %", floor = 1 }') == OK
    assert outcome('{ regression = "50 %" }') == OK
    assert outcome('{ regression = "0.5 %" }') == REGRESSED
    assert outcome('{ regression = "any" }') == OK
    assert outcome(f'{{ regression = "any", max = {cycles:.0f} }}') == OK
    assert outcome(f'{{ regression = "any", max = {cycles - 1:.0f} }}') == OVER


def test_regions_and_missing_metrics() -> None:
    configured(
        """
        baseline = "none"
        [requests.work]
        image = "fw.elf"
        function = "work"
        [requests.work.limits]
        accuracy = { min = "90 %", missing = "warn" }
        stack = { max = "1 KiB" }
        regions.work.cycles = { max = 4 }
        regions.other.cycles = { max = 4, missing = "ignore" }
        """
    )
    found = metrics(simtiny.check())
    assert (found["cycles:work"].outcome, found["cycles:work"].limits[0]) == (OVER, "at most 4 cycles")
    assert (found["accuracy"].outcome, found["accuracy"].fails) == (MISSING, False)
    assert (found["cycles:other"].outcome, found["cycles:other"].fails) == (MISSING, False)
    assert (found["stack"].value, found["stack"].outcome) == (0, NEW)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('limits.latency = { max = "2 kHz" }', "latency is in s, ms, us, ns"),
        ("limits.latency = { max = 2 }", 'such as "2 ms"'),
        ('limits.latency = { max = "-2 ms" }', "not negative"),
        ("limits.cycles = { max = nan }", "not a number"),
        ('limits.cycles = { max = "nan" }', "not negative"),
        ("limits.cycles = { max = true }", "expected a number"),
        ('limits.cycles = { regression = "2" }', 'such as "2 %"'),
        ('limits.cycles = { regression = "-2 %" }', "not negative"),
        ("limits.cycle = { max = 2 }", "did you mean cycles?"),
        ("limits.cycles = { most = 2 }", "unknown key 'most'"),
        ('limits.missing = "never"', "choose from fail, warn, ignore"),
        ("limit.cycles = { max = 2 }", "did you mean limits?"),
        ('requests.a = { bench = "ad01" }', "did you mean benchmark?"),
        ("requests.a = { clock_hz = 8e7 }", "say what runs"),
        ('requests.a = "ad02"', "did you mean ad01?"),
        ('requests."a\\nb" = "ad01"', "1 to 500 letters"),
        ('requests.a = "ad01"\nrequests.a = "kws01"', "not TOML"),
        ('requests.a = { benchmark = "ad01", period_s = 1 }', "changes nothing that is checked"),
        ("requests = 3", "expected a table"),
        ("x" * 2_000_000, "larger than 1 MiB"),
    ],
)
def test_what_is_wrong_with_a_configuration(text: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    configured(text)
    assert says in refused(capsys)


def baseline(change: Callable[[dict[str, object]], object]) -> None:
    document = json.loads(Path(BASELINE).read_text())
    (entry,) = document["requests"].values()
    change(entry)
    Path(BASELINE).write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda entry: entry.update(board="other", board_sha256=""), "is of board other, and this is nucleo-l4r5zi"),
        (lambda entry: entry.update(board_sha256=""), "its platform file has changed"),
        (lambda entry: entry.update(counting_sha256=""), "which counts or prices otherwise"),
        (lambda entry: entry["options"].update(clock_hz=8e7), "with --clock 80 MHz, and this is without --clock"),
        (lambda entry: entry["operating_point"].update(clock_hz=1e6), "at a clock of 1 MHz"),
        (lambda entry: entry.update(supply_v=3.0), "at a supply of 3.0 V"),
        (lambda entry: entry.update(other=1), "unknown field `other`"),
        (lambda entry: entry["metrics"].update(cycles=-1), ">= 0"),
        (lambda entry: entry["metrics"].update(speed=1), "unknown metric 'speed'"),
    ],
)
def test_what_is_refused(
    change: Callable[[dict[str, object]], object], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", WORK, "--update"]) == 0
    baseline(change)
    capsys.readouterr()
    assert says in refused(capsys, WORK)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\0garbage", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"schema":' + b"[" * 100 + b"]" * 100 + b"}", "nested too deeply"),
        (b'{"schema": "simtiny.baseline/2", "requests": {}}', "this simtiny reads simtiny.baseline/1"),
        (b'{"schema": "simtiny.baseline/1", "requests": []}', "Expected `object`"),
        (b'{"schema": "simtiny.baseline/1"}', "Expected `object`"),
        (b"[]", "it has no schema"),
        (b" " * (17 << 20), "larger than 16 MiB"),
    ],
)
def test_what_is_no_baseline(content: bytes, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(BASELINE).write_bytes(content)
    assert says in refused(capsys, WORK)


def test_other_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no baseline simtiny-baseline.json yet: write one by --update" in refused(capsys, WORK)
    assert "asked for twice" in refused(capsys, "ad01", "ad01")
    assert "Is a directory" in refused(capsys, WORK, "--baseline", ".")
    Path("x86.elf").write_bytes(firmware(1, machine=62))
    assert "x86.elf" in refused(capsys, "x86.elf,function=work", "--update")
    for name in ("<script>", "a;b", "a\nb", "a" * 10_000, "\0"):
        refused(capsys, name)
    assert not Path(BASELINE).exists()


def test_names_of_any_sort_in_an_image(capsys: pytest.CaptureFixture[str]) -> None:
    for name, told in (("a;b", "a;b"), ("<script>", "<script>"), ("a\nb", "a?b"), ("a" * 10_000, f"{'a' * 57}...")):
        Path("old.elf").write_bytes(firmware(1, name))
        Path("new.elf").write_bytes(firmware(2, name))
        configured('baseline = "none"\n[requests.it]\nimage = "new.elf"\n' + f"function = {json.dumps(name)}")
        assert main(["check", "--base-image", "old.elf", "--jobs", "1"]) == 1
        assert f": {told} +1" in "".join(capsys.readouterr().out.split("\n"))


def test_the_document_and_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", WORK, "same.elf,function=work", "--update", "--jobs", "1"]) == 0
    Path("fw.elf").write_bytes(firmware(4))
    capsys.readouterr()
    assert main(["check", "--jobs", "1", "--json"]) == 1
    written = json.loads(capsys.readouterr().out)
    assert errors("check", written) == []
    assert [each["passed"] for each in written["requests"]] == [False, True]
    assert main(["check"]) == 1
    out, err = capsys.readouterr()
    assert "unchanged: fw.elf,function=work (1), same.elf,function=work (all 5)" in " ".join(out.split())
    assert "error: 1 of 2 requests failed: fw.elf,function=work (latency ms, energy uJ, cycles, flash bytes)" in err


@pytest.mark.skipif(shutil.which(GCC[0]) is None, reason="needs arm-none-eabi-gcc")
def test_a_cause_is_where_its_function_is_declared_with_the_folder_that_a_checkout_is_known_by(folder: Path) -> None:
    """`work` is in line 9 of its file; its first instruction belongs to the loop below."""
    image = load(compiled(folder, GCC, "-O2"))
    of_function, of_layer = located([Cause(kind, "work", 1, 2, None, None) for kind in ("function", "layer")], image)
    assert (of_function.file, of_function.line) == (str(folder / "program.c"), 9)
    assert (of_layer.file, of_layer.line) == ("", 0)


def test_a_name_of_the_configuration_that_is_mistyped(capsys: pytest.CaptureFixture[str]) -> None:
    configured('[requests.process]\nimage = "fw.elf"\nfunction = "work"\n')
    assert refused(capsys, "proces").endswith("such as clock=80 (did you mean process?)\n")


def test_a_table_of_pyproject_is_a_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").write_text('[project]\nname = "x"\n[tool.simtiny.requests]\napp = "fw.elf,function=work"\n')
    assert main(["check", "--update"]) == 0
    assert list(json.loads(Path(BASELINE).read_text())["requests"]) == ["app"]
    assert main(["check"]) == 0
    Path("pyproject.toml").write_text("[tool.simtiny]\nlimit = {}\n")
    assert "unknown key 'limit' (did you mean limits?)" in refused(capsys)


def test_limits_hold_at_their_border() -> None:
    cycles = metrics(simtiny.check(WORK, update=True))["cycles"].value
    assert cycles is not None
    configured(f'[requests]\nfw = "{WORK}"\n[limits]\ncycles = {{ max = {cycles:.0f} }}\n')
    simtiny.check("fw", update=True)
    assert simtiny.check("fw").passed
    configured(f'[requests]\nfw = "{WORK}"\n[limits]\ncycles = {{ max = {cycles - 1:.0f} }}\n')
    assert metrics(simtiny.check("fw"))["cycles"].outcome == OVER
