"""The reference firmware boots on every board at the speed that it is meant for, and answers the same to the bit."""

from functools import cache
from math import prod

import numpy as np
import pytest

from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.machine.machine import Machine
from simtiny.mlperf.measurement import PLAN_SYMBOL
from simtiny.mlperf.memory import memory_use
from simtiny.mlperf.protocol import Session
from simtiny.mlperf.workload import Workload, build
from simtiny.model.standin import standin
from simtiny.options import Kernels
from simtiny.request import Request
from tests.firmware.support import expected, kernel_sets, tflite, with_firmware

BOARDS = [board.id for board in with_firmware()]
RUNS = [(board.id, kernels) for board in with_firmware() for kernels in kernel_sets(board)]
# Words of the plan's header (plan.h): offset of the output tensor in the arena, and how many bytes it has
OUTPUT, OUTPUT_COUNT = 15, 16


@cache
def keyword_input() -> np.ndarray:
    shape = standin("kws01").tensors[0].shape
    return np.random.default_rng(7).integers(-128, 128, prod(shape), np.int8).reshape(shape)


@cache
def keyword_answer() -> bytes:
    """The reference interpreter's."""
    return expected(tflite(standin("kws01")), keyword_input()).tobytes()


def output(machine: Machine, workload: Workload) -> bytes:
    """The output tensor as the firmware left it in the arena."""
    assert workload.plan is not None
    header = np.frombuffer(workload.plan.data[:84], np.uint32)
    address = workload.image.symbols["arena_base"].address + int(header[OUTPUT])
    return machine.read_memory(address, int(header[OUTPUT_COUNT]))


@pytest.mark.parametrize(("board", "kernels"), RUNS)
def test_answers_are_the_interpreters_on_every_board(board: str, kernels: Kernels) -> None:
    workload = build(Request("kws01", board, kernels=kernels))
    machine = Machine(workload.board, workload.image, workload.segments, serial_takes_time=False)
    session = Session(machine)
    assert session.boot()[-1] == "m-init-done"
    session.load_input(keyword_input().tobytes())
    window = session.infer()
    assert output(machine, workload) == keyword_answer()
    profile = machine.profile(window.start, window.end)
    fastest_hz = workload.board.limits.max_core_hz
    assert profile.operating_point.clock_hz == fastest_hz
    assert window.stopwatch_us == pytest.approx(profile.cycles / fastest_hz * 1e6, abs=2)
    # Registers without a model behind them are the only thing to remark on: the port's rate is right, no clock is off.
    assert all("registers read back what was written" in note.text for note in machine.notes)


def test_wait_states_are_those_of_the_clock_and_the_voltage_range() -> None:
    for board in BOARDS:
        workload = build(Request("ad01", board))
        machine = Machine(workload.board, workload.image, workload.segments, serial_takes_time=False)
        Session(machine).boot()
        point = machine.operating_point()
        tables = workload.board.flash.wait_state_limits
        limits = next(limits for limits in tables if limits.voltage_range == point.voltage_range)
        assert limits.max_hclk_hz[point.wait_states] >= point.clock_hz
        assert point.wait_states == 0 or limits.max_hclk_hz[point.wait_states - 1] < point.clock_hz


def test_the_best_kernel_set_that_a_board_has_is_the_default() -> None:
    for board in BOARDS:
        best = kernel_sets(load_board(board))[-1]
        assert build(Request("ad01", board)).firmware.endswith(f"{best} kernels")


def test_simd_kernels_on_a_core_without_simd_are_refused() -> None:
    with pytest.raises(BadInput, match="for nucleo-g0b1re has no dsp kernels: choose `kernels` portable"):
        build(Request("ad01", "nucleo-g0b1re", kernels=Kernels.DSP))


@pytest.mark.parametrize("benchmark", ["kws01", "vww01", "ic01", "ad01"])
def test_every_benchmark_fits_every_board(benchmark: str) -> None:
    for board in BOARDS:
        plan = build(Request(benchmark, board)).plan  # raises BadInput where flash or RAM is too small
        assert plan is not None and len(plan.data) > 0


def test_the_stack_is_at_the_bottom_of_its_memory() -> None:
    for board in BOARDS:
        assert memory_use(build(Request("ad01", board)), ram_used=0).stack_bytes == 4096  # sections.ld


def test_the_plan_goes_to_flash() -> None:
    for board in BOARDS:
        workload = build(Request("ad01", board))
        memory = workload.board.memory_at(workload.image.symbols[PLAN_SYMBOL].address)
        assert memory is not None and memory.kind == "flash"
