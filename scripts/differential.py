"""Random sequences of instructions on the machine and on Debian's qemu-system-arm: the same registers, flags, memory?

    python scripts/differential.py --core cortex-m7 --sequences 10000 --seed 1

Each sequence starts from a state of its own (R0 to R7, APSR, 128 bytes of memory, FPSCR, S0 to S15), with values picked
where arithmetic has its edges, and ends in another, which is compared. Many sequences make one image. Where the ends
differ, the sequence is run again up to each of its instructions, and the first that differs is shown.

Needs arm-none-eabi-as, -ld and -objcopy, and qemu-system-arm. Ends with exit status 1 if anything differs.
"""

import argparse
import random
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simtiny.board_file import load_board
from simtiny.errors import SimtinyError
from simtiny.image import Image, Segment
from simtiny.machine.machine import Machine

# --- What there is on a core ----------------------------------------------------------------------------------------
# {r}: any of R0 to R7. {a} {b} {c} {d}: different ones. {s}, {D}: a single, a double. {x}, {X}: one, the same each time.
# {n:LOW:HIGH}: a number. {n:LOW:HIGH:STEP}. {cond}: a condition. BASE: the register that points into the memory.

V6M = """
movs {r}, #{n:0:255} | adds {r}, {r}, #{n:0:7} | adds {r}, {r}, {r} | adds {r}, #{n:0:255} | subs {r}, {r}, {r}
subs {r}, #{n:0:255} | cmp {r}, {r} | cmp {r}, #{n:0:255} | cmn {r}, {r} | tst {r}, {r} | mov {r}, {r} | add {r}, {r}
adcs {x}, {r} | sbcs {x}, {r} | rsbs {r}, {r}, #0 | ands {x}, {r} | orrs {x}, {r} | eors {x}, {r} | bics {x}, {r}
mvns {r}, {r} | lsls {r}, {r}, #{n:0:31} | lsrs {r}, {r}, #{n:1:32} | asrs {r}, {r}, #{n:1:32} | lsls {x}, {r}
lsrs {x}, {r} | asrs {x}, {r} | rors {x}, {r} | muls {x}, {r}, {x} | sxtb {r}, {r} | sxth {r}, {r} | uxtb {r}, {r}
uxth {r}, {r} | rev {r}, {r} | rev16 {r}, {r} | revsh {r}, {r}
str {r}, [BASE, #{n:0:60:4}] | ldr {r}, [BASE, #{n:0:60:4}] | strb {r}, [BASE, #{n:0:31}] | ldrb {r}, [BASE, #{n:0:31}]
strh {r}, [BASE, #{n:0:60:2}] | ldrh {r}, [BASE, #{n:0:60:2}]
movs {a}, #{n:0:31} ; ldrsb {b}, [BASE, {a}] | movs {a}, #{n:0:60:2} ; ldrsh {b}, [BASE, {a}]
push {{{a}, {b}}} ; pop {{{c}, {d}}} | mrs {r}, apsr | msr apsr_nzcvq, {r} | mrs {r}, primask
b{cond} 1f ; adds {r}, #1 ; mvns {r}, {r} ; 1:
mov {a}, BASE ; stmia {a}!, {{{b}, {c}}} ; subs {a}, {a}, {a} | mov {a}, BASE ; ldmia {a}!, {{{b}, {c}}} ; subs {a}, {a}, {a}
"""
V7M = """
add{s?}.w {r}, {r}, {r}, {shift} | adc{s?}.w {r}, {r}, {r}, {shift} | sub{s?}.w {r}, {r}, {r}, {shift}
sbc{s?}.w {r}, {r}, {r}, {shift} | rsb{s?} {r}, {r}, {r}, {shift} | and{s?}.w {r}, {r}, {r}, {shift}
orr{s?}.w {r}, {r}, {r}, {shift} | orn{s?} {r}, {r}, {r}, {shift} | eor{s?}.w {r}, {r}, {r}, {shift}
bic{s?}.w {r}, {r}, {r}, {shift} | mvn{s?}.w {r}, {r}, {shift} | cmp.w {r}, {r}, {shift} | cmn.w {r}, {r}, {shift}
tst.w {r}, {r}, {shift} | teq {r}, {r}, {shift}
add{s?}.w {r}, {r}, #{m} | adc{s?} {r}, {r}, #{m} | sub{s?}.w {r}, {r}, #{m} | sbc{s?} {r}, {r}, #{m}
rsb{s?}.w {r}, {r}, #{m} | and{s?} {r}, {r}, #{m} | orr{s?} {r}, {r}, #{m} | orn{s?} {r}, {r}, #{m}
eor{s?} {r}, {r}, #{m} | bic{s?} {r}, {r}, #{m} | mov{s?}.w {r}, #{m} | mvn{s?} {r}, #{m} | cmp.w {r}, #{m}
cmn {r}, #{m} | tst {r}, #{m} | teq {r}, #{m} | addw {r}, {r}, #{n:0:4095} | subw {r}, {r}, #{n:0:4095}
movw {r}, #{n:0:65535} | movt {r}, #{n:0:65535}
lsl{s?}.w {r}, {r}, {r} | lsr{s?}.w {r}, {r}, {r} | asr{s?}.w {r}, {r}, {r} | ror{s?}.w {r}, {r}, {r}
rrx{s?} {r}, {r} | ror{s?}.w {r}, {r}, #{n:1:31} | clz {r}, {r} | rbit {r}, {r} | rev.w {r}, {r} | revsh.w {r}, {r}
sxtb.w {r}, {r}, ror #{n:0:24:8} | uxth.w {r}, {r}, ror #{n:0:24:8}
bfi {r}, {r}, #{n:0:15}, #{n:1:16} | bfc {r}, #{n:0:15}, #{n:1:16} | bfi {r}, {r}, #{n:16:31}, #1 | bfc {r}, #0, #32
sbfx {r}, {r}, #{n:0:15}, #{n:1:16} | ubfx {r}, {r}, #{n:0:15}, #{n:1:16} | sbfx {r}, {r}, #0, #32 | ubfx {r}, {r}, #31, #1
ssat {r}, #{n:1:32}, {r} | ssat {r}, #{n:1:32}, {r}, lsl #{n:0:31} | ssat {r}, #{n:1:32}, {r}, asr #{n:1:31}
usat {r}, #{n:0:31}, {r} | usat {r}, #{n:0:31}, {r}, lsl #{n:0:31} | usat {r}, #{n:0:31}, {r}, asr #{n:1:31}
mul {r}, {r}, {r} | mla {r}, {r}, {r}, {r} | mls {r}, {r}, {r}, {r} | umull {a}, {b}, {r}, {r} | smull {a}, {b}, {r}, {r}
umlal {a}, {b}, {r}, {r} | smlal {a}, {b}, {r}, {r} | sdiv {r}, {r}, {r} | udiv {r}, {r}, {r}
ldr.w {r}, [BASE, #{n:-16:16}] | str.w {r}, [BASE, #{n:0:16}] | str {r}, [BASE, #-{n:1:16}] | ldrsb.w {r}, [BASE, #{n:0:16}]
ldrh {r}, [BASE, #{n:-4:4}]! | strh {r}, [BASE, #{n:-4:4}]! | ldr {r}, [BASE], #{n:-4:4} | str {r}, [BASE], #{n:-4:4}
ldrb {r}, [BASE], #{n:-4:4} | strb {r}, [BASE, #{n:-4:4}]! | ldrsh {r}, [BASE], #{n:-4:4}
and {a}, {a}, #7 ; ldr.w {b}, [BASE, {a}, lsl #{n:0:2}] | and {a}, {a}, #7 ; strh.w {b}, [BASE, {a}, lsl #{n:0:2}]
bic BASE, #3 ; ldrd {a}, {b}, [BASE, #{n:-16:16:4}] | bic BASE, #3 ; strd {a}, {b}, [BASE, #{n:-16:16:4}]
bic BASE, #3 ; ldrd {a}, {b}, [BASE], #{n:-4:4:4} | bic BASE, #3 ; strd {a}, {b}, [BASE, #{n:-4:4:4}]!
bic BASE, #3 ; stmdb BASE, {{{r}, r7}} | bic BASE, #3 ; ldmia.w BASE, {{r0, r3, r5}} | bic BASE, #3 ; ldmdb BASE, {{r1, r4}}
bic BASE, #3 ; ldrex {a}, [BASE, #{n:0:16:4}] ; strex {b}, {c}, [BASE, #{n:0:16:4}]
bic BASE, #3 ; ldrexb {a}, [BASE] ; strexb {b}, {c}, [BASE] | bic BASE, #3 ; ldrexh {a}, [BASE] ; strexh {b}, {c}, [BASE]
bic BASE, #3 ; ldrex {a}, [BASE] ; clrex ; strex {b}, {c}, [BASE] | bic BASE, #3 ; strex {b}, {c}, [BASE]
cbz {r}, 1f ; mvn {r}, {r} ; 1: | cbnz {r}, 1f ; add.w {r}, {r}, #17 ; 1: | b{cond}.w 1f ; mvns.w {r}, {r} ; 1:
adr {a}, . ; sub {a}, {a} | ldr {r}, 1f ; b 2f ; .balign 4 ; 1: .word 0x12345678 ; 2:
and {a}, {a}, #1 ; tbb [pc, {a}] ; 1: .byte (2f-1b)/2, (3f-1b)/2 ; 2: mvn {b}, {b} ; 3:
and {a}, {a}, #1 ; tbh [pc, {a}, lsl #1] ; 1: .hword (2f-1b)/2, (3f-1b)/2 ; 2: mvn {b}, {b} ; 3:
mrs {r}, basepri | mrs {r}, faultmask | mrs {r}, ipsr | dmb | isb
"""
DSP = """
msr apsr_nzcvqg, {r} | msr apsr_g, {r} | sel {r}, {r}, {r} | qadd {r}, {r}, {r} | qsub {r}, {r}, {r}
qdadd {r}, {r}, {r} | qdsub {r}, {r}, {r} | ssat16 {r}, #{n:1:16}, {r} | usat16 {r}, #{n:0:15}, {r}
{par}add8 {r}, {r}, {r} | {par}add16 {r}, {r}, {r} | {par}sub8 {r}, {r}, {r} | {par}sub16 {r}, {r}, {r}
{par}asx {r}, {r}, {r} | {par}sax {r}, {r}, {r} | usad8 {r}, {r}, {r} | usada8 {r}, {r}, {r}, {r}
pkhbt {r}, {r}, {r}, lsl #{n:0:31} | pkhtb {r}, {r}, {r}, asr #{n:1:32} | sxtb16 {r}, {r}, ror #{n:0:24:8}
uxtb16 {r}, {r}, ror #{n:0:24:8} | sxtab {r}, {r}, {r}, ror #{n:0:24:8} | uxtab {r}, {r}, {r} | sxtah {r}, {r}, {r}
uxtah {r}, {r}, {r}, ror #{n:0:24:8} | sxtab16 {r}, {r}, {r} | uxtab16 {r}, {r}, {r}, ror #{n:0:24:8}
smul{bt}{bt} {r}, {r}, {r} | smulw{bt} {r}, {r}, {r} | smla{bt}{bt} {r}, {r}, {r}, {r} | smlaw{bt} {r}, {r}, {r}, {r}
smlal{bt}{bt} {a}, {b}, {r}, {r} | smuad{x?} {r}, {r}, {r} | smusd{x?} {r}, {r}, {r} | smlad{x?} {r}, {r}, {r}, {r}
smlsd{x?} {r}, {r}, {r}, {r} | smlald{x?} {a}, {b}, {r}, {r} | smlsld{x?} {a}, {b}, {r}, {r} | smmul{r?} {r}, {r}, {r}
smmla{r?} {r}, {r}, {r}, {r} | smmls{r?} {r}, {r}, {r}, {r} | umaal {a}, {b}, {r}, {r}
"""
FP = """
vadd.f32 {s}, {s}, {s} | vsub.f32 {s}, {s}, {s} | vmul.f32 {s}, {s}, {s} | vnmul.f32 {s}, {s}, {s} | vdiv.f32 {s}, {s}, {s}
vmla.f32 {s}, {s}, {s} | vmls.f32 {s}, {s}, {s} | vnmla.f32 {s}, {s}, {s} | vnmls.f32 {s}, {s}, {s}
vfma.f32 {s}, {s}, {s} | vfms.f32 {s}, {s}, {s} | vfnma.f32 {s}, {s}, {s} | vfnms.f32 {s}, {s}, {s}
vabs.f32 {s}, {s} | vneg.f32 {s}, {s} | vsqrt.f32 {s}, {s} | vmov.f32 {s}, {s} | vmov.f32 {s}, #{fp}
vcmp.f32 {s}, {s} | vcmpe.f32 {s}, {s} | vcmp.f32 {s}, #0.0 | vcmpe.f32 {s}, #0.0 | vmrs apsr_nzcv, fpscr
vcvt.f32.s32 {s}, {s} | vcvt.f32.u32 {s}, {s} | vcvt.s32.f32 {s}, {s} | vcvt.u32.f32 {s}, {s} | vcvtr.s32.f32 {s}, {s}
vcvtr.u32.f32 {s}, {s} | vcvt{tb}.f32.f16 {s}, {s} | vcvt{tb}.f16.f32 {s}, {s}
vcvt.f32.{su}32 {x}, {x}, #{n:1:32} | vcvt.f32.{su}16 {x}, {x}, #{n:1:16} | vcvt.{su}32.f32 {x}, {x}, #{n:1:32}
vcvt.{su}16.f32 {x}, {x}, #{n:1:16} | vmrs {r}, fpscr | and {a}, {a}, #0x07c00000 ; vmsr fpscr, {a} | vmsr fpscr, {r}
vmov {s}, {r} | vmov {r}, {s} | vmov {a}, {b}, s2, s3 | vmov s5, s6, {r}, {r} | vmov {D}, {r}, {r} | vmov {a}, {b}, {D}
vmov.32 {D}[0], {r} | vmov.32 {D}[1], {r} | vmov.32 {r}, {D}[0] | vmov.32 {r}, {D}[1]
bic BASE, #3 ; vldr {s}, [BASE, #{n:-16:16:4}] | bic BASE, #3 ; vstr {s}, [BASE, #{n:-16:16:4}]
bic BASE, #3 ; vldr {D}, [BASE, #{n:-16:16:4}] | bic BASE, #3 ; vstr {D}, [BASE, #{n:-16:16:4}]
bic BASE, #3 ; vldmia BASE, {{s1-s4}} | bic BASE, #3 ; vstmia BASE, {{d2-d3}} | vpush {{s4-s6}} ; vpop {{s1-s3}}
"""
FPV5 = """
vsel{sel}.f32 {s}, {s}, {s} | vmaxnm.f32 {s}, {s}, {s} | vminnm.f32 {s}, {s}, {s} | vrint{rm}.f32 {s}, {s}
vrint{zrx}.f32 {s}, {s} | vcvt{rm}.{su}32.f32 {s}, {s}
"""
DOUBLE = """
vadd.f64 {D}, {D}, {D} | vsub.f64 {D}, {D}, {D} | vmul.f64 {D}, {D}, {D} | vnmul.f64 {D}, {D}, {D} | vdiv.f64 {D}, {D}, {D}
vmla.f64 {D}, {D}, {D} | vmls.f64 {D}, {D}, {D} | vnmla.f64 {D}, {D}, {D} | vnmls.f64 {D}, {D}, {D}
vfma.f64 {D}, {D}, {D} | vfms.f64 {D}, {D}, {D} | vfnma.f64 {D}, {D}, {D} | vfnms.f64 {D}, {D}, {D}
vabs.f64 {D}, {D} | vneg.f64 {D}, {D} | vsqrt.f64 {D}, {D} | vmov.f64 {D}, {D} | vmov.f64 {D}, #{fp}
vcmp.f64 {D}, {D} | vcmpe.f64 {D}, {D} | vcmp.f64 {D}, #0.0 | vcmpe.f64 {D}, #0.0 | vmrs apsr_nzcv, fpscr
vcvt.f64.s32 {D}, {s} | vcvt.f64.u32 {D}, {s} | vcvt.s32.f64 {s}, {D} | vcvt.u32.f64 {s}, {D} | vcvtr.s32.f64 {s}, {D}
vcvtr.u32.f64 {s}, {D} | vcvt.f64.f32 {D}, {s} | vcvt.f32.f64 {s}, {D} | vcvt{tb}.f64.f16 {D}, {s} | vcvt{tb}.f16.f64 {s}, {D}
vcvt.f64.{su}32 {X}, {X}, #{n:1:32} | vcvt.f64.{su}16 {X}, {X}, #{n:1:16} | vcvt.{su}32.f64 {X}, {X}, #{n:1:32}
vcvt.{su}16.f64 {X}, {X}, #{n:1:16} | vsel{sel}.f64 {D}, {D}, {D} | vmaxnm.f64 {D}, {D}, {D} | vminnm.f64 {D}, {D}, {D}
vrint{rm}.f64 {D}, {D} | vrint{zrx}.f64 {D}, {D} | vcvt{rm}.{su}32.f64 {s}, {D}
"""
CONTROL = """
mrs {a}, control ; msr control, {a} ; isb ; and {b}, {b}, {a}
"""
V8M = """
mrs {a}, control ; bic {a}, #8 ; and {b}, {b}, {a}
bic BASE, #3 ; lda {r}, [BASE] | bic BASE, #3 ; stl {r}, [BASE] | ldab {r}, [BASE] | stlb {r}, [BASE]
bic BASE, #3 ; ldah {r}, [BASE] | bic BASE, #3 ; stlh {r}, [BASE]
bic BASE, #3 ; ldaex {a}, [BASE] ; stlex {b}, {c}, [BASE] | bic BASE, #3 ; ldaexh {a}, [BASE] ; stlexh {b}, {c}, [BASE]
bic BASE, #3 ; ldaexb {a}, [BASE] ; stlexb {b}, {c}, [BASE]
"""
PARALLEL = [prefix + sign for prefix in ("", "q", "h") for sign in ("s", "u")]
CHOICES = {
    "cond": "eq ne cs cc mi pl vs vc hi ls ge lt gt le".split(),
    "par": ["s", "u", "q", "uq", "sh", "uh"],
    "bt": ["b", "t"],
    "tb": ["b", "t"],
    "su": ["s", "u"],
    "sel": ["eq", "ge", "gt", "vs"],
    "rm": list("anpm"),
    "zrx": list("zrx"),
    "fp": ["1.0", "-2.5", "0.125", "31.0"],
    "s?": ["", "s"],
    "x?": ["", "x"],
    "r?": ["", "r"],
}


