"""Branches are encoded as Arm says, and a program that moves nowhere is itself."""

from pathlib import Path

import pytest

from simtiny import image_load
from simtiny.data import data_path
from simtiny.image import Move, moved_to
from simtiny.relocation import _branch_target, _encoded, relocate

IMAGES = sorted(data_path("firmware", "images").iterdir())


@pytest.mark.parametrize(
    ("code", "distance"),
    [
        ("00f000f8", 4),  # BL to what follows: imm32 = 0
        ("fff7feff", 0),  # BL to itself: -4
        ("00f000b8", 4),  # B.W
        ("fff7febf", 0),
        ("fff3ffd7", 4 + 0xFF_FFFE),  # the furthest: S = 0, I1 = I2 = 1, so J1 = J2 = 0
        ("00f400d0", 4 - 0x100_0000),  # and back: S = 1, I1 = I2 = 0, so J1 = J2 = 0
        ("00f000f0", 4 + 0x40_0000),  # I1 = 0, I2 = 1: J1 = 1, J2 = 0
    ],
)
def test_branches(code: str, distance: int) -> None:
    data = bytes.fromhex(code)
    assert _branch_target(0x0800_0000, data) == 0x0800_0000 + distance
    assert _encoded(data, distance) == data
    assert _branch_target(0, _encoded(data, 0x1234)) == 0x1234


def test_a_branch_that_does_not_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="can't reach"):
        _encoded(bytes.fromhex("00f000f8"), 4 + 0x100_0000)


def test_ends_of_a_move() -> None:
    moves = [Move(0x100, 0x200, 0x1000)]
    assert [moved_to(moves, at) for at in (0xFF, 0x100, 0x1FE, 0x200)] == [0xFF, 0x1000, 0x10FE, 0x200]


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.stem)
def test_nothing_changes_where_nothing_moves(path: Path) -> None:
    image = image_load.load(path)
    assert relocate(image, (), {}, "").segments == image.segments


def test_what_points_at_a_label_goes_with_it() -> None:
    """The vector table's first word is the stack's top; nothing else of the table has to do with the stack."""
    image = image_load.load(data_path("firmware", "images", "nucleo-l4r5zi-portable.elf"))
    there = relocate(image, (), {"stack_top": 0x2009_0000}, "other")
    assert there.word(0x0800_0000) == 0x2009_0000 == there.symbols["stack_top"].address
    assert there.word(0x0800_0004) == image.word(0x0800_0004)
    differing = [a != b for a, b in zip(image.segments[0].data, there.segments[0].data, strict=True)]
    assert sum(differing) <= 4


def test_code_that_moves_is_in_both_places() -> None:
    image = image_load.load(data_path("firmware", "images", "nucleo-h7a3zi-q-dsp.elf"))
    start, end = (image.symbols[name].address for name in ("code_start", "last_code_end"))
    there = relocate(image, [Move(start, end, 0)], {}, "other")
    assert there.segments[-1].address == 0
    assert there.size == image.size + end - start
    reset = image.symbols["reset_handler"].address
    assert there.word(0x0800_0004) == reset - start | 1
    function = there.function_at(reset - start)
    assert function is not None and function.name == "reset_handler"
    assert there.function_at(reset) is None
