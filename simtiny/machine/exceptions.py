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

# Arm knowledge base ka16366 (Cortex-M3/M4, no wait states): 12 cycles to enter, 10 to return, 6 to tail-chain, and up
# to 17 more for the FPU's registers, which lazy stacking defers until the handler uses the FPU.
ENTRY_CYCLES, RETURN_CYCLES, TAIL_CHAIN_CYCLES, FP_STATE_CYCLES = 12, 10, 6, 17
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


def push_frame(uc: Uc, return_address: int, rules: FrameRules) -> int:
    """Stack the caller's registers. Returns EXC_RETURN.

    The FPU's registers go to the stack at once even where the processor would only reserve their place (lazy stacking):
    the handler can't tell, and the price follows the lazy rule.
    """
    control = uc.reg_read(UC_ARM_REG_CONTROL)
    xpsr = uc.reg_read(UC_ARM_REG_XPSR) | 1 << 24
    in_handler = uc.reg_read(UC_ARM_REG_IPSR) != 0
    has_fp = bool(control & _FPCA) and rules.automatic_fp_state
    sp = uc.reg_read(UC_ARM_REG_SP)
    frame = (sp - (104 if has_fp else 32)) & 0xFFFF_FFFF
    aligned = bool(frame & 4) and rules.stack_align
    if aligned:
        frame -= 4
    words = [uc.reg_read(register) for register in _STACKED]
    words += [return_address & ~1, xpsr & ~_ALIGNED | (_ALIGNED if aligned else 0)]
    if has_fp:
        words += [uc.reg_read(UC_ARM_REG_S0 + number) for number in range(16)]
        words += [uc.reg_read(UC_ARM_REG_FPSCR), 0]
        rules.set_fp_address(frame + 32)
    uc.mem_write(frame, struct.pack(f"<{len(words)}I", *words))
    uc.reg_write(UC_ARM_REG_SP, frame)
    exc_return = 0xFFFF_FFF1 if in_handler else 0xFFFF_FFFD if control & _SPSEL else 0xFFFF_FFF9
    return exc_return & ~0x10 if has_fp else exc_return


def has_fp_state(exc_return: int) -> bool:
    """Whether the frame holds the FPU's registers, or room for them."""
    return exc_return & 0x10 == 0


def fp_return_cycles(uc: Uc, exc_return: int, lazy: bool) -> int:
    """What the FPU's registers cost on return: when stacked lazily, saving them too, if the handler used the FPU."""
    if not has_fp_state(exc_return):
        return 0
    if not lazy:
        return FP_STATE_CYCLES
    return 2 * FP_STATE_CYCLES if uc.reg_read(UC_ARM_REG_CONTROL) & _FPCA else 0


def enter(uc: Uc, number: int, handler: int, exc_return: int, rules: FrameRules) -> None:
    """Begin the handler of exception `number` on the main stack."""
    uc.reg_write(UC_ARM_REG_IPSR, number)
    uc.reg_write(UC_ARM_REG_CONTROL, _control_between(uc, rules))
    uc.reg_write(UC_ARM_REG_XPSR, number | 1 << 24)
    uc.reg_write(UC_ARM_REG_LR, exc_return)
    uc.reg_write(UC_ARM_REG_PC, handler | 1)


def _control_between(uc: Uc, rules: FrameRules) -> int:
    """CONTROL with the main stack and no FPU state.

    Without FPCCR.ASPEN, FPCA stays: Unicorn takes a cleared one as its reason to reset FPSCR.
    """
    cleared = _FPCA | _SPSEL if rules.automatic_fp_state else _SPSEL
    return int(uc.reg_read(UC_ARM_REG_CONTROL)) & ~cleared


def pop_frame(uc: Uc, exc_return: int, rules: FrameRules) -> int:
    """Unstack the frame that EXC_RETURN names. Returns the address to go on at."""
    has_fp = has_fp_state(exc_return)
    control = _control_between(uc, rules) | (_FPCA if has_fp else 0)
    if exc_return & 8:  # to thread mode
        # CONTROL first: Unicorn ignores a write to it from unprivileged thread mode.
        uc.reg_write(UC_ARM_REG_CONTROL, control | (_SPSEL if exc_return & 4 else 0))
        uc.reg_write(UC_ARM_REG_IPSR, 0)
    else:
        uc.reg_write(UC_ARM_REG_CONTROL, control)
    sp = uc.reg_read(UC_ARM_REG_SP)
    count = 26 if has_fp else 8
    words = struct.unpack(f"<{count}I", uc.mem_read(sp, 4 * count))
    for register, value in zip(_STACKED, words, strict=False):
        uc.reg_write(register, value)
    if has_fp:
        for number in range(16):
            uc.reg_write(UC_ARM_REG_S0 + number, words[8 + number])
        uc.reg_write(UC_ARM_REG_FPSCR, words[24])
    xpsr = words[7]
    uc.reg_write(UC_ARM_REG_SP, sp + 4 * count + (4 if xpsr & _ALIGNED else 0))
    uc.reg_write(UC_ARM_REG_XPSR, xpsr & ~_ALIGNED)
    return int(words[6])
