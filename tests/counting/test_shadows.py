"""Other caches tried in the same run: they count what a board with them counts, and change nothing."""

from dataclasses import replace

import numpy as np
import pytest

from simtiny.board import Board, CacheGeometry
from simtiny.estimate import cycles_with, estimate
from simtiny.flash.what_if import Caches, parse_caches
from simtiny.machine.cores import CORES
from simtiny.mlperf.measure import measure
from simtiny.mlperf.workload import Workload, build
from simtiny.profile import CacheMisses, Profile
from simtiny.request import Request
from tests.flash.test_caches import STORE_FIRST, TWO_PASSES, board
from tests.programs import support

PROGRAMS = [
    "flash_branch",
    "flash_data",
    "flash_data_beyond_cache",
    "flash_literals",
    "flash_loop_beyond_cache",
    "flash_loop_in_cache",
    "flash_prefetch",
    "flash_sequential_single_bank",
]


def rebuilt(on: Board, caches: Caches) -> Board:
    """The board with these caches as its own."""
    return replace(on, flash=replace(on.flash, instruction_cache=caches.instruction, data_cache=caches.data))


def counted(profile: Profile) -> tuple[int, int, int, int]:
    branch, sequential = profile.fetch_misses.sum(axis=0).tolist()
    return branch, sequential, int(profile.data_reads[:, 1].sum()), int(profile.ram_misses.sum())


def counts(misses: CacheMisses) -> tuple[int, int, int, int]:
    return misses.branch, misses.sequential, misses.data, misses.ram


def data_cache(lines: int, ways: int) -> Caches:
    return Caches("", CacheGeometry(64, 16, "arbitrary", 2), CacheGeometry(lines, 16, "arbitrary", ways))


def test_ram_misses_by_hand() -> None:
    """Lines 0 to 7 twice: 8 lines hold them all, two sets of two hold none long enough."""
    tried = (data_cache(8, 2), data_cache(8, 1), data_cache(4, 2), data_cache(16, 16))
    profile = support.run_code(bytes.fromhex(TWO_PASSES), board(8, 2), tried)
    assert [misses.ram for misses in profile.what_if] == [8, 8, 16, 8]
    stores = support.run_code(bytes.fromhex(STORE_FIRST), board(8, 2), tried)
    assert [misses.ram for misses in stores.what_if] == [0, 0, 0, 0]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_misses_what_it_misses_on_a_board_with_these_caches(name: str) -> None:
    """And takes as long: STM32L4+ does not read ahead, and prefetch is counted too."""
    on, code = support.board_of(name), support.assembled(name)
    tried = tuple(parse_caches(text, on) for text in ("64/2", "32/1,16/1", "256/4,128/2", "2K/4,2K/8"))
    profile = support.run_code(code, on, tried)
    core = CORES[on.core].timing
    found = estimate(profile, core)
    for caches, misses in zip(tried, profile.what_if, strict=True):
        real = support.run_code(code, rebuilt(on, caches))
        assert misses.caches == caches.name
        assert counts(misses) == counted(real)
        assert cycles_with(misses, profile, found) == real.cycles


def test_code_misses_by_hand() -> None:
    """A loop of 15 reads, twice, then one read more; in sequence a read waits 2 cycles (flash_loop_in_cache.s).

    128 bytes hold all of it; 64 bytes or 8 hold none until it comes again.
    """
    on = support.board()
    tried = tuple(parse_caches(text, on) for text in ("128/16", "64/8", "8/1"))
    profile = support.run_code(support.assembled("flash_loop_in_cache"), on, tried)
    whole, half, none = profile.what_if
    assert whole == CacheMisses("128/16", branch=1, sequential=15, sequential_wait=30, data=0, ram=0)
    assert half == CacheMisses("64/8", branch=2, sequential=29, sequential_wait=58, data=0, ram=0)
    assert none == replace(half, caches="8/1")


def inference(workload: Workload, caches: tuple[Caches, ...] = ()) -> Profile:
    return measure(workload.flashed, caches=caches).profile


@pytest.mark.parametrize(
    ("name", "tried"),
    [
        ("nucleo-l4r5zi", ("512/4", "2K/2,1K/4")),  # two caches of single reads
        ("nucleo-u575zi-q", ("4K/2", "32K/2")),  # one for both
        ("disco-f746ng", ("1K/1,2K/2", "8K/2,4K/4")),  # random replacement, RAM behind the data cache
    ],
)
def test_an_inference_misses_what_it_misses_on_a_board_with_these_caches(name: str, tried: tuple[str, ...]) -> None:
    workload = build(Request("ad01", name))
    caches = tuple(parse_caches(text, workload.board) for text in tried)
    profile, plain = inference(workload, caches), inference(workload)
    found = estimate(profile, CORES[workload.board.core].timing)
    assert profile.cycles == plain.cycles
    for field in ("edges", "fetch_misses", "hidden", "data_reads", "ram_misses", "read_ahead", "divides"):
        assert np.array_equal(getattr(profile, field), getattr(plain, field)), field
    assert plain.what_if == ()
    for geometry, misses in zip(caches, profile.what_if, strict=True):
        real = inference(replace(workload, board=rebuilt(workload.board, geometry)))
        assert counts(misses) == counted(real) != counted(plain)
        assert cycles_with(misses, profile, found) == pytest.approx(real.cycles, rel=1e-3)


def test_the_boards_own_caches_change_nothing() -> None:
    workload = build(Request("ad01", "nucleo-u575zi-q"))
    profile = inference(workload, (parse_caches("8K/2", workload.board),))
    assert counts(profile.what_if[0]) == counted(profile)
    found = estimate(profile, CORES[workload.board.core].timing)
    assert cycles_with(profile.what_if[0], profile, found) == profile.cycles
