"""Frames and lines of compiled programs, at each of their instructions, beside those that addr2line finds."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from simtiny.image import Image
from simtiny.image_load import load
from tests.dwarf.programs import CLANG, GCC, LINKER, by_addr2line, code_addresses, compiled

needs_gcc = pytest.mark.skipif(shutil.which(GCC[0]) is None, reason="needs arm-none-eabi-gcc")
needs_clang = pytest.mark.skipif(
    shutil.which(CLANG[0]) is None or shutil.which(GCC[0]) is None, reason="needs clang and arm-none-eabi-gcc"
)


def without_parameters(name: str) -> str:
    """Of a demangled name, what debug information says as well."""
    return re.sub(r"\(anonymous namespace\)", "@", name).partition("(")[0].replace("@", "(anonymous namespace)")


def frames(image: Image, address: int) -> list[tuple[str, str]]:
    """As addr2line gives them: innermost first, each with the line that it is at."""
    source = image.source_at(address)
    at = f"{source[0]}:{source[1] or '?'}" if source else "??:0"
    found = []
    for frame in reversed(image.frames_at(address)):
        found.append((frame.name, at))
        at = f"{frame.call_file}:{frame.call_line}"
    return found


def last_part(name: str) -> str:
    """Names differ in what stands before and behind: return types, template arguments, parameters."""
    return re.split(r"::| ", re.sub(r"<.*>", "", without_parameters(name)))[-1]


def agrees(image: Image, elf: Path) -> int:
    """Holds all frames against addr2line's. Returns how many are inlined."""
    addresses, inlined = code_addresses(elf), 0
    expected = by_addr2line(elf, addresses)
    for address in addresses:
        found, wanted = frames(image, address), expected[address]
        if wanted[0][1].startswith("??") or (wanted[0][1].endswith(":?") and not found):
            continue  # a symbol without debug information, such as what the linker adds
        if len(wanted) == 1 < len(found) and wanted[0][0] == found[-1][0]:
            wanted = [(found[0][0], wanted[0][1]), *found[1:]]  # binutils 2.40 reads no rnglistx of what is inlined
        assert [at for _, at in found] == [at for _, at in wanted], hex(address)
        for (name, _), (other, _) in zip(found, wanted, strict=True):
            assert "lambda" in other or "::$_" in other or last_part(name) == last_part(other), hex(address)
        inlined += len(found) - 1
    return inlined


@needs_gcc
@pytest.mark.parametrize("version", ["-gdwarf-4", "-gdwarf-5"])
@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os", "-O3"])
@pytest.mark.parametrize("cpp", [False, True])
def test_each_instruction_as_addr2line_says(tmp_path: Path, version: str, level: str, cpp: bool) -> None:
    elf = compiled(tmp_path, GCC, version, level, "-ffunction-sections", "-Wl,--gc-sections", cpp=cpp)
    inlined = agrees(load(elf), elf)
    assert (inlined > 0) == (level != "-O0")


@needs_clang
@pytest.mark.parametrize("version", ["-gdwarf-4", "-gdwarf-5"])
@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("cpp", [False, True])
def test_of_clang(tmp_path: Path, version: str, level: str, cpp: bool) -> None:
    elf = compiled(tmp_path, CLANG, version, level, "-ffunction-sections", cpp=cpp)
    assert (agrees(load(elf), elf) > 0) == (level != "-O0")


# Split, packed and taken away


