"""What an instruction asks of the Cortex-M7 pipeline: which stage reads its operands, which one gives its results.

Sources: see `simtiny.timing.cortex_m7`.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from msgspec.structs import replace

from simtiny.bits import set_bits
from simtiny.isa.instruction import BRANCHES, FLAGS, FLOATING_POINT, LOADS, STORES, Instruction, Kind


class Result(IntEnum):
    """Where a result comes from. The pipeline's execute stages are EX1 (early) to EX4."""

    EARLY = 0  # early ALU, EX1
    BASE = 1  # updated base register of a load or store, EX1
    REVERSED = 2  # REV, RBIT: EX1, but not to the next cycle's EX1
    ALU = 3  # late ALU, EX2; flags, whatever set them
    WORD = 4  # loaded word
    NARROW = 5  # loaded byte or halfword
    MULTIPLY = 6
    SATURATED = 7
    FP_ALU = 8
    FP_FUSED = 9  # VFMA
    FP_CHAINED = 10  # VMLA
    FP_LOADED = 11
    FP_MOVED = 12  # VMOV to an FPU register


class Use(IntEnum):
    """What reads an operand."""

    ADDRESS = 0  # base register
    INDEX = 1
    SHIFTER = 2  # EX1: shifted op2, extracted field
    ALU = 3  # EX2
    BESIDE = 4  # EX2, but without the fast path from a load: multiplies, the other operand of a shifted op2
    ADDEND = 5  # EX3: accumulator of a multiply
    STORED = 6  # EX4
    TO_FPU = 7  # VMOV from a core register
    FP_ALU = 8
    FP_FUSED_ADDEND = 9
    FP_CHAINED_ADDEND = 10
    FP_STORED = 11
    FROM_FPU = 12  # VMOV to a core register
    FP_MOVE = 13


class Early(IntEnum):
    """Whether an instruction can run in the early ALU when its operands are there in time."""

    NO = 0
    ADD = 1  # from the older slot only
    SHIFT = 2  # from both


@dataclass(frozen=True, slots=True)
class Traits:
    uses: tuple[tuple[int, Use], ...]  # by number of the register
    results: tuple[tuple[int, Result], ...]
    early: Early
    alone: bool  # never issues with another instruction
    older_only: bool  # issues with another one only as the older of the two
    conditional: bool  # in an IT block
    multiplies: bool
    loads: bool
    stores: bool
    branches: bool
    shifts: bool  # op2 is a shifted register or constant
    plain_shift: bool
    extracts: bool  # bit field instructions that use the early shifter
    fp_arithmetic: bool
    fp_accumulates: bool
    fp_moves: bool  # VLDR, VSTR, VMOV: hindered by an accumulate
    fp_constant: bool  # VMOV of a constant
    after_accumulate: bool  # has to wait until an accumulate is through
    double: bool


