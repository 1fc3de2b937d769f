"""A board as data: its core, memories, flash, peripherals and power. Sizes in bytes, clocks in hertz."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from simtiny.consumers import Consumer, Consumers
from simtiny.errors import Unpriced
from simtiny.power_model import PowerModel


@dataclass(frozen=True)
class Memory:
    """One memory.

    `aliases` are further base addresses at which the same bytes appear. `cached`: loads from this RAM go through the
    data cache. `wait_states` of a RAM that has none in front of it: each word of a load waits so many cycles, a store
    none. `arbitration_cycles`: how long the bus matrix takes to turn to this RAM, see `simtiny.timing.arbitration`.
    """

    name: str
    kind: Literal["flash", "ram"]
    base: int
    size: int
    aliases: tuple[int, ...] = ()
    cached: bool = False
    wait_states: int = 0
    arbitration_cycles: int = 0

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

    `kind` says how it prefetches: see `simtiny.flash.policies`.

    `unified`: the instruction cache holds what is read as data, too. A miss takes the flash's wait states and
    `miss_overhead_cycles`, with its cache off `bypass_overhead_cycles` where that is given, in cached RAM
    `ram_miss_cycles`. `calibrated_on`: keys of the records that these two, or
    other keys here, follow from (see `simtiny.records`).

    `alias_cache`: of what is read through the flash's alias, where that goes past the other caches. There, a miss takes
    the wait states alone.

    `read_ahead_cycles`: of a kind that with prefetch on reads the next unit as well on a miss, which takes its wait
    states and so many cycles.
    """

    kind: str
    read_width_bits: Mapping[str, int]
    read_width_source: str
    wait_state_limits: tuple[WaitStateLimits, ...]
    instruction_cache: CacheGeometry | None = None
    data_cache: CacheGeometry | None = None
    unified: bool = False
    miss_overhead_cycles: int = 0
    bypass_overhead_cycles: int | None = None
    ram_miss_cycles: int = 0
    read_ahead_cycles: int | None = None
    alias_cache: CacheGeometry | None = None
    calibrated_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """What the part's data sheet allows."""

    max_core_hz: float
    source: str


@dataclass(frozen=True)
class Board:
    """One platform file. `power`: None where it has no table of that name, so that energy can't be estimated.

    `vectors`: where the core finds its vector table at reset, which is what VTOR reads then: by the chip's option
    bytes, or by what another core of the chip has set; see `vectors_at_reset`.
    `priority_bits`, `mpu_regions`: of an interrupt's priority, and how many the memory protection unit has, if other
    than the core usually comes with.
    `bit_band`: the core has the aliases of `simtiny.machine.bit_band`; None: as it usually does.
    `trace_enabled`: DEMCR.TRCENA is set at reset, as a debug probe leaves it until the next power-on.
    `firmware`: the board whose built-in firmware runs here too, if this one has none of its own.
    `consumers`: what else of the chip draws current while it is switched on; None: its file does not say.
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
    mpu_regions: int | None = None
    bit_band: bool | None = None
    trace_enabled: bool = False
    firmware: str | None = None
    power: PowerModel | None = None
    consumers: Consumers | None = None

    @property
    def main_flash(self) -> Memory:
        """The memory that the core boots from: the one of kind "flash"."""
        return next(memory for memory in self.memories if memory.kind == "flash")

    @property
    def vectors_at_reset(self) -> int:
        """Where the core finds its vector table at reset: by `vectors`, else at 0 if flash is seen there."""
        if self.vectors is not None:
            return self.vectors
        flash = self.main_flash
        return 0 if 0 in flash.aliases else flash.base

    def memory_at(self, address: int, size: int = 1) -> Memory | None:
        """The memory that holds all of `size` bytes from `address`."""
        return next((memory for memory in self.memories if memory.contains(address, size)), None)


def as_counted(board: Board) -> Board:
    """The board without what no count depends on: what it is called, what energy it takes, and where its data are from.

    Machines that measure are given this one, so that none can depend on what it leaves out.
    """
    flash = board.flash
    return replace(
        board,
        title="",
        limits=replace(board.limits, source=""),
        flash=replace(
            flash,
            read_width_source="",
            wait_state_limits=(),
            instruction_cache=flash.instruction_cache and replace(flash.instruction_cache, source=""),
            data_cache=flash.data_cache and replace(flash.data_cache, source=""),
            alias_cache=flash.alias_cache and replace(flash.alias_cache, source=""),
            calibrated_on=(),
        ),
        firmware=None,
        power=None,
        consumers=board.consumers and _without_currents(board.consumers),
    )


def _without_currents(consumers: Consumers) -> Consumers:
    each = {name: Consumer(one.on, one.clock) for name, one in consumers.each.items()}
    return Consumers(core_v=0.0, source="", each=each)


def power_model(board: Board) -> PowerModel:
    """The board's power model. Raises Unpriced where its platform file has none."""
    if board.power is None:
        raise Unpriced(
            f"board {board.id}: its platform file has no power model, so its energy can't be estimated "
            "(`simtiny calibrate` makes one from your measurements)"
        )
    return board.power
