"""Files of profiles, read by the formats' own readers where these are there."""

import gzip
import json
import os
import re
import shutil
import subprocess
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtiny.errors import BadInput
from simtiny.profiling.files.callgrind import callgrind
from simtiny.profiling.files.folded import folded
from simtiny.profiling.files.model_explorer import ENERGY, model_explorer
from simtiny.profiling.files.perfetto import perfetto
from simtiny.profiling.files.power_csv import power_csv
from simtiny.profiling.files.pprof import pprof
from simtiny.profiling.files.speedscope import speedscope
from simtiny.profiling.result import Frame, PowerTrace, ProfileResult
from tests.profiling.files.made import FRAMES, PROFILE, profile

# At 1.8 V 18 and 4.5 mW are 10 and 2.5 mA.
POWER = PowerTrace(0.5e-6, 1.8, np.array([0, 0.5e-6]), np.array([18, 4.5]), np.array([0.009, 0.00225]))
HOSTILE = ["a;b", "<script>alert(1)</script>", "two\nlines\r", 'quo"te\'s\\', "nul\0", "x" * 10_240, "\udcff", "",
           "# 1", "(1) fn=2", "\u2028", " 12 "]  # fmt: skip

# What of speedscope's schema matters: its frames, and its two kinds of profile.
_COMMON = {"name": {"type": "string"}, "unit": {"enum": ["none", "nanoseconds"]}, "startValue": {"type": "number"},
           "endValue": {"type": "number"}}  # fmt: skip
_EVENT = {"type": "object", "required": ["type", "frame", "at"], "properties": {"type": {"enum": ["O", "C"]}}}
SPEEDSCOPE = {
    "required": ["$schema", "shared", "profiles"],
    "properties": {
        "shared": {"properties": {"frames": {"items": {
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "file": {"type": "string"}, "line": {"type": "integer"}},
        }}}},
        "profiles": {"items": {"oneOf": [
            {"required": ["type", *_COMMON, "samples", "weights"], "properties": _COMMON | {
                "type": {"const": "sampled"}, "weights": {"items": {"type": "number"}},
                "samples": {"items": {"items": {"type": "integer", "minimum": 0}}}}},
            {"required": ["type", *_COMMON, "events"], "properties": _COMMON | {
                "type": {"const": "evented"}, "events": {"items": _EVENT}}},
        ]}},
    },
}  # fmt: skip


def read_speedscope(result: ProfileResult) -> list[dict[str, Any]]:
    """Its profiles, looked at as speedscope does."""
    document = json.loads(b"".join(speedscope([result])))
    jsonschema.validate(document, SPEEDSCOPE)
    for each in document["profiles"]:
        if each["type"] == "sampled":
            assert len(each["samples"]) == len(each["weights"])
            continue
        opened, last = [], 0.0
        for event in each["events"]:
            assert event["at"] >= last
            last = event["at"]
            if event["type"] == "O":
                opened.append(event["frame"])
            else:
                assert opened.pop() == event["frame"]
        assert not opened and last <= each["endValue"]
    return list(document["profiles"])


def annotated(result: ProfileResult, folder: Path, *options: str) -> str:
    """What callgrind_annotate says, without blanks and shares."""
    if shutil.which("callgrind_annotate") is None:
        pytest.skip("callgrind_annotate, of Valgrind, is not here")
    file = folder / "profile.callgrind"
    file.write_bytes(b"".join(callgrind([result])))
    read = subprocess.run(
        ["callgrind_annotate", *options, file], capture_output=True, cwd=folder, check=True, errors="replace"
    )
    assert "WARNING" not in read.stderr, read.stderr
    return re.sub(r" +", " ", re.sub(r"\([\d. ]+%\)", "", read.stdout))


def own_costs(result: ProfileResult) -> list[int]:
    """Of a callgrind file: the sum of all own costs, which has to be what `totals:` says."""
    found, after_calls, totals = [0, 0], False, None
    for line in b"".join(callgrind([result])).decode().split("\n"):
        if line.startswith("0x") and not after_calls:
            found = [a + int(b) for a, b in zip(found, line.split()[2:], strict=True)]
        after_calls = line.startswith("calls=")
        if line.startswith("totals: "):
            totals = [int(each) for each in line.split()[1:]]
    assert found == totals
    return found


