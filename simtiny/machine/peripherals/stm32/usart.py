"""STM32 USART and LPUART, as a serial port that takes no time.

Two register generations, by parameter: "sr" (SR and DR; F1, F2, F4, L1) and "isr" (ISR, ICR, RDR, TDR; all later
families). Flag and interrupt-enable bits up to 7 stand at the same places in both (CMSIS headers stm32f407xx.h and
stm32l4r5xx.h, USART_SR_*, USART_ISR_*, USART_CR1_*).
"""

from collections.abc import Callable
from typing import Literal

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.plain_words import PlainWords, ReceiveQueue
from simtiny.machine.system import System
from simtiny.notes import NoteKind

LAYOUTS: dict[str, dict[int, str]] = {
    "isr": {
        0x00: "CR1", 0x04: "CR2", 0x08: "CR3", 0x0C: "BRR", 0x10: "GTPR", 0x14: "RTOR",
        0x18: "RQR", 0x1C: "ISR", 0x20: "ICR", 0x24: "RDR", 0x28: "TDR", 0x2C: "PRESC",
    },
    "sr": {0x00: "SR", 0x04: "DR", 0x08: "BRR", 0x0C: "CR1", 0x10: "CR2", 0x14: "CR3", 0x18: "GTPR"},
}  # fmt: skip
ENABLE_BIT = {"isr": 1 << 0, "sr": 1 << 13}  # CR1.UE

CR1_RE, CR1_TE, CR1_FIFOEN = 1 << 2, 1 << 3, 1 << 29
CR1_TXFEIE, CR1_RXFFIE = 1 << 30, 1 << 31
CR1_OVER8 = 1 << 15
CR3_DMA, CR3_TXFTIE, CR3_RXFTIE = 3 << 6, 1 << 23, 1 << 28
IDLE, RXNE, TC, TXE = 1 << 4, 1 << 5, 1 << 6, 1 << 7
TEACK, REACK, TXFE, RXFF, RXFT, TXFT = 1 << 21, 1 << 22, 1 << 23, 1 << 24, 1 << 26, 1 << 27
RQR_RXFRQ = 1 << 3

