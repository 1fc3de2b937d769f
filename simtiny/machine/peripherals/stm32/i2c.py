"""STM32 I2C with CR2.NBYTES (F0, F3, F7, G0, H7, L4, U3, U5…), as master.

Offsets and bits: CMSIS stm32u575xx.h (I2C_TypeDef, I2C_CR1_* and theirs), the same in all these families. A byte takes
nine bits, a start and a stop one each; how long a bit takes is in `i2c_timing`. While the firmware lets a byte wait the
clock is stretched, as on the chip.
"""

from collections.abc import Callable

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.devices import NOTHING, I2cDevice
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.stm32.i2c_timing import bit_ticks
from simtiny.machine.peripherals.stm32.kernel import cycles_at, running_hz
from simtiny.machine.peripherals.stm32.requests import Lines
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind

CR1, CR2, OAR1, OAR2, TIMINGR, TIMEOUTR, ISR, ICR, PECR, RXDR, TXDR, AUTOCR = range(0x00, 0x30, 4)
NAMES = (*("CR1", "CR2", "OAR1", "OAR2", "TIMINGR", "TIMEOUTR", "ISR", "ICR", "PECR", "RXDR", "TXDR", "AUTOCR"),)
CR1_PE, CR1_TXIE, CR1_RXIE, CR1_NACKIE, CR1_STOPIE, CR1_TCIE, CR1_TXDMAEN, CR1_RXDMAEN = (
    1 << 0, 1 << 1, 1 << 2, 1 << 4, 1 << 5, 1 << 6, 1 << 14, 1 << 15,
)  # fmt: skip
CR2_RD_WRN, CR2_ADD10, CR2_HEAD10R, CR2_START, CR2_STOP, CR2_RELOAD, CR2_AUTOEND, CR2_PECBYTE = (
    1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 24, 1 << 25, 1 << 26,
)  # fmt: skip
OWN_ADDRESS, OWN_ADDRESS_BITS = 1 << 15, 0x3FF  # OAR1.OA1EN and OA1, as those of OAR2; drivers enable 0 by habit
TXE, TXIS, RXNE, NACKF, STOPF, TC, TCR, BUSY = 1 << 0, 1 << 1, 1 << 2, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 15
CLEARED = NACKF | STOPF | 0x3F08  # by ICR
BYTE_BITS = 9  # with the acknowledgement


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the name of its kernel clock."""

    clock: str


class I2c(Block[Parameters]):
    """Kind "stm32-i2c". `irq`: events, then errors where they have a line of their own.

    DMA requests: "<name>.tx" and "<name>.rx". There is no other master, so that a slave is never addressed; SMBus's
    error checks are not modelled. All of a device's bytes are acknowledged. What is written reaches it at the end, with
    the stop or the next start; a read asks it for all bytes of NBYTES when it begins.
    """

    takes = Parameters
    takes_devices = ("i2c",)

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._words = dict.fromkeys(range(0, 0x30, 4), 0)
        self._flags = TXE
        self._lines = Lines(system, config.name)
        self._handle: int | None = None
        self._device: I2cDevice | None = None  # that has acknowledged its address
        self._is_read = False
        self._left = 0  # bytes of NBYTES to come
        self._to_send: int | None = None  # in TXDR
        self._written, self._to_read = bytearray(), bytearray()

    def steady_until(self, offset: int) -> int:
        """A read of RXDR that gives a byte changes something; all else changes by events."""
        return 0 if split(offset)[0] == RXDR and self._flags & RXNE else ALWAYS

    def register_name(self, offset: int) -> str:
        return NAMES[offset // 4] if offset // 4 < len(NAMES) else ""

    def read(self, offset: int, size: int) -> int:
        word_offset = split(offset)[0]
        if word_offset == ISR:
            return read_lane(self._flags, offset, size)
        if word_offset == RXDR and self._flags & RXNE:
            self._flags &= ~RXNE
            self._read_next()
            self._update()
        return read_lane(self._words.get(word_offset, 0), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        written = write_lane(self._words.get(word_offset, 0), offset, size, value)
        if word_offset == ICR:
            self._flags &= ~(write_lane(0, offset, size, value) & CLEARED)
        elif word_offset == ISR:
            self._write_status(value)
        elif word_offset == TXDR:
            self._words[TXDR] = self._to_send = written & 0xFF
            self._flags &= ~(TXE | TXIS)
            self._send_next()
        elif word_offset == CR2:
            self._control(written)
        elif word_offset in self._words and word_offset not in (PECR, RXDR):
            self._words[word_offset] = written
            if word_offset == CR1 and not written & CR1_PE:
                self._disable()
            if word_offset in (OAR1, OAR2) and written & OWN_ADDRESS and written & OWN_ADDRESS_BITS:
                self._note(NoteKind.UNMODELLED, "it has an address of its own, and no other master is modelled")
        else:
            self._note_unknown(offset)
        self._update()

    def _write_status(self, value: int) -> None:
        """TXE and TXIS can be set: that drops what waits in TXDR, and asks for data."""
        if value & TXE:
            self._to_send, self._flags = None, self._flags | TXE
        if value & TXIS:
            self._flags |= TXIS

    def _control(self, written: int) -> None:
        before, self._words[CR2] = self._words[CR2], written
        if not self._words[CR1] & CR1_PE:
            self._words[CR2] &= ~(CR2_START | CR2_STOP)
            return
        if written & CR2_PECBYTE:
            self._note(NoteKind.UNMODELLED, "SMBus packet error checking is not modelled: no such byte is sent")
        if written & CR2_START and not before & CR2_START and (not self._flags & BUSY or self._flags & TC):
            self._address()
        elif self._flags & TCR and written >> 16 & 0xFF:
            self._reload()
        if written & CR2_STOP and self._flags & BUSY and self._handle is None:
            self._flags &= ~(TC | TCR)
            self._stop()

    def _disable(self) -> None:
        if self._handle is not None:
            self._system.cancel(self._handle)
        self._end_write()
        self._handle = self._device = self._to_send = None
        self._to_read.clear()
        self._words[CR2] &= ~(CR2_START | CR2_STOP)
        self._flags = TXE

    # --- on the bus -----------------------------------------------------------------------------------------------

    def _after(self, bits: int, callback: Callable[[], None]) -> None:
        """Go on when so many bits have passed."""
        clock_hz = running_hz(self._system, self._name, self._given.clock)
        ticks = bits * bit_ticks(self._words[TIMINGR], self._words[CR1] >> 8 & 15, clock_hz)
        cycles = cycles_at(self._system, clock_hz, ticks)

        def passed() -> None:
            self._handle = None
            callback()
            self._update()

        self._handle = self._system.schedule(self._system.cycles + cycles, passed)

    def _address(self) -> None:
        """A start, and the address; one of ten bits is two bytes, and to be read from three, with a start between."""
        self._end_write()
        control = self._words[CR2]
        self._flags = self._flags & ~(TC | TCR) | BUSY
        if not control & CR2_ADD10:
            bytes_sent, starts = 1, 1
        elif control & CR2_RD_WRN and not control & CR2_HEAD10R:
            bytes_sent, starts = 3, 2
        else:
            bytes_sent, starts = (1 if control & CR2_RD_WRN else 2), 1
        self._after(starts + BYTE_BITS * bytes_sent, self._addressed)

    def _addressed(self) -> None:
        control = self._words[CR2]
        self._words[CR2] &= ~CR2_START
        address = control & 0x3FF if control & CR2_ADD10 else control >> 1 & 0x7F
        self._device = self._system.devices.i2c.get(self._name, {}).get(address)
        self._is_read, self._left = bool(control & CR2_RD_WRN), control >> 16 & 0xFF
        if self._device is None:
            what = f"no device at address 0x{address:02x}: it is not acknowledged"
            self._note(NoteKind.UNMODELLED, what)
            self._flags |= NACKF
            self._stop()
            return
        self._begin()

    def _reload(self) -> None:
        """NBYTES was written again behind RELOAD."""
        self._flags &= ~TCR
        self._left = self._words[CR2] >> 16 & 0xFF
        self._begin()

    def _begin(self) -> None:
        """The bytes of NBYTES begin."""
        if self._is_read and self._device is not None and self._left:
            data = bytes(self._device.read(self._left))[: self._left]
            self._to_read[:] = data.ljust(self._left, bytes([NOTHING]))
        self._proceed()

    def _proceed(self) -> None:
        """On to the next byte, or behind the last one."""
        if self._words[CR2] & CR2_STOP:
            self._stop()
        elif not self._left:
            self._complete()
        elif self._is_read:
            self._read_next()
        elif self._to_send is None:
            self._flags |= TXIS
        else:
            self._send_next()

    def _complete(self) -> None:
        if self._words[CR2] & CR2_RELOAD:
            self._flags |= TCR
        elif self._words[CR2] & CR2_AUTOEND:
            self._stop()
        else:
            self._flags |= TC

    def _read_next(self) -> None:
        """Clock the next byte in, if the one before was taken."""
        if self._is_read and self._to_read and self._handle is None and not self._flags & RXNE:
            self._after(BYTE_BITS, self._received)

    def _received(self) -> None:
        self._words[RXDR] = self._to_read.pop(0)
        self._flags |= RXNE
        self._left -= 1
        if not self._left or self._words[CR2] & CR2_STOP:
            self._to_read.clear()
            self._proceed()

    def _send_next(self) -> None:
        """Send what is in TXDR, if it is the firmware's turn."""
        if self._is_read or self._device is None or not self._left or self._handle is not None or self._to_send is None:
            return
        byte, self._to_send = self._to_send, None
        self._flags |= TXE

        def sent() -> None:
            self._written.append(byte)
            self._left -= 1
            self._proceed()

        self._after(BYTE_BITS, sent)

    def _stop(self) -> None:
        self._flags &= ~TXIS
        self._after(1, self._stopped)

    def _stopped(self) -> None:
        self._words[CR2] &= ~(CR2_STOP | CR2_START)
        self._end_write()
        self._device = None
        self._flags = self._flags & ~(BUSY | TXIS) | STOPF

    def _end_write(self) -> None:
        """Hand the device what was written to it."""
        if self._device is not None and self._written:
            self._device.write(bytes(self._written))
        self._written.clear()

    def _update(self) -> None:
        flags, control = self._flags, self._words[CR1]
        pending = (
            (flags & TXIS and control & CR1_TXIE)
            or (flags & RXNE and control & CR1_RXIE)
            or (flags & NACKF and control & CR1_NACKIE)
            or (flags & STOPF and control & CR1_STOPIE)
            or (flags & (TC | TCR) and control & CR1_TCIE)
        )
        for irq in self._irq[:1]:
            self._lines.interrupt(irq, bool(pending))
        self._lines.dma(f"{self._name}.rx", bool(flags & RXNE and control & CR1_RXDMAEN))
        self._lines.dma(f"{self._name}.tx", bool(self._flags & TXIS and control & CR1_TXDMAEN))
