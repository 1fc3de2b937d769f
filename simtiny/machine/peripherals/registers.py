"""Registers described by tables: what reads back, which flag follows which enable bit, what a field is called."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from simtiny.machine.peripherals.words import WORD, lane_mask, read_lane, split, write_lane


@dataclass(frozen=True)
class Register:
    """One 32-bit register. Masks: `writable` (software may change), `clear` (write 1 to clear), `pulse` (write 1
    starts something that is over at once: reads 0), `always` (reads 1).

    `clears`: the register of which ones written here clear the bits; nothing is kept here then. `fields`: low bit and
    width of its parts, by name.
    """

    offset: int
    reset: int = 0
    writable: int = WORD
    clear: int = 0
    pulse: int = 0
    always: int = 0
    clears: str | None = None
    fields: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Follow:
    """The bits of `target` read as the bits of `source`, as a ready flag follows its enable bit."""

    source: str
    source_low: int
    target: str
    target_low: int
    width: int = 1


RULE = re.compile(r"(\w+)\[(\d+)(?::(\d+))?\] -> (\w+)\[(\d+)(?::(\d+))?\]")


def follow(rule: str) -> Follow:
    """Read a rule: "CR[8] -> CR[10]" or, for a field, "CFGR[1:0] -> CFGR[3:2]"."""
    match = RULE.fullmatch(rule)
    if match is None:
        raise ValueError(f"rule {rule!r} is not of the form 'CR[8] -> CR[10]'")
    source, source_high, source_low, target, target_high, target_low = match.groups()
    width = int(source_high) - int(source_low or source_high) + 1
    if width < 1 or width != int(target_high) - int(target_low or target_high) + 1:
        raise ValueError(f"rule {rule!r}: the two fields differ in width")
    return Follow(source, int(source_low or source_high), target, int(target_low or target_high), width)


def follows(*rules: str) -> tuple[Follow, ...]:
    """Several rules."""
    return tuple(follow(rule) for rule in rules)


@dataclass(frozen=True)
class Table:
    """A block's registers by name, and which bits follow which."""

    registers: Mapping[str, Register]
    follows: tuple[Follow, ...] = ()


@dataclass
class RegisterFile:
    """The values of a block's registers, kept to the table's rules. Unlisted registers read back what was written.

    Raises ValueError for a table or a rule that names a register which is not listed.
    """

    registers: Mapping[str, Register]
    follows: Sequence[Follow] = ()
    words: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = [name for rule in self.follows for name in (rule.source, rule.target)]
        named += [register.clears for register in self.registers.values() if register.clears]
        for name in named:
            if name not in self.registers:
                raise ValueError(f"a rule names the unknown register {name}")
        self._names = {register.offset: name for name, register in self.registers.items()}
        self.words |= {register.offset: register.reset | register.always for register in self.registers.values()}
        self._settle()

    def __getitem__(self, name: str) -> int:
        return self.words[self.registers[name].offset]

    def __setitem__(self, name: str, value: int) -> None:
        """What the hardware does to a register: no mask applies."""
        self.words[self.registers[name].offset] = value & WORD
        self._settle()

    def field(self, register: str, name: str) -> int:
        """The value of one of a register's `fields`."""
        low, width = self.registers[register].fields[name]
        return self[register] >> low & (1 << width) - 1

    def name(self, offset: int) -> str:
        """The register at `offset`, empty for one that is not listed."""
        return self._names.get(split(offset)[0], "")

    def read(self, offset: int, size: int) -> int:
        return read_lane(self.words.get(split(offset)[0], 0), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        """A bus write: `value` is right-aligned, `size` in bytes."""
        word_offset = split(offset)[0]
        old = self.words.get(word_offset, 0)
        new = write_lane(old, offset, size, value)
        name = self._names.get(word_offset)
        if name is not None:
            register = self.registers[name]
            ones = new & lane_mask(offset, size)
            if register.clears is not None:
                self[register.clears] &= ~ones
                return
            plain = register.writable & ~register.clear & ~register.pulse
            new = (old & ~plain | new & plain) & ~(register.clear & ones) & ~register.pulse | register.always
        self.words[word_offset] = new
        self._settle()

    def _settle(self) -> None:
        for rule in self.follows:
            mask = (1 << rule.width) - 1
            bits = (self[rule.source] >> rule.source_low) & mask
            word_offset = self.registers[rule.target].offset
            self.words[word_offset] = self.words[word_offset] & ~(mask << rule.target_low) | bits << rule.target_low
