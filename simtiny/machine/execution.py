"""Runs the emulator from one stop to the next, and says what stopped it."""

from collections.abc import Callable
from enum import Enum

from unicorn import UC_ERR_INSN_INVALID, UC_HOOK_INSN_INVALID, UC_HOOK_INTR, UC_HOOK_MEM_INVALID
from unicorn.arm_const import UC_ARM_REG_PC
from unicorn.unicorn_py3 import Uc, UcError
from unicorn.unicorn_py3.unicorn import uclib

from simtiny.counting.counters import Counters
from simtiny.counting.layout import Stopped
from simtiny.isa.instruction import Instruction, Kind
from simtiny.machine import double_precision
from simtiny.machine.core_registers import Registers
from simtiny.machine.corrections import Corrections
from simtiny.machine.faults import IACCVIOL, INTR_BKPT, INTR_EXCEPTION_EXIT, INTR_SVC, Fault, Faulted, trapped

_FOREVER = 1 << 62


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
    gives the handler's address, or None.
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
    ) -> None:
        self._uc, self._counters = uc, counters
        self._explain, self._explain_interrupt = explain, explain_interrupt
        self._refused, self._leave, self._call_supervisor = refused, leave, call_supervisor
        self._has_double_precision = has_double_precision
        self._program_counter = Registers(uc, UC_ARM_REG_PC)
        self.corrections = Corrections(uc)
        self._error: BaseException | None = None
        self._interrupt = 0
        self._invalid_access: tuple[int, int] | None = None
        self.pc = 0
        self.in_double_precision = 0  # instructions, of all that were executed
        self._stop_at: tuple[int, Callable[[], Fault]] | None = None
        uc.hook_add(UC_HOOK_INTR, self._on_interrupt)
        uc.hook_add(UC_HOOK_MEM_INVALID, self._on_invalid_access)
        uc.hook_add(UC_HOOK_INSN_INVALID, lambda uc, data: False)

    def run(self) -> Ending:
        """Run to the next stop. Raises Faulted, and what was handed to `fail`."""
        ending = self._run(_FOREVER)
        if self._stop_at is None:
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

    def _run(self, until: int) -> Ending:
        self._counters.run.stopped = Stopped.NOT_STOPPED
        self._interrupt = 0
        self._invalid_access = None
        self._uc._hook_exception = None
        status = uclib.uc_emu_start(self._uc._uch, self.pc | 1, until, 0, 0)  # the binding's own takes longer
        (self.pc,) = self._program_counter.read()
        if status and self._error is None:
            error = UcError(status)
            if not self._is_hint(error) and not self._is_double_precision(error):
                self._error = Faulted(self._explain(error, self._invalid_access))
            (self.pc,) = self._program_counter.read()
        self._error = self._error or self._uc._hook_exception
        self.corrections.settle()
        if self._error is not None:
            error_now, self._error = self._error, None
            raise error_now
        if self._interrupt == INTR_SVC:
            return Ending.SUPERVISOR_CALL
        if self._interrupt == INTR_BKPT:
            return Ending.BREAKPOINT
        if self._interrupt:
            raise Faulted(self._explain_interrupt(self._interrupt, self.pc))
        if self._counters.run.stopped == Stopped.AT_TRAP:
            raise Faulted(trapped(self.last_block(), self.pc))
        if self._counters.run.stopped == Stopped.AT_GUARD:
            address, fault = self._refused()
            if fault.cfsr != IACCVIOL or address == self.pc:
                raise Faulted(fault)
            self.stop_before(address, lambda: fault)  # within the block
        if self._counters.run.stopped == Stopped.AT_STACK:
            self.pc = self.corrections.move_to_stack_pointer(self.pc)
        if self._counters.run.stopped == Stopped.AT_WATCH:
            return Ending.WATCH
        if self._counters.run.stopped == Stopped.NOT_STOPPED and self._ended_in_wait():
            return Ending.WAIT
        return Ending.DEADLINE

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

    def _ended_in_wait(self) -> bool:
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

    def _on_invalid_access(self, _uc: Uc, access: int, address: int, _size: int, _value: int, _data: object) -> bool:
        self._invalid_access = (access, address)
        return False
