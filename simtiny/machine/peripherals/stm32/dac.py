"""STM32 digital-to-analog converter with two outputs: all families but those without one.

Offsets and bits: CMSIS stm32l4r5xx.h, stm32f746xx.h and stm32u575xx.h (DAC_TypeDef, DAC_CR_*).
"""

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind

CR, SWTRIGR, DOR1, DOR2, SR = 0x00, 0x04, 0x2C, 0x30, 0x34
NAMES = (
    *("CR", "SWTRIGR", "DHR12R1", "DHR12L1", "DHR8R1", "DHR12R2", "DHR12L2", "DHR8R2", "DHR12RD", "DHR12LD", "DHR8RD"),
    *("DOR1", "DOR2", "SR", "CCR", "MCR", "SHSR1", "SHSR2", "SHHR", "SHRR"),
)
EN, WAVE = 1 << 0, 3 << 6  # of a half of CR
DMA_UNDERRUNS = 1 << 13 | 1 << 29
READY = 1 << 11 | 1 << 27  # SR.DAC1RDY, DAC2RDY of U5 and U3
# (channel, right shift, left shift) of what a data register holds, by its offset; the dual ones hold two
HOLDING = {
    0x08: ((1, 0, 0),), 0x0C: ((1, 4, 0),), 0x10: ((1, 0, 4),), 0x14: ((2, 0, 0),), 0x18: ((2, 4, 0),),
    0x1C: ((2, 0, 4),), 0x20: ((1, 0, 0), (2, 16, 0)), 0x24: ((1, 4, 0), (2, 20, 0)), 0x28: ((1, 0, 4), (2, 8, 4)),
}  # fmt: skip
BYTES = (0x10, 0x1C, 0x28)  # registers of 8 bits a channel


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`trigger`: the bit of CR that enables channel 1's. `ready`: SR tells when an output is on.

    `reference_v`: of VREF+.
    """

    trigger: int = 1
    ready: bool = False
    reference_v: float = 3.3


class Dac(Block[Parameters]):
    """Kind "stm32-dac". Data reach the output at once, or with a trigger by software; other triggers are noted.

    So its DMA requests, which come of these alone, never do. Noise, triangles and sample-and-hold are noted.
    """

    takes = Parameters

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._words = dict.fromkeys(range(0, 0x50, 4), 0)
        self._held = {1: 0, 2: 0}

    def register_name(self, offset: int) -> str:
        return NAMES[offset // 4] if offset // 4 < len(NAMES) else ""

    def volts(self, channel: int) -> float | None:
        """What an output gives; None while it is off."""
        code = self._words[DOR1 if channel == 1 else DOR2]
        return code * self._given.reference_v / 4096 if self._control(channel) & EN else None

    def read(self, offset: int, size: int) -> int:
        return read_lane(self._words.get(split(offset)[0], 0), offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        if word_offset not in self._words:
            self._note_unknown(offset)
            return
        written = write_lane(self._words[word_offset], offset, size, value)
        if word_offset in HOLDING:
            self._words[word_offset] = written
            for channel, right, left in HOLDING[word_offset]:
                mask = 0xFF if word_offset in BYTES else 0xFFF
                self._held[channel] = (written >> right & mask) << left
                if not self._is_triggered(channel):
                    self._convert(channel)
        elif word_offset == SWTRIGR:
            for channel in (1, 2):
                if written >> channel - 1 & 1 and self._is_triggered(channel):
                    self._convert(channel)
        elif word_offset == SR:
            self._words[SR] &= ~(written & DMA_UNDERRUNS)
        elif word_offset not in (DOR1, DOR2):
            self._words[word_offset] = written
            if word_offset == CR:
                self._switch()

    def _control(self, channel: int) -> int:
        return self._words[CR] >> (0 if channel == 1 else 16) & 0xFFFF

    def _is_triggered(self, channel: int) -> bool:
        return bool(self._control(channel) >> self._given.trigger & 1)

    def _convert(self, channel: int) -> None:
        self._words[DOR1 if channel == 1 else DOR2] = self._held[channel]

    def _switch(self) -> None:
        for channel in (1, 2):
            control = self._control(channel)
            if control & WAVE:
                self._note(NoteKind.UNMODELLED, "noise and triangles are not modelled: the output stays as it is")
            source = control >> self._given.trigger + 1 & (7 if self._given.trigger == 2 else 15)
            is_software = source == (7 if self._given.trigger == 2 else 0)
            if self._is_triggered(channel) and not is_software:
                what = "triggers by timers and pins are not modelled: an output that waits for one never changes"
                self._note(NoteKind.UNMODELLED, what)
            if not self._is_triggered(channel):
                self._convert(channel)
        on = (self._words[CR] & EN) << 11 | (self._words[CR] >> 16 & EN) << 27
        self._words[SR] = self._words[SR] & ~READY | (on if self._given.ready else 0)
