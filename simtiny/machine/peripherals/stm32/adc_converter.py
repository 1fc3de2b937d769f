"""One STM32 analog-to-digital converter of the generation with ISR and CR: all families but F1, F2, F4, F7 and L1.

Offsets and bits: CMSIS stm32l4r5xx.h, stm32g0b1xx.h, stm32h7a3xxq.h, stm32u575xx.h and stm32u385xx.h (ADC_ISR_* and
theirs); what differs between them is in `adc_families`.
"""

from collections.abc import Callable
from fractions import Fraction

from simtiny.machine.peripherals.stm32.adc_conversions import Input, Sequencer
from simtiny.machine.peripherals.stm32.adc_families import PRESCALER, Family
from simtiny.machine.peripherals.stm32.kernel import ahb_hz
from simtiny.machine.peripherals.stm32.requests import Lines
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind

ISR, IER, CR, CFGR, CFGR2, SMPR1, SMPR2, PCSEL, TR1, TR2, CHSELR, TR3, SQR1, SQR2, SQR3, SQR4, DR = range(0, 0x44, 4)
JSQR, CALFACT, JDR1 = 0x4C, 0xC4, 0x80
NAMES = dict(
    enumerate(
        (
            *("ISR", "IER", "CR", "CFGR", "CFGR2", "SMPR1", "SMPR2", "PCSEL", "TR1", "TR2", "CHSELR", "TR3"),
            *("SQR1", "SQR2", "SQR3", "SQR4", "DR"),
        )
    )
)
ADRDY, EOSMP, EOC, EOS, OVR, EOCAL, LDORDY, CCRDY = (
    1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 11, 1 << 12, 1 << 13,
)  # fmt: skip
ADEN, ADDIS, ADSTART, JADSTART, ADSTP, JADSTP, ADVREGEN, DEEPPWD, ADCAL = (
    1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 28, 1 << 29, 1 << 31,
)  # fmt: skip
COMMANDS = ADEN | ADDIS | ADSTART | JADSTART | ADSTP | JADSTP | ADCAL  # writing 0 to them changes nothing
EXTEN, OVRMOD, CONT, WAIT, DISCEN, AWD1EN, CHSELRMOD = 3 << 10, 1 << 12, 1 << 13, 1 << 14, 1 << 16, 1 << 23, 1 << 21
CFGR_SCANDIR = 1 << 2
READY_TICKS = 16  # from ADEN to ADRDY: a conversion, data sheets' "power-up time" [unchecked]


