"""The shadow of the firmware's call stack: what the native hooks (native/calls.h) leave to Python.

Plain calls, returns and jumps are followed natively. Here are exceptions, each with a root of its own; switches of
stacks, of threads by an exception or by code that loads the stack pointer; and what leaves several routines at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.call_tree import EXCEPTION, FUNCTION, THREAD, CallTree, StackUse
from simtiny.counting import layout
from simtiny.counting.blocks import MOST_BLOCKS, BlockTable
from simtiny.counting.call_nodes import CallHooks, CallMark, CallNodes
from simtiny.counting.event_marks import AskedEvents, EventMarks
from simtiny.counting.layout import Ending
from simtiny.counting.stack_dip import stack_dip
from simtiny.counting.visits import Visits
from simtiny.image import Image
from simtiny.isa.instruction import Instruction, Kind
from simtiny.native import library
from simtiny.profiles import CodeBlock

_FIRST_ROOM = 1 << 10
MOST_FRAMES = 1 << 22
"""Of one stack: more calls than that do not fit into any board's memories."""


@dataclass
class StackMemory:
    """A stack in memory: see `simtiny.call_tree.StackUse`.

    own_from: the lowest address that no other stack can have. Where nothing but static data ends it, or nothing at all,
    that is `base`: below may be stacks that were allocated.
    """

    name: str
    base: int
    low: int
    limit: int
    limit_by: str
    own_from: int
    low_node: int = -1
    low_block: int = -1


@dataclass
class Shadow:
    """The calls of one thread or handler that have not returned yet, while another one runs.

    `sp`, `pc`: where it was interrupted.
    """

    node: int
    memory: StackMemory
    frames: NDArray[np.void] = field(default_factory=lambda: np.zeros(_FIRST_ROOM, layout.CALL_FRAME.dtype))
    depth: int = 0
    last: tuple[int, int, int] = (-1, 0, 0)
    sp: int = 0
    pc: int = 0


