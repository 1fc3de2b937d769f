"""TOML of the user's: read with bounds, and what is wrong with it in the file's own words."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simtiny.errors import BadInput, did_you_mean
from simtiny.files import read_bounded

if TYPE_CHECKING:
    import msgspec

MOST_DEPTH = 32
# Python's parser takes a time with the square of a key's parts: of a hundred thousand, minutes.
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}){{{MOST_DEPTH}}}")


def read_table(path: Path, what: str, most_bytes: int) -> dict[str, Any]:
    """What stands in a file. `what` it is: errors begin with that. Raises BadInput for what is no TOML or too much."""
    try:
        content = read_bounded(path, most_bytes)
    except BadInput as error:
        raise BadInput(f"{what} {error}") from error
    deep = f"{what} {path}: nested too deeply: none needs more than {MOST_DEPTH} levels"
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        table = {} if (long := _LONG_KEY.search(text) is not None) else tomllib.loads(text)
    except RecursionError as error:
        raise BadInput(deep) from error
    except ValueError as error:  # no UTF-8, no TOML, or an integer of thousands of digits
        raise BadInput(f"{what} {path}: not TOML: {error}") from error
    if long or too_deep(table):
        raise BadInput(deep)
    return table


def unknown_key(given: object, kept: object, gone: Mapping[str, str] | None = None, path: str = "") -> str | None:
    """The first key of the file that no field took up: a misspelt key must not pass in silence.

    `kept`: what became of the table, as plain values. `gone`: what is said of keys that there were once.
    """
    if isinstance(given, Mapping) and isinstance(kept, Mapping):
        children = [(key, value, kept.get(key, unknown_key)) for key, value in given.items()]
        for key, value, partner in children:
            if partner is unknown_key:
                return f"unknown key {path}{key}{(gone or {}).get(path + key) or did_you_mean(key, kept)}"
            found = unknown_key(value, partner, gone, f"{path}{key}.")
            if found is not None:
                return found
    elif isinstance(given, list) and isinstance(kept, list | tuple):
        for index, (value, partner) in enumerate(zip(given, kept, strict=True)):
            found = unknown_key(value, partner, gone, f"{path.rstrip('.')}[{index}].")
            if found is not None:
                return found
    return None


def too_deep(given: object) -> bool:
    """Whether tables and lists are nested beyond what any file needs: those who walk them would not come back."""
    level: list[object] = [given]
    for _ in range(MOST_DEPTH):
        children = [child for each in level for child in _children(each)]
        if not children:
            return False
        level = children
    return True


def _children(given: object) -> Iterable[object]:
    if isinstance(given, Mapping):
        return given.values()
    return given if isinstance(given, list) else ()


def no_number(given: object, path: str = "") -> str | None:
    """The first value of the file that TOML knows as a number and nothing else does: nan, inf."""
    if isinstance(given, float) and not isfinite(given):
        return f"key {path}: {given} is not a number"
    if isinstance(given, Mapping):
        children = [(f"{path}.{key}".lstrip("."), value) for key, value in given.items()]
    else:
        children = [(f"{path}[{index}]", value) for index, value in enumerate(given if isinstance(given, list) else ())]
    return next((found for key, value in children if (found := no_number(value, key))), None)


def readable(error: "msgspec.ValidationError") -> str:
    """Say "key memories[0].size: ..." where msgspec writes "... - at `$.memories[0].size`"."""
    message, _, key = str(error).partition(" - at `$.")
    return f"key {key.rstrip('`')}: {message}" if key else message
