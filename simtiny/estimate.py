"""Cycles of a profile on a core at an operating point.

Pure: the same profile can be priced again at other wait states and with other rules.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from simtiny.events import EVENTS, EventCounts, count_events, events_by_block
from simtiny.isa.decode import decode
from simtiny.isa.instruction import Instruction
from simtiny.profile import CacheMisses, CodeBlock, Profile
from simtiny.timing.core import Core
from simtiny.timing.effects import EFFECTS, Effect

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


def estimate(
    profile: Profile, core: Core, *, clock_hz: float | None = None, wait_states: int | None = None
) -> Estimate:
    """Price a profile. `clock_hz` and `wait_states` take the place of what the firmware had programmed.

    Raises Unpriced for an instruction that the core's model does not know.
    """
    point, operands = profile.operating_point, core.operands
    waits = (point.wait_states if wait_states is None else wait_states) + point.miss_overhead_cycles
    blocks = [_instructions(block) for block in profile.blocks]
    by_effect = np.zeros(EFFECTS, np.int64)
    by_block = np.zeros(len(blocks), np.int64)
    runs = np.zeros(len(blocks), np.int64)
    for (before, block, count), taken in zip(profile.edges.tolist(), profile.taken.tolist(), strict=True):
        cost = core.price(blocks[block], blocks[before] if before >= 0 else None, taken)
        by_effect += np.array(cost, np.int64) * count
        by_block[block] += sum(cost) * count
        runs[block] += count
    sequential = int((profile.hidden * np.maximum(waits - np.arange(len(profile.hidden)), 0)).sum())
    by_effect[Effect.FLASH_CODE] += waits * int(profile.fetch_misses[:, 0].sum()) + sequential
    by_effect[Effect.FLASH_DATA] += waits * int(profile.data_reads[:, 1].sum())
    counted = point.wait_states + point.miss_overhead_cycles
    # A read ahead takes about as long as a miss.
    ahead = profile.read_ahead if waits == counted else profile.read_ahead * waits // max(counted, 1)
    by_effect[Effect.FLASH_CODE] += int(ahead[:, 0].sum())
    by_effect[Effect.FLASH_DATA] += int(ahead[:, 1].sum())
    by_effect[Effect.RAM_DATA] += point.ram_miss_cycles * int(profile.ram_misses.sum())
    by_effect[Effect.BRANCH] += operands.mispredict * int(profile.mispredicts.sum())
    by_effect[Effect.MEMORY] += operands.unaligned_load * int(profile.unaligned_loads.sum())
    divides = (operands.divide != 0) * int(
        (profile.divides * np.maximum(np.arange(len(profile.divides)) - operands.divide_shortest, 0)).sum()
    )
    by_effect[Effect.DIVIDE] += divides
    by_effect[Effect.EXCEPTION] += profile.exception_cycles
    by_block += waits * (profile.fetch_misses[:, 0] + profile.data_reads[:, 1])
    by_block += ahead.sum(axis=1)
    by_block += point.ram_miss_cycles * profile.ram_misses + operands.mispredict * profile.mispredicts
    by_block += operands.unaligned_load * profile.unaligned_loads
    events = events_by_block(profile, blocks, runs)
    shared = _shares(sequential, profile.fetch_misses[:, 1]) + _shares(divides, events[:, EVENTS.index("divide")])
    cycles = int(by_effect.sum()) + profile.sleep_cycles
    instructions = sum(len(block) * int(count) for block, count in zip(blocks, runs, strict=True))
    return Estimate(
        cycles=cycles,
        instructions=instructions,
        clock_hz=point.clock_hz if clock_hz is None else clock_hz,
        cycles_by_effect=tuple(by_effect.tolist()),
        cycles_by_block=by_block + shared,
        baseline_cycles=core.evidence.baseline_cpi * instructions,
        events=count_events(profile, events, cycles),
        events_by_block=events,
    )


def cycles_with(misses: CacheMisses, profile: Profile, found: Estimate) -> int:
    """Cycles of a profile's window with other caches; `found` is its estimate as the firmware had programmed it.

    What the flash's reading ahead adds to waits or hides of them is taken to change in proportion to them; where there
    were none, a miss takes what it takes without. Exact where the flash does not read ahead; elsewhere
    ad01 with caches an eighth or 16 times as large differed from a run by 0.6 % (STM32U5) to 3.5 % (PSoC 6, STM32G0).
    """
    point = profile.operating_point
    waits = point.wait_states + point.miss_overhead_cycles
    branch = int(profile.fetch_misses[:, 0].sum())
    waited = int((profile.hidden * np.maximum(waits - np.arange(len(profile.hidden)), 0)).sum())
    code, data = found.cycles_by_effect[Effect.FLASH_CODE], found.cycles_by_effect[Effect.FLASH_DATA]
    awaited = (
        _in_proportion(code, waits * branch + waited, waits * misses.branch + misses.sequential_wait)
        + _in_proportion(data, waits * int(profile.data_reads[:, 1].sum()), waits * misses.data)
        + point.ram_miss_cycles * misses.ram
    )
    return found.cycles - code - data - found.cycles_by_effect[Effect.RAM_DATA] + round(awaited)


def _shares(cycles: int, times: NDArray[np.int64]) -> NDArray[np.float64]:
    """Cycles of the window, split by how often each block did what took them."""
    return cycles * times / max(int(times.sum()), 1)


def _in_proportion(cycles: int, plain: float, plain_now: float) -> float:
    """What becomes of waits when those of plain misses change: these themselves where there were none."""
    return cycles * plain_now / plain if plain else plain_now


def without(core: _AnyCore, *effects: str) -> _AnyCore:
    """The core with some rules switched off, by their parameters' names, to see what they are worth.

    The names are those of its own fields and of `OperandTiming`.

    Not `fetch_ahead`: how much of each wait was hidden was counted with it.
    """
    own = {entry.name for entry in fields(core)}
    switched_off: dict[str, Any] = dict.fromkeys((name for name in effects if name in own), 0)
    of_operands: dict[str, Any] = dict.fromkeys((name for name in effects if name not in own), 0)
    return replace(core, operands=replace(core.operands, **of_operands), **switched_off)


def _instructions(block: CodeBlock) -> tuple[Instruction, ...]:
    return decode(block.code, block.address, block.flash_loads)
