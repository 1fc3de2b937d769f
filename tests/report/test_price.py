"""`simtiny price`: what a stream comes to is what the run that wrote it came to, and what was worked out by hand."""

import functools
import gzip
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from math import fsum
from pathlib import Path
from typing import Any

import pytest

import simtiny
from simtiny.board_file import load_board
from simtiny.cli import main
from simtiny.counting import stream
from simtiny.counting.stream import Event, Header
from simtiny.errors import BadInput, Unpriced
from simtiny.isa.decode import decode
from simtiny.machine import sections
from simtiny.machine.machine import Machine, StopReason
from simtiny.mlperf.measure import synthetic_input_for
from simtiny.mlperf.protocol import Session
from simtiny.mlperf.workload import build
from simtiny.report.price_result import PriceResult
from simtiny.report.stream_facts import LACKS, MOST_CHARACTERS, MOST_FACTS
from simtiny.request import Request
from tests.machine.programs.loader import boot
from tests.report.test_schema import errors

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs/examples/stream_writer.py"
IMAGES = ROOT / "firmware/images"
SVC = 11


@functools.cache
def benchmark(board: str) -> tuple[bytes, str, int]:
    """The stream of an inference from reset on, its marks, and the clock at its end."""
    workload, file = build(Request("ad01", board)), io.BytesIO()
    machine = Machine(workload.board, workload.image, workload.segments, serial_takes_time=False)
    recorder = machine.record(file)
    session = Session(machine)
    session.boot()
    session.load_input(synthetic_input_for(session, workload.flashed)[1])
    found = session.infer()
    recorder.close()
    return file.getvalue(), f"{found.start.number}:{found.end.number}", machine.cycles


def price(data: bytes, **words: Any) -> PriceResult:
    return simtiny.price(io.BytesIO(data), **words)


@pytest.fixture
def l4(tmp_path: Path) -> Path:
    path = tmp_path / "l4.stream"
    path.write_bytes(benchmark("nucleo-l4r5zi")[0])
    return path


def assert_is_run(board: str) -> None:
    data, marks, _ = benchmark(board)
    ran, found = simtiny.run("ad01", board=board), price(data, marks=marks)
    assert (found.latency_ms, found.cycles, found.instructions) == (ran.latency_ms, ran.cycles, ran.instructions)
    assert found.cycles_by_effect == ran.cycles_by_effect
    assert found.sections[0].operating_point == ran.operating_point
    assert (found.energy and found.energy.energy_uj) == (ran.energy and ran.energy.energy_uj)
    assert found.energy is None or ran.energy is None or found.energy.by_event_uj == ran.energy.by_event_uj


def test_a_benchmark_is_what_run_says() -> None:
    assert_is_run("nucleo-l4r5zi")


@pytest.mark.slow
@pytest.mark.parametrize("board", [board.id for board in simtiny.boards() if board.id != "nucleo-l4r5zi"])
def test_a_benchmark_on_every_board(board: str) -> None:
    if not any(IMAGES.glob(f"{load_board(board).firmware or board}-portable.elf")):
        pytest.skip("simtiny's own firmware does not run on it")
    assert_is_run(board)
    data, _, cycles = benchmark(board)
    assert price(data).cycles == cycles


