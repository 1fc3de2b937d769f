"""Motorola S-records: S19, S28 and S37 files (Motorola, "M68000 Family Programmer's Reference Manual", appendix C)."""

from io import BytesIO

from simtiny.chunks import Chunks
from simtiny.errors import BadInput
from simtiny.image import Segment

ADDRESS_BYTES = {0: 2, 1: 2, 2: 3, 3: 4, 5: 2, 6: 3, 7: 4, 8: 3, 9: 2}
"""By the type of a record."""
HEADER, COUNTS, ENDS = 0, (5, 6), (7, 8, 9)


def read_srecords(content: bytes) -> tuple[tuple[Segment, ...], int | None]:
    """Segments and the entry address, None where the record that ends the file says 0: most tools' way to say none."""
    chunks, data_records, entry = Chunks("S-record"), 0, None
    for number, line in enumerate(BytesIO(content), start=1):
        line = line.strip()
        if not line:
            continue
        if entry is not None:
            raise BadInput(f"S-record line {number}: data after the end record")
        kind, address, payload = _record(line, number)
        if kind in ENDS:
            entry = address
        elif kind in COUNTS:
            if address != data_records:
                raise BadInput(f"S-record line {number}: it counts {address} data records, there are {data_records}")
        elif kind != HEADER:
            data_records += 1
            chunks.add(address, payload, f"line {number}")
    if entry is None:
        raise BadInput("S-record: no end record: the file is truncated")
    return chunks.segments(), entry or None


def _record(line: bytes, number: int) -> tuple[int, int, bytes]:
    """One line as (type, address, payload), its length and checksum verified."""
    if line[:1] != b"S" or not line[1:2].isdigit() or int(line[1:2]) not in ADDRESS_BYTES:
        raise BadInput(f"S-record line {number}: does not start with S0 to S3 or S5 to S9")
    try:
        record = bytes.fromhex(line[2:].decode("ascii"))
    except ValueError:
        raise BadInput(f"S-record line {number}: not pairs of hexadecimal digits") from None
    kind = int(line[1:2])
    behind = 1 + ADDRESS_BYTES[kind]
    if len(record) <= behind or len(record) != record[0] + 1:
        raise BadInput(f"S-record line {number}: the record's length does not match: truncated or damaged")
    if sum(record) & 0xFF != 0xFF:
        expected = ~sum(record[:-1]) & 0xFF
        raise BadInput(f"S-record line {number}: checksum is {record[-1]:02X}, should be {expected:02X}")
    if kind in ENDS + COUNTS and len(record) > behind + 1:
        raise BadInput(f"S-record line {number}: an S{kind} record holds no data")
    return kind, int.from_bytes(record[1:behind], "big"), record[behind:-1]
