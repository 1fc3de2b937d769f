"""Double-precision instructions one by one. Encodings: GNU as for -mfpu=fpv5-d16."""

import math
import struct

import pytest
from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB
from unicorn.arm_const import (
    UC_ARM_REG_D0,
    UC_ARM_REG_FPSCR,
    UC_ARM_REG_PC,
    UC_ARM_REG_S0,
    UC_ARM_REG_XPSR,
    UC_CPU_ARM_CORTEX_M7,
)
from unicorn.unicorn_py3 import Uc

from simtiny.machine.double_precision import execute

ADDRESS = 0x1000
NAN, INFINITY = math.nan, math.inf
EPSILON = 2.0**-52


def bits(value: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


@pytest.fixture
def uc() -> Uc:
    uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
    uc.ctl_set_cpu_model(UC_CPU_ARM_CORTEX_M7)
    uc.mem_map(0, 0x2000)
    return uc


def step(uc: Uc, encoding: int, **doubles: float) -> bool:
    """Put values into registers ("d1") and carry out one instruction."""
    for name, value in doubles.items():
        uc.reg_write(UC_ARM_REG_D0 + int(name[1:]), bits(value))
    uc.mem_write(ADDRESS, struct.pack("<HH", encoding >> 16, encoding & 0xFFFF))
    return execute(uc, ADDRESS)


def result(uc: Uc, number: int = 0) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", uc.reg_read(UC_ARM_REG_D0 + number)))[0])


@pytest.mark.parametrize(
    ("encoding", "d0", "d1", "d2", "expected"),
    [
        pytest.param(0xEE310B02, 0, 1.5, 2.25, 3.75, id="vadd"),
        pytest.param(0xEE310B42, 0, 1.5, 2.25, -0.75, id="vsub"),
        pytest.param(0xEE210B02, 0, 1.5, 2.25, 3.375, id="vmul"),
        pytest.param(0xEE210B42, 0, 1.5, 2.25, -3.375, id="vnmul"),
        pytest.param(0xEE810B02, 0, 1.0, 4.0, 0.25, id="vdiv"),
        pytest.param(0xEE810B02, 0, -1.0, 0.0, -INFINITY, id="vdiv by zero"),
        pytest.param(0xEE010B02, 10, 2.0, 3.0, 16.0, id="vmla"),
        pytest.param(0xEE010B42, 10, 2.0, 3.0, 4.0, id="vmls"),
        pytest.param(0xEE110B42, 10, 2.0, 3.0, -16.0, id="vnmla"),
        pytest.param(0xEE110B02, 10, 2.0, 3.0, -4.0, id="vnmls"),
        pytest.param(0xEEA10B02, 10, 2.0, 3.0, 16.0, id="vfma"),
        pytest.param(0xEEA10B42, 10, 2.0, 3.0, 4.0, id="vfms"),
        pytest.param(0xEE910B42, 10, 2.0, 3.0, -16.0, id="vfnma"),
        pytest.param(0xEE910B02, 10, 2.0, 3.0, -4.0, id="vfnms"),
        # (1 + e)^2 - (1 + 2e) = e^2, which rounding the product first would lose
        pytest.param(0xEEA10B02, -1 - 2 * EPSILON, 1 + EPSILON, 1 + EPSILON, EPSILON**2, id="vfma rounds once"),
        pytest.param(0xEE010B02, -1 - 2 * EPSILON, 1 + EPSILON, 1 + EPSILON, 0.0, id="vmla rounds twice"),
        pytest.param(0xEEA10B02, 0.0, 1e200, 1e200, INFINITY, id="vfma overflows"),
        pytest.param(0xFE810B02, 0, 1.0, 2.0, 2.0, id="vmaxnm"),
        pytest.param(0xFE810B42, 0, 1.0, 2.0, 1.0, id="vminnm"),
        pytest.param(0xFE810B02, 0, NAN, 2.0, 2.0, id="vmaxnm: the number wins"),
        pytest.param(0xEEB00B42, 0, 0, 2.5, 2.5, id="vmov"),
        pytest.param(0xEEB70B00, 0, 0, 0, 1.0, id="vmov #1.0"),
        pytest.param(0xEEB90B0E, 0, 0, 0, -7.5, id="vmov #-7.5"),
        pytest.param(0xEEB40B00, 0, 0, 0, 0.125, id="vmov #0.125"),
        pytest.param(0xEEB00BC2, 0, 0, -2.5, 2.5, id="vabs"),
        pytest.param(0xEEB10B42, 0, 0, 2.5, -2.5, id="vneg"),
        pytest.param(0xEEB10BC2, 0, 0, 6.25, 2.5, id="vsqrt"),
        pytest.param(0xEEB60BC2, 0, 0, -2.5, -2.0, id="vrintz"),
        pytest.param(0xEEB60B42, 0, 0, 3.5, 4.0, id="vrintr"),
        pytest.param(0xEEB70B42, 0, 0, 2.5, 2.0, id="vrintx"),
        pytest.param(0xFEB80B42, 0, 0, -2.5, -3.0, id="vrinta"),
        pytest.param(0xFEB80B42, 0, 0, 0.5 - EPSILON / 4, 0.0, id="vrinta below a tie"),
        pytest.param(0xFEB90B42, 0, 0, 2.5, 2.0, id="vrintn"),
        pytest.param(0xFEBA0B42, 0, 0, 2.1, 3.0, id="vrintp"),
        pytest.param(0xFEBB0B42, 0, 0, -2.1, -3.0, id="vrintm"),
    ],
)
def test_arithmetic(uc: Uc, encoding: int, d0: float, d1: float, d2: float, expected: float) -> None:
    assert step(uc, encoding, d0=d0, d1=d1, d2=d2)
    assert result(uc) == expected
    assert uc.reg_read(UC_ARM_REG_PC) == ADDRESS + 4


def test_high_registers(uc: Uc) -> None:
    assert step(uc, 0xEE3EFB0D, d14=1.0, d13=2.0)  # vadd.f64 d15, d14, d13
    assert result(uc, 15) == 3.0


@pytest.mark.parametrize(
    ("encoding", "word", "expected"),
    [
        pytest.param(0xEEB70AE4, 0xC0200000, -2.5, id="from single"),
        pytest.param(0xEEB80BE4, 0xFFFFFFFE, -2.0, id="from signed"),
        pytest.param(0xEEB80B64, 0xFFFFFFFE, 4294967294.0, id="from unsigned"),
    ],
)
def test_conversions_from_s9(uc: Uc, encoding: int, word: int, expected: float) -> None:
    uc.reg_write(UC_ARM_REG_S0 + 9, word)
    assert step(uc, encoding)
    assert result(uc) == expected


@pytest.mark.parametrize(
    ("encoding", "value", "expected"),
    [
        pytest.param(0xEEF70BC2, 0.1, 0x3DCCCCCD, id="to single"),
        pytest.param(0xEEFD0BC2, -2.7, 0xFFFFFFFE, id="to signed, toward zero"),
        pytest.param(0xEEFD0B42, 2.5, 2, id="to signed, by FPSCR"),
        pytest.param(0xEEFD0BC2, 1e10, 0x7FFFFFFF, id="held at the top"),
        pytest.param(0xEEFC0BC2, 3e9, 3_000_000_000, id="to unsigned"),
        pytest.param(0xEEFC0BC2, -1.0, 0, id="held at the bottom"),
        pytest.param(0xEEFC0BC2, NAN, 0, id="NaN"),
        pytest.param(0xFEFC0BC2, 2.5, 3, id="vcvta"),
        pytest.param(0xFEFF0B42, 2.9, 2, id="vcvtm"),
        pytest.param(0xFEFE0BC2, -2.9, 0xFFFFFFFE, id="vcvtp"),
    ],
)
def test_conversions_to_s1(uc: Uc, encoding: int, value: float, expected: int) -> None:
    assert step(uc, encoding, d2=value)
    assert uc.reg_read(UC_ARM_REG_S0 + 1) == expected


@pytest.mark.parametrize(
    ("encoding", "d0", "expected"),
    [
        pytest.param(0xEEBA0BE5, 0xFFFF_FFFF_8000_0001, 0xC08F_FFFF_FFC0_0000, id="vcvt.f64.s32 d0, d0, #21"),
        pytest.param(0xEEBB0BE5, 0x8000_0000, 0x4090_0000_0000_0000, id="vcvt.f64.u32 d0, d0, #21"),
        pytest.param(0xEEBA0B44, 0x1234_8001, 0xC05F_FFC0_0000_0000, id="vcvt.f64.s16, #8"),
        pytest.param(0xEEBE0BE5, 0xBFF8_0000_0000_0000, -3 * 2**20 & (1 << 64) - 1, id="vcvt.s32.f64, #21"),
        pytest.param(0xEEBF0B44, 0x3FF8_0000_0000_0000, 0x180, id="vcvt.u16.f64, #8"),
        pytest.param(0xEEBF0B44, 0x40F0_0000_0000_0000, 0xFFFF, id="vcvt.u16.f64, #8: held at the top"),
    ],
)
def test_fixed_point_in_place(uc: Uc, encoding: int, d0: int, expected: int) -> None:
    """Arm v7-M ARM, A7.7: size less twice imm4 and i is the number of places."""
    uc.reg_write(UC_ARM_REG_D0, d0)
    assert step(uc, encoding)
    assert uc.reg_read(UC_ARM_REG_D0) == expected


@pytest.mark.parametrize(
    ("encoding", "word", "d2", "expected"),
    [
        pytest.param(0xEEF30B42, 0xAAAA_5555, 1.5, 0xAAAA_3E00, id="vcvtb.f16.f64"),
        pytest.param(0xEEF30BC2, 0xAAAA_5555, -2.0, 0xC000_5555, id="vcvtt.f16.f64"),
    ],
)
def test_conversions_to_half_leave_the_other_half(uc: Uc, encoding: int, word: int, d2: float, expected: int) -> None:
    uc.reg_write(UC_ARM_REG_S0 + 1, word)
    assert step(uc, encoding, d2=d2)
    assert uc.reg_read(UC_ARM_REG_S0 + 1) == expected


def test_conversion_from_half(uc: Uc) -> None:
    uc.reg_write(UC_ARM_REG_S0 + 9, 0x3E00_C000)
    assert step(uc, 0xEEB20B64)  # vcvtb.f64.f16 d0, s9
    assert result(uc) == -2.0
    assert step(uc, 0xEEB20BE4)  # vcvtt
    assert result(uc) == 1.5


def test_rounding_and_flags_are_those_of_fpscr(uc: Uc) -> None:
    third = 0x3FD5_5555_5555_5555
    for mode, above in ((0, 0), (1, 1), (2, 0), (3, 0)):
        uc.reg_write(UC_ARM_REG_FPSCR, mode << 22)
        assert step(uc, 0xEE810B02, d1=1.0, d2=3.0)  # vdiv.f64 d0, d1, d2
        assert uc.reg_read(UC_ARM_REG_D0) == third + above
        assert uc.reg_read(UC_ARM_REG_FPSCR) == mode << 22 | 1 << 4  # IXC


def test_the_root_of_a_negative_number_is_the_default_nan(uc: Uc) -> None:
    assert step(uc, 0xEEB10BC2, d2=-4.0)
    assert uc.reg_read(UC_ARM_REG_D0) == 0x7FF8 << 48
    assert uc.reg_read(UC_ARM_REG_FPSCR) == 1  # IOC


@pytest.mark.parametrize(
    ("d1", "d2", "nzcv"), [(1.0, 2.0, 0b1000), (2.0, 2.0, 0b0110), (3.0, 2.0, 0b0010), (NAN, 2.0, 0b0011)]
)
def test_compare_sets_the_flags(uc: Uc, d1: float, d2: float, nzcv: int) -> None:
    assert step(uc, 0xEEB41B42, d1=d1, d2=d2)
    assert uc.reg_read(UC_ARM_REG_FPSCR) >> 28 == nzcv
    assert step(uc, 0xEEB51BC0, d1=d1 - 2.0)  # vcmpe.f64 d1, #0
    assert uc.reg_read(UC_ARM_REG_FPSCR) >> 28 == nzcv


@pytest.mark.parametrize(
    ("encoding", "nzcv", "takes_first"),
    [
        (0xFE010B02, 0b0100, True),  # vseleq
        (0xFE010B02, 0b1000, False),
        (0xFE110B02, 0b0001, True),  # vselvs
        (0xFE210B02, 0b1001, True),  # vselge
        (0xFE210B02, 0b1000, False),
        (0xFE310B02, 0b0000, True),  # vselgt
        (0xFE310B02, 0b0100, False),
    ],
)
def test_select(uc: Uc, encoding: int, nzcv: int, takes_first: bool) -> None:
    uc.reg_write(UC_ARM_REG_XPSR, nzcv << 28 | 1 << 24)
    assert step(uc, encoding, d1=1.0, d2=2.0)
    assert result(uc) == (1.0 if takes_first else 2.0)


@pytest.mark.parametrize(
    "encoding",
    [
        pytest.param(0xEE300A81, id="vadd.f32"),
        pytest.param(0xEC510B12, id="vmov r0, r1, d2"),
        pytest.param(0xED910B00, id="vldr d0"),
        pytest.param(0xEEB60AE0, id="vrintz.f32"),
        pytest.param(0xDE00BF00, id="udf, nop"),
    ],
)
def test_the_rest_is_left_alone(uc: Uc, encoding: int) -> None:
    uc.reg_write(UC_ARM_REG_PC, ADDRESS | 1)
    assert not step(uc, encoding, d0=1.0)
    assert (result(uc), uc.reg_read(UC_ARM_REG_PC)) == (1.0, ADDRESS)
