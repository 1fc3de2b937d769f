"""The counts of a measurement: from the store in the user's cache where they are there, else by running the firmware.

An entry is found by all that the counts depend on: what was put on the board, what is measured, and the code that
counts. Only where something has to run is a machine imported.
"""

import gc
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import msgspec

from simtiny.board import Board
from simtiny.bounds import Bounds
from simtiny.counting_version import LIBRARIES, counting_version, library_version
from simtiny.errors import BadInput, SimtinyError
from simtiny.flash.acceleration import Acceleration
from simtiny.flash.what_if import executed_under, forced
from simtiny.mlperf.measurement import Flashed, Measurement
from simtiny.mlperf.tasks import TASKS
from simtiny.operating_point import AS_PROGRAMMED, USUAL_SUPPLY, Overrides, Supply, overridden
from simtiny.pricing import Priced, agrees, estimate_at, price_run
from simtiny.profile_file import ProfileSet, consistent, dump, load
from simtiny.profile_store import Store, content_key, user_store
from simtiny.profiles import CodeBlock, Profile
from simtiny.settings import AS_IT_IS, MemorySettings
from simtiny.version import __version__

if TYPE_CHECKING:
    from simtiny.machine.machine import Machine
    from simtiny.mlperf.measure import Start
    from simtiny.renode.find import Found

MOST_STOPWATCH_US = 1 << 32
"""More than an hour, where an inference may take 30 s."""
MOST_RAM_BYTES = 1 << 32
MOST_LANES = 16
"""Settings of one execution: each takes a few megabytes."""


@dataclass(frozen=True)
class Question:
    """What is measured of a board with its firmware, as `measure` takes it."""

    flashed: Flashed
    bounds: Bounds | None = None
    settings: MemorySettings = AS_IT_IS
    warmups: int = 0
    sample: bytes | None = None
    renode: "Found | None" = None
    """What executes the firmware in place of Unicorn. Such counts are not stored."""
    also: tuple[Bounds, ...] = ()
    """Further windows of the same run."""
    serial_takes_time: bool = True
    """Whether characters do in windows by symbols: see `simtiny.machine.machine.Machine`."""
    every_call: bool = False
    """Whether all passages through the windows are counted. Such counts are not stored."""

    @cached_property
    def key(self) -> str:
        """The name of its counts in the store: another one for anything that they depend on. File names are nothing."""
        flashed = self.flashed
        image = [flashed.image.sha256, [(segment.address, len(segment.data)) for segment in flashed.image.segments]]
        parts: dict[str, bytes | str] = {
            "counting": counting_version(),
            "board": msgspec.json.encode(flashed.board),
            "image": json.dumps(image),
            "input": json.dumps([flashed.network_inside, flashed.task and flashed.task.name, flashed.input_format]),
            "window": json.dumps(self.bounds and [self.bounds.start, self.bounds.end, self.bounds.call]),
            "settings": msgspec.json.encode(self.settings),
            "warmups": str(self.warmups),
            "seed": str(flashed.seed),
            "serial": str(self.serial_takes_time),
            **{f"segment {address:#x}": data for address, data in flashed.segments},
        }
        if self.sample is not None:
            parts["sample"] = self.sample
        return content_key(parts)

    @cached_property
    def window_key(self) -> str:
        """The name of its counts without those of layers."""
        return content_key({"question": self.key, "of": "the window alone"})

    @property
    def is_kept(self) -> bool:
        """Whether its counts are stored."""
        return self.renode is None and not self.every_call

    def under(self, settings: MemorySettings) -> "Question":
        """The same under other settings."""
        return self if settings == self.settings else replace(self, settings=settings)


@dataclass(frozen=True)
class Counts:
    """A measurement and its price. `not_kept`: why a measurement that was run could not be stored."""

    measurement: Measurement
    priced: Priced
    stored: bool = False
    not_kept: str | None = None


def store() -> Store:
    """Where counts, and what follows from them, are kept."""
    return user_store()


