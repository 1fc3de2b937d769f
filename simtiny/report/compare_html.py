"""The page of `simtiny compare --html`: what it comes to, all figures, waterfalls, functions and layers."""

from collections.abc import Sequence
from dataclasses import dataclass

from simtiny.comparison.result import CodePart, Comparison
from simtiny.report.compare_text import Row, both_ms, code_name, figures, signed, top, waterfalls
from simtiny.report.page import render
from simtiny.report.text import number
from simtiny.report.waterfall import Waterfall

TOP_PARTS = 30


@dataclass(frozen=True)
class Code:
    """A table of functions or layers. `widest`: the largest difference, in ms; its bar is as long as there is room."""

    name: str
    parts: tuple[CodePart, ...]
    widest: float


@dataclass(frozen=True)
class Section:
    """One comparison."""

    comparison: Comparison
    title: str
    rows: tuple[Row, ...]
    falls: tuple[tuple[str, Waterfall], ...]
    code: tuple[Code, ...]


def compare_page(comparisons: Sequence[Comparison]) -> str:
    """The whole page."""
    first = comparisons[0]
    return render(
        "compare.html",
        heading=f"{first.a.name} and {first.b.name}",
        sections=[_section(comparison) for comparison in comparisons],
        number=number,
        signed=signed,
        code_name=code_name,
        both_ms=both_ms,
    )


def _section(comparison: Comparison) -> Section:
    a, b = comparison.a, comparison.b
    code = []
    for name, parts in (("function", comparison.by_function), ("layer", comparison.by_layer)):
        shown = tuple(top(parts, TOP_PARTS))
        if widest := max((abs(part.difference_ms) for part in shown), default=0.0):
            code.append(Code(name, shown, widest))
    return Section(
        comparison=comparison,
        title=a.title if a.title == b.title else f"{a.title} and {b.title}",
        rows=tuple(figures(comparison)),
        falls=tuple((title, fall) for title, fall in waterfalls(comparison) if fall),
        code=tuple(code),
    )
