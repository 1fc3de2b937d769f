"""Every machine owns its state: those in other threads of the process change nothing."""

import random
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import simtiny
from simtiny.report.document import run_document
from tests.machine.programs.loader import results, run

BOARDS = ("nucleo-l4r5zi", "nucleo-g0b1re", "nucleo-h7a3zi-q", "nucleo-u575zi-q")


def measured(board: str, benchmark: str = "ad01", fresh: bool = True) -> object:
    document = run_document((simtiny.run(benchmark, board=board, fresh=fresh),))
    for result in document["results"]:
        result.pop("stored")
    return document


def test_sixteen_boards_in_eight_threads() -> None:
    alone = {board: measured(board) for board in BOARDS}
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(measured, BOARDS * 4))
    assert together == [alone[board] for board in BOARDS * 4]


def test_exceptions_in_many_threads() -> None:
    """Stack frames are moved by way of buffers: of one machine's own."""
    handlers = {16: "pending_all_handler", 17: "logging_handler", 18: "logging_handler"}

    def once(_turn: int) -> list[int]:
        return results(run("exceptions", "three_deep", handlers), 16)

    alone = once(0)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(once, range(64))) == [alone] * 64


@pytest.mark.slow
@pytest.mark.parametrize("threads", [2, 4, 8])
def test_measured_and_stored_runs_in_any_order(threads: int) -> None:
    """Threads that take turns far more often than they would."""
    firmware = [(board, benchmark) for board in BOARDS for benchmark in ("ad01", "kws01")]
    alone = {each: measured(*each) for each in firmware}
    turns = [(*each, fresh) for each in firmware for fresh in [True] * 2 + [False] * 10]
    random.Random(threads).shuffle(turns)
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(threads) as pool:
            together = list(pool.map(lambda turn: measured(*turn), turns))
    finally:
        sys.setswitchinterval(usual_s)
    assert together == [alone[turn[:2]] for turn in turns]
