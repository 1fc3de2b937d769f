"""Checks made by hand, which the tests of their outputs share."""

from typing import Any

from simtiny.gate.result import IMPROVED, MISSING, NEW, OK, OVER, REGRESSED, Cause, Checked, CheckResult, Metric

HOSTILE = (
    "a;b",
    "<script>alert(1)</script>",
    "one\ntwo\r\n::error::three",
    "a|b||c",
    "`code` ``more`` *bold* _it_ ~~gone~~",
    "@octocat closes #1, !2 and https://example.org/x www.example.org",
    "--> <!-- </details>",
    "[text](javascript:alert(1)) ![x](y) &lt; &#64;",
    '\\" quoted \\n {label="x"} 100% $(id) ${{ github.token }}',
    "null\0 bell\a escape\x1b[31m right-to-left\u202e lone\udc80",
    "=1+1",
    "",
    "x" * 10_240,
    "y" * 10_240 + "1",
    "y" * 10_240 + "2",
)


def metric(name: str = "cycles", **fields: Any) -> Metric:
    plain: dict[str, Any] = {
        "unit": "cycles",
        "value": 1000.0,
        "low": None,
        "high": None,
        "baseline": 1000.0,
        "change": 0.0,
        "limits": ("+2 %",),
        "outcome": OK,
        "fails": False,
    }
    return Metric(name, **{**plain, **fields})


CAUSES = (
    Cause("function", "matmul", 900.0, 931.0, 0.3, 0.31, "src/matmul.c", 12),
    Cause("function", "main", 100.0, 99.0, None, None),
)
IDENTITY = {
    "image_sha256": "1" * 64,
    "model_sha256": None,
    "plan_sha256": None,
    "input_sha256": None,
    "board_sha256": "2" * 64,
    "engine": "unicorn 2.1.4",
}


def checked(name: str = "kws01", *metrics: Metric, **fields: Any) -> Checked:
    plain: dict[str, Any] = {
        "board": "nucleo-l4r5zi",
        "causes": (),
        "words": "",
        "notes": (),
        "result": {"title": name, "identity": IDENTITY},
    }
    return Checked(name, metrics=metrics, **{**plain, **fields})


def result(*requests: Checked, **fields: Any) -> CheckResult:
    plain: dict[str, Any] = {"baseline": "simtiny-baseline.json", "updated": False, "gone": (), "version": "0.1.0"}
    return CheckResult(requests, **{**plain, **fields})


REGRESSION = result(
    checked(
        "kws01",
        metric(
            "latency",
            unit="ms",
            value=50.5,
            low=46.25,
            high=54.5,
            baseline=50.0,
            change=0.01,
            limits=("+0.5 %, at least 100 cycles", "at most 100 ms"),
            outcome=REGRESSED,
            fails=True,
        ),
        metric("cycles", value=1030.0, change=0.03),
        metric("latency:matmul", unit="ms", value=0.5, baseline=0.5),
        metric("flash", unit="bytes", value=53_369.0, baseline=53_368.0, change=1 / 53_368),
        metric("ram", unit="bytes", value=26_000.0, baseline=26_000.0),
        metric("accuracy", unit="1", value=0.875, baseline=0.875, bigger_is_better=True),
        causes=CAUSES,
        words="matmul explains 31 of the 30 cycles that it is slower.",
        notes=("the firmware waits for an interrupt",),
    ),
    checked(
        "my app",
        metric("energy", unit="uJ", value=1500.0, baseline=1600.0, change=-0.0625, outcome=IMPROVED),
        metric("stack", unit="bytes", value=None, baseline=512.0, change=None, outcome=MISSING),
        metric("ram", unit="bytes", value=9_000.0, baseline=None, change=None, outcome=NEW),
        metric("flash", unit="bytes", value=90_000.0, baseline=90_000.0, outcome=OVER, fails=True),
    ),
    gone=("vww01",),
)
EMPTY = result()
STRANGE = result(
    *(
        checked(
            name,
            metric(f"latency:{name}", unit="ms", value=1.5, baseline=1.0, change=0.5, outcome=REGRESSED, fails=True),
            *(metric(f"cycles:{other}") for other in HOSTILE),
            causes=tuple(Cause("function", other, 1.0, 2.0, None, None, other, 1) for other in HOSTILE),
            words=f"{name} is slower: {name}",
            notes=(name,),
            board=name,
        )
        for name in HOSTILE
    ),
    gone=HOSTILE,
    baseline=HOSTILE[1],
)
"""Every name in every place."""
LARGE = result(
    *(
        checked(f"request {index}", *(metric(f"cycles:part{part}", value=1000.0 + part % 2) for part in range(500)))
        for index in range(10)
    )
)
"""5,000 figures, half of them changed."""
ALL = {"regression": REGRESSION, "empty": EMPTY, "strange": STRANGE, "large": LARGE}
