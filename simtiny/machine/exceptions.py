"""Exception entry and return: the stack frame, EXC_RETURN and what they cost. Arm v7-M ARM, B1.5.6 to B1.5.8."""

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

# Arm knowledge base ka16366 (Cortex-M3/M4, no wait states): 10 cycles to return, 6 to tail-chain, and up to 17 more for
# the FPU's registers, which lazy stacking defers until the handler uses the FPU. Taken over for the other cores, of
# which no figures were found. To enter: see `simtiny.machine.cores`.
RETURN_CYCLES, TAIL_CHAIN_CYCLES, FP_STATE_CYCLES = 10, 6, 17
EXC_RETURNS = frozenset({0xFFFF_FFE1, 0xFFFF_FFE9, 0xFFFF_FFED, 0xFFFF_FFF1, 0xFFFF_FFF9, 0xFFFF_FFFD})  # table B1-9
_FPCA, _SPSEL = 4, 2
_STACKED = (UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3, UC_ARM_REG_R12, UC_ARM_REG_LR)
_FPU = Registers(*range(UC_ARM_REG_S0, UC_ARM_REG_S0 + 16), UC_ARM_REG_FPSCR)
_PUSHED = Registers(UC_ARM_REG_CONTROL, UC_ARM_REG_XPSR, UC_ARM_REG_IPSR, UC_ARM_REG_SP, *_STACKED)
_ENTRY = Registers(UC_ARM_REG_IPSR, UC_ARM_REG_CONTROL, UC_ARM_REG_XPSR, UC_ARM_REG_LR, UC_ARM_REG_PC)
_THREAD = Registers(UC_ARM_REG_CONTROL, UC_ARM_REG_IPSR)
_STACK = Registers(UC_ARM_REG_SP)
_POPPED = Registers(*_STACKED, UC_ARM_REG_SP, UC_ARM_REG_XPSR, UC_ARM_REG_PC)
_ALIGNED = 1 << 9  # of the stacked xPSR: the stack pointer was moved by 4


class FrameRules(Protocol):
    """The bits of the system control space that shape a frame."""

    @property
    def stack_align(self) -> bool: ...

    @property
    def automatic_fp_state(self) -> bool: ...

    def set_fp_address(self, address: int) -> None: ...


def push_frame(uc: Uc, return_address: int, rules: FrameRules) -> tuple[int, int]:
    """Stack the caller's registers. Returns EXC_RETURN and CONTROL.

    The FPU's registers go to the stack at once even where the processor would only reserve their place (lazy stacking):
    the handler can't tell, and the price follows the lazy rule.
    """
    control, xpsr, exception, sp, *words = _PUSHED.read(uc)
    xpsr |= 1 << 24
    has_fp = bool(control & _FPCA) and rules.automatic_fp_state
    frame = (sp - (104 if has_fp else 32)) & 0xFFFF_FFFF
    aligned = bool(frame & 4) and rules.stack_align
    if aligned:
        frame -= 4
    words += [return_address & ~1, xpsr & ~_ALIGNED | (_ALIGNED if aligned else 0)]
    if has_fp:
        words += [*_FPU.read(uc), 0]
        rules.set_fp_address(frame + 32)
    uc.mem_write(frame, struct.pack(f"<{len(words)}I", *words))
    uc.reg_write(UC_ARM_REG_SP, frame)
    exc_return = 0xFFFF_FFF1 if exception else 0xFFFF_FFFD if control & _SPSEL else 0xFFFF_FFF9
    return exc_return & ~0x10 if has_fp else exc_return, control


def has_fp_state(exc_return: int) -> bool:
    """Whether the frame holds the FPU's registers, or room for them."""
    return exc_return & 0x10 == 0


def fp_return_cycles(control: int, exc_return: int, lazy: bool) -> int:
    """What the FPU's registers cost on return: when stacked lazily, saving them too, if the handler used the FPU."""
    if not has_fp_state(exc_return):
        return 0
    if not lazy:
        return FP_STATE_CYCLES
    return 2 * FP_STATE_CYCLES if control & _FPCA else 0


def enter(uc: Uc, number: int, handler: int, exc_return: int, control: int, rules: FrameRules) -> None:
    """Begin the handler of exception `number` on the main stack. `control`: CONTROL by now."""
    _ENTRY.write(uc, (number, _control_between(control, rules), number | 1 << 24, exc_return, handler | 1))


def _control_between(control: int, rules: FrameRules) -> int:
    """CONTROL with the main stack and no FPU state.

    Without FPCCR.ASPEN, FPCA stays: Unicorn takes a cleared one as its reason to reset FPSCR.
    """
    cleared = _FPCA | _SPSEL if rules.automatic_fp_state else _SPSEL
    return control & ~cleared


def pop_frame(uc: Uc, exc_return: int, control: int, rules: FrameRules) -> int:
    """Unstack the frame that EXC_RETURN names. `control`: CONTROL by now. Returns the address to go on at."""
    has_fp = has_fp_state(exc_return)
    control = _control_between(control, rules) | (_FPCA if has_fp else 0)
    if exc_return & 8:  # to thread mode
        # CONTROL first: Unicorn ignores a write to it from unprivileged thread mode.
        _THREAD.write(uc, (control | (_SPSEL if exc_return & 4 else 0), 0))
    else:
        uc.reg_write(UC_ARM_REG_CONTROL, control)
    (sp,) = _STACK.read(uc)
    count = 26 if has_fp else 8
    words = struct.unpack(f"<{count}I", uc.mem_read(sp, 4 * count))
    xpsr = words[7]
    if has_fp:
        _FPU.write(uc, words[8:25])
    sp += 4 * count + (4 if xpsr & _ALIGNED else 0)
    address = int(words[6]) & ~1
    _POPPED.write(uc, (*words[:6], sp, xpsr & ~_ALIGNED, address | 1))
    return address
