"""Cortex-M0+ and Cortex-M0 instruction timing: cycles of a basic block, given the block before it.

Two pipeline stages (three on M0), one bus for code and data, no interlocks: every instruction has a fixed price, and a
taken branch adds the refill. Memory is without wait states; waits for flash come on top (`simtiny.flash`).

Sources: [M0+] Cortex-M0+ TRM DDI0484C table 3.1; [M0] Cortex-M0 TRM DDI0432C table 3.1, both as transcribed in public.
"""

from dataclasses import dataclass

from simtiny.isa.instruction import Instruction, Kind
from simtiny.timing.core import Code, Evidence, OperandTiming, unpriced
from simtiny.timing.effects import EFFECTS, Cost, Effect

_OPERANDS = OperandTiming()
_EVIDENCE = Evidence(
    calibrated_on=(),  # nothing: every rule is the manual's
    baseline_cpi=1.54,  # mean of v1.2 bosch NUCLEO_G0B1RE_int8 ad01 and kws01
)


@dataclass(frozen=True, eq=False)
class CortexM0Plus:
    """Cycles of each rule on Cortex-M0+. Zero switches an effect off."""

    name: str = "Cortex-M0+"
    refill: int = 1  # any taken branch: B, BX, BLX and MOV PC take two cycles [M0+]
    refill_call: int = 1  # more for BL: three cycles [M0+]
    refill_loaded: int = 1  # more for POP PC: three cycles and one a register, PC among them [M0+]
    load: int = 1  # a load's second cycle; not pipelined [M0+]
    store: int = 1  # a store's second cycle; not pipelined [M0+]
    multiply: int = 0  # 31 with the small multiplier; STM32, SAM D21 and RP2040 have the fast one [M0+]
    system: int = 2  # MRS, MSR, DMB, DSB, ISB: three cycles [M0+]
    wait: int = 1  # WFI, WFE: two cycles, time asleep not counted [M0+]
    operands: OperandTiming = _OPERANDS
    evidence: Evidence = _EVIDENCE

    def price(self, block: Code, before: Code | None, taken: bool) -> Cost:
        """Cycles by effect of one run through `block`, see `Core.price`."""
        return _price(self, block, before, taken)


CORTEX_M0PLUS = CortexM0Plus()
# A third pipeline stage: one cycle more to refill [M0]. POP PC: 4 + N cycles, BL: 4, MRS: 4.
CORTEX_M0 = CortexM0Plus(name="Cortex-M0", refill=2, system=3)

_WIDE = frozenset({Kind.CALL, Kind.SYSTEM, Kind.BARRIER})  # the 32-bit instructions of Armv6-M


def _price(core: CortexM0Plus, block: Code, before: Code | None, taken: bool) -> Cost:
    cost = [0] * EFFECTS
    if taken and before:
        cost[Effect.BRANCH] += _refill(core, before[-1])
    for now in block:
        cost[Effect.ISSUE] += 1
        _add(core, cost, now)
    return tuple(cost)


def _refill(core: CortexM0Plus, branch: Instruction) -> int:
    if branch.kind is Kind.CALL:
        return core.refill + core.refill_call
    return core.refill + (core.refill_loaded if branch.kind is Kind.LOAD_MULTIPLE else 0)


def _add(core: CortexM0Plus, cost: list[int], now: Instruction) -> None:
    """Add what the instruction takes beyond one cycle."""
    kind = now.kind
    if now.size == 4 and kind not in _WIDE:
        raise unpriced(core, now)
    if kind is Kind.LOAD:
        cost[Effect.MEMORY] += core.load
    elif kind is Kind.STORE:
        cost[Effect.MEMORY] += core.store
    elif kind in (Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE):
        cost[Effect.MEMORY] += now.transfers
    elif kind is Kind.MULTIPLY:
        cost[Effect.MULTIPLY] += core.multiply
    elif kind is Kind.BARRIER or (kind is Kind.SYSTEM and now.size == 4):  # CPS, a narrow one, takes one cycle
        cost[Effect.SYSTEM] += core.system
    elif kind is Kind.WAIT:
        cost[Effect.SYSTEM] += core.wait
    elif kind not in _SINGLE:
        raise unpriced(core, now)


_SINGLE = frozenset({Kind.ALU, Kind.BRANCH, Kind.CALL, Kind.INDIRECT_BRANCH, Kind.NOP, Kind.SYSTEM, Kind.EXCEPTION})
