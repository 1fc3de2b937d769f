"""Small files that ask for much: each is refused, or its lines are as good as none, in little time and memory."""

import io
import struct
import time
import zlib
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from simtiny import chunks, image_load
from simtiny.dwarf import sections
from simtiny.errors import BadInput
from simtiny.image import Image
from simtiny.image_load import parse

SMALL = (Path(__file__).parent / "fuzz/samples/small-gdwarf-4.elf").read_bytes()
(SECTIONS_AT,) = struct.unpack_from("<I", SMALL, 32)
IN_WORK = 0x0800_0048


def section(name: str) -> tuple[int, int, int]:
    """Place of its header, place and size of its content."""
    for number, each in enumerate(ELFFile(io.BytesIO(SMALL)).iter_sections()):
        if each.name == name:
            return SECTIONS_AT + 40 * number, each["sh_offset"], each["sh_size"]
    raise KeyError(name)


def with_content(name: str, content: bytes, flags: int = 0) -> bytes:
    """The file with another content of a section, at its end."""
    data = bytearray(SMALL)
    header, _, _ = section(name)
    struct.pack_into("<II", data, header + 16, len(data), len(content))
    struct.pack_into("<I", data, header + 8, flags)
    return bytes(data + content)


def with_number_in_lines(size: int) -> bytes:
    """A line program that begins with a number of so many bytes, which is 0."""
    _, at, length = section(".debug_line")
    program = SMALL[at : at + length]
    start = 10 + struct.unpack_from("<I", program, 6)[0]
    changed = bytearray(program[:start] + b"\x02" + b"\x80" * size + b"\x00" + program[start:])
    struct.pack_into("<I", changed, 0, len(changed) - 4)
    return with_content(".debug_line", bytes(changed))


def loaded(data: bytes) -> Image:
    began = time.process_time()
    try:
        return parse("bomb", data)
    finally:
        assert time.process_time() - began < 2


def line(data: bytes) -> str | None:
    began = time.process_time()
    found = loaded(data).line_at(IN_WORK)
    assert time.process_time() - began < 2
    return found


def test_what_is_sound_has_its_lines() -> None:
    assert line(SMALL) == "small.c:12"
    assert line(with_number_in_lines(100)) == "small.c:12"


def test_a_number_without_end_takes_the_lines_away() -> None:
    assert line(with_number_in_lines(3_000_000)) is None


def test_packed_debug_information_is_bounded_by_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "MOST_SECTION_BYTES", 1 << 20)
    _, at, size = section(".debug_line")
    packed, compressed = SMALL[at : at + size], 1 << 11
    assert line(with_content(".debug_line", struct.pack("<III", 1, size, 1) + zlib.compress(packed), compressed))
    bomb = zlib.compress(bytes(1 << 22))
    for said in (size, 1 << 22):
        assert line(with_content(".debug_line", struct.pack("<III", 1, said, 1) + bomb, compressed)) is None
    assert line(SMALL.replace(b".debug_line\0", b".zdebug_lin\0")) is None


def test_segments_that_are_one_another_are_not_copied_for_ever() -> None:
    data = bytearray(SMALL + bytes(1 << 20))
    header = struct.pack("<8I", 1, 0x1000, 0x0800_0000, 0x0800_0000, 1 << 20, 1 << 20, 5, 4)
    struct.pack_into("<I", data, 28, len(data))
    struct.pack_into("<H", data, 44, 200)
    with pytest.raises(BadInput, match="more than 128 MiB to load"):
        loaded(bytes(data + header * 200))


def test_symbols_are_counted_before_they_are_read() -> None:
    data = bytearray(SMALL)
    header, _, _ = section(".symtab")
    struct.pack_into("<I", data, header + 36, 1)
    with pytest.raises(BadInput, match="damaged ELF file"):
        loaded(bytes(data))


def test_a_hex_file_has_few_pieces_and_lines_that_hold_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MOST_PIECES", 100)
    monkeypatch.setattr(image_load, "MOST_RECORDS_BYTES", 4 << 20)
    records = b"".join(
        b":" + bytes([*body, -sum(body) & 0xFF]).hex().encode() + b"\n"
        for body in ([1, at >> 8, at & 0xFF, 0, 7] for at in range(0, 300, 2))
    )
    with pytest.raises(BadInput, match=r"more than 100 pieces of data"):
        loaded(records)
    with pytest.raises(BadInput, match="line 1: "):
        loaded(b":" + b"\n" * (2 << 20))
    with pytest.raises(BadInput, match="an Intel HEX file of more than 4 MiB"):
        loaded(b":" * ((4 << 20) + 1))
