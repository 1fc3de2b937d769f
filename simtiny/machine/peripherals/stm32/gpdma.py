"""STM32 GPDMA and LPDMA: linked lists, two-dimensional addressing, data handling. STM32U5, U3, H5.

Registers: RM0456 (STM32U5) chapters 17 and 18, RM0487 (STM32U3), from memory; bits by CMSIS, stm32u575xx.h DMA_*.
Security and privilege registers read back and protect nothing.

A beat takes four AHB cycles: two to read, two to write [from memory and unchecked]. What bursts and the FIFO save of
that is left out.
"""

import struct
from dataclasses import dataclass

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.dma import DmaBlock, OtherRequest
from simtiny.machine.peripherals.moves import Convert, Mover, Side, resized
from simtiny.machine.peripherals.pace import Pace
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import BusError, System
from simtiny.notes import NoteKind

COMMON = {0x00: "SECCFGR", 0x04: "PRIVCFGR", 0x08: "RCFGLOCKR", 0x0C: "MISR", 0x10: "SMISR"}
MISR, FIRST_CHANNEL, CHANNEL_BYTES = 0x0C, 0x50, 0x80
LBAR, FCR, SR, CR = 0x00, 0x0C, 0x10, 0x14
TR1, TR2, BR1, SAR, DAR, TR3, BR2, LLR = 0x40, 0x44, 0x48, 0x4C, 0x50, 0x54, 0x58, 0x7C
NAMES = {
    LBAR: "LBAR", FCR: "FCR", SR: "SR", CR: "CR", TR1: "TR1", TR2: "TR2", BR1: "BR1", SAR: "SAR", DAR: "DAR",
    TR3: "TR3", BR2: "BR2", LLR: "LLR",
}  # fmt: skip
IDLEF, TCF, HTF, DTEF, ULEF, USEF, SUSPF, TOF = 1, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14
FLAGS = TCF | HTF | DTEF | ULEF | USEF | SUSPF | TOF  # at the same bits in SR, FCR, and as enables in CR
EN, RESET, SUSP, LSM = 1 << 0, 1 << 1, 1 << 2, 1 << 16
TR2_SWREQ, TR2_DREQ, TR2_BREQ, TR2_PFREQ, TR2_TRIGPOL = 1 << 9, 1 << 10, 1 << 11, 1 << 12, 3 << 24
TR1_EXCHANGES = 1 << 13 | 1 << 26 | 1 << 27  # SBX, DBX, DHX
LLR_ADDRESS = 0xFFFC
# What a linked-list item holds, in order: the bit of LLR that has it read, and the register [RM0456, LLI structure]
LINKED = ((31, TR1), (30, TR2), (29, BR1), (28, SAR), (27, DAR), (26, TR3), (25, BR2), (16, LLR))
_EVENT_BLOCK, _EVENT_REPEATED, _EVENT_ITEM, _EVENT_CHANNEL = range(4)  # TR2.TCEM
_PACK = 2  # TR1.PAM, where the widths differ


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`requests`: the request lines by number, empty where the number is reserved.

    `channels`: how many there are; from `first_2d` on they have two-dimensional addressing. `clock`: the name of the
    AHB clock. `unreachable`: what of memory it has no way to, as base and size.
    """

    requests: tuple[str, ...]
    channels: int
    first_2d: int
    clock: str = "core"
    unreachable: tuple[tuple[int, int], ...] = ()


class Gpdma(DmaBlock[Parameters]):
    """Kind "stm32-gpdma". `irq`: the line of each channel."""

    takes = Parameters
    item_clocks = 4

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._words = dict.fromkeys(COMMON, 0)
        self._channels = [_Channel(self, number) for number in range(self._given.channels)]
        self._paces = [channel.pace for channel in self._channels]

    def register_name(self, offset: int) -> str:
        number, register = divmod(split(offset)[0] - FIRST_CHANNEL, CHANNEL_BYTES)
        if number < 0:
            return COMMON.get(offset & ~3, "")
        has_it = register not in (TR3, BR2) or number >= self._given.first_2d
        return f"C{number}{NAMES[register]}" if number < len(self._channels) and register in NAMES and has_it else ""

    def _channel_counted(self, offset: int) -> int | None:
        number, register = divmod(offset - FIRST_CHANNEL, CHANNEL_BYTES)
        return number if 0 <= number < len(self._channels) and register in (BR1, SAR, DAR) else None

    def dma_request(self, line: str, level: bool) -> None:
        """See `DmaController`."""
        self._take_request(line, level)
        for channel in self._channels:
            if line == channel.line() or channel.is_served_by(line):
                channel.look_at_request()

    def read(self, offset: int, size: int) -> int:
        self._look(offset)
        number, register = divmod(split(offset)[0] - FIRST_CHANNEL, CHANNEL_BYTES)
        if number < 0:
            word = self._words.get(offset & ~3, 0)
            if offset & ~3 == MISR:
                word = sum(1 << each for each in self._raised)
        else:
            word = self._channels[number].words.get(register, 0) if number < len(self._channels) else 0
        return read_lane(word, offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        self._catch_up()
        word_offset = split(offset)[0]
        if not self.register_name(offset):
            self._note_unknown(offset)
        elif word_offset < FIRST_CHANNEL:
            if word_offset != MISR:
                self._words[word_offset] = write_lane(self._words[word_offset], offset, size, value)
        else:
            number, register = divmod(word_offset - FIRST_CHANNEL, CHANNEL_BYTES)
            channel = self._channels[number]
            before = 0 if register == FCR else channel.words[register]
            channel.write(register, write_lane(before, offset, size, value))

    # --- what a channel asks of its controller ------------------------------------------------------------------------

    def item_cycles(self) -> float:
        """Core cycles from one beat to the next."""
        return self._core_cycles(self._given.clock, self.item_clocks)

    def can_reach(self, address: int) -> bool:
        """Whether the controller has a way there."""
        return not any(base <= address < base + size for base, size in self._given.unreachable)

    def request_line(self, number: int) -> str:
        """The request line of this number, empty where there is none."""
        return self._given.requests[number] if number < len(self._given.requests) else ""


@dataclass
class _Block:
    """One block that is being moved. `beat`: source bytes a beat; `bytes`: of all, of which `left` are to be moved.

    `burst`: beats of the source after which the addresses jump (two-dimensional addressing), or a request is served.
    """

    mover: Mover
    beat: int
    bytes: int
    left: int
    burst: int
    in_burst: int = 0


class _Channel:
    """One channel. `words`: its registers, as they read."""

    def __init__(self, controller: Gpdma, number: int) -> None:
        self._controller, self._number = controller, number
        self.words = dict.fromkeys(NAMES, 0)
        self.words[SR] = IDLEF
        self._block: _Block | None = None
        self._repeats = 0  # blocks of a repeated block to go
        self._other: OtherRequest | None = None
        self.pace = Pace(controller._system, self._step, self._until_stop, controller.item_cycles)

    @property
    def name(self) -> str:
        return f"{self._controller._name} channel {self._number}"

    def line(self) -> str:
        """The request line that is selected, empty for a request by software."""
        word = self.words[TR2]
        return "" if word & TR2_SWREQ else self._controller.request_line(word & 0xFF & ~0x80)

    def write(self, register: int, word: int) -> None:
        """A write to one of its registers. Those of a channel that is enabled can't be changed."""
        if register == CR:
            self._write_control(word)
        elif register == FCR:
            self._set_flags(self.words[SR] & ~(word & FLAGS))
        elif register != SR and not self.words[CR] & EN:
            self.words[register] = word & 0xFFFF_0000 if register == LBAR else word

    def _write_control(self, word: int) -> None:
        before = self.words[CR]
        if word & RESET:
            self._reset()
            return
        self.words[CR] = word & ~RESET | before & EN  # EN is cleared by hardware and by a reset alone
        if word & SUSP and not before & SUSP and self._block is not None:
            self.pace.stop()
            self._set_flags(self.words[SR] | SUSPF | IDLEF)
        elif before & SUSP and not word & SUSP and self._block is not None:
            self._set_flags(self.words[SR] & ~(SUSPF | IDLEF))
            self._go_on()
        elif word & ~before & EN:
            self._begin()
        self._update_interrupt()

    def _reset(self) -> None:
        self.pace.stop()
        self._block = None
        self.words[CR] &= ~(EN | SUSP | RESET)
        self._set_flags(IDLEF)

    def _begin(self) -> None:
        self._set_flags(self.words[SR] & ~IDLEF)
        if self.words[BR1] & 0xFFFF:
            self._begin_block()
        elif self.words[LLR]:
            self._link()
        else:
            self._fail(USEF, "is enabled with nothing to move")

    # --- a block ------------------------------------------------------------------------------------------------------

    def _begin_block(self, is_repeat: bool = False) -> None:
        """Take the registers over for the next block."""
        controller, control, handling = self._controller, self.words[TR1], self.words[TR2]
        source_width, destination_width = 1 << (control & 3), 1 << (control >> 16 & 3)
        count = self.words[BR1] & 0xFFFF
        addresses = (self.words[SAR], source_width), (self.words[DAR], destination_width)
        if max(source_width, destination_width) > 4 or any(address % width for address, width in addresses):
            self._fail(USEF, "has a wrong width or an address that does not fit it")
            return
        if not count or count % source_width:
            self._fail(USEF, f"is to move {count} bytes in items of {source_width}")
            return
        source = Side(self.words[SAR], source_width, source_width if control & 1 << 3 else 0)
        destination = Side(self.words[DAR], destination_width, destination_width if control & 1 << 19 else 0)
        convert = _conversion(control >> 11 & 3, source_width, destination_width)
        if control & TR1_EXCHANGES:
            controller._note(NoteKind.UNMODELLED, f"{self.name}: the exchange of bytes (SBX, DBX, DHX) is not modelled")
        if handling & TR2_TRIGPOL:
            controller._note(NoteKind.UNMODELLED, f"{self.name}: triggers are not modelled: it starts without")
        if handling & TR2_PFREQ:
            controller._note(NoteKind.UNMODELLED, f"{self.name}: the peripheral as flow controller is not modelled")
        if not is_repeat:
            self._repeats = self.words[BR1] >> 16 & 0x7FF if self._has_2d else 0
        # A request from the destination has its bursts moved, another the source's.
        burst = (control >> 20 & 0x3F) + 1 if handling & TR2_DREQ else (control >> 4 & 0x3F) + 1
        if handling & TR2_DREQ and convert is None:
            burst = max(burst * destination_width // source_width, 1)
        mover = Mover(controller._system, source, destination, convert)
        self._block = _Block(mover, source_width, count, count, burst)
        self._go_on()

    @property
    def _has_2d(self) -> bool:
        return self._number >= self._controller._given.first_2d

    def _go_on(self) -> None:
        """Move what is left, at once or on request."""
        if self.words[TR2] & TR2_SWREQ:
            if self.pace.is_free:
                self.pace.run_on()
            else:
                self.pace.run_freely()
            return
        if self.pace.is_free:
            self.pace.stop()
        request = f"request {self.words[TR2] & 0x7F}"
        self._controller._note_nobody_asks(self.name, request, self.line() or "reserved")
        address = self.words[DAR if self.words[TR2] & TR2_DREQ else SAR]
        self._other = self._controller._other_request(self.name, address, self.line(), self.words[TR2] & 0x7F)
        self.look_at_request()

    def is_served_by(self, line: str) -> bool:
        """Whether it is this line that serves it, though it waits for another."""
        return self._other is not None and self._other.line == line

    def look_at_request(self) -> None:
        """Whether there is something to do on request now."""
        is_ready = self._block is not None and self.words[CR] & (EN | SUSP) == EN
        if not self.words[TR2] & TR2_SWREQ and not self.pace.is_free:
            self.pace.request(is_ready and self._controller._is_asked(self.line(), self._other))

    def _until_stop(self) -> int:
        """Beats to the half of the block or to its end."""
        block = self._block
        if block is None:
            return 1
        half = block.bytes // 2
        left = block.left - half if block.left > half else block.left
        return max(-(-left // block.beat), 1)

    def _step(self, count: int) -> None:
        block, controller = self._block, self._controller
        if block is None:
            return
        if not self.pace.is_free:  # on request: a burst, or all of it
            count = (
                block.left // block.beat if self.words[TR2] & TR2_BREQ else min(block.burst, block.left // block.beat)
            )
        controller._note_moved()
        mover = block.mover
        is_done = controller.can_reach(mover.source.address) and controller.can_reach(mover.destination.address)
        is_done = is_done and self._move(block, count)
        if not self.pace.is_free:
            controller._served(self.line())
        if self._block is not block:  # it has written to its own registers
            return
        self.words[SAR], self.words[DAR] = mover.source.address, mover.destination.address
        self.words[BR1] = self.words[BR1] & ~0xFFFF | block.left
        if not is_done or (not block.left and not mover.flush()):
            where = f"from 0x{mover.source.address:08x} to 0x{mover.destination.address:08x}"
            self._fail(DTEF, f"met a bus error, {where}")
            return
        if block.left <= block.bytes // 2 < block.left + count * block.beat and self._tells(_EVENT_BLOCK):
            self._set_flags(self.words[SR] | HTF)
        if not block.left:
            self._end_block()

    def _move(self, block: _Block, count: int) -> bool:
        """Move so many beats, with jumps of the addresses between bursts. Whether all were moved."""
        jumps = self._jumps()
        while count:
            now = min(count, block.burst - block.in_burst) if any(jumps) else count
            moved = block.mover.move(now)
            block.left -= moved * block.beat
            if moved < now:
                return False
            count -= now
            block.in_burst = (block.in_burst + now) % block.burst
            if any(jumps) and not block.in_burst:
                _jump(block.mover, jumps)
        return True

    def _jumps(self) -> tuple[int, int]:
        """What source and destination jump between bursts."""
        if not self._has_2d:
            return 0, 0
        offsets, directions = self.words[TR3], self.words[BR1] >> 28
        source, destination = offsets & 0x1FFF, offsets >> 16 & 0x1FFF
        return (-source if directions & 1 else source), (-destination if directions & 2 else destination)

    def _block_jumps(self) -> tuple[int, int]:
        """What source and destination jump between blocks."""
        offsets, directions = self.words[BR2], self.words[BR1] >> 28
        source, destination = offsets & 0xFFFF, offsets >> 16
        return (-source if directions & 4 else source), (-destination if directions & 8 else destination)

    def _tells(self, event: int) -> bool:
        """Whether the flags are set at blocks, at repeated blocks, at linked-list items or at the channel's end."""
        selected = self.words[TR2] >> 30
        return selected == event or (event == _EVENT_BLOCK and selected == _EVENT_REPEATED and not self._has_2d)

    # --- behind a block -----------------------------------------------------------------------------------------------

    def _end_block(self) -> None:
        block = self._block
        assert block is not None
        if self._repeats:
            if self._tells(_EVENT_BLOCK):
                self._set_flags(self.words[SR] | TCF)
            self._repeats -= 1
            _jump(block.mover, self._block_jumps())
            self.words[SAR], self.words[DAR] = block.mover.source.address, block.mover.destination.address
            self.words[BR1] = self.words[BR1] & ~0x07FF_FFFF | self._repeats << 16 | block.bytes
            self._begin_block(is_repeat=True)
            return
        is_last = not self.words[LLR]
        if is_last or self.words[TR2] >> 30 != _EVENT_CHANNEL:
            self._set_flags(self.words[SR] | TCF)
        if is_last or self.words[CR] & LSM:
            self._finish()
            if not is_last:
                self._read_item()
        else:
            self._link()

    def _finish(self) -> None:
        """The hardware disables the channel."""
        self.pace.stop()
        self._block = None
        self.words[CR] &= ~(EN | SUSP)
        self._set_flags(self.words[SR] | IDLEF)

    def _fail(self, flag: int, what: str) -> None:
        self._controller._note(NoteKind.FIRMWARE, f"{self.name} {what}")
        self._set_flags(self.words[SR] | flag)
        self._finish()

    def _link(self) -> None:
        """Read the next linked-list item and begin its block."""
        if not self._read_item():
            return
        if self.words[BR1] & 0xFFFF:
            self._begin_block()
        elif self.words[LLR]:
            self._fail(USEF, "has a linked-list item without data")
        else:
            self._finish()

    def _read_item(self) -> bool:
        word = self.words[LLR]
        address = self.words[LBAR] | word & LLR_ADDRESS
        registers = [register for bit, register in LINKED if word >> bit & 1 and self._has(register)]
        self.words[LLR] = 0
        size = 4 * len(registers)
        try:
            data = b"".join(
                self._controller._system.bus_read(at, 4).to_bytes(4, "little")
                for at in range(address, address + size, 4)
            )
        except BusError:
            self._fail(ULEF, f"found no linked-list item at 0x{address:08x}")
            return False
        self.words |= dict(zip(registers, struct.unpack(f"<{len(registers)}I", data), strict=True))
        return True

    def _has(self, register: int) -> bool:
        return register not in (TR3, BR2) or self._has_2d

    def _set_flags(self, flags: int) -> None:
        self.words[SR] = flags
        self._update_interrupt()

    def _update_interrupt(self) -> None:
        self._controller._set_interrupt(self._number, bool(self.words[SR] & self.words[CR] & FLAGS))


def _conversion(mode: int, source_width: int, destination_width: int) -> Convert | None:
    """TR1.PAM: what is written for an item read, where the widths differ; None packs and unpacks."""
    if source_width == destination_width or mode >= _PACK:
        return None
    if destination_width > source_width and mode == 1:
        fill = destination_width - source_width
        return lambda item: item + (b"\xff" if item[-1] & 0x80 else b"\0") * fill
    if destination_width < source_width and mode == 1:
        return lambda item: item[-destination_width:]
    return resized(destination_width)


def _jump(mover: Mover, jumps: tuple[int, int]) -> None:
    mover.source.address = mover.source.address + jumps[0] & 0xFFFF_FFFF
    mover.destination.address = mover.destination.address + jumps[1] & 0xFFFF_FFFF
