"""The system control block: identity, vector table, system exceptions, and what guards the FPU. Arm v7-M ARM, B3.2."""

from collections.abc import Callable

from simtiny.machine.nvic import (
    BUS_FAULT,
    DEBUG_MONITOR,
    EXCEPTIONS,
    FIRST_IRQ,
    MEM_MANAGE,
    NMI,
    PEND_SV,
    SV_CALL,
    SYS_TICK,
    USAGE_FAULT,
    Nvic,
)
from simtiny.machine.system_register import MAINLINE, WITH_FPU, WITH_VTOR, SystemRegister

_CPUID, _ICSR, _VTOR, _AIRCR, _SCR, _CCR, _SHPR, _SHCSR = (
    *(0xED00, 0xED04, 0xED08, 0xED0C, 0xED10, 0xED14, 0xED18, 0xED24),
)
_CPACR, _FPCCR, _FPCAR = 0xED88, 0xEF34, 0xEF38
_SHCSR_ENABLES = {16: MEM_MANAGE, 17: BUS_FAULT, 18: USAGE_FAULT}  # MEMFAULTENA, BUSFAULTENA, USGFAULTENA
_SHCSR_ACTIVE = {0: MEM_MANAGE, 1: BUS_FAULT, 3: USAGE_FAULT, 7: SV_CALL, 8: DEBUG_MONITOR, 10: PEND_SV, 11: SYS_TICK}
_SHCSR_PENDED = {12: USAGE_FAULT, 13: MEM_MANAGE, 14: BUS_FAULT, 15: SV_CALL}
_CCR_UNALIGN_TRP, _CCR_DIV_0_TRP, _CCR_BFHFNMIGN, _CCR_STKALIGN, _CCR_BP = 1 << 3, 1 << 4, 1 << 8, 1 << 9, 1 << 18
_FPCCR_ASPEN, _FPCCR_LSPEN = 1 << 31, 1 << 30
_VECTKEY, _VECTKEYSTAT, _SYSRESETREQ = 0x05FA, 0xFA05, 1 << 2
_SCR_SLEEPONEXIT, _SCR_SEVONPEND = 1 << 1, 1 << 4


