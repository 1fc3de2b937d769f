"""PSoC 6 system resources: clock paths, FLL, PLLs and clock roots. Oscillators and locks are ready at once.

Register offsets and bits: Infineon mtb-pdl-cat1, devices/COMPONENT_CAT1A/include/ip/cyip_srss.h; reset values:
psoc6_02.svd; what selects what, and the formulas of FLL and PLL: drivers/include/cy_sysclk.h.
"""

import msgspec

from simtiny.machine.peripherals.psoc6.clocks import ClockBlock
from simtiny.machine.peripherals.registers import Register, Table, follows
from simtiny.machine.peripherals.words import split
from simtiny.notes import NoteKind

PATHS, ROOTS, PLLS = 16, 16, 15
# Reads of the power system once it is up: active mode, low-power mode ready, references up [PDL, cy_syspm.h].
PWR_CTL_UP = 0x2 | 1 << 5 | 1 << 19 | 1 << 31
REGISTERS = {
    "PWR_CTL": Register(0x000, always=PWR_CTL_UP),
    "PWR_HIBERNATE": Register(0x004),
    "PWR_LVD_CTL": Register(0x008),
    "PWR_BUCK_CTL": Register(0x014, 0x5),
    "PWR_BUCK_CTL2": Register(0x018),
    "WDT_CTL": Register(0x180, 0xC000_0001),
    "WDT_CNT": Register(0x184),
    "WDT_MATCH": Register(0x188, 0x1000),
    **{f"CLK_DSI_SELECT{n}": Register(0x300 + 4 * n) for n in range(PATHS)},
    **{f"CLK_PATH_SELECT{n}": Register(0x340 + 4 * n) for n in range(PATHS)},
    **{f"CLK_ROOT_SELECT{n}": Register(0x380 + 4 * n) for n in range(ROOTS)},
    "CLK_SELECT": Register(0x500),
    "CLK_TIMER_CTL": Register(0x504, 0x0007_0000),
    "CLK_ILO_CONFIG": Register(0x50C, 0x8000_0000),
    "CLK_IMO_CONFIG": Register(0x510, 0x8000_0000),
    "CLK_OUTPUT_FAST": Register(0x514),
    "CLK_OUTPUT_SLOW": Register(0x518),
    "CLK_CAL_CNT1": Register(0x51C, always=1 << 31),  # no measurement under way
    "CLK_CAL_CNT2": Register(0x520, writable=0),
    "CLK_ECO_CONFIG": Register(0x52C, 0x2),
    "CLK_ECO_STATUS": Register(0x530, writable=0),
    "CLK_PILO_CONFIG": Register(0x53C, 0x80),
    "CLK_MF_SELECT": Register(0x544),
    "CLK_MFO_CONFIG": Register(0x548),
    "CLK_FLL_CONFIG": Register(0x580, 0x0100_0000),
    "CLK_FLL_CONFIG2": Register(0x584, 0x0002_0001),
    "CLK_FLL_CONFIG3": Register(0x588, 0x2800),
    "CLK_FLL_CONFIG4": Register(0x58C, 0xFF),
    "CLK_FLL_STATUS": Register(0x590, writable=0),
    **{f"CLK_PLL_CONFIG{n}": Register(0x600 + 4 * n, 0x0002_0116) for n in range(PLLS)},
    **{f"CLK_PLL_STATUS{n}": Register(0x640 + 4 * n, writable=0) for n in range(PLLS)},
    "SRSS_INTR": Register(0x700, writable=0),
    "SRSS_INTR_SET": Register(0x704, writable=0),
    "SRSS_INTR_MASK": Register(0x708),
    "SRSS_INTR_MASKED": Register(0x70C, writable=0),
    "SRSS_INTR_CFG": Register(0x710),
    "RES_CAUSE": Register(0x800, clear=0xFFFF_FFFF),
    "RES_CAUSE2": Register(0x804, clear=0xFFFF_FFFF),
    "PWR_TRIM_REF_CTL": Register(0x7F00, 0x70F0_0000),
    "PWR_TRIM_BODOVP_CTL": Register(0x7F04, 0x0004_0D04),
    "CLK_TRIM_CCO_CTL": Register(0x7F08, 0xA700_0020),
    "CLK_TRIM_CCO_CTL2": Register(0x7F0C, 0x0088_4110),
    "PWR_TRIM_WAKE_CTL": Register(0x7F30),
    "PWR_TRIM_LVD_CTL": Register(0xFF10, 0x20),
    "CLK_TRIM_ILO_CTL": Register(0xFF18, 0x2C),
    "PWR_TRIM_PWRSYS_CTL": Register(0xFF1C, 0x17),
    "CLK_TRIM_ECO_CTL": Register(0xFF20, 0x001F_0003),
    "CLK_TRIM_PILO_CTL": Register(0xFF24, 0x0108_500F),
    "CLK_TRIM_PILO_CTL2": Register(0xFF28, 0x00DA_10E0),
    "CLK_TRIM_PILO_CTL3": Register(0xFF2C, 0x4800),
}
FOLLOWS = (
    "CLK_ECO_CONFIG[31] -> CLK_ECO_STATUS[0]",  # ECO_OK
    "CLK_ECO_CONFIG[31] -> CLK_ECO_STATUS[1]",  # ECO_READY
    "CLK_FLL_CONFIG[31] -> CLK_FLL_STATUS[0]",  # LOCKED
    "CLK_FLL_CONFIG4[31] -> CLK_FLL_STATUS[2]",  # CCO_READY
    *(f"CLK_PLL_CONFIG{n}[31] -> CLK_PLL_STATUS{n}[0]" for n in range(PLLS)),  # LOCKED
)
MCWDT, MCWDT_END = 0x200, 0x300  # four multi-counter watchdogs

