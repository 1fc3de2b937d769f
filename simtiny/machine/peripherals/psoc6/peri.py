"""PSoC 6 peripheral interconnect: dividers and the clock that each peripheral takes from them.

Register offsets and bits: Infineon mtb-pdl-cat1, devices/COMPONENT_CAT1A/include/ip/cyip_peri_v2.h; reset values:
psoc6_02.svd.
"""

from fractions import Fraction

import msgspec

from simtiny.machine.peripherals.psoc6.clocks import ClockBlock
from simtiny.machine.peripherals.registers import Register, Table
from simtiny.machine.peripherals.words import split

DIV_CMD, CLOCK_CTL, CLOCK_CTL_COUNT = 0x400, 0xC00, 256
DIVIDERS = (0x1000, 0x1400, 0x1800, 0x1C00)  # by TYPE_SEL: 8 bits, 16, 16.5, 24.5 (a fraction of five bits)
DIVIDERS_END = 0x2000
DIV_CMD_DISABLE, DIV_CMD_ENABLE = 1 << 30, 1 << 31
DIVIDER_ENABLED = 1 << 0
NO_DIVIDER = 0x3FF
REGISTERS = {
    "TIMEOUT_CTL": Register(0x200, 0xFFFF),
    "TR_CMD": Register(0x220),
    "DIV_CMD": Register(DIV_CMD, 0x03FF_03FF, pulse=DIV_CMD_DISABLE | DIV_CMD_ENABLE),
    **{f"CLOCK_CTL{n}": Register(CLOCK_CTL + 4 * n, NO_DIVIDER) for n in range(CLOCK_CTL_COUNT)},
}


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clocks`: how many peripherals' clocks there are (the largest PCLK_... number and one)."""

    clocks: int


class Peri(ClockBlock[Parameters]):
    """Kind "psoc6-peri". From the clock "peri" gives "pclk0", "pclk1"... Other registers read back what was written."""

    takes = Parameters
    table = Table(REGISTERS)
    follows = True

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        if DIVIDERS[0] <= word_offset < DIVIDERS_END:  # EN changes by command only
            value = value & ~DIVIDER_ENABLED | self._file.read(word_offset, 4) & DIVIDER_ENABLED
        self._file.write(offset, size, value)
        if word_offset == DIV_CMD:
            self._command(value)
        if word_offset == DIV_CMD or CLOCK_CTL <= word_offset < DIVIDERS_END:
            self._announce()

    def _command(self, value: int) -> None:
        """Start or stop a divider; it is done at once."""
        word_offset = DIVIDERS[value >> 8 & 3] + 4 * (value & 0xFF)
        if value & DIV_CMD_ENABLE:
            self._file.words[word_offset] = self._file.words.get(word_offset, 0) | DIVIDER_ENABLED
        elif value & DIV_CMD_DISABLE:
            self._file.words[word_offset] = self._file.words.get(word_offset, 0) & ~DIVIDER_ENABLED

    def clocks(self) -> dict[str, float]:
        """Of each peripheral; 0 where its divider is off."""
        return {f"pclk{n}": self._clock_hz(n) for n in range(self._given.clocks)}

    def _clock_hz(self, number: int) -> float:
        select = self._file[f"CLOCK_CTL{number}"] & NO_DIVIDER
        kind = select >> 8
        divider = self._file.words.get(DIVIDERS[kind] + 4 * (select & 0xFF), 0)
        if select == NO_DIVIDER or not divider & DIVIDER_ENABLED:
            return 0.0
        width = (8, 16, 16, 24)[kind]
        eighths = divider >> 3 & 0x1F if kind >= 2 else 0
        ratio = (divider >> 8 & (1 << width) - 1) + 1 + Fraction(eighths, 32)
        return float(Fraction(self._system.clock_hz.get("peri", 0.0)) / ratio)
