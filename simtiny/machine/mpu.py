"""The memory protection unit's registers. Arm v7-M ARM, B3.5; Armv6-M ARM, B3.5; Armv8-M ARM, D1.2.

What its regions allow is in `simtiny.machine.mpu_rights`. Their memory types (cacheable, shareable, device) have no
effect: caches are counted as if no region changed anything.
"""

from collections.abc import Callable

from simtiny.machine import mpu_rights
from simtiny.machine.mpu_rights import Range
from simtiny.machine.system_register import ARMV8, MAINLINE, WITH_MPU, SystemRegister

_TYPE, _CTRL, _RNR, _RBAR, _RASR = 0xED90, 0xED94, 0xED98, 0xED9C, 0xEDA0
_ALIASES_END, _MAIR = 0xEDBC, 0xEDC0
_ENABLE, _HFNMIENA, _PRIVDEFENA = 1, 2, 4
_VALID = 1 << 4  # of RBAR in PMSAv7
REGIONS = {"cortex-m0plus": 8, "cortex-m3": 8, "cortex-m4f": 8, "cortex-m7": 16, "cortex-m33": 8}
"""As the core usually comes: STM32G0, L4, H7, U5 and U3 (ST PM0223, PM0214, PM0253, PM0264); a board says otherwise."""


class Mpu:
    """Regions, each as the two registers that say what it is. `on_change`: rights may be others from now on."""

    registers = (
        SystemRegister("MPU_TYPE", _TYPE, WITH_MPU),
        SystemRegister("MPU_CTRL", _CTRL, WITH_MPU),
        SystemRegister("MPU_RNR", _RNR, WITH_MPU),
        SystemRegister("MPU_RBAR", _RBAR, WITH_MPU),
        SystemRegister("MPU_RASR", _RASR, WITH_MPU),  # Armv8-M: RLAR
        SystemRegister("MPU_ALIASES", _RASR + 4, MAINLINE, words=6),
        SystemRegister("MPU_MAIR", _MAIR, ARMV8, words=2),
    )

    def __init__(self, core: str, regions: int | None = None) -> None:
        count = REGIONS.get(core, 0) if regions is None else regions
        self._is_v8 = core in ARMV8
        self._control = self._region = 0
        self._memory_types = [0, 0]
        self.regions = [(0, 0)] * count
        self.on_change: Callable[[], None] = lambda: None

    @property
    def is_enabled(self) -> bool:
        """MPU_CTRL.ENABLE."""
        return bool(self._control & _ENABLE)

    @property
    def spares_faults(self) -> bool:
        """It does not apply to HardFault, NMI and code under FAULTMASK: MPU_CTRL.HFNMIENA is clear."""
        return not self._control & _HFNMIENA

    def ranges(self) -> tuple[Range, ...]:
        """What may be done where."""
        if not self.is_enabled:
            return mpu_rights.default_ranges()
        return mpu_rights.ranges(tuple(self.regions), self._is_v8, bool(self._control & _PRIVDEFENA))

    def read(self, offset: int) -> int:
        if offset == _TYPE:
            return len(self.regions) << 8
        if offset == _CTRL:
            return self._control
        if offset == _RNR:
            return self._region
        if offset >= _MAIR:
            return self._memory_types[(offset - _MAIR) // 4]
        number, part = self._place(offset)
        return self.regions[number][part] if number < len(self.regions) else 0

    def write(self, offset: int, value: int, mask: int) -> None:
        if offset == _CTRL:
            self._control = (self._control & ~mask | value) & (_ENABLE | _HFNMIENA | _PRIVDEFENA)
            self.on_change()
        elif offset == _RNR:
            self._region = value & 0xFF
        elif offset >= _MAIR:
            at = (offset - _MAIR) // 4
            self._memory_types[at] = self._memory_types[at] & ~mask | value
        elif offset != _TYPE:
            self._write_region(offset, value, mask)

    def _write_region(self, offset: int, value: int, mask: int) -> None:
        if not self._is_v8 and self._place(offset)[1] == 0:
            if value & _VALID:
                self._region = value & 0xF
            value = value & ~0x1F | self._region & 0xF
            mask = 0xFFFF_FFFF
        number, part = self._place(offset)
        if number < len(self.regions):
            registers = list(self.regions[number])
            registers[part] = registers[part] & ~mask | value
            self.regions[number] = registers[0], registers[1]
            if self.is_enabled:
                self.on_change()

    def _place(self, offset: int) -> tuple[int, int]:
        """Number of the region that a register is of, and 0 for its RBAR or 1 for the other.

        PMSAv8: the aliases are those of the four regions that RNR's lie among.
        """
        alias, part = divmod((offset - _RBAR) // 4, 2)
        return (self._region & ~3 | alias if self._is_v8 and alias else self._region), part
