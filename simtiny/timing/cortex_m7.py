"""Cortex-M7 instruction timing: cycles of a basic block, given the block before it.

Arm publishes no cycle counts. The block is run through a scoreboard of the in-order pipeline: up to two instructions a
cycle, the older and the younger, each as soon as its code is fetched, its operands are there and it fits beside the
other one. Memory answers like the tightly coupled memories and a hit in the level 1 caches; misses, mispredicted
branches and addresses that are not aligned come on top elsewhere.

Sources: [J] measurements on STM32H743 in jnk0le/random, "pipeline cycle test" at 3dfc2ab, doc/cortex_m7.md; [L] LLVM's
ARMScheduleM7.td and [LM] its ARMLatencyMutations.cpp, which tune a compiler, for what was not measured; [TRM] Arm
Cortex-M7 TRM DDI 0489, prefetch unit: as quoted by others, not read; [A] assumed.

Not modelled, since a block doesn't tell: banks of loads from different bases (see `bank_conflict`), a store buffer
that is full (more than one byte or halfword store every other cycle [J]), and the stall behind a load or store multiple
among 32-bit instructions [J].
"""

from dataclasses import dataclass
from functools import lru_cache

from simtiny.isa.instruction import Instruction, Kind
from simtiny.timing.core import Code, Evidence, OperandTiming, unpriced
from simtiny.timing.cortex_m7_traits import Early, Result, Traits, Use, traits
from simtiny.timing.effects import EFFECTS, Cost, Effect
from simtiny.timing.fetch_queue import FetchQueue

_OPERANDS = OperandTiming(
    divide=1,  # the shortest divide takes two cycles: as on Cortex-M4, no measurement was found [A]
    divide_bits=4,  # as on Cortex-M4; 7 cycles for 16 bits, [L]'s figure for all [A]
    divide_longest=12,  # [A]
    mispredict=8,  # with the flags set right before the branch; six if three cycles earlier [J]
    unaligned_load=3,  # word or halfword; four as the younger of two instructions [J]
    unaligned_within_word=True,  # wherever it lies [J]
    fetch_ahead=4,  # a full prefetch queue [A]
)
_EVIDENCE = Evidence(
    calibrated_on=(),  # nothing here was fitted; see the boards' flash for what misses take
    baseline_cpi=0.88,  # mean over those images as recorded
)


@dataclass(frozen=True, eq=False)
class CortexM7:
    """Cycles of each rule beyond the least. Zero switches an effect off."""

    name: str = "Cortex-M7"
    fetch_queue: int = 4  # double words that the prefetch queue holds, one fetched a cycle [TRM]
    taken: int = 0  # cycles without fetch at a branch predicted as taken: loops of 2 instructions a cycle [J]
    branch_pairs: int = 1  # a taken branch issues with the instruction at its target [J]
    bank_conflict: int = 1  # two loads from different bases: taken to be from one bank [A]; worth 4 % at most
    early_stage: int = 1  # addresses and the shifter read their operands a stage before the ALU [J]
    narrow_load: int = 1  # loaded byte or halfword [J]
    load_to_multiply: int = 1  # no fast path from a loaded word to a multiply or beside a shifted op2 [J]
    load_to_index: int = 1  # nor to an index register [LM]
    multiply: int = 1  # result of any multiply, but as the addend of the next one [J]
    multiply_to_address: int = 1  # no path from EX3 to EX1 [LM]
    saturate: int = 1  # saturating arithmetic gives its result a stage later [L]
    predicated: int = 1  # result of an instruction in an IT block, used outside of it [LM]
    table_branch: int = 1  # TBB, TBH: two issue slots, alone [L]
    system: int = 2  # MRS, MSR, CPS, DMB, DSB: latency 3, alone [L]
    fp_result: int = 2  # VADD, VMUL: three cycles [J]
    fp_accumulate: int = 4  # VFMA to anything but an addend: five cycles [J], to VADD as well [A]
    fp_chained: int = 1  # VMLA takes one more, for the rounding between [J], to a VFMA addend as well [A]
    fp_shadow: int = 3  # cycles after an accumulate in which the adder and double moves are closed [J]
    fp_divide: int = 15  # VDIV.F32: 16 cycles, in which nothing else issues [J]
    fp_square_root: int = 13  # VSQRT.F32: 14 cycles [J]
    fp_add_double: int = 1  # VADD.F64: two cycles, for different exponents; one to three by operands [J]
    fp_multiply_double: int = 4  # VMUL.F64: five cycles, four with a zero [J]
    fp_accumulate_double: int = 7  # VFMA.F64, VMLA.F64: eight cycles; five to ten by operands and chaining [J]
    fp_divide_double: int = 29  # VDIV.F64: 30 cycles [J]; VSQRT.F64 as well [L]
    operands: OperandTiming = _OPERANDS
    evidence: Evidence = _EVIDENCE

    def price(self, block: Code, before: Code | None, taken: bool) -> Cost:
        """Cycles by effect of one run through `block`, on top of what `before` took, see `Core.price`.

        A branch that was taken is priced as predicted. A block that issues beside the last instruction of `before` can
        cost nothing. Effect.ISSUE counts cycles in which something issued, fewer than instructions where two issue
        together, and waits for results of the ALU. Other waits go by what was waited for; cycles in which an
        instruction blocks the next one go by its own kind.
        """
        return _price(self, block, before, taken)


