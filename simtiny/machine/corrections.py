"""Instructions that Unicorn executes and gets wrong, put right by hooks on each of them.

VCVT from fixed point rounds to nearest whatever FPSCR.RMode says (Arm v7-M ARM, A7.7: `round_nearest`); Unicorn goes by
RMode. For the one instruction RMode is set to nearest. In double precision see `simtiny.machine.double_precision`.

A stack pointer is a multiple of 4 whatever is written to it (Arm v7-M ARM, B1.4.1): Unicorn keeps the two low bits.

MRS reads bit 3 of CONTROL as zero on Armv7-M (B1.4.4), and on Armv8-M without the Security Extension. Unicorn has that
extension on all: there the bit is SFPA, set with the first floating-point instruction, and without it the next begins
a new context, with FPSCR as after reset. So it is taken out of what MRS has read, and MSR writes it as it does FPCA,
bit 2. CONTROL itself stays as it is meanwhile: the code behind may have been chosen by it.
"""

from collections.abc import Callable, Sequence

from unicorn import UC_HOOK_CODE
from unicorn.arm_const import (
    UC_ARM_REG_CONTROL,
    UC_ARM_REG_FPSCR,
    UC_ARM_REG_MSP,
    UC_ARM_REG_PSP,
    UC_ARM_REG_SP,
    UC_ARM_REG_XPSR,
)
from unicorn.unicorn_py3 import Uc

from simtiny.errors import Unpriced
from simtiny.isa.instruction import Instruction
from simtiny.machine.core_registers import CORE_REGISTERS, behind_one
from simtiny.machine.floating_point import RMODE_SHIFT

_RMODE = 3 << RMODE_SHIFT
_MSP = 8  # its number in MSR
_NPRIV, _FPCA, _SFPA = 1 << 0, 1 << 2, 1 << 3


def _converts_from_fixed(code: int) -> bool:
    """VCVT.F32 from a fixed-point number of 16 or 32 bits: encoding T1 with op 0 and sf 0."""
    return code & 0xFFBE_0F50 == 0xEEBA_0A40


def _reads_control(code: int) -> bool:
    """MRS from CONTROL, special register 20."""
    return code & 0xFFFF_F0FF == 0xF3EF_8014


def _writes_control(code: int) -> bool:
    """MSR to CONTROL."""
    return code & 0xFFF0_F0FF == 0xF380_8014


def _loads_sp(code: int) -> bool:
    """LDR to SP: Arm v7-M ARM, A5.3.7, of the encodings of a word's load."""
    return code & 0xFF70_F000 == 0xF850_D000


MOST_PLACES = 2_048
"""Addresses with such an instruction: the emulator looks through all hooks for each instruction that it translates."""


class Corrections:
    """Those of one emulator."""

    def __init__(self, uc: Uc) -> None:
        self._uc = uc
        self._hooked: set[int] = set()  # addresses
        self._stale: list[tuple[int, int]] = []  # code that was translated before it was hooked
        self.executed = 0
        self.on_unprivileged: Callable[[], None] = lambda: None  # MSR is about to set CONTROL.nPRIV
        self._rmode = 0  # to set again
        self._loads_sp = False
        self._read: tuple[int, int] | None = None  # the register that MRS writes, and what it held
        self._written: tuple[int, int] | None = None  # the register that MSR reads, and what it holds

    def add(self, block: Sequence[Instruction]) -> bool:
        """Hook those of a block that need it. Whether there were any: then it must be translated anew, by `settle`.

        Raises Unpriced for too many.
        """
        wide = (now.address for now in block if now.size == 4 and now.address not in self._hooked)
        wrong = [address for address in wide if self._is_wrong(self._code(address))]
        if len(self._hooked) + len(wrong) > MOST_PLACES:
            raise Unpriced(f"more than {MOST_PLACES:,} places with VCVT from fixed point or CONTROL in MRS or MSR")
        for address in wrong:
            self._hooked.add(address)
            self._uc.hook_add(UC_HOOK_CODE, self._before, None, address, address)
            self._uc.hook_add(UC_HOOK_CODE, self._after, None, address + 4, address + 4)
        if wrong:
            self._stale.append((block[0].address, block[-1].address + 6))
        return bool(wrong)

    def settle(self) -> None:
        """Between two runs."""
        self._restore()
        while self._stale:
            self._uc.ctl_remove_cache(*self._stale.pop())

    def _code(self, address: int) -> int:
        code = self._uc.mem_read(address, 4)
        return int.from_bytes(code[:2], "little") << 16 | int.from_bytes(code[2:], "little")

    def _is_wrong(self, code: int) -> bool:
        return any(wrong(code) for wrong in (_converts_from_fixed, _reads_control, _writes_control, _loads_sp))

    def _before(self, uc: Uc, address: int, _size: int, _data: object) -> None:
        self.executed += 1
        code = self._code(address)  # as it is now
        if _converts_from_fixed(code):
            fpscr = uc.reg_read(UC_ARM_REG_FPSCR)
            self._rmode = fpscr & _RMODE
            if self._rmode:
                uc.reg_write(UC_ARM_REG_FPSCR, fpscr & ~_RMODE)
        elif _reads_control(code):
            register = CORE_REGISTERS[code >> 8 & 0xF]
            self._read = register, uc.reg_read(register)
        elif _loads_sp(code):
            self._loads_sp = True
        elif _writes_control(code):
            register = CORE_REGISTERS[code >> 16 & 0xF]
            value = uc.reg_read(register)
            if value & _NPRIV:
                self.on_unprivileged()
            if value & _FPCA:
                self._written = register, value
                uc.reg_write(register, value | _SFPA)

    def _after(self, _uc: Uc, _address: int, _size: int, _data: object) -> None:
        self._restore()

    def _restore(self) -> None:
        if self._rmode:
            self._uc.reg_write(UC_ARM_REG_FPSCR, self._uc.reg_read(UC_ARM_REG_FPSCR) | self._rmode)
        if self._read is not None:
            register, before = self._read
            value = self._uc.reg_read(register)
            if value & _SFPA and (
                value != before or value == self._uc.reg_read(UC_ARM_REG_CONTROL)
            ):  # not skipped by IT
                self._uc.reg_write(register, value & ~_SFPA)
        if self._loads_sp:
            self.align_stack_pointer()
        if self._written is not None:
            self._uc.reg_write(*self._written)
        self._rmode, self._read, self._written, self._loads_sp = 0, None, None, False

    def align_stack_pointer(self) -> None:
        """Clear the two low bits of the one in use."""
        self._uc.reg_write(UC_ARM_REG_SP, self._uc.reg_read(UC_ARM_REG_SP) & ~3)

    def move_to_stack_pointer(self, pc: int) -> int:
        """Do the MOV or MSR at `pc`, which writes what is no multiple of 4. Returns the address behind it."""
        code = self._code(pc)
        is_wide = code >> 16 >= 0xE800
        source = CORE_REGISTERS[(code >> 16 if is_wide else code >> 19) & 0xF]
        target = UC_ARM_REG_SP if not is_wide else UC_ARM_REG_MSP if code & 0xFF == _MSP else UC_ARM_REG_PSP
        self._uc.reg_write(target, self._uc.reg_read(source) & ~3)
        self._uc.reg_write(UC_ARM_REG_XPSR, behind_one(self._uc.reg_read(UC_ARM_REG_XPSR)))
        return pc + (4 if is_wide else 2)
