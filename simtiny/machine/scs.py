"""The private peripheral bus: ITM, DWT, SysTick, NVIC and system control registers. Arm v7-M ARM, B3 and C1."""

from collections.abc import Callable

from simtiny.machine.core_memory import CoreMemory
from simtiny.machine.nvic import BUS_FAULT, EXCEPTIONS, FIRST_IRQ, MEM_MANAGE, NMI, PEND_SV, SYS_TICK, USAGE_FAULT, Nvic
from simtiny.machine.system import System

BASE, SIZE = 0xE000_0000, 0x0010_0000
_ITM_TER, _ITM_TCR = 0x0E00, 0x0E80
_DWT_CTRL, _DWT_CYCCNT = 0x1000, 0x1004
_SYST_CSR, _SYST_RVR, _SYST_CVR, _SYST_CALIB = 0xE010, 0xE014, 0xE018, 0xE01C
_ISER, _ICER, _ISPR, _ICPR, _IABR, _IPR = 0xE100, 0xE180, 0xE200, 0xE280, 0xE300, 0xE400
_CPUID, _ICSR, _VTOR, _AIRCR, _SCR, _CCR, _SHPR, _SHCSR = (
    0xED00,
    0xED04,
    0xED08,
    0xED0C,
    0xED10,
    0xED14,
    0xED18,
    0xED24,
)
_CFSR, _HFSR, _MMFAR, _BFAR, _CPACR, _DEMCR, _STIR, _FPCCR, _FPCAR = (
    0xED28,
    0xED2C,
    0xED34,
    0xED38,
    0xED88,
    0xEDFC,
    0xEF00,
    0xEF34,
    0xEF38,
)
_TRCENA = 1 << 24
_ENABLE, _TICKINT, _CLKSOURCE, _COUNTFLAG = 1, 2, 4, 1 << 16
_IMPLEMENTED = (1 << EXCEPTIONS) - 1
_SHCSR_ENABLES = {16: MEM_MANAGE, 17: BUS_FAULT, 18: USAGE_FAULT}  # MEMFAULTENA, BUSFAULTENA, USGFAULTENA


class SysTick:
    """The 24-bit down counter, computed from the clock when it is looked at."""

    def __init__(self, system: System, pend: Callable[[], None]) -> None:
        self._system = system
        self._pend = pend
        self._control = self._reload = 0
        self._start = 0  # cycle at which the counter was loaded with `_from`
        self._from = 0
        self._seen = 0  # number of underflows that COUNTFLAG has told of
        self._event: int | None = None

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

    def value(self) -> int:
        counts = self._counts()
        if counts <= self._from:
            left = self._from - counts
            return 0 if left == self._reload + 1 else left  # it has not loaded RELOAD yet
        return self._reload - (counts - self._from - 1) % (self._reload + 1)

    def _restart(self, value: int) -> None:
        # A counter that stands at zero loads RELOAD first, without an underflow.
        self._from, self._start, self._seen = value or self._reload + 1, self._system.cycles, 0
        if self._event is not None:
            self._system.cancel(self._event)
            self._event = None
        if self._control & _ENABLE and self._control & _TICKINT and self._reload:
            self._event = self._system.schedule(self._start + self._from * self._step(), self._expire)

    def _expire(self) -> None:
        self._pend()
        period = (self._reload + 1) * self._step()
        done = self._underflows()
        at = self._start + self._from * self._step() + done * period
        self._event = self._system.schedule(max(at, self._system.cycles + 1), self._expire)

    def read(self, offset: int) -> int:
        if offset == _SYST_CSR:
            told = self._underflows() > self._seen
            self._seen = self._underflows()
            return self._control | (_COUNTFLAG if told else 0)
        if offset == _SYST_RVR:
            return self._reload
        return self.value() if offset == _SYST_CVR else 0x4000_0000

    def write(self, offset: int, value: int) -> None:
        if offset == _SYST_CSR:
            now = self.value()
            self._control = value & 7
            self._restart(now)
        elif offset == _SYST_RVR:
            now = self.value()
            self._reload = value & 0xFF_FFFF
            self._restart(now)
        elif offset == _SYST_CVR:
            self._restart(0)


