"""Which exception runs now: preemption, masks, tail-chaining and wake-up. Arm v7-M ARM, B1.5."""

import struct
from collections import Counter
from collections.abc import Callable

from unicorn import UC_ERR_WRITE_UNMAPPED
from unicorn.arm_const import (
    UC_ARM_REG_BASEPRI,
    UC_ARM_REG_FAULTMASK,
    UC_ARM_REG_PRIMASK,
    UC_ARM_REG_SP,
    UC_ARM_REG_XPSR,
)
from unicorn.unicorn_py3 import Uc, UcError

from simtiny.board import Board
from simtiny.counting.counters import Counters
from simtiny.counting.layout import Right
from simtiny.exception_names import exception_name
from simtiny.machine import exceptions, faults
from simtiny.machine.core_registers import Memory, Registers, behind_one
from simtiny.machine.cores import CoreKind
from simtiny.machine.exceptions import Interrupted, Leaving, Stacked
from simtiny.machine.faults import Fault, Faulted
from simtiny.machine.guard import Guard, refusal
from simtiny.machine.nvic import (
    BUS_FAULT,
    DEBUG_MONITOR,
    HARD_FAULT,
    MEM_MANAGE,
    NMI,
    SV_CALL,
    USAGE_FAULT,
    Nvic,
    masked_priority,
)
from simtiny.machine.scb import SystemControlBlock

_WORD, _HALFWORD = struct.Struct("<I"), struct.Struct("<H")
_STACKED_PC = 24
"""Offset in a frame of the address to go on at."""
_CAN_BE_DISABLED = (MEM_MANAGE, BUS_FAULT, USAGE_FAULT, DEBUG_MONITOR)  # by MON_EN, of DebugMonitor


