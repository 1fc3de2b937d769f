"""A stream, counted, priced in sections, and reported."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from math import fsum
from pathlib import Path
from typing import BinaryIO

from simtiny.api_words import PRICE_WORDS
from simtiny.board import Board
from simtiny.board_file import board_names, load_board
from simtiny.breakdown import function_sums, in_order
from simtiny.counting import stream, stream_file
from simtiny.energy import EnergyEstimate, with_interval
from simtiny.errors import BadInput
from simtiny.files import is_file, shown
from simtiny.image import Image
from simtiny.image_load import check_holds, load
from simtiny.intervals import Interval, energy_interval, latency_interval, with_known_bias
from simtiny.machine.replay import Replay
from simtiny.machine.sections import Sections
from simtiny.machine.stream_window import StreamWindow
from simtiny.mlperf.identity import board_sha256
from simtiny.notes import Note, NoteKind
from simtiny.operating_point import Overrides, note, overridden
from simtiny.power import LDO
from simtiny.pricing import Priced, price_run
from simtiny.profiles import Profile
from simtiny.progress import Progress, silent
from simtiny.report.price_result import PriceResult, Section
from simtiny.report.routines import routines
from simtiny.report.stream_facts import kept, notes_of, printable
from simtiny.request import Request
from simtiny.request_check import check_against
from simtiny.settings import MemorySettings
from simtiny.symbols import code_address
from simtiny.timing.effects import Effect
from simtiny.timing.models import MODELS
from simtiny.uncertainty import (
    by_own_measurements,
    known_bias,
    other_point,
    other_timing,
    recorded_supplies,
    timing_on_record,
)

Marks = tuple[int, int]
LEAST_ENERGY_SHARE = 0.99
"""Of the time. Where the energy of less is known, as at a regulator's setting of start-up, none is given."""
_TOLD_EVERY = 1 << 20  # bytes


@dataclass(frozen=True)
class _Asked:
    """What to count. `source`: a file by its name, or an open one."""

    name: str
    source: Path | BinaryIO
    request: Request
    marks: Marks | None
    board: Board | None
    image: Image | None
    progress: Progress

    @property
    def window(self) -> str:
        """What bounds it, in words."""
        if self.marks is not None:
            return "from mark {} to mark {}".format(*self.marks)
        return self.request.bounds.description if self.request.bounds else "all of the stream"

    @property
    def title(self) -> str:
        """The same in few words; empty for all of the stream."""
        if self.marks is not None:
            return "marks {} to {}".format(*self.marks)
        return self.request.bounds.title if self.request.bounds else ""


@dataclass(frozen=True)
class _Counted:
    """A window of a stream, a profile a section."""

    header: stream.Header
    board: Board
    profiles: tuple[Profile, ...]


def price_stream(
    source: Path | BinaryIO, request: Request, marks: Marks | None = None, progress: Progress = silent
) -> PriceResult:
    """Price the stream in a file.

    Raises BadInput for a stream, an image or a window that can't be used, Unpriced for what the model has no price for.
    """
    image = None if request.image is None else load(request.image, address=request.address)
    name = shown(str(source)) if isinstance(source, Path) else "the stream"
    board = None if request.board is None else load_board(request.board)
    if board is not None:
        check_against(request, board)
    asked = _Asked(name, source, request, marks, board, image, progress)
    overrides = request.overrides
    settings = replace(request.settings, wait_states=overrides.wait_states)
    counted = _count(asked, settings)
    wait_states = _other_wait_states(counted, overrides)
    if wait_states is not None:
        if not (isinstance(source, Path) and is_file(source)):
            raise BadInput(
                f"flash takes {wait_states} wait states then, not those of the stream, and that can be read once only: "
                "say `wait_states`"
            )
        overrides = replace(overrides, wait_states=wait_states)
        counted = _count(asked, replace(settings, wait_states=wait_states))
    return _assembled(asked, counted, overrides, name)


def _other_wait_states(counted: _Counted, overrides: Overrides) -> int | None:
    """Those that the overrides come to, if they are others than it was counted at."""
    there = [overridden(each.programmed, overrides, counted.board).wait_states for each in counted.profiles]
    if there == [each.operating_point.wait_states for each in counted.profiles]:
        return None
    if len(set(there)) > 1:
        raise BadInput("the window has several clocks, which take different wait states: say `wait_states`")
    return there[0]


# --- counting ---------------------------------------------------------------------------------------------------------


def _count(asked: _Asked, settings: MemorySettings) -> _Counted:
    opened: AbstractContextManager[BinaryIO] = (
        stream_file.opened(asked.source) if isinstance(asked.source, Path) else nullcontext(asked.source)
    )
    with opened as file:
        with _named(asked.name):
            header, plain = stream_file.begun(file)
            board = _board(asked.board, header)
        if asked.board is None:
            check_against(asked.request, board)
        contents: list[tuple[int, bytes]] = []
        if asked.image is not None:
            check_holds(asked.image, board)
            contents = [(segment.address, segment.data) for segment in asked.image.segments]
        replay = Replay(plain, board, contents, settings)
        window = _window(asked, replay)
        with _named(asked.name):
            _replay(replay, window, stream.read_chunks(plain), _telling(asked, file))
            if asked.image is not None:
                _check_same_code(replay, asked.image, board)
            if missed := window.missed():
                raise BadInput(missed)
            profiles = window.sections.profiles()
            if not profiles:
                raise BadInput(f"nothing runs in the window, {asked.window}")
    return _Counted(header, board, profiles)


