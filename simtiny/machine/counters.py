"""Everything that is counted while the emulator runs: the native hooks' state, the block table and the divides."""

import ctypes
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from unicorn import UC_HOOK_BLOCK, UC_HOOK_CODE, UC_HOOK_MEM_READ
from unicorn.arm_const import UC_ARM_REG_LR, UC_ARM_REG_PC, UC_ARM_REG_R0, UC_ARM_REG_SP
from unicorn.unicorn_py3 import Uc, UcError
from unicorn.unicorn_py3.unicorn import uclib

from simtiny.isa.decode import decode
from simtiny.isa.instruction import Kind
from simtiny.machine import native
from simtiny.machine.blocks import BlockTable, Region
from simtiny.machine.cores import CoreKind
from simtiny.memory.flash import unit_bytes
from simtiny.platform import Board

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


class Counters:
    """The native hooks on one emulator, and what they count.

    `new_edge(before, address, size)` is called for each edge between blocks that is met for the first time; it returns
    the edge's slot, or -1 to stop the emulator. With `data_reads` off, reads from flash go uncounted and unpriced.
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
        self._divides: dict[int, NDArray[np.void]] = {}  # by address
        self._outdated: list[tuple[int, int]] = []  # code to be translated anew, for its hooks: address and end
        self._arrays: dict[str, NDArray[Any]] = {
            "code_stamps": np.zeros(flash.size // unit, np.int64),
            "code_ways": np.zeros(flash.size // unit, np.int64),
            "data_stamps": np.zeros(flash.size // unit, np.int64),
            "data_ways": np.zeros(flash.size // unit, np.int64),
            "hidden": np.zeros(native.HIDDEN_BUCKETS, np.int64),
            "flash_loads": np.zeros(flash.size // 2, np.uint8),
        }
        for name, array in self._arrays.items():
            self.state[name] = array.ctypes.data
        self._callbacks = {"new_edge": _FROM_NATIVE(new_edge), "new_flash_load": _FROM_NATIVE(self._new_flash_load)}
        for name, function in (
            *self._callbacks.items(),
            ("emu_stop", uclib.uc_emu_stop),
            ("reg_read", uclib.uc_reg_read),
            ("reg_write", uclib.uc_reg_write),
        ):
            self.state[name] = ctypes.cast(function, ctypes.c_void_p).value or 0
        # Hooks must stand before the first block is translated, and the range of the block hook is everything (1 to 0).
        self._hook(UC_HOOK_BLOCK, native.on_block.address, self._states, 1, 0)
        if data_reads:
            for base in (flash.base, *flash.aliases):
                self._hook(UC_HOOK_MEM_READ, native.on_flash_read.address, self._states, base, base + flash.size - 1)

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

    def hook_divides(self, address: int, code: bytes) -> bool:
        """Have the divides in a block counted. Returns whether that added hooks: the emulator must then stop before
        the block, because code that was translated without a hook does not call it.
        """
        added = False
        for now in decode(code, address):
            if now.kind is Kind.DIVIDE:
                offset = now.address - address
                added |= self._hook_divide(now.address, code[offset : offset + 4])
        if added:
            self._outdated.append((address, address + len(code)))
        return added

    def _hook_divide(self, address: int, code: bytes) -> bool:
        divide = self._divides.get(address)
        is_new = divide is None
        if divide is None:
            divide = self._divides[address] = np.zeros(1, native.DIVIDE)
            divide["state"] = self._states.ctypes.data
            divide["value_address"] = divide.ctypes.data + _offset(native.DIVIDE, "value")
            self._hook(UC_HOOK_CODE, native.on_divide.address, divide, address, address)
        first, second = struct.unpack("<HH", code)
        divide["dividend"] = _register(first & 15)
        divide["divisor"] = _register(second & 15)
        divide["signed"] = first >> 4 == 0xFB9
        return is_new

    def forget_translations(self) -> None:
        """Have the emulator translate code again to which `hook_divides` added hooks. Not from within a hook."""
        for begin, end in self._outdated:
            self._uc.ctl_remove_cache(begin, end)
        self._outdated.clear()

    def _new_flash_load(self, _block: int, address: int, _unused: int) -> int:
        self.table.add_flash_load(address)
        return 0

    @property
    def cycles(self) -> int:
        """Core cycles since reset: the one clock."""
        return int(self.state["cycles"])

    def set_flash(self, wait_states: int, prefetch: bool, code_units: int, data_units: int) -> None:
        """What the flash interface is set to. The caches' sizes are in units of one flash read."""
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

    def mark(self) -> Mark:
        """A copy of every counter."""
        return Mark(
            cycles=self.cycles,
            edges=self.table.edge_counts(),
            blocks=self.table.block_counts(),
            hidden=self._arrays["hidden"].copy(),
            divides=sum((divide["times"][0] for divide in self._divides.values()), np.zeros(16, np.int64)),
            exceptions=self.exceptions,
            exception_cycles=self.exception_cycles,
            sleep_cycles=self.sleep_cycles,
        )


def _offset(record: np.dtype[np.void], field: str) -> int:
    """Where a field stands in a record, in bytes."""
    return 0 if record.fields is None else int(record.fields[field][1])


def _register(number: int) -> int:
    """Unicorn's number of R0 to R15."""
    if number < 13:
        return UC_ARM_REG_R0 + number
    return (UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_PC)[number - 13]
