"""Tables, page and JSON document of a cross-check, from hand-made outcomes."""

import io
import json
import sys
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from simtiny.errors import BadInput
from simtiny.published import published_images
from simtiny.records import all_records
from simtiny.report.crosscheck_html import chart, crosscheck_page
from simtiny.report.crosscheck_text import crosscheck_report
from simtiny.report.document import crosscheck_document
from simtiny.validation.compare import assemble
from simtiny.validation.measure import Outcome
from simtiny.validation.result import CrossCheck

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "json-schema.md"
ST, BOSCH = "v1.2 STMicroelectronics NUCLEO_L4R5ZI", "v1.2 bosch NUCLEO_L4R5ZI_int8"
RECORDS = {record.key: record for record in all_records()}
IMAGES = {image.key: image for image in published_images() if image.build == "performance"}


@pytest.fixture(scope="module")
def result() -> CrossCheck:
    """ic01 was recorded as 165.1213 ms, kws01 as 43.18657 ms."""
    outcomes = {
        f"{ST} ic01": Outcome(170.0, 170.0, ("a note",)),
        f"{ST} kws01": Outcome(43.0),
        f"{BOSCH} vww01": Outcome(failure="FirmwareFault: <hung>"),
    }
    measured = [(RECORDS[key], IMAGES[key], outcome) for key, outcome in outcomes.items()]
    return assemble(measured, {RECORDS[f"{BOSCH} ad01"]: "not there", RECORDS[f"{BOSCH} kws01"]: "not there"})


def test_the_tables(result: CrossCheck) -> None:
    stream = io.StringIO()
    Console(file=stream, width=200).print(crosscheck_report(result))
    lines = [[cell.strip() for cell in line.strip("│").split("│")] for line in stream.getvalue().splitlines()]
    assert [
        "1.2",
        "STMicroelectronics NUCLEO_L4R5ZI",
        "ic01",
        "165.1",
        "170.0",
        "+3.0%",
        "+0.00%",
        "predicted",
    ] in lines
    assert ["1.2", "STMicroelectronics NUCLEO_L4R5ZI", "kws01", "43.19", "43.00", "-0.4%", "-", "calibrated"] in lines
    summary = ["cortex-m4f", "predicted", "1", "3.0%", "+3.0%", "+3.0%", f"{ST} ic01", "3% mean, 8% worst: met"]
    assert summary in lines
    assert ["failed: FirmwareFault: <hung>"] in lines
    assert ["v1.2 bosch NUCLEO_L4R5ZI_int8 (ad01, kws01)"] in lines


def test_the_chart(result: CrossCheck) -> None:
    band, equal, predicted, calibrated = chart(result)["data"]
    assert band["y"] == pytest.approx([0.05 * x + x for x in band["x"][:2]] + [x - 0.05 * x for x in band["x"][2:]])
    assert equal["x"] == equal["y"]
    assert (predicted["x"], predicted["y"]) == ([165.1213], [170.0])
    assert (calibrated["x"], calibrated["y"]) == ([43.18657], [43.0])
    assert predicted["marker"]["symbol"] != calibrated["marker"]["symbol"]
    assert chart(CrossCheck((), (), ()))["data"][1]["x"] == [1.0, 1000.0]


def test_the_page_needs_nothing_else(result: CrossCheck) -> None:
    pytest.importorskip("plotly")
    page = crosscheck_page(result)
    assert "Plotly.newPlot" in page
    assert '<script src="http' not in page and "<link" not in page
    assert "FirmwareFault: &lt;hung&gt;" in page
    assert '<td class="n">165.1</td>' in page


def test_without_the_extra_one_line_names_it(result: CrossCheck, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(BadInput, match=r"--html needs jinja2: pip install 'simtiny\[report\]'"):
        crosscheck_page(result)


def test_every_field_of_the_document_is_described(result: CrossCheck) -> None:
    document = json.loads(msgspec.json.encode(crosscheck_document(result)))
    text = SCHEMA.read_text().split("## `simtiny.crosscheck/1`")[1]
    row, summary, left = document["rows"][0], document["summaries"][0], document["failed"][0]
    for field in [*document, *row, *row["record"], *row["image"], *summary, *summary["target"], *left]:
        assert f"`{field}`" in text, field
    assert (row["key"], row["recorded_ms"], row["predicted_ms"], row["calibrated"]) == (
        f"{ST} ic01",
        165.1213,
        170.0,
        False,
    )
    assert row["error"] == pytest.approx(170.0 / 165.1213 - 1)
    assert document["rows"][1]["stopwatch_error"] is None
    assert [left["record"]["benchmark"] for left in document["left_out"]] == ["ad01", "kws01"]
