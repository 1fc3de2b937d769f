"""Intel HEX files (Intel, "Hexadecimal Object File Format Specification", revision A, 1988)."""

from io import BytesIO

from simtiny.chunks import Chunks
from simtiny.errors import BadInput
from simtiny.image import Segment

DATA, END, SEGMENT_BASE, SEGMENT_START, LINEAR_BASE, LINEAR_START = range(6)
PAYLOAD_BYTES = {END: 0, SEGMENT_BASE: 2, SEGMENT_START: 4, LINEAR_BASE: 2, LINEAR_START: 4}


def read_hex(content: bytes) -> tuple[tuple[Segment, ...], int | None]:
    """Segments and, if the file holds a start linear address record, the entry address."""
    base, entry, ended = 0, None, False
    chunks = Chunks("Intel HEX")
    for number, line in enumerate(BytesIO(content), start=1):
        line = line.strip()
        if not line:
            continue
        if ended:
            raise BadInput(f"Intel HEX line {number}: data after the end record")
        kind, offset, payload = _record(line, number)
        if kind == DATA:
            chunks.add(base + offset, payload, f"line {number}")
        elif kind == END:
            ended = True
        elif kind == LINEAR_BASE:
            base = int.from_bytes(payload, "big") << 16
        elif kind == SEGMENT_BASE:
            base = int.from_bytes(payload, "big") << 4
        elif kind == LINEAR_START:
            entry = int.from_bytes(payload, "big")
    if not ended:
        raise BadInput("Intel HEX: no end record: the file is truncated")
    return chunks.segments(), entry


def _record(line: bytes, number: int) -> tuple[int, int, bytes]:
    """One line as (type, address, payload), its length and checksum verified."""
    if not line.startswith(b":"):
        raise BadInput(f"Intel HEX line {number}: does not start with ':'")
    try:
        record = bytes.fromhex(line[1:].decode("ascii"))
    except ValueError as error:
        raise BadInput(f"Intel HEX line {number}: not pairs of hexadecimal digits") from error
    if len(record) < 5 or len(record) != record[0] + 5:
        raise BadInput(f"Intel HEX line {number}: the record's length does not match: truncated or damaged")
    if sum(record) & 0xFF:
        expected = -sum(record[:-1]) & 0xFF
        raise BadInput(f"Intel HEX line {number}: checksum is {record[-1]:02X}, should be {expected:02X}")
    kind, payload = record[3], record[4:-1]
    if kind > LINEAR_START:
        raise BadInput(f"Intel HEX line {number}: unknown record type {kind:02X}")
    if len(payload) != PAYLOAD_BYTES.get(kind, len(payload)):
        raise BadInput(f"Intel HEX line {number}: a type {kind:02X} record holds {PAYLOAD_BYTES[kind]} bytes")
    return kind, int.from_bytes(record[1:3], "big"), payload
