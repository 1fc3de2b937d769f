"""The instructions of each core as templates, and where QEMU and simtiny have it.

{r}: any of R0 to R7. {a} {b} {c} {d}: different ones. {s}, {D}: a single, a double. {x}, {X}: one, the same each time.
{n:LOW:HIGH}: a number. {n:LOW:HIGH:STEP}. {cond}: a condition. BASE: the register that points into the memory.
"""

from dataclasses import dataclass

V6M = """
movs {r}, #{n:0:255} | adds {r}, {r}, #{n:0:7} | adds {r}, {r}, {r} | adds {r}, #{n:0:255} | subs {r}, {r}, {r}
subs {r}, #{n:0:255} | cmp {r}, {r} | cmp {r}, #{n:0:255} | cmn {r}, {r} | tst {r}, {r} | mov {r}, {r} | add {r}, {r}
adcs {x}, {r} | sbcs {x}, {r} | rsbs {r}, {r}, #0 | ands {x}, {r} | orrs {x}, {r} | eors {x}, {r} | bics {x}, {r}
mvns {r}, {r} | lsls {r}, {r}, #{n:0:31} | lsrs {r}, {r}, #{n:1:32} | asrs {r}, {r}, #{n:1:32} | lsls {x}, {r}
lsrs {x}, {r} | asrs {x}, {r} | rors {x}, {r} | muls {x}, {r}, {x} | sxtb {r}, {r} | sxth {r}, {r} | uxtb {r}, {r}
uxth {r}, {r} | rev {r}, {r} | rev16 {r}, {r} | revsh {r}, {r}
str {r}, [BASE, #{n:0:28:4}] | ldr {r}, [BASE, #{n:0:28:4}] | strb {r}, [BASE, #{n:0:31}] | ldrb {r}, [BASE, #{n:0:31}]
strh {r}, [BASE, #{n:0:28:2}] | ldrh {r}, [BASE, #{n:0:28:2}]
movs {a}, #{n:0:31} ; ldrsb {b}, [BASE, {a}] | movs {a}, #{n:0:28:2} ; ldrsh {b}, [BASE, {a}]
push {{{a}, {b}}} ; pop {{{c}, {d}}} | mrs {r}, apsr | msr apsr_nzcvq, {r} | mrs {r}, primask
b{cond} 1f ; adds {r}, #1 ; mvns {r}, {r} ; 1:
mov {a}, BASE ; lsrs {a}, #2 ; lsls {a}, #2 ; stmia {a}!, {{{b}, {c}}} ; subs {a}, {a}, {a}
mov {a}, BASE ; lsrs {a}, #2 ; lsls {a}, #2 ; ldmia {a}!, {{{b}, {c}}} ; subs {a}, {a}, {a}
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
sbfx {r}, {r}, #{n:0:15}, #{n:1:16} | ubfx {r}, {r}, #{n:0:15}, #{n:1:16} | sbfx {r}, {r}, #0, #32
ubfx {r}, {r}, #31, #1
ssat {r}, #{n:1:32}, {r} | ssat {r}, #{n:1:32}, {r}, lsl #{n:0:31} | ssat {r}, #{n:1:32}, {r}, asr #{n:1:31}
usat {r}, #{n:0:31}, {r} | usat {r}, #{n:0:31}, {r}, lsl #{n:0:31} | usat {r}, #{n:0:31}, {r}, asr #{n:1:31}
mul {r}, {r}, {r} | mla {r}, {r}, {r}, {r} | mls {r}, {r}, {r}, {r} | umull {a}, {b}, {r}, {r}
smull {a}, {b}, {r}, {r}
umlal {a}, {b}, {r}, {r} | smlal {a}, {b}, {r}, {r} | sdiv {r}, {r}, {r} | udiv {r}, {r}, {r}
ldr.w {r}, [BASE, #{n:-16:16}] | str.w {r}, [BASE, #{n:0:16}] | str {r}, [BASE, #-{n:1:16}]
ldrsb.w {r}, [BASE, #{n:0:16}]
ldrh {r}, [BASE, #{n:-4:4}]! | strh {r}, [BASE, #{n:-4:4}]! | ldr {r}, [BASE], #{n:-4:4} | str {r}, [BASE], #{n:-4:4}
ldrb {r}, [BASE], #{n:-4:4} | strb {r}, [BASE, #{n:-4:4}]! | ldrsh {r}, [BASE], #{n:-4:4}
and {a}, {a}, #7 ; ldr.w {b}, [BASE, {a}, lsl #{n:0:2}] | and {a}, {a}, #7 ; strh.w {b}, [BASE, {a}, lsl #{n:0:2}]
bic BASE, #3 ; ldrd {a}, {b}, [BASE, #{n:-16:16:4}] | bic BASE, #3 ; strd {a}, {b}, [BASE, #{n:-16:16:4}]
bic BASE, #3 ; ldrd {a}, {b}, [BASE], #{n:-4:4:4} | bic BASE, #3 ; strd {a}, {b}, [BASE, #{n:-4:4:4}]!
bic BASE, #3 ; stmdb BASE, {{{r}, r7}} | bic BASE, #3 ; ldmia.w BASE, {{r0, r3, r5}}
bic BASE, #3 ; ldmdb BASE, {{r1, r4}}
bic BASE, #3 ; ldrex {a}, [BASE, #{n:0:16:4}] ; strex {b}, {c}, [BASE, #{n:0:16:4}]
bic BASE, #3 ; ldrexb {a}, [BASE] ; strexb {b}, {c}, [BASE]
bic BASE, #3 ; ldrexh {a}, [BASE] ; strexh {b}, {c}, [BASE]
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
vadd.f32 {s}, {s}, {s} | vsub.f32 {s}, {s}, {s} | vmul.f32 {s}, {s}, {s} | vnmul.f32 {s}, {s}, {s}
vdiv.f32 {s}, {s}, {s}
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
vadd.f64 {D}, {D}, {D} | vsub.f64 {D}, {D}, {D} | vmul.f64 {D}, {D}, {D} | vnmul.f64 {D}, {D}, {D}
vdiv.f64 {D}, {D}, {D}
vmla.f64 {D}, {D}, {D} | vmls.f64 {D}, {D}, {D} | vnmla.f64 {D}, {D}, {D} | vnmls.f64 {D}, {D}, {D}
vfma.f64 {D}, {D}, {D} | vfms.f64 {D}, {D}, {D} | vfnma.f64 {D}, {D}, {D} | vfnms.f64 {D}, {D}, {D}
vabs.f64 {D}, {D} | vneg.f64 {D}, {D} | vsqrt.f64 {D}, {D} | vmov.f64 {D}, {D} | vmov.f64 {D}, #{fp}
vcmp.f64 {D}, {D} | vcmpe.f64 {D}, {D} | vcmp.f64 {D}, #0.0 | vcmpe.f64 {D}, #0.0 | vmrs apsr_nzcv, fpscr
vcvt.f64.s32 {D}, {s} | vcvt.f64.u32 {D}, {s} | vcvt.s32.f64 {s}, {D} | vcvt.u32.f64 {s}, {D} | vcvtr.s32.f64 {s}, {D}
vcvtr.u32.f64 {s}, {D} | vcvt.f64.f32 {D}, {s} | vcvt.f32.f64 {s}, {D} | vcvt{tb}.f64.f16 {D}, {s}
vcvt{tb}.f16.f64 {s}, {D}
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
CHOICES = {
    "cond": ["eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le"],
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
    "cortex-m0plus": Target("microbit", 0, 0x2000_0000, "nucleo-g0b1re", ".cpu cortex-m0", (V6M,), batch=60),
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
