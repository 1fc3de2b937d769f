"""Properties of the Cortex-M4 price of a block. The rules themselves: tests/programs."""

from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtiny.errors import Unpriced
from simtiny.estimate import without
from simtiny.isa.decode import decode
from simtiny.isa.instruction import Instruction, Kind
from simtiny.timing.core import OperandTiming
from simtiny.timing.cortex_m4 import CortexM4
from simtiny.timing.effects import Effect
from tests.isa.test_decode import CASES

CORE = CortexM4()
# Rules that add cycles. Left out: what saves some (pipelining, folding) and what is no count of a block's cycles.
ADDING = {field.name for field in (*fields(CORE), *fields(OperandTiming))} - {
    "name",
    "extensions",
    "load_pipelined",
    "indexed_pipelined",
    "if_then",
    "fetch_ahead",
    "queue_words",
    "operands",
    "evidence",
}
STRAIGHT = [bytes.fromhex(case.code) for case in CASES if "writes_pc" not in case.marks]
ANY = [bytes.fromhex(case.code) for case in CASES]

Block = tuple[Instruction, ...]


def block(codes: list[bytes], address: int = 0x0800_0000) -> Block:
    return decode(b"".join(codes), address)


straight_codes = st.lists(st.sampled_from(STRAIGHT), min_size=1, max_size=20)
addresses = st.sampled_from((0x0800_0000, 0x0800_0002))
straight_blocks = st.builds(block, straight_codes, addresses)
blocks = st.builds(lambda codes, last, at: block([*codes, last], at), straight_codes, st.sampled_from(ANY), addresses)


@settings(deadline=None)
@given(blocks, st.one_of(st.none(), blocks))
def test_a_block_costs_a_cycle_or_more_unless_all_of_it_is_folded(now: Block, before: Block | None) -> None:
    cost = CORE.price(now, before, taken=before is not None)
    assert cost[Effect.ISSUE] >= len(now) - sum(instruction.kind is Kind.IT for instruction in now)
    assert all(cycles >= 0 for effect, cycles in enumerate(cost) if effect != Effect.MEMORY)
    assert sum(cost) >= cost[Effect.ISSUE]


@settings(deadline=None)
@given(straight_blocks.filter(lambda now: len(now) > 1), st.data())
def test_a_block_split_in_two_costs_the_same(now: Block, data: st.DataObject) -> None:
    """Exactly: the second part is priced with the first one as its context, fetch buffer included."""
    at = data.draw(st.integers(1, len(now) - 1))
    first, second = CORE.price(now[:at], None, False), CORE.price(now[at:], now[:at], False)
    assert tuple(a + b for a, b in zip(first, second, strict=True)) == CORE.price(now, None, False)


@settings(deadline=None)
@given(straight_blocks.filter(lambda now: len(now) > 2), st.data())
def test_a_block_split_in_three_differs_by_a_fetch_stall_at_most(now: Block, data: st.DataObject) -> None:
    """The context reaches back by one block. Of what happened before it, only the fetch buffer's filling is lost."""
    at = data.draw(st.integers(1, len(now) - 2))
    then = data.draw(st.integers(at + 1, len(now) - 1))
    parts = (now[:at], None), (now[at:then], now[:at]), (now[then:], now[at:then])
    total = [sum(cycles) for cycles in zip(*(CORE.price(part, before, False) for part, before in parts), strict=True)]
    whole = CORE.price(now, None, False)
    difference = [a - b for a, b in zip(total, whole, strict=True)]
    assert all(cycles == 0 for effect, cycles in enumerate(difference) if effect != Effect.FETCH)
    assert abs(difference[Effect.FETCH]) <= 1


@pytest.mark.parametrize("rule", sorted(ADDING))
@settings(deadline=None)
@given(now=blocks, before=st.one_of(st.none(), blocks))
def test_a_rule_switched_off_never_adds_cycles(rule: str, now: Block, before: Block | None) -> None:
    taken = before is not None
    assert sum(without(CORE, rule).price(now, before, taken)) <= sum(CORE.price(now, before, taken))


def test_a_moved_base_does_not_keep_loads_apart_unless_its_rule_is_off() -> None:
    """Two LDR of two cycles, of which the second saves one: on a constant base always, on a moved one by the rule."""
    indexed = block([bytes.fromhex("52f8040b"), bytes.fromhex("52f8041b")])  # ldr r0, [r2], #4; ldr r1, [r2], #4
    plain = block([bytes.fromhex("d2f80000"), bytes.fromhex("d2f80410")])  # ldr.w r0, [r2]; ldr.w r1, [r2, #4]
    against = without(CORE, "indexed_pipelined")
    assert [core.price(plain, None, False)[Effect.MEMORY] for core in (CORE, against)] == [1, 1]
    assert [core.price(indexed, None, False)[Effect.MEMORY] for core in (CORE, against)] == [1, 2]


def test_an_unknown_instruction_is_not_priced() -> None:
    with pytest.raises(Unpriced, match=r"0x08000002 .*0xb7ff.* on Cortex-M4"):
        CORE.price(block([bytes.fromhex("00bf"), bytes.fromhex("ffb7")]), None, False)
