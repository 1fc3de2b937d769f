"""What runs a firmware image on a board: the one seam between those who ask and whoever executes.

The protocol driver, measurement, `serve` and a debugger need of a board what `Engine` says, and nothing else.
`simtiny.machine.machine.Machine`, on Unicorn, is one.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Protocol

from simtiny.board import Board
from simtiny.call_tree import CallTree
from simtiny.counting.counters import Mark
from simtiny.counting.handlers import Handlers
from simtiny.image import Image
from simtiny.machine.serial import SerialPort
from simtiny.machine.system import Peripheral
from simtiny.notes import Note
from simtiny.profiles import Profile

SP, LR, PC = 13, 14, 15
"""Numbers of core registers, for `Engine.register`."""


class StopReason(Enum):
    """Why `Engine.run` returned."""

    CONDITION = "the condition was met"
    LIMIT = "the cycle limit was reached"
    ENDLESS = "the firmware loops without end"
    STORM = "the firmware is kept busy without end"
    IDLE = "the firmware waits for input"
    POLLING = "the firmware accesses registers without end"
    NO_PROGRESS = "the firmware makes no progress"
    EXIT = "the firmware has ended"


class Engine(Protocol):
    """One board with one image, in reset at first. Cycles are those of the one clock, since power-on."""

    board: Board
    image: Image
    serial: SerialPort
    initial_sp: int
    on_stimulus: Callable[[int, int], None]
    """Told of each byte that the firmware writes to a stimulus port of the ITM: port and value."""
    on_pin_change: Callable[[str, bool], None]
    """Told of each edge of an output pin, such as "PF13"."""
    on_timer_read: Callable[[], None] | None
    """Told when the firmware has read a counter that counts time. None: nobody listens, which is faster."""

    def run(self, until: Callable[[], bool] | None = None, limit_cycles: int | None = None) -> StopReason:
        """Run until `stop` was called and `until()`, if given, then holds, or for `limit_cycles`.

        Raises FirmwareFault with a diagnosis and Unpriced.
        """
        ...

    @property
    def explanation(self) -> str:
        """What made the last run end, for all reasons but CONDITION; for LIMIT what it polled then, if it did."""
        ...

    def stop(self) -> None:
        """Ask `run` to return before the next block. For callbacks."""
        ...

    def watch(self, address: int, callback: Callable[[], None]) -> None:
        """Call back before the basic block with the instruction at `address` runs."""
        ...

    def listen(self, address: int, callback: Callable[[], None]) -> None:
        """The same for a callback that changes nothing, for which an engine need not stop."""
        ...

    def mark(self) -> Mark:
        """A copy of every counter, to be given to `profile`."""
        ...

    def profile(self, start: Mark, end: Mark) -> Profile:
        """What was done between two marks.

        Raises Unpriced when the firmware changed its clock or the flash's wait states between them.
        """
        ...

    def profiles(self, start: Mark, end: Mark) -> tuple[Profile, ...]:
        """The same, and behind it what it is under each of the other settings that are counted beside it."""
        ...

    def call_tree(self, start: Mark, end: Mark) -> CallTree:
        """Who called whom between two marks. ValueError where that was not followed."""
        ...

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the emulation has met by now and did not know."""
        ...

    @property
    def cycles(self) -> int: ...

    @property
    def clock_hz(self) -> Mapping[str, float]:
        """Frequencies that the firmware has programmed, by name: "core", "apb1"…"""
        ...

    @property
    def elapsed_s(self) -> float:
        """Emulated time since power-on, through all changes of the clock."""
        ...

    @property
    def is_asleep(self) -> bool:
        """Whether the core waits in WFI or WFE."""
        ...

    @property
    def next_deadline(self) -> int | None:
        """The cycle of the next thing that a peripheral does by itself. It may turn out to be nothing."""
        ...

    def pass_time(self, to_cycle: int) -> None:
        """Let time pass as in sleep, at most to the next event. For firmware that only waits."""
        ...

    @property
    def handlers(self) -> Handlers:
        """Which exceptions are being handled, and how long they took."""
        ...

    def waits(self) -> Mapping[str, int]:
        """Cycles since power-on in which the core polled registers, by peripheral: "USART3", "SysTick"…

        Empty where an engine does not tell.
        """
        ...

    def may_be_behind_last_block(self, address: int) -> bool:
        """Whether `address` is right behind the basic block that ran last; True after an exception or reset."""
        ...

    def register(self, number: int) -> int:
        """R0 to R15."""
        ...

    def status(self) -> int:
        """XPSR."""
        ...

    def uses_process_stack(self) -> bool:
        """Whether SP is the process stack's."""
        ...

    def fault_registers(self) -> dict[str, int]:
        """CFSR, HFSR and BFAR."""
        ...

    def read_memory(self, address: int, size: int) -> bytes:
        """What stands there."""
        ...

    def ram(self) -> tuple[bytes, ...]:
        """A copy of what the RAMs hold."""
        ...

    def ram_used(self) -> int:
        """Bytes of RAM that the firmware has written to, in steps of 16."""
        ...

    def take_accessed(self) -> set[Peripheral | None]:
        """Peripherals whose registers were accessed since the last call. None: the core's own registers, or nothing."""
        ...
