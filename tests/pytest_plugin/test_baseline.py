"""What a baseline says of a call, by hand."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simtiny.errors import BadInput
from simtiny.pytest_plugin.baseline import Baseline, cost, of_plain, plain, read, text

WAS = cost("nucleo-l4r5zi", "abc", 1000, 0.25, 0.5, "4 MHz")
KNOWN = Baseline(Path("costs.json"), False, {"test": {"dot": WAS}})


def now(**values: Any) -> Any:
    return msgspec.structs.replace(WAS, **values)


def test_a_cycle_more_is_a_regression() -> None:
    assert KNOWN.regression("test", "dot", now(), 0) is None
    assert KNOWN.regression("test", "dot", now(cycles=999, energy_uj=0.4), 0) is None
    said = "dot costs more than in costs.json: 1,001 cycles, was 1,000 (+0.10%)"
    assert KNOWN.regression("test", "dot", now(cycles=1001), 0) == said
    said = "dot costs more than in costs.json: 0.6 uJ, was 0.5 (+20.00%); 10.00% more is allowed"
    assert KNOWN.regression("test", "dot", now(cycles=1001, energy_uj=0.6), 0.1) == said


def test_a_tolerance_holds_its_end() -> None:
    assert KNOWN.regression("test", "dot", now(cycles=1250), 0.25) is None
    assert KNOWN.regression("test", "dot", now(cycles=1251), 0.25) is not None


def test_what_is_new_or_is_written_is_not_compared() -> None:
    assert KNOWN.regression("test", "dot #2", now(cycles=9000), 0) is None
    assert KNOWN.regression("other", "dot", now(cycles=9000), 0) is None
    assert replace(KNOWN, update=True).regression("test", "dot", now(cycles=9000), 0) is None
    assert KNOWN.regression("test", "dot", now(energy_uj=None), 0) is None


def test_another_board_or_point_is_refused() -> None:
    assert "another description of nucleo-l4r5zi" in (KNOWN.regression("test", "dot", now(board_sha256="d"), 0) or "")
    assert "at 4 MHz, which can't be compared with 8 MHz" in (
        KNOWN.regression("test", "dot", now(point="8 MHz"), 0) or ""
    )


def test_a_file_has_one_order(tmp_path: Path) -> None:
    path = tmp_path / "costs.json"
    calls = {"b": {"y": WAS, "x": WAS}, "a": {"z": WAS}}
    path.write_text(text(Baseline(path, True, calls)))
    found = read(path, update=False)
    assert found.calls == calls and list(found.calls) == ["a", "b"]
    assert text(found) == path.read_text()
    assert of_plain(plain(WAS)) == WAS


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"{}", b"[" * 100_000, b'{"schema": 1}'])
def test_what_is_no_baseline(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "costs.json"
    path.write_bytes(content)
    for update in (False, True):
        with pytest.raises(BadInput, match="no baseline of simtiny"):
            read(path, update=update)
