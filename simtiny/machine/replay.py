"""Counts and prices what an engine has written down: the same profile, and no instruction is executed.

Blocks and operands are counted by the native hooks in one loop. Writes to registers go to simtiny's own peripherals, so
that clock, wait states and caches are what the firmware has programmed.
"""

import ctypes
from collections.abc import Callable
from itertools import count
from typing import BinaryIO

from simtiny.board import Board
from simtiny.counting import difference, stream
from simtiny.counting.counters import Counters, Mark
from simtiny.counting.memories import Memories
from simtiny.counting.stream import RECORD_BYTES, STACKS_FP, TAIL_CHAINED, Event
from simtiny.errors import BadInput
from simtiny.isa.decode import decode
from simtiny.machine import scs
from simtiny.machine.cores import CORES
from simtiny.machine.nvic import EXCEPTIONS, Nvic
from simtiny.machine.peripherals import build
from simtiny.machine.programmed import Programmed, ProgrammedBoard
from simtiny.machine.register_map import RegisterMap
from simtiny.machine.system import power_control
from simtiny.notes import NoteKind, Notes
from simtiny.profiles import Profile

_LONGEST_CLOCK = 1 << 56  # cycles: many years
_ACCESS_BYTES = (1, 2, 4)
_MOST_FP_STATES = 2
_ERASED = 0xFF
_MOST_MARKS, _MOST_RESETS = 4096, 4096


