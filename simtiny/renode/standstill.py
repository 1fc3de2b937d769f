"""Finds firmware on Renode that gets nowhere, and says why: a fault, a loop that nothing ends, or a storm.

As on simtiny's own machine (`simtiny.machine.standstill`) all is counted, never timed. What Renode's peripherals will
do is not known here: a loop that may wait for one is watched for longer.
"""

import re
import struct
from dataclasses import dataclass
from typing import Protocol

from simtiny.counting.stream import Event
from simtiny.engine import LR, PC, SP, Engine, StopReason
from simtiny.errors import FirmwareFault
from simtiny.exception_names import exception_name, interrupt_name
from simtiny.isa.instruction import FLOATING_POINT, LOADS, Instruction
from simtiny.machine import faults, stuck
from simtiny.machine.effort import MOST_RESETS, Effort
from simtiny.machine.nvic import BUS_FAULT, DEBUG_MONITOR, HARD_FAULT, MEM_MANAGE, USAGE_FAULT
from simtiny.machine.replay import Replay
from simtiny.machine.standstill import IDLE_STRETCHES, STRETCH_CYCLES
from simtiny.notes import NoteKind

FIRST_LOOK_CYCLES = 1 << 21
"""After which it is first looked for a loop that nothing ends; then always after twice as long."""
WAITS_CYCLES = 1 << 27
"""A loop that may wait for a peripheral has waited for so long: more than a second."""
STACK_LOOK_CYCLES = 1 << 16
"""Between two looks at the stack pointer."""
LOOP_BLOCKS = 64
_NOTHING: tuple[str, ...] = ()
_BASIC_FRAME_BYTES, _EXTENDED_FRAME_BYTES = 32, 104
_OUTSIDE = re.compile(r"execute code outside RAM or ROM at (0x[0-9A-Fa-f]+)")
_VTOR = 0xE000_ED08
FAULTS = HARD_FAULT, MEM_MANAGE, BUS_FAULT, USAGE_FAULT, DEBUG_MONITOR
_LOOPS_IN_PLACE = b"\xfe\xe7"  # b .
_NO_SIDE_EFFECT = frozenset((Event.BLOCK, Event.ACCESS, Event.DIVIDE, Event.CODE))
_REASONS = (
    (faults.DIVBYZERO, "divide by zero (DIVBYZERO)"),
    (faults.UNALIGNED, "access to an address that is no multiple of its size (UNALIGNED)"),
    (faults.STKOF, "the stack pointer is below its limit (STKOF)"),
    (faults.NOCP, "no coprocessor (NOCP)"),
    (faults.INVPC, "exception return (INVPC)"),
    (faults.INVSTATE, "branch to an even address (INVSTATE)"),
    (faults.UNDEFINSTR, "undefined instruction"),
    (faults.STKERR, "no RAM to stack the registers for it"),
    (faults.UNSTKERR, "no RAM to unstack the registers from"),
    (faults.PRECISERR, "access where nothing is mapped for it"),
    (faults.IBUSERR, "instruction fetch where there is no code"),
    (faults.IACCVIOL, "instruction fetch from where nothing can be executed"),
)
"""By bits of CFSR, the first that is set."""


class Stepping(Engine, Protocol):
    """A Renode that has asked, and what it holds there."""

    def step(self) -> bool:
        """Run one block more. Whether it may go on behind it."""
        ...

    def core_state(self) -> tuple[int, ...]:
        """R0 to R15, XPSR, CONTROL and the stack pointer that is not in use."""
        ...


@dataclass(frozen=True)
class _OpenFault:
    exception: int
    text: str


