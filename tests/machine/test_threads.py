"""Every machine owns its state: those in other threads of the process change nothing."""

from concurrent.futures import ThreadPoolExecutor

import simtiny
from simtiny.report.document import run_document
from tests.machine.programs.loader import results, run

BOARDS = ("nucleo-l4r5zi", "nucleo-g0b1re", "nucleo-h7a3zi-q", "nucleo-u575zi-q")


def measured(board: str) -> object:
    return run_document((simtiny.run("ad01", board=board, fresh=True),))


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