def test_all_of_it_is_priced_in_sections() -> None:
    data, marks, cycles = benchmark("nucleo-l4r5zi")
    found = price(data)
    points = [section.operating_point for section in found.sections]
    assert [(point.clock_hz / 1e6, point.wait_states) for point in points] == [(4, 0), (4, 5), (60, 5), (120, 5)]
    assert found.cycles == sum(section.cycles for section in found.sections) == cycles
    assert found.latency_ms == fsum(section.latency_ms for section in found.sections)
    assert found.latency_ms > cycles / 120e3
    assert found.energy is not None
    assert found.energy.energy_uj == fsum(section.energy_uj or 0.0 for section in found.sections)
    assert found.energy.energy_uj == pytest.approx(fsum(found.energy.by_event_uj.values()))
    assert found.energy.left_on_uj
    assert found.energy.by_event_uj["left_on"] == pytest.approx(fsum(found.energy.left_on_uj.values()))
    assert found.energy.energy_uj == pytest.approx(fsum(part.energy_uj or 0.0 for part in found.by_function))
    assert found.cycles == pytest.approx(fsum(part.cycles for part in found.by_function))
    assert found.latency_low_ms < found.latency_ms < found.latency_high_ms
    inside = price(data, marks=marks)
    assert inside.cycles < found.sections[-1].cycles and inside.energy is not None
    assert (found.sections[-1].energy_uj or 0) > inside.energy.energy_uj


@pytest.mark.parametrize(
    "bounds", [{"function": "memset"}, {"start": "model_infer", "end": "plan_run"}, {"function": "model_infer"}]
)
def test_a_window_by_symbols_is_that_of_run(bounds: dict[str, str]) -> None:
    image = IMAGES / "nucleo-l4r5zi-dsp.elf"
    found = price(benchmark("nucleo-l4r5zi")[0], image=image, **bounds)
    ran = simtiny.run("ad01", **bounds)
    assert (found.window, found.cycles, found.latency_ms) == (ran.window, ran.cycles, ran.latency_ms)
    assert (found.energy and found.energy.energy_uj) == (ran.energy and ran.energy.energy_uj)
    assert found.by_function == ran.by_function
    assert (found.latency_low_ms, found.latency_high_ms) == (ran.latency_low_ms, ran.latency_high_ms)


# --- hand-made streams ------------------------------------------------------------------------------------------------

HERE = 0x0800_0400
FLASH_ACR, RCC_CR, PWR_CR1 = 0x4002_2000, 0x4002_1000, 0x4000_7000
Row = tuple[int, dict[str, int]]


def made(
    rows: Sequence[Row], code: dict[int, bytes], facts: dict[str, str] | None = None, board: str = "nucleo-l4r5zi"
) -> bytes:
    """A stream of this code and these records."""
    file = io.BytesIO()
    stream.write_header(file, Header(board, "made", facts or {}))
    records = b"".join(stream.code_records(address, data) for address, data in code.items())
    records += b"".join(stream.pack(*stream.record(event, **words)) for event, words in rows)
    stream.write_records(file, records)
    stream.write_end(file, {})
    return file.getvalue()


def block(address: int, size: int) -> Row:
    return Event.BLOCK, {"address": address, "operands": size}


def mark(number: int) -> Row:
    return Event.MARK, {"operands": number}


# main: nop; bl f; nop; b .    f: nop; cbz r0, end; bl main_again... ; bx lr
MAIN, CALLED, TAIL = 0x0800_0400, 0x0800_0420, 0x0800_0440
CODE = {
    MAIN: bytes.fromhex("00bf 00f00df8 00bf fee7"),  # nop; bl 08000420; nop; b .
    CALLED: bytes.fromhex("00bf 00bf 7047"),  # nop; nop; bx lr
    TAIL: bytes.fromhex("00bf 00bf ece7"),  # nop; nop; b 08000420
}
RETURNED = MAIN + 6


def test_a_function_ends_where_its_call_returns() -> None:
    data = made([block(MAIN, 6), block(CALLED, 6), block(RETURNED, 4)], CODE)
    found = price(data, function="0x08000420")
    assert found.instructions == 3
    assert found.cycles == 1 + 1 + 1 + 1  # NOP, NOP and BX; BL's second cycle, which fetches where it goes
    assert found.window == "one call of 0x08000420"
    # BL begins before the window, which has its branch: cycles are the function's.
    assert {part.name: part.cycles for part in found.by_function} == {"0x08000400": 0, "0x08000420": 4}


