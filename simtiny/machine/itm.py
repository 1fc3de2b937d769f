"""The instrumentation trace macrocell's stimulus ports. Arm v7-M ARM, C1.7."""

from collections.abc import Callable

from simtiny.machine.system_register import MAINLINE, SystemRegister

_FIFO_READY = 1
_TEXT_PORT = 0


class Itm:
    """What firmware writes to a port goes to `on_stimulus` at once, whether the port is enabled or not.

    What it writes to port 0, where text goes, `on_text` is told as bytes.
    """

    registers = (SystemRegister("ITM_STIM", 0x0000, MAINLINE, words=32),)

    def __init__(self) -> None:
        self.on_stimulus: Callable[[int, int], None] = lambda port, value: None
        self.on_text: Callable[[bytes], None] = lambda data: None

    def read(self, offset: int) -> int:
        """The port's FIFO can take a word."""
        return _FIFO_READY

    def write(self, offset: int, value: int, mask: int) -> None:
        low = (mask & -mask).bit_length() - 1
        self.on_stimulus(offset >> 2, value >> low)
        if offset == _TEXT_PORT:
            self.on_text((value >> low).to_bytes((mask >> low).bit_length() // 8, "little"))
