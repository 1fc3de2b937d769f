"""STM32 USART and LPUART as a serial port.

Characters take their time: start bit, word and stop bits at the rate of BRR, PRESC, OVER8 and the kernel clock, as long
as the machine's `serial_takes_time` holds; else none. Not modelled: the idle frame behind TE, CTS and RTS, break, LIN,
smartcard, synchronous and multiprocessor modes, RTOF, and the errors of a line: nothing is ever noisy or overrun.

Two register generations, by parameter: "sr" (SR and DR; F1, F2, F4, L1) and "isr" (ISR, ICR, RDR, TDR; all later
families). Flag and interrupt-enable bits up to 7 stand at the same places in both (CMSIS headers stm32f407xx.h and
stm32l4r5xx.h, USART_SR_*, USART_ISR_*, USART_CR1_*).
"""

from collections.abc import Callable
from typing import Literal

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.serial_line import Receiver, Transmitter
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.plain_words import PlainWords, ReceiveQueue
from simtiny.machine.system import ALWAYS, System
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
CR1_M0, CR1_M1 = 1 << 12, 1 << 28
CR3_DMAR, CR3_DMAT, CR3_TXFTIE, CR3_RXFTIE = 1 << 6, 1 << 7, 1 << 23, 1 << 28
IDLE, RXNE, TC, TXE = 1 << 4, 1 << 5, 1 << 6, 1 << 7
TEACK, REACK, TXFE, RXFF, RXFT, TXFT = 1 << 21, 1 << 22, 1 << 23, 1 << 24, 1 << 26, 1 << 27
RQR_RXFRQ, RQR_TXFRQ = 1 << 3, 1 << 4

