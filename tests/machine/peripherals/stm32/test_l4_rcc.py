import pytest

from simtiny.machine.peripherals.stm32.l4 import L4Rcc

CR, CFGR, PLLCFGR, AHB2ENR, CCIPR, BDCR, CSR = 0x00, 0x08, 0x0C, 0x4C, 0x88, 0x90, 0x94


@pytest.fixture
def rcc(system, config):
    return L4Rcc(config("stm32l4-rcc", hse_hz=8e6), system)


def test_starts_from_msi_at_4_mhz(rcc, system):
    assert rcc.read(CR, 4) == 0x63
    assert rcc.read(CSR, 4) == 0x0C000600
    assert {system.clock_hz[name] for name in ("core", "apb1", "apb2", "apb1_timer", "lpuart1")} == {4e6}


def test_pll_from_msi_to_120_mhz(rcc, system):
    """4 MHz / 1 * 60 / 2 = 120 MHz."""
    rcc.write(PLLCFGR, 4, 60 << 8 | 1 << 24 | 1)
    rcc.write(CR, 4, rcc.read(CR, 4) | 1 << 24)
    assert rcc.read(CR, 4) & 1 << 25
    assert system.clock_hz["core"] == 4e6
    rcc.write(CFGR, 4, 3)
    assert rcc.read(CFGR, 4) == 0b1111
    assert system.clock_hz["sysclk"] == system.clock_hz["core"] == 120e6


def test_prescalers_and_timer_doubling(rcc, system):
    """The clock settings of ST's submission for this board: HCLK 120, both buses / 16 = 7.5, timers 15 MHz."""
    rcc.write(PLLCFGR, 4, 60 << 8 | 1 << 24 | 1)
    rcc.write(CFGR, 4, 3 | 7 << 8 | 7 << 11)
    assert system.clock_hz["core"] == 120e6
    assert system.clock_hz["apb1"] == system.clock_hz["apb2"] == 7.5e6
    assert system.clock_hz["apb1_timer"] == system.clock_hz["apb2_timer"] == 15e6
    rcc.write(CFGR, 4, 3 | 8 << 4)  # HPRE / 2
    assert (system.clock_hz["sysclk"], system.clock_hz["core"], system.clock_hz["apb1_timer"]) == (120e6, 60e6, 60e6)


@pytest.mark.parametrize(
    ("pllcfgr", "hz"),
    [
        (2 | 0 << 4 | 10 << 8 | 1 << 24, 80e6),  # HSI 16 / 1 * 10 / 2
        (2 | 1 << 4 | 30 << 8 | 1 << 24, 120e6),  # HSI 16 / 2 * 30 / 2
        (3 | 0 << 4 | 20 << 8 | 1 << 24, 80e6),  # HSE 8 / 1 * 20 / 2
        (3 | 1 << 4 | 40 << 8 | 1 << 24 | 1 << 25, 40e6),  # HSE 8 / 2 * 40 / 4
    ],
)
def test_pll_sources_and_dividers(rcc, system, pllcfgr, hz):
    rcc.write(PLLCFGR, 4, pllcfgr)
    rcc.write(CFGR, 4, 3)
    assert system.clock_hz["core"] == hz


def test_hsi_and_hse_directly(rcc, system):
    rcc.write(CR, 4, 0x63 | 1 << 8 | 1 << 16)
    assert rcc.read(CR, 4) == 0x63 | 1 << 8 | 1 << 10 | 1 << 16 | 1 << 17
    rcc.write(CFGR, 4, 1)
    assert system.clock_hz["core"] == 16e6
    rcc.write(CFGR, 4, 2)
    assert system.clock_hz["core"] == 8e6


@pytest.mark.parametrize(("code", "hz"), [(0, 100e3), (4, 1e6), (6, 4e6), (7, 8e6), (9, 24e6), (11, 48e6)])
def test_msi_range_counts_once_selected(rcc, system, code, hz):
    rcc.write(CR, 4, code << 4 | 1)
    assert system.clock_hz["core"] == 4e6
    rcc.write(CR, 4, code << 4 | 1 << 3 | 1)
    assert system.clock_hz["core"] == hz


def test_msi_range_after_standby(rcc, system):
    rcc.write(CSR, 4, 5 << 8)
    assert system.clock_hz["core"] == 2e6


def test_serial_port_clocks(rcc, system):
    rcc.write(CFGR, 4, 1 | 5 << 8)  # HSI, APB1 / 4
    assert system.clock_hz["lpuart1"] == 4e6
    rcc.write(CCIPR, 4, 1 << 10 | 2 << 2 | 3 << 4)
    assert system.clock_hz["lpuart1"] == 16e6  # SYSCLK
    assert system.clock_hz["usart2"] == 16e6  # HSI16
    assert system.clock_hz["usart3"] == 32_768  # LSE


def test_stopped_system_clock_is_noted_not_obeyed(rcc, system):
    rcc.write(CFGR, 4, 3)  # the PLL's R output is off at reset
    assert system.clock_hz["core"] == 4e6
    assert len(system.notes) == 1


def test_low_speed_oscillators_are_ready(rcc):
    rcc.write(BDCR, 4, 1)
    assert rcc.read(BDCR, 4) == 3
    rcc.write(CSR, 1, 1)
    assert rcc.read(CSR, 1) == 3


def test_reset_flags_can_be_removed(rcc):
    rcc.write(CSR, 4, 0x600 | 1 << 23)
    assert rcc.read(CSR, 4) == 0x600


def test_board_without_external_oscillator(system, config):
    rcc = L4Rcc(config("stm32l4-rcc"), system)
    rcc.write(CR, 4, 0x63 | 1 << 16)
    assert rcc.read(CR, 4) & 1 << 17 == 0


def test_enables_read_back_and_the_unknown_is_noted(rcc, system):
    rcc.write(AHB2ENR, 4, 0x1FF)
    assert rcc.read(AHB2ENR, 4) == 0x1FF
    assert system.notes == []
    rcc.write(0x24, 4, 5)
    assert rcc.read(0x24, 4) == 5
    assert system.notes == ["BLOCK: unknown register 0x24 written"]
