"""What a user attaches to an emulated board: devices on its buses, and voltages on its analog inputs.

    def sensor(written: bytes) -> bytes:          # at address 0x48: two bytes, whatever register is asked for
        return round(21.5 * 256).to_bytes(2, "big")

    machine = simtiny.boot(image="firmware.elf", board="nucleo-l4r5zi")
    machine.attach("I2C1", sensor, address=0x48)
    machine.attach("SPI1", lambda sent: bytes(len(sent)), select="PA4")
    machine.attach("PA0", lambda time_s: 1.65 + math.sin(2 * math.pi * 50 * time_s))

A device is a function, or an object with the methods of one of the protocols below. Time is emulated time: that of
`machine.elapsed_s`. What is attached stays attached when the board is reset.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from simtiny.errors import BadInput

NOTHING = 0xFF
"""What a byte reads that nobody sends: lines at rest are high."""


@runtime_checkable
class SpiDevice(Protocol):
    """On an SPI. A function `transfer` alone will do."""

    def transfer(self, sent: bytes) -> bytes:
        """Answer one frame, of as many bytes, first the one that goes first; frames of 4 to 8 bits are one byte."""
        ...

    def select(self, active: bool) -> None:
        """Its chip select has become active, or inactive. Not called for a device that is always selected."""
        ...


@runtime_checkable
class I2cDevice(Protocol):
    """On an I2C.

    A function of bytes will do: it is called with the bytes of each write when that is over, or with none where a read
    follows no write, and returns what is read next.
    """

    def write(self, data: bytes) -> None:
        """The master has written these bytes: all from the address to the stop or the next start."""
        ...

    def read(self, count: int) -> bytes:
        """Give the next `count` bytes. Those that are missing read 0xFF.

        A controller that does not know how many it will be, as a PSoC 6's, asks for one at a time.
        """
        ...


@dataclass(frozen=True)
class MemoryCommand:
    """What a QUADSPI or an OCTOSPI sends: None for phases that are left out. `data` is written, or `count` bytes read.

    `dummy_cycles`: clocks between address and data. On how many lines each phase goes makes no difference here.
    """

    instruction: int | None
    address: int | None
    alternate: int | None
    dummy_cycles: int
    data: bytes
    count: int


@runtime_checkable
class MemoryDevice(Protocol):
    """A memory on a QUADSPI or an OCTOSPI. A function of a command will do."""

    def command(self, command: MemoryCommand) -> bytes:
        """Carry out a command, and give the bytes that it reads. Those that are missing read 0xFF.

        One that reads more than 64 KiB comes as several, each at the address at which the one before ended.
        """
        ...


Waveform = float | Callable[[float], float]
"""Volts: always the same, or a function of the emulated time in seconds."""


@dataclass
class _SpiFunction:
    transfer: Callable[[bytes], bytes]

    def select(self, active: bool) -> None:
        pass


@dataclass
class _I2cFunction:
    function: Callable[[bytes], bytes]
    _answer: bytes | None = None

    def write(self, data: bytes) -> None:
        self._answer = bytes(self.function(data))

    def read(self, count: int) -> bytes:
        answer = bytes(self.function(b"")) if self._answer is None else self._answer
        self._answer = answer[count:] or None
        return answer[:count]


@dataclass
class _MemoryFunction:
    command: Callable[[MemoryCommand], bytes]


def spi_device(device: object) -> SpiDevice:
    """As it is, or made of a function. Raises BadInput for neither."""
    return device if isinstance(device, SpiDevice) else _SpiFunction(_callable(device, "transfer() and select()"))


def i2c_device(device: object) -> I2cDevice:
    """As it is, or made of a function. Raises BadInput for neither."""
    return device if isinstance(device, I2cDevice) else _I2cFunction(_callable(device, "write() and read()"))


def memory_device(device: object) -> MemoryDevice:
    """As it is, or made of a function. Raises BadInput for neither."""
    return device if isinstance(device, MemoryDevice) else _MemoryFunction(_callable(device, "command()"))


def waveform(device: object) -> Waveform:
    """Volts, or a function of time. Raises BadInput for neither."""
    if isinstance(device, int | float) and not isinstance(device, bool):
        return float(device)
    if not callable(device):
        raise BadInput(f"{device!r} is no voltage: give volts, or a function of the time in seconds")
    function: Callable[[float], float] = device
    return function


def _callable(device: object, methods: str) -> Callable[..., bytes]:
    if not callable(device):
        raise BadInput(f"{device!r} can't be attached: it is neither a function nor has it the methods {methods}")
    function: Callable[..., bytes] = device
    return function


@dataclass
class SpiAttachment:
    """A device and the output pin that selects it when low; none: it is always selected."""

    device: SpiDevice
    select: str | None
    selected: bool


@dataclass
class Devices:
    """All that is attached to one board, by the names of its peripherals.

    `inputs`: volts by converter and channel. What takes no device finds none.
    """

    spi: dict[str, list[SpiAttachment]] = field(default_factory=dict)
    i2c: dict[str, dict[int, I2cDevice]] = field(default_factory=dict)
    memories: dict[str, MemoryDevice] = field(default_factory=dict)
    inputs: dict[tuple[str, int], Waveform] = field(default_factory=dict)

    def reset(self) -> None:
        """The board is reset: its pins float, and chip selects rise."""
        for attachment in self._spi_attachments():
            self._select(attachment, attachment.select is None)

    def pin_changes(self, pin: str, level: bool) -> None:
        """An output pin has taken another level."""
        for attachment in self._spi_attachments():
            if attachment.select == pin:
                self._select(attachment, not level)

    def _spi_attachments(self) -> list[SpiAttachment]:
        return [attachment for attachments in self.spi.values() for attachment in attachments]

    def _select(self, attachment: SpiAttachment, active: bool) -> None:
        if attachment.selected != active:
            attachment.selected = active
            attachment.device.select(active)

    def exchange(self, bus: str, sent: bytes) -> bytes | None:
        """One frame on an SPI: the answer, as long as `sent`, of the device that is selected; None without any."""
        for attachment in self.spi.get(bus, ()):
            if attachment.selected:
                return bytes(attachment.device.transfer(sent))[: len(sent)].ljust(len(sent), bytes([NOTHING]))
        return None

    def command(self, bus: str, command: MemoryCommand) -> bytes | None:
        """Have a memory carry out a command: what is read, or None where no memory is."""
        memory = self.memories.get(bus)
        if memory is None:
            return None
        return bytes(memory.command(command))[: command.count].ljust(command.count, bytes([NOTHING]))

    def volts(self, converter: str, channel: int, time_s: float) -> float | None:
        """What is on an analog input at a time; None where nothing is attached."""
        found = self.inputs.get((converter, channel))
        if found is None:
            return None
        return float(found(time_s) if callable(found) else found)
