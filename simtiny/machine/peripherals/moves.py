"""How a DMA channel moves data: items of one width from here, of one width to there."""

from collections.abc import Callable
from dataclasses import dataclass, field

from simtiny.machine.system import BusError, System


@dataclass
class Side:
    """Where a channel reads or writes next. `width`: bytes of an item, a power of two; `step`: from one to the next."""

    address: int
    width: int
    step: int


Convert = Callable[[bytes], bytes]


def resized(width: int) -> Convert:
    """One item for another: what is narrower gets zeros on top, what is wider loses its upper bytes."""
    return lambda item: item[:width].ljust(width, b"\0")


@dataclass
class Mover:
    """Moves the items of one channel. `convert` makes of an item read what is written for it, by default the same.

    What is read goes out as soon as it fills an item of the destination; until then it is in `held`: so narrow items
    are packed and wide ones unpacked. An address that is not a multiple of the width loses its lower bits.
    """

    system: System
    source: Side
    destination: Side
    convert: Convert | None = None
    held: bytearray = field(default_factory=bytearray)

    def move(self, count: int) -> int:
        """Read `count` items and write what they fill. Returns how many were read: fewer, if the next met no answer."""
        moved = 0
        while moved < count:
            together = self._move_together(count - moved)
            if not together:
                try:
                    self._read_one()
                    self._write_all()
                except BusError:
                    return moved
                together = 1
            moved += together
        return moved

    def move_to(self, count: int) -> int:
        """Write `count` items, for which as many are read as that takes. Returns how many were written."""
        if self.source.width == self.destination.width and not self.held:
            return self.move(count)
        for moved in range(count):
            try:
                while len(self.held) < self.destination.width:
                    self._read_one()
                self._write_one(self.destination.width)
            except BusError:
                return moved
        return count

    def flush(self) -> bool:
        """Write what is held, in bytes. Whether there was an answer."""
        try:
            while self.held:
                self._write_one(1)
        except BusError:
            return False
        return True

    def _read_one(self) -> None:
        side = self.source
        item = self.system.bus_read(side.address & -side.width, side.width).to_bytes(side.width, "little")
        side.address = side.address + side.step & 0xFFFF_FFFF
        self.held += item if self.convert is None else self.convert(item)

    def _write_all(self) -> None:
        while len(self.held) >= self.destination.width:
            self._write_one(self.destination.width)

    def _write_one(self, width: int) -> None:
        side = self.destination
        item = int.from_bytes(self.held[:width], "little")
        self.system.bus_write(side.address & -width, width, item)
        del self.held[:width]
        side.address = side.address + (side.step if width == side.width else width) & 0xFFFF_FFFF

    def _move_together(self, count: int) -> int:
        """Move many items at once where that is the same: from memory to memory. Returns how many were moved."""
        source, destination = self.source, self.destination
        width = source.width
        if count < 2 or self.held or self.convert is not None or width != destination.width:
            return 0
        if destination.step != width or source.step not in (0, width) or (source.address | destination.address) % width:
            return 0
        count = min(count, self.system.memory_bytes(destination.address) // width)
        if source.step:
            count = min(count, self.system.memory_bytes(source.address) // width)
        elif self.system.memory_bytes(source.address) < width:
            return 0
        read = (count if source.step else 1) * width
        # Items that are written before they are read must not be read first.
        overlaps = source.address < destination.address < source.address + read or (
            not source.step and destination.address <= source.address < destination.address + count * width
        )
        if count < 2 or overlaps:
            return 0
        try:
            data = self.system.bus_read(source.address, read).to_bytes(read, "little") * (count * width // read)
            self.system.bus_write(destination.address, len(data), int.from_bytes(data, "little"))
        except BusError:
            return 0
        source.address = source.address + count * source.step & 0xFFFF_FFFF
        destination.address = destination.address + count * width & 0xFFFF_FFFF
        return count
