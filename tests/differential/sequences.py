"""Random sequences of instructions, and states to start from with values where arithmetic has its edges."""

import random
import re
from dataclasses import dataclass

from tests.differential.cores import CHOICES, DOUBLE, Target

MEMORY_WORDS = 48


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
SINGLES = (
    0,
    1,
    0x7F_FFFF,
    0x80_0000,
    0x3F80_0000,
    0x4B00_0001,
    0x4EFF_FFFF,
    0x4F00_0000,
    0x4F80_0000,
    0x7F7F_FFFF,
    0x7F80_0000,
    0x7FC0_0000,
    0x7FA0_1234,
    0x7FC1_2345,
    0x477F_F000,
    0x3880_0000,
    0x3F00_0000,
    0x3FC0_0000,
)
DOUBLES = (
    0,
    1,
    0xF_FFFF_FFFF_FFFF,
    0x10_0000_0000_0000,
    0x3FF0 << 48,
    0x41DF_FFFF_FFC0_0000,
    0x41E0 << 48,
    0x41F0 << 48,
    0x7FEF_FFFF_FFFF_FFFF,
    0x7FF0 << 48,
    0x7FF8 << 48,
    0x7FF4_0000_0000_1234,
    0x7FF8_0000_0001_2345,
    0x47EF_FFFF_F000_0000,
    0x3810 << 48,
    0x3FE0 << 48,
    0x3FF8 << 48,
    0x40EF_FE00 << 32,
    0x3F10 << 48,
)


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
