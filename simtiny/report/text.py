"""The tables of the terminal, made from the same results as the JSON document."""

from collections.abc import Callable, Sequence
from math import floor, log10

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.notes import texts
from simtiny.records import Recorded, Spread
from simtiny.report.result import RunResult

_NOTHING = "-"
_KIB = 1024


def run_report(results: Sequence[RunResult], *, layers: bool = False) -> RenderableType:
    """Everything that `simtiny run` prints: one column a result, then how it was measured, then the notes."""
    parts: list[RenderableType] = [run_table(results)]
    parts += [Text(line) for line in footnotes(results)]
    parts += [cache_table(result) for result in results if result.caches]
    if layers:
        parts += [layer_table(result) for result in results if result.layers]
    return Group(*parts)


def run_table(results: Sequence[RunResult]) -> Table:
    """Quantities down, results across: four benchmarks fit a terminal of 80 columns."""
    table = Table(title=" / ".join(dict.fromkeys(result.board for result in results)))
    table.add_column("")
    for result in results:
        table.add_column(result.title, justify="right")
    for label, cells, style, end_section in run_rows(results):
        table.add_row(label, *cells, style=style, end_section=end_section)
    return table


def run_rows(results: Sequence[RunResult]) -> list[tuple[str, list[str], str, bool]]:
    """Label, one cell a result, style, and whether a section ends with this row."""
    rows: list[tuple[str, list[str], str, bool]] = []

    def row(label: str, cell: Callable[[RunResult], str], style: str = "", end_section: bool = False) -> None:
        cells = [cell(result) for result in results]
        if any(text != _NOTHING for text in cells):
            rows.append((label, cells, style, end_section))

    row("latency ms", lambda result: number(result.latency_ms), "bold")
    row("  ±", lambda result: number(result.latency_uncertainty_ms))
    _recorded_rows(row, lambda recorded: recorded.latency_ms)
    row("Mcycles", lambda result: number(result.cycles / 1e6))
    row("Minstructions", lambda result: number(result.instructions / 1e6))
    row("cycles per instruction", lambda result: f"{result.cpi:.3f}")
    row("cycles per MAC", lambda result: _optional(result.cycles_per_mac, "{:.2f}"), end_section=True)
    row("energy uJ", lambda result: number(result.energy.energy_uj) if result.energy else _NOTHING, "bold")
    row("  ±", lambda result: number(result.energy.uncertainty_uj) if result.energy else _NOTHING)
    _recorded_rows(row, lambda recorded: recorded.energy_uj)
    row("power mW", lambda result: number(result.energy.mean_power_mw) if result.energy else _NOTHING)
    row("  with sleep", lambda result: number(result.duty_cycle.mean_power_mw) if result.duty_cycle else _NOTHING)
    row("    ±", lambda result: number(result.duty_cycle.uncertainty_mw) if result.duty_cycle else _NOTHING)
    row("flash KiB", lambda result: f"{result.memory.flash_bytes / _KIB:.1f}")
    row("RAM KiB", lambda result: f"{result.memory.ram_bytes / _KIB:.1f}", end_section=True)
    row("constants: latency", lambda result: _calibration(result.latency_calibrated_on, result.record))
    row(
        "constants: energy",
        lambda result: _calibration(result.energy.calibrated_on, result.record) if result.energy else _NOTHING,
    )
    return rows


def cache_table(result: RunResult) -> Table:
    """What other caches would have made of the same window."""
    table = Table(title=f"{result.title}: caches", title_justify="left")
    table.add_column("caches")
    ram = any(row.ram_misses for row in result.caches)
    for heading in ("code misses", "data misses", *(["RAM misses"] if ram else []), "latency ms", "change"):
        table.add_column(heading, justify="right")
    for row in result.caches:
        misses = [row.code_misses, row.data_misses, *([row.ram_misses] if ram else [])]
        table.add_row(row.caches, *(f"{count:,}" for count in misses), number(row.latency_ms), f"{row.change:+.2%}")
    return table


