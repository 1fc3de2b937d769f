"""What each instruction of each block took in one window."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.energy import EnergyEstimate, constant_uj
from simtiny.estimate import Estimate
from simtiny.events import EVENTS, instruction_event
from simtiny.flash.price import flash_waits
from simtiny.isa.instruction import LOADS, Instruction, Kind
from simtiny.profiles import CodeBlock, Profile
from simtiny.timing.core import Code, Core
from simtiny.timing.effects import EFFECTS, Effect
from simtiny.timing.prices import edge_price, instructions

MOST_SPLIT = 512
"""Edges, the costliest of a window, whose prices are split on their own."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class InstructionCosts:
    """A row an instruction of each block that ran, in order of blocks and of addresses.

    first: int64 (blocks + 1,), the rows of block b are first[b] to first[b + 1] - 1. block, address, bytes: int64
    (rows,). runs, cycles, energy_nj: float64 (rows,); energy is NaN where it is not known. by_effect: float64 (rows,
    effects). block_cycles, block_energy_nj: float64 (blocks,), their sums. text: of each row, disassembled.
    """

    first: NDArray[np.int64]
    block: NDArray[np.int64]
    address: NDArray[np.int64]
    bytes: NDArray[np.int64]
    runs: Floats
    cycles: Floats
    energy_nj: Floats
    by_effect: Floats
    block_cycles: Floats
    block_energy_nj: Floats
    text: tuple[str, ...]


def instruction_costs(
    profile: Profile, core: Core, estimate: Estimate, consumed: EnergyEstimate | None, unit_bytes: int
) -> InstructionCosts:
    """Cycles and energy of a window by instruction. `unit_bytes`: that one read of the flash gives.

    An instruction has what the price of its block rises by with it, so that a wait is put down to the instruction that
    waits. What a taken branch takes is in the first instruction of the block that it went to. Edges beyond the
    MOST_SPLIT costliest are split as the costliest one into their block, and the difference is put down to the first
    instruction.

    Counted by block, and shared out evenly: misses in sequence over the instructions that begin a unit of the flash,
    waits for data over the loads (from flash, or from elsewhere). Counted by window: what is hidden of misses in
    sequence goes by their number, and what divides take by their operands evenly over all of them, for cycles and for
    energy. Misses by a branch are the first instruction's, branches that went as not predicted the last one's.
    """
    runs = np.zeros(len(profile.blocks))
    np.add.at(runs, profile.edges[:, 1], profile.edges[:, 2])
    counted = (runs > 0) | (estimate.cycles_by_block != 0) | estimate.events_by_block.any(axis=1)
    codes = [
        instructions(each) if any_of else () for each, any_of in zip(profile.blocks, counted.tolist(), strict=True)
    ]
    count = np.array([len(code) for code in codes], np.int64)
    first = np.concatenate(([0], np.cumsum(count)))
    block = np.repeat(np.arange(len(codes)), count)
    flat = [now for code in codes for now in code]
    by_effect = _issued(profile, core, first, len(flat))
    shares = _Shares(codes, first, block, flat, unit_bytes)
    _add_waits(by_effect, shares, profile, core, estimate)
    cycles = by_effect.sum(axis=1)
    energy_nj, block_energy_nj = _energies(profile, estimate, consumed, shares, runs[block], cycles)
    return InstructionCosts(
        first=first,
        block=block,
        address=np.array([now.address for now in flat], np.int64),
        bytes=np.array([now.size for now in flat], np.int64),
        runs=runs[block],
        cycles=cycles,
        energy_nj=energy_nj,
        by_effect=by_effect,
        block_cycles=estimate.cycles_by_block,
        block_energy_nj=block_energy_nj,
        text=tuple(now.text for now in flat),
    )


@lru_cache(maxsize=1 << 12)
def prefix_prices(core: Core, block: CodeBlock, before: CodeBlock | None, taken: bool) -> NDArray[np.int64]:
    """An edge's price by instruction: that of the first n less that of the first n - 1. Shape (instructions, effects).

    Each core's rules look back and never ahead, so that the sum is `edge_price`. Raises Unpriced as that does.
    """
    code: Code = instructions(block)
    context = None if before is None else instructions(before)
    prices = [(0,) * EFFECTS, *(core.price(code[: n + 1], context, taken) for n in range(len(code)))]
    upto = np.array(prices, np.int64)
    return upto[1:] - upto[:-1]


def _issued(profile: Profile, core: Core, first: NDArray[np.int64], rows: int) -> Floats:
    """The prices of all edges, by instruction: shape (rows, effects)."""
    found = np.zeros((rows, EFFECTS))
    blocks = profile.blocks
    edges = []
    for (before, number, times), taken in zip(profile.edges.tolist(), profile.taken.tolist(), strict=True):
        if times:
            context = blocks[before] if before >= 0 else None
            price = edge_price(core, blocks[number], context, taken)
            edges.append((sum(price) * times, number, context, times, taken, price))
    edges.sort(key=lambda edge: -edge[0])
    typical: dict[int, NDArray[np.int64]] = {}
    for rank, (_, number, context, times, taken, price) in enumerate(edges):
        start, end = first[number], first[number + 1]
        if rank < MOST_SPLIT or number not in typical:
            split = prefix_prices(core, blocks[number], context, taken)
            typical.setdefault(number, split)
        else:
            split = typical[number].copy()
            split[0] += np.array(price) - split.sum(axis=0)
        found[start:end] += split * times
    return found