class Standstill:
    """Watches one engine, whose records `replay` counts."""

    def __init__(self, engine: Stepping, replay: Replay) -> None:
        self._engine, self._replay = engine, replay
        self._told_faults = 0
        self._open: list[_OpenFault] = []
        self._resets = self._next_stack_look = 0
        self.begin()

    def begin(self) -> None:
        """A run begins."""
        self._begun = self._spent()
        self._taken = self._replay.taken.copy()
        self._wait = FIRST_LOOK_CYCLES
        self._next_look = self._replay.cycles + self._wait
        self._still_since = self._replay.cycles
        self._stretch = self._still_since - STRETCH_CYCLES + FIRST_LOOK_CYCLES
        self._before: tuple[tuple[int, ...], tuple[bytes, ...]] = (), ()

    def _stack_overflow(self) -> str | None:
        """What is wrong with the stack, looked at now and then: Renode has to be asked for it."""
        if self._replay.cycles < self._next_stack_look:
            return None
        self._next_stack_look = self._replay.cycles + STACK_LOOK_CYCLES
        return faults.stack_overflow(self._engine, self._engine.register(SP))

    def _meets_fault(self, number: int) -> None:
        """The handler of the fault `number` begins, where Renode stands."""
        state = self._engine.core_state()
        exc_return, sp = state[LR], state[18] if state[LR] & 4 else state[SP]
        stacked = self._words(sp, 8)
        pc, status = (stacked[6], stacked[7]) if stacked else (0, 0)
        sp += _BASIC_FRAME_BYTES if exc_return & 0x10 else _EXTENDED_FRAME_BYTES
        text = self._describe(number, pc, stacked[5] if stacked else exc_return, sp)
        if status & 0x1FF not in FAULTS:
            self._open.clear()
        self._told_faults += 1
        self._open.append(_OpenFault(number, text))
        where = faults.where(self._engine.image, pc)
        what = text.partition(", at pc")[0]
        self._replay.note(NoteKind.FIRMWARE, f"0x{pc:08x}", f"{what}, at pc {where}: left to the firmware's handler")

    def check(self, why: str, address: int, has_input: bool) -> tuple[StopReason, str] | None:
        """Where Renode has asked `why`, of `address`: why the run should end, and what to say of it.

        `has_input`: something is on its way to the firmware. Raises FirmwareFault where its stack has overflown.
        """
        if why == "fault":
            self._meets_fault(address)
        effort = self._spent().since(self._begun)
        if effort.is_too_much():
            return StopReason.STORM, self._storm(effort)
        if why == "idle" and not has_input:
            if self._loops_in_place():
                return StopReason.ENDLESS, stuck.loop(self._engine.image, [self._engine.register(PC)], _NOTHING)
            return StopReason.IDLE, "it sleeps, and no interrupt has woken it for 10 s of Renode's time"
        if why != "busy":
            return None
        if overflow := self._stack_overflow():
            raise faults.diagnose(self._engine, self.in_words(StopReason.STORM, overflow), self._engine.register(PC))
        if self._nothing_changes():
            return StopReason.ENDLESS, stuck.stretch(self._replay.cycles - self._still_since)
        if self._replay.cycles >= self._next_look:
            loop = self._endless_loop(has_waited=self._wait >= WAITS_CYCLES)
            self._wait *= 2
            self._next_look = self._replay.cycles + self._wait
            if loop is not None:
                return StopReason.ENDLESS, loop
        return None

    def aborted(self, words: str) -> FirmwareFault:
        """What to say where Renode's core has given up, with the words of its log."""
        story = f"{self._story()}; in its handler " if self._open else ""
        outside = _OUTSIDE.search(words)
        if outside is None:
            return faults.with_output(self._engine, f"{story}Renode's core gave up: {words}")
        address = int(outside[1], 16)
        return faults.with_output(self._engine, f"{story}{faults.fetch(address).text(has_only_hard_fault=False)}")

    def in_words(self, reason: StopReason, explanation: str) -> str:
        """What to say of the end of a run. Raises FirmwareFault within a fault's handler: that is what went wrong."""
        number = self._engine.status() & 0x1FF
        if number in FAULTS and self._open:
            handler = faults.where(self._engine.image, self._handler(number))
            name = exception_name(number)
            raise faults.with_output(self._engine, f"{self._story()}; in its {name} handler {handler} {explanation}")
        if number and reason is not StopReason.STORM:
            return f"in the handler of {interrupt_name(self._engine.board, number)} {explanation}"
        return explanation

    def _nothing_changes(self) -> bool:
        """Whether for long only the core's own registers have changed."""
        replay, stretch = self._replay, self._replay.cycles - self._stretch
        if stretch < STRETCH_CYCLES:
            return False
        self._stretch = replay.cycles
        before, self._before = self._before, (self._side_effects(), self._engine.ram())
        if before != self._before or replay.may_be_interrupted:
            self._still_since = replay.cycles
        return replay.cycles - self._still_since >= IDLE_STRETCHES * STRETCH_CYCLES

    def _spent(self) -> Effort:
        replay, events = self._replay, self._replay.events
        return Effort(
            faults=self._told_faults,
            exceptions=replay.taken.total(),
            events=0,
            turns=events[Event.SLEEP],
            reads=events[Event.READ],
            writes=events[Event.WRITE],
            resets=events[Event.RESET],
            cycles_awake=replay.cycles_awake,
            cycles_asleep=replay.cycles - replay.cycles_awake,
        )

    def _storm(self, effort: Effort) -> str:
        board, image = self._engine.board, self._engine.image
        if effort.resets > MOST_RESETS:
            return stuck.reset_storm(effort, "SYSRESETREQ in AIRCR", self._story())
        if effort.is_polling():
            return stuck.polling(effort, _NOTHING)
        taken = self._replay.taken - self._taken
        if effort.is_woken() or not taken:
            return stuck.wakes(board, effort, None)
        text = stuck.storm(board, image, effort, taken, {number: self._handler(number) for number in taken})
        most = max(taken, key=lambda number: taken[number])
        return f"{self._story()}; {text}" if most in FAULTS and self._open else text

    def _story(self) -> str:
        """The first fault, and the last where its handler has made more."""
        if not self._open:
            return ""
        first, *more = [fault.text for fault in self._open]
        return first if not more else f"{first}; in its handler {more[-1]}"

    def _describe(self, number: int, pc: int, lr: int, sp: int) -> str:
        engine = self._engine
        registers = engine.fault_registers()
        parts = [
            f"{exception_name(number)}: {self._reason(registers['CFSR'], pc)}, at pc "
            f"{faults.where(engine.image, pc)}, lr {faults.where(engine.image, lr & ~1)}, sp 0x{sp:08x}"
        ]
        if any(registers.values()):
            parts.append(", ".join(f"{name} 0x{value:08x}" for name, value in registers.items()))
        if overflow := faults.stack_overflow(engine, sp):
            parts.append(overflow)
        return "; ".join(parts)

    def _reason(self, cfsr: int, pc: int) -> str:
        code = self._code(pc, 4)
        if code[1:2] == b"\xbe":
            return "breakpoint without a debugger"
        if cfsr & faults.NOCP and faults.floating_point_at(code, pc) == pc:
            return faults.NO_FPU.what
        reason = next((text for bit, text in _REASONS if cfsr & bit), None)
        if reason is None and code and faults.undefined_at(code, pc) is not None:
            return "undefined instruction"
        return reason or "Renode tells no reason"

    def _loops_in_place(self) -> bool:
        """Renode takes `b .` for sleep."""
        return self._code(self._engine.register(PC), 2) == _LOOPS_IN_PLACE

    def _endless_loop(self, has_waited: bool) -> str | None:
        """What to say of the loop that runs now, if nothing will ever end it."""
        engine, replay = self._engine, self._replay
        if replay.may_be_interrupted:
            return None
        first, memory, before = engine.core_state(), engine.ram(), self._side_effects()
        states, is_plain = [first], True
        for _ in range(LOOP_BLOCKS):
            if not engine.step() or self._side_effects() != before:
                return None
            is_plain = is_plain and self._is_plain(replay.last_block, states[-1])
            if (state := engine.core_state()) == first:
                break
            states.append(state)
        else:
            return None
        if not (is_plain or has_waited) or engine.ram() != memory:
            return None
        return stuck.loop(engine.image, [state[PC] for state in states], _NOTHING)

    def _is_plain(self, block: tuple[Instruction, ...], state: tuple[int, ...]) -> bool:
        """Whether a block does nothing but by the core's registers and memories."""
        written = 0
        for now in block:
            if now.kind in FLOATING_POINT:
                return False
            if now.kind in LOADS and not now.literal:
                source = now.source
                if source is None or source.index >= 0 or written >> source.base & 1:
                    return False
                if self._engine.board.memory_at(state[source.base] + source.offset & 0xFFFF_FFFF) is None:
                    return False
            written |= now.writes
        return True

    def _side_effects(self) -> tuple[int, ...]:
        return tuple(count for event, count in sorted(self._replay.events.items()) if event not in _NO_SIDE_EFFECT)

    def _handler(self, number: int) -> int:
        vectors = self._words(_VTOR, 1)
        entry = self._words(vectors[0] + 4 * number, 1) if vectors else ()
        return entry[0] & ~1 if entry else 0

    def _words(self, address: int, count: int) -> tuple[int, ...]:
        if address != _VTOR and self._engine.board.memory_at(address, 4 * count) is None:
            return ()
        return struct.unpack(f"<{count}I", self._engine.read_memory(address, 4 * count))

    def _code(self, address: int, size: int) -> bytes:
        if self._engine.board.memory_at(address, size) is None:
            return b""
        return self._engine.read_memory(address, size)
