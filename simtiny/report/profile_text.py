"""The tables of `simtiny profile`."""

from collections import Counter
from collections.abc import Sequence
from math import fsum, isnan

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.effect_words import EFFECTS
from simtiny.notes import texts
from simtiny.profiling.result import Frame, ProfileResult
from simtiny.profiling.sums import FrameSum, LineSum, by_frame, by_instruction, by_line
from simtiny.report.breakdown_text import layer_parts, part_table
from simtiny.report.text import number
from simtiny.timing.effects import Effect

LEAST_REASON = 0.05
"""A reason is named where it takes so much of a row's cycles."""
LONGEST_NAME = 60
DEEPEST_SHOWN = 40
LEAST_BRANCH = 0.005
"""Branches of the call tree below this share of all cycles are not printed."""


def profile_report(result: ProfileResult, by: str, top: int) -> RenderableType:
    """What is printed of one profile: its sums, one table, and how deep stacks went.

    `by`: "function", "line", "instruction", "layer", "region" or "calls", of which the table has `top` rows.
    """
    parts: list[RenderableType] = [Text(_headline(result)), _table(result, by, top)]
    parts += [Text(line) for line in stack_lines(result)]
    parts += [Text(f"note: {text}") for text in texts(result.notes)]
    return Group(*parts)


def _headline(result: ProfileResult) -> str:
    run = result.run
    energy = f", {number(run.energy.energy_uj)} uJ" if run.energy else ""
    return f"{run.title} on {run.board}: {run.cycles:,.0f} cycles, {number(run.latency_ms)} ms{energy}"


def _table(result: ProfileResult, by: str, top: int) -> RenderableType:
    if by == "function":
        return function_table(result, top)
    if by == "layer":
        parts = layer_parts(result.run)
        return part_table("by layer", result.run, parts) if parts else Text("the firmware marks no layers")
    if by == "region":
        return region_table(result)
    if by == "calls":
        return Text("\n".join(tree_lines(result)))
    found = by_line(result) if by == "line" else by_instruction(result)
    if not found:
        return Text("the image has no debug information that tells lines: compile it with -g")
    return line_table(result, found[:top], of_lines=by == "line")


