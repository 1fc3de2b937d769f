"""What a check reads: its configuration, and its baseline."""

import io
from collections.abc import Mapping
from functools import cache

from rich.console import Console

from simtiny.gate.baseline import read_baseline, written
from simtiny.gate.configuration import read_configuration
from simtiny.gate.figures import Figures, refusal
from simtiny.gate.judge import judged
from simtiny.gate.limits import limits_of
from simtiny.gate.result import CheckResult
from simtiny.report.check_text import check_report
from tests.fuzz import mutations
from tests.fuzz.surface import Surface, scratch
from tests.fuzz.surface import written as in_file

_CONFIGURATION = b"""
baseline = "base.json"
data = "data"
[requests.kws]
benchmark = "kws01"
board = "own.toml"
[requests.work]
image = "fw.elf"
function = "work"
[requests.work.limits]
ram = { max = "64 KiB", missing = "warn" }
[limits]
missing = "ignore"
latency = { max = "100 ms", regression = "2 %", floor = "0.1 ms" }
accuracy = { min = "90 %" }
[limits.regions.work]
cycles = { max = 100, regression = "any" }
"""


def _figures() -> Figures:
    return Figures(
        board="nucleo-l4r5zi",
        board_sha256="a",
        image_sha256="b",
        options={"image": "fw.elf", "function": "work"},
        operating_point={"clock_hz": 8e7, "prefetch": True, "voltage_range": "1"},
        metrics={"cycles": 7, "latency": 0.1, "energy": 2.5},
        simtiny="0",
        counting_sha256="c",
        pricing_sha256="d",
        supply_v=1.8,
        functions={"work": (7, 2.5)},
        layers={"layer 0 CONV_2D": (7, None)},
    )


@cache
def _configurations() -> tuple[bytes, ...]:
    return (_CONFIGURATION, b'requests.a = "kws01,clock=80"')


def _configured(data: bytes) -> None:
    read_configuration(in_file("simtiny.toml", data))


@cache
def _baselines() -> tuple[bytes, ...]:
    return (written({"fw": _figures(), "other": _figures()}, scratch()),)


def _baseline(data: bytes) -> None:
    """Compared with a run, written again, and shown."""
    now = _figures()
    limits = limits_of({"regions": {"work": {"latency": {"max": "1 ms"}}, "layer 0": {"energy": {}}}}, "limits")
    result = {"latency_low_ms": 0.1, "latency_high_ms": 0.2, "energy": None}
    for name, then in read_baseline(in_file("base.json", data)).items():
        refusal(then, now)
        checked = judged(name, now, then, limits, result)
        report = check_report(CheckResult((checked,), "base.json", False, (), "0"))
        Console(file=io.StringIO(), width=80).print(report)
        written({name: then}, scratch())


SURFACES: Mapping[str, Surface] = {
    "check": Surface(_configurations, _configured, 40, mutations.mutated_text),
    "baseline": Surface(_baselines, _baseline, 40, mutations.mutated_json),
}
