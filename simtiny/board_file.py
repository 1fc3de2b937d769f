"""Reads `platforms/*.toml`: a board's file, completed by those that it names."""

import functools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

import msgspec

from simtiny.board import Board
from simtiny.board_check import MOST_DEPTH, inconsistency, no_number, too_deep, unknown_key
from simtiny.data import data_path
from simtiny.errors import BadInput, unknown
from simtiny.files import read_bounded

MAX_FILE_BYTES = 256 << 10  # ten times the largest that comes with simtiny
PLATFORM_FILE = ".toml"
"""How the name of a board ends that is the path of a file."""
# Python's parser takes a time with the square of a key's parts: of a hundred thousand, minutes.
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}){{{MOST_DEPTH}}}")


class _Part(TypedDict, total=False):
    name: str
    parameters: dict[str, Any]


class _Parts(TypedDict, total=False):
    """The keys of a platform file that are put together with those of other files, which makes a `Board`."""

    board: str
    mcu: str
    power: dict[str, Any]
    wiring: dict[str, dict[str, Any]]
    peripherals: list[_Part]


def board_names() -> tuple[str, ...]:
    """Identifiers that `load_board` knows, sorted."""
    return tuple(sorted(path.stem for path in data_path("platforms").glob("*.toml")))


def load_board(name: str) -> Board:
    """Read a board by identifier, or by the path of a platform file (anything that ends in .toml)."""
    if name.endswith(PLATFORM_FILE):
        return read_board(Path(name))
    names = board_names()
    if name not in names:
        raise unknown("board", name, names)
    return _shipped(name)


@functools.cache
def _shipped(name: str) -> Board:
    """A board that comes with simtiny: its files don't change while it runs."""
    return read_board(data_path("platforms", f"{name}.toml"))


def read_board(path: Path) -> Board:
    """Read and check one platform file."""
    table = read_table(path)
    try:
        return _board(table)
    except msgspec.ValidationError as error:
        raise BadInput(f"platform file {path}: {_readable(error)}") from error
    except BadInput as error:
        raise BadInput(f"platform file {path}: {error}") from error


def read_table(path: Path, what: str = "platform file") -> dict[str, Any]:
    """What stands in a file of TOML, of a platform nothing of what completes it. `what`: how messages call the file."""
    try:
        content = read_bounded(path, MAX_FILE_BYTES)
    except BadInput as error:
        raise BadInput(f"{what} {error}") from error
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        table = {} if (deep := _LONG_KEY.search(text) is not None) else tomllib.loads(text)
    except RecursionError as error:
        raise _too_deep(path, what) from error
    except ValueError as error:  # no UTF-8, no TOML, or an integer of thousands of digits
        raise BadInput(f"{what} {path}: not TOML: {error}") from error
    if deep or too_deep(table):
        raise _too_deep(path, what)
    return table


def _too_deep(path: Path, what: str) -> BadInput:
    return BadInput(f"{what} {path}: nested too deeply: no {what.split()[0]} needs more than {MOST_DEPTH} levels")


def _board(table: dict[str, Any]) -> Board:
    """The board that a table describes. Errors don't name the file."""
    msgspec.convert(table, _Parts)
    table = _with_mcu(_overlaid(table))
    if not table.get("power"):
        table.pop("power", None)
    board = msgspec.convert(table, Board)
    problem = unknown_key(table, msgspec.to_builtins(board)) or no_number(table) or inconsistency(board)
    if problem is not None:
        raise BadInput(problem)
    return board


def _overlaid(table: dict[str, Any]) -> dict[str, Any]:
    """Complete a table that changes another board, named by the key `board`: its own keys win.

    In `[power]` and for each peripheral in `[wiring]` they do so one by one. The other board's built-in firmware runs on
    this one, too.
    """
    name = table.pop("board", None)
    if name is None:
        return table
    if name not in board_names():
        raise BadInput(f"key board: {unknown('board', name, board_names())}")
    base = read_table(data_path("platforms", f"{name}.toml"))
    wiring = dict(base.get("wiring", {}))
    for peripheral, own in table.pop("wiring", {}).items():
        wiring[peripheral] = {**wiring.get(peripheral, {}), **own}
    firmware = {"firmware": base.get("firmware", name)}
    return {**base, **firmware, **table, **_power(base, table), **({"wiring": wiring} if wiring else {})}


def _power(base: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """`[power]` of both: each of its keys in `table` wins."""
    power = {**base.get("power", {}), **table.get("power", {})}
    return {"power": power} if power else {}


def _with_mcu(table: dict[str, Any]) -> dict[str, Any]:
    """Complete a board's table by the file of its microcontroller, `platforms/mcu/`, which is named by the key `mcu`.

    The board's own keys win, in `[power]` one by one. Its peripherals are added to those of the microcontroller, and
    its table `[wiring]` gives parameters to these: what the board connects to them, and how its option bytes are set.
    """
    name = table.pop("mcu", None)
    if name is None:
        return table
    files = {path.stem: path for path in data_path("platforms", "mcu").glob("*.toml")}
    if name not in files:
        raise BadInput(f"key mcu: {unknown('microcontroller', name, sorted(files))}")
    mcu = _with_mcu(read_table(files[name]))
    wiring = table.pop("wiring", {})
    peripherals = [*mcu.pop("peripherals", []), *table.pop("peripherals", [])]
    for peripheral in peripherals:
        own = wiring.pop(peripheral.get("name"), None)
        if own is not None:
            peripheral["parameters"] = {**peripheral.get("parameters", {}), **own}
    if wiring:
        raise BadInput(f"key wiring: there is no peripheral {next(iter(wiring))}")
    return {**mcu, **table, **_power(mcu, table), "peripherals": peripherals}


def _readable(error: msgspec.ValidationError) -> str:
    """Say "key memories[0].size: ..." where msgspec writes "... - at `$.memories[0].size`"."""
    message, _, key = str(error).partition(" - at `$.")
    return f"key {key.rstrip('`')}: {message}" if key else message
