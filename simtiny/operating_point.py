"""What-if: the operating point that the user wants in place of the one that the firmware has programmed."""

from dataclasses import dataclass, replace

from simtiny.board import Board
from simtiny.errors import BadInput
from simtiny.profile import OperatingPoint


@dataclass(frozen=True)
class Wanted:
    """None: as programmed. Another clock or range without `wait_states` takes the least that are allowed."""

    clock_hz: float | None = None
    wait_states: int | None = None
    voltage_range: str | None = None
    regulator: str | None = None


AS_PROGRAMMED = Wanted()


def check(wanted: Wanted, board: Board) -> None:
    """Raise BadInput for what the chip allows at no operating point. Before the emulation."""
    ranges = [limits.voltage_range for limits in board.flash.wait_state_limits]
    if wanted.voltage_range is not None and wanted.voltage_range not in ranges:
        raise BadInput(f"{board.id} has no voltage range {wanted.voltage_range!r}: there are {', '.join(ranges)}")
    if wanted.clock_hz is not None and not 0 < wanted.clock_hz <= board.limits.max_core_hz:
        highest = board.limits.max_core_hz / 1e6
        raise BadInput(f"a clock of {wanted.clock_hz / 1e6:g} MHz: {board.id} runs at up to {highest:g} MHz")
    most = max(len(limits.max_hclk_hz) for limits in board.flash.wait_state_limits) - 1
    if wanted.wait_states is not None and not 0 <= wanted.wait_states <= most:
        raise BadInput(f"{wanted.wait_states} flash wait states: {board.id} is specified for 0 to {most}")
    regulators = sorted({row.regulator for row in board.power.core} if board.power else ())
    if wanted.regulator is not None and wanted.regulator not in regulators:
        known = ", ".join(regulators) or "none, for want of a power model"
        raise BadInput(f"{board.id} has no regulator {wanted.regulator!r}: there are {known}")


def moved(point: OperatingPoint, wanted: Wanted, board: Board) -> OperatingPoint:
    """The operating point with what is wanted. Raises BadInput for a combination that the chip does not allow."""
    there = replace(
        point,
        clock_hz=wanted.clock_hz or point.clock_hz,
        voltage_range=wanted.voltage_range or point.voltage_range,
        regulator=wanted.regulator or point.regulator,
    )
    if (there.clock_hz, there.voltage_range) == (point.clock_hz, point.voltage_range) and wanted.wait_states is None:
        return there
    least = _least_wait_states(there, point, board)
    chosen = least if wanted.wait_states is None else wanted.wait_states
    if chosen < least:
        raise BadInput(
            f"{chosen} flash wait states are too few for {there.clock_hz / 1e6:g} MHz in voltage range "
            f"{there.voltage_range}: at least {least}"
        )
    return replace(there, wait_states=chosen)


def note(point: OperatingPoint, there: OperatingPoint) -> str | None:
    """Says what was changed, None if nothing was."""
    changes = []
    if there.clock_hz != point.clock_hz:
        changes.append(f"{there.clock_hz / 1e6:g} MHz instead of {point.clock_hz / 1e6:g}")
    if there.wait_states != point.wait_states:
        changes.append(f"{there.wait_states} flash wait states instead of {point.wait_states}")
    if there.voltage_range != point.voltage_range:
        changes.append(f"voltage range {there.voltage_range} instead of {point.voltage_range}")
    if there.regulator != point.regulator:
        changes.append(f"regulator {there.regulator} instead of {point.regulator or 'that of the board'}")
    return f"what-if, not what the firmware programs: {', '.join(changes)}" if changes else None


def _least_wait_states(there: OperatingPoint, point: OperatingPoint, board: Board) -> int:
    """What the chip needs. Where the firmware itself runs beyond the range's table, its own serve up to its clock."""
    for limits in board.flash.wait_state_limits:
        if limits.voltage_range == there.voltage_range:
            allowed = [waits for waits, highest in enumerate(limits.max_hclk_hz) if there.clock_hz <= highest]
            if allowed:
                return allowed[0]
            highest = max(limits.max_hclk_hz)
            beyond = point.voltage_range == there.voltage_range and point.clock_hz > highest
            if not beyond or there.clock_hz > point.clock_hz:
                raise BadInput(
                    f"{there.clock_hz / 1e6:g} MHz is above the {highest / 1e6:g} MHz of voltage range "
                    f"{there.voltage_range}"
                )
    return point.wait_states
