"""`simtiny run --sequence` on the real machine."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import simtiny
from simtiny.cli import main
from simtiny.errors import BadInput, Unpriced
from simtiny.lived import LifeResult, LifeStep
from simtiny.report.life_html import step_chart
from simtiny.report.life_text import chart_lines
from simtiny.report.run_html import run_page
from simtiny.request import Request
from tests.report.test_report import RESULT

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "json-schema.md"
STOP2_MA = 2.8e-3  # platforms/mcu/stm32l4r5zi.toml
LIFE = """
period_s = 10
sleep = "stop2"
[battery]
capacity_mah = 220
usable = 0.85
[[step]]
name = "sense"
duration_ms = 20
mode = "stop2"
extra_ma = 0.6
[[step]]
name = "infer"
infer = true
[[step]]
name = "send"
bytes = 300
baud = 115200
mode = "run"
extra_ma = 12
"""
INFER_AND_SLEEP = '[[step]]\nname = "infer"\ninfer = true\n'


def file(folder: Path, text: str = LIFE) -> Path:
    path = folder / "life.toml"
    path.write_text(text)
    return path


def test_table_and_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "run.json"
    assert main(["run", "ad01", "--sequence", str(file(tmp_path)), "--json", str(target)]) == 0
    (result,) = json.loads(target.read_text())["results"]
    life = result["life"]
    sense, infer, send, asleep = life["steps"]
    assert sense["current_ma"] == pytest.approx(0.6 + STOP2_MA)
    assert infer["energy_uj"] == pytest.approx(result["energy"]["energy_uj"])
    assert infer["duration_s"] == pytest.approx(result["latency_ms"] * 1e-3)
    assert send["duration_s"] == pytest.approx(3000 / 115200)
    assert send["current_ma"] == pytest.approx(12 + result["energy"]["mean_power_mw"] / 1.8)
    assert asleep["current_ma"] == pytest.approx(STOP2_MA)
    charges = [step["current_ma"] * step["duration_s"] * 1e3 for step in life["steps"]]
    assert life["mean_current_ua"] == pytest.approx((charges[0] + charges[1] + charges[2] + charges[3]) / 10)
    assert life["battery_days"] == pytest.approx(220e3 * 0.85 / life["mean_current_ua"] / 24)
    assert life["battery_days_low"] < life["battery_days"] < life["battery_days_high"]
    assert result["options"]["sequence"] == str(tmp_path / "life.toml")
    printed = capsys.readouterr().out
    assert "ad01: every 10.00 s at 1.8 V" in printed
    assert f"mean current: {life['mean_current_ua']:.1f} uA (90 % interval, of the inferences alone: " in printed
    assert f"battery: {life['battery_days']:.1f} days (" in printed
    assert "note: stop2 draws 2.8 uA (DS12023" in printed
    described = SCHEMA.read_text().split("## `simtiny.accuracy/1`")[0]
    for field in (*life, *sense, *life["battery"]):
        assert f"`{field}`" in described, field


@pytest.mark.parametrize("sleep", ["stop2", "clocked"])
def test_an_inference_and_sleep_are_as_with_a_period(tmp_path: Path, sleep: str) -> None:
    cycle = simtiny.run("ad01", period_s=0.5, sleep=sleep).duty_cycle
    life = simtiny.run("ad01", sequence=file(tmp_path, f'period_s = 0.5\nsleep = "{sleep}"\n{INFER_AND_SLEEP}')).life
    assert cycle is not None and life is not None
    assert life.mean_power_mw == pytest.approx(cycle.mean_power_mw, rel=1e-13)
    assert life.mean_current_low_ua is not None and life.mean_current_high_ua is not None
    assert life.mean_current_low_ua * 1.8e-3 == pytest.approx(cycle.mean_power_low_mw, rel=1e-13)
    assert life.mean_current_high_ua * 1.8e-3 == pytest.approx(cycle.mean_power_high_mw, rel=1e-13)


def test_a_step_at_a_clock_of_its_own_is_as_a_run_at_it(tmp_path: Path) -> None:
    text = f"period_s = 10\n{INFER_AND_SLEEP}clock_mhz = 60\n"
    life = simtiny.run("ad01", sequence=file(tmp_path, text), wait_states=5).life
    there = simtiny.run("ad01", clock_hz=60e6)
    assert life is not None and there.energy is not None
    assert life.steps[0].clock_hz == 60e6
    assert life.steps[0].duration_s == pytest.approx(there.latency_ms * 1e-3)
    assert life.steps[0].energy_uj == pytest.approx(there.energy.energy_uj)
    ends = there.energy.energy_high_uj - there.energy.energy_uj if there.energy.energy_high_uj else 0.0
    assert life.mean_current_high_ua == pytest.approx(life.mean_current_ua + ends / 1.8 / 10)


def test_what_does_not_go_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file(tmp_path)
    assert main(["run", "ad01", "--sequence", str(path), "--period", "1"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(BadInput, match="`sequence` says the period, and how the chip sleeps: leave `sleep` out"):
        Request(sequence=path, sleep="stop2")
    with pytest.raises(BadInput, match=r"`sequence`: key sleep: unknown sleep mode 'stop2' .did you mean stop"):
        simtiny.run("ad01", board="nucleo-h7a3zi-q", sequence=path)
    with pytest.raises(BadInput, match="`sequence`: a clock of 400 MHz: nucleo-l4r5zi runs at up to 120 MHz"):
        simtiny.run("ad01", sequence=file(tmp_path, f"period_s = 1\n{INFER_AND_SLEEP}clock_mhz = 400"))
    with pytest.raises(BadInput, match=r"`sequence`: the steps take 0.005\d* s, longer than the period of 0.001 s"):
        simtiny.run("ad01", sequence=file(tmp_path, f"period_s = 0.001\n{INFER_AND_SLEEP}"))
    (tmp_path / "mine.toml").write_text('board = "nucleo-g0b1re"\n[power]\n')
    with pytest.raises(Unpriced, match="no power model"):
        simtiny.run("ad01", board=tmp_path / "mine.toml", sequence=file(tmp_path, f"period_s = 1\n{INFER_AND_SLEEP}"))


STEPS = (
    LifeStep("a", "stop", "", None, 0.01, 0.001, 1.0, 1.0, 0.5),
    LifeStep("with a name too long", "run", "", 8e6, 0.1, 10.0, 1.0, 1.0, 0.5),
    LifeStep("off", "stop", "", None, 10.0, 0.0, 0.0, 0.0, 0.0),
)


def test_the_chart_of_the_terminal() -> None:
    assert chart_lines(STEPS)[2:-1] == [
        "               0.001     0.01      0.1       1         10",
        "a              #",
        "with a name to ########################################",
        "               ########################################",
        "off",
        "",
        "",
        "",
    ]


def test_the_chart_of_the_page() -> None:
    """Four decades of 40 pixels each; 1, 2 and 4 parts of the 88 % that the steps have."""
    life = LifeResult(11.0, 1.8, STEPS, 1.0, None, None, 1.0, None, None, None, None, ("a note",))
    chart = step_chart("<title>", life)
    assert [(text, y) for text, y in chart.ticks] == [("10", 0), ("1", 40), ("0.1", 80), ("0.01", 120), ("0.001", 160)][
        ::-1
    ]
    assert [column.height for column in chart.columns] == pytest.approx([0, 160, 0])
    assert [column.width for column in chart.columns] == pytest.approx([88 / 7, 176 / 7, 352 / 7])
    assert chart.columns[0].left == pytest.approx(12)
    assert chart.columns[2].left == pytest.approx(12 + 3 * 88 / 7)
    page = run_page([replace(RESULT, life=life)])
    assert "with a name too long" in page and "mean current: 1.000 uA" in page and "a note" in page
    assert 'id="life"' not in run_page([RESULT])


@pytest.mark.slow
def test_race_to_idle_or_slow_and_steady(tmp_path: Path) -> None:
    """In stop mode the fastest clock of the low core voltage is best, 80 MHz; with the clocks on, the slowest is."""

    def mean_current_ua(sleep: str, megahertz: int) -> float:
        path = file(tmp_path, f'period_s = 1\nsleep = "{sleep}"\n{INFER_AND_SLEEP}')
        life = simtiny.run("kws01", sequence=path, clock_hz=megahertz * 1e6).life
        assert life is not None
        return life.mean_current_ua

    clocks = (16, 40, 80, 120)
    assert min(clocks, key=lambda clock: mean_current_ua("stop2", clock)) == 80
    assert min(clocks, key=lambda clock: mean_current_ua("clocked", clock)) == 16
