"""Runs a firmware on a machine and says what was counted: the window of one inference, or one bounded by symbols."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import pairwise

from simtiny.board import Board
from simtiny.bounds import Bounds
from simtiny.counting.counters import Mark
from simtiny.engine import Engine, StopReason
from simtiny.errors import BadInput, FirmwareFault, SimtinyError, Unpriced
from simtiny.image import Image, Move
from simtiny.machine.machine import Machine
from simtiny.mlperf.measurement import Flashed, Measurement
from simtiny.mlperf.moved import hypothesised, moved
from simtiny.mlperf.protocol import INFER_LIMIT_S, Session
from simtiny.mlperf.tasks import TASKS, Task, synthetic_input
from simtiny.mlperf.windows import Windows
from simtiny.notes import Note, NoteKind, noted
from simtiny.placement import through_aliases
from simtiny.profiles import Profile
from simtiny.settings import AS_IT_IS, MemorySettings

Segments = tuple[tuple[int, bytes], ...]
Start = Callable[
    [Board, Image, Segments, MemorySettings, tuple[MemorySettings, ...], tuple[Move, ...]],
    AbstractContextManager[Engine],
]
"""Starts another engine than the machine on Unicorn, with what that is made of."""

LAYER_PORT = 1
"""ITM stimulus port to which the built-in firmware writes each operator's index (firmware/itm.h)."""
END_OF_INFERENCE = 0xFFFF_FFFF
MOST_MARKS = 1024
"""Layer marks of a measurement, each a copy of all counters. Firmware that makes more gets no layers."""
WINDOW_LIMIT_CYCLES = 3_600_000_000
"""Longest way through a window: 30 s at 120 MHz, as long as the official runner waits for an inference."""
REST_LIMIT_CYCLES = 50_000_000
"""How far a run goes on behind the window of the figures, for further passages through it and through others."""
ENOUGH = "that were calls enough"
BITS_A_CHARACTER = 10
"""On a serial line, with start and stop bit."""
PATIENCE_S = 5.0
"""Emulated time without progress after which a window by symbols is taken never to open or close."""
SERIAL_TAKES_NONE = "in Renode a character takes no time on a serial line: what the firmware prints is not waited for"
PROTOCOL_WINDOW = "one inference, between the stopwatch readings of the MLPerf Tiny protocol"
STREAMING = "sww01"
NO_STREAMING = (
    "a streaming wake word has no single inference, and the audio that it takes comes by I2S or PDM, which is not "
    "modelled: bound a measurement by `function`, or by `start` and `end`"
)
NO_PROTOCOL = (
    "firmware that does not speak the MLPerf Tiny protocol is measured by `function` NAME or `start` A `end` B"
)
ENERGY_WINDOW = "one inference, between the {edges}"
"""Of an energy-mode build, where they tell the energy monitor what to integrate."""


@dataclass
class LayerClock:
    """Listens to the firmware's layer marks: when each operator of an inference began, and when the last ended."""

    machine: Engine
    marks: list[Mark] = field(default_factory=list)
    ended: bool = False
    _taken: int = 0

    def listen(self) -> None:
        """Attach to the machine."""
        self.machine.on_stimulus = self._stimulus

    def _stimulus(self, port: int, value: int) -> None:
        if port != LAYER_PORT or value not in (0, len(self.marks), END_OF_INFERENCE):
            return
        self._taken += 1
        if self._taken > MOST_MARKS:
            self.marks, self.ended = [], False
            return
        if value == 0:
            self.marks = []
        self.marks.append(self.machine.mark())
        self.ended = value == END_OF_INFERENCE

    def begins(self) -> tuple[int, ...]:
        """When each layer of the last inference began, and the last one ended, in cycles of the clock."""
        return tuple(mark.cycles for mark in self.marks) if self.ended else ()

    def profiles(self) -> tuple[tuple[Profile, ...], ...]:
        """For each layer of the last inference what `Engine.profiles` gives, none without marks."""
        return tuple(self.machine.profiles(*pair) for pair in pairwise(self.marks)) if self.ended else ()


def start(flashed: Flashed, *, operands: bool = True) -> Session:
    """A session with a board in reset. Without `operands` what depends on them goes unpriced: for answers alone."""
    machine = Machine(
        flashed.board, flashed.image, flashed.segments, operands, serial_takes_time=False, seed=flashed.seed
    )
    return Session(machine)


