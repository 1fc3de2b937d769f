"""Which of the intervals of `simtiny.intervals` one run has: how much it is like what was recorded."""

from simtiny.board import Board
from simtiny.board_file import board_names, load_board
from simtiny.intervals import Interval, energy_interval, latency_interval
from simtiny.mlperf.workload import Workload
from simtiny.power import LDO, SupplyPoint
from simtiny.power_model import PowerModel
from simtiny.profiles import OperatingPoint
from simtiny.published import PublishedImage
from simtiny.recorded_points import RecordedPoint, recorded_for, recorded_points, same_timing
from simtiny.records import all_records
from simtiny.timing.models import MODELS


def latency_interval_of(
    workload: Workload,
    programmed: OperatingPoint,
    point: OperatingPoint,
    *,
    is_inference: bool = True,
    hypothetical: bool = False,
) -> Interval:
    """Of the latency of a workload at `point`. `programmed`: what its firmware programs.

    `is_inference`: by the protocol, as recorded results are; another window of a published image is any program's.
    `hypothetical`: with other caches or flash than the chip has, with something elsewhere than it was linked, or with
    code that runs from where none was recorded.
    """
    board = workload.board
    return latency_interval(
        board.core,
        MODELS[board.core].evidence.relative_uncertainty,
        recorded=workload.published is not None and is_inference,
        board_known=timing_on_record(board),
        other_timing=hypothetical or other_timing(board, programmed, point),
    )


def other_timing(board: Board, programmed: OperatingPoint, point: OperatingPoint) -> bool:
    """Whether memories answer as in no record: with prefetch and caches that none has on and off so, or at wait states
    that none has, if they are not the firmware's own. Of a board without records: otherwise than the firmware programs.
    """
    own = (row for row in recorded_points() if row.board == board.id)  # other boards' files need not be read then
    if any(_is_on(row, programmed, point) and same_timing(load_board(row.board), board) for row in own):
        return False
    rows = recorded_for(board)
    if not rows:
        names = "wait_states", "prefetch", "instruction_cache", "data_cache"
        return any(getattr(point, name) != getattr(programmed, name) for name in names)
    switches = point.prefetch, point.instruction_cache, point.data_cache
    if all((row.prefetch, row.instruction_cache, row.data_cache) != switches for row in rows):
        return True
    return point.wait_states != programmed.wait_states and all(row.wait_states != point.wait_states for row in rows)


def _is_on(row: RecordedPoint, programmed: OperatingPoint, point: OperatingPoint) -> bool:
    """Whether memories answered so at one recorded point, or but for wait states that are the firmware's own."""
    switches = point.prefetch, point.instruction_cache, point.data_cache
    waits = point.wait_states in (row.wait_states, programmed.wait_states)
    return (row.prefetch, row.instruction_cache, row.data_cache) == switches and waits


def known_energy_bias(board: Board, point: OperatingPoint) -> str | None:
    """What is known to be wrong with energies at this point, None if nothing is.

    Each fetch past the cache counts as a read of flash, whose weight is from records with caches on. The shares are of
    the data sheets of STM32H730 and STM32H7B0 (docs/validation/energy.md).
    """
    if board.core != "cortex-m7" or point.instruction_cache:
        return None
    return (
        "energy of a Cortex-M7 without its instruction cache comes out too high: by data sheets STM32H7 draws 0.6 to "
        "0.9 of the current then"
    )


def energy_interval_of(
    workload: Workload, model: PowerModel, supply: SupplyPoint, programmed: OperatingPoint, point: OperatingPoint
) -> Interval | None:
    """Of the energy of a workload by its board's power model, None where that can't be told."""
    return energy_interval(
        model.half_width,
        calibrated=by_own_measurements(model),
        stack_known=stack_known(workload, model),
        other_supply=supply.supply_v not in recorded_supplies(workload.board.id, model),
        linear=supply.regulator == LDO,
        other_point=other_point(programmed, point),
        data_sheet=model.data_sheet,
        too_high=known_energy_bias(workload.board, point) is not None,
    )


def other_point(programmed: OperatingPoint, point: OperatingPoint) -> bool:
    """Whether the core runs at another clock or voltage than the firmware programs."""
    return any(getattr(point, name) != getattr(programmed, name) for name in ("clock_hz", "voltage_range", "regulator"))


def stack_known(workload: Workload, model: PowerModel) -> bool:
    """Whether the firmware is like what the board's power model was fitted to."""
    return workload.graph is None if by_own_measurements(model) else _energy_is_recorded(workload.published)


def _energy_is_recorded(published: PublishedImage | None) -> bool:
    """Whether an energy of this firmware is on record: that is what power models were fitted to, and held against."""
    if published is None:
        return False
    return any(record.key == published.key and record.energy_uj is not None for record in all_records())


def recorded_supplies(board: str, model: PowerModel) -> set[float | None]:
    """The supplies of the records that a model was fitted to, and of the board's own; without any its file's."""
    found = {
        record.supply_v
        for record in all_records()
        if record.energy_uj is not None and record.key in model.calibrated_on
    }
    if not found or model.supply_v in found:
        return {model.supply_v}
    own = {record.supply_v for record in all_records() if record.energy_uj is not None and record.board == board}
    return found | own


def by_own_measurements(model: PowerModel) -> bool:
    """Whether the model was fitted to something else than recorded results that come with simtiny."""
    return bool(set(model.calibrated_on) - {record.key for record in all_records()})


def timing_on_record(board: Board) -> bool:
    """Whether a board that comes with simtiny, each of which has results on record, has the same core and memories."""
    near = [board.id] if board.id in board_names() else []  # looked at first: it is the usual one
    return any(same_timing(load_board(name), board) for name in (*near, *board_names()))
