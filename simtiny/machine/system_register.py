"""Registers of a core's private peripheral bus as rows of a table: where each is, and which cores have it.

Which: Armv6-M ARM B3 and C1, Armv7-M ARM B3 and C1, Armv8-M ARM D1, from memory [unchecked] but for the offsets.
"""

from dataclasses import dataclass
from typing import Protocol

from simtiny.cores import CORE_FACTS

ALL = frozenset(CORE_FACTS)
CORTEX_M7 = frozenset({"cortex-m7"})
ARMV8 = frozenset({"cortex-m33"})
MAINLINE = ALL - {"cortex-m0", "cortex-m0plus"}
"""All but Armv6-M."""
WITH_FPU = MAINLINE - {"cortex-m3"}
DEVICES_ALIGNED = frozenset({"cortex-m7", "cortex-m33"})
"""Where an unaligned access to Device memory faults: Cortex-M7 TRM, Armv8-M ARM. On others it becomes several."""
WITH_MPU = ALL - {"cortex-m0"}
WITH_VTOR = ALL - {"cortex-m0"}


@dataclass(frozen=True)
class SystemRegister:
    """`words` registers of one name, from `offset` of the bus on, that `cores` have.

    `inert`: without behaviour here; it reads back what was written.
    """

    name: str
    offset: int
    cores: frozenset[str] = ALL
    words: int = 1
    inert: bool = False

    def is_in(self, core: str) -> bool:
        """Whether this core has it."""
        return core in self.cores

    @property
    def offsets(self) -> range:
        """In bytes."""
        return range(self.offset, self.offset + 4 * self.words, 4)


class SystemBlock(Protocol):
    """A part of the bus that answers for some of its registers."""

    @property
    def registers(self) -> tuple[SystemRegister, ...]: ...

    def read(self, offset: int) -> int:
        """The word at `offset` of the bus."""
        ...

    def write(self, offset: int, value: int, mask: int) -> None:
        """The bits of `mask` in the word at `offset` are written; the others of `value` are zero."""
        ...


def inert(name: str, offset: int, cores: frozenset[str] = ALL, words: int = 1) -> SystemRegister:
    """One without behaviour."""
    return SystemRegister(name, offset, cores, words, inert=True)


class InertRegisters:
    """A unit of such registers. It takes any offset."""

    def __init__(self, registers: tuple[SystemRegister, ...]) -> None:
        self.registers = registers
        self._words: dict[int, int] = {}

    def read(self, offset: int) -> int:
        return self._words.get(offset, 0)

    def write(self, offset: int, value: int, mask: int) -> None:
        self._words[offset] = self._words.get(offset, 0) & ~mask | value


INERT = (
    inert("ITM_TER", 0x0E00, MAINLINE),
    inert("ITM_TPR", 0x0E40, MAINLINE),
    inert("ITM_TCR", 0x0E80, MAINLINE),
    inert("ITM_LAR", 0x0FB0, MAINLINE),
    inert("DWT_CPICNT", 0x1008, MAINLINE),
    inert("DWT_EXCCNT", 0x100C, MAINLINE),
    inert("DWT_SLEEPCNT", 0x1010, MAINLINE),
    inert("DWT_LSUCNT", 0x1014, MAINLINE),
    inert("DWT_FOLDCNT", 0x1018, MAINLINE),
    inert("DWT_PCSR", 0x101C),
    inert("DWT_COMP", 0x1020, words=16),  # COMPn, MASKn and FUNCTIONn of four comparators
    inert("DWT_LAR", 0x1FB0, MAINLINE),
    inert("FP_CTRL", 0x2000),
    inert("FP_REMAP", 0x2004),
    inert("FP_COMP", 0x2008, words=8),
    inert("ICTR", 0xE004, MAINLINE),
    inert("ACTLR", 0xE008),
    inert("DFSR", 0xED30),
    inert("AFSR", 0xED3C, MAINLINE),
    inert("ID", 0xED40, MAINLINE, words=14),  # ID_PFR0 to ID_ISAR5
    inert("CLIDR", 0xED78, CORTEX_M7 | ARMV8),
    inert("CTR", 0xED7C, CORTEX_M7 | ARMV8),
    inert("CCSIDR", 0xED80, CORTEX_M7 | ARMV8),
    inert("CSSELR", 0xED84, CORTEX_M7 | ARMV8),
    inert("SAU", 0xEDD0, ARMV8, words=5),
    inert("DHCSR", 0xEDF0),
    inert("DCRSR", 0xEDF4),
    inert("DCRDR", 0xEDF8),
    inert("FPDSCR", 0xEF3C, WITH_FPU),
    inert("MVFR", 0xEF40, WITH_FPU, words=3),
    inert("TPIU", 0x4_0000, words=1024),
    inert("ETM", 0x4_1000, MAINLINE, words=1024),
)
"""Identification, debug and trace."""
