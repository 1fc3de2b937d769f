"""Boards as data: reads and checks `platforms/*.toml`. Sizes in bytes, clocks in hertz."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import msgspec

from simtiny.data import data_path
from simtiny.errors import BadInput

BLOCK_BYTES = 0x400  # the machine decodes peripheral addresses in these steps, as STM32 bus bridges do
PAGE_BYTES = 0x1000  # the emulator maps memories in these steps
# The keys of simtiny.machine.cores.CORES, which is slow to import
CORE_NAMES = ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7", "cortex-m33")
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


@dataclass(frozen=True)
class Board:
    """One platform file. `power` is the table that the energy model reads: see `simtiny.power.PowerModel`.

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
    power: Mapping[str, Any] = field(default_factory=dict)

    @property
    def main_flash(self) -> Memory:
        """The memory that the core boots from: the one of kind "flash"."""
        return next(memory for memory in self.memories if memory.kind == "flash")

    def memory_at(self, address: int, size: int = 1) -> Memory | None:
        """The memory that holds all of `size` bytes from `address`."""
        return next((memory for memory in self.memories if memory.contains(address, size)), None)


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
    return read_board(data_path("platforms", f"{name}.toml"))


def read_board(path: Path) -> Board:
    """Read and check one platform file."""
    try:
        table = _with_mcu(_overlaid(_read_table(path)))
        board = msgspec.convert(table, Board)
    except msgspec.ValidationError as error:
        raise BadInput(f"platform file {path}: {_readable(error)}") from error
    problem = _unknown_key(table, msgspec.to_builtins(board)) or _inconsistency(board)
    if problem is not None:
        raise BadInput(f"platform file {path}: {problem}")
    return board


def _read_table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"platform file {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"platform file {path}: not TOML: {error}") from error


def _overlaid(table: dict[str, Any]) -> dict[str, Any]:
    """Complete a table that changes another board, named by the key `board`: its own keys win."""
    name = table.pop("board", None)
    if name is None:
        return table
    if name not in board_names():
        raise BadInput(f"key board: unknown board {name!r}. Known boards: {', '.join(board_names())}")
    base = _read_table(data_path("platforms", f"{name}.toml"))
    return {**base, **table, **_power(base, table)}


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
    path = data_path("platforms", "mcu") / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(other.stem for other in path.parent.glob("*.toml")))
        raise BadInput(f"key mcu: unknown microcontroller {name!r}. Known: {known}")
    mcu = _with_mcu(_read_table(path))
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


def _inconsistency(board: Board) -> str | None:
    """The first contradiction between parts of the file, or what the machine can't be."""
    return _wrong_range(board) or _wrong_memory(board) or _wrong_cache(board) or _wrong_name(board)


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
    if board.core not in CORE_NAMES:
        return f"key core: unknown core {board.core!r}. Known cores: {', '.join(CORE_NAMES)}"
    if not any(peripheral.name == board.serial and peripheral.kind in SERIAL_KINDS for peripheral in board.peripherals):
        return f"key serial: there is no peripheral {board.serial} of kind {' or '.join(SERIAL_KINDS)}"
    return None
