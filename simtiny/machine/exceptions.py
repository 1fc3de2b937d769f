"""Exception entry and return: the stack frame and EXC_RETURN. Arm v7-M ARM, B1.5.6 to B1.5.8."""

import struct
from typing import NamedTuple, Protocol

from unicorn.arm_const import (
    UC_ARM_REG_BASEPRI,
    UC_ARM_REG_CONTROL,
    UC_ARM_REG_FAULTMASK,
    UC_ARM_REG_FPSCR,
    UC_ARM_REG_IPSR,
    UC_ARM_REG_LR,
    UC_ARM_REG_MSP,
    UC_ARM_REG_PC,
    UC_ARM_REG_PRIMASK,
    UC_ARM_REG_PSP,
    UC_ARM_REG_R0,
    UC_ARM_REG_R1,
    UC_ARM_REG_R2,
    UC_ARM_REG_R3,
    UC_ARM_REG_R12,
    UC_ARM_REG_S0,
    UC_ARM_REG_SP,
    UC_ARM_REG_XPSR,
)
from unicorn.unicorn_py3 import Uc

from simtiny.machine.core_registers import Memory, Registers

EXC_RETURNS = frozenset({0xFFFF_FFE1, 0xFFFF_FFE9, 0xFFFF_FFED, 0xFFFF_FFF1, 0xFFFF_FFF9, 0xFFFF_FFFD})  # table B1-9
_FPCA, _SPSEL = 4, 2
_STACKED = (UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3, UC_ARM_REG_R12, UC_ARM_REG_LR)
_MASKS = UC_ARM_REG_PRIMASK, UC_ARM_REG_FAULTMASK, UC_ARM_REG_BASEPRI
_BASIC_FRAME, _EXTENDED_FRAME = struct.Struct("<8I"), struct.Struct("<26I")
_ALIGNED = 1 << 9  # of the stacked xPSR: the stack pointer was moved by 4


class FrameRules(Protocol):
    """The bits of the system control space that shape a frame."""

    @property
    def stack_align(self) -> bool: ...

    @property
    def automatic_fp_state(self) -> bool: ...

    def set_fp_address(self, address: int) -> None: ...


def has_fp_state(exc_return: int) -> bool:
    """Whether the frame holds the FPU's registers, or room for them."""
    return exc_return & 0x10 == 0


def fp_states_on_return(control: int, exc_return: int, lazy: bool) -> int:
    """How often the FPU's registers move on return: when stacked lazily, twice if the handler used the FPU, else never.

    `control`: CONTROL by now.
    """
    if not has_fp_state(exc_return):
        return 0
    if not lazy:
        return 1
    return 2 if control & _FPCA else 0


class Interrupted(NamedTuple):
    """Registers of the code that an exception interrupts."""

    control: int
    xpsr: int
    exception: int  # IPSR
    sp: int
    pc: int
    primask: int
    faultmask: int
    basepri: int
    stacked: tuple[int, ...]  # r0 to r3, r12, lr


class Leaving(NamedTuple):
    """Registers of a handler that returns. `pc` holds EXC_RETURN."""

    pc: int
    exception: int  # IPSR
    control: int
    primask: int
    faultmask: int
    basepri: int
    main_sp: int
    process_sp: int


class Stacked(NamedTuple):
    """What an exception's handler begins with.

    `frame`: where the interrupted code's registers are, None where another handler has left them. `control`: CONTROL by
    now. `complete`: whether there was RAM for the frame.
    """

    exc_return: int
    control: int
    frame: int | None
    complete: bool = True


def exc_return_from(caller: Interrupted, has_fp: bool) -> int:
    """What a handler returns by to `caller`. `has_fp`: the frame has room for the FPU's registers."""
    exc_return = 0xFFFF_FFF1 if caller.exception else 0xFFFF_FFFD if caller.control & _SPSEL else 0xFFFF_FFF9
    return exc_return & ~0x10 if has_fp else exc_return