def measure(
    flashed: Flashed,
    bounds: Bounds | None = None,
    settings: MemorySettings = AS_IT_IS,
    lanes: tuple[MemorySettings, ...] = (),
    *,
    warmups: int = 0,
    sample: bytes | None = None,
    calls: bool = False,
    listen: Callable[[Machine], None] = lambda machine: None,
    other: Start | None = None,
    also: tuple[Bounds, ...] = (),
    every_call: bool = False,
    serial_takes_time: bool = True,
    patience_s: float = PATIENCE_S,
) -> Measurement:
    """Boot the board and measure one window: one inference after `warmups`, or what `bounds` says.

    `simtiny run` measures the first inference after start-up, without a warm-up: that is what a device does which wakes
    up for one. A recorded latency is the mean of many inferences in a row, so the cross-check warms up once, and finds
    in the caches what one inference leaves there for the next. On twelve published images of ad01 the two differ by
    0.3 % at most (NUCLEO-H7A3ZI), on seven of them by less than 0.01 %.

    `sample` is the input. Without one it is synthetic, and an image is asked first which benchmark it runs; the
    cross-check has that from the image's record, and doesn't ask.

    `settings` are in force in place of what the firmware programs. `lanes`: others, counted beside them, with the same
    placement. `every_call`: count every passage through that window, and through others that `also` bounds, in a run
    that goes on for that. `calls`: follow who calls whom, too. `listen` is given the machine before it runs. `other`:
    what executes the firmware in place of Unicorn, where `calls` can't be followed and nothing listens.
    `serial_takes_time`: whether characters do in windows by symbols, as in the machine they can. `patience_s`: emulated
    time without progress after which such a window is taken never to open or close.
    """
    flashed = moved(flashed, settings.place)
    moves = through_aliases(hypothesised(flashed, settings.place), flashed.board)
    board, image, segments = flashed.board, flashed.image, flashed.segments
    windows = () if bounds is None else (bounds, *also)
    if other is not None:
        with other(board, image, segments, settings, lanes, moves) as engine:
            found = _on(engine, flashed, windows, lanes, warmups, sample, False, every_call)
            return _with_note(found, SERIAL_TAKES_NONE) if windows else found
    # A line that is printed once in the protocol's window would not count on a board, where an inference is repeated.
    machine = Machine(
        board,
        image,
        segments,
        settings=settings,
        lanes=lanes,
        moves=moves,
        calls=calls,
        seed=flashed.seed,
        serial_takes_time=bounds is not None and serial_takes_time,
        patience_s=None if bounds is None else patience_s,
    )
    listen(machine)
    with noted(machine):
        return _on(machine, flashed, windows, lanes, warmups, sample, calls, every_call)


def _on(
    machine: Engine,
    flashed: Flashed,
    windows: tuple[Bounds, ...],
    lanes: tuple[MemorySettings, ...],
    warmups: int,
    sample: bytes | None,
    calls: bool,
    every_call: bool,
) -> Measurement:
    """`measure` on an engine in reset."""
    session, layers = Session(machine), LayerClock(machine)
    if len(lanes) <= 1:  # a mark copies the counters of all lanes
        layers.listen()
    if windows:
        return _between(session, flashed, windows, every_call)
    session.advice = NO_PROTOCOL
    session.boot()
    chosen, data = synthetic_input_for(session, flashed) if sample is None else (flashed.task, sample)
    session.load_input(data)
    result = session.infer(warmups=warmups)
    found = Measurement(
        profile=machine.profile(result.start, result.end),
        window=PROTOCOL_WINDOW if result.pin_edges is None else ENERGY_WINDOW.format(edges=result.pin_edges),
        is_inference=True,
        task=chosen,
        stopwatch_us=result.stopwatch_us,
        layers=(),
        ram_used=machine.ram_used(),
        calls=machine.call_tree(result.start, result.end) if calls else None,
        layer_begins=layers.begins() if calls else (),
        said=tuple(session.said),
        stamp=None if result.told is None else machine.profile(result.start, result.told),
        stamp_us=result.told_us,
    )
    measured = _in_lanes(found, machine.profiles(result.start, result.end), layers.profiles())
    rate = machine.serial.baud_rate
    return _with_note(measured, _output_text(result.printed, rate)) if result.printed and rate else measured


def _output_text(characters: int, rate: float) -> str:
    """How long what a firmware prints within the protocol's window would take, if it prints that each time."""
    return (
        f"{characters:,} characters are printed within the window, beside the timestamp: they take no time here, and "
        f"{1e3 * BITS_A_CHARACTER * characters / rate:.3g} ms at {rate:,.0f} baud on a board, if each inference prints "
        "them"
    )


def _with_note(found: Measurement, text: str) -> Measurement:
    note = Note(NoteKind.METHOD, "serial", 1, text)
    return replace(found, profile=replace(found.profile, notes=(*found.profile.notes, note)))


