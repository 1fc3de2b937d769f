"""The registers that say what fault there was. Arm v7-M ARM, B3.2.15 to B3.2.18."""

from simtiny.machine.system_register import MAINLINE, SystemRegister

_CFSR, _HFSR, _MMFAR, _BFAR = 0xED28, 0xED2C, 0xED34, 0xED38
_CLEARED_BY_ONES = (_CFSR, _HFSR)
_MMARVALID = 1 << 7


class FaultRegisters:
    """They hold what the machine records, until firmware clears it."""

    registers = (
        SystemRegister("CFSR", _CFSR, MAINLINE),
        SystemRegister("HFSR", _HFSR, MAINLINE),
        SystemRegister("MMFAR", _MMFAR, MAINLINE),
        SystemRegister("BFAR", _BFAR, MAINLINE),
    )

    def __init__(self) -> None:
        self._words = dict.fromkeys((_CFSR, _HFSR, _MMFAR, _BFAR), 0)

    def record(self, cfsr: int, hfsr: int, address: int | None) -> None:
        """What the processor does. `address`: of the data, where it is known: of MemManage if `cfsr` has MMARVALID."""
        self._words[_CFSR] |= cfsr
        self._words[_HFSR] |= hfsr
        if address is not None:
            self._words[_MMFAR if cfsr & _MMARVALID else _BFAR] = address

    def clear(self) -> None:
        """As at reset."""
        self._words = dict.fromkeys(self._words, 0)

    def by_name(self) -> dict[str, int]:
        """CFSR, HFSR and BFAR, and MMFAR if it is valid."""
        named = {"CFSR": self._words[_CFSR], "HFSR": self._words[_HFSR], "BFAR": self._words[_BFAR]}
        return named | ({"MMFAR": self._words[_MMFAR]} if self._words[_CFSR] & _MMARVALID else {})

    def read(self, offset: int) -> int:
        return self._words[offset]

    def write(self, offset: int, value: int, mask: int) -> None:
        kept = ~value if offset in _CLEARED_BY_ONES else ~mask
        added = 0 if offset in _CLEARED_BY_ONES else value
        self._words[offset] = self._words[offset] & kept | added
