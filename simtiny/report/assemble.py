"""From what was measured and priced to what is reported: its parts, and the board's records beside it."""

from collections.abc import Sequence
from dataclasses import replace
from math import log
from operator import attrgetter

from simtiny import duty
from simtiny.board import Board
from simtiny.board_file import board_names
from simtiny.breakdown import by_class, by_function, by_memory, part, split_of_part
from simtiny.counts import Counts
from simtiny.energy import EnergyEstimate, with_interval
from simtiny.estimate import Estimate
from simtiny.flash.what_if import is_hypothetical
from simtiny.foreign import foreign_by
from simtiny.intervals import Interval
from simtiny.mlperf.identity import identity, synthetic_sha256
from simtiny.mlperf.measurement import Measurement
from simtiny.mlperf.memory import memory_use
from simtiny.mlperf.tasks import TASKS
from simtiny.mlperf.workload import Workload
from simtiny.notes import Note, NoteKind
from simtiny.operating_point import note
from simtiny.pricing import Priced
from simtiny.profiles import OperatingPoint, Profile
from simtiny.records import NOTHING_RECORDED, all_records, recorded
from simtiny.report.assemble_windows import assemble_windows, interrupts_of, waits_of
from simtiny.report.result import BOARDS_OWN, CacheOutcome, Layer, OtherKernels, RunResult
from simtiny.request import Request
from simtiny.settings import MemorySettings
from simtiny.timing.effects import Effect
from simtiny.timing.models import MODELS
from simtiny.uncertainty import energy_interval_of, known_energy_bias, latency_interval_of
from simtiny.validated import code_in, not_validated, runs_elsewhere


def assemble(workload: Workload, counts: Counts, request: Request, tried: Sequence[Counts] = ()) -> RunResult:
    """The result of one measured window, as it was priced. `request`: what asked for it. `tried`: with its caches."""
    measurement, priced = counts.measurement, counts.priced
    board, task = workload.board, measurement.task
    core, point, estimate = MODELS[board.core], priced.point, priced.estimate
    programmed = measurement.profile.programmed
    energy_interval = _energy_interval(workload, priced, programmed)
    consumed = with_interval(priced.consumption.energy, energy_interval) if priced.consumption else None
    of_energy = priced.why_not or known_energy_bias(board, point)
    hypothetical = _hypothetical(request.settings, board)
    where = code_in(board, (measurement.profile,))
    interval = latency_interval_of(
        workload,
        programmed,
        point,
        is_inference=measurement.is_inference,
        hypothetical=hypothetical is not None or workload.placed or runs_elsewhere(board, where, point),
    )
    lacking = not_validated(
        board,
        point,
        code_in=where,
        changed=hypothetical is not None or workload.placed,
    )
    what_if = note(programmed, point) or hypothetical or workload.placed
    low_ms, high_ms = interval.around(estimate.latency_s * 1e3)
    work = sum(layer.macs for layer in workload.plan.layers) if workload.plan else task.macs if task else None
    return RunResult(
        title=task.name if task else _title(workload, measurement),
        benchmark=task.name if task else None,
        board=board.id,
        firmware=workload.firmware,
        weights=workload.weights if measurement.is_inference or workload.plan else "",
        window=measurement.window,
        latency_ms=estimate.latency_s * 1e3,
        latency_uncertainty_ms=estimate.latency_s * 1e3 * interval.half_width,
        latency_low_ms=low_ms,
        latency_high_ms=high_ms,
        latency_interval_basis=interval.basis,
        cycles=estimate.cycles,
        instructions=estimate.instructions,
        baseline_cycles=estimate.baseline_cycles,
        cycles_by_effect={
            **{effect.name.lower(): estimate.cycles_by_effect[effect] for effect in Effect},
            "sleep": measurement.profile.sleep_cycles,
        },
        macs=work if measurement.is_inference else None,
        stopwatch_us=None if what_if else measurement.stopwatch_us,
        operating_point=point,
        energy=consumed,
        duty_cycle=_duty_cycle(priced, consumed),
        caches=_caches(workload, counts, tried, request),
        memory=memory_use(workload, measurement.ram_used),
        record=workload.published.key if workload.published and not what_if else None,
        recorded=NOTHING_RECORDED
        if what_if
        else recorded(board.id, task.name if task else "", consumed.supply_v if consumed else None),
        latency_calibrated_on=(*core.evidence.calibrated_on, *board.flash.calibrated_on),
        layers=_layers(workload, priced.layers, estimate, consumed),
        by_class=by_class(estimate, consumed),
        by_memory=by_memory(estimate, consumed),
        by_function=by_function(measurement.profile, estimate, consumed, workload.executed or workload.image),
        notes=_what_if_notes(note(programmed, point), hypothetical)
        + workload.notes
        + measurement.profile.notes
        + _foreign_notes(workload, measurement.profile)
        + ((Note(NoteKind.METHOD, "energy", 1, of_energy),) if of_energy else ())
        + _interval_notes(interval, energy_interval)
        + ((Note(NoteKind.METHOD, "configuration", 1, lacking),) if lacking else ())
        + (_cache_notes(board, measurement.profile) if tried else ())
        + _wait_notes(measurement, point)
        + _window_notes(measurement)
        + _store_notes(counts),
        other_kernels=_other_kernels(workload) if workload.own_network else None,
        identity=identity(workload, synthetic_sha256(workload, task) if measurement.is_inference else None),
        options=request.words(),
        kernels=workload.kernels,
        stored=counts.stored,
        interrupts=interrupts_of([(1, measurement.profile)], board),
        waits=waits_of(measurement.waits, measurement.profile.cycles),
        windows=assemble_windows(workload, measurement, request),
        run_ended=measurement.run_ended,
        not_validated=lacking,
    )


