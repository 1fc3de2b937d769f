"""What each instruction of each block took in one window."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simtiny.energy import EnergyEstimate
from simtiny.estimate import Estimate
from simtiny.profiles import Profile
from simtiny.timing.core import Core
from simtiny.timing.effects import EFFECTS
from simtiny.timing.prices import instructions


@dataclass(frozen=True)
class InstructionCosts:
    """A row an instruction of each block that ran, in order of blocks and of addresses.

    first: int64 (blocks + 1,), the rows of block b are first[b] to first[b + 1] - 1. block, address, bytes: int64
    (rows,). runs, cycles, energy_nj: float64 (rows,). by_effect: float64 (rows, effects). block_cycles,
    block_energy_nj: float64 (blocks,), their sums. text: of each row, disassembled.
    """

    first: NDArray[np.int64]
    block: NDArray[np.int64]
    address: NDArray[np.int64]
    bytes: NDArray[np.int64]
    runs: NDArray[np.float64]
    cycles: NDArray[np.float64]
    energy_nj: NDArray[np.float64]
    by_effect: NDArray[np.float64]
    block_cycles: NDArray[np.float64]
    block_energy_nj: NDArray[np.float64]
    text: tuple[str, ...]


def instruction_costs(
    profile: Profile, core: Core, estimate: Estimate, consumed: EnergyEstimate | None
) -> InstructionCosts:
    """For now each block's cycles evenly over its instructions."""
    runs = np.zeros(len(profile.blocks))
    np.add.at(runs, profile.edges[:, 1], profile.edges[:, 2])
    codes = [instructions(each) if ran else () for each, ran in zip(profile.blocks, runs.tolist(), strict=True)]
    count = np.array([len(code) for code in codes], np.int64)
    block = np.repeat(np.arange(len(codes)), count)
    flat = [now for code in codes for now in code]
    cycles = estimate.cycles_by_block[block] / count[block]
    by_effect = np.zeros((len(block), EFFECTS))
    by_effect[:, 0] = cycles
    return InstructionCosts(
        first=np.concatenate(([0], np.cumsum(count))),
        block=block,
        address=np.array([now.address for now in flat], np.int64),
        bytes=np.array([now.size for now in flat], np.int64),
        runs=runs[block],
        cycles=cycles,
        energy_nj=cycles,
        by_effect=by_effect,
        block_cycles=estimate.cycles_by_block,
        block_energy_nj=estimate.cycles_by_block,
        text=tuple(now.text for now in flat),
    )
