"""STM32H7 MDMA: from memory to memory, by software or on what other controllers have done; linked lists.

Registers: RM0455 (STM32H7A3) chapter 15, from memory; bits by CMSIS, stm32h7a3xx.h MDMA_*, and stm32h7xx_hal_mdma.h.
Byte exchanges and the wait for bufferable writes are left out; the bits that choose a bus (SBUS, DBUS) are not looked
at.

An item takes four AXI cycles, two to read and two to write [from memory and unchecked]; what bursts save is left out.
"""

import struct
from dataclasses import dataclass

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.dma import DmaBlock
from simtiny.machine.peripherals.moves import Convert, Mover, Side, resized
from simtiny.machine.peripherals.pace import Pace
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import BusError, System
from simtiny.notes import NoteKind

CHANNELS, FIRST_CHANNEL, CHANNEL_BYTES = 16, 0x40, 0x40
GISR0 = 0x00
CISR, CIFCR, CESR, CCR, CTCR, CBNDTR, CSAR, CDAR, CBRUR, CLAR, CTBR, _RESERVED, CMAR, CMDR = range(0x00, 0x38, 4)
NAMES = {
    CISR: "CISR", CIFCR: "CIFCR", CESR: "CESR", CCR: "CCR", CTCR: "CTCR", CBNDTR: "CBNDTR", CSAR: "CSAR", CDAR: "CDAR",
    CBRUR: "CBRUR", CLAR: "CLAR", CTBR: "CTBR", CMAR: "CMAR", CMDR: "CMDR",
}  # fmt: skip
TEIF, CTCIF, BRTIF, BTIF, TCIF = (1 << bit for bit in range(5))  # each one's enable stands a bit higher in CCR
CRQA = 1 << 16
EN, SWRQ, ENABLES = 1 << 0, 1 << 16, 0x3E
EXCHANGES = 7 << 12  # BEX, HEX, WEX
PKE, SWRM = 1 << 25, 1 << 30
BUFFER, BLOCK, REPEATED, LIST = range(4)  # CTCR.TRGM: what one request moves
NODE = (CTCR, CBNDTR, CSAR, CDAR, CBRUR, CLAR, CTBR, _RESERVED, CMAR, CMDR)
"""What a linked-list item holds, in order."""


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`requests`: the request lines by number, empty where the number is reserved. `clock`: the name of its clock."""

    requests: tuple[str, ...] = ()
    clock: str = "core"


class Mdma(DmaBlock[Parameters]):
    """Kind "stm32-mdma". `irq`: the line that all channels share."""

    takes = Parameters
    item_clocks = 4

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._channels = [_Channel(self, number) for number in range(CHANNELS)]
        self._paces = [channel.pace for channel in self._channels]

    def register_name(self, offset: int) -> str:
        if offset & ~3 == GISR0:
            return "GISR0"
        number, register = divmod(split(offset)[0] - FIRST_CHANNEL, CHANNEL_BYTES)
        return f"C{number}{NAMES[register][1:]}" if 0 <= number < CHANNELS and register in NAMES else ""

    def _channel_counted(self, offset: int) -> int | None:
        number, register = divmod(offset - FIRST_CHANNEL, CHANNEL_BYTES)
        return number if 0 <= number < CHANNELS and register in (CBNDTR, CSAR, CDAR) else None

    def dma_request(self, line: str, level: bool) -> None:
        """See `DmaController`."""
        was_high = line in self._high
        self._take_request(line, level)
        if level and not was_high:
            for channel in self._channels:
                if line == channel.line():
                    channel.request()

    def read(self, offset: int, size: int) -> int:
        self._look(offset)
        if offset & ~3 == GISR0:
            return read_lane(sum(1 << each for each in self._raised), offset, size)
        number, register = divmod(split(offset)[0] - FIRST_CHANNEL, CHANNEL_BYTES)
        word = self._channels[number].words.get(register, 0) if 0 <= number < CHANNELS else 0
        return read_lane(word, offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        self._catch_up()
        number, register = divmod(split(offset)[0] - FIRST_CHANNEL, CHANNEL_BYTES)
        if not self.register_name(offset) or number < 0:
            self._note_unknown(offset)
            return
        channel = self._channels[number]
        before = 0 if register == CIFCR else channel.words[register]
        channel.write(register, write_lane(before, offset, size, value))

    def item_cycles(self) -> float:
        """Core cycles from one item to the next."""
        return self._core_cycles(self._given.clock, self.item_clocks)

    def request_line(self, number: int) -> str:
        """The request line of this number, empty where there is none."""
        return self._given.requests[number] if number < len(self._given.requests) else ""


@dataclass
class _Block:
    """One block that is being moved. `item`: bytes of the source's items; `left`: bytes that are to be moved."""

    mover: Mover
    item: int
    bytes: int
    left: int