class Converter:
    """One converter. `clock_hz` says what comes to it, by the value of its CFGR2."""

    def __init__(
        self,
        system: System,
        family: Family,
        source: Input,
        irq: int | None,
        clock_hz: Callable[[int], float],
    ) -> None:
        self._system, self._family, self._source, self._irq = system, family, source, irq
        self._clock_hz = clock_hz
        self._words = dict.fromkeys(range(0, 256, 4), 0)
        self._words[CR] = DEEPPWD if family.has_regulator else 0
        self._lines = Lines(system, source.name)
        self._sequencer = Sequencer(system, self._converted, self._sample)
        self._handle: int | None = None

    def steady_until(self, offset: int) -> int:
        """A read of DR that gives data changes something; all else changes by events."""
        is_effect = split(offset)[0] == DR and (self._words[ISR] & EOC or self._sequencer.is_paused)
        return 0 if is_effect else ALWAYS

    def read(self, offset: int, size: int) -> int:
        word_offset = split(offset)[0]
        if word_offset == DR:
            return self._read_data(offset, size)
        return read_lane(self._words[word_offset], offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        if word_offset == ISR:
            self._catch_up()
            self._words[ISR] &= ~write_lane(0, offset, size, value)
            self._words[ISR] |= self._regulator_flag()
            self._taken()
        elif word_offset == CR:
            self._control(write_lane(self._words[CR], offset, size, value))
        elif word_offset == DR:
            self._note(NoteKind.UNKNOWN_REGISTER, "DR was written, which can only be read")
        else:
            self._words[word_offset] = write_lane(self._words[word_offset], offset, size, value)
            if word_offset in (CHSELR, CFGR) and self._family.sequencer == "chselr":
                self._words[ISR] |= CCRDY
            self._note_unmodelled(word_offset)
        self._update()

    def _note(self, kind: NoteKind, what: str) -> None:
        self._system.note(kind, self._source.name, f"{self._source.name}: {what}")

    def _note_unmodelled(self, offset: int) -> None:
        if self._words[CFGR] & AWD1EN and offset == CFGR:
            self._note(NoteKind.UNMODELLED, "its analog watchdogs are not modelled: they see nothing")
        if offset in range(0x60, 0x74, 4) and self._words[offset]:
            self._note(NoteKind.UNMODELLED, "offset and gain correction are not modelled: data come as they are")

    # --- control --------------------------------------------------------------------------------------------------

    def _control(self, written: int) -> None:
        before = self._words[CR]
        now = written & ~COMMANDS | before & COMMANDS
        commands = written & COMMANDS & ~before
        if self._family.has_regulator and now & DEEPPWD:
            now &= ~ADVREGEN
        self._words[CR] = now
        self._words[ISR] = self._words[ISR] & ~LDORDY | self._regulator_flag()
        if commands & ADCAL:
            self._calibrate()
        if commands & ADEN:
            self._enable()
        if commands & ADDIS and now & ADEN:
            self._sequencer.stop()
            self._words[CR] &= ~(ADEN | ADSTART)
            self._words[ISR] &= ~ADRDY
        if commands & ADSTP and now & ADSTART:
            self._sequencer.stop()
            self._words[CR] &= ~ADSTART
        if commands & ADSTART:
            self._begin()
        if commands & JADSTART:
            self._note(NoteKind.UNMODELLED, "injected conversions are not modelled: they never end")

    def _regulator_flag(self) -> int:
        return LDORDY if self._words[CR] & ADVREGEN and self._family.has_regulator else 0

    def _after(self, ticks: int, callback: Callable[[], None]) -> None:
        cycles = Fraction(ticks) * Fraction(self._system.clock_hz["core"]) / Fraction(self._converter_hz())

        def over() -> None:
            self._handle = None
            callback()
            self._update()

        if self._handle is not None:
            self._system.cancel(self._handle)
        self._handle = self._system.schedule(self._system.cycles + max(1, round(cycles)), over)

    def _converter_hz(self) -> float:
        """Its clock. Without one it takes the AHB's by four, and says so."""
        clock_hz = self._clock_hz(self._words[CFGR2])
        if clock_hz <= 0:
            what = "no clock is selected for it, in the RCC or its own registers: on the chip it does nothing"
            self._note(NoteKind.FIRMWARE, f"{what}; here it runs on the clock of the AHB by four")
            clock_hz = ahb_hz(self._system) / 4
        return clock_hz / self._family.clock_divider

    def _calibrate(self) -> None:
        if self._words[CR] & ADEN:
            self._note(NoteKind.FIRMWARE, "a calibration was asked for with the converter on: ignored")
            return
        self._words[CR] |= ADCAL

        def calibrated() -> None:
            self._words[CR] &= ~ADCAL
            self._words[ISR] |= EOCAL if self._family.sequencer == "chselr" or not self._family.has_dma_bit else 0

        self._after(self._family.calibration_ticks, calibrated)

    def _enable(self) -> None:
        if not self._words[CR] & ADVREGEN:
            self._note(NoteKind.FIRMWARE, "the converter was switched on without its voltage regulator (ADVREGEN)")
        self._words[CR] |= ADEN

        def ready() -> None:
            self._words[ISR] |= ADRDY if self._words[CR] & ADEN else 0

        self._after(READY_TICKS, ready)

    # --- conversions ----------------------------------------------------------------------------------------------

    def _sample(self, channel: int, at_cycle: int) -> int:
        return self._source.sample(channel, at_cycle, self._bits())

    def _bits(self) -> int:
        family = self._family
        field = self._words[CFGR] & family.resolution_mask
        return family.resolutions.get(field // (family.resolution_mask & -family.resolution_mask), 12)

    def _begin(self) -> None:
        if not self._words[CR] & ADEN:
            self._note(NoteKind.FIRMWARE, "a conversion was started with the converter off: ignored")
            return
        self._words[CR] |= ADSTART
        if self._words[CFGR] & EXTEN:
            self._note(NoteKind.UNMODELLED, "hardware triggers are not modelled: what waits for one never begins")
            return
        sequence = self._sequence()
        if sequence:
            self._sequencer.begin(sequence, self._converter_hz())

    def _sequence(self) -> list[tuple[int, Fraction]]:
        channels = self._ranks() if self._family.sequencer == "sqr" else self._selected()
        conversion = self._family.conversion[self._bits()]
        return [(channel, (self._sampling(channel) + conversion) * self._samples()) for channel in channels]

    def _ranks(self) -> list[int]:
        """The channels of SQR1 to SQR4; those behind the first four stand five a register."""
        fields = [self._words[SQR1] >> low & 31 for low in (6, 12, 18, 24)]
        fields += [self._words[register] >> low & 31 for register in (SQR2, SQR3, SQR4) for low in (0, 6, 12, 18, 24)]
        return fields[: (self._words[SQR1] & 15) + 1]

    def _selected(self) -> list[int]:
        """The channels of CHSELR: a bit each, or up to eight numbers of which 15 ends the list."""
        word = self._words[CHSELR]
        if self._words[CFGR] & CHSELRMOD:
            fields = [word >> 4 * place & 15 for place in range(8)]
            return fields[: fields.index(15)] if 15 in fields else fields
        channels = [channel for channel in range(24) if word >> channel & 1]
        return channels[::-1] if self._words[CFGR] & CFGR_SCANDIR else channels

    def _sampling(self, channel: int) -> Fraction:
        if self._family.sequencer == "chselr":
            second = self._words[SMPR1] >> 8 + channel & 1
            return self._family.sampling[self._words[SMPR1] >> (4 if second else 0) & 7]
        register, place = (SMPR1, channel) if channel < 10 else (SMPR2, channel - 10)
        return self._family.sampling[self._words[register] >> 3 * place & 7]

    def _samples(self) -> int:
        """Conversions that are added up to one result."""
        oversampling = self._words[CFGR2]
        if not oversampling & 1:
            return 1
        return (oversampling >> 16 & 0x3FF) + 1 if self._family.wide_oversampling else 2 << (oversampling >> 2 & 7)

    def _result(self, code: int) -> int:
        """What DR reads: oversampled, all of one value, and aligned to the left if that is asked for."""
        if self._words[CFGR2] & 1:
            code = code * self._samples() >> min(self._words[CFGR2] >> 5 & 15, 15)
        elif self._family.has_alignment and self._words[CFGR] & 1 << 5:
            code <<= 16 - self._bits() if self._bits() > 6 else 2
        return code & 0xFFFF_FFFF

    def _converted(self, code: int, is_last: bool) -> None:
        flags, control = self._words[ISR], self._words[CFGR]
        overrun = bool(flags & EOC)
        if not overrun or control & OVRMOD:
            self._words[DR] = self._result(code)
        self._words[ISR] |= EOSMP | EOC | (EOS if is_last else 0) | (OVR if overrun else 0)
        ends = (is_last and not control & CONT) or control & DISCEN
        if ends:
            self._words[CR] &= ~ADSTART
        elif control & WAIT or (overrun and self._words[ISR] & EOS):
            self._sequencer.wait()
        else:
            self._sequencer.next()
        self._update()

    def _read_data(self, offset: int, size: int) -> int:
        self._catch_up()
        data = read_lane(self._words[DR], offset, size)
        self._words[ISR] &= ~EOC
        self._taken()
        self._update()
        return data

    def _catch_up(self) -> None:
        """Conversions that went on while nobody looked have overwritten the data, if they may."""
        if self._sequencer.is_paused and not self._words[CFGR] & WAIT:
            latest = self._sequencer.proceed(late=True)
            if latest is not None and self._words[CFGR] & OVRMOD:
                self._words[DR] = self._result(latest)

    def _taken(self) -> None:
        """The data were taken: a converter that waited for that goes on."""
        if self._sequencer.is_paused and self._words[CFGR] & WAIT and not self._words[ISR] & EOC:
            self._sequencer.proceed(late=False)

    def _update(self) -> None:
        if self._irq is not None:
            self._lines.interrupt(self._irq, bool(self._words[ISR] & self._words[IER]))
        mode = self._words[CFGR] & 3
        by_dma = mode & 1
        self._lines.dma(self._source.name, bool(by_dma and self._words[ISR] & EOC))


def prescaled(clock_hz: float, common: int) -> float:
    """Behind CCR.PRESC."""
    code = common >> 18 & 15
    return clock_hz / PRESCALER[code] if code < len(PRESCALER) else 0.0
