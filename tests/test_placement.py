"""What a user writes of a placement."""

from dataclasses import replace

import pytest

from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.flash.what_if import check
from simtiny.image import Image, Move, Segment, Symbol
from simtiny.placement import Hypothesis, hypotheses, notes, parse, through_aliases, to_ram_bytes
from simtiny.settings import MemorySettings

BOARD = load_board("nucleo-l4r5zi")


def test_memories_in_any_case_and_parts_too() -> None:
    found = parse(("Weights=SRAM2", " code = flash", "a=b=sram1"), BOARD)
    assert [(placed.what, placed.memory.name) for placed in found] == [
        ("weights", "sram2"),
        ("code", "flash"),
        ("a=b", "sram1"),
    ]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (("weights",), "`place` weights: expected WHAT=MEMORY, such as weights=sram3"),
        (("=sram1",), "`place` =sram1: expected WHAT=MEMORY"),
        (("weights=",), "`place` weights=: expected WHAT=MEMORY"),
        (("code=sram9",), "`place` code=sram9: nucleo-l4r5zi: unknown memory 'sram9' (did you mean sram3?)"),
        (("code=itcm",), "unknown memory 'itcm': choose from flash, sram1, sram2, sram3"),
        (("code=sram1", "CODE=sram2"), "`place` CODE=sram2: code is placed twice"),
    ],
)
def test_what_is_refused(place: tuple[str, ...], message: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(place, BOARD)
    assert message.removeprefix("unknown") in str(caught.value)


def image(*symbols: Symbol, start: int = 0x0800_0000, size: int = 0x1000) -> Image:
    """A raw image with symbols."""
    return Image("fw.bin", "", (Segment(start, bytes(size)),), symbols={symbol.name: symbol for symbol in symbols})


TABLE = Symbol("table", 0x0800_0128, 0x40, "object")


def refusal(*place: str, of: Image | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        hypotheses(parse(place, BOARD), of or image(TABLE), BOARD)
    return str(caught.value)


def test_what_is_placed_lies_as_far_behind_a_line_as_before() -> None:
    """0x128 is 8 behind a multiple of 32; the next one begins in a line of its own."""
    found = hypotheses(parse(("table=sram2", "0x08000200:0x08000210=sram2"), BOARD), image(TABLE), BOARD)
    assert [placed.move for placed in found] == [
        Move(0x0800_0128, 0x0800_0168, 0x2003_0008),
        Move(0x0800_0200, 0x0800_0210, 0x2003_0060),
    ]


def test_it_is_seen_through_all_aliases() -> None:
    """The L4R5's flash appears at 0 as well, and can be named there."""
    for what in ("table", "0x128:0x168"):
        moves = through_aliases(hypotheses(parse((f"{what}=sram2",), BOARD), image(TABLE), BOARD), BOARD)
        assert moves == (Move(0x128, 0x168, 0x2003_0008), Move(0x0800_0128, 0x0800_0168, 0x2003_0008))


def test_what_is_in_flash_goes_behind_what_the_image_has_there() -> None:
    found = hypotheses(parse(("0x20000000:0x20000100=flash",), BOARD), image(), BOARD, [(0x0800_1000, 0x0800_1010)])
    assert found[0].move.to == 0x0800_1020


def test_what_is_there_already_is_left_out() -> None:
    assert hypotheses(parse(("table=flash", "0x100:0x200=FLASH"), BOARD), image(TABLE), BOARD) == ()


def test_a_note_says_that_nothing_is_executed_there() -> None:
    found = hypotheses(parse(("table=sram2",), BOARD), image(TABLE), BOARD)
    assert [note.text for note in notes(found, BOARD)] == [
        "table (64 bytes at 0x08000128) is priced as if it lay in SRAM2; it stays where it is"
    ]
    code = replace(TABLE, kind="function")
    (said,) = notes(hypotheses(parse(("table=sram2",), BOARD), image(code), BOARD), BOARD)
    assert said.text.endswith("; that code and data in RAM wait for each other on the system bus is not priced")
    (said,) = notes(hypotheses(parse(("0x20000000:0x20000100=flash",), BOARD), image(), BOARD), BOARD)
    assert said.text.endswith("lay in the flash; it stays where it is; stores to it are not priced")


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("tabel=sram1", "`place` tabel: fw.bin has no such section or symbol (did you mean table?)"),
        ("code=sram1", "has no such section or symbol; code, weights, tensors, stack are of the built-in firmware"),
        ("0x100:0x100=sram1", "`place` 0x100:0x100: its end is not above its start"),
        ("0x200:256=sram1", "`place` 0x200:256: its end is not above its start"),
        ("0x08000000-0x08000100=sram1", "no such section or symbol"),
        ("0x40000000:0x40000100=sram1", "0x40000000 to 0x40000100 does not lie in one memory of nucleo-l4r5zi (flash "),
        ("0x2002FFF0:0x20030010=sram3", "0x2002fff0 to 0x20030010 does not lie in one memory"),
        ("0:0xFFFFFFFF=sram1", "does not lie in one memory"),
        ("0:0x20000=sram2", "0:0x20000 does not fit SRAM2 by 65,536 bytes: 131,072 are needed, and 65,536 are free"),
    ],
)
def test_what_an_image_does_not_have_or_a_memory_not_hold(place: str, message: str) -> None:
    assert message in refusal(place)


