"""The call tree of a program whose calls were counted by hand: calls/calls.c says which they are."""

import shutil
import subprocess
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from simtiny.board_file import load_board
from simtiny.bounds import Bounds
from simtiny.call_tree import CallTree
from simtiny.counting import call_nodes
from simtiny.counting.event_marks import AskedEvents
from simtiny.errors import FirmwareFault
from simtiny.estimate import estimate
from simtiny.event_counts import EVENTS
from simtiny.image_load import load
from simtiny.mlperf.measure import measure
from simtiny.mlperf.measurement import Flashed, Measurement
from simtiny.profiling.power_trace import events_upto, once
from simtiny.timing.models import MODELS

GCC = shutil.which("arm-none-eabi-gcc")
pytestmark = pytest.mark.skipif(GCC is None, reason="no arm-none-eabi-gcc")
FOLDER = Path(__file__).parent / "calls"
CPU = ("-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard")
FLAGS = (*CPU, "-nostartfiles", "-ffunction-sections", "-g", "-w")


def compiled(folder: Path, name: str) -> Path:
    out = folder / f"{name}.elf"
    sources = [str(FOLDER / file) for file in ("start.c", f"{name}.c")]
    subprocess.run([str(GCC), *FLAGS, "-O2", "-T", str(FOLDER / "link.ld"), *sources, "-o", str(out)], check=True)
    return out


@pytest.fixture(scope="module")
def elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("calls"), "calls")


def measured(elf: Path, start: str, end: str | None = None) -> Measurement:
    board = load_board("nucleo-l4r5zi")
    flashed = Flashed(board, "calls", load(elf), (), False, None, None, None)
    return measure(flashed, Bounds(start, end), calls=True)


def paths(tree: CallTree) -> Counter[str]:
    """How often each path was gone, by the names along it."""
    found: Counter[str] = Counter()
    names: list[str] = []
    for parent, routine, calls in zip(tree.parent, tree.routine, tree.calls, strict=True):
        name = tree.routines[routine].name
        names.append(name if parent < 0 else f"{names[parent]};{name}")
        found[names[-1]] += int(calls)
    return found


@pytest.fixture(scope="module")
def whole(elf: Path) -> Measurement:
    return measured(elf, "main", "finish")


@pytest.fixture(scope="module")
def found(whole: Measurement) -> Counter[str]:
    assert whole.calls is not None
    return paths(whole.calls)


MAIN = "thread main;Reset_Handler;main"


def test_cycles_are_those_of_the_window_to_the_last_one(whole: Measurement) -> None:
    tree = whole.calls
    assert tree is not None
    assert int(tree.cell_cycles.sum() + tree.asleep.sum()) == whole.profile.cycles
    runs = np.zeros(len(whole.profile.blocks), np.int64)
    inside = tree.cell_block >= 0
    np.add.at(runs, tree.cell_block[inside], tree.cell_runs[inside])
    expected = np.zeros_like(runs)
    np.add.at(expected, whole.profile.edges[:, 1], whole.profile.edges[:, 2])
    assert np.array_equal(runs, expected)


def test_marks_of_events_add_up_to_those_of_the_window(elf: Path, whole: Measurement) -> None:
    """Through interrupts, threads and longjmp. A run with marks counts what one without counts."""
    board = load_board("nucleo-l4r5zi")
    flashed = Flashed(board, "calls", load(elf), (), False, None, None, None)
    found = measure(
        flashed,
        Bounds("main", "finish"),
        calls=True,
        listen=lambda machine: machine.mark_events(lambda: machine.clock_hz["core"], AskedEvents(once, 8, 10e-6)),
    )
    assert found.profile.cycles == whole.profile.cycles
    assert np.array_equal(found.profile.edges, whole.profile.edges)
    assert found.calls is not None and found.calls.event_marks is not None
    marks = found.calls.event_marks
    every = round(10e-6 * found.profile.operating_point.clock_hz)
    assert (np.diff(marks["clock"]) <= every + 100).all()  # a block behind it
    assert np.diff(marks["clock"])[:-1].min() >= every
    estimated = estimate(found.profile, MODELS[board.core])
    happened = {name: int(counts[-1] - counts[0]) for name, counts in events_upto(marks).items()}
    divides = int(estimated.events_by_block[:, EVENTS.index("divide")].sum())
    assert happened == {**asdict(estimated.events), "divide": divides}


def test_a_jump_into_another_function_is_a_call_that_returns_with_its_caller(found: Counter[str]) -> None:
    assert found[f"{MAIN};tail_to"] == 1
    assert found[f"{MAIN};tail_to;leaf"] == 1


def test_longjmp_leaves_all_that_it_jumps_out_of(found: Counter[str]) -> None:
    assert found[f"{MAIN};catcher;" + ";".join(["thrower"] * 6)] == 1
    assert found[f"{MAIN};catcher;leaf"] == 1  # called behind the second return of setjmp


