"""The reference pages of the documentation site, from the code: `mkdocs build` runs this, and nothing of it is kept.

They are the command line (from its options), the Python functions and types (from their docstrings), the keys of
platform files and the kinds of peripherals (from the structures that these are read into).
"""

import dataclasses
import inspect
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import typer.main
from typer.cli import get_docs_for_click

import simtiny
from simtiny.board import Board
from simtiny.cli import app
from simtiny.machine.peripherals import KINDS

MADE_FROM = "*Made from the code: {}.*\n"
NAMED = {int: "integer", float: "number", str: "string", bool: "true or false", dict: "table", type(None): "none"}


def command_line() -> str:
    """Every command with its options."""
    command = typer.main.get_command(app)
    with command.make_context("simtiny", [], resilient_parsing=True) as context:
        text = get_docs_for_click(obj=command, ctx=context, name="simtiny", title="Command line")
    title, _, rest = text.partition("\n")
    return f"{title}\n\n{MADE_FROM.format('`simtiny --help` and that of each command')}\n{rest}"


def python() -> str:
    """Everything that `simtiny` exports, functions first, then values, then errors."""
    found = {name: getattr(simtiny, name) for name in simtiny.__all__ if not name.startswith("_")}
    sections = {
        "Functions": [name for name, value in found.items() if inspect.isfunction(value)],
        "Values": [name for name, value in found.items() if inspect.isclass(value) and not _is_error(value)],
        "Errors": [name for name, value in found.items() if _is_error(value)],
    }
    text = f"# Python\n\n{MADE_FROM.format('what `simtiny` exports')}\n"
    for section, names in sections.items():
        if names:
            text += f"## {section}\n\n"
        for name in names:
            text += f"::: {found[name].__module__}.{found[name].__qualname__}\n\n"
    return text


def platform_files() -> str:
    """The keys of a platform file, table by table."""
    text = f"# Platform files\n\n{MADE_FROM.format('what platform files are read into')}\n"
    text += (
        "A board is one TOML file. Sizes are in bytes, clocks in hertz. [Your own board](../board.md) says how to\n"
        'say less by naming another board (`board = "nucleo-l4r5zi"`) or a microcontroller (`mcu = "stm32l4r5zi"`).\n\n'
    )
    for path, structure in _structures(Board, ""):
        text += f"## {f'`[{path}]`' if path else 'Top level'}\n\n{_prose(structure.__doc__)}\n\n{_table(structure)}\n\n"
    return text


def peripherals() -> str:
    """The kinds of peripherals and their parameters."""
    text = f"# Kinds of peripherals\n\n{MADE_FROM.format('`simtiny.machine.peripherals.KINDS`')}\n"
    text += (
        "What `kind` in `[[peripherals]]` may say, and what it takes in `parameters` (or in a board's `[wiring]`).\n"
        "How to add one is in [extending](../extending.md#a-peripheral-kind).\n\n"
    )
    for name, kind in KINDS.items():
        text += f"## {name}\n\n{_prose(kind.__doc__)}\n\n"
        fields = msgspec.structs.fields(kind.takes)
        if fields:
            rows = ((f.name, f.type, _default(f.default, f.default_factory)) for f in fields)
            text += f"{_prose(kind.takes.__doc__)}\n\n{_rows(rows)}\n\n"
    return text


def _is_error(value: Any) -> bool:
    return inspect.isclass(value) and issubclass(value, Exception)


def _structures(structure: type[Any], path: str) -> Iterator[tuple[str, type[Any]]]:
    """A structure and those inside it, with the TOML path of each."""
    yield path, structure
    for name, kind in typing.get_type_hints(structure).items():
        for inner in _inside(kind):
            yield from _structures(inner, f"{path}.{name}".lstrip("."))


def _inside(kind: Any) -> Iterator[type[Any]]:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        yield kind
    for argument in typing.get_args(kind):
        yield from _inside(argument)


def _table(structure: type[Any]) -> str:
    hints = typing.get_type_hints(structure)
    return _rows((f.name, hints[f.name], _default(f.default, f.default_factory)) for f in dataclasses.fields(structure))


def _rows(rows: Iterator[tuple[str, Any, str]]) -> str:
    lines = [f"| `{name}` | {_type(kind)} | {default} |" for name, kind, default in rows]
    return "\n".join(["| key | holds | without it |", "|---|---|---|", *lines])


def _default(value: Any, factory: Any) -> str:
    """What a key is where it is left out. `dataclasses` and msgspec have a mark of their own for "it must be given"."""
    missing = (dataclasses.MISSING, msgspec.NODEFAULT)
    if value in missing and factory in missing:
        return "required"
    value = factory() if value in missing else value
    if value is None or value == () or value == {} or value == "":
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _type(kind: Any) -> str:
    """A type in words."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return " or ".join(f'`"{value}"`' for value in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(argument) for argument in arguments if argument is not type(None))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"table of {_type(arguments[1])}" if arguments[1] is not Any else "table"
    if origin in (tuple, list):
        inner = [argument for argument in arguments if argument is not Ellipsis]
        if len(inner) == 1:
            return f"array of {_type(inner[0])}"
        return f"array of {len(inner)}: {', '.join(map(_type, inner))}"
    if dataclasses.is_dataclass(kind):
        return "table, see below"
    return NAMED.get(kind, getattr(kind, "__name__", str(kind)))


def _prose(docstring: str | None) -> str:
    return inspect.cleandoc(docstring or "").replace("|", "\\|")


PAGES = {
    "reference/cli.md": command_line,
    "reference/python.md": python,
    "reference/platform-files.md": platform_files,
    "reference/peripherals.md": peripherals,
}


def on_files(files: Any, config: Any) -> Any:
    """Give the pages to mkdocs, which calls this as one of its hooks."""
    from mkdocs.structure.files import File

    for name, page in PAGES.items():
        files.append(File.generated(config, name, content=page()))
    return files
