"""Loops that wait for a register to change: how long they do, and their turns that need not be run.

What is skipped, and why that changes no count, stands in simtiny/counting/native/polling.h.
"""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from unicorn.arm_const import (
    UC_ARM_REG_BASEPRI,
    UC_ARM_REG_CONTROL,
    UC_ARM_REG_D0,
    UC_ARM_REG_FAULTMASK,
    UC_ARM_REG_FPSCR,
    UC_ARM_REG_PRIMASK,
    UC_ARM_REG_XPSR,
)

from simtiny.counting import layout
from simtiny.counting.layout import (
    DIVIDE_BUCKETS,
    HIDDEN_BUCKETS,
    LOOP_BLOCKS,
    MOST_POLLED,
    MOST_WAITS,
    PollingPhase,
)
from simtiny.machine.bus import Bus
from simtiny.machine.core_registers import CORE_REGISTERS
from simtiny.native import library

_MASKS = UC_ARM_REG_PRIMASK, UC_ARM_REG_BASEPRI, UC_ARM_REG_FAULTMASK
_CORE = (
    *CORE_REGISTERS[:15], UC_ARM_REG_XPSR, UC_ARM_REG_CONTROL, *_MASKS, UC_ARM_REG_FPSCR,
    *range(UC_ARM_REG_D0, UC_ARM_REG_D0 + 16),
)  # fmt: skip
_TURNS, _CACHES = 3, 3


class Polling:
    """The layout.POLLING of an engine's `state`: it holds as long as this object lives.

    `ram()` copies what RAM holds. `fail` takes an exception that can't pass through native code.
    """

    def __init__(
        self, state: Any, bus: Bus, ram: Callable[[], tuple[bytes, ...]], fail: Callable[[BaseException], None]
    ) -> None:
        self._record, self._bus, self._ram, self._fail = state.polling, bus, ram, fail
        self._memory: tuple[bytes, ...] = ()
        block = len(layout.BLOCK_COUNTS.fields)
        system = 5 + state.flash.policy_words + _CACHES + HIDDEN_BUCKETS + LOOP_BLOCKS * block
        cells = 3 + 5 * LOOP_BLOCKS + layout.EVENT_FIELDS
        room = (1 + state.lanes_count) * system + 3 + DIVIDE_BUCKETS + cells
        self._waits = np.zeros(MOST_WAITS, layout.WAIT.dtype)
        self._registers = np.zeros(MOST_POLLED, np.int64)
        self._core_numbers = np.array(_CORE, np.int32)
        self._arrays = {
            "path": np.zeros(LOOP_BLOCKS, np.int64),
            "core": np.zeros(len(_CORE), np.int64),
            "places": np.zeros(room, np.int64),
            "values": np.zeros(_TURNS * room, np.int64),
            "fixed": np.zeros(_TURNS * room, np.int64),
        }
        for name, array in self._arrays.items():
            setattr(self._record, name, array.ctypes.data)
        self._record.waits, self._record.registers = self._waits.ctypes.data, self._registers.ctypes.data
        self._record.core_numbers, self._record.core_count = self._core_numbers.ctypes.data, len(_CORE)
        self._record.places_room = room
        self._record.cycles = ctypes.addressof(state.run)  # the clock stands first in it
        self._callbacks = [library.CALLBACK(self._steady_until), library.CALLBACK(self._same_memory)]
        self._record.steady_until, self._record.same_memory = map(library.address_of, self._callbacks)

    def skip(self, wanted: bool) -> None:
        """Whether loops are looked for."""
        self._record.is_on = PollingPhase.LOOP_BEGINS if wanted else 0

    @property
    def skipped(self) -> int:
        """Cycles since power-on that were skipped."""
        return int(self._record.skipped)

    def waits(self) -> dict[str, int]:
        """Cycles since power-on in loops that read a register again and again, by the block that has it."""
        cycles: dict[str, int] = {}
        for address, waited in self._waits[: self._record.waits_count].tolist():
            if waited:
                name = self._bus.block_name(address)
                cycles[name] = cycles.get(name, 0) + waited
        return cycles

    def polled(self) -> int | None:
        """The address of the register that is polled now, if any is."""
        return int(self._waits[self._record.wait]["address"]) if self._record.reads > 2 else None

    def loop(self) -> list[int]:
        """The numbers of the blocks of the loop that was looked at last, if it reads one register alone."""
        if self._record.registers_count != 1:
            return []
        path = self._arrays["path"][: self._record.length].tolist()
        return [int(layout.EDGE.structure.from_address(edge).block) for edge in path]

    def _steady_until(self, *_unused: int) -> int:
        try:
            registers = self._registers[: self._record.registers_count].tolist()
            return min((self._bus.steady_until(address) for address in registers), default=0)
        except BaseException as error:
            self._fail(error)
            return 0

    def _same_memory(self, compare: int, *_unused: int) -> int:
        try:
            before, self._memory = self._memory, self._ram()
            return int(bool(compare) and before == self._memory)
        except BaseException as error:
            self._fail(error)
            return 0