@dataclass(frozen=True)
class Target:
    """A core: QEMU's board with where its code and RAM are, ours, and what instructions there are."""

    machine: str
    code: int
    ram: int
    board: str
    assembler: str
    groups: tuple[str, ...]
    batch: int = 256  # sequences in an image: their states are in RAM

    @property
    def has_fpu(self) -> bool:
        return FP in self.groups

    @property
    def is_small(self) -> bool:
        """Armv6-M."""
        return V7M not in self.groups


_V7EM = (V6M, V7M, DSP, FP)
TARGETS = {
    "cortex-m0plus": Target("microbit", 0, 0x2000_0000, "nucleo-g0b1re", ".cpu cortex-m0", (V6M,), batch=80),
    "cortex-m3": Target("mps2-an385", 0, 0x2000_0000, "", ".cpu cortex-m3", (V6M, V7M, CONTROL)),
    "cortex-m4f": Target(
        "mps2-an386", 0, 0x2000_0000, "nucleo-l4r5zi", ".cpu cortex-m4\n.fpu fpv5-d16", (*_V7EM, CONTROL)
    ),
    "cortex-m7": Target(
        "mps2-an500",
        0,
        0x2000_0000,
        "nucleo-h7a3zi-q",
        ".cpu cortex-m7\n.fpu fpv5-d16",
        (*_V7EM, FPV5, DOUBLE, CONTROL),
    ),
    "cortex-m33": Target(
        "mps2-an505",
        0x1000_0000,
        0x3800_0000,
        "nucleo-u575zi-q",
        ".cpu cortex-m33\n.fpu fpv5-d16",
        (*_V7EM, FPV5, V8M),
    ),
}
FLASH, RAM = 0x0800_0000, 0x2000_0000
INPUTS = 0x2_0000  # from the start of the code
MEMORY_WORDS = 32


