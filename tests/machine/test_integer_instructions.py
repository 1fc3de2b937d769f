"""Integer instructions where they have their edges, by the pseudo-code of the Arm v7-M ARM (A7.7), worked out by hand.

QEMU, with which tests.differential compares, is an ancestor of Unicorn: this is what both could have wrong.
"""

import struct

import pytest
from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB
from unicorn.arm_const import UC_ARM_REG_R0, UC_ARM_REG_XPSR, UC_CPU_ARM_CORTEX_M4, UC_CPU_ARM_CORTEX_M33
from unicorn.unicorn_py3 import Uc

ADDRESS, THUMB = 0x1000, 1 << 24
FLAGS = {"N": 1 << 31, "Z": 1 << 30, "C": 1 << 29, "V": 1 << 28, "Q": 1 << 27}

# instruction | code | r0 r1 r2 r3 | flags before | r0 afterwards | flags and GE afterwards | r3 if it changes
TABLE = """
ssat r0, #8, r1 | f3010007 | 0 80 0 0 | | 7f | Q
ssat r0, #8, r1, asr #4 | f3211007 | 0 fffff000 0 0 | | ffffff80 | Q
ssat r0, #32, r1, lsl #1 | f301005f | 0 7fffffff 0 0 | | fffffffe |
usat r0, #8, r1 | f3810008 | 0 ffffffff 0 0 | | 0 | Q
usat r0, #0, r1 | f3810000 | 0 1 0 0 | | 0 | Q
ssat16 r0, #8, r1 | f3210007 | 0 ff7f0080 0 0 | | ff80007f | Q
usat16 r0, #8, r1 | f3a10008 | 0 01008000 0 0 | | ff0000 | Q
qadd r0, r1, r2 | fa82f081 | 0 7fffffff 1 0 | | 7fffffff | Q
qsub r0, r1, r2 | fa82f0a1 | 0 80000000 1 0 | | 80000000 | Q
qdadd r0, r1, r2: the doubling saturates | fa82f091 | 0 ffffffff 40000000 0 | | 7ffffffe | Q
qdsub r0, r1, r2: the difference does | fa82f0b1 | 0 0 c0000000 0 | | 7fffffff | Q
sadd8 r0, r1, r2 | fa81f002 | 0 7f01ff80 01017f80 0 | | 80027e00 | e
uadd8 r0, r1, r2 | fa81f042 | 0 ff017f80 01fe8080 0 | | 00ffff00 | 9
usub8 r0, r1, r2 | fac1f042 | 0 00010280 01010181 0 | | ff0001ff | 6
ssub16 r0, r1, r2 | fad1f002 | 0 80000001 00010001 0 | | 7fff0000 | 3
uasx r0, r1, r2 | faa1f042 | 0 ffff0001 00020001 0 | | 0000ffff | c
ssax r0, r1, r2 | fae1f002 | 0 00017fff 00010002 0 | | ffff8000 | 3
uhadd8 r0, r1, r2 | fa81f062 | 0 ff000102 ff010103 0 | | ff000102 |
shsub16 r0, r1, r2 | fad1f022 | 0 80000001 7fff0002 0 | | 8000ffff |
uqsub8 r0, r1, r2 | fac1f052 | 0 01020304 02020202 0 | | 00000102 |
qadd16 r0, r1, r2: no Q | fa91f012 | 0 7fff8000 0001ffff 0 | | 7fff8000 |
usad8 r0, r1, r2 | fb71f002 | 0 00ff1020 ff001122 0 | | 201 |
pkhtb r0, r1, r2, asr #32 | eac10022 | 0 12345678 80000000 0 | | 1234ffff |
smlabb r0, r1, r2, r3 | fb113002 | 0 8000 8000 40000000 | | 80000000 | Q
smlawt r0, r1, r2, r3 | fb313012 | 0 80000000 80000000 3fffffff | | 7fffffff |
smuad r0, r1, r2 | fb21f002 | 0 80008000 80008000 0 | | 80000000 | Q
smlsd r0, r1, r2, r3 | fb413002 | 0 00028000 00037fff 80000000 | | 40007ffa | Q
smmulr r0, r1, r2 | fb51f012 | 0 7fffffff 2 0 | | 1 |
smmla r0, r1, r2, r3 | fb513002 | 0 80000000 80000000 1 | | 40000001 |
smmlsr r0, r1, r2, r3 | fb613012 | 0 1 1 1 | | 1 |
sdiv r0, r1, r2: the most negative by -1 | fb91f0f2 | 0 80000000 ffffffff 0 | | 80000000 |
sdiv r0, r1, r2: toward zero | fb91f0f2 | 0 fffffff9 2 0 | | fffffffd |
sdiv r0, r1, r2: by zero | fb91f0f2 | 5 7 0 0 | | 0 |
udiv r0, r1, r2 | fbb1f0f2 | 0 ffffffff 00010000 0 | | ffff |
udiv r0, r1, r2: by zero | fbb1f0f2 | 5 7 0 0 | | 0 |
sbfx r0, r1, #4, #8 | f3411007 | 0 800 0 0 | | ffffff80 |
ubfx r0, r1, #31, #1 | f3c170c0 | 0 80000000 0 0 | | 1 |
bfi r0, r1, #28, #4 | f361701f | 0fffffff 5 0 0 | | 5fffffff |
bfc r0, #0, #32 | f36f001f | ffffffff 0 0 0 | | 0 |
smull r0, r3, r1, r2 | fb810302 | 0 ffffffff 2 0 | | fffffffe | | ffffffff
umlal r0, r3, r1, r2 | fbe10302 | ffffffff ffffffff 1 0 | | fffffffe | | 1
umaal r0, r3, r1, r2 | fbe10362 | ffffffff ffffffff ffffffff ffffffff | | ffffffff | | ffffffff
smlal r0, r3, r1, r2: wraps | fbc10302 | 0 80000000 1 80000000 | | 80000000 | | 7fffffff
smlsld r0, r3, r1, r2 | fbd103c2 | ffffffff 00020003 00050007 0 | | a | | 1
smlalbt r0, r3, r1, r2 | fbc10392 | 0 ffff 00030000 0 | | fffffffd | | ffffffff
rrx r0, r1 | ea4f0031 | 0 1 0 0 | C | 80000000 | C
rrxs r0, r1 | ea5f0031 | 0 1 0 0 | C | 80000000 | NC
asrs r0, r1, #32 | 1008bf00 | 0 80000000 0 0 | | ffffffff | NC
lsls.w r0, r1, r2: by 32 | fa11f002 | 0 3 20 0 | | 0 | ZC
lsls.w r0, r1, r2: by 33 | fa11f002 | 0 3 21 0 | C | 0 | Z
lsls.w r0, r1, r2: by 256 | fa11f002 | 0 3 100 0 | C | 3 | C
adcs.w r0, r1, r2 | eb510002 | 0 7fffffff 0 0 | C | 80000000 | NV
sbcs.w r0, r1, r2 | eb710002 | 0 0 0 0 | | ffffffff | N
"""


