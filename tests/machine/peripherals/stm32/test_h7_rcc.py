import pytest

from simtiny.machine.peripherals.stm32.h7 import H7Rcc

CR, CFGR, CDCFGR1, CDCFGR2, SRDCFGR = 0x00, 0x10, 0x18, 0x1C, 0x20
PLLCKSELR, PLLCFGR, PLL1DIVR, PLL1FRACR, PLL2DIVR = 0x28, 0x2C, 0x30, 0x34, 0x38
CDCCIP2R, SRDCCIPR, BDCR, CSR, RSR, AHB4ENR = 0x54, 0x58, 0x70, 0x74, 0x130, 0x140


@pytest.fixture
def rcc(system, config):
    return H7Rcc(config("stm32h7-rcc", hse_hz=8e6), system)


def test_starts_from_hsi_at_64_mhz(rcc, system):
    names = ("core", "axi", "apb1", "apb2", "apb3", "apb4", "apb1_timer", "usart3", "lpuart1")
    assert {system.clock_hz[name] for name in names} == {64e6}
    assert rcc.read(CR, 4) == 0xC025


def test_280_mhz_as_st_programs_it(rcc, system):
    """ST's submission: HSI 64 / 4 * 35 / 2 = 280 MHz, every bus / 16 = 17.5 MHz, its timers 35 MHz."""
    rcc.write(PLLCKSELR, 4, 0 | 4 << 4)
    rcc.write(PLL1DIVR, 4, 34 | 1 << 9 | 7 << 16 | 1 << 24)
    rcc.write(PLLCFGR, 4, 1 << 16)
    rcc.write(CR, 4, 0x25 | 1 << 24)
    assert rcc.read(CR, 4) & 1 << 25
    rcc.write(CDCFGR1, 4, 7 << 4)
    rcc.write(CDCFGR2, 4, 7 << 4 | 7 << 8)
    rcc.write(SRDCFGR, 4, 7 << 4)
    rcc.write(CFGR, 4, 3)
    assert rcc.read(CFGR, 4) == 3 | 3 << 3
    clocks = system.clock_hz
    assert (clocks["sysclk"], clocks["core"], clocks["axi"]) == (280e6, 280e6, 280e6)
    assert {clocks[f"apb{number}"] for number in (1, 2, 3, 4)} == {17.5e6}
    assert {clocks["apb1_timer"], clocks["apb2_timer"]} == {35e6}
    assert clocks["usart3"] == 17.5e6
    assert system.notes == []


def test_hse_fraction_and_dividers(rcc, system):
    """HSE 8 / 2 * (49 + 4096 / 8192) / 3 = 66 MHz; FRACEN off: 8 / 2 * 49 / 3."""
    rcc.write(PLLCKSELR, 4, 2 | 2 << 4)
    rcc.write(PLL1DIVR, 4, 48 | 2 << 9)
    rcc.write(PLL1FRACR, 4, 4096 << 3)
    rcc.write(PLLCFGR, 4, 1 << 16 | 1)
    rcc.write(CFGR, 4, 3)
    assert system.clock_hz["core"] == 66e6
    rcc.write(PLLCFGR, 4, 1 << 16)
    assert system.clock_hz["core"] == pytest.approx(196e6 / 3)


def test_buses_at_half_the_cores_clock(rcc, system):
    rcc.write(CDCFGR1, 4, 8)  # HPRE / 2
    assert (system.clock_hz["core"], system.clock_hz["axi"], system.clock_hz["apb1_timer"]) == (64e6, 32e6, 32e6)
    assert not system.notes
    rcc.write(CDCFGR1, 4, 8 << 8)  # CDCPRE / 2 divides both
    assert (system.clock_hz["core"], system.clock_hz["axi"]) == (32e6, 32e6)


def test_hsi_divider_and_the_other_oscillators(rcc, system):
    rcc.write(CR, 4, 1 | 2 << 3)
    assert system.clock_hz["core"] == 16e6
    rcc.write(CR, 4, 1 | 1 << 7 | 1 << 12 | 1 << 16)
    assert rcc.read(CR, 4) == 1 | 1 << 2 | 1 << 5 | 3 << 7 | 3 << 12 | 3 << 14 | 3 << 16
    rcc.write(CFGR, 4, 1)
    assert system.clock_hz["core"] == 4e6
    rcc.write(CFGR, 4, 2)
    assert system.clock_hz["core"] == 8e6


def test_timer_prescaler_bit(rcc, system):
    rcc.write(CDCFGR2, 4, 5 << 4 | 6 << 8)  # APB1 / 4, APB2 / 8
    assert (system.clock_hz["apb1_timer"], system.clock_hz["apb2_timer"]) == (32e6, 16e6)
    rcc.write(CFGR, 4, 1 << 15)
    assert (system.clock_hz["apb1_timer"], system.clock_hz["apb2_timer"]) == (64e6, 32e6)


def test_serial_port_clocks(rcc, system):
    rcc.write(CDCFGR2, 4, 4 << 4 | 5 << 8)  # APB1 / 2, APB2 / 4
    assert (system.clock_hz["usart3"], system.clock_hz["usart1"]) == (32e6, 16e6)
    rcc.write(PLLCKSELR, 4, 2 | 1 << 12)  # PLL2: HSE 8 / 1 * 25 / 4 = 50 MHz at its output Q
    rcc.write(PLL2DIVR, 4, 24 | 3 << 16)
    rcc.write(PLLCFGR, 4, 1 << 20)
    rcc.write(CDCCIP2R, 4, 1 | 3 << 3)
    rcc.write(SRDCCIPR, 4, 5)
    assert system.clock_hz["usart3"] == 50e6
    assert system.clock_hz["usart1"] == 64e6  # HSI
    assert system.clock_hz["lpuart1"] == 32_768  # LSE


def test_stopped_system_clock_is_noted_not_obeyed(rcc, system):
    rcc.write(PLLCFGR, 4, 0)
    rcc.write(CFGR, 4, 3)
    assert system.clock_hz["core"] == 64e6
    assert len(system.notes) == 1


def test_low_speed_oscillators_and_reset_flags(rcc):
    rcc.write(BDCR, 4, 1)
    rcc.write(CSR, 4, 1)
    assert (rcc.read(BDCR, 4), rcc.read(CSR, 4)) == (3, 3)
    assert rcc.read(RSR, 4) != 0
    rcc.write(RSR, 4, 1 << 16)
    assert rcc.read(RSR, 4) == 0


def test_enables_read_back_and_the_unknown_is_noted(rcc, system):
    rcc.write(AHB4ENR, 4, 0x8)
    assert rcc.read(AHB4ENR, 4) == 0x8
    assert system.notes == []
    rcc.write(0x24, 4, 5)
    assert system.notes == ["BLOCK: unknown register 0x24 written"]
