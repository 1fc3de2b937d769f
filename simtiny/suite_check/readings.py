"""Runs one program of a suite, and reads what it took from what it prints or from where it passes."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from simtiny.bounds import Bounds
from simtiny.counting_version import counting_version
from simtiny.counts import store
from simtiny.errors import BadInput, FirmwareFault, SimtinyError
from simtiny.exec.consoles import Console, Shown, Typed
from simtiny.exec.ended import End
from simtiny.exec.moments import Moment
from simtiny.exec.run import Running
from simtiny.machine.machine import Machine
from simtiny.mlperf.measure import measure
from simtiny.mlperf.measurement import Flashed
from simtiny.profile_store import content_key
from simtiny.settings import MemorySettings
from simtiny.suite_check.suite import Printed, Triggered

MODULE = "simtiny.suite_check.readings"
WHOLE = ""
"""The part of a program that is one thing."""
MOST_CYCLES = 1 << 56
SLOWEST_HZ = 1e6
"""No program of a suite runs below: how long it may run without new code follows from its cycles."""
_MEASURED = re.compile(r"^\s*(\w+) cycles:\s*(\d{1,17})\s*$", re.MULTILINE)
"""As pqm4's programs print: a label, and on the next line the number."""
_SAYS_ERROR = re.compile(r"^\s*(ERROR.{0,200})$", re.MULTILINE)


@dataclass(frozen=True)
class Asked:
    """One run of a program: what is in flash, how it is measured, the longest that it may take, in cycles.

    `place`: as of `simtiny.settings.MemorySettings`, for what is triggered.
    """

    flashed: Flashed
    measured: Printed | Triggered
    limit_cycles: int
    place: tuple[str, ...] = ()


@dataclass(frozen=True)
class Readings:
    """What one run came to: cycles by part, each as often as it was measured; or why there are none.

    `said`: what the program itself says went wrong. It may say so on the board, too.
    """

    cycles: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    said: str = ""
    failure: str | None = None


def readings_key(asked: Asked) -> str:
    """The name of the readings in the store: another one for all that they depend on."""
    flashed = asked.flashed
    return content_key(
        {
            "readings": counting_version(MODULE),
            "board": msgspec.json.encode(flashed.board),
            "image": flashed.image.sha256,
            "place": repr(asked.place),
            "measured": repr(asked.measured),
            "limit": str(asked.limit_cycles),
            "seed": str(flashed.seed),
        }
    )


def stored(key: str) -> Readings | None:
    """What was read before, None if nothing was."""
    return store().get(key, _decoded)


def keep(key: str, readings: Readings) -> None:
    """Remember it, unless it failed: whoever looks into that wants to see it fail."""
    if readings.failure is None:
        store().put(key, msgspec.json.encode(readings))


def read(_: None, asked: Asked) -> Readings:
    """Run it from reset. A failure of the program is part of the readings."""
    try:
        if isinstance(asked.measured, Printed):
            return _printed(asked, asked.measured)
        return Readings({WHOLE: (_triggered(asked, asked.measured),)})
    except SimtinyError as error:
        return Readings(failure=f"{type(error).__name__}: {error}")


def of_output(text: str) -> Readings:
    """The measurements in what a program has printed."""
    found: dict[str, tuple[float, ...]] = {}
    for part, cycles in _MEASURED.findall(text):
        found[part] = (*found.get(part, ()), float(cycles))
    said = _SAYS_ERROR.search(text)
    return Readings(found, said[1].strip() if said else "")


def _printed(asked: Asked, measured: Printed) -> Readings:
    flashed = asked.flashed
    machine = Machine(flashed.board, flashed.image, flashed.segments, seed=flashed.seed)
    shown = Shown(Console.AUTO, lambda data: None, measured.until)
    limit = Moment(f"{asked.limit_cycles:,} cycles", None, asked.limit_cycles)
    ended = Running(machine, shown, Typed(io.BytesIO()), (), limit).run()
    found = of_output(shown.kept.decode("utf-8", "replace").replace("\r", ""))
    if ended.end is End.FAULT:
        raise FirmwareFault(ended.text)
    if not found.cycles:
        printed = f"{len(shown.kept):,} bytes, none of them a measurement" if shown.kept else "nothing"
        raise FirmwareFault(f"{flashed.image.name}: it printed {printed}: {ended.text or 'it said that it is done'}")
    return found


def _triggered(asked: Asked, measured: Triggered) -> float:
    """Cycles from trigger to trigger, of an iteration where the suite counts these."""
    image, window = asked.flashed.image, Bounds(measured.start, measured.end)
    wanted = (measured.start, measured.end, *(() if measured.per is None else (measured.per,)))
    missing = [name for name in wanted if name not in image.symbols]
    if missing:
        raise BadInput(f"{image.name}: it has no symbol {missing[0]}, where its measurement would be bounded")
    patience_s, settings = asked.limit_cycles / SLOWEST_HZ, MemorySettings(place=asked.place)
    if measured.per is None:
        return float(measure(asked.flashed, window, settings=settings, patience_s=patience_s).profile.cycles)
    iterated = Bounds(measured.per, None)
    found = measure(asked.flashed, window, settings=settings, also=(iterated,), every_call=True, patience_s=patience_s)
    count = next(each.count for each in found.windows if each.bounds == iterated)
    if count < measured.calls:
        raise FirmwareFault(f"{image.name}: {measured.per} was called {count} times: that is no iteration")
    return found.profile.cycles * measured.calls / count


def _decoded(data: bytes) -> Readings:
    """What `keep` stored. Raises BadInput for anything else, as far as that shows in its numbers."""
    try:
        found = msgspec.json.decode(data, type=Readings)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"no stored readings: {error}") from None
    numbers = [number for each in found.cycles.values() for number in each]
    if found.failure is not None or not numbers or not all(0 <= number < MOST_CYCLES for number in numbers):
        raise BadInput("no stored readings: some are missing, or can't be")
    return found
