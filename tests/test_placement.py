"""What a user writes of a placement."""

import pytest

from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.placement import parse

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
