"""PSoC 6 serial communication block as UART.

Characters take their time, by the block's clock, CTRL.OVS, the width of data, parity and stop bits, as long as the
machine's `serial_takes_time` holds; else none. Not modelled: flow control, LIN, SmartCard, IrDA, and errors of a line.

Register offsets and bits: Infineon mtb-pdl-cat1, devices/COMPONENT_CAT1A/include/ip/cyip_scb.h.
"""

from collections import deque
from collections.abc import Callable

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import RegisterBlock
from simtiny.machine.peripherals.registers import Register, Table
from simtiny.machine.peripherals.serial_line import Receiver, Transmitter
from simtiny.machine.peripherals.words import lane_mask, read_lane, split, write_lane
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind

# Reset values: psoc6_02.svd. The blocks of the other two modes read back what was written.
REGISTERS = {
    "CTRL": Register(0x000, 0x0300_000F),
    "STATUS": Register(0x004, writable=0),
    "CMD_RESP_CTRL": Register(0x008),
    "SPI_CTRL": Register(0x020, 0x0300_0000),
    "UART_CTRL": Register(0x040, 0x0300_0000),
    "UART_TX_CTRL": Register(0x044, 0x2),
    "UART_RX_CTRL": Register(0x048, 0x000A_0002),
    "UART_RX_STATUS": Register(0x04C, writable=0),
    "UART_FLOW_CTRL": Register(0x050),
    "I2C_CTRL": Register(0x060, 0xFB88),
    "I2C_CFG": Register(0x070, 0x002A_1013),
    "TX_CTRL": Register(0x200, 0x107),
    "TX_FIFO_CTRL": Register(0x204),
    "RX_CTRL": Register(0x300, 0x107),
    "RX_FIFO_CTRL": Register(0x304),
    "RX_MATCH": Register(0x310),
    "INTR_I2C_EC": Register(0xE80, writable=0),
    "INTR_I2C_EC_MASK": Register(0xE88),
    "INTR_SPI_EC": Register(0xEC0, writable=0),
    "INTR_SPI_EC_MASK": Register(0xEC8),
    "INTR_M": Register(0xF00, writable=0),
    "INTR_M_MASK": Register(0xF08),
    "INTR_S": Register(0xF40, writable=0),
    "INTR_S_MASK": Register(0xF48),
    "INTR_TX_MASK": Register(0xF88),
    "INTR_RX_MASK": Register(0xFC8),
}
TX_FIFO_STATUS, TX_FIFO_WR = 0x208, 0x240
RX_FIFO_STATUS, RX_FIFO_RD, RX_FIFO_RD_SILENT = 0x308, 0x340, 0x344
INTR_CAUSE = 0xE00
INTR_TX, INTR_TX_SET, INTR_TX_MASKED = 0xF80, 0xF84, 0xF8C
INTR_RX, INTR_RX_SET, INTR_RX_MASKED = 0xFC0, 0xFC4, 0xFCC

