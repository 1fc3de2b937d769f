"""Other settings counted beside the board's: what a board under them counts, and nothing else changes."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simtiny.board import Board
from simtiny.board_file import board_names
from simtiny.bounds import Bounds
from simtiny.errors import SimtinyError
from simtiny.estimate import estimate
from simtiny.flash import what_if
from simtiny.flash.acceleration import unit_bytes
from simtiny.flash.what_if import hypothetical
from simtiny.machine.cores import CORES
from simtiny.machine.machine import Machine
from simtiny.mlperf.measure import measure
from simtiny.mlperf.workload import Workload, build
from simtiny.profiles import Profile
from simtiny.request import Request
from simtiny.settings import AS_IT_IS, MemorySettings
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
OF_MEMORIES = ("fetch_misses", "hidden", "data_reads", "ram_misses", "ram_waits", "read_ahead")
INTERPRETER = Bounds("plan_run", None)
WORKLOADS: dict[str, Workload] = {}


def workload_on(name: str) -> Workload:
    if name not in WORKLOADS:
        WORKLOADS[name] = build(Request("ad01", name))
    return WORKLOADS[name]


def counted(profile: Profile) -> tuple[int, int, int, int]:
    branch, sequential = profile.fetch_misses.sum(axis=0).tolist()
    return branch, sequential, int(profile.data_reads[:, 1].sum()), int(profile.ram_misses.sum())


def same_counts(lane: Profile, forced: Profile) -> bool:
    """Sums: two runs may meet their blocks in another order."""
    sums = all((getattr(lane, name).sum(axis=0) == getattr(forced, name).sum(axis=0)).all() for name in OF_MEMORIES)
    return sums and (lane.cycles, lane.operating_point) == (forced.cycles, forced.operating_point)


def rebuilt(on: Board, geometry: MemorySettings) -> Board:
    """The board with these caches as its own."""
    return hypothetical(on, geometry)


def in_lanes(code: bytes, on: Board, lanes: tuple[MemorySettings, ...]) -> tuple[Profile, ...]:
    return support.run_code_in_lanes(code, on, lanes)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_counts_what_it_counts_on_a_board_with_these_caches(name: str) -> None:
    on, code = support.board_of(name), support.assembled(name)
    lanes = tuple(MemorySettings(caches=text) for text in ("64/2", "32/1,16/1", "256/4,128/2", "2K/4,2K/8"))
    own, *others = in_lanes(code, on, lanes)
    assert own.cycles == support.run_code(code, on).cycles
    for lane, found in zip(lanes, others, strict=True):
        assert same_counts(found, support.run_code(code, rebuilt(on, lane)))
        assert estimate(found, CORES[on.core].timing).cycles == found.cycles


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_counts_what_it_counts_where_the_settings_are_forced(name: str) -> None:
    on, code = support.board_of(name), support.assembled(name)
    lanes = tuple(
        MemorySettings(waits, prefetch, *caches)
        for waits in (0, 1, 3, 7)
        for prefetch, *caches in ((True, True, True), (False, True, False), (True, False, True), (False, False, False))
    )
    _, *others = in_lanes(code, on, lanes)
    for lane, found in zip(lanes, others, strict=True):
        assert same_counts(found, support.run_code(code, on, lane))
        assert estimate(found, CORES[on.core].timing).cycles == found.cycles


def test_ram_misses_by_hand() -> None:
    """Lines 0 to 7 twice: 8 lines hold them all, two sets of two hold none long enough."""
    lanes = tuple(MemorySettings(caches=f"1K/2,{size}") for size in ("128/2", "128/1", "64/2", "256/16"))
    _, *found = in_lanes(bytes.fromhex(TWO_PASSES), board(8, 2), lanes)
    assert [profile.ram_misses.sum() for profile in found] == [8, 8, 16, 8]
    _, *stores = in_lanes(bytes.fromhex(STORE_FIRST), board(8, 2), lanes)
    assert [profile.ram_misses.sum() for profile in stores] == [0, 0, 0, 0]


def test_code_misses_by_hand() -> None:
    """A loop of 15 reads, twice, then one read more; in sequence a read waits 2 cycles (flash_loop_in_cache.s).

    128 bytes hold all of it; 64 bytes or 8 hold none until it comes again.
    """
    lanes = tuple(MemorySettings(caches=text) for text in ("128/16", "64/8", "8/1"))
    _, *found = in_lanes(support.assembled("flash_loop_in_cache"), support.board(), lanes)
    assert [counted(profile) for profile in found] == [(1, 15, 0, 0), (2, 29, 0, 0), (2, 29, 0, 0)]


@pytest.mark.parametrize("name", ["nucleo-l4r5zi", "nucleo-u575zi-q", "disco-f746ng"])
def test_lanes_change_nothing(name: str) -> None:
    """And the board's own settings in a lane are the board's."""
    workload = workload_on(name)
    found = measure(workload.flashed, lanes=(MemorySettings(prefetch=None), MemorySettings(caches="none")))
    plain = measure(workload.flashed)
    for profile in (found.profile, found.lanes[0].profile):
        assert profile.cycles == plain.profile.cycles
        for field in ("edges", *OF_MEMORIES, "divides"):
            assert np.array_equal(getattr(profile, field), getattr(plain.profile, field)), field
    assert found.lanes[1].profile.cycles > plain.profile.cycles
    assert plain.lanes == ()


def possible(workload: Workload, chosen: MemorySettings) -> bool:
    try:
        what_if.check(chosen, workload.board)
    except SimtinyError:
        return False
    return True


SWITCH = st.sampled_from([None, True, False])
SETTINGS = st.builds(
    MemorySettings,
    wait_states=st.sampled_from([None, 0, 1, 2, 3, 4, 6, 9]),
    prefetch=SWITCH,
    instruction_cache=SWITCH,
    data_cache=SWITCH,
    caches=st.sampled_from([None, None, "none", "512/2", "1K/2", "4K/4", "16K/1"]),
)


@pytest.mark.parametrize("name", board_names())
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_inference_is_what_it_is_where_the_settings_are_forced(name: str, data: st.DataObject) -> None:
    """On each board, at random settings, to the last cycle, as long as nothing in the window tells the time."""
    workload = workload_on(name)
    chosen = data.draw(SETTINGS.filter(lambda found: possible(workload, found)))
    (lane,) = measure(workload.flashed, INTERPRETER, lanes=(chosen,)).lanes
    assert same_counts(lane.profile, measure(workload.flashed, INTERPRETER, chosen).profile)


def test_a_printed_time_is_that_of_the_board() -> None:
    """Within the protocol's window a time is printed, which is another one where the firmware came there later."""
    workload, chosen = workload_on("nucleo-l4r5zi"), MemorySettings(wait_states=7, instruction_cache=False)
    (lane,) = measure(workload.flashed, lanes=(chosen,)).lanes
    forced = measure(workload.flashed, settings=chosen)
    assert len(lane.layers) == len(forced.layers) == 10
    for one, other in zip(lane.layers, forced.layers, strict=True):
        assert same_counts(one, other)
    assert lane.profile.cycles == pytest.approx(forced.profile.cycles, rel=2e-4)


