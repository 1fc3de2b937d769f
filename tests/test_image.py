"""Images: what loads, what is refused and how, and that no damaged file ends in anything but BadInput."""

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simtiny.board import Board
from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.image import Image, Segment
from simtiny.image_load import check_fits, load, parse, vector_table_address, vectors_at_reset

FLASH, RAM_END = 0x08000000, 0x200A0000
EM_ARM, EM_X86_64, EM_RISCV = 40, 62, 243
ET_REL, ET_EXEC, ET_DYN = 1, 2, 3
CODE = struct.pack("<III", RAM_END, FLASH + 9, 0xE7FEE7FE)  # stack, reset vector, a loop

GCC = shutil.which("arm-none-eabi-gcc")
needs_gcc = pytest.mark.skipif(GCC is None, reason="no arm-none-eabi-gcc")


def elf(code=CODE, *, machine=EM_ARM, kind=ET_EXEC, entry=FLASH + 9, load_address=FLASH, elf_class=1, order=1):
    """A smallest ELF32 file: header, one PT_LOAD, the code."""
    ident = b"\x7fELF" + bytes([elf_class, order, 1]) + bytes(9)
    mark = "<" if order == 1 else ">"
    if elf_class == 2:
        head = struct.pack(mark + "HHIQQQIHHHHHH", kind, machine, 1, entry, 64, 0, 0, 64, 56, 1, 64, 0, 0)
        program = struct.pack(mark + "IIQQQQQQ", 1, 5, 120, FLASH, load_address, len(code), len(code), 4)
    else:
        head = struct.pack(mark + "HHIIIIIHHHHHH", kind, machine, 1, entry, 52, 0, 0x5000400, 52, 32, 1, 40, 0, 0)
        program = struct.pack(mark + "IIIIIIII", 1, 84, FLASH, load_address, len(code), len(code), 5, 4)
    return ident + head + program + code


def record(kind, offset, payload):
    body = bytes([len(payload)]) + offset.to_bytes(2, "big") + bytes([kind]) + payload
    return b":" + (body + bytes([-sum(body) & 0xFF])).hex().upper().encode()


def intel_hex(data=CODE, address=FLASH, entry=None):
    lines = [record(4, 0, (address >> 16).to_bytes(2, "big"))]
    lines += [record(0, (address & 0xFFFF) + i, data[i : i + 16]) for i in range(0, len(data), 16)]
    lines += [record(5, 0, entry.to_bytes(4, "big"))] if entry is not None else []
    return b"\r\n".join([*lines, record(1, 0, b""), b""])


@pytest.fixture(scope="module")
def board() -> Board:
    return load_board("nucleo-l4r5zi")


# What loads


def test_the_same_program_in_three_formats(tmp_path):
    (tmp_path / "a.dat").write_bytes(elf())
    (tmp_path / "b.dat").write_bytes(intel_hex(entry=FLASH + 9))
    (tmp_path / "c.dat").write_bytes(CODE)
    images = [load(tmp_path / f"{name}.dat", address=FLASH) for name in "abc"]
    assert [image.segments for image in images] == [(Segment(FLASH, CODE),)] * 3
    assert [image.entry for image in images] == [FLASH + 9, FLASH + 9, None]
    assert len({image.sha256 for image in images}) == 3


def test_segments_stand_at_their_load_address():
    assert parse("x", elf(load_address=FLASH + 0x4000)).segments[0].address == FLASH + 0x4000


def test_hex_segments_and_addresses():
    lines = [
        record(2, 0, b"\x10\x00"),  # 0x1000 paragraphs: base 0x10000
        record(0, 0x20, b"ab"),
        record(0, 0x22, b"cd"),
        record(4, 0, b"\x20\x00"),
        record(0, 0, b"z"),
        record(1, 0, b""),
    ]
    image = parse("x", b"\n".join(lines))
    assert image.segments == (Segment(0x10020, b"abcd"), Segment(0x20000000, b"z"))


def test_words_and_sizes():
    image = parse("x", CODE, address=FLASH)
    assert image.word(FLASH) == RAM_END
    assert image.word(FLASH + 10) is None
    assert image.size == 12