def counted(
    question: Question,
    board: Board,
    overrides: Overrides = AS_PROGRAMMED,
    supply: Supply = USUAL_SUPPLY,
    *,
    fresh: bool = False,
) -> Counts:
    """The counts, priced. `fresh`: run the firmware whatever is stored, and replace that.

    At other wait states than the firmware programs, which the overrides may come to, it is counted at these: it runs
    once to tell what it programs, and once more. What is stored is used if it answers the question as far as that shows
    (`_measurement`), and its cycles are those that the core's rules give for its counts. Raises as `measure` and
    `price_run` do.
    """
    found = None if fresh else stored(question, board, overrides, supply)
    if found is not None:
        return found
    measured, not_kept = _run(question, board)
    there = at_wait_states(question, measured, overrides, board)
    if there != question:
        measured, not_kept = _run(there, board)
    return Counts(measured, price_run(measured.profile, board, overrides, supply, measured.layers), not_kept=not_kept)


def stored(
    question: Question, board: Board, overrides: Overrides = AS_PROGRAMMED, supply: Supply = USUAL_SUPPLY
) -> Counts | None:
    """What `counted` takes from the store; None where it has to run the firmware."""
    with suppress(SimtinyError, ArithmeticError):  # if it was not forged, the run says what is wrong
        return _stored_and_priced(question, board, overrides, supply)
    return None


def followed(
    question: Question,
    board: Board,
    overrides: Overrides = AS_PROGRAMMED,
    supply: Supply = USUAL_SUPPLY,
    listen: "Callable[[Machine], None]" = lambda machine: None,
) -> Counts:
    """The counts, priced, with who called whom: the firmware runs, whatever is stored. Raises as `counted` does.

    `listen` is given each machine before it runs: the last one is that of the counts.
    """
    from simtiny.mlperf.measure import measure

    def run(asked: Question) -> Measurement:
        with _memory_given_back():
            return measure(
                asked.flashed,
                asked.bounds,
                asked.settings,
                warmups=asked.warmups,
                sample=asked.sample,
                calls=True,
                listen=listen,
            )

    measured = run(question)
    there = at_wait_states(question, measured, overrides, board)
    if there != question:
        measured = run(there)
    return Counts(measured, price_run(measured.profile, board, overrides, supply, measured.layers))


def counted_with(
    caches: Sequence[str],
    question: Question,
    counts: Counts,
    board: Board,
    overrides: Overrides = AS_PROGRAMMED,
    supply: Supply = USUAL_SUPPLY,
    *,
    fresh: bool = False,
) -> tuple[Counts, ...]:
    """The same as `counts` with each of these caches in place of the chip's, without layers."""
    question = replace(question, also=(), every_call=False)
    own, wait_states = question.settings, counts.priced.point.wait_states
    if wait_states != counts.measurement.profile.programmed.wait_states:
        own = replace(own, wait_states=wait_states)
    found, _, _ = measured_at(question, board, [replace(own, caches=text) for text in caches], fresh=fresh)
    return tuple(Counts(measured, price_run(measured.profile, board, overrides, supply)) for measured in found)


def at_wait_states(question: Question, measured: Measurement, overrides: Overrides, board: Board) -> Question:
    """The question at the wait states that the overrides come to: itself where it was measured at these."""
    wait_states = overridden(measured.profile.programmed, overrides, board).wait_states
    if wait_states == measured.profile.operating_point.wait_states:
        return question
    return question.under(replace(question.settings, wait_states=wait_states))


def measured_at(
    question: Question, board: Board, settings: Sequence[MemorySettings], *, fresh: bool = False
) -> tuple[tuple[Measurement, ...], int, int]:
    """The counts of the question's window under each of these settings, how many executions that took, and how many
    of the settings were stored.

    One execution counts under several, as far as `executed_under` is the same of them. Where interrupts come or the
    core sleeps in the window, each is executed: what happens there depends on how long all else takes. Raises as
    `measure` does.
    """
    found: dict[MemorySettings, Measurement] = {}
    for own in dict.fromkeys(settings):
        kept = None if fresh else _kept_window(question.under(own), board)
        if kept is not None:
            found[own] = kept
    stored, executions = len(found), 0
    for chunk in together([own for own in dict.fromkeys(settings) if own not in found], question.flashed.board):
        measured, took = _execute(question, chunk)
        executions += took
        for own, one in zip(chunk, measured, strict=True):
            found[own], there = one, question.under(own)
            _keep(there, there.key if len(chunk) == 1 else there.window_key, board, one)
    return tuple(found[own] for own in settings), executions, stored


def together(settings: Sequence[MemorySettings], board: Board) -> list[tuple[MemorySettings, ...]]:
    """Settings by the execution that counts them."""
    groups: dict[MemorySettings, list[MemorySettings]] = {}
    for own in settings:
        groups.setdefault(executed_under(own, board), []).append(own)
    return [
        tuple(group[first : first + MOST_LANES])
        for group in groups.values()
        for first in range(0, len(group), MOST_LANES)
    ]


