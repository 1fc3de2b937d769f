"""The tables of `simtiny boards`: right in any terminal of 60 columns or more."""

import textwrap
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from simtiny.report.boards import BoardDetails, BoardSummary, CacheRow, MemoryRow, Power, VoltageRange, core_name

_KIB = 1024
_UNLIMITED = 10_000

_Column = tuple[str, str, Callable[[BoardSummary], str]]
_COLUMNS: tuple[_Column, ...] = (
    ("board", "left", lambda board: board.id),
    ("core", "left", lambda board: core_name(board.core).removeprefix("Cortex-")),
    ("MHz", "right", lambda board: f"{board.max_clock_hz / 1e6:g}"),
    ("flash\nKiB", "right", lambda board: f"{board.flash_bytes // _KIB}"),
    ("RAM\nKiB", "right", lambda board: f"{board.ram_bytes // _KIB}"),
    ("energy", "left", lambda board: "yes" if board.has_energy else "no"),
    ("recorded\nresults", "right", lambda board: str(board.records)),
    ("microcontroller", "left", lambda board: board.soc),
)
"""The first ones matter most: what a terminal has no room for is left out from the end."""


def boards_table(boards: Sequence[BoardSummary], console: Console) -> Table:
    """One line a board, with as many columns as the console has room for. The board's identifier is always whole."""
    unlimited = console.options.update(width=_UNLIMITED)
    tables = (_boards_table(boards, _COLUMNS[:count]) for count in range(len(_COLUMNS), 1, -1))
    fitting = (table for table in tables if Measurement.get(console, unlimited, table).maximum <= console.width)
    return next(fitting, _boards_table(boards, _COLUMNS[:1]))


def board_report(board: BoardDetails, width: int) -> str:
    """All of `simtiny boards show`, a line a thing; what is longer than `width` is folded beside its label."""
    lines = board_lines(board)
    indent = " " * (max(len(label) for label, _ in lines) + 2)
    folded = [
        textwrap.fill(
            text, width, initial_indent=label.ljust(len(indent)), subsequent_indent=indent, break_on_hyphens=False
        )
        for label, text in lines
    ]
    return "\n".join([f"{board.id}: {board.title}", *folded])


def board_lines(board: BoardDetails) -> list[tuple[str, str]]:
    """Label and text of each line."""
    lines = [
        ("microcontroller", board.soc),
        ("core", core_name(board.core)),
        ("clock", f"up to {board.max_clock_hz / 1e6:g} MHz"),
        *(("memory" if number == 0 else "", _memory(memory)) for number, memory in enumerate(board.memories)),
        *(("cache" if number == 0 else "", _cache(cache)) for number, cache in enumerate(board.caches)),
        *((f"voltage range {row.name}", _wait_states(row)) for row in board.voltage_ranges),
        *_power_lines(board.power),
        ("kernels", _kernels(board.kernels)),
        ("recorded", ", ".join(f"{name} {count}" for name, count in board.records.items()) or "nothing"),
        ("published images", f"{board.images}" + (" (`simtiny fetch images`)" if board.images else "")),
    ]
    if board.latency_calibrated_on:
        lines.append(("timing follows from", "; ".join(board.latency_calibrated_on)))
    return lines


def _boards_table(boards: Sequence[BoardSummary], columns: Sequence[_Column]) -> Table:
    table = Table()
    for heading, justify, _ in columns:
        table.add_column(heading, justify="right" if justify == "right" else "left", no_wrap=True)
    for board in boards:
        table.add_row(*(cell(board) for _, _, cell in columns))
    return table


def _memory(memory: MemoryRow) -> str:
    cached = ", through the data cache" if memory.cached else ""
    return f"{memory.name} ({memory.kind}): {memory.size_bytes / _KIB:g} KiB at 0x{memory.base:08x}{cached}"


def _cache(cache: CacheRow) -> str:
    use = "instructions and data" if cache.use == "both" else cache.use
    ways = "fully associative" if cache.ways is None else f"{cache.ways} ways"
    size = f"{cache.size_bytes / _KIB:g} KiB" if cache.size_bytes >= _KIB else f"{cache.size_bytes} bytes"
    return f"{use}: {size}, {ways}, lines of {cache.line_bytes} bytes"


def _wait_states(row: VoltageRange) -> str:
    limits, last = ", ".join(f"{highest / 1e6:g}" for highest in row.max_clock_hz), len(row.max_clock_hz) - 1
    return f"with {f'0 to {last}' if last else 0} wait states up to {limits} MHz"


def _power_lines(power: Power | None) -> list[tuple[str, str]]:
    if power is None:
        return [("energy", "not estimated: the platform file has no power model")]
    low, high = power.supply_limits_v
    volts = [f"{row.core_v:g} V in range {row.voltage_range} by {row.regulator}" for row in power.core]
    modes = [f"{name} ({current_ua:g} uA)" for name, current_ua in power.sleep_modes.items()]
    sources = "the data sheet, not measured" if power.data_sheet else "; ".join(power.calibrated_on) or "no record"
    return [
        ("energy", f"estimated, from {sources}"),
        ("supply", f"{power.supply_v:g} V, or {low:g} to {high:g} V"),
        ("regulators", ", ".join(power.regulators)),
        ("core voltage", ", ".join(dict.fromkeys(volts))),
        ("sleep modes", ", ".join(["clocked", *modes])),
    ]


def _kernels(kernels: Sequence[str]) -> str:
    if not kernels:
        return "none: bring your own firmware"
    return ", ".join([f"{kernels[0]} (by default)", *kernels[1:]])