class SystemControlSpace:
    """Registers at 0xE0000000. What has no behaviour here (MPU, debug, trace) reads back what was written."""

    def __init__(
        self,
        system: System,
        nvic: Nvic,
        cpuid: int,
        reevaluate: Callable[[], None],
        memory: CoreMemory | None = None,
    ) -> None:
        self.nvic = nvic
        self.core_memory = memory
        self.systick = SysTick(system, self._pend_systick)
        self.on_stimulus: Callable[[int, int], None] = lambda port, value: None
        self.on_reset: Callable[[], None] = lambda: None
        self._system = system
        self._reevaluate = reevaluate
        self._cyccnt_base = 0
        self._cyccnt_held = 0
        self._registers: dict[int, int] = {
            _DWT_CTRL: 0x4000_0000,
            _CPUID: cpuid,
            _CCR: 0x200 if memory is None else 0x4_0200,  # Cortex-M7: branch prediction, BP, is always on
            _FPCCR: 0xC000_0000,
            _ITM_TER: 0,
        }

    @property
    def vector_table(self) -> int:
        return self._registers.get(_VTOR, 0)

    @property
    def fpu_enabled(self) -> bool:
        return (self._registers.get(_CPACR, 0) >> 20) & 0xF == 0xF

    @property
    def stack_align(self) -> bool:
        return bool(self._registers[_CCR] & 0x200)

    @property
    def automatic_fp_state(self) -> bool:
        """FPCCR.ASPEN: an exception saves the FPU's registers when the code used them."""
        return bool(self._registers[_FPCCR] & 0x8000_0000)

    @property
    def lazy_stacking(self) -> bool:
        return bool(self._registers[_FPCCR] & 0x4000_0000)

    def set_fault(self, cfsr: int, hfsr: int, address: int | None) -> None:
        """Record a fault as the processor would."""
        self._registers[_CFSR] = self._registers.get(_CFSR, 0) | cfsr
        self._registers[_HFSR] = self._registers.get(_HFSR, 0) | hfsr
        if address is not None:
            self._registers[_BFAR] = address

    def fault_registers(self) -> dict[str, int]:
        return {
            "CFSR": self._registers.get(_CFSR, 0),
            "HFSR": self._registers.get(_HFSR, 0),
            "BFAR": self._registers.get(_BFAR, 0),
        }

    def set_fp_address(self, address: int) -> None:
        self._registers[_FPCAR] = address

    def _pend_systick(self) -> None:
        self.nvic.pending |= 1 << SYS_TICK

    def enable_trace(self) -> None:
        """Set DEMCR.TRCENA, without which the DWT stands still, as a debug probe does."""
        self.write(_DEMCR, 4, _TRCENA)

    def _cyccnt(self) -> int:
        running = self._registers[_DWT_CTRL] & 1 and self._registers.get(_DEMCR, 0) & _TRCENA
        return (self._system.cycles - self._cyccnt_base if running else self._cyccnt_held) & 0xFFFF_FFFF

    def read(self, offset: int, size: int) -> int:
        word = self._read_word(offset & ~3)
        return (word >> (8 * (offset & 3))) & ((1 << (8 * size)) - 1)

    def _read_word(self, offset: int) -> int:
        if offset < 0x80:
            return 1  # the stimulus port's FIFO can take a word
        if offset in (_DWT_CYCCNT, _SYST_CVR):
            self._system.timer_read()
        if offset == _DWT_CYCCNT:
            return self._cyccnt()
        if _SYST_CSR <= offset <= _SYST_CALIB:
            return self.systick.read(offset)
        if _ISER <= offset < _IPR:
            return self._read_bits(offset)
        if _IPR <= offset < _IPR + 496:
            first = offset - _IPR + FIRST_IRQ
            return sum(self.nvic.priority(first + byte) << (8 * byte) for byte in range(4))
        if _SHPR <= offset < _SHPR + 12:
            first = offset - _SHPR + 4
            return sum((self.nvic.priority(first + byte) & 0xFF) << (8 * byte) for byte in range(4))
        if offset == _ICSR:
            return self._read_icsr()
        if offset == _AIRCR:
            return 0xFA05_0000 | self.nvic.priority_group << 8
        if offset == _SHCSR:
            return sum(1 << bit for bit, number in _SHCSR_ENABLES.items() if self.nvic.enabled >> number & 1)
        if self.core_memory is not None and self.core_memory.owns(offset):
            return self.core_memory.read(offset)
        return self._registers.get(offset, 0)

    def _read_bits(self, offset: int) -> int:
        shift = FIRST_IRQ + (offset & 0x7C) * 8
        if offset < _ISPR:
            return self.nvic.enabled >> shift & 0xFFFF_FFFF
        source = self.nvic.pending if offset < _IABR else self.nvic.active
        return source >> shift & 0xFFFF_FFFF

    def _read_icsr(self) -> int:
        nvic = self.nvic
        active = [number for number in range(EXCEPTIONS) if nvic.active >> number & 1] if nvic.active else []
        current = min(active, key=nvic.priority) if active else 0
        value = current | (0x800 if len(active) == 1 else 0)
        ready = nvic.next()
        if ready is not None:
            value |= ready << 12 | (1 << 22 if ready >= FIRST_IRQ else 0)
        for bit, number in ((31, NMI), (28, PEND_SV), (26, SYS_TICK)):
            value |= (nvic.pending >> number & 1) << bit
        return value

    def write(self, offset: int, size: int, value: int) -> None:
        if offset < 0x80:
            self.on_stimulus(offset >> 2, value)
            return
        if _IPR <= offset < _IPR + 496 or _SHPR <= offset < _SHPR + 12:
            first = offset - _IPR + FIRST_IRQ if offset < _CPUID else offset - _SHPR + 4
            for byte in range(size):
                self.nvic.set_priority(first + byte, value >> (8 * byte) & 0xFF)
            self._reevaluate()
            return
        word = offset & ~3
        if size < 4:
            shift = 8 * (offset & 3)
            mask = ((1 << (8 * size)) - 1) << shift
            # Ones clear these: bytes that are not written must stay zeros.
            base = 0 if word in (_CFSR, _HFSR) else self._registers.get(word, 0)
            value = base & ~mask | (value << shift) & mask
        self._write_word(word, value)

    def _write_word(self, offset: int, value: int) -> None:
        if _SYST_CSR <= offset <= _SYST_CALIB:
            self.systick.write(offset, value)
            self._reevaluate()
        elif _ISER <= offset < _IABR:
            self._write_bits(offset, value)
            self._reevaluate()
        elif offset in (_DWT_CTRL, _DWT_CYCCNT, _DEMCR):
            self._write_trace(offset, value)
        elif offset == _ICSR:
            self._write_icsr(value)
            self._reevaluate()
        elif offset == _AIRCR:
            self._write_aircr(value)
        elif offset == _SHCSR:
            for bit, number in _SHCSR_ENABLES.items():
                self.nvic.enabled = self.nvic.enabled & ~(1 << number) | (value >> bit & 1) << number
        elif offset in (_CFSR, _HFSR):
            self._registers[offset] = self._registers.get(offset, 0) & ~value
        elif offset == _STIR:
            self.nvic.pending |= 1 << (FIRST_IRQ + (value & 0x1FF)) & _IMPLEMENTED
            self._reevaluate()
        elif self.core_memory is not None and self.core_memory.owns(offset):
            self.core_memory.write(offset, value)
        elif offset != _CPUID:
            self._registers[offset] = value & (0xFFFF_FF80 if offset == _VTOR else 0xFFFF_FFFF)
            if self.core_memory is not None and offset == _CCR:
                self.core_memory.write_configuration(value)

    def _write_bits(self, offset: int, value: int) -> None:
        bits = value << (FIRST_IRQ + (offset & 0x7C) * 8) & _IMPLEMENTED
        nvic = self.nvic
        if offset < _ICER:
            nvic.enabled |= bits
        elif offset < _ISPR:
            nvic.enabled &= ~bits
        elif offset < _ICPR:
            nvic.pending |= bits
        else:
            nvic.pending = nvic.pending & ~bits | nvic.lines & bits & ~nvic.active

    def _write_trace(self, offset: int, value: int) -> None:
        held = value if offset == _DWT_CYCCNT else self._cyccnt()
        if offset != _DWT_CYCCNT:
            self._registers[offset] = value
        self._cyccnt_held = held
        self._cyccnt_base = self._system.cycles - held

    def _write_icsr(self, value: int) -> None:
        self.nvic.pending |= (value >> 31 & 1) << NMI
        for set_bit, clear_bit, number in ((28, 27, PEND_SV), (26, 25, SYS_TICK)):
            if value >> set_bit & 1:
                self.nvic.pending |= 1 << number
            elif value >> clear_bit & 1:
                self.nvic.pending &= ~(1 << number)

    def _write_aircr(self, value: int) -> None:
        if value >> 16 != 0x05FA:
            return
        self.nvic.priority_group = value >> 8 & 7
        if value & 4:
            self.on_reset()
        self._reevaluate()
