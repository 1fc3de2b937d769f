"""Cortex-M4(F) instruction timing: cycles of a basic block, given the block before it.

Rules in the order in which an instruction meets them: fetch buffer, issue, address, memory, arithmetic, branch. Memory
is without wait states; waits for flash come on top (`simtiny.flash`).

Sources: [TRM] Arm Cortex-M4 TRM 100166 table 3-1 and section 3.3.2; [M3] Cortex-M3 TRM DDI0337, 1-14: fetch unit; [J]
measurements on STM32F407 in jnk0le/random, "pipeline cycle test" at 3dfc2ab; [G] GCC's cortex-m4-fpu.md; [E] follows
from Embench IoT 2.0 cycles recorded on STM32F407 at zero wait states (embench-iot 09c2ed8, baseline-data/speed.json);
[S] follows from the MLPerf Tiny v1.2 results of STMicroelectronics on NUCLEO-L4R5ZI (kws01, vww01 and ad01).
"""

from dataclasses import dataclass

from simtiny.isa.instruction import (
    BRANCHES,
    FLAGS,
    FLOATING_POINT,
    SEVERAL,
    SINGLE_LOADS,
    SINGLE_STORES,
    Instruction,
    Kind,
)
from simtiny.timing.core import Code, Evidence, OperandTiming, unpriced
from simtiny.timing.effects import EFFECTS, Cost, Effect

_OPERANDS = OperandTiming(
    divide=1,  # the shortest divide takes two cycles [TRM]
    divide_bits=4,  # the likely law, as no measurement of single divides was found
    divide_longest=12,  # [TRM]
    queue_words=2,  # full words in the fetch buffer [M3]
)
_EVIDENCE = Evidence(
    calibrated_on=(
        "Embench IoT 2.0 on STM32F407 (wide branch, MLS, fetch restart, literal chains, RAM with arbitration)",
        "pqm4 on NUCLEO-L4R5ZI, mayo1, bikel1 and ml-kem-512 (RAM with arbitration)",
        # chains of indexed loads
        "v1.2 STMicroelectronics NUCLEO_L4R5ZI kws01",
        "v1.2 STMicroelectronics NUCLEO_L4R5ZI vww01",
        "v1.2 STMicroelectronics NUCLEO_L4R5ZI ad01",
    ),
    baseline_cpi=1.45,  # mean of the 19 Embench programs [E]
)


@dataclass(frozen=True, eq=False)
class CortexM4:
    """Cycles of each rule. Zero switches an effect off."""

    name: str = "Cortex-M4"
    extensions: bool = True  # DSP and FPU instructions: without them, they are not priced
    fetch_words: int = 3  # words that the fetch buffer holds or has under way [M3]
    refill: int = 1  # direct branch: target fetched while the branch is decoded [TRM: P is 1 to 3]
    refill_wide: int = 1  # more for a 32-bit conditional branch [E]
    refill_indirect: int = 2  # BX, BLX, MOV PC: target from a register [TRM]
    refill_loaded: int = 3  # POP PC, LDR PC, TBB: target from memory; LDR PC takes five cycles at least [TRM]
    load: int = 1  # a load's second cycle [TRM]
    load_pipelined: int = 1  # saved by a load right after a load [TRM, J]
    indexed_pipelined: int = 1  # so it does if that one has moved its base [S], against [J]: see `_pipelines`
    store_register_offset: int = 1  # three registers to read [TRM, J]; not behind a load, with which it pipelines [TRM]
    store_then_load: int = 1  # a load, single or multiple, can't pipeline behind a store [J]
    table_branch: int = 1  # TBB, TBH: adds what it loaded to the PC, six cycles at least [TRM]
    address: int = 1  # base or index written by the instruction before [J, G]
    address_stored: int = 1  # so it is for a base that a pre- or post-indexed store has moved [J]: see `_memory`
    if_then: int = -1  # IT after a 16-bit instruction is folded into it [TRM]
    multiply_accumulate: int = 0  # MLA beyond one cycle [TRM]
    multiply_subtract: int = 1  # MLS beyond one cycle [E]
    long_multiply: int = 0  # SMULL, UMULL beyond one cycle [TRM]
    long_multiply_accumulate: int = 0  # SMLAL, UMLAL beyond one cycle [TRM]
    fp_result: int = 1  # result of VADD, VMUL... read by the next FPU instruction [G]
    fp_mac: int = 2  # VMLA, VFMA: three cycles [TRM]
    fp_divide: int = 13  # VDIV, VSQRT: 14 cycles [TRM]
    operands: OperandTiming = _OPERANDS
    evidence: Evidence = _EVIDENCE

    def price(self, block: Code, before: Code | None, taken: bool) -> Cost:
        """Cycles by effect of one run through `block`, see `Core.price`."""
        return _price(self, block, before, taken)


