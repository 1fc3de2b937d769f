"""The tables of `simtiny run --where`."""

from collections.abc import Callable, Sequence
from math import fsum
from typing import cast

from rich.table import Table

from simtiny.breakdown import Part
from simtiny.report.result import RunResult
from simtiny.report.text import INTERVAL, number, span

TOP_FUNCTIONS = 12
BEYOND_LAYERS = "before and after"
CLASSES = {
    "load words": "words loaded from RAM",
    "flash load words": "words loaded from flash",
    "store words": "words stored",
    "branch taken": "branches taken",
    "branch not taken": "branches not taken",
    "stalls": "stalls of the core",
    "flash reads": "reads of the flash array",
    "ram line reads": "cache lines filled from RAM",
    "static": "static power",
}
"""Parts of `RunResult.by_class` and `by_memory` whose names a reader may not know, in other words."""


def where_tables(results: Sequence[RunResult]) -> list[Table]:
    """By class and by memory with one column a result, then the layers and the functions of each result."""
    return [
        share_table("by class", results, lambda result: result.by_class),
        share_table("by memory", results, lambda result: result.by_memory),
        *(part_table("by layer", result, layer_parts(result)) for result in results if result.layers),
        *(part_table("by function", result, top_functions(result.by_function)) for result in results),
    ]


def share_table(title: str, results: Sequence[RunResult], parts_of: Callable[[RunResult], Sequence[Part]]) -> Table:
    """Parts down, results across: shares of the energy, or of the cycles where not every energy is known."""
    of_energy = all(result.energy for result in results)
    table = Table(title=f"{title}: share of the {'energy' if of_energy else 'cycles'}", title_justify="left")
    table.add_column("", overflow="fold")
    for result in results:
        table.add_column(result.title, justify="right", overflow="fold")
    columns = [shares(parts_of(result), of_energy) for result in results]
    for name in dict.fromkeys(name for column in columns for name in column):
        cells = [column.get(name, 0.0) for column in columns]
        if any(cells):
            table.add_row(CLASSES.get(name, name), *(f"{share:.1%}" for share in cells))
    return table


def shares(parts: Sequence[Part], of_energy: bool) -> dict[str, float]:
    """Each part's share of the whole, 0 to 1. `of_energy`: every part's energy is known; else of the cycles."""
    values = {part.name: cast(float, part.energy_uj) if of_energy else part.cycles for part in parts}
    total = fsum(values.values())
    return {name: value / total if total else 0.0 for name, value in values.items()}


def part_table(title: str, result: RunResult, parts: Sequence[Part]) -> Table:
    """Parts of one result, by cycles and energy."""
    table = Table(title=f"{result.title}: {title}", title_justify="left")
    table.add_column("", overflow="fold")
    for heading in ("cycles", "share", *(["uJ", "share", INTERVAL] if result.energy else [])):
        table.add_column(heading, justify="right", no_wrap=True)
    for part in parts:
        table.add_row(part.name, *part_cells(result, part))
    return table


def part_cells(result: RunResult, part: Part) -> list[str]:
    """Cycles and energy, where it is known, each with its share of the result."""
    cells = [f"{part.cycles:,.0f}", f"{part.cycles / result.cycles:.1%}"]
    if result.energy and part.energy_uj is not None:
        interval = span(part.energy_low_uj, part.energy_high_uj)
        cells += [number(part.energy_uj), f"{part.energy_uj / result.energy.energy_uj:.1%}", interval]
    return cells


def layer_parts(result: RunResult) -> list[Part]:
    """The layers, and what the window holds before the first and after the last. Nothing without layers."""
    if not result.layers:
        return []
    parts = [
        Part(
            f"{layer.index} {layer.kind} {'x'.join(map(str, layer.output_shape))}",
            layer.cycles,
            layer.energy_uj,
            layer.energy_low_uj,
            layer.energy_high_uj,
        )
        for layer in result.layers
    ]
    beyond_uj = result.energy.energy_uj - fsum(part.energy_uj or 0.0 for part in parts) if result.energy else None
    return [*parts, Part(BEYOND_LAYERS, result.cycles - fsum(part.cycles for part in parts), beyond_uj)]


def top_functions(parts: Sequence[Part], top: int = TOP_FUNCTIONS) -> list[Part]:
    """The first ones, and the others as one."""
    rest = parts[top:]
    if not rest:
        return list(parts)
    energies = [part.energy_uj for part in rest if part.energy_uj is not None]
    others = Part(f"{len(rest)} others", fsum(part.cycles for part in rest), fsum(energies) if energies else None)
    return [*parts[:top], others]
