"""Where arguments go, worked out by hand from AAPCS32, 6.5."""

import ctypes

import numpy as np
import pytest

from simtiny.calls import aapcs
from simtiny.calls.aapcs import argument, lay_out
from simtiny.errors import BadInput

ONE, TWO = 0x3F80_0000, 0x4000_0000  # 1.0 and 2.0 as floats


class Pair(ctypes.Structure):
    _fields_ = [("x", ctypes.c_float), ("y", ctypes.c_float)]


class Words(ctypes.Structure):
    _fields_ = [("words", ctypes.c_uint32 * 3)]


def laid_out(*values, hard_float=True, result_at=None):  # type: ignore[no-untyped-def]
    return lay_out([argument(value, "it") for value in values], hard_float=hard_float, result_at=result_at)


def test_integers_go_to_r0_to_r3_and_then_to_the_stack() -> None:
    found = laid_out(1, -2, 3, 4, 5)
    assert found.core == (1, 0xFFFF_FFFE, 3, 4)
    assert found.stack == bytes([5, 0, 0, 0, 0, 0, 0, 0])


def test_64_bits_begin_at_an_even_register() -> None:
    assert laid_out(7, ctypes.c_int64(-2)).core == (7, 0, 0xFFFF_FFFE, 0xFFFF_FFFF)


def test_64_bits_that_do_not_fit_go_to_the_stack_and_close_the_registers() -> None:
    found = laid_out(1, 2, 3, np.uint64(1 << 40), 9)
    assert found.core == (1, 2, 3, 0)
    assert found.stack == bytes([0, 0, 0, 0, 0, 1, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0])


def test_a_double_leaves_a_gap_that_the_next_float_fills() -> None:
    found = laid_out(np.float32(1), np.float64(2), np.float32(2))
    assert found.floats == {0: ONE, 2: 0, 3: 0x4000_0000, 1: TWO}
    assert found.core == ()


def test_without_fpu_registers_floats_are_words() -> None:
    assert laid_out(np.float32(1), np.float64(2), hard_float=False).core == (ONE, 0, 0, 0x4000_0000)


def test_the_seventeenth_float_is_on_the_stack() -> None:
    found = laid_out(*[np.float32(1)] * 16, np.float32(2))
    assert len(found.floats) == 16 and found.stack[:4] == TWO.to_bytes(4, "little")


def test_a_struct_of_floats_alone_goes_to_fpu_registers() -> None:
    assert laid_out(5, Pair(1, 2)).floats == {0: ONE, 1: TWO}
    assert laid_out(5, Pair(1, 2), hard_float=False).core == (5, ONE, TWO)


def test_a_struct_is_split_between_registers_and_stack() -> None:
    found = laid_out(1, 2, Words((10, 11, 12)))
    assert found.core == (1, 2, 10, 11)
    assert found.stack[:4] == bytes([12, 0, 0, 0])


def test_a_struct_comes_back_by_an_address_in_r0() -> None:
    assert aapcs.in_memory(Words, hard_float=True) and not aapcs.in_memory(Pair, hard_float=True)
    assert aapcs.in_memory(Pair, hard_float=False)
    assert laid_out(3, result_at=0x2000_0000).core == (0x2000_0000, 3)


@pytest.mark.parametrize(
    ("kind", "core", "value"),
    [
        ("int", (0xFFFF_FFFF, 0), -1), ("uint32_t", (0xFFFF_FFFF, 0), 0xFFFF_FFFF), ("int8_t", (0x1FF, 0), -1),
        ("int64_t", (1, 0x8000_0000), 1 - (1 << 63)), ("bool", (1, 0), True), ("void", (1, 0), None),
        ("const char *", (0x2000_0000, 0), 0x2000_0000), ("float", (TWO, 0), 2.0), ("double", (0, 0x4000_0000), 2.0),
    ],
)  # fmt: skip
def test_results(kind: str, core: tuple[int, int], value: object) -> None:
    found = aapcs.result(aapcs.c_type(kind), core, (0, 0), b"", hard_float=False)
    assert found == value and type(found) is type(value)


def test_a_float_comes_back_in_s0() -> None:
    assert aapcs.result(ctypes.c_float, (0, 0), (TWO, 0), b"", hard_float=True) == 2.0
    pair = aapcs.result(Pair, (0, 0), (ONE, TWO), b"", hard_float=True)
    assert (pair.x, pair.y) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("value", "declared", "message"),
    [
        (1.5, None, "it: 1.5 may be a float or a double: give numpy.float32"),
        (1.5, ctypes.c_int32, "it: 1.5 is no int32_t"),
        (300, ctypes.c_uint8, "it: 300 does not fit uint8_t, which is from 0 to 255"),
        (1 << 64, None, "has more than 64 bits"),
        (np.float16(1), None, "it: float16 is no type of C's"),
        ([1], None, "it: list is neither a number, a buffer nor a struct"),
        (1j, None, "it: complex is neither"),
    ],
)
def test_what_is_no_argument(value: object, declared: type | None, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        argument(value, "it", declared)


def test_a_type_that_is_not_known() -> None:
    with pytest.raises(BadInput, match=r"unknown type 'flaot' \(did you mean float\?\)"):
        aapcs.c_type("flaot")
    with pytest.raises(BadInput, match="`returns`: expected a type's name"):
        aapcs.checked_type(int)
