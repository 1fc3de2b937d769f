"""What draws current beside the core and its memories while firmware has it switched on, and how much.

A chip's file names each consumer, the bits of its registers that switch it on, the clock that drives it, and its
current from the data sheet. An execution tells which are on (`OperatingPoint.switched_on`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import NamedTuple

from simtiny.errors import BadInput

CORE_CLOCK = "core"
LEAST_CORE_V, MOST_CORE_V = 0.1, 10.0
MOST_UA = 1e7
"""Ten amperes: what no microcontroller draws."""


@dataclass(frozen=True)
class Consumer:
    """One consumer. `on`: bits that must all be set, as "RCC.AHB2ENR[0]", joined by " & "; "!" in front: clear.

    `clock`: its clock by the name that the machine has for it. `ua_per_mhz`: of that clock, in microamperes a
    megahertz, in the core's supply at `Consumers.core_v`. `ua`: in microamperes, from the chip's supply, at any clock.
    `source`: where `Consumers.source` is not.
    """

    on: str
    clock: str = CORE_CLOCK
    ua_per_mhz: float = 0.0
    ua: float = 0.0
    source: str = ""


@dataclass(frozen=True)
class Consumers:
    """Those of a chip by name, and the core's voltage behind a linear regulator at which they were measured."""

    core_v: float
    source: str
    each: Mapping[str, Consumer]


class SwitchedOn(NamedTuple):
    """A consumer that was on, and the frequency of its clock over that of the core."""

    name: str
    clock_ratio: float


class Bit(NamedTuple):
    """One bit of a register of a peripheral, and what it must read."""

    peripheral: str
    register: str
    bit: int
    level: bool


@dataclass(frozen=True)
class LeftOn:
    """What is on, as energies need it.

    `core_uw_per_mhz`: by name, in the core at `PowerModel.reference_core_v`, before the regulator, a megahertz of the
    core's clock. `ua`: by name, from the chip's supply.
    """

    core_uw_per_mhz: Mapping[str, float] = field(default_factory=dict)
    ua: Mapping[str, float] = field(default_factory=dict)

    @property
    def core_total(self) -> float:
        """Of `core_uw_per_mhz`."""
        return fsum(self.core_uw_per_mhz.values())

    @property
    def ua_total(self) -> float:
        """Of `ua`."""
        return fsum(self.ua.values())

    def power_uw(self, scale: float, clock_hz: float, supply_v: float) -> float:
        """Microwatts at the supply pins, in all. `scale`: `simtiny.energy.supply_scale`."""
        return fsum(powers_uw(self, scale, clock_hz, supply_v).values())


NOTHING_ON = LeftOn()
_BIT = re.compile(r"(!?)(\w+)\.(\w+)\[(\d+)\]")


def bits(on: str) -> tuple[Bit, ...]:
    """The conditions of `Consumer.on`. Raises BadInput for another form."""
    found = []
    for text in on.split("&"):
        match = _BIT.fullmatch(text.strip())
        if match is None or int(match[4]) > 31:
            raise BadInput(f"{text.strip()!r} is no bit of a register, such as 'RCC.AHB2ENR[0]'")
        found.append(Bit(match[2], match[3], int(match[4]), not match[1]))
    return tuple(found)


def left_on(
    consumers: Consumers | None, switched_on: Sequence[SwitchedOn] | None, reference_core_v: float
) -> LeftOn | None:
    """What these draw. None where it is not known: the chip's file has no currents, or nothing told what is on.

    A current in the core goes with its voltage, so that the energy of a clock's cycle goes with the square.
    """
    if consumers is None or switched_on is None:
        return None
    core, supply = {}, {}
    for name, ratio in switched_on:
        one = consumers.each.get(name)
        if one is None:
            continue
        if one.ua_per_mhz and ratio:
            core[name] = one.ua_per_mhz * ratio * reference_core_v**2 / consumers.core_v
        if one.ua:
            supply[name] = one.ua
    return LeftOn(core, supply)


def powers_uw(found: LeftOn, scale: float, clock_hz: float, supply_v: float) -> dict[str, float]:
    """Microwatts at the supply pins, by name. `scale`: `simtiny.energy.supply_scale`."""
    drawn = {name: scale * uw_per_mhz * clock_hz * 1e-6 for name, uw_per_mhz in found.core_uw_per_mhz.items()}
    for name, ua in found.ua.items():
        drawn[name] = drawn.get(name, 0.0) + ua * supply_v
    return drawn


def contradiction(consumers: Consumers, peripherals: Sequence[str]) -> str | None:
    """What is wrong with the table of a platform file, None if it holds together. `peripherals`: of the board."""
    if not LEAST_CORE_V <= consumers.core_v <= MOST_CORE_V:
        return f"consumers.core_v must be from {LEAST_CORE_V:g} to {MOST_CORE_V:g} V"
    for name, one in consumers.each.items():
        if not (0 <= one.ua_per_mhz <= MOST_UA and 0 <= one.ua <= MOST_UA):
            return f"consumers.each.{name}: a current must be from 0 to {MOST_UA:g} microamperes"
        try:
            found = bits(one.on)
        except BadInput as error:
            return f"consumers.each.{name}: {error}"
        for bit in found:
            if bit.peripheral not in peripherals:
                return f"consumers.each.{name}: there is no peripheral {bit.peripheral}"
    return None
