"""Finds the image of each record, has the images measured, and says why the rest can't be compared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import fsum

from simtiny.board import Board, power_model
from simtiny.board_file import board_names, load_board
from simtiny.energy import supply_scale, with_interval
from simtiny.errors import BadInput, SimtinyError
from simtiny.intervals import energy_interval, latency_interval
from simtiny.mlperf.tasks import TASKS
from simtiny.notes import Note, NoteKind
from simtiny.operating_point import Supply
from simtiny.power import LDO
from simtiny.pricing import Consumption, consumed
from simtiny.progress import Progress
from simtiny.published import COMMAND, PublishedImage, is_cached, published_images
from simtiny.records import Record, all_records, of_boards_and_rounds
from simtiny.timing.models import MODELS
from simtiny.validation.outcomes import Outcome, OwnFirmware, board_of, measure_all
from simtiny.validation.result import Comparison, CrossCheck, EnergyComparison, Left, OtherStack

NOT_FETCHED = f"the image is not in the cache, or damaged there: run `{COMMAND}`"
NO_IMAGE = "no firmware image was published"
OWN_CLASS = "CMSIS-NN without an operating system"
"""The class that simtiny's own firmware belongs to: int8 kernels of SIMD instructions, and nothing beside them."""
NO_LATENCY = "the streaming wakeword has a duty cycle, no latency of one inference"


def compare(
    boards: Sequence[str],
    rounds: Sequence[str],
    jobs: int,
    progress: Progress,
    *,
    fresh: bool = False,
    scheduler: str | None = None,
) -> CrossCheck:
    """Compare all records of these boards and rounds ("1.2"); without names, all records. See `measure_all`."""
    images = {image.key: image for image in published_images() if image.build == "performance"}
    records = select(boards, rounds)
    if not records:
        raise BadInput(f"no results are on record for {', '.join(boards)} in round {', '.join(rounds)}")
    obstacles = {record: obstacle(record, images, board_names()) for record in records}
    comparable = [record for record in records if obstacles[record] is None]
    fetched = [record for record in comparable if is_cached(images[record.key])]
    if comparable and not fetched:
        raise BadInput(f"no firmware image to compare is in the cache: run `{COMMAND}` first")
    obstacles |= dict.fromkeys(set(comparable) - set(fetched), NOT_FETCHED)
    others = [record for record in records if obstacles[record] == NO_IMAGE and _has_energy(record)]
    published = [images[record.key] for record in fetched]
    own = list(dict.fromkeys(OwnFirmware(record.board, record.benchmark) for record in others))
    outcomes = measure_all([*published, *own], jobs, progress, fresh=fresh, scheduler=scheduler)
    by_own = dict(zip(own, outcomes[len(published) :], strict=True))
    stacks = [(record, by_own[OwnFirmware(record.board, record.benchmark)]) for record in others]
    result = assemble(list(zip(fetched, published, outcomes[: len(published)], strict=True)), obstacles)
    rows, failed = other_stacks(stacks)
    return replace(result, stacks=rows, failed=result.failed + failed)


def select(boards: Sequence[str], rounds: Sequence[str]) -> tuple[Record, ...]:
    """The records of these boards and rounds, in file order: rounds first."""
    return of_boards_and_rounds(all_records(), boards, rounds, "no results are on record")


def obstacle(record: Record, images: Mapping[str, PublishedImage], boards: Sequence[str]) -> str | None:
    """Why the record can't be compared, None if it can: all but whether its image has been fetched."""
    if record.benchmark not in TASKS:
        return NO_LATENCY
    if record.accelerator:
        return f"an accelerator does the work ({record.accelerator})"
    if record.board not in boards:
        return f"the board is not emulated ({record.core})"
    if record.key not in images:
        return NO_IMAGE
    return None


def assemble(
    measured: Sequence[tuple[Record, PublishedImage, Outcome]], obstacles: Mapping[Record, str | None]
) -> CrossCheck:
    """Sort what was measured by core and board, and what was not by its reason."""
    baselines = _baselines(measured)
    rows = [_row(*row, baselines.get(row[0].key)) for row in measured if row[2].failure is None]
    place = _in_order([row.record for row in rows])
    return CrossCheck(
        rows=tuple(sorted(rows, key=lambda row: (row.core, *place(row.record)))),
        failed=tuple(Left(record, outcome.failure) for record, _, outcome in measured if outcome.failure is not None),
        left_out=tuple(Left(record, reason) for record, reason in obstacles.items() if reason is not None),
    )


def _in_order(records: Sequence[Record]) -> Callable[[Record], tuple[str, int, int]]:
    """Where a record comes among these: by board, then systems in file order, then benchmarks as in TASKS."""
    systems = list(dict.fromkeys((record.round, record.submitter, record.system) for record in records))
    benchmarks = list(TASKS)

    def place(record: Record) -> tuple[str, int, int]:
        system = systems.index((record.round, record.submitter, record.system))
        return record.board, system, benchmarks.index(record.benchmark)

    return place


