"""Data as files of records give it: a piece at an address, in any order, put together to segments."""

from dataclasses import dataclass, field

from simtiny.errors import BadInput
from simtiny.image import Segment

MOST_PIECES = 1 << 16
"""Of data that adjoin no other: a file of any linker's has a few."""
_ADDRESSES = 1 << 32


@dataclass
class Chunks:
    """What a file of this format has given by now."""

    format: str
    _chunks: list[tuple[int, bytearray]] = field(default_factory=list)

    def add(self, address: int, payload: bytes, place: str) -> None:
        """Bytes at an address. `place`: in the file, for a message. Raises BadInput."""
        if address + len(payload) > _ADDRESSES:
            raise BadInput(f"{self.format} {place}: data beyond the 32-bit address range")
        if self._chunks and self._chunks[-1][0] + len(self._chunks[-1][1]) == address:
            self._chunks[-1][1].extend(payload)
        elif payload:
            self._chunks.append((address, bytearray(payload)))
        if len(self._chunks) > MOST_PIECES:
            raise BadInput(f"{self.format} {place}: more than {MOST_PIECES:,} pieces of data")

    def segments(self) -> tuple[Segment, ...]:
        """Adjoining pieces as one segment. Raises BadInput where two overlap, and where there is none."""
        if not self._chunks:
            raise BadInput(f"{self.format}: no data records")
        joined: list[tuple[int, bytearray]] = []
        for address, payload in sorted(self._chunks, key=lambda chunk: chunk[0]):
            end = joined[-1][0] + len(joined[-1][1]) if joined else -1
            if address < end:
                raise BadInput(f"{self.format}: two records hold address 0x{address:08x}")
            if address == end:
                joined[-1][1].extend(payload)
            else:
                joined.append((address, payload))
        return tuple(Segment(address, bytes(data)) for address, data in joined)
