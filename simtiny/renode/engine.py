"""A board that Renode executes and simtiny counts: the `Engine` whose records come from the plugin in Renode.

Renode runs ahead of the count, and stops to ask where something may depend on the answer: at the end of a line that the
firmware prints, when it falls asleep, and after a number of records. Between two questions nothing goes back, so that a
run is the same every time.
"""

import json
import socket
import struct
import tempfile
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simtiny.board import Board
from simtiny.call_tree import CallTree
from simtiny.counting import memories, stream
from simtiny.counting.counters import Mark
from simtiny.counting.handlers import Handlers
from simtiny.counting.stream import Event
from simtiny.engine import StopReason
from simtiny.errors import BadInput
from simtiny.image import Image, Move
from simtiny.image_load import vectors_at_reset
from simtiny.machine.replay import Replay
from simtiny.machine.system import Peripheral
from simtiny.notes import Note, NoteKind
from simtiny.profiles import Profile
from simtiny.renode.conversation import Aborted, conversation
from simtiny.renode.filter import clocks, rules
from simtiny.renode.find import Found
from simtiny.renode.pace import Pace
from simtiny.renode.platform import block_names, clock_commands, platform
from simtiny.renode.process import Running
from simtiny.renode.script import Load, absolute, script
from simtiny.renode.standstill import Standstill
from simtiny.settings import AS_IT_IS, MemorySettings

HERE = Path(__file__).parent
PLUGINS = "registers.cs", "simtiny.cs"
_ASK = b"ASK."
_MEMORY, _REGISTERS = b"MEM.", b"REGS"
_RECORDS = 1 << 18  # between two questions
_FIRST_RECORDS = 1 << 12  # as a run begins: what goes astray is mostly slow
_CYCLES_A_RECORD = 64  # at most, where it matters
_ENOUGH_RECORDS = 16  # to tell what the next ones take
_WITHIN_A_BLOCK = {bytes([event]) for event in (Event.ACCESS, Event.DIVIDE, Event.WRITE, Event.READ)}
_IDLE_S = 10.0
_XPSR, _CONTROL = 16, 17
_FAULT_REGISTERS = {"CFSR": 0xE000_ED28, "HFSR": 0xE000_ED2C, "BFAR": 0xE000_ED38}