class SystemControlBlock:
    """Of `core`. `vectors`: VTOR at reset. `predicts_branches`: CCR.BP reads 1.

    `reevaluate`: another exception may be the next one.
    `on_configuration` gets CCR when it was written, `on_traps` whether unaligned accesses and divisions by zero fault.
    `on_reset`: the firmware wants a system reset.
    """

    registers = (
        SystemRegister("CPUID", _CPUID),
        SystemRegister("ICSR", _ICSR),
        SystemRegister("VTOR", _VTOR, WITH_VTOR),
        SystemRegister("AIRCR", _AIRCR),
        SystemRegister("SCR", _SCR),
        SystemRegister("CCR", _CCR),
        SystemRegister("SHPR1", _SHPR, MAINLINE),
        SystemRegister("SHPR2", _SHPR + 4),
        SystemRegister("SHPR3", _SHPR + 8),
        SystemRegister("SHCSR", _SHCSR),
        SystemRegister("CPACR", _CPACR, WITH_FPU),
        SystemRegister("FPCCR", _FPCCR, WITH_FPU),
        SystemRegister("FPCAR", _FPCAR, WITH_FPU),
    )

    def __init__(
        self,
        nvic: Nvic,
        core: str,
        cpuid: int,
        vectors: int,
        predicts_branches: bool,
        reevaluate: Callable[[], None],
    ) -> None:
        self._is_mainline = core in MAINLINE
        self._nvic, self._reevaluate = nvic, reevaluate
        self.on_configuration: Callable[[int], None] = lambda ccr: None
        self.on_reset: Callable[[], None] = lambda: None
        self.on_traps: Callable[[bool, bool], None] = lambda unaligned, zero: None
        ccr = _CCR_STKALIGN | (_CCR_BP if predicts_branches else 0)
        ccr |= 0 if self._is_mainline else _CCR_UNALIGN_TRP
        self._words = {
            _CPUID: cpuid,
            _VTOR: vectors,
            _SCR: 0,
            _CCR: ccr,
            _CPACR: 0,
            _FPCCR: _FPCCR_ASPEN | _FPCCR_LSPEN,
            _FPCAR: 0,
        }

    @property
    def vector_table(self) -> int:
        """VTOR."""
        return self._words[_VTOR]

    @property
    def sleep_on_exit(self) -> bool:
        """The core falls asleep when it comes back to thread mode."""
        return bool(self._words[_SCR] & _SCR_SLEEPONEXIT)

    @property
    def event_on_pend(self) -> bool:
        """An exception that begins to pend is an event, even if it is not enabled."""
        return bool(self._words[_SCR] & _SCR_SEVONPEND)

    @property
    def ignores_bus_faults(self) -> bool:
        """Those of data, in code of negative priority."""
        return bool(self._words[_CCR] & _CCR_BFHFNMIGN)

    @property
    def fpu_enabled(self) -> bool:
        """CPACR lets all code use the FPU."""
        return (self._words[_CPACR] >> 20) & 0xF == 0xF

    def enable_fpu(self) -> None:
        """Have CPACR let all code use it, as startup code does."""
        self._words[_CPACR] |= 0xF << 20

    @property
    def stack_align(self) -> bool:
        """An exception's frame starts at a multiple of eight bytes."""
        return bool(self._words[_CCR] & _CCR_STKALIGN)

    @property
    def automatic_fp_state(self) -> bool:
        """An exception saves the FPU's registers when the code used them."""
        return bool(self._words[_FPCCR] & _FPCCR_ASPEN)

    @property
    def lazy_stacking(self) -> bool:
        """It does so only once its handler uses the FPU."""
        return bool(self._words[_FPCCR] & _FPCCR_LSPEN)

    def set_fp_address(self, address: int) -> None:
        """Where in the frame the FPU's registers have their place."""
        self._words[_FPCAR] = address

    def read(self, offset: int) -> int:
        if _SHPR <= offset < _SHCSR:
            return self._nvic.priorities(offset - _SHPR + 4)
        if offset == _ICSR:
            return self._read_icsr()
        if offset == _AIRCR:
            return _VECTKEYSTAT << 16 | self._nvic.priority_group << 8
        if offset == _SHCSR:
            return self._read_shcsr()
        return self._words[offset]

    def write(self, offset: int, value: int, mask: int) -> None:
        if _SHPR <= offset < _SHCSR:
            self._nvic.set_priorities(offset - _SHPR + 4, value, mask)
            self._reevaluate()
        elif offset == _ICSR:
            self._write_icsr(value)
            self._reevaluate()
        elif offset == _AIRCR:
            self._write_aircr(value)
        elif offset == _SHCSR:
            self._write_shcsr(value, mask)
            self._reevaluate()
        elif offset != _CPUID and (offset != _CCR or self._is_mainline):
            written = self._words[offset] & ~mask | value
            self._words[offset] = written & 0xFFFF_FF80 if offset == _VTOR else written
            if offset == _CCR:
                self.on_configuration(written)
                self.on_traps(bool(written & _CCR_UNALIGN_TRP), bool(written & _CCR_DIV_0_TRP))

    def _read_icsr(self) -> int:
        nvic = self._nvic
        active = [number for number in range(EXCEPTIONS) if nvic.active >> number & 1] if nvic.active else []
        current = min(active, key=nvic.priority) if active else 0
        value = current | (0x800 if len(active) == 1 else 0)
        ready = nvic.next()
        if ready is not None:
            value |= ready << 12 | (1 << 22 if ready >= FIRST_IRQ else 0)
        for bit, number in ((31, NMI), (28, PEND_SV), (26, SYS_TICK)):
            value |= (nvic.pending >> number & 1) << bit
        return value

    def _read_shcsr(self) -> int:
        """Armv6-M has SVCALLPENDED alone (Armv6-M ARM, B3.2.8)."""
        nvic = self._nvic
        value = (nvic.pending >> SV_CALL & 1) << 15
        if not self._is_mainline:
            return value
        for bits, numbers in (
            (_SHCSR_ACTIVE, nvic.active),
            (_SHCSR_PENDED, nvic.pending),
            (_SHCSR_ENABLES, nvic.enabled),
        ):
            value |= sum(1 << bit for bit, number in bits.items() if numbers >> number & 1)
        return value

    def _write_shcsr(self, value: int, mask: int) -> None:
        """The active bits stay as they are: that a kernel may write them, to leave a handler, is not modelled."""
        nvic = self._nvic
        if not self._is_mainline:
            mask &= 1 << 15
        for bit, number in _SHCSR_PENDED.items():
            if mask >> bit & 1:
                nvic.pending = nvic.pending & ~(1 << number) | (value >> bit & 1) << number
        for bit, number in _SHCSR_ENABLES.items():
            if mask >> bit & 1:
                nvic.enabled = nvic.enabled & ~(1 << number) | (value >> bit & 1) << number

    def _write_icsr(self, value: int) -> None:
        self._nvic.pending |= (value >> 31 & 1) << NMI
        for set_bit, clear_bit, number in ((28, 27, PEND_SV), (26, 25, SYS_TICK)):
            if value >> set_bit & 1:
                self._nvic.pending |= 1 << number
            elif value >> clear_bit & 1:
                self._nvic.pending &= ~(1 << number)

    def _write_aircr(self, value: int) -> None:
        if value >> 16 != _VECTKEY:
            return
        self._nvic.priority_group = value >> 8 & 7
        if value & _SYSRESETREQ:
            self.on_reset()
        self._reevaluate()
