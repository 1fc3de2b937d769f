import pytest

from simtiny.machine.peripherals.stm32.g0 import G0Rcc

CR, CFGR, PLLCFGR, CICR, IOPENR, CCIPR, BDCR, CSR = 0x00, 0x08, 0x0C, 0x20, 0x34, 0x54, 0x5C, 0x60
PLL_ON, PLL_R_ON = 1 << 24, 1 << 28


@pytest.fixture
def rcc(system, config):
    return G0Rcc(config("stm32g0-rcc", hse_hz=8e6), system)


def test_starts_from_hsi_at_16_mhz(rcc, system):
    assert rcc.read(CR, 4) == 0x500
    assert {system.clock_hz[name] for name in ("sysclk", "core", "apb", "apb_timer", "usart2")} == {16e6}


def test_hsi_divider(rcc, system):
    rcc.write(CR, 4, 0x500 | 3 << 11)
    assert system.clock_hz["core"] == 2e6


def test_pll_from_hsi_to_64_mhz(rcc, system):
    """16 MHz / 1 * 8 / 2 = 64 MHz."""
    rcc.write(PLLCFGR, 4, 2 | 0 << 4 | 8 << 8 | PLL_R_ON | 1 << 29)
    rcc.write(CR, 4, rcc.read(CR, 4) | PLL_ON)
    assert rcc.read(CR, 4) & 1 << 25
    assert system.clock_hz["core"] == 16e6
    rcc.write(CFGR, 4, 2)
    assert rcc.read(CFGR, 4) == 2 | 2 << 3
    assert system.clock_hz["sysclk"] == system.clock_hz["core"] == system.clock_hz["apb_timer"] == 64e6


@pytest.mark.parametrize(
    ("pllcfgr", "hz"),
    [
        (2 | 3 << 4 | 24 << 8 | PLL_R_ON | 2 << 29, 32e6),  # HSI 16 / 4 * 24 / 3
        (3 | 0 << 4 | 16 << 8 | PLL_R_ON | 1 << 29, 64e6),  # HSE 8 / 1 * 16 / 2
    ],
)
def test_pll_sources_and_dividers(rcc, system, pllcfgr, hz):
    rcc.write(PLLCFGR, 4, pllcfgr)
    rcc.write(CFGR, 4, 2)
    assert system.clock_hz["core"] == hz


def test_prescalers_and_timer_doubling(rcc, system):
    rcc.write(CFGR, 4, 8 << 8 | 5 << 12)  # HPRE / 2, PPRE / 4
    clocks = system.clock_hz
    assert (clocks["sysclk"], clocks["core"], clocks["apb"], clocks["apb_timer"]) == (16e6, 8e6, 2e6, 4e6)


@pytest.mark.parametrize(("sw", "hz"), [(1, 8e6), (3, 32_000.0), (4, 32_768.0)])
def test_other_system_clocks(rcc, system, sw, hz):
    rcc.write(CFGR, 4, sw)
    assert system.clock_hz["core"] == hz


def test_serial_port_clocks(rcc, system):
    rcc.write(CFGR, 4, 5 << 12)
    assert system.clock_hz["lpuart1"] == 4e6
    rcc.write(CCIPR, 4, 1 << 0 | 2 << 2 | 3 << 10)
    assert (system.clock_hz["usart1"], system.clock_hz["usart2"]) == (16e6, 16e6)
    assert system.clock_hz["lpuart1"] == 32_768


def test_stopped_system_clock_is_noted_not_obeyed(rcc, system):
    rcc.write(CFGR, 4, 2)  # the PLL's R output is off at reset
    assert system.clock_hz["core"] == 16e6
    assert len(system.notes) == 1


def test_ready_flags_follow(rcc):
    rcc.write(BDCR, 4, 1)
    assert rcc.read(BDCR, 4) == 3
    rcc.write(CSR, 1, 1)
    assert rcc.read(CSR, 1) == 3
    rcc.write(CR, 4, 0x500 | 1 << 16 | 1 << 22)
    assert rcc.read(CR, 4) == 0x500 | 3 << 16 | 3 << 22


def test_reset_flags_can_be_removed(rcc):
    rcc.write(CSR, 4, 1 << 28)
    assert rcc.read(CSR, 4) == 1 << 28
    rcc.write(CSR, 4, 1 << 28 | 1 << 23)
    assert rcc.read(CSR, 4) == 0


def test_board_without_external_oscillator(system, config):
    rcc = G0Rcc(config("stm32g0-rcc"), system)
    rcc.write(CR, 4, 0x500 | 1 << 16)
    assert rcc.read(CR, 4) & 1 << 17 == 0


def test_enables_read_back_and_the_unknown_is_noted(rcc, system):
    rcc.write(IOPENR, 4, 0x3F)
    rcc.write(CICR, 4, 0x3F)
    assert (rcc.read(IOPENR, 4), rcc.read(CICR, 4)) == (0x3F, 0)
    assert system.notes == []
    rcc.write(0x10, 4, 5)
    assert system.notes == ["BLOCK: unknown register 0x10 written"]
