"""Firmware of other chips than the board's: which registers it accesses, and what is said of it.

The programs in tests/foreign access what chips.c says; addresses are worked out from that by hand.
"""

from pathlib import Path

import pytest

from simtiny.board import Board
from simtiny.board_file import board_names, load_board
from simtiny.bus_accesses import accessed
from simtiny.cli import main
from simtiny.errors import BadInput
from simtiny.foreign import families, family_of, foreign, foreign_by, likely, vector_table
from simtiny.image import Image, Segment
from simtiny.image_load import load
from simtiny.mlperf.workload import build, suggest_boards
from simtiny.request import Request

HERE = Path(__file__).parent / "foreign"
DEFAULT = load_board("nucleo-l4r5zi")


def image(chip: str) -> Image:
    return load(HERE / f"{chip}.hex")


@pytest.mark.parametrize("chip", ["stm32f4", "stm32f4-o0"])
def test_registers_that_code_accesses(chip: str) -> None:
    """RCC at 0x40023800, GPIOA, FLASH, PWR and USART2, however the compiler makes their addresses."""
    assert accessed(image(chip)) == {0x4002_3800, 0x4002_0000, 0x4002_3C00, 0x4000_7000, 0x4000_4400}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("00 49 08 60 00 38 02 40", {0x4002_3800}),  # LDR R1, =0x40023800; STR R0, [R1]
        ("00 49 48 68 30 31 02 40", {0x4002_3000}),  # LDR R1, =0x40023130; LDR R0, [R1, #4]
        ("43 f6 00 01 c4 f2 02 01 c1 f8 30 08", {0x4002_4000}),  # MOVW, MOVT R1, 0x40023800; STR R0, [R1, #0x830]
        ("a0 23 db 05 18 60 70 47", {0x5000_0000}),  # MOVS R3, #160; LSLS R3, R3, #23; STR R0, [R3]
        ("4f f0 90 43 01 33 98 60", {0x4800_0000}),  # MOV.W R3, #0x48000000; ADDS R3, #1; STR R0, [R3, #8]
        ("4f f0 80 42 02 f5 e0 33 18 60 00 bf", {0x4001_C000}),  # MOV.W R2, 0x40000000; ADD.W R3, R2, #0x1c000; STR
        ("01 49 00 21 08 60 00 bf 00 38 02 40", set()),  # overwritten before
        ("01 49 70 47 08 60 00 bf 00 38 02 40", set()),  # behind a return
        ("00 49 08 60 db 0f 49 20", set()),  # a stack's address
    ],
)
def test_how_constants_are_followed(code: str, found: set[int]) -> None:
    assert accessed(Image("x", "", (Segment(0x0800_0000, bytes.fromhex(code)),))) == found


def test_families() -> None:
    """Blocks: RM0090, table 1 (STM32F4); RM0432, table 2 (STM32L4R5); nRF52840 product specification, 4.2.4."""
    by_name = {family.name: family for family in families()}
    assert {0x4002_3800, 0x4002_0000, 0x4000_4400} <= by_name["STM32F4"].blocks
    assert 0x4002_1000 in by_name["STM32L4+"].clock and 0x4002_3800 not in by_name["STM32L4+"].blocks
    assert {0x4001_E400, 0x5000_0400} <= by_name["nRF52"].blocks
    for family in families():
        assert family.clock <= family.blocks, family.name
    assert all(family_of(load_board(name)) is not None for name in board_names())


@pytest.mark.parametrize(
    ("chip", "family"),
    [
        ("stm32f4", "STM32F2, STM32F4 or STM32F7"),
        ("stm32h5", "STM32H5"),
        ("nrf52", "nRF52"),
        ("rp2040", "RP2040"),
        ("lpc55", "LPC55"),
        ("kinetis", "Kinetis"),
        ("samd21", "SAM D2x"),
    ],
)
def test_firmware_of_another_chip_is_refused_by_its_family(chip: str, family: str) -> None:
    with pytest.raises(BadInput) as error:
        build(Request(image=HERE / f"{chip}.hex", function="0x08000040"))
    assert f"it looks like firmware for {family}: it accesses registers at 0x" in str(error.value)
    found = likely(image(chip))
    assert found is not None and " or ".join(found.families[-2:]) in family


