"""FIFOs and interrupt flags of a PSoC 6 serial communication block that is no UART."""

from collections import deque
from collections.abc import Callable

from simtiny.machine.peripherals.psoc6.scb_uart import (
    CTRL_BYTE_MODE,
    FIFO_CTRL_TRIGGER_LEVEL,
    FIFO_DEPTH,
    INTR_RX,
    INTR_TX,
    RX_FULL,
    RX_NOT_EMPTY,
    RX_TRIGGER,
    TX_EMPTY,
    TX_NOT_FULL,
    TX_TRIGGER,
)
from simtiny.machine.peripherals.registers import RegisterFile
from simtiny.machine.system import System

INTR_M = 0xF00
RX_OVERFLOW = 1 << 5


class Wire:
    """What the masters of a block share with it. `changed` is called when something has come to an end on the wire."""

    def __init__(self, name: str, clock: str, file: RegisterFile, system: System, changed: Callable[[], None]) -> None:
        self.name, self.clock, self.file, self.system, self.changed = name, clock, file, system, changed
        self.sent, self.received = deque[int](), deque[int]()
        self.flags = 0  # INTR_M
        self.latched = {INTR_TX: 0, INTR_RX: 0}

    def depth(self) -> int:
        return FIFO_DEPTH if self.file["CTRL"] & CTRL_BYTE_MODE else FIFO_DEPTH // 2

    def overflow(self) -> None:
        self.latched[INTR_RX] |= RX_OVERFLOW

    def requests(self, register: int) -> int:
        """What an interrupt register reads: latched bits, and levels of the FIFO."""
        if register == INTR_M:
            return self.flags
        used, bits = (len(self.sent), 0) if register == INTR_TX else (len(self.received), 0)
        if register == INTR_TX:
            bits |= TX_TRIGGER if used < self.file["TX_FIFO_CTRL"] & FIFO_CTRL_TRIGGER_LEVEL else 0
            bits |= (TX_NOT_FULL if used < self.depth() else 0) | (0 if used else TX_EMPTY)
        else:
            bits |= RX_TRIGGER if used > self.file["RX_FIFO_CTRL"] & FIFO_CTRL_TRIGGER_LEVEL else 0
            bits |= (RX_NOT_EMPTY if used else 0) | (RX_FULL if used >= self.depth() else 0)
        return self.latched[register] | bits

    def masked(self, register: int) -> int:
        """The interrupts that are enabled of these."""
        names = {INTR_M: "INTR_M_MASK", INTR_TX: "INTR_TX_MASK", INTR_RX: "INTR_RX_MASK"}
        return self.requests(register) & self.file[names[register]]
