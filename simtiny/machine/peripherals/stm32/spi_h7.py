"""STM32 SPI with packets and transfer sizes, as master: H5, H7, U3 and U5.

Offsets and bits: CMSIS stm32u575xx.h and stm32h7a3xxq.h (SPI_TypeDef, SPI_CR1_* and theirs). A frame takes its bits and
the idle time of CFG2.MIDI by the kernel clock and the prescaler of CFG1.MBR.
"""

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.stm32.kernel import cycles_at, running_hz
from simtiny.machine.peripherals.stm32.requests import Lines
from simtiny.machine.peripherals.stm32.spi_wire import exchange
from simtiny.machine.peripherals.words import WORD, read_lane, split, write_lane
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind

CR1, CR2, CFG1, CFG2, IER, SR, IFCR, AUTOCR, TXDR, RXDR = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18, 0x1C, 0x20, 0x30
NAMES = {
    CR1: "CR1", CR2: "CR2", CFG1: "CFG1", CFG2: "CFG2", IER: "IER", SR: "SR", IFCR: "IFCR", AUTOCR: "AUTOCR",
    TXDR: "TXDR", RXDR: "RXDR", 0x40: "CRCPOLY", 0x44: "TXCRC", 0x48: "RXCRC", 0x4C: "UDRDR", 0x50: "I2SCFGR",
}  # fmt: skip
RESET = {CFG1: 0x0007_0007, 0x40: 0x107}  # from memory of RM0456 [unchecked]

