"""STM32 DMA with channels: DMA1 and DMA2 of most families, and BDMA of the STM32H7.

Registers: RM0432 (STM32L4+) chapter 11, RM0444 (STM32G0) chapter 11, RM0455 (STM32H7A3) chapter 17, from memory; bits
by CMSIS, stm32l4r5xx.h DMA_* and stm32h7a3xx.h BDMA_*. Who asks is chosen by a DMAMUX (`dmamux`), whose outputs are
request lines here.

An item takes five AHB cycles: arbitration, address, read, write, acknowledgement [AN2548, DMA latency, from memory
and unchecked], two more where one side is behind an AHB to APB bridge, which is left out.
"""

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.dma import DmaBlock, OtherRequest
from simtiny.machine.peripherals.moves import Mover, Side, resized
from simtiny.machine.peripherals.pace import Pace
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind

ISR, IFCR, FIRST_CHANNEL, CHANNEL_BYTES = 0x00, 0x04, 0x08, 0x14
CCR, CNDTR, CPAR, CMAR, CM1AR = range(0x00, 0x14, 4)
NAMES = {CCR: "CCR", CNDTR: "CNDTR", CPAR: "CPAR", CMAR: "CMAR", CM1AR: "CM1AR"}
GIF, TCIF, HTIF, TEIF = 1, 2, 4, 8
EN, TCIE, HTIE, TEIE, DIR, CIRC, PINC, MINC = (1 << bit for bit in range(8))
MEM2MEM, DBM, CT = 1 << 14, 1 << 15, 1 << 16
_INTERRUPT_ENABLES = TCIE | HTIE | TEIE
_WIDTHS = (1, 2, 4, 4)  # bytes by PSIZE and MSIZE


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`requests`: the request line of each channel, or several with spaces in between.

    `clock`: the name of the AHB clock. `double_buffer`: whether it has CM1AR, DBM and CT. `unreachable`: what of memory
    it has no way to, as base and size.
    """

    requests: tuple[str, ...]
    clock: str = "core"
    double_buffer: bool = False
    unreachable: tuple[tuple[int, int], ...] = ()


class DmaChannels(DmaBlock[Parameters]):
    """Kind "stm32-dma". `irq`: the line of each channel, one after the other; several may share one."""

    takes = Parameters
    item_clocks = 5

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._channels = [_Channel(self, number, line) for number, line in enumerate(self._given.requests)]
        self._paces = [channel.pace for channel in self._channels]

    def register_name(self, offset: int) -> str:
        number, register = divmod(split(offset)[0] - FIRST_CHANNEL, CHANNEL_BYTES)
        if number < 0:
            return "IFCR" if offset & ~3 else "ISR"
        has_it = register != CM1AR or self._given.double_buffer
        return f"{NAMES[register]}{number + 1}" if number < len(self._channels) and has_it else ""

    def _channel_counted(self, offset: int) -> int | None:
        number, register = divmod(offset - FIRST_CHANNEL, CHANNEL_BYTES)
        return number if 0 <= number < len(self._channels) and register == CNDTR else None

    def dma_request(self, line: str, level: bool) -> None:
        """See `DmaController`."""
        self._take_request(line, level)
        for channel in self._channels:
            if line in channel.lines.split() or channel.is_served_by(line):
                channel.look_at_request()

    def read(self, offset: int, size: int) -> int:
        self._look(offset)
        return read_lane(self._word(split(offset)[0]), offset, size)

    def _word(self, offset: int) -> int:
        if offset == ISR:
            return sum(channel.flags() << 4 * number for number, channel in enumerate(self._channels))
        number, register = divmod(offset - FIRST_CHANNEL, CHANNEL_BYTES)
        return self._channels[number].words[register] if 0 <= number < len(self._channels) else 0

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        self._catch_up()
        number, register = divmod(word_offset - FIRST_CHANNEL, CHANNEL_BYTES)
        if word_offset == IFCR:
            for number, channel in enumerate(self._channels):
                channel.clear(write_lane(0, offset, size, value) >> 4 * number & 0xF)
        elif not self.register_name(offset) or word_offset == ISR:
            self._note_unknown(offset)
        else:
            channel = self._channels[number]
            channel.write(register, write_lane(channel.words[register], offset, size, value))

    # --- what a channel asks of its controller ------------------------------------------------------------------------

    def item_cycles(self) -> float:
        """Core cycles from one item to the next."""
        return self._core_cycles(self._given.clock, self.item_clocks)

    def can_reach(self, address: int) -> bool:
        """Whether the controller has a way there."""
        return not any(base <= address < base + size for base, size in self._given.unreachable)


class _Channel:
    """One channel. `words`: its registers, as they read."""

    def __init__(self, controller: DmaChannels, number: int, lines: str) -> None:
        self._controller, self._number, self.lines = controller, number, lines
        self.words = dict.fromkeys((CCR, CNDTR, CPAR, CMAR, CM1AR), 0)
        self._flags = 0
        self._count = 0  # items of the whole block
        self._other: OtherRequest | None = None
        self._mover: Mover | None = None
        self.pace = Pace(controller._system, self._step, self._until_stop, controller.item_cycles)

    @property
    def name(self) -> str:
        """As the manual counts: from 1, in BDMA from 0."""
        first = 0 if self._controller._given.double_buffer else 1
        return f"{self._controller._name} channel {self._number + first}"

    def flags(self) -> int:
        """Its four bits of ISR."""
        return self._flags | (GIF if self._flags else 0)

    def clear(self, flags: int) -> None:
        """Its four bits of IFCR."""
        self._flags &= 0 if flags & GIF else ~flags
        self._update_interrupt()

    def write(self, register: int, word: int) -> None:
        """A write to one of its registers. Those of a channel that is enabled can't be changed."""
        if register == CCR:
            self._write_control(word)
        elif register == CNDTR:
            if not self.words[CCR] & EN:
                self.words[CNDTR] = word & 0xFFFF
        elif not self.words[CCR] & EN or self._is_other_buffer(register):
            self.words[register] = word
        self._update_interrupt()

    def _is_other_buffer(self, register: int) -> bool:
        control = self.words[CCR]
        return bool(control & DBM) and register == (CMAR if control & CT else CM1AR)

    def _write_control(self, word: int) -> None:
        before = self.words[CCR]
        word &= 0x1FFFF if self._controller._given.double_buffer else 0x7FFF
        if before & word & EN:
            word = before & ~_INTERRUPT_ENABLES | word & _INTERRUPT_ENABLES
        self.words[CCR] = word
        if word & ~before & EN:
            self._begin()
        elif before & ~word & EN:
            self.pace.stop()

    def _begin(self) -> None:
        """The channel is enabled: addresses are taken over from the registers."""
        control, controller = self.words[CCR], self._controller
        self._count = self.words[CNDTR]
        self._take_addresses()
        if not self._count:
            return
        if control & MEM2MEM:
            self.pace.run_freely()
            return
        controller._note_nobody_asks(self.name, "a request", "" if "MUX" in self.lines else self.lines)
        self._other = controller._other_request(self.name, self.words[CPAR], self.lines, self._number)
        self.look_at_request()

    def is_served_by(self, line: str) -> bool:
        """Whether it is this line that serves it, though it waits for another."""
        return self._other is not None and self._other.line == line

    def look_at_request(self) -> None:
        """Whether there is something to do on request now."""
        control = self.words[CCR]
        waits = control & EN and not control & MEM2MEM and self.words[CNDTR]
        self.pace.request(bool(waits) and self._controller._is_asked(self.lines, self._other))

    def _take_addresses(self) -> None:
        control, system = self.words[CCR], self._controller._system
        peripheral_width, memory_width = _WIDTHS[control >> 8 & 3], _WIDTHS[control >> 10 & 3]
        memory_address = self.words[CM1AR if control & DBM and control & CT else CMAR]
        peripheral = Side(self.words[CPAR], peripheral_width, peripheral_width if control & PINC else 0)
        memory = Side(memory_address, memory_width, memory_width if control & MINC else 0)
        source, destination = (memory, peripheral) if control & DIR else (peripheral, memory)
        convert = None if source.width == destination.width else resized(destination.width)
        self._mover = Mover(system, source, destination, convert)

    def _until_stop(self) -> int:
        left, half = self.words[CNDTR], self._count // 2
        return max(left - half if left > half else left, 1)

    def _step(self, count: int) -> None:
        mover, controller = self._mover, self._controller
        if mover is None or not self.words[CCR] & EN:
            return
        controller._note_moved()
        can_reach = controller.can_reach(mover.source.address) and controller.can_reach(mover.destination.address)
        moved = mover.move(count) if can_reach else 0
        if not self.pace.is_free:
            controller._served(self.lines)
        if not self.words[CCR] & EN:  # it has written to its own registers
            return
        before = self.words[CNDTR]
        self.words[CNDTR] = left = max(before - moved, 0)
        if left <= self._count // 2 < before:
            self._flags |= HTIF
        if moved < count:
            self._fail(mover)
        elif not left:
            self._complete()
        self._update_interrupt()

    def _fail(self, mover: Mover) -> None:
        """A bus error: the hardware disables the channel."""
        self._flags |= TEIF
        self.words[CCR] &= ~EN
        self.pace.stop()
        where = f"from 0x{mover.source.address:08x} to 0x{mover.destination.address:08x}"
        self._controller._note(NoteKind.FIRMWARE, f"{self.name} met a bus error, {where}")

    def _complete(self) -> None:
        """All is moved: the channel begins anew in circular mode, else it stays enabled and does nothing more."""
        self._flags |= TCIF
        control = self.words[CCR]
        if not control & (CIRC | DBM):
            self.pace.stop()
            return
        self.words[CNDTR] = self._count
        if control & DBM:
            self.words[CCR] ^= CT
        self._take_addresses()

    def _update_interrupt(self) -> None:
        control, flags = self.words[CCR], self._flags
        self._controller._set_interrupt(self._number, bool(flags & control & (TCIF | HTIF | TEIF)))