ENABLE = 1 << 31
IMO, EXTCLK, ECO, ALTHF, DSI = range(5)  # CLK_PATH_SELECT.PATH_MUX
ILO, WCO, ALTLF, PILO = 16, 17, 18, 19  # CLK_DSI_SELECT.DSI_MUX
LOW_FREQUENCY = (ILO, WCO, ALTLF, PILO)  # by CLK_SELECT.LFCLK_SEL
BYPASS_REFERENCE = 2  # CLK_FLL_CONFIG3.BYPASS_SEL and CLK_PLL_CONFIG.BYPASS_SEL; 0 and 1 choose by lock, 3 the output


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Frequencies in hertz of the oscillators, 0 for those that the board doesn't have.

    Defaults: the nominal internal oscillators (PSoC 62 data sheet: IMO 8 MHz, ILO and PILO 32 kHz).
    """

    imo_hz: float = 8e6
    ilo_hz: float = 32e3
    pilo_hz: float = 32_768.0
    eco_hz: float = 0.0
    wco_hz: float = 0.0
    external_hz: float = 0.0


class Srss(ClockBlock[Parameters]):
    """Kind "psoc6-srss". Gives the clocks "hf0" to "hf15" and "lf"."""

    takes = Parameters
    table = Table(REGISTERS, follows(*FOLLOWS))

    def read(self, offset: int, size: int) -> int:
        if MCWDT <= offset < MCWDT_END:
            self._note_watchdogs()
        return self._file.read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        word_offset = split(offset)[0]
        if MCWDT <= word_offset < MCWDT_END:
            self._note_watchdogs()
            self._file.write(offset, size, value)
        else:
            super().write(offset, size, value)
        if 0x300 <= word_offset < 0x640:
            self._announce()

    def _note_watchdogs(self) -> None:
        self._note(NoteKind.UNMODELLED, "the multi-counter watchdogs (MCWDT) stand still")

    def clocks(self) -> dict[str, float]:
        """Of each root, and the low-frequency clock."""
        clock_hz = {f"hf{root}": self._root(root) for root in range(ROOTS)}
        clock_hz["lf"] = self._oscillator(LOW_FREQUENCY[self._file["CLK_SELECT"] & 3])
        return clock_hz

    def _root(self, root: int) -> float:
        select = self._file[f"CLK_ROOT_SELECT{root}"]
        if root and not select & ENABLE:  # the root of the processors is always on
            return 0.0
        return self._path(select & 0xF) / (1 << (select >> 4 & 3))

    def _path(self, path: int) -> float:
        """Path 0 has the FLL, the next ones a PLL each."""
        select = self._file[f"CLK_PATH_SELECT{path}"] & 7
        reference_hz = self._oscillator(self._file[f"CLK_DSI_SELECT{path}"] & 0x1F if select == DSI else select)
        if path == 0:
            config = self._file["CLK_FLL_CONFIG"]
            divider = (self._file["CLK_FLL_CONFIG2"] & 0x1FFF) * ((config >> 24 & 1) + 1)
            return self._locked(reference_hz, config, self._file["CLK_FLL_CONFIG3"], config & 0x3_FFFF, divider)
        config = self._file[f"CLK_PLL_CONFIG{path - 1}"]
        return self._locked(reference_hz, config, config, config & 0x7F, (config >> 8 & 0x1F) * (config >> 16 & 0x1F))

    def _locked(self, reference_hz: float, enable: int, bypass: int, multiplier: int, divider: int) -> float:
        """What leaves a multiplier: its own frequency or, bypassed, the reference."""
        if not enable & ENABLE or bypass >> 28 & 3 == BYPASS_REFERENCE or divider == 0:
            return reference_hz
        return reference_hz * multiplier / divider

    def _oscillator(self, select: int) -> float:
        given = self._given
        frequencies = {
            IMO: given.imo_hz, EXTCLK: given.external_hz, ECO: given.eco_hz,
            ILO: given.ilo_hz, WCO: given.wco_hz, PILO: given.pilo_hz,
        }  # fmt: skip
        return frequencies.get(select, 0.0)
