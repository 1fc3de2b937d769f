"""Cortex-M33 instruction timing: cycles of a basic block, given the block before it.

The block is run through a scoreboard of the in-order pipeline: an instruction a cycle, and with it a 16-bit NOP, IT or
branch behind a 16-bit instruction; each as soon as its code is fetched and its operands are there. Memory is without
wait states; waits for flash come on top (`simtiny.flash`). An instruction that its IT block skips is taken to have
run.

Sources: [J] measurements on RP2350 (r1p0) in jnk0le/random, "pipeline cycle test" at 3dfc2ab, doc/cortex_m33.md; [TRM]
Arm Cortex-M33 TRM 100230, cited, not read: code and data below 0x20000000 share one 32-bit bus, C-AHB; [M4] taken over
from Cortex-M4, for want of a measurement; [S] follows from the record named in `calibrated_on`; [A] jnk0le/cortexm-AES
at b18b7a4, doc/aes/CM33_details.md: CM33_1T takes 54 cycles a round on RP2350, one an issued instruction.
"""

from dataclasses import dataclass

from simtiny.bits import set_bits
from simtiny.isa.instruction import BRANCHES, FLAGS, FLOATING_POINT, LOADS, STORES, Instruction, Kind
from simtiny.timing.core import Code, Evidence, OperandTiming, unpriced
from simtiny.timing.effects import EFFECTS, Cost, Effect
from simtiny.timing.fetch_queue import FetchQueue

_OPERANDS = OperandTiming(
    divide=1,  # the shortest divide takes two cycles [M4]
    divide_bits=4,  # [M4]
    divide_longest=12,  # [M4]
    unaligned_load=1,  # across a word boundary, two transfers [TRM]
    unaligned_within_word=False,  # there a halfword is one transfer
    queue_words=2,  # fetched words [M4]
)
_EVIDENCE = Evidence(
    calibrated_on=("v1.2 STMicroelectronics NUCLEO_U575ZI_Q ad01",),
    baseline_cpi=1.2,  # Cortex-M4's 1.45 by Arm's CoreMark per MHz, 3.4 to 4.1
)


@dataclass(frozen=True, eq=False)
class CortexM33:
    """Cycles of each rule beyond the least. Zero switches an effect off."""

    name: str = "Cortex-M33"
    refill: int = 1  # taken branch [J]
    refill_flags: int = 1  # more if it issues with the instruction that sets its flags [J]
    refill_loaded: int = 2  # more for POP PC, LDR PC: POP of nine with PC takes 12 [J]
    indirect: int = 1  # BX, BLX need their register a cycle early: two instructions between POP LR and BX LR [J]
    table_branch: int = 1  # TBB, TBH: adds what it loaded to the PC [M4]
    load: int = 1  # result of a load: two cycles, but as an addend or to be stored [J]
    late_result: int = 1  # result of shifted op2, extend-and-add, DSP: two cycles [J]; a rotated extend: one [A]
    late_flags: int = 1  # flags of shifted op2, used by the next instruction [J]
    multiply: int = 1  # result of any multiply: two cycles, but as the addend of the next one [J]
    multiply_flags: int = 1  # MULS takes two cycles [J, Arm ka001260]
    constant_flags: int = 1  # a shifted constant with flags set takes two cycles [J]
    fetch_words: int = 3  # words that the fetch queue holds [M4]
    code_bus: int = (
        1  # cycles in which data keeps the bus that it shares from code [TRM], the first behind its issue [S]
    )
    fp_result: int = 1  # VADD, VMUL...: two cycles [J]
    fp_mac: int = 2  # VMLA, VFMA: nothing of the FPU in the next two cycles; result three cycles, as an addend [J]
    fp_mac_factor: int = 1  # one more as anything else [J]
    fp_divide: int = 13  # VDIV, VSQRT: 14 cycles [M4]
    system: int = 1  # MRS, MSR, CPS [M4]
    operands: OperandTiming = _OPERANDS
    evidence: Evidence = _EVIDENCE

    def price(self, block: Code, before: Code | None, taken: bool) -> Cost:
        """Cycles by effect of one run through `block`, see `Core.price`.

        Effect.ISSUE counts cycles in which something issued, fewer than instructions where two issue together, and
        waits for results of the ALU. Other waits go by what was waited for.
        """
        return _price(self, block, before, taken)


