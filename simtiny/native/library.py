"""The native hooks: small shared libraries in this package, one for each C file and platform, loaded by the system.

`scripts/build_hooks.py` makes them. They depend on nothing, so that one wheel holds them for every platform; and none
but those of the package is ever loaded.
"""

import ctypes
import platform
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any

from simtiny.errors import SimtinyError

_FOLDER = Path(__file__).resolve().parent
_SYSTEMS = {"linux": ("linux", ".so"), "darwin": ("macos", ".dylib"), "win32": ("windows", ".dll")}
_MACHINES = {"amd64": "x86_64"}

CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
"""A function of Python's that native code may call, as `Callback` in C."""


def address_of(function: Any) -> int:
    """The address of a function of ctypes'."""
    return ctypes.cast(function, ctypes.c_void_p).value or 0


@cache
def host() -> tuple[str, str]:
    """The platform that this Python was made for, such as "linux-x86_64", and how its libraries' names end."""
    system, suffix = _SYSTEMS.get(sys.platform, (sys.platform, ".so"))
    # Windows says which processor there is, which need not be what this Python was made for.
    machine = sysconfig.get_platform().rpartition("-")[2] if sys.platform == "win32" else platform.machine()
    return f"{system}-{_MACHINES.get(machine.lower(), machine.lower())}", suffix


class Library:
    """One library. It stays loaded, so that addresses hold as long as the process. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._library = ctypes.CDLL(str(path))

    def function(self, name: str, *arguments: Any, result: Any = ctypes.c_int64) -> Any:
        """A function as ctypes calls it, with the types of its arguments. Raises SimtinyError where there is none."""
        try:
            return ctypes.CFUNCTYPE(result, *arguments)((name, self._library))
        except AttributeError:
            raise SimtinyError(f"the native hooks have no {name}: reinstall simtiny") from None

    def address(self, name: str) -> int:
        """The address of a function. Raises SimtinyError where there is none."""
        return address_of(self.function(name))


@cache
def load(name: str, signature: int) -> Library:
    """The library of a C file such as "prefetch". `signature`: of the records that both sides share.

    Raises SimtinyError for a platform without it, one that the system refuses, or that was made for other records.
    """
    place, suffix = host()
    path = _FOLDER / place / f"{name}{suffix}"
    if not path.is_file():
        raise SimtinyError(
            f"no native hooks '{name}' for {place}: in a checkout, add the platform to PLATFORMS in "
            "scripts/build_hooks.py and run it"
        )
    try:
        library = Library(path)
    except OSError as error:
        raise SimtinyError(f"the system can't load the native hooks '{name}' for {place} ({error})") from None
    if library.function("layout_signature")() != signature:
        raise SimtinyError(f"the native hooks '{name}' for {place} were made for other records: reinstall simtiny")
    return library
