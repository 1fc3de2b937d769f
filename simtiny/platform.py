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
CORE_NAMES = ("cortex-m4f",)  # the keys of simtiny.machine.cores.CORES, which is slow to import
SERIAL_KIND = "stm32-usart"


@dataclass(frozen=True)
class Memory:
    """One memory. `aliases` are further base addresses at which the same bytes appear."""

    name: str
    kind: Literal["flash", "ram"]
    base: int
    size: int
    aliases: tuple[int, ...] = ()

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
    """A flash accelerator's cache, fully associative."""

    lines: int
    line_bytes: int
    source: str


@dataclass(frozen=True)
class WaitStateLimits:
    """Highest HCLK in hertz for 0, 1, 2... flash wait states in one voltage range."""

    voltage_range: str
    max_hclk_hz: tuple[float, ...]
    source: str


@dataclass(frozen=True)
class FlashSystem:
    """What stands between the core and its flash."""

    kind: str
    read_width_bits: Mapping[str, int]
    read_width_source: str
    wait_state_limits: tuple[WaitStateLimits, ...]
    instruction_cache: CacheGeometry | None = None
    data_cache: CacheGeometry | None = None


@dataclass(frozen=True)
class Limits:
    """What the part's data sheet allows."""

    max_core_hz: float
    source: str


@dataclass(frozen=True)
class Board:
    """One platform file. `power` is the table that the energy model reads: see `simtiny.energy.PowerModel`."""

    id: str
    title: str
    soc: str
    core: str
    serial: str
    limits: Limits
    memories: tuple[Memory, ...]
    flash: FlashSystem
    peripherals: tuple[PeripheralConfig, ...]
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
    if name.endswith(".toml"):
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
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"platform file {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"platform file {path}: not TOML: {error}") from error
    try:
        board = msgspec.convert(table, Board)
    except msgspec.ValidationError as error:
        raise BadInput(f"platform file {path}: {_readable(error)}") from error
    problem = _unknown_key(table, msgspec.to_builtins(board)) or _inconsistency(board)
    if problem is not None:
        raise BadInput(f"platform file {path}: {problem}")
    return board


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
    return _wrong_range(board) or _wrong_memory(board) or _wrong_name(board)


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


def _wrong_name(board: Board) -> str | None:
    names = [memory.name for memory in board.memories] + [peripheral.name for peripheral in board.peripherals]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return f"the name {twice[0]} is used twice"
    if board.core not in CORE_NAMES:
        return f"key core: unknown core {board.core!r}. Known cores: {', '.join(CORE_NAMES)}"
    if not any(peripheral.name == board.serial and peripheral.kind == SERIAL_KIND for peripheral in board.peripherals):
        return f"key serial: there is no peripheral {board.serial} of kind {SERIAL_KIND}"
    return None
