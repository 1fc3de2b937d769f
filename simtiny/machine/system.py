"""What the machine offers to a peripheral, and what it asks of one."""

from collections.abc import Callable, Mapping
from typing import Protocol


class Peripheral(Protocol):
    """A block of registers on the bus. `offset` is in bytes from the block's base, `size` is 1, 2 or 4."""

    def read(self, offset: int, size: int) -> int: ...

    def write(self, offset: int, size: int, value: int) -> None: ...


class System(Protocol):
    """The machine as a peripheral sees it. There is one clock: core cycles, as the timing model counts them."""

    @property
    def cycles(self) -> int:
        """Core cycles since reset."""
        ...

    @property
    def clock_hz(self) -> Mapping[str, float]:
        """Frequencies that the firmware has programmed, by name: "core", "apb1", "apb1_timer", ..."""
        ...

    def set_clocks(self, clock_hz: Mapping[str, float]) -> None:
        """The clock controller's word: merge these frequencies and tell whoever asked by `on_clock_change`."""
        ...

    def on_clock_change(self, callback: Callable[[], None]) -> None:
        """Call back just before a change takes effect, so that a timer can bank its count at the old rate."""
        ...

    def schedule(self, at_cycle: int, callback: Callable[[], None]) -> int:
        """Call back at the first block boundary at or after `at_cycle`. Returns a handle for `cancel`."""
        ...

    def cancel(self, handle: int) -> None: ...

    def set_irq(self, irq: int, level: bool, source: str) -> None:
        """Drive an interrupt line (0 is the first external interrupt). It is high while any of its sources is."""
        ...

    def set_flash_acceleration(
        self,
        *,
        wait_states: int | None = None,
        prefetch: bool | None = None,
        instruction_cache: bool | None = None,
        data_cache: bool | None = None,
        ways: int | None = None,
    ) -> None:
        """What the firmware programmed in the flash or cache controller takes effect at the next block.

        What is left out stays as it is: on some chips the caches have a controller of their own. `ways`: associativity
        of the instruction cache, where it can be chosen.
        """
        ...

    def timer_read(self) -> None:
        """Firmware has read a counter that counts time."""
        ...

    def note(self, text: str) -> None:
        """Add a line to the run's notes, once."""
        ...