def test_other_units_of_flash_need_a_run_of_their_own() -> None:
    with pytest.raises(ValueError, match="another unit of flash"):
        Machine(
            board(8, 2), support.image_of(bytes.fromhex(TWO_PASSES)), lanes=(MemorySettings(caches="1K/2/32,1K/2/32"),)
        )
    assert what_if.executed_under(
        MemorySettings(prefetch=False, caches="1K/2/32,1K/2/32"), board(8, 2)
    ) == MemorySettings(caches="1K/2/32,1K/2/32")
    assert what_if.executed_under(MemorySettings(prefetch=False, caches="1K/2"), board(8, 2)) == AS_IT_IS


@pytest.mark.parametrize(("name", "sets"), [("nucleo-u575zi-q", 64), ("nucleo-l4r5zi", 4), ("nucleo-g0b1re", 2)])
def test_more_ways_never_miss_more(name: str, sets: int) -> None:
    """What a set holds of the units used last, a set with more ways holds, too: so it is of any LRU cache."""
    workload = workload_on(name)
    unit = unit_bytes(workload.board)
    lanes = tuple(MemorySettings(caches=f"{sets * ways * unit}/{ways}") for ways in (1, 2, 4, 8, 16))
    found = [lane.profile for lane in measure(workload.flashed, lanes=lanes).lanes]
    misses = [int(profile.fetch_misses.sum() + profile.data_reads[:, 1].sum()) for profile in found]
    assert misses == sorted(misses, reverse=True)
    assert misses[0] > misses[-1]
