"""The pytest plugin: the fixture `simtiny` calls functions in emulated firmware, and holds their costs to a baseline.

It is there in every pytest run of whoever has simtiny installed: all but this is imported by those tests that use it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from simtiny.pytest_plugin.baseline import Baseline
    from simtiny.pytest_plugin.fixture import Simtiny

_BASELINE: "pytest.StashKey[Baseline]" = pytest.StashKey()
_USED: "pytest.StashKey[Simtiny]" = pytest.StashKey()
_REPORTED = "simtiny_calls"
"""Attribute of a test's report: its calls as plain data, which pytest-xdist brings to the main process."""
_MARKER = "simtiny(image=None, board=None, tolerance=0, ...): what the fixture simtiny runs; words of simtiny.firmware"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the command line."""
    group = parser.getgroup("simtiny", "functions in emulated firmware")
    group.addoption("--simtiny-board", metavar="BOARD", help="board of tests that name none")
    group.addoption("--simtiny-baseline", metavar="FILE", help="costs that calls are compared with")
    group.addoption("--simtiny-update", action="store_true", help="write what calls cost now into the baseline")


def pytest_configure(config: pytest.Config) -> None:
    """Read the baseline, and let the main process collect what tests report."""
    config.addinivalue_line("markers", _MARKER)
    path, update = config.getoption("--simtiny-baseline"), config.getoption("--simtiny-update")
    if update and not path:
        raise pytest.UsageError("--simtiny-update needs --simtiny-baseline FILE, which it writes")
    if not path:
        return
    from simtiny.errors import SimtinyError
    from simtiny.pytest_plugin.baseline import read

    file = config.invocation_params.dir / path
    try:
        config.stash[_BASELINE] = read(file, update=update)
    except SimtinyError as error:
        raise pytest.UsageError(f"--simtiny-baseline: {error}") from None
    if not hasattr(config, "workerinput"):
        from simtiny.pytest_plugin.summary import Summary

        config.pluginmanager.register(Summary(file, config.stash[_BASELINE], _REPORTED), "simtiny-summary")


@pytest.fixture
def simtiny(request: pytest.FixtureRequest) -> "Simtiny":
    """Firmware on an emulated board: `simtiny("fw.elf", board=…)`, or `simtiny.call(…)` of the marker's image."""
    from simtiny.pytest_plugin.fixture import Simtiny, words_of

    words = words_of(list(request.node.iter_markers("simtiny")))
    board = request.config.getoption("--simtiny-board")
    baseline = request.config.stash.get(_BASELINE, None)
    folders = (Path(request.node.path).parent, request.config.invocation_params.dir, request.config.rootpath)
    used = Simtiny(request.node.nodeid, folders, words, board, baseline)
    request.node.stash[_USED] = used
    return used


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Let an error be one line."""
    yield from _in_a_line(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """The same, and fail a test that has passed but whose calls cost more than the baseline allows."""
    try:
        yield from _in_a_line(item)
        used = item.stash.get(_USED, None)
        if used is not None and used.regressions:
            said, used.regressions = (
                used.regressions,
                [],
            )  # a section of the report has them where the test fails anyway
            pytest.fail("\n".join(said), pytrace=False)
    finally:
        used = item.stash.get(_USED, None)
        if used is not None:
            item.user_properties += used.properties()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Put what the firmware has said into the report of a failure, and what calls cost."""
    report = yield
    used = item.stash.get(_USED, None)
    if used is None:
        return report
    if call.when == "call" and report.passed:
        setattr(report, _REPORTED, used.reported())
    if report.failed:
        report.sections += used.sections()
    if call.when == "teardown":
        del item.stash[_USED]  # else every machine would stay until the session's end
    return report


def _in_a_line(item: pytest.Item) -> Iterator[None]:
    """Go on with the test; an error of simtiny's that it does not expect is a failure of one line."""
    try:
        yield
    except Exception as error:
        from sys import modules

        known = modules.get("simtiny.errors")  # where it is not imported, nothing of it was raised
        if known is None or not isinstance(error, known.SimtinyError):
            raise
        used = item.stash.get(_USED, None)
        if used is not None and isinstance(error, known.FirmwareFault):
            used.fault = str(error)
        # One line says it: what it was raised from is not shown in front.
        raise pytest.fail.Exception(f"{_place(error, item)}{error}", pytrace=False) from None


def _place(error: BaseException, item: pytest.Item) -> str:
    """Where in the test's own file an error came up: "test_dsp.py:12: "."""
    found, trace = "", error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(item.path):
            found = f"{item.path.name}:{trace.tb_lineno}: "
        trace = trace.tb_next
    return found
