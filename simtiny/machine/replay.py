"""Counts and prices what an engine has written down: the same profile, and no instruction is executed.

Blocks and operands are counted by the native hooks in one loop. Writes to registers go to simtiny's own peripherals, so
that clock, wait states and caches are what the firmware has programmed.
"""

import ctypes
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from typing import BinaryIO

from simtiny.board import Board
from simtiny.counting import difference, stream
from simtiny.counting.counters import Counters, Mark
from simtiny.counting.handlers import Handlers
from simtiny.counting.memories import Memories
from simtiny.counting.stream import IN_NANOSECONDS, RECORD_BYTES, STACKS_FP, TAIL_CHAINED, Event
from simtiny.devices import Devices
from simtiny.engine import LR, SP
from simtiny.errors import BadInput
from simtiny.image import Move
from simtiny.isa.decode import decode
from simtiny.isa.instruction import Instruction
from simtiny.machine import scs
from simtiny.machine.attach import TakesDevices
from simtiny.machine.cores import CORES
from simtiny.machine.nvic import EXCEPTIONS, FIRST_IRQ, Nvic
from simtiny.machine.peripherals import asks_for_dma, build, peripheral_at
from simtiny.machine.programmed import Programmed, ProgrammedBoard
from simtiny.machine.register_map import RegisterMap
from simtiny.machine.serial import Forwarded, Port, SerialPort
from simtiny.machine.switched import Switches
from simtiny.machine.system import BusError, Pins, ResetCause, power_control
from simtiny.notes import Note, NoteKind, Notes
from simtiny.profiles import OperatingPoint, Profile
from simtiny.settings import AS_IT_IS, MemorySettings

_LONGEST_CLOCK = 1 << 56  # cycles: many years
_ACCESS_BYTES = (1, 2, 4)
_MOST_FP_STATES = 2
_ERASED = 0xFF
_MOST_MARKS, _MOST_RESETS = 4096, 4096


