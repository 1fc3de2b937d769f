"""Images on their boards: the built-in firmware with a network, as a submitter would publish it."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

import simtiny
from simtiny.counts import store
from simtiny.events import EVENTS, EventCounts
from simtiny.mlperf.workload import build
from simtiny.profiles import OperatingPoint
from simtiny.published import PublishedImage, Wiring
from simtiny.request import Request
from simtiny.validation import outcomes
from simtiny.validation.outcomes import Outcome, OwnFirmware, measure_all, measure_one, outcome_key, stored

FAULTY = bytes.fromhex("00000220 09000008 00de")  # stack pointer, reset vector, an undefined instruction
POINT = OperatingPoint(120e6, 5, True, True, False, "1")
SINGLE_BANK: Wiring = {"FLASH": {"dual_bank": False}}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIMTINY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def flash_content() -> bytes:
    """Firmware and plan of ad01 as one binary for the start of flash."""
    workload = build(Request("ad01", "nucleo-l4r5zi"))
    base = workload.board.main_flash.base
    parts = [(segment.address, segment.data) for segment in workload.image.segments] + list(workload.segments)
    content = bytearray(b"\xff" * (max(address + len(data) for address, data in parts) - base))
    for address, data in parts:
        content[address - base : address - base + len(data)] = data
    return bytes(content)


def publish(content: bytes, system: str, wiring: Wiring | None = None) -> PublishedImage:
    """An image that has been fetched."""
    image = PublishedImage(
        *("9.9", "them", system, "nucleo-l4r5zi", "ad01", "performance", wiring or {}),
        *("them/results", "0" * 40, "fw.bin", len(content), hashlib.sha256(content).hexdigest()),
    )
    image.cached_path.parent.mkdir(parents=True)
    image.cached_path.write_bytes(content)
    return image


def test_an_image_takes_as_long_as_the_firmware_that_it_is_made_of() -> None:
    outcome = measure_one(publish(flash_content(), "good"))
    result = simtiny.run("ad01")
    assert outcome.failure is None
    assert outcome.latency_ms == pytest.approx(result.latency_ms, rel=0.01)  # with a warm-up before it, without here
    assert outcome.stopwatch_ms == pytest.approx(outcome.latency_ms, rel=0.001)


def test_outcomes_are_kept_until_something_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = publish(flash_content(), "good"), publish(FAULTY, "bad")
    steps: list[tuple[int, int]] = []
    found = measure_all([bad, good], 2, lambda *step: steps.append(step))
    assert steps == [(0, 2), (1, 2), (2, 2)]
    assert found[0].failure is not None and found[0].failure.startswith("FirmwareFault: ")
    assert found[1].latency_ms > 1

    steps.clear()
    assert measure_all([good, bad], 1, lambda *step: steps.append(step)) == found[::-1]
    assert steps == [(1, 2), (2, 2)]  # what failed is tried again
    asked: list[tuple[object, bool]] = []
    monkeypatch.setattr(outcomes, "_asked", lambda image: image)
    monkeypatch.setattr(outcomes, "_measured", lambda fresh, image: asked.append((image, fresh)) or Outcome())
    assert measure_all([good, good], 1, lambda *step: None) == (found[1], found[1]) and asked == []
    assert measure_all([good, good], 1, lambda *step: None, fresh=True) == (Outcome(), Outcome())
    assert asked == [(good, True)]
    assert stored(outcome_key(replace(good, wiring=SINGLE_BANK))) is None
    monkeypatch.setattr(outcomes, "counting_version", lambda *root: "another")
    assert stored(outcome_key(good)) is None


def test_what_only_prices_leaves_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit of code that prices voids the outcomes; they are priced anew from the same counts."""
    good = publish(flash_content(), "good")
    (found,) = measure_all([good], 1, lambda *step: None)
    kept = {path: path.stat().st_mtime_ns for path in store().folder.iterdir()}
    assert len(kept) == 2
    of_counts = outcomes.counting_version()
    monkeypatch.setattr(outcomes, "counting_version", lambda *root: "another" if root else of_counts)
    monkeypatch.setattr("simtiny.mlperf.measure.measure", lambda *_, **__: pytest.fail("was to be kept"))
    assert measure_all([good], 1, lambda *step: None) == (found,)
    assert len(list(store().folder.iterdir())) == 3


