"""Floating point against the Arm v7-M ARM: tables worked out by hand, and fractions that the host's doubles round."""

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from simtiny.machine.floating_point import (
    AHP,
    DN,
    DOUBLE,
    DZC,
    EQUAL,
    FZ,
    GREATER,
    HALF,
    IDC,
    IOC,
    IXC,
    LESS,
    OFC,
    RMODE_SHIFT,
    SINGLE,
    UFC,
    UNORDERED,
    Arithmetic,
    Rounding,
)

ONE, MINUS, LEAST, MOST = 0x3FF0 << 48, 1 << 63, 1, 0x7FEF_FFFF_FFFF_FFFF
INFINITY, DEFAULT = 0x7FF0 << 48, 0x7FF8 << 48
QUIET, SIGNALLING = 0xFFF8_0000_0000_1234, 0x7FF0_0000_0000_5678
HALF_LEAST_NORMAL = 0x0008_0000_0000_0000  # 2^-1023, a denormal
UP, DOWN, ZERO = (mode << RMODE_SHIFT for mode in (1, 2, 3))


def number(bits: int) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


def bits(value: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


@pytest.mark.parametrize(
    ("operation", "operands", "fpscr", "expected", "flags"),
    [
        # what is invalid gives the default NaN, which is positive
        pytest.param("square_root", (MINUS | ONE,), 0, DEFAULT, IOC, id="root of -1"),
        pytest.param("square_root", (MINUS,), 0, MINUS, 0, id="root of -0"),
        pytest.param("add", (INFINITY, MINUS | INFINITY), 0, DEFAULT, IOC, id="inf - inf"),
        pytest.param("multiply", (MINUS, INFINITY), 0, DEFAULT, IOC, id="0 * inf"),
        pytest.param("divide", (MINUS, 0), 0, DEFAULT, IOC, id="0 / 0"),
        pytest.param("divide", (INFINITY, INFINITY), 0, DEFAULT, IOC, id="inf / inf"),
        pytest.param("divide", (ONE, MINUS), 0, MINUS | INFINITY, DZC, id="1 / -0"),
        pytest.param("divide", (INFINITY, MINUS), 0, MINUS | INFINITY, 0, id="inf / -0"),
        # a NaN keeps sign and payload; the first signalling one wins, made quiet
        pytest.param("add", (QUIET, ONE), 0, QUIET, 0, id="quiet NaN"),
        pytest.param("add", (QUIET, SIGNALLING), 0, SIGNALLING | 1 << 51, IOC, id="signalling behind quiet"),
        pytest.param("add", (QUIET, ONE), DN, DEFAULT, 0, id="default NaN"),
        pytest.param("multiply_add", (QUIET, 0, INFINITY), 0, DEFAULT, IOC, id="NaN + 0 * inf"),
        pytest.param("multiply_add", (SIGNALLING, 0, INFINITY), 0, SIGNALLING | 1 << 51, IOC, id="sNaN + 0 * inf"),
        pytest.param("multiply_add", (ONE, QUIET, INFINITY), 0, QUIET, 0, id="1 + NaN * inf"),
        # an exact zero is negative only when rounding down
        pytest.param("add", (ONE, MINUS | ONE), 0, 0, 0, id="1 - 1"),
        pytest.param("add", (ONE, MINUS | ONE), DOWN, MINUS, 0, id="1 - 1, down"),
        pytest.param("add", (MINUS, MINUS), 0, MINUS, 0, id="-0 + -0"),
        # the ends of the range
        pytest.param("add", (MOST, MOST), 0, INFINITY, OFC | IXC, id="overflow"),
        pytest.param("add", (MOST, MOST), ZERO, MOST, OFC | IXC, id="overflow, to zero"),
        pytest.param("add", (MINUS | MOST, MINUS | MOST), UP, MINUS | MOST, OFC | IXC, id="-overflow, up"),
        pytest.param("multiply", (LEAST, 0x3FE0 << 48), 0, 0, UFC | IXC, id="half of the least: ties to even"),
        pytest.param("multiply", (LEAST, 0x3FE0 << 48), UP, LEAST, UFC | IXC, id="half of the least, up"),
        pytest.param("multiply", (1 << 52, 0x3FE0 << 48), 0, HALF_LEAST_NORMAL, 0, id="an exact denormal"),
        pytest.param("multiply", (1 << 52, 0x3FE0 << 48), FZ, 0, UFC, id="is flushed to zero, inexact or not"),
        pytest.param("add", (HALF_LEAST_NORMAL, 0), FZ, 0, IDC, id="a denormal operand is flushed"),
        pytest.param("divide", (ONE, HALF_LEAST_NORMAL), FZ, INFINITY, IDC | DZC, id="and divides as zero"),
    ],
)
def test_double(operation: str, operands: tuple[int, ...], fpscr: int, expected: int, flags: int) -> None:
    does = Arithmetic(fpscr)
    assert getattr(does, operation)(*operands, DOUBLE) == expected
    assert does.flags == flags


@pytest.mark.parametrize(
    ("one", "other", "signals", "fpscr", "nzcv", "flags"),
    [
        (ONE, MOST, False, 0, LESS, 0),
        (MINUS, 0, True, 0, EQUAL, 0),
        (INFINITY, MINUS | INFINITY, False, 0, GREATER, 0),
        (INFINITY, INFINITY, False, 0, EQUAL, 0),
        (ONE, INFINITY, False, 0, LESS, 0),
        (QUIET, ONE, False, 0, UNORDERED, 0),
        (QUIET, ONE, True, 0, UNORDERED, IOC),
        (ONE, SIGNALLING, False, 0, UNORDERED, IOC),
        (LEAST, 0, False, 0, GREATER, 0),
        (LEAST, 0, False, FZ, EQUAL, IDC),
    ],
)
def test_comparison(one: int, other: int, signals: bool, fpscr: int, nzcv: int, flags: int) -> None:
    does = Arithmetic(fpscr)
    assert (does.compare(one, other, DOUBLE, signals), does.flags) == (nzcv, flags)


@pytest.mark.parametrize(
    ("one", "other", "smaller", "larger", "flags"),
    [
        (0, MINUS, MINUS, 0, 0),
        (MINUS, 0, MINUS, 0, 0),
        (QUIET, ONE, ONE, ONE, 0),
        (ONE, QUIET, ONE, ONE, 0),
        (QUIET, QUIET, QUIET, QUIET, 0),
        (SIGNALLING, ONE, SIGNALLING | 1 << 51, SIGNALLING | 1 << 51, IOC),
        (MINUS | ONE, ONE, MINUS | ONE, ONE, 0),
    ],
)
def test_extremes(one: int, other: int, smaller: int, larger: int, flags: int) -> None:
    for expected, least in ((smaller, True), (larger, False)):
        does = Arithmetic(0)
        assert (does.extreme(one, other, DOUBLE, least), does.flags) == (expected, flags)


@pytest.mark.parametrize(
    ("value", "size", "places", "signed", "rounding", "expected", "flags"),
    [
        (2.5, 32, 0, True, Rounding.NEAREST, 2, IXC),
        (2.5, 32, 0, True, Rounding.TIES_AWAY, 3, IXC),
        (-2.5, 32, 0, True, Rounding.DOWN, -3, IXC),
        (-2.5, 32, 0, True, Rounding.UP, -2, IXC),
        (-0.75, 16, 8, True, Rounding.TO_ZERO, -192, 0),
        (127.999, 16, 8, True, Rounding.TO_ZERO, 32767, IXC),
        (128.0, 16, 8, True, Rounding.TO_ZERO, 32767, IOC),
        (-1.0, 32, 0, False, Rounding.TO_ZERO, 0, IOC),
        (-0.5, 32, 0, False, Rounding.TO_ZERO, 0, IXC),
        (1e300, 32, 31, True, Rounding.TO_ZERO, 0x7FFF_FFFF, IOC),
        (-math.inf, 32, 0, True, Rounding.TO_ZERO, -0x8000_0000, IOC),
        (math.nan, 32, 0, True, Rounding.TO_ZERO, 0, IOC),
    ],
)
def test_to_fixed_point(
    value: float, size: int, places: int, signed: bool, rounding: Rounding, expected: int, flags: int
) -> None:
    does = Arithmetic(0)
    assert does.to_fixed(bits(value), DOUBLE, size, places, signed, rounding) == expected
    assert does.flags == flags


@pytest.mark.parametrize(
    ("half", "single"),
    [(0x3C00, 0x3F80_0000), (0x0001, 0x3380_0000), (0xFBFF, 0xC77F_E000), (0x7C00, 0x7F80_0000), (0x7D00, 0x7FE0_0000)],
)
def test_half_precision(half: int, single: int) -> None:
    """One, the least, the most negative, infinity, a signalling NaN whose payload moves up by 13 bits."""
    assert Arithmetic(0).convert(half, HALF, SINGLE) == single


def test_alternative_half_precision() -> None:
    """No infinities, no NaNs: 0x7FFF is 131008 = 1.1111111111b * 2^16."""
    does = Arithmetic(AHP)
    assert does.convert(0x7FFF, HALF, DOUBLE) == bits(131008.0)
    assert does.convert(bits(131008.0), DOUBLE, HALF) == 0x7FFF
    assert does.flags == 0
    for value in (131072.0, math.inf):
        does = Arithmetic(AHP)
        assert (does.convert(bits(-value), DOUBLE, HALF), does.flags) == (0xFFFF, IOC)
    does = Arithmetic(AHP)
    assert (does.convert(QUIET, DOUBLE, HALF), does.flags) == (0x8000, IOC)


# --- Against fractions ----------------------------------------------------------------------------------------------

LARGEST, SMALLEST_NORMAL = Fraction(number(MOST)), Fraction(2) ** -1022


def rounded(exact: Fraction, mode: Rounding) -> tuple[float, int]:
    """The double that `exact`, not 0, is rounded to by the host, and the flags."""
    if abs(exact) > LARGEST:
        tie = LARGEST + Fraction(2) ** 970
        to_infinity = abs(exact) >= tie if mode is Rounding.NEAREST else mode is (Rounding.UP, Rounding.DOWN)[exact < 0]
        overflows = to_infinity or abs(exact) >= Fraction(2) ** 1024
        size = math.inf if to_infinity else float(LARGEST)
        return -size if exact < 0 else size, IXC | (OFC if overflows else 0)
    value = float(exact)  # to nearest, ties to even
    if Fraction(value) != exact:
        low = value if Fraction(value) < exact else math.nextafter(value, -math.inf)
        high = math.nextafter(low, math.inf)
        inward = high if exact < 0 else low
        value = {Rounding.UP: high, Rounding.DOWN: low, Rounding.TO_ZERO: inward}.get(mode, value)
        flags = IXC | (UFC if abs(exact) < SMALLEST_NORMAL else 0)
        return (math.copysign(value, exact) if value == 0 else value), flags
    return value, 0


finite = st.floats(allow_nan=False, allow_infinity=False) | st.floats(-4, 4) | st.integers(-9, 9).map(float)
modes = st.sampled_from([Rounding.NEAREST, Rounding.UP, Rounding.DOWN, Rounding.TO_ZERO])


@given(st.sampled_from(["add", "subtract", "multiply", "divide"]), finite, finite, modes)
@example("add", number(MOST), 2.0**969, Rounding.UP)
@settings(max_examples=100, deadline=None)
def test_two_operands_against_fractions(operation: str, one: float, other: float, mode: Rounding) -> None:
    assume(operation != "divide" or other != 0)
    a, b = Fraction(one), Fraction(other)
    exact = (
        a + b
        if operation == "add"
        else a - b
        if operation == "subtract"
        else a * b
        if operation == "multiply"
        else a / b
    )
    assume(exact != 0)
    does = Arithmetic(mode << RMODE_SHIFT)
    found = number(getattr(does, operation)(bits(one), bits(other), DOUBLE))
    assert (found, does.flags) == rounded(exact, mode)


@given(finite, finite, finite, modes)
@settings(max_examples=100, deadline=None)
def test_multiply_add_against_fractions(addend: float, one: float, other: float, mode: Rounding) -> None:
    exact = Fraction(addend) + Fraction(one) * Fraction(other)
    assume(exact != 0)
    does = Arithmetic(mode << RMODE_SHIFT)
    found = number(does.multiply_add(bits(addend), bits(one), bits(other), DOUBLE))
    assert (found, does.flags) == rounded(exact, mode)


@given(st.floats(min_value=5e-324, allow_infinity=False), modes)
@settings(max_examples=100, deadline=None)
def test_square_root_against_fractions(value: float, mode: Rounding) -> None:
    """Its square tells on which side of the exact root a double lies."""
    does, exact = Arithmetic(mode << RMODE_SHIFT), Fraction(value)
    found = number(does.square_root(bits(value), DOUBLE))
    below, above = math.nextafter(found, 0.0), math.nextafter(found, math.inf)
    assert (does.flags == 0) == (Fraction(found) ** 2 == exact)
    if mode is Rounding.NEAREST:
        assert found == math.sqrt(value)
    elif mode is Rounding.UP:
        assert Fraction(below) ** 2 < exact <= Fraction(found) ** 2
    else:
        assert Fraction(found) ** 2 <= exact < Fraction(above) ** 2


@given(finite, st.sampled_from([16, 32]), st.integers(0, 32), st.booleans(), modes)
@settings(max_examples=100, deadline=None)
def test_fixed_point_against_fractions(value: float, size: int, places: int, signed: bool, mode: Rounding) -> None:
    exact = Fraction(value) * 2**places
    whole = {Rounding.UP: math.ceil, Rounding.DOWN: math.floor, Rounding.TO_ZERO: math.trunc}.get(mode, round)(exact)
    low, high = (-(1 << size - 1), (1 << size - 1) - 1) if signed else (0, (1 << size) - 1)
    does = Arithmetic(0)
    found = does.to_fixed(bits(value), DOUBLE, size, places, signed, mode)
    assert found == min(max(whole, low), high)
    assert does.flags == (IOC if found != whole else IXC if whole != exact else 0)


@given(st.integers(-(1 << 31), (1 << 32) - 1), st.integers(0, 32))
@settings(max_examples=100, deadline=None)
def test_from_fixed_point_against_the_hosts_singles(value: int, places: int) -> None:
    """A whole number of 32 bits is exact as a double, and so is the division: struct rounds to nearest."""
    does = Arithmetic(DOWN)
    found = does.from_fixed(value, SINGLE, places, Rounding.NEAREST)
    assert found == struct.unpack("<I", struct.pack("<f", value / 2**places))[0]
    assert (does.flags == 0) == (Fraction(struct.unpack("<f", struct.pack("<I", found))[0]) * 2**places == value)
