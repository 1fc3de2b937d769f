"""PSoC 6 serial communication block: a UART, or the master of an SPI or an I2C, as CTRL.MODE says."""

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.psoc6.scb_masters import I2cMaster, SpiMaster
from simtiny.machine.peripherals.psoc6.scb_uart import (
    CAUSE_RX,
    CAUSE_TX,
    CTRL_ENABLED,
    CTRL_MODE,
    FIFO_CTRL_CLEAR,
    FIFO_STATUS_SR_VALID,
    INTR_CAUSE,
    INTR_RX,
    INTR_RX_MASKED,
    INTR_RX_SET,
    INTR_TX,
    INTR_TX_MASKED,
    INTR_TX_SET,
    MODE_UART,
    RX_FIFO_RD,
    RX_FIFO_RD_SILENT,
    RX_FIFO_STATUS,
    RX_NO_DATA,
    RX_TRIGGER,
    RX_UNDERFLOW,
    TX_FIFO_STATUS,
    TX_FIFO_WR,
    TX_TRIGGER,
    ScbUart,
)
from simtiny.machine.peripherals.psoc6.scb_wire import INTR_M, Wire
from simtiny.machine.peripherals.stm32.requests import Lines
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind

SPI_STATUS, I2C_STATUS, I2C_M_CMD = 0x024, 0x064, 0x068
INTR_M_SET, INTR_M_MASKED = 0xF04, 0xF0C
CAUSE_M = 1 << 0
MODE_I2C, MODE_SPI = 0, 1 << 24
BUS_BUSY, M_READ = 1 << 0, 1 << 5
TX_OVERFLOW = 1 << 5
I2C_SLAVE, I2C_MASTER = 1 << 30, 1 << 31  # I2C_CTRL


class Scb(ScbUart):
    """Kind "psoc6-scb-uart": a UART, or the master of an SPI or an I2C. `irq` is its one interrupt.

    DMA requests of these: "<name>.tx" and "<name>.rx". Slaves and EZ modes are not modelled and noted. A device on its
    I2C is asked for one byte at a time.
    """

    takes_devices = ("i2c", "spi")

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._bus = Wire(config.name, self._given.clock, self._file, system, self._look)
        self._spi, self._i2c = SpiMaster(self._bus), I2cMaster(self._bus)
        self._bus_lines = Lines(system, config.name)

    @property
    def _is_bus(self) -> bool:
        control = self._file["CTRL"]
        return bool(control & CTRL_ENABLED) and control & CTRL_MODE in (MODE_I2C, MODE_SPI)

    @property
    def _is_spi(self) -> bool:
        return self._file["CTRL"] & CTRL_MODE == MODE_SPI

    def _check_mode(self) -> None:
        control = self._file["CTRL"] & CTRL_MODE
        if control not in (MODE_I2C, MODE_SPI, MODE_UART):
            self._note(NoteKind.UNMODELLED, "this mode is not modelled")
        if control == MODE_I2C and self._file["I2C_CTRL"] & I2C_SLAVE:
            self._note(NoteKind.UNMODELLED, "it is a slave, and no other master is modelled")

    def steady_until(self, offset: int) -> int:
        """A read of RX_FIFO_RD changes something; all else changes by events."""
        return 0 if split(offset)[0] == RX_FIFO_RD else ALWAYS

    def read(self, offset: int, size: int) -> int:
        if not self._is_bus:
            return super().read(offset, size)
        return read_lane(self._bus_word(split(offset)[0]), offset, size)

    def _bus_word(self, offset: int) -> int:
        bus = self._bus
        if offset == TX_FIFO_STATUS:
            busy = self._spi.is_busy if self._is_spi else self._i2c.is_busy
            return len(bus.sent) | (FIFO_STATUS_SR_VALID if busy else 0)
        if offset == RX_FIFO_STATUS:
            return len(bus.received)
        if offset == RX_FIFO_RD:
            return self._take_from_bus()
        if offset == RX_FIFO_RD_SILENT:
            return bus.received[0] if bus.received else 0
        if offset in (INTR_TX, INTR_RX, INTR_M):
            return bus.requests(offset)
        if offset in (INTR_TX_MASKED, INTR_RX_MASKED, INTR_M_MASKED):
            return bus.masked(offset - 0xC)
        if offset == INTR_CAUSE:
            causes = ((INTR_M, CAUSE_M), (INTR_TX, CAUSE_TX), (INTR_RX, CAUSE_RX))
            return sum(bit for register, bit in causes if bus.masked(register))
        if offset == SPI_STATUS:
            return BUS_BUSY if self._spi.is_busy else 0
        if offset == I2C_STATUS:
            return BUS_BUSY if self._i2c.is_on_bus else 0
        if offset == I2C_M_CMD:
            return self._i2c.command
        return self._file.words.get(offset, 0)

    def _take_from_bus(self) -> int:
        if not self._bus.received:
            self._bus.latched[INTR_RX] |= RX_UNDERFLOW
            return RX_NO_DATA
        value = self._bus.received.popleft()
        self._look()
        return value

    def write(self, offset: int, size: int, value: int) -> None:
        was_bus, word_offset = self._is_bus, split(offset)[0]
        if not was_bus or not self._write_bus(word_offset, offset, size, value):
            super().write(offset, size, value)
        if was_bus and not self._is_bus:
            self._spi.stop()
            self._i2c.stop()
        for name, fifo in (("TX_FIFO_CTRL", self._bus.sent), ("RX_FIFO_CTRL", self._bus.received)):
            if self._file.name(offset) == name and self._file[name] & FIFO_CTRL_CLEAR:
                fifo.clear()
        if self._is_bus:
            self._look()

    def _write_bus(self, word_offset: int, offset: int, size: int, value: int) -> bool:
        """Whether the register is one that is no mere memory."""
        bus, ones = self._bus, write_lane(0, offset, size, value)
        if word_offset == TX_FIFO_WR:
            if len(bus.sent) < bus.depth():
                bus.sent.append(ones)
            else:
                bus.latched[INTR_TX] |= TX_OVERFLOW
        elif word_offset in (INTR_TX, INTR_RX):
            bus.latched[word_offset] &= ~ones
        elif word_offset in (INTR_TX_SET, INTR_RX_SET):
            bus.latched[word_offset - 4] |= ones
        elif word_offset == INTR_M:
            bus.flags &= ~ones
        elif word_offset == INTR_M_SET:
            bus.flags |= ones
        elif word_offset == I2C_M_CMD:
            self._i2c.command = ones
        else:
            return False
        return True

    def _look(self) -> None:
        """Begin what can begin, and drive the lines."""
        bus = self._bus
        if self._is_spi:
            self._spi.look()
        else:
            self._i2c.look()
        pending = any(bus.masked(register) for register in (INTR_M, INTR_TX, INTR_RX))
        for irq in self._irq[:1]:
            self._bus_lines.interrupt(irq, pending)
        self._bus_lines.dma(f"{self._name}.rx", bool(bus.requests(INTR_RX) & RX_TRIGGER))
        self._bus_lines.dma(f"{self._name}.tx", bool(bus.requests(INTR_TX) & TX_TRIGGER))

    def _update_line(self) -> None:
        if not self._is_bus:
            super()._update_line()
