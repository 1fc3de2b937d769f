"""A result as a notebook shows it: its table alone, in the notebook's own colours."""

from simtiny.report.page import render
from simtiny.report.result import RunResult
from simtiny.report.text import run_rows


def repr_html(result: RunResult) -> str:
    """The rows of `simtiny run`'s table, as HTML without a page around it. All names are escaped."""
    return render("notebook.html", result=result, rows=run_rows([result]))
