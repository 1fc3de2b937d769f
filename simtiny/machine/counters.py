"""Everything that is counted while the emulator runs: the native hooks' state, the block table and the divides."""

import ctypes
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from unicorn import UC_HOOK_BLOCK, UC_HOOK_CODE
from unicorn.arm_const import UC_ARM_REG_LR, UC_ARM_REG_PC, UC_ARM_REG_R0, UC_ARM_REG_SP
from unicorn.unicorn_py3 import Uc, UcError
from unicorn.unicorn_py3.unicorn import uclib

from simtiny.errors import Unpriced
from simtiny.isa.instruction import Instruction, Kind
from simtiny.machine import native
from simtiny.machine.blocks import BlockTable, Region
from simtiny.machine.cores import CoreKind
from simtiny.memory.flash import unit_bytes
from simtiny.platform import Board
from simtiny.profile import OperatingPoint

_SP = 13
_NUMBERS = {f"r{number}": number for number in range(13)} | {
    "sb": 9,
    "sl": 10,
    "fp": 11,
    "ip": 12,
    "sp": 13,
    "lr": 14,
    "pc": 15,
}
_MAX_OPERATIONS = 1 << 16
_FROM_NATIVE = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)


@dataclass(frozen=True)
class Mark:
    """Every counter at one moment."""

    cycles: int
    edges: NDArray[np.int64]
    blocks: NDArray[np.void]
    hidden: NDArray[np.int64]
    divides: NDArray[np.int64]
    exceptions: int
    exception_cycles: int
    sleep_cycles: int
    reconfigurations: int
    operating_point: OperatingPoint


