"""STM32F2, F4 and F7: analog-to-digital converters with SR, CR1 and CR2.

Offsets and bits: CMSIS stm32f746xx.h (ADC_SR_* and theirs). A conversion takes its sampling time and a clock a bit
(RM0385, 15.3.5: 15 cycles at the least for 12 bits, cited, not read); the clock is the bus's by CCR.ADCPRE.
"""

from fractions import Fraction

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.errors import BadInput
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.stm32.adc_conversions import Input, Internal, Sequencer
from simtiny.machine.peripherals.stm32.kernel import running_hz
from simtiny.machine.peripherals.stm32.requests import Lines
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind

SR, CR1, CR2, SMPR1, SMPR2, HTR, LTR, SQR1, SQR2, SQR3, JSQR, DR = (
    0x00, 0x04, 0x08, 0x0C, 0x10, 0x24, 0x28, 0x2C, 0x30, 0x34, 0x38, 0x4C,
)  # fmt: skip
NAMES = {
    SR: "SR", CR1: "CR1", CR2: "CR2", SMPR1: "SMPR1", SMPR2: "SMPR2", HTR: "HTR", LTR: "LTR", SQR1: "SQR1",
    SQR2: "SQR2", SQR3: "SQR3", JSQR: "JSQR", DR: "DR",
}  # fmt: skip
COMMON, CSR, CCR = 0x300, 0x300, 0x304
EOC, STRT, OVR = 1 << 1, 1 << 4, 1 << 5
CR1_EOCIE, CR1_SCAN, CR1_DISCEN, CR1_AWDEN, CR1_OVRIE = 1 << 5, 1 << 8, 1 << 11, 1 << 23, 1 << 26
CR2_ADON, CR2_CONT, CR2_DMA, CR2_EOCS, CR2_ALIGN, CR2_JSWSTART, CR2_EXTEN, CR2_SWSTART = (
    1 << 0, 1 << 1, 1 << 8, 1 << 10, 1 << 11, 1 << 22, 3 << 28, 1 << 30,
)  # fmt: skip
SAMPLING = (3, 15, 28, 56, 84, 112, 144, 480)  # HAL LL_ADC_SAMPLINGTIME_*
BITS = (12, 10, 8, 6)  # by CR1.RES
MULTI = 31
# HAL LL_ADC_CHANNEL_*; the sensor from memory of DS10916 [unchecked], as in the factory's values of the platform file
INTERNAL = Internal(temperature=18, reference=17, sensor_v=0.7725, reference_v=1.21, divider=4)


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the name of its bus clock.

    `converters`: names, 0x100 apart; none: one, with the block's own. `pins`: by converter the channel of each pin.
    `reference_v`: of VREF+.
    """

    clock: str
    converters: tuple[str, ...] = ()
    pins: dict[str, dict[str, int]] = {}
    reference_v: float = 3.3


class Converter:
    """One of the block's. `clock_hz` is asked when a sequence begins."""

    def __init__(self, block: "F7Adc", system: System, source: Input, irq: int | None) -> None:
        self._block, self._source, self._irq = block, source, irq
        self._words = dict.fromkeys(range(0, 256, 4), 0)
        self._words[HTR] = 0xFFF
        self._lines = Lines(system, source.name)
        self._sequencer = Sequencer(system, self._converted, self._sample)
        self._waits_for_dma = False
        self._system = system

    def _note(self, kind: NoteKind, what: str) -> None:
        self._system.note(kind, self._source.name, f"{self._source.name}: {what}")

    @property
    def status(self) -> int:
        """SR."""
        return self._words[SR]

    def steady_until(self, offset: int) -> int:
        """A read of DR that gives data changes something; all else changes by events."""
        is_effect = split(offset)[0] == DR and (self._words[SR] & EOC or self._sequencer.is_paused)
        return 0 if is_effect or self._waits_for_dma else ALWAYS

    def read(self, offset: int, size: int) -> int:
        word_offset = split(offset)[0]
        if word_offset != DR:
            return read_lane(self._words[word_offset], offset, size)
        self._catch_up()
        self._words[SR] &= ~EOC
        self._waits_for_dma = False
        self._update()
        return read_lane(self._words[DR], offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        written = write_lane(self._words[word_offset], offset, size, value)
        if word_offset == SR:
            self._catch_up()
            self._words[SR] &= written
        elif word_offset == CR2:
            self._control(written)
        elif word_offset != DR:
            self._words[word_offset] = written
            if word_offset == CR1 and written & CR1_AWDEN:
                self._note(NoteKind.UNMODELLED, "its analog watchdog is not modelled: it sees nothing")
        self._update()

    def _control(self, written: int) -> None:
        self._words[CR2] = written & ~(CR2_SWSTART | CR2_JSWSTART)
        if not written & CR2_ADON:
            self._sequencer.stop()
        if written & CR2_JSWSTART:
            self._note(NoteKind.UNMODELLED, "injected conversions are not modelled: they never end")
        if written & CR2_EXTEN:
            self._note(NoteKind.UNMODELLED, "hardware triggers are not modelled: conversions wait for SWSTART")
        if written & CR2_SWSTART and written & CR2_ADON:
            self._words[SR] |= STRT
            self._sequencer.begin(self._sequence(), self._block.converter_hz())

    def _sample(self, channel: int, at_cycle: int) -> int:
        return self._source.sample(channel, at_cycle, self._bits())

    def _bits(self) -> int:
        return BITS[self._words[CR1] >> 24 & 3]

    def _sequence(self) -> list[tuple[int, Fraction]]:
        """Ranks, six a register: all of them if SCAN is set, else the first."""
        registers = (self._words[register] for register in (SQR3, SQR2, SQR1))
        ranks = [word >> 5 * place & 31 for word in registers for place in range(6)]
        count = (self._words[SQR1] >> 20 & 15) + 1 if self._words[CR1] & CR1_SCAN else 1
        return [(channel, Fraction(self._sampling(channel) + self._bits())) for channel in ranks[:count]]

    def _sampling(self, channel: int) -> int:
        register, place = (SMPR2, channel) if channel < 10 else (SMPR1, channel - 10)
        return SAMPLING[self._words[register] >> 3 * place & 7]

    def _converted(self, code: int, is_last: bool) -> None:
        second, told = self._words[CR2], self._words[SR] & EOC
        lost = self._waits_for_dma if second & CR2_DMA else bool(told and second & CR2_EOCS)
        if lost:
            self._words[SR] |= OVR
        else:
            self._put(code)
        self._waits_for_dma = bool(second & CR2_DMA)
        if is_last or second & CR2_EOCS:
            self._words[SR] |= EOC
        if (is_last and not second & CR2_CONT) or self._words[CR1] & CR1_DISCEN:
            pass
        elif told and (is_last or lost):
            self._sequencer.wait()
        else:
            self._sequencer.next()
        self._update()

    def _put(self, code: int) -> None:
        left = 16 - self._bits() if self._bits() > 6 else 2
        self._words[DR] = code << left if self._words[CR2] & CR2_ALIGN else code

    def _catch_up(self) -> None:
        """Conversions that went on while nobody looked have overwritten the data, but where an overrun is told."""
        if self._sequencer.is_paused:
            latest = self._sequencer.proceed(late=True)
            if latest is not None and not self._words[SR] & OVR:
                self._put(latest)

    def _update(self) -> None:
        status, first = self._words[SR], self._words[CR1]
        if self._irq is not None:
            pending = (status & EOC and first & CR1_EOCIE) or (status & OVR and first & CR1_OVRIE)
            self._lines.interrupt(self._irq, bool(pending))
        self._lines.dma(self._source.name, bool(self._waits_for_dma and self._words[CR2] & CR2_DMA))


class F7Adc(Block[Parameters]):
    """Kind "stm32f7-adc". `irq`: one line for all converters. DMA requests: "<converter>".

    Conversions by software, single, in sequence and continuous, take their sampling and conversion time. Injected
    channels, hardware triggers, watchdogs and converters in step are not modelled and noted. The chip is at 30 degrees;
    noise and errors of a converter are not modelled.
    """

    takes = Parameters

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        given = self._given
        names = given.converters or (config.name,)
        if not 1 <= len(names) <= 3 or given.reference_v <= 0:
            what = "it has 1 to 3 converters, and a positive reference"
            raise BadInput(f"peripheral {config.name} ({config.kind}): {what}")
        self._common = 0
        self._pins = {name: given.pins.get(name, {}) for name in names}
        irq = config.irq[0] if config.irq else None
        self._converters = [
            Converter(self, system, Input(system, name, self._pins[name], internal, given.reference_v), irq)
            for name, internal in zip(names, (INTERNAL, Internal(), Internal()), strict=False)
        ]

    @property
    def analog_inputs(self) -> dict[str, dict[str, int]]:
        """Channels by pin, by converter."""
        return self._pins

    def steady_until(self, offset: int) -> int:
        """A read of DR that gives data changes something; all else changes by events."""
        number = offset // 0x100
        return self._converters[number].steady_until(offset % 0x100) if number < len(self._converters) else ALWAYS

    def register_name(self, offset: int) -> str:
        number, word_offset = offset // 0x100, split(offset)[0]
        if number < len(self._converters) and word_offset % 0x100 in NAMES:
            return f"{list(self._pins)[number]}_{NAMES[word_offset % 0x100]}"
        return {CSR: "CSR", CCR: "CCR"}.get(word_offset, "")

    def read(self, offset: int, size: int) -> int:
        if offset // 0x100 < len(self._converters):
            return self._converters[offset // 0x100].read(offset % 0x100, size)
        if split(offset)[0] == CSR:
            flags = sum(each.status << 8 * number for number, each in enumerate(self._converters))
            return read_lane(flags, offset, size)
        return read_lane(self._common, offset, size) if split(offset)[0] == CCR else 0

    def write(self, offset: int, size: int, value: int) -> None:
        if offset // 0x100 < len(self._converters):
            self._converters[offset // 0x100].write(offset % 0x100, size, value)
        elif split(offset)[0] == CCR:
            self._common = write_lane(self._common, offset, size, value)
            if self._common & MULTI:
                self._note(NoteKind.UNMODELLED, "converters in step are not modelled: each goes by itself")
        else:
            self._note_unknown(offset)

    def converter_hz(self) -> float:
        """The clock of all converters."""
        bus_hz = running_hz(self._system, self._name, self._given.clock)
        return bus_hz / (2 * (self._common >> 16 & 3) + 2)