# What is refused


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty file"),
        (b"int main(void) { return 0; }\n", "a text file"),
        (b"\x00\x01\x02", "3 bytes: too small"),
        (b"\x1c\x00\x00\x00TFL3\x00\x00", "a TensorFlow Lite model, not a firmware image: give it as a `model`"),
        (b"MZ\x90\x00", "a Windows executable"),
        (b"PK\x03\x04....", "a zip archive"),
        (b"S00F000068656C6C6F", "S-record line 1: the record's length does not match"),
        (elf(machine=EM_X86_64, elf_class=2), "x86-64"),
        (elf(machine=EM_RISCV), "RISC-V"),
        (elf(kind=ET_REL), "relocatable object file: link it"),
        (elf(kind=ET_DYN), "shared library"),
        (elf(order=2), "big-endian"),
        (elf(elf_class=2), "64-bit"),
        (elf(entry=FLASH + 8), "Arm code, not Thumb"),
        (elf()[:-4], "lacks its last 4 bytes"),
        (elf()[:70], "truncated or damaged"),
        (elf()[:20], "truncated or damaged"),
        (elf(b""), "without anything to load"),
        (elf(load_address=0xFFFFFFFC), "32-bit address range"),
    ],
)
def test_refusals(content, message):
    with pytest.raises(BadInput, match=message):
        parse("x", content, address=FLASH)


def test_raw_binary_needs_an_address():
    with pytest.raises(BadInput, match="load address"):
        parse("x", CODE)
    with pytest.raises(BadInput, match="can't be loaded at 0xffffffff"):
        parse("x", CODE, address=0xFFFFFFFF)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(BadInput, match=r"none\.elf: No such file"):
        load(tmp_path / "none.elf")
    with pytest.raises(BadInput, match="Is a directory"):
        load(tmp_path)
    os.mkfifo(tmp_path / "endless.bin")
    with pytest.raises(BadInput, match=r"endless\.bin: not a regular file"):
        load(tmp_path / "endless.bin")


GOOD = record(0, 0, b"abcd")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([GOOD, GOOD[:-2] + b"00"], "line 2: checksum is 00, should be"),
        ([GOOD, b":0"], "line 2: not pairs"),
        ([GOOD, b":zz"], "line 2: not pairs"),
        ([GOOD, GOOD[:-2]], "line 2: the record's length"),
        ([GOOD, b"hello"], "line 2: does not start with ':'"),
        ([record(6, 0, b"")], "line 1: unknown record type 06"),
        ([record(4, 0, b"a")], "line 1: a type 04 record holds 2 bytes"),
        ([GOOD], "no end record: the file is truncated"),
        ([record(1, 0, b"")], "no data records"),
        ([record(1, 0, b""), GOOD], "line 2: data after the end"),
        ([GOOD, GOOD, record(1, 0, b"")], "two records hold address 0x00000000"),
        ([record(4, 0, b"\xff\xff"), record(0, 0xFFFE, b"abc"), record(1, 0, b"")], "line 2: data beyond"),
    ],
)
def test_hex_refusals(lines, message):
    with pytest.raises(BadInput, match=message):
        parse("x", b"\n".join(lines))


# Whether it fits the board


def vectors(stack=RAM_END, reset=FLASH + 9, size=64):
    return struct.pack("<II", stack, reset) + bytes(size - 8)


def test_fitting_images(board):
    for data, address in ((CODE, FLASH), (vectors(stack=0x10010000), FLASH), (vectors(reset=9), 0)):
        check_fits(parse("x", data, address=address), board)
    behind_a_bootloader = parse("x", vectors(reset=FLASH + 0x8009), address=FLASH + 0x8000)
    check_fits(behind_a_bootloader, board)
    assert vector_table_address(behind_a_bootloader, board) == FLASH + 0x8000


def test_exactly_full_and_one_byte_too_large(board):
    size = board.main_flash.size
    check_fits(parse("x", vectors(size=size), address=FLASH), board)
    with pytest.raises(BadInput, match=r"too large for nucleo-l4r5zi: .* runs 1 bytes past the end of flash"):
        check_fits(parse("x", vectors(size=size + 1), address=FLASH), board)


def test_data_may_span_adjoining_rams(board):
    segments = (Segment(FLASH, CODE), Segment(0x20000000, bytes(300_000)))
    check_fits(Image("x", "", segments), board)
    with pytest.raises(BadInput, match="past the end of sram3"):
        check_fits(Image("x", "", (Segment(FLASH, CODE), Segment(0x20090000, bytes(0x10001)))), board)


