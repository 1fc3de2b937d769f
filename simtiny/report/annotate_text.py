"""One function with what its instructions, or its source lines, took, and why."""

from collections.abc import Iterator
from math import isnan

import numpy as np
from numpy.typing import NDArray
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.effect_words import EFFECTS
from simtiny.errors import BadInput, did_you_mean
from simtiny.profiling.result import INLINED, ProfileResult
from simtiny.report.text import number
from simtiny.timing.effects import Effect

LEAST_REASON = 0.05
"""Cycles of a run from which a reason is named."""
MOST_REASONS = 3
LONGEST_TEXT = 160


def annotated(result: ProfileResult, function: str, *, by_line: bool = False) -> RenderableType:
    """Instructions of a function, those inlined into it too, below the source lines that they come from.

    function: its name, or the last part of a name with scopes. by_line: source lines alone. Reasons are in cycles of
    one run of an instruction, of a line in all its cycles. Raises BadInput for a function that did not run.
    """
    rows = _rows(result, function)
    title = Text(_line(f"{function}: {result.instructions.cycles[rows].sum():,.0f} cycles"))
    table = _table(result)
    for cells in _by_line(result, rows) if by_line else _by_instruction(result, rows):
        table.add_row(*(Text(cell) for cell in cells))
    reasons = sorted({effect for effect in Effect if result.instructions.by_effect[rows, effect].sum() > 0})
    words = [f"{name}: {EFFECTS[name]}" for effect in reasons if (name := effect.name.lower()) in EFFECTS]
    return Group(title, table, Text("; ".join(words)))


def _rows(result: ProfileResult, function: str) -> NDArray[np.int64]:
    """The rows of a function's instructions, in order of addresses."""
    names = [frame.name for frame in result.frames]
    chosen = [name == function for name in names]
    if not any(chosen):
        chosen = [_last_part(name) == function for name in names]
    is_part = np.zeros(len(result.paths.parent), bool)
    for path, (parent, frame) in enumerate(zip(result.paths.parent.tolist(), result.paths.frame.tolist(), strict=True)):
        inherits = parent >= 0 and result.frames[frame].kind == INLINED and is_part[parent]
        is_part[path] = chosen[frame] or inherits
    rows = np.flatnonzero(is_part[result.instructions.path])
    if not len(rows):
        raise BadInput(f"no function {_line(function)!r} ran in the window{did_you_mean(function, names)}")
    return rows[np.argsort(result.instructions.address[rows], kind="stable")]


def _last_part(name: str) -> str:
    """Without scopes, parameters and arguments of templates."""
    plain = name.replace("(anonymous namespace)::", "").partition("(")[0].partition("<")[0]
    return plain.rpartition("::")[2]


def _table(result: ProfileResult) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("runs", "cycles", "share", *(["uJ"] if result.run.energy else [])):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("code", overflow="fold")
    table.add_column("why", overflow="fold")
    return table


def _by_instruction(result: ProfileResult, rows: NDArray[np.int64]) -> Iterator[tuple[str, ...]]:
    code = result.instructions
    blank = ("",) * (4 if result.run.energy else 3)
    shown = (-1, 0)
    for _, group in _groups(code.address[rows], rows):
        first = int(group[0])
        place = int(code.file[first]), int(code.line[first])
        if place != shown and place[0] >= 0:
            yield (*blank, _source(result, *place), "")
        shown = place
        runs = float(code.runs[group].sum())
        text = f"  {int(code.address[first]):08x}  {_line(code.text[first])}"
        yield (*_numbers(result, group, runs), text, _reasons(result, group, max(runs, 1.0)))


def _by_line(result: ProfileResult, rows: NDArray[np.int64]) -> Iterator[tuple[str, ...]]:
    code = result.instructions
    keys = code.file[rows] * (1 << 32) + code.line[rows]
    for key, group in _groups(keys, rows):
        file, line = key >> 32, key & (1 << 32) - 1
        text = _source(result, file, line) if file >= 0 else "without debug information"
        runs = float(code.runs[group].max())
        yield (*_numbers(result, group, runs), text, _reasons(result, group, 1.0))


def _groups(keys: NDArray[np.int64], rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Rows of the same key, in order of keys."""
    order = np.argsort(keys, kind="stable")
    values, starts = np.unique(keys[order], return_index=True)
    yield from zip(values.tolist(), np.split(rows[order], starts[1:]), strict=True)


def _numbers(result: ProfileResult, group: NDArray[np.int64], runs: float) -> tuple[str, ...]:
    code = result.instructions
    cycles, energy_nj = float(code.cycles[group].sum()), float(code.energy_nj[group].sum())
    share = f"{cycles / result.run.cycles:.1%}" if result.run.cycles else ""
    energy = ("" if isnan(energy_nj) else number(energy_nj / 1e3),) if result.run.energy else ()
    return f"{runs:,.0f}", f"{cycles:,.0f}", share, *energy


def _reasons(result: ProfileResult, group: NDArray[np.int64], runs: float) -> str:
    """The largest effects beside issue: "flash_code 3, memory 1"."""
    sums = result.instructions.by_effect[group].sum(axis=0) / runs
    ranked = sorted((effect for effect in Effect if effect is not Effect.ISSUE), key=lambda effect: -sums[effect])
    named = [effect for effect in ranked[:MOST_REASONS] if sums[effect] >= LEAST_REASON]
    return ", ".join(f"{effect.name.lower()} {_rounded(float(sums[effect]))}" for effect in named)


def _rounded(cycles: float) -> str:
    return f"{cycles:,.0f}" if cycles >= 100 else f"{cycles:.2g}"


def _source(result: ProfileResult, file: int, line: int) -> str:
    """Where a line is, and its text if that was found."""
    name = result.instructions.files[file]
    text = result.source.get(name, ())
    place = f"{name.replace(chr(92), '/').rpartition('/')[2]}:{line}"
    return _line(f"{place}  {text[line - 1].expandtabs(4).rstrip()}" if 0 < line <= len(text) else place)


def _line(text: str) -> str:
    """On one line, of bounded length, with nothing in it that a terminal obeys."""
    kept = text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
    return "".join(letter if letter.isprintable() else "?" for letter in kept)
