"""What Unicorn gets wrong comes out right: by the Arm v7-M ARM, worked out by hand."""

import pytest

from tests.machine.programs.loader import results, run

IXC = 1 << 4


@pytest.mark.parametrize("operands", [True, False])
def test_conversions_from_fixed_point_round_to_nearest(operands: bool) -> None:
    """0x01000003 lies between 0x01000002 and 0x01000004: the tie goes to 0x01000004 = 2^24 (1 + 2^-22).

    With 12 places the exponent is 12: 0x45800002. 0xFFFFFFC0 is nearer to 2^32 than to 2^32 - 256: 2^24 with 8 places,
    0x4B800000. -0x01000001 is whole: it goes to -2^24 = 0xCB800000, but down to -0x01000002 = 0xCB800001.
    """
    found = results(run("floating_point", "convert", operands=operands), 16)
    for rounding in range(4):
        whole = 0xCB80_0001 if rounding == 2 else 0xCB80_0000
        assert found[4 * rounding : 4 * rounding + 4] == [0x4580_0002, 0x4B80_0000, whole, rounding << 22 | IXC]


def test_control_has_no_bit_of_the_security_extension() -> None:
    """FPCA, bit 2, comes with the first floating-point instruction; writing it again leaves FPSCR as it is."""
    assert results(run("floating_point", "control"), 4) == [0, 4, 3 << 22, 4]