def _execute(question: Question, settings: Sequence[MemorySettings]) -> tuple[tuple[Measurement, ...], int]:
    """Count the firmware under each of these settings, which go together, and say how many executions that took."""
    base = executed_under(settings[0], question.flashed.board)
    lanes = tuple(own for own in settings if own != base)
    found = _measured(question, base, lanes)
    by_settings = {base: replace(found, lanes=()), **dict(zip(lanes, found.lanes, strict=True))}
    if not _goes_by_the_clock(found):
        return tuple(by_settings[own] for own in settings), 1
    forced = {own: _measured(question, own) for own in lanes}
    return tuple((by_settings | forced)[own] for own in settings), 1 + len(lanes)


def _measured(question: Question, settings: MemorySettings, lanes: tuple[MemorySettings, ...] = ()) -> Measurement:
    from simtiny.mlperf.measure import measure

    with _memory_given_back():
        return measure(
            question.flashed,
            question.bounds,
            settings,
            lanes,
            warmups=question.warmups,
            sample=question.sample,
            other=None if question.renode is None else _on_renode(question.renode),
            also=question.also,
            every_call=question.every_call,
            serial_takes_time=question.serial_takes_time,
        )


def _on_renode(found: "Found") -> "Start":
    from simtiny.renode.engine import RenodeEngine

    return partial(RenodeEngine, found)


def _goes_by_the_clock(found: Measurement) -> bool:
    """Whether a window would go another way if its memories were slower or faster, as far as its counts show."""
    return bool(found.profile.exceptions or found.profile.sleep_cycles or found.waits)


@contextmanager
def _memory_given_back() -> Iterator[None]:
    """Of what runs inside: the parts of a machine know each other, and Python would free them some time later.

    What was there before is not looked at, which makes the look a quick one. That holds for the whole process: with
    other threads in it nothing is done.
    """
    if gc.get_freeze_count() or threading.active_count() > 1:
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()


def _stored_and_priced(question: Question, board: Board, overrides: Overrides, supply: Supply) -> Counts | None:
    """The counts if they are stored, and agree with their price."""
    kept = _kept(question)
    if kept is None:
        return None
    there = at_wait_states(question, kept, overrides, board)
    if there != question:
        kept = _kept(there)
        if kept is None:
            return None
    priced = price_run(kept.profile, board, overrides, supply, kept.layers)
    return Counts(kept, priced, stored=True) if agrees((kept.profile, *kept.layers), priced) else None


def _kept(question: Question, key: str | None = None) -> Measurement | None:
    if not question.is_kept:
        return None
    return store().get(key or question.key, lambda data: _measurement(load(data), question))


def _kept_window(question: Question, board: Board) -> Measurement | None:
    """What is stored of the question's window, if it agrees with its price."""
    for key in (question.key, question.window_key):
        kept = _kept(question, key)
        if kept is not None:
            with suppress(SimtinyError, ArithmeticError):
                cycles = estimate_at(kept.profile, board, kept.profile.operating_point).cycles
                if consistent(kept.profile, cycles) and cycles > 0:
                    return kept
    return None


def _run(question: Question, board: Board) -> tuple[Measurement, str | None]:
    """Run the firmware and keep what was counted. Gives why it could not be kept, too."""
    (found,), _ = _execute(question, (question.settings,))
    return found, _keep(question, question.key, board, found)


def _keep(question: Question, key: str, board: Board, found: Measurement) -> str | None:
    """Store it. Gives back why it could not be stored."""
    if not question.is_kept:
        return None
    metadata = {
        "core": board.core,
        "platform": msgspec.json.encode(board).decode(),
        "image_sha256": question.flashed.image.sha256,
        "counting": counting_version(),
        "simtiny": __version__,
        **{library: library_version(library) for library in LIBRARIES},
        "window": found.window,
        "measurement": json.dumps(
            {
                "is_inference": found.is_inference,
                "task": found.task and found.task.name,
                "stopwatch_us": found.stopwatch_us,
                "ram_used": found.ram_used,
            }
        ),
    }
    try:
        return store().put(key, dump(ProfileSet((found.profile, *found.layers), metadata)))
    except BadInput as error:
        return str(error)


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    """What of a measurement is no profile."""

    is_inference: bool
    task: str | None
    stopwatch_us: int | float | None
    ram_used: int


