"""Every block of README and documentation that is marked as runnable is run, in the order of its page, in one folder.

`<!-- run -->` before a block of sh or Python marks it; `<!-- run: exit 2, needs PROGRAM -->` says how its last command
ends, and what it needs beside Python. `<!-- file -->` before a block with a title makes it a file.
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

from tests.docs.names import ROOT

PAGES = ("README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")))
MARKED = re.compile(
    r'^<!-- (run|file)(?:: ([^>]+))? -->\n```(\w+)(?: title="(\S+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL
)
MARK = re.compile(r"^<!-- (?:run|file)\b.*", re.MULTILINE)
LINKED = ("docs", "firmware", "scripts", "tests")
"""Folders of the checkout that commands may name."""


@dataclass(frozen=True)
class Block:
    """`title`: the name of a file to make, else the block is run. `exit_code`: that of its last command."""

    text: str
    language: str
    title: str = ""
    exit_code: int = 0
    needs: tuple[str, ...] = ()


def blocks(text: str) -> Iterator[Block]:
    for mark, options, language, title, content in MARKED.findall(text):
        assert bool(title) == (mark == "file")
        said = [tuple(option.split()) for option in options.split(", ") if option]
        assert {word for word, _ in said} <= {"exit", "needs"}
        needs = tuple(value for word, value in said if word == "needs")
        yield Block(content, language, title, int(dict(said).get("exit", 0)), needs)


def marked(page: str) -> list[Block]:
    text = (ROOT / page).read_text(encoding="utf-8")
    found = list(blocks(text))
    assert len(found) == len(MARK.findall(text)), f"{page}: a mark without a block behind it"
    return found


def environment(folder: Path) -> dict[str, str]:
    """Of a command: this Python's `simtiny` comes first, a fresh cache, no terminal's width."""
    scripts = Path(sys.executable).parent
    own = {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "SIMTINY_CACHE": str(folder / "cache")}
    return os.environ | own


def run(block: Block, folder: Path) -> None:
    if block.title:
        (folder / block.title).write_text(block.text, encoding="utf-8")
        return
    command = [sys.executable, "-c", block.text] if block.language == "python" else ["sh", "-ec", block.text]
    done = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, encoding="utf-8", timeout=600
    )
    assert done.returncode == block.exit_code, f"{block.text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if marked(page)])
def test_commands_of_a_page_do_what_it_says(page: str, tmp_path: Path) -> None:
    for name in LINKED:
        (tmp_path / name).symlink_to(ROOT / name)
    for block in marked(page):
        if all(map(shutil.which, block.needs)):
            run(block, tmp_path)


def test_most_pages_for_users_have_commands_that_are_run() -> None:
    assert sum(len(marked(page)) > 0 for page in PAGES) >= 6
    commands = [
        line for page in PAGES for block in marked(page) if block.language == "sh" for line in block.text.split("\n")
    ]
    assert sum(line.startswith("simtiny ") for line in commands) >= 18


def test_a_block_is_found_with_what_its_mark_says() -> None:
    text = '<!-- run: exit 2, needs cc -->\n```sh\nfalse\n```\n\n<!-- file -->\n```csv title="a.csv"\n1\n```\n'
    assert list(blocks(text)) == [Block("false\n", "sh", exit_code=2, needs=("cc",)), Block("1\n", "csv", "a.csv")]