def test_calls_inside_of_a_call_are_of_it() -> None:
    """It calls who has called it, who calls it from the same place: two of them return there."""
    deep = [block(MAIN, 6), block(CALLED, 6), block(MAIN, 6), block(CALLED, 6), block(RETURNED, 2), block(RETURNED, 4)]
    assert price(made(deep, CODE), function="0x08000420").instructions == 3 + 2 + 3 + 1


def test_a_function_that_is_jumped_to_needs_a_frame() -> None:
    rows = [block(MAIN, 6), block(TAIL, 6), block(CALLED, 6), block(RETURNED, 4)]
    with pytest.raises(BadInput, match=r"where 0x08000420 returns to can't be told.*`start` and `end`"):
        price(made(rows, CODE), function="0x08000420")
    frame = Event.FRAME, {"address": CALLED, "operands": 0x2000_1000 | (RETURNED | 1) << 32}
    rows.insert(2, frame)
    assert price(made(rows, CODE), function="0x08000420").instructions == 3
    handler = Event.FRAME, {"address": CALLED, "operands": 0x2000_1000 | 0xFFFF_FFF9 << 32}
    with pytest.raises(BadInput, match="can't be told"):
        price(made([handler, block(CALLED, 6)], CODE), function="0x08000420")


def test_from_an_address_to_itself_is_one_round() -> None:
    rows = [block(MAIN, 6), *[block(CALLED, 6), block(RETURNED, 4)] * 2]
    assert price(made(rows, CODE), start="0x08000420", end="0x08000420").instructions == 3 + 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"function": "0x08000440"}, "the stream: the stream does not reach 0x08000440"),
        ({"function": "0x08000420"}, "the stream: the stream ends before 0x08000420 returns"),
        ({"start": "0x08000400", "end": "0x08000440"}, "does not reach 0x08000440 behind 0x08000400"),
        ({"start": "main", "end": "0x08000440"}, "main is a name: give the `image` that has it, or an address"),
        ({"function": "0x40000000"}, "lies outside of all memories of nucleo-l4r5zi"),
        ({"marks": "0:7"}, "the stream has no mark 7: it has 2"),
        ({"marks": "0:1"}, "nothing runs in the window, from mark 0 to mark 1"),
        ({"marks": "0"}, "`marks`: expected two whole numbers such as 0:1, not '0'"),
        ({"marks": "a:b"}, "`marks`: expected two whole numbers"),
        ({"marks": (1, 1)}, "`marks` 1: it must be at least 2"),
        ({"marks": (-1, 1)}, "`marks` -1: it must be at least 0"),
        ({"marks": (0, 1), "function": "0x1"}, "`marks` and `function` exclude each other"),
        ({"start": "0x08000400"}, "`start` and `end` go together"),
        ({"model": "a.tflite"}, "`model` has no effect on the price of a stream: leave it out"),
        ({"supply_v": 9}, "a supply of 9 V is outside the chip's limits"),
        ({"clock_hz": 900e6}, "nucleo-l4r5zi runs at up to 120 MHz"),
        ({"board": "nucleo-g0b1re"}, "recorded on nucleo-l4r5zi, not on nucleo-g0b1re"),
        ({"clock_hz": 80e6}, "flash takes 3 wait states then.*read once only: say `wait_states`"),
    ],
)
def test_windows_and_words_that_can_not_be(words: dict[str, Any], message: str) -> None:
    data = made([mark(0), mark(1), block(MAIN, 6), block(CALLED, 4)], CODE)
    with pytest.raises(BadInput, match=message):
        price(data, **words)


def test_the_board_is_said_by_one_of_them() -> None:
    rows = [block(CALLED, 6)]
    with pytest.raises(BadInput, match="does not say on which board it was recorded: give the `board`"):
        price(made(rows, CODE, board=""))
    with pytest.raises(
        BadInput, match=r"recorded on /etc/my\.toml, which does not come with simtiny: give its platform"
    ):
        price(made(rows, CODE, board="/etc/my.toml"))
    assert price(made(rows, CODE, board=""), board="nucleo-l4r5zi").cycles == 3


