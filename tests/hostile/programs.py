"""Hostile and broken firmware: the programs of `programs.txt`, each for several cores, and how to build them.

A program is a header and its assembly, entered at reset with 8 KiB of stack. All vectors of the core's own exceptions
lead to `handler`, those of interrupts to `irqh`; without a label of its own the first is `b .`, the second `bx lr`. The
header:

    == name [cores] status text

`status` is the exit status that is right, `text` a part of the line that is printed: in it @F is BusFault, @M MemManage
and @U UsageFault, or HardFault on Armv6-M, which has no other; @ANY is any line. `name*20` are twenty programs that
differ in the symbol SEED.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

TEXT = Path(__file__).with_name("programs.txt")
GCC = shutil.which("arm-none-eabi-gcc")
_HEADER = re.compile(r"== (\w+)(?:\*(\d+))? \[([\w ]+)\] (\d) (.+)")


@dataclass(frozen=True)
class Core:
    """One to run programs on. The numbers are of its board's chip."""

    board: str
    directives: str
    tim2_irq: int
    rcc: int
    gpio: int


CORES = {
    "m0": Core("nucleo-g0b1re", ".cpu cortex-m0plus", 15, 0x4002_1000, 0x5000_0000),
    "m4": Core("nucleo-l4r5zi", ".cpu cortex-m4\n.fpu fpv4-sp-d16", 28, 0x4002_1000, 0x4800_0000),
    "m7": Core("nucleo-h7a3zi-q", ".cpu cortex-m7\n.fpu fpv5-d16", 28, 0x5802_4400, 0x5802_0000),
    "m33": Core("nucleo-u575zi-q", ".cpu cortex-m33\n.fpu fpv5-sp-d16", 45, 0x4602_0C00, 0x4202_0000),
}
_LINKER = """
MEMORY { FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 256K  RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 32K }
ENTRY(_start)
SECTIONS { .text : { KEEP(*(.vectors)) *(.text*) } >FLASH }
"""
_FRAME = """
.syntax unified
{directives}
.thumb
.set TIM2_IRQ, {tim2_irq}
.set RCC, {rcc}
.set GPIO, {gpio}
.set SEED, {seed}
.global _start
.section .vectors, "a"
.word 0x20002000, _start
.rept 14
.word handler
.endr
.rept 96
.word irqh
.endr
.text
.type _start, %function
.type handler, %function
.type irqh, %function
{defaults}
_start:
{body}
.pool
"""
_FAULTS = {"@F": "BusFault", "@M": "MemManage", "@U": "UsageFault"}
_DEFAULTS = {"handler": "b .", "irqh": "bx lr"}


@dataclass(frozen=True)
class Program:
    """One for one core."""

    name: str
    core: str
    status: int
    expected: str
    body: str
    seed: int

    @property
    def id(self) -> str:
        return f"{self.name}-{self.core}" + (f"-{self.seed}" if self.seed else "")

    @property
    def source(self) -> str:
        """As a whole, for the assembler."""
        core = CORES[self.core]
        missing = [f"{label}: {code}" for label, code in _DEFAULTS.items() if f"{label}:" not in self.body]
        return _FRAME.format(
            directives=core.directives,
            tim2_irq=core.tim2_irq,
            rcc=core.rcc,
            gpio=core.gpio,
            seed=self.seed * 0x01234567 + 0x89ABCDEF & 0xFFFF_FFFF,
            defaults="\n".join(missing),
            body=self.body,
        )


def programs() -> list[Program]:
    """All, in the order of the file."""
    found = []
    for piece in re.split(r"^(?=== )", TEXT.read_text(), flags=re.MULTILINE):
        header, _, body = piece.partition("\n")
        match = _HEADER.fullmatch(header)
        if match is None:
            assert not piece.startswith("== "), header
            continue
        name, count, cores, status, text = match.groups()
        for core in cores.split():
            expected = text
            for short, fault in _FAULTS.items():
                expected = expected.replace(short, "HardFault" if core == "m0" else fault)
            for seed in range(int(count or 1)):
                found.append(Program(name, core, int(status), expected, body, seed))
    return found


def build(program: Program, folder: Path) -> Path:
    """Its ELF file. Needs GCC."""
    script, source, elf = folder / "memory.ld", folder / f"{program.id}.s", folder / f"{program.id}.elf"
    script.write_text(_LINKER)
    source.write_text(program.source)
    arguments = [str(GCC), "-nostdlib", "-nostartfiles", "-Wl,--no-warn-rwx-segments", "-T", str(script)]
    subprocess.run([*arguments, str(source), "-o", str(elf)], check=True, capture_output=True, text=True)
    return elf
