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

from simtiny.board import Board
from simtiny.errors import Unpriced
from simtiny.isa.instruction import Instruction, Kind
from simtiny.machine import native, native_state
from simtiny.machine.blocks import BlockTable, Region
from simtiny.machine.cores import CoreKind
from simtiny.machine.shadows import Shadows
from simtiny.memory.flash import Shape, line_reads, unit_bytes
from simtiny.memory.what_if import Caches
from simtiny.profile import CacheMisses, OperatingPoint

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
    what_if: tuple[CacheMisses, ...]


class Counters:
    """The native hooks on one emulator, and what they count.

    `new_edge(before, address, size)` is called for each edge between blocks that is met for the first time; it returns
    the edge's slot, or -1 to stop the emulator. With `data_reads` off, what depends on operands goes unpriced: reads
    from flash, and all that a divide takes beyond the shortest. `caches`: tried beside the board's, see `shadows`.
    """

    def __init__(
        self,
        uc: Uc,
        board: Board,
        core: CoreKind,
        regions: tuple[Region, ...],
        new_edge: Callable[[int, int, int], int],
        data_reads: bool,
        caches: tuple[Caches, ...] = (),
    ) -> None:
        self._uc = uc
        self.state = native_state.State()
        here = ctypes.addressof(self.state)
        unit = unit_bytes(board)
        flash = board.main_flash
        self.state.unit_shift = unit.bit_length() - 1
        self.state.flash_base, self.state.flash_mask = flash.base, flash.size - 1
        operands = core.timing.operands
        self.state.fetch_ahead = operands.fetch_ahead
        self.state.mispredict = operands.mispredict
        self.state.unaligned_load = operands.unaligned_load
        self.state.unaligned_within_word = operands.unaligned_within_word
        self.state.divide_shortest, self.state.divide_bits = operands.divide_shortest, operands.divide_bits
        self.state.divide_longest = operands.divide_longest
        self.state.ram_miss_cycles = board.flash.ram_miss_cycles
        self.state.value_address = here + native_state.State.value.offset
        self.table = BlockTable(core.timing, regions, self.state)
        self.exceptions = self.exception_cycles = self.sleep_cycles = 0
        self.reconfigurations = 0  # how often the clock or the flash was set to something else
        self.state.flash_alias = flash.aliases[0] if flash.aliases else flash.base
        self._numbers = [(region.base, np.zeros(region.size // 2, np.int32)) for region in regions]
        self._operations: dict[int, tuple[int, ...]] = {}  # by address
        self._operation_count = 0
        cached, units = _cached_ranges(board, unit)
        self._stores_matter = len(cached) > 0
        self._miss_overhead = board.flash.miss_overhead_cycles
        self._line_reads = line_reads(board)
        self.state.part_shift = (unit // self._line_reads).bit_length() - 1
        self._read_ahead = board.flash.read_ahead_cycles
        self._prefetch_first = board.flash.prefetch_first
        self.state.ahead_unit = -1
        self._caches = np.zeros(2, native_state.CACHE)
        for cache, geometry in zip(self._caches, (board.flash.instruction_cache, board.flash.data_cache), strict=True):
            cache["random"] = geometry is not None and geometry.replacement == "random"
        self._shapes: tuple[Shape, Shape] | None = None
        self.shadows = Shadows(caches, unit, units, board.flash.unified)
        self.state.shadows, self.state.shadows_count = self.shadows.records.ctypes.data, len(caches)
        self._flash: tuple[int, bool] | None = None  # wait states and prefetch
        self._unified = board.flash.unified
        self.state.code_cache = self._caches.ctypes.data
        self.state.data_cache = self._caches.ctypes.data + (0 if self._unified else native_state.CACHE.itemsize)
        self.state.cached_count = len(cached)
        self._arrays: dict[str, NDArray[Any]] = {
            "cached": cached,
            "hidden": np.zeros(native_state.HIDDEN_BUCKETS, np.int64),
            "divides": np.zeros(native_state.DIVIDE_BUCKETS, np.int64),
            "operations": np.zeros(_MAX_OPERATIONS, native_state.OPERATION),
            "places": np.array([(base, 2 * len(n), n.ctypes.data) for base, n in self._numbers], native_state.PLACE),
        }
        self._cache_arrays = np.zeros((2, 3, units), np.int64)
        for cache, arrays in zip(self._caches, self._cache_arrays, strict=True):
            cache["stamps"], cache["units"], cache["fills"] = (array.ctypes.data for array in arrays)
        self.state.places_count = len(self._numbers)
        for name, array in self._arrays.items():
            setattr(self.state, name, array.ctypes.data)
        self._callbacks = {"new_edge": _FROM_NATIVE(new_edge), "new_flash_load": _FROM_NATIVE(self._new_flash_load)}
        for name, function in (
            *self._callbacks.items(),
            ("emu_stop", uclib.uc_emu_stop),
            ("reg_read", uclib.uc_reg_read),
        ):
            setattr(self.state, name, ctypes.cast(function, ctypes.c_void_p).value or 0)
        # Hooks must stand before the first block is translated.
        self._hook(UC_HOOK_BLOCK, native.on_block.address, here)
        if data_reads:
            self._hook(UC_HOOK_CODE, native.on_instruction.address, here)

    def _hook(self, kind: int, callback: int, user_data: int) -> None:
        """Have a native callback called for everything, which is what the range from 1 to 0 means."""
        handle = ctypes.c_size_t()
        status = uclib.uc_hook_add(
            self._uc._uch,
            ctypes.byref(handle),
            kind,
            ctypes.c_void_p(callback),
            ctypes.c_void_p(user_data),
            ctypes.c_uint64(1),
            ctypes.c_uint64(0),
        )
        if status:
            raise UcError(status)

    def learn(self, block: Iterable[Instruction]) -> None:
        """Tell the hooks of the loads and divides in a block before it runs for the first time."""
        for now in block:
            operation = _operation(now, self._stores_matter)
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
        return self.state.cycles

    def set_flash(self, wait_states: int, prefetch: bool, code: Shape, data: Shape) -> None:
        """What the flash interface and the caches are set to."""
        self.reconfigurations += (wait_states, prefetch) != self._flash
        self._flash = wait_states, prefetch
        miss_cycles = wait_states + self._miss_overhead
        reads_ahead = prefetch and self._read_ahead is not None
        self.state.miss_cycles, self.state.prefetch = miss_cycles, prefetch and not reads_ahead
        self.state.line_cycles = (self._line_reads - 1) * (wait_states + 1)
        self.state.prefetch_first = prefetch and self._prefetch_first
        self.state.read_ahead = wait_states + (self._read_ahead or 0) if reads_ahead else 0
        self.state.prefetch_data = wait_states if self._unified and prefetch and not reads_ahead else 0
        for number, shape in enumerate((code, data)):
            if self._shapes is None or self._shapes[number] != shape:
                self._caches[number]["ways"], self._caches[number]["set_mask"] = shape.ways, shape.sets - 1
                self._cache_arrays[number] = 0
                self.state.ahead_unit = -1
        self._shapes = code, data

    def lose_context(self) -> None:
        """The next block does not follow from the one before: an exception or a reset."""
        self.state.block = -1
        self.state.fetch_unit = -2

    def charge_exception(self, cycles: int) -> None:
        """Let an exception entry or return take its time."""
        self.state.cycles += cycles
        self.exception_cycles += cycles
        self.lose_context()

    def sleep_until(self, cycle: int) -> None:
        """Let time pass while the core sleeps."""
        self.sleep_cycles += cycle - self.cycles
        self.state.cycles = cycle

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
            what_if=self.shadows.counts(),
        )


def _cached_ranges(board: Board, unit: int) -> tuple[NDArray[np.void], int]:
    """The ranges of RAM behind the data cache, and how many units there are in all: those of the flash come first."""
    units = board.main_flash.size // unit
    ranges = []
    for memory in board.memories:
        if memory.cached:
            ranges += [(base, memory.size, units) for base in (memory.base, *memory.aliases)]
            units += memory.size // unit
    return np.array(ranges, native_state.CACHED), units


def _operation(now: Instruction, stores: bool) -> tuple[int, ...] | None:
    """What the native hook needs to know of a load, divide or, if they matter, a store, None for anything else.

    The stack is never in flash, and hardly ever misses the cache.
    """
    if now.kind is Kind.DIVIDE:
        names = [name.strip() for name in now.text.split(maxsplit=1)[1].split(",")]
        dividend, divisor = (_register(_NUMBERS[name]) for name in names[-2:])
        return (
            native_state.SIGNED_DIVIDE if now.name == "sdiv" else native_state.UNSIGNED_DIVIDE,
            dividend,
            divisor,
            0,
            0,
            0,
            0,
        )
    place = now.source or (now.target if stores else None)
    if place is None or place.base == _SP:
        return None
    registers = _register(place.base), _register(place.index)
    kind = native_state.LOAD if now.source is not None else native_state.STORE
    return (kind, *registers, place.shift, place.offset, place.bytes, int(now.reads_flash))


def _register(number: int) -> int:
    """Unicorn's number of R0 to R15, -1 for none."""
    if number < 0:
        return -1
    if number < 13:
        return UC_ARM_REG_R0 + number
    return (UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_PC)[number - 13]