CORTEX_M7 = CortexM7()

_ADDRESSES = frozenset({Use.ADDRESS, Use.INDEX})
_LOADED = frozenset({Result.WORD, Result.NARROW, Result.FP_LOADED})


def _price(core: CortexM7, block: Code, before: Code | None, taken: bool) -> Cost:
    cost = [0] * EFFECTS
    pipeline = _Pipeline(core)
    for now in before or ():
        if now.kind is not Kind.UNKNOWN:
            pipeline.issue(now, False, None)
    redirected = taken and before is not None
    for now in block:
        if now.kind is Kind.UNKNOWN:
            raise unpriced(core, now)
        pipeline.issue(now, redirected, cost)
        redirected = False
    return tuple(cost)


class _Pipeline:
    """State of the scoreboard. Cycles count from the arrival of the first double word of code."""

    def __init__(self, core: CortexM7) -> None:
        self.core = core
        self.latency = _latencies(core)
        self.cycle = -1  # in which the last instruction issued
        self.free = 0  # first cycle in which another one can issue without pairing with it
        self.older: Traits | None = None  # the instruction that waits for a younger one
        self.older_code: Instruction | None = None
        self.values: dict[int, tuple[int, Result, bool]] = {}  # by register: cycle, what gave it, whether predicated
        self.double_word = -1  # of code, last one fetched
        self.queue = FetchQueue(core.fetch_queue + 1, 0)  # and the double word that is being decoded
        self.accumulated = (-99, -99)  # cycles of the last two FPU accumulates, the latest last
        self.chained = -99  # cycle of the last VMLA
        self.shadow = -1  # last cycle that an FPU accumulate closes to the adder

    def issue(self, now: Instruction, redirected: bool, cost: list[int] | None) -> None:
        """Issue the next instruction. `redirected`: fetched anew, behind a taken branch."""
        trait = traits(now)
        start, effect = self._operands(trait)
        fetched = self._fetch(now, redirected)
        if fetched > start:
            start, effect = fetched, Effect.BRANCH if redirected else Effect.FETCH
        closed = self._closed(trait)
        if closed > start:
            start, effect = closed, Effect.FLOATING_POINT
        pairs = start <= self.cycle and self._pairs(now, trait) and (self.core.branch_pairs > 0 or not redirected)
        partner = self.older if pairs else None
        at = self.cycle if pairs else max(start, self.free)
        stall = at - self.free if not pairs else 0
        busy, busy_effect = _busy(self.core, now)
        free = max(self.free, at + 1 + busy)
        if cost is not None:
            cost[effect] += stall
            cost[Effect.ISSUE] += 0 if pairs else 1
            cost[busy_effect] += free - self.free - stall - (0 if pairs else 1)
        early = self._runs_early(trait, at, partner)
        given = at if trait.fp_arithmetic else at + busy
        for number, result in trait.results:
            self.values[number] = (given, Result.EARLY if early and number < 16 else result, trait.conditional)
        if trait.fp_accumulates:
            self.accumulated = (self.accumulated[1], at)
            self.shadow = at + busy + (min(1, self.core.fp_shadow) if trait.double else self.core.fp_shadow)
            if trait.results[0][1] is Result.FP_CHAINED:
                self.chained = at
        self.older = None if pairs or trait.alone else trait
        self.older_code = now
        self.cycle, self.free = at, free

    def _operands(self, trait: Traits) -> tuple[int, Effect]:
        """First cycle in which the operands are there, and what the wait for the last one is put down to."""
        start, effect = 0, Effect.ISSUE
        for number, use in trait.uses:
            if number not in self.values:
                continue
            given, result, predicated = self.values[number]
            ready = given + self.latency[result][use]
            if predicated and not trait.conditional and self.latency[result][use] < 3:
                ready += self.core.predicated
            if ready > start:
                start, effect = ready, _waited_for(result, use)
        return start, effect

    def _fetch(self, now: Instruction, redirected: bool) -> int:
        """Cycle in which the last byte of an instruction has been fetched."""
        if not self.core.fetch_queue:
            return 0
        first, last = now.address >> 3, now.address + now.size - 1 >> 3
        if redirected or first not in (self.double_word, self.double_word + 1):
            self._fetch_next(first, self.core.taken if redirected else 0)
        while self.double_word < last:
            self._fetch_next(self.double_word + 1, 0)
        return self.queue.arrival

    def _fetch_next(self, double_word: int, wait: int) -> None:
        self.queue.leave(self.queue.fetched, max(self.cycle, 0))
        self.queue.fetch(wait)
        self.double_word = double_word

    def _closed(self, trait: Traits) -> int:
        """Cycle from which the FPU takes an instruction after an accumulate."""
        start = self.shadow + 1 if trait.after_accumulate else 0
        if trait.fp_accumulates and trait.results[0][1] is Result.FP_FUSED:
            start = max(start, self.chained + 1 + self.core.fp_chained)
        return start

    def _pairs(self, now: Instruction, younger: Traits) -> bool:
        """Whether an instruction fits into the cycle of the one before it, as the younger of the two."""
        older = self.older
        if older is None or younger.alone or younger.older_only:
            return False
        if younger.shifts and (older.shifts or older.plain_shift or older.extracts):
            return False
        if (older.multiplies and younger.stores) or (older.stores and younger.multiplies):
            return False
        for one, other in (
            (older.multiplies, younger.multiplies),
            (older.stores, younger.stores),
            (older.branches, younger.branches),
            (older.fp_arithmetic, younger.fp_arithmetic),
            (older.fp_constant, younger.fp_constant),
        ):
            if one and other:
                return False
        if older.loads and younger.loads and not _different_banks(self.core, self.older_code, now):
            return False
        return not self._accumulate_hinders(older, younger)

    def _accumulate_hinders(self, older: Traits, younger: Traits) -> bool:
        """VLDR, VSTR and VMOV near accumulates, the first of which is free [J]; F64 ones and any load or store."""
        if older.fp_accumulates and older.double and (younger.loads or younger.stores):
            return True
        previous = max((at for at in self.accumulated if at < self.cycle), default=-99)
        recent = self.cycle - previous <= self.core.fp_shadow
        return recent and (younger.fp_moves or (older.fp_moves and younger.fp_accumulates))

    def _runs_early(self, trait: Traits, at: int, partner: Traits | None) -> bool:
        """Whether an instruction issued in cycle `at` gives its result from the early ALU."""
        if trait.early is Early.NO or (trait.early is Early.ADD and partner is not None):
            return False
        if partner is not None and (partner.shifts or partner.extracts):
            return False
        for number, _ in trait.uses:
            if number in self.values:
                given, result, predicated = self.values[number]
                wait = self.latency[result][Use.SHIFTER]
                if result is Result.BASE and trait.early is Early.ADD:
                    wait += self.core.early_stage
                if predicated and not trait.conditional:
                    wait += self.core.predicated
                if given + wait > at:
                    return False
        return True