def _replay(replay: Replay, window: StreamWindow, chunks: Iterable[bytes], tell: Callable[[], None]) -> None:
    """Count what is up to the window's end, and see that all behind it is whole."""
    for records in chunks:
        done = 0
        while done < len(records) and not window.is_closed:
            done = replay.count(records, done)
        tell()
    window.sections.end()


def _telling(asked: _Asked, file: BinaryIO) -> Callable[[], None]:
    """Tells how far a file is read, now and then."""
    if not isinstance(asked.source, Path):
        return lambda: None
    size, next_at = asked.source.stat().st_size, 0

    def tell() -> None:
        nonlocal next_at
        if size and (at := file.tell()) >= next_at:
            asked.progress(min(at, size), size)
            next_at = at + _TOLD_EVERY

    return tell


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Have a message say which stream it is of."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from error


def _board(asked: Board | None, header: stream.Header) -> Board:
    """That of the stream, which the user may have said, too; or has to."""
    if asked is None:
        if not header.board:
            raise BadInput("the stream does not say on which board it was recorded: give the `board`")
        if header.board not in board_names():
            raise BadInput(
                f"the stream was recorded on {printable(header.board)}, which does not come with simtiny: give its "
                "platform file as `board`"
            )
        return load_board(header.board)
    if header.board not in ("", asked.id):
        raise BadInput(f"the stream was recorded on {printable(header.board)}, not on {asked.id}")
    return asked


def _window(asked: _Asked, replay: Replay) -> StreamWindow:
    window = StreamWindow(replay, Sections(replay))
    bounds = asked.request.bounds
    if asked.marks is not None:
        window.marks(*asked.marks)
        return window
    replay.on_mark = lambda number: None  # each would be a copy of all counters
    if bounds is None:
        window.whole()
        return window
    image = asked.image or Image("the stream", "", ())
    if asked.image is None and (name := next((each for each in (bounds.start, bounds.end) if _is_name(each)), None)):
        raise BadInput(f"{name} is a name: give the `image` that has it, or an address such as 0x08000400")
    start = code_address(image, replay.board, bounds.start)
    if bounds.end is None:
        window.call(start, bounds.start)
    else:
        window.passage(start, code_address(image, replay.board, bounds.end), (bounds.start, bounds.end))
    return window


def _is_name(bound: str | None) -> bool:
    return bound is not None and bound[:2].lower() != "0x"


def _check_same_code(replay: Replay, image: Image, board: Board) -> None:
    """Raise BadInput where nothing that ran in flash is in the image: where it is, Replay has compared it."""
    mark = replay.mark()
    in_flash = [
        block.address
        for block in replay.profile(mark, mark).blocks
        if (memory := board.memory_at(block.address)) is not None and memory.kind == "flash"
    ]
    if in_flash and not any(image.word(address & ~3) is not None for address in in_flash):
        raise BadInput(f"the stream was made with another image than {image.name}: no code that ran is in it")


# --- pricing ----------------------------------------------------------------------------------------------------------


def _assembled(asked: _Asked, counted: _Counted, overrides: Overrides, name: str) -> PriceResult:
    board, profiles, request = counted.board, counted.profiles, asked.request
    sections = [price_run(profile, board, overrides, request.supply) for profile in profiles]
    pairs = list(zip(profiles, sections, strict=True))
    energies = [_energy(board, profile, section) for profile, section in pairs]
    known = [(each, section) for each, section in zip(energies, sections, strict=True) if each is not None]
    known_s, total_s = (fsum(each.estimate.latency_s for each in some) for some in ([e for _, e in known], sections))
    energy_share = known_s / total_s if total_s else float(len(known) == len(sections))
    consumed = _sum([each for each, _ in known], known_s) if energy_share >= LEAST_ENERGY_SHARE else None
    latency_ms = total_s * 1e3
    intervals = [_latency_interval(board, profile, section) for profile, section in pairs]
    ends = [
        interval.around(section.estimate.latency_s * 1e3) for interval, section in zip(intervals, sections, strict=True)
    ]
    low_ms, high_ms = fsum(low for low, _ in ends), fsum(high for _, high in ends)
    facts = kept(counted.header.facts)
    image = printable(counted.header.image) if asked.image is None else asked.image.name
    named = asked.image if asked.image and asked.image.functions else routines(profiles, image)
    functions: dict[tuple[str, int], tuple[float, float]] = {}
    for (profile, section), energy in zip(pairs, energies, strict=True):
        for key, (cycles, energy_uj) in function_sums(profile, section.estimate, energy, named).items():
            before = functions.get(key, (0.0, 0.0))
            functions[key] = before[0] + cycles, before[1] + energy_uj
    return PriceResult(
        title=asked.title or image or name,
        stream=name,
        engine=facts.get("engine", ""),
        image=image,
        board=board.id,
        window=asked.window,
        latency_ms=latency_ms,
        latency_uncertainty_ms=max(latency_ms - low_ms, high_ms - latency_ms),
        latency_low_ms=low_ms,
        latency_high_ms=high_ms,
        latency_interval_basis=_joined(interval.basis for interval in intervals),
        cycles=sum(section.estimate.cycles for section in sections),
        instructions=sum(section.estimate.instructions for section in sections),
        cycles_by_effect={
            **{
                effect.name.lower(): sum(section.estimate.cycles_by_effect[effect] for section in sections)
                for effect in Effect
            },
            "sleep": sum(profile.sleep_cycles for profile in profiles),
        },
        exceptions=sum(profile.exceptions for profile in profiles),
        energy=consumed,
        energy_share=energy_share if consumed else 0.0,
        sections=tuple(
            Section(
                section.point,
                section.estimate.cycles,
                section.estimate.instructions,
                section.estimate.latency_s * 1e3,
                energy.energy_uj if energy else None,
            )
            for section, energy in zip(sections, energies, strict=True)
        ),
        by_function=in_order(functions, has_energy=consumed is not None),
        facts=facts,
        notes=notes_of(facts, board) + _notes(board, pairs, intervals),
        image_sha256=asked.image.sha256 if asked.image else None,
        board_sha256=board_sha256(board),
        options={
            **{word: value for word, value in request.words().items() if word in PRICE_WORDS},
            "marks": asked.marks,
        },
    )


