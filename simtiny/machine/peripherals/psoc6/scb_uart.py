"""PSoC 6 serial communication block as UART, as a serial port that takes no time.

Register offsets and bits: Infineon mtb-pdl-cat1, devices/COMPONENT_CAT1A/include/ip/cyip_scb.h.
"""

from collections import deque
from collections.abc import Callable

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import RegisterBlock
from simtiny.machine.peripherals.registers import Register, Table
from simtiny.machine.peripherals.words import lane_mask, read_lane, split, write_lane
from simtiny.machine.system import System
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
TX_TRIGGER, TX_NOT_FULL, TX_EMPTY, TX_UART_DONE = 1 << 0, 1 << 1, 1 << 4, 1 << 9
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

    A transmitted byte goes to `on_transmit` at once. Received bytes wait in a queue of any length: nothing overruns.
    """

    takes = Parameters
    table = Table(REGISTERS)

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._received: deque[int] = deque()
        self._latched = {INTR_TX: 0, INTR_RX: 0}
        self._line = self._rate_checked = False
        self.on_transmit: Callable[[int], None] = lambda byte: None

    def send(self, data: bytes) -> None:
        """Queue bytes from the host for the firmware to receive."""
        self._received.extend(data)
        self._update_line()

    def read(self, offset: int, size: int) -> int:
        return read_lane(self._word(split(offset)[0], offset, size), offset, size)

    def _word(self, word_offset: int, offset: int, size: int) -> int:
        if word_offset == TX_FIFO_STATUS:
            return 0
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
            if word_offset == 0 and lane_mask(offset, size) & CTRL_ENABLED and self._enabled:
                self._check_mode()
        self._update_line()

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
            level = TX_NOT_FULL | TX_EMPTY
            level |= TX_TRIGGER if self._file["TX_FIFO_CTRL"] & FIFO_CTRL_TRIGGER_LEVEL else 0
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

    def _receive(self) -> int:
        if not self._waiting():
            self._latched[INTR_RX] |= RX_UNDERFLOW
            return RX_NO_DATA
        byte = self._received.popleft()
        self._update_line()
        return byte

    def _transmit(self, byte: int) -> None:
        if not self._enabled:
            self._note(NoteKind.FIRMWARE, "the firmware wrote data with the block disabled: lost")
            return
        self._check_rate()
        self._latched[INTR_TX] |= TX_UART_DONE
        self.on_transmit(byte)

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
