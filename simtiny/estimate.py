"""Cycles of a profile on a core at an operating point.

Pure: the same profile can be priced again at another clock and with other rules.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from simtiny.events import EVENTS, EventCounts, count_events, events_by_block
from simtiny.flash.price import flash_waits
from simtiny.profiles import Profile
from simtiny.timing.core import Core
from simtiny.timing.effects import EFFECTS, Effect
from simtiny.timing.prices import edge_price, instructions

_AnyCore = TypeVar("_AnyCore", bound=Core)


@dataclass(frozen=True)
class Estimate:
    """What a window of execution takes. `cycles` is the sum of `cycles_by_effect` and of the cycles asleep.

    `cycles_by_block`: float64 (blocks,); of waits and divides that are counted for the window each block has its share.
    With exceptions and sleep, which belong to none, they sum up to `cycles`. `events_by_block`: int64 (blocks, events).
    `baseline_cycles`: the estimate of a model that knows the core's average CPI only.
    """

    cycles: int
    instructions: int
    clock_hz: float
    cycles_by_effect: tuple[int, ...]
    cycles_by_block: NDArray[np.float64]
    baseline_cycles: float
    events: EventCounts
    events_by_block: NDArray[np.int64]

    @property
    def latency_s(self) -> float:
        return self.cycles / self.clock_hz


def estimate(profile: Profile, core: Core, *, clock_hz: float | None = None) -> Estimate:
    """Price a profile. `clock_hz` takes the place of the clock that it was counted at.

    Raises Unpriced for an instruction that the core's model does not know.
    """
    point, operands = profile.operating_point, core.operands
    block_of_edge, count = profile.edges[:, 1], profile.edges[:, 2]
    cost = _prices(profile, core) * count[:, np.newaxis]
    by_effect = cost.sum(axis=0)
    by_block, runs = np.zeros((2, len(profile.blocks)), np.int64)
    np.add.at(by_block, block_of_edge, cost.sum(axis=1))
    np.add.at(runs, block_of_edge, count)
    flash = flash_waits(profile)
    by_effect[Effect.FLASH_CODE] += flash.code
    by_effect[Effect.FLASH_DATA] += flash.data
    by_effect[Effect.RAM_DATA] += point.ram_miss_cycles * int(profile.ram_misses.sum()) + int(profile.ram_waits.sum())
    by_effect[Effect.BRANCH] += operands.mispredict * int(profile.mispredicts.sum())
    by_effect[Effect.MEMORY] += operands.unaligned_load * int(profile.unaligned_loads.sum())
    divides = (operands.divide != 0) * int(
        (profile.divides * np.maximum(np.arange(len(profile.divides)) - operands.divide_shortest, 0)).sum()
    )
    by_effect[Effect.DIVIDE] += divides
    by_effect[Effect.EXCEPTION] += profile.exception_cycles
    by_block += flash.by_block + profile.ram_waits
    by_block += point.ram_miss_cycles * profile.ram_misses + operands.mispredict * profile.mispredicts
    by_block += operands.unaligned_load * profile.unaligned_loads
    events = events_by_block(profile, runs, core.name)
    shared = _shares(flash.sequential, profile.fetch_misses[:, 1]) + _shares(divides, events[:, EVENTS.index("divide")])
    cycles = int(by_effect.sum()) + profile.sleep_cycles
    issued = sum(
        len(instructions(profile.blocks[number])) * int(runs[number]) for number in np.flatnonzero(runs).tolist()
    )
    return Estimate(
        cycles=cycles,
        instructions=issued,
        clock_hz=point.clock_hz if clock_hz is None else clock_hz,
        cycles_by_effect=tuple(by_effect.tolist()),
        cycles_by_block=by_block + shared,
        baseline_cycles=core.evidence.baseline_cpi * issued,
        events=count_events(profile, events, cycles),
        events_by_block=events,
    )


def _prices(profile: Profile, core: Core) -> NDArray[np.int64]:
    """Cycles of one run through each edge: shape (edges, effects)."""
    blocks = profile.blocks
    rows = zip(profile.edges.tolist(), profile.taken.tolist(), strict=True)
    prices = [
        edge_price(core, blocks[block], blocks[before] if before >= 0 else None, taken)
        for (before, block, _), taken in rows
    ]
    return np.array(prices, np.int64).reshape(-1, EFFECTS)


def _shares(cycles: int, times: NDArray[np.int64]) -> NDArray[np.float64]:
    """Cycles of the window, split by how often each block did what took them."""
    return cycles * times / max(int(times.sum()), 1)


def without(core: _AnyCore, *effects: str) -> _AnyCore:
    """The core with some rules switched off, by their parameters' names, to see what they are worth.

    The names are those of its own fields and of `OperandTiming`.

    Not `fetch_ahead` and `queue_words`: how much of each wait was hidden was counted with it.
    """
    own = {entry.name for entry in fields(core)}
    switched_off: dict[str, Any] = dict.fromkeys((name for name in effects if name in own), 0)
    of_operands: dict[str, Any] = dict.fromkeys((name for name in effects if name not in own), 0)
    return replace(core, operands=replace(core.operands, **of_operands), **switched_off)
