"""What kinds of peripherals have in common."""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.registers import RegisterFile, Table
from simtiny.machine.peripherals.words import parameters, split
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind

P = TypeVar("P", bound=msgspec.Struct)


class NoParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a kind that takes none."""


class Block(ABC, Generic[P]):
    """A peripheral by its configuration: its name, interrupts and parameters, the machine, and notes that name it.

    `takes`: the parameters of its kind, required ones first. Raises BadInput for others.
    """

    takes: type[P]

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        self._name, self._irq, self._system = config.name, config.irq, system
        self._given = parameters(config, self.takes)

    @property
    def timeless(self) -> bool:
        """See `simtiny.machine.system.Peripheral`."""
        return True

    def steady_until(self, offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        return ALWAYS if self.timeless else 0

    @abstractmethod
    def read(self, offset: int, size: int) -> int: ...

    @abstractmethod
    def write(self, offset: int, size: int, value: int) -> None: ...

    def register_name(self, offset: int) -> str:
        """What the manual calls the register at `offset`, empty where that is not known."""
        return ""

    def _note(self, kind: NoteKind, what: str, offset: int | None = None) -> None:
        """Say something of the block, or of its register at `offset`."""
        place = self._name if offset is None else f"{self._name}+0x{split(offset)[0]:02x}"
        self._system.note(kind, place, f"{self._name}: {what}")

    def _note_unknown(self, offset: int) -> None:
        """A register was written that the block's table does not list."""
        self._note(NoteKind.UNKNOWN_REGISTER, f"unknown register 0x{split(offset)[0]:02x} written", offset)


class RegisterBlock(Block[P]):
    """A block that is a table of registers. Writes beyond the table are noted."""

    table: ClassVar[Table]

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        table = self.table_of(self._given)
        self._file = RegisterFile(table.registers, table.follows)

    @classmethod
    def table_of(cls, given: P) -> Table:
        """The table of a block with these parameters."""
        return cls.table

    def register_name(self, offset: int) -> str:
        return self._file.name(offset)

    def read(self, offset: int, size: int) -> int:
        return self._file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        if not self._file.name(offset):
            self._note_unknown(offset)
        self._file.write(offset, size, value)