def _hypothetical(settings: MemorySettings, board: Board) -> str | None:
    """What no register of the chip sets, None if there is nothing."""
    if not is_hypothetical(settings, board):
        return None
    return f"what-if, not as the chip is: flash read {settings.read_width_bits} bits at a time"


def _foreign_notes(workload: Workload, profile: Profile) -> tuple[Note, ...]:
    """Of firmware that accesses what another chip has, if its image has not told so."""
    board, met = workload.board, [note.place for note in profile.notes if note.kind is NoteKind.UNMAPPED_ACCESS]
    found = foreign_by((int(place, 16) for place in met), board)
    if found is None or any(note.place == board.id for note in workload.notes):
        return ()
    return (Note(NoteKind.FIRMWARE, board.id, 1, f"{workload.image.name}: {found.text}, which {board.id} has not"),)


def _what_if_notes(*texts: str | None) -> tuple[Note, ...]:
    return tuple(Note(NoteKind.WHAT_IF, "operating point", 1, text) for text in texts if text)


def _energy_interval(workload: Workload, priced: Priced, programmed: OperatingPoint) -> Interval | None:
    consumption, model = priced.consumption, workload.board.power
    if consumption is None or model is None:
        return None
    return energy_interval_of(workload, model, consumption.supply, programmed, priced.point)


def _interval_notes(latency: Interval, energy: Interval | None) -> tuple[Note, ...]:
    """Why intervals are wider than those of what was recorded."""
    reasons = {"latency": latency.widened, "energy": energy.widened if energy else ()}
    text = "; ".join(f"of the {what}, for {', '.join(why)}" for what, why in reasons.items() if why)
    return (Note(NoteKind.METHOD, "interval", 1, f"wider intervals: {text}"),) if text else ()


def _duty_cycle(priced: Priced, consumed: EnergyEstimate | None) -> duty.DutyCycle | None:
    cycle = priced.consumption.duty_cycle if priced.consumption else None
    return duty.with_interval(cycle, consumed) if cycle and consumed else cycle


def _other_kernels(workload: Workload) -> OtherKernels:
    """How far recorded stacks lie apart on the board, for the benchmark whose work is nearest to the network's.

    On a board with fewer than two of them, on the one that has most.
    """
    assert workload.plan is not None
    macs = sum(layer.macs for layer in workload.plan.layers) or 1
    nearest = workload.task.name if workload.task else min(TASKS, key=lambda name: abs(log(macs / TASKS[name].macs)))
    by_board: dict[str, list[float]] = {}
    for record in all_records():
        if record.benchmark == nearest and record.board in board_names() and not record.accelerator:
            by_board.setdefault(record.board, []).append(record.latency_ms)
    board = workload.board.id
    if len(by_board.get(board, ())) < 2:
        board = max(by_board, key=lambda name: len(by_board[name]))
    latencies = by_board[board]
    return OtherKernels(nearest, board, min(latencies), max(latencies), len(latencies))


def _title(workload: Workload, measurement: Measurement) -> str:
    """What was measured: the image or the network, or of these what bounds the window."""
    if not workload.windows:
        return workload.title
    title = (measurement.windows[0].bounds if measurement.windows else workload.windows[0]).title
    return f"{title} ({workload.title})" if workload.plan else title


