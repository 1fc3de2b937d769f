"""Profiles in a file: whole again, and nothing but BadInput of what is no such file."""

import hashlib
import json
import math
import random
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.estimate import estimate
from simtiny.machine.cores import CORES
from simtiny.mlperf.measure import measure
from simtiny.mlperf.workload import build
from simtiny.notes import Note, NoteKind
from simtiny.profile_file import (
    BLOCK_COUNTS,
    FORMAT_VERSION,
    MOST_FILE_BYTES,
    ProfileSet,
    consistent,
    dump,
    load,
    read,
    write,
)
from simtiny.profiles import CodeBlock, HandlerTime, OperatingPoint, Profile
from simtiny.request import Request
from simtiny.sealed_file import MOST_PAYLOAD_BYTES

DOCUMENT = Path(__file__).parents[1] / "docs" / "profile-format.md"
POINT = OperatingPoint(120e6, 5, True, True, False, "1", regulator="smps")
BLOCKS = (
    CodeBlock(0x0800_0100, bytes.fromhex("0123 4567 89ab"), frozenset({0x0800_0102})),
    CodeBlock(0x0800_0200, bytes.fromhex("cdef"), frozenset()),
    CodeBlock(0x2000_0000, bytes.fromhex("00bf 00bf"), frozenset({0x2000_0000, 0x2000_0002})),
)


def a_profile(blocks: tuple[CodeBlock, ...] = BLOCKS, **changes: Any) -> Profile:
    """Three edges; the first block misses, the last one has cycles hidden by reading ahead."""
    counts: dict[str, Any] = {
        name: np.zeros((len(blocks), len(columns)) if len(columns) > 1 else len(blocks), np.int64)
        for name, columns in BLOCK_COUNTS.items()
    }
    counts["fetch_misses"][0] = 7, 300
    counts["read_ahead"][-1] = -12, 5
    counts["ram_misses"][-1] = 1 << 40
    whole = Profile(
        board="nucleo-l4r5zi",
        image="müller.elf",
        blocks=blocks,
        edges=np.array([(-1, 0, 1), (0, 1, 99), (1, 0, 98)][: len(blocks) + 1], np.int64),
        taken=np.array([False, True, True]),
        hidden=np.arange(32, dtype=np.int64),
        divides=np.zeros(32, np.int64),
        exceptions=2,
        exception_cycles=31,
        sleep_cycles=0,
        cycles=123_456_789_012,
        operating_point=POINT,
        notes=(Note(NoteKind.UNMODELLED, "RNG", 1, "a note"), Note(NoteKind.ASSUMPTION, "", 2, 'another "one"')),
        handlers=(HandlerTime(15, 2, 300), HandlerTime(44, 1, 90)),
        programmed=replace(POINT, wait_states=3),
        **counts,
    )
    return replace(whole, **changes)


SMALL = ProfileSet((a_profile(), a_profile(BLOCKS[:2], notes=())), {"core": "cortex-m4f"})


def assert_same(found: Profile, expected: Profile) -> None:
    for field in fields(Profile):
        ours, theirs = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(theirs, np.ndarray):
            assert ours.dtype == theirs.dtype and ours.flags.c_contiguous, field.name
            np.testing.assert_array_equal(ours, theirs, field.name)
        else:
            assert ours == theirs and type(ours) is type(theirs), field.name


def signed(data: bytes) -> bytes:
    """A forged file: its bytes with the SHA-256 that they should have."""
    return data + hashlib.sha256(data).digest()


def packed(header: bytes, arrays: bytes) -> bytes:
    payload = header + arrays
    return signed(struct.pack("<8sIII", b"STPROF\r\n", 2, len(payload), len(header)) + zlib.compress(payload, 1))


def unpacked(data: bytes) -> tuple[bytes, bytes]:
    header = struct.unpack_from("<I", data, 16)[0]
    payload = zlib.decompress(data[20:-32])
    return payload[:header], payload[header:]


