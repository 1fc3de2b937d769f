"""Finds firmware that gets nowhere: it loops where nothing can end it, or keeps the machine busy for ever.

Both are found by what is counted, never by a wall clock, so that a run ends at the same place on every host.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from unicorn.arm_const import (
    UC_ARM_REG_BASEPRI,
    UC_ARM_REG_CONTROL,
    UC_ARM_REG_FAULTMASK,
    UC_ARM_REG_FPSCR,
    UC_ARM_REG_PRIMASK,
    UC_ARM_REG_S0,
    UC_ARM_REG_XPSR,
)
from unicorn.unicorn_py3 import Uc

from simtiny.bits import set_bits
from simtiny.counting.counters import Counters
from simtiny.engine import PC, Engine, StopReason
from simtiny.machine import stuck
from simtiny.machine.agenda import Agenda
from simtiny.machine.bus import Bus
from simtiny.machine.core_registers import CORE_REGISTERS, Registers
from simtiny.machine.effort import MOST_RESETS, Effort
from simtiny.machine.execution import Execution
from simtiny.machine.nvic import SYS_TICK, Nvic
from simtiny.machine.polled_bits import bits_text, polled_bits
from simtiny.machine.polling import Polling
from simtiny.machine.preemption import Preemption
from simtiny.machine.system import ALWAYS

FIRST_LOOK_CYCLES = 1 << 21
"""After which the machine first looks for a loop that nothing ends; then always after twice as long."""
LOOP_BLOCKS, LONG_LOOP_BLOCKS = 64, 4096
"""Longest such loop, in basic blocks; longest where a stretch has passed in which nothing changed."""
STRETCH_CYCLES = 1 << 26
"""Awake cycles in which firmware that works mostly changes something in RAM or accesses a register."""
IDLE_STRETCHES = 3
"""In so many of these in a row it always does: a delay counted in a register alone is shorter."""
STALL_CYCLES, STALL_TURNS, LONGEST_STALL_S = 100_000_000, 20_000, 60.0
"""Cycles that were executed, stops of the emulator, or emulated seconds, after which a run without progress ends: the
first two take the host some seconds. A firmware that sleeps for a minute may have something to do then."""
STALL_POLLING = 5
"""How many times as many cycles a firmware may poll a register: it may wait for a counter to go on so far."""
_TURNS_A_CHECK = 64
_MASKS = UC_ARM_REG_PRIMASK, UC_ARM_REG_BASEPRI, UC_ARM_REG_FAULTMASK
_FPU = (*range(UC_ARM_REG_S0, UC_ARM_REG_S0 + 32), UC_ARM_REG_FPSCR)


@dataclass(frozen=True)
class Progress:
    """When the firmware last came to new code: the time, and what there was since power-on."""

    at_s: float
    spent: Effort
    waited: dict[str, int]
    skipped: int


class Standstill:
    """Watches one machine. `step()` runs its next block, and says whether the run may go on behind it.

    `faults`, `turns` and `resets` count those of the machine, `host_calls` its calls by semihosting in this run.
    `last_fault`: what there was before the last reset; `last_reset`: by what that was.
    """

    def __init__(
        self,
        uc: Uc,
        machine: Engine,
        counters: Counters,
        bus: Bus,
        execution: Execution,
        polling: Polling,
        step: Callable[[], bool],
    ) -> None:
        self._machine, self._counters, self._bus, self._execution, self._step = machine, counters, bus, execution, step
        self._polling = polling
        self.patience_s: float | None = None
        self._progress: Progress | None = None  # where there was some last
        self._state = Registers(uc, *CORE_REGISTERS, UC_ARM_REG_XPSR, UC_ARM_REG_CONTROL, *_MASKS, *_FPU)
        self.faults = self.turns = self.resets = self.host_calls = 0
        self.last_fault = self.last_reset = ""
        self._resets_seen = 0
        self._ways_into_code = self._code_bytes = 0
        self._may_be_too_much = False
        self._events = 0  # of earlier agendas
        self._agenda = Agenda()
        self._memory: tuple[bytes, ...] = ()

    def connect(self, nvic: Nvic, preemption: Preemption, agenda: Agenda) -> None:
        """Watch the parts of a board that has just been reset."""
        self._events += self._agenda.fired
        self._nvic, self._preemption, self._agenda = nvic, preemption, agenda

    def begin(self) -> None:
        """A run begins."""
        self._begun = self._spent()
        self.host_calls = 0
        self._preemption.taken.clear()
        self._wait = FIRST_LOOK_CYCLES
        self._next_look = self._counters.cycles + self._wait
        self._idle_stretches, self._stretch, self._memory = 0, self._begun, ()
        self.progress()

    def meets_code(self, size: int) -> bool:
        """Code was met for the first time by this way, or has changed. Whether it may be too much: stop for `check`."""
        self._ways_into_code += 1
        self._progress = None
        self._code_bytes += size
        self._may_be_too_much = self._since(self._begun).is_much_new_code()
        return self._may_be_too_much

    def check(self, every_time: bool) -> tuple[StopReason, str] | None:
        """Before a turn: why the run should end, and what to say of it. Looks at most of them only `every_time`."""
        self.turns += 1
        is_urgent = self._may_be_too_much or self.resets != self._resets_seen
        if every_time or is_urgent or self.turns % _TURNS_A_CHECK == 0:
            self._resets_seen, self._may_be_too_much = self.resets, False
            effort = self._since(self._begun)
            if effort.is_too_much():
                return self._storm(effort)
            if self._stretch_was_idle():
                if loop := self._endless_loop(LONG_LOOP_BLOCKS):
                    return StopReason.ENDLESS, loop
                if self._idle_stretches == IDLE_STRETCHES:
                    return StopReason.ENDLESS, stuck.stretch(IDLE_STRETCHES * STRETCH_CYCLES)
            if self.patience_s is not None and (stall := self._stall(self.patience_s)):
                return StopReason.NO_PROGRESS, stall
        if self._counters.run.cycles < self._next_look:
            return None
        loop = self._endless_loop(LOOP_BLOCKS)
        self._wait *= 2
        self._next_look = self._counters.cycles + self._wait
        return None if loop is None else (StopReason.ENDLESS, loop)

    def progress(self) -> None:
        """Something has happened that the user waits for."""
        self._progress = None

    def polled(self) -> str:
        """What the firmware polls by now, empty where it does not."""
        address = self._polling.polled()
        if address is None:
            return ""
        blocks = self._counters.table.blocks
        loop = [now for number in self._polling.loop() for now in blocks[number].instructions]
        return f"it polls {self._bus.name(address)}{bits_text(polled_bits(loop, self._machine.register))}"

    def _stall(self, patience_s: float) -> str | None:
        """What the firmware has done since it last came to new code, if that was long ago and takes the host long."""
        spent, waited = self._spent(), self._polling.waits()
        if self._progress is None:
            self._progress = Progress(self._machine.elapsed_s, spent, waited, self._polling.skipped)
        begun = self._progress
        now, elapsed_s = spent.since(begun.spent), self._machine.elapsed_s - begun.at_s
        executed = now.cycles_awake - (self._polling.skipped - begun.skipped)
        polling = sum(waited.values()) - sum(begun.waited.values()) - (self._polling.skipped - begun.skipped)
        takes_long = executed - polling > STALL_CYCLES or executed > STALL_POLLING * STALL_CYCLES
        takes_long = takes_long or now.turns > STALL_TURNS or elapsed_s > LONGEST_STALL_S
        if elapsed_s < patience_s or not takes_long:
            return None
        cycles = now.cycles_awake + now.cycles_asleep
        shares = {f"polling {name}": waited[name] - begun.waited.get(name, 0) for name in waited}
        text = stuck.stall(elapsed_s, {"asleep": now.cycles_asleep, **shares}, cycles)
        return f"{text}: {polled}" if (polled := self.polled()) else text

    def _spent(self) -> Effort:
        """What there was since power-on."""
        counters = self._counters
        return Effort(
            self.faults,
            counters.exceptions,
            self._events + self._agenda.fired,
            self.turns - self._execution.in_double_precision,  # each stops the emulator
            self._bus.reads,
            self._bus.writes,
            self.resets,
            counters.cycles - counters.sleep_cycles,
            counters.sleep_cycles,
            self._ways_into_code,
            self._code_bytes,
            self._execution.in_double_precision + self._execution.corrected,
            self._bus.unmapped,
            self._bus.moved,
            self._bus.quick_reads,
        )

    def _since(self, then: Effort) -> Effort:
        """What there was since `then`."""
        return self._spent().since(then)

    def _stretch_was_idle(self) -> bool:
        """Whether for a stretch only the core's own registers have changed, and nothing due can change that."""
        if not self._memory:
            self._stretch, self._memory = self._spent(), self._machine.ram()
        now = self._since(self._stretch)
        if now.cycles_awake < STRETCH_CYCLES:
            return False
        memory = self._machine.ram()
        accesses = now.accesses + now.quick_reads
        is_idle = not (now.faults or now.exceptions or accesses or now.resets) and memory == self._memory
        is_idle = is_idle and not self._can_be_interrupted()
        self._idle_stretches = self._idle_stretches + 1 if is_idle else 0
        self._stretch, self._memory = self._spent(), memory
        return is_idle

    def _storm(self, effort: Effort) -> tuple[StopReason, str]:
        """What keeps the machine busy."""
        board, image = self._machine.board, self._machine.image
        if effort.resets > MOST_RESETS:
            return StopReason.STORM, stuck.reset_storm(effort, self.last_reset, self.last_fault)
        if effort.is_new_code():
            return StopReason.STORM, stuck.new_code(image, effort, self._machine.register(PC))
        if effort.is_helped():
            return StopReason.STORM, stuck.helped(effort)
        if effort.is_moving():
            return StopReason.STORM, stuck.moving(effort)
        if effort.is_polling():
            return StopReason.POLLING, stuck.polling(effort, self._accessed_now())
        taken = self._preemption.taken
        if effort.is_woken() and 2 * self.host_calls > effort.turns:
            return StopReason.STORM, stuck.host_calls(self.host_calls)
        if effort.is_woken() or not taken:
            return StopReason.STORM, stuck.wakes(board, effort, self._nvic.next())
        if effort.is_by_peripherals():
            return StopReason.STORM, stuck.transfers(effort, self._accessed_now())
        handlers = {number: self._preemption.handler(number) for number in taken}
        return StopReason.STORM, stuck.storm(board, image, effort, taken, handlers)

    def _accessed_now(self) -> list[str]:
        """The registers that the next blocks access most."""
        addresses = list[int]()
        accessed = self._bus.sample(lambda: addresses.extend(self._steps(LOOP_BLOCKS)))
        return self._named(accessed, addresses)

    def _steps(self, count: int) -> list[int]:
        """Run some blocks. Returns where they begin."""
        addresses = []
        for _ in range(count):
            addresses.append(self._machine.register(PC))
            if not self._step():
                break
        return addresses

    def _endless_loop(self, most_blocks: int) -> str | None:
        """What to say of the loop that runs now, of so many blocks, if nothing will ever end it."""
        if self._machine.is_asleep or self._can_be_interrupted():
            return None
        blocks = self._blocks_to_the_same_state(most_blocks)
        if blocks is None:
            return None
        state, memory, addresses = self._state.read(), self._machine.ram(), list[int]()
        accessed = self._bus.sample(lambda: addresses.extend(self._steps(blocks)))
        is_steady = all(self._bus.steady_until(address) >= ALWAYS for address in accessed)
        may_change = bool(accessed) and self._agenda.next is not None
        if self._state.read() != state or self._machine.ram() != memory or not is_steady or may_change:
            return None
        return stuck.loop(self._machine.image, addresses, self._named(accessed, addresses))

    def _named(self, accessed: Counter[int], addresses: list[int]) -> list[str]:
        """The registers that are accessed most in a loop of blocks, and of one alone the bit that the loop looks at."""
        names = [self._bus.name(address) for address, _ in accessed.most_common(2)]
        if len(names) == 1:
            names[0] += bits_text(polled_bits(self._counters.table.code_at(addresses), self._machine.register))
        return names

    def _can_be_interrupted(self) -> bool:
        """Whether something due could bring an exception that would run."""
        if self._agenda.next is None:
            return False
        nvic, now = self._nvic, self._preemption.priority_now()
        candidates = set_bits(nvic.enabled >> SYS_TICK << SYS_TICK)
        return any(nvic.group(nvic.priority(number)) < now for number in candidates)

    def _blocks_to_the_same_state(self, most: int) -> int | None:
        """After how many blocks the registers are what they were, with nothing but reading in between."""
        state, before = self._state.read(), self._side_effects()
        for count in range(1, most + 1):
            if not self._step() or self._side_effects() != before:
                return None
            if self._state.read() == state:
                return count
        return None

    def _side_effects(self) -> tuple[int, ...]:
        return self._counters.exceptions, self._bus.writes, self.resets, self._nvic.pending, self._nvic.active
