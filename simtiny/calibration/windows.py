"""Measured windows, and what makes observations of them: the voltages, by a power model that the board may not have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simtiny.board import Board
from simtiny.calibration.fit import UNKNOWN_FLASH_WEIGHT, Observation
from simtiny.consumers import Consumers, left_on
from simtiny.errors import SimtinyError
from simtiny.events import EventCounts
from simtiny.power import LDO, supply_point
from simtiny.power_model import CoreSupply, PowerModel
from simtiny.profiles import OperatingPoint

NOMINAL_CORE_V = 1.0
"""Where no power model says which: what is fitted holds for the voltage that the measured firmware programs."""
WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "cortex-m0plus": {
        "cycles": 1.0,
        "data_processing": 0.228,
        "multiply": 0.329,
        "multiply_accumulate": 0.528,
        "divide": 0.0,
        "floating_point": 0.428,
        "load_words": 1.35,
        "flash_load_words": 1.35,
        "store_words": 0.91,
        "branch_taken": 0.228,
        "branch_not_taken": 0.228,
        "code_lines": 0.834,
        "flash_reads": UNKNOWN_FLASH_WEIGHT,
        "ram_line_reads": 8.96,
        "sleeping": 0.1,
    },
    "cortex-m4f": {
        "cycles": 1.0,
        "data_processing": 0.897,
        "multiply": 0.997,
        "multiply_accumulate": 0.979,
        "divide": 0.0,
        "floating_point": 1.1,
        "load_words": 1.15,
        "flash_load_words": 1.15,
        "store_words": 1.15,
        "branch_taken": 1.52,
        "branch_not_taken": 0.897,
        "code_lines": 1.13,
        "flash_reads": UNKNOWN_FLASH_WEIGHT,
        "ram_line_reads": 2.0,
        "sleeping": 0.1,
    },
    "cortex-m33": {
        "cycles": 1.0,
        "data_processing": 0.369,
        "multiply": 0.469,
        "multiply_accumulate": 0.856,
        "divide": 0.0,
        "floating_point": 0.569,
        "load_words": 1.24,
        "flash_load_words": 1.24,
        "store_words": 0.765,
        "branch_taken": 0.793,
        "branch_not_taken": 0.369,
        "code_lines": 0.982,
        "flash_reads": UNKNOWN_FLASH_WEIGHT,
        "ram_line_reads": 6.94,
        "sleeping": 0.1,
    },
    "cortex-m7": {
        "cycles": 1.0,
        "data_processing": 0.463,
        "multiply": 0.564,
        "multiply_accumulate": 0.463,
        "divide": 0.0,
        "floating_point": 0.663,
        "load_words": 0.713,
        "flash_load_words": 0.713,
        "store_words": 0.787,
        "branch_taken": 0.954,
        "branch_not_taken": 0.463,
        "code_lines": 0.697,
        "flash_reads": UNKNOWN_FLASH_WEIGHT,
        "ram_line_reads": 2.0,
        "sleeping": 0.1,
    },
}
"""By core, as in the platform files of boards with a power model, where their sources stand: the same for all chips but
for reads of flash and sleep."""
LIKE = {"cortex-m0": "cortex-m0plus", "cortex-m3": "cortex-m4f"}
"""Cores whose currents were not compared, and the nearest."""


@dataclass(frozen=True)
class Window:
    """One measured window: what was counted, at which operating point, and what it drew at `supply_v`.

    `place`: where it is from, for errors; empty for a record. `image_sha256`: of its firmware, in hexadecimal.
    """

    name: str
    network: str
    stack: str
    energy_uj: float
    latency_s: float
    events: EventCounts
    point: OperatingPoint
    supply_v: float | None
    place: str = ""
    image_sha256: str = ""


def observations(windows: Sequence[Window], model: PowerModel, consumers: Consumers | None = None) -> list[Observation]:
    """The windows with their voltages, and what else was on. Raises as `supply_point` does, with the window's place."""
    return [_observation(window, model, consumers) for window in windows]


def bare_model(board: Board, windows: Sequence[Window]) -> PowerModel:
    """A power model to begin with, for a board that has none: nothing in it is known but the weights of events.

    It holds at the supplies and in the voltage ranges of the windows, at least one. Behind a linear regulator, which is
    assumed where the firmware programs no other, the current does not depend on the supply; else the energy does not.
    """
    supplies = sorted({window.supply_v for window in windows if window.supply_v is not None})
    ranges = sorted({(window.point.voltage_range, window.point.regulator or LDO) for window in windows})
    core_v = min(NOMINAL_CORE_V, supplies[0])
    source = "nominal: no data sheet was read"
    return PowerModel(
        supply_v=supplies[0],
        supply_limits_v=(supplies[0], supplies[-1]),
        reference_core_v=core_v,
        unit_pj=1.0,
        static_uw=0.0,
        relative_uncertainty="unknown",
        core=tuple(
            CoreSupply(voltage_range, regulator, core_v, board.limits.max_core_hz, source)
            for voltage_range, regulator in ranges
        ),
        weights=WEIGHTS[LIKE.get(board.core, board.core)],
        calibrated_on=(),
        source="weights: as of boards with a power model",
        efficiency={regulator: ((supplies[0], 1.0),) for _, regulator in ranges if regulator != LDO},
    )


def _observation(window: Window, model: PowerModel, consumers: Consumers | None) -> Observation:
    try:
        at = supply_point(model, window.point, window.supply_v)
    except SimtinyError as error:
        raise type(error)(f"{window.place}: {error}" if window.place else str(error)) from error
    return Observation(
        name=window.name,
        network=window.network,
        stack=window.stack,
        energy_uj=window.energy_uj,
        latency_s=window.latency_s,
        events=window.events,
        supply=at,
        image_sha256=window.image_sha256,
        left_on=left_on(consumers, window.point.switched_on, model.reference_core_v),
        clock_hz=window.point.clock_hz,
    )