class _Channel:
    """One channel. `words`: its registers, as they read."""

    def __init__(self, controller: Mdma, number: int) -> None:
        self._controller, self._number = controller, number
        self.words = dict.fromkeys((*NAMES, _RESERVED), 0)
        self._block: _Block | None = None
        self._in_buffer = 0  # bytes of the buffer that is being moved
        self.pace = Pace(controller._system, self._step, self._until_stop, controller.item_cycles)

    @property
    def name(self) -> str:
        return f"{self._controller._name} channel {self._number}"

    def line(self) -> str:
        """The request line that is selected, empty for a request by software."""
        return "" if self.words[CTCR] & SWRM else self._controller.request_line(self.words[CTBR] & 0x3F)

    def write(self, register: int, word: int) -> None:
        """A write to one of its registers. Those of a channel that is enabled can't be changed."""
        if register == CCR:
            self._write_control(word)
        elif register == CIFCR:
            self._set_flags(self.words[CISR] & ~(word & 0x1F))
        elif register not in (CISR, CESR) and not self.words[CCR] & EN:
            self.words[register] = word
        self._update_interrupt()

    def _write_control(self, word: int) -> None:
        before = self.words[CCR]
        kept = word & ~SWRQ
        if before & word & EN:
            kept = before & ~ENABLES | word & ENABLES
        self.words[CCR] = kept
        if kept & ~before & EN:
            self._begin()
        elif before & ~kept & EN:  # suspended: what is left can be moved when it is enabled again
            self.pace.stop()
            self._block = None
            self._set_flags(self.words[CISR] & ~CRQA)
        if word & SWRQ and self.words[CCR] & EN and self.words[CTCR] & SWRM:
            self.request()

    def _begin(self) -> None:
        controller, control = self._controller, self.words[CTCR]
        if self.words[CCR] & EXCHANGES:
            controller._note(NoteKind.UNMODELLED, f"{self.name}: the exchange of bytes is not modelled")
        if not control & SWRM:
            request = f"request {self.words[CTBR] & 0x3F}"
            controller._note_nobody_asks(self.name, request, self.line() or "reserved")
        self._take_block()

    def _take_block(self) -> bool:
        """Take the registers over for the next block. Whether there is one."""
        control, size = self.words[CTCR], self.words[CBNDTR] & 0x1_FFFF
        source_width, destination_width = 1 << (control >> 4 & 3), 1 << (control >> 6 & 3)
        if not size or size % source_width:
            self._fail(f"is to move {size} bytes in items of {source_width}")
            return False
        source = Side(self.words[CSAR], source_width, _step_of(control, control >> 8 & 3))
        destination = Side(self.words[CDAR], destination_width, _step_of(control >> 2, control >> 10 & 3))
        convert = _conversion(control, source_width, destination_width)
        self._block = _Block(Mover(self._controller._system, source, destination, convert), source_width, size, size)
        self._in_buffer = 0
        return True

    def request(self) -> None:
        """Move a buffer, a block, all repetitions of one, or the whole list."""
        if self._block is None or not self.words[CCR] & EN or self.pace.is_free:
            return
        self._set_flags(self.words[CISR] | CRQA)
        self.pace.run_freely()

    def _buffer_bytes(self) -> int:
        return (self.words[CTCR] >> 18 & 0x7F) + 1

    def _until_stop(self) -> int:
        """Items to the end of what has flags: of the buffer where each needs a request, else of the block."""
        block = self._block
        if block is None:
            return 1
        left = block.left
        if self.words[CTCR] >> 28 & 3 == BUFFER:
            left = min(left, self._buffer_bytes() - self._in_buffer)
        return max(left // block.item, 1)

    def _step(self, count: int) -> None:
        block = self._block
        if block is None:
            return
        self._controller._note_moved()
        moved = block.mover.move(count)
        if self._block is not block:  # it has written to its own registers
            return
        block.left -= moved * block.item
        self._in_buffer += moved * block.item
        self.words[CSAR], self.words[CDAR] = block.mover.source.address, block.mover.destination.address
        self.words[CBNDTR] = self.words[CBNDTR] & ~0x1_FFFF | block.left
        if moved < count or (not block.left and not block.mover.flush()):
            self._fail(
                f"met a bus error, from 0x{block.mover.source.address:08x} to 0x{block.mover.destination.address:08x}"
            )
            return
        self._tell(block)

    def _tell(self, block: _Block) -> None:
        """Set the flags of what is done, and stop where the next request is waited for."""
        trigger = self.words[CTCR] >> 28 & 3
        if block.left and self._in_buffer < self._buffer_bytes():
            return
        self._in_buffer = 0
        flags = TCIF
        if not block.left:
            flags |= BTIF
        is_repeated = not block.left and not self.words[CBNDTR] >> 20
        if is_repeated:
            flags |= BRTIF
        self._set_flags(self.words[CISR] | flags)
        if trigger == BUFFER or (trigger == BLOCK and not block.left) or (trigger == REPEATED and is_repeated):
            self._end_of_request()
        if is_repeated:
            self._next_item()
        elif not block.left:
            self._repeat(block)

    def _end_of_request(self) -> None:
        self.pace.stop()
        self._set_flags(self.words[CISR] & ~CRQA)
        if not self.words[CTCR] & SWRM and self.words[CMAR]:
            try:
                self._controller._system.bus_write(self.words[CMAR], 4, self.words[CMDR])
            except BusError:
                self._fail(f"met a bus error at 0x{self.words[CMAR]:08x}, which is to clear the request")

    def _repeat(self, block: _Block) -> None:
        """The next of the repeated blocks, from other addresses."""
        update, counts = self.words[CBRUR], self.words[CBNDTR]
        source = -(update & 0xFFFF) if counts & 1 << 18 else update & 0xFFFF
        destination = -(update >> 16) if counts & 1 << 19 else update >> 16
        self.words[CSAR] = self.words[CSAR] + source & 0xFFFF_FFFF
        self.words[CDAR] = self.words[CDAR] + destination & 0xFFFF_FFFF
        self.words[CBNDTR] = counts - (1 << 20) & ~0x1_FFFF | block.bytes
        self._take_block()

    def _next_item(self) -> None:
        """Read the next linked-list item; at the end of the list the hardware disables the channel."""
        address = self.words[CLAR]
        if not self.words[CCR] & EN:
            return
        if not address:
            self.pace.stop()
            self._block = None
            self.words[CCR] &= ~EN
            self._set_flags(self.words[CISR] & ~CRQA | CTCIF)
            return
        try:
            data = b"".join(
                self._controller._system.bus_read(address + 4 * place, 4).to_bytes(4, "little")
                for place in range(len(NODE))
            )
        except BusError:
            self._fail(f"found no linked-list item at 0x{address:08x}")
            return
        self.words |= dict(zip(NODE, struct.unpack(f"<{len(NODE)}I", data), strict=True))
        self._take_block()

    def _fail(self, what: str) -> None:
        self._controller._note(NoteKind.FIRMWARE, f"{self.name} {what}")
        self.pace.stop()
        self._block = None
        self.words[CCR] &= ~EN
        self._set_flags(self.words[CISR] & ~CRQA | TEIF)

    def _set_flags(self, flags: int) -> None:
        self.words[CISR] = flags
        self._update_interrupt()

    def _update_interrupt(self) -> None:
        self._controller._set_interrupt(self._number, bool(self.words[CISR] & 0x1F & self.words[CCR] >> 1))


def _step_of(mode: int, size: int) -> int:
    """Bytes from one item to the next, by SINC or DINC, and SINCOS or DINCOS."""
    return {2: 1 << size, 3: -(1 << size)}.get(mode & 3, 0)


def _conversion(control: int, source_width: int, destination_width: int) -> Convert | None:
    """What is written for an item read, by CTCR.PAM; None packs and unpacks, by CTCR.PKE."""
    if source_width == destination_width or control & PKE:
        return None
    mode = control >> 26 & 3
    if mode == 1 and destination_width > source_width:
        fill = destination_width - source_width
        return lambda item: item + (b"\xff" if item[-1] & 0x80 else b"\0") * fill
    if mode == 2:  # left-aligned
        return lambda item: item[-destination_width:].rjust(destination_width, b"\0")
    return resized(destination_width)
