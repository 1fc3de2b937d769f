"""PSoC 6 DataWire (P-DMA) and DMA controller (DMAC, M-DMA).

Registers: Infineon mtb-pdl-cat1, devices/COMPONENT_CAT1A/include/ip/cyip_dw_v2.h and cyip_dmac_v2.h. Priorities and
what a descriptor has a channel wait for after a trigger (RETRIG) read back: a level that stays high triggers again.

An element takes six cycles of the slow clock, which is taken to be that of the peripherals [from memory, unchecked].
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.dma import DmaBlock
from simtiny.machine.peripherals.psoc6.descriptor_channel import COMPLETION, DescriptorChannel
from simtiny.machine.peripherals.psoc6.descriptors import Descriptor, data_wire_descriptor, dmac_descriptor
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import System
from simtiny.notes import NoteKind

ENABLED = 1 << 31
CTL, STATUS, FIRST_CHANNEL, CHANNEL_BYTES = 0x00, 0x04, 0x8000, 0x40
CRC_CTL, CRC_DATA_CTL, CRC_POL_CTL, CRC_LFSR_CTL, CRC_REM_CTL, CRC_REM_RESULT = (
    0x100, 0x110, 0x120, 0x130, 0x140, 0x148,
)  # fmt: skip
NAMES = {
    CTL: "CTL", STATUS: "STATUS", 0x80: "ECC_CTL", CRC_CTL: "CRC_CTL", CRC_DATA_CTL: "CRC_DATA_CTL",
    CRC_POL_CTL: "CRC_POL_CTL", CRC_LFSR_CTL: "CRC_LFSR_CTL", CRC_REM_CTL: "CRC_REM_CTL",
    CRC_REM_RESULT: "CRC_REM_RESULT",
}  # fmt: skip
CH_CTL, CH_STATUS, CH_IDX, CH_CURR_PTR, INTR, INTR_SET, INTR_MASK, INTR_MASKED = range(0x00, 0x20, 4)
TR_CMD = 0x28
CHANNEL_NAMES = {
    CH_CTL: "CH_CTL", CH_STATUS: "CH_STATUS", CH_IDX: "CH_IDX", CH_CURR_PTR: "CH_CURR_PTR", INTR: "INTR",
    INTR_SET: "INTR_SET", INTR_MASK: "INTR_MASK", INTR_MASKED: "INTR_MASKED", TR_CMD: "TR_CMD",
}  # fmt: skip
DMAC_ACTIVE, DMAC_FIRST, DMAC_BYTES = 0x08, 0x1000, 0x100
# Of a channel of DMAC: the registers that are those of DataWire under other offsets, and its own
DMAC_CTL, DMAC_IDX, DMAC_SRC, DMAC_DST, DMAC_CURR = 0x00, 0x10, 0x14, 0x18, 0x20
DMAC_INTR, DMAC_INTR_SET, DMAC_INTR_MASK, DMAC_INTR_MASKED = 0x80, 0x84, 0x88, 0x8C
DMAC_NAMES = {
    DMAC_CTL: "CTL", DMAC_IDX: "IDX", DMAC_SRC: "SRC", DMAC_DST: "DST", DMAC_CURR: "CURR", TR_CMD: "TR_CMD",
    DMAC_INTR: "INTR", DMAC_INTR_SET: "INTR_SET", DMAC_INTR_MASK: "INTR_MASK", DMAC_INTR_MASKED: "INTR_MASKED",
}  # fmt: skip


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`channels`: how many there are. `clock`: the name of the slow clock."""

    channels: int
    clock: str = "peri"