def write(address: int, value: int) -> Row:
    return Event.WRITE, {"address": address, "number": 4, "operands": value}


def test_stretches_at_one_operating_point_are_one_section() -> None:
    """RCC_CR sets the MSI's range: 4 MHz (6), 8 MHz (7). Reset goes back to 4 MHz."""
    four, eight = write(RCC_CR, 0x69), write(RCC_CR, 0x79)
    once = block(CALLED, 6)
    found = price(made([once, eight, once, once, four, once, four, eight, once, (Event.RESET, {}), once], CODE))
    clocks = [(section.operating_point.clock_hz, section.instructions) for section in found.sections]
    assert clocks == [(4e6, 9), (8e6, 9)]
    # Three cycles each, and one more for the branch back from BX to its own start, where there is a block before.
    assert found.cycles == sum(section.cycles for section in found.sections)
    assert found.latency_ms == pytest.approx(fsum(s.cycles / s.operating_point.clock_hz * 1e3 for s in found.sections))


def test_another_voltage_is_another_section() -> None:
    """PWR_CR1.VOS: range 2, without another clock or other wait states."""
    found = price(made([block(CALLED, 6), write(PWR_CR1, 2 << 9), block(CALLED, 6)], CODE))
    assert [section.operating_point.voltage_range for section in found.sections] == ["1", "2"]
    higher, lower = ((section.energy_uj or 0) / section.cycles for section in found.sections)
    assert higher > lower * 1.1


def test_a_short_time_without_a_known_energy_is_left_out() -> None:
    """Out of reset an STM32H7A3 has both of its regulators on, for which the data sheet has no voltage."""
    # PWR_CR3: the SMPS alone
    rows = [block(CALLED, 6), write(0x5802_480C, 0x4), *[block(CALLED, 6)] * 4000]
    found = price(made(rows, CODE, board="nucleo-h7a3zi-q"))
    assert [section.energy_uj is None for section in found.sections] == [True, False]
    assert found.energy is not None and found.energy.energy_uj == found.sections[1].energy_uj
    assert found.energy_share == pytest.approx(found.sections[1].cycles / found.cycles)  # at one clock
    assert 0.99 < found.energy_share < 1
    assert any("% of the time is not known: no core voltage is known" in note.text for note in found.notes)
    assert price(made(rows[:20], CODE, board="nucleo-h7a3zi-q")).energy is None


def test_there_is_an_end_to_sections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "MOST_SECTIONS", 1)
    with pytest.raises(Unpriced, match="more than 1 different settings of clock, flash and voltage"):
        price(made([block(CALLED, 6), write(RCC_CR, 0x79), block(CALLED, 6)], CODE))


def test_marks_bound_a_window_and_are_not_kept() -> None:
    rows = [block(MAIN, 6), mark(0), block(CALLED, 6), write(RCC_CR, 0x79), mark(1), block(RETURNED, 4), mark(2)]
    assert price(made(rows, CODE), marks="0:1").instructions == 3
    found = price(made(rows, CODE), marks=(0, 2))
    assert [section.instructions for section in found.sections] == [3, 2]


@pytest.mark.parametrize("name", ["divides", "accesses", "writes", "skipped"])
def test_what_a_writer_leaves_out_is_said(name: str) -> None:
    found = price(made([block(CALLED, 6)], CODE, {"lacks": f"{name}, stores,tea", "time": "its own"}))
    texts = [note.text for note in found.notes]
    assert f"the stream lacks {LACKS[name]}" in texts
    assert "the stream lacks tea, its writer says: what that is worth is not known" in texts
    assert not any(LACKS["stores"] in text for text in texts)  # nothing is cached but flash
    assert any("the engine's own time" in text for text in texts)


