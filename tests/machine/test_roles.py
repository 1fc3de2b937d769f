"""The machine finds peripherals by what they are, whatever a platform file calls them."""

from dataclasses import replace

import pytest

from simtiny.board import Board
from simtiny.board_file import board_names, load_board
from simtiny.counts import Question, counted
from simtiny.errors import BadInput
from simtiny.machine import peripherals
from simtiny.machine.machine import Machine
from simtiny.machine.system import FixedVoltage, PowerControl, power_control
from simtiny.mlperf.workload import build
from simtiny.report.assemble import assemble
from simtiny.request import Request
from tests.machine.peripherals.conftest import FakeSystem
from tests.machine.programs.loader import image


def renamed(board: Board, old: str, new: str) -> Board:
    assert any(config.name == old for config in board.peripherals)
    return replace(
        board,
        peripherals=tuple(
            replace(config, name=new if config.name == old else config.name) for config in board.peripherals
        ),
    )


@pytest.mark.parametrize(
    ("name", "voltage_range", "regulator"), [("nucleo-h7a3zi-q", "0", "smps"), ("nucleo-u575zi-q", "1", "smps")]
)
def test_another_name_for_the_power_controller_changes_nothing(name: str, voltage_range: str, regulator: str) -> None:
    request = Request("ad01", name)
    workload = build(request)
    measured = assemble(workload, counted(Question(workload.flashed), workload.board), request)
    other = replace(workload, board=renamed(workload.board, "PWR", "POWER"))
    found = assemble(other, counted(Question(other.flashed), other.board), request)
    assert replace(found, identity=measured.identity) == measured
    point = measured.operating_point
    assert (point.voltage_range, point.regulator) == (voltage_range, regulator)
    assert measured.energy is not None


def test_two_power_controllers_are_refused() -> None:
    board = load_board("nucleo-l4r5zi")
    first = next(config for config in board.peripherals if config.name == "PWR")
    second = replace(first, name="POWER", base=0x4FFF_0000)
    with pytest.raises(BadInput, match="peripherals PWR and POWER each control the core's voltage"):
        Machine(replace(board, peripherals=(*board.peripherals, second)), image("serving", "echo"))


@pytest.mark.parametrize("name", board_names())
def test_every_stm32_but_the_g0_has_one(name: str) -> None:
    board = load_board(name)
    has_one = board.soc.startswith("STM32") and not board.soc.startswith("STM32G0")
    found = power_control(peripherals.build(board, FakeSystem()))
    assert isinstance(found, PowerControl)
    assert isinstance(found, FixedVoltage) is not has_one