class _DescriptorDma(DmaBlock[Parameters], ABC):
    """A controller whose channels follow descriptors. Channel n is triggered by its request line "DW0.tr3", for n = 3.

    It pulses the line "DW0.out3" for what a descriptor has it tell others. `irq`: the line of each channel.
    """

    takes = Parameters
    item_clocks = 6

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._words: dict[int, int] = {}
        self._channels = [DescriptorChannel(self, system, number) for number in range(self._given.channels)]
        self._paces = [channel.pace for channel in self._channels]
        self._requests, self._masks = [0] * self._given.channels, [0] * self._given.channels

    def dma_request(self, line: str, level: bool) -> None:
        """See `DmaController`."""
        block, _, trigger = line.partition(".tr")
        if block != self._name or not trigger.isdecimal() or int(trigger) >= len(self._channels):
            return
        was_high = line in self._high
        self._take_request(line, level)
        if level and not was_high and self._is_on:
            self._channels[int(trigger)].trigger()

    @property
    def _is_on(self) -> bool:
        return bool(self._words.get(CTL, 0) & ENABLED)

    def _enable(self, number: int, is_enabled: bool) -> None:
        if is_enabled != self._channels[number].is_enabled:
            self._channels[number].enable(is_enabled)

    def _write_ctl(self, word: int) -> None:
        was_on, self._words[CTL] = self._is_on, word
        for number, channel in enumerate(self._channels):
            if self._is_on and not was_on and self.is_triggered(number):
                channel.trigger()

    def _point(self, number: int, address: int) -> None:
        channel = self._channels[number]
        channel.pointer, channel.x, channel.y = address & ~3, 0, 0

    def _update(self, number: int) -> None:
        self._set_interrupt(number, bool(self._requests[number] & self._masks[number]))

    # --- what a channel asks of its controller ------------------------------------------------------------------------

    @abstractmethod
    def parse(self, word: Callable[[int], int]) -> Descriptor | None:
        """A descriptor by its words at byte offsets; None for what is not modelled."""
        ...

    def item_cycles(self) -> float:
        """Core cycles from one element to the next."""
        return self._core_cycles(self._given.clock, self.item_clocks)

    def is_triggered(self, channel: int) -> bool:
        """Whether the channel's trigger line is high."""
        return self._is_on and f"{self._name}.tr{channel}" in self._high

    def tell(self, channel: int, cause: int) -> None:
        """The channel has something to interrupt for."""
        if cause != COMPLETION:
            self._note(NoteKind.FIRMWARE, f"channel {channel} was disabled by an error, cause {cause}")
        self._requests[channel] |= self._request_of(channel, cause)
        self._update(channel)

    @abstractmethod
    def _request_of(self, channel: int, cause: int) -> int:
        """The bit of INTR for what happened."""
        ...

    def pulse(self, channel: int) -> None:
        """Pulse the channel's output trigger."""
        for level in (True, False):
            self._system.request_dma(f"{self._name}.out{channel}", level)

    def moved(self) -> None:
        """Something was moved."""
        self._note_moved()

    def checksum(self, data: bytes, is_last: bool) -> int:
        """Go on with the CRC of a descriptor; its remainder so far. Of DataWire alone."""
        return 0


