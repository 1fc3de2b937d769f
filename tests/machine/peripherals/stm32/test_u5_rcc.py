import pytest

from simtiny.machine.peripherals.stm32.u3 import U3Rcc
from simtiny.machine.peripherals.stm32.u5 import U5Rcc

CR, ICSCR1, CFGR1, CFGR2, CFGR3, PLL1CFGR, PLL1DIVR, PLL1FRACR = 0x00, 0x08, 0x1C, 0x20, 0x24, 0x28, 0x34, 0x38
MSIRGSEL = 1 << 23
U5 = {"CCIPR1": 0xE0, "CCIPR3": 0xE8, "BDCR": 0xF0, "CSR": 0xF4}
U3 = {"CCIPR1": 0x100, "CCIPR3": 0x108, "BDCR": 0x110, "CSR": 0x114}


@pytest.fixture
def u5(system, config):
    return U5Rcc(config("stm32u5-rcc", hse_hz=16e6), system)


@pytest.fixture
def u3(system, config):
    return U3Rcc(config("stm32u3-rcc"), system)


def test_u5_starts_from_msi_at_4_mhz(u5, system):
    assert {system.clock_hz[name] for name in ("core", "apb1", "apb2", "apb3", "apb1_timer", "lpuart1")} == {4e6}


def test_u3_starts_from_msi_at_12_mhz(u3, system):
    assert {system.clock_hz[name] for name in ("core", "apb1", "apb2", "apb3", "lpuart1")} == {12e6}


def test_u5_pll_from_msi_to_160_mhz(u5, system):
    """The settings of ST's submission: MSI 48 MHz / 3 * 10 / 1, buses / 16, so timers at 2 * 160 / 16."""
    u5.write(ICSCR1, 4, MSIRGSEL)
    assert system.clock_hz["core"] == 48e6
    u5.write(PLL1CFGR, 4, 1 | 2 << 8 | 1 << 18)
    u5.write(PLL1DIVR, 4, 9)
    u5.write(CR, 4, u5.read(CR, 4) | 1 << 24)
    assert u5.read(CR, 4) & 1 << 25
    u5.write(CFGR1, 4, 3)
    assert u5.read(CFGR1, 4) == 0b1111
    assert system.clock_hz["core"] == 160e6
    u5.write(CFGR2, 4, 7 << 4 | 5 << 8)
    u5.write(CFGR3, 4, 7 << 4)
    assert [system.clock_hz[bus] for bus in ("apb1", "apb2", "apb3")] == [10e6, 40e6, 10e6]
    assert [system.clock_hz[f"{bus}_timer"] for bus in ("apb1", "apb2")] == [20e6, 80e6]


@pytest.mark.parametrize(
    ("pll1cfgr", "pll1divr", "fraction", "hz"),
    [
        (2 | 1 << 18, 19 | 1 << 24, 0, 160e6),  # HSI 16 / 1 * 20 / 2
        (3 | 3 << 8 | 1 << 18, 29, 0, 120e6),  # HSE 16 / 4 * 30 / 1
        (2 | 1 << 18 | 1 << 4, 7, 4096, 136e6),  # HSI 16 * (8 + 4096 / 8192)
        (2 | 1 << 18, 7, 4096, 128e6),  # the fraction does not count without PLL1FRACEN
    ],
)
def test_u5_pll_sources_and_dividers(u5, system, pll1cfgr, pll1divr, fraction, hz):
    u5.write(PLL1FRACR, 4, fraction << 3)
    u5.write(PLL1CFGR, 4, pll1cfgr)
    u5.write(PLL1DIVR, 4, pll1divr)
    u5.write(CFGR1, 4, 3)
    assert system.clock_hz["core"] == hz


@pytest.mark.parametrize(("code", "hz"), [(0, 48e6), (1, 24e6), (4, 4e6), (7, 1e6), (8, 3.072e6), (15, 100e3)])
def test_u5_msi_range_counts_once_selected(u5, system, code, hz):
    u5.write(ICSCR1, 4, code << 28)
    assert system.clock_hz["core"] == 4e6
    u5.write(ICSCR1, 4, code << 28 | MSIRGSEL)
    assert system.clock_hz["core"] == hz


@pytest.mark.parametrize(
    ("icscr1", "hz"),
    [
        (0, 96e6),  # MSIRC0
        (1 << 29, 48e6),
        (3 << 29, 12e6),
        (1 << 31, 24e6),  # MSIRC1
        (1 << 31 | 2 << 29, 6e6),
    ],
)
def test_u3_msi_from_either_oscillator(u3, system, icscr1, hz):
    u3.write(ICSCR1, 4, icscr1)
    assert system.clock_hz["core"] == 12e6
    u3.write(ICSCR1, 4, icscr1 | MSIRGSEL)
    assert system.clock_hz["core"] == hz


def test_u3_has_no_pll(u3, system):
    u3.write(CFGR1, 4, 3)
    assert system.clock_hz["core"] == 12e6
    assert len(system.notes) == 1


def test_oscillators_are_ready(u5, u3):
    u5.write(CR, 4, 1 << 8 | 1 << 12 | 1 << 16 | 1 << 28)
    assert u5.read(CR, 4) == 1 << 8 | 1 << 10 | 1 << 12 | 1 << 13 | 1 << 16 | 1 << 17 | 1 << 28 | 1 << 29
    u5.write(U5["BDCR"], 4, 1 | 1 << 26)
    assert u5.read(U5["BDCR"], 4) == 3 | 3 << 26
    u3.write(CR, 4, 1 << 6 | 1 << 11 | 1 << 16)
    assert u3.read(CR, 4) == 1 << 6 | 1 << 10 | 1 << 11 | 1 << 13 | 1 << 16  # nothing feeds HSE
    u3.write(U3["CSR"], 4, 1)
    assert u3.read(U3["CSR"], 4) == 3


def test_u5_serial_port_clocks(u5, system):
    u5.write(CFGR1, 4, 1)  # HSI
    u5.write(CFGR3, 4, 5 << 4)  # APB3 / 4
    assert (system.clock_hz["usart1"], system.clock_hz["lpuart1"]) == (16e6, 4e6)
    u5.write(U5["CCIPR1"], 4, 1 | 3 << 2)
    u5.write(U5["CCIPR3"], 4, 4)
    assert system.clock_hz["usart1"] == 16e6  # SYSCLK
    assert system.clock_hz["usart2"] == 32_768
    assert system.clock_hz["lpuart1"] == 4e6  # MSIK


def test_u3_serial_port_clocks(u3, system):
    u3.write(U3["CCIPR1"], 4, 1)
    u3.write(U3["CCIPR3"], 4, 2)
    assert system.clock_hz["usart1"] == 16e6  # HSI
    assert system.clock_hz["usart3"] == 12e6  # APB1
    assert system.clock_hz["lpuart1"] == 32_768


def test_reset_flags_can_be_removed(u5):
    u5.write(U5["CSR"], 4, 0x4400 | 1 << 23)
    assert u5.read(U5["CSR"], 4) == 0x4400


def test_enables_read_back_and_the_unknown_is_noted(u5, system):
    u5.write(0x8C, 4, 0x1FF)
    assert u5.read(0x8C, 4) == 0x1FF
    assert system.notes == []
    u5.write(0x04, 4, 5)
    assert system.notes == ["BLOCK: unknown register 0x04 written"]
