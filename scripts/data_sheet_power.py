"""Power models from the run currents of data sheets: what boards without a recorded energy have.

    python scripts/data_sheet_power.py            the coefficients of each chip in platforms/run_currents.csv
    python scripts/data_sheet_power.py --errors   what they come to on chips whose energies are on record, as CSV

A data sheet's current is taken for that of CoreMark, whose events a cycle were counted here; `unit_pj` and `static_uw`
fit it at all clocks and core voltages, `weights.sleeping` the currents asleep. Behind a linear regulator the core's
current is the supply's. The errors are recorded energy over predicted, less one, with the weight of a flash read of
other chips, since the own one is from the records: the interval of such boards follows from them.
"""

import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import groupby
from math import fsum
from pathlib import Path
from typing import NamedTuple

import numpy as np

from simtiny.board import Board, power_model
from simtiny.board_file import board_names, load_board
from simtiny.consumers import SwitchedOn, left_on
from simtiny.data import data_path
from simtiny.energy import energy
from simtiny.event_counts import EventCounts
from simtiny.power import supply_point
from simtiny.power_model import PowerModel
from simtiny.profiles import OperatingPoint
from simtiny.records import all_records

WINDOWS = Path(__file__).parents[1] / "tests" / "calibration" / "windows.csv"
# Events in one iteration of CoreMark (eembc/coremark d5fad6b, GCC 12.2, -O2), from flash with caches on.
COREMARK: Mapping[str, Mapping[str, int]] = {
    "cortex-m0plus": {
        "cycles": 2208363,
        "data_processing": 842790,
        "multiply": 37584,
        "load_words": 274229,
        "flash_load_words": 9311,
        "store_words": 85537,
        "branch_taken": 173416,
        "branch_not_taken": 83415,
        "code_lines": 492962,
        "flash_reads": 256389,
    },
    "cortex-m4f": {
        "cycles": 1578367,
        "data_processing": 616305,
        "multiply": 12960,
        "multiply_accumulate": 24624,
        "load_words": 223945,
        "store_words": 62017,
        "branch_taken": 133423,
        "branch_not_taken": 95364,
        "code_lines": 444346,
        "flash_reads": 9445,
    },
    "cortex-m33": {
        "cycles": 1348504,
        "data_processing": 616437,
        "multiply": 12960,
        "multiply_accumulate": 24624,
        "load_words": 223993,
        "store_words": 62049,
        "branch_taken": 133423,
        "branch_not_taken": 95364,
        "code_lines": 314057,
        "flash_reads": 274,
    },
    "cortex-m7": {
        "cycles": 1026905,
        "data_processing": 553536,
        "multiply": 12960,
        "multiply_accumulate": 24624,
        "load_words": 223169,
        "flash_load_words": 16,
        "store_words": 61241,
        "branch_taken": 155114,
        "branch_not_taken": 100527,
        "code_lines": 463715,
        "flash_reads": 150,
    },
}
PLLS = ("PLL", "PLL1")
"""Consumers that are on in the run currents of a data sheet, and counted by themselves here."""


class Current(NamedTuple):
    """A data sheet's current, in amperes, in the core alone."""

    clock_hz: float
    is_asleep: bool
    core_v: float
    core_a: float


def main() -> None:
    """See above."""
    if "--errors" in sys.argv[1:]:
        print("quantity,case,core,group,name,error")
        found_by = {board: found for board, found in models().items() if not found.data_sheet}
        for board, found in found_by.items():
            others = [other.weights["flash_reads"] for name, other in found_by.items() if name != board]
            weights = {**found.weights, "flash_reads": fsum(others) / len(others)}  # the own one is from the records
            for with_chip in (each for each in map(load_board, board_names()) if each.soc == load_board(board).soc):
                there = replace(
                    power_model(with_chip), unit_pj=found.unit_pj, static_uw=found.static_uw, weights=weights
                )
                for name, error in errors(with_chip, there):
                    print(f"energy,data sheet,{with_chip.core},{board},{name},{error:.4f}")
        return
    for board, found in models().items():
        sleeping = found.weights["sleeping"]
        print(f"{board}: unit_pj = {found.unit_pj:.4g}, static_uw = {found.static_uw:.3g}, sleeping = {sleeping:.3g}")


