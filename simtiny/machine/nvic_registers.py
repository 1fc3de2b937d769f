"""The interrupt controller's registers as firmware sees them. Arm v7-M ARM, B3.4."""

from collections.abc import Callable

from simtiny.machine.nvic import FIRST_IRQ, IMPLEMENTED, Nvic
from simtiny.machine.system_register import MAINLINE, SystemRegister

_ISER, _ICER, _ISPR, _ICPR, _IABR, _IPR, _STIR = 0xE100, 0xE180, 0xE200, 0xE280, 0xE300, 0xE400, 0xEF00
_SETS = (_ISER, _ICER, _ISPR, _ICPR, _IABR)
_BYTES_A_SET = 0x80


class NvicRegisters:
    """Sets of interrupts, a bit each, and their priorities, a byte each. `reevaluate`: the next one may be another."""

    registers = (
        SystemRegister("NVIC_ISER", _ISER, words=32),
        SystemRegister("NVIC_ICER", _ICER, words=32),
        SystemRegister("NVIC_ISPR", _ISPR, words=32),
        SystemRegister("NVIC_ICPR", _ICPR, words=32),
        SystemRegister("NVIC_IABR", _IABR, MAINLINE, words=32),
        SystemRegister("NVIC_IPR", _IPR, words=124),
        SystemRegister("STIR", _STIR, MAINLINE),
    )

    def __init__(self, nvic: Nvic, reevaluate: Callable[[], None]) -> None:
        self._nvic, self._reevaluate = nvic, reevaluate

    def read(self, offset: int) -> int:
        nvic = self._nvic
        if offset == _STIR:
            return 0
        if offset >= _IPR:
            return nvic.priorities(offset - _IPR + FIRST_IRQ)
        held = {_ISER: nvic.enabled, _ICER: nvic.enabled, _ISPR: nvic.pending, _ICPR: nvic.pending, _IABR: nvic.active}
        return held[offset & ~(_BYTES_A_SET - 1)] >> _first(offset) & 0xFFFF_FFFF

    def write(self, offset: int, value: int, mask: int) -> None:
        nvic = self._nvic
        if offset == _STIR:
            nvic.pending |= 1 << (FIRST_IRQ + (value & 0x1FF)) & IMPLEMENTED
        elif offset >= _IPR:
            nvic.set_priorities(offset - _IPR + FIRST_IRQ, value, mask)
        else:
            self._write_set(offset & ~(_BYTES_A_SET - 1), value << _first(offset) & IMPLEMENTED)
        self._reevaluate()

    def _write_set(self, register: int, bits: int) -> None:
        nvic = self._nvic
        if register == _ISER:
            nvic.enabled |= bits
        elif register == _ICER:
            nvic.enabled &= ~bits
        elif register == _ISPR:
            nvic.pending |= bits
        elif register == _ICPR:
            nvic.pending = nvic.pending & ~bits | nvic.lines & bits & ~nvic.active


def _first(offset: int) -> int:
    """The exception of bit 0 in a word of a set."""
    return FIRST_IRQ + offset % _BYTES_A_SET * 8
