"""Several core registers at once: Unicorn's Python binding takes as long for each one as this does for all."""

import ctypes
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from unicorn.unicorn_py3 import Uc, UcError
from unicorn.unicorn_py3.unicorn import uclib


@lru_cache(maxsize=64)
def _buffers(numbers: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """Unicorn's numbers of the registers, room for their values, and pointers into it."""
    count = len(numbers)
    values = (ctypes.c_uint64 * count)()
    pointers = (ctypes.c_void_p * count)(*(ctypes.addressof(values) + 8 * place for place in range(count)))
    return (ctypes.c_int * count)(*numbers), values, pointers


def read_registers(uc: Uc, numbers: tuple[int, ...]) -> list[int]:
    """Values of 32-bit registers, by Unicorn's numbers."""
    names, values, pointers = _buffers(numbers)
    ctypes.memset(values, 0, ctypes.sizeof(values))
    status = uclib.uc_reg_read_batch(uc._uch, names, pointers, len(numbers))
    if status:
        raise UcError(status)
    return list(values)


def write_registers(uc: Uc, numbers: tuple[int, ...], values: Sequence[int]) -> None:
    """Set 32-bit registers, one after the other."""
    names, room, pointers = _buffers(numbers)
    room[:] = values
    status = uclib.uc_reg_write_batch(uc._uch, names, pointers, len(numbers))
    if status:
        raise UcError(status)