def read_perfetto(result: ProfileResult) -> dict[str, list[tuple[str, float, float]]]:
    """Slices of each thread, name, begin and end in us. Events have what the format asks for, and nest."""
    threads: dict[int, str] = {}
    opened: dict[int, list[tuple[str, float]]] = defaultdict(list)
    slices: dict[str, list[tuple[str, float, float]]] = defaultdict(list)
    last: dict[int, float] = defaultdict(float)
    for event in json.loads(b"".join(perfetto([result])))["traceEvents"]:
        assert isinstance(event["name"], str) and event["pid"] == 1
        if event["ph"] == "M":
            if event["name"] == "thread_name":
                threads[event["tid"]] = event["args"]["name"]
            continue
        if event["ph"] == "C":
            slices["power"].append((event["name"], event["ts"], event["args"]["mW"]))
            continue
        assert event["ts"] >= last[event["tid"]]
        last[event["tid"]] = event["ts"]
        if event["ph"] == "B":
            opened[event["tid"]].append((event["name"], event["ts"]))
        else:
            name, begin = opened[event["tid"]].pop()
            assert event["ph"] == "E" and name == event["name"]
            slices[threads[event["tid"]]].append((name, begin, event["ts"]))
    assert not any(opened.values())
    return dict(slices)


def pprof_text(results: list[ProfileResult], folder: Path, *options: str) -> str:
    """What Go's pprof says."""
    if shutil.which("go") is None:
        pytest.skip("go is not here")
    (folder / "profile.pb.gz").write_bytes(pprof(results))
    command = ["go", "tool", "pprof", *options, "profile.pb.gz"]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, check=True, env={**os.environ, "HOME": str(folder)}
    ).stdout


def test_folded() -> None:
    assert b"".join(folded([PROFILE])).decode().splitlines() == [
        "main 10",
        "main;work 30",
        "main;work;square 5",
        "main;work;work 7",
        "main;asleep 40",
        "TIM2 8",
    ]
    assert next(folded([PROFILE, PROFILE])) == b"kws01;main 10\n"


def test_speedscope() -> None:
    """1 cycle is 10 ns. Frames 0 and 1 are "..." and "asleep"."""
    cycles, energy, time, order = read_speedscope(PROFILE)
    assert cycles["samples"] == [[2], [2, 3], [2, 3, 4], [2, 3, 3], [2, 6], [5]]
    assert cycles["weights"] == [10, 30, 5, 7, 40, 8]
    assert energy["weights"] == [1.5, 3, 0.25, 0.5, 0.125, 1] and energy["endValue"] == 6.375
    assert time["unit"] == "nanoseconds" and time["endValue"] == 1000
    said = [(event["type"], event["frame"], event["at"]) for event in order["events"]]
    assert said[:6] == [("O", 2, 0), ("O", 3, 100), ("O", 4, 200), ("C", 4, 300), ("C", 3, 300), ("C", 2, 300)]
    assert said[-3:] == [("C", 2, 600), ("O", 1, 600), ("C", 1, 1000)]


def test_callgrind(tmp_path: Path) -> None:
    """Of work: it takes 30 + 5 + 7 = 42 cycles and 3000 + 250 + 500 pJ, its recursive call among them."""
    assert own_costs(PROFILE) == [100, 6375]
    own = annotated(PROFILE, tmp_path)
    for line in ("100 6,375 PROGRAM TOTALS", "37 3,500 work.c:work", "5 250 square.h:work", "10 1,500 main.c:main"):
        assert line in own
    tree = annotated(PROFILE, tmp_path, "--inclusive=yes", "--tree=both")
    assert "92 5,375 * main.c:main" in tree
    assert "42 3,750 * work.c:work" in tree
    assert "42 3,750 > work.c:work (2x)" in tree
    assert "0 0 > work.c:work (3x)" in tree


def test_callgrind_beside_sources(tmp_path: Path) -> None:
    (tmp_path / "work.c").write_text("\n".join(f"line {number}" for number in range(1, 21)))
    shown = annotated(PROFILE, tmp_path, "--auto=yes")
    assert "27 2,500 line 11" in shown and "10 1,000 line 12" in shown


def test_callgrind_holds_one_profile() -> None:
    with pytest.raises(BadInput, match="one at a time"):
        callgrind([PROFILE, PROFILE])


def test_perfetto() -> None:
    """1 cycle is 0.01 us. TIM2 interrupts square, which stays open."""
    found = read_perfetto(replace(PROFILE, power=POWER))
    assert found["layers"] == [("0 CONV_2D", 0, 0.5), ("1 SOFTMAX", 0.5, 1)]
    assert found["sleep"] == [("asleep", 0.6, 1)]
    assert found["exception TIM2"] == [("TIM2", 0.3, 1)]
    assert found["thread main"] == [("square", 0.2, 0.45), ("work", 0.45, 0.5), ("work", 0.1, 0.5), ("main", 0, 1)]
    assert found["power"] == [("power", 0, 18), ("power", 0.5, 4.5)]