_MULTIPLIES = frozenset(
    {Kind.MULTIPLY, Kind.MULTIPLY_ACCUMULATE, Kind.LONG_MULTIPLY, Kind.LONG_MULTIPLY_ACCUMULATE},
)
_ALONE = frozenset(
    {
        Kind.DIVIDE,
        Kind.LOAD_PAIR,
        Kind.STORE_PAIR,
        Kind.LOAD_MULTIPLE,
        Kind.STORE_MULTIPLE,
        Kind.EXCLUSIVE,
        Kind.TABLE_BRANCH,
        Kind.SYSTEM,
        Kind.BARRIER,
        Kind.WAIT,
        Kind.EXCEPTION,
        Kind.FP_MOVE_PAIR,
        Kind.FP_LOAD_MULTIPLE,
        Kind.FP_STORE_MULTIPLE,
    }
)
_FP_ARITHMETIC = frozenset({Kind.FP_ALU, Kind.FP_MULTIPLY_ACCUMULATE, Kind.FP_DIVIDE})
_FP_MOVES = frozenset({Kind.FP_MOVE, Kind.FP_LOAD, Kind.FP_STORE})
_FUSED = frozenset({"vfma", "vfms", "vfnma", "vfnms"})
_PAIRING_HINTS = ("nop", "pld", "pldw", "pli")  # not SEV, YIELD, CLREX [L]
_CONSTANTS = frozenset({"fconsts", "fconstd"})
_TO_CORE = frozenset({"vmrs", "fmstat"})
_ADDS = frozenset({"add", "sub", "addw", "subw", "adr", "mov", "movs", "movw"})
_SHIFTS = frozenset({"lsl", "lsr", "asr", "ror"})
_REVERSES = frozenset({"rev", "rev16", "revsh", "rbit"})
_SIMPLE_NAMES = "adc sbc rsb mvn movt and orr orn eor bic cmp cmn tst teq rrx"
_SIMPLE = _ADDS | _SHIFTS | set(_SIMPLE_NAMES.split())
_EXTRACTING_NAMES = "sbfx ubfx bfi sxtab sxtah sxtab16 uxtab uxtah uxtab16 pkhbt pkhtb ssat usat ssat16 usat16"
_EXTRACTS_LAST = _REVERSES | set(_EXTRACTING_NAMES.split())
_EXTRACTS_ALL = frozenset({"pkhtb", "qdadd", "qdsub"})
_EARLY_SHIFTER = _EXTRACTS_LAST | {"bfc"}
_SATURATING_NAMES = """ssat usat ssat16 usat16 usad8 qadd qsub qdadd qdsub qadd8 qadd16 qsub8 qsub16 qasx qsax
uqadd8 uqadd16 uqsub8 uqsub16 uqasx uqsax"""
_SATURATES = frozenset(_SATURATING_NAMES.split())
_NARROW = frozenset({"ldrb", "ldrh", "ldrsb", "ldrsh", "ldrbt", "ldrht", "ldrsbt", "ldrsht"})


@lru_cache(maxsize=1 << 16)
def traits(now: Instruction) -> Traits:
    """What decides about pairing and waits: the same for an instruction wherever it stands."""
    return _traits(replace(now, address=0))


@lru_cache(maxsize=1 << 14)
def _traits(now: Instruction) -> Traits:
    kind, name = now.kind, now.name
    dsp = kind is Kind.ALU and name not in _SIMPLE
    shifts = kind is Kind.ALU and not dsp and (now.shifted or now.shifted_constant)
    double_move = kind in (Kind.FP_LOAD, Kind.FP_STORE) and now.transfers == 2
    early = Early.NO
    if kind is Kind.ALU and not shifts:
        early = Early.ADD if name in _ADDS else Early.SHIFT if name in _SHIFTS else Early.NO
    return Traits(
        uses=_uses(now),
        results=_results(now),
        early=early,
        alone=kind in _ALONE or (kind is Kind.NOP and name not in _PAIRING_HINTS) or double_move or name == "vmsr",
        older_only=dsp or (now.double and kind in _FP_ARITHMETIC),
        conditional=now.conditional and kind not in BRANCHES,
        multiplies=kind in _MULTIPLIES,
        loads=kind in LOADS,
        stores=kind in STORES,
        branches=now.writes_pc,
        shifts=shifts,
        plain_shift=kind is Kind.ALU and name in _SHIFTS,
        extracts=name in _EARLY_SHIFTER,
        fp_arithmetic=kind in _FP_ARITHMETIC,
        fp_accumulates=kind is Kind.FP_MULTIPLY_ACCUMULATE,
        fp_moves=kind in _FP_MOVES,
        fp_constant=name in _CONSTANTS,
        after_accumulate=(kind is Kind.FP_ALU and name not in ("vmul", "vnmul"))
        or kind in (Kind.FP_LOAD_MULTIPLE, Kind.FP_STORE_MULTIPLE)
        or name in _CONSTANTS
        or double_move,
        double=now.double,
    )


