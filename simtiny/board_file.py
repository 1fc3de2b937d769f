"""Reads `platforms/*.toml`: a board's file, completed by those that it names."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

import msgspec

from simtiny import toml_file
from simtiny.board import Board
from simtiny.board_check import GONE, inconsistency
from simtiny.data import data_path
from simtiny.errors import BadInput, unknown
from simtiny.toml_file import no_number, readable, unknown_key

MAX_FILE_BYTES = 256 << 10  # ten times the largest that comes with simtiny
PLATFORM_FILE = ".toml"
"""How the name of a board ends that is the path of a file."""


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
        raise BadInput(f"platform file {path}: {readable(error)}") from error
    except BadInput as error:
        raise BadInput(f"platform file {path}: {error}") from error


def read_table(path: Path) -> dict[str, Any]:
    """What stands in a platform file, and nothing of what completes it."""
    return toml_file.read_table(path, "platform file", MAX_FILE_BYTES)


def _board(table: dict[str, Any]) -> Board:
    """The board that a table describes. Errors don't name the file."""
    msgspec.convert(table, _Parts)
    table = _with_mcu(_overlaid(table))
    if not table.get("power"):
        table.pop("power", None)
    board = msgspec.convert(table, Board)
    problem = unknown_key(table, msgspec.to_builtins(board), GONE) or no_number(table) or inconsistency(board)
    if problem is not None:
        raise BadInput(problem)
    return board


def _overlaid(table: dict[str, Any]) -> dict[str, Any]:
    """Complete a table that changes another board, named by the key `board`: its own keys win.

    In `[power]` and for each peripheral in `[wiring]` they do so one by one. The other's built-in firmware runs here.
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
    """`[power]` of both: each of its keys in `table` wins; an empty one there takes the power model away."""
    if table.get("power") == {}:
        return {"power": {}}
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
