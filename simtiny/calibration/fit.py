"""Least squares for the coefficients of a power model that few records can tell apart.

Three groups of coefficients may be free: `dynamic`, the energy of all events by one factor; `flash_reads`, that of a
read of the flash array; `static`, the power drawn all the while. What is not free stays tied: a flash read to the
dynamic energy by its weight, the static power to its value in the platform file. Errors are relative to what was
measured.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from math import fsum, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.consumers import LeftOn
from simtiny.energy import EnergyEstimate, energy, supply_scale
from simtiny.errors import BadInput
from simtiny.events import EventCounts
from simtiny.intervals import of_a_fit
from simtiny.power import SupplyPoint
from simtiny.power_model import PowerModel

GROUPS = ("dynamic", "flash_reads", "static")
CHOICES = (("dynamic",), ("dynamic", "flash_reads"), ("dynamic", "static"), GROUPS)
CONDITION_LIMIT = 30.0
"""Beyond it two columns differ by less than what repeated runs of one program differ by, about 3 %."""
MOST_STATIC = 0.5  # of the least mean power on record: the recorded chips run, they don't leak
MOST_FLASH_CYCLES = 20.0  # a read of the flash array costs no more than so many cycles,
UNKNOWN_FLASH_WEIGHT = 0.9  # about three reads of RAM [press, elektroniknet.de]: before any record tells
LEAST_FLASH_WEIGHT = 0.3  # and no less than a read of RAM: what a load costs beyond other instructions


@dataclass(frozen=True)
class Observation:
    """One measured window: what happened in it, and its energy in microjoules at the supply pins.

    `image_sha256`: of the firmware, in hexadecimal. `left_on`: what else was on, at a core clock of `clock_hz`; None:
    not known.
    """

    name: str
    network: str
    stack: str
    energy_uj: float
    latency_s: float
    events: EventCounts
    supply: SupplyPoint
    image_sha256: str = ""
    left_on: LeftOn | None = None
    clock_hz: float = 0.0


@dataclass(frozen=True)
class Fit:
    """`residuals`: relative errors of the observations. `at_bound`: free coefficients that a bound holds."""

    model: PowerModel
    free: tuple[str, ...]
    residuals: tuple[float, ...]
    condition: float
    at_bound: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Calibration:
    """A fit with its errors on what was left out. `tied`: coefficients that the data don't determine, and to what.

    `left_out`: by "record", "network" and "stack", the relative error of each observation when all of its kind were
    left out; absent where there is one kind only. `options`: what was asked for, by the parameters of
    `simtiny.calibrate`. `board_sha256`: of the board that was fitted (`simtiny.mlperf.identity`).
    """

    observations: tuple[Observation, ...]
    fit: Fit
    tied: Mapping[str, str]
    left_out: Mapping[str, tuple[float, ...]]
    options: Mapping[str, Any] = field(default_factory=dict)
    board_sha256: str | None = None

    def __repr__(self) -> str:
        return f"<Calibration of {', '.join(self.fit.free)} on {len(self.observations)} observations>"


def calibrate(observations: Sequence[Observation], model: PowerModel, free: Sequence[str] = ()) -> Calibration:
    """Fit `model` to the observations. Without `free` the groups are chosen that predict left-out observations best.

    Raises BadInput for energies that aren't positive, or too few or too similar observations for what shall be free.
    """
    for row in observations:
        if not row.energy_uj > 0 or not row.latency_s > 0:
            raise BadInput(f"{row.name}: energy and latency must be positive")
    if not observations:
        raise BadInput("there is no record to calibrate on")
    # It must not know what it is to predict: a network of the same name is the same work.
    known = {*model.calibrated_on, *(key.rpartition(" ")[2] for key in model.calibrated_on)}
    if known & {word for row in observations for word in (row.name, row.network)}:
        model = replace(model, weights={**model.weights, "flash_reads": UNKNOWN_FLASH_WEIGHT})
    chosen = _checked(observations, model, tuple(free)) if free else choose(observations, model)
    result = fit(observations, model, chosen)
    left_out = {
        what: errors
        for what, key in (("record", _name), ("network", _network), ("stack", _stack))
        if (errors := leave_out(observations, model, chosen, key)) is not None
    }
    half_width = interval(observations, result, left_out)
    fitted = replace(
        result.model,
        relative_uncertainty="unknown" if half_width is None else half_width,
        calibrated_on=tuple(row.name for row in observations),
        data_sheet=False,
    )
    return Calibration(
        tuple(observations), replace(result, model=fitted), _tied(observations, result, model, left_out), left_out
    )


def choose(observations: Sequence[Observation], model: PowerModel) -> tuple[str, ...]:
    """The groups with the least leave-one-out error among those that the observations tell apart."""
    best: tuple[str, ...] = CHOICES[0]
    least = float("inf")
    for free in CHOICES:
        if len(observations) > len(free) and condition(observations, model, free) <= CONDITION_LIMIT:
            errors = leave_out(observations, model, free, _name)
            if errors is not None and _rms(errors) < least:
                best, least = free, _rms(errors)
    return best


def fit(observations: Sequence[Observation], model: PowerModel, free: Sequence[str]) -> Fit:
    """Least squares of relative errors within the bounds."""
    measured = np.array([row.energy_uj for row in observations])
    fixed, matrix = _columns(observations, model, free)
    matrix, target = matrix / measured[:, None], 1 - fixed / measured
    upper = _upper_bounds(observations, free)
    values, at_bound = _bounded_least_squares(matrix, target, upper)
    fitted = _with(model, dict(zip(free, values.tolist(), strict=True)))
    return Fit(
        model=fitted,
        free=tuple(free),
        residuals=tuple(error(row, fitted) for row in observations),
        condition=condition(observations, model, free),
        at_bound=tuple(name for name, held in zip(free, at_bound, strict=True) if held),
    )


def predicted(row: Observation, model: PowerModel) -> EnergyEstimate:
    """The model's energy."""
    return energy(row.events, row.latency_s, model, row.supply, row.left_on, row.clock_hz)


