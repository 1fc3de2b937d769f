"""What the machine offers to a peripheral, and what it asks of one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from simtiny.devices import Devices
from simtiny.errors import BadInput
from simtiny.notes import NoteKind

ALWAYS = 1 << 62
"""A cycle that never comes."""


class Peripheral(Protocol):
    """A block of registers on the bus. `offset` is in bytes from the block's base, `size` is 1, 2 or 4."""

    @property
    def timeless(self) -> bool:
        """Whether a firmware that does the same again reads the same again, until an event changes a register.

        Neither time nor the number of accesses then shows in what is read. False for timers.
        """
        ...

    def steady_until(self, offset: int) -> int:
        """The cycle from which on a read of the register may give something else, if nothing is written before.

        0 of one that shows the time by each cycle, and of one whose reads change something, such as a FIFO. What an
        event changes needs no cycle here: ALWAYS.
        """
        ...

    def read(self, offset: int, size: int) -> int: ...

    def write(self, offset: int, size: int, value: int) -> None: ...

    def register_name(self, offset: int) -> str:
        """What the manual calls the register at `offset`, empty where that is not known."""
        ...


@runtime_checkable
class PowerControl(Protocol):
    """The peripheral whose registers say at what voltage the core runs. A board has at most one."""

    @property
    def voltage_range(self) -> str:
        """The range or scale that the firmware has selected, as the chip's manual numbers it."""
        ...

    @property
    def regulator(self) -> str:
        """What feeds the core: "ldo", "smps"…; empty where no register of the chip tells."""
        ...


@runtime_checkable
class Pins(Protocol):
    """A peripheral with output pins. Its callbacks get a pin's name, such as "PF13", and its new level."""

    @property
    def on_pin_change(self) -> list[Callable[[str, bool], None]]: ...


@runtime_checkable
class InputPins(Protocol):
    """A peripheral with input pins, which a user may drive from outside."""

    def drive(self, pin: str, level: bool | None) -> bool:
        """Put a level on a pin such as "PA0"; None: let go of it. Whether the pin is one of this peripheral's."""
        ...


@runtime_checkable
class DmaController(Protocol):
    """A peripheral that moves data on request of others."""

    def dma_request(self, line: str, level: bool) -> None:
        """The request line `line`, such as "USART2.tx", has taken another level.

        It is named by the peripheral's name on the board, and by what the peripheral asks for.
        """
        ...


class ResetCause(Enum):
    """What has reset the chip, in words."""

    POWER_ON = "power-on"
    PIN = "its reset pin"
    SOFTWARE = "SYSRESETREQ in AIRCR"
    INDEPENDENT_WATCHDOG = "its independent watchdog (IWDG), which was not served in time"
    WINDOW_WATCHDOG = "its window watchdog (WWDG), which was not served in time"


@runtime_checkable
class OutlivesReset(Protocol):
    """A peripheral of which a reset leaves something as it is: the backup domain, what caused the reset."""

    def take_over(self, before: Any, cause: ResetCause) -> None:
        """Take over what outlives a reset from `before`, of the same type, which stood here until then."""
        ...


@runtime_checkable
class Hears(Protocol):
    """A peripheral that is told the levels of wires within the chip."""

    def hear(self, wire: str, level: bool) -> None:
        """The wire has taken this level: a pin such as "PA0", or another, such as "RTC.alarm"."""
        ...


@runtime_checkable
class FlashInterface(Protocol):
    """The peripheral that programs flash. A board has at most one."""

    def store(self, address: int, size: int, value: int) -> None:
        """The core stores to flash, at an address in the memory's own range."""
        ...


@runtime_checkable
class HoldsRequests(Protocol):
    """A peripheral that asks for DMA until it is served, as a timer does."""

    def request_served(self, what: str) -> None:
        """A controller has served its request line of this name, such as "up" of "TIM2.up"."""
        ...


@runtime_checkable
class Multiplexes(Protocol):
    """A peripheral that passes on the request lines of others."""

    def request_behind(self, what: str) -> tuple[str, int]:
        """The request line that its output of this name passes on, empty for none, and its number."""
        ...


@dataclass(frozen=True)
class FixedVoltage:
    """Stands in for the power controller of a chip where firmware chooses nothing."""

    voltage_range: str = "1"
    regulator: str = ""


