"""Puts the native hooks on an emulator."""

import ctypes

import numpy as np
from unicorn import UC_HOOK_BLOCK, UC_HOOK_CODE
from unicorn.arm_const import UC_ARM_REG_CONTROL, UC_ARM_REG_FAULTMASK, UC_ARM_REG_IPSR
from unicorn.unicorn_py3 import Uc, UcError
from unicorn.unicorn_py3.unicorn import uclib

from simtiny.counting.counters import Counters
from simtiny.machine.core_registers import CORE_REGISTERS
from simtiny.native import library

_REGISTERS = np.array((*CORE_REGISTERS, UC_ARM_REG_CONTROL, UC_ARM_REG_IPSR, UC_ARM_REG_FAULTMASK), np.int32)


def attach(uc: Uc, counters: Counters, operands: bool) -> None:
    """Have every block counted and, with `operands`, what depends on an instruction's operands.

    Before the first block is translated: Unicorn does not see a later hook in it.
    """
    emulator = counters.state.emulator
    emulator.registers = _REGISTERS.ctypes.data
    emulator.stop = library.address_of(uclib.uc_emu_stop)
    emulator.reg_read = library.address_of(uclib.uc_reg_read)
    emulator.reg_write = library.address_of(uclib.uc_reg_write)
    emulator.handle = ctypes.cast(uc._uch, ctypes.c_void_p).value
    user_data = ctypes.addressof(counters.state)
    _hook(uc, UC_HOOK_BLOCK, counters.library.address("on_block"), user_data)
    if operands:
        _hook(uc, UC_HOOK_CODE, counters.library.address("on_instruction"), user_data)


def _hook(uc: Uc, kind: int, callback: int, user_data: int) -> None:
    """Have a native callback called for everything, which is what the range from 1 to 0 means."""
    handle = ctypes.c_size_t()
    status = uclib.uc_hook_add(
        uc._uch,
        ctypes.byref(handle),
        kind,
        ctypes.c_void_p(callback),
        ctypes.c_void_p(user_data),
        ctypes.c_uint64(1),
        ctypes.c_uint64(0),
    )
    if status:
        raise UcError(status)
