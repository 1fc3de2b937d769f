"""Runs the emulator from one stop to the next, and says what stopped it.

A debugger may have it stop within a block. What is counted stays the same: a block is counted as a whole when it
begins, and what depends on operands as it is executed. So `begin_block` counts, and `go_on` executes, piece by piece.
"""

import ctypes
from collections.abc import Callable, Iterable, Iterator
from enum import Enum

from unicorn import UC_ERR_INSN_INVALID, UC_HOOK_INSN_INVALID, UC_HOOK_INTR, UC_HOOK_MEM_INVALID, UC_MEM_WRITE_PROT
from unicorn.arm_const import UC_ARM_REG_PC
from unicorn.unicorn_py3 import Uc, UcError
from unicorn.unicorn_py3.unicorn import uclib

from simtiny.counting.counters import Counters
from simtiny.counting.layout import Stopped
from simtiny.isa.instruction import Instruction, Kind
from simtiny.machine import double_precision
from simtiny.machine.core_registers import CORE_REGISTERS, Registers
from simtiny.machine.corrections import Corrections
from simtiny.machine.faults import IACCVIOL, INTR_BKPT, INTR_EXCEPTION_EXIT, INTR_SVC, Fault, Faulted, trapped

_FOREVER = 1 << 62
_TRAPS = (Stopped.AT_TRAP, Stopped.AT_GUARD)
_ON_BLOCK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_void_p)


class Ending(Enum):
    """What ended a run."""

    DEADLINE = "the clock has reached the deadline, or an instruction was executed for the emulator"
    WATCH = "a watched block is to run next"
    SUPERVISOR_CALL = "SVC"
    WAIT = "WFI or WFE"
    BREAKPOINT = "BKPT, where the core stands"


