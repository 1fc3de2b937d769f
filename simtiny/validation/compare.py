"""Finds the image of each record, has the images measured, and says why the rest can't be compared."""

from collections.abc import Mapping, Sequence

from simtiny.energy import energy
from simtiny.errors import BadInput, SimtinyError
from simtiny.machine.cores import CORES
from simtiny.mlperf.tasks import TASKS
from simtiny.platform import Board, board_names
from simtiny.power import power_model, supply_point
from simtiny.published import COMMAND, PublishedImage, is_cached, published_images
from simtiny.records import Record, all_records, of_boards_and_rounds
from simtiny.validation.measure import Outcome, Progress, board_of, measure_all
from simtiny.validation.result import Comparison, CrossCheck, EnergyComparison, Left

NOT_FETCHED = f"the image is not in the cache, or damaged there: run `{COMMAND}`"
NO_IMAGE = "no firmware image was published"
NO_LATENCY = "the streaming wakeword has a duty cycle, no latency of one inference"


def compare(boards: Sequence[str], rounds: Sequence[str], jobs: int, progress: Progress) -> CrossCheck:
    """Compare all records of these boards and rounds ("1.2"); without names, all records."""
    images = {image.key: image for image in published_images() if image.build == "performance"}
    records = select(boards, rounds)
    obstacles = {record: obstacle(record, images, board_names()) for record in records}
    comparable = [record for record in records if obstacles[record] is None]
    fetched = [record for record in comparable if is_cached(images[record.key])]
    if comparable and not fetched:
        raise BadInput(f"no firmware image to compare is in the cache: run `{COMMAND}` first")
    obstacles |= dict.fromkeys(set(comparable) - set(fetched), NOT_FETCHED)
    outcomes = measure_all([images[record.key] for record in fetched], jobs, progress)
    return assemble(list(zip(fetched, (images[record.key] for record in fetched), outcomes, strict=True)), obstacles)


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
    rows = [_row(record, image, outcome) for record, image, outcome in measured if outcome.failure is None]
    return CrossCheck(
        rows=tuple(sorted(rows, key=lambda row: (row.core, row.record.board))),
        failed=tuple(Left(record, outcome.failure) for record, _, outcome in measured if outcome.failure is not None),
        left_out=tuple(Left(record, reason) for record, reason in obstacles.items() if reason is not None),
    )


def _row(record: Record, image: PublishedImage, outcome: Outcome) -> Comparison:
    board = board_of(image)
    fitted = {*CORES[board.core].timing.calibrated_on, *board.flash.calibrated_on}
    consumed, unpriced = _energy(record, board, outcome)
    return Comparison(
        record=record,
        image=image,
        core=board.core,
        predicted_ms=outcome.latency_ms,
        stopwatch_ms=outcome.stopwatch_ms,
        calibrated=record.key in fitted,
        notes=outcome.notes + unpriced,
        energy=consumed,
    )


def _energy(record: Record, board: Board, outcome: Outcome) -> tuple[EnergyComparison | None, tuple[str, ...]]:
    """Recorded and predicted energy, or a note of what can't be priced."""
    if record.energy_uj is None or not board.power or outcome.events is None or outcome.operating_point is None:
        return None, ()
    try:
        model = power_model(board)
        at = supply_point(model, outcome.operating_point, record.supply_v)
        found = energy(outcome.events, outcome.latency_ms * 1e-3, model, at)
    except SimtinyError as error:
        return None, (f"energy: {error}",)
    calibrated = record.key in model.calibrated_on
    return EnergyComparison(record.energy_uj, found.energy_uj, found.uncertainty_uj, calibrated), ()
