"""From a life and what was priced to what is reported of it."""

from collections.abc import Mapping

from simtiny.board import power_model
from simtiny.counts import Counts
from simtiny.energy import with_interval
from simtiny.errors import Unpriced
from simtiny.life import Life
from simtiny.lived import LifeResult, Window, lived
from simtiny.mlperf.workload import Workload
from simtiny.uncertainty import energy_interval_of


def assemble_life(life: Life, workload: Workload, counts: Mapping[float | None, Counts]) -> LifeResult:
    """What becomes of a life whose inferences these are, by clock as `Life.clocks_hz` asks for them.

    Raises Unpriced where an energy is not known, BadInput for steps that take longer than the period.
    """
    windows = {clock_hz: _window(workload, found) for clock_hz, found in counts.items()}
    return lived(life, power_model(workload.board), windows)


def _window(workload: Workload, counts: Counts) -> Window:
    priced, programmed = counts.priced, counts.measurement.profile.programmed
    consumption = priced.consumption
    if consumption is None:
        raise Unpriced(priced.why_not or "the energy is not known")
    interval = energy_interval_of(workload, power_model(workload.board), consumption.supply, programmed, priced.point)
    return Window(
        clock_hz=priced.point.clock_hz,
        latency_s=priced.estimate.latency_s,
        supply=consumption.supply,
        energy=with_interval(consumption.energy, interval),
    )