CORTEX_M33 = CortexM33()

_PAIRS = frozenset({Kind.NOP, Kind.IT, Kind.BRANCH, Kind.COMPARE_BRANCH, Kind.INDIRECT_BRANCH})
_MULTIPLIES = frozenset(
    {Kind.MULTIPLY, Kind.MULTIPLY_ACCUMULATE, Kind.LONG_MULTIPLY, Kind.LONG_MULTIPLY_ACCUMULATE},
)
_MULTIPLE = frozenset(
    {
        Kind.LOAD_PAIR,
        Kind.STORE_PAIR,
        Kind.LOAD_MULTIPLE,
        Kind.STORE_MULTIPLE,
        Kind.FP_LOAD,
        Kind.FP_STORE,
        Kind.FP_LOAD_MULTIPLE,
        Kind.FP_STORE_MULTIPLE,
    }
)
_PLAIN_NAMES = """add adc sub sbc rsb mov movs movw movt mvn and orr orn eor bic cmp cmn tst teq adr addw subw
lsl lsr asr ror rrx sxtb sxth uxtb uxth bfi bfc sbfx ubfx clz rbit rev rev16 revsh"""
_PLAIN = frozenset(_PLAIN_NAMES.split())
_SHIFTERS = frozenset({"mov", "movs", "mvn", "lsl", "lsr", "asr", "ror", "rrx"})
_EXTENDS = frozenset({"sxtb", "sxth", "uxtb", "uxth"})  # the rotation picks a byte: nothing is shifted and then added
_EXTENDS_AND_ADDS = frozenset({"sxtab", "sxtah", "sxtab16", "uxtab", "uxtah", "uxtab16"})
_LOADED_PC = frozenset({Kind.LOAD, Kind.LOAD_MULTIPLE})
_REGISTERS = 49
SYSTEM_BUS = 0x2000_0000
"""From here on, code and data share S-AHB [TRM]."""


def _price(core: CortexM33, block: Code, before: Code | None, taken: bool) -> Cost:
    pipeline = _Pipeline(core)
    if before:
        pipeline.jump(before[0], False)
    for now in before or ():
        pipeline.issue(now)
    so_far = tuple(pipeline.cost)
    if taken or not before:
        pipeline.jump(block[0], taken)
    for now in block:
        pipeline.issue(now)
    return tuple(after - earlier for after, earlier in zip(pipeline.cost, so_far, strict=True))


