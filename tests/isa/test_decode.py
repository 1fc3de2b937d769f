"""Decoding against the Arm v7-M architecture reference manual. Bytes are in memory order."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtiny.isa.decode import _decode, _disassembler, _instruction, decode
from simtiny.isa.instruction import Instruction, Kind

ADDRESS = 0x0800_0100
_NUMBERS = {"sp": 13, "lr": 14, "pc": 15, "flags": 48}
MARKS = ("writeback", "register_offset", "literal", "conditional", "writes_pc")


@dataclass(frozen=True)
class Case:
    assembly: str
    code: str
    kind: Kind
    reads: int
    writes: int
    address: int
    accumulator: int
    transfers: int
    marks: str


# assembly | code | kind | reads | writes | address registers | accumulator | transfers | marks
TABLE = """
adds r0, r1, r2 | 8818 | ALU | r1 r2 | r0 flags
adcs r0, r1 | 4841 | ALU | r0 r1 flags | r0 flags
cmp r0, r1 | 8842 | ALU | r0 r1 | flags
movt r0, #1 | c0f2 0100 | ALU | r0 | r0
movw r0, #1 | 40f2 0100 | ALU | | r0
bfi r0, r1, #2, #3 | 61f3 8400 | ALU | r0 r1 | r0
lsl.w r0, r1, r2 | 01fa 02f0 | ALU | r1 r2 | r0
usat r0, #8, r1 | 81f3 0800 | ALU | r1 | r0
ssat r0, #8, r0, lsl #2 | 00f3 8700 | ALU | r0 | r0
usat16 r0, #8, r1 | a1f3 0800 | ALU | r1 | r0
pkhbt r0, r1, r2 | c1ea 0200 | ALU | r1 r2 | r0
sxtab16 r0, r1, r2 | 21fa 82f0 | ALU | r1 r2 | r0
sub sp, #8 | 82b0 | ALU | sp | sp
mul r0, r1, r2 | 01fb 02f0 | MULTIPLY | r1 r2 | r0
mla r0, r1, r2, r3 | 01fb 0230 | MULTIPLY_ACCUMULATE | r1 r2 r3 | r0 | | r3
mls r0, r1, r2, r3 | 01fb 1230 | MULTIPLY_ACCUMULATE | r1 r2 r3 | r0 | | r3
smlad r0, r1, r2, r3 | 21fb 0230 | MULTIPLY_ACCUMULATE | r1 r2 r3 | r0 | | r3
smull r0, r1, r2, r3 | 82fb 0301 | LONG_MULTIPLY | r2 r3 | r0 r1
smlal r0, r1, r2, r3 | c2fb 0301 | LONG_MULTIPLY_ACCUMULATE | r0 r1 r2 r3 | r0 r1 | | r0 r1
umaal r0, r1, r2, r3 | e2fb 6301 | LONG_MULTIPLY_ACCUMULATE | r0 r1 r2 r3 | r0 r1 | | r0 r1
smlald r0, r1, r2, r3 | c2fb c301 | LONG_MULTIPLY_ACCUMULATE | r0 r1 r2 r3 | r0 r1 | | r0 r1
sdiv r0, r1, r2 | 91fb f2f0 | DIVIDE | r1 r2 | r0
ldr r0, [r1, #4] | 4868 | LOAD | r1 | r0 | r1 | | 1
ldr r0, [r1], #4 | 51f8 040b | LOAD | r1 | r0 r1 | r1 | | 1 | writeback
ldr r0, [r1, #4]! | 51f8 040f | LOAD | r1 | r0 r1 | r1 | | 1 | writeback
ldr.w r0, [r1, r2, lsl #2] | 51f8 2200 | LOAD | r1 r2 | r0 | r1 r2 | | 1 | register_offset
ldr r0, [pc, #8] | 0248 | LOAD | pc | r0 | | | 1 | literal
ldr.w pc, [r0] | d0f8 00f0 | LOAD | r0 | | r0 | | 1 | writes_pc
pop.w {r4} | 5df8 044b | LOAD | sp | r4 sp | sp | | 1 | writeback
strb r0, [r1, r2] | 8854 | STORE | r0 r1 r2 | | r1 r2 | | 1 | register_offset
str r0, [r1], #4 | 41f8 040b | STORE | r0 r1 | r1 | r1 | | 1 | writeback
ldrd r0, r1, [r2], #8 | f2e8 0201 | LOAD_PAIR | r2 | r0 r1 r2 | r2 | | 2 | writeback
strd r0, r1, [r2] | c2e9 0001 | STORE_PAIR | r0 r1 r2 | | r2 | | 2
push {r4, r5, lr} | 30b5 | STORE_MULTIPLE | r4 r5 lr sp | sp | sp | | 3 | writeback
pop {r4, pc} | 10bd | LOAD_MULTIPLE | sp | r4 sp | sp | | 2 | writeback writes_pc
ldm r0!, {r1-r3} | 0ec8 | LOAD_MULTIPLE | r0 | r0 r1 r2 r3 | r0 | | 3 | writeback
ldm.w r0, {r0, r1} | 90e8 0300 | LOAD_MULTIPLE | r0 | r0 r1 | r0 | | 2
stmdb r0!, {r1-r3} | 20e9 0e00 | STORE_MULTIPLE | r0 r1 r2 r3 | r0 | r0 | | 3 | writeback
ldrex r0, [r1] | 51e8 000f | EXCLUSIVE | r1 | r0 | r1 | | 1
strex r0, r1, [r2] | 42e8 0010 | EXCLUSIVE | r1 r2 | r0 | r2 | | 1
ldaex r6, [r1] | d1e8 ef6f | EXCLUSIVE | r1 | r6 | r1 | | 1
stlexh r2, r0, [r1] | c1e8 d20f | EXCLUSIVE | r0 r1 | r2 | r1 | | 1
lda r6, [r1] | d1e8 af6f | EXCLUSIVE | r1 | r6 | r1 | | 1
clrex | bff3 2f8f | NOP
b .+8 | 02e0 | BRANCH | | | | | | writes_pc
beq.w .+8 | 00f0 0280 | BRANCH | | | | | | conditional writes_pc
bl .+8 | 00f0 02f8 | CALL | | lr | | | | writes_pc
bx lr | 7047 | INDIRECT_BRANCH | lr | | | | | writes_pc
blx r3 | 9847 | INDIRECT_BRANCH | r3 | lr | | | | writes_pc
mov pc, lr | f746 | INDIRECT_BRANCH | lr | | | | | writes_pc
cbz r0, .+8 | 10b1 | COMPARE_BRANCH | r0 | | | | | conditional writes_pc
tbb [pc, r0] | dfe8 00f0 | TABLE_BRANCH | pc r0 | | r0 | | 1 | register_offset literal writes_pc
tbh [r1, r0, lsl #1] | d1e8 10f0 | TABLE_BRANCH | r0 r1 | | r0 r1 | | 1 | register_offset writes_pc
nop | 00bf | NOP
wfi | 30bf | WAIT
mrs r0, primask | eff3 1080 | SYSTEM | | r0
msr basepri, r0 | 80f3 1188 | SYSTEM | r0
isb | bff3 6f8f | BARRIER
vadd.f32 s0, s1, s2 | 30ee 810a | FP_ALU | s1 s2 | s0
vcmp.f32 s0, s1 | b4ee 600a | FP_ALU | s0 s1 | flags
vmla.f32 s0, s1, s2 | 00ee 810a | FP_MULTIPLY_ACCUMULATE | s0 s1 s2 | s0 | | s0
vfma.f32 s0, s1, s2 | a0ee 810a | FP_MULTIPLY_ACCUMULATE | s0 s1 s2 | s0 | | s0
vsqrt.f32 s0, s1 | b1ee e00a | FP_DIVIDE | s1 | s0
vmov s0, r0 | 00ee 100a | FP_MOVE | r0 | s0
vmov.f32 s0, #1.0 | b7ee 000a | FP_MOVE | | s0
vmov r0, r1, s0, s1 | 51ec 100a | FP_MOVE_PAIR | s0 s1 | r0 r1
vmov d0, r0, r1 | 41ec 100b | FP_MOVE_PAIR | r0 r1 | s0 s1
vmov.32 d2[0], r5 | 02ee 105b | FP_MOVE | r5 s4 s5 | s4 s5
vmov.32 d2[1], r7 | 22ee 107b | FP_MOVE | r7 s4 s5 | s4 s5
vmov.32 r5, d2[0] | 12ee 105b | FP_MOVE | s4 s5 | r5
vmrs APSR_nzcv, fpscr | f1ee 10fa | FP_MOVE | flags | flags
vldr s1, [r0, #4] | d0ed 010a | FP_LOAD | r0 | s1 | r0 | | 1
vldr d1, [r0, #4] | 90ed 011b | FP_LOAD | r0 | s2 s3 | r0 | | 2
vstr d1, [r0] | 80ed 001b | FP_STORE | r0 s2 s3 | | r0 | | 2
vldmia r0!, {s0-s2} | b0ec 030a | FP_LOAD_MULTIPLE | r0 | r0 s0 s1 s2 | r0 | | 3 | writeback
vldmia r0, {d0} | 90ec 020b | FP_LOAD_MULTIPLE | r0 | s0 s1 | r0 | | 2
vstmdb r1!, {d0} | 21ed 020b | FP_STORE_MULTIPLE | r1 s0 s1 | r1 | r1 | | 2 | writeback
vpush {d8} | 2ded 028b | FP_STORE_MULTIPLE | sp s16 s17 | sp | sp | | 2 | writeback
vpop {s16-s18} | bdec 038a | FP_LOAD_MULTIPLE | sp | sp s16 s17 s18 | sp | | 3 | writeback
"""


def case(line: str) -> Case:
    cells = [cell.strip() for cell in line.split("|")]
    assembly, code, kind, reads, writes, address, accumulator, transfers, marks = cells + [""] * (9 - len(cells))
    return Case(
        assembly,
        code,
        Kind[kind],
        mask(reads),
        mask(writes),
        mask(address),
        mask(accumulator),
        int(transfers or 0),
        marks,
    )


def mask(registers: str) -> int:
    return sum(1 << _number(name) for name in registers.split())


def _number(name: str) -> int:
    if name in _NUMBERS:
        return _NUMBERS[name]
    return int(name[1:]) + (16 if name[0] == "s" else 0)


CASES = [case(line) for line in TABLE.strip().splitlines()]


def one(code: str) -> Instruction:
    (instruction,) = decode(bytes.fromhex(code), ADDRESS)
    return instruction


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.assembly)
def test_instruction(case: Case) -> None:
    found = one(case.code)
    assert (found.address, found.size) == (ADDRESS, len(bytes.fromhex(case.code)))
    assert found.kind is case.kind
    assert found.reads == case.reads
    assert found.writes == case.writes
    assert found.address_registers == case.address
    assert found.accumulator == case.accumulator
    assert found.transfers == case.transfers
    assert {name for name in MARKS if getattr(found, name)} == set(case.marks.split())


# assembly | code | facts about op2 and precision | last register operand
OPERANDS = """
add.w r0, r1, r2, lsr #32 | 01eb 1200 | shifted | r2
add.w r0, r1, r2, rrx | 01eb 3200 | shifted | r2
add.w r0, r1, r2 | 01eb 0200 | | r2
cmp.w r1, r2, lsl #3 | b1eb c20f | shifted | r2
lsl.w r0, r1, #3 | 4fea c100 | | r1
lsls r0, r1, #3 | c800 | | r1
ldr.w r0, [r1, r2, lsl #2] | 51f8 2200 | |
eor.w r0, r1, #0x1fc0 | 81f4 fe50 | shifted_constant | r1
eor.w r0, r1, #0x1b1b1b1b | 81f0 1b30 | | r1
mov.w r0, #0x1fc0 | 4ff4 fe50 | shifted_constant |
addw r0, r1, #0xff9 | 01f6 f970 | | r1
bfi r0, r1, #3, #4 | 61f3 c600 | | r1
b.w .+0x1000 | 00f0 febf | |
vadd.f32 s0, s1, s2 | 30ee 810a | |
vadd.f64 d0, d1, d2 | 31ee 020b | double |
vcvt.f64.f32 d0, s9 | b7ee e40a | double |
vcvt.f32.f64 s1, d2 | f7ee c20b | double |
vldr d1, [r0, #4] | 90ed 011b | |
"""


@pytest.mark.parametrize("line", OPERANDS.strip().splitlines(), ids=lambda line: line.split("|")[0].strip())
def test_second_operand_and_precision(line: str) -> None:
    _, code, facts, last = (cell.strip() for cell in line.split("|"))
    found = one(code)
    assert {name for name in ("shifted", "shifted_constant", "double") if getattr(found, name)} == set(facts.split())
    assert found.last_operand == mask(last)


@pytest.mark.parametrize(
    ("code", "target"),
    [
        ("02e0", 0x0800_0108),
        ("fee7", ADDRESS),
        ("fff7 feff", ADDRESS),
        ("10b1", 0x0800_0108),
        ("00f0 0280", 0x0800_0108),
    ],
)
def test_direct_branches_say_where_they_go(code: str, target: int) -> None:
    """B and CBZ skip two halfwords, B and BL branch to themselves, BEQ.W skips one word."""
    assert one(code).branch_to == target


@pytest.mark.parametrize(
    ("code", "name"),
    [("00bf", "nop"), ("10bf", "yield"), ("20bf", "wfe"), ("30bf", "wfi"), ("40bf", "sev"), ("aff3 0280", "wfe")],
)
def test_hints_have_their_names(code: str, name: str) -> None:
    assert one(code).name == name


def test_if_then_makes_its_instructions_conditional() -> None:
    block = decode(bytes.fromhex("0cbf 0120 0220 0320"), ADDRESS)  # ite eq; moveq; movne; movs
    assert [now.kind for now in block] == [Kind.IT, Kind.ALU, Kind.ALU, Kind.ALU]
    assert [now.conditional for now in block] == [False, True, True, False]


def test_if_then_does_not_reach_into_the_next_block() -> None:
    decode(bytes.fromhex("04bf 0120"), ADDRESS)  # itt eq with one instruction only
    assert not decode(bytes.fromhex("0521"), ADDRESS)[0].conditional


def test_flash_loads_are_marked() -> None:
    code = bytes.fromhex("0868 4a68")
    marked = decode(code, ADDRESS, frozenset({ADDRESS + 2}))
    assert [now.reads_flash for now in marked] == [False, True]
    assert [now.reads_flash for now in decode(code, ADDRESS)] == [False, False]


def test_every_16_bit_encoding_is_known_or_marked_unknown() -> None:
    unknown = set()
    for first in range(0xE800):  # from 0xE800 on, 32-bit instructions begin
        (found,) = _decode.__wrapped__(first.to_bytes(2, "little"), ADDRESS)
        assert (found.address, found.size) == (ADDRESS, 2)
        if found.kind is Kind.UNKNOWN:
            unknown.add(first)
    assert {first for first in unknown if not undefined(first)} == set()


def undefined(first: int) -> bool:
    """16-bit encodings that Armv7-M does not define, or that it calls unpredictable or permanently undefined (A5.2)."""
    high, low = first >> 8, first & 0xFF
    return (
        (high == 0x47 and low & 7 != 0)  # BX, BLX with bits set that should be zero
        or (high in (0xB4, 0xBC, *range(0xC0, 0xD0)) and low == 0)  # no register in the list
        or (high == 0xB6 and low & 0xEC != 0x60)  # CPS alone is defined
        or high in (0xB7, 0xB8)
        or (high == 0xBA and low >> 6 == 0b10)
        or high == 0xDE  # UDF
    )


@given(st.binary(max_size=40).map(lambda data: data[: len(data) // 2 * 2]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_decode_to_instructions_that_follow_each_other(data: bytes) -> None:
    at = ADDRESS
    for now in decode(data, ADDRESS):
        assert now.address == at
        assert now.size in (2, 4)
        at += now.size
    assert at == ADDRESS + len(data)


def _in_place(code: bytes, address: int) -> tuple[Instruction, ...]:
    """What capstone makes of code that stands at `address`, without moving anything."""
    return tuple(_instruction(raw) for raw in _disassembler().disasm(code, address))


@pytest.mark.parametrize("address", [0x0800_1000, 0x0800_1002])
def test_a_moved_instruction_is_the_one_decoded_in_place(address: int) -> None:
    """Every encoding of 16 bits, one at a time."""
    for first in range(0xE800):
        if first & 0xFF00 != 0xBF00:  # IT and hints
            code = first.to_bytes(2, "little")
            expected = _in_place(code, address)
            if expected:
                assert decode(code, address) == expected, f"{first:04x}"


@given(st.integers(0xE800, 0xFFFF), st.integers(0, 0xFFFF), st.sampled_from([0x0800_1000, 0x0800_1002]))
def test_a_moved_wide_instruction_is_the_one_decoded_in_place(first: int, second: int, address: int) -> None:
    code = first.to_bytes(2, "little") + second.to_bytes(2, "little")
    expected = _in_place(code, address)
    if expected:
        assert decode(code, address) == expected


@pytest.mark.parametrize("code", ["08bf 0120 0220", "18bf 40f20110 0220", "05bf 0120 0849 0220 0320 7047"])
@pytest.mark.parametrize("address", [0x0800_1000, 0x0800_1002])
def test_moved_it_blocks(code: str, address: int) -> None:
    """IT with one, wide and narrow, then ITTEE with a literal load among its four."""
    data = bytes.fromhex(code.replace(" ", ""))
    assert decode(data, address) == _in_place(data, address)