class Counters:
    """The native hooks on one emulator, and what they count.

    `new_edge(before, address, size)` is called for each edge between blocks that is met for the first time; it returns
    the edge's slot, or -1 to stop the emulator. With `data_reads` off, what depends on operands goes unpriced: reads
    from flash, and all that a divide takes beyond the shortest.
    """

    def __init__(
        self,
        uc: Uc,
        board: Board,
        core: CoreKind,
        regions: tuple[Region, ...],
        new_edge: Callable[[int, int, int], int],
        data_reads: bool,
    ) -> None:
        self._uc = uc
        self._states = np.zeros(1, native.STATE)
        self.state = self._states[0]
        unit = unit_bytes(board)
        flash = board.main_flash
        self.state["unit_shift"] = unit.bit_length() - 1
        self.state["flash_base"], self.state["flash_mask"] = flash.base, flash.size - 1
        self.state["fetch_ahead"] = core.timing.fetch_ahead
        self.state["value_address"] = self._states.ctypes.data + _offset(native.STATE, "value")
        self.table = BlockTable(core.timing, regions, self.state)
        self.exceptions = self.exception_cycles = self.sleep_cycles = 0
        self.reconfigurations = 0  # how often the clock or the flash was set to something else
        self.state["flash_alias"] = flash.aliases[0] if flash.aliases else flash.base
        self._numbers = [(region.base, np.zeros(region.size // 2, np.int32)) for region in regions]
        self._operations: dict[int, tuple[int, ...]] = {}  # by address
        self._operation_count = 0
        self._arrays: dict[str, NDArray[Any]] = {
            "code_stamps": np.zeros(flash.size // unit, np.int64),
            "code_ways": np.zeros(flash.size // unit, np.int64),
            "data_stamps": np.zeros(flash.size // unit, np.int64),
            "data_ways": np.zeros(flash.size // unit, np.int64),
            "hidden": np.zeros(native.HIDDEN_BUCKETS, np.int64),
            "divides": np.zeros(native.DIVIDE_BUCKETS, np.int64),
            "operations": np.zeros(_MAX_OPERATIONS, native.OPERATION),
            "places": np.array([(base, 2 * len(n), n.ctypes.data) for base, n in self._numbers], native.PLACE),
        }
        self.state["places_count"] = len(self._numbers)
        for name, array in self._arrays.items():
            self.state[name] = array.ctypes.data
        self._callbacks = {"new_edge": _FROM_NATIVE(new_edge), "new_flash_load": _FROM_NATIVE(self._new_flash_load)}
        for name, function in (
            *self._callbacks.items(),
            ("emu_stop", uclib.uc_emu_stop),
            ("reg_read", uclib.uc_reg_read),
        ):
            self.state[name] = ctypes.cast(function, ctypes.c_void_p).value or 0
        # Hooks must stand before the first block is translated, and the range of the block hook is everything (1 to 0).
        self._hook(UC_HOOK_BLOCK, native.on_block.address, self._states, 1, 0)
        if data_reads:
            self._hook(UC_HOOK_CODE, native.on_instruction.address, self._states, 1, 0)

    def _hook(self, kind: int, callback: int, user_data: NDArray[np.void], begin: int, end: int) -> None:
        handle = ctypes.c_size_t()
        status = uclib.uc_hook_add(
            self._uc._uch,
            ctypes.byref(handle),
            kind,
            ctypes.c_void_p(callback),
            ctypes.c_void_p(user_data.ctypes.data),
            ctypes.c_uint64(begin),
            ctypes.c_uint64(end),
        )
        if status:
            raise UcError(status)

    def learn(self, block: Iterable[Instruction]) -> None:
        """Tell the hooks of the loads and divides in a block before it runs for the first time."""
        for now in block:
            operation = _operation(now)
            if operation is not None and self._operations.get(now.address) != operation:
                self._operations[now.address] = operation
                self._place(now.address, operation)

    def _place(self, address: int, operation: tuple[int, ...]) -> None:
        """Put an operation where the hook looks for it, over what stood at its address before."""
        for base, numbers in self._numbers:
            halfword = (address - base) >> 1
            if 0 <= halfword < len(numbers):
                if numbers[halfword] == 0:
                    if self._operation_count == _MAX_OPERATIONS - 1:
                        raise Unpriced(f"more than {_MAX_OPERATIONS - 1} different loads and divides")
                    numbers[halfword] = self._operation_count = self._operation_count + 1
                self._arrays["operations"][numbers[halfword]] = operation

    def _new_flash_load(self, address: int, _unused: int, _unused_too: int) -> int:
        self.table.add_flash_load(address)
        return 0

    @property
    def cycles(self) -> int:
        """Core cycles since reset: the one clock."""
        return int(self.state["cycles"])

    def set_flash(self, wait_states: int, prefetch: bool, code_units: int, data_units: int) -> None:
        """What the flash interface is set to. The caches' sizes are in units of one flash read."""
        before = (int(self.state["wait_states"]), bool(self.state["prefetch"]))
        self.reconfigurations += before != (wait_states, prefetch)
        self.state["wait_states"], self.state["prefetch"] = wait_states, prefetch
        for cache, capacity in (("code", code_units), ("data", data_units)):
            if capacity != self.state[f"{cache}_capacity"]:
                self.state[f"{cache}_capacity"], self.state[f"{cache}_fill"] = capacity, 0
                self._arrays[f"{cache}_stamps"][:] = 0

    def lose_context(self) -> None:
        """The next block does not follow from the one before: an exception or a reset."""
        self.state["block"] = -1
        self.state["fetch_unit"] = -2

    def charge_exception(self, cycles: int) -> None:
        """Let an exception entry or return take its time."""
        self.state["cycles"] += cycles
        self.exception_cycles += cycles
        self.lose_context()

    def sleep_until(self, cycle: int) -> None:
        """Let time pass while the core sleeps."""
        self.sleep_cycles += cycle - self.cycles
        self.state["cycles"] = cycle

    def mark(self, operating_point: OperatingPoint) -> Mark:
        """A copy of every counter."""
        return Mark(
            cycles=self.cycles,
            edges=self.table.edge_counts(),
            blocks=self.table.block_counts(),
            hidden=self._arrays["hidden"].copy(),
            divides=self._arrays["divides"].copy(),
            exceptions=self.exceptions,
            exception_cycles=self.exception_cycles,
            sleep_cycles=self.sleep_cycles,
            reconfigurations=self.reconfigurations,
            operating_point=operating_point,
        )


def _operation(now: Instruction) -> tuple[int, ...] | None:
    """What the native hook needs to know of a load or divide, None for anything else. The stack is never in flash."""
    if now.kind is Kind.DIVIDE:
        names = [name.strip() for name in now.text.split(maxsplit=1)[1].split(",")]
        dividend, divisor = (_register(_NUMBERS[name]) for name in names[-2:])
        return (native.SIGNED_DIVIDE if now.name == "sdiv" else native.UNSIGNED_DIVIDE, dividend, divisor, 0, 0, 0, 0)
    source = now.source
    if source is None or source.base == _SP:
        return None
    registers = _register(source.base), _register(source.index)
    return (native.LOAD, *registers, source.shift, source.offset, source.bytes, int(now.reads_flash))


def _offset(record: np.dtype[np.void], field: str) -> int:
    """Where a field stands in a record, in bytes."""
    return 0 if record.fields is None else int(record.fields[field][1])


def _register(number: int) -> int:
    """Unicorn's number of R0 to R15, -1 for none."""
    if number < 0:
        return -1
    if number < 13:
        return UC_ARM_REG_R0 + number
    return (UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_PC)[number - 13]
