import pytest

from simtiny.machine.peripherals.stm32.exti import Exti

CLASSIC = {
    "IMR1": {"offset": 0x00},
    "EMR1": {"offset": 0x04},
    "RTSR1": {"offset": 0x08},
    "FTSR1": {"offset": 0x0C},
    "SWIER1": {"offset": 0x10},
    "PR1": {"offset": 0x14, "writable": 0, "clear": 0x7D_FFFF},
}
IMR, RTSR, FTSR, SWIER, PR = 0x00, 0x08, 0x0C, 0x10, 0x14
SPLIT = {
    "RTSR1": {"offset": 0x00},
    "FTSR1": {"offset": 0x04},
    "SWIER1": {"offset": 0x08, "pulse": 0xFFFF_FFFF},
    "RPR1": {"offset": 0x0C, "writable": 0, "clear": 0xFFFF_FFFF},
    "FPR1": {"offset": 0x10, "writable": 0, "clear": 0xFFFF_FFFF},
    "EXTICR2": {"offset": 0x64},
    "IMR1": {"offset": 0x80},
}


@pytest.fixture
def exti(system, config):
    system.bus_write(0x4001_000C, 4, 0x20)  # SYSCFG_EXTICR2: line 5 is PC5
    return Exti(
        config(
            *("stm32-exti", 6, 7, 8, 9, 10, 23, 40),
            registers=CLASSIC,
            ports=0x4001_0008,
            wires={"RTC.alarm": [18, 41]},
        ),
        system,
    )


def test_edges_that_are_chosen_pend_and_interrupt(system, exti):
    exti.write(RTSR, 4, 1 << 5)
    exti.write(IMR, 4, 1 << 5)
    for wire, level in (("PC5", False), ("PA5", True), ("PC6", True)):
        exti.hear(wire, level)
    assert exti.read(PR, 4) == 0
    exti.hear("PC5", True)
    assert (exti.read(PR, 4), system.lines[23], system.lines[40]) == (1 << 5, True, False)
    exti.write(PR, 4, 1 << 5)
    assert (exti.read(PR, 4), system.lines[23]) == (0, False)


def test_software_and_wires_trigger_too(system, exti):
    exti.write(IMR, 4, 1 << 18 | 1 << 12)
    exti.write(SWIER, 4, 1 << 12)
    assert system.lines[40]
    exti.write(PR, 4, 1 << 12)
    assert (exti.read(SWIER, 4), system.lines[40]) == (0, False)
    exti.write(RTSR, 4, 1 << 18)
    exti.hear("RTC.alarm", True)
    assert system.lines[41]


def test_directions_pend_apart_where_they_have_registers(system, config):
    exti = Exti(config("stm32-exti", 5, 6, 7, registers=SPLIT, groups=[[0, 1], [2, 3], [4, 15]]), system)
    exti.write(0x64, 4, 1 << 8)  # EXTICR2: line 5 is PB5
    exti.write(0x00, 4, 1 << 5)
    exti.write(0x04, 4, 1 << 5)
    exti.write(0x80, 4, 1 << 5)
    exti.hear("PB5", False)
    assert (exti.read(0x0C, 4), exti.read(0x10, 4), system.lines[7]) == (0, 1 << 5, True)
    exti.write(0x10, 4, 1 << 5)
    exti.write(0x08, 4, 1 << 5)
    assert (exti.read(0x0C, 4), exti.read(0x08, 4), system.lines[7]) == (1 << 5, 0, True)
