"""Double-precision arithmetic, which Unicorn's Cortex-M7 leaves out as if its FPU were single precision.

The machine calls `execute` where Unicorn found an undefined instruction. Encodings: Arm v7-M ARM, A6.4 (floating-point
data-processing) and A7.7. Rounding is to nearest, denormals are kept and exception flags are not set: FPSCR as after
reset. Conversions to and from fixed point and half precision are left out.
"""

import struct
from fractions import Fraction

import numpy as np
from unicorn.arm_const import UC_ARM_REG_D0, UC_ARM_REG_FPSCR, UC_ARM_REG_PC, UC_ARM_REG_S0, UC_ARM_REG_XPSR
from unicorn.unicorn_py3 import Uc

_IT_IN_XPSR = 3 << 25 | 0xFC00
_NZCV = 0xF << 28
_LESS, _EQUAL, _GREATER, _UNORDERED = 8 << 28, 6 << 28, 2 << 28, 3 << 28


class _Operands:
    """The fields of one instruction, and the registers that they name."""

    def __init__(self, uc: Uc, word: int) -> None:
        self.uc, self.word = uc, word

    def bits(self, low: int, count: int) -> int:
        return self.word >> low & (1 << count) - 1

    @property
    def destination(self) -> int:
        """The number in Vd as a double: D:Vd."""
        return self.bits(22, 1) << 4 | self.bits(12, 4)

    def double(self, number: int) -> np.float64:
        return np.float64(struct.unpack("<d", struct.pack("<Q", self.uc.reg_read(UC_ARM_REG_D0 + number)))[0])

    @property
    def n(self) -> np.float64:
        return self.double(self.bits(7, 1) << 4 | self.bits(16, 4))

    @property
    def m(self) -> np.float64:
        return self.double(self.bits(5, 1) << 4 | self.bits(0, 4))

    @property
    def d(self) -> np.float64:
        return self.double(self.destination)

    @property
    def single_m(self) -> int:
        """The word in Vm as a single: Vm:M."""
        return int(self.uc.reg_read(UC_ARM_REG_S0 + (self.bits(0, 4) << 1 | self.bits(5, 1))))

    def set_double(self, value: np.float64) -> None:
        bits = struct.unpack("<Q", struct.pack("<d", value))[0]
        self.uc.reg_write(UC_ARM_REG_D0 + self.destination, bits)

    def set_single(self, word: int) -> None:
        """Write the single Vd:D."""
        self.uc.reg_write(UC_ARM_REG_S0 + (self.bits(12, 4) << 1 | self.bits(22, 1)), word & 0xFFFF_FFFF)


def execute(uc: Uc, address: int) -> bool:
    """Execute the instruction at `address` if it is double-precision arithmetic: registers, flags, PC and IT state."""
    first, second = struct.unpack("<HH", uc.mem_read(address, 4))
    word = first << 16 | second
    # Coprocessor 10 or 11, no transfer; double precision, but for the conversion from single to double
    if word & 0xEF00_0E10 != 0xEE00_0A00:
        return False
    is_double = word & 1 << 8 or word & 0xFFBF_0ED0 == 0xEEB7_0AC0
    operands = _Operands(uc, word)
    with np.errstate(all="ignore"):
        if not is_double or not (_unconditional(operands) if first & 0x1000 else _conditional(operands)):
            return False
    _advance_it(uc)
    uc.reg_write(UC_ARM_REG_PC, address + 4 | 1)
    return True


def _conditional(now: _Operands) -> bool:
    """0xEE...: arithmetic that may stand in an IT block."""
    operation = now.bits(23, 1) << 2 | now.bits(20, 2)
    if operation == 7:
        return _with_one_operand(now)
    negated = now.bits(6, 1)
    sign = np.float64(-1.0 if negated else 1.0)
    if operation == 0:  # VMLA, VMLS: two roundings
        now.set_double(now.d + sign * (now.n * now.m))
    elif operation == 1:  # VNMLS (op 0), VNMLA
        now.set_double(-now.d + sign * (now.n * now.m))
    elif operation == 2:  # VMUL, VNMUL
        now.set_double(-(now.n * now.m) if negated else now.n * now.m)
    elif operation == 3:  # VADD, VSUB
        now.set_double(now.n - now.m if negated else now.n + now.m)
    elif operation == 4 and not negated:  # VDIV
        now.set_double(now.n / now.m)
    elif operation == 5:  # VFNMS (op 0), VFNMA
        now.set_double(multiply_add(-now.n if negated else now.n, now.m, -now.d))
    elif operation == 6:  # VFMA, VFMS
        now.set_double(multiply_add(-now.n if negated else now.n, now.m, now.d))
    else:
        return False
    return True


