"""PSoC 6 CPU subsystem: the dividers between clock root 0 and the processors, and their status.

Register offsets and bits: Infineon mtb-pdl-cat1, devices/COMPONENT_CAT1A/include/ip/cyip_cpuss_v2.h; reset values:
psoc6_02.svd.
"""

from simtiny.machine.peripherals.block import NoParameters
from simtiny.machine.peripherals.psoc6.clocks import ClockBlock
from simtiny.machine.peripherals.registers import Register, Table
from simtiny.notes import NoteKind

RAM_MACROS = 16
REGISTERS = {
    # Privileged, secure, protection context 0; bus master 14 is the CM4 (CPUSS_MS_ID_CM4, psoc6_02_config.h).
    "IDENTITY": Register(0x0000, 0xE01, writable=0),
    "CM4_STATUS": Register(0x0004, 1 << 4, writable=0),  # awake, PWR_DONE
    "CM4_CLOCK_CTL": Register(0x0008, fields={"FAST_INT_DIV": (8, 8)}),
    "CM4_CTL": Register(0x000C),
    "CM4_VECTOR_TABLE_BASE": Register(0x0200),
    **{f"CM4_NMI_CTL{n}": Register(0x0240 + 4 * n, 0x3FF) for n in range(4)},
    "UDB_PWR_CTL": Register(0x0300, 0xFA05_0001),
    "UDB_PWR_DELAY_CTL": Register(0x0304, 0x12C),
    "CM0_CTL": Register(0x1000, 0xFA05_0002),
    "CM0_STATUS": Register(0x1004, 3, writable=0),  # in deep sleep, once it has started the CM4
    "CM0_CLOCK_CTL": Register(0x1008, fields={"PERI_INT_DIV": (24, 8)}),
    "CM4_PWR_CTL": Register(0x1200, 0xFA05_0003),  # enabled by the CM0+
    "CM4_PWR_DELAY_CTL": Register(0x1204, 0x12C),
    "RAM0_CTL0": Register(0x1300, 0x0003_0001),
    "RAM0_STATUS": Register(0x1304, 1, writable=0),
    **{f"RAM0_PWR_MACRO_CTL{n}": Register(0x1340 + 4 * n, 0xFA05_0003) for n in range(RAM_MACROS)},
    "RAM1_CTL0": Register(0x1380, 0x0003_0001),
    "RAM1_STATUS": Register(0x1384, 1, writable=0),
    "RAM1_PWR_CTL": Register(0x1388, 0xFA05_0003),
    "RAM2_CTL0": Register(0x13A0, 0x0003_0001),
    "RAM2_STATUS": Register(0x13A4, 1, writable=0),
    "RAM2_PWR_CTL": Register(0x13A8, 0xFA05_0003),
    "RAM_PWR_DELAY_CTL": Register(0x13C0, 0x96),
    "ROM_CTL": Register(0x13C4, 1),
    "ECC_CTL": Register(0x13C8),
    "DP_STATUS": Register(0x1410, 4, writable=0),
    "AP_CTL": Register(0x1414),
    "BUFF_CTL": Register(0x1500, 1),
    "SYSTICK_CTL": Register(0x1600, 0x4000_0147),
    "CAL_SUP_SET": Register(0x1800),
    "CAL_SUP_CLR": Register(0x1804),
    "PROTECTION": Register(0x20C4, 2, writable=0),  # NORMAL [PDL, cy_syslib.h]
    "TRIM_ROM_CTL": Register(0x2100),
    "TRIM_RAM_CTL": Register(0x2104),
}
RAM_CONTROLS = ("RAM0_CTL0", "RAM1_CTL0", "RAM2_CTL0")
FAST_WAIT_STATES = 3 << 8  # RAMx_CTL0.FAST_WS, for masters on the fast clock


class Cpuss(ClockBlock[NoParameters]):
    """Kind "psoc6-cpuss". From the clock "hf0" gives "core" (the CM4's) and "peri"."""

    takes = NoParameters
    table = Table(REGISTERS)
    follows = True

    def write(self, offset: int, size: int, value: int) -> None:
        super().write(offset, size, value)
        if any(self._file[name] & FAST_WAIT_STATES for name in RAM_CONTROLS):
            self._note(NoteKind.UNMODELLED, "wait states of RAM on the fast clock are not modelled")
        self._announce()

    def clocks(self) -> dict[str, float]:
        """Empty while the root stands still."""
        root_hz = self._system.clock_hz.get("hf0", 0.0)
        if not root_hz:
            return {}
        return {
            "core": root_hz / (self._file.field("CM4_CLOCK_CTL", "FAST_INT_DIV") + 1),
            "peri": root_hz / (self._file.field("CM0_CLOCK_CTL", "PERI_INT_DIV") + 1),
        }
