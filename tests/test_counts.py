"""Counts from the store: the same in every figure, and run anew where anything is not as it should be."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simtiny
from simtiny.board import as_counted
from simtiny.board_file import load_board
from simtiny.bounds import Bounds
from simtiny.cli import main
from simtiny.counts import Question, counted, measured_at, store
from simtiny.data import data_path
from simtiny.image import Image, Segment
from simtiny.mlperf.measure import measure
from simtiny.mlperf.measurement import Flashed
from simtiny.mlperf.workload import Workload, build
from simtiny.notes import NoteKind
from simtiny.operating_point import Overrides
from simtiny.profile_file import ProfileSet, dump, load
from simtiny.profile_store import content_key
from simtiny.profiles import CodeBlock
from simtiny.report.document import run_document
from simtiny.report.measured import measured
from simtiny.report.result import RunResult
from simtiny.request import Request, RequestWords
from simtiny.settings import AS_IT_IS, MemorySettings

ROOT = Path(__file__).parents[1]
FIRMWARE = data_path("firmware", "images", "nucleo-l4r5zi-dsp.elf")


@pytest.fixture(scope="module")
def workload() -> Workload:
    return build(Request("ad01", "nucleo-l4r5zi"))


def entries() -> list[Path]:
    return sorted(store().folder.glob("*.entry"))


def document(*results: RunResult) -> dict[str, Any]:
    return run_document(results)


@pytest.mark.parametrize(
    "words",
    [
        {"board": "nucleo-l4r5zi"},
        {"board": "nucleo-u575zi-q"},
        {"board": "nucleo-u575zi-q", "caches": ("4K/2", "16K/2")},
        {"board": "nucleo-l4r5zi", "clock_hz": 26e6, "voltage_range": "2"},
        {"board": "nucleo-u575zi-q", "period_s": 1.0, "sleep": "stop2", "supply_v": 3.0},
    ],
)
def test_a_stored_run_is_the_run(words: RequestWords) -> None:
    first, second, fresh = simtiny.run("ad01", **words), simtiny.run("ad01", **words), None
    fresh = simtiny.run("ad01", fresh=True, **words)
    assert [result.stored for result in (first, second, fresh)] == [False, True, False]
    assert first == second == fresh
    assert repr(replace(second, stored=False)) == repr(first)  # types as well: 5 is not 5.0
    documents = [document(result) for result in (first, second)]
    assert [each["results"][0].pop("stored") for each in documents] == [False, True]
    assert json.dumps(documents[0]) == json.dumps(documents[1])


def test_the_command_prints_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    printed = []
    for number, options in enumerate(([], [], ["--fresh"])):
        path = tmp_path / f"{number}.json"
        assert main(["run", "ad01", "--layers", "--where", "--json", str(path), *options]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] == printed[2]
    texts = [(tmp_path / f"{number}.json").read_text() for number in range(3)]
    assert texts[0] == texts[2] == texts[1].replace('"stored": true', '"stored": false')


def test_an_image_is_told_by_its_content(tmp_path: Path) -> None:
    def one_call(image: Path) -> RunResult:
        found = measured(Request(board="nucleo-l4r5zi", image=image, function="stopwatch_start"))
        assert found is not None
        return found

    first, copy = one_call(FIRMWARE), tmp_path / "copy.elf"
    copy.write_bytes(FIRMWARE.read_bytes())
    copied = one_call(copy)
    assert (first.stored, copied.stored, copied.cycles) == (False, True, first.cycles)
    assert copied.firmware == "copy.elf"
    changed = bytearray(FIRMWARE.read_bytes())
    changed[-1] ^= 1
    copy.write_bytes(bytes(changed))
    assert not one_call(copy).stored


def test_every_call_is_counted_anew_and_has_the_figures_of_the_stored_one() -> None:
    words = {"board": "nucleo-l4r5zi", "image": FIRMWARE, "function": "stopwatch_start"}
    alone = measured(Request(**words))
    for every in (simtiny.run(**words), simtiny.run(**words)):
        assert alone is not None and not every.stored
        assert len(every.windows) == 1 and alone.windows == ()
        assert (every.cycles, every.energy, every.memory) == (alone.cycles, alone.energy, alone.memory)


UNDER: list[tuple[str, Any]] = [
    *(("caches", "4K/2"), ("caches", "4K/4"), ("wait_states", 0), ("wait_states", 1), ("prefetch", False)),
    *(("prefetch", True), ("instruction_cache", False), ("data_cache", False), ("read_width_bits", 64)),
    *(("place", ("code=sram2",)), ("place", ("code=sram2", "stack=sram2"))),
]


def test_the_key_covers_all_that_counts_depend_on(workload: Workload) -> None:
    flashed = workload.flashed
    ((address, plan),) = flashed.segments
    slower = replace(flashed.board, flash=replace(flashed.board.flash, miss_overhead_cycles=1))
    moved = replace(flashed.image, segments=tuple(replace(each, address=0) for each in flashed.image.segments))
    plain = Question(flashed)
    others = [
        replace(plain, bounds=Bounds("main", None)),
        replace(plain, bounds=Bounds("main", "plan_run")),
        *(plain.under(MemorySettings(**{name: value})) for name, value in UNDER),
        replace(plain, warmups=1),
        replace(plain, sample=b""),
        replace(plain, sample=b"1"),
        replace(plain, flashed=replace(flashed, board=slower)),
        replace(plain, flashed=replace(flashed, image=replace(flashed.image, sha256="0" * 64))),
        replace(plain, flashed=replace(flashed, image=moved)),
        replace(plain, flashed=replace(flashed, segments=((address, plan + b"\0"),))),
        replace(plain, flashed=replace(flashed, segments=((address + 4, plan),))),
        replace(plain, flashed=replace(flashed, network_inside=True)),
        replace(plain, flashed=replace(flashed, task=None)),
        replace(plain, flashed=replace(flashed, seed=1)),
        replace(plain, flashed=replace(flashed, input_format=(640, "int8"))),
    ]
    assert len({plain.key, *(other.key for other in others)}) == 1 + len(others)
    renamed = replace(flashed, title="another", image=replace(flashed.image, name="another.elf"))
    assert Question(renamed).key == plain.key


def test_what_energy_costs_and_what_a_board_is_called_is_not_counted(workload: Workload) -> None:
    board = workload.board
    assert board.power is not None
    power = replace(board.power, unit_pj=1.0)
    flash = replace(board.flash, calibrated_on=("more",), read_width_source="elsewhere")
    other = replace(workload, board=replace(board, title="Another", power=power, flash=flash))
    assert other.flashed == workload.flashed


def stored_once(workload: Workload) -> Path:
    assert not counted(Question(workload.flashed), workload.board).stored
    (entry,) = entries()
    return entry


def truncated(entry: Path) -> None:
    entry.write_bytes(entry.read_bytes()[:-1])


def flipped(entry: Path) -> None:
    data = bytearray(entry.read_bytes())
    data[len(data) // 2] ^= 1
    entry.write_bytes(bytes(data))


def emptied(entry: Path) -> None:
    entry.write_bytes(b"")


def of_another_key(entry: Path) -> None:
    other = content_key({"another": ""})
    store().put(other, b"counts")
    (store().folder / f"{other}.entry").replace(entry)


def of_another_format(entry: Path) -> None:
    head, key, body = entry.read_bytes()[:-32].split(b"\n", 2)
    data = b"\n".join((head.replace(b"1", b"2"), key, body))
    entry.write_bytes(data + hashlib.sha256(data).digest())


def writable_by_others(entry: Path) -> None:
    entry.chmod(0o666)


def a_link(entry: Path) -> None:
    entry.symlink_to(entry.rename(entry.parent.parent / "elsewhere"))


def rewritten(change: Callable[[ProfileSet], ProfileSet]) -> Callable[[Path], None]:
    """What a program of the user's own can do: seal other counts with the right hashes."""

    def rewrite(entry: Path) -> None:
        kept = store().get(entry.stem, load)
        assert kept is not None
        assert store().put(entry.stem, dump(change(kept))) is None

    return rewrite


