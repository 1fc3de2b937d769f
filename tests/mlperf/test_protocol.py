"""The serial protocol, spoken with the built-in firmware on the emulated board, and with firmware that misbehaves."""

import struct
from collections.abc import Iterator

import pytest

from simtiny.board_file import load_board
from simtiny.errors import BadInput, FirmwareFault
from simtiny.image_load import parse
from simtiny.machine.machine import Machine
from simtiny.mlperf import protocol
from simtiny.mlperf.measure import start
from simtiny.mlperf.protocol import Session
from simtiny.mlperf.tasks import TASKS, synthetic_input
from simtiny.mlperf.workload import build
from simtiny.request import Request
from tests.machine.programs.loader import RESULTS, boot

BOARD = "nucleo-l4r5zi"
KEYWORD_INPUT = synthetic_input(490, "int8")


@pytest.fixture(scope="module")
def booted() -> Iterator[Session]:
    session = start(build(Request("kws01", BOARD)).flashed)
    assert "m-init-done" in session.boot()
    yield session


def _session_of(*code: int) -> Session:
    """A board with a program of Thumb halfwords right behind the first two vectors."""
    content = struct.pack(f"<II{len(code)}H", 0x2001_0000, 0x0800_0009, *code)
    return Session(Machine(load_board(BOARD), parse("tiny.bin", content, address=0x0800_0000), serial_takes_time=False))


def test_the_firmware_says_what_it_is(booted: Session) -> None:
    assert booted.name() == "simtiny"
    assert booted.model() == "kws01"


def test_an_input_arrives_byte_for_byte(booted: Session) -> None:
    booted.load_input(KEYWORD_INPUT)
    lines = booted.command("db print")
    assert all(line.startswith("m-buffer-") for line in lines)
    assert bytes.fromhex("".join(lines).replace("m-buffer-", "").replace("-", "")) == KEYWORD_INPUT


def test_the_window_and_the_firmwares_stopwatch_agree(booted: Session) -> None:
    booted.load_input(KEYWORD_INPUT)
    result = booted.infer()
    assert result.stopwatch_us is not None and result.pin_edges is None
    window_us = (result.end.cycles - result.start.cycles) / booted.machine.clock_hz["core"] * 1e6
    assert abs(result.stopwatch_us - window_us) <= 1.0  # its resolution
    assert booted.machine.profile(result.start, result.end).cycles == result.end.cycles - result.start.cycles


def test_results_of_a_softmax_sum_to_one(booted: Session) -> None:
    booted.load_input(KEYWORD_INPUT)
    results = booted.infer().results
    assert len(results) == TASKS["kws01"].outputs
    assert sum(results) == pytest.approx(1.0, abs=12 * (1 / 256 + 0.0005))


def test_iterations_take_as_many_times_as_long_and_warmups_are_outside(booted: Session) -> None:
    booted.load_input(KEYWORD_INPUT)
    booted.infer()
    once = booted.infer(1, 0)
    thrice = booted.infer(3, 2)
    assert once.stopwatch_us is not None
    assert thrice.stopwatch_us == pytest.approx(3 * once.stopwatch_us, rel=0.01)
    assert thrice.results == once.results


def _energy_build(entry: str) -> Session:
    session = Session(boot("serving", entry, serial_takes_time=False))
    assert session.boot() == []
    return session


def test_an_energy_build_is_measured_between_the_falling_edges_of_its_pin() -> None:
    result = _energy_build("energy").infer()
    assert (result.pin_edges, result.stopwatch_us, result.results) == ("falling edges of PF13", None, (1.0,))
    # From the one store to the other: 1000 times subs (1 cycle) and bne (taken: 1 to 3 more), and some 20 instructions.
    assert 3_000 - 2 < result.end.cycles - result.start.cycles < 4_000 + 100


def _laps(entry: str) -> tuple[int, int]:
    """Cycles of the window, and between the two times that the firmware took."""
    session = Session(boot("serving", entry, serial_takes_time=False))
    session.boot()
    result = session.infer()
    first, second = struct.unpack("<II", session.machine.read_memory(RESULTS, 8))
    return result.end.cycles - result.start.cycles, second - first


def test_a_timestamp_counts_from_the_moment_when_the_firmware_took_the_time() -> None:
    window, taken = _laps("laps")
    assert window == taken


def test_a_time_taken_long_before_is_another_one() -> None:
    window, taken = _laps("laps_late")
    assert window - taken == pytest.approx((50_000 - 300) * 3, rel=0.01)  # subs, and bne with its refill


def test_a_pin_that_rests_low_has_two_rising_edges_at_first() -> None:
    session = _energy_build("energy_from_low")
    first, second = session.infer(), session.infer()
    assert (first.pin_edges, second.pin_edges) == ("rising edges of PF13", "falling edges of PF13")
    assert first.end.cycles - first.start.cycles == pytest.approx(second.end.cycles - second.start.cycles, abs=20)


def test_pins_that_could_each_be_the_timestamp() -> None:
    with pytest.raises(
        FirmwareFault, match=r"several output pins have falling edges .*: PB13 \(2 times\), PF13 \(2 times\)"
    ):
        _energy_build("energy_with_lamp").infer()


def test_neither_a_timestamp_line_nor_a_pin() -> None:
    with pytest.raises(FirmwareFault, match=r"printed 0 m-lap-us lines .* and no output pin fell or rose twice"):
        _energy_build("energy_without_pin").infer()


def test_an_input_of_the_wrong_length_is_refused(booted: Session) -> None:
    with pytest.raises(BadInput, match="did not take an input of 491 bytes"):
        booted.load_input(bytes(491))
    booted.load_input(bytes(100))
    with pytest.raises(FirmwareFault, match="Input has 100 bytes, expected 490"):
        booted.infer()


def test_an_unknown_command_is_answered(booted: Session) -> None:
    assert booted.command("fly") == ["e-[Unknown command: fly]"]


def test_a_firmware_that_never_answers() -> None:
    with pytest.raises(FirmwareFault, match=r"sent no m-ready during start-up within 100,000 cycles.* 0x08000008"):
        _session_of(0xE7FE).boot(limit_cycles=100_000)  # b .


def test_a_firmware_that_sleeps_for_ever() -> None:
    with pytest.raises(FirmwareFault, match=r"sent no m-ready .* waits for input.* no output"):
        _session_of(0xBF30, 0xE7FD).boot(limit_cycles=100_000)  # wfi; b .-2


def test_a_firmware_that_faults() -> None:
    with pytest.raises(FirmwareFault, match=r"undefined instruction.* 0x08000008"):
        _session_of(0xDE00).boot(limit_cycles=100_000)  # udf #0


def test_a_firmware_that_prints_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "OUTPUT_LIMIT", 50)
    session = start(build(Request("kws01", BOARD)).flashed)
    with pytest.raises(
        FirmwareFault, match=r"sent no m-ready during start-up in 50 characters of output, at pc .*print"
    ):
        session.boot()
