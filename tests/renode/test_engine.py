"""The engine on Renode counts what the machine on Unicorn does: by a recording, and by a real Renode where it is."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from simtiny.board_file import load_board
from simtiny.counts import Question, counted
from simtiny.engine import Engine, StopReason
from simtiny.errors import BadInput
from simtiny.estimate import Estimate
from simtiny.image_load import load
from simtiny.machine.machine import Machine
from simtiny.mlperf.workload import Workload, build
from simtiny.profiles import Profile
from simtiny.renode import conversation as module
from simtiny.renode.engine import RenodeEngine
from simtiny.renode.find import Found
from simtiny.request import Request
from tests.renode.conversation import CONVERSATIONS, FOLDER, KERNELS, TOLD, chunks, converse, unpacked
from tests.renode.programs.build import BOARDS, kernel

STAND_IN = Path(__file__).parent / "standin.py"
PACE = ("go", "monitor")
"""Lines of simtiny's that follow the count from question to question."""
COUNTED = {field.name for field in fields(Profile)} - {"image", "notes"}
"""All that is counted. A stream of Renode's has no name of an image, and what it notes is its own."""
ASLEEP = {"cycles", "sleep_cycles"}


def different(one: Profile, other: Profile, names: set[str] = COUNTED) -> list[str]:
    """Names of fields that are not the same."""
    return [name for name in sorted(names) if not same(getattr(one, name), getattr(other, name))]


def same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    return a == b


# --- without a Renode -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=CONVERSATIONS)
def workload(request: pytest.FixtureRequest) -> Workload:
    return build(Request("kws01", request.param))


@pytest.fixture
def on_stand_in(workload: Workload, tmp_path: Path) -> Callable[..., RenodeEngine]:
    """Starts the engine on a program that plays Renode. What simtiny told it is in the file `told`."""

    def start(*fault: str) -> RenodeEngine:
        recording = FOLDER / f"{workload.board.id}.conversation.gz"
        command = (sys.executable, str(STAND_IN), str(recording), str(tmp_path / "told"), *fault)
        found = Found(command, "1.16.1", "as named")
        return RenodeEngine(found, workload.board, workload.image, workload.segments)

    return start


def test_a_recorded_conversation_gives_what_unicorn_counts(
    on_stand_in: Callable[..., RenodeEngine], workload: Workload, tmp_path: Path
) -> None:
    expected = converse(Machine(workload.board, workload.image, workload.segments, serial_takes_time=False))
    with on_stand_in() as engine:
        found = converse(engine)
        assert any("executed by Renode 1.16.1;" in note.text for note in engine.notes)
    assert found.lines == expected.lines
    assert (found.stack, found.returns_to) == (expected.stack, expected.returns_to)
    assert [different(*pair) for pair in zip(found.windows, expected.windows, strict=True)] == [[]] * 7
    told = [data.decode() for kind, data in chunks(unpacked(f"{workload.board.id}.conversation")) if kind == TOLD]
    lines = [line for answer in told for line in answer.splitlines() if line.split()[0] not in PACE]
    assert (tmp_path / "told").read_text().splitlines() == lines


