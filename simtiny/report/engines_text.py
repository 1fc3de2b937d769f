"""What two engines made of the same firmware, as text: figures side by side, what explains them, what nothing does."""

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.comparison.engine_result import (
    EngineCode,
    EngineComparison,
    EngineRow,
    EnginesResult,
    Explanation,
    Unexplained,
)
from simtiny.report.text import number

TOP = 12
"""Functions that differ, in a table."""
_ALWAYS = "instructions", "cycles", "latency ms", "energy uJ"


def engines_report(result: EnginesResult, *, layers: bool = False) -> RenderableType:
    """Everything that `simtiny run --engine both` prints. `layers`: those that are equal, too."""
    parts: list[RenderableType] = []
    for each in result.comparisons:
        parts += [Text(f"{each.title} on {each.board}: {each.window}", "bold"), figures_table(each)]
        parts += [Text(line) for line in (*code_lines(each), *verdict_lines(each))]
        for name, codes in (("function", each.by_function), ("layer", each.by_layer)):
            shown = [code for code in codes if code.difference_instructions or (layers and name == "layer")]
            if shown:
                parts.append(code_table(each, name, shown if name == "layer" else shown[:TOP]))
        parts.append(Text(""))
    return Group(*parts)


def images_report(result: EnginesResult) -> RenderableType:
    """Everything that `simtiny crosscheck --engine both` prints."""
    parts: list[RenderableType] = []
    if result.comparisons:
        parts.append(images_table(result.comparisons))
    for each in result.comparisons:
        if not each.is_equal:
            parts += [Text(f"\n{each.title}"), *(Text(line) for line in verdict_lines(each))]
    for left in result.not_comparable:
        parts.append(Text(f"not comparable: {left.title} on {left.board}, by {left.engine}: {left.reason}"))
    equal = sum(each.is_equal for each in result.comparisons)
    explained = len(result.comparisons) - equal - len(result.unexplained)
    parts.append(
        Text(
            f"\n{equal} equal, {explained} explained, {len(result.unexplained)} unexplained, "
            f"{len(result.not_comparable)} not comparable; chosen: {result.chosen}"
        )
    )
    return Group(*parts)


def images_table(comparisons: Sequence[EngineComparison]) -> Table:
    """An image a row: cycles by both engines, and what is to be said of them."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("image", overflow="fold")
    for name in (comparisons[0].a, comparisons[0].b, "difference"):
        table.add_column(f"cycles {name}" if name != "difference" else name, justify="right", overflow="fold")
    table.add_column("", overflow="fold")
    for each in comparisons:
        (row,) = (row for row in each.rows if row.name == "cycles")
        table.add_row(each.title, *figures(row), _verdict(each))
    return table


def figures_table(comparison: EngineComparison) -> Table:
    """Figures that differ, and a few that always stand there."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("", overflow="fold")
    for name in (comparison.a, comparison.b, "difference"):
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("because of", overflow="fold")
    for row in comparison.rows:
        if row.difference or row.name in _ALWAYS:
            why = ", ".join(row.causes) or ("?" if row.difference else "")
            table.add_row(row.name, *figures(row), why)
    return table


def figures(row: EngineRow) -> tuple[str, str, str]:
    """A, B and the difference: counts in full, so that one is seen."""
    if all(isinstance(value, int) for value in (row.a, row.b)):
        return f"{row.a:,}", f"{row.b:,}", f"{row.difference:+,}" if row.difference else "0"
    return number(row.a), number(row.b), f"{row.difference:+.3g}" if row.difference else "0"


def code_table(comparison: EngineComparison, what: str, codes: Sequence[EngineCode]) -> Table:
    """Instructions by function or layer."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column(f"instructions by {what}", overflow="fold")
    for name in (comparison.a, comparison.b, "difference"):
        table.add_column(name, justify="right", overflow="fold")
    for code in codes:
        differing = f"{code.difference_instructions:+,}" if code.difference_instructions else "0"
        table.add_row(code.name, f"{code.a_instructions:,}", f"{code.b_instructions:,}", differing)
    return table


def code_lines(comparison: EngineComparison) -> list[str]:
    """What is equal, in a line each."""
    lines = ["output: the same, but for the numbers of timestamps" if comparison.same_output else "output: differs"]
    for name, codes in (("functions", comparison.by_function), ("layers", comparison.by_layer)):
        if codes:
            equal = sum(not code.difference_instructions for code in codes)
            lines.append(f"instructions: equal in {equal} of {len(codes)} {name}")
    return lines


def verdict_lines(comparison: EngineComparison) -> list[str]:
    """Whether the engines agree; what explains the differences; and what has no explanation."""
    lines = [_verdict(comparison)]
    lines += [_explanation(each) for each in comparison.explanations]
    lines += [_unexplained(each) for each in comparison.unexplained]
    more = comparison.unexplained_count - len(comparison.unexplained)
    return [*lines, f"  and {more:,} more"] if more else lines


def _verdict(comparison: EngineComparison) -> str:
    if comparison.is_equal:
        return "equal"
    if comparison.agrees:
        return f"explained: {', '.join(each.cause for each in comparison.explanations)}"
    return f"unexplained: {comparison.unexplained_count:,}"


def _explanation(each: Explanation) -> str:
    where = f" (in {', '.join(each.functions)})" if each.functions else ""
    return f"  {each.cause}: {each.cycles:+,} cycles, {each.instructions:+,} instructions: {each.text}{where}"


def _unexplained(each: Unexplained) -> str:
    return f"  unexplained {each.what}: {each.place}: {each.a} and {each.b}"
