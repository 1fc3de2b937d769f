"""Where Cortex-M3 differs from Cortex-M4: its multiplier, and what it lacks."""

import pytest

from simtiny.errors import Unpriced
from simtiny.isa.decode import decode
from simtiny.timing.cortex_m3 import CORTEX_M3
from simtiny.timing.cortex_m4 import CortexM4


@pytest.mark.parametrize(
    ("code", "shortest", "longest"),
    [
        ("01fb 02f0", 1, 1),  # mul r0, r1, r2
        ("01fb 0230", 2, 2),  # mla r0, r1, r2, r3
        ("01fb 1230", 2, 2),  # mls r0, r1, r2, r3
        ("82fb 0301", 3, 5),  # smull r0, r1, r2, r3
        ("c2fb 0301", 4, 7),  # smlal r0, r1, r2, r3
        ("00f3 8700", 1, 1),  # ssat r0, #8, r0, lsl #2
        ("8842", 1, 1),  # cmp r0, r1
        ("4868", 2, 2),  # ldr r0, [r1, #4]
    ],
)
def test_cycles_lie_within_those_of_the_manual(code, shortest, longest):
    """Cortex-M3 TRM DDI0337, table 3-1."""
    cycles = sum(CORTEX_M3.price(decode(bytes.fromhex(code), 0x0800_0000), None, False))
    assert shortest <= cycles <= longest


@pytest.mark.parametrize(
    "code",
    [
        "21fb 0230",  # smlad r0, r1, r2, r3
        "c2fb c301",  # smlald r0, r1, r2, r3
        "21fa 82f0",  # sxtab16 r0, r1, r2
        "c1ea 0200",  # pkhbt r0, r1, r2
        "a1f3 0800",  # usat16 r0, #8, r1
        "30ee 810a",  # vadd.f32 s0, s1, s2
    ],
)
def test_dsp_and_fpu_instructions_are_not_priced(code):
    block = decode(bytes.fromhex(code), 0x0800_0000)
    assert sum(CortexM4().price(block, None, False)) >= 1
    with pytest.raises(Unpriced, match=r"0x08000000 .* on Cortex-M3$"):
        CORTEX_M3.price(block, None, False)
