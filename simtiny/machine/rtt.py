"""SEGGER's Real Time Transfer: buffers in RAM that a debug probe empties and fills while the firmware runs.

The control block and its buffers: SEGGER, "J-Link / J-Trace User Guide" (UM08001), section RTT; SEGGER_RTT.h.
"""

import struct
from collections.abc import Callable
from typing import Protocol

from simtiny.machine.machine import Machine
from simtiny.machine.semihosting import BadPointer

SOURCE = "rtt"
SYMBOL = "_SEGGER_RTT"
IDENTIFIER = b"SEGGER RTT".ljust(16, b"\0")
MOST_BUFFERS = 64
SEARCH_CYCLES = 1 << 19
"""How often RAM is searched for the control block of firmware without symbols."""
PROBED_EVERY_S = 1e-3
"""How often a debug probe looks after the buffers."""
_HEADER = struct.Struct("<2i")  # how many up and down
_BUFFER = struct.Struct("<6I")  # name, buffer, size, write offset, read offset, flags
_WRITE_OFFSET, _READ_OFFSET = 12, 16


class ProbedMemory(Protocol):
    """The machine's memories as a debug probe sees them. Raises BadPointer where there is none."""

    def read_data(self, address: int, size: int) -> bytes: ...

    def write_data(self, address: int, data: bytes) -> None: ...


class Rtt:
    """A probe that serves buffers 0 of one firmware each time that it is asked to.

    `write(data)` is told of what the firmware prints. `read(most)` gives bytes for it to read, b"" for none.
    Without a symbol that names the control block, it is searched for in RAM.
    """

    def __init__(self, machine: Machine, memory: ProbedMemory) -> None:
        self._machine, self._memory = machine, memory
        symbols = machine.image.symbols
        self._place = symbols[SYMBOL].address if SYMBOL in symbols else None
        self._has_symbols = bool(symbols)
        self._next_search = 0
        self.write: Callable[[bytes], None] = lambda data: None
        self.read: Callable[[int], bytes] = lambda most: b""

    def attach(self) -> None:
        """Look after the buffers every millisecond from now on, and before sleep."""
        self._machine.on_look = self._look
        self._look()

    def _look(self) -> None:
        self.serve()
        if self._place is not None:
            self._machine.look_cycles = max(int(self._machine.clock_hz["core"] * PROBED_EVERY_S), 1)

    def serve(self) -> bool:
        """Empty up-buffer 0 and fill down-buffer 0. False before the firmware has made them."""
        control = self._control_block()
        if control is None:
            return False
        try:
            self._serve(control)
        except BadPointer:  # it is being made, or is none
            return False
        return True

    def _serve(self, control: int) -> None:
        up, down = _HEADER.unpack(self._memory.read_data(control + len(IDENTIFIER), _HEADER.size))
        if not (0 <= up <= MOST_BUFFERS and 0 <= down <= MOST_BUFFERS):
            return
        first = control + len(IDENTIFIER) + _HEADER.size
        if up:
            self._empty(first)
        if down:
            self._fill(first + up * _BUFFER.size)

    def _empty(self, at: int) -> None:
        _, buffer, size, write, read, _ = _BUFFER.unpack(self._memory.read_data(at, _BUFFER.size))
        if not (buffer and write < size and read < size) or write == read:
            return
        pieces = ((read, write),) if read < write else ((read, size), (0, write))
        data = b"".join(self._memory.read_data(buffer + begin, end - begin) for begin, end in pieces if end > begin)
        self._memory.write_data(at + _READ_OFFSET, struct.pack("<I", write))
        self.write(data)

    def _fill(self, at: int) -> None:
        _, buffer, size, write, read, _ = _BUFFER.unpack(self._memory.read_data(at, _BUFFER.size))
        if not (buffer and write < size and read < size):
            return
        data = self.read((read - write - 1) % size)
        if not data:
            return
        split = min(len(data), size - write)
        for start, piece in ((write, data[:split]), (0, data[split:])):
            if piece:
                self._memory.write_data(buffer + start, piece)
        self._memory.write_data(at + _WRITE_OFFSET, struct.pack("<I", (write + len(data)) % size))

    def _control_block(self) -> int | None:
        """Where it is by now. A reset may undo it."""
        if self._place is not None and self._is_there(self._place):
            return self._place
        if self._has_symbols or self._machine.cycles < self._next_search:
            return None
        self._next_search = self._machine.cycles + SEARCH_CYCLES
        bases = [memory.base for memory in self._machine.board.memories if memory.kind == "ram"]
        found = (
            base + data.find(IDENTIFIER)
            for base, data in zip(bases, self._machine.ram(), strict=True)
            if IDENTIFIER in data
        )
        self._place = next(found, None)
        return self._place

    def _is_there(self, place: int) -> bool:
        try:
            return self._memory.read_data(place, len(IDENTIFIER)) == IDENTIFIER
        except BadPointer:
            return False
