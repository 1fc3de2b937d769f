"""What tests/programs can't show of Cortex-M0+ and M0: what they lack, and where the two differ."""

import pytest

from simtiny.errors import Unpriced
from simtiny.isa.decode import decode
from simtiny.isa.instruction import Instruction
from simtiny.timing.cortex_m0plus import CORTEX_M0, CORTEX_M0PLUS

NOP = "00bf"


def block(*codes: str, address: int = 0x0800_0000) -> tuple[Instruction, ...]:
    return decode(bytes.fromhex("".join(codes).replace(" ", "")), address)


@pytest.mark.parametrize(
    "code",
    [
        "01fb 02f0",  # mul.w r0, r1, r2
        "4ff0 0100",  # mov.w r0, #1
        "91fb f2f0",  # sdiv r0, r1, r2
        "d1f8 0400",  # ldr.w r0, [r1, #4]
        "08b1",  # cbz r0, .+6
        "08bf",  # it eq
        "ffb7",  # no instruction
    ],
)
@pytest.mark.parametrize(("core", "name"), [(CORTEX_M0, "Cortex-M0"), (CORTEX_M0PLUS, r"Cortex-M0\+")])
def test_what_armv6_m_lacks_is_not_priced(code, core, name):
    with pytest.raises(Unpriced, match=f"0x08000002 .* on {name}$"):
        core.price(block(NOP, code), None, False)


@pytest.mark.parametrize(
    ("code", "m0", "m0plus"),
    [
        ("fee7", 3, 2),  # b .
        ("7047", 3, 2),  # bx lr
        ("9047", 3, 2),  # blx r2
        ("9746", 3, 2),  # mov pc, r2
        ("fff7 feff", 4, 3),  # bl .
        ("00bd", 5, 4),  # pop {pc}: 4 + 1, 3 + 1
        ("10bd", 6, 5),  # pop {r4, pc}: 4 + 2, 3 + 2
    ],
)
def test_taken_branches(code, m0, m0plus):
    """Cortex-M0 TRM DDI0432C and Cortex-M0+ TRM DDI0484C, tables 3.1; the NOP at the target takes one more."""
    branch, target = block(code), block(NOP, address=0x0800_0100)
    for core, cycles in ((CORTEX_M0, m0), (CORTEX_M0PLUS, m0plus)):
        assert sum(core.price(branch, None, False)) + sum(core.price(target, branch, True)) == cycles + 1


@pytest.mark.parametrize(
    ("code", "m0", "m0plus"),
    [
        ("00d0", 1, 1),  # beq, not taken
        ("4843", 1, 1),  # muls r0, r1
        ("4868", 2, 2),  # ldr r0, [r1, #4]
        ("0248", 2, 2),  # ldr r0, [pc, #8]
        ("4860", 2, 2),  # str r0, [r1, #4]
        ("f0b5", 6, 6),  # push {r4, r5, r6, r7, lr}
        ("0fc9", 5, 5),  # ldm r1!, {r0, r1, r2, r3}, as far as the count goes
        ("eff3 1080", 4, 3),  # mrs r0, primask
        ("bff3 4f8f", 4, 3),  # dsb
        ("bff3 6f8f", 4, 3),  # isb
        ("72b6", 1, 1),  # cpsid i
        ("30bf", 2, 2),  # wfi
    ],
)
def test_single_instructions(code, m0, m0plus):
    """The same tables."""
    assert (sum(CORTEX_M0.price(block(code), None, False)), sum(CORTEX_M0PLUS.price(block(code), None, False))) == (
        m0,
        m0plus,
    )
