"""The native hooks as they travel: what is committed is what the C makes, and no other thing gets into the process."""

import ctypes
import os
import platform
import runpy
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtiny.counting import records
from simtiny.counting.blocks import edge_hash
from simtiny.errors import SimtinyError
from simtiny.flash.policies import POLICIES
from simtiny.machine import register_ranges
from simtiny.native import library
from simtiny.native.record import NativeRecord, address, number, signature
from tests.native.formats import facts

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("clang-16", "ld.lld-16", "ld64.lld-16")
NAMES = [policy.library for policy in POLICIES] + ["register_reads"]
PLATFORMS = {  # processor, and what a library wants of others
    "linux-aarch64": ("EM_AARCH64", frozenset()),
    "linux-x86_64": ("EM_X86_64", frozenset()),
    "macos-arm64": ("arm64", frozenset({"/usr/lib/libSystem.B.dylib"})),
    "macos-x86_64": ("x86_64", frozenset({"/usr/lib/libSystem.B.dylib"})),
    "windows-x86_64": ("x86_64", frozenset()),
}
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "build_hooks.py"))


def committed(place: str, name: str) -> bytes:
    return (ROOT / "simtiny" / "native" / place / (name + SCRIPT["PLATFORMS"][place].suffix)).read_bytes()


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason="clang-16 and lld-16 are not installed")
@pytest.mark.slow
def test_what_is_committed_is_what_the_sources_make() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "build_hooks.py"), "--check"]
    paths = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=paths)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_headers_are_those_of_the_records() -> None:
    """Without a compiler, too."""
    for path in SCRIPT["HEADERS"]:
        assert path.read_text(encoding="utf-8") == SCRIPT["header"](path), path.name


