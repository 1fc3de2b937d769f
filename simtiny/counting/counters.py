"""Everything that is counted while an engine runs: the native hooks' state, the block table, operands, exceptions."""

import ctypes
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simtiny.board import Board
from simtiny.counting import layout, records
from simtiny.counting.blocks import BlockTable, Region
from simtiny.counting.layout import OperationKind
from simtiny.counting.recorder import Recorder
from simtiny.counting.shadows import Shadows
from simtiny.errors import Unpriced
from simtiny.flash.acceleration import Acceleration, Shape, shape, unit_bytes
from simtiny.flash.policies import policy_of
from simtiny.flash.what_if import Caches
from simtiny.isa.instruction import Instruction, Kind
from simtiny.native import library
from simtiny.profile import CacheMisses, OperatingPoint
from simtiny.timing import exceptions
from simtiny.timing.core import Core

_SP = 13
_MAX_OPERATIONS = 1 << 16


@dataclass(frozen=True)
class Mark:
    """Every counter at one moment. `number`: how many marks there were before, since power-on."""

    number: int
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
    """What the native hooks of one engine work on, and what they count.

    `entry_cycles`: of an exception on this core. `regions`: the memories that code runs in.
    `new_edge(before, address, size)` is called for each edge between blocks that is met for the first time; it returns
    the edge's slot, or -1 to stop. `fail` takes an exception that can't pass through native code. `caches`: tried
    beside the board's, see `shadows`.
    """

    def __init__(
        self,
        board: Board,
        timing: Core,
        entry_cycles: int,
        regions: tuple[Region, ...],
        new_edge: Callable[[int, int, int], int],
        fail: Callable[[BaseException], None],
        caches: tuple[Caches, ...] = (),
    ) -> None:
        self._board, self._entry_cycles, self._fail = board, entry_cycles, fail
        self._policy = policy_of(board.flash.kind)
        self.library = library.load(self._policy.library, records.SIGNATURE)
        self.state = layout.STATE.structure()
        self.run = self.state.run
        self.table = BlockTable(timing, regions, self.state)
        self.recorder: Recorder | None = None
        self.exceptions = self.exception_cycles = self.sleep_cycles = 0
        self._marks = 0
        self.reconfigurations = 0  # how often the clock or the flash was set to something else
        self._flash: tuple[int, bool] | None = None  # wait states and prefetch
        self._acceleration: tuple[Shape, Shape] | None = None
        self._callbacks = [library.CALLBACK(new_edge), library.CALLBACK(self._new_flash_load)]
        self.state.table.new_edge, self.state.operands.new_flash_load = map(library.address_of, self._callbacks)
        self.state.branches.mispredict = timing.operands.mispredict
        self._set_up_operands(timing, regions)
        self._set_up_flash(timing, caches)

    def _set_up_operands(self, timing: Core, regions: tuple[Region, ...]) -> None:
        self._numbers = [(region.base, np.zeros(region.size // 2, np.int32)) for region in regions]
        self._known: dict[int, tuple[int, ...]] = {}  # operations by address
        self._with_stores = False  # whether the hooks are told of these where no cache makes them matter
        self._operation_count = 0
        self._operations = np.zeros(_MAX_OPERATIONS, layout.OPERATION.dtype)
        self._divides = np.zeros(max(layout.DIVIDE_BUCKETS, timing.operands.divide_longest + 1), np.int64)
        ranges = [(base, 2 * len(numbers), numbers.ctypes.data) for base, numbers in self._numbers]
        self._ranges = np.array(ranges, layout.CODE_RANGE.dtype)
        operands = self.state.operands
        operands.operations, operands.divides = self._operations.ctypes.data, self._divides.ctypes.data
        operands.ranges, operands.ranges_count = self._ranges.ctypes.data, len(self._ranges)
        priced = timing.operands
        operands.divide_shortest, operands.divide_bits = priced.divide_shortest, priced.divide_bits
        operands.divide_longest = priced.divide_longest
        operands.unaligned_load, operands.unaligned_within_word = priced.unaligned_load, priced.unaligned_within_word

    def _set_up_flash(self, timing: Core, caches: tuple[Caches, ...]) -> None:
        board, flash, unit = self._board, self.state.flash, unit_bytes(self._board)
        memory = board.main_flash
        flash.base, flash.mask, flash.unit_shift = memory.base, memory.size - 1, unit.bit_length() - 1
        flash.alias = memory.aliases[0] if memory.aliases else memory.base
        flash.fetch_ahead, flash.ram_miss_cycles = timing.operands.fetch_ahead, board.flash.ram_miss_cycles
        self._cached, units = _cached_ranges(board, unit)
        flash.cached, flash.cached_count = self._cached.ctypes.data, len(self._cached)
        self._hidden = np.zeros(layout.HIDDEN_BUCKETS, np.int64)
        flash.hidden = self._hidden.ctypes.data
        self._remembered = self._policy.record.structure()
        self._policy.forget(self._remembered)
        flash.policy = ctypes.addressof(self._remembered)
        self._caches = np.zeros(2, layout.CACHE.dtype)
        self._cache_arrays = np.zeros((2, 3, units + 2), np.int64)  # hooks look up to two units ahead
        geometries = board.flash.instruction_cache, board.flash.data_cache
        for cache, arrays, geometry in zip(self._caches, self._cache_arrays, geometries, strict=True):
            cache["stamps"], cache["units"], cache["fills"] = (array.ctypes.data for array in arrays)
            cache["random"] = geometry is not None and geometry.replacement == "random"
        flash.code_cache = self._caches.ctypes.data
        flash.data_cache = flash.code_cache + (0 if board.flash.unified else layout.CACHE.dtype.itemsize)
        self.shadows = Shadows(caches, unit, units, board.flash.unified)
        flash.shadows, flash.shadows_count = self.shadows.records.ctypes.data, len(caches)

    def write_code_down(self, address: int, code: bytes) -> None:
        """Let a recorder know of code that runs for the first time.

        Where it stands in place of other code, what is left of that is compared anew before it runs: a stream holds
        what stands in memory as far as it was seen to run.
        """
        if self.recorder is not None:
            for changed in self.recorder.code(self.table.fold(address), code):
                self.table.price_anew(changed)

    def learn(self, block: Iterable[Instruction]) -> None:
        """Tell the hooks of the loads and divides in a block before it runs for the first time."""
        for now in block:
            operation = _operation(now, self._with_stores or len(self._cached) > 0)
            if operation is not None and self._known.get(now.address) != operation:
                self._known[now.address] = operation
                self._put(now.address, operation)

    def trap(self, unaligned: bool, zero: bool, stores: bool = True) -> None:
        """Have the hooks stop before loads of unaligned addresses and divisions by zero.

        `stores`: before stores, too, which takes time for each.
        """
        self.state.operands.trap_unaligned, self.state.operands.trap_zero = unaligned, zero
        if unaligned and stores and not self._with_stores:
            self._with_stores = True
            for block in self.table.blocks:
                self.learn(block.instructions)

    def _put(self, address: int, operation: tuple[int, ...]) -> None:
        """Put an operation where the hook looks for it, over what stood at its address before."""
        for base, numbers in self._numbers:
            halfword = (address - base) >> 1
            if 0 <= halfword < len(numbers):
                if numbers[halfword] == 0:
                    if self._operation_count == _MAX_OPERATIONS - 1:
                        raise Unpriced(f"more than {_MAX_OPERATIONS - 1} different loads and divides")
                    numbers[halfword] = self._operation_count = self._operation_count + 1
                self._operations[numbers[halfword]] = operation

    def _new_flash_load(self, address: int, _unused: int, _unused_too: int) -> int:
        try:
            self.table.add_flash_load(address)
        except BaseException as error:
            self._fail(error)
        return 0

    @property
    def cycles(self) -> int:
        """Core cycles since power-on: the one clock."""
        return int(self.run.cycles)

    def set_flash(self, programmed: Acceleration) -> None:
        """Let what the firmware has programmed take effect in the hooks."""
        flash, unit = self._board.flash, unit_bytes(self._board)
        setting = programmed.wait_states, programmed.prefetch
        self.reconfigurations += setting != self._flash
        self._flash = setting
        self.state.flash.miss_cycles = programmed.wait_states + flash.miss_overhead_cycles
        self._policy.program(self._remembered, self._board, *setting)
        shapes = (
            shape(flash.instruction_cache, programmed.instruction_cache, unit, programmed.ways),
            shape(flash.data_cache, programmed.data_cache, unit),
        )
        for number, now in enumerate(shapes):
            if self._acceleration is None or self._acceleration[number] != now:
                self._caches[number]["ways"], self._caches[number]["set_mask"] = now.ways, now.sets - 1
                self._cache_arrays[number] = 0
                self._policy.forget(self._remembered)
        self._acceleration = shapes
        self.shadows.enable(programmed.instruction_cache, programmed.data_cache)

    def lose_context(self) -> None:
        """The next block does not follow from the one before: an exception or a reset."""
        self.run.block = -1
        self.state.flash.fetch_unit = -2

    def enter_exception(self, number: int, tail_chained: bool, stacks_fp: bool) -> None:
        """The handler of exception `number` begins. `stacks_fp`: the FPU's registers went to the stack at once."""
        if self.recorder is not None:
            self.recorder.enter_exception(number, tail_chained, stacks_fp)
        self.exceptions += 1
        self._charge_exception(exceptions.entry_cycles(self._entry_cycles, tail_chained, stacks_fp))

    def leave_exception(self, fp_states: int) -> None:
        """A handler has returned. `fp_states`: how often the FPU's registers moved for that."""
        if self.recorder is not None:
            self.recorder.leave_exception(fp_states)
        self._charge_exception(exceptions.return_cycles(fp_states))

    def _charge_exception(self, cycles: int) -> None:
        self.run.cycles += cycles
        self.exception_cycles += cycles
        self.lose_context()

    def sleep_until(self, cycle: int) -> None:
        """Let time pass while the core sleeps."""
        if self.recorder is not None:
            self.recorder.sleep(cycle - self.cycles)
        self.sleep_cycles += cycle - self.cycles
        self.run.cycles = cycle

    def mark(self, operating_point: OperatingPoint) -> Mark:
        """A copy of every counter."""
        if self.recorder is not None:
            self.recorder.mark()
        self._marks += 1
        return Mark(
            number=self._marks - 1,
            cycles=self.cycles,
            edges=self.table.edge_counts(),
            blocks=self.table.block_counts(),
            hidden=self._hidden.copy(),
            divides=self._divides.copy(),
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
    return np.array(ranges, layout.CACHED.dtype), units


def _operation(now: Instruction, stores: bool) -> tuple[int, ...] | None:
    """What the native hook needs to know of a load, divide or, if they matter, a store, None for anything else.

    The stack is never in flash, and hardly ever misses the cache.
    """
    if now.kind is Kind.DIVIDE:
        kind = OperationKind.SIGNED_DIVIDE if now.name == "sdiv" else OperationKind.UNSIGNED_DIVIDE
        return (kind, *now.divided, 0, 0, 0, 0, 1)
    access = now.source or (now.target if stores else None)
    if access is None or access.base == _SP:
        return None
    kind = OperationKind.LOAD if now.source is not None else OperationKind.STORE
    known = int(now.reads_flash)
    return (kind, access.base, access.index, access.shift, access.offset, access.bytes, known, _alignment(now))


def _alignment(now: Instruction) -> int:
    """What an address has to be a multiple of although CCR.UNALIGN_TRP is clear. Arm v7-M ARM, A3.2.1.

    Loads and stores of one integer register have none; exclusive ones the emulator sees to.
    """
    return 4 if now.transfers > 1 or now.name.startswith("v") else 1
