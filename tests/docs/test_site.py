"""The reference pages that `mkdocs build` makes from the code hold all that they are made from."""

import dataclasses
import re

import simtiny
from scripts.site_reference import command_line, peripherals, platform_files, python
from simtiny.board import Board
from simtiny.machine.peripherals import KINDS


def test_every_command_and_option_stands_on_its_page() -> None:
    page = command_line()
    for command in ("run", "boards", "fetch", "accuracy", "crosscheck", "calibrate", "serve"):
        assert f"`simtiny {command}`" in page
    assert {"--where", "--voltage-range", "--cache"} <= set(re.findall(r"--[a-z-]+", page))


def test_every_key_of_a_platform_file_stands_on_its_page() -> None:
    page = platform_files()
    assert [f.name for f in dataclasses.fields(Board) if f"| `{f.name}` |" not in page] == []
    assert "## `[flash.instruction_cache]`" in page
    assert "| `ways` | integer | none |" in page
    assert '| `replacement` | `"lru"` or `"random"` | `lru` |' in page
    assert "| `supply_limits_v` | array of 2: number, number | required |" in page


def test_every_kind_of_peripheral_stands_on_its_page() -> None:
    page = peripherals()
    assert re.findall(r"^## (\S+)$", page, re.MULTILINE) == list(KINDS)
    assert "| `baud` | integer |" in page


def test_everything_that_is_exported_stands_on_its_page() -> None:
    named = re.findall(r"^::: .*\.(\w+)$", python(), re.MULTILINE)
    assert sorted(named) == sorted(name for name in simtiny.__all__ if not name.startswith("_"))
