"""simtiny: a microcontroller board in software.

    import simtiny
    result = simtiny.run("kws01")
    print(result.latency_ms, result.energy.energy_uj)

Functions: `run`, `run_all`, `profile`, `profile_all`, `price`, `sweep`, `compare`, `compare_all`, `compare_engines`,
`check`, `accuracy`, `crosscheck`, `crosscheck_engines`, `crosscheck_suite`, `calibrate`, `boards`, `board_details`,
`fetch_models`, `fetch_images`, `execute`, which runs any firmware with its console, `boot`, which gives the board
itself, `firmware`, whose functions can be called (to the board of either, devices and voltages are attached:
`simtiny.devices`), and `export_renode`, which writes a board for Renode. They take what the command line takes, in the
words of `Request`, that is one run as one value; `run` gives a `RunResult`, `sweep` a `SweepResult`. A board for host
programs is served by the command `simtiny serve`.

Errors are one line each, and all of them are a `SimtinyError`: `BadInput` for what the caller gave, `FirmwareFault` for
firmware that faulted or hung, `Unpriced` for what the model has no price for.

All of it is imported on first use, so that `import simtiny` stays cheap.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from simtiny.version import __version__

if _TYPE_CHECKING:
    from simtiny.api import (
        accuracy,
        board_details,
        boards,
        boot,
        calibrate,
        check,
        compare,
        compare_all,
        compare_engines,
        crosscheck,
        crosscheck_engines,
        crosscheck_suite,
        export_renode,
        fetch_images,
        fetch_models,
        firmware,
        price,
        profile,
        profile_all,
        run,
        run_all,
        sweep,
    )
    from simtiny.calls.firmware import Firmware
    from simtiny.calls.result import CallResult
    from simtiny.comparison.engine_result import EnginesResult
    from simtiny.comparison.result import Comparison
    from simtiny.errors import BadInput, FirmwareFault, GateFailed, SimtinyError, Unpriced
    from simtiny.exec.api import execute
    from simtiny.exec.result import ExecResult
    from simtiny.gate.result import CheckResult
    from simtiny.profiling.result import ProfileResult
    from simtiny.report.price_result import PriceResult
    from simtiny.report.result import RunResult
    from simtiny.request import Request
    from simtiny.suite_check.result import SuiteCheck
    from simtiny.sweeps.result import SweepResult

__all__ = [
    "BadInput",
    "CallResult",
    "CheckResult",
    "Comparison",
    "EnginesResult",
    "ExecResult",
    "Firmware",
    "FirmwareFault",
    "GateFailed",
    "PriceResult",
    "ProfileResult",
    "Request",
    "RunResult",
    "SimtinyError",
    "SuiteCheck",
    "SweepResult",
    "Unpriced",
    "__version__",
    "accuracy",
    "board_details",
    "boards",
    "boot",
    "calibrate",
    "check",
    "compare",
    "compare_all",
    "compare_engines",
    "crosscheck",
    "crosscheck_engines",
    "crosscheck_suite",
    "execute",
    "export_renode",
    "fetch_images",
    "fetch_models",
    "firmware",
    "price",
    "profile",
    "profile_all",
    "run",
    "run_all",
    "sweep",
]

_ELSEWHERE = {
    **dict.fromkeys(("BadInput", "FirmwareFault", "GateFailed", "SimtinyError", "Unpriced"), "simtiny.errors"),
    "CallResult": "simtiny.calls.result",
    "CheckResult": "simtiny.gate.result",
    "Comparison": "simtiny.comparison.result",
    "EnginesResult": "simtiny.comparison.engine_result",
    "ExecResult": "simtiny.exec.result",
    "Firmware": "simtiny.calls.firmware",
    "PriceResult": "simtiny.report.price_result",
    "ProfileResult": "simtiny.profiling.result",
    "Request": "simtiny.request",
    "RunResult": "simtiny.report.result",
    "SuiteCheck": "simtiny.suite_check.result",
    "SweepResult": "simtiny.sweeps.result",
    "execute": "simtiny.exec.api",
}
"""Where public names stand that are no functions of `simtiny.api`."""


def __getattr__(name: str) -> _Any:
    if name not in __all__:
        raise AttributeError(f"module 'simtiny' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_ELSEWHERE.get(name, "simtiny.api")), name)


def __dir__() -> list[str]:
    return list(__all__)
