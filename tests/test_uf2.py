"""UF2 files, by the format's description."""

import struct

import pytest

from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.image import Segment
from simtiny.image_load import other_family, parse

L4, RP2040 = 0x00FF6919, 0xE48BFF56


def block(
    number: int,
    total: int,
    address: int,
    payload: bytes,
    flags: int = 0x2000,
    family: int = L4,
    size: int | None = None,
) -> bytes:
    head = struct.pack(
        "<8I", 0x0A324655, 0x9E5D5157, flags, address, len(payload) if size is None else size, number, total, family
    )
    return head + payload.ljust(476, b"\xff") + struct.pack("<I", 0x0AB16F30)


def test_blocks_in_any_order_with_a_gap_and_one_that_is_not_for_flash() -> None:
    content = (
        block(1, 4, 0x0800_0100, bytes(256))
        + block(0, 4, 0x0800_0000, b"\1" * 256)
        + block(3, 4, 0, b"source code", flags=0x2001)
        + block(2, 4, 0x0800_1000, b"\2" * 4)
    )
    image = parse("x", content)
    assert image.segments == (Segment(0x0800_0000, b"\1" * 256 + bytes(256)), Segment(0x0800_1000, b"\2" * 4))
    assert image.family == "STM32L4"


def test_a_file_for_another_chip_is_noted() -> None:
    l4, g0 = load_board("nucleo-l4r5zi"), load_board("nucleo-g0b1re")
    image = parse("x", block(0, 1, 0x0800_0000, bytes(8)))
    assert other_family(image, l4) == ""
    assert other_family(image, g0) == (
        f"the UF2 file says that it is for STM32L4, not for the {g0.soc} of nucleo-g0b1re"
    )
    unknown = parse("x", block(0, 1, 0x0800_0000, bytes(8), family=0x1234_5678))
    assert "family 0x12345678" in other_family(unknown, l4)
    assert other_family(parse("x", block(0, 1, 0x0800_0000, bytes(8), flags=0)), l4) == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (block(0, 1, 0, b"ab")[:-1], "no whole number of blocks"),
        (block(0, 1, 0, b"ab")[:-4] + bytes(4), "block 0: it does not begin and end as one"),
        (block(0, 2, 0, b"ab"), "1 blocks, which are not all of the 2"),
        (block(0, 2, 0, b"ab") * 2, "2 blocks, which are not all of the 2"),
        (block(0, 1, 0, b"", size=477), "477 bytes of data, and a block holds up to 476"),
        (block(0, 1, 0xFFFF_FFFF, b"ab"), "beyond the 32-bit address range"),
        (block(0, 2, 0, b"abcd") + block(1, 2, 2, b"x"), "two records hold address 0x00000002"),
        (block(0, 2, 0, b"ab") + block(1, 2, 2, b"x", family=RP2040), "for several chips \\(RP2040, STM32L4\\)"),
        (block(0, 1, 0, b"a file", flags=0x3000), "no data records"),
    ],
)
def test_refusals(content: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        parse("x", content)
