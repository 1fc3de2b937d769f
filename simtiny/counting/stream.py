"""What an engine did, in order, as a file: docs/stream-format.md describes it for writers in other languages.

Records of 16 bytes, in framed and checksummed chunks between a header and an end that says that nothing is missing.
"""

import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, BinaryIO

from simtiny.counting.layout import NativeEvent
from simtiny.errors import BadInput

MAGIC = b"simtiny-stream 1\n"
RECORD_BYTES = 16
_RECORD = struct.Struct("<qq")
_UNSIGNED = struct.Struct("<QQ")
_CHUNK = struct.Struct("<4sII")  # kind, bytes, CRC-32 of kind and bytes
_HEADER, EVENTS, END = b"HEAD", b"EVTS", b"END."
_MOST_CHUNK_BYTES = 1 << 24


class Event(IntEnum):
    """Kinds of records. Address and operands: see `record`."""

    BLOCK = NativeEvent.BLOCK  # address of a block that begins; its size in bytes
    ACCESS = NativeEvent.ACCESS  # address of a load or store; the address that it accesses first
    DIVIDE = NativeEvent.DIVIDE  # address of a divide; dividend and divisor
    CODE = 4  # address, size: these bytes stand there from now on; they follow, filled up to whole records
    WRITE = 5  # of a register: its address; the value. Number: bytes
    ENTER = 6  # an exception handler begins. Number: the exception's. Operand: TAIL_CHAINED, STACKS_FP
    LEAVE = 7  # it has returned. Operand: how often the FPU's registers moved for that
    SLEEP = 8  # operand: time that passed without an instruction. Number: 0 for core cycles, IN_NANOSECONDS
    MARK = 9  # operand: number of the mark
    RESET = 10  # of core and peripherals
    READ = 11  # of a register: its address; the value. Number: bytes
    FRAME = 12  # of the block that begins next: its address; SP and LR


TAIL_CHAINED, STACKS_FP = 1, 2
IN_NANOSECONDS = 1


def record(event: int, number: int = 0, address: int = 0, operands: int = 0) -> tuple[int, int]:
    """The two 64-bit words of a record.

    `number` has 24 bits, `address` 32; `operands` is one number of 64 bits or two of 32, the first in the low half.
    """
    return _signed(event | number << 8 | address << 32), _signed(operands)


def pack(what: int, operands: int) -> bytes:
    """A record's bytes."""
    return _RECORD.pack(what, operands)


def unpack(data: bytes) -> tuple[int, int]:
    """A record's two words, unsigned."""
    what, operands = _UNSIGNED.unpack(data)
    return what, operands


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word


@dataclass(frozen=True, slots=True)
class Header:
    """What a stream says of itself: the board's id, the image's name, and what else its writer wants to be known.

    `board` is empty where the writer doesn't know it.
    """

    board: str
    image: str
    facts: Mapping[str, str]


def write_header(file: BinaryIO, header: Header) -> None:
    """Begin a stream."""
    file.write(MAGIC)
    facts = {"board": header.board, "image": header.image, "facts": dict(header.facts)}
    _write_chunk(file, _HEADER, json.dumps(facts).encode())


def write_records(file: BinaryIO, records: bytes) -> None:
    """Write a chunk of whole records."""
    _write_chunk(file, EVENTS, records)


def write_end(file: BinaryIO, facts: Mapping[str, Any]) -> None:
    """Say that the stream is whole. `facts`: JSON."""
    _write_chunk(file, END, json.dumps(facts).encode())


def _write_chunk(file: BinaryIO, kind: bytes, data: bytes) -> None:
    file.write(_CHUNK.pack(kind, len(data), zlib.crc32(kind + data)) + data)


def read_header(file: BinaryIO) -> Header:
    """The beginning of a stream. Raises BadInput for anything else."""
    if file.read(len(MAGIC)) != MAGIC:
        raise BadInput("not a stream of simtiny's, or one of another version")
    kind, data = read_chunk(file)
    try:
        found = json.loads(data)
        if kind != _HEADER:
            raise KeyError
        board, image, facts = found["board"], found["image"], found["facts"]
        if not (isinstance(board, str) and isinstance(image, str) and isinstance(facts, dict)):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadInput("the stream's header is damaged") from None
    return Header(board, image, {str(key): str(value) for key, value in facts.items()})


def read_chunks(file: BinaryIO) -> Iterator[bytes]:
    """The records behind the header, as they come. Raises BadInput for a stream that is damaged or has no end."""
    while True:
        kind, data = read_chunk(file)
        if kind == END:
            return
        if kind != EVENTS or len(data) % RECORD_BYTES:
            raise BadInput("the stream is damaged: it has a chunk that is none of records")
        yield data


def read_chunk(file: BinaryIO) -> tuple[bytes, bytes]:
    """Kind and bytes. The kind counts in the checksum."""
    head = file.read(_CHUNK.size)
    if len(head) < _CHUNK.size:
        raise BadInput("the stream ends before its end: its writer was stopped, or it was cut")
    kind, size, checksum = _CHUNK.unpack(head)
    data = file.read(size) if size <= _MOST_CHUNK_BYTES else b""
    if len(data) < size or zlib.crc32(kind + data) != checksum:
        raise BadInput("the stream is damaged: a chunk's checksum is wrong")
    return kind, data


def code_records(address: int, code: bytes) -> bytes:
    """A CODE event with its bytes."""
    filled = code + bytes(-len(code) % RECORD_BYTES)
    return pack(*record(Event.CODE, address=address, operands=len(code))) + filled


def code_length(operands: int) -> int:
    """How many records the bytes of a CODE event take."""
    return -(-operands // RECORD_BYTES)
