"""STM32 SPI with a FIFO of 32 bits, as master: F0, F3, F7, G0, G4, L4, L4+ and WB.

Offsets and bits: CMSIS stm32l4r5xx.h (SPI_TypeDef, SPI_CR1_* and theirs). A frame takes its bits by the bus clock and
the prescaler of CR1.BR; frames follow each other without a gap.
"""

from typing import Literal

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.stm32.kernel import cycles_at, running_hz
from simtiny.machine.peripherals.stm32.requests import Lines
from simtiny.machine.peripherals.stm32.spi_wire import exchange
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind

CR1, CR2, SR, DR, CRCPR, RXCRCR, TXCRCR, I2SCFGR, I2SPR = range(0x00, 0x24, 4)
NAMES = ("CR1", "CR2", "SR", "DR", "CRCPR", "RXCRCR", "TXCRCR", "I2SCFGR", "I2SPR")
RESET = {CR2: 0x0700, CRCPR: 7, I2SPR: 2}

CR1_MSTR, CR1_SPE, CR1_SSI, CR1_SSM, CR1_RXONLY, CR1_CRCEN, CR1_BIDIOE, CR1_BIDIMODE = (
    1 << 2, 1 << 6, 1 << 8, 1 << 9, 1 << 10, 1 << 13, 1 << 14, 1 << 15,
)  # fmt: skip
CR2_RXDMAEN, CR2_TXDMAEN, CR2_FRF, CR2_ERRIE, CR2_RXNEIE, CR2_TXEIE, CR2_FRXTH = (
    1 << 0, 1 << 1, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 12,
)  # fmt: skip
RXNE, TXE, CRCERR, MODF, OVR, BSY = 1 << 0, 1 << 1, 1 << 4, 1 << 5, 1 << 6, 1 << 7
ERRORS = CRCERR | MODF | OVR
I2SCFGR_I2SE, I2SCFGR_I2SMOD = 1 << 10, 1 << 11
FIFO_BYTES = 4
VAIN_LOOKS = 10
"""At SR with nothing under way, behind which it is RXNE that is waited for: TXE and not BSY were there at the first."""
VAIN_FRAMES = 10
"""Of time without a new frame, behind which an interrupt or DMA that waits for RXNE would never come."""


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the name of its bus clock."""

    clock: str


class Spi(Block[Parameters]):
    """Kind "stm32-spi". `irq` is its one interrupt. DMA requests: "<name>.tx" and "<name>.rx".

    CRC, TI mode, I2S and slave mode are not modelled and noted. LSB-first devices see each frame as the firmware does.
    """

    takes = Parameters
    takes_devices = ("spi",)

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._words = dict.fromkeys(range(0, 0x24, 4), 0) | RESET
        self._errors = 0
        self._looks = 0  # at SR, in vain
        self._gives_last = False  # RXNE for a single byte, though FRXTH is clear
        self._patience: int | None = None  # the event that is to give it
        self._overrun_read = False  # DR was read since the overrun: reading SR now ends it
        self._sent, self._received = bytearray(), bytearray()
        self._frame: bytes | None = None  # in the shift register
        self._handle: int | None = None
        self._lines = Lines(system, config.name)

    def steady_until(self, offset: int) -> int:
        """A read of DR that gives data, and of SR behind an overrun or while a byte is left, changes something."""
        word_offset = split(offset)[0]
        if word_offset == DR:
            return 0 if self._received else ALWAYS
        counts = self._overrun_read or (self._is_left() and not self._gives_last)
        return 0 if word_offset == SR and counts else ALWAYS

    def register_name(self, offset: int) -> str:
        return NAMES[offset // 4] if offset // 4 < len(NAMES) else ""

    def read(self, offset: int, size: int) -> int:
        word_offset = split(offset)[0]
        if word_offset == DR:
            return self._read_data(size)
        if word_offset == SR:
            self._look_in_vain()
            status = self._status()
            if self._overrun_read:
                self._errors, self._overrun_read = self._errors & ~OVR, False
                self._update()
            return read_lane(status, offset, size)
        return read_lane(self._words.get(word_offset, 0), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        if word_offset == DR:
            self._write_data(size, value)
        elif word_offset == SR:
            if not write_lane(self._errors, offset, size, value) & CRCERR:
                self._errors &= ~CRCERR
        elif word_offset in self._words:
            before = self._words[word_offset]
            self._words[word_offset] = write_lane(before, offset, size, value) & 0xFFFF
            if word_offset == CR1:
                self._control(before)
            self._note_unmodelled()
        else:
            self._note_unknown(offset)
        self._start()
        self._update()

    # --- registers ------------------------------------------------------------------------------------------------

    def _control(self, before: int) -> None:
        control = self._words[CR1]
        if control & CR1_MSTR and control & CR1_SSM and not control & CR1_SSI and control & CR1_SPE:
            self._errors |= MODF
            self._words[CR1] &= ~(CR1_MSTR | CR1_SPE)
            self._note(NoteKind.FIRMWARE, "software holds its slave select low (SSM without SSI): mode fault (MODF)")
        else:
            self._errors &= ~MODF
        if before & CR1_SPE and not self._words[CR1] & CR1_SPE:
            if self._handle is not None:
                self._system.cancel(self._handle)
            self._handle = self._frame = None
            self._sent.clear()

    def _note_unmodelled(self) -> None:
        control, second = self._words[CR1], self._words[CR2]
        if self._words[I2SCFGR] & (I2SCFGR_I2SE | I2SCFGR_I2SMOD):
            self._note(NoteKind.UNMODELLED, "I2S is not modelled: nothing is sent")
        if not control & CR1_SPE:
            return
        if not control & CR1_MSTR:
            self._note(NoteKind.UNMODELLED, "it is a slave, and no master is modelled: nothing is ever transferred")
        if control & CR1_CRCEN:
            self._note(NoteKind.UNMODELLED, "its CRC is not modelled: none is sent or checked")
        if second & CR2_FRF:
            self._note(NoteKind.UNMODELLED, "TI mode is not modelled: frames go as in Motorola mode")

    def _bits(self) -> int:
        return max(4, (self._words[CR2] >> 8 & 15) + 1)

    def _frame_bytes(self) -> int:
        return 2 if self._bits() > 8 else 1

    def _status(self) -> int:
        status = self._errors
        status |= TXE if len(self._sent) <= FIFO_BYTES // 2 else 0
        enough = 1 if self._words[CR2] & CR2_FRXTH or (self._gives_last and self._is_left()) else 2
        status |= RXNE if len(self._received) >= enough else 0
        status |= BSY if self._frame is not None or (self._sent and self._clocks()) else 0
        return status | min(len(self._received), 3) << 9 | min(len(self._sent), 3) << 11

    # --- the last byte ----------------------------------------------------------------------------------------------

    def _is_left(self) -> bool:
        """Whether all is over, and one byte waits, which RXNE does not tell on the chip."""
        is_over = self._frame is None and len(self._sent) < self._frame_bytes()
        return is_over and len(self._received) == 1 and not self._words[CR2] & CR2_FRXTH

    def _look_in_vain(self) -> None:
        """Firmware that reads SR again and again while one byte waits."""
        self._looks = self._looks + 1 if self._is_left() else 0
        if self._looks == VAIN_LOOKS:
            self._give_last()

    def _wait_in_vain(self) -> None:
        """An interrupt or DMA is to take the byte that is left."""
        is_awaited = self._is_left() and self._words[CR2] & (CR2_RXNEIE | CR2_RXDMAEN)
        if not is_awaited and self._patience is not None:
            self._system.cancel(self._patience)
            self._patience = None
        elif is_awaited and self._patience is None and not self._gives_last:
            at_cycle = self._system.cycles + VAIN_FRAMES * self._frame_cycles()
            self._patience = self._system.schedule(at_cycle, self._give_last)

    def _give_last(self) -> None:
        what = "FRXTH is clear, so RXNE waits for 16 bits on the chip; here it comes for the byte that is left"
        self._system.note(NoteKind.FIRMWARE, self._name, f"{self._name}: {what}")
        self._gives_last, self._patience = True, None
        self._update()

    # --- data -----------------------------------------------------------------------------------------------------

    def _write_data(self, size: int, value: int) -> None:
        """A write of more than a byte puts two in: two short frames, or a long one, which goes high byte first."""
        data = (value & 0xFFFF).to_bytes(2, "little")[: min(size, 2)].ljust(self._frame_bytes(), b"\0")
        if len(self._sent) + len(data) > FIFO_BYTES:
            self._note(NoteKind.FIRMWARE, "data was written with the transmit FIFO full: lost")
            return
        self._sent += data
        self._gives_last = False

    def _read_data(self, size: int) -> int:
        count = min(2 if size > 1 else 1, len(self._received))
        data = bytes(self._received[:count])
        del self._received[:count]
        self._gives_last = False
        self._overrun_read = bool(self._errors & OVR)
        self._start()
        self._update()
        return int.from_bytes(data, "little")

    # --- transfers ------------------------------------------------------------------------------------------------

    def _clocks(self) -> bool:
        """Whether it is a master that is on."""
        control = self._words[CR1]
        return bool(control & CR1_SPE and control & CR1_MSTR)

    def _direction(self) -> Literal["both", "out", "in"]:
        control = self._words[CR1]
        if control & CR1_BIDIMODE:
            return "out" if control & CR1_BIDIOE else "in"
        return "in" if control & CR1_RXONLY else "both"

    def _start(self) -> None:
        """Begin the next frame if there is one. A master that only receives goes on until its FIFO overruns."""
        if self._frame is not None or not self._clocks() or self._words[I2SCFGR] & I2SCFGR_I2SMOD:
            return
        size = self._frame_bytes()
        if self._direction() == "in":
            if self._errors & OVR:
                return
            self._frame = b"\0" * size
        elif len(self._sent) >= size:
            self._frame = bytes(self._sent[:size])
            del self._sent[:size]
        else:
            return
        self._handle = self._system.schedule(self._system.cycles + self._frame_cycles(), self._end)

    def _frame_cycles(self) -> int:
        """Core cycles in which a frame goes."""
        clock_hz = running_hz(self._system, self._name, self._given.clock)
        return cycles_at(self._system, clock_hz, self._bits() << (self._words[CR1] >> 3 & 7) + 1)

    def _end(self) -> None:
        """A frame is over."""
        frame, self._frame, self._handle = self._frame, None, None
        assert frame is not None
        answer = exchange(self._system, self._name, frame[::-1])[::-1]
        if self._direction() != "out":
            if len(self._received) + len(answer) > FIFO_BYTES:
                self._errors |= OVR
            else:
                self._received += answer
        self._start()
        self._update()

    def _update(self) -> None:
        self._wait_in_vain()
        control, status = self._words[CR2], self._status()
        pending = (
            (status & TXE and control & CR2_TXEIE)
            or (status & RXNE and control & CR2_RXNEIE)
            or (status & ERRORS and control & CR2_ERRIE)
        )
        for irq in self._irq[:1]:
            self._lines.interrupt(irq, bool(pending))
        enabled = bool(self._words[CR1] & CR1_SPE)
        self._lines.dma(f"{self._name}.rx", bool(status & RXNE and control & CR2_RXDMAEN))
        self._lines.dma(f"{self._name}.tx", bool(enabled and self._status() & TXE and control & CR2_TXDMAEN))
