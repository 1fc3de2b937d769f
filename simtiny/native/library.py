"""The native hooks, from the text in the package to machine code in this process.

`scripts/build_hooks.py` has Clang translate the C beside each `.ll` file into LLVM's language, without a word about the
processor; llvmlite turns that into code for this one when it is first needed. Nothing is read from or kept anywhere
else.
"""

import ctypes
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from simtiny.errors import SimtinyError

_PACKAGE = Path(__file__).resolve().parents[1]
_LOCK = threading.Lock()


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
"""A function of Python's that native code may call, as `Callback` in C."""


def address_of(function: Any) -> int:
    """The address of a function of ctypes'."""
    return ctypes.cast(function, ctypes.c_void_p).value or 0


class Library:
    """One module of native code. Addresses hold as long as this object lives."""

    def __init__(self, path: Path) -> None:
        import llvmlite.binding as llvm

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        module = llvm.parse_assembly(path.read_text(encoding="utf-8"))
        machine = llvm.Target.from_default_triple().create_target_machine(opt=2)
        self._engine: Any = llvm.create_mcjit_compiler(module, machine)
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """The address of a function. Raises SimtinyError where there is none."""
        found = int(self._engine.get_function_address(name))
        if not found:
            raise SimtinyError(f"the native hooks have no {name}: reinstall simtiny")
        return found

    def function(self, name: str, *arguments: Any, result: Any = ctypes.c_int64) -> Any:
        """A function as ctypes calls it, with the types of its arguments."""
        return ctypes.CFUNCTYPE(result, *arguments)(self.address(name))


@cache
def _load(name: str, signature: int) -> Library:
    try:
        library = Library(_PACKAGE / f"{name}.ll")
    except RuntimeError as error:  # LLVM's
        raise SimtinyError(f"llvmlite can't read the native hooks in {name}.ll: reinstall simtiny ({error})") from None
    if library.function("layout_signature")() != signature:
        raise SimtinyError(f"the native hooks in {name}.ll were made for other records: reinstall simtiny")
    return library


def load_ahead(name: str, signature: int) -> None:
    """Begin to load a library while this thread goes on: LLVM takes as long as the imports of a machine.

    What is wrong with it, `load` says.
    """

    def begin() -> None:
        with suppress(Exception):
            load(name, signature)

    threading.Thread(target=begin, daemon=True).start()


def load(name: str, signature: int) -> Library:
    """The library of a file such as "flash/prefetch". `signature`: of the records that both sides share.

    Raises SimtinyError for a library that was made for other records, or that this llvmlite does not understand.
    """
    with _LOCK:
        return _load(name, signature)