def models() -> dict[str, PowerModel]:
    """By board, its power model with the coefficients that follow from its chip's currents."""
    with data_path("platforms", "run_currents.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {board: _model(load_board(board), list(own)) for board, own in groupby(rows, key=lambda row: row["board"])}


def _model(board: Board, rows: Sequence[Mapping[str, str]]) -> PowerModel:
    model, others_a = power_model(board), 0.0
    if board.consumers is not None:
        others_a = fsum(one.ua for name, one in board.consumers.each.items() if name in PLLS) * 1e-6
    currents = [
        Current(
            float(row["clock_hz"]),
            row["mode"] == "sleep",
            float(row["core_v"]),
            float(row["current_ma"]) * 1e-3 - others_a,
        )
        for row in rows
    ]
    mix = COREMARK[board.core]
    units = fsum(model.weights[name] * times / mix["cycles"] for name, times in mix.items())
    unit_pj, static_uw = _fitted([(each, units) for each in currents if not each.is_asleep], model.reference_core_v)
    asleep = [_core_uw(each, model.reference_core_v) for each in currents if each.is_asleep]
    per_hz = [each.clock_hz * 1e-6 * unit_pj for each in currents if each.is_asleep]
    weights = dict(model.weights)
    if asleep:
        ratios = [(drawn - static_uw) / unit for drawn, unit in zip(asleep, per_hz, strict=True)]
        weights["sleeping"] = max(0.0, fsum(ratios) / len(ratios))
    return replace(model, unit_pj=unit_pj, static_uw=static_uw, weights=weights)


def _core_uw(each: Current, reference_core_v: float) -> float:
    """Power in the core as it would be at the reference voltage."""
    return each.core_a * each.core_v * 1e6 * (reference_core_v / each.core_v) ** 2


def _fitted(rows: Sequence[tuple[Current, float]], reference_core_v: float) -> tuple[float, float]:
    """Energy of a unit and static power: least squares of relative errors, neither below 0."""
    drawn = np.array([_core_uw(each, reference_core_v) for each, _ in rows])
    columns = np.array([(each.clock_hz * 1e-6 * units, 1.0) for each, units in rows])
    unit_pj, static_uw = np.linalg.lstsq(columns / drawn[:, np.newaxis], np.ones(len(rows)), rcond=None)[0]
    if static_uw < 0:
        of_clock = columns[:, 0] / drawn
        return float(of_clock.sum() / (of_clock @ of_clock)), 0.0
    return float(unit_pj), float(static_uw)


def errors(board: Board, model: PowerModel) -> list[tuple[str, float]]:
    """Recorded energies over predicted less one, by record."""
    records = {record.key: record for record in all_records()}
    found = []
    with WINDOWS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            record = records[row["record"]]
            if record.board != board.id or record.energy_uj is None:
                continue
            clock_hz = float(row["clock_hz"])
            point = OperatingPoint(clock_hz, 0, False, False, False, row["voltage_range"], regulator=row["regulator"])
            pairs = (each.split("=") for each in row["switched_on"].split())
            on = [SwitchedOn(name.replace("_kernel", " kernel"), float(ratio)) for name, ratio in pairs]
            events = EventCounts(**{entry.name: int(row[entry.name]) for entry in fields(EventCounts)})
            at = supply_point(model, point, record.supply_v)
            others = left_on(board.consumers, on, model.reference_core_v)
            drawn = energy(events, float(row["latency_ms"]) * 1e-3, model, at, others, clock_hz)
            found.append((record.key, record.energy_uj / drawn.energy_uj - 1))
    return found


if __name__ == "__main__":
    main()
