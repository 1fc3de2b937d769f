"""What a test is given by the fixture `simtiny`."""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from simtiny import parameters
from simtiny.api import firmware
from simtiny.calls.buffers import Buffer
from simtiny.calls.firmware import MOST_CYCLES, Firmware
from simtiny.calls.result import CallResult
from simtiny.errors import BadInput, FirmwareFault
from simtiny.mlperf.identity import board_sha256
from simtiny.pytest_plugin.baseline import Baseline, Cost, cost, plain

SHOWN_CHARACTERS = 1 << 16
"""Of what a firmware has sent, in reports: the last so many."""


class Simtiny:
    """Firmware for one test. Called with an image it gives that on a board; else it is the marker's image itself.

    Every test has its own, in reset: costs depend on no other test. `regressions`: what costs more than the baseline
    has. `fault`: the diagnosis of a fault that the test did not expect.
    """

    def __init__(
        self,
        test: str,
        folders: Sequence[Path],
        words: Mapping[str, Any],
        board: str | None,
        baseline: Baseline | None,
    ) -> None:
        self._test, self._folders, self._board, self._baseline = test, folders, board, baseline
        self._words = dict(words)
        self._tolerance = _tolerance(self._words.pop("tolerance", 0.0))
        self._firmware: list[TestFirmware] = []
        self._default: TestFirmware | None = None
        self._costs: list[tuple[str, Cost]] = []
        self._counts: dict[str, int] = {}
        self.regressions: list[str] = []
        self.fault: str | None = None

    def __call__(self, image: str | PathLike[str], **words: Any) -> "TestFirmware":
        """An image on a board, in reset: words of `simtiny.firmware`, before those of the marker.

        A relative path is looked for beside the test's file, then where pytest was started, then in its root.
        """
        asked = {"board": self._board, **self._words, **words}
        asked.pop("image", None)
        found = TestFirmware(firmware(self._path(image), **asked), self)
        self._firmware.append(found)
        return found

    def call(self, function: str | int, *arguments: Any, **words: Any) -> CallResult:
        """Call a function of the marker's image: see `TestFirmware.call`."""
        return self._marked().call(function, *arguments, **words)

    def boot(self, until: str | None = None, **words: Any) -> str:
        """See `simtiny.calls.firmware.Firmware.boot`."""
        return self._marked().boot(until, **words)

    def command(self, text: str | bytes, **words: Any) -> str:
        """See `simtiny.calls.firmware.Firmware.command`."""
        return self._marked().command(text, **words)

    def alloc(self, content: Any) -> Buffer:
        """See `simtiny.calls.firmware.Firmware.alloc`."""
        return self._marked().alloc(content)

    @property
    def serial(self) -> str:
        """What the marker's image has sent by now."""
        return self._marked().serial

    def _marked(self) -> "TestFirmware":
        if self._default is None:
            if self._words.get("image") is None:
                raise BadInput(
                    "no image: mark the test with @pytest.mark.simtiny(image=…), or call simtiny(image) first"
                )
            self._default = self(self._words["image"])
        return self._default

    def _path(self, image: str | PathLike[str]) -> Path:
        path = parameters.path("image", image)
        found = [folder / path for folder in self._folders]
        return next((each for each in found if each.exists()), found[0])

    def record(self, found: CallResult, board: str, board_hash: str, tolerance: float | None) -> None:
        """Keep what a call cost, and compare it."""
        self._counts[found.function] = number = self._counts.get(found.function, 0) + 1
        call = found.function if number == 1 else f"{found.function} #{number}"
        now = cost(board, board_hash, found.cycles, found.latency_ms, found.energy_uj, found.point)
        self._costs.append((call, now))
        if self._baseline is not None:
            allowed = self._tolerance if tolerance is None else tolerance
            said = self._baseline.regression(self._test, call, now, allowed)
            self.regressions += [said] if said else []

    def reported(self) -> list[dict[str, Any]]:
        """The calls as plain data."""
        return [{"call": call, "cost": plain(now)} for call, now in self._costs]

    def properties(self) -> list[tuple[str, object]]:
        """What JUnit's file has of the test."""
        found: list[tuple[str, object]] = []
        for call, now in self._costs:
            found.append((f"simtiny.{call}.cycles", now.cycles))
            found.append((f"simtiny.{call}.latency_ms", now.latency_ms))
            found += [] if now.energy_uj is None else [(f"simtiny.{call}.energy_uj", now.energy_uj)]
        found += [(f"simtiny.uart.{name}", text) for name, text in self._transcripts()]
        return found + [("simtiny.fault", self.fault)] * (self.fault is not None)

    def sections(self) -> list[tuple[str, str]]:
        """What a failure's report has of the test, as title and text."""
        found = [(f"simtiny serial port of {name}", text) for name, text in self._transcripts()]
        found += [("simtiny fault", self.fault)] if self.fault is not None else []
        lines = [f"{call}: {now.cycles:,} cycles, {now.latency_ms:.6g} ms{_energy(now)}" for call, now in self._costs]
        found += [("simtiny calls", "\n".join(lines))] if lines else []
        return found + ([("simtiny baseline", "\n".join(self.regressions))] if self.regressions else [])

    def _transcripts(self) -> list[tuple[str, str]]:
        sent = [(each.name, each.serial[-SHOWN_CHARACTERS:]) for each in self._firmware]
        return [(name, text) for name, text in sent if text]


