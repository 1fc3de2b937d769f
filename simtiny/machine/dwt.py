"""The data watchpoint and trace unit's cycle counter. Arm v7-M ARM, C1.8; DEMCR, C1.6.5."""

from simtiny.machine.plain_words import PlainWords
from simtiny.machine.system import ALWAYS, System
from simtiny.machine.system_register import MAINLINE, SystemRegister

_CTRL, _CYCCNT, _DEMCR = 0x1000, 0x1004, 0xEDFC
_CYCCNTENA, _TRCENA = 1 << 0, 1 << 24


class Dwt:
    """CYCCNT counts the machine's cycles while CTRL.CYCCNTENA and DEMCR.TRCENA are both set."""

    registers = (
        SystemRegister("DWT_CTRL", _CTRL),
        SystemRegister("DWT_CYCCNT", _CYCCNT, MAINLINE),
        SystemRegister("DEMCR", _DEMCR),
    )

    def __init__(self, system: System) -> None:
        self._system = system
        self._words = {_CTRL: 0x4000_0000, _DEMCR: 0}
        self._base = 0
        self._held = 0
        self.plain_offset = _CTRL
        self.plain = PlainWords(0x20, clocked=(_CYCCNT - _CTRL,))
        self._show()

    def enable_trace(self) -> None:
        """Set DEMCR.TRCENA, without which the unit stands still, as a debug probe does."""
        self.write(_DEMCR, _TRCENA, 0xFFFF_FFFF)

    def read(self, offset: int) -> int:
        if offset != _CYCCNT:
            return self._words[offset]
        self._system.timer_read()
        return self._count()

    def write(self, offset: int, value: int, mask: int) -> None:
        if offset == _CYCCNT:
            self._held = value
        else:
            self._held = self._count()
            self._words[offset] = self._words[offset] & ~mask | value
        self._base = self._system.cycles - self._held
        self._show()

    def steady_until(self, offset: int) -> int:
        """See `simtiny.machine.system.Peripheral`."""
        return 0 if offset == _CYCCNT and self._runs() else ALWAYS

    def _runs(self) -> bool:
        return bool(self._words[_CTRL] & _CYCCNTENA and self._words[_DEMCR] & _TRCENA)

    def _show(self) -> None:
        if self._runs():
            self.plain.show(_CYCCNT - _CTRL, until=ALWAYS >> 1, first=0, since=self._base, up=1)
        else:
            self.plain.show(_CYCCNT - _CTRL, until=ALWAYS, first=self._held)

    def _count(self) -> int:
        return (self._system.cycles - self._base if self._runs() else self._held) & 0xFFFF_FFFF
