"""The native code as it travels: the committed text is what the C makes, and no other thing gets into the process."""

import ctypes
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtiny.counting import records
from simtiny.counting.blocks import edge_hash
from simtiny.errors import SimtinyError
from simtiny.flash.policies import POLICIES
from simtiny.native import library
from simtiny.native.record import NativeRecord, address, number, signature

ROOT = Path(__file__).resolve().parents[2]
CLANG = "clang-16"
PLACES = [policy.place for policy in POLICIES] + ["machine/register_reads"]
BEGINNINGS = {  # of object files: ELF with its machine at byte 18, or Mach-O with its processor at byte 4
    "x86_64-unknown-linux-gnu": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x01\x00\x3e\x00",
    "aarch64-unknown-linux-gnu": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x01\x00\xb7\x00",
    "x86_64-apple-macosx11": b"\xcf\xfa\xed\xfe\x07\x00\x00\x01",
    "arm64-apple-macosx11": b"\xcf\xfa\xed\xfe\x0c\x00\x00\x01",
}


def text(place: str) -> str:
    return (ROOT / "simtiny" / f"{place}.ll").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which(CLANG) is None, reason=f"{CLANG} is not installed")
def test_what_is_committed_is_what_the_sources_make() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "build_hooks.py"), "--check"]
    paths = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=paths)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_headers_are_those_of_the_records() -> None:
    """Without a compiler, too."""
    script: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "build_hooks.py"))
    for path in script["HEADERS"]:
        assert path.read_text(encoding="utf-8") == script["header"](path), path.name


@pytest.mark.parametrize("place", PLACES)
def test_native_code_calls_nothing_but_what_it_is_given(place: str) -> None:
    declared = re.findall(r"^declare .*@([\w.]+)\(", text(place), re.MULTILINE)
    assert [name for name in declared if not name.startswith("llvm.")] == []
    assert "asm" not in text(place)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("triple", BEGINNINGS)
def test_the_text_serves_other_processors(place: str, triple: str) -> None:
    """Machine code for each, as far as it can be looked at here: it is made, for this kind of processor."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    assert "target triple" not in text(place)
    assert "target-cpu" not in text(place)
    module = llvm.parse_assembly(text(place))
    module.triple = triple
    made = llvm.Target.from_triple(triple).create_target_machine(opt=2).emit_object(module)
    assert made.startswith(BEGINNINGS[triple])


def test_a_library_for_other_records_is_refused() -> None:
    with pytest.raises(SimtinyError, match="made for other records: reinstall simtiny"):
        library.load("flash/prefetch", records.SIGNATURE ^ 1)


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
        library.load("flash/prefetch", records.SIGNATURE).function("nothing")


@given(st.integers(0, (1 << 40) - 1), st.integers(-1, 1 << 16))
def test_both_sides_begin_at_the_same_slot(where: int, before: int) -> None:
    native = library.load("flash/prefetch", records.SIGNATURE).function("edge_hash", ctypes.c_int64, ctypes.c_int64)
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
    native = library.load("flash/prefetch", records.SIGNATURE).function("divide_cycles", *types)
    one, other = dividend, divisor
    if signed:
        one, other = (abs(value - (1 << 32) if value >> 31 else value) for value in (dividend, divisor))
    expected = shortest
    if other and one >= other:
        expected = min(longest, shortest + 1 + (one.bit_length() - other.bit_length()) // bits)
    assert native(dividend, divisor, signed, shortest, bits, longest) == expected


def test_a_text_that_llvm_can_not_read_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.ll").write_text("define nonsense")
    monkeypatch.setattr(library, "_PACKAGE", tmp_path)
    library.load_ahead("broken", 0)  # says nothing
    with pytest.raises(SimtinyError, match=r"can't read the native hooks in broken\.ll: reinstall simtiny"):
        library.load("broken", 0)