def _waited_for(result: Result, use: Use) -> Effect:
    if use in _ADDRESSES:
        return Effect.ADDRESS
    if result in _LOADED:
        return Effect.MEMORY
    if result is Result.MULTIPLY:
        return Effect.MULTIPLY
    if result >= Result.FP_ALU or use >= Use.TO_FPU:
        return Effect.FLOATING_POINT
    return Effect.ISSUE


def _different_banks(core: CortexM7, older: Instruction | None, younger: Instruction) -> bool:
    """Whether two loads are from an even and an odd word: known for constant offsets from one base and literals."""
    one, other = older.source if older is not None else None, younger.source
    if one is None or other is None or one.base != other.base or one.index != -1 or other.index != -1:
        return not core.bank_conflict
    return (one.offset ^ other.offset) & 4 != 0


def _busy(core: CortexM7, now: Instruction) -> tuple[int, Effect]:
    """Cycles beyond its first in which an instruction keeps the next one from issuing."""
    kind = now.kind
    if now.transfers > 1:
        return (now.transfers + 1) // 2 - 1, Effect.MEMORY
    if kind is Kind.TABLE_BRANCH:
        return core.table_branch, Effect.BRANCH
    if kind is Kind.DIVIDE:
        return core.operands.divide, Effect.DIVIDE
    if kind is Kind.SYSTEM:
        return core.system, Effect.SYSTEM
    if kind is Kind.BARRIER:
        # An ISB flushes the pipeline as a mispredicted branch does.
        return core.operands.mispredict if now.name == "isb" else core.system, Effect.SYSTEM
    if kind is Kind.FP_DIVIDE:
        single = core.fp_square_root if now.name == "vsqrt" else core.fp_divide
        return core.fp_divide_double if now.double else single, Effect.FLOATING_POINT
    if now.double and kind is Kind.FP_MULTIPLY_ACCUMULATE:
        return core.fp_accumulate_double, Effect.FLOATING_POINT
    if now.double and kind is Kind.FP_ALU:
        if now.name in ("vmul", "vnmul"):
            return core.fp_multiply_double, Effect.FLOATING_POINT
        return core.fp_add_double if now.name in ("vadd", "vsub") else 0, Effect.FLOATING_POINT
    return 0, Effect.ISSUE