class Calls:
    """What is followed on one engine. `state`: the record of the native hooks.

    `limit(sp, is_main)` says where a stack ends and what tells it; `overflows(memory, address, sp)` is called where one
    goes below. `exception_name` names a root. `fail` takes an exception that can't pass through native code.
    """

    def __init__(
        self,
        state: Any,
        table: BlockTable,
        image: Image,
        hooks: CallHooks,
        limit: Callable[[int, bool], tuple[int | None, str]],
        overflows: Callable[[StackMemory, int, int], None],
        exception_name: Callable[[int], str],
        fail: Callable[[BaseException], None],
    ) -> None:
        self._state, self._calls, self._table = state, state.calls, table
        self._settle, self._limit, self._overflows = hooks.settle, limit, overflows
        self._exception_name, self._fail = exception_name, fail
        self._nodes = CallNodes(state.calls, image, hooks)
        self.visits = Visits(state.calls, lambda: self._nodes.array["parent"])
        self._mark_events = hooks.mark_events
        self._marks: EventMarks | None = None
        self._endings = np.zeros(MOST_BLOCKS, np.int8)
        self._owners = np.full(MOST_BLOCKS, -1, np.int32)
        self._dips = np.zeros(MOST_BLOCKS, np.int32)
        self._learned = 0
        self._listeners: dict[int, list[Callable[[], None]]] = {}
        self._memories: list[StackMemory] = []
        self._threads: list[Shadow] = []
        self._interrupted: list[Shadow] = []  # the thread, and each handler that another one has preempted
        self._returns = False  # whether a handler has ended, and what goes on is not known yet
        calls = self._calls
        calls.endings, calls.owners = self._endings.ctypes.data, self._owners.ctypes.data
        calls.dips = self._dips.ctypes.data
        self._callbacks = [
            library.CALLBACK(self._guarded(function))
            for function in (self._new_node, self._unwind, self._grow, self._check_stack, self._hear)
        ]
        addresses = map(library.address_of, self._callbacks)
        calls.new_node, calls.unwind, calls.grow, calls.check_stack, calls.heard = addresses
        calls.is_on, calls.cell, calls.last = 1, -1, -1

    # --- what the engine tells ------------------------------------------------------------------------------------

    def learn(self) -> None:
        """Take up the blocks that were found since. Before they run."""
        for number in range(self._learned, len(self._table.blocks)):
            block = self._table.blocks[number]
            symbol = self._nodes.symbol_at(block.address)
            ending = ending_of(block.instructions[-1])
            if symbol is not None:
                self._owners[number] = self._nodes.routine(symbol[0], symbol[1], FUNCTION)
                ending |= Ending.NAMED | (Ending.AT_ENTRY if symbol[1] == block.address else 0)
            if any(block.address <= address < block.address + len(block.code) for address in self._listeners):
                ending |= Ending.LISTENED
            self._endings[number] = ending
            dip = stack_dip(block.instructions)
            self._dips[number] = -1 - dip.bytes if dip.moves_sp else dip.bytes
            if self._marks is not None:
                self._marks.learn(number, CodeBlock(block.address, block.code, block.flash_loads))
        self._learned = len(self._table.blocks)

    def mark_events(self, clock_hz: Callable[[], float], asked: AskedEvents) -> None:
        """Note what has happened by when, from the first mark on. Before the first block. See `EventMarks`."""
        self._marks = EventMarks(self._calls, self._mark_events, clock_hz, asked)

    def listen(self, address: int, callback: Callable[[], None]) -> None:
        """Have this called whenever the block with that address is about to begin. It may look, and change nothing."""
        self._listeners.setdefault(address, []).append(callback)
        for number, block in enumerate(self._table.blocks[: self._learned]):
            if block.address <= address < block.address + len(block.code):
                self._endings[number] |= Ending.LISTENED

    def reset(self, sp: int) -> None:
        """The core begins anew, on the main stack."""
        self._settle()
        if self._threads:
            self._put_memory_back()
        self._threads, self._interrupted, self._returns = [], [], False
        self._calls.cell = -1
        shadow = Shadow(self._nodes.root("thread main", THREAD), self._memory(sp, "main", is_main=True))
        self._threads.append(shadow)
        self._resume(shadow)

    def interrupt(self, pc: int, sp: int, frame: int) -> None:
        """Code at `pc` is interrupted, with the stack pointer `sp`, and has its registers at `frame`."""
        self._settle()
        self._calls.cell = -1
        calls = self._calls
        if calls.moved:
            self._find_memory(sp)
        if frame < calls.low:
            calls.low, calls.low_node, calls.low_block = frame, calls.node, -1
            if frame < calls.limit and pc >= 0:  # else the frame is not there, which is a fault of its own
                self._overflows(self._current.memory, pc, sp)
        now = self._suspend()
        now.sp, now.pc = sp, pc
        self._interrupted.append(now)

    def enter_exception(self, number: int, cycles: int) -> None:
        """The handler of an exception begins, which takes so many cycles: behind `interrupt`, or as another ends."""
        self._settle()
        self._calls.cell = -1
        self._returns = False
        root = self._nodes.root(self._exception_name(number), EXCEPTION)
        self._nodes.array["calls"][root] += 1
        self._nodes.array["in_exceptions"][root] += cycles
        self._put_memory_back()
        self._resume(Shadow(root, self._interrupted[-1].memory if self._interrupted else self._threads[0].memory))
        self._calls.moved = layout.ANOTHER

    def leave_exception(self, cycles: int) -> None:
        """A handler has returned, which takes so many cycles."""
        self._settle()
        self._calls.cell = -1
        self._nodes.array["in_exceptions"][self._nodes.root_of(self._calls.node)] += cycles
        self._put_memory_back()
        self._returns = True

    def resume(self, pc: int, sp: int, is_thread: bool) -> None:
        """Code goes on that a handler has returned to. `is_thread`: it is no handler itself."""
        if not self._returns:
            return
        self._returns = False
        before = self._interrupted.pop() if self._interrupted else self._threads[0]
        if is_thread:
            before = next((shadow for shadow in self._threads if shadow.sp == sp), None) or self._new_thread(pc, sp)
            if before.pc != pc and self._routine_at(pc) != self._nodes.array["routine"][before.node]:
                self._threads.remove(before)
                before = self._new_thread(pc, sp)
        if before.pc != pc:
            before.last = (-1, 0, 0)
        self._resume(before)

    def sleep(self, cycles: int) -> None:
        """The core is about to sleep for so long."""
        self._settle()
        self._calls.since += cycles
        if self._marks is not None:
            self._marks.sleep(cycles)
        self._nodes.array["asleep"][self._calls.node] += cycles
        self.visits.asleep(int(self._state.run.cycles), cycles, int(self._calls.node))

    def mark(self) -> CallMark:
        """A copy of every counter."""
        self._settle()
        if self._marks is not None:
            self._marks.mark()
        cells = self._nodes.cells[: self._calls.cells_count].copy()
        return CallMark(int(self._state.run.cycles), cells, self._nodes.array.copy())

    def tree(self, start: CallMark, end: CallMark) -> CallTree:
        """What was called between two marks."""
        return self._nodes.tree(start, end, self.visits, self._stacks(), self._marks)

    def path_now(self) -> int:
        """The node where the core is."""
        return int(self._calls.node)

    # --- stacks ---------------------------------------------------------------------------------------------------

    def _suspend(self) -> Shadow:
        """What runs now, to be gone on with later."""
        calls = self._calls
        shadow = self._current
        shadow.node, shadow.depth = int(calls.node), int(calls.depth)
        shadow.last = (int(calls.last), int(calls.last_begin), int(calls.last_end))
        self._put_memory_back()
        return shadow

    def _resume(self, shadow: Shadow) -> None:
        calls = self._calls
        self._current = shadow
        calls.frames, calls.room, calls.depth = shadow.frames.ctypes.data, len(shadow.frames), shadow.depth
        calls.last, calls.last_begin, calls.last_end = shadow.last
        calls.node = shadow.node
        self._take_memory(shadow.memory)
        self.visits.add(int(self._state.run.cycles), shadow.node)

    def _take_memory(self, memory: StackMemory) -> None:
        calls = self._calls
        self._current.memory = memory
        calls.base, calls.low, calls.limit = memory.base, memory.low, memory.limit
        calls.low_node, calls.low_block, calls.moved = memory.low_node, memory.low_block, 0

    def _put_memory_back(self) -> None:
        calls, memory = self._calls, self._current.memory
        memory.low, memory.low_node, memory.low_block = int(calls.low), int(calls.low_node), int(calls.low_block)

    def _memory(self, sp: int, name: str, is_main: bool = False) -> StackMemory:
        """The stack in memory that an address belongs to, a new one if it is none that was met before."""
        for memory in self._memories:
            if memory.own_from < sp <= memory.base:
                return memory
        for memory in self._memories:
            if memory.low <= sp <= memory.base:
                return memory
        limit, by = self._limit(sp, is_main)
        own_from = (limit if not is_main else self._limit(sp, False)[0]) or sp
        for memory in self._memories:
            if own_from < sp and memory.own_from == own_from:  # the same, seen from further up
                memory.base = max(memory.base, sp)
                return memory
        self._memories.append(StackMemory(name, sp, sp, limit or 0, by, own_from))
        return self._memories[-1]

    def _find_memory(self, sp: int) -> None:
        """The stack pointer was set: see which stack it is on by now."""
        memory = self._current.memory
        if self._calls.moved == layout.ANOTHER or not memory.limit < sp <= memory.base:
            self._put_memory_back()
            names = {each.name for each in self._memories}
            root = self._nodes.name_of(self._nodes.root_of(self._calls.node)).removeprefix("thread ")
            self._take_memory(self._memory(sp, self._nodes.name_of(self._calls.node) if root in names else root))

    def _new_thread(self, pc: int, sp: int) -> Shadow:
        name = self._nodes.name_at(pc)
        shadow = Shadow(self._nodes.root(f"thread {name}", THREAD), self._memory(sp, name), sp=sp, pc=pc)
        self._threads.append(shadow)
        return shadow

    def _stacks(self) -> tuple[StackUse, ...]:
        self._put_memory_back()
        return tuple(
            StackUse(
                memory.name,
                memory.base,
                memory.low,
                memory.limit or None,
                memory.limit_by,
                memory.low_node,
                self._lowest_at(memory.low_block),
            )
            for memory in self._memories
        )

    def _lowest_at(self, block: int) -> int:
        return -1 if block < 0 else stack_dip(self._table.blocks[block].instructions).address

    def _routine_at(self, pc: int) -> int:
        symbol = self._nodes.symbol_at(pc)
        return -1 if symbol is None else self._nodes.routine(symbol[0], symbol[1], FUNCTION)

    # --- what the native hooks ask for ----------------------------------------------------------------------------

    def _guarded(self, function: Callable[[int, int, int], int]) -> Callable[[int, int, int], int]:
        def call(first: int, second: int, third: int) -> int:
            try:
                return function(first, second, third)
            except BaseException as error:  # none may pass through native code
                self._fail(error)
                return 0

        return call

    def _new_node(self, parent: int, site: int, target: int) -> int:
        return self._nodes.add(parent, site, target)

    def _hear(self, address: int, size: int, _unused: int) -> int:
        for each in range(address, address + size, 2):
            for callback in tuple(self._listeners.get(each, ())):
                callback()
        return 0

    def _grow(self, *_unused: int) -> int:
        calls = self._calls
        if calls.depth == calls.room:
            grown = np.zeros(min(4 * len(self._current.frames), MOST_FRAMES), layout.CALL_FRAME.dtype)
            if len(grown) == calls.room:  # nothing that returns: forget the older half
                grown[: calls.room // 2] = self._current.frames[calls.room // 2 :]
                calls.depth = calls.room // 2
            else:
                grown[: calls.room] = self._current.frames
            self._current.frames = grown
            calls.frames, calls.room = grown.ctypes.data, len(grown)
        if calls.cells_count == calls.cells_room:
            self._nodes.grow_cells()
        if calls.visits_count == calls.visits_room:
            self.visits.thin_out()
        if self._marks is not None and calls.marks_count == calls.marks_room:
            self._marks.thin_out()
        return 0

    def _check_stack(self, block: int, sp: int, _unused: int) -> int:
        """The stack pointer is below the stack's limit, or was set to something else."""
        if block < 0:
            self._find_memory(sp)
        else:
            self._put_memory_back()
            at = stack_dip(self._table.blocks[block].instructions).address
            self._overflows(self._current.memory, at, sp)
        return 0

    def _unwind(self, block: int, address: int, sp: int) -> int:
        """Control has come to a block by a jump to an address in a register that is no plain return."""
        shadow = self._suspend()
        for other in self._threads:
            if other is not shadow and other.depth and self._is_top(other, address, sp):
                self._switch(other)
                self._return_to(other.depth - 1)
                return 0
        owner, frames = int(self._owners[block]), shadow.frames[: shadow.depth]
        returns = (frames["return_to"] == address) & (frames["sp"] <= sp)
        stays = (self._nodes.array["routine"][frames["node"]] == owner) & (frames["sp"] >= sp)
        found = np.flatnonzero(returns | stays)
        if owner < 0 and not len(found):  # without symbols: what was called from below here has ended
            found = np.flatnonzero(frames["sp"] > sp)
            stays[found] = True
        if shadow.memory.limit < sp <= shadow.memory.base and len(found):
            depth = int(found[-1])
            if returns[depth]:
                self._return_to(depth)
            else:
                self._calls.depth = depth + 1
                self._go_to(int(frames["node"][depth]))
        elif not shadow.memory.low <= sp <= shadow.memory.base and shadow in self._threads:
            shadow.sp = -1
            self._switch(self._new_thread(address, sp))
        elif shadow.depth and frames["return_to"][-1] == address:
            self._return_to(shadow.depth - 1)
        return 0  # what is left is a jump: the hook sees that another routine runs

    def _is_top(self, shadow: Shadow, address: int, sp: int) -> bool:
        top = shadow.frames[shadow.depth - 1]
        return bool(top["return_to"] == address and top["sp"] == sp)

    def _switch(self, to: Shadow) -> None:
        """Another thread goes on, without an exception."""
        to.last = (-1, 0, 0)
        self._resume(to)

    def _return_to(self, depth: int) -> None:
        """The call at `depth` has returned, and all above it; with it those that have jumped on to it."""
        frames = self._current.frames
        while depth > 0 and frames["is_tail"][depth]:
            depth -= 1
        self._calls.depth = depth
        node = int(frames["node"][depth - 1]) if depth else int(self._nodes.array["parent"][frames["node"][0]])
        self._go_to(node)

    def _go_to(self, node: int) -> None:
        self._calls.node = node
        self.visits.add(int(self._state.run.cycles), node)


def ending_of(last: Instruction) -> int:
    """How a block ends, by its last instruction."""
    ending = 0
    if last.kind is Kind.CALL or last.name == "blx":
        ending = Ending.BY_CALL
    elif last.writes_pc and last.kind not in (Kind.BRANCH, Kind.COMPARE_BRANCH, Kind.TABLE_BRANCH):
        ending = Ending.INDIRECTLY
    if last.conditional:
        ending |= Ending.CONDITIONALLY
    return ending | (Ending.WIDE if last.size == 4 else 0)