class RenodeEngine:
    """One board with one image on Renode: an `Engine`, and a context manager. Behind it, no process is left.

    The parameters are those of `simtiny.machine.machine.Machine`. Raises BadInput where Renode can't be started.
    """

    def __init__(
        self,
        found: Found,
        board: Board,
        image: Image,
        segments: tuple[tuple[int, bytes], ...] = (),
        settings: MemorySettings = AS_IT_IS,
        lanes: tuple[MemorySettings, ...] = (),
        moves: tuple[Move, ...] = (),
    ) -> None:
        self.board, self.image, self.found = board, image, found
        self.on_stimulus: Callable[[int, int], None] = lambda port, value: None
        self.on_pin_change: Callable[[str, bool], None] = lambda pin, level: None
        self.on_timer_read: Callable[[], None] | None = None
        self._explanation = ""
        self._stop_requested = False
        self._counted = 0  # records
        self._last_question = 0, 0  # records and cycles then
        self._records, self._done = b"", 0
        self._waiting: deque[bytes] = deque()  # records behind these
        self._asked: dict[str, Any] = {}  # what Renode asked last; empty while it runs
        self._is_new_question = False
        self._records_ahead = _FIRST_RECORDS
        self._input: list[tuple[str, bytes]] = []
        self._watched: list[int] = []  # addresses before the first run
        self._clocks: Mapping[str, float] = {}
        self._pace = Pace()
        contents = (*((segment.address, segment.data) for segment in image.segments), *segments)
        self._vectors = vectors_at_reset(image, board)
        with ExitStack() as stack:
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="simtiny-", ignore_cleanup_errors=True))
            )
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            port = listening.getsockname()[1]
            path = _write_script(folder, board, contents, self._vectors, port)
            (work := folder / "renode").mkdir()
            running = stack.enter_context(Running(found, path, work))
            self._talk = stack.enter_context(conversation(listening, running))
            try:
                self._replay = Replay(self._talk.file, board, contents, settings, lanes, moves, self._send)
            except (OSError, BadInput) as error:
                raise self._talk.failed(error) from None
            self.initial_sp = struct.unpack("<I", self._replay.read_memory(self._vectors, 4))[0] & ~3
            self.serial = self._replay.serial
            self._standstill = Standstill(self, self._replay)
            self._ports = block_names(board)
            self._replay.on_stimulus = lambda port, value: self.on_stimulus(port, value)
            self._replay.on_pin_change = lambda pin, level: self.on_pin_change(pin, level)
            self._replay.on_timer_read = self._timer_read
            self._replay.on_reconfigured = self._reconfigured
            self._reconfigured()
            self._note()
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, where)  # behind an error Renode is not asked to end: it is ended

    def _timer_read(self) -> None:
        if self.on_timer_read is not None:
            self.on_timer_read()

    # --- running ------------------------------------------------------------------------------------------------

    def run(self, until: Callable[[], bool] | None = None, limit_cycles: int | None = None) -> StopReason:
        """As `Engine.run`. Raises BadInput when Renode ends, Unpriced, and FirmwareFault."""
        end = None if limit_cycles is None else self.cycles + limit_cycles
        self._explanation = ""
        self._standstill.begin()
        self._records_ahead = _FIRST_RECORDS
        while True:
            if self._take_stop() and (until is None or until()):
                self._finish_block()
                return StopReason.CONDITION
            if self._done < len(self._records):
                done = self._replay.count(self._records, self._done)
                self._counted += (done - self._done) // stream.RECORD_BYTES
                self._done = done
                continue
            if self._waiting:
                self._records, self._done = self._waiting.popleft(), 0
                continue
            if end is not None and self.cycles >= end:
                return StopReason.LIMIT
            if self._is_new_question:
                self._is_new_question = False
                found = self._standstill.check(self._asked["why"], self._asked["address"], bool(self._input))
                if found is not None:
                    reason, explanation = found
                    self._explanation = self._standstill.in_words(reason, explanation)
                    return reason
                continue  # it may have gone on for that
            self._answer_for(None if end is None else end - self.cycles)
            self._take_chunk()

    def step(self) -> bool:
        """Run one block more, where Renode has asked. Whether it may go on behind it, and has nothing else to tell."""
        self._answer(1, _IDLE_S)
        self._reach_question()
        while self._waiting and not self._stop_requested:
            self._records, self._done = self._waiting.popleft(), 0
            self._done = self._replay.count(self._records, 0)
        return not self._stop_requested and self._asked["why"] == "busy"

    def _finish_block(self) -> None:
        """Count what belongs to the block that has begun."""
        while self._records[self._done : self._done + 1] in _WITHIN_A_BLOCK:
            record = self._records[self._done : self._done + stream.RECORD_BYTES]
            self._done += self._replay.count(record)

    def _take_stop(self) -> bool:
        stopped, self._stop_requested = self._stop_requested, False
        return stopped

    def _take_chunk(self) -> None:
        try:
            kind, data = self._talk.read()
        except Aborted as error:
            raise self._standstill.aborted(str(error)) from None
        if kind == stream.EVENTS and not len(data) % stream.RECORD_BYTES:
            self._waiting.append(data)
        elif kind == _ASK:
            self._asked, self._is_new_question = json.loads(data), True
        else:
            raise self._talk.broken(f"sent a chunk of another kind, {kind!r}")

    def _answer_for(self, cycles: int | None) -> None:
        """Have Renode go on, if it has asked, for so many cycles at most, about."""
        most = self._records_ahead = min(2 * self._records_ahead, _RECORDS)
        records = most if cycles is None else min(most, self._records_within(cycles))
        self._answer(records, _IDLE_S if cycles is None else min(_IDLE_S, cycles / self.clock_hz["core"]))

    def _records_within(self, cycles: int) -> int:
        """How many records take fewer cycles, as far as those since the last question tell; 1 at least."""
        counted, took = self._counted - self._last_question[0], self.cycles - self._last_question[1]
        self._last_question = self._counted, self.cycles
        most = _CYCLES_A_RECORD if counted < _ENOUGH_RECORDS else min(_CYCLES_A_RECORD, 2 * took // counted + 1)
        return cycles // most + 1

    def _answer(self, records: int, sleep_s: float) -> None:
        """The same until it has so many records, or has slept for so long."""
        if not self._asked:
            return
        lines = []
        if self._asked["why"] == "start":
            lines = [f"filter {rules(self.board, self._watched)}", *(f"clock {clock}" for clock in clocks(self.board))]
        elif self._asked["why"] == "read":
            lines = [f"value {self._replay.read_register(self._asked['address'], self._asked['width'])}"]
        lines += (f"send {self._ports[port]} {data.hex()}" for port, data in self._input)
        self._input.clear()
        commands = self._pace.commands(
            self._asked, self._replay.cycles_awake, self._replay.elapsed_s, self.clock_hz["core"]
        )
        lines += (f"monitor {command}" for command in commands)
        self._talk.answer(*lines, f"go {records} {round(sleep_s * 1e9)}")
        self._asked, self._is_new_question = {}, False

    def _reconfigured(self) -> None:
        """The firmware has set a clock: let Renode's timers go by it."""
        if self.clock_hz != self._clocks:
            self._clocks = dict(self.clock_hz)
            self._pace.clock_commands = clock_commands(self.board, self._clocks)

    def _send(self, port: str, data: bytes) -> None:
        self._input.append((port, data))

    def stop(self) -> None:
        """As `Engine.stop`."""
        self._stop_requested = True
        self._replay.stop()

    def watch(self, address: int, callback: Callable[[], None]) -> None:
        """As `Engine.watch`: before the first run, or where a function that is watched returns to."""
        if self._asked.get("why", "start") == "start":
            self._watched.append(address)
        self._replay.watch(address, callback)

    def listen(self, address: int, callback: Callable[[], None]) -> None:
        """As `Engine.listen`."""
        self.watch(address, callback)

    # --- what was counted ---------------------------------------------------------------------------------------

    def mark(self) -> Mark:
        """As `Engine.mark`."""
        return self._replay.mark()

    def profile(self, start: Mark, end: Mark) -> Profile:
        """As `Engine.profile`."""
        return self._replay.profile(start, end)

    def profiles(self, start: Mark, end: Mark) -> tuple[Profile, ...]:
        """As `Engine.profiles`."""
        return self._replay.profiles(start, end)

    def call_tree(self, start: Mark, end: Mark) -> CallTree:
        """ValueError: who calls whom is not followed here."""
        raise ValueError("calls are not followed on Renode")

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was met by now that is not known."""
        return self._replay.notes

    @property
    def cycles(self) -> int:
        """By simtiny's clock."""
        return self._replay.cycles

    @property
    def clock_hz(self) -> Mapping[str, float]:
        """As the firmware has programmed them in simtiny's own peripherals."""
        return self._replay.clock_hz

    @property
    def elapsed_s(self) -> float:
        """By simtiny's clock."""
        return self._replay.elapsed_s

    @property
    def explanation(self) -> str:
        """Of the last run's end."""
        return self._explanation

    # --- what the core and its memories hold, where Renode has asked ---------------------------------------------

    @property
    def is_asleep(self) -> bool:
        """Whether it was when it asked last."""
        return self._asked.get("why") in ("asleep", "idle")

    @property
    def next_deadline(self) -> int | None:
        """Not known: Renode's peripherals have their own."""
        return None

    def pass_time(self, to_cycle: int) -> None:
        """Time passes in Renode alone."""

    @property
    def handlers(self) -> Handlers:
        """Which exceptions are being handled, and how long they took."""
        return self._replay.handlers

    def waits(self) -> Mapping[str, int]:
        """Nothing: which reads are one wait is not in a stream."""
        return {}

    def may_be_behind_last_block(self, address: int) -> bool:
        """Whether `address` is right behind the basic block that ran last; True after an exception or reset."""
        return self._replay.may_be_behind_last_block(address)

    def register(self, number: int) -> int:
        """R0 to R15: of a watched block's beginning within its callback, else where Renode stands."""
        if self._replay.is_at_watch:
            return self._replay.frame(number)
        return self.core_state()[number]

    def status(self) -> int:
        """XPSR where Renode stands."""
        return self.core_state()[_XPSR]

    def uses_process_stack(self) -> bool:
        """CONTROL.SPSEL where Renode stands."""
        return bool(self.core_state()[_CONTROL] & 2)

    def fault_registers(self) -> dict[str, int]:
        """CFSR, HFSR and BFAR where Renode stands."""
        read = {name: self.read_memory(address, 4) for name, address in _FAULT_REGISTERS.items()}
        return {name: int.from_bytes(data, "little") for name, data in read.items()}

    def read_memory(self, address: int, size: int) -> bytes:
        """What stands there in Renode."""
        data = bytearray()
        self._reach_question()
        self._talk.answer(f"memory {address:#x} {size:#x}")
        while len(data) < size:
            kind, part = self._talk.read()
            if kind != _MEMORY or not part:
                raise self._talk.broken(f"sent a chunk of another kind, {kind!r}, when it was asked for memory")
            data += part
        return bytes(data)

    def ram(self) -> tuple[bytes, ...]:
        """A copy of what the RAMs hold in Renode."""
        return tuple(self.read_memory(m.base, m.size) for m in self.board.memories if m.kind == "ram")

    def ram_used(self) -> int:
        """As `Engine.ram_used`."""
        return memories.ram_used(self.ram())

    def take_accessed(self) -> set[Peripheral | None]:
        """Not told by a stream."""
        return set()

    def _reach_question(self) -> None:
        """Read on until Renode asks."""
        while not self._asked:
            self._take_chunk()

    def core_state(self) -> tuple[int, ...]:
        """R0 to R15, XPSR, CONTROL and the stack pointer that is not in use, where Renode stands."""
        self._reach_question()
        self._talk.answer("registers")
        kind, data = self._talk.read()
        if kind != _REGISTERS:
            raise self._talk.broken(f"sent a chunk of another kind, {kind!r}, when it was asked for registers")
        return struct.unpack("<19I", data)

    def _note(self) -> None:
        hooks = self._replay.header.facts.get("hooks")
        how = (
            ""
            if hooks == "slots"
            else ", by its public hooks, which are slower: its own callbacks are others than known"
        )
        times = "interrupts come, sleeps last and SysTick counts by Renode's own time"
        what = f"executed by Renode {self.found.version}{how}; {times}"
        self._replay.note(NoteKind.ASSUMPTION, "engine", what)
        if self.found.note:
            self._replay.note(NoteKind.ASSUMPTION, "engine", self.found.note)


def _write_script(folder: Path, board: Board, contents: tuple[tuple[int, bytes], ...], vectors: int, port: int) -> Path:
    """All that Renode loads, and the script that does."""
    described, path = folder / "board.repl", folder / "board.resc"
    described.write_text(platform(board), encoding="utf-8")
    loads = []
    for number, (address, data) in enumerate(contents):
        (part := folder / f"part{number}.bin").write_bytes(data)
        loads.append(Load(absolute(part), address))
    text = script(
        board,
        plugins=[absolute(HERE / name) for name in PLUGINS],
        platform=absolute(described),
        loads=loads,
        paced=False,
        vectors=vectors,
        last=(f"cpu SimtinyConnect {port}", "start"),
    )
    path.write_text(text, encoding="utf-8")
    return path
