"""What tests/programs leaves open of the Cortex-M33 model."""

import pytest

from simtiny.errors import Unpriced
from simtiny.isa.decode import decode
from simtiny.timing.cortex_m33 import CortexM33
from simtiny.timing.effects import Effect
from tests.isa.test_decode import CASES

CORE = CortexM33()
ADDRESS = 0x0800_0100
NOP, WIDE_NOP = bytes.fromhex("00bf"), bytes.fromhex("aff30080")
ADDS, CMP, BNE, BX_LR = (bytes.fromhex(code) for code in ("0130", "0028", "fed1", "7047"))


def cycles(code: bytes, before: bytes | None = None, taken: bool = False) -> int:
    context = None if before is None else decode(before, ADDRESS - len(before))
    return sum(CORE.price(decode(code, ADDRESS), context, taken))


@pytest.mark.parametrize("code", [case.code for case in CASES if ".f64" not in case.assembly])
def test_every_instruction_of_the_decoder_has_a_price(code: str) -> None:
    cost = CORE.price(decode(bytes.fromhex(code), ADDRESS), None, False)
    assert sum(cost) >= 1
    assert min(cost) >= 0


@pytest.mark.parametrize("code", ["ffff", "31ee020b"])  # nothing; vadd.f64 d0, d1, d2
def test_what_the_core_does_not_have_has_no_price(code: str) -> None:
    with pytest.raises(Unpriced, match="0x08000100"):
        CORE.price(decode(bytes.fromhex(code), ADDRESS), None, False)


def test_refill_depends_on_how_early_the_flags_were_there() -> None:
    """[J], section on branching: 2 cycles taken with the flags set beside the branch, else 1 beside it or 1 + 1."""
    assert cycles(WIDE_NOP, CMP + BNE, taken=True) == 1 + 2
    assert cycles(WIDE_NOP, CMP + ADDS + WIDE_NOP + BNE, taken=True) == 1 + 1
    assert cycles(WIDE_NOP, CMP + BNE, taken=False) == 1


def test_a_branch_does_not_pair_across_another() -> None:
    assert cycles(ADDS + BX_LR) == 1
    assert cycles(BX_LR, CMP + BNE) == 1


def test_a_narrow_nop_pairs_only_with_the_instruction_before() -> None:
    assert [cycles(code) for code in (NOP, ADDS + NOP, ADDS + NOP + NOP, WIDE_NOP + NOP)] == [1, 1, 2, 2]


def test_fetching_goes_on_across_a_branch_that_is_not_taken() -> None:
    """Seven wide instructions a cycle each, wherever the block ends that they are in."""
    assert cycles(WIDE_NOP * 3, WIDE_NOP * 4) == 3
    assert CORE.price(decode(WIDE_NOP * 3, ADDRESS), decode(WIDE_NOP * 4, ADDRESS - 16), False)[Effect.FETCH] == 0


@pytest.mark.parametrize(("base", "expected"), [(0x0800_0100, 0), (0x2000_0100, 1)])
def test_code_in_ram_waits_for_the_bus_that_data_in_ram_takes(base: int, expected: int) -> None:
    """A word a cycle comes over S-AHB, as over C-AHB in m33_code_bus.s: a store takes the cycle of the third one."""
    store = bytes.fromhex("c1f80000")  # str.w r0, [r1]
    cost = CORE.price(decode(store + 3 * WIDE_NOP, base), None, False)
    assert cost[Effect.FETCH] == expected
