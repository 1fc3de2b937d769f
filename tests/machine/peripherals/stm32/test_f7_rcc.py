import pytest

from simtiny.machine.peripherals.stm32.f7 import F7Rcc

CR, PLLCFGR, CFGR, APB1ENR, BDCR, CSR, DCKCFGR1, DCKCFGR2 = 0x00, 0x04, 0x08, 0x40, 0x70, 0x74, 0x8C, 0x90
PLL_216 = 25 | 432 << 6 | 0 << 16 | 1 << 22 | 9 << 24  # HSE 25 / 25 * 432 / 2


@pytest.fixture
def rcc(system, config):
    return F7Rcc(config("stm32f7-rcc", hse_hz=25e6), system)


def test_starts_from_hsi_at_16_mhz(rcc, system):
    assert rcc.read(CR, 4) == 0x83
    assert {system.clock_hz[name] for name in ("core", "apb1", "apb2", "apb1_timer", "usart1")} == {16e6}


def test_pll_to_216_mhz(rcc, system):
    rcc.write(PLLCFGR, 4, PLL_216)
    rcc.write(CR, 4, 0x83 | 1 << 16 | 1 << 24)
    assert rcc.read(CR, 4) == 0x83 | 3 << 16 | 3 << 24
    rcc.write(CFGR, 4, 2 | 5 << 10 | 4 << 13)  # APB1 / 4, APB2 / 2
    assert rcc.read(CFGR, 4) & 0xF == 0b1010
    clocks = system.clock_hz
    assert (clocks["core"], clocks["apb1"], clocks["apb2"]) == (216e6, 54e6, 108e6)
    assert (clocks["apb1_timer"], clocks["apb2_timer"]) == (108e6, 216e6)
    assert system.notes == []


def test_timer_prescaler_bit(rcc, system):
    """With TIMPRE timers run at four times their bus, at most at HCLK."""
    rcc.write(DCKCFGR1, 4, 1 << 24)
    rcc.write(CFGR, 4, 5 << 10 | 6 << 13)  # APB1 / 4, APB2 / 8
    assert (system.clock_hz["apb1_timer"], system.clock_hz["apb2_timer"]) == (16e6, 8e6)
    rcc.write(CFGR, 4, 4 << 10)  # APB1 / 2
    assert system.clock_hz["apb1_timer"] == 16e6


@pytest.mark.parametrize(
    ("pllcfgr", "hz"),
    [
        (16 | 200 << 6 | 1 << 16, 50e6),  # HSI 16 / 16 * 200 / 4
        (8 | 100 << 6 | 3 << 16, 25e6),  # HSI 16 / 8 * 100 / 8
        (25 | 336 << 6 | 2 << 16 | 1 << 22, 56e6),  # HSE 25 / 25 * 336 / 6
    ],
)
def test_pll_sources_and_dividers(rcc, system, pllcfgr, hz):
    rcc.write(PLLCFGR, 4, pllcfgr)
    rcc.write(CFGR, 4, 2 | 9 << 4)  # HCLK / 4
    assert (system.clock_hz["sysclk"], system.clock_hz["core"]) == (hz, hz / 4)


def test_serial_port_clocks(rcc, system):
    rcc.write(CFGR, 4, 1 | 5 << 10 | 4 << 13)  # HSE, APB1 / 4, APB2 / 2
    assert (system.clock_hz["usart1"], system.clock_hz["usart3"]) == (12.5e6, 6.25e6)
    rcc.write(DCKCFGR2, 4, 1 << 0 | 2 << 4 | 3 << 12)
    assert system.clock_hz["usart1"] == 25e6  # SYSCLK
    assert system.clock_hz["usart3"] == 16e6  # HSI
    assert system.clock_hz["uart7"] == 32_768  # LSE


def test_forbidden_divider_is_noted_not_obeyed(rcc, system):
    rcc.write(PLLCFGR, 4, 432 << 6)
    rcc.write(CFGR, 4, 2)
    assert system.clock_hz["core"] == 16e6
    assert len(system.notes) == 1


def test_low_speed_oscillators_and_reset_flags(rcc):
    rcc.write(BDCR, 4, 1)
    assert rcc.read(BDCR, 4) == 3
    assert rcc.read(CSR, 4) == 0x0E000000
    rcc.write(CSR, 4, 1 | 1 << 24)
    assert rcc.read(CSR, 4) == 3


def test_board_without_external_oscillator(system, config):
    rcc = F7Rcc(config("stm32f7-rcc"), system)
    rcc.write(CR, 4, 0x83 | 1 << 16)
    assert rcc.read(CR, 4) & 1 << 17 == 0


def test_enables_read_back_and_the_unknown_is_noted(rcc, system):
    rcc.write(APB1ENR, 4, 0x1000_0001)
    assert rcc.read(APB1ENR, 4) == 0x1000_0001
    assert system.notes == []
    rcc.write(0x1C, 4, 5)
    assert system.notes == ["BLOCK: unknown register 0x1c written"]