@lru_cache(maxsize=64)
def _latencies(core: CortexM7) -> tuple[tuple[int, ...], ...]:
    """Cycles from the issue of what gives a result to the issue of what uses it, by Result and Use."""
    early, narrow, multiply = 1 + core.early_stage, core.narrow_load, core.multiply
    to_address = early + multiply + core.multiply_to_address
    late = core.saturate
    # Order of Use:    ADDRESS, INDEX, SHIFTER, ALU, BESIDE, ADDEND, STORED, TO_FPU
    integer = {
        Result.EARLY: (1, 1, 1, 0, 0, 0, 0, 1),
        Result.BASE: (1, 1, 1, 0, 0, 0, 0, 1),
        Result.REVERSED: (early, early, early, 0, 0, 0, 0, 1),
        Result.ALU: (early, early, early, 1, 1, 0, 0, 1),
        Result.WORD: (early, early + core.load_to_index, early, 1, 1 + core.load_to_multiply, 1, 0, 1),
        Result.NARROW: (early + narrow, early + narrow, early + narrow, 1 + narrow, 1 + narrow, narrow, 0, 1),
        Result.MULTIPLY: (to_address, to_address, early + multiply, 1 + multiply, 1 + multiply, 1, 0, 1),
        Result.SATURATED: (early + late, early + late, early + late, 1 + late, 1 + late, late, 0, 1),
    }
    result, fused = core.fp_result, core.fp_accumulate
    chained, stored = fused + core.fp_chained, max(1, core.fp_accumulate - 1)
    # Order of Use: FP_ALU, FP_FUSED_ADDEND, FP_CHAINED_ADDEND, FP_STORED, FROM_FPU, FP_MOVE
    floating = {
        Result.FP_ALU: (1 + result, 1 + result, result, 1, 1 + result, 1 + result),
        Result.FP_FUSED: (1 + fused, 1 + result, result, stored, 1 + fused, 1 + fused),
        Result.FP_CHAINED: (
            1 + chained,
            1 + result + core.fp_chained,
            result + core.fp_chained,
            stored + core.fp_chained,
            1 + chained,
            1 + chained,
        ),
        Result.FP_LOADED: (1, 1 + result, result, 1, 2, 1),
        Result.FP_MOVED: (1 + result, 1 + result, result, 1, 1 + result, 1 + result),
    }
    one = (1,) * len(Use)
    rows = []
    for kind in Result:
        first, second = integer.get(kind, one[:8]), floating.get(kind, one[8:])
        rows.append(first + second)
    return tuple(rows)