FIFO_DEPTH = 8  # entries, RM0432 USART FIFO mode
RECEIVE_THRESHOLD = (1, 2, 4, 6, 7, 8, 8, 8)  # entries by CR3.RXFTCFG: 1/8, 1/4, 1/2, 3/4, 7/8, full
PRESCALER = (1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256, 256, 256, 256, 256)  # by PRESC.PRESCALER


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the name of the kernel clock. `baud`: what the host side expects; another rate is noted, not refused."""

    clock: str
    generation: Literal["isr", "sr"] = "isr"
    low_power: bool = False
    baud: int = 115_200


class Usart(Block[Parameters]):
    """Kind "stm32-usart". `irq` is the one global interrupt.

    A transmitted byte goes to `on_transmit` at once and the transmitter is idle again. Received bytes wait in a queue:
    the next one is there as soon as the firmware has read the one before, so nothing overruns.
    """

    takes = Parameters

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._layout = LAYOUTS[self._given.generation]
        self._has_fifo = self._given.generation == "isr"
        self._enable_bit = ENABLE_BIT[self._given.generation]
        self._words = dict.fromkeys(self._layout.values(), 0)
        self._received = ReceiveQueue()
        self._complete = TC
        self._idle = 0
        self._line = False
        self._rate_checked = False
        self._status_offset = next(at for at, name in self._layout.items() if name in ("ISR", "SR"))
        self._receives = self._transmits = False
        self._offsets = {name: at for at, name in self._layout.items()}
        data = self._offsets["RDR" if self._has_fifo else "DR"]
        self.plain = PlainWords(4 * len(self._layout), data, self._received)
        self.on_transmit: Callable[[int], None] = lambda byte: None

    def register_name(self, offset: int) -> str:
        return self._layout.get(offset & ~3, "")

    def send(self, data: bytes) -> None:
        """Queue bytes from the host for the firmware to receive."""
        self._received.extend(data)
        self._update_line()

    @property
    def pending(self) -> int:
        """Bytes that the firmware has not read yet."""
        return len(self._received)

    def read(self, offset: int, size: int) -> int:
        if offset == self._status_offset and size == 4:  # what firmware that polls does most
            return self._status()
        name = self._layout.get(offset & ~3, "")
        if name in ("RDR", "DR"):
            return read_lane(self._receive(), offset, size)
        if name in ("ISR", "SR"):
            return read_lane(self._status(), offset, size)
        return read_lane(self._words.get(name, 0), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        name = self._layout.get(offset & ~3, "")
        if name in ("TDR", "DR"):
            self._transmit(value & 0xFF)
        elif name == "ICR":
            self._clear(write_lane(0, offset, size, value))
        elif name == "SR":
            self._clear(~write_lane(0xFFFFFFFF, offset, size, value))
        elif name == "RQR":
            if write_lane(0, offset, size, value) & RQR_RXFRQ:
                self._received.clear()
        elif name in ("ISR", "RDR", ""):
            what = f"write to read-only or unknown register 0x{split(offset)[0]:02x} ignored"
            self._note(NoteKind.UNKNOWN_REGISTER, what, offset)
        else:
            self._words[name] = word = write_lane(self._words[name], offset, size, value)
            self.plain.set(self._offsets[name], word)
            if name == "CR1":
                self._receives, self._transmits = self._enabled(CR1_RE), self._enabled(CR1_TE)
            elif name == "CR3" and word & CR3_DMA:
                self._note(NoteKind.UNMODELLED, "DMA requests of the USART are not modelled")
        self._update_line()

    def _enabled(self, direction: int) -> bool:
        control = self._words["CR1"]
        return bool(control & self._enable_bit) and bool(control & direction)

    def _status(self) -> int:
        status = TXE | self._complete | self._idle
        if self._receives and self._received:
            status |= RXNE
        if not self._has_fifo:
            return status
        if self._transmits:
            status |= TEACK
        if self._receives:
            status |= REACK
        if self._words["CR1"] & CR1_FIFOEN:
            waiting = len(self._received) if self._receives else 0
            status |= TXFE | TXFT
            status |= RXFF if waiting >= FIFO_DEPTH else 0
            status |= RXFT if waiting >= RECEIVE_THRESHOLD[self._words["CR3"] >> 25 & 7] else 0
        return status

    def _update_line(self) -> None:
        status, control = self._status(), self._words["CR1"]
        self.plain.set(self._status_offset, status)
        self._received.hand_out(self._kept())
        # IDLE, RXNE, TC and TXE stand at the bit of their enable in CR1.
        level = bool(status & control & (IDLE | RXNE | TC | TXE))
        if control & CR1_FIFOEN and self._has_fifo:
            control_3 = self._words["CR3"]
            level |= bool(control & CR1_TXFEIE) or bool(control_3 & CR3_TXFTIE)
            level |= bool(control & CR1_RXFFIE and status & RXFF) or bool(control_3 & CR3_RXFTIE and status & RXFT)
        level &= bool(control & self._enable_bit)
        if level != self._line:
            self._line = level
            for irq in self._irq[:1]:
                self._system.set_irq(irq, level, self._name)

    def _kept(self) -> int:
        """How many of the bytes that wait tell in the status when they are read. All, while reading any would."""
        if not self._receives or (not self._has_fifo and self._idle):
            return len(self._received)
        return FIFO_DEPTH if self._has_fifo and self._words["CR1"] & CR1_FIFOEN else 1

    def _receive(self) -> int:
        if not (self._receives and self._received):
            return 0
        byte = self._received.take()
        if self._given.generation == "sr":
            self._idle = 0
        if not self._received:
            self._idle = IDLE
        self._update_line()
        return byte

    def _transmit(self, byte: int) -> None:
        if not self._transmits:
            self._note(NoteKind.FIRMWARE, "the firmware wrote data with the transmitter disabled: lost")
            return
        self._check_rate()
        self._complete = TC
        self.on_transmit(byte)

    def _clear(self, flags: int) -> None:
        self._complete &= ~flags
        self._idle &= ~flags

    def baud_rate(self) -> float | None:
        """Bits a second that the firmware programmed, or None while BRR or the kernel clock is 0."""
        clock_hz = self._system.clock_hz.get(self._given.clock, 0.0) / PRESCALER[self._words.get("PRESC", 0) & 0xF]
        divider = self._words["BRR"]
        if self._given.low_power:
            return 256 * clock_hz / divider if divider else None
        if self._words["CR1"] & CR1_OVER8:
            # Oversampling by 8: bits 2:0 hold the fraction in eighths, the rate is twice that of 16-fold sampling.
            divider = divider & ~0xF | (divider & 7) << 1
            clock_hz *= 2
        return clock_hz / divider if divider else None

    def _check_rate(self) -> None:
        """Say once that the real link would need another rate: receivers tolerate about 3 %."""
        rate = None if self._rate_checked else self.baud_rate()
        self._rate_checked = True
        if rate is not None and abs(rate / self._given.baud - 1) > 0.03:
            self._note(NoteKind.FIRMWARE, f"the firmware programmed {rate:.0f} baud, not {self._given.baud}")
