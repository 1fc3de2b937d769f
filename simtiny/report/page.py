"""HTML pages that need nothing else: a template beside this file, its charts drawn as SVG, without a script."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simtiny.files import shown
from simtiny.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: Any) -> str:
    """What the template makes of the values. Names from firmware, networks and files come out escaped."""
    return shown(_environment().get_template(template).render(version=__version__, **values))


def width(percent: float) -> str:
    """A place or a width in a chart as SVG takes it, to a hundredth of a percent of the chart's width."""
    return f"{percent:.2f}".rstrip("0").rstrip(".") + "%"


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["width"] = width
    return environment
