"""Bytes that are packed, bounded and sealed by a hash, with a header in front: what is around a file of counts.

A prefix of 20 bytes (magic, version, bytes of the payload and of the header in it, little-endian), the payload as a
zlib stream, and the SHA-256 of all before it.
"""

import hashlib
import struct
import zlib
from typing import NoReturn

from simtiny.errors import BadInput

MOST_PAYLOAD_BYTES = 64 << 20
MOST_HEADER_BYTES = 8 << 20
MAGIC_BYTES = 8
_PREFIX = struct.Struct(f"<{MAGIC_BYTES}sIII")
_DIGEST_BYTES = 32


def seal(magic: bytes, version: int, header: bytes, content: bytes) -> bytes:
    """The bytes of a file."""
    payload = header + content
    sealed = _PREFIX.pack(magic, version, len(payload), len(header)) + zlib.compress(payload)
    return sealed + hashlib.sha256(sealed).digest()


def unseal(data: bytes, magic: bytes, version: int, name: str) -> tuple[bytes, bytes]:
    """Header and content of a file that `seal` made. `name` is how messages call it.

    Raises BadInput for any other bytes. However much they may unpack to, no more than MOST_PAYLOAD_BYTES are unpacked.
    """
    if len(data) < _PREFIX.size + _DIGEST_BYTES or data[:MAGIC_BYTES] != magic:
        _refuse(name, "it is no such file, or only the start of one")
    _, found, size, header_size = _PREFIX.unpack_from(data)
    if found != version:
        _refuse(name, f"its format is version {found}, and this simtiny reads version {version}")
    if hashlib.sha256(data[:-_DIGEST_BYTES]).digest() != data[-_DIGEST_BYTES:]:
        _refuse(name, "it is damaged or not whole (wrong SHA-256)")
    if size > MOST_PAYLOAD_BYTES or header_size > min(size, MOST_HEADER_BYTES):
        _refuse(name, f"it holds more than {MOST_PAYLOAD_BYTES >> 20} MiB, or less than its header")
    stream = zlib.decompressobj()
    try:
        payload = stream.decompress(data[_PREFIX.size : -_DIGEST_BYTES], size + 1)
    except zlib.error as error:
        _refuse(name, f"it can't be unpacked ({error})")
    if len(payload) != size or not stream.eof or stream.unused_data:
        _refuse(name, "it unpacks to another size than it says")
    return payload[:header_size], payload[header_size:]


def _refuse(name: str, why: str) -> NoReturn:
    raise BadInput(f"{name}: can't be read: {why}")