class Execution:
    """One emulator. `pc`: where the core stands, between runs.

    `explain(error, access)` makes a fault of what Unicorn stopped for, `explain_interrupt(number, pc)` of what it calls
    an interrupt. `refused()`: an address that the memory protection refuses, and its fault. `leave()` returns from an
    exception: it gives the address to go on at. `call_supervisor()` enters SVCall where nothing else comes first: it
    gives the handler's address, or None. `store(address, size, value)` takes a store to memory that is not written, and
    says whether that is no fault.
    """

    def __init__(
        self,
        uc: Uc,
        counters: Counters,
        explain: Callable[[UcError, tuple[int, int] | None], Fault],
        explain_interrupt: Callable[[int, int], Fault],
        refused: Callable[[], tuple[int, Fault]],
        leave: Callable[[], int],
        call_supervisor: Callable[[], int | None],
        has_double_precision: bool,
        store: Callable[[int, int, int], bool],
    ) -> None:
        self._uc, self._counters = uc, counters
        self._explain, self._explain_interrupt = explain, explain_interrupt
        self._refused, self._leave, self._call_supervisor = refused, leave, call_supervisor
        self._has_double_precision, self._store = has_double_precision, store
        self._program_counter = Registers(uc, UC_ARM_REG_PC)
        self.corrections = Corrections(uc)
        self._error: BaseException | None = None
        self._interrupt = 0
        self._invalid_access: tuple[int, int] | None = None
        self.pc = 0
        self.in_double_precision = 0  # instructions, of all that were executed
        self._stop_at: tuple[int, Callable[[], Fault]] | None = None
        self._on_block = _ON_BLOCK(counters.library.address("on_block"))
        self._end = 0  # of the block that the core stands in the midst of
        self._halted_at: int | None = None  # the instruction behind which a callback wants the run to stop
        uc.hook_add(UC_HOOK_INTR, self._on_interrupt)
        uc.hook_add(UC_HOOK_MEM_INVALID, self._on_invalid_access)
        uc.hook_add(UC_HOOK_INSN_INVALID, lambda uc, data: False)

    def run(self) -> Ending:
        """Run to the next stop. Raises Faulted, and what was handed to `fail`."""
        if self.is_within_block:
            return self.go_on()
        ending = self._run(_FOREVER)
        if self._stop_at is None or self.is_within_block:
            return ending
        (address, fault), begin = self._stop_at, self.pc
        self._stop_at = None
        if address != begin:
            self._uc.ctl_remove_cache(begin, address + 1)  # the block was translated as one that goes on
            ending = self._run(address)
            self._uc.ctl_remove_cache(begin, address + 1)
            if self.pc != address:
                return ending
        raise Faulted(fault())

    def stand_at(self, address: int) -> None:
        """The core goes on there, as if a block began."""
        self.pc, self._end, self._stop_at = address, 0, None

    @property
    def is_within_block(self) -> bool:
        """Whether the core stands in the midst of a block, which is counted and not executed to its end."""
        return self._end != 0

    @property
    def rest_of_block(self) -> range:
        """What of that is not executed yet; empty between two blocks."""
        return range(self.pc, self._end) if self._end else range(0)

    def begin_block(self) -> None:
        """Count the block that a hook has stopped the emulator before. It is executed by `go_on`.

        Raises as `run` does.
        """
        run = self._counters.run
        size = run.stopped_before >> 32
        while True:
            run.deadline, run.pass_watch, run.stopped = _FOREVER, self.pc | size << 32, Stopped.NOT_STOPPED
            self._counters.state.polling.phase = 0  # no turns are skipped up to such a deadline
            self._on_block(self._counters.state.emulator.handle, self.pc, size, ctypes.addressof(self._counters.state))
            self.corrections.settle()
            self._raise_error()
            if run.stopped == Stopped.NOT_STOPPED:
                break
            if run.stopped == Stopped.AT_GUARD:
                self._meet_guard()
            if self._stop_at is not None:  # else the block was put right, and comes again
                address, fault = self._stop_at
                size = address - self.pc
                if not size:
                    self._stop_at = None
                    raise Faulted(fault())
        self._end = self.pc + size

    def step(self) -> Ending:
        """Execute the next instruction alone. Raises as `run` does."""
        if not self.is_within_block:
            self.begin_block()
        return self.go_on(min((now.address for now in self.last_block() if now.address > self.pc), default=None))

    def run_to(self, address: int) -> Ending:
        """Execute what of the block is before the instruction at `address`. Raises as `run` does."""
        if not self.is_within_block:
            self.begin_block()
        return self.go_on(address)

    def go_on(self, to: int | None = None) -> Ending:
        """Execute the rest of the block, or what of it is before the instruction at `to`. Raises as `run` does."""
        begin, end, stop_at, run = self.pc, self._end, self._stop_at, self._counters.run
        until = to or (_FOREVER if self._ends_in_wait() else end)
        run.deadline, run.go_on, self._end, self._stop_at = 0, begin, 0, None
        self._uc.ctl_remove_cache(begin, end + 1)  # it may have been translated as a whole
        try:
            ending = self._run(until)
        finally:
            self._uc.ctl_remove_cache(begin, end + 1)  # and now in part
        if to is not None and self.pc == to:
            self._end = end
        if self.is_within_block:
            self._stop_at = stop_at
        elif stop_at is not None and self.pc == stop_at[0]:
            raise Faulted(stop_at[1]())
        return ending

    def halt(self) -> None:
        """Stop behind the instruction that is being executed: for a callback of its access to memory.

        Within an IT block, stop behind that: the emulator executes it as a whole.
        """
        if self._halted_at is None:
            (self._halted_at,) = self._program_counter.read()
            stops = (now for now in _outside_of_it(self.last_block()) if now.address > (self._halted_at or 0))
            # The emulator's own stop, in such a callback, leaves the instruction half done.
            self._counters.halt(next((now.address for now in stops), -1))
            self._counters.run.deadline = 0

    def _run(self, until: int) -> Ending:
        self._counters.run.stopped = Stopped.NOT_STOPPED
        self._counters.state.polling.phase = 0
        self._interrupt = 0
        self._invalid_access = None
        self._uc._hook_exception = None
        status = uclib.uc_emu_start(self._uc._uch, self.pc | 1, until, 0, 0)  # the binding's own takes longer
        (self.pc,) = self._program_counter.read()
        if self._counters.run.stopped in _TRAPS:
            self._restore_base()
        elif status and self._error is None:
            error = UcError(status)
            if not self._is_hint(error) and not self._is_double_precision(error):
                self._error = Faulted(self._explain(error, self._invalid_access))
            (self.pc,) = self._program_counter.read()
        self._error = self._error or self._uc._hook_exception
        self.corrections.settle()
        self._settle_halt()
        self._raise_error()
        if self._interrupt == INTR_SVC:
            return Ending.SUPERVISOR_CALL
        if self._interrupt == INTR_BKPT:
            return Ending.BREAKPOINT
        if self._interrupt:
            raise Faulted(self._explain_interrupt(self._interrupt, self.pc))
        if self._counters.run.stopped == Stopped.AT_TRAP:
            self.pc = self._counters.run.stopped_at
            raise Faulted(trapped(self.last_block(), self.pc))
        if self._counters.run.stopped == Stopped.AT_GUARD:
            self._meet_guard()
        if self._counters.run.stopped == Stopped.AT_STACK:
            if self.pc == self._counters.run.stopped_at:
                self.pc = self.corrections.move_to_stack_pointer(self.pc)
            else:  # in an IT block, where the emulator does not stop
                self.corrections.align_stack_pointer()
                self._counters.run.stopped = Stopped.NOT_STOPPED
        if self._counters.run.stopped == Stopped.AT_WATCH:
            return Ending.WATCH
        if self._counters.run.stopped == Stopped.NOT_STOPPED and not self.is_within_block and self.pc != until:
            return Ending.WAIT if self._ends_in_wait() else Ending.DEADLINE
        return Ending.DEADLINE

    def _meet_guard(self) -> None:
        """Raise the fault of an access that the memory protection refuses; of code within the block, have it come."""
        address, fault = self._refused()
        if fault.cfsr != IACCVIOL or address == self.pc:
            raise Faulted(fault)
        self.stop_before(address, lambda: fault)

    def _raise_error(self) -> None:
        if self._error is not None:
            error_now, self._error = self._error, None
            raise error_now

    def _settle_halt(self) -> None:
        """Find out whether `halt` has stopped the emulator within a block."""
        if self._halted_at is None:
            return
        halted_at, self._halted_at = self._halted_at, None
        self._counters.halt(0)
        rest = [now.address for now in self.last_block() if now.address > halted_at]
        if self.pc in rest:
            self._end = self._counters.run.block_end

    def _restore_base(self) -> None:
        """The hooks have made an access fail by its base register: put that right."""
        run = self._counters.run
        if run.moved >= 0:
            self._uc.reg_write(CORE_REGISTERS[run.moved], run.moved_from)
            run.moved = -1

    def stop_before(self, address: int, fault: Callable[[], Fault]) -> None:
        """Run the block that is about to run only up to `address`, and then raise what `fault` says.

        For the callback of new edges, which then stops the run.
        """
        self._stop_at = address, fault

    def fail(self, error: BaseException) -> None:
        """Raise this when the emulator stops, which it is asked to do now: no error can pass through it."""
        self._error = self._error or error
        self._uc.emu_stop()

    def correct(self, block: tuple[Instruction, ...]) -> bool:
        """Put right what Unicorn gets wrong in a block. Whether it has to stop, and come to the block again."""
        return self.corrections.add(block)

    @property
    def corrected(self) -> int:
        """How many instructions were executed that Unicorn gets wrong."""
        return self.corrections.executed

    def last_block(self) -> tuple[Instruction, ...]:
        """The block that ran last, empty right after an exception or reset."""
        block = self._counters.run.block
        return self._counters.table.blocks[block].instructions if block >= 0 else ()

    def _ends_in_wait(self) -> bool:
        return any(now.kind is Kind.WAIT for now in self.last_block()[-1:])

    def _is_hint(self, error: UcError) -> bool:
        """Unicorn reports WFE and YIELD as invalid instructions; the program counter is behind them."""
        if error.errno != UC_ERR_INSN_INVALID or not self.last_block():
            return False
        last = self.last_block()[-1]
        return last.name in ("wfe", "yield") and self.pc == last.address + last.size

    def _is_double_precision(self, error: UcError) -> bool:
        """Whether it is an instruction of Cortex-M7 that Unicorn does not know, and was executed here."""
        if error.errno != UC_ERR_INSN_INVALID or not self._has_double_precision:
            return False
        executed = double_precision.execute(self._uc, self.pc)
        self.in_double_precision += executed
        return executed

    def _on_interrupt(self, uc: Uc, number: int, _data: object) -> None:
        try:  # without a stop, which takes longer than an exception's entry or return
            if number == INTR_EXCEPTION_EXIT:
                self.pc = self._leave()
                return
            if number == INTR_SVC:
                handler = self._call_supervisor()
                if handler is not None:
                    self.pc = handler
                    return
        except BaseException as error:
            self.fail(error)
            return
        self._interrupt = number
        uc.emu_stop()

    def _on_invalid_access(self, _uc: Uc, access: int, address: int, size: int, value: int, _data: object) -> bool:
        try:
            if access == UC_MEM_WRITE_PROT and self._store(address, size, value & (1 << 8 * size) - 1):
                return True
        except BaseException as error:
            self.fail(error)
        self._invalid_access = (access, address)
        return False


def _outside_of_it(block: Iterable[Instruction]) -> Iterator[Instruction]:
    """The instructions of a block that are in no IT block."""
    inside = 0
    for now in block:
        if not inside:
            yield now
        inside = len(now.text.split()[0]) - 1 if now.kind is Kind.IT else max(inside - 1, 0)
