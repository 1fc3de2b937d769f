"""What instructions took: sums that must be those of blocks, and waits put down to who waits."""

from dataclasses import replace

import numpy as np
import pytest

from simtiny.board import power_model
from simtiny.board_file import load_board
from simtiny.breakdown import _of_blocks
from simtiny.energy import energy
from simtiny.estimate import estimate
from simtiny.power import supply_point
from simtiny.profiles import CodeBlock, OperatingPoint, Profile
from simtiny.profiling.instruction_costs import instruction_costs, prefix_prices
from simtiny.timing.effects import Effect
from simtiny.timing.models import MODELS
from simtiny.timing.prices import edge_price
from tests.profiles import profile_of

POINT = OperatingPoint(100e6, 4, True, True, True, "", miss_overhead_cycles=1, ram_miss_cycles=7)
# ldr r0, [r1]; adds r0, #1; udiv r2, r0, r3; itt ne; movne r4, #1; addne r4, r0; str r4, [r1]; bne .
MIXED = CodeBlock(0x0800_0004, bytes.fromhex("0868 0130 b0fbf3f2 1cbf 0124 2444 0c60 fed1"), frozenset())
# ldr r5, [r6]; ldr r7, [r5]; b .
LOADS = CodeBlock(0x0800_0016, bytes.fromhex("3568 2f68 fee7"), frozenset({0x0800_0016}))  # right behind


def mixed() -> Profile:
    pairs = lambda *rows: np.array(rows, np.int64)  # noqa: E731
    return profile_of(
        (MIXED, LOADS),
        POINT,
        edges=pairs((-1, 0, 1), (0, 0, 90), (0, 1, 10), (1, 0, 9)),
        taken=np.array([False, True, False, True]),
        fetch_misses=pairs((3, 4), (1, 0)),
        hidden=np.array([1, 2, 1, *[0] * 29]),
        data_reads=pairs((0, 0), (10, 2)),
        ram_misses=np.array([5, 2]),
        ram_waits=np.array([4, 0]),
        mispredicts=np.array([2, 0]),
        unaligned_loads=np.array([1, 0]),
        read_ahead=pairs((6, 0), (0, -2)),
        divides=np.array([0, 0, 40, 30, *[0] * 8, 30, *[0] * 19]),
    )


@pytest.mark.parametrize("core", [name for name in MODELS if name not in ("cortex-m0", "cortex-m0plus")])
def test_sums_are_those_of_blocks(core: str) -> None:
    profile, board = mixed(), load_board("nucleo-l4r5zi")
    found = estimate(profile, MODELS[core])
    model = power_model(board)
    at = supply_point(model, replace(POINT, voltage_range="1", regulator="ldo"), None)
    consumed = energy(found.events, found.latency_s, model, at)
    costs = instruction_costs(profile, MODELS[core], found, consumed, 8)
    cycles = np.bincount(costs.block, costs.cycles, 2)
    np.testing.assert_allclose(cycles, found.cycles_by_block, rtol=0, atol=1e-6)
    np.testing.assert_allclose(costs.by_effect.sum(axis=1), costs.cycles)
    np.testing.assert_allclose(costs.by_effect.sum(axis=0), found.cycles_by_effect, atol=1e-6)
    np.testing.assert_allclose(
        costs.block_energy_nj,
        [1e3 * sum(_of_blocks(found, consumed, [number]).values()) for number in range(len(profile.blocks))],
    )
    assert costs.runs.tolist() == [100] * 8 + [10] * 3
    assert costs.by_effect[2, Effect.DIVIDE] == costs.by_effect[:, Effect.DIVIDE].sum() > 0
    assert not np.isnan(costs.energy_nj).any()
    assert np.isnan(instruction_costs(profile, MODELS[core], found, None, 8).energy_nj).all()


def test_waits_are_those_of_who_waits() -> None:
    core = MODELS["cortex-m4f"]
    costs = instruction_costs(mixed(), core, estimate(mixed(), core), None, 8)
    # Units of 8 bytes begin at 08, 10 (and 18): the instructions that end in them first are the third and the sixth.
    code = costs.by_effect[:8, Effect.FLASH_CODE]
    # Misses of 5 cycles: three by a branch; in sequence 5 + 2 x 4 + 3 = 16, and 6 of reading ahead, over two of them.
    assert code.tolist() == [15, 0, 11, 0, 0, 11, 0, 0]
    assert costs.by_effect[:8, Effect.RAM_DATA].tolist() == [5 * 7 + 4, *[0] * 7]
    # Of the block with loads from flash and RAM: 2 misses of 5 cycles less 2, and 2 of RAM.
    assert costs.by_effect[8:, Effect.FLASH_DATA].tolist() == [8, 0, 0]
    assert costs.by_effect[8:, Effect.RAM_DATA].tolist() == [0, 14, 0]


@pytest.mark.parametrize("core", MODELS.values(), ids=lambda core: core.name)
@pytest.mark.parametrize("taken", [False, True])
def test_prices_of_prefixes_add_up(core, taken: bool) -> None:
    plain = LOADS._replace(address=0x0800_0010)
    for block, before in (
        (LOADS, plain),
        (LOADS, None),
        *(() if "M0" in core.name else ((LOADS, MIXED), (MIXED, None))),
    ):
        split = prefix_prices(core, block, before, taken)
        assert tuple(split.sum(axis=0)) == edge_price(core, block, before, taken)
