"""Checks that no firmware ran for."""

from typing import Any

from simtiny.gate.result import IMPROVED, MISSING, OK, REGRESSED, Cause, Checked, CheckResult, Metric
from tests.report.test_report import RESULT


def metric(name: str, unit: str, value: float | None, baseline: float | None, **changes: Any) -> Metric:
    change = None if value is None or not baseline else value / baseline - 1
    given = {"low": None, "high": None, "limits": ("+2 %, at least 100 cycles",), "outcome": OK, "fails": False}
    return Metric(name=name, unit=unit, value=value, baseline=baseline, change=change, **(given | changes))


def made_up(**changes: Any) -> CheckResult:
    """One request that fails by 5 % of cycles, and one that is fine."""
    worse = Checked(
        "kws01",
        "nucleo-l4r5zi",
        (
            metric("latency", "ms", 52.5, 50.0, low=49.6, high=55.7, outcome=REGRESSED, fails=True),
            metric("cycles", "cycles", 6_300_000, 6_000_000, outcome=REGRESSED, fails=True),
            metric("energy", "uJ", 1_950.0, 2_000.0, outcome=IMPROVED),
            metric("ram", "bytes", 40_960, 40_960),
            metric("accuracy", "1", None, 0.9, outcome=MISSING, bigger_is_better=True),
        ),
        (
            Cause("function", "convolve", 4_000_000, 4_400_000, 1_200.0, 1_320.0, "src/conv.c", 20),
            Cause("layer", "1 SOFTMAX", 1_500_000, 1_400_000, None, None),
        ),
        "convolve takes 400,000 cycles more.",
        ("stand-in weights",),
        RESULT.to_dict(),
    )
    fine = Checked("ad01", "nucleo-l4r5zi", (metric("cycles", "cycles", 1_000_001, 1_000_000),), (), "", (), {})
    given = {"baseline": "simtiny-baseline.json", "updated": False, "gone": ("vww01",), "version": "1.2.3"}
    return CheckResult(checked=(worse, fine), **(given | changes))