class _Pipeline:
    """The scoreboard. Cycles count from the first instruction; a register's are those from which it can be used."""

    def __init__(self, core: CortexM33) -> None:
        self.cost = [0] * EFFECTS
        self._core = core
        self._cycle = 0  # in which the next instruction issues
        self._ready = [0] * _REGISTERS  # for anything
        self._addend = [0] * _REGISTERS  # as the addend of a multiply, or extend-and-add
        self._stored = [0] * _REGISTERS  # to be stored
        self._fp_addend = [0] * _REGISTERS
        self._effect = [Effect.ISSUE] * _REGISTERS  # what a wait for it counts as
        self._loaded = 0  # registers that were loaded last
        self._fpu_free = 0
        self._previous: Instruction | None = None
        self._paired = False  # the previous instruction issued together with the one before
        self._flags_with = False  # the previous instruction, a branch, issued with the one that set its flags
        self._first = 0  # word that the last branch went to
        self._queue = FetchQueue(core.fetch_words, 0)  # of it and the words behind it
        self._bus_taken: set[int] = set()  # cycles in which data is read over the code bus

    def jump(self, target: Instruction, taken: bool) -> None:
        """Go on at `target`, with nothing fetched ahead."""
        if taken and self._previous is not None:
            refill = self._core.refill + (self._core.refill_flags if self._flags_with else 0)
            if self._previous.kind in _LOADED_PC or self._previous.kind is Kind.TABLE_BRANCH:
                refill += self._core.refill_loaded
            self._spend(Effect.BRANCH, refill)
        self._previous = None
        self._first = target.address >> 2
        self._queue = FetchQueue(self._core.fetch_words, self._cycle)
        self._queue.fetch()

    def _spend(self, effect: Effect, cycles: int) -> None:
        self.cost[effect] += cycles
        self._cycle += cycles

    def issue(self, now: Instruction) -> None:
        if now.kind is Kind.UNKNOWN or now.double:  # its FPU is for single precision
            raise unpriced(self._core, now)
        previous = self._previous
        paired = (
            previous is not None
            and not self._paired
            and previous.size == now.size == 2
            and previous.kind not in BRANCHES
            and now.kind in _PAIRS
        )
        if paired:
            self._cycle -= 1  # back to the cycle of the previous one, or its last
            self.cost[Effect.ISSUE] -= 1
        self._flags_with = (
            paired and previous is not None and now.conditional and bool(previous.writes & (now.reads | FLAGS))
        )
        self._wait_for_code(now)
        self._wait_for_operands(now)
        core, start = self._core, self._cycle
        self._spend(Effect.ISSUE, 1)
        self._occupy(now)
        if _is_on_bus_of_code(now):
            self._bus_taken.update(range(start + 1, start + 1 + now.transfers * core.code_bus))
        self._leave_results(now)
        self._previous, self._paired = now, paired

    def _wait_for_code(self, now: Instruction) -> None:
        """A word is used up as soon as the instruction that ends in it is decoded."""
        if not self._core.fetch_words:
            return
        last = (now.address + now.size - 1 >> 2) - self._first
        while self._queue.fetched <= last:
            self._queue.fetch(bus_taken=self._bus_taken)
        self._spend(Effect.FETCH, max(self._queue.arrival - self._cycle, 0))
        self._queue.leave((now.address + now.size >> 2) - self._first, self._cycle)

    def _wait_for_operands(self, now: Instruction) -> None:
        core = self._core
        latest, effect = self._cycle, Effect.ISSUE
        for number in set_bits(now.reads | (FLAGS if now.conditional else 0)):
            register = 1 << number
            ready = self._ready[number]
            if register & now.accumulator:
                ready = self._fp_addend[number] if now.kind in FLOATING_POINT else self._addend[number]
            elif now.name in _EXTENDS_AND_ADDS and not register & now.last_operand and not register & self._loaded:
                ready = self._addend[number]
            elif (now.kind in STORES or now.kind is Kind.EXCLUSIVE) and not register & now.address_registers:
                ready = self._stored[number]
            elif now.kind is Kind.INDIRECT_BRANCH and ready > 0:
                ready += core.indirect
            if ready > latest:
                latest, effect = ready, self._effect[number]
        self._spend(effect, latest - self._cycle)
        if now.kind in FLOATING_POINT and self._fpu_free > self._cycle:
            self._spend(Effect.FLOATING_POINT, self._fpu_free - self._cycle)

    def _occupy(self, now: Instruction) -> None:
        """Cycles beyond the first in which nothing else issues."""
        core, kind = self._core, now.kind
        sets_flags = bool(now.writes & FLAGS)
        if kind in _MULTIPLE:
            self._spend(Effect.MEMORY, now.transfers - 1)
        elif kind is Kind.EXCLUSIVE:
            self._spend(Effect.MEMORY, 1)
        elif kind is Kind.TABLE_BRANCH:
            self._spend(Effect.MEMORY, core.table_branch)
        elif kind is Kind.MULTIPLY and now.size == 2 and sets_flags:
            self._spend(Effect.MULTIPLY, core.multiply_flags)
        elif kind is Kind.ALU and now.shifted_constant and sets_flags and now.name not in _SHIFTERS:
            self._spend(Effect.ISSUE, core.constant_flags)
        elif kind is Kind.DIVIDE:
            self._spend(Effect.DIVIDE, core.operands.divide)
        elif kind is Kind.FP_DIVIDE:
            self._spend(Effect.FLOATING_POINT, core.fp_divide)
        elif kind is Kind.FP_MOVE_PAIR and now.writes & 0xFFFF:
            self._spend(Effect.FLOATING_POINT, 1)
        elif kind is Kind.SYSTEM:
            self._spend(Effect.SYSTEM, core.system)
        elif kind is Kind.BARRIER and now.name == "isb":
            self._spend(Effect.SYSTEM, 3)

    def _leave_results(self, now: Instruction) -> None:
        core, kind, ready = self._core, now.kind, self._cycle
        late, effect = _latency(core, now)
        chains = kind in _MULTIPLIES or now.shifted or now.shifted_constant or now.name in _EXTENDS_AND_ADDS
        updated = now.address_registers if now.writeback else 0
        last = now.writes & ~updated & ~FLAGS
        if kind in LOADS and last:
            last = 1 << last.bit_length() - 1  # of several it is the one loaded last
        for number in set_bits(now.writes):
            waits = late if 1 << number & last else 0
            self._ready[number] = ready + waits
            self._addend[number] = ready if chains or kind in LOADS else ready + waits
            self._stored[number] = ready if chains or kind in LOADS else ready + waits
            self._fp_addend[number] = ready + waits
            self._effect[number] = effect
            if kind is Kind.FP_MULTIPLY_ACCUMULATE:
                self._ready[number] += core.fp_mac_factor
        if now.writes & FLAGS:
            slow = kind is Kind.ALU and now.shifted and now.name not in _SHIFTERS
            self._ready[-1] = ready + (core.late_flags if slow else -1)
            self._effect[-1] = Effect.ISSUE
        self._loaded = now.writes if kind in LOADS else self._loaded & ~now.writes
        if kind is Kind.FP_MULTIPLY_ACCUMULATE:
            self._fpu_free = ready + core.fp_mac