def status(marks: str) -> int:
    return sum(FLAGS[mark] if mark in FLAGS else int(mark, 16) << 16 for mark in marks)


@pytest.mark.parametrize("model", [UC_CPU_ARM_CORTEX_M4, UC_CPU_ARM_CORTEX_M33], ids=["m4", "m33"])
@pytest.mark.parametrize("line", TABLE.strip().splitlines(), ids=lambda line: line.partition(" |")[0])
def test_instruction(line: str, model: int) -> None:
    _, code, before, flags, result, flags_after, *high = (cell.strip() for cell in line.split("|"))
    uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
    uc.ctl_set_cpu_model(model)
    uc.mem_map(0, 0x2000)
    uc.mem_write(ADDRESS, struct.pack("<HH", int(code[:4], 16), int(code[4:], 16)))
    words = [int(word, 16) for word in before.split()]
    for number, word in enumerate(words):
        uc.reg_write(UC_ARM_REG_R0 + number, word)
    uc.reg_write(UC_ARM_REG_XPSR, status(flags) | THUMB)
    uc.emu_start(ADDRESS | 1, ADDRESS + 4, count=1)
    assert uc.reg_read(UC_ARM_REG_R0) == int(result, 16)
    assert uc.reg_read(UC_ARM_REG_R0 + 3) == (int(high[0], 16) if high else words[3])
    assert uc.reg_read(UC_ARM_REG_XPSR) & 0xF80F_0000 == status(flags_after)