def test_power_csv() -> None:
    written = b"".join(power_csv([replace(PROFILE, power=POWER)])).decode()
    assert written == "time_us,current_ua,power_uw\n0,10000,18000\n0.5,2500,4500\n"
    with pytest.raises(BadInput, match="one at a time"):
        power_csv([PROFILE, PROFILE])
    with pytest.raises(BadInput, match="no power model"):
        power_csv([PROFILE])


@pytest.mark.slow
def test_pprof(tmp_path: Path) -> None:
    cycles = pprof_text([PROFILE], tmp_path, "-top", "-sample_index=cycles")
    for row in (
        r"40 40\.00% .* 40 40\.00%  asleep$",
        r"37 37\.00% .* 42 42\.00%  work$",
        r"10 10\.00% .* 92 92\.00%  main$",
        r"5 .* square \(inline\)",
    ):
        assert re.search(row, cycles, re.MULTILINE), cycles
    energy = pprof_text([PROFILE], tmp_path, "-top", "-sample_index=energy")
    assert "of 6375picojoules total" in energy
    lines = pprof_text([PROFILE], tmp_path, "-raw")
    assert "work work.c:11" in lines and "square square.h:4" in lines and "0x202" in lines
    both = pprof_text([PROFILE, PROFILE], tmp_path, "-tags", "-sample_index=instructions")
    assert "kws01" in both and "76" in both


def test_model_explorer() -> None:
    """Of its own schema: an object of `results`, each with a number. Layers of one name add up."""
    from dataclasses import replace

    named = replace(PROFILE, layer_tensors=("conv;relu", ""))
    found = json.loads(model_explorer([named]))
    assert found["results"] == {"conv;relu": {"value": 1_500_000}, "1": {"value": 4_500_000}}
    with pytest.raises(BadInput, match="no energy"):
        model_explorer([named], ENERGY)
    with pytest.raises(BadInput, match="no layers"):
        model_explorer([replace(PROFILE, run=replace(PROFILE.run, layers=()))])


def test_hostile_names(tmp_path: Path) -> None:
    frames = [Frame(name, "function", 16 * index, name, 1) for index, name in enumerate(HOSTILE)]
    paths = [(index - 1, index, 0, 1, 1.0, 1.0, 1.0) for index in range(len(frames))]
    hostile = profile(frames, paths, cycles=12, visits=[(index, index) for index in range(12)])
    lines = b"".join(folded([hostile])).decode().splitlines()
    assert len(lines) == 12 and all(re.fullmatch(r"[^#].* 1", line) for line in lines)
    assert lines[-1].count(";") == 11
    read_speedscope(hostile)
    read_perfetto(hostile)
    assert own_costs(hostile) == [12, 12_000]
    assert "12 12,000 PROGRAM TOTALS" in annotated(hostile, tmp_path)
    assert len(gzip.decompress(pprof([hostile]))) < 20_000


def test_a_deep_chain_is_cut() -> None:
    """10,000 calls of one another: 256 frames in a stack, and nothing is lost."""
    frames = [Frame(name, "function", 16, "", 0) for name in ("even", "odd")]
    paths = [(index - 1, index % 2, 18, 1, 1.0, 1.0, 1.0) for index in range(10_000)]
    deep = profile(frames, paths)
    lines = b"".join(folded([deep])).decode().splitlines()
    assert len(lines) == 256
    assert lines[-1].count(";") == 255 and lines[-1].endswith(";...;odd 4873")
    assert own_costs(deep) == [10_000, 10_000_000]


@st.composite
def profiles(draw: st.DrawFn) -> ProfileResult:
    count = draw(st.integers(1, 12))
    numbers = st.floats(0, 1e6)
    paths = [
        (
            draw(st.integers(-1, index - 1)),
            draw(st.integers(0, 3)),
            0x102,
            1,
            draw(numbers),
            draw(numbers),
            draw(numbers),
        )
        for index in range(count)
    ]
    return profile(FRAMES, paths)


@settings(max_examples=15, deadline=None)
@given(profiles())
def test_sums_are_those_of_the_paths(result: ProfileResult) -> None:
    cycles, energy_nj = float(np.sum(result.paths.cycles)), float(np.sum(result.paths.energy_nj))
    assert sum(int(line.rsplit(b" ", 1)[1]) for line in folded([result])) == pytest.approx(cycles, abs=0.51)
    shown = read_speedscope(result)
    assert shown[0]["endValue"] == pytest.approx(cycles)
    assert shown[1]["endValue"] == pytest.approx(energy_nj)
    assert own_costs(result) == pytest.approx([cycles, energy_nj * 1000], abs=0.51)
