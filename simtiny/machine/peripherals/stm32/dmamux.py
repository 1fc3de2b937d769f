"""STM32 DMAMUX: which peripheral's request goes to which channel of the DMA controllers.

Registers: RM0432 chapter 12, RM0444 chapter 12, RM0455 chapter 18, from memory; bits by CMSIS, stm32l4r5xx.h DMAMUX_*.
"""

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind

CSR, CFR, RG0CR, RGSR, RGCFR = 0x80, 0x84, 0x100, 0x140, 0x144
_REQUEST = 0xFF
_SYNCHRONISE, _GENERATE = 1 << 16, 1 << 16  # CxCR.SE, RGxCR.GE


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`requests`: the request lines by number, the first of them `first`; empty where the number is reserved.

    `channels`: the names of the channels that it serves. Its output n is the request line "DMAMUX1.n". `generators`:
    how many request generators there are.
    """

    requests: tuple[str, ...]
    channels: tuple[str, ...]
    first: int = 1
    generators: int = 4


class Dmamux(Block[Parameters]):
    """Kind "stm32-dmamux". Requests pass at once: synchronisation and the request generators are noted."""

    takes = Parameters

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._high: set[str] = set()
        self._words = dict.fromkeys(range(0, 4 * len(self._given.channels), 4), 0)
        self._words |= dict.fromkeys(range(RG0CR, RG0CR + 4 * self._given.generators, 4), 0)
        self._outputs: set[int] = set()  # that are high

    def register_name(self, offset: int) -> str:
        offset &= ~3
        names = {CSR: "CSR", CFR: "CFR", RGSR: "RGSR", RGCFR: "RGCFR"}
        if offset in self._words:
            return f"C{offset // 4}CR" if offset < CSR else f"RG{(offset - RG0CR) // 4}CR"
        return names.get(offset, "")

    def dma_request(self, line: str, level: bool) -> None:
        """See `DmaController`."""
        if line not in self._given.requests:
            return
        (self._high.add if level else self._high.discard)(line)
        self._drive()

    def request_served(self, what: str) -> None:
        """See `HoldsRequests`: passed on to who asks."""
        line = self._line(self._words[4 * int(what)] & _REQUEST)
        if line:
            self._system.dma_served(line)

    def request_behind(self, what: str) -> tuple[str, int]:
        """See `Multiplexes`."""
        request = self._words[4 * int(what)] & _REQUEST
        return self._line(request), request

    def read(self, offset: int, size: int) -> int:
        return read_lane(self._words.get(split(offset)[0], 0), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        if word_offset not in self._words:
            if word_offset not in (CFR, RGCFR):  # no overrun ever: nothing to clear
                self._note_unknown(offset)
            return
        before = self._words[word_offset]
        self._words[word_offset] = word = write_lane(before, offset, size, value)
        if word_offset >= RG0CR:
            if word & _GENERATE:
                self._note(NoteKind.UNMODELLED, "request generators are not modelled: none asks", offset)
            return
        if word & _SYNCHRONISE:
            self._note(NoteKind.UNMODELLED, "synchronisation is not modelled: requests pass at once", offset)
        if word & _REQUEST != before & _REQUEST:
            self._note_nobody_asks(word_offset // 4, word & _REQUEST)
        self._drive()

    def _line(self, request: int) -> str:
        number = request - self._given.first
        return self._given.requests[number] if 0 <= number < len(self._given.requests) else ""

    def _note_nobody_asks(self, output: int, request: int) -> None:
        line = self._line(request)
        if request and not self._system.asks_for_dma(line.split(".")[0]):
            channel = self._given.channels[output]
            what = f"{channel} waits for request {request} ({line or 'reserved'}), which nothing drives"
            self._system.note(NoteKind.UNMODELLED, self._name, what)

    def _drive(self) -> None:
        """Pass on what has changed."""
        for output in range(len(self._given.channels)):
            level = self._line(self._words[4 * output] & _REQUEST) in self._high
            if level != (output in self._outputs):
                (self._outputs.add if level else self._outputs.discard)(output)
                self._system.request_dma(f"{self._name}.{output}", level)
