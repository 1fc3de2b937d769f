"""What boards there are, and what there is to know of one before it is used: plain data for table, JSON and API."""

from collections.abc import Mapping
from dataclasses import dataclass

from simtiny.board import Board, CacheGeometry, Memory
from simtiny.board_file import board_names, load_board
from simtiny.mlperf.kernel_images import kernel_images
from simtiny.published import published_images
from simtiny.records import all_records


@dataclass(frozen=True)
class BoardSummary:
    """One board that can be emulated.

    records: recorded results that come with simtiny. has_energy: whether its energy can be estimated.
    """

    id: str
    title: str
    soc: str
    core: str
    flash_bytes: int
    ram_bytes: int
    records: int
    max_clock_hz: float
    has_energy: bool


@dataclass(frozen=True)
class MemoryRow:
    """A memory. cached: loads from this RAM go through the data cache."""

    name: str
    kind: str
    base: int
    size_bytes: int
    cached: bool


@dataclass(frozen=True)
class CacheRow:
    """A cache in front of flash. use: "instructions", "data" or "both". ways: None where it is fully associative."""

    use: str
    size_bytes: int
    line_bytes: int
    ways: int | None


@dataclass(frozen=True)
class VoltageRange:
    """max_clock_hz: the highest clock with 0, 1, 2... flash wait states."""

    name: str
    max_clock_hz: tuple[float, ...]


@dataclass(frozen=True)
class CoreVoltage:
    """What the core gets in a voltage range by a regulator, up to a clock."""

    voltage_range: str
    regulator: str
    core_v: float
    max_clock_hz: float


@dataclass(frozen=True)
class Power:
    """Supplies, regulators and sleep modes, and the keys of the records that coefficients of energy were fitted to.

    sleep_modes: beside "clocked" (WFI with the clocks on), with what the chip draws in each, in microamperes.
    data_sheet: the coefficients are from the data sheet's currents, not measured.
    """

    supply_v: float
    supply_limits_v: tuple[float, float]
    regulators: tuple[str, ...]
    core: tuple[CoreVoltage, ...]
    sleep_modes: Mapping[str, float]
    calibrated_on: tuple[str, ...]
    data_sheet: bool


@dataclass(frozen=True)
class BoardDetails:
    """What a board allows, and how its numbers are founded.

    kernels: sets of the built-in firmware, the one that runs by default first. power: None where its platform file has
    no power model, so that energy is not estimated. latency_calibrated_on: keys of the records that constants of this
    board's timing were fitted to, beside its core's. records: by benchmark, how many recorded results there are.
    images: how many published images are known for `simtiny fetch images`.
    """

    id: str
    title: str
    soc: str
    core: str
    max_clock_hz: float
    memories: tuple[MemoryRow, ...]
    caches: tuple[CacheRow, ...]
    voltage_ranges: tuple[VoltageRange, ...]
    power: Power | None
    kernels: tuple[str, ...]
    latency_calibrated_on: tuple[str, ...]
    records: Mapping[str, int]
    images: int


def summaries() -> tuple[BoardSummary, ...]:
    """All boards, by identifier."""
    return tuple(_summary(load_board(name)) for name in board_names())


def details(name: str) -> BoardDetails:
    """One board, by its identifier or the path of a platform file. Raises BadInput as `load_board` does."""
    board = load_board(name)
    limits = board.flash.wait_state_limits
    return BoardDetails(
        id=board.id,
        title=board.title,
        soc=board.soc,
        core=board.core,
        max_clock_hz=board.limits.max_core_hz,
        memories=tuple(_memory(memory) for memory in board.memories),
        caches=_caches(board),
        voltage_ranges=tuple(VoltageRange(row.voltage_range, row.max_hclk_hz) for row in limits),
        power=_power(board),
        kernels=tuple(map(str, kernel_images(board))),
        latency_calibrated_on=board.flash.calibrated_on,
        records=_records(board.id),
        images=sum(1 for image in published_images() if image.board == board.id),
    )


def core_name(core: str) -> str:
    """As Arm writes it: "Cortex-M0+" for "cortex-m0plus"."""
    return f"Cortex-{core.removeprefix('cortex-').upper().replace('PLUS', '+')}"


def _summary(board: Board) -> BoardSummary:
    return BoardSummary(
        id=board.id,
        title=board.title,
        soc=board.soc,
        core=board.core,
        flash_bytes=_size(board, "flash"),
        ram_bytes=_size(board, "ram"),
        records=sum(_records(board.id).values()),
        max_clock_hz=board.limits.max_core_hz,
        has_energy=board.power is not None,
    )


def _size(board: Board, kind: str) -> int:
    return sum(memory.size for memory in board.memories if memory.kind == kind)


def _records(board: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for record in all_records():
        if record.board == board:
            counts[record.benchmark] = counts.get(record.benchmark, 0) + 1
    return dict(sorted(counts.items()))


def _memory(memory: Memory) -> MemoryRow:
    return MemoryRow(memory.name, memory.kind, memory.base, memory.size, memory.cached)


def _caches(board: Board) -> tuple[CacheRow, ...]:
    flash = board.flash
    both = "both" if flash.unified else "instructions"
    found = ((both, flash.instruction_cache), ("data", None if flash.unified else flash.data_cache))
    return tuple(_cache(use, cache) for use, cache in found if cache is not None)


def _cache(use: str, cache: CacheGeometry) -> CacheRow:
    return CacheRow(use, cache.lines * cache.line_bytes, cache.line_bytes, cache.ways)


def _power(board: Board) -> Power | None:
    model = board.power
    if model is None:
        return None
    return Power(
        supply_v=model.supply_v,
        supply_limits_v=model.supply_limits_v,
        regulators=tuple(sorted({row.regulator for row in model.core})),
        core=tuple(CoreVoltage(row.voltage_range, row.regulator, row.core_v, row.max_core_hz) for row in model.core),
        sleep_modes={name: mode.current_ua for name, mode in model.sleep_modes.items()},
        calibrated_on=model.calibrated_on,
        data_sheet=model.data_sheet,
    )
