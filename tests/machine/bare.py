"""A board whose program is a few halfwords."""

import struct

from simtiny.board_file import load_board
from simtiny.image import Image, Segment
from simtiny.machine.machine import Machine

FLASH, STACK = 0x0800_0000, 0x2000_8000
HANDLER, CODE = FLASH + 0x100, FLASH + 0x120
RETURN, HERE, NOP, WFI = 0x4770, 0xE7FE, 0xBF00, 0xBF30  # bx lr; b .; nop; wfi


def board(code: list[int], handler: list[int] | None = None, name: str = "nucleo-l4r5zi") -> Machine:
    """A board whose reset handler is `code`. All other exceptions lead to `handler`, without one to BX LR."""
    vectors = struct.pack("<64I", STACK, CODE | 1, *[HANDLER | 1] * 62)
    handlers = struct.pack("<16H", *(handler or [RETURN]), *[NOP] * (16 - len(handler or [RETURN])))
    content = vectors + handlers + struct.pack(f"<{len(code)}H", *code)
    return Machine(load_board(name), Image("test", "", (Segment(FLASH, content),)))


def literal(word: int) -> tuple[int, int]:
    """Its halfwords."""
    return word & 0xFFFF, word >> 16
