"""The MLPerf Tiny serial protocol, spoken to an emulated board.

Commands end in '%', answers are lines, and `m-ready` closes each answer. Command words, the answer format and the 31
data bytes of a `db` line are those of the official runner (`benchmark/runner` of mlcommons/tiny); so are the time
limits, here in emulated seconds: a hanging firmware ends the same way on every machine.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from simtiny.counting.counters import Mark
from simtiny.engine import PC, Engine, StopReason
from simtiny.errors import BadInput, FirmwareFault
from simtiny.machine.faults import diagnose
from simtiny.notes import noted

TERMINATOR = "%"
READY = "m-ready"
BYTES_PER_LINE = 31
"""Data bytes of one `db` command in the runner's performance and accuracy modes."""
BOOT_LIMIT_CYCLES = 600_000_000
"""Longest boot: 5 s (the runner's limit for a line) at 120 MHz. In cycles, because the clock changes during a boot."""
STRANGER_LIMIT_CYCLES = 250_000_000
"""The same of an image that does not contain `m-ready`: its user waits some seconds at most."""
COMMAND_LIMIT_S = 5.0
INFER_LIMIT_S = 30.0
HOST_LATENCY_CYCLES = 1_300
"""Between `m-ready` and the next command: one character's time at 921,600 baud and 120 MHz, and no real host is faster.
A firmware that runs commands in its receive interrupt needs it to leave the routine that sent `m-ready`."""
OUTPUT_LIMIT = 200_000
"""Characters of one answer. The longest of a sane firmware, `db print` of a vww01 input, has 83,000 and some."""
STAMPED_CYCLES = 20_000
"""Between reading a timer and the first character of the `m-lap-us` line that tells: a division and a printf."""
MOST_TIMER_READS = 256
"""Reads of a timer between two characters that are looked at; more are a firmware that waits for something."""
OPERATOR_LACKING = "e-[model plan with an operator that this firmware lacks]"
"""What the built-in firmware answers instead of results (plan_result_problem in firmware/interpreter.c)."""
QUOTED_LINES = 3
QUOTED_CHARACTERS = 80
"""How much output, and of each of its lines, is quoted when a firmware stops answering."""

_DIRECTION = {False: "falling", True: "rising"}
_LAP = re.compile(r"m-lap-us-([0-9]{1,18})")
_RESULTS = re.compile(r"m-results-\[([^]]+)]")
_MODEL = re.compile(r"m-model-\[([^]]+)]")
_NAME = re.compile(r"m-name-.*\[([^]]+)]")


@dataclass(frozen=True)
class InferResult:
    """One `infer` command: the window from its first to its second timestamp, and what the firmware printed.

    A printed timestamp is taken where the firmware read the timer for it.
    """

    start: Mark
    end: Mark
    iterations: int
    stopwatch_us: int | None
    """What the firmware's own timer says of the window, all iterations together. None for an energy-mode build."""
    results: tuple[float, ...]
    told: Mark | None = None
    """Where the firmware had printed the first of the two timestamps, of printed ones."""
    told_us: int | None = None
    """What that said."""
    printed: int = 0
    """Characters between the two timestamps, of printed ones, beside the line of the first."""
    pin_edges: str | None = None
    """What the timestamps of an energy-mode build were, such as "falling edges of PF13"."""


@dataclass
class _PinEdges:
    """Edges of one pin in one direction: how many, and the counters at the first two."""

    count: int = 0
    marks: list[Mark] = field(default_factory=list)


