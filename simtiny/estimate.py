"""Cycles of a profile on a core at an operating point.

Pure: the same profile can be priced again at other wait states and with other rules.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.energy import EventCounts, count_events
from simtiny.isa.decode import decode
from simtiny.isa.instruction import Instruction
from simtiny.profile import CodeBlock, Profile
from simtiny.timing import Core, price
from simtiny.timing.effects import EFFECTS, Effect


@dataclass(frozen=True)
class Estimate:
    """What a window of execution takes. `cycles` is the sum of `cycles_by_effect` and of the cycles asleep.

    `baseline_cycles`: the estimate of a model that knows the core's average CPI only.
    """

    cycles: int
    instructions: int
    clock_hz: float
    cycles_by_effect: tuple[int, ...]
    cycles_by_block: NDArray[np.int64]
    baseline_cycles: float
    events: EventCounts

    @property
    def latency_s(self) -> float:
        return self.cycles / self.clock_hz


def estimate(
    profile: Profile, core: Core, *, clock_hz: float | None = None, wait_states: int | None = None
) -> Estimate:
    """Price a profile. `clock_hz` and `wait_states` take the place of what the firmware had programmed.

    Raises Unpriced for an instruction that the core's model does not know.
    """
    point = profile.operating_point
    waits = point.wait_states if wait_states is None else wait_states
    blocks = [_instructions(block) for block in profile.blocks]
    by_effect = np.zeros(EFFECTS, np.int64)
    by_block = np.zeros(len(blocks), np.int64)
    runs = np.zeros(len(blocks), np.int64)
    for (before, block, count), taken in zip(profile.edges.tolist(), profile.taken.tolist(), strict=True):
        cost = price(core, blocks[block], blocks[before] if before >= 0 else None, taken)
        by_effect += np.array(cost, np.int64) * count
        by_block[block] += sum(cost) * count
        runs[block] += count
    sequential = int((profile.hidden * np.maximum(waits - np.arange(len(profile.hidden)), 0)).sum())
    by_effect[Effect.FLASH_CODE] += waits * int(profile.fetch_misses[:, 0].sum()) + sequential
    by_effect[Effect.FLASH_DATA] += waits * int(profile.data_reads[:, 1].sum())
    by_effect[Effect.DIVIDE] += (core.divide != 0) * int(
        (profile.divides * np.maximum(np.arange(len(profile.divides)) - 2, 0)).sum()
    )
    by_effect[Effect.EXCEPTION] += profile.exception_cycles
    missed = int(profile.fetch_misses[:, 1].sum())
    by_block += waits * (profile.fetch_misses[:, 0] + profile.data_reads[:, 1])
    if missed:
        by_block += profile.fetch_misses[:, 1] * sequential // missed
    cycles = int(by_effect.sum()) + profile.sleep_cycles
    instructions = sum(len(block) * int(count) for block, count in zip(blocks, runs, strict=True))
    return Estimate(
        cycles=cycles,
        instructions=instructions,
        clock_hz=point.clock_hz if clock_hz is None else clock_hz,
        cycles_by_effect=tuple(by_effect.tolist()),
        cycles_by_block=by_block,
        baseline_cycles=core.baseline_cpi * instructions,
        events=count_events(profile, blocks, runs, tuple(by_effect.tolist())),
    )


def without(core: Core, *effects: str) -> Core:
    """The core with some rules switched off, by their parameters' names, to see what they are worth.

    Not `fetch_ahead`: how much of each wait was hidden was counted with it.
    """
    switched_off: dict[str, Any] = dict.fromkeys(effects, 0)
    return replace(core, **switched_off)


def _instructions(block: CodeBlock) -> tuple[Instruction, ...]:
    return decode(block.code, block.address, block.flash_loads)
