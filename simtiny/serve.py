"""A board for host programs: its serial port on a pseudo-terminal or a TCP port, its pins as events.

Emulated time is the machine's own. By default it runs as fast as the host can; in real time it is never ahead of the
wall clock. Either way a firmware that only waits costs no time of the host, whether it sleeps or polls: a loop that
comes back to the very same state, registers and RAM, will do so until something happens from outside.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence

from simtiny.engine import PC, SP, Engine, StopReason
from simtiny.hostline import HostLine, wait

BITS_A_BYTE = 10
"""On the line: start bit, 8 data bits, stop bit."""
DEFAULT_BAUD = 115_200
"""Until the firmware has programmed its own rate."""
INPUT_LIMIT_BYTES = 256
"""Bytes that the board has taken and that wait for their turn. Others stay with the line, which drops those of a client
that has left."""
SHORT_CYCLES = 256
"""First step after a byte in or out; every further step is twice as long. What a byte sets off in a firmware, such as a
receive interrupt, has begun within it."""
PROOF_CYCLES = 2048
"""Step length from which on it is worth finding out whether the firmware waits."""
LONG_CYCLES = 4_000_000
"""Longest step: 33 ms at 120 MHz. Within it nothing reaches the board."""
REAL_TIME_STEP_S = 0.002
LOOP_BLOCKS = 200
"""Longest waiting loop that is recognized, in basic blocks."""
QUIET_S = 1.0
"""Emulated time without a byte in or out after which a firmware that lets time pass is taken to wait for the host: from
then on its clock goes no faster than the host's. Delays up to this are skipped."""
DORMANT_S = 5.0
"""Likewise, after which its clock all but stands still, so that a tick costs next to nothing."""
DORMANT_PAUSE_S = 0.02
PACED_STEP_S = 0.01
"""How far the clock goes at a time while the firmware waits for the host."""
LAG_S = 0.1
"""How far a board that keeps pace with the wall clock may fall behind and still catch up."""

Position = tuple[int, int]
"""Program counter and stack pointer."""
_REGISTERS = (*range(SP), SP, PC)


def serve(
    machine: Engine,
    lines: Sequence[HostLine],
    stop: int,
    *,
    real_time: bool = False,
    on_pin_change: Callable[[float, str, bool], None] = lambda time_us, pin, level: None,
) -> None:
    """Run the board until the descriptor `stop` is readable.

    `on_pin_change` gets the emulated time of each edge of an output pin. Raises what `Machine.run` does.
    """
    board = ServedBoard(machine, lines, real_time)
    machine.on_pin_change = lambda pin, level: on_pin_change(machine.elapsed_s * 1e6, pin, level)
    timeout_s: float | None = 0.0
    while not wait(lines, stop, timeout_s):
        timeout_s = board.advance()