class Preemption:
    """Exception entry and return on one core. `vectors()` is the address of the vector table. Raises Faulted.

    `taken`: how often each exception was, by number.
    """

    def __init__(
        self,
        uc: Uc,
        board: Board,
        core: CoreKind,
        nvic: Nvic,
        scs: SystemControlBlock,
        counters: Counters,
        vectors: Callable[[], int],
        guard: Guard,
    ) -> None:
        self._uc, self._core, self._nvic, self._scs, self._counters = uc, core, nvic, scs, counters
        self._vectors, self._guard = vectors, guard
        self._frames, self._memory = exceptions.Frames(uc, scs), Memory(uc)
        self._masks = Registers(uc, UC_ARM_REG_PRIMASK, UC_ARM_REG_FAULTMASK, UC_ARM_REG_BASEPRI)
        self._rams = [
            range(base, base + memory.size)
            for memory in board.memories
            for base in (memory.base, *memory.aliases)
            if memory.kind == "ram"
        ]
        self.taken: Counter[int] = Counter()
        self.event_register = False  # what WFE looks at: set by exception entry and return
        self._pended = 0  # what did at the last WFE
        self._nmi_faultmask = 0  # FAULTMASK when NMI was entered

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
        caller = self._frames.interrupted()
        if priority >= masked_priority(self._nvic, caller.primask, caller.faultmask, caller.basepri):
            return pc, True
        return self._enter(number, self._stack_for(number, caller, pc)), False

    def _stack_for(self, number: int, caller: Interrupted, pc: int) -> Stacked:
        """Stack the registers for an exception's handler."""
        stacked = self._push(caller, pc)
        if stacked.complete:
            return stacked
        stacking = f"to stack the registers for {exception_name(number)}"
        if self._refuses_frame(caller, Right.MAY_WRITE):
            what = f"the MPU refuses {stacking} at 0x{stacked.frame:08x}"
            raise Faulted(Fault(MEM_MANAGE, what, faults.MSTKERR, pc=pc & ~1, stacked=stacked))
        raise Faulted(Fault(BUS_FAULT, f"no RAM {stacking}", faults.STKERR, pc=pc & ~1, stacked=stacked))

    def _refuses_frame(self, code: Interrupted, right: Right) -> bool:
        """Whether the MPU refuses the code that an exception interrupts a frame below its stack pointer."""
        if not self._guard.is_enabled:
            return False
        unprivileged = bool(code.control & 1) and not code.exception
        frame = (code.sp - 32) & 0xFFFF_FFFF
        return self._guard.refused(frame, 32, right, unprivileged, self.priority_now() < 0) is not None

    def _refuses_unstacking(self, now: Leaving, exc_return: int) -> bool:
        """The same of the frame that an exception's return goes back to."""
        if not self._guard.is_enabled:
            return False
        to_thread, sp = bool(exc_return & 8), now.process_sp if exc_return & 0xC == 0xC else now.main_sp
        unprivileged = to_thread and bool(now.control & 1)
        return self._guard.refused(sp, 32, Right.MAY_READ, unprivileged, self.priority_now() < 0) is not None

    def unmapped(self, fault: Fault) -> Fault:
        """The fault of an access to what is not mapped, or not for it: the MPU may have refused it before."""
        if fault.address is None or not self._guard.is_enabled:
            return fault
        code = self._frames.interrupted()
        right = Right.MAY_WRITE if fault.what.startswith("write") else Right.MAY_READ
        unprivileged = bool(code.control & 1) and not code.exception
        refused = self._guard.refused(fault.address, 1, right, unprivileged, self.priority_now() < 0)
        return fault if refused is None else refusal(fault.address, right, unprivileged)

    def _push(self, caller: Interrupted, pc: int) -> Stacked:
        """Stack the registers as far as there is RAM for them."""
        try:
            in_ram = any(caller.sp - 32 in memory and caller.sp - 1 in memory for memory in self._rams)
            if not in_ram or self._refuses_frame(caller, Right.MAY_WRITE):
                raise UcError(UC_ERR_WRITE_UNMAPPED)
            exc_return, frame = self._frames.push(caller, pc)
            return Stacked(exc_return, caller.control, frame)
        except UcError:
            return Stacked(exceptions.exc_return_from(caller, False), caller.control, caller.sp - 32, complete=False)

    def _enter(self, number: int, stacked: Stacked) -> int:
        """Begin the handler of an exception. Returns its address."""
        self._nvic.activate(number)
        if number == NMI:
            self._nmi_faultmask = self._uc.reg_read(UC_ARM_REG_FAULTMASK)
        vector = self.vector(number)
        try:
            (handler,) = self._memory.read(_WORD, vector)
        except UcError as error:
            self._nvic.deactivate(number)
            if stacked.frame is not None:
                self._uc.reg_write(UC_ARM_REG_SP, stacked.frame)
            what = f"the vector of {exception_name(number)} is at 0x{vector:08x}, where nothing is mapped"
            now = stacked._replace(frame=None)
            raise Faulted(Fault(HARD_FAULT, what, hfsr=faults.VECTTBL, stacked=now)) from error
        exc_return = stacked.exc_return & ~self._core.exc_return_zeros
        if self._counters.calls is not None and stacked.frame is not None:
            goes_on_at = self._memory.read(_WORD, stacked.frame + _STACKED_PC)[0] & ~1 if stacked.complete else -1
            self._counters.calls.interrupt(goes_on_at, self._uc.reg_read(UC_ARM_REG_SP), stacked.frame)
        self._frames.enter(number, handler, exc_return, stacked.control, stacked.frame)
        self.event_register = True
        self.taken[number] += 1
        if not handler & 1:
            what = f"{exception_name(number)} has no handler, its vector is 0x{handler:08x}"
            raise Faulted(Fault(USAGE_FAULT, what, faults.INVSTATE, pc=handler))
        stacks_fp = exceptions.has_fp_state(stacked.exc_return) and not self._scs.lazy_stacking
        tail_chained = stacked.frame is None
        self._counters.enter_exception(number, tail_chained, stacks_fp and not tail_chained)
        return handler & ~1

    def vector(self, number: int) -> int:
        """Address of an exception's vector."""
        return self._vectors() + 4 * number

    def handler(self, number: int) -> int:
        """Address of an exception's handler, 0 where there is no vector."""
        try:
            (handler,) = self._memory.read(_WORD, self.vector(number))
        except UcError:
            return 0
        return handler & ~1

    def priority_now(self) -> int:
        """What an exception must be above to run: the priority of what is active and of the masks."""
        return min(self._nvic.running_priority(), masked_priority(self._nvic, *self._masks.read()))

    def fault_exception(self, wanted: int) -> int | None:
        """The exception that runs for a fault: `wanted` or HardFault; None in lockup. Arm v7-M ARM, B1.5.4."""
        now = self.priority_now()
        if now <= self._nvic.priority(HARD_FAULT):
            return None
        is_enabled = wanted in _CAN_BE_DISABLED and self._nvic.enabled >> wanted & 1
        return wanted if is_enabled and self._nvic.group(self._nvic.priority(wanted)) < now else HARD_FAULT

    def ignores_bus_faults(self) -> bool:
        """Whether a precise one of data is only written down: CCR.BFHFNMIGN, in HardFault, NMI and under FAULTMASK."""
        return self._scs.ignores_bus_faults and self.priority_now() < 0

    def step_over(self, pc: int) -> int:
        """Go on behind the instruction at `pc`, which may be in an IT block. Returns the address."""
        self._uc.reg_write(UC_ARM_REG_XPSR, behind_one(self._uc.reg_read(UC_ARM_REG_XPSR)))
        self._counters.lose_context()
        (halfword,) = self._memory.read(_HALFWORD, pc)
        return pc + (4 if halfword >= 0xE800 else 2)

    def take_fault(self, number: int, fault: Fault, pc: int) -> int:
        """Enter the handler of exception `number` for a fault at `pc`. Returns its address."""
        stacked = fault.stacked or self._push(self._frames.interrupted(), pc)
        return self._enter(number, stacked)

    def call_supervisor(self) -> None:
        """Pend SVCall. SVC can't wait: one that may not run now is a HardFault. Arm v7-M ARM, B1.5.4."""
        self._pend_supervisor_call(self._frames.interrupted())

    def enter_supervisor(self) -> int:
        """Do so, and enter the handler at once. Returns its address."""
        caller = self._frames.interrupted()
        self._pend_supervisor_call(caller)
        number = self._nvic.next()  # SVCall, or what comes before it
        assert number is not None
        return self._enter(number, self._stack_for(number, caller, caller.pc))

    def _pend_supervisor_call(self, caller: Interrupted) -> None:
        priority = self._nvic.group(self._nvic.priority(SV_CALL))
        masked = masked_priority(self._nvic, caller.primask, caller.faultmask, caller.basepri)
        if priority >= min(self._nvic.running_priority(), masked):
            what = "SVC while its priority is masked or no higher than what runs"
            raise Faulted(Fault(HARD_FAULT, what, hfsr=faults.FORCED, pc=(caller.pc & ~1) - 2))
        self._nvic.pending |= 1 << SV_CALL

    def leave(self) -> int:
        """Return from the handler that runs, by what is in PC. Gives the address that the core goes on at."""
        now = self._frames.leaving()
        exc_return = now.pc | self._core.exc_return_zeros | 1
        if not now.exception:
            what = f"instruction fetch from 0x{now.pc & ~1:08x}, which can't be executed"
            if exc_return in exceptions.EXC_RETURNS:
                what += f": 0x{now.pc | 1:08x} is EXC_RETURN only in an exception's handler"
            raise Faulted(Fault(MEM_MANAGE, what, faults.IACCVIOL, pc=now.pc & ~1))
        self._nvic.deactivate(now.exception)
        stacked = Stacked(exc_return, now.control, None)
        if exc_return not in exceptions.EXC_RETURNS:
            what = f"exception return by 0x{exc_return:08x} (INVPC)"
            raise Faulted(Fault(USAGE_FAULT, what, faults.INVPC, pc=now.pc & ~1, stacked=stacked))
        self.event_register = True
        # Every return but NMI's clears FAULTMASK (B1.5.8). NMI's handler may clear it; the processor ignores its
        # setting it (B5.2.1), which Unicorn does not.
        kept = self._nmi_faultmask & now.faultmask if now.exception == NMI else 0
        if kept != now.faultmask:
            self._uc.reg_write(UC_ARM_REG_FAULTMASK, kept)
        number = self._nvic.next()
        if number is not None:
            priority = self._nvic.group(self._nvic.priority(number))
            masked = masked_priority(self._nvic, now.primask, kept, now.basepri)
            if priority < min(self._nvic.running_priority(), masked):
                return self._enter(number, stacked)
        fp_states = exceptions.fp_states_on_return(now.control, exc_return, self._scs.lazy_stacking)
        if self._refuses_unstacking(now, exc_return):
            what = "the MPU refuses to unstack the registers on return from an exception"
            raise Faulted(Fault(MEM_MANAGE, what, faults.MUNSTKERR, pc=now.pc & ~1, stacked=stacked))
        try:
            pc = self._frames.pop(exc_return, now)
        except UcError as error:
            what = "no RAM to unstack the registers from on return from an exception"
            raise Faulted(Fault(BUS_FAULT, what, faults.UNSTKERR, pc=now.pc & ~1, stacked=stacked)) from error
        self._counters.leave_exception(fp_states)
        return pc

    def take_event(self) -> bool:
        """What WFE does if it finds an event: it clears that, and goes on. Arm v7-M ARM, B1.5.18."""
        event = self.event_register or self._pends_anew()
        self.event_register, self._pended = False, self._nvic.pending
        return event

    def _pends_anew(self) -> bool:
        """Whether what did not pend at the last WFE pends now, and SCR.SEVONPEND makes an event of that."""
        self._pended &= self._nvic.pending
        return self._scs.event_on_pend and self._nvic.pending != self._pended

    def wakes(self, waits_for_event: bool) -> bool:
        """Whether an exception ends the sleep: one that would run if PRIMASK were clear. Arm v7-M ARM, B1.5.19.

        `waits_for_event`: it sleeps by WFE, which an event ends, too.
        """
        if waits_for_event and self._pends_anew():
            return True
        number = self._nvic.next()
        if number is None:
            return False
        _, faultmask, basepri = self._masks.read()
        masked = masked_priority(self._nvic, 0, faultmask, basepri)
        return self._nvic.group(self._nvic.priority(number)) < min(self._nvic.running_priority(), masked)