def test_with_a_board_named_it_is_a_note() -> None:
    workload = build(Request(image=HERE / "stm32f4.hex", board=DEFAULT.id, function="0x08000040"))
    (note,) = workload.notes
    assert note.text == (
        "stm32f4.hex: it looks like firmware for STM32F2, STM32F4 or STM32F7: it accesses registers at 0x40023800, "
        "0x40023c00, which nucleo-l4r5zi has not"
    )


def test_little_evidence_is_a_note_where_no_board_is_named() -> None:
    """GPIOC of STM32F1 at 0x40011000 alone is nothing of STM32L4+: RCC and USART1 are at the same addresses."""
    (note,) = build(Request(image=HERE / "stm32f1.hex", function="0x08000040")).notes
    assert "STM32F1" in note.text and "0x40011000" in note.text
    assert build(Request(image=HERE / "stm32f1.hex", board=DEFAULT.id, function="0x08000040")).notes == ()


@pytest.mark.parametrize(
    ("chip", "board"), [("stm32l4", "nucleo-l4r5zi"), ("stm32g0", "nucleo-g0b1re"), ("none", "nucleo-l4r5zi")]
)
def test_firmware_of_the_board_is_not_foreign(chip: str, board: str) -> None:
    assert foreign(image(chip), load_board(board), 1) is None


def test_boards_are_suggested_for_what_they_can_run() -> None:
    assert suggest_boards(HERE / "stm32h5.hex", None) == ()
    assert suggest_boards(HERE / "stm32f4.hex", None) == ("disco-f746ng",)  # the same addresses
    assert suggest_boards(HERE / "stm32l4.hex", None) == ("nucleo-l4r5zi", "nucleo-l4r5zi-p")


def test_own_boards_of_unknown_families_are_left_alone() -> None:
    from dataclasses import replace

    other: Board = replace(DEFAULT, soc="MYCHIP1")
    assert family_of(other) is None and foreign(image("nrf52"), other) is None


def test_what_firmware_accesses_in_the_run_tells_a_family() -> None:
    """RCC, FLASH and GPIOD's neighbours of STM32F4; the board's own registers and strange ones tell nothing."""
    found = foreign_by([0x4002_3830, 0x4002_3C00, 0x4002_6010, 0x4000_4404], DEFAULT)
    assert found is not None and "STM32F4" in found.families
    assert foreign_by([0x4002_3830, 0x4002_3C00], DEFAULT) is None
    assert foreign_by([0x4000_0000, 0x4000_4404, 0x4002_1000, 0x4800_0000], DEFAULT) is None
    assert foreign_by([0x5FFF_0000, 0x5FFE_0000, 0x5FFD_0000], DEFAULT) is None


def test_vectors_are_counted() -> None:
    """chips.c has sixteen words; of an STM32C0 or F0, with 48 at most, no table has 112."""
    table = vector_table(image("stm32f4"))
    assert table is not None and (table.stack, table.count) == (0x2001_FFFC, 16)
    words = [0x2000_2000, *[0x0800_0201] * 111, 0x4770_4770]
    content = b"".join(word.to_bytes(4, "little") for word in words) + bytes(200)
    table = vector_table(Image("x", "", (Segment(0x0800_0000, content),)))
    assert table is not None and table.count == 112
    assert vector_table(Image("x", "", (Segment(0x0800_0000, bytes(4096)),))) is None


def test_the_board_that_is_assumed_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """`work` begins behind the 16 vectors and the two bytes of `stop`."""
    run = ["run", "--image", str(HERE / "none.hex"), "--function", "0x08000042", "--json"]
    assert main(run) == 0
    said = capsys.readouterr()
    assert said.err == "note: no board named: nucleo-l4r5zi is assumed\n" and said.out.startswith("{")
    assert main([*run, "--board", DEFAULT.id]) == 0
    assert capsys.readouterr().err == ""
