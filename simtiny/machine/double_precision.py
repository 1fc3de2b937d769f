"""Double-precision arithmetic, which Unicorn's Cortex-M7 leaves out as if its FPU were single precision.

The machine calls `execute` where Unicorn found an undefined instruction. Encodings: Arm v7-M ARM, A6.4 (floating-point
data-processing) and A7.7. The arithmetic is that of `simtiny.machine.floating_point`, by FPSCR as it stands.
"""

import struct

from unicorn.arm_const import UC_ARM_REG_D0, UC_ARM_REG_FPSCR, UC_ARM_REG_PC, UC_ARM_REG_S0, UC_ARM_REG_XPSR
from unicorn.unicorn_py3 import Uc

from simtiny.machine.floating_point import DOUBLE, HALF, SINGLE, Arithmetic, Rounding

_IT_IN_XPSR = 3 << 25 | 0xFC00
_NZCV = 0xF << 28
_SIGN = DOUBLE.sign_bit
_ROUNDINGS = (Rounding.TIES_AWAY, Rounding.NEAREST, Rounding.UP, Rounding.DOWN)  # by RM: A, N, P, M


class _Operands:
    """The fields of one instruction, and the registers that they name."""

    def __init__(self, uc: Uc, word: int) -> None:
        self.uc, self.word = uc, word
        self.fpscr = int(uc.reg_read(UC_ARM_REG_FPSCR))
        self.does = Arithmetic(self.fpscr)

    def bits(self, low: int, count: int) -> int:
        return self.word >> low & (1 << count) - 1

    @property
    def destination(self) -> int:
        """The number in Vd as a double: D:Vd."""
        return self.bits(22, 1) << 4 | self.bits(12, 4)

    def double(self, number: int) -> int:
        return int(self.uc.reg_read(UC_ARM_REG_D0 + number))

    @property
    def n(self) -> int:
        return self.double(self.bits(7, 1) << 4 | self.bits(16, 4))

    @property
    def m(self) -> int:
        return self.double(self.bits(5, 1) << 4 | self.bits(0, 4))

    @property
    def d(self) -> int:
        return self.double(self.destination)

    @property
    def single_m(self) -> int:
        """The word in Vm as a single: Vm:M."""
        return int(self.uc.reg_read(UC_ARM_REG_S0 + (self.bits(0, 4) << 1 | self.bits(5, 1))))

    @property
    def single_destination(self) -> int:
        """Unicorn's number of Vd as a single: Vd:D."""
        return int(UC_ARM_REG_S0 + (self.bits(12, 4) << 1 | self.bits(22, 1)))

    def set_double(self, bits: int) -> None:
        self.uc.reg_write(UC_ARM_REG_D0 + self.destination, bits & (1 << 64) - 1)

    def set_single(self, word: int) -> None:
        self.uc.reg_write(self.single_destination, word & 0xFFFF_FFFF)

    def set_half(self, half: int, top: int) -> None:
        word = int(self.uc.reg_read(self.single_destination))
        self.set_single(word & 0xFFFF | half << 16 if top else word & 0xFFFF_0000 | half)


def execute(uc: Uc, address: int) -> bool:
    """Execute the instruction at `address` if it is double-precision arithmetic: registers, flags, PC and IT state."""
    first, second = struct.unpack("<HH", uc.mem_read(address, 4))
    word = first << 16 | second
    # Coprocessor 10 or 11, no transfer; double precision, but for the conversion from single to double
    if word & 0xEF00_0E10 != 0xEE00_0A00:
        return False
    if not word & 1 << 8 and word & 0xFFBF_0ED0 != 0xEEB7_0AC0:
        return False
    operands = _Operands(uc, word)
    if not (_unconditional(operands) if first & 0x1000 else _conditional(operands)):
        return False
    if operands.does.flags & ~operands.fpscr:
        uc.reg_write(UC_ARM_REG_FPSCR, uc.reg_read(UC_ARM_REG_FPSCR) | operands.does.flags)
    _advance_it(uc)
    uc.reg_write(UC_ARM_REG_PC, address + 4 | 1)
    return True


def _conditional(now: _Operands) -> bool:
    """0xEE...: arithmetic that may stand in an IT block."""
    operation = now.bits(23, 1) << 2 | now.bits(20, 2)
    if operation == 7:
        return _with_one_operand(now)
    does, negated = now.does, _SIGN if now.bits(6, 1) else 0
    if operation == 0:  # VMLA, VMLS: two roundings
        now.set_double(does.add(now.d, does.multiply(now.n, now.m, DOUBLE) ^ negated, DOUBLE))
    elif operation == 1:  # VNMLS (op 0), VNMLA
        now.set_double(does.add(now.d ^ _SIGN, does.multiply(now.n, now.m, DOUBLE) ^ negated, DOUBLE))
    elif operation == 2:  # VMUL, VNMUL
        now.set_double(does.multiply(now.n, now.m, DOUBLE) ^ negated)
    elif operation == 3:  # VADD, VSUB
        now.set_double(does.subtract(now.n, now.m, DOUBLE) if negated else does.add(now.n, now.m, DOUBLE))
    elif operation == 4 and not negated:  # VDIV
        now.set_double(does.divide(now.n, now.m, DOUBLE))
    elif operation == 5:  # VFNMS (op 0), VFNMA
        now.set_double(does.multiply_add(now.d ^ _SIGN, now.n ^ negated, now.m, DOUBLE))
    elif operation == 6:  # VFMA, VFMS
        now.set_double(does.multiply_add(now.d, now.n ^ negated, now.m, DOUBLE))
    else:
        return False
    return True


