"""Cortex-M4(F) instruction timing: cycles of a basic block, given the instruction before it.

Rules in the order in which an instruction meets them: fetch, issue, address, memory, multiply, FPU, branch. Memory without wait states;
waits for flash come on top (`simtiny.memory`). Sources: [TRM] Arm Cortex-M4 TRM 100166 table 3-1 and section 3.3.2, [J] measurements
on STM32F407 in jnk0le/random "pipeline cycle test" at 3dfc2ab, [G] the same figure in GCC's cortex-m4-fpu.md at least.
"""

from dataclasses import dataclass

from simtiny.errors import Unpriced
from simtiny.isa.instruction import FLAGS, FLOATING_POINT, Instruction, Kind
from simtiny.timing.effects import EFFECTS, Cost, Effect


@dataclass(frozen=True)
class CortexM4:
    """Cycles of each rule. Zero switches an effect off."""

    refill: int = 1  # direct branch: target address known in decode [TRM: P is 1 to 3]
    refill_indirect: int = 2  # BX, BLX, MOV PC, POP PC, LDR PC: target from a register or memory
    refill_misaligned: int = 1  # target is a wide instruction that is not word aligned: two fetches
    load: int = 1  # a load's second cycle [TRM]
    load_pipelined: int = 1  # saved by a load or store right after a load [TRM, J]
    store_register_offset: int = 1  # three registers to read [TRM, J]
    store_then_load: int = 1  # a load can't pipeline behind a store [J]
    address: int = 1  # base or index written by the instruction before [J, G]
    divide: int = 1  # the shortest divide takes two cycles [TRM]
    fp_result: int = 1  # result of VADD, VMUL... read by the next FPU instruction [G]
    fp_mac: int = 2  # VMLA, VFMA: three cycles [TRM]
    fp_divide: int = 13  # VDIV, VSQRT: 14 cycles [TRM]
    wide_misaligned: int = 1  # third and later of a run of wide instructions across word boundaries
    fetch_ahead: int = 2  # cycles of a wait for sequential code that the three-word fetch buffer hides


_MEMORY_SINGLE = frozenset({Kind.LOAD, Kind.STORE, Kind.FP_LOAD, Kind.FP_STORE})
_LOAD_SINGLE = frozenset({Kind.LOAD, Kind.FP_LOAD})
_STORE_SINGLE = frozenset({Kind.STORE, Kind.FP_STORE})
_PAIR_OR_MULTIPLE = frozenset(
    {
        Kind.LOAD_PAIR,
        Kind.STORE_PAIR,
        Kind.LOAD_MULTIPLE,
        Kind.STORE_MULTIPLE,
        Kind.FP_LOAD_MULTIPLE,
        Kind.FP_STORE_MULTIPLE,
    }
)
_INDIRECT = frozenset({Kind.INDIRECT_BRANCH, Kind.LOAD, Kind.LOAD_MULTIPLE, Kind.TABLE_BRANCH})


def _pipelines(before: Instruction | None, now: Instruction) -> bool:
    """Whether the address phase of `now` overlaps the data phase of the load `before`."""
    if before is None or before.kind not in _LOAD_SINGLE or now.kind not in _MEMORY_SINGLE:
        return False
    if before.transfers != 1 or now.transfers != 1:
        return False
    if before.writes & now.address_registers:
        return False
    return not (now.kind in _STORE_SINGLE and now.register_offset)


def price(
    core: CortexM4, instructions: tuple[Instruction, ...], before: Instruction | None, taken: bool
) -> Cost:
    """Cycles by effect of one run through a block.

    `before` is the last instruction that ran before the block, None after an exception or reset. `taken` says that
    it branched here, so that its pipeline refill is part of this price.

    Raises Unpriced for an instruction that the model does not know.
    """
    cost = [0] * EFFECTS
    if taken and before is not None:
        cost[Effect.BRANCH] += _refill(core, before, instructions[0])
        if before.kind not in _LOAD_SINGLE:
            before = None if not before.writes else before
    run = 0
    for now in instructions:
        cost[Effect.ISSUE] += 1
        misaligned = now.size == 4 and now.address & 2 != 0
        run = run + 1 if misaligned else 0
        if run > 2:
            cost[Effect.ALIGNMENT] += core.wide_misaligned
        _memory(core, cost, before, now)
        _arithmetic(core, cost, before, now)
        before = now
    return tuple(cost)


def _refill(core: CortexM4, branch: Instruction, target: Instruction) -> int:
    cycles = core.refill_indirect if branch.kind in _INDIRECT else core.refill
    if target.size == 4 and target.address & 2:
        cycles += core.refill_misaligned
    return cycles


def _memory(core: CortexM4, cost: list[int], before: Instruction | None, now: Instruction) -> None:
    kind = now.kind
    if now.address_registers and before is not None and before.writes & ~FLAGS & now.address_registers:
        cost[Effect.ADDRESS] += core.address
    if kind in _LOAD_SINGLE:
        cost[Effect.MEMORY] += core.load * now.transfers
        if before is not None and before.kind in _STORE_SINGLE:
            cost[Effect.MEMORY] += core.store_then_load
    elif kind in _STORE_SINGLE:
        if now.register_offset:
            cost[Effect.MEMORY] += core.store_register_offset
        cost[Effect.MEMORY] += now.transfers - 1
    elif kind in _PAIR_OR_MULTIPLE or kind is Kind.TABLE_BRANCH:
        cost[Effect.MEMORY] += now.transfers
    elif kind is Kind.EXCLUSIVE:
        cost[Effect.MEMORY] += 1
    if _pipelines(before, now):
        cost[Effect.MEMORY] -= core.load_pipelined


def _arithmetic(core: CortexM4, cost: list[int], before: Instruction | None, now: Instruction) -> None:
    kind = now.kind
    if kind is Kind.DIVIDE:
        cost[Effect.DIVIDE] += core.divide
    elif kind in FLOATING_POINT:
        if kind is Kind.FP_MULTIPLY_ACCUMULATE:
            cost[Effect.FLOATING_POINT] += core.fp_mac
        elif kind is Kind.FP_DIVIDE:
            cost[Effect.FLOATING_POINT] += core.fp_divide
        elif kind is Kind.FP_MOVE_PAIR:
            cost[Effect.FLOATING_POINT] += 1
        if before is not None and before.kind is Kind.FP_ALU and before.writes & now.reads & ~now.accumulator:
            cost[Effect.FLOATING_POINT] += core.fp_result
    elif kind is Kind.SYSTEM:
        cost[Effect.SYSTEM] += 1
    elif kind is Kind.BARRIER:
        cost[Effect.SYSTEM] += 3 if now.name == "isb" else 0
    elif kind is Kind.UNKNOWN:
        raise Unpriced(f"no timing for the instruction at 0x{now.address:08x} ({now.text}) on Cortex-M4")
