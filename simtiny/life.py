"""The life of an application: a sequence of named steps that repeats, and the battery that it lives on.

simtiny knows how long the inference takes and what it draws; the rest the user says, in a file (`simtiny.life_file`).
"""

from dataclasses import dataclass
from math import fsum, inf

from simtiny.errors import BadInput
from simtiny.power import check_sleep_mode
from simtiny.power_model import CLOCKED, PowerModel

INFER = "infer"
RUN = "run"
"""The core is awake and runs code that is not measured."""
REST = "asleep"
"""What the rest of the period is called."""
HOURS_A_YEAR = 365 * 24
ROUNDING = 1e-12
"""By so much of the period the steps may be longer than it, for want of digits."""


@dataclass(frozen=True)
class Battery:
    """`usable`: the share of the capacity that is drawn before the voltage is too low, 0 to 1."""

    capacity_mah: float
    usable: float = 1.0
    self_discharge_percent_per_year: float = 0.0

    @property
    def self_discharge_ua(self) -> float:
        """The battery's own current: the same share of its capacity each year."""
        return self.capacity_mah * 1e3 * self.self_discharge_percent_per_year / 100 / HOURS_A_YEAR

    def days(self, mean_current_ua: float) -> float:
        """How long it lasts. inf where nothing is drawn."""
        drawn_ua = mean_current_ua + self.self_discharge_ua
        return self.capacity_mah * 1e3 * self.usable / drawn_ua / 24 if drawn_ua else inf


@dataclass(frozen=True)
class Step:
    """One step. `mode`: `INFER`, `RUN`, "clocked" (WFI with the clocks on) or a sleep mode of the platform file.

    `duration_s`: None of an inference, of which there are `times`. `clock_hz`: None is that of the run. `wake_s`: the
    core is awake so long before the step. `extra_ma`: what sensor or radio draw in all of the step. `what`: in words.
    """

    name: str
    mode: str
    duration_s: float | None
    times: int = 1
    clock_hz: float | None = None
    wake_s: float = 0.0
    extra_ma: float = 0.0
    what: str = ""


@dataclass(frozen=True)
class Life:
    """Steps that follow each other once a period; what is left of it the chip spends in `sleep_mode`.

    `extra_ma`: what the rest of the user's circuit draws all the while.
    """

    period_s: float
    steps: tuple[Step, ...]
    sleep_mode: str = CLOCKED
    extra_ma: float = 0.0
    battery: Battery | None = None

    @property
    def clocks_hz(self) -> tuple[float | None, ...]:
        """The clocks at which an inference must be known: that of the run (None) first, then those of steps."""
        return tuple(dict.fromkeys([None, *(step.clock_hz for step in self.steps)]))


def check_life(life: Life, model: PowerModel) -> None:
    """Raise BadInput for a sleep mode that the board does not have, and for steps that no period can hold."""
    for what, mode in (("key sleep", life.sleep_mode), *((f"step {step.name}", step.mode) for step in life.steps)):
        if mode not in (INFER, RUN):
            try:
                check_sleep_mode(model, mode)
            except BadInput as error:
                raise BadInput(f"`sequence`: {what}: {error}") from error
    known_s = [(step.duration_s or 0.0) + step.wake_s for step in life.steps]
    check_period(life, fsum(known_s), "without inferences the steps take")


def check_period(life: Life, steps_s: float, what: str) -> None:
    """Raise BadInput for steps that take longer than the period; `what` takes so long, with its verb."""
    if steps_s > life.period_s * (1 + ROUNDING):
        raise BadInput(f"`sequence`: {what} {steps_s:.6g} s, longer than the period of {life.period_s:g} s")