def test_facts_are_shown_as_far_as_a_line_goes() -> None:
    facts = {"engine": "\x1b[31mred\n" + "x" * 1000, **{str(number): "" for number in range(1000)}}
    found = price(made([block(CALLED, 6)], CODE, facts))
    assert found.engine.startswith("?[31mred?xxx") and len(found.engine) == MOST_CHARACTERS + 3
    assert len(found.facts) == MOST_FACTS


def test_code_of_the_image_need_not_be_in_the_stream(tmp_path: Path) -> None:
    image = tmp_path / "made.bin"
    image.write_bytes(CODE[MAIN].ljust(CALLED - MAIN, b"\0") + CODE[CALLED])
    words = {"image": image, "address": MAIN}
    assert price(made([block(MAIN, 6), block(CALLED, 6)], {}), **words).instructions == 5
    with pytest.raises(BadInput, match="made with another image: its code at 0x08000420 is not the same"):
        price(made([block(CALLED, 6)], {CALLED: bytes.fromhex("00bf 00bf 00bf")}), **words)
    with pytest.raises(BadInput, match=r"made with another image than made\.bin: no code that ran is in it"):
        price(made([block(0x0801_0000, 2)], {0x0801_0000: b"\0\xbf"}), **words)
    other = simtiny.price(io.BytesIO(made([block(MAIN, 6)], CODE)), image=image, address=MAIN)
    assert other.image == "made.bin" and other.image_sha256 is not None
    with pytest.raises((BadInput, Unpriced)):
        price(made([block(CALLED, 6)], {}))  # neither has it


# --- files and the command line ---------------------------------------------------------------------------------------


def test_files_that_are_no_streams(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = example()
    packed = gzip.compress(whole)
    damaged = bytearray(packed)
    damaged[len(packed) // 2] ^= 4
    cases: dict[bytes, str] = {
        b"": "it is empty: no stream",
        b"\x1f": "not a stream of simtiny's, or one of another version",
        b"\x1f\x8b": "it can't be read: ",
        b"simtiny-stream 2\n": "not a stream of simtiny's, or one of another version",
        whole[:200]: "the stream is damaged: a chunk's checksum is wrong",
        whole[:-10]: "the stream ends before its end: its writer was stopped, or it was cut",
        packed[:-20]: "it can't be read: Compressed file ended before the end-of-stream marker was reached",
        bytes(damaged): "",
        (IMAGES / "nucleo-l4r5zi-dsp.elf").read_bytes(): "not a stream of simtiny's",
    }
    path = tmp_path / "it"
    for data, message in cases.items():
        path.write_bytes(data)
        assert main(["price", str(path)]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"error: {path}: {message}") and said.count("\n") == 1
    for name, message in ((tmp_path, "Is a directory"), (tmp_path / "none", "No such file or directory")):
        assert main(["price", str(name)]) == 2
        assert capsys.readouterr().err == f"error: {name}: {message}\n"


def test_a_file_that_gives_little_at_a_time_or_no_bytes() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 7))

    assert simtiny.price(Slow(example())).cycles == 38
    with pytest.raises(BadInput, match="opened for reading bytes"):
        simtiny.price(io.StringIO("text"))  # type: ignore[arg-type]
    closed = io.BytesIO(example())
    closed.close()
    with pytest.raises(BadInput, match="can't be read: I/O operation on closed file"):
        simtiny.price(closed)
    with pytest.raises(BadInput, match="`trace`: expected a path or an open file, not 7"):
        simtiny.price(7)  # type: ignore[arg-type]


def test_a_stream_that_is_cut_behind_the_window_is_refused() -> None:
    with pytest.raises(BadInput, match="was cut"):
        price(example()[:-10], start="0x08000402", end="0x0800040c")


