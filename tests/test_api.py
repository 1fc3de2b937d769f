"""The package's public names."""

import inspect
import subprocess
import sys
from types import ModuleType

import simtiny
from simtiny import api
from simtiny.calls.firmware import Firmware
from simtiny.calls.result import CallResult
from simtiny.comparison.engine_result import EnginesResult
from simtiny.comparison.result import Comparison
from simtiny.errors import BadInput, FirmwareFault, GateFailed, SimtinyError, Unpriced
from simtiny.exec.result import ExecResult
from simtiny.gate.result import CheckResult
from simtiny.profiling.result import ProfileResult
from simtiny.report.price_result import PriceResult
from simtiny.report.result import RunResult
from simtiny.request import Request
from simtiny.suite_check.result import SuiteCheck
from simtiny.sweeps.result import SweepResult

ELSEWHERE = {
    kind.__name__: kind
    for kind in (
        BadInput,
        CallResult,
        CheckResult,
        Comparison,
        EnginesResult,
        ExecResult,
        Firmware,
        FirmwareFault,
        GateFailed,
        PriceResult,
        ProfileResult,
        Request,
        RunResult,
        SimtinyError,
        SuiteCheck,
        SweepResult,
        Unpriced,
    )
}


def test_every_function_of_the_api_is_one_of_the_package() -> None:
    functions = {
        name
        for name, value in vars(api).items()
        if inspect.isfunction(value) and value.__module__ == api.__name__ and not name.startswith("_")
    }
    assert {*functions, *ELSEWHERE, "execute", "__version__"} == set(simtiny.__all__)
    for name in functions:
        assert getattr(simtiny, name) is getattr(api, name)
    assert simtiny.execute.__module__ == "simtiny.exec.api"
    for name, found in ELSEWHERE.items():
        assert getattr(simtiny, name) is found


def test_what_is_imported_on_first_use_is_listed_before() -> None:
    program = "import simtiny, sys; print(*dir(simtiny)); print('numpy' in sys.modules)"
    listed, heavy = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout.splitlines()
    assert listed.split() == sorted(simtiny.__all__)
    assert heavy == "False"


def test_no_function_is_hidden_by_a_module() -> None:
    assert isinstance(simtiny.machine, ModuleType)
    assert not [name for name in simtiny.__all__ if isinstance(getattr(simtiny, name), ModuleType)]