def _caches(workload: Workload, counts: Counts, tried: Sequence[Counts], request: Request) -> tuple[CacheOutcome, ...]:
    """What other caches make of the window, behind the board's own."""
    if not tried:
        return ()
    board_ms = counts.priced.estimate.latency_s * 1e3
    every = [(BOARDS_OWN, request.settings, counts)]
    for name, found in zip(request.caches, tried, strict=True):
        every.append((name, replace(request.settings, caches=name), found))
    return tuple(_cache_outcome(workload, *one, board_ms) for one in every)


def _cache_outcome(
    workload: Workload, name: str, settings: MemorySettings, found: Counts, board_ms: float
) -> CacheOutcome:
    profile, priced = found.measurement.profile, found.priced
    latency_ms = priced.estimate.latency_s * 1e3
    interval = latency_interval_of(
        workload,
        profile.programmed,
        priced.point,
        is_inference=found.measurement.is_inference,
        hypothetical=workload.placed or is_hypothetical(settings, workload.board),
    )
    low_ms, high_ms = interval.around(latency_ms)
    return CacheOutcome(
        caches=name,
        code_misses=int(profile.fetch_misses.sum()),
        data_misses=int(profile.data_reads[:, 1].sum()),
        ram_misses=int(profile.ram_misses.sum()),
        cycles=priced.estimate.cycles,
        latency_ms=latency_ms,
        latency_low_ms=low_ms,
        latency_high_ms=high_ms,
        change=latency_ms / board_ms - 1,
        energy_uj=priced.consumption.energy.energy_uj if priced.consumption else None,
    )


def _cache_notes(board: Board, profile: Profile) -> tuple[Note, ...]:
    """How far what is said of other caches holds."""
    point, has_data_cache = profile.operating_point, board.flash.data_cache is not None and not board.flash.unified
    off = ["instruction cache"] if not point.instruction_cache else []
    off += ["data cache"] if has_data_cache and not point.data_cache else []
    if not off:
        return ()
    text = f"the {' and the '.join(off)} of the chip {'is' if len(off) == 1 else 'are'} off: so are others in place"
    return (Note(NoteKind.METHOD, "caches", 1, text),)


def _wait_notes(measurement: Measurement, point: OperatingPoint) -> tuple[Note, ...]:
    """That a wait for what goes by a clock of its own is not told from work where another core clock is asked for."""
    if not measurement.waits or point.clock_hz == measurement.profile.operating_point.clock_hz:
        return ()
    names = ", ".join(measurement.waits)
    text = f"the wait for {names} is priced in cycles, as work is: at another clock its time stays the same"
    return (Note(NoteKind.METHOD, "waits", 1, text),)


def _window_notes(measurement: Measurement) -> tuple[Note, ...]:
    """That calls are not priced under other memory settings, which are counted beside the run for one window alone."""
    memories = attrgetter("wait_states", "prefetch", "instruction_cache", "data_cache")
    asked, programmed = (memories(p) for p in (measurement.profile.operating_point, measurement.profile.programmed))
    one = len(measurement.windows) < 2 and all(window.count < 2 for window in measurement.windows)
    if asked == programmed or one:
        return ()
    text = "figures of every call are with memories as the firmware programs them, not as asked"
    return (Note(NoteKind.METHOD, "windows", 1, text),)


def _store_notes(counts: Counts) -> tuple[Note, ...]:
    if counts.not_kept is None:
        return ()
    return (Note(NoteKind.METHOD, "store", 1, f"the counts are not kept for the next run: {counts.not_kept}"),)


def _layers(
    workload: Workload, parts: tuple[Estimate, ...], estimate: Estimate, consumed: EnergyEstimate | None
) -> tuple[Layer, ...]:
    """The plan's operators, each from its mark to the next. `parts`: what they take."""
    if workload.plan is None or len(parts) != len(workload.plan.layers):
        return ()
    total = sum(each.cycles for each in parts)
    splits = [{} if consumed is None else split_of_part(each, estimate, consumed) for each in parts]
    energies = [part("", (each.cycles, split), consumed) for each, split in zip(parts, splits, strict=True)]
    return tuple(
        Layer(
            index=index,
            kind=info.kind,
            output_shape=info.output_shape,
            macs=info.macs,
            cycles=each.cycles,
            share=each.cycles / total,
            energy_uj=energy.energy_uj,
            energy_low_uj=energy.energy_low_uj,
            energy_high_uj=energy.energy_high_uj,
        )
        for index, (info, each, energy) in enumerate(zip(workload.plan.layers, parts, energies, strict=True))
    )
