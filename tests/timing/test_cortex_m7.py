"""Cycles of the Cortex-M7 model, worked out by hand from what was measured on an STM32H743.

[J] is doc/cortex_m7.md of jnk0le/random, "pipeline cycle test", at 3dfc2ab, by its sections; [L] and [LM] are LLVM's
scheduling model and its latency mutations. Each block starts on an empty pipeline and an address divisible by eight.
Its cycles run from the first instruction's issue to the cycle in which the next one could issue alone.
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtiny.errors import Unpriced
from simtiny.isa.decode import decode
from simtiny.isa.instruction import Instruction
from simtiny.timing.cortex_m7 import CortexM7
from simtiny.timing.effects import Effect
from tests.isa.test_decode import CASES

CORE = CortexM7()
ADDRESS = 0x0800_0100

# Which two instructions pair, what the early ALU gives to the late one [J: overall, bitfield, operand2]; SSAT [L].
# assembly | code | cycles
PAIRING = """
nop.w; nop.w | aff3 0080 aff3 0080 | 1
nop.w; nop.w; nop.w | aff3 0080 aff3 0080 aff3 0080 | 2
nop; nop; nop; nop | 00bf 00bf 00bf 00bf | 2
add.w r0, r1, r2; eor.w r3, r4, r5 | 01eb 0200 84ea 0503 | 1
add.w r0, r1, r2; add.w r3, r0, r4 | 01eb 0200 00eb 0403 | 1
eor.w r0, r1, r2; add.w r3, r0, r4 | 81ea 0200 00eb 0403 | 2
movw r0, #1; movt r0, #2 | 40f2 0100 c0f2 0200 | 1
add.w r0, r0, r2; eor.w r6, r0, r6, ror #22 | 00eb 0200 80ea b656 | 1
add.w r0, r0, r2; eor.w r6, r6, r0, ror #22 | 00eb 0200 86ea b056 | 2
eor.w r0, r0, r2; nop.w; eor.w r6, r6, r0, ror #22 | 80ea 0200 aff3 0080 86ea b056 | 3
eor.w r0, r1, r2, lsl #3; eor.w r3, r4, r5, lsl #3 | 81ea c200 84ea c503 | 2
eor.w r0, r1, #0x1fc0; eor.w r3, r4, r5, lsl #3 | 81f4 fe50 84ea c503 | 2
eor.w r0, r1, #0x1b1b1b1b; eor.w r3, r4, r5, lsl #3 | 81f0 1b30 84ea c503 | 1
eor.w r0, r1, r2, lsl #3; lsr.w r3, r4, #12 | 81ea c200 4fea 1433 | 1
lsr.w r3, r4, #12; eor.w r0, r1, r2, lsl #3 | 4fea 1433 81ea c200 | 2
uxtb.w r0, r1; uxtb.w r2, r3 | 5ffa 81f0 5ffa 83f2 | 2
ssat r0, #8, r1; add.w r2, r0, r3 | 01f3 0700 00eb 0302 | 3
uxtb.w r0, r1; add.w r2, r3, r4 | 5ffa 81f0 03eb 0402 | 1
add.w r2, r3, r4; uxtb.w r0, r1 | 03eb 0402 5ffa 81f0 | 2
ubfx r0, r1, #3, #4; eor.w r3, r4, r5, lsl #3 | c1f3 c300 84ea c503 | 2
uxtb.w r0, r1; ldr.w r2, [r0] | 5ffa 81f0 d0f8 0020 | 3
eor.w r0, r1, r2; nop.w; ubfx r3, r0, #3, #4 | 81ea 0200 aff3 0080 c0f3 c303 | 3
rev.w r0, r1; eor.w r2, r3, r0 | 91fa 81f0 83ea 0002 | 1
rev.w r0, r1; nop.w; ldr.w r2, [r0] | 91fa 81f0 aff3 0080 d0f8 0020 | 3
"""
# [J: multiplication, MAC]; multiply to address [LM].
# assembly | code | cycles
MULTIPLIES = """
mul r0, r1, r2; mul r3, r4, r5 | 01fb 02f0 04fb 05f3 | 2
mul r0, r1, r2; str.w r3, [r4] | 01fb 02f0 c4f8 0030 | 2
mul r0, r1, r2; ldr.w r3, [r4] | 01fb 02f0 d4f8 0030 | 1
smlabb r0, r1, r2, r0; eor.w r3, r4, r5, lsl #3 | 11fb 0200 84ea c503 | 1
smlad r0, r1, r2, r0; smlad r0, r3, r4, r0; smlad r0, r5, r6, r0 | 21fb 0200 23fb 0400 25fb 0600 | 3
mul r0, r1, r2; add.w r3, r0, r4 | 01fb 02f0 00eb 0403 | 3
eor.w r0, r1, r2; mla r3, r4, r5, r0 | 81ea 0200 04fb 0503 | 1
mul r0, r1, r2; mul r3, r0, r4 | 01fb 02f0 00fb 04f3 | 3
mul r0, r1, r2; ldr.w r3, [r0] | 01fb 02f0 d0f8 0030 | 5
"""
# [J: loads, stores, load/store pair/multiple]; index registers [LM].
# assembly | code | cycles
MEMORY = """
ldr.w r0, [r1]; add.w r2, r0, r3 | d1f8 0000 00eb 0302 | 2
ldrb.w r0, [r1]; add.w r2, r0, r3 | 91f8 0000 00eb 0302 | 3
ldr.w r0, [r1]; mul r2, r0, r3 | d1f8 0000 00fb 03f2 | 3
ldr.w r0, [r1]; eor.w r2, r3, r0, lsl #3 | d1f8 0000 83ea c002 | 3
ldr.w r0, [r1]; eor.w r2, r0, r3, lsl #3 | d1f8 0000 80ea c302 | 3
ldr.w r0, [r1]; ldr.w r2, [r0] | d1f8 0000 d0f8 0020 | 3
ldr.w r0, [r1]; ldr.w r2, [r3, r0] | d1f8 0000 53f8 0020 | 4
ldrb.w r0, [r1]; mla r2, r3, r4, r0 | 91f8 0000 03fb 0402 | 2
ldr.w r0, [r1]; ldr.w r2, [r1, #4] | d1f8 0000 d1f8 0420 | 1
ldr.w r0, [r1]; ldr.w r2, [r1, #8] | d1f8 0000 d1f8 0820 | 2
ldr.w r0, [r1]; ldr.w r2, [r3] | d1f8 0000 d3f8 0020 | 2
ldr.w r0, [r1], #4; ldr.w r2, [r1], #4 | 51f8 040b 51f8 042b | 2
ldr.w r0, [r1], #4; eor.w r2, r1, r3 | 51f8 040b 81ea 0302 | 1
ldrh.w r0, [r1]; strh.w r0, [r2] | b1f8 0000 a2f8 0000 | 1
str.w r0, [r1]; str.w r2, [r3] | c1f8 0000 c3f8 0020 | 2
str.w r0, [r1]; ldr.w r2, [r3] | c1f8 0000 d3f8 0020 | 1
ldrd r0, r1, [r2]; nop.w | d2e9 0001 aff3 0080 | 2
push {r4, r5, r6, r7, lr} | f0b5 | 3
ldm.w r0, {r1, r2, r3, r4}; nop.w; nop.w | 90e8 1e00 aff3 0080 aff3 0080 | 3
stm.w r0, {r1, r2, r3}; nop.w; nop.w | 80e8 0e00 aff3 0080 aff3 0080 | 3
"""
# [J: branching, predication]; results of an IT block [LM]; TBB, MRS [L]. Assumed: the shortest divide; an ISB is as
# long as a mispredicted branch.
# assembly | code | cycles
CONTROL = """
subs.w r0, r0, #1; bne.w .-4 | b0f1 0100 7ff4 fcaf | 1
cmp.w r0, r1; it eq; moveq r2, r3 | b0eb 010f 08bf 1a46 | 2
movs r0, #0; it eq; moveq r2, r3; add r4, r2 | 0020 08bf 1a46 1444 | 4
tbb [pc, r0] | dfe8 00f0 | 2
udiv r0, r1, r2; nop.w | b1fb f2f0 aff3 0080 | 3
mrs r0, primask; nop.w | eff3 1080 aff3 0080 | 4
isb; nop.w | bff3 6f8f aff3 0080 | 10
"""
# [J: fpu]: the results' latencies are the table's, and one cycle for the last instruction.
# assembly | code | cycles
FLOATING_POINT = """
vadd.f32 s0, s1, s2; vmul.f32 s3, s4, s5 | 30ee 810a 62ee 221a | 2
vadd.f32 s0, s1, s2; add.w r0, r1, r2 | 30ee 810a 01eb 0200 | 1
vadd.f32 s0, s1, s2; vadd.f32 s3, s0, s4 | 30ee 810a 70ee 021a | 4
vmul.f32 s0, s1, s2; vmla.f32 s0, s3, s4 | 20ee 810a 01ee 820a | 3
vmul.f32 s0, s1, s2; vfma.f32 s0, s3, s4 | 20ee 810a a1ee 820a | 4
vfma.f32 s0, s1, s2; vfma.f32 s0, s3, s4 | a0ee 810a a1ee 820a | 4
vfma.f32 s0, s1, s2; vfma.f32 s5, s0, s4 | a0ee 810a e0ee 022a | 6
vfma.f32 s0, s1, s2; vmul.f32 s5, s6, s4 | a0ee 810a 63ee 022a | 2
vfma.f32 s0, s1, s2; vadd.f32 s5, s6, s4 | a0ee 810a 73ee 022a | 5
vmla.f32 s0, s1, s2; vfma.f32 s5, s6, s4 | 00ee 810a e3ee 022a | 3
vmla.f32 s0, s1, s2; vmul.f32 s5, s0, s4 | 00ee 810a 60ee 022a | 7
vadd.f32 s0, s1, s2; vstr s0, [r0] | 30ee 810a 80ed 000a | 2
vfma.f32 s0, s1, s2; vstr s0, [r0] | a0ee 810a 80ed 000a | 4
vldr s0, [r0]; vadd.f32 s1, s0, s2 | 90ed 000a 70ee 010a | 2
vldr s0, [r0]; vfma.f32 s0, s1, s2 | 90ed 000a a0ee 810a | 4
vldr s0, [r0]; vmov r1, s0 | 90ed 000a 10ee 101a | 3
vadd.f32 s0, s1, s2; vmov r0, s0 | 30ee 810a 10ee 100a | 4
vmov s0, r0; vadd.f32 s1, s0, s2 | 00ee 100a 70ee 010a | 4
vfma.f32 s0, s1, s2; vldr s3, [r0]; vfma.f32 s4, s5, s6; vldr s7, [r0, #4] | a0ee 810a d0ed 001a a2ee 832a d0ed 013a | 3
vdiv.f32 s0, s1, s2; add.w r0, r1, r2; nop.w | 80ee 810a 01eb 0200 aff3 0080 | 17
vsqrt.f32 s0, s1; nop.w; nop.w | b1ee e00a aff3 0080 aff3 0080 | 15
vldr d0, [r0]; nop.w | 90ed 000b aff3 0080 | 2
vadd.f64 d0, d1, d2; add.w r0, r1, r2 | 31ee 020b 01eb 0200 | 2
vmul.f64 d0, d1, d2; nop.w; nop.w | 21ee 020b aff3 0080 aff3 0080 | 6
vdiv.f64 d0, d1, d2; nop.w; nop.w | 81ee 020b aff3 0080 aff3 0080 | 31
vfma.f64 d0, d1, d2; nop.w; nop.w | a1ee 020b aff3 0080 aff3 0080 | 9
"""


def block(code: str, address: int = ADDRESS) -> tuple[Instruction, ...]:
    return decode(bytes.fromhex(code), address)


def cycles(code: str, before: str | None = None, taken: bool = False, core: CortexM7 = CORE) -> int:
    """Of a block behind `before`, which it branches back to or which lies right before it."""
    if before is None:
        return sum(core.price(block(code), None, False))
    start = ADDRESS if taken else ADDRESS + len(bytes.fromhex(before))
    return sum(core.price(block(code, start), block(before), taken))


def table(text: str) -> list[tuple[str, str, int]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines() if line]
    return [(assembly, code, int(count)) for assembly, code, count in rows]


ROWS = table(PAIRING + MULTIPLIES + MEMORY + CONTROL + FLOATING_POINT)


@pytest.mark.parametrize(("code", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_block_takes_the_cycles_worked_out_by_hand(code: str, expected: int) -> None:
    assert cycles(code) == expected


NOP, NOP_W, BNE, BNE_W = "00bf", "aff30080", "f7d1", "7ff4b2af"


def test_forty_wide_instructions_in_a_loop_take_twenty_cycles() -> None:
    """The template that [J] measures with: two instructions and eight bytes a cycle, the branch included."""
    loop = 39 * NOP_W + BNE_W
    assert cycles(loop, loop, taken=True) == 20


def test_a_branch_target_in_the_middle_of_a_double_word_costs_a_cycle() -> None:
    """From 4 on: one instruction, two, the branch alone in the next double word, in three cycles instead of two."""
    loop = block(3 * NOP_W + BNE_W, ADDRESS + 4)
    assert sum(CORE.price(loop, loop, True)) == 3
    assert sum(replace(CORE, fetch_queue=0).price(loop, loop, True)) == 2


def test_a_taken_branch_pairs_with_its_target_when_narrow_code_lets_fetch_run_ahead() -> None:
    """Six NOPs and the branch: alone in the fourth cycle at first, then with a NOP of the next turn.

    That leaves the turn six instructions for its three cycles.
    """
    loop = 6 * NOP + BNE
    assert cycles(loop) == 4
    assert cycles(loop, loop, taken=True) == 3
    assert cycles(loop, loop, taken=True, core=replace(CORE, branch_pairs=0)) == 4


def test_a_branch_that_is_not_taken_pairs_with_the_next_instruction() -> None:
    assert cycles(NOP, BNE) == 0
    assert cycles(NOP, NOP + BNE) == 1


def test_a_block_waits_for_a_result_of_the_block_before() -> None:
    ldrb, add = "91f80000", "00eb0302"
    assert cycles(add, ldrb) == 2
    assert cycles(add, ldrb + NOP_W) == 2
    assert cycles(add, ldrb + 2 * NOP_W) == 1


def test_five_loads_multiple_wait_for_nothing_when_the_base_is_updated() -> None:
    """LDM R0!, {R1, R2} behind another one: the base comes from EX1, one cycle each."""
    assert cycles(5 * "b0e80600") == 5


def test_what_a_wait_is_put_down_to() -> None:
    load_to_address = CORE.price(block("d1f80000d0f80020"), None, False)
    assert (load_to_address[Effect.ISSUE], load_to_address[Effect.ADDRESS]) == (2, 1)
    push = CORE.price(block("f0b5"), None, False)
    assert (push[Effect.ISSUE], push[Effect.MEMORY]) == (1, 2)
    chain = CORE.price(block("a0ee810aa1ee820a"), None, False)
    assert (chain[Effect.ISSUE], chain[Effect.FLOATING_POINT]) == (2, 2)


def test_banks_of_loads_from_different_bases_are_an_assumption() -> None:
    loads = "d1f80000d3f80020"
    assert cycles(loads) == 2
    assert cycles(loads, core=replace(CORE, bank_conflict=0)) == 1


def test_an_address_from_the_early_alu_is_there_in_the_next_cycle() -> None:
    """The four instructions that [J], overall, shows not to stall: R1 is R0 + 4, which the code doesn't tell."""
    code = "00eb0200 80eab656 5ef80040 5ef80150"
    assert cycles(code, core=replace(CORE, bank_conflict=0)) == 2


def test_an_unknown_instruction_is_not_priced() -> None:
    with pytest.raises(Unpriced, match=r"0x08000102 .*0xb7ff.* on Cortex-M7"):
        CORE.price(block("00bfffb7"), None, False)


Block = tuple[Instruction, ...]
STRAIGHT = [case.code for case in CASES if "writes_pc" not in case.marks] + [
    code for assembly, code, _ in ROWS if not assembly.startswith(("subs", "tbb"))
]
straight_codes = st.lists(st.sampled_from(STRAIGHT), min_size=1, max_size=20)
straight_blocks = st.builds(
    lambda codes, address: block("".join(codes), address), straight_codes, st.sampled_from((ADDRESS, ADDRESS + 6))
)


@settings(deadline=None)
@given(straight_blocks, st.one_of(st.none(), straight_blocks), st.booleans())
def test_at_most_two_instructions_a_cycle_and_no_effect_below_zero(
    now: Block, before: Block | None, taken: bool
) -> None:
    cost = CORE.price(now, before, taken)
    beside_the_last = before is not None
    assert 2 * sum(cost) >= len(now) - beside_the_last
    assert 2 * cost[Effect.ISSUE] >= len(now) - beside_the_last
    assert min(cost) >= 0


@settings(deadline=None)
@given(straight_blocks.filter(lambda now: len(now) > 1), st.data())
def test_a_block_split_in_two_costs_the_same(now: Block, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(now) - 1))
    first, second = CORE.price(now[:at], None, False), CORE.price(now[at:], now[:at], False)
    assert tuple(a + b for a, b in zip(first, second, strict=True)) == CORE.price(now, None, False)


@settings(deadline=None)
@given(straight_blocks.filter(lambda now: len(now) > 2), st.data())
def test_a_block_split_in_three_differs_by_one_latency_at_most(now: Block, data: st.DataObject) -> None:
    """The context reaches back by one block: what ran before it is taken to be done, the longest of it VMLA."""
    at = data.draw(st.integers(1, len(now) - 2))
    then = data.draw(st.integers(at + 1, len(now) - 1))
    parts = (now[:at], None), (now[at:then], now[:at]), (now[then:], now[at:then])
    total = sum(sum(CORE.price(part, before, False)) for part, before in parts)
    assert abs(total - sum(CORE.price(now, None, False))) <= 1 + CORE.fp_accumulate + CORE.fp_chained