def _measurement(profiles: ProfileSet, question: Question) -> Measurement:
    """What `_keep` stored. Raises BadInput for anything else, as far as it can be told without a run."""
    said, flashed = _said(profiles.metadata), question.flashed
    window, *layers = (replace(profile, image=flashed.image.name) for profile in profiles.profiles)
    possible = (
        "window" in profiles.metadata
        and profiles.metadata.get("image_sha256") == flashed.image.sha256
        and profiles.metadata.get("counting") == counting_version()
        and all(profile.board == flashed.board.id for profile in profiles.profiles)
        and all(_is_under(question.settings, profile) for profile in profiles.profiles)
        and _can_be_said(said, question)
        and len(layers) in _numbers_of_layers(len(layers), question)
        and all(layer.blocks == window.blocks[: len(layer.blocks)] for layer in layers)
        and _is_in_flash(window.blocks, flashed)
    )
    if not possible:
        raise BadInput("no stored measurement of this")
    return Measurement(
        profile=window,
        window=profiles.metadata["window"],
        is_inference=said.is_inference,
        task=None if said.task is None else TASKS[said.task],
        stopwatch_us=said.stopwatch_us,
        layers=tuple(layers),
        ram_used=said.ram_used,
    )


def _is_under(settings: MemorySettings, profile: Profile) -> bool:
    """Whether a profile was counted at what it says that the firmware programs, but for the settings."""
    programmed, counted = (
        Acceleration(point.wait_states, point.prefetch, point.instruction_cache, point.data_cache)
        for point in (profile.programmed, profile.operating_point)
    )
    there = forced(programmed, settings)
    names = "wait_states", "prefetch", "instruction_cache", "data_cache"
    return all(getattr(counted, name) == getattr(there, name) for name in names)


def _can_be_said(said: _Said, question: Question) -> bool:
    """Whether a measurement can have given this, whatever the firmware counted."""
    flashed, is_inference = question.flashed, question.bounds is None
    told = flashed.task and flashed.task.name
    asks = is_inference and question.sample is None and flashed.input_format is None  # the firmware, what it runs
    stopwatch_us = said.stopwatch_us
    return (
        said.is_inference == is_inference
        and (said.task in TASKS if asks else said.task == (told if is_inference else None))
        and (stopwatch_us is None or (is_inference and 0 <= stopwatch_us < MOST_STOPWATCH_US))
        and 0 <= said.ram_used <= MOST_RAM_BYTES
    )


def _numbers_of_layers(found: int, question: Question) -> tuple[int, ...]:
    """How many layers there may be. A firmware need not mark any; only where there is a plan is their number known."""
    if question.bounds is not None:
        return (0,)
    marked = question.flashed.layers
    return 0, found if marked is None else marked


def _is_in_flash(blocks: Iterable[CodeBlock], flashed: Flashed) -> bool:
    """Whether the code in flash is what was put there, which no firmware can change. Code in RAM can't be told."""
    contents = [(start, start + len(data), data) for start, data in _flash(flashed)]
    return all(
        code.startswith(data[address - start : address - start + len(code)])
        for address, code, _ in blocks
        for start, end, data in contents
        if start <= address < end
    )


def _flash(flashed: Flashed) -> Iterator[tuple[int, bytes]]:
    """Of each flash memory that anything was put in, from the first byte of that to the last: address, and bytes."""
    pieces = [*((segment.address, segment.data) for segment in flashed.image.segments), *flashed.segments]
    for memory in flashed.board.memories:
        inside = [
            (max(address - base, 0), data[max(base - address, 0) : base + memory.size - address])
            for base in (memory.base, *memory.aliases)
            for address, data in pieces
            if memory.kind == "flash" and address < base + memory.size and base < address + len(data)
        ]
        if inside:
            first, last = min(at for at, _ in inside), max(at + len(data) for at, data in inside)
            content = bytearray(b"\xff") * (last - first)
            for at, data in inside:
                content[at - first : at - first + len(data)] = data
            yield memory.base + first, bytes(content)


def _said(metadata: Mapping[str, str]) -> _Said:
    try:
        return msgspec.json.decode(metadata.get("measurement", ""), type=_Said)
    except msgspec.MsgspecError as error:
        raise BadInput(f"no stored measurement: {error}") from None