def _in_lanes(
    found: Measurement, windows: tuple[Profile, ...], layers: tuple[tuple[Profile, ...], ...] = ()
) -> Measurement:
    """The measurement with its layers, and with what it is in each lane: `windows` and `layers` have these behind it.

    The firmware's own stopwatch knows nothing of lanes.
    """
    own, *others = [
        replace(found, profile=window, layers=tuple(layer[number] for layer in layers))
        for number, window in enumerate(windows)
    ]
    return replace(own, lanes=tuple(replace(lane, stopwatch_us=None) for lane in others))


def synthetic_input_for(session: Session, flashed: Flashed) -> tuple[Task | None, bytes]:
    """An input of the kind that the network takes, and its benchmark, as told by the user or by the firmware."""
    chosen, size = flashed.task, flashed.input_format
    told = session.model() if flashed.network_inside else None
    if told == STREAMING:
        raise Unpriced(f"{flashed.title}: the firmware says that it runs {STREAMING}: {NO_STREAMING}")
    said = TASKS.get(told or "")
    if chosen is not None and said not in (None, chosen):
        raise BadInput(f"{flashed.image.name}: the firmware says that it runs {said.name}, not {chosen.name}")
    if size is None:
        chosen = said
        if chosen is None:
            is_silent = told in (None, "none")  # our own firmware without a network says the latter
            says = "does not say which benchmark it runs" if is_silent else f"says that it runs {told!r:.60}"
            raise BadInput(
                f"{flashed.title}: the firmware {says}: name it ({', '.join(TASKS)}), "
                f"or bound the measurement by `function`, or by `start` and `end`"
            )
        size = chosen.input_bytes, chosen.encoding
    return chosen, synthetic_input(*size)


def _between(session: Session, flashed: Flashed, bounds: tuple[Bounds, ...], every_call: bool) -> Measurement:
    """From reset; if the firmware asks for a command before the window closes, through an inference.

    With `every_call` the run goes on behind it, as far as `Windows.enough` and `REST_LIMIT_CYCLES` say.
    """
    machine = session.machine
    windows = Windows(machine, bounds, every_call)
    windows.listen()
    session.until = windows.until(lambda: windows.is_entered)
    session.missed = lambda: windows.first.missed()
    session.boot()
    session.until = windows.until(lambda: windows.first.is_closed)
    if windows.is_entered and not windows.first.is_closed:
        session.proceed(WINDOW_LIMIT_CYCLES)
    ended = _go_on(session, windows) if every_call and windows.first.is_closed else ""
    if not windows.first.is_closed:
        ended = _infer_once(session, flashed, windows)
    elif every_call and session.is_ready:
        try:
            ended = _infer_once(session, flashed, windows)
        except SimtinyError as error:  # what comes behind the window of the figures ends the run, whatever it is
            ended = str(error)
    first = windows.first
    if not first.is_closed:
        raise FirmwareFault(f"{flashed.image.name}: the firmware {first.missed()}, but answered an infer command")
    start, end = first.passage
    missed = tuple(Note(NoteKind.METHOD, "window", 1, f"the firmware {what}") for what in windows.missed())
    profiles = tuple(replace(each, notes=windows.notes + missed) for each in machine.profiles(start, end))
    found = Measurement(
        profile=profiles[0],
        window=first.bounds.description,
        is_inference=False,
        task=None,
        stopwatch_us=None,
        layers=(),
        ram_used=windows.ram_used,
        calls=None if start.calls is None else machine.call_tree(start, end),
        said=tuple(session.said),
        windows=windows.counts() if every_call else (),
        waits=first.waits,
        run_ended=ended,
    )
    return _in_lanes(found, profiles)


def _go_on(session: Session, windows: Windows) -> str:
    """Run on behind the first window's passage. Returns why that ended; empty where a command is waited for."""
    if session.is_ready:
        return ""
    until = windows.until(windows.enough)
    try:
        reason = session.machine.run(lambda: session.is_ready or until(), REST_LIMIT_CYCLES)
    except SimtinyError as error:
        return str(error)
    if reason is StopReason.CONDITION:
        return "" if session.is_ready else ENOUGH
    if reason is StopReason.LIMIT:
        return f"it had gone on for {REST_LIMIT_CYCLES:,} cycles"
    return session.machine.explanation or reason.value


def _infer_once(session: Session, flashed: Flashed, windows: Windows) -> str:
    """Have a firmware that waits for a command run one inference. Returns why the run ended."""
    until = windows.enough if windows.every_call else lambda: windows.first.is_closed
    session.until = windows.until(until)
    if not session.until():
        session.load_input(synthetic_input_for(session, flashed)[1])
    if not session.until():
        session.command("infer 1 0", INFER_LIMIT_S)
    return ENOUGH if windows.enough() else "it had run one inference"