# --- Sequences and states -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """Instructions, one or a few to a step, and the words of the state they start from."""

    steps: tuple[str, ...]
    state: tuple[int, ...]


PLACEHOLDER = re.compile(r"\{(\w+\??)(?::(-?\d+):(-?\d+)(?::(\d+))?)?\}")


def instruction(source: random.Random, target: Target, template: str) -> str:
    registers = list(range(7 if target.is_small else 8))
    source.shuffle(registers)
    fixed = {"x": "", "X": f"d{source.randrange(8)}"}
    fixed["x"] = f"s{source.randrange(16)}" if template.startswith("vcvt") else f"r{registers[0]}"

    def fill(found: re.Match[str]) -> str:
        name, low, high, step = found.groups()
        if name == "n":
            return str(source.randrange(int(low), int(high) + 1, int(step or 1)))
        if name in "abcd":
            return f"r{registers['abcd'.index(name)]}"
        if name == "r":
            return f"r{source.choice(registers)}"
        if name == "s":
            return f"s{source.randrange(16)}"
        if name == "D":
            return f"d{source.randrange(8)}"
        if name == "m":
            return str(modified_immediate(source))
        if name == "shift":
            return source.choice(
                (
                    f"lsl #{source.randrange(32)}",
                    f"lsr #{source.randrange(1, 33)}",
                    f"asr #{source.randrange(1, 33)}",
                    f"ror #{source.randrange(1, 32)}",
                    "rrx",
                )
            )
        return fixed[name] if name in fixed else source.choice(CHOICES[name])

    text = PLACEHOLDER.sub(fill, template).replace("{{", "{").replace("}}", "}")
    return text.replace("BASE", "r7" if target.is_small else "r8")