CORTEX_M4 = CortexM4()

_SEVERAL = SEVERAL | {Kind.TABLE_BRANCH}
_LOADED_BEHIND_STORE = SINGLE_LOADS | {Kind.LOAD_MULTIPLE, Kind.FP_LOAD_MULTIPLE}
_LOADED = frozenset({Kind.LOAD, Kind.LOAD_MULTIPLE, Kind.TABLE_BRANCH})
# The arithmetic of Armv7-M without its DSP extension (Arm v7-M ARM, A4.4)
_ARITHMETIC = frozenset(
    {Kind.ALU, Kind.MULTIPLY, Kind.MULTIPLY_ACCUMULATE, Kind.LONG_MULTIPLY, Kind.LONG_MULTIPLY_ACCUMULATE}
)
_BASIC_NAMES = """add adc sub sbc rsb mov movs movw movt mvn and orr orn eor bic cmp cmn tst teq adr addw subw
lsl lsr asr ror rrx sxtb sxth uxtb uxth bfi bfc sbfx ubfx clz rbit rev rev16 revsh ssat usat
mul mla mls smull umull smlal umlal"""
_BASIC = frozenset(_BASIC_NAMES.split())


def _price(core: CortexM4, block: Code, before: Code | None, taken: bool) -> Cost:
    cost = [0] * EFFECTS
    last = before[-1] if before else None
    if taken and last is not None:
        cost[Effect.BRANCH] += _refill(core, last)
    previous = last
    for now in block:
        cost[Effect.ISSUE] += 1
        _memory(core, cost, previous, now)
        _arithmetic(core, cost, previous, now)
        previous = now
    cost[Effect.FETCH] += _fetch_stalls(core, block, before if before and not taken else ())
    return tuple(cost)


def _occupied(core: CortexM4, block: Code) -> list[int]:
    """Cycles that each instruction holds up the next one. Of a chain of loads it is the last that takes two."""
    cycles: list[int] = []
    previous = None
    for now in block:
        cost = [0] * EFFECTS
        _memory(core, cost, previous, now)
        _arithmetic(core, cost, previous, now)
        cycles.append(1 + sum(cost))
        if _pipelines(core, previous, now):
            cycles[-2] -= core.load_pipelined
            cycles[-1] += core.load_pipelined
        previous = now
    return cycles


def _fetch_stalls(core: CortexM4, block: Code, before: Code) -> int:
    """Cycles that decode waits for the fetch buffer in `block`, which follows `before` or, if that is empty, a branch.

    The core asks for a word a cycle and can decode it two cycles later. A word leaves the buffer when its last byte is
    used. While it streams, the fetch unit counts on the place that this cycle's instruction frees; once the buffer has
    filled up behind a long instruction, it starts again a cycle late. That costs a run of wide instructions across word
    boundaries, which needs two words at once, one cycle.
    """
    if not core.fetch_words:
        return 0
    code = before + block
    first = code[0].address >> 2
    available = [2]  # cycle from which word `first + n` can be decoded
    needed = 0  # oldest word that is still needed, counted from `first`
    cycle = ready = 0
    stalls = 0 if before else -1
    streaming = True
    for number, (now, busy) in enumerate(zip(code, _occupied(core, code), strict=True)):
        counts = number >= len(before)
        high = (now.address + now.size - 1 >> 2) - first
        after = (now.address + now.size >> 2) - first
        decoded = False
        while not decoded:
            cycle += 1
            decoded = cycle >= ready and high < len(available) and available[high] <= cycle
            held = len(available) - (after if decoded and streaming else needed)
            streaming = held < core.fetch_words
            if streaming:
                available.append(cycle + 2)
            stalls += counts and cycle >= ready and not decoded
        needed = after
        ready = cycle + busy
    return stalls


