"""Boards as data: reads and checks `platforms/*.toml`. Sizes in bytes, clocks in hertz."""

import difflib
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any, Literal, TypedDict

import msgspec

from simtiny.cores import CORE_FACTS
from simtiny.data import data_path
from simtiny.errors import BadInput, Unpriced
from simtiny.files import read_bounded
from simtiny.power import PowerModel, contradiction

MAX_FILE_BYTES = 4 << 20
IRQ_LINES = 496  # the most of any core [Arm v7-M ARM, B1.5.1]
PRIORITY_BITS = range(2, 9)  # from Cortex-M0's to the width of the field
BLOCK_BYTES = 0x400  # the machine decodes peripheral addresses in these steps, as STM32 bus bridges do
PAGE_BYTES = 0x1000  # the emulator maps memories in these steps
PLATFORM_FILE = ".toml"
"""How the name of a board ends that is the path of a file."""
SERIAL_KINDS = ("stm32-usart", "psoc6-scb-uart")


@dataclass(frozen=True)
class Memory:
    """One memory.

    `aliases` are further base addresses at which the same bytes appear. `cached`: loads from this RAM go through the
    data cache.
    """

    name: str
    kind: Literal["flash", "ram"]
    base: int
    size: int
    aliases: tuple[int, ...] = ()
    cached: bool = False

    def contains(self, address: int, size: int = 1) -> bool:
        """Whether `size` bytes from `address` lie in this memory, at its base or at one alias."""
        return any(base <= address and address + size <= base + self.size for base in (self.base, *self.aliases))


