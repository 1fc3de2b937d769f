"""Kinds that need no code of their own: a platform file says all, or there is nothing to say."""

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.errors import BadInput
from simtiny.machine.peripherals.block import Block, NoParameters
from simtiny.machine.peripherals.registers import Register, RegisterFile, follows
from simtiny.machine.system import System
from simtiny.notes import NoteKind


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`registers`: name to table row; `follow`: rules in the form that `registers.follow` reads; `about`: a note."""

    registers: dict[str, Register] = {}
    follow: tuple[str, ...] = ()
    about: str = ""


class Registers(Block[Parameters]):
    """Kind "registers": a block that is only its table. Says in the notes what the firmware wrote beyond the table."""

    takes = Parameters

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        try:
            self.file = RegisterFile(self._given.registers, follows(*self._given.follow))
        except ValueError as error:
            raise BadInput(f"peripheral {config.name} ({config.kind}): {error}") from error

    def read(self, offset: int, size: int) -> int:
        self._note_limits()
        return self.file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        self._note_limits()
        if not self.file.name(offset):
            self._note_unknown(offset)
        self.file.write(offset, size, value)

    def register_name(self, offset: int) -> str:
        return self.file.name(offset)

    def _note_limits(self) -> None:
        if self._given.about:
            self._note(NoteKind.UNMODELLED, self._given.about)


class MemoryRegisters(Block[NoParameters]):
    """Kind "memory-registers": the fallback for a block that is not modelled. Reads back what was written."""

    takes = NoParameters

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self.file = RegisterFile({})

    def read(self, offset: int, size: int) -> int:
        self._note_limits()
        return self.file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        self._note_limits()
        self.file.write(offset, size, value)

    def _note_limits(self) -> None:
        self._note(NoteKind.UNMODELLED, "not modelled, its registers read back what was written")
