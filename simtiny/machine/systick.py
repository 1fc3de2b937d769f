"""The system timer. Arm v7-M ARM, B3.3."""

from collections.abc import Callable

from simtiny.machine.nvic import SYS_TICK, Nvic
from simtiny.machine.plain_words import PlainWords
from simtiny.machine.system import ALWAYS, System
from simtiny.machine.system_register import SystemRegister

_CSR, _RVR, _CVR, _CALIB = 0xE010, 0xE014, 0xE018, 0xE01C
_ENABLE, _TICKINT, _CLKSOURCE, _COUNTFLAG = 1, 2, 4, 1 << 16
_SKEW = 1 << 30  # CALIB: no exact value for 10 ms


class SysTick:
    """The 24-bit down counter, computed from the clock when it is looked at."""

    registers = (
        SystemRegister("SYST_CSR", _CSR),
        SystemRegister("SYST_RVR", _RVR),
        SystemRegister("SYST_CVR", _CVR),
        SystemRegister("SYST_CALIB", _CALIB),
    )

    def __init__(self, system: System, nvic: Nvic, reevaluate: Callable[[], None]) -> None:
        self._system, self._nvic, self._reevaluate = system, nvic, reevaluate
        self._control = self._reload = 0
        self._start = 0  # cycle at which the counter was loaded with `_from`
        self._from = 0
        self._seen = 0  # number of underflows that COUNTFLAG has told of
        self._handle: int | None = None
        self.plain_offset = _CSR
        self.plain = PlainWords(0x10, clocked=(0, _CVR - _CSR))

    def _step(self) -> int:
        """Core cycles a count: the external reference of STM32 is the core clock / 8."""
        return 1 if self._control & _CLKSOURCE else 8

    def _counts(self) -> int:
        return (self._system.cycles - self._start) // self._step() if self._control & _ENABLE else 0

    def _underflows(self) -> int:
        counts = self._counts()
        if counts < self._from or not self._reload:
            return 0
        return 1 + (counts - self._from) // (self._reload + 1)

    @property
    def interrupts(self) -> bool:
        """Whether it counts, and asks for its exception at the end."""
        return self._control & (_ENABLE | _TICKINT) == _ENABLE | _TICKINT

    def value(self) -> int:
        counts = self._counts()
        if counts <= self._from:
            left = self._from - counts
            return 0 if left == self._reload + 1 else left  # it has not loaded RELOAD yet
        return self._reload - (counts - self._from - 1) % (self._reload + 1)

    def _restart(self, value: int) -> None:
        # A counter that stands at zero loads RELOAD first, without an underflow.
        self._from, self._start, self._seen = value or self._reload + 1, self._system.cycles, 0
        if self._handle is not None:
            self._system.cancel(self._handle)
            self._handle = None
        if self._control & _ENABLE and self._control & _TICKINT and self._reload:
            self._handle = self._system.schedule(self._start + self._from * self._step(), self._expire)

    def _expire(self) -> None:
        self._nvic.pending |= 1 << SYS_TICK
        period = (self._reload + 1) * self._step()
        done = self._underflows()
        at = self._start + self._from * self._step() + done * period
        self._handle = self._system.schedule(max(at, self._system.cycles + 1), self._expire)

    def read(self, offset: int) -> int:
        if offset == _CSR:
            told = self._underflows() > self._seen
            self._seen = self._underflows()
            self._show()
            return self._control | (_COUNTFLAG if told else 0)
        if offset == _RVR:
            return self._reload
        if offset == _CALIB:
            return _SKEW
        self._system.timer_read()
        self._show()
        return self.value()

    def steady_until(self, offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        if offset == _CSR:
            return self._next_underflow() if self._underflows() == self._seen else 0
        return 0 if offset == _CVR and self._control & _ENABLE else ALWAYS

    def _next_underflow(self) -> int:
        """The cycle of it, of a counter that was looked at."""
        if not (self._control & _ENABLE and self._reload):
            return ALWAYS
        return self._start + (self._from + self._underflows() * (self._reload + 1)) * self._step()

    def _show(self) -> None:
        """Say what CSR and CVR read as from here to the next underflow: CSR as long as it has nothing to tell."""
        end = self._next_underflow()
        self.plain.show(0, until=end if self._underflows() == self._seen else 0, first=self._control)
        now, step = self.value(), self._step()
        if not self._control & _ENABLE:
            self.plain.show(_CVR - _CSR, until=ALWAYS, first=now)
        elif now > 0:
            counts = self._counts()
            since = self._start + counts * step
            self.plain.show(_CVR - _CSR, until=min(end, since + now * step), first=now, since=since, up=-1, by=step)

    def write(self, offset: int, value: int, mask: int) -> None:
        if offset == _CSR:
            now = self.value()
            self._control = value & 7
            self._restart(now)
        elif offset == _RVR:
            now = self.value()
            self._reload = value & 0xFF_FFFF
            self._restart(now)
        elif offset == _CVR:
            self._restart(0)
        self.plain.forget_time()
        self._reevaluate()