@dataclass(frozen=True)
class PeripheralConfig:
    """One register block. `irq` lists its NVIC lines in the order that its kind documents."""

    name: str
    kind: str
    base: int
    size: int = 0x400
    irq: tuple[int, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CacheGeometry:
    """A cache. Without `ways` it is fully associative and filled by single reads of the flash, else by whole lines."""

    lines: int
    line_bytes: int
    source: str
    ways: int | None = None
    replacement: Literal["lru", "random"] = "lru"


@dataclass(frozen=True)
class WaitStateLimits:
    """Highest HCLK in hertz for 0, 1, 2... flash wait states in one voltage range."""

    voltage_range: str
    max_hclk_hz: tuple[float, ...]
    source: str


@dataclass(frozen=True)
class FlashSystem:
    """What stands between the core and its memories.

    `unified`: the instruction cache holds what is read as data, too. A miss takes the flash's wait states and
    `miss_overhead_cycles`, in cached RAM `ram_miss_cycles`. `calibrated_on`: keys of the records that these two, or
    other keys here, follow from (see `simtiny.records`).

    `read_ahead_cycles`: with prefetch on, a miss makes the flash read the next unit as well, which takes its wait
    states and so many cycles. Another miss waits until it has. None: prefetch as STM32's, which is never in the way.

    `prefetch_first`: a branch that misses, or a load from flash, waits for the end of the prefetch under way.
    """

    kind: str
    read_width_bits: Mapping[str, int]
    read_width_source: str
    wait_state_limits: tuple[WaitStateLimits, ...]
    instruction_cache: CacheGeometry | None = None
    data_cache: CacheGeometry | None = None
    unified: bool = False
    miss_overhead_cycles: int = 0
    ram_miss_cycles: int = 0
    read_ahead_cycles: int | None = None
    prefetch_first: bool = False
    calibrated_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """What the part's data sheet allows."""

    max_core_hz: float
    source: str


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


@dataclass(frozen=True)
class Board:
    """One platform file. `power`: None where it has no table of that name, so that energy can't be estimated.

    `vectors`: where the core finds its vector table at reset, if not at the start of flash: what another core of the
    chip has set. `priority_bits`: of an interrupt's priority, if other than the core usually comes with.
    `trace_enabled`: DEMCR.TRCENA is set at reset, as a debug probe leaves it until the next power-on.
    `firmware`: the board whose built-in firmware runs here too, if this one has none of its own.
    """

    id: str
    title: str
    soc: str
    core: str
    serial: str
    limits: Limits
    memories: tuple[Memory, ...]
    flash: FlashSystem
    peripherals: tuple[PeripheralConfig, ...]
    vectors: int | None = None
    priority_bits: int | None = None
    trace_enabled: bool = False
    firmware: str | None = None
    power: PowerModel | None = None

    @property
    def main_flash(self) -> Memory:
        """The memory that the core boots from: the one of kind "flash"."""
        return next(memory for memory in self.memories if memory.kind == "flash")

    def memory_at(self, address: int, size: int = 1) -> Memory | None:
        """The memory that holds all of `size` bytes from `address`."""
        return next((memory for memory in self.memories if memory.contains(address, size)), None)


def power_model(board: Board) -> PowerModel:
    """The board's power model. Raises Unpriced where its platform file has none."""
    if board.power is None:
        raise Unpriced(f"board {board.id}: its platform file has no power model, so its energy can't be estimated")
    return board.power


def board_names() -> tuple[str, ...]:
    """Identifiers that `load_board` knows, sorted."""
    return tuple(sorted(path.stem for path in data_path("platforms").glob("*.toml")))


def load_board(name: str) -> Board:
    """Read a board by identifier, or by the path of a platform file (anything that ends in .toml)."""
    if name.endswith(PLATFORM_FILE):
        return read_board(Path(name))
    names = board_names()
    if name not in names:
        near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise BadInput(f"unknown board {name!r}.{hint} Known boards: {', '.join(names)}.")
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


def read_table(path: Path) -> dict[str, Any]:
    """What stands in a platform file, and nothing of what completes it."""
    try:
        content = read_bounded(path, MAX_FILE_BYTES)
    except BadInput as error:
        raise BadInput(f"platform file {error}") from error
    try:
        return tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except RecursionError as error:
        raise BadInput(f"platform file {path}: not TOML: nested too deeply") from error
    except ValueError as error:  # no UTF-8, no TOML, or an integer of thousands of digits
        raise BadInput(f"platform file {path}: not TOML: {error}") from error


def _board(table: dict[str, Any]) -> Board:
    """The board that a table describes. Errors don't name the file."""
    msgspec.convert(table, _Parts)
    table = _with_mcu(_overlaid(table))
    if not table.get("power"):
        table.pop("power", None)
    board = msgspec.convert(table, Board)
    problem = _unknown_key(table, msgspec.to_builtins(board)) or _no_number(table) or _inconsistency(board)
    if problem is not None:
        raise BadInput(problem)
    return board


def _overlaid(table: dict[str, Any]) -> dict[str, Any]:
    """Complete a table that changes another board, named by the key `board`: its own keys win.

    In `[power]` and for each peripheral in `[wiring]` they do so one by one.
    """
    name = table.pop("board", None)
    if name is None:
        return table
    if name not in board_names():
        raise BadInput(f"key board: unknown board {name!r}. Known boards: {', '.join(board_names())}")
    base = read_table(data_path("platforms", f"{name}.toml"))
    wiring = dict(base.get("wiring", {}))
    for peripheral, own in table.pop("wiring", {}).items():
        wiring[peripheral] = {**wiring.get(peripheral, {}), **own}
    return {**base, **table, **_power(base, table), **({"wiring": wiring} if wiring else {})}


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
        raise BadInput(f"key mcu: unknown microcontroller {name!r}. Known: {', '.join(sorted(files))}")
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
    message, _, place = str(error).partition(" - at `$.")
    return f"key {place.rstrip('`')}: {message}" if place else message


def _unknown_key(given: object, kept: object, place: str = "") -> str | None:
    """The first key of the file that no field took up: a misspelt key must not pass in silence."""
    if isinstance(given, Mapping) and isinstance(kept, Mapping):
        children = [(key, value, kept.get(key, _unknown_key)) for key, value in given.items()]
        for key, value, partner in children:
            if partner is _unknown_key:
                return f"unknown key {place}{key}"
            found = _unknown_key(value, partner, f"{place}{key}.")
            if found is not None:
                return found
    elif isinstance(given, list) and isinstance(kept, list | tuple):
        for index, (value, partner) in enumerate(zip(given, kept, strict=True)):
            found = _unknown_key(value, partner, f"{place.rstrip('.')}[{index}].")
            if found is not None:
                return found
    return None


def _no_number(given: object, place: str = "") -> str | None:
    """The first value of the file that TOML knows as a number and nothing else does: nan, inf."""
    if isinstance(given, float) and not isfinite(given):
        return f"key {place}: {given} is not a number"
    if isinstance(given, Mapping):
        children = [(f"{place}.{key}".lstrip("."), value) for key, value in given.items()]
    else:
        children = [
            (f"{place}[{index}]", value) for index, value in enumerate(given if isinstance(given, list) else ())
        ]
    return next((found for key, value in children if (found := _no_number(value, key))), None)


def _inconsistency(board: Board) -> str | None:
    """The first contradiction between parts of the file, or what the machine can't be."""
    return (
        _wrong_range(board)
        or _wrong_memory(board)
        or _wrong_cache(board)
        or _wrong_name(board)
        or _wrong_interrupt(board)
        or (None if board.limits.max_core_hz > 0 else "key limits.max_core_hz: it must be positive")
        or _wrong_power(board)
    )


def _wrong_power(board: Board) -> str | None:
    problem = contradiction(board.power) if board.power is not None else None
    return f"[power]: {problem}" if problem is not None else None


def _wrong_interrupt(board: Board) -> str | None:
    if board.vectors is not None and (board.vectors % 4 or not 0 <= board.vectors < 1 << 32):
        return f"key vectors: {board.vectors:#x} is not the 32-bit address of a word"
    if board.priority_bits is not None and board.priority_bits not in PRIORITY_BITS:
        return f"key priority_bits: {board.priority_bits} is not from {PRIORITY_BITS[0]} to {PRIORITY_BITS[-1]}"
    for peripheral in board.peripherals:
        for irq in peripheral.irq:
            if not 0 <= irq < IRQ_LINES:
                return f"{peripheral.name}: irq {irq} is not from 0 to {IRQ_LINES - 1}"
    return None


def _wrong_range(board: Board) -> str | None:
    ranges = [(base, memory.size, memory.name) for memory in board.memories for base in (memory.base, *memory.aliases)]
    ranges += [(peripheral.base, peripheral.size, peripheral.name) for peripheral in board.peripherals]
    ranges.sort()
    for base, size, name in ranges:
        if base < 0 or size <= 0 or base + size > 1 << 32:
            return f"{name}: 0x{base:x} + {size} bytes is not a range of 32-bit addresses"
    for (base, size, name), (next_base, _, next_name) in pairwise(ranges):
        if base + size > next_base:
            return f"{name} (0x{base:08x}, {size} bytes) overlaps {next_name} (0x{next_base:08x})"
    for peripheral in board.peripherals:
        if peripheral.base % BLOCK_BYTES or peripheral.size % BLOCK_BYTES:
            return f"{peripheral.name}: base and size must be multiples of {BLOCK_BYTES} bytes"
    return None


def _wrong_memory(board: Board) -> str | None:
    for memory in board.memories:
        if any(number % PAGE_BYTES for number in (memory.size, memory.base, *memory.aliases)):
            return f"{memory.name}: base, size and aliases must be multiples of {PAGE_BYTES} bytes"
    kinds = [memory.kind for memory in board.memories]
    for kind in ("flash", "ram"):
        if kind not in kinds:
            return f"key memories: no memory of kind {kind}"
    if kinds.count("flash") > 1:
        return "key memories: one memory of kind flash is supported"
    flash = board.main_flash
    if flash.size & (flash.size - 1):
        return f"{flash.name}: the size of flash must be a power of two, it is {flash.size} bytes"
    for base in (flash.base, *flash.aliases):
        if base % flash.size:
            return f"{flash.name}: 0x{base:08x} is no multiple of the flash's size, {flash.size} bytes"
    return None


def _wrong_cache(board: Board) -> str | None:
    caches = {"instruction_cache": board.flash.instruction_cache, "data_cache": board.flash.data_cache}
    for name, cache in caches.items():
        if cache is None:
            continue
        ways = cache.ways or 1
        sets = cache.lines // ways if ways > 0 else 0
        if sets <= 0 or sets * ways != cache.lines or (cache.ways is not None and sets & (sets - 1)):
            return f"key flash.{name}: {cache.lines} lines in {ways} ways make no power of two of sets"
        if cache.line_bytes <= 0 or cache.line_bytes & (cache.line_bytes - 1):
            return f"key flash.{name}: the bytes of a line must be a power of two, they are {cache.line_bytes}"
    return None


def _wrong_name(board: Board) -> str | None:
    names = [memory.name for memory in board.memories] + [peripheral.name for peripheral in board.peripherals]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return f"the name {twice[0]} is used twice"
    if board.core not in CORE_FACTS:
        return f"key core: unknown core {board.core!r}. Known cores: {', '.join(CORE_FACTS)}"
    if not any(peripheral.name == board.serial and peripheral.kind in SERIAL_KINDS for peripheral in board.peripherals):
        return f"key serial: there is no peripheral {board.serial} of kind {' or '.join(SERIAL_KINDS)}"
    return None