def error(row: Observation, model: PowerModel) -> float:
    """Relative error of the model's energy."""
    return predicted(row, model).energy_uj / row.energy_uj - 1


def condition(observations: Sequence[Observation], model: PowerModel, free: Sequence[str]) -> float:
    """Condition number of the matrix of free coefficients, its columns scaled to length one."""
    if len(observations) < len(free):
        return float("inf")
    matrix = _columns(observations, model, free)[1] / np.array([[row.energy_uj] for row in observations])
    lengths = np.linalg.norm(matrix, axis=0)
    return float(np.linalg.cond(matrix / lengths)) if (lengths > 0).all() else float("inf")


def leave_out(
    observations: Sequence[Observation], model: PowerModel, free: Sequence[str], key: Callable[[Observation], str]
) -> tuple[float, ...] | None:
    """Each observation's error when all with its key are left out; fewer groups are free where the rest needs it."""
    if len({key(row) for row in observations}) < 2:
        return None
    errors = []
    for row in observations:
        rest = [other for other in observations if key(other) != key(row)]
        possible = list(free)
        while len(possible) > 1 and condition(rest, model, possible) > CONDITION_LIMIT:
            possible.pop()
        errors.append(error(row, fit(rest, model, possible).model))
    return tuple(errors)


def points(observations: Sequence[Observation]) -> int:
    """How many observations tell something of their own: one program measured again at the same supply does not."""
    return len({(row.network, row.stack, row.supply) for row in observations})


def interval(
    observations: Sequence[Observation], found: Fit, left_out: Mapping[str, tuple[float, ...]]
) -> float | None:
    """Half width of the 90 % interval of what a fit predicts, None where as many coefficients are free as points.

    By Student's t, from the residuals or from what was left out, whichever is larger.
    """
    count, free = points(observations), len(found.free)
    if count <= free:
        return None
    residual = sqrt(fsum(error * error for error in found.residuals) / (len(observations) - free))
    return of_a_fit(max([residual, *map(_rms, left_out.values())]), count, free)


def check_free(free: tuple[str, ...]) -> None:
    """Raise BadInput unless these coefficients can be free together. Before anything is measured."""
    if free not in CHOICES:
        choices = "; ".join(",".join(choice) for choice in CHOICES)
        raise BadInput(f"coefficients {','.join(free)}: what can be free is {choices}")


def _checked(observations: Sequence[Observation], model: PowerModel, free: tuple[str, ...]) -> tuple[str, ...]:
    check_free(free)
    if len(observations) < len(free):
        raise BadInput(f"{len(observations)} records are too few to fit {len(free)} coefficients")
    number = condition(observations, model, free)
    if number > CONDITION_LIMIT:
        raise BadInput(
            f"the records can't tell {' and '.join(free)} apart: condition number {number:.0f}, at most "
            f"{CONDITION_LIMIT:.0f} is usable"
        )
    return free


