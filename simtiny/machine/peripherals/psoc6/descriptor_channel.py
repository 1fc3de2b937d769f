"""A channel of PSoC 6 DMA: it follows descriptors, as triggers have it do."""

from collections.abc import Callable
from typing import Protocol

from simtiny.machine.peripherals.moves import Mover, Side, resized
from simtiny.machine.peripherals.pace import Pace
from simtiny.machine.peripherals.psoc6.descriptors import Descriptor, Extent
from simtiny.machine.system import BusError, System

COMPLETION, SOURCE_BUS_ERROR, DESTINATION_BUS_ERROR = 1, 2, 3
SOURCE_MISALIGNED, DESTINATION_MISALIGNED, NO_DESCRIPTOR, DISABLED, DESCRIPTOR_BUS_ERROR = range(4, 9)
"""Why a channel interrupts [PDL, cy_dma.h CY_DMA_INTR_CAUSE_*]."""


class Owner(Protocol):
    """The controller that a channel belongs to."""

    def parse(self, word: Callable[[int], int]) -> Descriptor | None:
        """A descriptor by its words at byte offsets; None for what is not modelled."""
        ...

    def item_cycles(self) -> float:
        """Core cycles from one element to the next."""
        ...

    def is_triggered(self, channel: int) -> bool:
        """Whether the channel's trigger line is high."""
        ...

    def tell(self, channel: int, cause: int) -> None:
        """The channel has something to interrupt for."""
        ...

    def pulse(self, channel: int) -> None:
        """Pulse the channel's output trigger."""
        ...

    def checksum(self, data: bytes, is_last: bool) -> int:
        """Go on with the CRC of a descriptor; its remainder so far."""
        ...

    def moved(self) -> None:
        """Something was moved."""
        ...


class DescriptorChannel:
    """`pointer`: address of its descriptor; `x`, `y`: how far that is done; `is_pending`: a trigger is being served."""

    def __init__(self, owner: Owner, system: System, number: int) -> None:
        self._owner, self._system, self._number = owner, system, number
        self.is_enabled = self.is_pending = self._is_triggered_again = False
        self.pointer = self.x = self.y = 0
        self.source = self.destination = 0  # of the element that is moved next
        self._descriptor: Descriptor | None = None
        self._mover: Mover | None = None
        self.pace = Pace(system, self._step, self._until_stop, owner.item_cycles)

    def enable(self, is_enabled: bool) -> None:
        """Switch the channel on or off."""
        self.is_enabled = is_enabled
        if not is_enabled:
            self._rest()
        elif self._owner.is_triggered(self._number):
            self.trigger()

    def trigger(self) -> None:
        """Move what one trigger has moved by the descriptor."""
        if self.pace.is_free:
            self._is_triggered_again = True
        if not self.is_enabled or self.pace.is_free:
            return
        self.is_pending, self._is_triggered_again = True, False
        if self._load():
            self.pace.run_freely()

    def _rest(self) -> None:
        self.pace.stop()
        self.is_pending = self._is_triggered_again = False

    def _fail(self, cause: int) -> None:
        """An error disables the channel."""
        self.is_enabled = False
        self._rest()
        self._owner.tell(self._number, cause)

    def _load(self) -> bool:
        """Read the descriptor, and go to where it stands. Whether there is one."""
        if not self.pointer:
            self._fail(NO_DESCRIPTOR)
            return False
        try:
            found = self._owner.parse(lambda offset: self._system.bus_read(self.pointer + offset, 4))
        except BusError:
            self._fail(DESCRIPTOR_BUS_ERROR)
            return False
        if found is None:
            self._fail(DESCRIPTOR_BUS_ERROR)
            return False
        self._descriptor = found
        return self._go_to_row()

    def _go_to_row(self) -> bool:
        """Begin at the element of `x` and `y`. Whether its addresses are aligned."""
        found = self._descriptor
        assert found is not None
        control = found.control
        source = found.source + self.x * found.x.source_step + self.y * found.y.source_step & 0xFFFF_FFFF
        destination = found.destination + self.x * found.x.destination_step + self.y * found.y.destination_step
        destination &= 0xFFFF_FFFF
        if source % control.source_width or (destination % control.destination_width and not found.is_crc):
            self._fail(SOURCE_MISALIGNED if source % control.source_width else DESTINATION_MISALIGNED)
            return False
        self.source, self.destination = source, destination
        is_resized = len({control.width, control.source_width, control.destination_width}) > 1
        width, wide = control.width, control.destination_width
        convert = (lambda item: resized(wide)(item[:width])) if is_resized else None
        self._mover = Mover(
            self._system,
            Side(source, control.source_width, found.x.source_step),
            Side(destination, control.destination_width, found.x.destination_step),
            convert,
        )
        return True

    def _until_stop(self) -> int:
        """Elements to the end of the X loop; one where each has its own trigger, interrupt or output trigger."""
        found = self._descriptor
        if found is None or Extent.ELEMENT in (found.control.trigger, found.control.tells, found.control.out):
            return 1
        return max(found.x.count - self.x, 1)

    def _step(self, count: int) -> None:
        found, mover = self._descriptor, self._mover
        if found is None or mover is None or not self.is_enabled:
            return
        self._owner.moved()
        moved = self._check(found, mover, count) if found.is_crc else mover.move(count)
        if self._descriptor is not found or not self.is_enabled:  # it has written to its own registers
            return
        self.source, self.destination = mover.source.address, mover.destination.address
        self.x += moved
        if moved < count:
            self._fail(DESTINATION_BUS_ERROR if mover.held else SOURCE_BUS_ERROR)
            return
        self._advance(found)

    def _check(self, found: Descriptor, mover: Mover, count: int) -> int:
        """Elements of a CRC: the remainder goes to the destination behind the last one. Returns how many."""
        width = found.control.width
        for moved in range(count):
            try:
                item = self._system.bus_read(mover.source.address, mover.source.width)
                is_last = self.x + moved + 1 == found.x.count
                remainder = self._owner.checksum(item.to_bytes(4, "little")[:width], is_last)
                if is_last:
                    self._system.bus_write(found.destination & ~3, 4, remainder)
            except BusError:
                return moved
            mover.source.address = mover.source.address + found.x.source_step & 0xFFFF_FFFF
        return count

    def _advance(self, found: Descriptor) -> None:
        """Tell of what is done, and stop where the next trigger is waited for."""
        reached = Extent.ELEMENT
        if self.x == found.x.count:
            self.x, self.y, reached = 0, self.y + 1, Extent.X_LOOP
        if self.y == found.y.count:
            self.y, self.pointer, reached = 0, found.next, Extent.DESCRIPTOR if found.next else Extent.CHAIN
        ends_descriptor = reached >= Extent.DESCRIPTOR
        if ends_descriptor and found.control.disables:
            self.is_enabled = False
        waits = reached >= found.control.trigger or not self.is_enabled
        again = self._is_triggered_again
        if waits:
            self._rest()
        if reached >= found.control.out:
            self._owner.pulse(self._number)
        if reached >= found.control.tells:
            self._owner.tell(self._number, COMPLETION)
        if waits:
            if self.is_enabled and (again or self._owner.is_triggered(self._number)):
                self.trigger()
        elif ends_descriptor:
            if self._load():
                self.pace.run_on()
        elif reached:
            self._go_to_row()