class Replay(ProgrammedBoard):
    """One board that does what a stream says. It is the `System` of its peripherals: time passes, nothing else happens.

    `marks`: those of the stream so far, in order. `header`: what the stream says of itself.
    """

    def __init__(self, file: BinaryIO, board: Board) -> None:
        self.header = stream.read_header(file)
        if self.header.board != board.id:
            raise BadInput(f"the stream was recorded on {self.header.board}, not on {board.id}")
        self.board = board
        self._notes = Notes()
        self.marks: list[Mark] = []
        self._file = file
        self._core = CORES[board.core]
        self._memories = Memories(board)
        timing, entry_cycles, regions = self._core.timing, self._core.entry_cycles, self._memories.regions
        self._counters = Counters(board, timing, entry_cycles, regions, self._new_edge, self._fail)
        self._count = self._counters.library.function("replay", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
        self._error: BaseException | None = None
        self._resets = 0
        self._handles = count()
        self._due: dict[int, Callable[[], None]] = {}  # what a peripheral does next, by itself
        self._programmed = Programmed(board, self._counters)
        self._registers = RegisterMap(board, self.note)
        self._reset()

    def run(self) -> None:
        """Count the whole stream. Raises BadInput for a damaged one, and Unpriced."""
        for records in stream.read_chunks(self._file):
            self._replay(records)

    def profile(self, start: Mark, end: Mark) -> Profile:
        """What was done between two marks, as `Engine.profile`."""
        return difference.profile(
            self._counters.table, start, end, self.board.id, self.header.image, self._notes.collected()
        )

    def _replay(self, records: bytes) -> None:
        state, total, done = ctypes.addressof(self._counters.state), len(records) // RECORD_BYTES, 0
        buffer = ctypes.create_string_buffer(records, len(records))
        start = ctypes.addressof(buffer)
        while done < total:
            done += int(self._count(state, start + done * RECORD_BYTES, total - done))
            if self._error is not None:
                raise self._error
            if done < total:
                done += self._do(records[done * RECORD_BYTES : (done + 1) * RECORD_BYTES], records, done)

    def _do(self, record: bytes, records: bytes, index: int) -> int:
        """Do what one record says that is not counted natively. Returns how many records it takes."""
        what, operands = stream.unpack(record)
        event, number, address = what & 0xFF, what >> 8 & 0xFF_FFFF, what >> 32
        counters = self._counters
        if event == Event.CODE:
            first = (index + 1) * RECORD_BYTES
            if operands > len(records) - first:
                raise _damaged("code without its bytes")
            self._place_code(address, records[first : first + operands])
            return 1 + stream.code_length(operands)
        if event == Event.WRITE:
            if number not in _ACCESS_BYTES or operands >> 8 * number:
                raise _damaged(f"a write of {number} bytes with the value 0x{operands:x}")
            self._registers.write(address, number, operands)
            self._do_due()
        elif event == Event.ENTER:
            if number >= EXCEPTIONS or operands & ~(TAIL_CHAINED | STACKS_FP):
                raise _damaged(f"the exception {number} with the flags {operands}")
            counters.enter_exception(number, bool(operands & TAIL_CHAINED), bool(operands & STACKS_FP))
        elif event == Event.LEAVE:
            if operands > _MOST_FP_STATES:
                raise _damaged(f"the FPU's registers moved {operands} times")
            counters.leave_exception(operands)
        elif event == Event.SLEEP:
            if counters.cycles + operands > _LONGEST_CLOCK:
                raise _damaged("a sleep of many years")
            counters.sleep_until(counters.cycles + operands)
        elif event == Event.MARK:
            if operands != len(self.marks) or operands == _MOST_MARKS:
                raise _damaged(f"mark {operands} behind {len(self.marks)} marks, of at most {_MOST_MARKS}")
            power = self._power_control
            now, programmed = self._programmed.operating_point(power), self._programmed.programmed(power)
            self.marks.append(counters.mark(now, programmed))
        elif event == Event.RESET:
            self._resets += 1
            if self._resets > _MOST_RESETS:
                raise _damaged(f"more than {_MOST_RESETS} resets")
            self._reset()
        elif event == Event.BLOCK:
            raise _damaged(f"a block of {operands} bytes at 0x{address:08x}")
        elif event in (Event.ACCESS, Event.DIVIDE):
            raise _damaged(f"operands of 0x{address:08x}, which is not in the block that runs")
        else:
            raise BadInput(f"the stream has a record of the unknown kind {event}")
        return 1

    def _new_edge(self, before: int, address: int, size: int) -> int:
        try:
            slot = self._counters.table.add_edge(before, address, size)
            self._counters.learn(decode(self._memories.read(address, size), address))
            return slot
        except BaseException as error:
            self._fail(error)
            return -1

    def _fail(self, error: BaseException) -> None:
        """An exception that can't pass through the native loop: it is raised behind it."""
        self._error = self._error or error

    def _place_code(self, address: int, code: bytes) -> None:
        """Code that stands there from now on. That in flash does not change."""
        memory = self.board.memory_at(address, len(code))
        if memory is not None and memory.kind == "flash":
            before = self._memories.read(address, len(code))
            if any(old not in (_ERASED, new) for old, new in zip(before, code, strict=True)):
                raise _damaged(f"code in flash changes at 0x{address:08x}")
        self._memories.write(address, code)

    def _do_due(self) -> None:
        while self._due:
            self._due.pop(min(self._due))()

    def _reset(self) -> None:
        self._due.clear()
        nvic = Nvic(self.board.priority_bits or self._core.priority_bits)
        self._programmed.reset()
        peripherals = build(self.board, self)
        self._power_control = power_control(peripherals)
        self._registers.connect(peripherals, scs.of_board(self.board, self._core, self, nvic, lambda: None))
        self._do_due()
        self._counters.lose_context()

    # --- the System that peripherals see: exceptions and what a peripheral does by itself are in the stream ---------

    def schedule(self, at_cycle: int, callback: Callable[[], None]) -> int:
        handle = next(self._handles)
        if at_cycle <= self.cycles:
            self._due[handle] = callback
        return handle

    def cancel(self, handle: int) -> None:
        self._due.pop(handle, None)

    def set_irq(self, irq: int, level: bool, source: str) -> None:
        pass

    def timer_read(self) -> None:
        pass

    def note(self, kind: NoteKind, place: str, text: str) -> None:
        self._notes.add(kind, place, text)


def _damaged(what: str) -> BadInput:
    return BadInput(f"the stream is damaged: {what}")