def function_table(result: ProfileResult, top: int) -> Table:
    """The functions that take most, with what they call in a column of its own."""
    has_energy = result.run.energy is not None
    found = [each for each in by_frame(result) if each.cycles or each.total_cycles]
    table = Table(title_justify="left")
    table.add_column("function", overflow="fold", max_width=LONGEST_NAME)
    for heading in ("calls", "cycles", "share", "with calls", *(["uJ"] if has_energy else []), "misses"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("what they wait for", overflow="fold")
    names = Counter(each.frame.name for each in found)
    for each in found[:top]:
        label = _label(each.frame)
        if names[each.frame.name] > 1 and each.frame.file:
            label += f" ({each.frame.file.rpartition('/')[2]}:{each.frame.line})"
        cells = [
            f"{each.calls:,}" if each.calls else "",
            f"{each.cycles:,.0f}",
            _percent(each.cycles, result),
            _percent(each.total_cycles, result),
        ]
        if has_energy:
            cells.append(number(each.energy_nj / 1e3))
        table.add_row(Text(label), *cells, f"{each.misses:,.0f}", Text(reasons(each)))
    if len(found) > top:
        rest, rest_cycles = found[top:], fsum(each.cycles for each in found[top:])
        table.add_row(f"{len(rest)} others", "", f"{rest_cycles:,.0f}", _percent(rest_cycles, result))
    return table


def line_table(result: ProfileResult, found: Sequence[LineSum], of_lines: bool) -> Table:
    """Source lines or instructions that take most."""
    has_energy = result.run.energy is not None
    table = Table(title_justify="left")
    table.add_column("line" if of_lines else "instruction", overflow="fold", max_width=LONGEST_NAME)
    for heading in ("runs", "cycles", "share", *(["uJ"] if has_energy else []), "misses"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("function" if of_lines else "", overflow="fold")
    table.add_column("what it waits for", overflow="fold")
    for each in found:
        cells = [f"{each.runs:,.0f}", f"{each.cycles:,.0f}", _percent(each.cycles, result)]
        if has_energy:
            cells.append(number(each.energy_nj / 1e3))
        what = _label(each.frame) if of_lines else f"{each.text}  ({_label(each.frame)})"
        table.add_row(Text(each.place), *cells, f"{each.misses:,.0f}", Text(what), Text(reasons(each)))
    return table


def region_table(result: ProfileResult) -> Table:
    """By the memory that code ran in."""
    table = Table(title_justify="left")
    table.add_column("code in")
    for heading in ("cycles", "share", "instructions", "uJ"):
        table.add_column(heading, justify="right")
    for name, (cycles, energy_nj, instructions) in result.regions.items():
        energy = "" if isnan(energy_nj) else number(energy_nj / 1e3)
        table.add_row(name, f"{cycles:,.0f}", _percent(cycles, result), f"{instructions:,.0f}", energy)
    return table


def tree_lines(result: ProfileResult) -> list[str]:
    """The call tree, each branch with what it takes with all that it calls."""
    paths, total = result.paths, result.run.cycles
    inclusive = paths.inclusive(paths.cycles)
    children: dict[int, list[int]] = {}
    for path, parent in enumerate(paths.parent.tolist()):
        if inclusive[path] >= LEAST_BRANCH * total:
            children.setdefault(parent, []).append(path)
    lines = []
    waiting = [(path, 0) for path in sorted(children.get(-1, ()), key=lambda path: inclusive[path])]
    while waiting:
        path, depth = waiting.pop()
        name = _label(result.frames[paths.frame[path]])
        calls = f"  {paths.calls[path]:,} x" if paths.calls[path] else ""
        share = f"{inclusive[path] / total:7.1%} {paths.cycles[path] / total:7.1%}  "
        if depth == DEEPEST_SHOWN:
            lines.append(f"{share}{'  ' * depth}... deeper calls")
            continue
        lines.append(f"{share}{'  ' * depth}{name}{calls}")
        below = sorted(children.get(path, ()), key=lambda child: inclusive[child])
        waiting += [(child, depth + 1) for child in below]
    return [f"{'with':>7} {'own':>7}", *lines]


def stack_lines(result: ProfileResult) -> list[str]:
    """How deep each stack went, and by which calls."""
    lines = []
    for stack in result.stacks:
        room = f" of {stack.size_bytes:,}" if stack.size_bytes is not None else ""
        by = f", deepest in {path_words(result, stack.lowest_path)}" if stack.lowest_path >= 0 else ""
        lines.append(f"stack of {stack.name}: {stack.used_bytes:,}{room} bytes{by}")
    return lines


def path_words(result: ProfileResult, path: int, most: int = 6) -> str:
    """The names along a path, the first ones left out where it is long."""
    names: list[str] = []
    while path >= 0:
        names.append(_label(result.frames[result.paths.frame[path]]))
        path = int(result.paths.parent[path])
    shown = names[:most][::-1]
    return " > ".join((["..."] if len(names) > most else []) + shown)


def reasons(each: FrameSum | LineSum) -> str:
    """What the cycles beyond one an instruction go to: "waits for code 12 %, branches 8 %"."""
    total = max(each.cycles, 1e-9)
    shares = [(cycles / total, Effect(number)) for number, cycles in enumerate(each.effects)]
    large = sorted(((share, effect) for share, effect in shares if share >= LEAST_REASON), reverse=True)
    return ", ".join(
        f"{EFFECTS.get(effect.name.lower(), effect.name.lower())} {share:.0%}"
        for share, effect in large
        if effect is not Effect.ISSUE
    )


def _label(frame: Frame) -> str:
    name = frame.name if len(frame.name) <= LONGEST_NAME else f"{frame.name[: LONGEST_NAME - 1]}…"
    name = "".join(letter if letter.isprintable() else "?" for letter in name)
    return f"[{name}]" if frame.kind not in ("function", "inlined") else name


def _percent(cycles: float, result: ProfileResult) -> str:
    return f"{cycles / result.run.cycles:.1%}" if result.run.cycles else ""