def _uses(now: Instruction) -> tuple[tuple[int, Use], ...]:
    kind = now.kind
    if kind in BRANCHES and kind is not Kind.TABLE_BRANCH:
        return ()  # predicted: nothing waits for what decides them
    uses: list[tuple[int, Use]] = []
    access = now.source or now.target
    index = 1 << access.index if access is not None and access.index >= 0 else 0
    for number in set_bits(now.reads):
        register = 1 << number
        if register & now.address_registers:
            uses.append((number, Use.INDEX if register & index else Use.ADDRESS))
        else:
            uses.append((number, _use(now, register)))
    if now.conditional and not now.reads & FLAGS:
        uses.append((FLAGS.bit_length() - 1, Use.ALU))
    return tuple(uses)


def _use(now: Instruction, register: int) -> Use:
    kind, name = now.kind, now.name
    if kind in FLOATING_POINT:
        return _fp_use(now, register)
    if kind in STORES or kind is Kind.EXCLUSIVE:
        return Use.STORED
    if kind in _MULTIPLIES or kind is Kind.DIVIDE:
        return Use.ADDEND if register & now.accumulator else Use.BESIDE
    if kind is Kind.ALU:
        extracts = name in _EXTRACTS_LAST
        if name in _EXTRACTS_ALL or (register & now.last_operand and (extracts or (now.shifted and name in _SIMPLE))):
            return Use.SHIFTER
        if extracts or (now.shifted and name in _SIMPLE):
            return Use.BESIDE
    return Use.ALU


def _fp_use(now: Instruction, register: int) -> Use:
    kind = now.kind
    if kind is Kind.FP_MULTIPLY_ACCUMULATE and register & now.accumulator:
        return Use.FP_FUSED_ADDEND if now.name in _FUSED else Use.FP_CHAINED_ADDEND
    if kind in (Kind.FP_STORE, Kind.FP_STORE_MULTIPLE):
        return Use.FP_STORED
    if kind in (Kind.FP_MOVE, Kind.FP_MOVE_PAIR):
        if register < 1 << 16:
            return Use.TO_FPU
        to_core = now.name in _TO_CORE or now.writes & 0xFFFF
        return Use.FROM_FPU if to_core else Use.FP_MOVE
    return Use.FP_ALU


def _results(now: Instruction) -> tuple[tuple[int, Result], ...]:
    if now.kind is Kind.IT:
        return ()  # what follows waits for the comparison, not for IT
    base = now.address_registers if now.writeback else 0
    results: list[tuple[int, Result]] = []
    for number in set_bits(now.writes):
        register = 1 << number
        results.append((number, Result.BASE if register & base else _result(now, register)))
    return tuple(results)


def _result(now: Instruction, register: int) -> Result:
    kind, name = now.kind, now.name
    if kind in _FP_MOVES or kind in (Kind.FP_MOVE_PAIR, Kind.FP_LOAD_MULTIPLE):
        if kind in (Kind.FP_LOAD, Kind.FP_LOAD_MULTIPLE):
            return Result.FP_LOADED
        return Result.ALU if register < 1 << 16 or name in _TO_CORE else Result.FP_MOVED
    if kind is Kind.FP_MULTIPLY_ACCUMULATE:
        return Result.FP_FUSED if name in _FUSED else Result.FP_CHAINED
    if kind in _FP_ARITHMETIC:
        return Result.FP_ALU
    if register == FLAGS:
        return Result.ALU
    if kind in LOADS:
        return Result.NARROW if name in _NARROW else Result.WORD
    if kind is Kind.EXCLUSIVE:
        return Result.NARROW
    if kind in _MULTIPLIES:
        return Result.MULTIPLY
    if kind is Kind.ALU:
        return Result.REVERSED if name in _REVERSES else Result.SATURATED if name in _SATURATES else Result.ALU
    return Result.EARLY if kind is Kind.CALL else Result.ALU