def _is_on_bus_of_code(now: Instruction) -> bool:
    """Whether it accesses memory by the bus that its own code comes by: C-AHB, or S-AHB from 0x20000000 on [TRM]."""
    if now.address < SYSTEM_BUS:
        return now.reads_flash
    return now.kind in LOADS | STORES and (now.literal or not now.reads_flash)


def _latency(core: CortexM33, now: Instruction) -> tuple[int, Effect]:
    """Cycles until the next instruction can use the result, beyond the least, and what a wait counts as."""
    kind = now.kind
    if kind is Kind.FP_LOAD or kind is Kind.FP_LOAD_MULTIPLE:
        return 0, Effect.MEMORY
    if kind in LOADS or kind is Kind.EXCLUSIVE:
        return core.load, Effect.MEMORY
    if kind in _MULTIPLIES:
        return core.multiply, Effect.MULTIPLY
    if kind is Kind.FP_MULTIPLY_ACCUMULATE:
        return core.fp_mac, Effect.FLOATING_POINT
    if kind in (Kind.FP_MOVE, Kind.FP_MOVE_PAIR):
        to_core = bool(now.writes & 0xFFFF)
        return core.fp_result if to_core != (kind is Kind.FP_MOVE_PAIR) else 0, Effect.FLOATING_POINT
    if kind in FLOATING_POINT:
        return core.fp_result, Effect.FLOATING_POINT
    if kind is Kind.ALU:
        shifts = (now.shifted or now.shifted_constant) and now.name not in _SHIFTERS | _EXTENDS
        late = now.name not in _PLAIN or shifts
        return core.late_result if late else 0, Effect.ISSUE
    return 0, Effect.ISSUE