CR1_SPE, CR1_MASRX, CR1_CSTART, CR1_CSUSP, CR1_HDDIR, CR1_SSI = 1 << 0, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12
CFG1_RXDMAEN, CFG1_TXDMAEN, CFG1_CRCEN, CFG1_BPASS = 1 << 14, 1 << 15, 1 << 22, 1 << 31
CFG2_MASTER, CFG2_SSM, CFG2_SP = 1 << 22, 1 << 26, 7 << 19
AUTOCR_TRIGEN = 1 << 21
RXP, TXP, DXP, EOT, TXTF, OVR, MODF, SUSP, TXC, RXWNE = (
    1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 6, 1 << 9, 1 << 11, 1 << 12, 1 << 15,
)  # fmt: skip
LATCHED = EOT | TXTF | OVR | MODF | SUSP
IER_EOTIE = EOT
FULL_DUPLEX, TRANSMITTER, RECEIVER, HALF_DUPLEX = range(4)  # CFG2.COMM


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the name of its kernel clock. `fifo_bytes`: of each FIFO."""

    clock: str
    fifo_bytes: int = 16


class SpiH7(Block[Parameters]):
    """Kind "stm32h7-spi". `irq` is its one interrupt. DMA requests: "<name>.tx" and "<name>.rx".

    CRC, TI mode, I2S, slave mode and autonomous mode are not modelled and noted.
    """

    takes = Parameters
    takes_devices = ("spi",)

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._words = dict.fromkeys(range(0, 0x54, 4), 0) | RESET
        self._flags = 0
        self._sent, self._received = list[int](), list[int]()  # frames
        self._written = self._transferred = 0  # frames of the transfer by now
        self._frame: int | None = None  # in the shift register
        self._handle: int | None = None
        self._lines = Lines(system, config.name)

    def steady_until(self, offset: int) -> int:
        """A read of RXDR that gives data changes something; all else changes by events."""
        return 0 if split(offset)[0] == RXDR and self._received else ALWAYS

    def register_name(self, offset: int) -> str:
        return NAMES.get(split(offset)[0], "")

    def read(self, offset: int, size: int) -> int:
        word_offset = split(offset)[0]
        if word_offset == RXDR:
            return self._read_data(size)
        if word_offset == SR:
            return read_lane(self._status(), offset, size)
        return 0 if word_offset in (IFCR, TXDR) else read_lane(self._words.get(word_offset, 0), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        if word_offset == TXDR:
            self._write_data(size, value)
        elif word_offset == IFCR:
            self._flags &= ~write_lane(0, offset, size, value)
        elif word_offset in self._words and word_offset not in (SR, RXDR):
            before = self._words[word_offset]
            self._words[word_offset] = write_lane(before, offset, size, value)
            if word_offset == CR1:
                self._control(before)
            self._note_unmodelled()
        else:
            self._note_unknown(offset)
        self._start()
        self._update()

    # --- registers ------------------------------------------------------------------------------------------------

    def _control(self, before: int) -> None:
        control, second = self._words[CR1], self._words[CFG2]
        if control & CR1_SPE and second & CFG2_MASTER and second & CFG2_SSM and not control & CR1_SSI:
            self._flags |= MODF
            self._note(NoteKind.FIRMWARE, "software holds its slave select low (SSM without SSI): mode fault (MODF)")
            control = self._words[CR1] = control & ~CR1_SPE
        if before & CR1_SPE and not control & CR1_SPE:
            self._shut_down()
        if not control & CR1_SPE:
            self._words[CR1] &= ~CR1_CSTART
        if control & CR1_CSUSP:
            self._words[CR1] &= ~CR1_CSUSP
            if control & CR1_CSTART and self._frame is None:
                self._suspend()
            elif control & CR1_CSTART:
                self._words[CR1] |= CR1_CSUSP  # behind the frame that goes now

    def _suspend(self) -> None:
        self._words[CR1] &= ~(CR1_CSTART | CR1_CSUSP)
        self._flags |= SUSP

    def _shut_down(self) -> None:
        """SPE is off: FIFOs are flushed, and the next transfer begins anew."""
        if self._handle is not None:
            self._system.cancel(self._handle)
        self._handle = self._frame = None
        self._sent.clear()
        self._received.clear()
        self._written = self._transferred = 0
        self._words[CR1] &= ~CR1_CSUSP

    def _note_unmodelled(self) -> None:
        if not self._words[CR1] & CR1_SPE:
            return
        if self._words[0x50] & 1:
            self._note(NoteKind.UNMODELLED, "I2S is not modelled: nothing is sent")
        elif not self._words[CFG2] & CFG2_MASTER:
            self._note(NoteKind.UNMODELLED, "it is a slave, and no master is modelled: nothing is ever transferred")
        if self._words[CFG1] & CFG1_CRCEN:
            self._note(NoteKind.UNMODELLED, "its CRC is not modelled: none is sent or checked")
        if self._words[CFG2] & CFG2_SP:
            self._note(NoteKind.UNMODELLED, "TI mode is not modelled: frames go as in Motorola mode")
        if self._words[AUTOCR] & AUTOCR_TRIGEN:
            self._note(NoteKind.UNMODELLED, "its autonomous mode is not modelled: no trigger starts it")

    def _bits(self) -> int:
        return (self._words[CFG1] & 31) + 1

    def _frame_bytes(self) -> int:
        return 1 if self._bits() <= 8 else 2 if self._bits() <= 16 else 4

    def _packet(self) -> int:
        """Frames in a packet, by which TXP and RXP go."""
        return (self._words[CFG1] >> 5 & 15) + 1

    def _size(self) -> int:
        """Frames of the transfer, 0: without end."""
        return self._words[CR2] & 0xFFFF

    def _room(self) -> int:
        return self._given.fifo_bytes // self._frame_bytes() - len(self._sent)

    def _mode(self) -> int:
        mode = self._words[CFG2] >> 17 & 3
        if mode != HALF_DUPLEX:
            return mode
        return TRANSMITTER if self._words[CR1] & CR1_HDDIR else RECEIVER

    def _status(self) -> int:
        size, waiting = self._size(), len(self._received)
        status = self._flags
        status |= RXP if waiting >= self._packet() else 0
        if self._room() >= self._packet() and not (size and self._written >= size):
            status |= TXP
        status |= DXP if status & RXP and status & TXP else 0
        is_over = self._transferred >= size if size else not self._sent
        status |= TXC if self._frame is None and (is_over or not self._words[CR1] & CR1_SPE) else 0
        if waiting * self._frame_bytes() >= 4:
            status |= RXWNE
        level = waiting * self._frame_bytes() % 4 // self._frame_bytes()
        return status | level << 13 | max(0, size - self._transferred) << 16

    # --- data -----------------------------------------------------------------------------------------------------

    def _write_data(self, size: int, value: int) -> None:
        """A write puts as many frames in as fit its width, the one in the low bits first."""
        if not self._words[CR1] & CR1_SPE:
            self._note(NoteKind.FIRMWARE, "data was written with the SPI disabled: lost")
            return
        width = self._frame_bytes()
        for place in range(max(1, size // width)):
            if self._room() <= 0:
                self._note(NoteKind.FIRMWARE, "data was written with the transmit FIFO full: lost")
                return
            self._sent.append(value >> 8 * width * place & (1 << 8 * width) - 1)
            self._written += 1
        if self._size() and self._written >= self._size():
            self._flags |= TXTF

    def _read_data(self, size: int) -> int:
        width, value = self._frame_bytes(), 0
        for place in range(max(1, size // width)):
            if self._received:
                value |= self._received.pop(0) << 8 * width * place
        self._start()
        self._update()
        return value & WORD

    # --- transfers ------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        """Begin the next frame if there is one, and room for what it brings."""
        control, size = self._words[CR1], self._size()
        if self._frame is not None or not control & CR1_SPE or not control & CR1_CSTART or self._words[0x50] & 1:
            return
        if not self._words[CFG2] & CFG2_MASTER or (size and self._transferred >= size):
            return
        if self._mode() == RECEIVER:
            full = len(self._received) * self._frame_bytes() >= self._given.fifo_bytes
            if (control & CR1_MASRX and full) or self._flags & OVR:
                return
            self._frame = 0
        elif self._sent:
            self._frame = self._sent.pop(0)
        else:
            return
        clock_hz = running_hz(self._system, self._name, self._given.clock)
        cycles = cycles_at(self._system, clock_hz, (self._bits() + self._idle()) * self._prescaler())
        self._handle = self._system.schedule(self._system.cycles + cycles, self._end)

    def _prescaler(self) -> int:
        first = self._words[CFG1]
        return 1 if first & CFG1_BPASS else 2 << (first >> 28 & 7)

    def _idle(self) -> int:
        """Clocks between frames (MIDI), before the first one those of MSSI."""
        second = self._words[CFG2]
        return second >> 4 & 15 if self._transferred else second & 15

    def _end(self) -> None:
        """A frame is over."""
        frame, self._frame, self._handle = self._frame, None, None
        assert frame is not None
        width = self._frame_bytes()
        answer = exchange(self._system, self._name, frame.to_bytes(width, "big"))
        self._transferred += 1
        if self._mode() != TRANSMITTER:
            if (len(self._received) + 1) * width > self._given.fifo_bytes:
                self._flags |= OVR
            else:
                self._received.append(int.from_bytes(answer, "big"))
        if self._size() and self._transferred >= self._size():
            self._flags |= EOT | TXTF
            self._words[CR1] &= ~(CR1_CSTART | CR1_CSUSP)
        elif self._words[CR1] & CR1_CSUSP:
            self._suspend()
        self._start()
        self._update()

    def _update(self) -> None:
        status, enables = self._status(), self._words[IER]
        pending = status & enables & (LATCHED | RXP | TXP | DXP)
        if enables & IER_EOTIE:
            pending |= status & SUSP
        on, first = self._words[CR1] & CR1_SPE, self._words[CFG1]
        for irq in self._irq[:1]:
            self._lines.interrupt(irq, bool(on and pending) or bool(pending & MODF))
        # Behind the end of a transfer a packet need not be full.
        ready = status & RXP or (self._received and status & EOT)
        self._lines.dma(f"{self._name}.rx", bool(on and ready and first & CFG1_RXDMAEN))
        self._lines.dma(f"{self._name}.tx", bool(on and self._status() & TXP and first & CFG1_TXDMAEN))