def modified_immediate(source: random.Random) -> int:
    """A constant of Armv7-M's data processing: Arm v7-M ARM, A5.3.2."""
    byte = source.randrange(256)
    kind = source.randrange(5)
    if kind < 4:
        return byte * (1, 0x0001_0001, 0x0100_0100, 0x0101_0101)[kind]
    value, turn = byte | 0x80, source.randrange(8, 32)
    return (value >> turn | value << 32 - turn) & 0xFFFF_FFFF


def conditional(source: random.Random, step: str) -> str:
    """The step in an IT block of its own, one or two instructions of which are carried out."""
    condition = source.choice(CHOICES["cond"])
    name, _, operands = step.partition(" ")
    head, dot, kind = name.partition(".")
    return f"it {condition} ; {head}{condition}{dot}{kind} {operands}"


NOT_IN_IT = ("b", "c", "t", "ldr r", "adr", "vsel", "vmaxnm", "vminnm", "vrinta", "vrintn", "vrintp", "vrintm")
NEVER_CONDITIONAL = re.compile(r"[;:]|^(b\w\w |cb|tb|vsel|vmaxnm|vminnm|vrint[anpm]|vcvt[anpm]|isb|dmb)")


def sequence(source: random.Random, target: Target, length: int) -> tuple[str, ...]:
    steps = []
    for _ in range(length):
        group = source.choices(target.groups, [len(group) for group in target.groups])[0]
        template = source.choice([entry.strip() for line in group.strip().splitlines() for entry in line.split("|")])
        step = instruction(source, target, template)
        narrow = re.match(r"(movs|adds|subs|[a-z]+s) ", step) and not target.is_small
        if not target.is_small and not NEVER_CONDITIONAL.search(step) and not narrow and source.random() < 0.15:
            step = conditional(source, step)
        steps.append(step)
    return tuple(steps)


INTEGERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFF)
SINGLES = (0, 1, 0x7F_FFFF, 0x80_0000, 0x3F80_0000, 0x4B00_0001, 0x4EFF_FFFF, 0x4F00_0000, 0x4F80_0000, 0x7F7F_FFFF,
           0x7F80_0000, 0x7FC0_0000, 0x7FA0_1234, 0x7FC1_2345, 0x477F_F000, 0x3880_0000, 0x3F00_0000, 0x3FC0_0000)  # fmt: skip
DOUBLES = (0, 1, 0xF_FFFF_FFFF_FFFF, 0x10_0000_0000_0000, 0x3FF0 << 48, 0x41DF_FFFF_FFC0_0000, 0x41E0 << 48,
           0x41F0 << 48, 0x7FEF_FFFF_FFFF_FFFF, 0x7FF0 << 48, 0x7FF8 << 48, 0x7FF4_0000_0000_1234, 0x7FF8_0000_0001_2345,
           0x47EF_FFFF_F000_0000, 0x3810 << 48, 0x3FE0 << 48, 0x3FF8 << 48, 0x40EF_FE00 << 32, 0x3F10 << 48)  # fmt: skip


def integer(source: random.Random) -> int:
    kind = source.randrange(4)
    if kind == 0:
        return source.choice(INTEGERS)
    if kind == 1:
        return source.getrandbits(source.randrange(1, 33))
    return source.getrandbits(32) if kind == 2 else -source.getrandbits(source.randrange(1, 32)) & 0xFFFF_FFFF


