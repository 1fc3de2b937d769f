"""Frames of GDB's remote serial protocol (GDB manual, appendix E): `$payload#checksum`, acknowledgements, the break."""

from enum import Enum

PACKET_BYTES = 0x4000
"""Longest packet, as the client is told."""
_ESCAPED = frozenset(b"$#}*")
_ESCAPE, _MASK = ord("}"), 0x20
_START, _END, _BREAK, _ACK, _NAK = b"$#\x03+-"
_MOST_BYTES = 2 * PACKET_BYTES + 4  # of a packet as it comes, escaped; a longer one is none


class Signal(Enum):
    """What comes beside packets."""

    BREAK = "the client wants the target to stop"
    BROKEN = "a packet whose checksum is wrong, or that is too long"
    AGAIN = "the client has not understood the last packet"


def checksum(payload: bytes) -> int:
    """Of a payload as it is sent."""
    return sum(payload) & 0xFF


def framed(payload: bytes) -> bytes:
    """A packet, from its payload."""
    escaped = bytearray()
    for byte in payload:
        escaped += bytes([_ESCAPE, byte ^ _MASK]) if byte in _ESCAPED else bytes([byte])
    return b"$%s#%02x" % (escaped, checksum(bytes(escaped)))


def unescaped(payload: bytes) -> bytes:
    """What a payload says."""
    first, *others = payload.split(bytes([_ESCAPE]))
    return first + b"".join(bytes([part[0] ^ _MASK]) + part[1:] for part in others if part)


class PacketReader:
    """Takes bytes as they come."""

    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, data: bytes) -> list[bytes | Signal]:
        """The packets, unescaped, and signals that are complete by now."""
        self._received += data
        found: list[bytes | Signal] = []
        while self._received:
            if self._received[0] == _START:
                size = self._packet(found)
                if not size:
                    break
            else:
                size = 1
                if self._received[0] in (_BREAK, _NAK):
                    found.append(Signal.BREAK if self._received[0] == _BREAK else Signal.AGAIN)
            del self._received[:size]
        return found

    def _packet(self, found: list[bytes | Signal]) -> int:
        """Add the packet that has come first to what was found. Returns its size, 0 while it is not complete."""
        end = self._received.find(_END)
        if end < 0 or end + 3 > len(self._received):
            if len(self._received) <= _MOST_BYTES:
                return 0
            found.append(Signal.BROKEN)
            return len(self._received)
        payload, told = bytes(self._received[1:end]), bytes(self._received[end + 1 : end + 3])
        is_whole = told.lower() == b"%02x" % checksum(payload) and end <= _MOST_BYTES
        found.append(unescaped(payload) if is_whole else Signal.BROKEN)
        return end + 3
