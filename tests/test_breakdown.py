"""Where it goes: parts worked out by hand from a model with round numbers, and sums that must be the window's."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtiny.board import power_model
from simtiny.breakdown import ASLEEP, EXCEPTIONS, NO_SYMBOL, Part, by_class, by_function, by_memory, split_of_part
from simtiny.energy import EnergyEstimate, energy
from simtiny.estimate import Estimate, estimate
from simtiny.events import EVENTS
from simtiny.image import Image, Symbol
from simtiny.machine.cores import CORES
from simtiny.mlperf.measure import measure
from simtiny.mlperf.workload import build
from simtiny.options import DEFAULT_BOARD
from simtiny.power import SupplyPoint, supply_point
from simtiny.power_model import PowerModel
from simtiny.profiles import CodeBlock, OperatingPoint, Profile
from simtiny.request import Request
from simtiny.timing.cortex_m4 import CortexM4
from tests.programs import support

WEIGHTS = {
    **dict.fromkeys(EVENTS, 0.0),
    "cycles": 1.0,
    "data_processing": 0.5,
    "multiply": 2.0,
    "divide": 0.75,
    "branch_taken": 0.5,
    "branch_not_taken": 0.25,
    "flash_reads": 3.0,
    "flash_load_words": 2.0,
    "sleeping": 0.125,
}
MODEL = PowerModel(
    supply_v=2.0,
    supply_limits_v=(1.7, 3.6),
    reference_core_v=1.0,
    unit_pj=100.0,
    static_uw=1000.0,
    relative_uncertainty=0.1,
    core=(),
    weights=WEIGHTS,
    calibrated_on=(),
    source="round numbers",
)
AT_2_V = SupplyPoint(2.0, 1.0, "ldo", 0.5)  # half is lost: 200 pJ a unit at the pins, and 2 mW static
LATENCY_S = 25e-6
STATIC_UJ = 0.05
# Offsets from 0x08000000: reset 10, main 18, end 24, square 28.
TWO_FUNCTIONS = bytes.fromhex(
    "00100020 11000008 18000008 24000008"  # stack, reset, bounds of what is measured
    "0320 0521 00e0 00bf"  # movs r0, 3; movs r1, 5; b main; nop
    "00f006f8 0138 fbd1 00e0 00bf"  # main: bl square; subs r0, 1; bne main; b end; nop
    "fee7 00bf"  # end: b end; nop
    "4943 7047"  # square: muls r1, r1; bx lr
)
MAIN, SQUARE = (
    Symbol("main", support.FLASH + 0x10, 0x18, "function"),
    Symbol("square", support.FLASH + 0x28, 4, "function"),
)


def drawn(priced: Estimate) -> EnergyEstimate:
    return energy(priced.events, LATENCY_S, MODEL, AT_2_V)


def image(*functions: Symbol) -> Image:
    return Image("program", "", (), functions=functions)


def parts(found: tuple[Part, ...]) -> dict[str, tuple[float, float | None]]:
    """What is not nothing."""
    return {part.name: (part.cycles, part.energy_uj) for part in found if part.cycles or part.energy_uj}


@pytest.fixture(scope="module")
def called() -> tuple[Profile, Estimate]:
    """Three calls of `square`, without wait states."""
    profile = support.run_code(TWO_FUNCTIONS, support.board())
    return profile, estimate(profile, CortexM4())


def test_two_functions(called: tuple[Profile, Estimate]) -> None:
    """Worked out by hand.

    `square`: MULS, BX and a cycle to refill behind BL, three times. `main`: BL, SUBS and BNE three times and a branch
    to the end; behind each BX two cycles to refill, behind each other branch taken one. The branch into the window was
    taken, the one out of it not yet. Code is read once: a unit of eight bytes of `square`, two of `main`.
    """
    profile, priced = called
    found = by_function(profile, priced, drawn(priced), image(MAIN, SQUARE))
    square_units = 9 * 1 + 3 * 2 + 3 * 0.5 + 1 * 3
    main_units = 19 * 1 + 3 * 0.5 + 6 * 0.5 + 1 * 0.25 + 2 * 3
    assert parts(found) == {
        "main": (pytest.approx(19), pytest.approx(main_units * 200e-6 + STATIC_UJ * 19 / 28)),
        "square": (pytest.approx(9), pytest.approx(square_units * 200e-6 + STATIC_UJ * 9 / 28)),
    }
    assert [part.name for part in found] == ["main", "square"]


def test_classes(called: tuple[Profile, Estimate]) -> None:
    _, priced = called
    assert parts(by_class(priced, drawn(priced))) == {
        "stalls": (12, pytest.approx(12 * 200e-6)),
        "data processing": (3, pytest.approx(3 * (1 + 0.5) * 200e-6)),
        "multiply": (3, pytest.approx(3 * (1 + 2) * 200e-6)),
        "branch taken": (9, pytest.approx(9 * (1 + 0.5) * 200e-6)),
        "branch not taken": (1, pytest.approx((1 + 0.25) * 200e-6)),
        "flash reads": (0, pytest.approx(3 * 3 * 200e-6)),
        "static": (0, pytest.approx(STATIC_UJ)),
    }


def test_memories() -> None:
    """flash_data_in_cache.s: eight units of data and three of code are read, 40 of 65 cycles are waits.

    Where eight loads read shows in the first pass, so they count in the second. Beside them the core runs SUBS and BNE
    twice and the branches into the window and to its end, which was not taken yet.
    """
    _, priced = support.run("flash_data_in_cache")
    assert parts(by_memory(priced, drawn(priced))) == {
        "reads of the flash array": (40, pytest.approx((40 + 11 * 3) * 200e-6)),
        "loads from flash": (0, pytest.approx(8 * 2 * 200e-6)),
        "core": (25, pytest.approx((25 + 2 * 0.5 + 2 * 0.5 + 0.25) * 200e-6)),
        "static": (0, pytest.approx(STATIC_UJ)),
    }


def test_without_a_power_model_cycles_are_left(called: tuple[Profile, Estimate]) -> None:
    profile, priced = called
    assert by_function(profile, priced, None, image(SQUARE)) == (
        Part(NO_SYMBOL, pytest.approx(19), None),
        Part("square", pytest.approx(9), None),
    )
    cycles = {"data processing": 3, "multiply": 3, "branch taken": 9, "branch not taken": 1, "stalls": 12}
    assert parts(by_class(priced, None)) == {name: (count, None) for name, count in cycles.items()}
    assert parts(by_memory(priced, None)) == {"core": (28, None)}


def test_without_symbols_there_is_one_part(called: tuple[Profile, Estimate]) -> None:
    profile, priced = called
    consumed = drawn(priced)
    assert by_function(profile, priced, consumed, image()) == (
        Part(NO_SYMBOL, pytest.approx(28), pytest.approx(consumed.energy_uj)),
    )


COUNT = st.integers(0, 10**6)
PER_BLOCK = st.lists(COUNT, min_size=3, max_size=3)


@given(
    edges=st.lists(COUNT, min_size=5, max_size=5),
    divides=st.lists(COUNT, min_size=10, max_size=10),
    rows=st.lists(PER_BLOCK, min_size=6, max_size=6),
    hidden=st.lists(COUNT, min_size=32, max_size=32),
    exception_cycles=COUNT,
    sleep_cycles=COUNT,
)
@settings(max_examples=50, deadline=None)
def test_every_split_sums_up_to_the_window(
    edges: list[int],
    divides: list[int],
    rows: list[list[int]],
    hidden: list[int],
    exception_cycles: int,
    sleep_cycles: int,
) -> None:
    """Blocks: MULS, BX; LDR, UDIV; SUBS, BNE. The second falls through to the third, and that to the first."""
    codes = ((0x2A, "4843 7047"), (0x20, "1a68 b1fbf0f2"), (0x26, "013c fad1"))
    code_branch, code_sequential, data, ram, mispredicts, unaligned = (np.array(row) for row in rows)
    edges[1] += 1  # the block with the divide runs
    profile = Profile(
        board="",
        image="",
        blocks=tuple(CodeBlock(support.FLASH + offset, bytes.fromhex(code), frozenset()) for offset, code in codes),
        edges=np.array([(-1, 0, edges[0]), (0, 1, edges[1]), (1, 2, edges[2]), (2, 2, edges[3]), (2, 0, edges[4])]),
        taken=np.array([False, True, False, True, False]),
        fetch_misses=np.stack([code_branch, code_sequential], axis=1),
        hidden=np.array(hidden) * bool(code_sequential.any()),
        data_reads=np.stack([data, data], axis=1),
        ram_misses=ram,
        ram_waits=3 * ram,
        mispredicts=mispredicts,
        unaligned_loads=unaligned,
        read_ahead=np.stack([ram, -ram], axis=1),
        divides=np.array([0, 0, *divides]),
        exceptions=1,
        exception_cycles=exception_cycles,
        sleep_cycles=sleep_cycles,
        cycles=0,
        operating_point=OperatingPoint(80e6, 4, False, True, True, "1", 2, 7),
        programmed=OperatingPoint(80e6, 4, False, True, True, "1", 2, 7),
        notes=(),
    )
    priced = estimate(profile, CortexM4())
    consumed = drawn(priced)
    functions = by_function(profile, priced, consumed, image(replace(SQUARE, address=support.FLASH + 0x20)))
    for split in (functions, by_class(priced, consumed), by_memory(priced, consumed)):
        assert sum(part.cycles for part in split) == pytest.approx(priced.cycles, rel=1e-12)
        assert sum(part.energy_uj or 0.0 for part in split) == pytest.approx(consumed.energy_uj, rel=1e-12)
    by_name = {part.name: part for part in functions}
    assert (EXCEPTIONS in by_name, ASLEEP in by_name) == (exception_cycles > 0, sleep_cycles > 0)
    if sleep_cycles:
        static_uj = STATIC_UJ * sleep_cycles / priced.cycles
        assert by_name[ASLEEP].energy_uj == pytest.approx(sleep_cycles * 0.125 * 200e-6 + static_uj)


def test_layers_are_priced_as_windows_of_their_own_and_fill_the_inference() -> None:
    workload = build(Request("ad01", DEFAULT_BOARD))
    measured = measure(workload.flashed)
    core, model = CORES[workload.board.core].timing, power_model(workload.board)
    at = supply_point(model, measured.profile.operating_point)
    whole = estimate(measured.profile, core)
    consumed = energy(whole.events, whole.latency_s, model, at)
    layers = [estimate(profile, core) for profile in measured.layers]
    assert [priced.cycles for priced in layers] == [profile.cycles for profile in measured.layers]
    found = [sum(split_of_part(priced, whole, consumed).values()) for priced in layers]
    assert found == [
        pytest.approx(energy(priced.events, priced.latency_s, model, at).energy_uj, rel=1e-6) for priced in layers
    ]
    assert 0 < consumed.energy_uj - sum(found) < 0.002 * consumed.energy_uj
