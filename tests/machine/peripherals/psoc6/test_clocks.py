"""From oscillator to peripheral clock: SRSS, CPUSS and PERI in a row."""

import pytest

from simtiny.machine.peripherals.psoc6.cpuss import Cpuss
from simtiny.machine.peripherals.psoc6.peri import Peri
from simtiny.machine.peripherals.psoc6.srss import Srss

PATH_SELECT, ROOT_SELECT, DSI_SELECT, CLK_SELECT = 0x340, 0x380, 0x300, 0x500
FLL_CONFIG, FLL_CONFIG2, FLL_CONFIG3, FLL_CONFIG4, FLL_STATUS = 0x580, 0x584, 0x588, 0x58C, 0x590
PLL_CONFIG, PLL_STATUS = 0x600, 0x640
CM4_CLOCK_CTL, CM0_CLOCK_CTL = 0x0008, 0x1008
DIV_CMD, CLOCK_CTL, DIV_8, DIV_16, DIV_16_5 = 0x400, 0xC00, 0x1000, 0x1400, 0x1800
ENABLE = 1 << 31


@pytest.fixture
def srss(system, config):
    return Srss(config("psoc6-srss", wco_hz=32_768.0), system)


@pytest.fixture
def cpuss(system, config, srss):
    return Cpuss(config("psoc6-cpuss"), system)


@pytest.fixture
def peri(system, config, cpuss):
    return Peri(config("psoc6-peri", clocks=8), system)


def at_150_mhz(srss):
    """PLL 0 on path 1: 8 MHz * 75 / (1 * 4)."""
    srss.write(PLL_CONFIG, 4, ENABLE | 4 << 16 | 1 << 8 | 75)
    srss.write(ROOT_SELECT, 4, 1)


def test_reset_clocks(srss, cpuss, peri, system):
    assert system.clock_hz["hf0"] == system.clock_hz["core"] == system.clock_hz["peri"] == 8e6
    assert system.clock_hz["hf1"] == system.clock_hz["pclk0"] == 0
    assert system.clock_hz["lf"] == 32e3


def test_pll_locks_and_drives_the_root(srss, system):
    at_150_mhz(srss)
    assert srss.read(PLL_STATUS, 4) & 1
    assert system.clock_hz["hf0"] == 150e6
    srss.write(PLL_CONFIG, 4, ENABLE | 2 << 28 | 4 << 16 | 1 << 8 | 75)  # bypassed
    assert system.clock_hz["hf0"] == 8e6


def test_fll(srss, system):
    """8 MHz * 500 / 20 / 2 = 100 MHz."""
    srss.write(FLL_CONFIG2, 4, 20)
    srss.write(FLL_CONFIG4, 4, ENABLE)
    srss.write(FLL_CONFIG, 4, ENABLE | 1 << 24 | 500)
    assert srss.read(FLL_STATUS, 4) & 5 == 5
    assert system.clock_hz["hf0"] == 100e6
    srss.write(FLL_CONFIG3, 4, 2 << 28)
    assert system.clock_hz["hf0"] == 8e6


def test_root_divider_and_other_roots(srss, system):
    at_150_mhz(srss)
    srss.write(ROOT_SELECT + 4, 4, ENABLE | 1 << 4 | 1)
    assert system.clock_hz["hf1"] == 75e6
    srss.write(ROOT_SELECT + 4, 4, 1 << 4 | 1)
    assert system.clock_hz["hf1"] == 0


def test_slow_oscillators(srss, system):
    srss.write(CLK_SELECT, 4, 1)
    assert system.clock_hz["lf"] == 32_768
    srss.write(DSI_SELECT + 8, 4, 17)
    srss.write(PATH_SELECT + 8, 4, 4)  # path 2 takes the crystal
    srss.write(ROOT_SELECT + 8, 4, ENABLE | 2)
    assert system.clock_hz["hf2"] == 32_768


def test_processor_dividers(srss, cpuss, system):
    at_150_mhz(srss)
    system.run_to(1)
    assert system.clock_hz["core"] == 150e6
    cpuss.write(CM4_CLOCK_CTL, 4, 2 << 8)
    cpuss.write(CM0_CLOCK_CTL, 4, 1 << 24)
    assert system.clock_hz["core"] == 50e6
    assert system.clock_hz["peri"] == 75e6
    assert system.deadlines == [1, 1]
    system.run_to(2)
    assert system.deadlines == []


def test_peripheral_dividers(srss, cpuss, peri, system):
    at_150_mhz(srss)
    cpuss.write(CM0_CLOCK_CTL, 4, 1 << 24)
    peri.write(DIV_8 + 4, 4, 9 << 8)
    peri.write(CLOCK_CTL + 4 * 5, 4, 1)  # clock 5: 8-bit divider 1
    system.run_to(1)
    assert system.clock_hz["pclk5"] == 0
    peri.write(DIV_CMD, 4, ENABLE | 0x03FF_0000 | 1)
    assert peri.read(DIV_CMD, 4) & ENABLE == 0
    assert system.clock_hz["pclk5"] == 7.5e6
    peri.write(DIV_CMD, 4, 1 << 30 | 0x03FF_0000 | 1)
    assert system.clock_hz["pclk5"] == 0


def test_divider_keeps_its_enable_bit_and_follows_the_root(srss, cpuss, peri, system):
    peri.write(DIV_CMD, 4, ENABLE | 1 << 8)
    peri.write(CLOCK_CTL, 4, 1 << 8)
    peri.write(DIV_16, 4, 999 << 8)
    assert peri.read(DIV_16, 4) == 999 << 8 | 1
    assert system.clock_hz["pclk0"] == 8e3
    at_150_mhz(srss)
    system.run_to(1)
    assert system.clock_hz["pclk0"] == 150e3


def test_fractional_divider(srss, cpuss, peri, system):
    peri.write(DIV_CMD, 4, ENABLE | 2 << 8)
    peri.write(CLOCK_CTL + 4, 4, 2 << 8)
    peri.write(DIV_16_5, 4, 3 << 8 | 16 << 3)  # 4 + 16/32
    assert system.clock_hz["pclk1"] == pytest.approx(8e6 / 4.5)


def test_ram_wait_states_are_noted(cpuss, system):
    cpuss.write(0x1300, 4, 0x0003_0001)
    assert system.notes == []
    cpuss.write(0x1300, 4, 0x0003_0101)
    assert system.notes == ["BLOCK: wait states of RAM on the fast clock are not modelled"]


def test_watchdog_counters_are_noted(srss, system):
    srss.read(0x204, 4)
    assert system.notes == ["BLOCK: the multi-counter watchdogs (MCWDT) stand still"]
