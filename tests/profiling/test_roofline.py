"""Layers whose limits were worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from simtiny.board import Board, Memory
from simtiny.board_file import board_names, load_board
from simtiny.cores import CORE_FACTS
from simtiny.counts import Question
from simtiny.counts import counted as counted_of
from simtiny.mlperf.workload import build
from simtiny.profiles import CodeBlock, OperatingPoint, Profile
from simtiny.profiling.result import LayerTraffic
from simtiny.profiling.roofline import MACS_PER_CYCLE, RAM_BYTES_PER_CYCLE, roofline
from simtiny.report.assemble import assemble
from simtiny.report.result import Layer
from simtiny.request import Request
from tests.profiles import profile_of
from tests.programs import support


def layer(macs: int, cycles: float, index: int = 0) -> Layer:
    return Layer(index, "CONV_2D", (1, 1, 1, 1), macs, cycles, 1.0)


def counted(loads: int, code_misses: int, data_misses: int, wait_states: int) -> Profile:
    """`ldr r0, [sp]` and `str r0, [sp]`, each `loads` times, and misses."""
    return profile_of(
        (CodeBlock(0x0800_0100, bytes.fromhex("00980090"), frozenset()),),
        OperatingPoint(16e6, wait_states, False, False, False, "1"),
        edges=np.array([[-1, 0, loads]], np.int64),
        fetch_misses=np.array([[code_misses, 0]], np.int64),
        data_reads=np.array([[data_misses, data_misses]], np.int64),
    )


def test_a_layer_is_bound_by_what_takes_longest() -> None:
    """Cortex-M4F: 2 MACs and 4 bytes of RAM a cycle; 8 bytes of flash in 1 + 4 cycles.

    1000 MACs take 500 cycles, 100 loads and 100 stores of a word 200, 60 units of flash 300.
    """
    found = roofline([layer(1000, 2000.0)], [counted(100, 40, 20, 4)], support.board())
    assert (found.macs_per_cycle, found.bytes_per_cycle) == (2.0, {"flash": 1.6, "RAM": 4.0})
    least = {"core": 500.0, "flash": 300.0, "RAM": 200.0}
    assert found.layers == (
        LayerTraffic(0, "CONV_2D", 1000, 2000.0, 0, 800, 480, pytest.approx(least), "core", 0.25),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("macs", "loads", "misses", "bound_by", "share"),
    [(100, 100, 60, "flash", 0.6), (100, 200, 10, "RAM", 0.8), (0, 0, 0, "core", 0.0)],
)
def test_any_of_the_three_can_bind(macs: int, loads: int, misses: int, bound_by: str, share: float) -> None:
    (found,) = roofline([layer(macs, 500.0)], [counted(loads, misses, 0, 4)], support.board()).layers
    assert (found.bound_by, found.share_of_bound) == (bound_by, pytest.approx(share))


def test_a_line_of_two_reads_comes_at_the_rate_of_the_array() -> None:
    """STM32H7A3: lines of 32 bytes, the array gives 16 in 1 + 6 cycles. Its core moves 8 bytes a cycle."""
    found = roofline([layer(2, 10.0)], [counted(1, 0, 0, 6)], load_board("nucleo-h7a3zi-q"))
    assert found.bytes_per_cycle == {"flash": pytest.approx(16 / 7), "RAM": 8.0}


def test_wait_states_of_the_only_ram_count() -> None:
    board = support.board()
    slow = replace(board, memories=(board.main_flash, Memory("slow", "ram", 0x2000_0000, 0x1000, wait_states=1)))
    assert roofline([], [], slow).bytes_per_cycle["RAM"] == 2.0


def test_every_core_has_its_limits() -> None:
    assert set(MACS_PER_CYCLE) == set(RAM_BYTES_PER_CYCLE) == set(CORE_FACTS)


@pytest.mark.parametrize("name", board_names())
def test_every_board_has_a_roofline(name: str) -> None:
    board: Board = load_board(name)
    found = roofline([layer(4, 100.0)], [counted(1, 1, 0, 0)], board)
    assert 0 < found.layers[0].share_of_bound <= 1


def test_without_layers_there_is_nothing_to_show() -> None:
    assert roofline([], [], support.board()).layers == ()


@pytest.mark.parametrize("board", ["nucleo-l4r5zi", "cy8cproto-062-4343w"])
def test_weights_of_a_network_come_from_flash_once(board: str) -> None:
    """ad01's layers are fully connected: each has as many weights as MACs, a byte each, and a few more for biases."""
    request = Request("ad01", board)
    workload = build(request)
    counts = counted_of(Question(workload.flashed), workload.board)
    found = roofline(assemble(workload, counts, request).layers, counts.measurement.layers, workload.board).layers
    connected = [one for one in found if one.kind == "FULLY_CONNECTED"]
    assert len(connected) == 10
    for one in connected:
        assert one.macs <= one.flash_bytes < 1.2 * one.macs + 3000
        assert 0.05 < one.share_of_bound < 1
        assert one.flash_array_bytes >= one.macs
