"""Several core registers at once: Unicorn's Python binding takes as long for each one as this does for all.

And a word of memory, for which the binding makes room anew each time.
"""

import ctypes
from collections.abc import Sequence

from unicorn.unicorn_py3 import Uc, UcError
from unicorn.unicorn_py3.unicorn import uclib


class Registers:
    """32-bit registers by Unicorn's numbers, in the order in which they are read and written."""

    def __init__(self, *numbers: int) -> None:
        self._count = len(numbers)
        self._numbers = (ctypes.c_int * self._count)(*numbers)
        self._values = (ctypes.c_uint32 * self._count)()
        start = ctypes.addressof(self._values)
        self._pointers = (ctypes.c_void_p * self._count)(*(start + 4 * place for place in range(self._count)))

    def read(self, uc: Uc) -> list[int]:
        status = uclib.uc_reg_read_batch(uc._uch, self._numbers, self._pointers, self._count)
        if status:
            raise UcError(status)
        return self._values[:]

    def write(self, uc: Uc, values: Sequence[int]) -> None:
        self._values[:] = [*values]
        status = uclib.uc_reg_write_batch(uc._uch, self._numbers, self._pointers, self._count)
        if status:
            raise UcError(status)


_word = ctypes.create_string_buffer(4)


def read_word(uc: Uc, address: int) -> int:
    status = uclib.uc_mem_read(uc._uch, address, _word, 4)
    if status:
        raise UcError(status)
    return int.from_bytes(_word, "little")
