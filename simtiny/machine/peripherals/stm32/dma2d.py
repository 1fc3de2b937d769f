"""STM32 DMA2D (Chrom-ART): fills rectangles and copies them.

Registers: RM0385 (STM32F74x) chapter 9, RM0432 (STM32L4+) chapter 13, from memory; bits by CMSIS, DMA2D_*.
What converts formats of pixels or blends is noted: it takes its time, is done, and leaves its output as it was.

A word takes a cycle of the bus to write, and another to read [from memory and unchecked].
"""

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.dma import DmaBlock
from simtiny.machine.peripherals.moves import Mover, Side
from simtiny.machine.peripherals.pace import Pace
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import BusError, System
from simtiny.notes import NoteKind

CR, ISR, IFCR, FGMAR, FGOR, BGMAR, BGOR, FGPFCCR, FGCOLR, BGPFCCR, BGCOLR, FGCMAR, BGCMAR, OPFCCR, OCOLR, OMAR = range(
    0x00, 0x40, 4
)
OOR, NLR, LWR, AMTCR = range(0x40, 0x50, 4)
NAMES = (
    *("CR", "ISR", "IFCR", "FGMAR", "FGOR", "BGMAR", "BGOR", "FGPFCCR", "FGCOLR", "BGPFCCR", "BGCOLR", "FGCMAR"),
    *("BGCMAR", "OPFCCR", "OCOLR", "OMAR", "OOR", "NLR", "LWR", "AMTCR"),
)
CLUTS, CLUTS_END = 0x400, 0xC00
START, SUSP, ABORT = 1, 2, 4
TEIF, TCIF, TWIF, CTCIF = 1, 2, 4, 1 << 4  # each one's enable stands eight bits higher in CR
CLUT_START = 1 << 5  # FGPFCCR, BGPFCCR
COPY, FILL = 0, 3  # CR.MODE
_OUTPUT_BYTES = (4, 3, 2, 2, 2, 4, 4, 4)  # a pixel, by OPFCCR.CM: ARGB8888, RGB888, RGB565, ARGB1555, ARGB4444
_INPUT_HALF_BYTES = (
    8,
    6,
    4,
    4,
    4,
    2,
    2,
    4,
    1,
    2,
    1,
    8,
    8,
    8,
    8,
    8,
)  # by FGPFCCR.CM: the same, L8, AL44, AL88, L4, A8, A4


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the name of its bus clock."""

    clock: str = "core"


class Dma2d(DmaBlock[Parameters]):
    """Kind "stm32-dma2d". `irq`: its one line."""

    takes = Parameters
    item_clocks = 1

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._words = dict.fromkeys(range(0, 4 * len(NAMES), 4), 0)
        self._tables: dict[int, int] = {}
        self._line = 0  # of those that are done
        self._pace = Pace(system, self._step, self._until_stop, self._line_cycles)
        self._paces = [self._pace]

    def register_name(self, offset: int) -> str:
        if CLUTS <= offset < CLUTS_END:
            return "FGCLUT" if offset < 0x800 else "BGCLUT"
        return NAMES[offset // 4] if offset // 4 < len(NAMES) else ""

    def dma_request(self, line: str, level: bool) -> None:
        """See `DmaController`. Nobody asks it."""

    def _channel_counted(self, offset: int) -> int | None:
        return None

    def read(self, offset: int, size: int) -> int:
        self._look(offset)
        word_offset = split(offset)[0]
        return read_lane(self._words.get(word_offset, self._tables.get(word_offset, 0)), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        self._catch_up()
        word_offset = split(offset)[0]
        if not self.register_name(offset):
            self._note_unknown(offset)
            return
        if word_offset >= CLUTS:
            self._tables[word_offset] = write_lane(self._tables.get(word_offset, 0), offset, size, value)
            return
        word = write_lane(self._words[word_offset], offset, size, value)
        if word_offset == IFCR:
            self._words[ISR] &= ~write_lane(0, offset, size, value)
        elif word_offset == CR:
            self._write_control(word)
        elif word_offset in (FGPFCCR, BGPFCCR) and word & CLUT_START:
            self._words[word_offset] = word & ~CLUT_START
            self._load_table(word_offset)
        elif word_offset != ISR:
            self._words[word_offset] = word
        self._update()

    def _write_control(self, word: int) -> None:
        before = self._words[CR]
        self._words[CR] = word & ~ABORT
        if word & ABORT:
            self._pace.stop()
            self._words[CR] &= ~(START | SUSP | ABORT)
        elif word & START and not before & START:
            self._begin()
        elif (word ^ before) & SUSP and word & START:
            if word & SUSP:
                self._pace.stop()
            else:
                self._pace.run_freely()

    @property
    def _mode(self) -> int:
        return self._words[CR] >> 16 & 7

    @property
    def _lines(self) -> int:
        return self._words[NLR] & 0xFFFF

    @property
    def _pixels(self) -> int:
        return self._words[NLR] >> 16 & 0x3FFF

    def _begin(self) -> None:
        if self._mode not in (COPY, FILL):
            self._note(
                NoteKind.UNMODELLED, "conversion and blending of pixels is not modelled: its output stays as it was"
            )
        self._line = 0
        if self._lines and self._pixels:
            self._pace.run_freely()
        else:
            self._end(TCIF)

    def _line_cycles(self) -> float:
        words = self._pixels * _OUTPUT_BYTES[self._words[OPFCCR] & 7] / 4
        return self._core_cycles(self._given.clock, max(words * (1 if self._mode == FILL else 2), 1))

    def _until_stop(self) -> int:
        """Lines to the watermark or to the end."""
        watermark = self._words[LWR] & 0xFFFF
        end = watermark if self._line < watermark < self._lines else self._lines
        return max(end - self._line, 1)

    def _step(self, count: int) -> None:
        self._note_moved()
        if self._mode in (COPY, FILL):
            for line in range(self._line, self._line + count):
                if not self._move_line(line):
                    self._end(TEIF)
                    self._note(NoteKind.FIRMWARE, f"met a bus error in line {line}")
                    return
        self._line += count
        if self._line == self._words[LWR] & 0xFFFF:
            self._words[ISR] |= TWIF
        if self._line >= self._lines:
            self._end(TCIF)
        self._update()

    def _move_line(self, line: int) -> bool:
        """Whether all of it was moved."""
        output_offset = self._words[OOR] & 0x3FFF
        if self._mode == FILL:
            width = _OUTPUT_BYTES[self._words[OPFCCR] & 7]
            pixels = (self._words[OCOLR] & (1 << 8 * width) - 1).to_bytes(width, "little") * self._pixels
            target = self._words[OMAR] + line * (self._pixels + output_offset) * width
            return self._write(target, pixels)
        half_bytes = _INPUT_HALF_BYTES[self._words[FGPFCCR] & 0xF]
        size = self._pixels * half_bytes // 2
        source = self._words[FGMAR] + line * (self._pixels + (self._words[FGOR] & 0x3FFF)) * half_bytes // 2
        target = self._words[OMAR] + line * (self._pixels + output_offset) * half_bytes // 2
        return Mover(self._system, Side(source, 1, 1), Side(target, 1, 1)).move(size) == size

    def _write(self, address: int, data: bytes) -> bool:
        try:
            if self._system.memory_bytes(address) >= len(data):
                self._system.bus_write(address, len(data), int.from_bytes(data, "little"))
            else:
                for place, byte in enumerate(data):
                    self._system.bus_write(address + place, 1, byte)
        except BusError:
            return False
        return True

    def _end(self, flag: int) -> None:
        """The hardware clears START."""
        self._pace.stop()
        self._words[CR] &= ~START
        self._words[ISR] |= flag
        self._update()

    def _load_table(self, control: int) -> None:
        """A table of colours is loaded at once."""
        word = self._words[control]
        source, target = (self._words[FGCMAR], 0x400) if control == FGPFCCR else (self._words[BGCMAR], 0x800)
        width = 3 if word & 1 << 4 else 4
        try:
            for entry in range((word >> 8 & 0xFF) + 1):
                parts = (
                    self._system.bus_read(source + entry * width + place, 1) << 8 * place for place in range(width)
                )
                colour = 0
                for part in parts:
                    colour |= part
                self._tables[target + 4 * entry] = colour
        except BusError:
            self._words[ISR] |= TEIF
            return
        self._words[ISR] |= CTCIF

    def _update(self) -> None:
        self._set_interrupt(0, bool(self._words[ISR] & self._words[CR] >> 8 & 0x3F))
