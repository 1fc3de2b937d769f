"""The layers of docs/architecture.md: which module may import which. Imports inside functions and for typing count."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[2]


def circles(imports: Mapping[str, Iterable[str]]) -> set[frozenset[str]]:
    """Modules that import each other, directly or by way of others."""

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        wanted = [start]
        while wanted:
            new = set(imports[wanted.pop()]) - found
            found |= new
            wanted += new
        return found

    reach = {name: reached(name) for name in imports}
    return {frozenset(o for o in reach[name] if name in reach[o]) for name in imports if name in reach[name]}


def test_each_layer_imports_only_those_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capsys.readouterr().out


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("simtiny", exclude_type_checking_imports=False, cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    assert "simtiny.report.result" in imports["simtiny.cli.run"]  # there for typing only
    assert "simtiny.api" in imports["simtiny.cli.run"]  # inside of a function
    assert circles(imports) == set()


def test_a_circle_is_found() -> None:
    imports = {"a": {"b", "d"}, "b": {"c"}, "c": {"a"}, "d": set(), "e": {"e"}}
    assert circles(imports) == {frozenset("abc"), frozenset("e")}
