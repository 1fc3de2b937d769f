"""The roofline of a network's layers: how far each is from what the core and the memories allow at the most.

After Williams, Waterman and Patterson, "Roofline: an insightful visual performance model" (CACM 52, 2009), with a roof
for each memory. A layer can't take fewer cycles than its multiply-accumulates at the core's best rate, than its loads
and stores in RAM at the rate of the core's port, or than what it reads from the flash array at the rate of that. The
roofs are the hardware's, not those of what a compiler or a kernel can reach: int8 has to be widened before SMLAD.
"""

from collections.abc import Sequence

from simtiny.board import Board
from simtiny.flash.acceleration import line_reads, unit_bytes
from simtiny.profiles import OperatingPoint, Profile
from simtiny.profiling.result import LayerTraffic, Roofline
from simtiny.profiling.traffic import traffic
from simtiny.report.result import Layer

CORE, FLASH, RAM = "core", "flash", "RAM"

MACS_PER_CYCLE = {
    "cortex-m0": 0.5,  # MULS and ADDS, a cycle each with the fast multiplier: TRM DDI 0432C, table 3-1
    "cortex-m0plus": 0.5,  # the same: TRM DDI 0484C, table 3-1
    "cortex-m3": 0.5,  # MLA takes two cycles: TRM DDI 0337, table 3-1
    "cortex-m4f": 2.0,  # SMLAD, two products of 16 bits, takes one: TRM 100166, table 3-1
    # One multiplier: SMLAD doesn't issue beside another multiply, but beside a load (jnk0le/random, doc/cortex_m7.md).
    "cortex-m7": 2.0,
    "cortex-m33": 2.0,  # SMLAD issues each cycle, its sum into the next: jnk0le/random, doc/cortex_m33.md
}
"""Most multiply-accumulates of integers in a cycle, by core."""
RAM_BYTES_PER_CYCLE = {
    "cortex-m0": 4,  # one 32-bit bus; LDM of N takes 1 + N cycles: TRM DDI 0432C, table 3-1
    "cortex-m0plus": 4,  # the same: TRM DDI 0484C, table 3-1
    "cortex-m3": 4,  # one 32-bit load or store a cycle, pipelined: TRM DDI 0337, 3.3.2
    "cortex-m4f": 4,  # the same: TRM 100166, 3.3.2
    # D0TCM and D1TCM, 32 bits each: TRM DDI 0489F, 5.1. Two loads from different banks, or an LDRD: jnk0le/random.
    "cortex-m7": 8,
    "cortex-m33": 4,  # one 32-bit load or store a cycle: jnk0le/random, doc/cortex_m33.md
}
"""Most bytes that a core loads or stores in a cycle from RAM without wait states or, on Cortex-M7, its data cache."""


def roofline(layers: Sequence[Layer], profiles: Sequence[Profile], board: Board) -> Roofline:
    """Where each layer stands. `profiles`: of each layer, see `Measurement.layers`; of as many as there are layers.

    Bytes a cycle of the flash are those at the operating point of the first layer: the firmware can't change it inside
    of an inference. Layers that take no cycles, or without any: an empty table.
    """
    macs_per_cycle = MACS_PER_CYCLE[board.core]
    rates = {FLASH: 0.0, RAM: _ram_rate(board)}
    if profiles:
        rates[FLASH] = _flash_rate(board, profiles[0].operating_point)
    rows = zip(layers, profiles, strict=True)
    return Roofline(macs_per_cycle, rates, tuple(_row(layer, one, board, macs_per_cycle, rates) for layer, one in rows))


def _row(layer: Layer, profile: Profile, board: Board, macs_per_cycle: float, rates: dict[str, float]) -> LayerTraffic:
    moved = traffic(profile, board)
    in_ram = moved.ram_loaded + moved.ram_stored
    least = {
        CORE: layer.macs / macs_per_cycle,
        FLASH: moved.flash_array / rates[FLASH],
        RAM: in_ram / rates[RAM],
    }
    bound_by = max(least, key=lambda name: least[name])
    return LayerTraffic(
        index=layer.index,
        kind=layer.kind,
        macs=layer.macs,
        cycles=layer.cycles,
        flash_bytes=moved.flash_loaded,
        ram_bytes=in_ram,
        flash_array_bytes=moved.flash_array,
        least_cycles=least,
        bound_by=bound_by,
        # Prefetch can begin with a unit while the one before is still on its way: then it is a little above 1.
        share_of_bound=min(least[bound_by] / layer.cycles, 1.0) if layer.cycles else 0.0,
    )


def _flash_rate(board: Board, point: OperatingPoint) -> float:
    """Bytes a cycle that the array gives: a read takes the wait states and one more cycle (any STM32's RM, latency)."""
    return unit_bytes(board) / line_reads(board) / (1 + point.wait_states)


def _ram_rate(board: Board) -> float:
    """Of the fastest RAM that the board has: `Memory.wait_states` are by word."""
    waits = min((memory.wait_states for memory in board.memories if memory.kind == "ram"), default=0)
    return RAM_BYTES_PER_CYCLE[board.core] / (1 + waits)
