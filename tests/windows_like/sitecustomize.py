"""Makes simtiny believe that it runs where nothing is as POSIX says, as far as that can be done on Linux.

Python imports this at the start of each process that has this folder in PYTHONPATH, so also in processes that simtiny
starts. Modules of simtiny, and they alone, meet no module that Windows lacks, and `os`, `signal`, `select` and `socket`
without the names that it lacks. Sockets are no files, only sockets can be waited for, and a file that is open can be
neither replaced nor removed.
"""

import builtins
import os
import select
import stat
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from absent import MODULES, NAMES, PRESENT_SIGNALS


def _is_socket(descriptor: int) -> bool:
    return stat.S_ISSOCK(os.fstat(descriptor).st_mode)


def _refuse_socket(descriptor: int) -> None:
    if _is_socket(descriptor):
        raise OSError(9, "a socket is no file here")


def _refuse_open_file(path: Any) -> None:
    """PermissionError where this process has the file open."""
    try:
        wanted = Path(path).stat()
    except OSError:
        return
    for number in os.listdir("/proc/self/fd"):  # noqa: PTH208
        with suppress(OSError):  # that of the listing is closed again
            if os.path.samestat(os.fstat(int(number)), wanted):
                break
    else:
        return
    raise PermissionError(13, "the file is open", str(path))


def _open(path: Any, flags: int, mode: int = 0o777) -> int:
    if Path(path).is_dir():
        raise PermissionError(13, "a folder can't be opened here", str(path))
    return os.open(path, flags & ~_O_BINARY, mode)


def _read(descriptor: int, most_bytes: int) -> bytes:
    _refuse_socket(descriptor)
    return os.read(descriptor, most_bytes)


def _write(descriptor: int, data: Any) -> int:
    _refuse_socket(descriptor)
    return os.write(descriptor, data)


def _replace(source: Any, target: Any) -> None:
    _refuse_open_file(source)
    _refuse_open_file(target)
    os.replace(source, target)  # noqa: PTH105


def _rename(source: Any, target: Any) -> None:
    if os.path.lexists(target):
        raise FileExistsError(17, "the file is there", str(target))
    _refuse_open_file(source)
    os.rename(source, target)  # noqa: PTH104


def _unlink(path: Any) -> None:
    _refuse_open_file(path)
    os.unlink(path)  # noqa: PTH108


def _kill(_process: int, number: int) -> None:
    raise AssertionError(f"os.kill ends a process at once here, whatever the signal ({number})")


def _select(*arguments: Any) -> Any:
    waited_for = [each if isinstance(each, int) else each.fileno() for group in arguments[:3] for each in group]
    if not waited_for or not all(map(_is_socket, waited_for)):
        raise OSError(10038, "only sockets can be waited for here, and at least one")
    return select.select(*arguments)


_O_BINARY = 0x4000_0000
CHANGED: dict[str, dict[str, Any]] = {
    "os": {
        "name": "nt", "O_BINARY": _O_BINARY, "open": _open, "read": _read, "write": _write, "replace": _replace,
        "rename": _rename, "unlink": _unlink, "remove": _unlink, "kill": _kill, "supports_fd": {os.stat},
        "supports_dir_fd": set(), "supports_follow_symlinks": {os.stat},
    },
    "select": {"select": _select},
}  # fmt: skip


class _Limited(ModuleType):
    """A module without the names that are absent, and with others in place of some."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__(module.__name__)
        self.__dict__["module"] = module
        self.__dict__.update(CHANGED.get(module.__name__, {}))

    def __getattr__(self, name: str) -> Any:
        module = self.__dict__["module"]
        kind = module.__name__
        is_signal = kind == "signal" and name.startswith("SIG") and name.isupper()
        if name in NAMES[kind] or (is_signal and name not in PRESENT_SIGNALS):
            raise AttributeError(f"module '{kind}' has no attribute '{name}' here")
        return getattr(module, name)


_import = builtins.__import__
_limited: dict[str, _Limited] = {}


def _limited_import(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    module = _import(name, globals, locals, fromlist, level)
    if not ((globals or {}).get("__name__") or "").startswith("simtiny"):
        return module
    if name.partition(".")[0] in MODULES:
        raise ModuleNotFoundError(f"No module named '{name}' here", name=name)
    if name not in NAMES:
        return module
    return _limited.setdefault(name, _Limited(module))


def _path_replace(self: Path, target: Any) -> Path:
    _replace(self, target)
    return self.__class__(target)


def _path_unlink(self: Path, missing_ok: bool = False) -> None:
    try:
        _unlink(self)
    except FileNotFoundError:
        if not missing_ok:
            raise


builtins.__import__ = _limited_import
Path.replace = _path_replace
Path.unlink = _path_unlink
