"""A machine under a debugger: it runs from stop to stop, and counts what it would count without.

What a debugger does to registers and memory of the machine, and what it reads of peripherals, the firmware sees.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from simtiny.engine import StopReason
from simtiny.errors import SimtinyError, Unpriced
from simtiny.machine import faults
from simtiny.machine.cores import CORES
from simtiny.machine.debug_port import Access
from simtiny.machine.faults import Fault
from simtiny.machine.machine import Machine
from simtiny.machine.nvic import DEBUG_MONITOR

# GDB's numbers of signals: include/gdb/signals.def.
SIGINT, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV = 2, 4, 5, 6, 8, 10, 11
_ILLEGAL = faults.UNDEFINSTR | faults.INVSTATE | faults.INVPC | faults.NOCP
_WATCHED = {Access.WRITE: "watch", Access.READ: "rwatch", Access.BOTH: "awatch"}
_BKPT_BYTES = 2


@dataclass(frozen=True)
class Stop:
    """Why the target stands still. `reason`: what a stop reply says of it beside the signal. `text`: for the user.

    `status`: with which the firmware has ended; None where it has not.
    """

    signal: int
    reason: str = ""
    text: str = ""
    status: int | None = None


class Watchpoint(NamedTuple):
    """`size` bytes from `start` on."""

    access: Access
    start: int
    size: int


class Target:
    """One machine. `is_interrupted()` is asked while it runs, and says whether it is to stop."""

    def __init__(self, machine: Machine, is_interrupted: Callable[[], bool] = lambda: False) -> None:
        self.machine, self.is_interrupted = machine, is_interrupted
        self.port = machine.debug_port()
        self.breakpoints: dict[int, str] = {}
        """By address: "swbreak" or "hwbreak", as the debugger has asked for it."""
        self.watchpoints: set[Watchpoint] = set()
        self._watched: dict[int, Callable[[], None]] = {}  # breakpoints that the machine knows of
        self._watched_data: set[Watchpoint] = set()
        self._passed: int | None = None  # the breakpoint that the core stands at, and goes on from
        self._hit: int | None = None
        self._accessed: Watchpoint | None = None
        self._fault: Fault | None = None
        self._interrupted = False
        machine.on_turn, machine.on_fault = self._look, self._keep

    # --- what the machine tells ------------------------------------------------------------------------------------

    def _look(self) -> None:
        if self.is_interrupted():
            self._interrupted = True
            self.machine.stop()

    def _keep(self, fault: Fault) -> None:
        self._fault = fault

    def _reach(self, address: int) -> None:
        if address == self._passed == self.machine.pc:
            self._passed = None
        elif self._hit is None:
            self._hit = address
            self.machine.stop()

    def _access(self, watchpoint: Watchpoint) -> None:
        self._accessed = self._accessed or watchpoint
        self.machine.halt()

    # --- running ---------------------------------------------------------------------------------------------------

    def run(self) -> Stop:
        """Run to the next stop."""
        self._begin()
        self._passed = None if self.machine.rest_of_block else self.machine.pc
        return self._ends(self._run)

    def step(self) -> Stop:
        """Execute one instruction. Breakpoints are passed."""
        return self.step_out_of(range(0))

    def step_out_of(self, addresses: range) -> Stop:
        """Execute instructions, until the next one is none of these or has a breakpoint."""
        self._begin()
        return self._ends(lambda: self._step_out_of(addresses))

    def _begin(self) -> None:
        self._place_breakpoints()
        if self._fault is not None and self._fault.exception == DEBUG_MONITOR:
            self.machine.jump(self.machine.pc + _BKPT_BYTES)  # as debuggers of boards do: BKPT has done its work
        self._hit = self._accessed = self._fault = None
        self._interrupted = False

    def _ends(self, run: Callable[[], Stop]) -> Stop:
        try:
            return run()
        except Unpriced as error:
            return Stop(SIGABRT, text=str(error))
        except SimtinyError as error:
            return Stop(SIGSEGV, text=str(error))

    def _run(self) -> Stop:
        machine = self.machine
        while True:
            ahead = [address for address in machine.rest_of_block[1:] if address in self.breakpoints]
            if ahead:
                machine.run_to(ahead[0])
                reason = StopReason.CONDITION
            else:
                reason = machine.run()
                if self._hit is not None and self._hit != machine.pc:
                    machine.run_to(self._hit)
            self._hit = None
            stop = self._stop()
            if stop is not None:
                return stop
            if reason is not StopReason.CONDITION:
                return self._own_end(reason)

    def _step_out_of(self, addresses: range) -> Stop:
        while True:
            reason = self.machine.step()
            if reason is not None:
                return self._own_end(reason)
            stop = self._stop()
            if stop is not None or self.machine.pc not in addresses:
                return stop or Stop(SIGTRAP)
            self._look()
            if self._interrupted:
                return Stop(SIGINT)

    def _own_end(self, reason: StopReason) -> Stop:
        """The firmware does not go on by itself."""
        text, exit_ = f"{reason.value}: {self.machine.explanation}", self.machine.semihosting.exit
        return Stop(SIGINT, text=text, status=exit_.status if reason is StopReason.EXIT and exit_ else None)

    def _stop(self) -> Stop | None:
        """What there is to stop for where the machine stands now."""
        if self._fault is not None:
            return self._fault_stop(self._fault)
        if self._accessed is not None:
            return Stop(SIGTRAP, f"{_WATCHED[self._accessed.access]}:{self._accessed.start:x};")
        if self.machine.pc in self.breakpoints:
            return Stop(SIGTRAP, f"{self.breakpoints[self.machine.pc]}:;")
        return Stop(SIGINT) if self._interrupted else None

    def _fault_stop(self, fault: Fault) -> Stop:
        if fault.exception == DEBUG_MONITOR:
            return Stop(SIGTRAP)
        has_only_hard_fault = CORES[self.machine.board.core].has_only_hard_fault
        pc = self.machine.pc if fault.pc is None else fault.pc
        text = faults.describe(self.machine, fault.text(has_only_hard_fault), pc)
        if fault.cfsr & _ILLEGAL or "undefined instruction" in fault.what:
            return Stop(SIGILL, text=text)
        if fault.cfsr & faults.DIVBYZERO:
            return Stop(SIGFPE, text=text)
        return Stop(SIGBUS if fault.cfsr & faults.UNALIGNED else SIGSEGV, text=text)

    # --- what the debugger changes ---------------------------------------------------------------------------------

    def _place_breakpoints(self) -> None:
        """Tell the machine what has changed: debuggers take all breakpoints out at each stop, and put them back."""
        for address in self._watched.keys() - self.breakpoints.keys():
            self.machine.unwatch(address, self._watched.pop(address))
        for address in self.breakpoints.keys() - self._watched.keys():
            self._watched[address] = partial(self._reach, address)
            self.machine.watch(address, self._watched[address])
        for watchpoint in self._watched_data - self.watchpoints:
            self.port.unwatch(watchpoint)
        for watchpoint in self.watchpoints - self._watched_data:
            access, start, size = watchpoint
            self.port.watch(watchpoint, access, start, size, partial(self._access, watchpoint))
        self._watched_data = set(self.watchpoints)

    def set_pc(self, address: int) -> None:
        """Have the core go on there. Where it stands already, nothing changes."""
        if address & ~1 != self.machine.pc:
            self._fault = None
            self.machine.jump(address & ~1)

    def reset(self) -> None:
        """As by the reset pin. The clock goes on, and RAM keeps what it holds."""
        self._fault = self.machine.semihosting.exit = None
        self.machine.reset()