def run(*command: str, folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def all_frames(elf: Path) -> tuple[list[object], tuple[str, ...]]:
    image = load(elf)
    found: list[object] = [(image.source_at(address), image.frames_at(address)) for address in code_addresses(elf)]
    assert image.debug is not None
    return found, image.debug.notes


@needs_gcc
@pytest.mark.parametrize("cpp", [False, True])
@pytest.mark.parametrize("compiler", [GCC, CLANG])
@pytest.mark.parametrize("version", ["-gdwarf-4", "-gdwarf-5"])
def test_split_off_is_found_beside(tmp_path: Path, compiler: tuple[str, ...], version: str, cpp: bool) -> None:
    if shutil.which(compiler[0]) is None:
        pytest.skip("no such compiler")
    whole, _ = all_frames(compiled(tmp_path, compiler, version, "-O2", cpp=cpp))
    elf = compiled(tmp_path, compiler, version, "-O2", "-gsplit-dwarf", cpp=cpp)
    names = [[frame.name for frame in load(elf).frames_at(address)] for address in code_addresses(elf)]
    split, notes = all_frames(elf)
    assert split == whole
    assert notes == ()
    assert any(len(chain) > 1 for chain in names)
    (tmp_path / "program.dwo").rename(tmp_path / "away")
    _, notes = all_frames(elf)
    assert len(notes) == 1
    assert "which is not there" in notes[0]
    (tmp_path / "program.dwo").write_bytes(b"\x7fELF" + bytes(100))
    assert "can't be read" in all_frames(elf)[1][0]


@needs_gcc
@pytest.mark.parametrize("way", ["zlib-gabi", "zlib-gnu"])
def test_packed(tmp_path: Path, way: str) -> None:
    elf = compiled(tmp_path, GCC, "-O2")
    whole = all_frames(elf)
    run("arm-none-eabi-objcopy", f"--compress-debug-sections={way}", "out.elf", "packed.elf", folder=tmp_path)
    assert all_frames(tmp_path / "packed.elf") == whole


@needs_gcc
def test_debug_link(tmp_path: Path) -> None:
    elf = compiled(tmp_path, GCC, "-O2")
    whole = all_frames(elf)
    run("arm-none-eabi-objcopy", "--only-keep-debug", "out.elf", "out.debug", folder=tmp_path)
    run("arm-none-eabi-strip", "-g", "out.elf", "-o", "small.elf", folder=tmp_path)
    run("arm-none-eabi-objcopy", "--add-gnu-debuglink=out.debug", "small.elf", folder=tmp_path)
    assert all_frames(tmp_path / "small.elf") == whole
    with (tmp_path / "out.debug").open("ab") as file:
        file.write(b"x")
    assert all_frames(tmp_path / "small.elf")[1] == (
        "its debug information is in 'out.debug', which is of another build",
    )
    (tmp_path / "out.debug").unlink()
    assert all_frames(tmp_path / "small.elf")[1] == ("its debug information is in 'out.debug', which is not there",)


@needs_gcc
def test_link_time_optimization(tmp_path: Path) -> None:
    elf = compiled(tmp_path, GCC, "-O2", "-flto", "-ffat-lto-objects")
    assert agrees(load(elf), elf) > 0


@needs_gcc
def test_functions_without_symbols_and_scopes(tmp_path: Path) -> None:
    compiled(tmp_path, GCC, "-O0", cpp=True)
    run("arm-none-eabi-objcopy", "--strip-symbol=_ZN5outer6Filter3runEPVi", "out.elf", folder=tmp_path)
    image = load(tmp_path / "out.elf")
    assert "_ZN5outer6Filter3runEPVi" not in image.symbols
    found = {frame.name: frame for _, _, frame in image.debug.functions} if image.debug else {}
    assert {"start", "outer::Filter::run", "outer::(anonymous namespace)::twice<int>"} <= found.keys()
    method = found["outer::Filter::run"]
    assert (method.file, method.line) == (str(tmp_path / "program.cpp"), 13)
    assert method.linkage_name == "_ZN5outer6Filter3runEPVi"
    assert image.frames_at(method.address) == (method,)


ASSEMBLER = """
  .syntax unified
  .thumb
  .section .text.start
  .macro routine name
  .global \\name
  .type \\name, %function
\\name: nop
  bx lr
  .size \\name, . - \\name
  .endm
  routine start
  routine second
"""


@needs_gcc
def test_functions_in_assembler_begin_at_their_first_instruction(tmp_path: Path) -> None:
    """GNU as gives them the odd address of a pointer: the first instruction was the last one's of the one before."""
    (tmp_path / "program.s").write_text(ASSEMBLER)
    (tmp_path / "link.ld").write_text(LINKER)
    command = [*GCC, "-g", "-nostdlib", "-T", "link.ld", "program.s", "-o", "out.elf"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    image = load(tmp_path / "out.elf")
    for name in ("start", "second"):
        address = image.symbols[name].address
        for each in (address, address + 2):
            (frame,) = image.frames_at(each)
            assert (frame.name, frame.address) == (name, address)
