"""Several core registers at once: Unicorn's Python binding takes as long for each one as this does for all.

And memory, for which the binding checks its arguments each time.
"""

import ctypes
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from unicorn.arm_const import (
    UC_ARM_REG_FPSCR,
    UC_ARM_REG_LR,
    UC_ARM_REG_PC,
    UC_ARM_REG_R0,
    UC_ARM_REG_S0,
    UC_ARM_REG_SP,
    UC_ARM_REG_XPSR,
)
from unicorn.unicorn_py3 import Uc, UcError
from unicorn.unicorn_py3.unicorn import uclib

# With the binding's own signatures, checking the pointers takes as long as the call.
_BATCH = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
_read, _write = (
    _BATCH(ctypes.cast(function, ctypes.c_void_p).value or 0)
    for function in (uclib.uc_reg_read_batch, uclib.uc_reg_write_batch)
)
CORE_REGISTERS = (*range(UC_ARM_REG_R0, UC_ARM_REG_R0 + 13), UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_PC)
"""Unicorn's numbers of R0 to R15."""
CONTEXT_REGISTERS = (
    *CORE_REGISTERS[:15],
    UC_ARM_REG_XPSR,
    *range(UC_ARM_REG_S0, UC_ARM_REG_S0 + 32),
    UC_ARM_REG_FPSCR,
)
"""Those of `Context`, in its order, without the program counter."""


_IT_BITS = 0x0600_FC00
"""ITSTATE in xPSR. Arm v7-M ARM, B1.4.2."""


def behind_one(status: int) -> int:
    """XPSR behind an instruction that is left out: its IT block goes on. Arm v7-M ARM, A7.3.3, `ITAdvance`."""
    state = status >> 8 & 0xFC | status >> 25 & 3
    state = state & 0xE0 | state << 1 & 0x1F if state & 7 else 0
    return status & ~_IT_BITS | (state & 0xFC) << 8 | (state & 3) << 25


@dataclass(frozen=True)
class Context:
    """Where the core stands between two runs: R0 to R15, XPSR, S0 to S31 as words, FPSCR, and whether it sleeps."""

    core: tuple[int, ...]
    status: int
    floats: tuple[int, ...]
    fpscr: int
    asleep: bool


class Registers:
    """32-bit registers of one emulator by Unicorn's numbers, in the order in which they are read and written."""

    def __init__(self, uc: Uc, *numbers: int) -> None:
        self._uc, self._count = uc, len(numbers)
        names = (ctypes.c_int * self._count)(*numbers)
        self._values = (ctypes.c_uint32 * self._count)()
        start = ctypes.addressof(self._values)
        pointers = (ctypes.c_void_p * self._count)(*(start + 4 * index for index in range(self._count)))
        self._kept = names, pointers
        self._numbers, self._pointers = ctypes.addressof(names), ctypes.addressof(pointers)

    def read(self) -> list[int]:
        """Raises UcError."""
        status = _read(self._uc._uch, self._numbers, self._pointers, self._count)
        if status:
            raise UcError(status)
        return self._values[:]

    def write(self, values: Sequence[int]) -> None:
        """Raises UcError."""
        self._values[:] = [*values]
        status = _write(self._uc._uch, self._numbers, self._pointers, self._count)
        if status:
            raise UcError(status)


class Memory:
    """The memory of one emulator, read and written as structs of up to 256 bytes."""

    def __init__(self, uc: Uc) -> None:
        self._uc, self._buffer = uc, ctypes.create_string_buffer(256)

    def read(self, layout: struct.Struct, address: int) -> tuple[int, ...]:
        """Raises UcError."""
        status = uclib.uc_mem_read(self._uc._uch, address, self._buffer, layout.size)
        if status:
            raise UcError(status)
        return layout.unpack_from(self._buffer)

    def write(self, layout: struct.Struct, address: int, values: Sequence[int]) -> None:
        """Raises UcError."""
        status = uclib.uc_mem_write(self._uc._uch, address, layout.pack(*values), layout.size)
        if status:
            raise UcError(status)
