"""Where QEMU and simtiny come to different ends."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from simtiny.errors import SimtinyError
from tests.differential.cores import Target
from tests.differential.images import End, in_qemu, in_simtiny
from tests.differential.sequences import MEMORY_WORDS, Case, case


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
                yield first_difference(target, one, expected, found)


def first_difference(target: Target, one: Case, expected_in_all: End, found_in_all: End | str) -> Difference:
    """The whole sequence, with its ends in its first image, if elsewhere it does not differ."""
    before = one.state
    for shorter, expected, found in both(target, prefixes(one)):
        if expected != found:
            return Difference(shorter.steps[-1] if shorter.steps else "no instruction", before, expected, found)
        before = expected
    return Difference("; ".join(one.steps), one.state, expected_in_all, found_in_all)