def power_control(peripherals: Mapping[str, Peripheral]) -> PowerControl:
    """The one among these, by name, or what a chip without any has. Raises BadInput if there are two."""
    found = {name: block for name, block in peripherals.items() if isinstance(block, PowerControl)}
    if len(found) > 1:
        raise BadInput(f"peripherals {' and '.join(found)} each control the core's voltage: a board has one that does")
    return next(iter(found.values()), FixedVoltage())


@runtime_checkable
class HasWindow(Protocol):
    """A peripheral through which the core sees a memory outside the chip, in the range of its parameter `window`."""

    def read_window(self, offset: int, size: int) -> int: ...

    def write_window(self, offset: int, size: int, value: int) -> None: ...


class BusError(Exception):
    """A bus master other than the core has accessed what does not answer."""


class System(Protocol):
    """The machine as a peripheral sees it. There is one clock: core cycles, as the timing model counts them."""

    @property
    def cycles(self) -> int:
        """Core cycles since power-on."""
        ...

    @property
    def clock_hz(self) -> Mapping[str, float]:
        """Frequencies that the firmware has programmed, by name: "core", "apb1", "apb1_timer", ..."""
        ...

    @property
    def elapsed_s(self) -> float:
        """Emulated time since power-on, through all changes of the clock."""
        ...

    @property
    def devices(self) -> Devices:
        """What the user has attached to the board."""
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

    @property
    def serial_takes_time(self) -> bool:
        """Whether characters take as long on serial lines as at the baud rate that the firmware has programmed."""
        ...

    def request_dma(self, line: str, level: bool) -> None:
        """Drive a request line, such as "USART2.rx", of the board's DMA controllers: high while data may be moved."""
        ...

    def dma_served(self, line: str) -> None:
        """A DMA controller has done what the request line asks for: who holds it high until then lets go."""
        ...

    def open_window(self, name: str) -> None:
        """From the next block on the core sees the memory behind the peripheral `name`, which `HasWindow`."""
        ...

    def bus_read(self, address: int, size: int) -> int:
        """What a bus master reads: 1, 2 or 4 bytes of a register, any number within a memory.

        Raises BusError where nothing is.
        """
        ...

    def bus_write(self, address: int, size: int, value: int) -> None:
        """What a bus master writes. Raises BusError where nothing is, and in flash."""
        ...

    def memory_bytes(self, address: int) -> int:
        """How many bytes of one memory there are from `address` on, that one among them; 0 outside of memories."""
        ...

    @property
    def moves_data(self) -> bool:
        """Whether bus masters other than the core move anything: in a replay, what they did is in the stream."""
        ...

    def asks_for_dma(self, peripheral: str) -> bool:
        """Whether the board has a peripheral of this name that may drive request lines of DMA."""
        ...

    def request_behind(self, line: str) -> tuple[str, int] | None:
        """The request line that a multiplexer passes on to `line`, and its number; None if it is no multiplexer's."""
        ...

    def peripheral_at(self, address: int) -> str:
        """The peripheral whose registers stand there, empty where there is none."""
        ...

    def tell(self, wire: str, level: bool) -> None:
        """A wire within the chip has this level now: whoever `Hears` is told."""
        ...

    def request_reset(self, cause: ResetCause) -> None:
        """Reset the chip before the next block."""
        ...

    @property
    def seed(self) -> int:
        """What the user has chosen for all that is random on a board: 0 or more."""
        ...

    @property
    def flash_range(self) -> range:
        """The addresses of the memory that the core boots from."""
        ...

    def read_flash(self, address: int, size: int) -> bytes:
        """What stands there, in `flash_range`."""
        ...

    def change_flash(self, address: int, data: bytes) -> None:
        """Let flash hold these bytes. What lies outside of `flash_range` is lost."""
        ...

    def set_flash_acceleration(
        self,
        *,
        wait_states: int | None = None,
        prefetch: bool | None = None,
        instruction_cache: bool | None = None,
        data_cache: bool | None = None,
        ways: int | None = None,
        alias_cache: bool | None = None,
        alias_prefetch: bool | None = None,
    ) -> None:
        """What the firmware programmed in the flash or cache controller takes effect at the next block.

        What is left out stays as it is: on some chips the caches have a controller of their own. `ways`: associativity
        of the instruction cache, where it can be chosen. `alias_cache`, `alias_prefetch`: of what is read through the
        flash's alias.
        """
        ...

    def timer_read(self) -> None:
        """Firmware has read a counter that counts time."""
        ...

    def note(self, kind: NoteKind, place: str, text: str) -> None:
        """Count this among the run's notes. `place`: this peripheral, or one of its registers."""
        ...
