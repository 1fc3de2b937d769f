"""The page of `simtiny crosscheck --suite --html`: errors as dots by kind of code, and all rows."""

from itertools import groupby

from simtiny.report.crosscheck_html import DotPlot, Point, band, dot_plot
from simtiny.report.page import render
from simtiny.report.suite_text import error_text, lines, summary_cells
from simtiny.report.text import INTERVAL, number, signed_percent
from simtiny.suite_check.result import SuiteCheck, SuiteRow


def suite_page(result: SuiteCheck) -> str:
    """The whole page."""
    return render(
        "suite.html",
        heading=f"Predicted and recorded: {len(result.rows)} figures of {result.suite.name}",
        result=result,
        plot_of=suite_plot(result),
        by_kind={kind: list(rows) for kind, rows in groupby(_sorted(result.rows), key=lambda row: row.figure.kind)},
        summary_cells=summary_cells,
        error_text=error_text,
        lines=lines(result),
        number=number,
        percent=signed_percent,
        interval=INTERVAL,
    )


def suite_plot(result: SuiteCheck) -> DotPlot:
    """A row a kind of code, of the figures that are judged."""
    judged = _sorted(tuple(row for row in result.rows if row.judged))
    groups = groupby(judged, key=lambda row: row.figure.kind)
    return dot_plot((kind, "", [_point(row) for row in rows]) for kind, rows in groups)


def _sorted(rows: tuple[SuiteRow, ...]) -> list[SuiteRow]:
    return sorted(rows, key=lambda row: row.figure.kind)


def _point(row: SuiteRow) -> Point:
    figure = row.figure
    text = f"{figure.name} {figure.part}: recorded {number(figure.value)}, predicted {number(row.predicted)}"
    ends = band(row.low / row.predicted - 1, row.high / row.predicted - 1)
    return Point(row.error, ends, row.inside, figure.use == "calibrated", text)
