"""STM32 DMA with streams and FIFOs: DMA1 and DMA2 of STM32F2, F4, F7 and H7.

Registers: RM0385 (STM32F74x) chapter 8, RM0455 (STM32H7A3) chapter 16, from memory; bits by CMSIS, stm32f746xx.h
DMA_SxCR_* and its neighbours. Who asks is chosen by CHSEL from a stream's list, on the STM32H7 by a DMAMUX.

An item takes six AHB cycles: three on each port, for arbitration, address and data [AN4031, from memory and unchecked].
What bursts and the FIFO save of that is left out.
"""

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.dma import DmaBlock, OtherRequest
from simtiny.machine.peripherals.moves import Mover, Side
from simtiny.machine.peripherals.pace import Pace
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind

STREAMS, FIRST_STREAM, STREAM_BYTES = 8, 0x10, 0x18
FLAG_REGISTERS = {0x00: "LISR", 0x04: "HISR", 0x08: "LIFCR", 0x0C: "HIFCR"}
CR, NDTR, PAR, M0AR, M1AR, FCR = range(0x00, 0x18, 4)
NAMES = {CR: "CR", NDTR: "NDTR", PAR: "PAR", M0AR: "M0AR", M1AR: "M1AR", FCR: "FCR"}
FLAG_SHIFTS = (0, 6, 16, 22)  # of streams 0 to 3, and 4 to 7
FEIF, DMEIF, TEIF, HTIF, TCIF = 1, 4, 8, 16, 32
EN, DMEIE, TEIE, HTIE, TCIE, PFCTRL = (1 << bit for bit in range(6))
CIRC, PINC, MINC, PINCOS, DBM, CT = 1 << 8, 1 << 9, 1 << 10, 1 << 15, 1 << 18, 1 << 19
TO_MEMORY, FROM_MEMORY, MEMORY_TO_MEMORY = range(3)  # CR.DIR
DMDIS, FEIE, FCR_WRITABLE = 1 << 2, 1 << 7, 0x87
_INTERRUPT_ENABLES = DMEIE | TEIE | HTIE | TCIE
_WIDTHS = (1, 2, 4, 4)  # bytes by PSIZE and MSIZE
_BURSTS = (1, 4, 8, 16)  # items by PBURST and MBURST
_FIFO_BYTES = 16


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`requests`: for each stream the request line that each value of CHSEL selects; in one, several with spaces.

    `clock`: the name of the AHB clock. `memory_to_memory`: whether it can. `unreachable`: what of memory it has no way
    to, as base and size.
    """

    requests: tuple[tuple[str, ...], ...]
    clock: str = "core"
    memory_to_memory: bool = True
    unreachable: tuple[tuple[int, int], ...] = ()


class DmaStreams(DmaBlock[Parameters]):
    """Kind "stm32-dma-streams". `irq`: the line of each stream. Drives a request line "DMA1.tc0" by each TCIF."""

    takes = Parameters
    item_clocks = 6

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._streams = [_Stream(self, number) for number in range(STREAMS)]
        self._paces = [stream.pace for stream in self._streams]

    def register_name(self, offset: int) -> str:
        offset &= ~3
        if offset < FIRST_STREAM:
            return FLAG_REGISTERS[offset]
        number, register = divmod(offset - FIRST_STREAM, STREAM_BYTES)
        return f"S{number}{NAMES[register]}" if number < STREAMS else ""

    def _channel_counted(self, offset: int) -> int | None:
        number, register = divmod(offset - FIRST_STREAM, STREAM_BYTES)
        return number if 0 <= number < STREAMS and register in (NDTR, FCR) else None

    def dma_request(self, line: str, level: bool) -> None:
        """See `DmaController`."""
        self._take_request(line, level)
        for stream in self._streams:
            if line in stream.lines().split() or stream.is_served_by(line):
                stream.look_at_request()

    def read(self, offset: int, size: int) -> int:
        self._look(offset)
        return read_lane(self._word(split(offset)[0]), offset, size)

    def _word(self, offset: int) -> int:
        if offset < FIRST_STREAM:
            half = self._streams[4 * (offset // 4) :][:4] if offset < 0x08 else []
            word = 0
            for stream, shift in zip(half, FLAG_SHIFTS, strict=False):
                word |= stream.flags << shift
            return word
        number, register = divmod(offset - FIRST_STREAM, STREAM_BYTES)
        return self._streams[number].word(register) if number < STREAMS else 0

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        self._catch_up()
        number, register = divmod(word_offset - FIRST_STREAM, STREAM_BYTES)
        if word_offset in (0x08, 0x0C):
            ones = write_lane(0, offset, size, value)
            for stream, shift in zip(self._streams[word_offset - 0x08 :][:4], FLAG_SHIFTS, strict=True):
                stream.clear(ones >> shift & 0x3F)
        elif word_offset < FIRST_STREAM or number >= STREAMS:
            self._note_unknown(offset)
        else:
            stream = self._streams[number]
            stream.write(register, write_lane(stream.words[register], offset, size, value))

    # --- what a stream asks of its controller -------------------------------------------------------------------------

    def item_cycles(self) -> float:
        """Core cycles from one item to the next."""
        return self._core_cycles(self._given.clock, self.item_clocks)

    def can_reach(self, address: int) -> bool:
        """Whether the controller has a way there."""
        return not any(base <= address < base + size for base, size in self._given.unreachable)


class _Stream:
    """One stream. `words`: its registers; `flags`: its six bits of LISR or HISR."""

    def __init__(self, controller: DmaStreams, number: int) -> None:
        self._controller, self._number = controller, number
        self._requests = controller._given.requests[number] if number < len(controller._given.requests) else ()
        self.words = {CR: 0, NDTR: 0, PAR: 0, M0AR: 0, M1AR: 0, FCR: 1}
        self.flags = 0
        self._count = 0  # items of the whole block
        self._other: OtherRequest | None = None
        self._mover: Mover | None = None
        self.pace = Pace(controller._system, self._step, self._until_stop, controller.item_cycles)

    @property
    def name(self) -> str:
        return f"{self._controller._name} stream {self._number}"

    @property
    def _direction(self) -> int:
        return self.words[CR] >> 6 & 3

    def lines(self) -> str:
        """The request lines that are selected."""
        selected = self.words[CR] >> 25 & 7 if len(self._requests) > 1 else 0
        return self._requests[selected] if selected < len(self._requests) else ""

    def word(self, register: int) -> int:
        """What a register reads as. FCR tells how full the FIFO is, by quarters; 4 is empty, 5 full."""
        if register != FCR:
            return self.words[register]
        held = len(self._mover.held) if self._mover is not None else 0
        level = 4 if not held else 5 if held >= _FIFO_BYTES else held // 4
        return self.words[FCR] | level << 3

    def clear(self, flags: int) -> None:
        """Its bits of LIFCR or HIFCR."""
        self._set_flags(self.flags & ~flags)

    def write(self, register: int, word: int) -> None:
        """A write to one of its registers. Those of an enabled stream can't be changed, but for the interrupts."""
        is_enabled = self.words[CR] & EN
        if register == CR:
            self._write_control(word)
        elif register == NDTR:
            self.words[NDTR] = self.words[NDTR] if is_enabled else word & 0xFFFF
        elif register == FCR:
            writable = FEIE if is_enabled else FCR_WRITABLE
            self.words[FCR] = self.words[FCR] & ~writable | word & writable
        elif not is_enabled or self._is_other_buffer(register):
            self.words[register] = word
        self._update_interrupt()

    def _is_other_buffer(self, register: int) -> bool:
        control = self.words[CR]
        return bool(control & DBM) and register == (M0AR if control & CT else M1AR)

    def _write_control(self, word: int) -> None:
        before = self.words[CR]
        word &= 0x0FFF_FFFF
        if before & word & EN:
            word = before & ~_INTERRUPT_ENABLES | word & _INTERRUPT_ENABLES
        self.words[CR] = word
        if word & ~before & EN:
            self._begin()
        elif before & ~word & EN:  # once what is in the FIFO is out, TCIF tells that the stream is off
            self.pace.stop()
            if self._mover is not None:
                self._mover.flush()
            self._set_flags(self.flags | TCIF)

    def _begin(self) -> None:
        """The stream is enabled: addresses are taken over from the registers."""
        controller = self._controller
        if self.flags:
            what = f"{self.name} is enabled with its flags 0x{self.flags:02x} set, which the manual has cleared before"
            controller._note(NoteKind.FIRMWARE, what)
        self._count = self.words[NDTR]
        if self._direction == MEMORY_TO_MEMORY:
            self.words[FCR] |= DMDIS
        if not self._burst_fits():
            self._fail(FEIF, "has a FIFO threshold that does not fit its bursts")
            return
        if self.words[CR] & PFCTRL:
            controller._note(NoteKind.UNMODELLED, f"{self.name}: the peripheral as flow controller is not modelled")
        self._take_addresses()
        if not self._count:
            return
        if self._direction == MEMORY_TO_MEMORY:
            if not controller._given.memory_to_memory:
                self._fail(TEIF, "can't move from memory to memory: its peripheral port has no way there")
                return
            self.pace.run_freely()
            return
        selected = f"channel {self.words[CR] >> 25 & 7}" if len(self._requests) > 1 else "its request"
        controller._note_nobody_asks(self.name, selected, "" if "MUX" in self.lines() else self.lines())
        number = self.words[CR] >> 25 & 7
        self._other = controller._other_request(self.name, self.words[PAR], self.lines(), number)
        self.look_at_request()

    def is_served_by(self, line: str) -> bool:
        """Whether it is this line that serves it, though it waits for another."""
        return self._other is not None and self._other.line == line

    def _burst_fits(self) -> bool:
        """RM0385, FIFO threshold configurations: whole bursts of the memory port fill the FIFO to its threshold."""
        control, beats = self.words[CR], _BURSTS[self.words[CR] >> 23 & 3]
        threshold = 4 * (1 + (self.words[FCR] & 3))
        return not self.words[FCR] & DMDIS or beats == 1 or threshold % (beats * _WIDTHS[control >> 13 & 3]) == 0

    def look_at_request(self) -> None:
        """Whether there is something to do on request now."""
        waits = self.words[CR] & EN and self._direction != MEMORY_TO_MEMORY and self.words[NDTR]
        self.pace.request(bool(waits) and self._controller._is_asked(self.lines(), self._other))

    def _take_addresses(self) -> None:
        control, is_direct = self.words[CR], not self.words[FCR] & DMDIS
        width = _WIDTHS[control >> 11 & 3]
        memory_width = width if is_direct else _WIDTHS[control >> 13 & 3]
        peripheral_step = (4 if control & PINCOS else width) if control & PINC else 0
        peripheral = Side(self.words[PAR], width, peripheral_step)
        memory_address = self.words[M1AR if control & DBM and control & CT else M0AR]
        memory = Side(memory_address, memory_width, memory_width if control & MINC else 0)
        sides = (memory, peripheral) if self._direction == FROM_MEMORY else (peripheral, memory)
        self._mover = Mover(self._controller._system, *sides)

    def _until_stop(self) -> int:
        left, half = self.words[NDTR], self._count // 2
        return max(left - half if left > half else left, 1)

    def _step(self, count: int) -> None:
        """Move items of the peripheral's width. A request moves a burst of them."""
        mover, controller = self._mover, self._controller
        if mover is None or not self.words[CR] & EN:
            return
        if not self.pace.is_free and self.words[FCR] & DMDIS:
            count = min(_BURSTS[self.words[CR] >> 21 & 3], self.words[NDTR])
        controller._note_moved()
        can_reach = controller.can_reach(mover.source.address) and controller.can_reach(mover.destination.address)
        move = mover.move_to if self._direction == FROM_MEMORY else mover.move
        moved = move(count) if can_reach else 0
        if not self.pace.is_free:
            controller._served(self.lines())
        if not self.words[CR] & EN:  # it has written to its own registers
            return
        before = self.words[NDTR]
        self.words[NDTR] = left = max(before - moved, 0)
        if left <= self._count // 2 < before:
            self._set_flags(self.flags | HTIF)
        if moved < count or (not left and self._direction != FROM_MEMORY and not mover.flush()):
            where = f"from 0x{mover.source.address:08x} to 0x{mover.destination.address:08x}"
            self._fail(TEIF, f"met a bus error, {where}")
        elif not left:
            self._complete()

    def _fail(self, flag: int, what: str) -> None:
        """The hardware disables the stream."""
        self.words[CR] &= ~EN
        self.pace.stop()
        self._controller._note(NoteKind.FIRMWARE, f"{self.name} {what}")
        self._set_flags(self.flags | flag)

    def _complete(self) -> None:
        """All is moved: the hardware disables the stream, or begins anew, in double-buffer mode in the other buffer."""
        if self.words[CR] & (CIRC | DBM):
            self.words[NDTR] = self._count
            if self.words[CR] & DBM:
                self.words[CR] ^= CT
            self._take_addresses()
        else:
            self.words[CR] &= ~EN
            self.pace.stop()
        self._set_flags(self.flags | TCIF)

    def _set_flags(self, flags: int) -> None:
        changed = self.flags ^ flags
        self.flags = flags
        if changed & TCIF:
            self._controller._system.request_dma(f"{self._controller._name}.tc{self._number}", bool(flags & TCIF))
        self._update_interrupt()

    def _update_interrupt(self) -> None:
        control, flags = self.words[CR], self.flags
        enables = {TCIF: control & TCIE, HTIF: control & HTIE, TEIF: control & TEIE, DMEIF: control & DMEIE}
        enables[FEIF] = self.words[FCR] & FEIE
        self._controller._set_interrupt(self._number, any(flags & flag and enables[flag] for flag in enables))
