"""The page of `simtiny compare --html`."""

from collections.abc import Sequence

from simtiny.comparison.result import Comparison


def compare_page(comparisons: Sequence[Comparison]) -> str:
    """The whole page."""
    return ""