def test_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, packed = tmp_path / "a.stream", tmp_path / "a.stream.gz"
    path.write_bytes(example())
    packed.write_bytes(gzip.compress(example()))
    documents = []
    for each in (path, packed):
        assert main(["price", str(each), "--marks", "0:1", "--json"]) == 2
        assert main(["price", str(each), "--from", "0x08000402", "--to", "0x0800040c", "--json"]) == 0
        documents.append(json.loads(capsys.readouterr().out))
    assert errors("price", documents[0]) == []
    assert documents[0]["result"]["engine"] == "five instructions 1.0"
    assert {**documents[1]["result"], "stream": str(path)} == documents[0]["result"]


def test_without_energy(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """An STM32H7A3 out of reset: see above."""
    path = tmp_path / "h7.stream"
    path.write_bytes(made([block(CALLED, 6)], CODE, board="nucleo-h7a3zi-q"))
    assert main(["price", str(path), "--json"]) == 0
    assert errors("price", json.loads(capsys.readouterr().out)) == []
    assert main(["price", str(path)]) == 0
    assert "no core voltage is known" in capsys.readouterr().out


def test_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.stream"
    rows = [block(MAIN, 6), block(CALLED, 6), write(RCC_CR, 0x79), block(RETURNED, 4)]
    path.write_bytes(made(rows, CODE, {"engine": "a list", "time": "its own"}))
    assert main(["price", str(path), "--top", "1"]) == 0
    printed = capsys.readouterr().out
    for text in ("sections, by operating point", "written by a list", "1 others", "all of the stream", "own time"):
        assert text in printed
    assert main(["price", str(path), "--image", str(IMAGES / "nucleo-l4r5zi-portable.elf")]) == 2
    assert "was made with another image: its code at 0x" in capsys.readouterr().err
    assert main(["price", str(path), "--json", str(path)]) == 2
    assert "is what is read: give it a file of its own" in capsys.readouterr().err


@pytest.mark.slow
def test_another_clock_is_counted_at_its_wait_states(l4: Path) -> None:
    marks = benchmark("nucleo-l4r5zi")[1]
    ran, found = simtiny.run("ad01", clock_hz=80e6), simtiny.price(l4, marks=marks, clock_hz=80e6)
    assert (found.cycles, found.latency_ms) == (ran.cycles, ran.latency_ms)
    assert found.energy is not None and ran.energy is not None and found.energy.energy_uj == ran.energy.energy_uj
    assert any(note.text.startswith("what-if, not what the firmware programs: 80 MHz") for note in found.notes)


class Input:
    """Standard input with these bytes, or a terminal."""

    def __init__(self, data: bytes | None) -> None:
        self.buffer = io.BytesIO(data or b"")
        self.isatty = lambda: data is None


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", Input(gzip.compress(example())))
    assert main(["price", "-"]) == 0
    assert "five instructions 1.0" in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", Input(None))
    assert main(["price", "-"]) == 2
    assert capsys.readouterr().err == "error: standard input is a terminal: pipe a stream into it\n"


def test_progress_is_of_bytes(l4: Path) -> None:
    told: list[tuple[int, int]] = []
    simtiny.price(l4, progress=lambda done, total: told.append((done, total)))
    assert 1 < len(told) < 10
    assert told[-1][1] == l4.stat().st_size and sorted(told) == told


# --- the reference writer of the documentation ------------------------------------------------------------------------


@functools.cache
def example() -> bytes:
    return subprocess.run([sys.executable, str(EXAMPLE)], capture_output=True, check=True).stdout


def test_the_reference_writer() -> None:
    """Its cycles as the chapter counts them."""
    found = price(example())
    rounds = 3 * (2 + 4 + 1 + 1) + 2 * 1  # LDR, UDIV of seven bits by two or one, SUBS, BNE, two of which go back
    waits = 4 + (4 - 2) + 4  # two units of code, of the second the fetch buffer hides two cycles; the literal, once
    assert found.cycles == 1 + rounds + 1 + waits == 38
    assert found.instructions == 1 + 3 * 4 + 1
    assert found.engine == "five instructions 1.0"
    assert found.latency_ms == 38 / 4e3
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) <= 60