class TestFirmware:
    """One image on one board in a test: `simtiny.calls.firmware.Firmware`, whose calls are recorded."""

    __test__ = False

    def __init__(self, firmware: Firmware, owner: Simtiny) -> None:
        self._firmware, self._owner = firmware, owner
        self._board_sha256 = board_sha256(firmware.board_described)

    def call(self, function: str | int, *arguments: Any, tolerance: float | None = None, **words: Any) -> CallResult:
        """As `simtiny.calls.firmware.Firmware.call`, and compare what it cost with the baseline.

        `tolerance`: how much more is allowed, 0.02 for 2 %; None: as the marker says, else nothing.
        """
        allowed = None if tolerance is None else _tolerance(tolerance)
        words.setdefault("limit_cycles", MOST_CYCLES)
        try:
            found = self._firmware.call(function, *arguments, **words)
        except FirmwareFault as error:
            self._owner.fault = str(error)
            raise
        self._owner.record(found, self._firmware.board, self._board_sha256, allowed)
        return found

    def boot(self, until: str | None = None, **words: Any) -> str:
        """See `simtiny.calls.firmware.Firmware.boot`."""
        return self._firmware.boot(until, **words)

    def command(self, text: str | bytes, **words: Any) -> str:
        """See `simtiny.calls.firmware.Firmware.command`."""
        return self._firmware.command(text, **words)

    def alloc(self, content: Any) -> Buffer:
        """See `simtiny.calls.firmware.Firmware.alloc`."""
        return self._firmware.alloc(content)

    @property
    def serial(self) -> str:
        """What it has sent by now."""
        return self._firmware.serial

    @property
    def name(self) -> str:
        """The image's."""
        return self._firmware.name

    @property
    def machine(self) -> Any:
        """The emulated board: a `simtiny.machine.machine.Machine`."""
        return self._firmware.machine


def words_of(markers: Sequence[Any]) -> dict[str, Any]:
    """The words of a test's markers, the nearest first. A word without a name is the image."""
    found: dict[str, Any] = {}
    for marker in reversed(markers):
        if len(marker.args) > 1:
            raise BadInput("the marker simtiny takes one word without a name, the image")
        found |= {**({"image": marker.args[0]} if marker.args else {}), **marker.kwargs}
    return found


def _tolerance(value: object) -> float:
    found = parameters.number("tolerance", value)
    if found < 0:
        raise BadInput(f"`tolerance` {found:g}: it is 0 or more, and 0.02 is 2 %")
    return found


def _energy(now: Cost) -> str:
    return "" if now.energy_uj is None else f", {now.energy_uj:.6g} uJ"
