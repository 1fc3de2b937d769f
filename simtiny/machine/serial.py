"""The host's end of the board's serial line."""

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

_TAIL_BYTES = 200


@runtime_checkable
class Port(Protocol):
    """A peripheral that is a serial port (`simtiny.board_check.SERIAL_KINDS`)."""

    on_transmit: Callable[[int], None]

    def send(self, data: bytes) -> None:
        """Queue bytes for the firmware to receive."""
        ...

    def baud_rate(self) -> float | None:
        """Bits a second that the firmware programmed, None before."""
        ...


class Forwarded:
    """A port whose host's end is elsewhere: what it transmits is heard here, and what is sent to it goes to `send`."""

    def __init__(self, port: Port, send: Callable[[bytes], None]) -> None:
        self.on_transmit: Callable[[int], None] = lambda byte: None
        self.send, self.baud_rate = send, port.baud_rate
        port.on_transmit = lambda byte: self.on_transmit(byte)


class SerialPort:
    """Talks to the port that the firmware transmits on first; until it has, to the board's own default."""

    def __init__(self, default: str) -> None:
        self.on_transmit: Callable[[int], None] = lambda byte: None
        self._default = default
        self._ports: Mapping[str, Port] = {}
        self._active: str | None = None
        self._tail = bytearray()

    def connect(self, ports: Mapping[str, Port]) -> None:
        """Attach to the ports of a board that has just been reset."""
        self._ports, self._active = ports, None
        for name, port in ports.items():
            port.on_transmit = self._listener(name)

    def _listener(self, name: str) -> Callable[[int], None]:
        def transmitted(byte: int) -> None:
            if self._active is None:
                self._active = name
            if name == self._active:
                self._tail.append(byte)
                del self._tail[:-_TAIL_BYTES]
                self.on_transmit(byte)

        return transmitted

    def overhear(self, data: bytes) -> None:
        """The firmware has printed elsewhere: that is a part of its last output, too."""
        self._tail += data
        del self._tail[:-_TAIL_BYTES]

    def last_line(self) -> str:
        """The last line that the firmware printed, whole or not."""
        lines = self._tail.decode("ascii", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def send(self, data: bytes) -> None:
        """Queue bytes for the firmware to receive."""
        self._port.send(data)

    @property
    def baud_rate(self) -> float | None:
        """Bits a second that the firmware programmed, None before."""
        return self._port.baud_rate()

    @property
    def _port(self) -> Port:
        return self._ports[self._active or self._default]