@pytest.mark.parametrize("board", ["nucleo-l4r5zi", "cy8cproto-062-4343w"])
def test_profiles_of_a_run_come_back_whole_and_are_priced_as_they_were_counted(board: str, tmp_path: Path) -> None:
    measured = measure(build(Request("ad01", board)).flashed)
    counted = ProfileSet((measured.profile, *measured.layers), {"board": board})
    write(tmp_path / "ad01.profile", counted)
    found = read(tmp_path / "ad01.profile")
    assert len(found.profiles) == 11 and found.metadata == {"board": board}
    for ours, theirs in zip(found.profiles, counted.profiles, strict=True):
        assert_same(ours, theirs)
        cycles = estimate(ours, CORES[load_board(board).core].timing).cycles
        assert consistent(ours, cycles) and not consistent(replace(ours, cycles=ours.cycles + 1), cycles)
    assert (tmp_path / "ad01.profile").stat().st_size < 8192  # 1,100 bytes a profile at most


def test_the_same_profiles_give_the_same_bytes() -> None:
    assert dump(SMALL) == dump(load(dump(SMALL)))


def test_blocks_that_profiles_share_are_written_once() -> None:
    code = random.Random(0).randbytes(20_000)
    blocks = tuple(CodeBlock(place, code[place : place + 20], frozenset()) for place in range(0, 20_000, 20))
    one, many = (len(dump(ProfileSet((a_profile(blocks),) * times))) for times in (1, 20))
    assert 20_000 < one < 24_000 and many - one < 2000


small = st.integers(0, (1 << 53) - 1)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    blocks = tuple(draw(st.lists(code_blocks(), max_size=6)))
    many = draw(st.integers(0, 8)) if blocks else 0
    number = st.integers(0, len(blocks) - 1)
    rows = [(draw(st.integers(-1, len(blocks) - 1)), draw(number), draw(small)) for _ in range(many)]
    straight = [
        before < 0 or blocks[before].address + len(blocks[before].code) == blocks[block].address
        for before, block, _ in rows
    ]
    counts: dict[str, Any] = {}
    for name, columns in BLOCK_COUNTS.items():
        least = -(1 << 52) if name == "read_ahead" else 0
        value = st.one_of(st.just(0), st.integers(least, 1 << 52))
        values = [[draw(value) for _ in columns] for _ in blocks]
        shape = (len(blocks), len(columns)) if len(columns) > 1 else (len(blocks),)
        counts[name] = np.array(values, np.int64).reshape(shape)
    return Profile(
        board=draw(text),
        image=draw(text),
        blocks=blocks,
        edges=np.array(rows, np.int64).reshape(-1, 3),
        taken=np.array([not may or draw(st.booleans()) for may in straight], np.bool_),
        hidden=np.array(draw(st.lists(small, min_size=32, max_size=32)), np.int64),
        divides=np.array(draw(st.lists(small, min_size=32, max_size=32)), np.int64),
        exceptions=draw(small),
        exception_cycles=draw(small),
        sleep_cycles=draw(small),
        cycles=draw(small),
        operating_point=replace(
            POINT, clock_hz=draw(st.floats(1, 1e10)), wait_states=draw(st.integers(0, 65535)), voltage_range=draw(text)
        ),
        notes=tuple(draw(st.lists(st.builds(Note, st.sampled_from(NoteKind), text, small, text), max_size=3))),
        programmed=replace(POINT, clock_hz=draw(st.floats(1, 1e10))),
        handlers=tuple(draw(st.lists(st.builds(HandlerTime, st.integers(1, 511), small, small), max_size=3))),
        **counts,
    )


@st.composite
def code_blocks(draw: st.DrawFn) -> CodeBlock:
    address = 2 * draw(st.integers(0, (1 << 31) - 8))
    code = draw(st.binary(min_size=2, max_size=12).map(lambda data: data[: len(data) & ~1]))
    return CodeBlock(address, code, draw(st.frozensets(st.sampled_from(range(address, address + len(code), 2)))))


@settings(max_examples=100, deadline=None)
@given(st.lists(profiles(), min_size=1, max_size=4), st.dictionaries(text, text, max_size=3))
def test_any_profiles_come_back_whole(several: list[Profile], metadata: dict[str, str]) -> None:
    found = load(dump(ProfileSet(tuple(several), metadata)))
    assert found.metadata == metadata
    for ours, theirs in zip(found.profiles, several, strict=True):
        assert_same(ours, theirs)