def test_the_second_window_onto_the_flash() -> None:
    """What is placed there keeps its offset in flash, and what the window shows, too."""
    board = load_board("disco-f746ng")
    placements = parse(("table=ART", "0x00200200:0x00200240=art"), board)
    found = hypotheses(placements, image(TABLE), board)
    assert [placed.move.to for placed in found] == [0x0020_0128, 0x0020_0200]
    assert through_aliases(found, board) == (
        Move(0x0020_0128, 0x0020_0168, 0x0020_0128),
        Move(0x0020_0200, 0x0020_0240, 0x0020_0200),
        Move(0x0800_0128, 0x0800_0168, 0x0020_0128),
        Move(0x0800_0200, 0x0800_0240, 0x0020_0200),
    )
    said = notes(found, board)[0].text
    assert said.startswith(
        "table (64 bytes at 0x08000128) is priced as if it were read at 0x00200128, through the second"
    )


def test_what_the_second_window_does_not_show() -> None:
    with pytest.raises(BadInput, match="nucleo-l4r5zi has no second window onto its flash"):
        parse(("table=art",), BOARD)
    board = load_board("disco-f746ng")
    with pytest.raises(BadInput, match="it does not lie in the flash"):
        hypotheses(parse(("0x20000000:0x20000100=art",), board), image(TABLE), board)
    with pytest.raises(BadInput, match="it overlaps table"):
        hypotheses(parse(("table=art", "0x08000150:0x08000200=art"), board), image(TABLE), board)
    with pytest.raises(BadInput, match="`caches` none turns off what `place` WHAT=art turns on"):
        check(MemorySettings(caches="none", place=("table=art",)), board)


def test_overlapping_ranges_are_refused() -> None:
    line = refusal("table=sram1", "0x08000150:0x08000200=sram2")
    assert line == "`place` 0x08000150:0x08000200=sram2: it overlaps table, which is placed as well"


def test_images_that_do_not_say_where_a_name_is() -> None:
    assert refusal("table=sram1", of=image()).endswith(
        "fw.bin has no symbols: give addresses, such as 0x08010000:0x08020000"
    )
    label = Symbol("label", 0x0800_0100, 0, "label")
    assert "does not say how large it is: give addresses" in refusal("label=sram1", of=image(label))
    twice = replace(image(TABLE), functions=(replace(TABLE, address=0x0800_0300),))
    assert "has several of that name, at 0x08000128, 0x08000300: give addresses" in refusal("table=sram1", of=twice)


def test_bytes_that_are_taken_to_be_in_ram_too() -> None:
    on = load_board("nucleo-l4r5zi")
    ram = next(memory for memory in on.memories if memory.kind == "ram")
    to_ram = Hypothesis("table", ram, Move(0x0800_1000, 0x0800_1100, ram.base), False)
    within_flash = Hypothesis("code", on.main_flash, Move(0x0800_2000, 0x0800_2040, 0x0800_4000), True)
    from_ram = Hypothesis("buffer", ram, Move(0x2000_0000, 0x2000_0100, ram.base + 0x1000), False)
    assert to_ram_bytes((to_ram, within_flash, from_ram), on) == 0x100
