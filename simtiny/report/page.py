"""HTML pages that need nothing else: a template beside this file, and charts with plotly's script inside."""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from simtiny.errors import BadInput
from simtiny.version import __version__

# Colours that people with colour blindness tell apart: Okabe and Ito, "Color Universal Design", then, where there are
# more kinds, Paul Tol, "Colour Schemes", muted.
COLOURS = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"),
    *("#332288", "#882255", "#999933", "#44aa99", "#ddcc77", "#117733"),
)


def check_packages() -> None:
    """Raise BadInput without the packages of the extra `report`."""
    for name in ("jinja2", "plotly"):
        if find_spec(name) is None:
            raise BadInput(f"--html needs {name}: pip install 'simtiny[report]'")


def render(template: str, charts: Iterable[dict[str, Any]], **values: Any) -> str:
    """The whole page. The template finds the figures, as plotly takes them, in `charts`.

    Raises BadInput without the packages of the extra `report`.
    """
    check_packages()
    import jinja2
    import plotly.graph_objects
    import plotly.io

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    pieces = [
        plotly.io.to_html(
            plotly.graph_objects.Figure(chart),
            include_plotlyjs=number == 0,  # once a page
            full_html=False,
            config={"displaylogo": False},
        )
        for number, chart in enumerate(charts)
    ]
    return environment.get_template(template).render(version=__version__, charts=pieces, **values)
