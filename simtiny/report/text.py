"""The tables of the terminal, made from the same results as the JSON document."""

from collections.abc import Callable, Sequence
from math import floor, fsum, log10

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.energy import EnergyEstimate
from simtiny.intervals import LEVEL, OTHER_STACKS
from simtiny.notes import texts
from simtiny.records import Recorded, Spread
from simtiny.report.result import RunResult
from simtiny.report.window_result import Interrupt, Wait

INTERVAL = f"{LEVEL * 100:.0f} % interval"
OWN_RECORD = "own record used"
Ends = tuple[float | None, float | None]
_LABEL_COLUMNS = 18  # those of "recorded: median", indented
_NOTHING = "-"
MOST_NAMED = 6
"""Consumers that a line names; the others are summed up."""
_KIB = 1024


def run_report(results: Sequence[RunResult], *, layers: bool = False, sources: bool = False) -> RenderableType:
    """Everything that `simtiny run` prints: one column a result, then notes; with `sources` what it follows from."""
    parts: list[RenderableType] = [Text(line) for line in own_network_lines(results)]
    parts.append(run_table(results))
    parts += [Text(line) for line in footnotes(results, sources=sources)]
    parts += [cache_table(result) for result in results if result.caches]
    if layers:
        without = "the firmware marks no layers"
        parts += [layer_table(each) if each.layers else Text(f"{each.title}: {without}") for each in results]
    return Group(*parts)


def run_table(results: Sequence[RunResult]) -> Table:
    """Quantities down, results across: four benchmarks fit a terminal of 60 columns."""
    table = Table(title=" / ".join(dict.fromkeys(result.board for result in results)))
    table.add_column("", min_width=_LABEL_COLUMNS)
    for result in results:
        table.add_column(result.title, justify="right", overflow="fold")
    for label, cells, style, end_section in run_rows(results, two_lines=len(results) > 2):
        table.add_row(label, *cells, style=style, end_section=end_section)
    return table


def run_rows(results: Sequence[RunResult], *, two_lines: bool = False) -> list[tuple[str, list[str], str, bool]]:
    """Label, one cell a result, style, and whether a section ends with this row. `two_lines`: of an interval."""
    rows: list[tuple[str, list[str], str, bool]] = []

    def row(label: str, cell: Callable[[RunResult], str], style: str = "", end_section: bool = False) -> None:
        cells = [cell(result) for result in results]
        if any(text != _NOTHING for text in cells):
            rows.append((label, cells, style, end_section))

    def interval(indent: str, ends: Callable[[RunResult], Ends]) -> None:
        label = f"{indent}{INTERVAL}"
        if not two_lines:
            row(label, lambda result: span(*ends(result)))
            return
        row(label, lambda result: _rough_or_nothing(ends(result)[0]))
        row(f"{indent}{'to':>{len(INTERVAL)}}", lambda result: _rough_or_nothing(ends(result)[1]))

    row("latency ms", lambda result: number(result.latency_ms), "bold")
    interval("  ", lambda result: (result.latency_low_ms, result.latency_high_ms))
    _recorded_rows(row, lambda recorded: recorded.latency_ms)
    row("cycles", lambda result: count(result.cycles))
    row("instructions", lambda result: count(result.instructions))
    row("cycles per instruction", lambda result: f"{result.cpi:.3f}")
    row("cycles per MAC", lambda result: _optional(result.cycles_per_mac, "{:.2f}"), end_section=True)
    row("energy uJ", lambda result: number(result.energy.energy_uj) if result.energy else _NOTHING, "bold")
    interval("  ", _energy_ends)
    _recorded_rows(row, lambda recorded: recorded.energy_uj)
    row("power mW", lambda result: number(result.energy.mean_power_mw) if result.energy else _NOTHING)
    row("  with sleep", lambda result: number(result.duty_cycle.mean_power_mw) if result.duty_cycle else _NOTHING)
    interval("    ", _power_ends)
    row("flash KiB", lambda result: f"{result.memory.flash_bytes / _KIB:.1f}")
    row("RAM KiB", lambda result: f"{result.memory.ram_bytes / _KIB:.1f}", end_section=True)
    row(OWN_RECORD, own_record)
    return rows


