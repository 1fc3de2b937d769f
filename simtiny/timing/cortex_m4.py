"""Cortex-M4(F) instruction timing: cycles of a basic block, given the block before it.

Rules in the order in which an instruction meets them: fetch buffer, issue, address, memory, arithmetic, branch. Memory is without
wait states; waits for flash come on top (`simtiny.memory`).

Sources: [TRM] Arm Cortex-M4 TRM 100166 table 3-1 and section 3.3.2; [M3] Cortex-M3 TRM DDI0337, 1-14: fetch unit; [J] measurements
on STM32F407 in jnk0le/random, "pipeline cycle test" at 3dfc2ab; [G] GCC's cortex-m4-fpu.md; [E] follows from Embench IoT 2.0 cycles
recorded on STM32F407 at zero wait states (embench-iot 09c2ed8, baseline-data/speed.json).
"""

from dataclasses import dataclass

from simtiny.errors import Unpriced
from simtiny.isa.instruction import BRANCHES, FLAGS, FLOATING_POINT, Instruction, Kind
from simtiny.timing.effects import EFFECTS, Cost, Effect


@dataclass(frozen=True)
class CortexM4:
    """Cycles of each rule. Zero switches an effect off."""

    fetch_words: int = 3  # words that the fetch buffer holds or has under way [M3]
    refill: int = 1  # direct branch: target fetched while the branch is decoded [TRM: P is 1 to 3]
    refill_wide: int = 1  # more for a 32-bit conditional branch [E]
    refill_indirect: int = 2  # BX, BLX, MOV PC, POP PC, LDR PC: target from a register or memory
    load: int = 1  # a load's second cycle [TRM]
    load_pipelined: int = 1  # saved by a load right after a load [TRM, J]
    store_register_offset: int = 1  # three registers to read [TRM, J]
    store_then_load: int = 1  # a load can't pipeline behind a store [J]
    address: int = 1  # base or index written by the instruction before [J, G]
    if_then: int = -1  # IT after a 16-bit instruction is folded into it [TRM]
    multiply_subtract: int = 1  # MLS beyond one cycle [E]
    divide: int = 1  # the shortest divide takes two cycles [TRM]
    fp_result: int = 1  # result of VADD, VMUL... read by the next FPU instruction [G]
    fp_mac: int = 2  # VMLA, VFMA: three cycles [TRM]
    fp_divide: int = 13  # VDIV, VSQRT: 14 cycles [TRM]
    fetch_ahead: int = 2  # cycles of a wait for sequential code that the fetch buffer hides


_LOAD_SINGLE = frozenset({Kind.LOAD, Kind.FP_LOAD})
_STORE_SINGLE = frozenset({Kind.STORE, Kind.FP_STORE})
_SEVERAL = frozenset(
    {
        Kind.LOAD_PAIR,
        Kind.STORE_PAIR,
        Kind.LOAD_MULTIPLE,
        Kind.STORE_MULTIPLE,
        Kind.FP_LOAD_MULTIPLE,
        Kind.FP_STORE_MULTIPLE,
        Kind.TABLE_BRANCH,
    }
)
_INDIRECT = frozenset({Kind.INDIRECT_BRANCH, Kind.LOAD, Kind.LOAD_MULTIPLE, Kind.TABLE_BRANCH})


def price(
    core: CortexM4, block: tuple[Instruction, ...], before: tuple[Instruction, ...] | None, taken: bool
) -> Cost:
    """Cycles by effect of one run through `block`.

    `before` is the block that ran just before, None after an exception or reset. `taken` says that it branched here; the
    refill is then part of this price.

    Raises Unpriced for an instruction that the model does not know.
    """
    cost = [0] * EFFECTS
    last = before[-1] if before else None
    if taken and last is not None:
        cost[Effect.BRANCH] += _refill(core, last)
    occupied = []
    previous = last
    for now in block:
        spent = sum(cost)
        cost[Effect.ISSUE] += 1
        _memory(core, cost, previous, now)
        _arithmetic(core, cost, previous, now)
        occupied.append(sum(cost) - spent)
        previous = now
    if taken or not before:
        cost[Effect.FETCH] += _fetch_stalls(core, block, occupied)
    else:
        whole = [*_occupied(core, before), *occupied]
        cost[Effect.FETCH] += _fetch_stalls(core, before + block, whole) - _fetch_stalls(core, before, whole)
    return tuple(cost)