CTRL_OVS, CTRL_BYTE_MODE, CTRL_MODE, CTRL_ENABLED = 0xF, 1 << 11, 3 << 24, 1 << 31
MODE_UART = 2 << 24
FIFO_CTRL_TRIGGER_LEVEL, FIFO_CTRL_CLEAR = 0xFF, 1 << 16
FIFO_STATUS_SR_VALID = 1 << 15
DATA_WIDTH, STOP_BITS, PARITY_ENABLED = 0xF, 7, 1 << 5  # of TX_CTRL, and UART_TX_CTRL
TX_TRIGGER, TX_NOT_FULL, TX_EMPTY, TX_UART_DONE = 1 << 0, 1 << 1, 1 << 4, 1 << 9
TX_OVERFLOW = 1 << 5
RX_TRIGGER, RX_NOT_EMPTY, RX_FULL, RX_UNDERFLOW = 1 << 0, 1 << 2, 1 << 3, 1 << 6
RX_NO_DATA = 0xFFFF_FFFF  # what an empty FIFO reads: CY_SCB_UART_RX_NO_DATA, cy_scb_uart.h
CAUSE_TX, CAUSE_RX = 1 << 2, 1 << 3
FIFO_DEPTH = 128  # bytes, half of it in words: CY_SCB_FIFO_SIZE, cy_scb_common.h


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the name of its peripheral clock. `baud`: what the host side expects; another rate is noted."""

    clock: str
    baud: int = 115_200


class ScbUart(RegisterBlock[Parameters]):
    """Kind "psoc6-scb-uart". `irq` is its one interrupt.

    A byte goes to `on_transmit` when its character has gone out. Received bytes come in one character's time after the
    other; a host that has more waits while the FIFO is full, so nothing overruns. Where serial lines take no time, a
    transmitted byte is out at once, and received ones wait in a queue of any length.
    """

    takes = Parameters
    table = Table(REGISTERS)

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._received: deque[int] = deque()
        self._latched = {INTR_TX: 0, INTR_RX: 0}
        self._line = self._rate_checked = False
        self.on_transmit: Callable[[int], None] = lambda byte: None
        self._dma = {"tx": False, "rx": False}  # request lines
        self._transmitter = Transmitter(system, self._character_cycles, self._sent)
        self._receiver = Receiver(system, self._character_cycles, self._has_room, self._take)

    def send(self, data: bytes) -> None:
        """Queue bytes from the host for the firmware to receive."""
        if self._system.serial_takes_time:
            self._receiver.send(data)
            return
        self._received.extend(data)
        self._update_line()

    def steady_until(self, offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        return 0 if split(offset)[0] == RX_FIFO_RD and self._received else ALWAYS

    def read(self, offset: int, size: int) -> int:
        return read_lane(self._word(split(offset)[0], offset, size), offset, size)

    def _word(self, word_offset: int, offset: int, size: int) -> int:
        if word_offset == TX_FIFO_STATUS:
            return len(self._transmitter.waiting) | (FIFO_STATUS_SR_VALID if self._transmitter.is_busy else 0)
        if word_offset == RX_FIFO_STATUS:
            waiting = self._waiting()
            return waiting | (FIFO_STATUS_SR_VALID if waiting else 0)
        if word_offset == RX_FIFO_RD:
            return self._receive()
        if word_offset == RX_FIFO_RD_SILENT:
            return self._received[0] if self._waiting() else 0
        if word_offset in (INTR_TX, INTR_RX):
            return self._requests(word_offset)
        if word_offset in (INTR_TX_MASKED, INTR_RX_MASKED):
            return self._masked(word_offset - 0xC)
        if word_offset == INTR_CAUSE:
            return (CAUSE_TX if self._masked(INTR_TX) else 0) | (CAUSE_RX if self._masked(INTR_RX) else 0)
        return self._file.words.get(word_offset, 0)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        if word_offset == TX_FIFO_WR:
            self._transmit(value & 0xFF)
        elif word_offset in (INTR_TX, INTR_RX):
            self._latched[word_offset] &= ~write_lane(0, offset, size, value)
        elif word_offset in (INTR_TX_SET, INTR_RX_SET):
            self._latched[word_offset - 4] |= write_lane(0, offset, size, value)
        else:
            super().write(offset, size, value)
            if self._file.name(offset) == "RX_FIFO_CTRL" and self._file["RX_FIFO_CTRL"] & FIFO_CTRL_CLEAR:
                self._received.clear()
            if self._file.name(offset) == "TX_FIFO_CTRL" and self._file["TX_FIFO_CTRL"] & FIFO_CTRL_CLEAR:
                self._transmitter.waiting.clear()
            if word_offset == 0 and lane_mask(offset, size) & CTRL_ENABLED and self._enabled:
                self._check_mode()
        self._update_line()
        if self._receiver:
            self._receiver.look()

    @property
    def _enabled(self) -> bool:
        return bool(self._file["CTRL"] & CTRL_ENABLED)

    def _check_mode(self) -> None:
        if self._file["CTRL"] & CTRL_MODE != MODE_UART:
            self._note(NoteKind.UNMODELLED, "I2C and SPI are not modelled")

    def _waiting(self) -> int:
        """Entries of the receive FIFO in use."""
        return min(len(self._received), self._depth()) if self._enabled else 0

    def _depth(self) -> int:
        return FIFO_DEPTH if self._file["CTRL"] & CTRL_BYTE_MODE else FIFO_DEPTH // 2

    def _requests(self, word_offset: int) -> int:
        """An interrupt register: what was latched, and the FIFO's levels, which return as soon as they are cleared."""
        level = 0
        if word_offset == INTR_TX and self._enabled:
            waiting = len(self._transmitter.waiting)
            level |= TX_NOT_FULL if waiting < self._depth() else 0
            level |= TX_EMPTY if not waiting else 0
            level |= TX_TRIGGER if waiting < self._file["TX_FIFO_CTRL"] & FIFO_CTRL_TRIGGER_LEVEL else 0
        elif word_offset == INTR_RX:
            waiting = self._waiting()
            level |= RX_NOT_EMPTY if waiting else 0
            level |= RX_FULL if waiting == self._depth() else 0
            level |= RX_TRIGGER if waiting > self._file["RX_FIFO_CTRL"] & FIFO_CTRL_TRIGGER_LEVEL else 0
        return self._latched[word_offset] | level

    def _masked(self, word_offset: int) -> int:
        return self._requests(word_offset) & self._file["INTR_TX_MASK" if word_offset == INTR_TX else "INTR_RX_MASK"]

    def _update_line(self) -> None:
        level = bool(self._masked(INTR_TX) or self._masked(INTR_RX))
        if level != self._line:
            self._line = level
            for irq in self._irq[:1]:
                self._system.set_irq(irq, level, self._name)
        if self._enabled:
            self._request("tx", bool(self._requests(INTR_TX) & TX_TRIGGER))
            self._request("rx", bool(self._requests(INTR_RX) & RX_TRIGGER))

    def _request(self, what: str, level: bool) -> None:
        """Drive a request line of DMA, whose controller may access this block before it returns."""
        if self._dma[what] != level:
            self._dma[what] = level
            self._system.request_dma(f"{self._name}.{what}", level)

    def _receive(self) -> int:
        if not self._waiting():
            self._latched[INTR_RX] |= RX_UNDERFLOW
            return RX_NO_DATA
        byte = self._received.popleft()
        self._update_line()
        if self._receiver:
            self._receiver.look()
        return byte

    def _transmit(self, byte: int) -> None:
        if not self._enabled:
            self._note(NoteKind.FIRMWARE, "the firmware wrote data with the block disabled: lost")
            return
        self._check_rate()
        if not self._system.serial_takes_time:
            self._latched[INTR_TX] |= TX_UART_DONE
            self.on_transmit(byte)
        elif len(self._transmitter.waiting) >= self._depth():
            self._latched[INTR_TX] |= TX_OVERFLOW
            self._note(NoteKind.FIRMWARE, "the firmware wrote data while the transmit FIFO was full: lost")
        else:
            self._transmitter.put(byte)

    def _sent(self, byte: int) -> None:
        """A character has gone out."""
        if not (self._transmitter.is_busy or self._transmitter.waiting):
            self._latched[INTR_TX] |= TX_UART_DONE
        self._update_line()
        self.on_transmit(byte)

    def _has_room(self) -> bool:
        return self._enabled and len(self._received) < self._depth()

    def _take(self, byte: int) -> None:
        """A character has come in."""
        self._received.append(byte)
        self._update_line()

    def _character_cycles(self) -> float | None:
        rate = self.baud_rate()
        return None if rate is None else self._bits() * self._system.clock_hz["core"] / rate

    def _bits(self) -> float:
        """Of a character, with its start bit. Stop bits are counted in halves, less one."""
        control = self._file["UART_TX_CTRL"]
        data, parity = (self._file["TX_CTRL"] & DATA_WIDTH) + 1, bool(control & PARITY_ENABLED)
        return 1 + data + parity + ((control & STOP_BITS) + 1) / 2

    def baud_rate(self) -> float | None:
        """Bits a second that the firmware programmed, or None while its clock stands still."""
        clock_hz = self._system.clock_hz.get(self._given.clock, 0.0)
        return clock_hz / ((self._file["CTRL"] & CTRL_OVS) + 1) if clock_hz else None

    def _check_rate(self) -> None:
        """Say once that the real link would need another rate: receivers tolerate about 3 %."""
        rate = None if self._rate_checked else self.baud_rate()
        self._rate_checked = True
        if rate is not None and abs(rate / self._given.baud - 1) > 0.03:
            self._note(NoteKind.FIRMWARE, f"the firmware programmed {rate:.0f} baud, not {self._given.baud}")
