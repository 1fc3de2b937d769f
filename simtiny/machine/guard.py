"""What the memory protection unit and the private bus refuse to the code that runs: who looks, and what it is called.

The native hooks look at each access before its instruction, and at each block before it runs, but only while something
that is there is refused to somebody: a unit that is off or says how memory is cached costs nothing. Windows onto
serial memories do not count as there: the usual map of Cortex-M7 firmware, without access to them, would be slow.
"""

from collections.abc import Callable, Sequence

import numpy as np

from simtiny.board import Board
from simtiny.counting import layout
from simtiny.counting.counters import Counters
from simtiny.counting.layout import UNPRIVILEGED_SHIFT, Level, Right
from simtiny.counting.operations import Look
from simtiny.machine import faults, mpu_rights
from simtiny.machine.faults import Fault
from simtiny.machine.mpu import Mpu
from simtiny.machine.mpu_rights import PERIPHERALS, PRIVATE_BUS, Range
from simtiny.machine.nvic import BUS_FAULT, MEM_MANAGE
from simtiny.native import library

_VERBS = {Right.MAY_READ: "read of", Right.MAY_WRITE: "write to", Right.MAY_EXECUTE: "instruction fetch from"}
_RIGHTS = Right.MAY_READ | Right.MAY_WRITE | Right.MAY_EXECUTE
# Accesses that are looked at although they would fault anyhow are left out: writes to flash.
_NEEDED = {"flash": Right.MAY_READ, "ram": Right.MAY_READ | Right.MAY_WRITE}


class Guard:
    """Of one machine. Without `operands` no instruction is looked at, and code alone is guarded.

    `fail` takes an exception that can't pass through native code.
    """

    def __init__(self, board: Board, counters: Counters, fail: Callable[[BaseException], None]) -> None:
        self._board, self._counters = board, counters
        self._state = counters.state.guard

        def refresh(*_unused: int) -> int:
            try:
                self._refresh()
            except BaseException as error:  # none may pass through the native hook
                fail(error)
            return 0

        self._callback = library.CALLBACK(refresh)
        self._state.refresh = library.address_of(self._callback)
        self._unprivileged = False  # some code is, or was
        self._use(mpu_rights.default_ranges())

    def connect(self, mpu: Mpu) -> None:
        """Use that of a board that has just been reset."""
        self._mpu = mpu
        mpu.on_change = self._change
        self._unprivileged = False
        self._refresh()

    def begin_unprivileged(self) -> None:
        """The firmware is about to run code without privilege."""
        if not self._unprivileged:
            self._unprivileged = True
            self._change()

    def last_refused(self) -> tuple[int, Fault]:
        """The address that the hooks have refused last, and its fault."""
        at, right = int(self._state.refused_at), Right(self._state.refused & _RIGHTS)
        unprivileged = self._state.level == Level.UNPRIVILEGED or self._state.refused & Right.AS_UNPRIVILEGED
        return at, refusal(at, right, bool(unprivileged))

    @property
    def is_enabled(self) -> bool:
        """The unit is."""
        return self._mpu.is_enabled

    def refused(self, address: int, size: int, right: Right, unprivileged: bool, is_spared: bool) -> int | None:
        """The first of `size` addresses that the unit refuses. `is_spared`: to code of negative priority."""
        if not self._mpu.is_enabled or (is_spared and self._mpu.spares_faults):
            return None
        needed = right << UNPRIVILEGED_SHIFT if unprivileged else right
        return mpu_rights.refused_at(self._mpu.ranges(), address, size, needed)

    def _change(self) -> None:
        """Bring the hooks up to date before the next access or block."""
        if self._mpu.is_enabled or self._unprivileged or self._state.is_on or self._state.has_code:
            self._state.is_on = self._state.has_code = 1
            self._state.level = Level.STALE

    def _refresh(self) -> None:
        found = self._mpu.ranges()
        self._use(found)
        self._state.spares_faults = self._mpu.is_enabled and self._mpu.spares_faults
        self._state.has_code = any(
            self._refuses(found, base, size, Right.MAY_EXECUTE) for base, size, _ in self._memories()
        )
        self._state.is_on = self._refuses_data(found)
        self._state.level = Level.UNKNOWN
        if self._state.is_on:
            self._counters.look_at(Look.EVERYTHING)

    def _use(self, found: Sequence[Range]) -> None:
        """Let the hooks see these."""
        self._ranges = np.array([(each.begin, each.end, each.rights) for each in found], layout.GUARDED.dtype)
        self._state.ranges = self._state.now = self._ranges.ctypes.data

    def _refuses_data(self, found: Sequence[Range]) -> bool:
        """Whether an access to something that is there may be refused: the private bus is to the unprivileged."""
        if self._unprivileged:
            return True
        registers = [
            (PERIPHERALS.start, len(PERIPHERALS)),
            *((each.base, each.size) for each in self._board.peripherals),
        ]
        accessed = [(base, size, _NEEDED["ram"]) for base, size in registers if base not in PRIVATE_BUS]
        return any(self._refuses(found, *each) for each in (*self._memories(), *accessed))

    def _memories(self) -> list[tuple[int, int, int]]:
        memories = self._board.memories
        return [(base, each.size, _NEEDED[each.kind]) for each in memories for base in (each.base, *each.aliases)]

    def _refuses(self, found: Sequence[Range], base: int, size: int, rights: int) -> bool:
        levels = (0, UNPRIVILEGED_SHIFT) if self._unprivileged else (0,)
        return any(mpu_rights.refused_at(found, base, size, rights << level) is not None for level in levels)


def refusal(address: int, right: Right, unprivileged: bool) -> Fault:
    """The fault of an access, or of a fetch, that is refused at an address. Arm v7-M ARM, B3.5 and B3.1."""
    who = " to unprivileged code" if unprivileged else ""
    what = f"{_VERBS[right]} 0x{address:08x}"
    if right is Right.MAY_EXECUTE:
        return Fault(MEM_MANAGE, f"{what}, which the MPU refuses{who}", faults.IACCVIOL)
    if address in PRIVATE_BUS:
        what = f"{what} on the private bus, which is refused{who}"
        return Fault(BUS_FAULT, what, faults.PRECISERR | faults.BFARVALID, address=address)
    what = f"{what}, which the MPU refuses{who}"
    return Fault(MEM_MANAGE, what, faults.DACCVIOL | faults.MMARVALID, address=address)