def _occupied(core: CortexM4, block: tuple[Instruction, ...]) -> list[int]:
    """Cycles that each instruction holds up the next one."""
    cycles = []
    previous = None
    for now in block:
        cost = [0] * EFFECTS
        _memory(core, cost, previous, now)
        _arithmetic(core, cost, previous, now)
        cycles.append(1 + sum(cost))
        previous = now
    return cycles


def _fetch_stalls(core: CortexM4, block: tuple[Instruction, ...], occupied: list[int]) -> int:
    """Cycles that decode waits for the fetch buffer, from the branch to the block's first instruction on.

    The core fetches a word a cycle while the buffer has room, and can use it two cycles after it asked for it. A word
    leaves when its last byte is used, so wide instructions across word boundaries keep two of the three places busy, and
    every other one of a run waits.
    """
    first = block[0].address >> 2
    available: list[int] = [2]  # cycle from which word `first + n` can be decoded
    cycle = ready = 0
    stalls = -1
    issued = 1
    lowest = 0  # oldest word that is still needed, counted from `first`
    for now, busy in zip(block, occupied, strict=False):
        low = (now.address >> 2) - first
        high = (now.address + now.size - 1 >> 2) - first
        while True:
            cycle += 1
            usable = len(available) > high and available[high] <= cycle
            if issued - lowest < core.fetch_words:
                available.append(cycle + 2)
                issued += 1
            if cycle >= ready and usable:
                break
            stalls += cycle >= ready
        lowest = max(low, (now.address + now.size >> 2) - first)
        ready = cycle + busy
    return stalls


def _refill(core: CortexM4, branch: Instruction) -> int:
    if branch.kind in _INDIRECT:
        return core.refill_indirect
    return core.refill + (core.refill_wide if branch.size == 4 and branch.conditional else 0)


def _pipelines(before: Instruction | None, now: Instruction) -> bool:
    """Whether the address phase of the load `now` overlaps the data phase of the load `before`."""
    return (
        before is not None
        and before.kind in _LOAD_SINGLE
        and now.kind in _LOAD_SINGLE
        and before.transfers == now.transfers == 1
        and not before.writes & now.address_registers
    )


def _memory(core: CortexM4, cost: list[int], before: Instruction | None, now: Instruction) -> None:
    kind = now.kind
    if now.address_registers and before is not None and before.writes & ~FLAGS & now.address_registers:
        cost[Effect.ADDRESS] += core.address
    if kind in _LOAD_SINGLE:
        cost[Effect.MEMORY] += core.load * now.transfers
        if before is not None and before.kind in _STORE_SINGLE:
            cost[Effect.MEMORY] += core.store_then_load
        if _pipelines(before, now):
            cost[Effect.MEMORY] -= core.load_pipelined
    elif kind in _STORE_SINGLE:
        if now.register_offset:
            cost[Effect.MEMORY] += core.store_register_offset
        cost[Effect.MEMORY] += now.transfers - 1
    elif kind in _SEVERAL:
        cost[Effect.MEMORY] += now.transfers
    elif kind is Kind.EXCLUSIVE:
        cost[Effect.MEMORY] += 1


def _arithmetic(core: CortexM4, cost: list[int], before: Instruction | None, now: Instruction) -> None:
    kind = now.kind
    if kind is Kind.DIVIDE:
        cost[Effect.DIVIDE] += core.divide
    elif kind is Kind.MULTIPLY_ACCUMULATE and now.name == "mls":
        cost[Effect.MULTIPLY] += core.multiply_subtract
    elif kind is Kind.IT and before is not None and before.size == 2 and before.kind not in BRANCHES:
        cost[Effect.ISSUE] += core.if_then
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