@pytest.mark.parametrize("place", PLATFORMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_library_is_for_its_processor_and_calls_nothing_but_what_it_is_given(place: str, name: str) -> None:
    content = committed(place, name)
    found = facts(content)
    assert (found.processor, found.wants, found.patched) == (*PLATFORMS[place], 0)
    assert "layout_signature" in found.exports
    assert found.exports == facts(committed("linux-x86_64", name)).exports
    assert str(ROOT).encode() not in content


def test_libraries_are_small_and_there_is_one_of_each_for_every_platform() -> None:
    assert set(PLATFORMS) == set(SCRIPT["PLATFORMS"])
    present = [(path.parent.name, path.stem) for path in (ROOT / "simtiny" / "native").glob("*-*/*")]
    assert sorted(present) == sorted((place, name) for place in PLATFORMS for name in NAMES)
    assert sum(len(committed(place, name)) for place in PLATFORMS for name in NAMES) < 600_000


def test_what_runs_on_an_apple_processor_is_signed() -> None:
    """LC_CODE_SIGNATURE, and its content: a super blob with the code directory of what the linker has signed."""
    for name in NAMES:
        content = committed("macos-arm64", name)
        assert b"\x1d\0\0\0\x10\0\0\0" in content[:0x1000] and b"\xfa\xde\x0c\xc0" in content


def test_a_library_for_other_records_is_refused() -> None:
    with pytest.raises(SimtinyError, match="made for other records: reinstall simtiny"):
        library.load("prefetch", records.SIGNATURE ^ 1)


def test_a_signature_tells_names_order_and_types_apart() -> None:
    record = NativeRecord("Pair", "", (number("one", ""), number("other", "")))
    others = [
        NativeRecord("Pair", "", (number("other", ""), number("one", ""))),
        NativeRecord("Pair", "", (number("one", ""), address("other", "int64_t", ""))),
        NativeRecord("Pair", "", (number("one", ""),)),
        NativeRecord("Two", "", record.fields),
    ]
    found = {signature([each]) for each in (record, *others)}
    assert len(found) == 5
    said = NativeRecord("Pair", "another meaning", (number("one", "said"), number("other", "")))
    assert signature([said]) == signature([record])


def test_a_function_that_is_not_there_is_one_clear_error() -> None:
    with pytest.raises(SimtinyError, match="have no nothing: reinstall simtiny"):
        library.load("prefetch", records.SIGNATURE).function("nothing")


@given(st.integers(0, (1 << 40) - 1), st.integers(-1, 1 << 16))
def test_both_sides_begin_at_the_same_slot(where: int, before: int) -> None:
    native = library.load("prefetch", records.SIGNATURE).function("edge_hash", ctypes.c_int64, ctypes.c_int64)
    mask = (1 << 17) - 1  # slots of the table less one
    assert native(where, before) & mask == edge_hash(where, before) & mask


@given(
    st.integers(0, (1 << 32) - 1),
    st.integers(0, (1 << 32) - 1),
    st.booleans(),
    st.sampled_from([(2, 4, 12), (2, 2, 11), (3, 1, 32)]),
)
def test_cycles_of_a_divide(dividend: int, divisor: int, signed: bool, law: tuple[int, int, int]) -> None:
    """Against the law in Python's own words: Arm's 2 to 12 cycles by the leading zeros of both."""
    shortest, bits, longest = law
    types = [ctypes.c_uint32, ctypes.c_uint32, *[ctypes.c_int64] * 4]
    native = library.load("prefetch", records.SIGNATURE).function("divide_cycles", *types)
    one, other = dividend, divisor
    if signed:
        one, other = (abs(value - (1 << 32) if value >> 31 else value) for value in (dividend, divisor))
    expected = shortest
    if other and one >= other:
        expected = min(longest, shortest + 1 + (one.bit_length() - other.bit_length()) // bits)
    assert native(dividend, divisor, signed, shortest, bits, longest) == expected


@pytest.mark.parametrize(
    ("system", "machine", "expected"),
    [
        ("linux", "x86_64", ("linux-x86_64", ".so")),
        ("linux", "aarch64", ("linux-aarch64", ".so")),
        ("darwin", "arm64", ("macos-arm64", ".dylib")),
        ("darwin", "x86_64", ("macos-x86_64", ".dylib")),
        ("win32", "amd64", ("windows-x86_64", ".dll")),  # of this Python; the processor may be an ARM64
        ("freebsd14", "amd64", ("freebsd14-x86_64", ".so")),
        ("linux", "riscv64", ("linux-riscv64", ".so")),
    ],
)
def test_the_platform_is_that_of_this_python(
    system: str, machine: str, expected: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: "ARM64" if system == "win32" else machine)
    monkeypatch.setattr(sysconfig, "get_platform", lambda: f"win-{machine}")
    assert library.host.__wrapped__() == expected
    assert expected[0] not in PLATFORMS or SCRIPT["PLATFORMS"][expected[0]].suffix == expected[1]


def test_a_platform_without_libraries_is_named_with_what_builds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "host", lambda: ("linux-riscv64", ".so"))
    with pytest.raises(SimtinyError, match=r"no native hooks 'prefetch' for linux-riscv64: .*scripts/build_hooks\.py"):
        library.load.__wrapped__("prefetch", records.SIGNATURE)


def test_a_library_that_the_system_refuses_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, suffix = library.host()
    monkeypatch.setattr(library, "_FOLDER", tmp_path)
    (tmp_path / place).mkdir()
    (tmp_path / place / f"broken{suffix}").write_text("nonsense")
    with pytest.raises(SimtinyError, match=f"the system can't load the native hooks 'broken' for {place} "):
        library.load("broken", 0)


def test_no_search_path_leads_to_another_library(tmp_path: Path) -> None:
    """A file of the same name in the working folder and in the loader's path is left alone."""
    (tmp_path / f"register_reads{library.host()[1]}").write_text("nonsense")
    program = (
        "from simtiny.machine.register_ranges import SIGNATURE; from simtiny.native.library import load; "
        "print(load('register_reads', SIGNATURE).function('layout_signature')())"
    )
    paths = {"PYTHONPATH": str(ROOT), "LD_LIBRARY_PATH": str(tmp_path), "DYLD_LIBRARY_PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, env={**os.environ, **paths}
    )
    assert (done.stdout, done.stderr) == (f"{register_ranges.SIGNATURE}\n", "")