def test_damaged_outcomes_are_made_anew() -> None:
    good = publish(flash_content(), "good")
    key = outcome_key(good)
    (found,) = measure_all([good], 1, lambda *step: None)
    whole = msgspec.json.encode(found)
    damaged = (
        *(b"", b"{", b'{"latency_ms": "fast"}', b"[]", b'{"key":"\x81"}', b'{"failure":"\x81"}', b"[" * 100_000),
        *(b'{"notes":' + b"[" * 5000 + b"]" * 5000 + b"}", whole.replace(b'"latency_ms":', b'"latency_ms":0,"x":')),
    )
    for data in damaged:
        assert store().put(key, data) is None
        assert stored(key) is None
        assert measure_all([good], 1, lambda *step: None) == (found,)
        assert stored(key) == found


def test_a_latency_that_was_changed_in_its_file_is_not_believed() -> None:
    """Doubled with everything beside it that tells, but not the hash: whoever can make that anew can forge it all."""
    outcome = an_outcome()
    store().put("key", msgspec.json.encode(outcome))
    (entry,) = store().folder.iterdir()
    content = entry.read_bytes()
    entry.write_bytes(content.replace(b'"latency_ms":0.01', b'"latency_ms":0.02').replace(b":1000", b":2200"))
    assert entry.read_bytes() != content and stored("key") is None
    entry.write_bytes(content)
    assert stored("key") == outcome


def an_outcome(**changes: Any) -> Outcome:
    """A thousand cycles awake and 200 asleep at 120 MHz: 10 us."""
    events = replace(EventCounts(*([0] * len(EVENTS))), cycles=1000, sleeping=200)
    whole = Outcome(latency_ms=0.01, baseline_ms=0.02, events=events, operating_point=POINT)
    return replace(whole, **changes)


def test_a_stored_outcome_that_is_possible_is_taken() -> None:
    for outcome in (an_outcome(), an_outcome(stopwatch_ms=0.01), an_outcome(latency_ms=0.01 + 1e-13)):
        store().put("key", msgspec.json.encode(outcome))
        assert stored("key") == outcome


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(),
        Outcome(failure="x"),
        an_outcome(failure="x"),
        an_outcome(latency_ms=0.0),
        an_outcome(latency_ms=-0.01),
        an_outcome(latency_ms=0.0101),
        an_outcome(latency_ms=0.0, events=EventCounts(*([0] * len(EVENTS)))),
        an_outcome(events=None),
        an_outcome(events=EventCounts(*([1 << 53] * len(EVENTS)))),
        an_outcome(events=replace(EventCounts(*([0] * len(EVENTS))), cycles=1200, branch_taken=10**400)),
        an_outcome(operating_point=None),
        an_outcome(operating_point=replace(POINT, clock_hz=0.0)),
        an_outcome(operating_point=replace(POINT, wait_states=1 << 16)),
        an_outcome(baseline_ms=None),
        an_outcome(baseline_ms=0.0),
        an_outcome(stopwatch_ms=-1.0),
    ],
)
def test_a_stored_outcome_that_is_impossible_is_absent(outcome: Outcome) -> None:
    store().put("key", json.dumps(msgspec.to_builtins(outcome)).encode())
    assert stored("key") is None


def test_another_file_than_the_published_one_is_no_outcome() -> None:
    good = publish(flash_content(), "good")
    good.cached_path.write_bytes(FAULTY)
    failure = measure_one(good).failure
    assert failure is not None and "wrong SHA-256" in failure


def test_the_key_covers_image_and_board() -> None:
    image = PublishedImage(
        *("9.9", "them", "x", "nucleo-l4r5zi", "ad01", "performance", {}),
        *("them/results", "0" * 40, "fw.bin", 1, "0" * 64),
    )
    others = (
        replace(image, sha256="1" * 64),
        replace(image, wiring=SINGLE_BANK),
        replace(image, board="nucleo-g0b1re"),
        replace(image, benchmark="kws01"),
        OwnFirmware("nucleo-l4r5zi", "ad01"),
        OwnFirmware("nucleo-l4r5zi", "kws01"),
    )
    assert len({outcome_key(each) for each in (image, *others)}) == 1 + len(others)
    assert outcome_key(replace(image, system="renamed")) == outcome_key(image)