@pytest.mark.parametrize(
    ("data", "address", "message"),
    [
        (vectors(), 0x90000000, "lie outside of all memories of nucleo-l4r5zi"),
        (vectors(stack=0), FLASH, "stack pointer 0x00000000 does not point into RAM"),
        (vectors(stack=0x30000000), FLASH, "stack pointer 0x30000000"),
        (vectors(stack=RAM_END + 4), FLASH, "stack pointer"),
        (vectors(stack=RAM_END + 7), FLASH, "stack pointer"),
        (vectors(reset=FLASH + 8), FLASH, "reset vector 0x08000008 is even"),
        (vectors(reset=FLASH + 0x101), FLASH, "points outside of the image"),
        (bytes(range(256)), FLASH, "no vector table at 0x08000000"),
    ],
)
def test_misfits(board, data, address, message):
    with pytest.raises(BadInput, match=message):
        check_fits(parse("x", data, address=address), board)


# Real compiler output


SOURCE = """\
int table[4] = {1, 2, 3, 4};
__attribute__((noinline)) int sum(int n) {
    int total = 0;
    for (int i = 0; i < n; i++)
        total += table[i & 3];
    return total;
}
void reset(void) {
    sum(5);
    for (;;) { }
}
__attribute__((section(".vectors"), used)) void *const vectors[] = {(void *)0x20001000, (void *)reset};
"""
LINKER = """\
ENTRY(reset)
MEMORY { FLASH : ORIGIN = 0x08000000, LENGTH = 2M  RAM : ORIGIN = 0x20000000, LENGTH = 192K }
SECTIONS {
  .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > FLASH
  .data : { _sdata = .; *(.data*) } > RAM AT > FLASH
  .ARM.attributes 0 : { *(.ARM.attributes) }
}
"""


def compile_elf(folder: Path, *flags: str) -> Path:
    (folder / "main.c").write_text(SOURCE)
    (folder / "link.ld").write_text(LINKER)
    command = [str(GCC), "-nostdlib", "-ffreestanding", "-O1", "-g", "-T", "link.ld", *flags, "main.c", "-o", "out.elf"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "out.elf"


@needs_gcc
@pytest.mark.parametrize("dwarf", ["-gdwarf-4", "-gdwarf-5"])
def test_compiled_program(tmp_path, board, dwarf):
    image = load(compile_elf(tmp_path, "-mcpu=cortex-m4", "-mthumb", dwarf))
    check_fits(image, board)
    assert image.architecture == "v7E-M"
    assert image.word(FLASH) == 0x20001000
    assert image.entry == image.word(FLASH + 4) == image.symbols["reset"].address | 1
    # .data is loaded from flash, where its initial values stand, behind the code.
    values = struct.pack("<4i", 1, 2, 3, 4)
    assert [segment.address >= FLASH for segment in image.segments] == [True] * len(image.segments)
    assert any(segment.data.endswith(values) for segment in image.segments)
    assert (image.symbols["table"].address, image.symbols["table"].size) == (0x20000000, 16)
    assert image.symbols["table"].kind == "object"
    assert image.symbols["_sdata"].kind == "label"
    assert not any(name.startswith("$") for name in image.symbols)
    function = image.symbols["sum"]
    assert function.kind == "function"
    assert image.function_at(function.address + function.size - 2) == function
    assert image.function_at(0x20000000) is None
    addresses = range(FLASH, image.segments[0].end, 2)
    command = ["arm-none-eabi-addr2line", "-s", "-e", "out.elf", *(hex(address) for address in addresses)]
    expected = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.split("\n")
    for address, line in zip(addresses, expected, strict=False):
        line = line.partition(" (discriminator")[0]
        assert image.line_at(address) == (None if line.startswith("?") else line), hex(address)
    assert any(line.startswith("main.c:5") for line in expected)
    assert image.line_at(0x08100000) is None


@needs_gcc
def test_file_headers_in_the_first_segment_are_not_loaded(tmp_path, board):
    """Without -n the linker aligns segments to 64 KB pages and can draw the ELF header into the first one."""
    script = LINKER.replace("SECTIONS {", "PHDRS { all PT_LOAD FILEHDR PHDRS; }\nSECTIONS { . = 0x08000000;")
    script = script.replace("> FLASH\n  .data", "> FLASH :all\n  .data")
    (tmp_path / "main.c").write_text(SOURCE)
    (tmp_path / "link.ld").write_text(script.replace(".text :", ".text 0x08000100 :"))
    command = [str(GCC), "-nostdlib", "-mcpu=cortex-m4", "-mthumb", "-T", "link.ld", "main.c", "-o", "out.elf"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    image = load(tmp_path / "out.elf")
    assert min(segment.address for segment in image.segments) == 0x08000100
    assert image.word(0x08000100) == 0x20001000


@needs_gcc
@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["-march=armv7-a", "-mthumb"], "A-profile"),
        (["-march=armv7-r", "-mthumb"], "R-profile"),
        (["-march=armv4t", "-marm"], "not for Cortex-M"),
        (["-mcpu=cortex-m4", "-mthumb", "-c"], "relocatable"),
    ],
)
def test_other_arm_profiles(tmp_path, flags, message):
    with pytest.raises(BadInput, match=message):
        load(compile_elf(tmp_path, *flags))