def _with_one_operand(now: _Operands) -> bool:
    does, selector, bit_7 = now.does, now.bits(16, 4), now.bits(7, 1)
    if not now.bits(6, 1):  # VMOV, immediate: aBbbbbbb bbcdefgh
        immediate = selector << 4 | now.bits(0, 4)
        exponent = (0x3FC if immediate & 0x40 else 0x400) | immediate >> 4 & 3
        now.set_double((immediate >> 7) << 63 | exponent << 52 | (immediate & 0xF) << 48)
    elif selector == 0:  # VABS, VMOV
        now.set_double(now.m & ~_SIGN if bit_7 else now.m)
    elif selector == 1:  # VSQRT, VNEG
        now.set_double(does.square_root(now.m, DOUBLE) if bit_7 else now.m ^ _SIGN)
    elif selector == 2:  # VCVTB, VCVTT from half
        now.set_double(does.convert(now.single_m >> (16 if bit_7 else 0) & 0xFFFF, HALF, DOUBLE))
    elif selector == 3:  # to half
        now.set_half(does.convert(now.m, DOUBLE, HALF), bit_7)
    elif selector in (4, 5):  # VCMP, VCMPE; with zero
        flags = does.compare(now.d, 0 if selector == 5 else now.m, DOUBLE, signals=bool(bit_7))
        now.uc.reg_write(UC_ARM_REG_FPSCR, now.fpscr & ~_NZCV | flags << 28)
    elif selector == 6:  # VRINTZ, VRINTR
        now.set_double(does.to_whole(now.m, DOUBLE, Rounding.TO_ZERO if bit_7 else does.rounding, exact=False))
    elif selector == 7 and not bit_7:  # VRINTX
        now.set_double(does.to_whole(now.m, DOUBLE, does.rounding, exact=True))
    elif selector == 7 and now.bits(8, 1):  # VCVT.F32.F64
        now.set_single(does.convert(now.m, DOUBLE, SINGLE))
    elif selector == 7:  # VCVT.F64.F32
        now.set_double(does.convert(now.single_m, SINGLE, DOUBLE))
    elif selector == 8:  # VCVT.F64.S32, .U32
        now.set_double(does.from_fixed(_whole(now.single_m, 32, bit_7), DOUBLE, 0, does.rounding))
    elif selector in (12, 13):  # VCVT, VCVTR to .U32, .S32
        rounding = Rounding.TO_ZERO if bit_7 else does.rounding
        now.set_single(does.to_fixed(now.m, DOUBLE, 32, 0, selector == 13, rounding))
    else:
        _fixed_point(now)
    return True


def _fixed_point(now: _Operands) -> None:
    """VCVT between double precision and fixed point of 16 or 32 bits, in place."""
    size = 32 if now.bits(7, 1) else 16
    behind_point, signed = size - (now.bits(0, 4) << 1 | now.bits(5, 1)), not now.bits(16, 1)
    if now.bits(18, 1):  # to fixed point, extended to 64 bits
        now.set_double(now.does.to_fixed(now.d, DOUBLE, size, behind_point, signed, Rounding.TO_ZERO))
    else:
        now.set_double(now.does.from_fixed(_whole(now.d, size, signed), DOUBLE, behind_point, Rounding.NEAREST))


def _whole(bits: int, size: int, signed: int) -> int:
    """The lowest `size` bits as a number."""
    value = bits & (1 << size) - 1
    return value - (1 << size) if signed and value >> size - 1 else value


def _unconditional(now: _Operands) -> bool:
    """0xFE...: what FPv5 added."""
    does = now.does
    if not now.bits(23, 1):  # VSEL
        now.set_double(now.n if _holds(now.uc, now.bits(20, 2)) else now.m)
    elif now.bits(20, 2) == 0:  # VMAXNM, VMINNM
        now.set_double(does.extreme(now.n, now.m, DOUBLE, smaller=bool(now.bits(6, 1))))
    elif now.bits(18, 4) == 0b1110 and now.bits(6, 2) == 1:  # VRINTA, N, P, M
        now.set_double(does.to_whole(now.m, DOUBLE, _ROUNDINGS[now.bits(16, 2)], exact=False))
    elif now.bits(18, 4) == 0b1111 and now.bits(6, 1):  # VCVTA, N, P, M
        rounding = _ROUNDINGS[now.bits(16, 2)]
        now.set_single(does.to_fixed(now.m, DOUBLE, 32, 0, bool(now.bits(7, 1)), rounding))
    else:
        return False
    return True


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
