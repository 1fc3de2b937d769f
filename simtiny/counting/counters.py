"""Everything that is counted while an engine runs: the native hooks' state, the block table, operands, exceptions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simtiny.board import Board
from simtiny.counting import layout, records
from simtiny.counting.blocks import MOST_BLOCKS, BlockTable, Region
from simtiny.counting.call_nodes import CallMark
from simtiny.counting.calls import Calls
from simtiny.counting.handlers import Handlers
from simtiny.counting.layout import Level
from simtiny.counting.memory_system import LaneMark, Lanes, MemorySystem
from simtiny.counting.operations import Look, Operation, operation
from simtiny.counting.recorder import Recorder
from simtiny.errors import Unpriced
from simtiny.flash.acceleration import Acceleration
from simtiny.flash.policies import policy_of
from simtiny.image import Move
from simtiny.native import library
from simtiny.profiles import OperatingPoint
from simtiny.settings import AS_IT_IS, MemorySettings
from simtiny.timing import arbitration, exceptions
from simtiny.timing.core import Code, Core

_MAX_OPERATIONS = 1 << 16


@dataclass(frozen=True)
class Mark:
    """Every counter at one moment. `number`: how many marks there were before, since power-on.

    `operating_point`: what was in force. `programmed`: what the firmware had programmed. `handlers`: see
    `simtiny.counting.handlers.Handlers.times`. `running`: exceptions that were being handled, the first one first.
    """

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
    programmed: OperatingPoint
    lanes: tuple[LaneMark, ...]
    handlers: NDArray[np.int64]
    running: tuple[int, ...] = ()
    calls: CallMark | None = None


class Counters:
    """What the native hooks of one engine work on, and what they count.

    `entry_cycles`: of an exception on this core. `regions`: the memories that code runs in.
    `new_edge(before, address, size)` is called for each edge between blocks that is met for the first time; it returns
    the edge's slot, or -1 to stop. `fail` takes an exception that can't pass through native code. `settings`: what is
    otherwise than on the board; `lanes`: other such settings, counted beside them. `moves`: what is priced as if it lay
    elsewhere.
    """

    def __init__(
        self,
        board: Board,
        timing: Core,
        entry_cycles: int,
        regions: tuple[Region, ...],
        new_edge: Callable[[int, int, int], int],
        fail: Callable[[BaseException], None],
        settings: MemorySettings = AS_IT_IS,
        lanes: tuple[MemorySettings, ...] = (),
        moves: tuple[Move, ...] = (),
    ) -> None:
        self._entry_cycles, self._fail = entry_cycles, fail
        self.library = library.load(policy_of(board.flash.kind).library, records.SIGNATURE)
        self.state = layout.STATE.structure()
        self.run = self.state.run
        self.run.moved = -1
        self.memories = MemorySystem(board, timing, self.state, settings)
        self.table = BlockTable(timing, regions, self.state, moves)
        self.recorder: Recorder | None = None
        self.calls: Calls | None = None
        self.exceptions = self.exception_cycles = self.sleep_cycles = 0
        self.handlers = Handlers()
        self._marks = 0
        self.reconfigurations = 0  # how often the clock or the flash was set to something else
        self._flash: tuple[int, bool, int] | None = None  # wait states, prefetch, core's cycles in one of the bus
        self._lanes = Lanes(board, timing, self.state, lanes, MOST_BLOCKS)
        self._callbacks = [library.CALLBACK(new_edge), library.CALLBACK(self._new_flash_load)]
        self.state.table.new_edge, self.state.operands.new_flash_load = map(library.address_of, self._callbacks)
        self.state.branches.mispredict = timing.operands.mispredict
        self._set_up_operands(timing, regions)
        slow = [memory for memory in board.memories if memory.wait_states or memory.arbitration_cycles]
        ranges = [
            (base, memory.size, memory.wait_states, memory.arbitration_cycles)
            for memory in slow
            for base in (memory.base, *memory.aliases)
        ]
        self._arbitrates = any(memory.arbitration_cycles for memory in slow)
        self._slow = np.array(ranges, layout.SLOW.dtype)
        self.state.operands.slow, self.state.operands.slow_count = self._slow.ctypes.data, len(ranges)
        self._moves = np.array([(move.start, move.end, move.to - move.start) for move in moves], layout.MOVE.dtype)
        self.state.operands.moves, self.state.operands.moves_count = self._moves.ctypes.data, len(moves)

    def _set_up_operands(self, timing: Core, regions: tuple[Region, ...]) -> None:
        self._numbers = [(region.base, np.zeros(region.size // 2, np.int32)) for region in regions]
        self._known: dict[int, Operation] = {}  # operations by address
        self._look = Look.ALWAYS_ALIGNED
        self._stack_matters = False
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

    def write_code_down(self, address: int, code: bytes) -> None:
        """Let a recorder know of code that runs for the first time.

        Where it stands in place of other code, what is left of that is compared anew before it runs: a stream holds
        what stands in memory as far as it was seen to run.
        """
        if self.recorder is not None:
            for changed in self.recorder.code(self.table.fold(address), code):
                self.table.price_anew(changed)

    def learn(self, block: Code) -> None:
        """Tell the hooks of the loads and divides in a block before it runs for the first time."""
        waited = self._slow[self._slow["wait_states"] > 0]
        stores, stack = len(self.memories.cached) > 0, len(waited) > 0 or self._stack_matters
        arbitrations = arbitration.waits(block) if self._arbitrates else (0,) * len(block)
        for now, often in zip(block, arbitrations, strict=True):
            if any(slow["base"] <= now.address < slow["base"] + slow["size"] for slow in waited):
                what = "whose wait states are known for loads, not for code"
                raise Unpriced(f"code runs at 0x{now.address:08x}, in a RAM {what}")
            found = operation(now, stores, stack, self._look, often)
            before = self._known.get(now.address)
            if found is not None and before != found:
                self._known[now.address] = found
                # In another block it may wait for RAM otherwise: that it reads from flash is known all the same.
                self._put(now.address, found, is_same=before is not None and before[:-1] == found[:-1])
            elif found is None and self._known.pop(now.address, None) is not None:  # other code stood there before
                self._forget(now.address)

    def trap(self, unaligned: bool, zero: bool) -> None:
        """Have the hooks stop before accesses to unaligned addresses and divisions by zero."""
        self.state.operands.trap_unaligned, self.state.operands.trap_zero = unaligned, zero
        if unaligned:
            self.look_at(Look.ALIGNMENT)

    def align_registers(self) -> None:
        """Have them stop before unaligned accesses to registers, as far as they look at the access at all."""
        self.state.operands.trap_device = 1

    def look_at(self, look: Look) -> None:
        """Have the hooks look at so much from now on, which takes time for each access."""
        if look > self._look:
            self._look = look
            self._learn_anew()

    def _learn_anew(self) -> None:
        for block in self.table.blocks:
            self.learn(block.instructions)

    def halt(self, address: int) -> None:
        """Have the hooks stop before the instruction at `address`, -1: where the next block begins; 0: no longer."""
        self.state.operands.size, self.state.operands.halt = 0, address

    def _put(self, address: int, operation: Operation, is_same: bool) -> None:
        """Put an operation where the hook looks for it, over what stood at its address before, or over the same."""
        for base, numbers in self._numbers:
            halfword = (address - base) >> 1
            if 0 <= halfword < len(numbers):
                if numbers[halfword] == 0:
                    if self._operation_count == _MAX_OPERATIONS - 1:
                        raise Unpriced(f"more than {_MAX_OPERATIONS - 1} different loads and divides")
                    numbers[halfword] = self._operation_count = self._operation_count + 1
                place = self._operations[numbers[halfword] : numbers[halfword] + 1]
                known = place["known"][0] if is_same else 0
                place[0] = operation
                place["known"] |= known

    def _forget(self, address: int) -> None:
        """There is no operation at an address any more."""
        for base, numbers in self._numbers:
            if 0 <= (address - base) >> 1 < len(numbers):
                numbers[(address - base) >> 1] = 0

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

    def may_be_behind_last_block(self, address: int) -> bool:
        """Whether `address` is right behind the block that ran last; True after an exception or reset."""
        if self.run.block < 0:
            return True
        block = self.table.blocks[self.run.block]
        return bool(block.address + len(block.code) == self.table.fold(address))

    def set_flash(self, programmed: Acceleration) -> None:
        """Let what the firmware has programmed take effect in the hooks."""
        self.memories.program(programmed)
        self._lanes.program(programmed)
        before, self._stack_matters = self._stack_matters, self.memories.reads_past_cache or self._lanes.read_past_cache
        if self._stack_matters and not before:
            self._learn_anew()
        in_force = self.memories.acceleration
        setting = in_force.wait_states, in_force.prefetch, in_force.bus_ratio
        self.reconfigurations += setting != self._flash
        self._flash = setting

    def lose_context(self) -> None:
        """The next block does not follow from the one before: an exception or a reset."""
        self.run.block = -1
        if self.state.guard.level >= 0:
            self.state.guard.level = Level.UNKNOWN
        self.state.polling.phase = 0
        self.state.flash.fetch_unit = -2
        self._lanes.lose_context()

    def enter_exception(self, number: int, tail_chained: bool, stacks_fp: bool) -> None:
        """The handler of exception `number` begins. `stacks_fp`: the FPU's registers went to the stack at once."""
        if self.recorder is not None:
            self.recorder.enter_exception(number, tail_chained, stacks_fp)
        self.exceptions += 1
        self.handlers.enter(number, tail_chained, self.cycles)
        cycles = exceptions.entry_cycles(self._entry_cycles, tail_chained, stacks_fp)
        if self.calls is not None:
            self.calls.enter_exception(number, cycles)
        self._charge_exception(cycles)

    def leave_exception(self, fp_states: int) -> None:
        """A handler has returned. `fp_states`: how often the FPU's registers moved for that."""
        self.handlers.end()
        if self.recorder is not None:
            self.recorder.leave_exception(fp_states)
        cycles = exceptions.return_cycles(fp_states)
        if self.calls is not None:
            self.calls.leave_exception(cycles)
        self._charge_exception(cycles)
        self.handlers.leave(self.cycles)

    def _charge_exception(self, cycles: int) -> None:
        self.run.cycles += cycles
        self.exception_cycles += cycles
        self.lose_context()

    def sleep_until(self, cycle: int) -> None:
        """Let time pass while the core sleeps."""
        if self.recorder is not None:
            self.recorder.sleep(cycle - self.cycles)
        if self.calls is not None:
            self.calls.sleep(cycle - self.cycles)
        self.sleep_cycles += cycle - self.cycles
        self.run.cycles = cycle

    def mark(self, operating_point: OperatingPoint, programmed: OperatingPoint) -> Mark:
        """A copy of every counter."""
        if self.recorder is not None:
            self.recorder.mark()
        self._marks += 1
        return Mark(
            number=self._marks - 1,
            cycles=self.cycles,
            edges=self.table.edge_counts(),
            blocks=self.table.block_counts(),
            hidden=self.memories.hidden.copy(),
            divides=self._divides.copy(),
            exceptions=self.exceptions,
            exception_cycles=self.exception_cycles,
            sleep_cycles=self.sleep_cycles,
            reconfigurations=self.reconfigurations,
            operating_point=operating_point,
            programmed=programmed,
            lanes=self._lanes.marks(len(self.table.blocks)),
            handlers=self.handlers.at(self.cycles),
            running=self.handlers.running,
            calls=None if self.calls is None else self.calls.mark(),
        )
