"""The counts of a measurement: from the store in the user's cache where they are there, else by running the firmware.

An entry is found by all that the counts depend on: what was put on the board, what is measured, and the code that
counts. Only where something has to run is a machine imported.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec

from simtiny.board import Board
from simtiny.bounds import Bounds
from simtiny.counting_version import LIBRARIES, counting_version, library_version
from simtiny.errors import BadInput, SimtinyError
from simtiny.flash.what_if import parse_caches
from simtiny.mlperf.measurement import Flashed, Measurement
from simtiny.mlperf.tasks import TASKS
from simtiny.operating_point import AS_PROGRAMMED, USUAL_SUPPLY, Overrides, Supply
from simtiny.pricing import Priced, agrees, price_run
from simtiny.profile import CodeBlock
from simtiny.profile_file import ProfileSet, dump, load
from simtiny.profile_store import Store, content_key, user_store
from simtiny.version import __version__

MOST_STOPWATCH_US = 1 << 32
"""More than an hour, where an inference may take 30 s."""
MOST_RAM_BYTES = 1 << 32


@dataclass(frozen=True)
class Question:
    """What is measured of a board with its firmware, as `measure` takes it. `caches`: as the user writes them."""

    flashed: Flashed
    bounds: Bounds | None = None
    caches: tuple[str, ...] = ()
    warmups: int = 0
    sample: bytes | None = None

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
            "window": json.dumps(self.bounds and [self.bounds.start, self.bounds.end]),
            "caches": json.dumps(self.caches),
            "warmups": str(self.warmups),
            **{f"segment {address:#x}": data for address, data in flashed.segments},
        }
        if self.sample is not None:
            parts["sample"] = self.sample
        return content_key(parts)


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

    What is stored is used if it answers the question as far as that shows (`_measurement`), and its cycles are those
    that the core's rules give for its counts. Raises as `measure` and `price_run` do.
    """
    kept = None if fresh else store().get(question.key, lambda data: _measurement(load(data), question))
    if kept is not None:
        with suppress(SimtinyError, ArithmeticError):  # if it was not forged, the run says what is wrong
            priced = price_run(kept.profile, board, overrides, supply, kept.layers)
            if agrees((kept.profile, *kept.layers), board, priced):
                return Counts(kept, priced, stored=True)
    tried = tuple(parse_caches(text, board) for text in question.caches)
    from simtiny.mlperf.measure import measure

    found = measure(question.flashed, question.bounds, tried, warmups=question.warmups, sample=question.sample)
    not_kept = _keep(question, board, found)
    return Counts(found, price_run(found.profile, board, overrides, supply, found.layers), not_kept=not_kept)


def _keep(question: Question, board: Board, found: Measurement) -> str | None:
    """Store it. Gives back why it could not be stored."""
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
        return store().put(question.key, dump(ProfileSet((found.profile, *found.layers), metadata)))
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
