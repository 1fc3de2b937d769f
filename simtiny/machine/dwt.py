"""The data watchpoint and trace unit's cycle counter. Arm v7-M ARM, C1.8; DEMCR, C1.6.5.

Armv6-M has none, and nothing of CTRL but the number of comparators (Armv6-M ARM, C1.8); Cortex-M0+ has two of these on
STM32G0, as Cortex-M0 mostly has [unchecked].
"""

from simtiny.machine.plain_words import PlainWords
from simtiny.machine.system import ALWAYS, System
from simtiny.machine.system_register import MAINLINE, SystemRegister

_CTRL, _CYCCNT, _DEMCR = 0x1000, 0x1004, 0xEDFC
_CYCCNTENA, _TRCENA, _MON_EN = 1 << 0, 1 << 24, 1 << 16
_FIXED = 0xFF00_0000  # of CTRL: what the unit has


class Dwt:
    """CYCCNT counts the machine's cycles while CTRL.CYCCNTENA and DEMCR.TRCENA are both set."""

    registers = (
        SystemRegister("DWT_CTRL", _CTRL),
        SystemRegister("DWT_CYCCNT", _CYCCNT, MAINLINE),
        SystemRegister("DEMCR", _DEMCR),
    )

    def __init__(self, system: System, core: str) -> None:
        self._system = system
        self._has_counter = core in MAINLINE
        self._words = {_CTRL: 0x4000_0000 if self._has_counter else 0x2000_0000, _DEMCR: 0}
        self._base = 0
        self._held = 0
        self.plain_offset = _CTRL
        self.plain = PlainWords(0x20, clocked=(_CYCCNT - _CTRL,))
        self._show()

    def enable_trace(self) -> None:
        """Set DEMCR.TRCENA, without which the unit stands still, as a debug probe does."""
        self.write(_DEMCR, _TRCENA, 0xFFFF_FFFF)

    @property
    def monitor_enabled(self) -> bool:
        """DEMCR.MON_EN: BKPT is an exception of the firmware's."""
        return bool(self._words[_DEMCR] & _MON_EN)

    def read(self, offset: int) -> int:
        if offset != _CYCCNT:
            return self._words[offset]
        self._system.timer_read()
        return self._count()

    def write(self, offset: int, value: int, mask: int) -> None:
        if offset == _CYCCNT:
            self._held = value
        elif offset == _DEMCR or self._has_counter:
            self._held = self._count()
            fixed = _FIXED if offset == _CTRL else 0
            self._words[offset] = self._words[offset] & (~mask | fixed) | value & ~fixed
        self._base = self._system.cycles - self._held
        self._show()

    def steady_until(self, offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        return 0 if offset == _CYCCNT and self._runs() else ALWAYS

    def _runs(self) -> bool:
        return bool(self._words[_CTRL] & _CYCCNTENA and self._words[_DEMCR] & _TRCENA)

    def _show(self) -> None:
        if not self._has_counter:
            return  # it is read where it is noted that there is none
        if self._runs():
            self.plain.show(_CYCCNT - _CTRL, until=ALWAYS >> 1, first=0, since=self._base, up=1)
        else:
            self.plain.show(_CYCCNT - _CTRL, until=ALWAYS, first=self._held)

    def _count(self) -> int:
        return (self._system.cycles - self._base if self._runs() else self._held) & 0xFFFF_FFFF
