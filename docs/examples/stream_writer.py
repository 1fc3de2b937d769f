"""Writes a stream for `simtiny price`: an emulator that knows five Thumb instructions, and nothing of simtiny."""

import json
import struct
import sys
import zlib
from collections.abc import Iterator

BLOCK, ACCESS, DIVIDE, CODE, WRITE = 1, 2, 3, 4, 5
START, FLASH_ACR, BNE, STOP = 0x0800_0400, 0x4002_2000, 0xD1FA, 0xE7FE
PROGRAM = bytes.fromhex(
    "0320"  # 08000400  movs r0, #3
    "0349"  # 08000402  ldr  r1, 08000410     three times
    "b1fbf0f2"  # 08000404  udiv r2, r1, r0   100 / 3, 100 / 2, 100 / 1
    "0138"  # 08000408  subs r0, #1
    "fad1"  # 0800040a  bne  08000402
    "fee7 00bf 64000000"  # 0800040c  b 0800040c, and at 08000410 the literal 100
)


def record(kind: int, number: int = 0, address: int = 0, operand: int = 0) -> bytes:
    return struct.pack("<QQ", kind | number << 8 | address << 32, operand)


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<II", len(content), zlib.crc32(kind + content)) + content


def halfword(address: int) -> int:
    return int.from_bytes(PROGRAM[address - START : address - START + 2], "little")


def run() -> Iterator[bytes]:
    """What the program does. A block goes to the next branch; what it accesses comes behind it."""
    r, pc, last = [0] * 8, START, START
    while halfword(last) != STOP:
        last = next(at for at in range(pc, START + len(PROGRAM), 2) if halfword(at) in (BNE, STOP))
        yield record(BLOCK, address=pc, operand=last + 2 - pc)
        while pc <= last:
            now, at, pc = halfword(pc), pc, pc + (4 if halfword(pc) >= 0xE800 else 2)
            if now >> 11 == 0b00100:  # MOVS
                r[now >> 8 & 7] = now & 0xFF
            elif now >> 11 == 0b00111:  # SUBS
                r[now >> 8 & 7] -= now & 0xFF
            elif now >> 11 == 0b01001:  # LDR of a literal
                yield record(ACCESS, address=at, operand=(literal := (at + 4 & ~3) + 4 * (now & 0xFF)))
                r[now >> 8 & 7] = halfword(literal) | halfword(literal + 2) << 16
            elif now >> 4 == 0xFBB:  # UDIV
                yield record(DIVIDE, address=at, operand=r[now & 7] | r[halfword(at + 2) & 7] << 32)
                r[halfword(at + 2) >> 8 & 7] = r[now & 7] // r[halfword(at + 2) & 7]
            elif now == BNE and r[0] != 0:  # behind SUBS of R0
                pc = at + 4 + 2 * ((now & 0xFF) - 0x100)
                break


header = {"board": "nucleo-l4r5zi", "image": "loop", "facts": {"engine": "five instructions 1.0"}}
records = record(CODE, address=START, operand=len(PROGRAM)) + PROGRAM + bytes(-len(PROGRAM) % 16)
records += record(WRITE, 4, FLASH_ACR, 0x604) + b"".join(run())  # four wait states, both caches on, no prefetch
stream = b"simtiny-stream 1\n" + chunk(b"HEAD", json.dumps(header).encode()) + chunk(b"EVTS", records)
sys.stdout.buffer.write(stream + chunk(b"END.", b"{}"))
