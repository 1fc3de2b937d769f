"""Writes what `tomllib` reads."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any


def toml_lines(table: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The lines of a table: its values, then the tables in it under headings of their own."""
    for key, value in table.items():
        if isinstance(value, list) and value and not isinstance(value[0], int | float):
            yield from (f"{_key(key)} = [", *(f"    {_value(element)}," for element in value), "]")
        elif not isinstance(value, Mapping):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from ("", f"[{path}{_key(key)}]", *toml_lines(value, f"{path}{_key(key)}."))


def _value(value: object) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # all else that JSON leaves, TOML takes
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {_value(each)}' for key, each in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return str(value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)
