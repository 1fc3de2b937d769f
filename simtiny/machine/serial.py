"""The host's end of the board's serial line."""

from collections.abc import Callable, Mapping

from simtiny.machine.peripherals.stm32_usart import Usart

_TAIL_BYTES = 200


class SerialPort:
    """Talks to the USART that the firmware transmits on first; until it has, to the board's own default."""

    def __init__(self, default: str) -> None:
        self.on_transmit: Callable[[int], None] = lambda byte: None
        self._default = default
        self._ports: Mapping[str, Usart] = {}
        self._active: str | None = None
        self._tail = bytearray()

    def connect(self, ports: Mapping[str, Usart]) -> None:
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

    def last_line(self) -> str:
        """The last line that the firmware printed, whole or not."""
        lines = self._tail.decode("ascii", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def send(self, data: bytes) -> None:
        """Queue bytes for the firmware to receive."""
        self._ports[self._active or self._default].send(data)