def _latency_interval(board: Board, profile: Profile, section: Priced) -> Interval:
    """A stream is a program of any kind, even if it is that of a recorded result."""
    found = latency_interval(
        board.core,
        MODELS[board.core].evidence.relative_uncertainty,
        recorded=False,
        board_known=timing_on_record(board),
        other_timing=other_timing(board, profile.programmed, section.point),
    )
    return with_known_bias(found) if known_bias(board, section.point) else found


def _energy(board: Board, profile: Profile, section: Priced) -> EnergyEstimate | None:
    """Of a section, with its interval."""
    model, consumption = board.power, section.consumption
    if model is None or consumption is None:
        return None
    interval = energy_interval(
        model.half_width,
        calibrated=by_own_measurements(model),
        stack_known=by_own_measurements(model),
        other_supply=consumption.supply.supply_v not in recorded_supplies(board.id, model),
        linear=consumption.supply.regulator == LDO,
        other_point=other_point(profile.programmed, section.point),
    )
    return with_interval(consumption.energy, interval)


def _sum(parts: Sequence[EnergyEstimate], latency_s: float) -> EnergyEstimate:
    """Of sections one after the other. What is wrong with one is wrong with all: the ends of their intervals add up."""
    if len(parts) == 1:
        return parts[0]
    energy_uj = fsum(part.energy_uj for part in parts)
    low = [part.energy_low_uj for part in parts if part.energy_low_uj is not None]
    high = [part.energy_high_uj for part in parts if part.energy_high_uj is not None]
    has_interval = len(low) == len(high) == len(parts)
    low_uj, high_uj = (fsum(low), fsum(high)) if has_interval else (None, None)
    most = max(parts, key=lambda part: part.energy_uj)
    return replace(
        most,
        energy_uj=energy_uj,
        uncertainty_uj=None if low_uj is None or high_uj is None else max(energy_uj - low_uj, high_uj - energy_uj),
        energy_low_uj=low_uj,
        energy_high_uj=high_uj,
        interval_basis=_joined(part.interval_basis for part in parts),
        mean_power_mw=energy_uj * 1e-3 / latency_s if latency_s else 0.0,
        by_event_uj={name: fsum(part.by_event_uj[name] for part in parts) for name in most.by_event_uj},
    )


def _notes(board: Board, pairs: Sequence[tuple[Profile, Priced]], intervals: Sequence[Interval]) -> tuple[Note, ...]:
    total_s = fsum(section.estimate.latency_s for _, section in pairs)
    changed = [note(profile.programmed, section.point) for profile, section in pairs]
    biases = [known_bias(board, section.point) for _, section in pairs]
    widened = [f"wider intervals: of the latency, for {', '.join(each.widened)}" for each in intervals if each.widened]
    found = [Note(NoteKind.WHAT_IF, "operating point", 1, text) for text in dict.fromkeys(changed) if text]
    found += [Note(NoteKind.METHOD, "latency", 1, text) for text in dict.fromkeys(biases) if text]
    found += [Note(NoteKind.METHOD, "interval", 1, text) for text in dict.fromkeys(widened)]
    for text in dict.fromkeys(section.why_not for _, section in pairs if section.why_not):
        share = fsum(each.estimate.latency_s for _, each in pairs if each.why_not == text) / total_s if total_s else 1.0
        left_out = "" if share == 1 else f"of {share:.2%} of the time the energy is not known and left out: "
        found.append(Note(NoteKind.METHOD, "energy", 1, left_out + text))
    return (*found, *pairs[-1][0].notes)


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
