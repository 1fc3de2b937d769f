"""STM32 general-purpose and basic timers as counters: prescaler, reload, update and compare flags, interrupts.

Nothing runs per tick. The counter is worked out when someone looks (`_catch_up`), and an event is scheduled only for
the next instant at which the interrupt line would rise. Bits: CMSIS stm32l4r5xx.h TIM_*.
"""

from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

import msgspec

from simtiny.board import PeripheralConfig
from simtiny.machine.peripherals.block import Block
from simtiny.machine.peripherals.words import read_lane, split, write_lane
from simtiny.machine.plain_words import PlainWords
from simtiny.machine.system import ALWAYS, System
from simtiny.notes import NoteKind

CR1, CR2, SMCR, DIER, SR, EGR, CCMR1, CCMR2, CCER, CNT, PSC, ARR, RCR = range(0x00, 0x34, 4)
COMPARES = (0x34, 0x38, 0x3C, 0x40)  # CCR1...CCR4
NAMES = (
    *("CR1", "CR2", "SMCR", "DIER", "SR", "EGR", "CCMR1", "CCMR2", "CCER", "CNT", "PSC", "ARR", "RCR"),
    *("CCR1", "CCR2", "CCR3", "CCR4"),
)
LAST_REGISTER = 0x68

CR1_CEN, CR1_UDIS, CR1_URS, CR1_OPM, CR1_DIR, CR1_CMS, CR1_ARPE, CR1_UIFREMAP = (
    1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 3 << 5, 1 << 7, 1 << 11,
)  # fmt: skip
SMCR_SMS = 1 << 16 | 7
DIER_DMA = 0x7F << 8  # UDE, CC1DE to CC4DE, COMDE, TDE
CAPTURES = 0x0303  # CCxS, in both CCMRx
UIF = 1 << 0
COMPARE_FLAGS = 0xF << 1
REQUESTING = UIF | COMPARE_FLAGS  # what asks for DMA, if enabled eight bits higher in DIER
DCR = 0x48
REQUESTS = ("up", "ch1", "ch2", "ch3", "ch4")


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock`: the name of the timer's input clock. `bits`: counter width. `compares`: compare channels."""

    clock: str
    bits: int = 16
    compares: int = 4


@lru_cache(64)
def _quotient(dividend: float, divisor: float) -> Fraction:
    """Kept, since firmware may read a timer millions of times."""
    return Fraction(dividend) / Fraction(divisor)


class Timer(Block[Parameters]):
    """Kind "stm32-timer". `irq`: the update line, then the capture/compare line where it is another one.

    Asks for DMA by "<name>.up" and "<name>.ch1" to 4, each until it is served.

    Counts up, edge-aligned, from the internal clock; other modes are noted and counted that way.
    """

    takes = Parameters
    timeless = False

    def __init__(self, config: PeripheralConfig, system: System) -> None:
        super().__init__(config, system)
        self._top = (1 << self._given.bits) - 1
        self._words = dict.fromkeys(range(0, LAST_REGISTER, 4), 0)
        self._words[ARR] = self._top
        self._reload, self._prescale = self._top, 1  # as in force: ARR (perhaps buffered) and PSC + 1
        self._count = 0
        self._phase = Fraction(0)  # input clock ticks since the last count, below self._prescale
        self._at_cycle = 0  # the core cycle to which _count and _phase belong
        self._handle: int | None = None
        self._levels: dict[int, bool] = {}
        self._met = self._asking = 0  # what asks for DMA, as bits of SR: met since the last look; not served yet
        self.plain = PlainWords(LAST_REGISTER, clocked=(SR, CNT))
        system.on_clock_change(self._before_clock_change)

    def register_name(self, offset: int) -> str:
        return NAMES[offset // 4] if offset // 4 < len(NAMES) else ""

    def read(self, offset: int, size: int) -> int:
        self._catch_up()
        word_offset = split(offset)[0]
        word = self._words.get(word_offset, 0)
        if word_offset in (SR, CNT):
            self._show()
        if word_offset == CNT:
            self._system.timer_read()
            remapped = self._words[CR1] & CR1_UIFREMAP and self._words[SR] & UIF
            word = self._count | 1 << 31 if remapped else self._count
        return read_lane(word, offset, size)

    def steady_until(self, offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        self._catch_up()
        return 0 if split(offset)[0] == CNT and self._counting() else self._steady_until()

    def _steady_until(self) -> int:
        """The cycle at which the next flag may rise, or the counter starts anew. Of a counter that has caught up."""
        cycles_per_tick = self._cycles_per_tick()
        if not self._counting() or cycles_per_tick is None:
            return ALWAYS
        targets = [self._words[COMPARES[channel]] for channel in self._channels()]
        counts = [self._counts_to(target) for target in targets if target <= self._limit()]
        ticks = min([*counts, self._limit() - self._count + 1]) * self._prescale - self._phase
        return self._at_cycle + ceil(ticks * cycles_per_tick)

    def _show(self) -> None:
        """Say what SR and CNT read as from now on, as long as no flag changes."""
        until, cycles_per_tick = self._steady_until(), self._cycles_per_tick()
        self.plain.show(SR, until=until, first=self._words[SR])
        if self._words[CR1] & CR1_UIFREMAP:
            return
        if cycles_per_tick is None or not self._counting():
            self.plain.show(CNT, until=until, first=self._count)
            return
        # count + floor((phase + elapsed / cycles_per_tick) / prescale), over one denominator
        phase, ratio = self._phase, 1 / cycles_per_tick
        by = phase.denominator * ratio.denominator
        self.plain.show(
            CNT,
            until=until,
            first=self._count,
            since=self._at_cycle,
            up=1,
            times=ratio.numerator * phase.denominator,
            plus=phase.numerator * ratio.denominator,
            by=by * self._prescale,
        )

    def write(self, offset: int, size: int, value: int) -> None:
        self._catch_up()
        self.plain.forget_time()
        word_offset = split(offset)[0]
        if word_offset not in self._words:
            self._note_unknown(word_offset)
            return
        written = write_lane(self._words[word_offset], offset, size, value)
        if word_offset == SR:
            self._words[SR] &= write_lane(self._words[SR], offset, size, value)
        elif word_offset == EGR:
            self._generate(write_lane(0, offset, size, value))
        elif word_offset == CNT:
            self._count = write_lane(self._count, offset, size, value) & self._top
        elif word_offset == PSC:
            self._words[PSC] = written & 0xFFFF
        elif word_offset == ARR or word_offset in COMPARES:
            self._words[word_offset] = written & self._top
            if word_offset == ARR and not self._words[CR1] & CR1_ARPE:
                self._reload = self._words[ARR]
        else:
            self._words[word_offset] = written
            self._note_unmodelled()
            self._withdraw()
        self._update_lines()

    def _note_unmodelled(self) -> None:
        words = self._words
        if (words[CCMR1] | words[CCMR2]) & CAPTURES:
            self._note(NoteKind.UNMODELLED, "a channel captures: no edge ever reaches it")
        if words[CR1] & (CR1_DIR | CR1_CMS) or words[SMCR] & SMCR_SMS or words[RCR]:
            unmodelled = "down-counting, slave modes and the repetition counter are not modelled"
            self._note(NoteKind.UNMODELLED, f"{unmodelled}: it counts up from its internal clock")
        if words[DIER] & DIER_DMA & ~REQUESTING << 8 or (words[DIER] & DIER_DMA and words[DCR]):
            self._note(NoteKind.UNMODELLED, "DMA on triggers and commutation, and its bursts by DMAR are not modelled")

    def _generate(self, events: int) -> None:
        if events & UIF and not self._words[CR1] & CR1_UDIS:
            if not self._words[CR1] & CR1_URS:
                self._words[SR] |= UIF
                self._met |= UIF
            self._update()
        if events & UIF:
            self._count, self._phase = 0, Fraction(0)
        self._words[SR] |= events & COMPARE_FLAGS
        self._met |= events & COMPARE_FLAGS

    def _update(self) -> None:
        """An update event moves the buffered registers into force."""
        self._reload, self._prescale = self._words[ARR], self._words[PSC] + 1

    def _cycles_per_tick(self) -> Fraction | None:
        """Core cycles in one tick of the input clock; None if that clock stands still."""
        clocks = self._system.clock_hz
        input_hz, core_hz = clocks.get(self._given.clock, 0.0), clocks.get("core", 0.0)
        return _quotient(core_hz, input_hz) if input_hz > 0 and core_hz > 0 else None

    def _counting(self) -> bool:
        # A reload value of 0 blocks the counter (RM0432, TIMx_ARR).
        return bool(self._words[CR1] & CR1_CEN) and self._reload > 0

    def _catch_up(self) -> None:
        """Bring counter and flags to the present cycle."""
        now = self._system.cycles
        elapsed, self._at_cycle = now - self._at_cycle, now
        if elapsed <= 0 or not self._counting():
            return
        cycles_per_tick = self._cycles_per_tick()
        if cycles_per_tick is None:
            return
        ticks = self._phase + elapsed / cycles_per_tick
        to_overflow = (self._limit() - self._count + 1) * self._prescale
        if ticks >= to_overflow:
            self._advance(self._limit() - self._count + 1)
            ticks -= to_overflow
            self._overflow()
            if not self._counting():
                self._phase = Fraction(0)
                return
            # Reload and prescaler are now in force: what is left wraps with one period.
            period = self._reload + 1
            if ticks >= period * self._prescale:
                self._advance(period)
                ticks %= period * self._prescale
        counts = floor(ticks / self._prescale)
        self._phase = ticks - counts * self._prescale
        self._advance(counts)

    def _limit(self) -> int:
        """The count after which the counter starts anew. Set beyond the reload value, it runs to its top first."""
        return self._reload if self._count <= self._reload else self._top

    def _counts_to(self, target: int) -> int:
        """Counts until the counter becomes `target`, at least 1; it passes the overflow if need be."""
        return (target - self._count - 1) % (self._limit() + 1) + 1

    def _channels(self) -> list[int]:
        """Those that compare: a channel that captures (CCxS of CCMRx) meets nothing here."""
        modes = self._words[CCMR1] | self._words[CCMR2] << 16
        return [channel for channel in range(self._given.compares) if not modes >> 8 * channel & 3]

    def _advance(self, counts: int) -> None:
        """Add `counts`, at most up to and including the overflow, and raise the compare flags that were met."""
        for channel in self._channels():
            target = self._words[COMPARES[channel]]
            if target <= self._limit() and self._counts_to(target) <= counts:
                self._words[SR] |= 2 << channel
                self._met |= 2 << channel
        self._count = (self._count + counts) % (self._limit() + 1)

    def _overflow(self) -> None:
        control = self._words[CR1]
        if not control & CR1_UDIS:
            self._words[SR] |= UIF
            self._met |= UIF
            self._update()
        if control & CR1_OPM:
            self._words[CR1] &= ~CR1_CEN

    def _update_lines(self) -> None:
        """Drive the interrupt lines and schedule the next instant at which one of them can rise."""
        pending = self._words[SR] & self._words[DIER]
        lines = self._irq
        if lines:
            self._drive(lines[0], pending & (UIF if len(lines) > 1 else UIF | COMPARE_FLAGS))
        if len(lines) > 1:
            self._drive(lines[1], pending & COMPARE_FLAGS)
        self._schedule()
        self._ask()

    def _ask(self) -> None:
        """Have DMA serve what was met, where that is enabled. A request not yet served takes the next along."""
        asks = self._met & self._words[DIER] >> 8 & REQUESTING & ~self._asking
        self._met = 0
        self._asking |= asks
        for place, what in enumerate(REQUESTS):
            if asks >> place & 1:
                self._system.request_dma(f"{self._name}.{what}", True)

    def request_served(self, what: str) -> None:
        """See `HoldsRequests`."""
        place = REQUESTS.index(what) if what in REQUESTS else None
        if place is not None and self._asking >> place & 1:
            self._asking &= ~(1 << place)
            self._system.request_dma(f"{self._name}.{what}", False)

    def _withdraw(self) -> None:
        """Let go of requests that are not enabled any more."""
        for place, what in enumerate(REQUESTS):
            if not self._words[DIER] >> 8 + place & 1:
                self.request_served(what)

    def _drive(self, irq: int, pending: int) -> None:
        if self._levels.get(irq, False) != bool(pending):
            self._levels[irq] = bool(pending)
            self._system.set_irq(irq, bool(pending), self._name)

    def _schedule(self) -> None:
        if self._handle is not None:
            self._system.cancel(self._handle)
            self._handle = None
        waiting = self._words[DIER] & ~self._words[SR] | self._words[DIER] >> 8 & REQUESTING
        counts = [
            self._counts_to(self._words[COMPARES[channel]])
            for channel in self._channels()
            if waiting >> channel & 2 and self._words[COMPARES[channel]] <= self._limit()
        ]
        if waiting & UIF and not self._words[CR1] & CR1_UDIS:
            counts.append(self._limit() - self._count + 1)
        cycles_per_tick = self._cycles_per_tick()
        if counts and self._counting() and cycles_per_tick is not None:
            ticks = min(counts) * self._prescale - self._phase
            self._handle = self._system.schedule(self._at_cycle + ceil(ticks * cycles_per_tick), self._fire)

    def _before_clock_change(self) -> None:
        """Bank the count at the old rate, and look again at the next event boundary, when the new one is in force."""
        self._catch_up()
        self.plain.forget_time()
        if self._handle is not None:
            self._system.cancel(self._handle)
            self._handle = self._system.schedule(self._at_cycle, self._fire)

    def _fire(self) -> None:
        self._handle = None
        self._catch_up()
        self._update_lines()
