"""Firmware for `simtiny exec`: the example of docs/examples/own, and programs of a few halfwords."""

import struct
from pathlib import Path

from tests.machine.bare import CODE, FLASH, HANDLER, NOP, STACK

OWN = Path(__file__).parents[2] / "docs/examples/own/own.elf"
BOARD = "nucleo-l4r5zi"
HERE, BKPT, CALL, WFI = 0xE7FE, 0xBE00, 0xBEAB, 0xBF30


def program(folder: Path, code: list[int], name: str = "program.bin") -> Path:
    """A raw binary whose reset handler is `code`; all other exceptions lead to a loop."""
    vectors = struct.pack("<64I", STACK, CODE | 1, *[HANDLER | 1] * 62)
    handler = struct.pack("<16H", HERE, *[NOP] * 15)
    assert FLASH + len(vectors) == HANDLER
    path = folder / name
    path.write_bytes(vectors + handler + struct.pack(f"<{len(code)}H", *code))
    return path


def writes(text: bytes, *then: int) -> list[int]:
    """SYS_WRITE0 of the text behind the code: adr r1; movs r0, 4; bkpt; then, and a loop."""
    body = [0x2004, CALL, *then, HERE]
    body += [NOP] * (len(body) % 2 == 0)  # ADR is relative to a word
    place = len(body) + 1
    padded = text + b"\0" * (2 - len(text) % 2)
    return [0xA100 | (2 * place - 4) // 4, *body, *struct.unpack(f"<{len(padded) // 2}H", padded)]
