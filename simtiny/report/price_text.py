"""What `simtiny price` prints."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.notes import texts
from simtiny.profiles import OperatingPoint
from simtiny.report.breakdown_text import top_functions
from simtiny.report.price_result import PriceResult
from simtiny.report.text import INTERVAL, count, left_on_line, number, span

TOP_FUNCTIONS = 12


def price_report(result: PriceResult, top: int = TOP_FUNCTIONS) -> RenderableType:
    """Cycles, time and energy; sections, where there are several; the `top` functions; notes."""
    parts: list[RenderableType] = [_totals(result)]
    parts += [Text(line) for line in _lines(result)]
    if len(result.sections) > 1:
        parts.append(_sections(result))
    parts.append(_functions(result, top))
    return Group(*parts)


def _totals(result: PriceResult) -> Table:
    table = Table(title=result.board)
    table.add_column("")
    table.add_column(result.title, justify="right", overflow="fold")
    table.add_row("latency ms", number(result.latency_ms), style="bold")
    table.add_row(f"  {INTERVAL}", span(result.latency_low_ms, result.latency_high_ms))
    table.add_row("cycles", f"{result.cycles:,}")
    table.add_row("instructions", count(result.instructions))
    if result.cpi is not None:
        table.add_row("cycles per instruction", f"{result.cpi:.3f}")
    if asleep := result.cycles_by_effect["sleep"]:
        table.add_row("  cycles asleep", f"{asleep:,}")
    if result.exceptions:
        table.add_row("exceptions", f"{result.exceptions:,}")
    if result.energy:
        table.add_row("energy uJ", number(result.energy.energy_uj), style="bold")
        table.add_row(f"  {INTERVAL}", span(result.energy.energy_low_uj, result.energy.energy_high_uj))
        table.add_row("power mW", number(result.energy.mean_power_mw))
    return table


def _lines(result: PriceResult) -> list[str]:
    written = f", written by {result.engine}" if result.engine else ""
    lines = [f"stream: {result.stream}{written}", f"priced: {result.window}"]
    if len(result.sections) == 1:
        lines.append(f"operating point: {_point(result.sections[0].operating_point)}{_supply(result)}")
    elif result.energy:
        lines.append(f"supply: {result.energy.supply_v:g} V")
    if result.energy:
        lines.append(f"what else is on: {left_on_line(result.energy)}")
    return lines + [f"note: {text}" for text in texts(result.notes)]


def _supply(result: PriceResult) -> str:
    found = result.energy
    return f" (core at {found.core_v:g} V), supply {found.supply_v:g} V by {found.regulator}" if found else ""


def _point(point: OperatingPoint) -> str:
    on = ("off", "on")
    return (
        f"{point.clock_hz / 1e6:g} MHz, {point.wait_states} flash wait states, prefetch {on[point.prefetch]}, "
        f"instruction cache {on[point.instruction_cache]}, data cache {on[point.data_cache]}, voltage range "
        f"{point.voltage_range}"
    )


def _sections(result: PriceResult) -> Table:
    """At which clock, wait states and caches (I, D, prefetch P) how much ran."""
    has_energy = any(section.energy_uj is not None for section in result.sections)
    table = Table(title="sections, by operating point", title_justify="left")
    for heading in ("MHz", "waits", "on", "range", "cycles", "ms", *(["uJ"] if has_energy else [])):
        table.add_column(heading, justify="right", overflow="fold")
    for section in result.sections:
        point = section.operating_point
        switches = (("P", point.prefetch), ("I", point.instruction_cache), ("D", point.data_cache))
        table.add_row(
            f"{point.clock_hz / 1e6:g}",
            str(point.wait_states),
            "".join(letter for letter, is_on in switches if is_on) or "-",
            " ".join((point.voltage_range, point.regulator)).strip(),
            f"{section.cycles:,}",
            number(section.latency_ms),
            *(["-" if section.energy_uj is None else number(section.energy_uj)] if has_energy else []),
        )
    return table


def _functions(result: PriceResult, top: int) -> Table:
    table = Table(title="by function", title_justify="left")
    table.add_column("", overflow="fold")
    energy = result.energy
    for heading in ("cycles", "share", *(["uJ", "share"] if energy else [])):
        table.add_column(heading, justify="right", no_wrap=True)
    for part in top_functions(result.by_function, top):
        cells = [f"{part.cycles:,.0f}", f"{part.cycles / max(result.cycles, 1):.1%}"]
        if energy and part.energy_uj is not None:
            cells += [number(part.energy_uj), f"{part.energy_uj / energy.energy_uj:.1%}" if energy.energy_uj else "-"]
        table.add_row(Text(part.name), *cells)
    return table
