"""docs/extending.md replayed: its blocks put into a copy of the tree, its commands run there.

The page is the only source: nothing of it is repeated here.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simtiny.board_check import SERIAL_KINDS
from simtiny.machine.peripherals import KINDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
PARTS = ("simtiny", "tests", "platforms", "models", "firmware", "scripts", "docs", "pyproject.toml", "README.md")
SECTION = re.compile(r"^## (.+)\n((?:(?!^## ).*\n)+)", re.MULTILINE)
BLOCK = re.compile(r"^```(\S+)(?: title=\"(?:with )?(\S+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGED = re.compile(r"^\+\+\+ b/(.+)$", re.MULTILINE)
TOUCHES = re.compile(r"touches (\d+) files?")
LISTED = re.compile(r"^\| \[(.+?)\]\(#.+?\) \| (\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: what stands behind the fence, and what it holds."""

    language: str
    argument: str
    text: str

    @property
    def files(self) -> set[str]:
        """What it changes or makes."""
        if self.language == "diff":
            return set(CHANGED.findall(self.text))
        return set() if self.language == "sh" else {self.argument}

    @property
    def compiler(self) -> str:
        """What its commands need beside Python."""
        return self.argument if self.language == "sh" else ""


def blocks(section: str) -> Iterator[Block]:
    for language, argument, text in BLOCK.findall(section):
        yield Block(language, argument, text)


EXAMPLES = {title.lower(): section for title, section in SECTION.findall(PAGE) if BLOCK.search(section)}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what is needed to run and test simtiny."""
    for part in PARTS:
        source, target = ROOT / part, tmp_path / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy(source, target)
    return tmp_path


def put_in(block: Block, tree: Path) -> None:
    if block.language == "diff":
        command = ["git", "apply", "-C1", "--recount", "-"]
        subprocess.run(command, cwd=tree, input=block.text, text=True, check=True, env=environment(tree))
        return
    file = tree / block.argument
    assert not file.exists(), f"{block.argument} is there already: change it by a diff"
    file.write_text(block.text, encoding="utf-8")


def run(command: str, tree: Path) -> None:
    """One command of the page, with this Python and its pytest."""
    python = f'"{sys.executable}"'
    line = re.sub(r"^pytest", f"{python} -m pytest -p no:cacheprovider", re.sub(r"^python", python, command))
    done = subprocess.run(line, shell=True, cwd=tree, env=environment(tree), capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def environment(tree: Path) -> dict[str, str]:
    """Of a command in the copy: it is the package that is imported, with its own cache and no repository around."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GIT_"))}
    own = {"PYTHONPATH": str(tree), "SIMTINY_CACHE": str(tree / ".cache"), "GIT_CEILING_DIRECTORIES": str(tree.parent)}
    return kept | own


def test_every_example_is_listed_with_the_files_that_it_touches() -> None:
    listed = {title: int(count) for title, count in LISTED.findall(PAGE)}
    touched = {title: set().union(*(block.files for block in blocks(text))) for title, text in EXAMPLES.items()}
    assert {title: len(files) for title, files in touched.items()} == listed
    for title, text in EXAMPLES.items():
        assert [int(count) for count in TOUCHES.findall(text)] == [listed[title]], title


def replay(title: str, tree: Path, *, compiler: str = "") -> None:
    """Put in all blocks of an example and run its commands: those without a compiler, or those that need this one."""
    for block in blocks(EXAMPLES[title]):
        if block.language != "sh":
            put_in(block, tree)
        elif block.argument == compiler:
            for command in block.text.splitlines():
                run(command, tree)


@pytest.mark.slow
@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_does_what_the_page_says(title: str, tree: Path) -> None:
    replay(title, tree)


COMPILED = [(title, block.argument) for title, text in EXAMPLES.items() for block in blocks(text) if block.compiler]


@pytest.mark.slow
@pytest.mark.parametrize(("title", "compiler"), COMPILED)
def test_an_example_that_needs_a_compiler_does_what_the_page_says(title: str, compiler: str, tree: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    replay(title, tree, compiler=compiler)


def test_every_kind_of_peripheral_says_its_name() -> None:
    assert [name for name, kind in KINDS.items() if f'Kind "{name}"' not in (kind.__doc__ or "")] == []


def test_every_kind_that_is_a_serial_port_can_be_a_board_s() -> None:
    assert {name for name, kind in KINDS.items() if hasattr(kind, "baud_rate")} == set(SERIAL_KINDS)