def with_an_edge_more(profiles: ProfileSet) -> ProfileSet:
    window, *layers = profiles.profiles
    edges = window.edges.copy()
    edges[0, 2] += 1
    return replace(profiles, profiles=(replace(window, edges=edges), *layers))


def with_a_longer_layer(profiles: ProfileSet) -> ProfileSet:
    *others, last = profiles.profiles
    return replace(profiles, profiles=(*others, replace(last, cycles=last.cycles + 1)))


def with_code_without_a_price(profiles: ProfileSet) -> ProfileSet:
    window, *layers = profiles.profiles
    unknown = tuple(block._replace(code=b"\xff\xb7" * (len(block.code) // 2)) for block in window.blocks)
    return replace(profiles, profiles=(replace(window, blocks=unknown), *layers))


def without_metadata(profiles: ProfileSet) -> ProfileSet:
    return replace(profiles, metadata={})


def with_said(**words: object) -> Callable[[ProfileSet], ProfileSet]:
    def change(profiles: ProfileSet) -> ProfileSet:
        said = json.loads(profiles.metadata["measurement"])
        return replace(profiles, metadata={**profiles.metadata, "measurement": json.dumps({**said, **words})})

    return change


def with_metadata(**words: str) -> Callable[[ProfileSet], ProfileSet]:
    return lambda profiles: replace(profiles, metadata={**profiles.metadata, **words})


def of_another_board(profiles: ProfileSet) -> ProfileSet:
    *others, last = profiles.profiles
    return replace(profiles, profiles=(*others, replace(last, board="nucleo-g0b1re")))


def with_a_layer_less(profiles: ProfileSet) -> ProfileSet:
    return replace(profiles, profiles=profiles.profiles[:-1])


def with_other_code(profiles: ProfileSet) -> ProfileSet:
    """Another first instruction of a block that never ran in the window: the price of the counts is the same."""
    ran = {int(number) for profile in profiles.profiles for number in profile.edges[:, :2].ravel()}
    number = next(number for number in range(len(profiles.profiles[0].blocks)) if number not in ran)

    def changed(blocks: tuple[CodeBlock, ...]) -> tuple[CodeBlock, ...]:
        block = blocks[number]
        return (*blocks[:number], block._replace(code=b"\0\xbf" + block.code[2:]), *blocks[number + 1 :])

    each = tuple(replace(profile, blocks=changed(profile.blocks)) for profile in profiles.profiles)
    return replace(profiles, profiles=each)


def with_a_layers_own_code(profiles: ProfileSet) -> ProfileSet:
    """A block more in RAM, which the window has not."""
    *others, last = profiles.profiles
    columns = ("fetch_misses", "data_reads", "ram_misses", "ram_waits", "mispredicts", "unaligned_loads", "read_ahead")
    wider = {name: np.concatenate([getattr(last, name), getattr(last, name)[:1] * 0]) for name in columns}
    ours = (*last.blocks, CodeBlock(0x2000_0000, b"\0\xbf", frozenset()))
    return replace(profiles, profiles=(*others, replace(last, blocks=ours, **wider)))


def emptied_of_counts(profiles: ProfileSet) -> ProfileSet:
    """Nothing was executed, in no time."""
    arrays = (
        "edges",
        "taken",
        "fetch_misses",
        "data_reads",
        "ram_misses",
        "ram_waits",
        "mispredicts",
        "unaligned_loads",
        "read_ahead",
    )
    nothing = {name: getattr(profiles.profiles[0], name)[:0] for name in arrays}
    each = tuple(
        replace(
            profile,
            **{**nothing, "blocks": (), "hidden": profile.hidden * 0, "divides": profile.divides * 0},
            exceptions=0,
            exception_cycles=0,
            sleep_cycles=0,
            cycles=0,
        )
        for profile in profiles.profiles
    )
    return replace(profiles, profiles=each)


def with_the_longest_waits(profiles: ProfileSet) -> ProfileSet:
    """As many cycles as can be written, of counts and waits that multiply to more than 64 bits."""
    window, *layers = profiles.profiles
    point = replace(window.operating_point, wait_states=65535, miss_overhead_cycles=65535, ram_miss_cycles=65535)
    many = dict.fromkeys(
        ("ram_misses", "ram_waits", "mispredicts", "unaligned_loads"), np.full(len(window.blocks), (1 << 53) - 1)
    )
    counts = {**many, "fetch_misses": np.full((len(window.blocks), 2), (1 << 53) - 1)}
    return replace(profiles, profiles=(replace(window, operating_point=point, **counts), *layers))


DAMAGES = [
    *(truncated, flipped, emptied, of_another_key, of_another_format, writable_by_others, a_link),
    *map(
        rewritten,
        (
            *(with_an_edge_more, with_a_longer_layer, with_code_without_a_price, without_metadata),
            *(of_another_board, with_a_layer_less, with_other_code, with_a_layers_own_code),
            *(emptied_of_counts, with_the_longest_waits),
            *(with_metadata(image_sha256="0" * 64), with_metadata(counting="another")),
            *(with_said(task="kws99"), with_said(task="kws01"), with_said(task=None), with_said(is_inference=False)),
            *(with_said(stopwatch_us=-1), with_said(stopwatch_us=1 << 32)),
            *(with_said(ram_used=-1), with_said(ram_used=(1 << 32) + 1)),
        ),
    ),
]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("overrides", [Overrides(), Overrides(clock_hz=26e6, voltage_range="2")])
def test_what_is_damaged_forged_or_foreign_is_run_anew_and_replaced(
    damage: Callable[[Path], None], overrides: Overrides, workload: Workload
) -> None:
    entry = stored_once(workload)
    whole = entry.read_bytes()
    damage(entry)
    question = Question(workload.flashed)
    again = counted(question, workload.board, overrides)
    assert not again.stored and again.not_kept is None
    assert entry.read_bytes() == whole and not entry.is_symlink()
    assert counted(question, workload.board, overrides).stored


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_an_entry_of_another_user_is_run_anew(workload: Workload) -> None:
    entry = stored_once(workload)
    os.chown(entry, 65534, -1)
    assert not counted(Question(workload.flashed), workload.board).stored
    assert entry.stat().st_uid == 0


def test_an_entry_can_be_priced_a_year_later(workload: Workload) -> None:
    kept = store().get(stored_once(workload).stem, load)
    assert kept is not None
    said = kept.metadata
    assert (said["core"], said["image_sha256"]) == ("cortex-m4f", workload.image.sha256)
    assert said["simtiny"] == simtiny.__version__ and said["window"].startswith("one inference")
    assert workload.board.power is not None
    assert json.loads(said["platform"])["power"]["unit_pj"] == workload.board.power.unit_pj


def test_only_a_cache_that_can_not_be_written_is_worth_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [note for note in simtiny.run("ad01").notes if note.place == "store"] == []
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("SIMTINY_CACHE", str(tmp_path / "file"))
    (note,) = (note for note in simtiny.run("ad01").notes if note.place == "store")
    assert note.kind is NoteKind.METHOD
    assert note.text == f"the counts are not kept for the next run: {tmp_path}/file/store: Not a directory"


def test_two_processes_at_once_count_the_same(tmp_path: Path) -> None:
    def started(number: int) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "simtiny", "run", "ad01", "--json", str(tmp_path / f"{number}.json")]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    for process in [started(number) for number in range(2)]:
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
    documents = [json.loads((tmp_path / f"{number}.json").read_text())["results"] for number in range(2)]
    for results in documents:
        results[0].pop("stored")
    assert documents[0] == documents[1]
    assert len(entries()) == 1 and list(store().folder.glob(".*")) == []


ABSENT = ("unicorn", "simtiny.machine", "multiprocessing", "simtiny.counting", "simtiny.native")
ABSENT += ("simtiny.calibration", "simtiny.validation", "simtiny.serve", "simtiny.engine", "simtiny.mlperf.measure")


def test_a_stored_run_needs_no_emulator() -> None:
    program = (
        "import sys; from simtiny import api; result, = api.run_all(['ad01']); print(result.stored)\n"
        f"print(*[name for name in {ABSENT} if name in sys.modules])"
    )
    for expected in (["False", " ".join(ABSENT[:2])], ["True", ""]):
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
        stored, present = done.stdout.splitlines()
        assert stored == expected[0] and present.startswith(expected[1]) and bool(present) == bool(expected[1])


def test_code_that_counts_voids_an_entry_and_other_code_does_not(tmp_path: Path) -> None:
    """In a copy of the package, run as a user would."""
    package = tmp_path / "simtiny"
    shutil.copytree(ROOT / "simtiny", package, ignore=shutil.ignore_patterns("__pycache__"))
    for data in ("platforms", "models", "firmware"):
        (tmp_path / data).symlink_to(ROOT / data)

    def run() -> dict[str, Any]:
        command = [sys.executable, "-m", "simtiny", "run", "ad01", "--json"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        result: dict[str, Any] = json.loads(done.stdout)["results"][0]
        return result

    def edit(place: str, old: str, new: str) -> None:
        source = (package / place).read_text()
        assert source.count(old) == 1
        (package / place).write_text(source.replace(old, new))

    first = run()
    assert not first["stored"]
    edit("report/text.py", '"instructions"', '"instructions issued"')
    edit("energy.py", 'STATIC = "static"', 'STATIC = "leakage"')
    then = run()
    assert then["stored"] and then["cycles"] == first["cycles"] and "leakage" in then["energy"]["by_event_uj"]
    edit("timing/cortex_m4.py", "refill_loaded: int = 3", "refill_loaded: int = 4")
    slower = run()
    assert not slower["stored"] and slower["cycles"] > first["cycles"]
    assert run() == {**slower, "stored": True}


# vectors; reset: SysTick every 20,001 cycles; again: bl work; b again;
# work: a loop of 1,000 turns; wfi; bx lr; tick: bx lr
TICKS = (
    f"0010002041000008{'00' * 52}65000008"
    "094844f620614160002181600721016000f002f8fce700bf4ff47a72013afdd130bf70477047000010e000e0"
)


def test_what_waits_for_a_tick_is_executed_under_each_setting() -> None:
    """However slow the flash, the core sleeps until the tick. Beside the run the sleep would come on top."""
    image = Image("ticks", "0" * 64, (Segment(0x0800_0000, bytes.fromhex(TICKS)),))
    board = load_board("nucleo-l4r5zi")
    question = Question(
        Flashed(as_counted(board), "ticks", image, (), True, None, None, None), Bounds("0x08000058", None)
    )
    slow = MemorySettings(wait_states=5, prefetch=False, instruction_cache=False)
    (own, waiting), executions, stored = measured_at(question, board, (AS_IT_IS, slow), fresh=True)
    assert (executions, stored) == (2, 0)
    assert own.profile.sleep_cycles > waiting.profile.sleep_cycles > 0
    forced = measure(question.flashed, question.bounds, slow).profile
    assert (waiting.profile.cycles, waiting.profile.sleep_cycles) == (forced.cycles, forced.sleep_cycles)
    (again,), executions, stored = measured_at(question, board, (slow,))
    assert (again.profile.cycles, executions, stored) == (forced.cycles, 0, 1)