class Frames:
    """Stack frames on one emulator."""

    def __init__(self, uc: Uc, rules: FrameRules) -> None:
        self._memory, self._rules = Memory(uc), rules
        self._fpu = Registers(uc, *range(UC_ARM_REG_S0, UC_ARM_REG_S0 + 16), UC_ARM_REG_FPSCR)
        self._interrupted = Registers(
            uc, UC_ARM_REG_CONTROL, UC_ARM_REG_XPSR, UC_ARM_REG_IPSR, UC_ARM_REG_SP, UC_ARM_REG_PC, *_MASKS, *_STACKED
        )
        self._leaving = Registers(
            uc, UC_ARM_REG_PC, UC_ARM_REG_IPSR, UC_ARM_REG_CONTROL, *_MASKS, UC_ARM_REG_MSP, UC_ARM_REG_PSP
        )
        entered = UC_ARM_REG_IPSR, UC_ARM_REG_CONTROL, UC_ARM_REG_XPSR, UC_ARM_REG_LR, UC_ARM_REG_PC
        self._entered = Registers(uc, *entered)
        self._pushed = Registers(uc, UC_ARM_REG_SP, *entered)
        popped = (*_STACKED, UC_ARM_REG_SP, UC_ARM_REG_XPSR, UC_ARM_REG_PC)
        self._to_handler = Registers(uc, UC_ARM_REG_CONTROL, *popped)
        # CONTROL first: Unicorn ignores a write to it from unprivileged thread mode.
        self._to_thread = Registers(uc, UC_ARM_REG_CONTROL, UC_ARM_REG_IPSR, *popped)

    def interrupted(self) -> Interrupted:
        """The registers by now, for `push`."""
        control, xpsr, exception, sp, pc, primask, faultmask, basepri, *stacked = self._interrupted.read()
        return Interrupted(control, xpsr, exception, sp, pc, primask, faultmask, basepri, tuple(stacked))

    def leaving(self) -> Leaving:
        """The registers by now, for `pop`."""
        return Leaving(*self._leaving.read())

    def push(self, caller: Interrupted, return_address: int) -> tuple[int, int]:
        """Stack the caller's registers. Returns EXC_RETURN and the frame's address, for `enter`.

        The FPU's registers go to the stack at once even where the processor would only reserve their place (lazy
        stacking): the handler can't tell, and the price follows the lazy rule. Raises UcError where there is no memory.
        """
        has_fp = bool(caller.control & _FPCA) and self._rules.automatic_fp_state
        frame = (caller.sp - (104 if has_fp else 32)) & 0xFFFF_FFFF
        xpsr = (caller.xpsr | 1 << 24) & ~_ALIGNED
        if frame & 4 and self._rules.stack_align:
            frame -= 4
            xpsr |= _ALIGNED
        if has_fp:
            words = *caller.stacked, return_address & ~1, xpsr, *self._fpu.read(), 0
            self._memory.write(_EXTENDED_FRAME, frame, words)
            self._rules.set_fp_address(frame + 32)
        else:
            self._memory.write(_BASIC_FRAME, frame, (*caller.stacked, return_address & ~1, xpsr))
        return exc_return_from(caller, has_fp), frame

    def enter(self, number: int, handler: int, exc_return: int, control: int, frame: int | None = None) -> None:
        """Begin the handler of exception `number` on the main stack. `control`: CONTROL by now.

        `frame`: where `push` has put the registers, None where they were stacked before.
        """
        values = number, self._control_between(control), number | 1 << 24, exc_return, handler | 1
        if frame is None:
            self._entered.write(values)
        else:
            self._pushed.write((frame, *values))

    def pop(self, exc_return: int, now: Leaving) -> int:
        """Unstack the frame that EXC_RETURN names. Returns the address to go on at.

        Raises UcError where there is no memory.
        """
        has_fp = has_fp_state(exc_return)
        control = self._control_between(now.control) | (_FPCA if has_fp else 0)
        to_thread, on_process_stack = bool(exc_return & 8), bool(exc_return & 4)
        sp = now.process_sp if to_thread and on_process_stack else now.main_sp
        layout = _EXTENDED_FRAME if has_fp else _BASIC_FRAME
        words = self._memory.read(layout, sp)
        if has_fp:
            self._fpu.write(words[8:25])
        xpsr = words[7]
        sp += layout.size + (4 if xpsr & _ALIGNED else 0)
        address = words[6] & ~1
        popped = *words[:6], sp, xpsr & ~_ALIGNED, address | 1
        if to_thread:
            self._to_thread.write((control | (_SPSEL if on_process_stack else 0), 0, *popped))
        else:
            self._to_handler.write((control, *popped))
        return address

    def _control_between(self, control: int) -> int:
        """CONTROL with the main stack and no FPU state.

        Without FPCCR.ASPEN, FPCA stays: Unicorn takes a cleared one as its reason to reset FPSCR.
        """
        cleared = _FPCA | _SPSEL if self._rules.automatic_fp_state else _SPSEL
        return control & ~cleared