def other_stacks(measured: Sequence[tuple[Record, Outcome]]) -> tuple[tuple[OtherStack, ...], tuple[Left, ...]]:
    """Recorded energies beside the power of simtiny's own firmware, its own class first; then those that failed."""
    rows, failed = [], []
    for record, outcome in measured:
        found, unpriced = _energy(record, load_board(record.board), outcome, stack_known=False)
        if found is None:
            failed.append(Left(record, f"simtiny's own firmware: {outcome.failure or '; '.join(unpriced)}"))
        else:
            share = record.latency_ms / outcome.latency_ms
            rows.append(OtherStack(record, stack_class(record.stack), _times(found, share)))
    place = _in_order([row.record for row in rows])
    rows.sort(key=lambda row: (row.stack_class != OWN_CLASS, row.stack_class, *place(row.record)))
    return tuple(rows), tuple(failed)


def stack_class(stack: str) -> str:
    """What kind of software a record's stack is, as far as it may tell in the power that it draws."""
    if "Zephyr" in stack:
        return "Zephyr"
    if "CMSIS-NN" in stack:
        return OWN_CLASS
    return stack.split()[0]  # the library: X-CUBE-AI


def _has_energy(record: Record) -> bool:
    return record.energy_uj is not None and record.supply_v is not None and load_board(record.board).power is not None


def _baselines(measured: Sequence[tuple[Record, PublishedImage, Outcome]]) -> dict[str, float]:
    """By key, the energy by a baseline that knows one power: the core's in the records that the model was fitted to."""
    priced = {record.key: (record, board_of(image), outcome) for record, image, outcome in measured}
    scales = {key: _scale(*row) for key, row in priced.items()}
    core_mw = {
        key: record.energy_uj / record.latency_ms / scale
        for key, (record, _, _) in priced.items()
        if record.energy_uj is not None and (scale := scales[key]) is not None
    }
    found = {}
    for key, (_, board, outcome) in priced.items():
        scale = scales[key]
        if scale is not None:
            known = [core_mw[other] for other in power_model(board).calibrated_on if other in core_mw]
            if known:
                found[key] = fsum(known) / len(known) * scale * outcome.latency_ms
    return found


def _scale(record: Record, board: Board, outcome: Outcome) -> float | None:
    """Energy at the supply pins over energy in the core, None where there is nothing to compare."""
    try:
        found = _consumption(record, board, outcome)
    except SimtinyError:
        return None
    return supply_scale(power_model(board), found.supply) if found else None


def _consumption(record: Record, board: Board, outcome: Outcome) -> Consumption | None:
    """The prediction for a recorded energy, at the record's supply; None where there is nothing to compare."""
    if record.energy_uj is None or board.power is None or outcome.operating_point is None or outcome.events is None:
        return None
    supply = Supply(record.supply_v)
    return consumed(board, outcome.operating_point, outcome.events, outcome.latency_ms * 1e-3, supply)


def _row(record: Record, image: PublishedImage, outcome: Outcome, baseline_uj: float | None) -> Comparison:
    board = board_of(image)
    fitted = {*MODELS[board.core].evidence.calibrated_on, *board.flash.calibrated_on}
    found, unpriced = _energy(record, board, outcome, stack_known=True)
    interval = latency_interval(board.core, MODELS[board.core].evidence.relative_uncertainty, recorded=True)
    low_ms, high_ms = interval.around(outcome.latency_ms)
    return Comparison(
        record=record,
        image=image,
        core=board.core,
        predicted_ms=outcome.latency_ms,
        low_ms=low_ms,
        high_ms=high_ms,
        stopwatch_ms=outcome.stopwatch_ms,
        baseline_ms=outcome.baseline_ms,
        calibrated=record.key in fitted,
        notes=outcome.notes + tuple(Note(NoteKind.METHOD, "energy", 1, text) for text in unpriced),
        energy=found and replace(found, baseline_uj=baseline_uj),
    )


def _energy(
    record: Record, board: Board, outcome: Outcome, *, stack_known: bool
) -> tuple[EnergyComparison | None, tuple[str, ...]]:
    """Recorded and predicted energy, or a note of what can't be priced. `stack_known`: it ran the recorded firmware."""
    try:
        found = _consumption(record, board, outcome)
    except SimtinyError as error:
        return None, (f"energy: {error}",)
    if found is None or record.energy_uj is None:
        return None, ()
    model = power_model(board)
    interval = energy_interval(
        model.half_width,
        calibrated=False,
        stack_known=stack_known,
        other_supply=found.supply.supply_v != model.supply_v,
        linear=found.supply.regulator == LDO,
        data_sheet=model.data_sheet,
    )
    priced = with_interval(found.energy, interval)
    return EnergyComparison(
        recorded_uj=record.energy_uj,
        predicted_uj=priced.energy_uj,
        uncertainty_uj=priced.uncertainty_uj,
        low_uj=priced.energy_low_uj,
        high_uj=priced.energy_high_uj,
        calibrated=record.key in priced.calibrated_on,
    ), ()


def _times(energy: EnergyComparison, share: float) -> EnergyComparison:
    """The prediction and its interval, scaled."""

    def scaled(value: float | None) -> float | None:
        return None if value is None else value * share

    return replace(
        energy,
        predicted_uj=energy.predicted_uj * share,
        uncertainty_uj=scaled(energy.uncertainty_uj),
        low_uj=scaled(energy.low_uj),
        high_uj=scaled(energy.high_uj),
    )