class Replay(ProgrammedBoard):
    """One board that does what a stream says. It is the `System` of its peripherals: time passes, nothing else happens.

    `contents`: bytes that stand in memories from the beginning on, as (address, data). `settings`, `lanes` and `moves`
    are those of `simtiny.machine.machine.Machine`. `send` takes what is sent to a serial port, with the port's name.

    `marks`: those of the stream so far, in order. `header`: what the stream says of itself. The callbacks are those of
    `simtiny.engine.Engine`; `on_reconfigured` is told when clock or wait states have become others.

    `on_mark` is told the number of each mark of the stream, which is not kept in `marks` then. `on_operating_point` is
    told when anything of the operating point has become another, with what was in force and what was programmed before.

    `events`: how often each kind of record came that is not counted natively. `taken`: exceptions, by number.
    """

    def __init__(
        self,
        file: BinaryIO,
        board: Board,
        contents: Iterable[tuple[int, bytes]] = (),
        settings: MemorySettings = AS_IT_IS,
        lanes: tuple[MemorySettings, ...] = (),
        moves: tuple[Move, ...] = (),
        send: Callable[[str, bytes], None] = lambda port, data: None,
    ) -> None:
        self.header = stream.read_header(file)
        if self.header.board not in ("", board.id):
            raise BadInput(f"the stream was recorded on {self.header.board}, not on {board.id}")
        self.board, self._send = board, send
        self.marks: list[Mark] = []
        self.serial = SerialPort(board.serial)
        self.devices = Devices()
        self.on_stimulus: Callable[[int, int], None] = lambda port, value: None
        self.on_pin_change: Callable[[str, bool], None] = lambda pin, level: None
        self.on_timer_read: Callable[[], None] | None = None
        self.serial_takes_time = False  # the engine that wrote the stream had its own
        self.on_reconfigured: Callable[[], None] = lambda: None
        self.on_mark: Callable[[int], None] | None = None
        self.on_operating_point: Callable[[OperatingPoint, OperatingPoint], None] | None = None
        self.events: Counter[int] = Counter()
        self.taken: Counter[int] = Counter()
        self._notes = Notes()
        self._untold: set[str] = set()
        self._file = file
        self._core = CORES[board.core]
        given = tuple(contents)
        self._is_given = bool(given)
        self._memories = Memories(board, given)
        timing, entry_cycles, regions = self._core.timing, self._core.entry_cycles, self._memories.regions
        callbacks = self._new_edge, self._fail
        self._counters = Counters(board, timing, entry_cycles, regions, *callbacks, settings, lanes, moves)
        self._count = self._counters.library.function("replay", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
        self._error: BaseException | None = None
        self._stop_requested = False
        self._watches: dict[int, list[Callable[[], None]]] = {}
        self._frame: tuple[int, int, int] | None = None  # address of a block, SP and LR before it
        self._resets = self._marks_met = 0
        self._handles = count()
        self._due: dict[int, Callable[[], None]] = {}  # what a peripheral does next, by itself
        self._programmed = Programmed(board, self._counters)
        self._registers = RegisterMap(board, self.note)
        self._reset()

    def run(self) -> None:
        """Count the whole stream. Raises BadInput for a damaged one, and Unpriced."""
        for records in stream.read_chunks(self._file):
            done = 0
            while done < len(records):
                done = self.count(records, done)

    def count(self, records: bytes, done: int = 0) -> int:
        """Count a chunk of records from byte `done` on, to its end or until `stop` was asked for.

        Returns how many bytes are counted by then. Raises as `run`.
        """
        state, total, done = ctypes.addressof(self._counters.state), len(records) // RECORD_BYTES, done // RECORD_BYTES
        buffer = ctypes.create_string_buffer(records, len(records))
        start = ctypes.addressof(buffer)
        self._stop_requested = False
        while done < total and not self._stop_requested:
            done += int(self._count(state, start + done * RECORD_BYTES, total - done))
            if self._error is not None:
                raise self._error
            if done < total:
                done += self._do(records[done * RECORD_BYTES : (done + 1) * RECORD_BYTES], records, done)
        return done * RECORD_BYTES

    def stop(self) -> None:
        """Have `count` return. For callbacks."""
        self._stop_requested = True

    def watch(self, address: int, callback: Callable[[], None]) -> None:
        """Call back before the basic block with the instruction at `address` is counted."""
        self._watches.setdefault(address, []).append(callback)
        self._counters.table.watch(address)

    @property
    def is_at_watch(self) -> bool:
        """Whether a callback of `watch` runs."""
        return bool(self._counters.run.watched)

    def frame(self, number: int) -> int:
        """SP or LR before a watched block, for its callback. Raises BadInput if the stream doesn't tell."""
        run, frame = self._counters.run, self._frame
        if frame is None or frame[0] != run.watched & 0xFFFF_FFFF:
            raise BadInput("the stream has no FRAME record before the block where a function is entered or returns")
        return {SP: frame[1], LR: frame[2]}[number]

    def mark(self) -> Mark:
        """A copy of every counter."""
        on = self._switches.on(self.clock_hz)
        points = self.operating_point(), self._programmed_point()
        return self._counters.mark(*(replace(each, switched_on=on) for each in points))

    def return_address(self) -> int | None:
        """Where the function that begins with a watched block returns to, for its callback.

        By LR of a FRAME record, else behind the call that the block before ends with; None where neither tells.
        """
        run, table = self._counters.run, self._counters.table
        if self._frame is not None and self._frame[0] == run.watched & 0xFFFF_FFFF:
            return self._frame[2] & ~1
        if run.block < 0:
            return None
        before = table.blocks[run.block]
        last = before.instructions[-1]
        is_call = last.writes_pc and last.writes >> LR & 1
        return before.address + len(before.code) if is_call else None

    def operating_point(self) -> OperatingPoint:
        """What is in force by now."""
        return self._programmed.operating_point(self._power_control)

    def _programmed_point(self) -> OperatingPoint:
        return self._programmed.programmed(self._power_control)

    def profile(self, start: Mark, end: Mark) -> Profile:
        """What was done between two marks, as `Engine.profile`."""
        return difference.profile(self._counters.table, start, end, self.board.id, self.header.image, self.notes)

    def profiles(self, start: Mark, end: Mark) -> tuple[Profile, ...]:
        """The same, and behind it what it is in each lane."""
        window = self.profile(start, end)
        return window, *difference.lanes(window, start, end)

    def read_register(self, address: int, size: int) -> int:
        """Read a register, as the firmware does by a READ record."""
        return self._registers.read(address, size)

    def read_memory(self, address: int, size: int) -> bytes:
        """What stands in a memory, as far as the stream has told: code, and what it began with."""
        return self._memories.read(address, size)

    @property
    def last_block(self) -> tuple[Instruction, ...]:
        """The one that was counted last."""
        block: int = self._counters.run.block
        return self._counters.table.blocks[block].instructions

    @property
    def may_be_interrupted(self) -> bool:
        """Whether the firmware has enabled an interrupt, or that of SysTick."""
        return bool(self._nvic.enabled >> FIRST_IRQ) or self._scs.systick.interrupts

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was met by now that is not known."""
        return self._notes.collected()

    @property
    def cycles_awake(self) -> int:
        """Those that the core did not sleep."""
        return self.cycles - self._counters.sleep_cycles

    @property
    def elapsed_s(self) -> float:
        """Time since power-on by simtiny's clock."""
        return self._programmed.elapsed_s

    def _do(self, record: bytes, records: bytes, index: int) -> int:
        """Do what one record says that is not counted natively. Returns how many records it takes."""
        what, operands = stream.unpack(record)
        event, number, address = what & 0xFF, what >> 8 & 0xFF_FFFF, what >> 32
        counters = self._counters
        self.events[event] += 1
        if event == Event.CODE:
            first = (index + 1) * RECORD_BYTES
            if operands > len(records) - first:
                raise _damaged("code without its bytes")
            self._place_code(address, records[first : first + operands])
            return 1 + stream.code_length(operands)
        if event == Event.WRITE:
            if number not in _ACCESS_BYTES or operands >> 8 * number:
                raise _damaged(f"a write of {number} bytes with the value 0x{operands:x}")
            self._reconfigure(lambda: self._write(address, number, operands))
        elif event == Event.READ:
            if number not in _ACCESS_BYTES:
                raise _damaged(f"a read of {number} bytes")
            self._registers.read(address, number)
        elif event == Event.ENTER:
            if number >= EXCEPTIONS or operands & ~(TAIL_CHAINED | STACKS_FP):
                raise _damaged(f"the exception {number} with the flags {operands}")
            self.taken[number] += 1
            counters.enter_exception(number, bool(operands & TAIL_CHAINED), bool(operands & STACKS_FP))
        elif event == Event.LEAVE:
            if operands > _MOST_FP_STATES:
                raise _damaged(f"the FPU's registers moved {operands} times")
            counters.leave_exception(operands)
        elif event == Event.SLEEP:
            if number == IN_NANOSECONDS:
                operands = round(operands * self.clock_hz["core"] / 1e9)
            if number > IN_NANOSECONDS or counters.cycles + operands > _LONGEST_CLOCK:
                raise _damaged("a sleep of many years" if number <= IN_NANOSECONDS else f"a sleep in the unit {number}")
            counters.sleep_until(counters.cycles + operands)
        elif event == Event.MARK:
            if operands != self._marks_met or operands == _MOST_MARKS:
                raise _damaged(f"mark {operands} behind {self._marks_met} marks, of at most {_MOST_MARKS}")
            self._marks_met += 1
            if self.on_mark is None:
                self.marks.append(self.mark())
            else:
                self.on_mark(operands)
        elif event == Event.RESET:
            self._resets += 1
            if self._resets > _MOST_RESETS:
                raise _damaged(f"more than {_MOST_RESETS} resets")
            self._reconfigure(self._reset)
        elif event == Event.FRAME:
            self._frame = address, operands & 0xFFFF_FFFF, operands >> 32
        elif event == Event.BLOCK and counters.run.watched == (address | operands << 32) != 0:
            self._call_watches(address, operands)
            return 0
        elif event == Event.BLOCK:
            raise _damaged(f"a block of {operands} bytes at 0x{address:08x}")
        elif event in (Event.ACCESS, Event.DIVIDE):
            raise _damaged(f"operands of 0x{address:08x}, which is not in the block that runs")
        else:
            raise BadInput(f"the stream has a record of the unknown kind {event}")
        return 1

    def _write(self, address: int, size: int, value: int) -> None:
        self._registers.write(address, size, value)
        self._do_due()

    def tell_operating_points(self, told: Callable[[OperatingPoint, OperatingPoint], None]) -> None:
        """Have this called as `on_operating_point`."""
        self.on_operating_point = told

    def _reconfigure(self, do: Callable[[], None]) -> None:
        """Do what may change clock, flash or voltage, and tell of it."""
        reconfigurations, told = self._counters.reconfigurations, self.on_operating_point
        before = None if told is None else (self.operating_point(), self._programmed_point())
        do()
        if self._counters.reconfigurations != reconfigurations:
            self.on_reconfigured()
        if told is not None and before is not None:
            changed = before != (self.operating_point(), self._programmed_point())
            if changed or self._counters.reconfigurations != reconfigurations:
                told(*before)

    def _call_watches(self, address: int, size: int) -> None:
        """Before a watched block, which is counted then."""
        run = self._counters.run
        for place in range(address, address + size, 2):
            for callback in tuple(self._watches.get(place, ())):
                callback()
        run.watched, run.pass_watch = 0, address | size << 32

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
                if self._is_given:
                    raise BadInput(
                        f"the stream was made with another image: its code at 0x{address:08x} is not the same"
                    )
                raise _damaged(f"code in flash changes at 0x{address:08x}")
        self._memories.write(address, code)

    def _do_due(self) -> None:
        while self._due:
            self._due.pop(min(self._due))()

    def _reset(self) -> None:
        self._due.clear()
        self._nvic = nvic = Nvic(self.board.priority_bits or self._core.priority_bits)
        self._programmed.reset()
        peripherals = build(self.board, self)
        buses = {name: block for name, block in peripherals.items() if isinstance(block, TakesDevices)}
        self._untold = {name for name, block in buses.items() if not isinstance(block, Port)}
        self._power_control = power_control(peripherals)
        self._switches = Switches(self.board, peripherals)
        self._scs = system_control = scs.of_board(self.board, self._core, self, nvic, lambda: None)
        if self.board.trace_enabled:
            system_control.dwt.enable_trace()
        system_control.itm.on_stimulus = lambda port, value: self.on_stimulus(port, value)
        self._registers.connect(peripherals, system_control)
        for block in peripherals.values():
            if isinstance(block, Pins):
                block.on_pin_change.append(lambda pin, level: self.on_pin_change(pin, level))
        ports = {name: block for name, block in peripherals.items() if isinstance(block, Port)}
        self.serial.connect({name: Forwarded(port, partial(self._send, name)) for name, port in ports.items()})
        self._do_due()
        self._counters.lose_context()
        self._counters.handlers.reset(self.cycles)

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

    @property
    def handlers(self) -> Handlers:
        """Which exceptions are being handled, and how long they took."""
        return self._counters.handlers

    def waits(self) -> Mapping[str, int]:
        """Nothing: which reads are one wait is not in a stream."""
        return {}

    def may_be_behind_last_block(self, address: int) -> bool:
        """Whether `address` is right behind the basic block that ran last; True after an exception or reset."""
        return self._counters.may_be_behind_last_block(address)

    def request_dma(self, line: str, level: bool) -> None:
        """What a controller has moved is in the stream."""

    def dma_served(self, line: str) -> None:
        """Nothing is."""

    def open_window(self, name: str) -> None:
        """What was read there is in the stream."""

    def bus_read(self, address: int, size: int) -> int:
        raise BusError("nothing is moved in a replay")

    def bus_write(self, address: int, size: int, value: int) -> None:
        raise BusError("nothing is moved in a replay")

    def memory_bytes(self, address: int) -> int:
        return 0

    @property
    def moves_data(self) -> bool:
        return False

    def asks_for_dma(self, peripheral: str) -> bool:
        return asks_for_dma(self.board, peripheral)

    def request_behind(self, line: str) -> tuple[str, int] | None:
        """Nothing is moved."""

    def peripheral_at(self, address: int) -> str:
        return peripheral_at(self.board, address)

    def tell(self, wire: str, level: bool) -> None:
        """Which interrupts that has caused is in the stream."""

    def request_reset(self, cause: ResetCause) -> None:
        """The resets that came are in the stream."""

    @property
    def seed(self) -> int:
        return 0

    @property
    def flash_range(self) -> range:
        memory = self.board.main_flash
        return range(memory.base, memory.base + memory.size)

    def read_flash(self, address: int, size: int) -> bytes:
        return self._memories.read(address, size)

    def change_flash(self, address: int, data: bytes) -> None:
        """Code that runs is in the stream."""

    def timer_read(self) -> None:
        if self.on_timer_read is not None:
            self.on_timer_read()

    def note(self, kind: NoteKind, place: str, text: str) -> None:
        if kind is NoteKind.FIRMWARE and place in self._untold:
            return  # a bus that moves nothing here: its FIFO only seems to overflow
        self._notes.add(kind, place, text)


def _damaged(what: str) -> BadInput:
    return BadInput(f"the stream is damaged: {what}")
