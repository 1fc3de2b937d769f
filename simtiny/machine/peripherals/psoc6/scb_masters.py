"""PSoC 6 serial communication block as master of an SPI or of an I2C: what goes over the wire, and when.

Bits: Infineon mtb-pdl-cat1, devices/COMPONENT_CAT1A/include/ip/cyip_scb.h. An SPI's bit takes the oversampling of CTRL,
an I2C's those of both phases of I2C_CTRL.
"""

from collections.abc import Callable

from simtiny.devices import NOTHING, I2cDevice
from simtiny.machine.peripherals.psoc6.scb_wire import Wire
from simtiny.machine.peripherals.stm32.kernel import core_cycles
from simtiny.machine.peripherals.stm32.spi_wire import exchange
from simtiny.notes import NoteKind

I2C_NACK, I2C_ACK, I2C_STOP, SPI_DONE = 1 << 1, 1 << 2, 1 << 4, 1 << 9  # INTR_M
M_START, M_START_ON_IDLE, M_ACK, M_NACK, M_STOP = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4  # I2C_M_CMD
M_READY_DATA_ACK, MASTER = 1 << 8, 1 << 31  # I2C_CTRL, SPI_CTRL


class Master:
    """Does one thing on the wire after the other."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._handle: int | None = None

    @property
    def is_busy(self) -> bool:
        return self._handle is not None

    def stop(self) -> None:
        """The block was disabled."""
        if self._handle is not None:
            self._wire.system.cancel(self._handle)
        self._handle = None

    def _after(self, ticks: int, callback: Callable[[], None]) -> None:
        wire = self._wire
        cycles = core_cycles(wire.system, wire.clock, ticks)
        if cycles is None:
            what = f"{wire.name}: its clock stands still: nothing is transferred"
            wire.system.note(NoteKind.FIRMWARE, wire.name, what)
            return

        def over() -> None:
            self._handle = None
            callback()
            wire.changed()

        self._handle = wire.system.schedule(wire.system.cycles + cycles, over)

    def _receive(self, value: int) -> None:
        if len(self._wire.received) >= self._wire.depth():
            self._wire.overflow()
        else:
            self._wire.received.append(value)


class SpiMaster(Master):
    """Sends what is in the FIFO, frame by frame."""

    def look(self) -> None:
        wire = self._wire
        if self._handle is not None or not wire.sent:
            return
        if not wire.file["SPI_CTRL"] & MASTER:
            what = f"{wire.name}: it is a slave, and no master is modelled: nothing is ever transferred"
            wire.system.note(NoteKind.UNMODELLED, wire.name, what)
            return
        frame, bits = wire.sent.popleft(), (wire.file["TX_CTRL"] & 31) + 1

        def over() -> None:
            answer = exchange(wire.system, wire.name, (frame & (1 << bits) - 1).to_bytes((bits + 7) // 8, "big"))
            self._receive(int.from_bytes(answer, "big"))
            wire.flags |= 0 if wire.sent else SPI_DONE
            self.look()

        self._after(bits * ((wire.file["CTRL"] & 15) + 1), over)


class I2cMaster(Master):
    """Follows the commands of I2C_M_CMD, each done when the byte before it is over."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)
        self.command = 0
        self.is_on_bus = self._is_read = self._awaits_address = self._has_byte = False
        self._device: I2cDevice | None = None
        self._written = bytearray()

    def stop(self) -> None:
        super().stop()
        self._end_write()
        self.command, self._device = 0, None
        self.is_on_bus = self._awaits_address = self._has_byte = False

    def _bits(self, count: int, callback: Callable[[], None]) -> None:
        control = self._wire.file["I2C_CTRL"]
        self._after(count * ((control & 15) + (control >> 4 & 15) + 2), callback)

    def look(self) -> None:
        wire = self._wire
        if self._handle is not None:
            return
        if self.command & (M_START | M_START_ON_IDLE) and not self._awaits_address:
            self.command &= ~(M_START | M_START_ON_IDLE | M_NACK | M_ACK)
            self.is_on_bus = self._awaits_address = True
            self._has_byte = False
            self._end_write()
        if self._awaits_address:
            if wire.sent:
                self._awaits_address = False
                self._bits(10, self._addressed(wire.sent.popleft()))
        elif not self.is_on_bus:
            return
        elif self._is_read and self._device is not None and self._has_byte:
            self._answer_byte()
        elif wire.sent and not self._is_read and self._device is not None:
            self._bits(9, self._byte_sent(wire.sent.popleft()))
        elif self.command & M_STOP:
            self._bits(1, self._stopped)

    def _addressed(self, byte: int) -> Callable[[], None]:
        def over() -> None:
            wire = self._wire
            self._device = wire.system.devices.i2c.get(wire.name, {}).get(byte >> 1 & 0x7F)
            self._is_read = bool(byte & 1)
            if self._device is None:
                what = f"{wire.name}: no device at address 0x{byte >> 1:02x}: it is not acknowledged"
                wire.system.note(NoteKind.UNMODELLED, wire.name, what)
                wire.flags |= I2C_NACK
            else:
                wire.flags |= I2C_ACK
                if self._is_read:
                    self._bits(8, self._byte_received)
            self.look()

        return over

    def _byte_sent(self, byte: int) -> Callable[[], None]:
        def over() -> None:
            self._written.append(byte)
            self._wire.flags |= I2C_ACK
            self.look()

        return over

    def _byte_received(self) -> None:
        assert self._device is not None
        data = bytes(self._device.read(1)) or bytes([NOTHING])
        self._receive(data[0])
        self._has_byte = True
        self.look()

    def _answer_byte(self) -> None:
        """Acknowledge a byte and take the next one, or end the read."""
        wire = self._wire
        if self.command & M_NACK:
            self.command &= ~M_NACK
            self._has_byte = False
            self._bits(2 if self.command & M_STOP else 1, self._stopped if self.command & M_STOP else self.look)
        elif self.command & M_ACK or (wire.file["I2C_CTRL"] & M_READY_DATA_ACK and len(wire.received) < wire.depth()):
            self.command &= ~M_ACK
            self._has_byte = False
            self._bits(9, self._byte_received)
        elif self.command & M_STOP:
            self._bits(1, self._stopped)

    def _stopped(self) -> None:
        self._end_write()
        self.command, self._device = 0, None
        self.is_on_bus = self._has_byte = False
        self._wire.flags |= I2C_STOP

    def _end_write(self) -> None:
        if self._device is not None and self._written:
            self._device.write(bytes(self._written))
        self._written.clear()