def _refill(core: CortexM4, branch: Instruction) -> int:
    if branch.kind in _LOADED:
        return core.refill_loaded
    if branch.kind is Kind.INDIRECT_BRANCH:
        return core.refill_indirect
    return core.refill + (core.refill_wide if branch.size == 4 and branch.conditional else 0)


def _pipelines(
    core: CortexM4, before: Instruction | None, now: Instruction, kinds: frozenset[Kind] = SINGLE_LOADS
) -> bool:
    """Whether the address phase of `now`, one of `kinds`, overlaps the data phase of the load `before`.

    Both must be on the same bus: D-Code for flash, System for RAM [J: "the same memory block"]. A PC-relative load,
    whose address is known early, pipelines all the same [E].

    An address that the load before has just written does not: neither a loaded word nor, by [J], a base that was moved
    by pre- or post-indexing. The rule `indexed_pipelined` makes an exception of the latter, LDR R0, [R2], #4; LDR R1,
    [R2], #4: X-CUBE-AI's kernels are made of such chains, in flash and in SRAM1, and their recorded latencies would be
    missed by 6 % [S]. In RAM with arbitration they do not chain: see `simtiny.timing.arbitration`.
    """
    if before is None or before.kind not in SINGLE_LOADS or now.kind not in kinds:
        return False
    written = before.writes & ~(_updated_base(before) if core.indexed_pipelined else 0)
    return (
        before.transfers == now.transfers == 1
        and (before.reads_flash == now.reads_flash or before.literal)
        and not written & now.address_registers
    )


def _updated_base(now: Instruction) -> int:
    """The base register that a pre- or post-indexed access writes, in its first cycle."""
    return now.address_registers if now.writeback else 0


def _memory(core: CortexM4, cost: list[int], before: Instruction | None, now: Instruction) -> None:
    kind = now.kind
    behind_store = before is not None and before.kind in SINGLE_STORES
    if behind_store and kind in _LOADED_BEHIND_STORE:
        cost[Effect.MEMORY] += core.store_then_load
    if before is not None and before.writes & ~_updated_base(before) & ~FLAGS & now.address_registers:
        cost[Effect.ADDRESS] += core.address
    elif before is not None and behind_store and before.writes & ~FLAGS & now.address_registers:
        # A moved base is written in the access's first cycle: in time behind a load of two, too late behind a store.
        cost[Effect.ADDRESS] += core.address_stored
    if kind in SINGLE_LOADS:
        cost[Effect.MEMORY] += core.load * now.transfers
        if _pipelines(core, before, now):
            cost[Effect.MEMORY] -= core.load_pipelined
    elif kind in SINGLE_STORES:
        if now.register_offset and not _pipelines(core, before, now, SINGLE_STORES):
            cost[Effect.MEMORY] += core.store_register_offset
        cost[Effect.MEMORY] += now.transfers - 1
    elif kind in _SEVERAL:
        cost[Effect.MEMORY] += now.transfers + (core.table_branch if kind is Kind.TABLE_BRANCH else 0)
    elif kind is Kind.EXCLUSIVE:
        cost[Effect.MEMORY] += 1


def _is_basic(now: Instruction) -> bool:
    """Whether a core without the DSP and FPU extensions has the instruction."""
    return now.kind not in FLOATING_POINT and (now.kind not in _ARITHMETIC or now.name in _BASIC)


def _arithmetic(core: CortexM4, cost: list[int], before: Instruction | None, now: Instruction) -> None:
    kind = now.kind
    if kind is Kind.UNKNOWN or not (core.extensions or _is_basic(now)):
        raise unpriced(core, now)
    if kind is Kind.DIVIDE:
        cost[Effect.DIVIDE] += core.operands.divide
    elif kind is Kind.MULTIPLY_ACCUMULATE:
        cost[Effect.MULTIPLY] += core.multiply_subtract if now.name == "mls" else core.multiply_accumulate
    elif kind is Kind.LONG_MULTIPLY:
        cost[Effect.MULTIPLY] += core.long_multiply
    elif kind is Kind.LONG_MULTIPLY_ACCUMULATE:
        cost[Effect.MULTIPLY] += core.long_multiply_accumulate
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