def test_what_the_firmware_reads_of_time_is_simtinys(workload: Workload) -> None:
    """`timestamp` tells microseconds: those of the recording were answered by simtiny's clock, not by Renode's."""
    said = [
        line
        for line in converse(Machine(workload.board, workload.image, workload.segments, serial_takes_time=False)).lines
        if "lap" in line
    ]
    told = [data.decode() for kind, data in chunks(unpacked(f"{workload.board.id}.conversation")) if kind == TOLD]
    values = [line.split()[1] for answer in told for line in answer.splitlines() if line.startswith("value")]
    assert [f"m-lap-us-{value}" for value in values] == said


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (("dies", "0"), r"Renode 1\.16\.1 has ended with status 139: Segmentation fault"),
        (("dies", "9"), r"Renode 1\.16\.1 has ended with status 139: Segmentation fault"),
        (("errs", "9"), r"Renode 1\.16\.1: There was an error executing command 'start' CPU abort"),
        (("hangs", "0"), "Renode said nothing for 0 s"),
        (("hangs", "9"), "Renode said nothing for 0 s"),
        (("leaves", "0"), "Renode was not understood: the stream ends before its end: .*"),
        (("leaves", "9"), "Renode was not understood: the stream ends before its end: .*"),
        (("foreign", "0"), "Renode was not understood: the stream's header is damaged"),
        (("foreign", "9"), "Renode sent a chunk of another kind, b'WHAT'"),
        (("damaged", "0"), "Renode was not understood: the stream is damaged: a chunk's checksum is wrong"),
        (("damaged", "9"), "Renode was not understood: the stream is damaged: a chunk's checksum is wrong"),
        (("deaf", "0"), "Renode did not start within 0 s"),
    ],
)
def test_what_goes_wrong_is_told_in_one_line(
    fault: tuple[str, str],
    message: str,
    on_stand_in: Callable[..., RenodeEngine],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SILENCE_S", 0.3 if fault[0] == "hangs" else 30)  # a busy computer takes its time
    monkeypatch.setattr(module, "START_S", 0.4 if fault[0] == "deaf" else 30)
    monkeypatch.setattr(module, "_ENDING_S", 20 if fault[0] in ("dies", "errs") else 0.3)
    with pytest.raises(BadInput, match=f"^{message}$"), on_stand_in(*fault) as engine:
        converse(engine)
    assert left_of(tmp_path) == []


def left_of(folder: Path) -> list[str]:
    """Command lines of processes that speak of it."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = path.read_bytes().decode(errors="replace")
            found += [words] if str(folder) in words else []
    return found


# --- on a real one ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("benchmark", "board"),
    [
        *((benchmark, "nucleo-l4r5zi") for benchmark in ("kws01", "ad01", "ic01", "vww01")),
        ("kws01", "nucleo-g0b1re"),
        ("kws01", "nucleo-u575zi-q"),
        ("kws01", "disco-f746ng"),
    ],
)
def test_a_benchmark_is_the_same_on_both(benchmark: str, board: str, renode: Found) -> None:
    workload = build(Request(benchmark, board))
    ours = counted(Question(workload.flashed), workload.board, fresh=True)
    theirs = counted(Question(workload.flashed, renode=renode), workload.board, fresh=True)
    assert theirs.measurement.said == ours.measurement.said
    assert any(line.startswith("m-results-[") for line in ours.measurement.said)
    assert theirs.measurement.stopwatch_us == ours.measurement.stopwatch_us is not None
    layers = zip(ours.measurement.layers, theirs.measurement.layers, strict=True)
    for pair in ((ours.measurement.profile, theirs.measurement.profile), *layers):
        assert different(*pair) == []
    for field in fields(Estimate):
        assert same(getattr(theirs.priced.estimate, field.name), getattr(ours.priced.estimate, field.name))
    assert theirs.priced.consumption == ours.priced.consumption


def marks_of_kernel(engine: Engine) -> list[Profile]:
    """Of the kernel, from `main` to `alone`, and what was counted by the end."""
    marks = []
    for name in ("main", "alone"):
        engine.watch(engine.image.symbols[name].address & ~1, lambda: marks.append(engine.mark()))
    assert engine.run(limit_cycles=1_000_000) is StopReason.IDLE
    return [engine.profile(*pair) for pair in pairwise([*marks, engine.mark()])]


@pytest.mark.slow
@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_with_two_tasks_is_the_same_on_both(name: str, renode: Found) -> None:
    """To where a task is preempted at a time, which is Renode's own; how long it sleeps is, too."""
    board, image = load_board(name), load(kernel(BOARDS[name]))
    ours = marks_of_kernel(Machine(board, image))
    with RenodeEngine(renode, board, image) as engine:
        theirs = marks_of_kernel(engine)
        results = engine.read_memory(0x2000_0000, 32)
    machine = Machine(board, image)
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert results == machine.read_memory(0x2000_0000, 32)
    assert different(ours[0], theirs[0], COUNTED - ASLEEP) == []
    awake = [profile.cycles - profile.sleep_cycles for profile in (ours[0], theirs[0])]
    assert awake[0] == awake[1]
    assert ours[1].exceptions == theirs[1].exceptions


@pytest.mark.slow
def test_a_renode_that_is_killed_is_told_in_one_line(renode: Found, tmp_path: Path) -> None:
    """In the middle of a run, by its process id; nothing of it is left."""
    workload = build(Request("kws01", "nucleo-l4r5zi"))
    with RenodeEngine(renode, workload.board, workload.image, workload.segments) as engine:
        process = engine._talk.running._process
        engine.run(limit_cycles=10_000)
        process.kill()
        began = time.monotonic()
        with pytest.raises(BadInput, match=r"^Renode 1\.\d+\S* was ended by SIGKILL") as error:
            engine.run(limit_cycles=1_000_000_000)
        assert "\n" not in str(error.value)
        assert time.monotonic() - began < 20