class DataWire(_DescriptorDma):
    """Kind "psoc6-datawire"."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._causes = [0] * self._given.channels
        self._controls = [0] * self._given.channels

    def register_name(self, offset: int) -> str:
        number, register = divmod(split(offset)[0] - FIRST_CHANNEL, CHANNEL_BYTES)
        if number < 0:
            return NAMES.get(offset & ~3, "")
        return f"CH{number}_{CHANNEL_NAMES[register]}" if register in CHANNEL_NAMES else ""

    def _channel_counted(self, offset: int) -> int | None:
        number, register = divmod(offset - FIRST_CHANNEL, CHANNEL_BYTES)
        return number if 0 <= number < len(self._channels) and register == CH_IDX else None

    def read(self, offset: int, size: int) -> int:
        self._look(offset)
        return read_lane(self._word(split(offset)[0]), offset, size)

    def _word(self, offset: int) -> int:
        number, register = divmod(offset - FIRST_CHANNEL, CHANNEL_BYTES)
        if number < 0:
            return self._words.get(offset, 0)
        if number >= len(self._channels):
            return 0
        channel = self._channels[number]
        values = {
            CH_CTL: self._controls[number] & ~ENABLED | (ENABLED if channel.is_enabled else 0),
            CH_STATUS: self._causes[number] | (1 << 31 if channel.is_pending else 0),
            CH_IDX: channel.x | channel.y << 8,
            CH_CURR_PTR: channel.pointer,
            INTR: self._requests[number],
            INTR_MASK: self._masks[number],
            INTR_MASKED: self._requests[number] & self._masks[number],
        }
        return values.get(register, 0)

    def write(self, offset: int, size: int, value: int) -> None:
        self._catch_up()
        word_offset = split(offset)[0]
        number, register = divmod(word_offset - FIRST_CHANNEL, CHANNEL_BYTES)
        written = write_lane(self._word(word_offset), offset, size, value)
        if not self.register_name(offset) or number >= len(self._channels):
            self._note_unknown(offset)
        elif number < 0:
            if word_offset == CTL:
                self._write_ctl(written)
            elif word_offset not in (STATUS, CRC_REM_RESULT):
                self._words[word_offset] = written
        elif register == CH_CTL:
            self._controls[number] = written
            self._enable(number, bool(written & ENABLED))
        elif register == CH_IDX:
            self._channels[number].x, self._channels[number].y = written & 0xFF, written >> 8 & 0xFF
        elif register == CH_CURR_PTR:
            self._channels[number].pointer = written & ~3
        elif register == TR_CMD:
            if written & 1 and self._is_on:
                self._channels[number].trigger()
        elif register in (INTR, INTR_SET, INTR_MASK):
            self._write_interrupt(number, register, write_lane(0, offset, size, value) & 1)

    def _write_interrupt(self, number: int, register: int, ones: int) -> None:
        if register == INTR:
            self._requests[number] &= ~ones
        elif register == INTR_SET:
            self._requests[number] |= ones
        else:
            self._masks[number] = ones
        self._update(number)

    def parse(self, word: Callable[[int], int]) -> Descriptor | None:
        return data_wire_descriptor(word)

    def _request_of(self, channel: int, cause: int) -> int:
        self._causes[channel] = cause
        return 1

    def checksum(self, data: bytes, is_last: bool) -> int:
        """By the CRC registers: what is fed in is from the top bit on, or reversed; the register is shifted left."""
        control, remainder = self._words.get(CRC_CTL, 0), self._words.get(CRC_LFSR_CTL, 0)
        polynomial, flip = self._words.get(CRC_POL_CTL, 0), self._words.get(CRC_DATA_CTL, 0) & 0xFF
        for byte in data:
            byte ^= flip
            for bit in range(8):
                fed = byte >> (bit if control & 1 else 7 - bit) & 1
                top = remainder >> 31 ^ fed
                remainder = (remainder << 1 & 0xFFFF_FFFF) ^ (polynomial if top else 0)
        self._words[CRC_LFSR_CTL] = remainder
        if is_last:
            remainder ^= self._words.get(CRC_REM_CTL, 0)
            if control & 1 << 8:
                remainder = int(f"{remainder:032b}"[::-1], 2)
            self._words[CRC_REM_RESULT] = remainder
        return remainder


class Dmac(_DescriptorDma):
    """Kind "psoc6-dmac". The type of descriptors that scatters is noted and stops the channel."""

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._controls = [0] * self._given.channels

    def register_name(self, offset: int) -> str:
        number, register = divmod(split(offset)[0] - DMAC_FIRST, DMAC_BYTES)
        if number < 0:
            return {CTL: "CTL", DMAC_ACTIVE: "ACTIVE"}.get(offset & ~3, "")
        return f"CH{number}_{DMAC_NAMES[register]}" if register in DMAC_NAMES else ""

    def _channel_counted(self, offset: int) -> int | None:
        number, register = divmod(offset - DMAC_FIRST, DMAC_BYTES)
        is_count = register in (DMAC_IDX, DMAC_SRC, DMAC_DST)
        return number if 0 <= number < len(self._channels) and is_count else None

    def read(self, offset: int, size: int) -> int:
        self._look(offset)
        return read_lane(self._word(split(offset)[0]), offset, size)

    def _word(self, offset: int) -> int:
        number, register = divmod(offset - DMAC_FIRST, DMAC_BYTES)
        if offset == DMAC_ACTIVE:
            return sum(1 << each for each, channel in enumerate(self._channels) if channel.is_pending)
        if number < 0:
            return self._words.get(offset, 0)
        if number >= len(self._channels):
            return 0
        channel = self._channels[number]
        values = {
            DMAC_CTL: self._controls[number] & ~ENABLED | (ENABLED if channel.is_enabled else 0),
            DMAC_IDX: channel.x & 0xFFFF | (channel.y & 0xFFFF) << 16,
            DMAC_SRC: channel.source,
            DMAC_DST: channel.destination,
            DMAC_CURR: channel.pointer,
            DMAC_INTR: self._requests[number],
            DMAC_INTR_MASK: self._masks[number],
            DMAC_INTR_MASKED: self._requests[number] & self._masks[number],
        }
        return values.get(register, 0)

    def write(self, offset: int, size: int, value: int) -> None:
        self._catch_up()
        word_offset = split(offset)[0]
        number, register = divmod(word_offset - DMAC_FIRST, DMAC_BYTES)
        written = write_lane(self._word(word_offset), offset, size, value)
        if not self.register_name(offset) or number >= len(self._channels):
            self._note_unknown(offset)
        elif number < 0:
            if word_offset == CTL:
                self._write_ctl(written)
        elif register == DMAC_CTL:
            self._controls[number] = written
            self._enable(number, bool(written & ENABLED))
        elif register == DMAC_CURR:
            self._point(number, written)
        elif register == TR_CMD:
            if written & 1 and self._is_on:
                self._channels[number].trigger()
        elif register in (DMAC_INTR, DMAC_INTR_SET, DMAC_INTR_MASK):
            self._write_interrupt(number, register, write_lane(0, offset, size, value) & 0xFF)

    def _write_interrupt(self, number: int, register: int, ones: int) -> None:
        if register == DMAC_INTR:
            self._requests[number] &= ~ones
        elif register == DMAC_INTR_SET:
            self._requests[number] |= ones
        else:
            self._masks[number] = ones
        self._update(number)

    def parse(self, word: Callable[[int], int]) -> Descriptor | None:
        found = dmac_descriptor(word)
        if found is None:
            self._note(NoteKind.UNMODELLED, "a descriptor that scatters is not modelled")
        return found

    def _request_of(self, channel: int, cause: int) -> int:
        return 1 << cause - 1
