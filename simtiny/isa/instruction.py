"""An instruction as the timing and energy models see it: plain data, no capstone."""

from enum import Enum

import msgspec


class Kind(Enum):
    """What an instruction does to the pipeline. Names follow the Arm manuals' instruction groups."""

    ALU = "data processing"
    MULTIPLY = "multiply"
    MULTIPLY_ACCUMULATE = "multiply accumulate"
    LONG_MULTIPLY = "long multiply"
    LONG_MULTIPLY_ACCUMULATE = "long multiply accumulate"
    DIVIDE = "divide"
    LOAD = "load"
    STORE = "store"
    LOAD_PAIR = "load pair"
    STORE_PAIR = "store pair"
    LOAD_MULTIPLE = "load multiple"
    STORE_MULTIPLE = "store multiple"
    EXCLUSIVE = "exclusive"
    BRANCH = "branch"
    CALL = "call"
    INDIRECT_BRANCH = "indirect branch"
    COMPARE_BRANCH = "compare and branch"
    TABLE_BRANCH = "table branch"
    IT = "if-then"
    NOP = "no operation"
    SYSTEM = "system register"
    BARRIER = "barrier"
    WAIT = "wait for interrupt or event"
    EXCEPTION = "supervisor call or breakpoint"
    FP_ALU = "floating point"
    FP_MULTIPLY_ACCUMULATE = "floating point multiply accumulate"
    FP_DIVIDE = "floating point divide or square root"
    FP_MOVE = "floating point move"
    FP_MOVE_PAIR = "floating point move pair"
    FP_LOAD = "floating point load"
    FP_STORE = "floating point store"
    FP_LOAD_MULTIPLE = "floating point load multiple"
    FP_STORE_MULTIPLE = "floating point store multiple"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # a member is the only one of its kind, and Enum's own hash is slow


LOADS = frozenset({Kind.LOAD, Kind.LOAD_PAIR, Kind.LOAD_MULTIPLE, Kind.FP_LOAD, Kind.FP_LOAD_MULTIPLE})
STORES = frozenset({Kind.STORE, Kind.STORE_PAIR, Kind.STORE_MULTIPLE, Kind.FP_STORE, Kind.FP_STORE_MULTIPLE})
SINGLE_LOADS = frozenset({Kind.LOAD, Kind.FP_LOAD})
SINGLE_STORES = frozenset({Kind.STORE, Kind.FP_STORE})
SEVERAL = (LOADS | STORES) - SINGLE_LOADS - SINGLE_STORES
"""Loads and stores of several registers."""
BRANCHES = frozenset(
    {Kind.BRANCH, Kind.CALL, Kind.INDIRECT_BRANCH, Kind.COMPARE_BRANCH, Kind.TABLE_BRANCH},
)
FLOATING_POINT = frozenset(kind for kind in Kind if kind.name.startswith("FP_"))


class Access(msgspec.Struct, frozen=True, gc=False):
    """Where a load reads or a store writes: base + (index << shift) + offset. Registers by number, -1 for none."""

    base: int
    index: int
    shift: int
    offset: int
    bytes: int


class Instruction(msgspec.Struct, frozen=True, gc=False):
    """One decoded instruction: a `Struct`, because tens of thousands are copied to where they stand.

    Register sets are bit masks: bits 0 to 15 are R0 to PC, bits 16 to 47 are S0 to S31, bit 48 the flags.
    """

    address: int
    size: int  # bytes: 2 or 4
    text: str  # for people
    name: str  # mnemonic without condition and width
    kind: Kind
    reads: int
    writes: int
    address_registers: int  # of reads, those that form a memory address
    accumulator: int  # of reads, the addend of a multiply accumulate
    register_offset: bool  # the address is base + index
    writeback: bool  # pre- or post-indexed
    literal: bool  # PC-relative load
    conditional: bool  # in an IT block, or a conditional branch
    transfers: int  # words moved between registers and memory
    writes_pc: bool
    source: Access | None = None  # of a load
    reads_flash: bool = False  # seen to load from flash, not RAM
    target: Access | None = None  # of a store
    shifted: bool = False  # op2 is a register that is shifted on the way
    shifted_constant: bool = False  # op2 is a constant of eight bits, shifted into place
    last_operand: int = 0  # of reads, data processing's last register operand: op2, or what is extracted
    double: bool = False  # floating point in double precision
    divided: tuple[int, int] = (-1, -1)  # of a divide: the numbers of the registers with dividend and divisor
    branch_to: int = -1  # of a direct branch: the address that it goes to


SP = 1 << 13
PC = 1 << 15
FLAGS = 1 << 48