def cache_table(result: RunResult) -> Table:
    """What other caches would have made of the same window."""
    table = Table(title=f"{result.title}: caches", title_justify="left")
    table.add_column("caches", overflow="fold")
    ram = any(row.ram_misses for row in result.caches)
    for heading in ("code misses", "data misses", *(["RAM misses"] if ram else []), "latency ms", "change"):
        table.add_column(heading, justify="right", overflow="fold")
    for row in result.caches:
        misses = [row.code_misses, row.data_misses, *([row.ram_misses] if ram else [])]
        table.add_row(
            row.caches, *(f"{count:,}" for count in misses), number(row.latency_ms), signed_percent(row.change, 2)
        )
    return table


def layer_table(result: RunResult) -> Table:
    """Where the cycles of one inference went."""
    table = Table(
        title=f"{result.title}: layers", title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, padding=0
    )
    table.add_column("#", justify="right")
    table.add_column("operator", overflow="fold")
    for heading in ("output", "MACs", "cycles", "cycles\nper MAC", "share"):
        table.add_column(heading, justify="right", overflow="fold")
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


def own_network_lines(results: Sequence[RunResult]) -> list[str]:
    """What stands first where the network is the user's: the kernels are simtiny's, and others differ so much."""
    lines = []
    for result in results:
        others = result.other_kernels
        if others is None:
            continue
        line = (
            f"{result.title}: the latency is that of simtiny's own kernels; {others.stacks} recorded stacks on "
            f"{others.board} lie apart by 1:{others.worst_ms / others.best_ms:.1f}, from {rough(others.best_ms)} to "
            f"{rough(others.worst_ms)} ms for {others.benchmark}"
        )
        line += "" if result.benchmark == others.benchmark else ", the benchmark whose work is nearest"
        lines.append(line)
    return lines


def footnotes(results: Sequence[RunResult], *, sources: bool = True) -> list[str]:
    """What a reader must know of the numbers, each thing said once; what holds for some columns only names them.

    With `sources` also what ran, and what intervals and constants follow from.
    """
    lines: list[str] = []
    if sources:
        lines += _said_once(results, "firmware", lambda result: result.firmware)
        lines += _said_once(results, "weights", lambda result: result.weights)
        lines += _said_once(results, "measured", lambda result: result.window)
    lines += _said_once(results, "operating point", operating_point)
    priced = [result for result in results if result.energy]
    lines += _said_once(priced, "energy", energy_line)
    lines += _said_once(priced, "what else is on", lambda result: left_on_line(result.energy))
    interrupted = [result for result in results if result.interrupts]
    lines += _said_once(
        interrupted, "interrupts", lambda result: interrupts_line(result.interrupts, result.cycles, result.latency_ms)
    )
    waiting = [result for result in results if result.waits]
    lines += _said_once(waiting, "waits", lambda result: waits_line(result.waits, result.latency_ms))
    if any(result.duty_cycle for result in results):
        lines += _said_once(results, "duty cycle", duty_line)
    return lines + (_source_lines(results) if sources else []) + _note_lines(results)


def _source_lines(results: Sequence[RunResult]) -> list[str]:
    """What intervals and constants follow from."""
    lines = _said_once(results, f"{INTERVAL} of the latency", lambda result: result.latency_interval_basis)
    priced = [result for result in results if result.energy]
    lines += _said_once(
        priced, f"{INTERVAL} of the energy", lambda result: result.energy.interval_basis if result.energy else ""
    )
    for kind, records in (
        ("latency", [record for result in results for record in result.latency_calibrated_on]),
        ("energy", [record for result in results if result.energy for record in result.energy.calibrated_on]),
    ):
        if records:
            lines.append(f"{kind} constants fitted to: {'; '.join(dict.fromkeys(records))}")
    return lines


def _note_lines(results: Sequence[RunResult]) -> list[str]:
    notes: dict[str, list[str]] = {}
    for result in results:
        for text in texts(result.notes):
            notes.setdefault(text, []).append(result.title)
    return [f"note{_only(titles, results)}: {note}" for note, titles in notes.items()]


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
    ) + (
        f" (core at {result.energy.core_v:g} V), supply {result.energy.supply_v:g} V by {result.energy.regulator}"
        if result.energy
        else ""
    )


def energy_line(result: RunResult) -> str:
    """One line: what the energy is of, and what its interval leaves open."""
    parts = "of core, memories, regulator and what else is known to be on"
    found = result.energy
    if found is not None and found.data_sheet:
        parts += ", from the data sheet's currents, not measured"
    if found is None or found.energy_low_uj is None or found.energy_high_uj is None:
        return f"{parts}; no interval, as too few points were fitted to tell"
    if OTHER_STACKS in found.interval_basis:
        return f"{parts}; its interval ends at what other software stacks drew in as long, which leave more on"
    return f"{parts}; what else the firmware switches on counts as far as it did in what was measured"


