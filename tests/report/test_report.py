"""Table and JSON document from one hand-made result."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from simtiny.breakdown import Part
from simtiny.energy import EnergyEstimate
from simtiny.mlperf.accuracy import Answer, score
from simtiny.mlperf.identity import Identity
from simtiny.mlperf.memory import Memory
from simtiny.mlperf.tasks import TASKS
from simtiny.notes import Note, NoteKind
from simtiny.profiles import OperatingPoint
from simtiny.records import recorded
from simtiny.report.document import accuracy_document, run_document
from simtiny.report.result import Layer, RunResult
from simtiny.report.text import number, run_report

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "json-schema.md"

RESULT = RunResult(
    title="kws01",
    benchmark="kws01",
    board="nucleo-l4r5zi",
    firmware="simtiny firmware, dsp kernels",
    weights="stand-in (synthetic)",
    window="one inference, by the MLPerf Tiny protocol",
    latency_ms=50.0,
    latency_uncertainty_ms=3.0,
    latency_low_ms=47.25,
    latency_high_ms=53.0,
    latency_interval_basis="programs of other kinds",
    cycles=6_000_000,
    instructions=4_000_000,
    baseline_cycles=5_400_000,
    cycles_by_effect={"issue": 5_000_000, "flash_code": 1_000_000},
    macs=2_656_768,
    stopwatch_us=50_000.0,
    operating_point=OperatingPoint(120e6, 5, False, True, True, "1"),
    energy=EnergyEstimate(
        energy_uj=2000.0,
        uncertainty_uj=900.0,
        mean_power_mw=40.0,
        supply_v=1.8,
        calibrated_on=("v1.2 STMicroelectronics ad01",),
        core_v=1.28,
        regulator="ldo",
        energy_low_uj=1800.0,
        energy_high_uj=2900.0,
        interval_basis="other software stacks",
    ),
    memory=Memory(80 * 1024, 40 * 1024, 20 * 1024, 60 * 1024, 32 * 1024, 4 * 1024, 4 * 1024),
    record=None,
    recorded=recorded("nucleo-l4r5zi", "kws01", 1.8),
    latency_calibrated_on=(),
    layers=(
        Layer(0, "CONV_2D", (1, 25, 5, 64), 320_000, 1_500_000, 0.25),
        Layer(1, "SOFTMAX", (1, 12), 0, 4_500_000, 0.75),
    ),
    by_class=(Part("issue", 5_000_000, 1500.0), Part("waits for memory", 1_000_000, 300.0), Part("static", 0, 200.0)),
    by_memory=(Part("reads of the flash array", 1_000_000, 500.0), Part("core", 5_000_000, 1500.0)),
    by_function=(Part("convolve", 4_500_000, 1600.0), Part("without a symbol", 1_500_000, 400.0)),
    identity=Identity("1" * 64, None, "2" * 64, "3" * 64, "4" * 64, "unicorn 2.1.4"),
    notes=(Note(NoteKind.UNKNOWN_REGISTER, "RCC+0x24", 3, "RCC: unknown register 0x24 written"),),
)


def _printed(results: list[RunResult], width: int = 80, layers: bool = False) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(run_report(results, layers=layers))
    return stream.getvalue()


def _row(text: str, label: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.strip("│ ").startswith(label))
    return [cell.strip() for cell in line.strip("│").split("│")][1:]


def test_the_table_shows_the_recorded_results_beside_the_prediction() -> None:
    text = _printed([RESULT])
    assert _row(text, "latency ms") == ["50.00"]
    assert _row(text, "recorded: best") == ["43.19"]
    assert _row(text, "90 % interval") == ["47.2 to 53.0"]
    assert _row(text, "cycles") == ["6.000M"]
    assert _row(text, "cycles per instruction") == ["1.500"]
    assert _row(text, "cycles per MAC") == ["2.26"]  # 6,000,000 / 2,656,768
    assert _row(text, "energy uJ") == ["2,000"]
    assert _row(text, "flash KiB") == ["80.0"]
    assert _row(text, "own record used") == ["no"]
    assert "1,800 to 2,900" in text


def test_only_of_the_image_that_constants_were_fitted_to_the_own_record_was_used() -> None:
    """Not of the same benchmark with another image, such as the built-in firmware."""
    key = "v1.2 STMicroelectronics NUCLEO_L4R5ZI ad01"
    records = (None, key, "v1.1 STMicroelectronics NUCLEO_L4R5ZI ad01")
    results = [replace(RESULT, title="ad01", record=record, latency_calibrated_on=(key,)) for record in records]
    assert _row(_printed(results), "own record used") == ["no", "latency", "no"]
    assert RESULT.energy is not None
    results = [
        replace(RESULT, record=record, energy=replace(RESULT.energy, calibrated_on=(key,))) for record in records
    ]
    assert _row(_printed(results), "own record used") == ["no", "energy", "no"]
    assert RESULT.energy is not None
    both = replace(RESULT.energy, calibrated_on=(key,))
    assert _row(_printed([replace(RESULT, record=key, latency_calibrated_on=(key,), energy=both)]), "own") == ["both"]


def test_without_a_power_model_there_is_no_energy() -> None:
    result = replace(RESULT, energy=None, recorded=recorded("nucleo-l4r5zi", "kws01", None))
    text = _printed([result])
    assert "energy" not in text
    assert result.recorded.latency_ms is not None and _row(text, "latency ms") == ["50.00"]
    assert json.loads(json.dumps(run_document([result])))["results"][0]["energy"] is None
    beside_one_with = _printed([result, RESULT])
    assert _row(beside_one_with, "energy uJ") == ["-", "2,000"]


def test_what_holds_for_all_columns_is_said_once() -> None:
    text = _printed([RESULT, replace(RESULT, title="vww01"), replace(RESULT, title="ic01", notes=())], width=120)
    assert text.count("120 MHz, 5 flash wait states, prefetch off, instruction cache on, data cache on") == 1
    assert "note (kws01, vww01): RCC: unknown register 0x24 written" in text


def test_four_benchmarks_fit_eighty_columns() -> None:
    results = [replace(RESULT, title=name, latency_ms=704.2557, cycles=84_510_684) for name in TASKS]
    assert _row(_printed(results), "latency ms") == ["704.3"] * 4


def test_layers_come_on_request() -> None:
    assert "SOFTMAX" not in _printed([RESULT])
    text = _printed([RESULT], layers=True)
    assert re.search(r"0 CONV_2D +1x25x5x64 +320,000 +1,500,000 +4\.69 +25\.0%", text)
    assert re.search(r"1 SOFTMAX +1x12 +- +4,500,000 +- +75\.0%", text)


def test_a_window_without_records_or_macs_leaves_their_rows_out() -> None:
    text = _printed([replace(RESULT, macs=None, recorded=recorded("nucleo-l4r5zi", "sww01", 1.8))])
    assert "recorded" not in text
    assert "cycles per MAC" not in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.000166, "0.0001660"),
        (0.01234, "0.01234"),
        (5.83515, "5.835"),
        (60.157, "60.16"),
        (180.54, "180.5"),
        (29207.0, "29,207"),
    ],
)
def test_numbers_have_four_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_the_run_document_is_plain_and_versioned() -> None:
    document = json.loads(msgspec.json.encode(run_document([RESULT])))
    assert document["schema"] == "simtiny.run/1"
    (result,) = document["results"]
    assert result["cpi"] == 1.5
    assert result["layers"][0]["cycles_per_mac"] == 4.6875
    assert result["recorded"]["fastest"]["submitter"] == "STMicroelectronics"
    assert result["operating_point"]["clock_hz"] == 120e6
    assert result["notes"] == ["RCC: unknown register 0x24 written"]
    assert result["note_details"] == [
        {"kind": "unknown-register", "place": "RCC+0x24", "count": 3, "text": "RCC: unknown register 0x24 written"}
    ]


def test_every_field_of_the_documents_is_described() -> None:
    text = SCHEMA.read_text()
    run_part, accuracy_part = text.split("## `simtiny.accuracy/1`")
    (result,) = run_document([RESULT])["results"]
    nested = [key for field in ("operating_point", "energy", "memory", "recorded") for key in result[field]]
    for field in [*result, *nested, *result["layers"][0], *result["recorded"]["fastest"]]:
        assert f"`{field}`" in run_part, field
    for name in (*result["note_details"][0], *NoteKind):
        assert f"`{name}`" in run_part, name
    scored = score(TASKS["kws01"], [Answer("a", 0, ((1.0, 0.0),))], board="nucleo-l4r5zi", weights="official")
    for field in accuracy_document(scored):
        assert f"`{field}`" in accuracy_part, field


def test_an_undefined_score_is_null() -> None:
    scored = score(TASKS["ad01"], [Answer("a", 0, ((1.0,),))], board="nucleo-l4r5zi", weights="official")
    document = accuracy_document(scored)
    assert document["value"] is None
    assert document["passed"] is False
