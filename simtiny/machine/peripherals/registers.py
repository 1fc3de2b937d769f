"""Register blocks described by tables: what reads back, which flag follows which enable bit."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from simtiny.errors import BadInput
from simtiny.machine.peripherals.words import WORD, lane_mask, parameters, read_lane, split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind
from simtiny.platform import PeripheralConfig


@dataclass(frozen=True)
class Register:
    """One 32-bit register. Masks: `writable` (software may change), `clear` (write 1 to clear), `pulse` (write 1
    starts something that is over at once: reads 0), `always` (reads 1).
    """

    offset: int
    reset: int = 0
    writable: int = WORD
    clear: int = 0
    pulse: int = 0
    always: int = 0


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


@dataclass
class RegisterFile:
    """The values of a block's registers, kept to the table's rules. Unlisted registers read back what was written."""

    registers: Mapping[str, Register]
    follows: Sequence[Follow] = ()
    words: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rule in self.follows:
            for name in (rule.source, rule.target):
                if name not in self.registers:
                    raise ValueError(f"a rule names the unknown register {name}")
        self._by_offset = {register.offset: register for register in self.registers.values()}
        self.words |= {register.offset: register.reset | register.always for register in self.registers.values()}
        self._settle()

    def __getitem__(self, name: str) -> int:
        return self.words[self.registers[name].offset]

    def __setitem__(self, name: str, value: int) -> None:
        """What the hardware does to a register: no mask applies."""
        self.words[self.registers[name].offset] = value & WORD
        self._settle()

    def known(self, offset: int) -> bool:
        return split(offset)[0] in self._by_offset

    def read(self, offset: int, size: int) -> int:
        return read_lane(self.words.get(split(offset)[0], 0), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        """A bus write: `value` is right-aligned, `size` in bytes."""
        place = split(offset)[0]
        old = self.words.get(place, 0)
        new = write_lane(old, offset, size, value)
        register = self._by_offset.get(place)
        if register is not None:
            ones = new & lane_mask(offset, size)
            plain = register.writable & ~register.clear & ~register.pulse
            new = (old & ~plain | new & plain) & ~(register.clear & ones) & ~register.pulse | register.always
        self.words[place] = new
        self._settle()

    def _settle(self) -> None:
        for rule in self.follows:
            mask = (1 << rule.width) - 1
            bits = (self[rule.source] >> rule.source_low) & mask
            place = self.registers[rule.target].offset
            self.words[place] = self.words[place] & ~(mask << rule.target_low) | bits << rule.target_low


class Block:
    """What all kinds of peripherals have in common: a name, interrupts, the machine, and notes that name them."""

    timeless = True

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        self._name, self._irq, self._system = config.name, config.irq, system

    def _note(self, kind: NoteKind, what: str, offset: int | None = None) -> None:
        """Say something of the block, or of its register at `offset`."""
        place = self._name if offset is None else f"{self._name}+0x{split(offset)[0]:02x}"
        self._system.note(kind, place, f"{self._name}: {what}")

    def _note_unknown(self, offset: int) -> None:
        """A register was written that the block's table does not list."""
        self._note(NoteKind.UNKNOWN_REGISTER, f"unknown register 0x{split(offset)[0]:02x} written", offset)


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`registers`: name to table row; `follow`: rules in the form that `follow` reads; `about`: a note."""

    registers: dict[str, Register] = {}
    follow: tuple[str, ...] = ()
    about: str = ""


class Registers(Block):
    """Kind "registers": a block that is only its table. Says in the notes what the firmware wrote beyond the table."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        given = parameters(config, Parameters)
        try:
            self.file = RegisterFile(given.registers, [follow(rule) for rule in given.follow])
        except ValueError as error:
            raise BadInput(f"peripheral {config.name} ({config.kind}): {error}") from error
        super().__init__(config, system)
        self._about = given.about

    def read(self, offset: int, size: int) -> int:
        self._note_limits()
        return self.file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        self._note_limits()
        if not self.file.known(offset):
            self._note_unknown(offset)
        self.file.write(offset, size, value)

    def _note_limits(self) -> None:
        if self._about:
            self._note(NoteKind.UNMODELLED, self._about)


class MemoryRegisters(Block):
    """Kind "memory-registers": the fallback for a block that is not modelled. Reads back what was written."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        self.file = RegisterFile({})
        super().__init__(config, system)

    def read(self, offset: int, size: int) -> int:
        self._note_limits()
        return self.file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        self._note_limits()
        self.file.write(offset, size, value)

    def _note_limits(self) -> None:
        self._note(NoteKind.UNMODELLED, "not modelled, its registers read back what was written")