@needs_gcc
@pytest.mark.parametrize(
    ("cpu", "architecture"), [("cortex-m0plus", "v6S-M"), ("cortex-m3", "v7-M"), ("cortex-m7", "v7E-M")]
)
def test_smaller_cores_code_runs_on_m4(tmp_path, board, cpu, architecture):
    image = load(compile_elf(tmp_path, f"-mcpu={cpu}", "-mthumb"))
    assert image.architecture == architecture
    check_fits(image, board)


@needs_gcc
def test_newer_architecture_does_not_run_on_m4(tmp_path, board):
    image = load(compile_elf(tmp_path, "-mcpu=cortex-m33", "-mthumb"))
    with pytest.raises(BadInput, match=r"built for Arm v8-M\.main, which cortex-m4f of nucleo-l4r5zi can't run"):
        check_fits(image, board)


# Damaged files: an image or BadInput, nothing else


def survives(content: bytes) -> None:
    try:
        image = parse("x", content, address=FLASH)
    except BadInput as error:
        assert str(error).isprintable()
        return
    for address in (FLASH, FLASH + 20, 0x20000000):
        image.line_at(address)
        image.function_at(address)


@given(st.binary(max_size=200))
def test_random_bytes(content):
    survives(content)
    survives(b"\x7fELF" + content)
    survives(b":" + content)


@given(st.data())
@settings(max_examples=150)
def test_mutated_small_files(data):
    content = bytearray(data.draw(st.sampled_from([elf(), intel_hex(CODE * 4, entry=FLASH)])))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    survives(bytes(content[: data.draw(st.integers(0, len(content)))]))


@needs_gcc
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_compiler_output(tmp_path_factory, data):
    content = bytearray(_compiled(tmp_path_factory))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    survives(bytes(content))


_cache: list[bytes] = []


def _compiled(tmp_path_factory) -> bytes:
    if not _cache:
        _cache.append(compile_elf(tmp_path_factory.mktemp("elf"), "-mcpu=cortex-m4", "-mthumb").read_bytes())
    return _cache[0]


@pytest.mark.parametrize(
    ("name", "address", "table", "at_reset"),
    [
        ("nucleo-l4r5zi", 0x0800_0000, 0x0800_0000, 0),  # flash is seen at 0
        ("nucleo-l4r5zi", 0, 0, 0),
        ("nucleo-l4r5zi", 0x0800_8000, 0x0800_8000, 0x0800_8000),  # for a boot loader
        ("disco-f746ng", 0x0800_0000, 0x0800_0000, 0x0020_0000),  # BOOT_ADD0
        ("disco-f746ng", 0x0020_0000, 0x0020_0000, 0x0020_0000),
        ("nucleo-h7a3zi-q", 0x2000_0000, 0x2000_0000, 0x2000_0000),  # in RAM
        ("cy8cproto-062-4343w", 0x1000_2000, 0x1000_2000, 0x1000_2000),
        ("cy8cproto-062-4343w", 0x1000_0000, 0x1000_2000, 0x1000_2000),  # the other core's image
    ],
)
def test_where_the_vector_table_is(name, address, table, at_reset):
    board = load_board(name)
    image = Image("x", "", (Segment(address, bytes(64)),))
    assert (vector_table_address(image, board), vectors_at_reset(image, board)) == (table, at_reset)
