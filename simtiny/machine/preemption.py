"""Which exception runs now: preemption, masks, tail-chaining and wake-up. Arm v7-M ARM, B1.5."""

from collections.abc import Callable
from typing import Protocol

from unicorn import UC_ERR_WRITE_UNMAPPED
from unicorn.arm_const import (
    UC_ARM_REG_BASEPRI,
    UC_ARM_REG_CONTROL,
    UC_ARM_REG_FAULTMASK,
    UC_ARM_REG_IPSR,
    UC_ARM_REG_PC,
    UC_ARM_REG_PRIMASK,
    UC_ARM_REG_SP,
)
from unicorn.unicorn_py3 import Uc, UcError

from simtiny.board import Board
from simtiny.counting.counters import Counters
from simtiny.errors import FirmwareFault
from simtiny.machine import exceptions, faults
from simtiny.machine.core_registers import Registers, Words
from simtiny.machine.cores import CoreKind
from simtiny.machine.nvic import NMI, SV_CALL, Nvic, masked_priority
from simtiny.machine.scb import SystemControlBlock

_MASKS = UC_ARM_REG_PRIMASK, UC_ARM_REG_FAULTMASK, UC_ARM_REG_BASEPRI


class Fault(Protocol):
    """Sets the fault registers and makes the error: the machine does."""

    def __call__(
        self, what: str, cfsr: int = 0, hfsr: int = 0, address: int | None = None, pc: int | None = None
    ) -> FirmwareFault: ...


class Preemption:
    """Exception entry and return on one core. `vectors()` is the address of the vector table."""

    def __init__(
        self,
        uc: Uc,
        board: Board,
        core: CoreKind,
        nvic: Nvic,
        scs: SystemControlBlock,
        counters: Counters,
        vectors: Callable[[], int],
        fault: Fault,
    ) -> None:
        self._uc, self._board, self._core, self._nvic, self._scs, self._counters = uc, board, core, nvic, scs, counters
        self._vectors, self._fault = vectors, fault
        self._frames = exceptions.Frames(uc, scs)
        self._words = Words(uc)
        self._masks = Registers(uc, *_MASKS)
        self._leaving = Registers(uc, UC_ARM_REG_PC, UC_ARM_REG_IPSR, UC_ARM_REG_CONTROL, *_MASKS)
        self.event_register = False  # what WFE looks at: set by exception entry and return
        self._nmi_faultmask = 0  # FAULTMASK when NMI was entered

    def _masked_priority(self) -> int:
        return masked_priority(self._nvic, *self._masks.read())

    def take(self, pc: int) -> tuple[int, bool]:
        """Enter the pending exception that preempts the code at `pc`.

        Returns the address to go on at, and whether an exception is held back by a mask alone.
        """
        number = self._nvic.next()
        if number is None:
            return pc, False
        priority = self._nvic.group(self._nvic.priority(number))
        if priority >= self._nvic.running_priority():
            return pc, False
        if priority >= self._masked_priority():
            return pc, True
        stack = self._board.memory_at(self._uc.reg_read(UC_ARM_REG_SP) - 32, 32)
        try:
            if stack is None or stack.kind != "ram":
                raise UcError(UC_ERR_WRITE_UNMAPPED)
            exc_return, control = self._frames.push(pc)
        except UcError as error:
            what = f"BusFault: no RAM to stack the registers for {faults.exception_name(number)}"
            raise self._fault(what, faults.STKERR) from error
        stacks_fp = exceptions.has_fp_state(exc_return) and not self._scs.lazy_stacking
        handler = self._enter(number, exc_return, control)
        self._counters.enter_exception(number, tail_chained=False, stacks_fp=stacks_fp)
        return handler, False

    def _enter(self, number: int, exc_return: int, control: int) -> int:
        self._nvic.activate(number)
        if number == NMI:
            self._nmi_faultmask = self._uc.reg_read(UC_ARM_REG_FAULTMASK)
        vector = self._vectors() + 4 * number
        try:
            handler = self._words.read(vector)
        except UcError as error:
            name = faults.exception_name(number)
            what = f"HardFault: the vector of {name} is at 0x{vector:08x}, where nothing is mapped"
            raise self._fault(what, hfsr=faults.VECTTBL) from error
        if not handler & 1:
            name = faults.exception_name(number)
            raise self._fault(f"UsageFault: {name} has no handler, its vector is 0x{handler:08x}", faults.INVSTATE)
        self._frames.enter(number, handler, exc_return & ~self._core.exc_return_zeros, control)
        self.event_register = True
        return handler & ~1

    def call_supervisor(self, pc: int) -> None:
        """Pend SVCall. SVC can't wait: one that may not run now is a HardFault. Arm v7-M ARM, B1.5.4."""
        priority = self._nvic.group(self._nvic.priority(SV_CALL))
        if priority >= min(self._nvic.running_priority(), self._masked_priority()):
            what = "HardFault: SVC while its priority is masked or no higher than what runs"
            raise self._fault(what, hfsr=faults.FORCED, pc=pc - 2)
        self._nvic.pending |= 1 << SV_CALL

    def leave(self) -> int:
        """Return from the handler that runs, by what is in PC. Gives the address that the core goes on at."""
        exc_return, returning, control, primask, faultmask, basepri = self._leaving.read()
        exc_return |= self._core.exc_return_zeros | 1
        if exc_return not in exceptions.EXC_RETURNS:
            raise self._fault(f"UsageFault: exception return by 0x{exc_return:08x} (INVPC)", faults.INVPC)
        self.event_register = True
        self._nvic.deactivate(returning)
        # Every return but NMI's clears FAULTMASK (B1.5.8). NMI's handler may clear it; the processor ignores its
        # setting it (B5.2.1), which Unicorn does not.
        kept = self._nmi_faultmask & faultmask if returning == NMI else 0
        if kept != faultmask:
            self._uc.reg_write(UC_ARM_REG_FAULTMASK, kept)
        number = self._nvic.next()
        if number is not None:
            priority = self._nvic.group(self._nvic.priority(number))
            if priority < min(self._nvic.running_priority(), masked_priority(self._nvic, primask, kept, basepri)):
                handler = self._enter(number, exc_return, control)
                self._counters.enter_exception(number, tail_chained=True, stacks_fp=False)
                return handler
        fp_states = exceptions.fp_states_on_return(control, exc_return, self._scs.lazy_stacking)
        try:
            pc = self._frames.pop(exc_return, control)
        except UcError as error:
            what = "BusFault: no RAM to unstack the registers from on return from an exception"
            raise self._fault(what, faults.UNSTKERR) from error
        self._counters.leave_exception(fp_states)
        return pc

    def wakes(self) -> bool:
        """Whether an exception ends the sleep: one that would run if PRIMASK were clear. Arm v7-M ARM, B1.5.19."""
        number = self._nvic.next()
        if number is None:
            return False
        faultmask, basepri = self._uc.reg_read(UC_ARM_REG_FAULTMASK), self._uc.reg_read(UC_ARM_REG_BASEPRI)
        masked = masked_priority(self._nvic, 0, faultmask, basepri)
        return self._nvic.group(self._nvic.priority(number)) < min(self._nvic.running_priority(), masked)
