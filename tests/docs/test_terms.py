"""docs/terms.md: each term is defined where it says, and the names that it rules out do not occur."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.docs.names import ROOT, is_defined

ROW = re.compile(r"^\| ([a-z -]+) \| .+? \| (`.+?`) \| (.*)\|$", re.MULTILINE)
NAME = re.compile(r"`(.+?)`")
ROWS = ROW.findall((ROOT / "docs/terms.md").read_text(encoding="utf-8"))


def identifiers(source: str) -> Iterator[str]:
    """Every name that a module gives to something or uses."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Name():
                yield node.id
            case ast.Attribute():
                yield node.attr
            case ast.arg():
                yield node.arg
            case ast.alias():
                yield from (node.asname or node.name).split(".")


def test_identifiers_are_found() -> None:
    source = "import a.b as c\nclass D:\n    def e(self, f):\n        g = f.h\n"
    assert set(identifiers(source)) == {"c", "D", "e", "self", "f", "g", "h"}


def test_no_term_stands_twice() -> None:
    terms = [term for term, _, _ in ROWS]
    assert len(terms) > 30
    assert len(set(terms)) == len(terms)


@pytest.mark.parametrize("name", [name for _, definitions, _ in ROWS for name in NAME.findall(definitions)])
def test_a_term_is_defined_where_the_page_says(name: str) -> None:
    assert is_defined(name)


def test_what_a_term_rules_out_is_no_name_in_the_code() -> None:
    ruled_out = {name for _, _, names in ROWS for name in NAME.findall(names)}
    assert len(ruled_out) > 15
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "simtiny").rglob("*.py")
        if path.parent.name != "dwarf"  # which speaks DWARF's own language
        for name in identifiers(path.read_text(encoding="utf-8"))
        if name in ruled_out
    }
    assert found == set()