def left_on_line(found: EnergyEstimate | None) -> str:
    """One line: what else is switched on, in milliwatts, the most first."""
    if found is None or found.left_on_uj is None:
        return "unknown, and not in the energy; what other software left on is in its interval"
    if not found.left_on_uj or not found.mean_power_mw:
        return "nothing whose current is known"
    taken_ms = found.energy_uj / found.mean_power_mw
    drawn = sorted(found.left_on_uj.items(), key=lambda item: -item[1])
    named = [f"{name} {energy_uj / taken_ms:.2g}" for name, energy_uj in drawn[:MOST_NAMED]]
    rest = fsum(energy_uj for _, energy_uj in drawn[MOST_NAMED:]) / taken_ms
    if rest:
        others = len(drawn) - MOST_NAMED
        named.append(f"{others} {'others' if others > 1 else 'other'} {rest:.2g}")
    return f"{fsum(found.left_on_uj.values()) / taken_ms:.2g} mW, of which {', '.join(named)}"


def duty_line(result: RunResult) -> str:
    """One line: how often the window repeats, and what the chip does in between."""
    cycle = result.duty_cycle
    if cycle is None:
        return _NOTHING
    return (
        f"every {number(cycle.period_s * 1e3)} ms, {cycle.duty:.1%} of the time at {number(cycle.window_mw)} mW, "
        f"else {cycle.sleep_mode} at {number(cycle.sleep_mw)} mW; the interval is of the window's part alone"
    )


def interrupts_line(interrupts: Sequence[Interrupt], cycles: float, latency_ms: float) -> str:
    """What interrupted a window, and what is left of it without."""
    within = sum(interrupt.cycles for interrupt in interrupts)
    named = ", ".join(f"{each.count:,} {each.name} ({each.share:.1%})" for each in interrupts)
    left = latency_ms * (1 - within / cycles)
    return f"{named}; without them {number(left)} ms, {count(cycles - within)} cycles"


def waits_line(waits: Sequence[Wait], latency_ms: float) -> str:
    """What a window has waited for, and how long."""
    return ", ".join(f"{number(each.share * latency_ms)} ms for {each.name} ({each.share:.1%})" for each in waits)


def span(low: float | None, high: float | None) -> str:
    """The ends of an interval."""
    return _NOTHING if low is None or high is None else f"{rough(low)} to {rough(high)}"


def _rough_or_nothing(value: float | None) -> str:
    return _NOTHING if value is None else rough(value)


def rough(value: float) -> str:
    """Three significant digits without an exponent."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.{max(0, 2 - floor(log10(abs(rounded))))}f}" if rounded else "0"


def count(value: float) -> str:
    """Cycles or instructions: in full below a million, beyond in millions."""
    return f"{value:,.0f}" if value < 999_999.5 else f"{number(value / 1e6)}M"


def signed_percent(value: float, digits: int = 1) -> str:
    """With its sign; nothing is negative that rounds to zero."""
    text = f"{value:+.{digits}%}"
    return text if text.strip("+-0.%") else text.lstrip("+-")


def own_record(result: RunResult) -> str:
    """Whether constants of latency or energy were fitted to the recorded result of this very image."""
    energies = result.energy.calibrated_on if result.energy else ()
    fitted = [
        name
        for name, records in (("latency", result.latency_calibrated_on), ("energy", energies))
        if result.record is not None and result.record in records
    ]
    return "both" if len(fitted) == 2 else fitted[0] if fitted else "no"


def _energy_ends(result: RunResult) -> Ends:
    return (result.energy.energy_low_uj, result.energy.energy_high_uj) if result.energy else (None, None)


def _power_ends(result: RunResult) -> Ends:
    cycle = result.duty_cycle
    return (cycle.mean_power_low_mw, cycle.mean_power_high_mw) if cycle else (None, None)


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


def _said_once(results: Sequence[RunResult], label: str, text_of: Callable[[RunResult], str]) -> list[str]:
    said: dict[str, list[str]] = {}
    for result in results:
        said.setdefault(text_of(result), []).append(result.title)
    return [f"{label}{_only(titles, results)}: {text}" for text, titles in said.items() if text]


def _only(titles: Sequence[str], results: Sequence[RunResult]) -> str:
    return "" if len(titles) == len(results) else f" ({', '.join(titles)})"
