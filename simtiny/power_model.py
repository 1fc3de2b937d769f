"""A board's power model as data: the table `[power]` of its platform file. `simtiny.power` has its rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

CLOCKED = "clocked"
"""The sleep mode of WFI with the clocks on, which every board has."""


@dataclass(frozen=True)
class CoreSupply:
    """The core's voltage in one voltage range, up to a clock. `regulator` is what feeds it."""

    voltage_range: str
    regulator: str
    core_v: float
    max_core_hz: float
    source: str


@dataclass(frozen=True)
class SleepMode:
    """A sleep mode that keeps RAM and stops the clocks: what the chip draws from its supply."""

    current_ua: float
    source: str


@dataclass(frozen=True)
class PowerModel:
    """A board's power model.

    `unit_pj`: energy of one unit of `weights` in the core at `reference_core_v`, before the regulator. `static_uw`:
    what it draws there all the while. `supply_v`: the board's supply, unless the user says otherwise. `efficiency`: of
    each regulator but the LDO, points (supply in volts, efficiency). `relative_uncertainty`: half width of the 90 %
    interval for firmware like that of `calibrated_on`, or "unknown" where too little was measured to tell.
    `data_sheet`: its constants come from the currents that the chip's data sheet gives, and from no measurement.
    """

    supply_v: float
    supply_limits_v: tuple[float, float]
    reference_core_v: float
    unit_pj: float
    static_uw: float
    relative_uncertainty: float | Literal["unknown"]
    core: tuple[CoreSupply, ...]
    weights: Mapping[str, float]
    calibrated_on: tuple[str, ...]
    source: str
    efficiency: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    sleep_modes: Mapping[str, SleepMode] = field(default_factory=dict)
    data_sheet: bool = False

    @property
    def half_width(self) -> float | None:
        """`relative_uncertainty`, None where it is not known."""
        return None if self.relative_uncertainty == "unknown" else self.relative_uncertainty
