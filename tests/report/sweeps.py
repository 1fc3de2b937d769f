"""Sweeps that no firmware ran for: as many points as asked for, with numbers of a plausible size."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.sweeps.result import KNOBS, OUTCOMES, SweepResult

CLOCKS_HZ = tuple(1e6 * mhz for mhz in range(4, 124, 4))
NUMBERS = ("clock_hz", "supply_v", "wait_states", "read_width_bits")
BOARDS = {
    "nucleo-l4r5zi": (1.0, 120e6),
    "nucleo-u575zi-q": (0.55, 160e6),
    "disco-f746ng": (2.9, 216e6),
    "nucleo-g0b1re": (1.2, 64e6),
}
"""Energy a cycle beside the first one's, and the highest clock."""
FIXED: dict[str, Any] = {
    "benchmark": "kws01",
    "model": "",
    "image": "",
    "board": "nucleo-l4r5zi",
    "kernels": "cmsis-nn",
    "place": "",
    "clock_hz": 120e6,
    "voltage_range": "1",
    "regulator": "ldo",
    "supply_v": 3.3,
    "wait_states": 5.0,
    "prefetch": "on",
    "instruction_cache": "on",
    "data_cache": "on",
    "caches": "",
    "read_width_bits": 64.0,
}
LARGE: dict[str, Sequence[Any]] = {
    "board": tuple(BOARDS),
    "kernels": ("cmsis-nn", "reference"),
    "clock_hz": CLOCKS_HZ,
    "wait_states": (0.0, 1.0, 2.0, 3.0, 4.0, 5.0),
    "prefetch": ("on", "off"),
    "instruction_cache": ("on", "off"),
    "supply_v": (1.8, 3.3),
}
"""23,040 points: `made_up(LARGE, 10_000)` has the first ten thousand of an even sample."""


def made_up(knobs: dict[str, Sequence[Any]], points: int | None = None, *, life: bool = False) -> SweepResult:
    """The grid of the knobs, or an even sample of so many of its points; least energy below 50 ms."""
    grid = list(itertools.product(*knobs.values()))
    if points is not None:
        grid = [grid[index] for index in np.linspace(0, len(grid) - 1, points).astype(int)]
    chosen = [FIXED | dict(zip(knobs, each, strict=True)) for each in grid]
    columns: dict[str, NDArray[Any]] = {
        name: np.array([each[name] for each in chosen], dtype=float if name in NUMBERS else object) for name in KNOBS
    }
    size, hz, waits = len(chosen), columns["clock_hz"], columns["wait_states"]
    scale = np.array([BOARDS.get(board, (1.0, 120e6))[0] for board in columns["board"]])
    highest = np.array([BOARDS.get(board, (1.0, 120e6))[1] for board in columns["board"]])
    slow = np.where(columns["kernels"] == "reference", 7.3, 1.0) * np.where(columns["board"] == "nucleo-g0b1re", 2.4, 1)
    cached, early = columns["instruction_cache"] == "on", columns["prefetch"] == "on"
    cycles = np.rint(4_170_000 * slow * (1 + waits * np.where(cached, 0.013, np.where(early, 0.11, 0.19))))
    latency_ms = 1e3 * cycles / hz
    core_v = np.where(hz <= 26e6, 1.0, np.where(hz <= 80e6, 1.2, 1.28)) + 0.001 * hz / 1e6
    power_mw = 1.6 + (hz / 1e6) * 0.2 * scale * np.where(cached, 1.0, 1.12) * core_v**2 * columns["supply_v"] / 3.3
    energy_uj = latency_ms * power_mw
    reason = np.full(size, "", dtype=object)
    for row in np.flatnonzero(hz > highest):
        reason[row] = f"clock above the highest of {columns['board'][row]}, {highest[row] / 1e6:.0f} MHz"
    for row in np.flatnonzero((reason == "") & (waits < np.floor((hz - 1) / 24e6))):
        reason[row] = f"too few wait states: {hz[row] / 1e6:.0f} MHz needs {(hz[row] - 1) // 24e6:.0f}"
    legal = reason == ""
    validated = legal & cached & early & (waits == np.floor((hz - 1) / 24e6))
    outcomes = {
        "cycles": cycles,
        "latency_ms": latency_ms,
        "latency_low_ms": 0.945 * latency_ms,
        "latency_high_ms": 1.06 * latency_ms,
        "energy_uj": energy_uj,
        "energy_low_uj": 0.81 * energy_uj,
        "energy_high_uj": 1.22 * energy_uj,
        "mean_power_mw": power_mw,
        "flash_bytes": np.where(columns["kernels"] == "reference", 74_208.0, 96_544.0),
        "ram_bytes": np.full(size, 28_672.0),
    }
    if life:
        current_ua = 2.1 + energy_uj / columns["supply_v"]
        outcomes |= {"mean_current_ua": current_ua, "battery_days": 230e3 / current_ua / 24}
    columns |= {name: np.where(legal, column, np.nan) for name, column in outcomes.items()}
    columns |= {
        "legal": legal,
        "reason": reason,
        "validated": validated,
        "not_validated": np.where(
            legal & ~validated, np.where(cached, "more wait states than needed", "instruction cache off"), ""
        ).astype(object),
        "priced": np.where(np.arange(size) % 97 == 0, "executed", "from the profile of another point").astype(object),
    }
    assert set(OUTCOMES) <= set(columns)
    best = np.flatnonzero(legal & (latency_ms < 50))
    best = best[np.argsort(energy_uj[best], kind="stable")]
    return SweepResult(
        columns=columns,
        varied=tuple(name for name, values in knobs.items() if len(values) > 1),
        minimise="energy",
        subject_to=("latency<50ms",),
        best=best,
        front=front_of(latency_ms, energy_uj, np.flatnonzero(legal)),
        words=(
            "Least energy below 50 ms takes 1,234 uJ, at 84 MHz with 3 wait states on nucleo-u575zi-q.",
            "The limit of 50 ms binds: 4 MHz more would take 1.2 % more energy and save 2.1 ms.",
        ),
        executions=24,
        stored=6,
        notes=("Interrupts were not simulated.",),
        options={"benchmark": "kws01", "clock": "4:120:4MHz"},
    )


def front_of(one: NDArray[Any], other: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of the rows, those that none beats in both columns, by the plain definition."""
    found, least = [], np.inf
    for row in sorted(rows.tolist(), key=lambda row: (one[row], other[row])):
        if other[row] < least:
            found.append(row)
            least = other[row]
    return np.array(sorted(found), dtype=np.int64)