class _Shares:
    """Weights by which what was counted by block goes to its instructions: of each block they sum up to 1."""

    def __init__(
        self,
        codes: Sequence[Code],
        first: NDArray[np.int64],
        block: NDArray[np.int64],
        flat: Sequence[Instruction],
        unit_bytes: int,
    ) -> None:
        self.block, self.first, self.flat = block, first, flat
        loads = np.array([now.kind in LOADS for now in flat], bool)
        of_flash = np.array([now.reads_flash for now in flat], bool)
        self.divides = np.array([now.kind is Kind.DIVIDE for now in flat], float)
        self.at_first, self.at_last = np.zeros(len(flat)), np.zeros(len(flat))
        ran = first[:-1] < first[1:]
        self.at_first[first[:-1][ran]] = 1.0
        self.at_last[first[1:][ran] - 1] = 1.0
        self.from_flash = self._even(loads & of_flash, loads)
        self.from_ram = self._even(loads & ~of_flash, loads)
        self.in_sequence = self._even(_unit_begins(codes, unit_bytes))

    def _even(self, *choices: NDArray[np.bool_]) -> Floats:
        """Over the first of these choices that a block has any of, else all of its instructions."""
        found = np.zeros(len(self.block))
        open_blocks = np.ones(len(self.first) - 1, bool)
        for chosen in (*choices, np.ones(len(self.block), bool)):
            counts = np.bincount(self.block[chosen], minlength=len(open_blocks))
            now = chosen & (open_blocks & (counts > 0))[self.block]
            found[now] = 1 / counts[self.block[now]]
            open_blocks &= counts == 0
        return found

    def of(self, weights: Floats, by_block: NDArray[Any]) -> Floats:
        return weights * by_block.astype(np.float64)[self.block]


def _unit_begins(codes: Sequence[Code], unit_bytes: int) -> NDArray[np.bool_]:
    """Whether an instruction is the first of its block with a byte in a unit, but for the unit where a block begins."""
    found = []
    for code in codes:
        unit = code[0].address // unit_bytes if code and code[0].address % unit_bytes else -1
        for now in code:
            last = (now.address + now.size - 1) // unit_bytes
            found.append(last != unit)
            unit = last
    return np.array(found, bool)


def _add_waits(by_effect: Floats, shares: _Shares, profile: Profile, core: Core, estimate: Estimate) -> None:
    """What `estimate` adds to the prices of edges."""
    point, operands, flash = profile.operating_point, core.operands, flash_waits(profile)
    miss = point.wait_states + point.miss_overhead_cycles
    sequential = profile.fetch_misses[:, 1] * (flash.sequential / max(int(profile.fetch_misses[:, 1].sum()), 1))
    ahead = profile.read_ahead
    waits = (
        (Effect.FLASH_CODE, shares.at_first, miss * profile.fetch_misses[:, 0]),
        (Effect.FLASH_CODE, shares.in_sequence, sequential + ahead[:, 0]),
        (Effect.FLASH_DATA, shares.from_flash, miss * profile.data_reads[:, 1] + ahead[:, 1]),
        (Effect.RAM_DATA, shares.from_ram, point.ram_miss_cycles * profile.ram_misses + profile.ram_waits),
        (Effect.MEMORY, shares.from_ram, operands.unaligned_load * profile.unaligned_loads),
        (Effect.BRANCH, shares.at_last, operands.mispredict * profile.mispredicts),
    )
    for effect, weights, by_block in waits:
        by_effect[:, effect] += shares.of(weights, by_block)
    beyond = np.maximum(np.arange(len(profile.divides)) - operands.divide_shortest, 0)
    divides = (operands.divide != 0) * int((profile.divides * beyond).sum())
    counts = estimate.events_by_block[:, EVENTS.index("divide")]
    in_block = np.bincount(shares.block, shares.divides, len(counts))
    times = np.divide(counts, in_block, out=np.zeros(len(counts)), where=in_block > 0)
    by_effect[:, Effect.DIVIDE] += shares.divides * times[shares.block] * (divides / max(int(counts.sum()), 1))


def _energies(
    profile: Profile,
    estimate: Estimate,
    consumed: EnergyEstimate | None,
    shares: _Shares,
    runs: Floats,
    cycles: Floats,
) -> tuple[Floats, Floats]:
    """Nanojoules of each row and each block, static power included, as `breakdown.by_function` has them."""
    blocks = len(estimate.cycles_by_block)
    if consumed is None:
        return np.full(len(runs), np.nan), np.full(blocks, np.nan)
    static_nj = constant_uj(consumed) * 1e3 / max(estimate.cycles, 1)
    per_cycle = consumed.by_event_uj["cycles"] * 1e3 / max(estimate.events.cycles, 1) + static_nj
    counts = estimate.events_by_block.sum(axis=0).tolist()
    nj = {
        name: consumed.by_event_uj[name] * 1e3 / count if count else 0.0
        for name, count in zip(EVENTS, counts, strict=True)
    }
    energy = cycles * per_cycle
    energy += runs * np.array([nj[event] * times for event, times in map(instruction_event, shares.flat)])
    taken = estimate.events_by_block[:, EVENTS.index("branch_taken")]
    energy += shares.of(shares.at_last, taken * (nj["branch_taken"] - nj["branch_not_taken"]))
    lines = estimate.events_by_block[:, EVENTS.index("code_lines")]
    energy += shares.of(shares.in_sequence, lines * nj["code_lines"])
    energy += shares.of(shares.at_first, profile.fetch_misses[:, 0] * nj["flash_reads"])
    energy += shares.of(shares.in_sequence, profile.fetch_misses[:, 1] * nj["flash_reads"])
    energy += shares.of(shares.from_flash, profile.data_reads[:, 1] * nj["flash_reads"])
    energy += shares.of(shares.from_ram, profile.ram_misses * nj["ram_line_reads"])
    return energy, np.bincount(shares.block, energy, blocks).astype(np.float64)
