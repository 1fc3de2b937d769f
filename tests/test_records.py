"""Recorded results: known rows of the public result repositories, and the summary."""

import csv
from pathlib import Path

import pytest

from simtiny.board_file import board_names, load_board
from simtiny.machine.cores import CORES
from simtiny.records import all_records, recorded, records_for, spread

SHARED_TABLE = Path(__file__).resolve().parents[1] / "../shared/data/board_measurements.csv"
BENCHMARKS = ("kws01", "vww01", "ic01", "ad01")


def test_the_bosch_results_of_round_1_2() -> None:
    latencies = {
        row.benchmark: row.latency_ms
        for row in all_records()
        if row.board == "nucleo-l4r5zi"
        and row.source.endswith("/bosch/results/NUCLEO_L4R5ZI_int8/" + row.benchmark[:-2])
    }
    assert latencies == {"kws01": 60.15714, "vww01": 180.4978, "ic01": 180.5374, "ad01": 5.83515}


def test_best_and_worst_of_the_board() -> None:
    keyword = recorded("nucleo-l4r5zi", "kws01", 1.8)
    assert keyword.latency_ms is not None and keyword.energy_uj is not None and keyword.fastest is not None
    assert (keyword.latency_ms.best, keyword.latency_ms.worst) == (43.18657, 181.9239)
    assert keyword.energy_uj.best == 1820.454
    assert keyword.fastest.submitter == "STMicroelectronics"


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_rows_come_fastest_first_and_each_energy_names_its_voltage(benchmark: str) -> None:
    rows = records_for("nucleo-l4r5zi", benchmark)
    assert [row.latency_ms for row in rows] == sorted(row.latency_ms for row in rows)
    assert all(row.supply_v in (1.8, 3.0) for row in rows if row.energy_uj is not None)


def test_energy_is_compared_at_one_voltage_only() -> None:
    # Krai measured two stacks at 3 V, all others measured at 1.8 V.
    at_3_v = recorded("nucleo-l4r5zi", "ad01", 3.0).energy_uj
    assert at_3_v is not None
    assert (at_3_v.best, at_3_v.worst, at_3_v.count) == (528.881, 529.299, 2)
    at_1_8_v = recorded("nucleo-l4r5zi", "ad01", 1.8).energy_uj
    assert at_1_8_v is not None
    assert at_1_8_v.count == 9


def test_every_row_has_a_source() -> None:
    assert all(row.source.startswith("mlcommons/tiny_results_v") for row in all_records())


def test_unknown_board_or_benchmark_has_no_records() -> None:
    assert recorded("nucleo-l4r5zi", "sww01", 1.8).latency_ms is None
    assert records_for("no-such-board", "kws01") == ()


def test_spread_is_best_median_worst() -> None:
    summary = spread([5.0, 1.0, 2.0])
    assert summary is not None
    assert (summary.best, summary.median, summary.worst, summary.count) == (1.0, 2.0, 5.0, 3)


@pytest.mark.skipif(not SHARED_TABLE.exists(), reason="needs ../shared/data")
def test_the_packaged_table_agrees_with_the_full_one() -> None:
    with SHARED_TABLE.open(encoding="utf-8", newline="") as file:
        full = [row for row in csv.DictReader(file) if row["board"].lower() == "nucleo-l4r5zi"]
    ours = [row for row in all_records() if row.board == "nucleo-l4r5zi"]
    assert [(row.source, row.stack, row.latency_ms) for row in ours] == [
        (row["source"], row["stack"], float(row["latency_ms"])) for row in full
    ]


def test_keys_tell_all_records_apart_and_name_the_submitters_system() -> None:
    keys = {row.key: row for row in all_records()}
    assert len(keys) == len(all_records()) == 251
    assert keys["v1.2 STMicroelectronics NUCLEO_L4R5ZI kws01"].latency_ms == 43.18657
    assert keys["v1.2 bosch NUCLEO_H7A3ZI_int8_min_ram ic01"].board == "nucleo-h7a3zi-q"
    assert keys["v1.3 STMicroelectronics NUCLEO_L4R5ZI-P ic01"].board == "nucleo-l4r5zi-p"
    assert {row.board for row in all_records() if row.accelerator} == {"nucleo-u3c5zit6-q", "xg24-dk2601b"}


def test_every_calibration_names_a_record() -> None:
    keys = {row.key for row in all_records()}
    for name in board_names():
        board = load_board(name)
        named = [*CORES[board.core].timing.evidence.calibrated_on, *board.flash.calibrated_on]
        assert {key for key in named if key[:2] in ("v0", "v1")} <= keys
