"""What QUADSPI and OCTOSPI have in common: commands to a memory outside the chip, a FIFO, and a window into it.

Bits of CR and SR: CMSIS stm32f746xx.h and stm32u575xx.h (QUADSPI_CR_*, OCTOSPI_SR_* and theirs), the same in both.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.devices import NOTHING, MemoryCommand
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.stm32.kernel import cycles_at, running_hz
from simtiny.machine.peripherals.stm32.requests import Lines
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind

EN, ABORT, DMAEN, DUAL, APMS, PMM = 1 << 0, 1 << 1, 1 << 2, 1 << 6, 1 << 22, 1 << 23
TCF, FTF, SMF, BUSY = 1 << 1, 1 << 2, 1 << 3, 1 << 5
INTERRUPTS = 0x1F  # of SR; their enables stand 16 bits higher in CR
INDIRECT_WRITE, INDIRECT_READ, POLLING, MEMORY_MAPPED = range(4)  # FMODE
FIFO_BYTES = 32
MOST_AT_ONCE = 1 << 16
"""Bytes that a memory is asked for at a time: a command may read 4 GiB."""
WITHOUT_END = 0xFFFF_FFFF  # DLR: up to the end of the memory
LINES = (0, 1, 2, 4, 8)  # by IMODE, ADMODE, ABMODE, DMODE


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the name of its kernel clock. `window`: base and bytes of the memory as the core sees it."""

    clock: str
    window: tuple[int, int] | None = None


@dataclass(frozen=True)
class Phases:
    """A command as the registers describe it. Each phase goes on so many lines, none: it is left out.

    `byte_clocks`: clocks of a byte of data; `command_clocks`: of all before it.
    """

    instruction: int | None
    address_bytes: int
    alternate: int | None
    dummy_cycles: int
    has_data: bool
    command_clocks: Fraction
    byte_clocks: Fraction


@dataclass(frozen=True)
class Layout:
    """Offsets of registers."""

    control: int
    status: int
    clear: int
    length: int
    address: int
    data: int
    mask: int
    match: int
    interval: int


