"""What draws current beside core and memories: which bits switch it on, and what that comes to."""

from dataclasses import replace

import pytest

from simtiny.board_file import board_names, load_board
from simtiny.consumers import Consumer, Consumers, LeftOn, SwitchedOn, bits, contradiction, left_on, powers_uw
from simtiny.energy import energy
from simtiny.errors import BadInput
from simtiny.event_counts import EVENTS, EventCounts
from simtiny.image import Image, Segment
from simtiny.machine.machine import Machine
from simtiny.power import supply_point
from simtiny.profiles import OperatingPoint

CHIP = Consumers(
    core_v=1.2,
    source="",
    each={
        "GPIOA": Consumer("RCC.AHB2ENR[0]", ua_per_mhz=5.0),
        "USART": Consumer("RCC.APB2ENR[14]", clock="apb2", ua_per_mhz=2.0),
        "PLL": Consumer("RCC.CR[24]", ua=300.0),
    },
)
ON = (SwitchedOn("GPIOA", 1.0), SwitchedOn("USART", 0.25), SwitchedOn("PLL", 1.0))


def test_powers_by_hand() -> None:
    """At 100 MHz and 1.2 V in the core, from 3 V by an LDO: its current is the core's, whatever the supply."""
    found = left_on(CHIP, ON, reference_core_v=1.2)
    assert found is not None
    scale = 3.0 / 1.2  # energy at the pins over energy in the core
    drawn = powers_uw(found, scale, 100e6, 3.0)
    assert drawn == pytest.approx({"GPIOA": 500 * 3.0, "USART": 2.0 * 25 * 3.0, "PLL": 300 * 3.0})


def test_a_lower_core_voltage_takes_the_square() -> None:
    """Half the voltage, half the current and half of its voltage."""
    found = left_on(CHIP, ON[:1], reference_core_v=1.2)
    assert found is not None
    at_half = powers_uw(found, (0.6 / 1.2) ** 2 / 1.0, 100e6, 3.0)
    assert at_half["GPIOA"] == pytest.approx(5.0 * 100 * 1.2 / 4)


def test_what_is_not_known_is_none() -> None:
    assert left_on(None, ON, 1.2) is None
    assert left_on(CHIP, None, 1.2) is None
    assert left_on(CHIP, (SwitchedOn("LCD", 1.0),), 1.2) == LeftOn({}, {})


def test_energy_has_it_by_name() -> None:
    """Beside the same events: 1 ms of 1.5 mW, 0.15 mW and 0.9 mW."""
    board = load_board("nucleo-l4r5zi")
    assert board.power is not None
    model = replace(board.power, reference_core_v=1.2, supply_v=3.0)
    at = supply_point(model, OperatingPoint(100e6, 0, True, True, True, "1"))
    events = EventCounts(**dict.fromkeys(EVENTS, 0))
    alone = energy(events, 1e-3, model, at)
    assert alone.left_on_uj is None and alone.by_event_uj["left_on"] == 0
    with_it = energy(events, 1e-3, model, at, left_on(CHIP, ON, 1.2), 100e6)
    volts = 3.0 * at.core_v / 1.2  # the core runs at more than the 1.2 V of the currents
    assert with_it.left_on_uj == pytest.approx({"GPIOA": 0.5 * volts, "USART": 0.05 * volts, "PLL": 0.9})
    assert with_it.energy_uj - alone.energy_uj == pytest.approx(0.55 * volts + 0.9)


@pytest.mark.parametrize("text", ["RCC", "RCC.CR", "RCC.CR[32]", "RCC.CR[1] RCC.CR[2]", ""])
def test_what_is_no_bit(text: str) -> None:
    with pytest.raises(BadInput, match="is no bit of a register"):
        bits(text)


def test_a_table_that_contradicts_itself() -> None:
    assert contradiction(CHIP, ["RCC"]) is None
    assert contradiction(CHIP, ["PWR"]) == "consumers.each.GPIOA: there is no peripheral RCC"
    wrong = replace(CHIP, each={"A": Consumer("RCC.CR[0]", ua=-1.0)})
    assert contradiction(wrong, ["RCC"]) == "consumers.each.A: a current must be from 0 to 1e+07 microamperes"
    assert contradiction(replace(CHIP, core_v=0.0), ["RCC"]) == "consumers.core_v must be from 0.1 to 10 V"


@pytest.mark.parametrize("name", [name for name in board_names() if load_board(name).consumers])
def test_registers_and_clocks_of_every_board(name: str) -> None:
    """Each register is one of the machine's, and each clock too. In reset no port has its clock."""
    machine = _in_reset(name)
    consumers = machine.board.consumers
    assert consumers is not None
    assert {one.clock for one in consumers.each.values()} <= set(machine.clock_hz)
    on = machine.mark().operating_point.switched_on
    assert on is not None and not [one for one in on if one.name.startswith("GPIO")]


def test_a_written_bit_switches_on() -> None:
    """Ports A and F, and the LPUART at a sixteenth of the core's clock [RM0432: AHB2ENR, APB1ENR2, CFGR.PPRE1]."""
    machine = _in_reset("nucleo-l4r5zi")
    rcc = machine.peripherals["RCC"]
    for offset, value in ((0x4C, 0x21), (0x5C, 0x1), (0x08, 0x700)):
        rcc.write(offset, 4, value)
    on = dict(machine.mark().programmed.switched_on or ())
    assert {name: on.get(name) for name in ("GPIOA", "GPIOB", "GPIOF", "LPUART1", "LPUART1 kernel")} == {
        "GPIOA": 1.0,
        "GPIOB": None,
        "GPIOF": 1.0,
        "LPUART1": 1 / 16,
        "LPUART1 kernel": 1 / 16,
    }


def test_points_that_differ_in_what_is_on_are_one() -> None:
    point = OperatingPoint(1e6, 0, False, False, False, "1")
    assert point == replace(point, switched_on=ON)


def _in_reset(name: str) -> Machine:
    board = load_board(name)
    return Machine(board, Image("test", "", (Segment(board.main_flash.base, bytes(512)),)))
