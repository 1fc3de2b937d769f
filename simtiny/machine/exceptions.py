"""Exception entry and return: the stack frame and EXC_RETURN. Arm v7-M ARM, B1.5.6 to B1.5.8."""

import struct
from typing import Protocol

from unicorn.arm_const import (
    UC_ARM_REG_CONTROL,
    UC_ARM_REG_FPSCR,
    UC_ARM_REG_IPSR,
    UC_ARM_REG_LR,
    UC_ARM_REG_PC,
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

from simtiny.machine.core_registers import Registers

EXC_RETURNS = frozenset({0xFFFF_FFE1, 0xFFFF_FFE9, 0xFFFF_FFED, 0xFFFF_FFF1, 0xFFFF_FFF9, 0xFFFF_FFFD})  # table B1-9
_FPCA, _SPSEL = 4, 2
_STACKED = (UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3, UC_ARM_REG_R12, UC_ARM_REG_LR)
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


class Frames:
    """Stack frames on one emulator."""

    def __init__(self, uc: Uc, rules: FrameRules) -> None:
        self._uc, self._rules = uc, rules
        self._fpu = Registers(uc, *range(UC_ARM_REG_S0, UC_ARM_REG_S0 + 16), UC_ARM_REG_FPSCR)
        self._pushed = Registers(uc, UC_ARM_REG_CONTROL, UC_ARM_REG_XPSR, UC_ARM_REG_IPSR, UC_ARM_REG_SP, *_STACKED)
        self._entered = Registers(
            uc, UC_ARM_REG_IPSR, UC_ARM_REG_CONTROL, UC_ARM_REG_XPSR, UC_ARM_REG_LR, UC_ARM_REG_PC
        )
        self._thread = Registers(uc, UC_ARM_REG_CONTROL, UC_ARM_REG_IPSR)
        self._stack = Registers(uc, UC_ARM_REG_SP)
        self._popped = Registers(uc, *_STACKED, UC_ARM_REG_SP, UC_ARM_REG_XPSR, UC_ARM_REG_PC)

    def push(self, return_address: int) -> tuple[int, int]:
        """Stack the caller's registers. Returns EXC_RETURN and CONTROL. Raises UcError where there is no memory.

        The FPU's registers go to the stack at once even where the processor would only reserve their place (lazy
        stacking): the handler can't tell, and the price follows the lazy rule.
        """
        control, xpsr, exception, sp, *words = self._pushed.read()
        xpsr |= 1 << 24
        has_fp = bool(control & _FPCA) and self._rules.automatic_fp_state
        frame = (sp - (104 if has_fp else 32)) & 0xFFFF_FFFF
        aligned = bool(frame & 4) and self._rules.stack_align
        if aligned:
            frame -= 4
        words += [return_address & ~1, xpsr & ~_ALIGNED | (_ALIGNED if aligned else 0)]
        if has_fp:
            words += [*self._fpu.read(), 0]
            self._rules.set_fp_address(frame + 32)
        self._uc.mem_write(frame, struct.pack(f"<{len(words)}I", *words))
        self._uc.reg_write(UC_ARM_REG_SP, frame)
        exc_return = 0xFFFF_FFF1 if exception else 0xFFFF_FFFD if control & _SPSEL else 0xFFFF_FFF9
        return exc_return & ~0x10 if has_fp else exc_return, control

    def enter(self, number: int, handler: int, exc_return: int, control: int) -> None:
        """Begin the handler of exception `number` on the main stack. `control`: CONTROL by now."""
        self._entered.write((number, self._control_between(control), number | 1 << 24, exc_return, handler | 1))

    def pop(self, exc_return: int, control: int) -> int:
        """Unstack the frame that EXC_RETURN names. `control`: CONTROL by now. Returns the address to go on at.

        Raises UcError where there is no memory.
        """
        has_fp = has_fp_state(exc_return)
        control = self._control_between(control) | (_FPCA if has_fp else 0)
        if exc_return & 8:  # to thread mode
            # CONTROL first: Unicorn ignores a write to it from unprivileged thread mode.
            self._thread.write((control | (_SPSEL if exc_return & 4 else 0), 0))
        else:
            self._uc.reg_write(UC_ARM_REG_CONTROL, control)
        (sp,) = self._stack.read()
        count = 26 if has_fp else 8
        words = struct.unpack(f"<{count}I", self._uc.mem_read(sp, 4 * count))
        xpsr = words[7]
        if has_fp:
            self._fpu.write(words[8:25])
        sp += 4 * count + (4 if xpsr & _ALIGNED else 0)
        address = int(words[6]) & ~1
        self._popped.write((*words[:6], sp, xpsr & ~_ALIGNED, address | 1))
        return address

    def _control_between(self, control: int) -> int:
        """CONTROL with the main stack and no FPU state.

        Without FPCCR.ASPEN, FPCA stays: Unicorn takes a cleared one as its reason to reset FPSCR.
        """
        cleared = _FPCA | _SPSEL if self._rules.automatic_fp_state else _SPSEL
        return control & ~cleared
