"""Many sequences as one image, and what becomes of their states in QEMU and in simtiny.

A state in memory: R0 to R7, APSR, the offset of the register that points into the memory, the memory; with an FPU,
FPSCR and S0 to S15.
"""

import struct
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from simtiny.board_file import load_board
from simtiny.image import Image, Segment
from simtiny.machine.machine import Machine
from tests.differential.cores import DSP, Target
from tests.differential.sequences import MEMORY_WORDS, Case

FLASH, RAM = 0x0800_0000, 0x2000_0000
INPUTS = 0x2_0000  # from the start of the code
End = tuple[int, ...]

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
        f".thumb_func\nreset:\n{enable}",
        f"ldr r0, ={code + INPUTS}\nmov r9, r0\nldr r0, ={ram}\nmov r10, r0\nb case0\n.ltorg",
        *harness,
        ".ltorg\n.thumb_func\nfault: movs r0, #0x18\nldr r1, =0x20023\nbkpt 0xAB\n.ltorg",
        *bodies,
        FINISH,
        '.ltorg\n.balign 4\nopen: .word name, 4, 3\nname: .asciz ":tt"',
        f".balign 4\nram: .word {ram}, {size * len(cases)}",
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


def in_qemu(target: Target, cases: Sequence[Case]) -> list[End]:
    image, _ = assemble(target, cases, target.code, target.ram)
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(image)
        file.flush()
        command = ["qemu-system-arm", "-M", target.machine, "-display", "none", "-monitor", "none", "-serial", "none"]
        command += ["-semihosting-config", "enable=on,target=native", "-device"]
        command += [f"loader,file={file.name},addr={target.code:#x},force-raw=on"]
        output = subprocess.run(command, capture_output=True, timeout=30).stdout
    if not output:
        raise SystemExit("QEMU met a fault")
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