def layer_table(result: RunResult) -> Table:
    """Where the cycles of one inference went."""
    table = Table(title=f"{result.title}: layers", title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("operator")
    for heading in ("output", "MACs", "cycles", "cycles/MAC", "share"):
        table.add_column(heading, justify="right")
    for layer in result.layers:
        table.add_row(
            str(layer.index),
            layer.kind,
            "x".join(map(str, layer.output_shape)),
            f"{layer.macs:,}" if layer.macs else _NOTHING,
            f"{layer.cycles:,.0f}",
            _optional(layer.cycles_per_mac, "{:.2f}"),
            f"{layer.share:.1%}",
        )
    return table


def footnotes(results: Sequence[RunResult]) -> list[str]:
    """How the numbers came about, each thing said once; what holds for some columns only names them."""
    lines = _said_once(results, "firmware", lambda result: result.firmware)
    lines += _said_once(results, "weights", lambda result: result.weights)
    lines += _said_once(results, "measured", lambda result: result.window)
    lines += _said_once(results, "operating point", operating_point)
    if any(result.energy for result in results):
        lines.append("energy: of core, memories and regulator; what else the firmware switches on comes on top")
    if any(result.duty_cycle for result in results):
        lines += _said_once(results, "duty cycle", duty_line)
    for kind, records in (
        ("latency", [record for result in results for record in result.latency_calibrated_on]),
        ("energy", [record for result in results if result.energy for record in result.energy.calibrated_on]),
    ):
        if records:
            lines.append(f"{kind} constants calibrated on: {'; '.join(dict.fromkeys(records))}")
    notes: dict[str, list[str]] = {}
    for result in results:
        for text in texts(result.notes):
            notes.setdefault(text, []).append(result.title)
    lines += [f"note{_only(titles, results)}: {note}" for note, titles in notes.items()]
    return lines


def operating_point(result: RunResult) -> str:
    """One line: clock, flash set-up, voltage."""
    point = result.operating_point
    flash = [
        f"{name} {'on' if enabled else 'off'}"
        for name, enabled in (
            ("prefetch", point.prefetch),
            ("instruction cache", point.instruction_cache),
            ("data cache", point.data_cache),
        )
    ]
    return (
        f"{point.clock_hz / 1e6:g} MHz, {point.wait_states} flash wait states, {', '.join(flash)}, "
        f"voltage range {point.voltage_range}"
    ) + (f", energy at {result.energy.supply_v:g} V ({result.energy.regulator})" if result.energy else "")


def duty_line(result: RunResult) -> str:
    """One line: how often the window repeats, and what the chip does in between."""
    cycle = result.duty_cycle
    if cycle is None:
        return _NOTHING
    return (
        f"every {number(cycle.period_s * 1e3)} ms, {cycle.duty:.1%} of the time at {number(cycle.window_mw)} mW, "
        f"else {cycle.sleep_mode} at {number(cycle.sleep_mw)} mW; ± is the window's part alone"
    )


def number(value: float) -> str:
    """Four significant digits without an exponent."""
    if value == 0:
        return "0"
    for limit, digits in ((1000, 0), (100, 1), (10, 2), (1, 3)):
        if abs(value) >= limit:
            return f"{value:,.{digits}f}"
    return f"{value:.{3 - floor(log10(abs(value)))}f}"


def _recorded_rows(row: Callable[..., None], spread_of: Callable[[Recorded], Spread | None]) -> None:
    def cell(pick: Callable[[Spread], str]) -> Callable[[RunResult], str]:
        def text(result: RunResult) -> str:
            spread = spread_of(result.recorded)
            return pick(spread) if spread else _NOTHING

        return text

    row("  recorded: best", cell(lambda spread: number(spread.best)), "dim")
    row("  recorded: median", cell(lambda spread: number(spread.median)), "dim")
    row("  recorded: worst", cell(lambda spread: number(spread.worst)), "dim")
    row("  recorded: results", cell(lambda spread: str(spread.count)), "dim", end_section=False)


def _optional(value: float | None, form: str) -> str:
    return _NOTHING if value is None else form.format(value)


def _calibration(fitted_to: Sequence[str], record: str | None) -> str:
    if not fitted_to:
        return "not fitted"
    return "calibrated" if record in fitted_to else "predicted"


def _said_once(results: Sequence[RunResult], label: str, text_of: Callable[[RunResult], str]) -> list[str]:
    said: dict[str, list[str]] = {}
    for result in results:
        said.setdefault(text_of(result), []).append(result.title)
    return [f"{label}{_only(titles, results)}: {text}" for text, titles in said.items() if text]


def _only(titles: Sequence[str], results: Sequence[RunResult]) -> str:
    return "" if len(titles) == len(results) else f" ({', '.join(titles)})"
