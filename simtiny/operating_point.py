"""What-if: the supply and the operating point that the user wants in place of those of board and firmware."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simtiny.board import Board, WaitStateLimits, power_model
from simtiny.errors import BadInput, did_you_mean
from simtiny.power import check_sleep_mode, check_supply
from simtiny.power_model import CLOCKED

if TYPE_CHECKING:
    from simtiny.profiles import OperatingPoint


@dataclass(frozen=True)
class Overrides:
    """None: as programmed. Another clock or range without `wait_states` takes the least that are allowed."""

    clock_hz: float | None = None
    wait_states: int | None = None
    voltage_range: str | None = None
    regulator: str | None = None


@dataclass(frozen=True)
class Supply:
    """How the board is supplied and used. `period_s`: the window repeats so often, and the core sleeps in between."""

    supply_v: float | None = None
    period_s: float | None = None
    sleep_mode: str = CLOCKED


AS_PROGRAMMED = Overrides()
_SWITCHED = ("off", "on")
USUAL_SUPPLY = Supply()


def check(overrides: Overrides, board: Board, supply: Supply = USUAL_SUPPLY) -> None:
    """Raise for what the chip allows at no operating point, before the emulation.

    BadInput, or Unpriced for a supply or a period on a board whose energy is not known.
    """
    _check_point(overrides, board)
    if supply != USUAL_SUPPLY:
        model = power_model(board)
        if supply.supply_v is not None:
            check_supply(model, supply.supply_v)
        check_sleep_mode(model, supply.sleep_mode)


def _check_point(overrides: Overrides, board: Board) -> None:
    ranges = [limits.voltage_range for limits in board.flash.wait_state_limits]
    if overrides.voltage_range is not None and overrides.voltage_range not in ranges:
        near = did_you_mean(overrides.voltage_range, ranges)
        raise BadInput(f"{board.id} has no voltage range {overrides.voltage_range!r}{near}: it has {', '.join(ranges)}")
    if overrides.clock_hz is not None and not 0 < overrides.clock_hz <= board.limits.max_core_hz:
        highest = board.limits.max_core_hz / 1e6
        raise BadInput(f"a clock of {overrides.clock_hz / 1e6:,.10g} MHz: {board.id} runs at up to {highest:g} MHz")
    most = max(len(limits.max_hclk_hz) for limits in board.flash.wait_state_limits) - 1
    if overrides.wait_states is not None and not 0 <= overrides.wait_states <= most:
        raise BadInput(f"{overrides.wait_states} flash wait states: {board.id} is specified for 0 to {most}")
    regulators = sorted({row.regulator for row in board.power.core} if board.power else ())
    if overrides.regulator is not None and overrides.regulator not in regulators:
        known = ", ".join(regulators) or "none, for want of a power model"
        near = did_you_mean(overrides.regulator, regulators)
        raise BadInput(f"{board.id} has no regulator {overrides.regulator!r}{near}: it has {known}")


def check_combination(overrides: Overrides, board: Board) -> None:
    """Raise BadInput for a clock that its voltage range does not allow, or with too few wait states.

    Of firmware that keeps to the chip's tables, as the built-in one does: see `overridden`.
    """
    limits = None if overrides.voltage_range is None else _limits(overrides.voltage_range, board)
    if overrides.clock_hz is None or limits is None:
        return
    least = _least(limits, overrides.clock_hz)
    if least is None:
        raise _above(overrides.clock_hz, limits)
    if overrides.wait_states is not None and overrides.wait_states < least:
        raise _too_few(overrides.wait_states, overrides.clock_hz, limits.voltage_range, least)


def overridden(point: "OperatingPoint", overrides: Overrides, board: Board) -> "OperatingPoint":
    """The operating point with the overrides. Raises BadInput for a combination that the chip does not allow."""
    there = replace(
        point,
        clock_hz=overrides.clock_hz or point.clock_hz,
        voltage_range=overrides.voltage_range or point.voltage_range,
        regulator=overrides.regulator or point.regulator,
    )
    if (there.clock_hz, there.voltage_range) == (point.clock_hz, point.voltage_range) and overrides.wait_states is None:
        return there
    least = _least_wait_states(there, point, board)
    chosen = least if overrides.wait_states is None else overrides.wait_states
    if chosen < least:
        raise _too_few(chosen, there.clock_hz, there.voltage_range, least)
    return replace(there, wait_states=chosen)


def at_clock(overrides: Overrides, clock_hz: float | None) -> Overrides:
    """The same at another clock, which takes the least wait states that are allowed. None: the same."""
    return overrides if clock_hz is None else replace(overrides, clock_hz=clock_hz, wait_states=None)


def note(point: "OperatingPoint", there: "OperatingPoint") -> str | None:
    """Says what was changed, None if nothing was."""
    changes = []
    if there.clock_hz != point.clock_hz:
        changes.append(f"{there.clock_hz / 1e6:g} MHz instead of {point.clock_hz / 1e6:g}")
    if there.wait_states != point.wait_states:
        changes.append(f"{there.wait_states} flash wait states instead of {point.wait_states}")
    for name, now, then in (
        ("prefetch", there.prefetch, point.prefetch),
        ("instruction cache", there.instruction_cache, point.instruction_cache),
        ("data cache", there.data_cache, point.data_cache),
    ):
        if now != then:
            changes.append(f"{name} {_SWITCHED[now]} instead of {_SWITCHED[then]}")
    if there.voltage_range != point.voltage_range:
        changes.append(f"voltage range {there.voltage_range} instead of {point.voltage_range}")
    if there.regulator != point.regulator:
        changes.append(f"regulator {there.regulator} instead of {point.regulator or 'that of the board'}")
    return f"what-if, not what the firmware programs: {', '.join(changes)}" if changes else None


def _least_wait_states(there: "OperatingPoint", point: "OperatingPoint", board: Board) -> int:
    """What the chip needs. Where the firmware itself runs beyond the range's table, its own serve up to its clock."""
    limits = _limits(there.voltage_range, board)
    if limits is None:
        return point.wait_states
    least = _least(limits, there.clock_hz)
    if least is not None:
        return least
    beyond = point.voltage_range == there.voltage_range and point.clock_hz > max(limits.max_hclk_hz)
    if not beyond or there.clock_hz > point.clock_hz:
        raise _above(there.clock_hz, limits)
    return point.wait_states


def _limits(voltage_range: str, board: Board) -> WaitStateLimits | None:
    return next((row for row in board.flash.wait_state_limits if row.voltage_range == voltage_range), None)


def _least(limits: WaitStateLimits, clock_hz: float) -> int | None:
    """The least wait states for a clock, None where the range does not allow it."""
    return next((waits for waits, highest in enumerate(limits.max_hclk_hz) if clock_hz <= highest), None)


def _above(clock_hz: float, limits: WaitStateLimits) -> BadInput:
    highest = max(limits.max_hclk_hz)
    return BadInput(
        f"{clock_hz / 1e6:g} MHz is above the {highest / 1e6:g} MHz of voltage range {limits.voltage_range}"
    )


def _too_few(wait_states: int, clock_hz: float, voltage_range: str, least: int) -> BadInput:
    return BadInput(
        f"{wait_states} flash wait states are too few for {clock_hz / 1e6:g} MHz in voltage range {voltage_range}: "
        f"at least {least}"
    )