def single(source: random.Random) -> int:
    kind = source.randrange(5)
    if kind == 0:
        return source.choice(SINGLES) | source.getrandbits(1) << 31
    if kind == 1:
        return integer(source)
    if kind == 2:
        return source.getrandbits(32)
    low, high = (-3, 3) if kind == 3 else (-40, 40)  # near one, or near the ends of whole numbers
    exponent = 127 + source.randint(low, high)
    return source.getrandbits(1) << 31 | exponent << 23 | source.choice((source.getrandbits(23), 0x40_0000, 0))


def double(source: random.Random) -> int:
    kind = source.randrange(5)
    if kind == 0:
        return source.choice(DOUBLES) | source.getrandbits(1) << 63
    if kind == 1:
        return source.getrandbits(64)
    low, high = ((-3, 3), (-40, 40), (-160, 130))[kind - 2]
    exponent = 1023 + source.randint(low, high)
    fraction = source.choice(
        (source.getrandbits(52), source.getrandbits(23) << 29, 1 << 51, source.getrandbits(8) << 44)
    )
    return source.getrandbits(1) << 63 | exponent << 52 | fraction


def state(source: random.Random, target: Target) -> tuple[int, ...]:
    """R0 to R7, APSR, a word that is not used, memory; FPSCR and S0 to S15."""
    flags = source.getrandbits(5) << 27 | (0 if target.is_small else source.getrandbits(4) << 16)
    words = [*(integer(source) for _ in range(8)), flags, 0, *(integer(source) for _ in range(MEMORY_WORDS))]
    if target.has_fpu:
        fpscr = source.getrandbits(5) << 22 if source.random() < 0.7 else 0
        words.append(fpscr | (source.getrandbits(4) << 28 if source.getrandbits(1) else 0))
        for _ in range(8):
            if DOUBLE in target.groups and source.getrandbits(1):
                bits = double(source)
                words += (bits & 0xFFFF_FFFF, bits >> 32)
            else:
                words += (single(source), single(source))
    return tuple(words)


def case(source: random.Random, target: Target, length: int) -> Case:
    return Case(sequence(source, target, length), state(source, target))


# --- Images ---------------------------------------------------------------------------------------------------------

