"""What documents name exists: files and folders by their paths, modules of simtiny and what is in them."""

import re

import pytest

from tests.docs.names import ROOT, is_defined

PAGES = ("README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")))
MADE_BY_MKDOCS = "reference/"
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
MADE = re.compile(r"^(?:\+\+\+ b/|```\S+ title=\")(\S+\.\w+)\"?$", re.MULTILINE)  # by an example
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:simtiny|platforms|firmware|models|scripts|tests|docs)/[\w./*-]*")
DOTTED = re.compile(r"simtiny(?!\.toml$)(?:\.\w+)+")


def named(page: str, pattern: re.Pattern[str]) -> set[str]:
    """All of a kind that a page names outside of its examples, but what these make."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return {name for name in CODE.findall(FENCED.sub("", text)) if pattern.fullmatch(name)} - set(MADE.findall(text))


@pytest.mark.parametrize("page", PAGES)
def test_paths_exist(page: str) -> None:
    assert [path for path in named(page, PATH) if not any(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("page", PAGES)
def test_modules_and_what_is_in_them_exist(page: str) -> None:
    assert [name for name in named(page, DOTTED) if not is_defined(name)] == []


@pytest.mark.parametrize("page", PAGES)
def test_pages_that_are_linked_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", FENCED.sub("", text))
    missing = [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()]
    assert [target for target in missing if MADE_BY_MKDOCS not in target] == []


def test_the_map_names_most_of_the_package() -> None:
    assert len(named("docs/architecture.md", DOTTED)) > 40
    assert len(named("docs/architecture.md", PATH)) > 40


def test_what_does_not_exist_is_found() -> None:
    assert is_defined("simtiny.engine.Engine.run")
    assert is_defined("simtiny.cli.run.run")
    assert is_defined("simtiny.report")
    assert not is_defined("simtiny.engine.Engine.walk")
    assert not is_defined("simtiny.motor")


@pytest.mark.parametrize("page", PAGES)
def test_a_file_that_a_page_shows_is_named_as_the_site_builder_reads_it(page: str) -> None:
    """A formatter of Python may put blanks into such a line."""
    shown = [line for line in (ROOT / page).read_text(encoding="utf-8").splitlines() if line.startswith("--8")]
    found = [re.fullmatch(r'--8<-- "(\S+)"', line) for line in shown]
    assert all(match is not None and (ROOT / match[1]).is_file() for match in found), shown