def refused(data: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        load(data, "x.profile")
    message = str(caught.value)
    assert message.startswith("x.profile: ") and "\n" not in message
    return message


def test_ten_thousand_damaged_files_are_refused() -> None:
    data, chance = dump(SMALL), random.Random(1)
    for _ in range(10_000):
        place = chance.randrange(len(data))
        refused(data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :])


def test_files_that_were_cut_off_or_have_something_behind_them_are_refused() -> None:
    data = dump(SMALL)
    for end in range(len(data)):
        refused(data[:end])
    refused(data + b"\0")


def test_ten_thousand_forged_files_are_read_or_refused() -> None:
    """With their hash made anew: what is in them may be anything, as long as it agrees with itself."""
    header, arrays = unpacked(dump(SMALL))
    chance, outcomes = random.Random(2), {True: 0, False: 0}
    for number in range(10_000):
        # The header is most of the bytes: every other change goes into the arrays.
        parts = [bytearray(header), bytearray(arrays)]
        part = parts[number % 2]
        for _ in range(chance.choice((1, 1, 1, 4))):
            place = chance.randrange(len(part))
            part[place] = chance.choice((part[place] ^ 1 << chance.randrange(8), chance.randrange(256), 0x39, 0xFF))
        try:
            found = load(packed(*map(bytes, parts)))
        except BadInput:
            outcomes[False] += 1
        else:
            outcomes[True] += 1
            for profile in found.profiles:
                assert profile.edges[:, :2].max(initial=-1) < len(profile.blocks) == len(profile.fetch_misses)
                assert all(len(block.code) % 2 == 0 for block in profile.blocks)
                assert (profile.edges[:, 2] >= 0).all() and (profile.fetch_misses >= 0).all()
    assert min(outcomes.values()) > 500


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    refused(data)
    refused(signed(b"STPROF\r\n" + data))
    refused(signed(struct.pack("<8sIII", b"STPROF\r\n", 2, len(data), len(data) // 2) + zlib.compress(data)))


def changed(change: Callable[[dict[str, Any]], Any]) -> bytes:
    header, arrays = unpacked(dump(SMALL))
    decoded = json.loads(header)
    change(decoded)
    return packed(json.dumps(decoded).encode(), arrays)


def array(header: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in header["arrays"] if row["name"] == name)
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header["profiles"].clear(),
        lambda header: header["profiles"].append(header["profiles"][0]),
        lambda header: header["profiles"][0].update(edges=2),
        lambda header: header["profiles"][0].update(edges=2**40),
        lambda header: header["profiles"][0].update(counts=-1),
        lambda header: header["profiles"][0].update(cycles=-1),
        lambda header: header["profiles"][0].update(cycles=2**53),
        lambda header: header["profiles"][0].update(cycles=10**400),
        lambda header: header["profiles"][0].update(blocks=[[0, 4]]),
        lambda header: header["profiles"][0].update(blocks=[[1, 2], [0, 2**50]]),
        lambda header: header["profiles"][1].update(blocks=[[0, 1]]),
        lambda header: header["profiles"][1].update(blocks=[[0, 3]] * 700_000),
        lambda header: header["profiles"][0].update(unknown=1),
        lambda header: header["profiles"][0].pop("image"),
        lambda header: header["profiles"][0]["operating_point"].update(clock_hz=0),
        lambda header: header["profiles"][0]["operating_point"].update(clock_hz=math.nan),
        lambda header: header["profiles"][0]["operating_point"].update(wait_states=-1),
        lambda header: header["profiles"][0]["operating_point"].update(wait_states=10**30),
        lambda header: header["profiles"][0]["operating_point"].update(wait_states=2**16),
        lambda header: header["profiles"][0]["operating_point"].update(miss_overhead_cycles=2**16),
        lambda header: header["profiles"][0]["operating_point"].update(ram_miss_cycles=2**16),
        lambda header: header["profiles"][0]["operating_point"].update(clock_hz=0.9),
        lambda header: header["profiles"][0]["operating_point"].update(clock_hz=1.1e10),
        lambda header: header["profiles"][0]["programmed"].update(wait_states=-1),
        lambda header: header["profiles"][0].update(notes=[1]),
        lambda header: header["profiles"][0].update(notes=json.loads("[" * 900 + "]" * 900)),
        lambda header: header["metadata"].update(number=1),
        lambda header: header["arrays"].pop(),
        lambda header: header["arrays"].append(header["arrays"][0]),
        lambda header: header["arrays"].reverse(),
        lambda header: array(header, "edges").update(dtype="<u8"),
        lambda header: array(header, "edges").update(shape=[3, 8]),
        lambda header: array(header, "edges").update(shape=[24]),
        lambda header: array(header, "edges").update(shape=[4, 2**26]),
        lambda header: array(header, "hidden").update(shape=[2**26, 0]),
        lambda header: array(header, "hidden").update(shape=[1, 64]),
        lambda header: array(header, "counts").update(rows=["block", "misses"]),
    ],
)
def test_a_header_that_contradicts_its_file_is_refused(change: Callable[[dict[str, Any]], Any]) -> None:
    refused(changed(change))


def test_an_array_of_arrays_without_end_is_refused() -> None:
    _, arrays = unpacked(dump(SMALL))
    refused(packed(b'{"profiles":' + b"[" * 1_000_000, arrays))


@pytest.mark.parametrize(
    "profile",
    [
        a_profile(edges=np.array([(3, 0, 1), (0, 1, 1), (1, 0, 1)], np.int64)),
        a_profile(edges=np.array([(-2, 0, 1), (0, 1, 1), (1, 0, 1)], np.int64)),
        a_profile(edges=np.array([(0, -1, 1), (0, 1, 1), (1, 0, 1)], np.int64)),
        a_profile(edges=np.array([(0, 1, -1), (0, 1, 1), (1, 0, 1)], np.int64)),
        a_profile(edges=np.zeros((2, 3), np.int64)),
        a_profile(taken=np.array([False, True, False])),  # it is not behind the other: pricing would never end
        a_profile(fetch_misses=np.full((3, 2), -1, np.int64)),
        a_profile(fetch_misses=np.zeros((2, 2), np.int64)),
        a_profile(mispredicts=np.zeros((3, 1), np.int64)),
        a_profile(hidden=np.full(32, -1, np.int64)),
        a_profile(divides=np.zeros((2, 16), np.int64)),
        a_profile(read_ahead=np.full((3, 2), -(1 << 53), np.int64)),
        a_profile(cycles=1 << 70),
        a_profile(image="\udc80"),
        a_profile(operating_point=replace(POINT, clock_hz=math.inf)),
        a_profile((CodeBlock(0, b"\0\0\0", frozenset()),) * 3),
        a_profile((CodeBlock(0, b"", frozenset()),) * 3),
        a_profile((CodeBlock(1 << 32, b"\0\0", frozenset()),) * 3),
        a_profile((CodeBlock(1, b"\0\0", frozenset()),) * 3),
        a_profile((CodeBlock(8, b"\0\0", frozenset({10})),) * 3),
    ],
)
def test_nothing_is_written_that_could_not_be_read(profile: Profile, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        write(tmp_path / "bad.profile", ProfileSet((profile,)))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_would_be_too_large_is_not_written() -> None:
    code = random.Random(3).randbytes(MOST_FILE_BYTES + 2)  # which does not pack
    with pytest.raises(BadInput, match="16 MiB"):
        dump(ProfileSet((a_profile((CodeBlock(0, code, frozenset()),) * 3),)))


def test_no_profile_at_all_is_refused() -> None:
    with pytest.raises(BadInput):
        dump(ProfileSet(()))


def test_a_newer_format_is_told_from_damage() -> None:
    data = bytearray(dump(SMALL))
    data[8] = FORMAT_VERSION + 1
    assert "format is version 3, and this simtiny reads version 2" in refused(bytes(data))


def test_a_small_file_can_not_fill_the_memory() -> None:
    """A quarter of a gigabyte of zeros packs into a quarter of a megabyte."""
    stream = zlib.compressobj()
    bomb = b"".join(stream.compress(bytes(1 << 20)) for _ in range(256)) + stream.flush()
    for size in (0, MOST_PAYLOAD_BYTES, 0xFFFF_FFFF):
        data = signed(struct.pack("<8sIII", b"STPROF\r\n", 1, size, 16) + bomb)
        tracemalloc.start()
        refused(data)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 2 * MOST_PAYLOAD_BYTES + (8 << 20)


def test_a_file_that_can_not_be_read_or_written_is_bad_input(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(MOST_FILE_BYTES + 1)
    for path in (tmp_path, tmp_path / "none", large, tmp_path / "nul\0"):
        with pytest.raises(BadInput):
            read(path)
    for path in (tmp_path, tmp_path / "none" / "at all", tmp_path / "nul\0"):
        with pytest.raises(BadInput):
            write(path, SMALL)


def test_the_document_lets_another_language_read_it() -> None:
    """A reader made from docs/profile-format.md alone, without numpy and without simtiny."""
    data = dump(SMALL)
    magic, version, payload_bytes, header_bytes = struct.unpack("<8sIII", data[:20])
    assert magic == b"STPROF\r\n" and version == 2 and hashlib.sha256(data[:-32]).digest() == data[-32:]
    payload = zlib.decompress(data[20:-32])
    assert len(payload) == payload_bytes
    header, place = json.loads(payload[:header_bytes]), header_bytes
    arrays: dict[str, Any] = {}
    for listed in header["arrays"]:
        size, letter = {"|u1": (1, "B"), "<i8": (8, "q")}[listed["dtype"]]
        many = math.prod(listed["shape"])
        values = struct.unpack_from(f"<{many}{letter}", payload, place)
        width = listed["shape"][-1]
        rows = [values[first : first + width] for first in range(0, many, width)] if width else []
        arrays[listed["name"]] = dict(zip(listed["rows"], rows, strict=True)) if listed["rows"] else rows
        place += many * size
    assert place == payload_bytes
    table, start = [], 0
    for address, size in zip(arrays["blocks"]["address"], arrays["blocks"]["bytes"], strict=True):
        flags = arrays["flash_loads"][0][start // 2 : (start + size) // 2]
        loads = {address + 2 * number for number, flag in enumerate(flags) if flag}
        table.append((address, bytes(arrays["code"][0][start : start + size]), loads))
        start += size
    edges, counts = (list(zip(*arrays[name].values(), strict=True)) for name in ("edges", "counts"))
    for entry, hidden, divides, expected in zip(
        header["profiles"], arrays["hidden"], arrays["divides"], SMALL.profiles, strict=True
    ):
        blocks = [table[first + number] for first, many in entry["blocks"] for number in range(many)]
        assert blocks == [(block.address, block.code, set(block.flash_loads)) for block in expected.blocks]
        mine, edges = edges[: entry["edges"]], edges[entry["edges"] :]
        assert [row[:3] for row in mine] == [tuple(row) for row in expected.edges.tolist()]
        assert [row[3] for row in mine] == expected.taken.tolist()
        rows, counts = counts[: entry["counts"]], counts[entry["counts"] :]
        misses = {row[0]: row[1:3] for row in rows}  # branch_misses, sequential_misses
        assert [misses.get(number, (0, 0)) for number in range(len(blocks))] == [
            tuple(row) for row in expected.fetch_misses.tolist()
        ]
        assert list(hidden) == expected.hidden.tolist() and list(divides) == expected.divides.tolist()
        assert entry["cycles"] == expected.cycles and entry["image"] == "müller.elf"
        assert entry["operating_point"]["clock_hz"] == 120_000_000
    assert edges == counts == [] and header["metadata"] == {"core": "cortex-m4f"}


def test_the_document_names_every_field() -> None:
    """Whoever adds one decides whether files without it can still be priced, and raises FORMAT_VERSION if not."""
    document = DOCUMENT.read_text()
    header, _ = unpacked(dump(SMALL))
    decoded = json.loads(header)
    named = {*decoded, *decoded["profiles"][0]}
    named |= {*decoded["profiles"][0]["operating_point"], *(row["name"] for row in decoded["arrays"])}
    named |= {name for row in decoded["arrays"] for name in row["rows"]}
    assert [name for name in sorted(named) if f"`{name}`" not in document] == []
    written = {*decoded["profiles"][0], "hidden", "divides", "taken", *BLOCK_COUNTS}
    assert {field.name for field in fields(Profile)} == written - {"counts"}
