"""S-records, by the rules of Motorola's manual."""

import pytest

from simtiny.errors import BadInput
from simtiny.image import Segment
from simtiny.image_load import parse
from simtiny.srecord import read_srecords


def record(kind: int, address: int, payload: bytes = b"") -> bytes:
    size = {0: 2, 1: 2, 2: 3, 3: 4, 5: 2, 7: 4, 8: 3, 9: 2}[kind]
    body = address.to_bytes(size, "big") + payload
    body = bytes([len(body) + 1]) + body
    return f"S{kind}".encode() + (body + bytes([~sum(body) & 0xFF])).hex().upper().encode()


def test_a_record_of_the_manual() -> None:
    """M68000 Family Programmer's Reference Manual, C.2: an S1 record with its checksum, and its S9."""
    lines = (
        b"S1130000285F245F2212226A000424290008237C2A\nS1130010000200080008262900185381234100" + b"1813\nS9030000FC\n"
    )
    segments, entry = read_srecords(lines)
    assert [segment.address for segment in segments] == [0]
    assert segments[0].data[:4] == bytes.fromhex("285F245F")
    assert len(segments[0].data) == 32
    assert entry is None


def test_each_width_of_address_and_a_gap() -> None:
    lines = [record(0, 0, b"name"), record(1, 0x1000, b"ab"), record(2, 0x1002, b"cd"), record(3, 0x0800_0000, b"e")]
    segments, entry = read_srecords(b"\r\n".join([*lines, record(5, 3), record(7, 0x0800_0001), b""]))
    assert segments == (Segment(0x1000, b"abcd"), Segment(0x0800_0000, b"e"))
    assert entry == 0x0800_0001


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([record(1, 0, b"a")], "no end record: the file is truncated"),
        ([record(9, 0)], "no data records"),
        ([record(9, 0), record(1, 0, b"a")], "line 2: data after the end record"),
        ([record(1, 0, b"a")[:-1] + b"0"], "line 1: checksum is"),
        ([record(1, 0, b"abc")[:-2]], "line 1: the record's length does not match"),
        ([b"S1"], "line 1: the record's length does not match"),
        ([b"S10G0000"], "not pairs of hexadecimal digits"),
        ([b"S4030000FC"], "does not start with S0 to S3 or S5 to S9"),
        ([record(1, 0, b"a"), record(5, 2), record(9, 0)], "it counts 2 data records, there are 1"),
        ([record(3, 0xFFFF_FFFF, b"ab")], "beyond the 32-bit address range"),
        ([record(1, 0, b"ab"), record(1, 1, b"c"), record(9, 0)], "two records hold address 0x00000001"),
        ([record(9, 0, b"a")], "an S9 record holds no data"),
    ],
)
def test_refusals(lines: list[bytes], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_srecords(b"\n".join(lines))


def test_such_a_file_is_an_image() -> None:
    content = b"\n".join([record(0, 0, b"x"), record(3, 0x0800_0000, bytes(8)), record(7, 0)])
    assert parse("x", content).segments == (Segment(0x0800_0000, bytes(8)),)