class Session:
    """A booted board that answers commands.

    `until` is a further reason to end an exchange; `missed` says of a firmware that got stuck what it did not do, and
    `advice` what its user may do if it has never sent `m-ready`. `said`: all lines that the firmware has printed.
    """

    def __init__(self, machine: Engine) -> None:
        self.machine = machine
        self.until: Callable[[], bool] = lambda: False
        self.missed: Callable[[], str] = lambda: f"sent no {READY}"
        self.advice = ""
        self._was_ready = False
        self.said: list[str] = []
        self._lines: list[str] = []
        self._line = bytearray()
        self._marking = False
        self._line_mark: Mark | None = None
        self._read_mark: Mark | None = None
        self._timer_reads = 0
        self._laps: list[tuple[Mark, int, int, int]] = []  # with the number of characters before the line and behind
        self._line_begins = 0
        self._told: Mark | None = None
        self._timing = False
        self._pin_edges: dict[tuple[str, bool], _PinEdges] = {}
        self._ready = self._flooded = False
        self._characters = 0
        machine.serial.on_transmit = self._receive
        machine.on_pin_change = self._pin_changed

    @property
    def is_ready(self) -> bool:
        """Whether the firmware waits for a command: its last answer ended in `m-ready`."""
        return self._ready

    def boot(self, limit_cycles: int = BOOT_LIMIT_CYCLES) -> list[str]:
        """Run from reset to the first `m-ready`. Returns what the firmware printed.

        An image in which those letters don't stand gets less time, where there is `advice` for its user.
        """
        if self.advice and not self._can_answer():
            limit_cycles = min(limit_cycles, STRANGER_LIMIT_CYCLES)
        return self._exchange("", "during start-up", limit_cycles)

    def _can_answer(self) -> bool:
        return any(READY.encode() in segment.data for segment in self.machine.image.segments)

    def proceed(self, limit_cycles: int) -> None:
        """Run on where `until` ended an exchange, to its own `m-ready` or to the next such end."""
        self._exchange("", "afterwards", limit_cycles)

    def command(self, text: str, limit_s: float = COMMAND_LIMIT_S) -> list[str]:
        """Send one command and run until `m-ready`. Returns the lines of the answer without it."""
        limit_cycles = int(limit_s * self.machine.clock_hz["core"])
        return self._exchange(text + TERMINATOR, f"after the command {text[:24]!r}", limit_cycles)

    def name(self) -> str | None:
        """The vendor's name of the device, None when it does not say."""
        return _first(_NAME, self.command("name"))

    def model(self) -> str | None:
        """The benchmark that the firmware says it was built for ("kws01"), None when it does not say."""
        return _first(_MODEL, self.command("profile"))

    def load_input(self, data: bytes) -> None:
        """Fill the input buffer as the official runner does."""
        self.command(f"db load {len(data)}")
        answer: list[str] = []
        for start in range(0, len(data), BYTES_PER_LINE):
            answer = self.command(f"db {data[start : start + BYTES_PER_LINE].hex()}")
        if "m-load-done" not in answer and not self.until():
            raise BadInput(f"the firmware did not take an input of {len(data)} bytes: {_quote(answer)}")

    def infer(self, iterations: int = 1, warmups: int = 0) -> InferResult:
        """Run the network on the loaded input.

        The window lies between two `m-lap-us` lines; without them, between two edges of an output pin, which an
        energy-mode build pulls low for a moment instead (`th_timestamp` of the official API). If it rests low until its
        first timestamp, only the rising edges are two.
        """
        self._laps.clear()
        self._pin_edges.clear()
        self._marking, self.machine.on_timer_read = True, self._timer_read
        try:
            lines = self.command(f"infer {iterations} {warmups}", INFER_LIMIT_S)
        finally:
            self._marking, self._timing, self.machine.on_timer_read = False, False, None
        found = None if self._laps else self._timestamp_pin(lines, False) or self._timestamp_pin(lines, True)
        if found is None and len(self._laps) < 2:
            raise FirmwareFault(
                f"the firmware printed {len(self._laps)} m-lap-us lines during infer where 2 bound the measurement, "
                f"and no output pin fell or rose twice as in an energy-mode build; last output: {_quote(lines)}"
            )
        results = _first(_RESULTS, lines)
        if OPERATOR_LACKING in lines:
            raise BadInput("the built-in firmware's image is older than the plan: it lacks an operator of this network")
        if results is None:
            raise FirmwareFault(f"the firmware printed no m-results during infer; last output: {_quote(lines)}")
        if found is not None:
            first, second = self._pin_edges[found].marks
            edges = f"{_DIRECTION[found[1]]} edges of {found[0]}"
            return InferResult(first, second, iterations, None, _numbers(results), pin_edges=edges)
        (start, start_us, _, told_at), (end, end_us, ends_at, _) = self._laps[0], self._laps[1]
        stopwatch_us, printed = end_us - start_us, ends_at - told_at
        return InferResult(start, end, iterations, stopwatch_us, _numbers(results), self._told, start_us, printed)

    def _timestamp_pin(self, lines: Sequence[str], level: bool) -> tuple[str, bool] | None:
        """The pin with two or more edges to `level` in the timed part of `infer`; of several, the one with just two."""
        counts = {pin: edges.count for (pin, to), edges in self._pin_edges.items() if to is level and edges.count >= 2}
        twice = [pin for pin, count in counts.items() if count == 2]
        if len(counts) > 1 and len(twice) != 1:
            named = ", ".join(f"{pin} ({count} times)" for pin, count in sorted(counts.items()))
            raise FirmwareFault(
                f"the firmware printed no m-lap-us lines during infer, and several output pins have "
                f"{_DIRECTION[level]} edges as the timestamp of an energy-mode build: {named}; "
                f"last output: {_quote(lines)}"
            )
        return next(((pin, level) for pin in twice or counts), None)

    def _exchange(self, text: str, when: str, limit_cycles: int) -> list[str]:
        self._lines.clear()
        self._ready = self._flooded = False
        self._characters = 0
        if text:
            self.machine.serial.send(text.encode("ascii"))
        with noted(self.machine):
            reason = self.machine.run(lambda: self._ready or self._flooded or self.until(), limit_cycles)
            if self._flooded:
                raise self._stuck(f"{when} in {OUTPUT_LIMIT:,} characters of output")
            if reason is not StopReason.CONDITION:
                within = f" within {limit_cycles:,} cycles" if reason is StopReason.LIMIT else ""
                why = self.machine.explanation
                raise self._stuck(f"{when}{within}: {reason.value}" + (f": {why}" if why else ""))
        if self._ready:
            self._was_ready = True
            self.machine.run(limit_cycles=HOST_LATENCY_CYCLES)
        return [line for line in self._lines if READY not in line]

    def _stuck(self, how: str) -> FirmwareFault:
        """The firmware may hang anywhere: say where, as for a fault."""
        what = f"the firmware {self.missed()} {how}"
        if self.advice and not self._was_ready:
            reason = "" if self._can_answer() else f"the image does not contain {READY!r}: "
            what += f" ({reason}{self.advice})"
        return diagnose(self.machine, what, self.machine.register(PC))

    def _receive(self, byte: int) -> None:
        if byte in (0x0D, 0x00):  # the runner drops both
            return
        self._characters += 1
        if self._characters > OUTPUT_LIMIT:
            self._flooded = True
            self.machine.stop()
        if not self._line and self._marking:
            read = self._read_mark
            fresh = read is not None and self.machine.cycles - read.cycles <= STAMPED_CYCLES
            self._line_mark = read if fresh else self.machine.mark()
            self._line_begins = self._characters - 1
        self._timer_reads = 0
        if byte != 0x0A:
            self._line.append(byte)
            return
        line = self._line.decode("ascii", "replace").strip()
        self._line.clear()
        if line:
            self._lines.append(line)
            self.said.append(line)
        if self._marking and line.startswith(("m-infer-start", "m-infer-done", "m-results")):
            self._timing = line.startswith("m-infer-start")
        lap = _LAP.fullmatch(line)
        if lap and self._line_mark is not None:
            self._laps.append((self._line_mark, int(lap[1]), self._line_begins, self._characters))
            if len(self._laps) == 1:
                self._told = self.machine.mark()
        if READY in line:
            self._ready = True
            self.machine.stop()

    def _timer_read(self) -> None:
        if self._marking:
            self._timer_reads += 1
            self._read_mark = self.machine.mark() if self._timer_reads <= MOST_TIMER_READS else None

    def _pin_changed(self, pin: str, level: bool) -> None:
        if not self._timing:
            return
        edges = self._pin_edges.setdefault((pin, level), _PinEdges())
        edges.count += 1
        if len(edges.marks) < 2:
            edges.marks.append(self.machine.mark())


def _quote(lines: Sequence[str]) -> str:
    return " | ".join(line[:QUOTED_CHARACTERS] for line in lines[-QUOTED_LINES:]) or "none"


def _first(pattern: re.Pattern[str], lines: Sequence[str]) -> str | None:
    """The first group of the first line that is a match of the whole pattern."""
    return next((match[1] for line in lines if (match := pattern.fullmatch(line))), None)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(field) for field in text.split(",") if field.strip())
    except ValueError:
        raise FirmwareFault(f"the firmware printed m-results-[{text[:60]}]: not a list of numbers") from None