HARNESS = """
load:   add     r8, r10, #40
        add     r11, r9, #40
        movs    r0, #MEMORY_WORDS
1:      ldr     r1, [r11], #4
        str     r1, [r8], #4
        subs    r0, #1
        bne     1b
        FPU     ldr     r1, [r11], #4
        FPU     vmsr    fpscr, r1
        FPU     vldmia  r11, {s0-s15}
        add     r8, r10, #40 + 2 * MEMORY_WORDS
        ldr     r0, [r9, #32]
        DSP     msr     apsr_nzcvqg, r0
        BASIC   msr     apsr_nzcvq, r0
        ldmia   r9, {r0-r7}
        bx      lr
save:   stmia   r10, {r0-r7}
        mrs     r0, apsr
        str     r0, [r10, #32]
        subs    r1, r8, r10
        str     r1, [r10, #36]
        add     r11, r10, #40 + 4 * MEMORY_WORDS
        FPU     vmrs    r0, fpscr
        FPU     str     r0, [r11], #4
        FPU     vstmia  r11, {s0-s15}
        add     r9, #STATE
        add     r10, #STATE
        clrex
        bx      lr
"""
SMALL_HARNESS = """
load:   mov     r0, r9
        mov     r1, r10
        adds    r0, #40
        adds    r1, #40
        movs    r2, #MEMORY_WORDS
1:      ldmia   r0!, {r3}
        stmia   r1!, {r3}
        subs    r2, #1
        bne     1b
        mov     r7, r10
        adds    r7, #40 + 2 * MEMORY_WORDS
        mov     r0, r9
        ldr     r1, [r0, #32]
        msr     apsr_nzcvq, r1
        ldmia   r0, {r0-r6}
        bx      lr
save:   mov     r8, r0
        mrs     r0, apsr
        mov     r11, r0
        mov     r12, r7
        mov     r0, r8
        mov     r7, r10
        stmia   r7!, {r0-r6}
        movs    r0, #0
        stmia   r7!, {r0}
        mov     r0, r11
        str     r0, [r7]
        mov     r0, r12
        mov     r1, r10
        subs    r0, r0, r1
        str     r0, [r7, #4]
        ldr     r2, =STATE
        add     r9, r2
        add     r10, r2
        bx      lr
"""
# By semihosting: SYS_OPEN of the terminal, SYS_WRITE, SYS_EXIT.
FINISH = """
finish: movs    r0, #0x01
        ldr     r1, =open
        bkpt    0xAB
        ldr     r1, =ram
        ldr     r2, [r1]
        ldr     r3, [r1, #4]
        push    {r0, r2, r3}
        mov     r1, sp
        movs    r0, #0x05
        bkpt    0xAB
        movs    r0, #0x18
        ldr     r1, =0x20026
        bkpt    0xAB
"""


def assemble(target: Target, cases: Sequence[Case], code: int, ram: int) -> tuple[bytes, dict[str, int]]:
    """The image, from `code` on, and its symbols. The ends' states will be at `ram`."""
    size = 4 * len(cases[0].state)
    wanted = {"FPU": target.has_fpu, "DSP": DSP in target.groups, "BASIC": DSP not in target.groups}
    harness = []
    for line in (SMALL_HARNESS if target.is_small else HARNESS).splitlines():
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        if word not in wanted:
            harness.append(line)
        elif wanted[word]:
            harness.append(line.replace(word, "", 1))
    enable = "ldr r0, =0xE000ED88; ldr r1, =0xF00000; str r1, [r0]; dsb; isb" if target.has_fpu else ""
    bodies = []
    for number, one in enumerate(cases):
        steps = "\n".join(f" {step}".replace(" ; ", "\n ") for step in one.steps)
        bodies.append(f"case{number}: bl load\n{steps}\n bl save")
    lines = [
        f".syntax unified\n{target.assembler}\n.thumb\n.equ MEMORY_WORDS, {MEMORY_WORDS}\n.equ STATE, {size}",
        f".word 0x{ram + size * len(cases) + 0x800:x}, reset + 1\n.rept 14\n.word fault + 1\n.endr",
        f".thumb_func\nreset:\n{enable}\nldr r0, ={code + INPUTS}\nmov r9, r0\nldr r0, ={ram}\nmov r10, r0\nb case0\n.ltorg",
        *harness,
        ".ltorg\n.thumb_func\nfault: b fault",
        *bodies,
        FINISH,
        f'.ltorg\n.balign 4\nopen: .word name, 4, 3\nname: .asciz ":tt"\n.balign 4\nram: .word {ram}, {size * len(cases)}',
    ]
    with tempfile.TemporaryDirectory() as folder:
        text, unlinked, linked, flat = (Path(folder, name) for name in ("a.s", "a.o", "a.elf", "a.bin"))
        text.write_text("\n".join(lines))
        call("as", text, "-o", unlinked)
        call("ld", f"-Ttext={code:#x}", "-e", f"{code:#x}", unlinked, "-o", linked)
        call("objcopy", "-O", "binary", "-j", ".text", linked, flat)
        named = (line.split() for line in call("nm", linked).splitlines())
        symbols = {name: int(address, 16) for address, _, name in named}
        image = flat.read_bytes()
    if len(image) > INPUTS:
        raise SystemExit("too many sequences in one image")
    states = b"".join(struct.pack(f"<{len(one.state)}I", *one.state) for one in cases)
    return image.ljust(INPUTS, b"\0") + states, symbols