class MemoryController(Block[Parameters]):
    """Indirect reads and writes, automatic polling, and reads through a window. Each generation has its registers."""

    takes = Parameters
    takes_devices = ("memory",)
    layout: Layout
    size: int

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._words = dict.fromkeys(range(0, self.size, 4), 0)
        self._flags = 0
        self._is_busy = self._is_open = False
        self._fifo = bytearray()
        self._incoming = bytearray()  # what the memory has given and has not come by now
        self._to_ask = self._next_address = 0  # bytes that the memory is still to be asked for, and where they begin
        self._written = bytearray()  # what has gone to the memory of this command
        self._left = 0  # bytes of this command to be written
        self._handle: int | None = None
        self._lines = Lines(system, config.name)

    @abstractmethod
    def mode(self) -> int:
        """FMODE."""

    @abstractmethod
    def phases(self) -> Phases:
        """The command of the present registers."""

    @abstractmethod
    def prescaler(self) -> int: ...

    @abstractmethod
    def begins_by(self, offset: int) -> bool:
        """Whether the register at `offset` is the last one that a command without address waits for."""

    @property
    def window(self) -> range:
        """Addresses at which the core sees the memory."""
        base, size = self._given.window or (0, 0)
        return range(base, base + size)

    def steady_until(self, offset: int) -> int:
        """A read of DR that gives data changes something; all else changes by events."""
        return 0 if split(offset)[0] == self.layout.data and self._fifo else ALWAYS

    # --- registers ------------------------------------------------------------------------------------------------

    def read(self, offset: int, size: int) -> int:
        word_offset = split(offset)[0]
        if word_offset == self.layout.data:
            return self._read_data(size)
        word = self._status() if word_offset == self.layout.status else self._words.get(word_offset, 0)
        return read_lane(word, offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset, layout = split(offset)[0], self.layout
        if word_offset == layout.clear:
            self._flags &= ~write_lane(0, offset, size, value)
        elif word_offset == layout.data:
            self._write_data(size, value)
        elif word_offset in self._words and word_offset != layout.status:
            self._words[word_offset] = write_lane(self._words[word_offset], offset, size, value)
            if word_offset == layout.control:
                self._control()
            self._begin_by(word_offset)
            if self.mode() == MEMORY_MAPPED and self._words[layout.control] & EN and not self._is_open:
                self._is_open = True
                self._system.open_window(self._name)
        else:
            self._note_unknown(offset)
        self._update()

    def _control(self) -> None:
        control = self._words[self.layout.control]
        if control & DUAL:
            self._note(NoteKind.UNMODELLED, "two memories side by side are not modelled: there is one")
        if control & ABORT or not control & EN:
            was_busy = self._is_busy
            self._finish()
            self._fifo.clear()
            self._flags |= TCF if control & ABORT and was_busy else 0
            self._words[self.layout.control] &= ~ABORT

    def _begin_by(self, offset: int) -> None:
        if not self._words[self.layout.control] & EN or self._is_busy:
            return
        phases, mode = self.phases(), self.mode()
        if mode == MEMORY_MAPPED or (mode == INDIRECT_WRITE and phases.has_data):
            return
        if offset == self.layout.address if phases.address_bytes else self.begins_by(offset):
            self._begin(phases)

    def _count(self) -> int:
        length = self._words[self.layout.length]
        return FIFO_BYTES if length == WITHOUT_END else length + 1

    def _status(self) -> int:
        return self._flags | self._threshold_flag() | (BUSY if self._is_busy else 0) | len(self._fifo) << 8

    def _threshold_flag(self) -> int:
        control = self._words[self.layout.control]
        threshold = (control >> 8 & 31) + 1
        if not control & EN:
            return 0
        if self.mode() == INDIRECT_READ:
            return FTF if len(self._fifo) >= threshold or (self._fifo and not self._incoming) else 0
        if self.mode() == INDIRECT_WRITE and self.phases().has_data:
            return FTF if FIFO_BYTES - len(self._fifo) >= threshold else 0
        return 0

    # --- commands -------------------------------------------------------------------------------------------------

    def _command(self, phases: Phases, address: int, data: bytes, count: int) -> MemoryCommand:
        address &= 0xFFFF_FFFF
        where = address & (1 << 8 * phases.address_bytes) - 1 if phases.address_bytes else None
        return MemoryCommand(phases.instruction, where, phases.alternate, phases.dummy_cycles, data, count)

    def _carry_out(self, phases: Phases, address: int, data: bytes, count: int) -> bytes:
        """Have the memory do it. Without one all bytes are ones."""
        command = self._command(phases, address, data, count)
        answer = self._system.devices.command(self._name, command)
        if answer is None:
            self._note(NoteKind.UNMODELLED, "no device attached, reads 0xFF")
            return bytes([NOTHING]) * count
        return answer

    def _after(self, clocks: Fraction, callback: Callable[[], None]) -> None:
        """Call back when so many clocks of the memory have passed."""
        clock_hz = running_hz(self._system, self._name, self._given.clock)
        cycles = cycles_at(self._system, clock_hz, clocks * self.prescaler())

        def over() -> None:
            self._handle = None
            callback()
            self._update()

        self._handle = self._system.schedule(self._system.cycles + cycles, over)

    def _begin(self, phases: Phases) -> None:
        self._is_busy = True
        self._written.clear()
        mode = self.mode()
        if mode == POLLING:
            self._after(phases.command_clocks + self._count() * phases.byte_clocks, self._polled)
        elif mode == INDIRECT_READ and phases.has_data:
            self._fifo.clear()
            self._to_ask, self._next_address = self._count(), self._words[self.layout.address]
            self._ask()
            self._after(phases.command_clocks + self._burst() * phases.byte_clocks, self._arrived)
        elif phases.has_data:
            self._left = self._count()
            self._after(phases.command_clocks + self._burst() * phases.byte_clocks, self._went)
        else:
            self._after(phases.command_clocks, self._done)

    def _ask(self) -> None:
        """Have the memory give more of what is read."""
        count = min(self._to_ask, MOST_AT_ONCE)
        self._incoming += self._carry_out(self.phases(), self._next_address, b"", count)
        self._to_ask, self._next_address = self._to_ask - count, self._next_address + count

    def _finish(self) -> None:
        """The command is over, or is abandoned."""
        if self._handle is not None:
            self._system.cancel(self._handle)
        self._handle, self._is_busy, self._left, self._to_ask = None, False, 0, 0
        self._incoming.clear()

    def _done(self) -> None:
        self._carry_out(self.phases(), self._words[self.layout.address], bytes(self._written), 0)
        self._finish()
        self._flags |= TCF

    def _burst(self) -> int:
        """Bytes until something shows: those of the FIFO's threshold, or what is left."""
        threshold = (self._words[self.layout.control] >> 8 & 31) + 1
        if self._incoming:
            return min(threshold, len(self._incoming), FIFO_BYTES - len(self._fifo))
        return min(threshold, self._left, len(self._fifo))

    # --- indirect reads -------------------------------------------------------------------------------------------

    def _arrived(self) -> None:
        count = self._burst()
        self._fifo += self._incoming[:count]
        del self._incoming[:count]
        if self._to_ask and len(self._incoming) < FIFO_BYTES:
            self._ask()
        if not self._incoming:
            self._flags |= TCF
        self._go_on_reading()

    def _go_on_reading(self) -> None:
        if self._incoming and self._handle is None and (count := self._burst()):
            self._after(count * self.phases().byte_clocks, self._arrived)

    def _read_data(self, size: int) -> int:
        data = bytes(self._fifo[:size])
        del self._fifo[:size]
        self._go_on_reading()
        if self.mode() == INDIRECT_READ and not self._fifo and not self._incoming:
            self._is_busy = False
        self._update()
        return int.from_bytes(data, "little")

    # --- indirect writes ------------------------------------------------------------------------------------------

    def _write_data(self, size: int, value: int) -> None:
        if self.mode() != INDIRECT_WRITE or not self._words[self.layout.control] & EN:
            self._note(NoteKind.FIRMWARE, "data were written, and nothing is to be written to the memory: lost")
            return
        if len(self._fifo) + size > FIFO_BYTES:
            self._note(NoteKind.FIRMWARE, "data were written with the FIFO full: lost")
            return
        self._fifo += value.to_bytes(size, "little")
        if not self._is_busy:
            self._begin(self.phases())
        elif self._handle is None and self._left:
            self._after(self._burst() * self.phases().byte_clocks, self._went)

    def _went(self) -> None:
        count = self._burst()
        self._written += self._fifo[:count]
        del self._fifo[:count]
        self._left -= count
        if not self._left:
            self._fifo.clear()
            self._done()
        elif self._fifo:
            self._after(self._burst() * self.phases().byte_clocks, self._went)

    # --- automatic polling ----------------------------------------------------------------------------------------

    def _polled(self) -> None:
        """Compare the status that was read. A memory that is not there never changes it: nothing is read again."""
        layout, phases = self.layout, self.phases()
        count = min(self._count(), 4)
        status = int.from_bytes(self._carry_out(phases, self._words[layout.address], b"", count), "little")
        self._words[layout.data] = status
        mask, control = self._words[layout.mask], self._words[layout.control]
        equal = ~(status ^ self._words[layout.match]) & mask
        if equal == mask if not control & PMM else equal:
            self._flags |= SMF
            if control & APMS:
                self._finish()
                return
        if self._name in self._system.devices.memories:
            interval = self._words[layout.interval] & 0xFFFF
            self._after(phases.command_clocks + count * phases.byte_clocks + interval, self._polled)

    # --- window ---------------------------------------------------------------------------------------------------

    def read_window(self, offset: int, size: int) -> int:
        """What the core reads of the memory at `offset`."""
        if self.mode() != MEMORY_MAPPED or not self._words[self.layout.control] & EN:
            what = "its memory was read out of memory-mapped mode, where the bus would answer by an error: 0 returned"
            self._note(NoteKind.FIRMWARE, what)
            return 0
        self._note(NoteKind.UNMODELLED, "what reads of its memory by address take is not counted")
        phases = self.phases()
        command = self._command(phases, offset, b"", size)
        answer = self._system.devices.command(self._name, command)
        if answer is None:
            self._note(NoteKind.UNMODELLED, "no device attached, reads 0xFF")
            answer = bytes([NOTHING]) * size
        return int.from_bytes(answer, "little")

    def write_window(self, offset: int, size: int, value: int) -> None:
        """Only noted."""
        self._note(NoteKind.UNMODELLED, "writes to its memory by address are not modelled: ignored")

    def _update(self) -> None:
        control = self._words[self.layout.control]
        status = self._status()
        for irq in self._irq[:1]:
            self._lines.interrupt(irq, bool(status & INTERRUPTS & control >> 16))
        self._lines.dma(self._name, bool(status & FTF and control & DMAEN))


def phase_clocks(bits: int, lines: int, is_double_rate: bool) -> Fraction:
    """Clocks of `bits` on so many lines, none of a phase that is left out."""
    return Fraction(bits, lines * (2 if is_double_rate else 1)) if lines else Fraction(0)
