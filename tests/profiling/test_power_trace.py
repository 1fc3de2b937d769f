"""Power over time, worked out by hand."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simtiny.counting import layout
from simtiny.energy import STATIC, EnergyEstimate
from simtiny.event_counts import EVENTS
from simtiny.profiling import power_trace as module
from simtiny.profiling.power_trace import binned, power_trace

BY_EVENT = dict.fromkeys((*EVENTS, STATIC), 0.0) | {"cycles": 20.0, "data_processing": 10.0, STATIC: 4.0}
CONSUMED = EnergyEstimate(34.0, None, 170.0, 2.0, (), by_event_uj=BY_EVENT)


def tree(rows: list[tuple[int, int, int]], begin: int = 0) -> Any:
    """Marks of clock, cycles awake and instructions of data processing."""
    marks = np.zeros(len(rows), layout.EVENT_MARK.dtype)
    marks["clock"], awake, marks[f"kind_{1 + EVENTS.index('data_processing')}"] = np.array(rows).T
    marks["asleep"] = marks["clock"] - marks["clock"][0] - awake
    return SimpleNamespace(event_marks=marks, begin_cycle=begin, mark_every_s=50e-6)


def test_each_window_has_the_energy_of_what_happened_in_it() -> None:
    """200 cycles at 1 MHz. Of 50 us each: 5 uJ of cycles, 1 uJ of static power; 80 of 100 instructions come first."""
    found = power_trace(tree([(1000, 0, 0), (1100, 100, 80), (1200, 200, 100)], 1000), 200, 1e6, CONSUMED, 50e-6)
    assert found is not None
    assert found.energy_uj.tolist() == pytest.approx([10, 10, 7, 7])
    assert found.power_mw.tolist() == pytest.approx([200, 200, 140, 140])
    assert found.current_ma.tolist() == pytest.approx([100, 100, 70, 70])
    assert found.begin_s.tolist() == pytest.approx([0, 50e-6, 100e-6, 150e-6])
    assert binned(found, 200, 1e6, 2).tolist() == [[0, pytest.approx(200)], [100, pytest.approx(140)]]


def test_the_last_window_is_as_long_as_is_left() -> None:
    found = power_trace(tree([(0, 0, 0), (200, 200, 100)]), 200, 1e6, CONSUMED, 80e-6)
    assert found is not None
    assert found.energy_uj.tolist() == pytest.approx([13.6, 13.6, 6.8])
    assert found.power_mw.tolist() == pytest.approx([170, 170, 170])
    whole = power_trace(tree([(0, 0, 0), (200, 200, 100)]), 200, 1e6, CONSUMED, 100e-6)
    assert whole is not None and len(whole.power_mw) == 2
    long = power_trace(tree([(0, 0, 0), (200, 200, 100)]), 200, 1e6, CONSUMED, 1e300)
    assert long is not None and long.power_mw.tolist() == pytest.approx([170])


def test_marks_beyond_the_window_do_not_count() -> None:
    """As where every other mark was left out: of the first and the last stretch half is in the window."""
    found = power_trace(
        tree([(0, 0, 0), (100, 100, 40), (200, 200, 120), (300, 300, 160)], 50), 200, 1e6, CONSUMED, 200e-6
    )
    assert found is not None
    assert found.energy_uj.tolist() == pytest.approx([34])


def test_a_sleeping_core_draws_what_sleep_costs() -> None:
    """Of 200 cycles 100 asleep, which cost 2 uJ: 34 - 20 + 10 + 2 uJ in all."""
    by_event = BY_EVENT | {"cycles": 10.0, "sleeping": 2.0}
    consumed = replace(CONSUMED, energy_uj=26.0, by_event_uj=by_event)
    found = power_trace(tree([(0, 0, 0), (100, 100, 100), (200, 100, 100)]), 200, 1e6, consumed, 100e-6)
    assert found is not None
    assert found.energy_uj.tolist() == pytest.approx([10 + 10 + 2, 2 + 2])


def test_there_are_no_more_windows_than_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WINDOWS", 3)
    found = power_trace(tree([(0, 0, 0), (200, 200, 100)]), 200, 1e6, CONSUMED, 50e-6)
    assert found is not None and found.window_s == pytest.approx(100e-6) and len(found.energy_uj) == 2


def test_without_an_energy_there_is_no_power() -> None:
    assert power_trace(tree([(0, 0, 0), (200, 200, 100)]), 200, 1e6, None, 50e-6) is None
    assert binned(None, 200, 1e6, 10).shape == (0, 2)