def _with_one_operand(now: _Operands) -> bool:
    selector, bit_7 = now.bits(16, 4), now.bits(7, 1)
    if not now.bits(6, 1):  # VMOV, immediate: aBbbbbbb bbcdefgh
        immediate = selector << 4 | now.bits(0, 4)
        exponent = (0x3FC if immediate & 0x40 else 0x400) | immediate >> 4 & 3
        word = (immediate >> 7) << 63 | exponent << 52 | (immediate & 0xF) << 48
        now.set_double(np.float64(struct.unpack("<d", struct.pack("<Q", word))[0]))
    elif selector == 0:  # VABS, VMOV
        now.set_double(np.abs(now.m) if bit_7 else now.m)
    elif selector == 1:  # VSQRT, VNEG
        now.set_double(np.sqrt(now.m) if bit_7 else -now.m)
    elif selector in (4, 5):  # VCMP, VCMPE; with zero
        _compare(now, np.float64(0.0) if selector == 5 else now.m)
    elif selector == 6:  # VRINTZ, VRINTR
        now.set_double(np.trunc(now.m) if bit_7 else np.rint(now.m))
    elif selector == 7 and not bit_7:  # VRINTX
        now.set_double(np.rint(now.m))
    elif selector == 7 and now.bits(8, 1):  # VCVT.F32.F64
        now.set_single(int(np.float32(now.m).view(np.uint32)))
    elif selector == 7:  # VCVT.F64.F32
        now.set_double(np.float64(np.uint32(now.single_m).view(np.float32)))
    elif selector == 8:  # VCVT.F64.S32, .U32
        source = now.single_m
        now.set_double(np.float64(source - (1 << 32) if bit_7 and source >> 31 else source))
    elif selector in (12, 13):  # VCVT, VCVTR to .U32, .S32
        now.set_single(to_integer(np.trunc(now.m) if bit_7 else np.rint(now.m), signed=selector == 13))
    else:
        return False
    return True


def _unconditional(now: _Operands) -> bool:
    """0xFE...: what FPv5 added."""
    if not now.bits(23, 1):  # VSEL
        now.set_double(now.n if _holds(now.uc, now.bits(20, 2)) else now.m)
    elif now.bits(20, 2) == 0:  # VMAXNM, VMINNM: a number wins over a NaN
        now.set_double(np.fmin(now.n, now.m) if now.bits(6, 1) else np.fmax(now.n, now.m))
    elif now.bits(18, 4) == 0b1110 and now.bits(6, 2) == 1:  # VRINTA, N, P, M
        now.set_double(_ROUNDINGS[now.bits(16, 2)](now.m))
    elif now.bits(18, 4) == 0b1111 and now.bits(6, 1):  # VCVTA, N, P, M
        now.set_single(to_integer(_ROUNDINGS[now.bits(16, 2)](now.m), signed=bool(now.bits(7, 1))))
    else:
        return False
    return True


def multiply_add(n: np.float64, m: np.float64, d: np.float64) -> np.float64:
    """The sum of d and n * m with one rounding."""
    rounded = d + n * m
    if not np.isfinite([n, m, d]).all():
        return rounded
    exact = Fraction(float(n)) * Fraction(float(m)) + Fraction(float(d))
    if not exact:
        return rounded  # the sign of zero
    try:
        return np.float64(float(exact))
    except OverflowError:
        return np.float64(np.copysign(np.inf, float(np.sign(exact.numerator))))


def away_from_ties(value: np.float64) -> np.float64:
    """The nearest whole number, of two the one farther from zero."""
    whole = np.trunc(value)
    return np.float64(whole + np.copysign(1.0, value) if abs(value - whole) >= 0.5 else whole)


_ROUNDINGS = (away_from_ties, np.rint, np.ceil, np.floor)  # by RM: A, N, P, M


def to_integer(value: np.float64, signed: bool) -> int:
    """A whole number as 32 bits, held at the ends of the range; a NaN becomes 0."""
    low, high = (-(1 << 31), (1 << 31) - 1) if signed else (0, (1 << 32) - 1)
    if np.isnan(value):
        return 0
    return int(min(max(value, low), high)) & 0xFFFF_FFFF


def _compare(now: _Operands, other: np.float64) -> None:
    value = now.d
    flags = _UNORDERED
    if value == other:
        flags = _EQUAL
    elif value < other:
        flags = _LESS
    elif value > other:
        flags = _GREATER
    now.uc.reg_write(UC_ARM_REG_FPSCR, now.uc.reg_read(UC_ARM_REG_FPSCR) & ~_NZCV | flags)


def _holds(uc: Uc, condition: int) -> bool:
    """VSEL's conditions: EQ, VS, GE, GT."""
    flags = uc.reg_read(UC_ARM_REG_XPSR) >> 28
    n, z, v = flags >> 3 & 1, flags >> 2 & 1, flags & 1
    return bool((z, v, n == v, n == v and not z)[condition])


def _advance_it(uc: Uc) -> None:
    """ITSTATE as the instruction leaves it: Arm v7-M ARM, A7.3.3 ITAdvance."""
    xpsr = uc.reg_read(UC_ARM_REG_XPSR)
    state = xpsr >> 25 & 3 | xpsr >> 8 & 0xFC
    if state:
        state = state & 0xE0 | state << 1 & 0x1F if state & 7 else 0
        uc.reg_write(UC_ARM_REG_XPSR, xpsr & ~_IT_IN_XPSR | (state & 3) << 25 | (state & 0xFC) << 8)
