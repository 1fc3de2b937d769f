"""What the main process makes of the calls that tests report: the new baseline, and a few lines at the end."""

from pathlib import Path
from typing import Any

import pytest

from simtiny.files import write_whole
from simtiny.pytest_plugin.baseline import Baseline, Cost, of_plain, text


class Summary:
    """A plugin. `reported`: the attribute of a report that has its calls."""

    def __init__(self, file: Path, baseline: Baseline, reported: str) -> None:
        self._file, self._baseline, self._reported = file, baseline, reported
        self._calls: dict[str, dict[str, Cost]] = {}
        self._failed: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test has ended, here or in another process."""
        found: list[dict[str, Any]] = getattr(report, self._reported, [])
        if found:
            self._calls[report.nodeid] = {each["call"]: of_plain(each["cost"]) for each in found}

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the baseline if that is asked for: tests that did not run, or failed, keep what they had."""
        if not self._baseline.update:
            return
        try:
            write_whole(self._file, text(self._baseline.with_calls(self._calls)).encode())
        except OSError as error:
            self._failed = f"{self._file} could not be written: {error.strerror or error}"
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """How the calls compare."""
        tell = terminalreporter.write_line
        count = sum(len(calls) for calls in self._calls.values())
        if self._failed is not None:
            tell(f"simtiny: {self._failed}", red=True)
        elif self._baseline.update:
            tell(f"simtiny: {count} calls of {len(self._calls)} tests were written to {self._file.name}")
        else:
            new, cheaper = self._new(), self._cheaper()
            said = [f"{count - len(new)} calls are held to {self._file.name}"]
            said += [f"{len(cheaper)} cost less: {', '.join(cheaper[:3])}"] if cheaper else []
            said += [f"{len(new)} are not in it: {', '.join(new[:3])}"] if new else []
            advice = "; update it with --simtiny-update" if new or cheaper else ""
            tell(f"simtiny: {'; '.join(said)}{advice}")

    def _new(self) -> list[str]:
        known = self._baseline.calls
        return [
            f"{test} {call}" for test, calls in self._calls.items() for call in calls if call not in known.get(test, {})
        ]

    def _cheaper(self) -> list[str]:
        known = self._baseline.calls
        return [
            f"{test} {call} ({now.cycles:,} cycles, was {was.cycles:,})"
            for test, calls in self._calls.items()
            for call, now in calls.items()
            if (was := known.get(test, {}).get(call)) is not None and now.cycles < was.cycles
        ]