def without(data: bytes, event: int) -> bytes:
    """A stream without one kind of record."""
    file = io.BytesIO(data)
    header = stream.read_header(file)
    records = b"".join(stream.read_chunks(file))
    code = 16 + (32 if len(records) else 0)
    kept = records[:code] + b"".join(
        records[at : at + 16] for at in range(code, len(records), 16) if records[at] != event
    )
    made = io.BytesIO()
    stream.write_header(made, header)
    stream.write_records(made, kept)
    stream.write_end(made, {})
    return made.getvalue()


@pytest.mark.parametrize(
    ("event", "cycles"),
    [
        (Event.DIVIDE, 38 - 3 * 2),  # the shortest takes two cycles
        (Event.ACCESS, 38 - 4),  # the literal is not waited for
        (Event.WRITE, 38 - 10),  # at reset flash has no wait states
    ],
)
def test_what_is_left_out_costs_what_the_chapter_says(event: int, cycles: int) -> None:
    assert price(without(example(), event)).cycles == cycles


def in_single_instructions(data: bytes) -> bytes:
    """A stream whose blocks are cut behind each instruction."""
    file, made = io.BytesIO(data), io.BytesIO()
    stream.write_header(made, stream.read_header(file))
    records = b"".join(stream.read_chunks(file))
    code: dict[int, int] = {}
    waiting: dict[int, list[bytes]] = {}  # operands by the instruction of the block that runs
    at, out, last = 0, [], b""

    def finished() -> None:
        out.extend(record for each in waiting.values() for record in each)
        out.append(last)
        waiting.clear()

    while at < len(records):
        what, operands = stream.unpack(records[at : at + 16])
        event, address, size = what & 0xFF, what >> 32, 16
        if event in (Event.ACCESS, Event.DIVIDE):
            waiting[address].append(records[at : at + 16])
        elif event == Event.WRITE and waiting:
            last += records[at : at + 16]  # behind its block
        else:
            finished()
            last = b""
            if event == Event.BLOCK:
                for now in decode(bytes(code[address + byte] for byte in range(operands)), address):
                    block_record = stream.record(Event.BLOCK, address=now.address, operands=now.size)
                    waiting[now.address] = [stream.pack(*block_record)]
            else:
                size += 16 * stream.code_length(operands) if event == Event.CODE else 0
                if event == Event.CODE:
                    code |= {address + byte: records[at + 16 + byte] for byte in range(operands)}
                out.append(records[at : at + size])
        at += size
    finished()
    whole = b"".join(out)
    for first in range(0, len(whole), 1 << 23):
        stream.write_records(made, whole[first : first + (1 << 23)])
    stream.write_end(made, {})
    return made.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("board", "difference"), [("nucleo-l4r5zi", -0.0004), ("nucleo-h7a3zi-q", -0.003), ("nucleo-g0b1re", 0.004)]
)
def test_blocks_of_single_instructions_come_near(board: str, difference: float) -> None:
    whole = benchmark(board)[0]
    found, cut = price(whole), price(in_single_instructions(whole))
    assert cut.instructions == found.instructions
    assert cut.cycles / found.cycles - 1 == pytest.approx(difference, rel=0.1)


def test_handlers_and_exceptions() -> None:
    """A stream of a program with an SVC: entry and return are told apart from functions."""
    machine: Machine = boot("exceptions", "svc_main_stack", {SVC: "keep_frame"})
    file = io.BytesIO()
    recorder = machine.record(file)
    assert machine.run(limit_cycles=10_000_000) is StopReason.IDLE
    recorder.close()
    found = price(file.getvalue())
    assert found.exceptions == 1 and found.cycles == machine.cycles
    assert found.cycles_by_effect["exception"] == 12 + 10
    assert {part.name: part.cycles for part in found.by_function}["exception entry and return"] == 12 + 10