EIGHTHS = (1, 2, 4, 6, 7, 8, 8, 8)  # of the depth, by CR3.RXFTCFG and, of free entries, by CR3.TXFTCFG
STOP_BITS = (1.0, 0.5, 2.0, 1.5)  # by CR2.STOP
PRESCALER = (1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256, 256, 256, 256, 256)  # by PRESC.PRESCALER


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the name of the kernel clock. `baud`: what the host side expects; another rate is noted, not refused.

    `fifo`: entries of each FIFO, 0 on a chip without: 8 on STM32L4+, G0 and U5 (RM0432, RM0444, RM0456), 16 on H7
    (RM0455).
    """

    clock: str
    generation: Literal["isr", "sr"] = "isr"
    low_power: bool = False
    baud: int = 115_200
    fifo: int = 8


class Usart(Block[Parameters]):
    """Kind "stm32-usart". `irq` is the one global interrupt.

    A byte goes to `on_transmit` when its character has gone out. Received bytes come in one character's time after the
    other; a host that has more waits while RDR or the FIFO is full, so nothing overruns. Where serial lines take no
    time, a transmitted byte is out at once, and the next received one is there when the one before was read.
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
        self._receives = self._transmits = self._uses_fifo = False
        self._depth = 1  # bytes that can wait before the shift register, and behind that of the receiver
        self._offsets = {name: at for at, name in self._layout.items()}
        data = self._offsets["RDR" if self._has_fifo else "DR"]
        self.plain = PlainWords(4 * len(self._layout), data, self._received)
        self.on_transmit: Callable[[int], None] = lambda byte: None
        self._requests = {"tx": False, "rx": False}  # of DMA
        self._transmitter = Transmitter(system, self._character_cycles, self._sent)
        self._receiver = Receiver(system, self._character_cycles, self._has_room, self._take, self._goes_idle)

    def register_name(self, offset: int) -> str:
        return self._layout.get(offset & ~3, "")

    def send(self, data: bytes) -> None:
        """Queue bytes from the host for the firmware to receive."""
        if self._system.serial_takes_time:
            self._receiver.send(data)
            return
        self._received.extend(data)
        self._update_line()

    @property
    def pending(self) -> int:
        """Bytes that the firmware has not read yet."""
        return len(self._received) + len(self._receiver)

    def steady_until(self, offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        is_data = self._layout.get(offset & ~3, "") in ("RDR", "DR")
        return 0 if is_data and self._received else ALWAYS

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
            requests = write_lane(0, offset, size, value)
            if requests & RQR_RXFRQ:
                self._received.clear()
            if requests & RQR_TXFRQ:
                self._transmitter.waiting.clear()
        elif name in ("ISR", "RDR", ""):
            what = f"write to read-only or unknown register 0x{split(offset)[0]:02x} ignored"
            self._note(NoteKind.UNKNOWN_REGISTER, what, offset)
        else:
            self._words[name] = word = write_lane(self._words[name], offset, size, value)
            self.plain.set(self._offsets[name], word)
            if name == "CR1":
                self._receives, self._transmits = self._enabled(CR1_RE), self._enabled(CR1_TE)
                self._uses_fifo = self._has_fifo and self._given.fifo > 0 and bool(word & CR1_FIFOEN)
                self._depth = self._given.fifo if self._uses_fifo else 1
        self._update_line()
        if self._receiver:
            self._receiver.look()

    def _enabled(self, direction: int) -> bool:
        control = self._words["CR1"]
        return bool(control & self._enable_bit) and bool(control & direction)

    def _status(self) -> int:
        status = self._complete | self._idle
        free = self._depth - len(self._transmitter.waiting)
        if free > 0:
            status |= TXE
        if self._receives and self._received:
            status |= RXNE
        if not self._has_fifo:
            return status
        if self._transmits:
            status |= TEACK
        if self._receives:
            status |= REACK
        if self._uses_fifo:
            waiting, control, depth = len(self._received) if self._receives else 0, self._words["CR3"], self._depth
            status |= TXFE if free == depth else 0
            status |= TXFT if 8 * free >= EIGHTHS[control >> 29] * depth else 0
            status |= RXFF if waiting >= depth else 0
            status |= RXFT if 8 * waiting >= EIGHTHS[control >> 25 & 7] * depth else 0
        return status

    def _update_line(self) -> None:
        status, control = self._status(), self._words["CR1"]
        self.plain.set(self._status_offset, status)
        self._received.hand_out(self._kept())
        # IDLE, RXNE, TC and TXE stand at the bit of their enable in CR1.
        level = bool(status & control & (IDLE | RXNE | TC | TXE))
        control_3 = self._words["CR3"]
        if self._uses_fifo:
            level |= bool(control & CR1_TXFEIE and status & TXFE) or bool(control_3 & CR3_TXFTIE and status & TXFT)
            level |= bool(control & CR1_RXFFIE and status & RXFF) or bool(control_3 & CR3_RXFTIE and status & RXFT)
        level &= bool(control & self._enable_bit)
        if level != self._line:
            self._line = level
            for irq in self._irq[:1]:
                self._system.set_irq(irq, level, self._name)
        self._request("tx", self._transmits and bool(control_3 & CR3_DMAT and status & TXE))
        self._request("rx", bool(control_3 & CR3_DMAR and status & RXNE))

    def _request(self, what: str, level: bool) -> None:
        """Drive a request line of DMA, whose controller may access this block before it returns."""
        if self._requests[what] != level:
            self._requests[what] = level
            self._system.request_dma(f"{self._name}.{what}", level)

    def _kept(self) -> int:
        """How many of the bytes that wait tell in the status when they are read. All, while reading any would."""
        if not self._receives or (not self._has_fifo and self._idle) or self._system.serial_takes_time:
            return len(self._received)
        return self._depth

    def _receive(self) -> int:
        if not (self._receives and self._received):
            return 0
        byte = self._received.take()
        if self._given.generation == "sr":
            self._idle = 0
        if not self._received and not self._system.serial_takes_time:
            self._idle = IDLE
        self._update_line()
        if self._receiver:
            self._receiver.look()
        return byte

    def _transmit(self, byte: int) -> None:
        if not self._transmits:
            self._note(NoteKind.FIRMWARE, "the firmware wrote data with the transmitter disabled: lost")
            return
        self._check_rate()
        if not self._system.serial_takes_time:
            self._complete = TC
            self.on_transmit(byte)
            return
        if len(self._transmitter.waiting) >= self._depth:
            self._note(NoteKind.FIRMWARE, "the firmware wrote data while the transmitter had no room (TXE is 0): lost")
            if self._uses_fifo:
                return
            self._transmitter.waiting.clear()
        self._complete = 0
        self._transmitter.put(byte)

    def _sent(self, byte: int) -> None:
        """A character has gone out."""
        if not (self._transmitter.is_busy or self._transmitter.waiting):
            self._complete = TC
        self._update_line()
        self.on_transmit(byte)

    def _has_room(self) -> bool:
        return self._receives and len(self._received) < self._depth

    def _take(self, byte: int) -> None:
        """A character has come in."""
        self._received.extend(bytes([byte]))
        self._update_line()

    def _goes_idle(self) -> None:
        self._idle = IDLE
        self._update_line()

    def _character_cycles(self) -> float | None:
        rate = self.baud_rate()
        return None if rate is None else self._bits() * self._system.clock_hz["core"] / rate

    def _bits(self) -> float:
        """Of a character with start and stop bits. Parity is one of the word's own."""
        control = self._words["CR1"]
        word = 9 if control & CR1_M0 else 7 if control & CR1_M1 and self._has_fifo else 8
        return 1 + word + STOP_BITS[self._words["CR2"] >> 12 & 3]

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