def call(tool: str, *arguments: object) -> str:
    command = [f"arm-none-eabi-{tool}", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit("\n".join(line for line in done.stderr.splitlines() if "Warning" not in line))
    return done.stdout


# --- Running --------------------------------------------------------------------------------------------------------

End = tuple[int, ...]


def in_qemu(target: Target, cases: Sequence[Case]) -> list[End]:
    image, _ = assemble(target, cases, target.code, target.ram)
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(image)
        file.flush()
        command = ["qemu-system-arm", "-M", target.machine, "-display", "none", "-monitor", "none", "-serial", "none"]
        command += ["-semihosting-config", "enable=on,target=native", "-device"]
        command += [f"loader,file={file.name},addr={target.code:#x},force-raw=on"]
        output = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout
    return unpacked(cases, output)


def in_simtiny(target: Target, cases: Sequence[Case]) -> list[End]:
    """Raises SimtinyError."""
    image, symbols = assemble(target, cases, FLASH, RAM)
    board = load_board(target.board or "nucleo-l4r5zi")
    if not target.board:
        board = replace(board, core="cortex-m3")
    machine = Machine(board, Image("differential", "", (Segment(FLASH, image),)), operands=False)
    machine.watch(symbols["finish"], machine.stop)
    machine.run(limit_cycles=10_000_000)
    return unpacked(cases, machine.read_memory(RAM, 4 * len(cases[0].state) * len(cases)))


def unpacked(cases: Sequence[Case], states: bytes) -> list[End]:
    size = 4 * len(cases[0].state)
    return [struct.unpack_from(f"<{size // 4}I", states, number * size) for number in range(len(cases))]


# --- Comparing ------------------------------------------------------------------------------------------------------


def prefixes(one: Case) -> list[Case]:
    return [replace(one, steps=one.steps[:count]) for count in range(len(one.steps) + 1)]


def both(target: Target, cases: Sequence[Case]) -> Iterator[tuple[Case, End, End | str]]:
    """Each case with QEMU's end and ours, or why there is none."""
    expected = in_qemu(target, cases)
    try:
        found: Sequence[End | str] = in_simtiny(target, cases)
    except SimtinyError as error:
        found = [str(error)] if len(cases) == 1 else []
    if found:
        yield from zip(cases, expected, found, strict=True)
        return
    middle = len(cases) // 2
    yield from both(target, cases[:middle])
    yield from both(target, cases[middle:])


@dataclass(frozen=True)
class Difference:
    """The first step of a sequence whose end differs, and the states: before it, and after it in QEMU and here."""

    step: str
    before: End
    qemu: End
    here: End | str

    def __str__(self) -> str:
        lines = [self.step]
        if isinstance(self.here, str):
            return f"{self.step}\n    {self.here}"
        for number, (before, qemu, here) in enumerate(zip(self.before, self.qemu, self.here, strict=True)):
            if qemu != here:
                lines.append(f"    {place(number)}: QEMU {qemu:08x}, here {here:08x}, before {before:08x}")
        state = [f"{place(n)} {word:08x}" for n, word in enumerate(self.before) if not 9 <= n < 10 + MEMORY_WORDS]
        return "\n".join([*lines, "    from " + " ".join(state)])


def place(number: int) -> str:
    if number < 8:
        return f"r{number}"
    if number < 10:
        return ("apsr", "base")[number - 8]
    number -= 10
    if number < MEMORY_WORDS:
        return f"memory[{number}]"
    number -= MEMORY_WORDS
    return f"s{number - 1}" if number else "fpscr"


def differences(target: Target, seed: int, sequences: int, length: int = 12) -> Iterator[Difference]:
    source = random.Random(seed)
    for start in range(0, sequences, target.batch):
        cases = [case(source, target, length) for _ in range(min(target.batch, sequences - start))]
        for one, expected, found in both(target, cases):
            if expected != found:
                yield first_difference(target, one)


def first_difference(target: Target, one: Case) -> Difference:
    before = one.state
    for shorter, expected, found in both(target, prefixes(one)):
        if expected != found:
            return Difference(shorter.steps[-1] if shorter.steps else "no instruction", before, expected, found)
        before = expected
    raise AssertionError("a difference that does not come again")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--core", choices=TARGETS, action="append", help="by default all")
    parser.add_argument("--sequences", type=int, default=10_000, help="of each core")
    parser.add_argument("--length", type=int, default=12, help="steps of a sequence")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=20, help="differences of a core to show")
    options = parser.parse_args()
    total = 0
    for core in options.core or TARGETS:
        count = 0
        for found in differences(TARGETS[core], options.seed, options.sequences, options.length):
            count += 1
            if count <= options.most:
                print(f"{core}: {found}", flush=True)
        print(f"{core}: {options.sequences} sequences of {options.length} steps, {count} differ", flush=True)
        total += count
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
