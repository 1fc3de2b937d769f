"""Annotated code of a profile with round numbers."""

import io

import pytest
from rich.console import Console

from simtiny.errors import BadInput
from simtiny.report.annotate_text import annotated
from tests.report.profiles import made_up


def printed(function: str, *, by_line: bool = False) -> list[list[str]]:
    """Words of each line."""
    file = io.StringIO()
    Console(file=file, width=200).print(annotated(made_up(), function, by_line=by_line))
    return [line.split() for line in file.getvalue().splitlines()]


def test_instructions_below_their_source_lines() -> None:
    """Both paths of the convolution together, 100,000 and 1,920,000 cycles apart from what is inlined."""
    lines = printed("convolve")
    assert lines[0] == ["convolve:", "4,000,000", "cycles"]
    assert lines[2] == ["conv.cc:22", "line", "22:", "</script><b>&amp;"]
    assert [*lines[3][:2], *lines[3][4:]] == ["40,000", "80,000", "08000300", "push", "{r4,", "lr}", "memory", "1"]
    assert lines[4][:2] == ["dot.h:4", "sum"]
    assert [*lines[5][:2], *lines[5][-2:]] == ["500,000", "2,000,000", "flash_code", "3"]
    assert [*lines[7][:2], *lines[7][-2:]] == ["960,000", "1,920,000", "branch", "1"]


def test_what_is_inlined_alone_and_lines_alone() -> None:
    assert printed("nn::dot")[0] == ["nn::dot:", "2,000,000", "cycles"]
    lines = printed("convolve", by_line=True)
    assert [line[1] for line in lines[2:5]] == ["80,000", "1,920,000", "2,000,000"]
    assert lines[4][-2:] == ["flash_code", "1,500,000"]


def test_a_function_that_did_not_run() -> None:
    with pytest.raises(BadInput, match="no function 'softmx' ran in the window"):
        printed("softmx")