def test_a_call_by_a_pointer_is_a_call(found: Counter[str]) -> None:
    assert found[f"{MAIN};pointed;leaf"] == 1


def test_threads_that_load_the_stack_pointer_have_a_root_each(found: Counter[str]) -> None:
    assert found[f"{MAIN};coop;swap"] == 3
    assert found[f"{MAIN};coop;leaf"] == 3
    assert found["thread routine_b;routine_b;in_b;leaf"] == 3


def test_interrupts_are_roots_of_their_own(found: Counter[str]) -> None:
    assert found["SysTick;SysTick_Handler;in_tick;leaf"] == 5
    assert found["SysTick"] == 5
    assert not any("SysTick" in path for path in found if path.startswith("thread "))


def test_threads_that_an_exception_switches_have_a_root_each(found: Counter[str]) -> None:
    assert found["thread task1;task1;work1"] == 3
    assert found["thread task1;task1;work1;leaf"] == 6
    assert found["thread task2;task2;work2;leaf"] == 5  # the last time it is not gone on with
    assert found["PendSV;PendSV_Handler"] == 6
    assert found[f"{MAIN};rtos"] == 1


def test_the_time_line_tells_the_same(whole: Measurement) -> None:
    tree = whole.calls
    assert tree is not None
    begin = tree.visits[:, 0]
    lengths = np.diff(np.append(begin, begin[0] + whole.profile.cycles))
    assert (lengths >= 0).all()
    by_node = np.zeros(len(tree.parent), np.int64)
    np.add.at(by_node, tree.visits[:, 1], lengths)
    cells = np.zeros_like(by_node)
    np.add.at(cells, tree.cell_node, tree.cell_cycles)
    assert np.abs(by_node - cells).max() <= 0.01 * whole.profile.cycles


def test_a_recursion_is_as_deep_as_it_went(elf: Path) -> None:
    tree = measured(elf, "deep").calls
    assert tree is not None
    assert max(path.count(";deep") for path in paths(tree)) == 31


def test_following_calls_changes_nothing(elf: Path, whole: Measurement) -> None:
    board = load_board("nucleo-l4r5zi")
    plain = measure(Flashed(board, "calls", load(elf), (), False, None, None, None), Bounds("main", "finish"))
    assert plain.profile.cycles == whole.profile.cycles
    assert np.array_equal(plain.profile.edges, whole.profile.edges)


def test_stacks_that_were_allocated_next_to_each_other_are_told_apart(tmp_path: Path) -> None:
    """Of each 2,048 bytes, from the top: work's frame of 400 + 16, and yield's registers: 32, and R4 to R11 by hand.

    The handlers run on the main stack, which is above all of them and ends where static data do.
    """
    tree = measured(compiled(tmp_path, "heap_threads"), "main", "finish").calls
    assert tree is not None
    found = {stack.name: stack for stack in tree.stacks}
    heap = min(stack.top for stack in tree.stacks) - 2048
    assert {name: stack.top - heap for name, stack in found.items() if name != "main"} == {
        "task_a": 6144,
        "task_b": 4096,
        "task_c": 2048,
    }
    assert {found[f"task_{name}"].top - found[f"task_{name}"].lowest for name in "abc"} == {448}
    assert {found[f"task_{name}"].limit for name in "abc"} == {None}
    assert 160 < found["main"].top - found["main"].lowest < 256


def test_the_registers_of_an_interrupt_overflow_a_stack_as_well(tmp_path: Path) -> None:
    with pytest.raises(FirmwareFault, match=r"goes below 0x2\w+, small, of 24 bytes, at pc 0x\w+ \(spin"):
        measured(compiled(tmp_path, "small_stack"), "main")


def test_too_many_ways_stand_for_each_other(elf: Path, whole: Measurement, monkeypatch: pytest.MonkeyPatch) -> None:
    assert whole.calls is not None and not whole.calls.is_folded
    monkeypatch.setattr(call_nodes, "MOST_NODES", 30)
    few = measured(elf, "main", "finish")
    tree = few.calls
    assert tree is not None and tree.is_folded
    assert int(tree.cell_cycles.sum() + tree.asleep.sum()) == few.profile.cycles == whole.profile.cycles
    assert by_routine(tree) == by_routine(whole.calls)


def by_routine(tree: CallTree) -> dict[str, tuple[int, int]]:
    """Calls and cycles of each."""
    cycles = np.bincount(tree.cell_node, tree.cell_cycles, len(tree.parent))
    found: dict[str, tuple[int, int]] = {}
    for routine, calls, own in zip(tree.routine.tolist(), tree.calls.tolist(), cycles.tolist(), strict=True):
        before = found.get(tree.routines[routine].name, (0, 0))
        found[tree.routines[routine].name] = before[0] + calls, before[1] + int(own)
    return found