def _columns(
    observations: Sequence[Observation], model: PowerModel, free: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies in uJ that no free coefficient changes, and per pJ or uW of each free one.

    That of a flash read counts from LEAST_FLASH_WEIGHT on.
    """
    weights = dict(model.weights)
    flash_weight = weights.pop("flash_reads")
    scale = np.array([supply_scale(model, row.supply) for row in observations])
    units = np.array([_units(row.events, weights) for row in observations])
    reads = np.array([float(row.events.flash_reads) for row in observations])
    latency_s = np.array([row.latency_s for row in observations])
    columns = {
        "dynamic": scale * 1e-6 * (units + (LEAST_FLASH_WEIGHT if "flash_reads" in free else flash_weight) * reads),
        "flash_reads": scale * 1e-6 * reads,
        "static": scale * latency_s,
    }
    others_uw = (
        row.left_on.power_uw(scaled, row.clock_hz, row.supply.supply_v) if row.left_on else 0.0
        for row, scaled in zip(observations, scale.tolist(), strict=True)
    )
    fixed = np.array(list(others_uw)) * latency_s
    if "static" not in free:
        fixed += model.static_uw * columns["static"]
    return fixed, np.stack([columns[name] for name in free], axis=1)


def _units(events: EventCounts, weights: Mapping[str, float]) -> float:
    counts = asdict(events)
    return fsum(weight * counts[name] for name, weight in weights.items())


def _upper_bounds(observations: Sequence[Observation], free: Sequence[str]) -> NDArray[np.float64]:
    power_uw = min(row.energy_uj / row.latency_s * row.supply.efficiency for row in observations)
    cycle_pj = max(
        row.energy_uj * 1e6 * row.supply.efficiency / (row.events.cycles + row.events.sleeping) for row in observations
    )
    bounds = {"dynamic": np.inf, "flash_reads": MOST_FLASH_CYCLES * cycle_pj, "static": MOST_STATIC * power_uw}
    return np.array([bounds[name] for name in free])


def _bounded_least_squares(
    matrix: NDArray[np.float64], target: NDArray[np.float64], upper: NDArray[np.float64]
) -> tuple[NDArray[np.float64], tuple[bool, ...]]:
    """The least squares solution between 0 and `upper`: the best of all choices of bounds that hold."""
    best, held, least = np.zeros(len(upper)), (True,) * len(upper), float("inf")
    for state in product((None, 0.0, 1.0), repeat=len(upper)):
        values = np.array([0.0 if s is None else s * b if s else 0.0 for s, b in zip(state, upper, strict=True)])
        inside = [index for index, s in enumerate(state) if s is None]
        if not np.isfinite(values).all():
            continue
        if inside:
            rest = target - matrix @ values
            values[inside] = np.linalg.lstsq(matrix[:, inside], rest, rcond=None)[0]
        squares = float(((matrix @ values - target) ** 2).sum())
        if (values >= 0).all() and (values <= upper).all() and squares < least * (1 - 1e-12):
            best, held, least = values, tuple(s is not None for s in state), squares
    return best, held


def _with(model: PowerModel, values: Mapping[str, float]) -> PowerModel:
    """The model with new coefficients. A flash read is kept as a weight, relative to `unit_pj`."""
    unit_pj = values["dynamic"]
    if unit_pj <= 0:
        raise BadInput(
            "the records leave nothing for the dynamic energy: are their energies in the units that they say?"
        )
    weights = dict(model.weights)
    if "flash_reads" in values:
        weights["flash_reads"] = LEAST_FLASH_WEIGHT + values["flash_reads"] / unit_pj
    return replace(model, unit_pj=unit_pj, weights=weights, static_uw=values.get("static", model.static_uw))


def _tied(
    observations: Sequence[Observation], found: Fit, model: PowerModel, left_out: Mapping[str, tuple[float, ...]]
) -> dict[str, str]:
    ties = {
        "flash_reads": f"dynamic, by the weight {model.weights['flash_reads']:.3g}",
        "static": f"its value in the platform file, {model.static_uw:g} uW",
    }
    tied = {
        name: f"{what} ({_why_tied(observations, found.free, name, model, left_out.get('record'))})"
        for name, what in ties.items()
        if name not in found.free
    }
    return tied | {"all other events": "dynamic, by their weights in the platform file (no record tells them apart)"}


def _why_tied(
    observations: Sequence[Observation],
    free: Sequence[str],
    name: str,
    model: PowerModel,
    without: tuple[float, ...] | None,
) -> str:
    """Why a group is not free: what the fit would be if it were. `without`: errors of records left out as it is."""
    more = tuple(group for group in GROUPS if group in free or group == name)
    if len(observations) <= len(more):
        return "too few records to check it"
    number = condition(observations, model, more)
    if number > CONDITION_LIMIT:
        return f"the records can't tell it from {' and '.join(free)}: condition number {number:.0f}"
    with_it = leave_out(observations, model, more, _name)
    if with_it is None or without is None:
        return "too few records to check it"
    return f"free, records left out would err by {_rms(with_it):.1%} instead of {_rms(without):.1%} (RMS)"


def _rms(errors: Sequence[float]) -> float:
    return sqrt(fsum(value * value for value in errors) / len(errors))


def _name(row: Observation) -> str:
    return row.name


def _network(row: Observation) -> str:
    return row.network


def _stack(row: Observation) -> str:
    return row.stack