class ServedBoard:
    """A machine between its host lines, run in steps."""

    def __init__(self, machine: Engine, lines: Sequence[HostLine], real_time: bool) -> None:
        self._machine, self._lines, self._real_time = machine, lines, real_time
        self._input: deque[int] = deque()
        self._output = bytearray()
        self._next_byte = 0  # the cycle from which on the line can bring one
        self._step = SHORT_CYCLES
        self._positions: set[Position] = set()  # all that were ever part of a waiting loop
        self._waited = False  # proven since a byte went in or out
        self._halted = False  # nothing can happen without the host
        self._active_s = 0.0  # emulated time of the last byte
        self._pace = Pace(machine)
        machine.serial.on_transmit = self._transmitted

    def advance(self) -> float | None:
        """Run one step. Returns for how many seconds the host may be waited for, None for any time."""
        self._take_input()
        if self._halted:
            if not self._input:
                return None
            self._resume()
        if self._real_time and self._pace.ahead_s() > 0:  # input ended the pause
            return self._pause_s(paced=True)
        if self._input and self._machine.cycles >= self._next_byte:
            self._deliver()
        try:
            reason = self._machine.run(limit_cycles=self._step_limit())
        finally:
            self._flush()
        if not self._is_waiting(reason):
            self._step = min(2 * self._step, LONG_CYCLES)
            return self._pause_s(paced=self._real_time)
        self._step = SHORT_CYCLES
        if self._input:
            self._machine.pass_time(self._next_byte)
            return self._pause_s(paced=self._real_time)
        self._halted = self._machine.next_deadline is None
        if self._halted:
            return None
        quiet_s = self._machine.elapsed_s - self._active_s
        self._pass_time(PACED_STEP_S)
        if quiet_s > DORMANT_S and not self._real_time:
            self._pace.restart()
            return DORMANT_PAUSE_S
        return self._pause_s(paced=self._real_time or quiet_s > QUIET_S)

    def _take_input(self) -> None:
        for line in self._lines:
            self._input.extend(line.receive(INPUT_LIMIT_BYTES - len(self._input)))

    def _deliver(self) -> None:
        """The next byte has come over the line. The one after it takes as long as it does at the firmware's rate."""
        machine = self._machine
        machine.serial.send(bytes([self._input.popleft()]))
        rate = machine.serial.baud_rate or DEFAULT_BAUD
        self._next_byte = machine.cycles + int(BITS_A_BYTE * machine.clock_hz["core"] / rate)
        self._touch()

    def _transmitted(self, byte: int) -> None:
        self._output.append(byte)
        if self._step > PROOF_CYCLES:
            self._machine.stop()  # a long step that follows on long work: it may wait from now on

    def _flush(self) -> None:
        if self._output:
            for line in self._lines:
                line.send(bytes(self._output))
            self._output.clear()
            self._touch()

    def _touch(self) -> None:
        self._step, self._waited, self._active_s = SHORT_CYCLES, False, self._machine.elapsed_s

    def _step_limit(self) -> int:
        limit = self._step
        if self._real_time:
            limit = min(limit, int(REAL_TIME_STEP_S * self._machine.clock_hz["core"]))
        if self._input:
            limit = min(limit, self._next_byte - self._machine.cycles)
        return max(limit, 1)

    def _is_waiting(self, reason: StopReason) -> bool:
        """Whether the firmware sleeps or polls.

        To have come back to a known place is enough where a mistake only delays it: up to the next byte or event.
        """
        if reason in (StopReason.IDLE, StopReason.EXIT) or self._machine.is_asleep:
            return True
        is_safe = bool(self._input) or (self._waited and self._machine.next_deadline is not None)
        if is_safe and position(self._machine) in self._positions:
            return True
        if self._step < PROOF_CYCLES:
            return False
        found = waiting_positions(self._machine)
        self._positions |= found
        self._waited = bool(found) and not self._output
        return self._waited

    def _resume(self) -> None:
        """The host has sent something to a board that could only wait for it."""
        self._halted = False
        if self._real_time:
            self._pass_time(-self._pace.ahead_s())

    def _pass_time(self, seconds: float) -> None:
        self._machine.pass_time(self._machine.cycles + int(seconds * self._machine.clock_hz["core"]))

    def _pause_s(self, paced: bool) -> float:
        if not paced:
            self._pace.restart()
            return 0.0
        ahead_s = self._pace.ahead_s()
        if ahead_s < -LAG_S:
            self._pace.restart()
        return max(ahead_s, 0.0)


class Pace:
    """Emulated against wall-clock time, both counted from the last restart."""

    def __init__(self, machine: Engine) -> None:
        self._machine = machine
        self.restart()

    def restart(self) -> None:
        """Forget what was gained or lost."""
        self._wall_s, self._emulated_s = time.monotonic(), self._machine.elapsed_s

    def ahead_s(self) -> float:
        """How far the board is ahead of the wall clock."""
        return self._machine.elapsed_s - self._emulated_s - (time.monotonic() - self._wall_s)


def waiting_positions(machine: Engine) -> frozenset[Position]:
    """Where the firmware passes in its loop, if it waits in one for something from outside. Empty: it does not."""
    state, memory = _registers(machine), machine.ram()
    machine.take_accessed()
    positions = set()
    for _ in range(LOOP_BLOCKS):
        machine.run(limit_cycles=1)
        positions.add(position(machine))
        if _registers(machine) == state:
            same = machine.ram() == memory and _is_timeless(machine)
            return frozenset(positions) if same else frozenset()
    return frozenset()


def _is_timeless(machine: Engine) -> bool:
    """Whether none of the registers accessed since it was last asked shows the time. The core's own may."""
    return all(block is not None and block.timeless for block in machine.take_accessed())


def position(machine: Engine) -> Position:
    """Where the firmware stands."""
    return machine.register(PC), machine.register(SP)


def _registers(machine: Engine) -> tuple[int, ...]:
    return (*(machine.register(number) for number in _REGISTERS), machine.status())
