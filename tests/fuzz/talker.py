"""A firmware that is nothing but its output: what the protocol's driver is tried on, whatever it is told."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from simtiny.board_file import load_board
from simtiny.engine import StopReason
from simtiny.image import Image
from simtiny.machine.serial import SerialPort

ANSWER_BYTES = 1 << 16
"""The most that is said at a time."""


class Talker:
    """As much of an engine as a session uses. It prints the next of its answers at each run."""

    def __init__(self, said: bytes) -> None:
        self.board = load_board("nucleo-l4r5zi")
        self.image = Image("talker", "", ())
        self.serial = SerialPort("LPUART1")
        self.initial_sp, self.cycles, self.explanation = 0x2000_1000, 0, "it waits for input"
        self.clock_hz = {"core": 120e6}
        self.on_stimulus: Callable[[int, int], None] = lambda port, value: None
        self.on_pin_change: Callable[[str, bool], None] = lambda pin, level: None
        self.on_timer_read: Callable[[], None] | None = None
        self.on_transmit: Callable[[int], None] = lambda byte: None
        self.notes = ()
        self._said, self._stopped = said, False
        self.serial.connect({"LPUART1": self})  # type: ignore[dict-item]

    def send(self, data: bytes) -> None:
        """What the host says is not listened to."""

    def baud_rate(self) -> float | None:
        return 115200.0

    def run(self, until: Callable[[], bool] | None = None, limit_cycles: int | None = None) -> StopReason:
        self._stopped = False
        if until is None:
            return StopReason.LIMIT
        for index, byte in enumerate(self._said[:ANSWER_BYTES]):
            self.cycles += 10
            if byte == 0x01:
                if self.on_timer_read is not None:
                    self.on_timer_read()
            elif byte in (0x02, 0x03):
                self.on_pin_change("PF13", byte == 0x02)
            else:
                self.on_transmit(byte)
            if self._stopped and until():
                self._said = self._said[index + 1 :]
                return StopReason.CONDITION
        self._said = self._said[ANSWER_BYTES:]
        return StopReason.IDLE

    def stop(self) -> None:
        self._stopped = True

    def mark(self) -> Any:
        return SimpleNamespace(cycles=self.cycles, number=0)

    def register(self, number: int) -> int:
        return 0x2000_0800 if number == 13 else 0x0800_0100

    def fault_registers(self) -> dict[str, int]:
        return {"CFSR": 0, "HFSR": 0, "BFAR": 0}

    def uses_process_stack(self) -> bool:
        return False
