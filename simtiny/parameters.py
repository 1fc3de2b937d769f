"""What callers of the Python API and JSON give, as the types that simtiny works with.

Each function takes the name of a parameter and its value, and raises BadInput in one line that names both where the
value is of another type. Numbers may be numpy's: a sweep is made of these. Imports nothing heavy.
"""

import os
from collections.abc import Collection, Iterable
from enum import StrEnum
from math import inf, isfinite
from numbers import Integral, Real
from pathlib import Path
from typing import TypeVar

from simtiny.errors import BadInput, unknown

_SHOWN_CHARACTERS = 60

_Choice = TypeVar("_Choice", bound=StrEnum)


def text(name: str, value: object) -> str:
    """A name that the user gives. It may not be empty."""
    if not isinstance(value, str):
        raise _expected(name, "text", value)
    if not value:
        raise BadInput(f"`{name}` is empty")
    return str(value)


def label(name: str, value: object) -> str:
    """A name that is often a number: voltage range 2, round 1.2."""
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, str | Real):
        raise _expected(name, "text or a number", value)
    return text(name, value if isinstance(value, str) else f"{float(value):g}")


def labels(name: str, value: object) -> tuple[str, ...]:
    """Several of them, or a single one."""
    return tuple(label(name, each) for each in _several(name, value))


def texts(name: str, value: object) -> tuple[str, ...]:
    """Several names, or a single one."""
    return tuple(text(name, each) for each in _several(name, value))


def board(name: str, value: object) -> str:
    """The identifier of a board, or the path of a platform file."""
    return str(path(name, value)) if isinstance(value, os.PathLike) else text(name, value)


def path(name: str, value: object) -> Path:
    """A path, as text or as what `os.fspath` takes."""
    found = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(found, str):
        raise _expected(name, "a path", value)
    return Path(text(name, found))


def number(name: str, value: object) -> float:
    """A finite number."""
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, Real):
        raise _expected(name, "a number", value)
    try:
        found = float(value)
    except OverflowError:
        found = inf
    if not isfinite(found):
        raise BadInput(f"`{name}` {found}: it must be a finite number")
    return found


def positive(name: str, value: object) -> float:
    """A finite number above zero."""
    found = number(name, value)
    if found <= 0:
        raise BadInput(f"`{name}` {found:g}: it must be positive")
    return found


def whole(name: str, value: object, least: int) -> int:
    """A whole number, `least` or more."""
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise _expected(name, "a whole number", value)
    found = int(value)
    if found < least:
        raise BadInput(f"`{name}` {found}: it must be at least {least}")
    return found


def address(name: str, value: object) -> int:
    """One of 32 bits."""
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise _expected(name, "a whole number such as 0x08000000", value)
    found = int(value)
    if not 0 <= found < 2**32:
        raise BadInput(f"`{name}` {found:#x}: expected a 32-bit address such as 0x08000000")
    return found


def range_of(name: str, value: object) -> tuple[int, int]:
    """Two whole numbers, the first one below the second, as they are or as text such as "0:1"."""
    parts = value.split(":") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or len(parts) != 2:
        raise _expected(name, "two whole numbers such as 0:1", value)
    try:
        found = [int(part) if isinstance(part, str) else part for part in parts]
    except ValueError:
        raise _expected(name, "two whole numbers such as 0:1", value) from None
    first = whole(name, found[0], 0)
    return first, whole(name, found[1], first + 1)


def flag(name: str, value: object) -> bool:
    """True or False."""
    value = _plain(value)
    if not isinstance(value, bool):
        raise _expected(name, "True or False", value)
    return value


def on_off(name: str, value: object) -> bool:
    """True or False, or the words for them."""
    if isinstance(value, str) and value in ("on", "off"):
        return value == "on"
    value = _plain(value)
    if not isinstance(value, bool):
        raise _expected(name, "on or off", value)
    return value


def choice(name: str, value: object, kind: type[_Choice]) -> _Choice:
    """One of a few names."""
    if not isinstance(value, str):
        raise _expected(name, f"one of {', '.join(kind)}", value)
    return kind(known_name(name, value, list(kind)))


def known_name(what: str, value: str, known: Collection[str]) -> str:
    """A name that must be one of these."""
    if value not in known:
        raise unknown(what, value, known)
    return value


def callback(name: str, value: object) -> None:
    """Something to call, or None."""
    if value is not None and not callable(value):
        raise _expected(name, "something to call", value)


def _several(name: str, value: object) -> Iterable[object]:
    value = _plain(value)
    if isinstance(value, str) or not isinstance(value, Iterable):
        return (value,)
    if isinstance(value, bytes | bytearray | dict):
        raise _expected(name, "a name or several", value)
    return tuple(value)


def _plain(value: object) -> object:
    """Scalars of numpy, and its arrays without dimensions, as Python has them."""
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "shape", None) == () else value


def _expected(name: str, what: str, value: object) -> BadInput:
    shown = " ".join(repr(value).split())
    if len(shown) > _SHOWN_CHARACTERS:
        shown = f"{shown[:_SHOWN_CHARACTERS]}..."
    return BadInput(f"`{name}`: expected {what}, not {shown} ({type(value).__name__})")
