"""Tables, page and JSON document of a cross-check, from hand-made outcomes."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from simtiny.events import EVENTS, EventCounts
from simtiny.intervals import latency_interval
from simtiny.notes import Note, NoteKind
from simtiny.profiles import OperatingPoint
from simtiny.published import published_images
from simtiny.records import all_records
from simtiny.report.crosscheck_html import crosscheck_page, energy_band, energy_plot, latency_plot
from simtiny.report.crosscheck_text import crosscheck_report
from simtiny.report.document import crosscheck_document
from simtiny.validation.compare import assemble
from simtiny.validation.outcomes import Outcome
from simtiny.validation.result import CrossCheck, EnergyComparison, OtherStack

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "json-schema.md"
ST, BOSCH = "v1.2 STMicroelectronics NUCLEO_L4R5ZI", "v1.2 bosch NUCLEO_L4R5ZI_int8"
RECORDS = {record.key: record for record in all_records()}
IMAGES = {image.key: image for image in published_images() if image.build == "performance"}


POINT = OperatingPoint(120e6, 5, True, True, True, "1")
EVENTS_OF_IC = EventCounts(**(dict.fromkeys(EVENTS, 0) | {"cycles": 20_400_000}))


def printed(result: CrossCheck, width: int) -> str:
    """As the terminal shows it, without spaces at the ends of lines."""
    stream = io.StringIO()
    Console(file=stream, width=width).print(crosscheck_report(result))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


@pytest.fixture(scope="module")
def result() -> CrossCheck:
    return hand_made()


def hand_made() -> CrossCheck:
    """ic01 was recorded as 165.1213 ms and 6919.4 uJ, kws01 as 43.18657 ms."""
    outcomes = {
        f"{ST} ic01": Outcome(
            170.0,
            170.0,
            notes=(Note(NoteKind.METHOD, "energy", 1, "a note"),),
            events=EVENTS_OF_IC,
            operating_point=POINT,
        ),
        f"{ST} kws01": Outcome(43.0),
        f"{BOSCH} vww01": Outcome(failure="FirmwareFault: <hung>"),
    }
    measured = [(RECORDS[key], IMAGES[key], outcome) for key, outcome in outcomes.items()]
    found = assemble(measured, {RECORDS[f"{BOSCH} ad01"]: "not there", RECORDS[f"{BOSCH} kws01"]: "not there"})
    stack = OtherStack(
        RECORDS["v0.5 reference Nucleo-L4R5ZI ad01"],
        "a class",
        EnergyComparison(416.3, 400.0, 60.0, False, low_uj=390.0, high_uj=460.0),
    )
    return replace(found, stacks=(stack,))


def test_the_tables(result: CrossCheck) -> None:
    lines = [line.split() for line in printed(result, 200).splitlines()]
    assert ["v1.2", "STMicroelectronics", "NUCLEO_L4R5ZI"] in lines
    assert ["ic01", "165.1", "170.0", "+3.0%", "0.00%", "no"] in lines
    assert ["kws01", "43.19", "43.00", "-0.4%", "-", "yes"] in lines
    assert "own record used: no" in printed(result, 200)
    assert ["cortex-m4f", "1", "3.0%", "-", "+3.0%", "+3.0%", "1", "of", "1"] in lines
    assert f"cortex-m4f: worst is {ST} ic01; target 1.5% mean, 5.0% worst: missed" in printed(result, 200)
    assert ["failed:", "FirmwareFault:", "<hung>"] in lines
    assert "v0.5 reference Nucleo-L4R5ZI: a class" in printed(result, 200)
    assert ["ad01", "416.3", "400.0", "390", "to", "460", "-3.9%"] in lines
    assert ["a", "class", "1", "3.9%", "-3.9%", "-3.9%", "1", "of", "1", "-"] in lines
    (image,) = (line for line in lines if line[:2] == ["ic01", "6,919"])
    assert image[-1] == "no"
    assert ["v1.2", "bosch", "NUCLEO_L4R5ZI_int8", "(ad01,", "kws01)"] in lines


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_names_and_headings_are_whole_at_each_width(result: CrossCheck, width: int) -> None:
    key = "v1.2 bosch NUCLEO_L4R5ZI_int8_max_performance ad01"
    longest = replace(result.rows[0], record=RECORDS[key], image=IMAGES[key])
    text = printed(replace(result, rows=(longest,)), width)
    assert "v1.2 bosch NUCLEO_L4R5ZI_int8_max_performance\n" in text
    assert "\u2026" not in text and max(map(len, text.splitlines())) <= width
    for word in ("recorded", "predicted", "error", "timer", "record", "interval", "baseline's", "inside", "worst"):
        assert word in text.split(), word


def test_the_chart(result: CrossCheck) -> None:
    chart = latency_plot(result)
    (row,) = chart.rows
    assert row.label == "nucleo-l4r5zi"
    assert [dot.error for dot in row.dots] == pytest.approx([43.0 / 43.18657 - 1, 170.0 / 165.1213 - 1])
    assert [dot.calibrated for dot in row.dots] == [True, False]
    assert row.dots[1].text == f"{ST} ic01: recorded 165.1 ms, predicted 170.0 ms, +3.0%"
    assert row.told == "1 predicted, 1 calibrated; 2 inside the interval, errors from -0.4% to +3.0%"
    ((low, high),) = row.bands
    interval = latency_interval("cortex-m4f", recorded=True)
    assert (low, high) == pytest.approx((1 / (1 + interval.high) - 1, 1 / (1 + interval.low) - 1), abs=1e-4)
    assert latency_plot(CrossCheck((), (), ())).rows == ()


def test_the_chart_of_energies(result: CrossCheck) -> None:
    image, stack = energy_plot(result).rows
    assert (image.label, stack.label) == ("images, predicted", "a class")
    assert [dot.error for dot in stack.dots] == pytest.approx([400.0 / 416.3 - 1])
    assert stack.detail == "1 predicted; 1 inside the interval"
    assert stack.bands[0] == pytest.approx((400.0 / 460.0 - 1, 400.0 / 390.0 - 1), abs=1e-4)
    assert energy_band(EnergyComparison(416.3, 400.0, None, False, low_uj=None, high_uj=None)) is None


def test_dots_stand_at_their_errors(result: CrossCheck) -> None:
    page, chart = crosscheck_page(result), latency_plot(result)
    calibrated, predicted = (chart.axis.at(dot.error) for dot in chart.rows[0].dots)
    assert chart.axis.at(0.0) == 50.0
    assert f'<circle class="dot first" cx="{predicted:.2f}%"' in page
    assert re.search(rf'<svg x="{calibrated:.2f}%" y="\d+"><path class="diamond"', page)


def test_the_page_needs_nothing_else(result: CrossCheck) -> None:
    page = crosscheck_page(result)
    assert "<script" not in page and "http://" not in page and "https://" not in page and "<link" not in page
    assert "<h1>Predicted and recorded: 2 results on 1 board</h1>" in page
    assert "FirmwareFault: &lt;hung&gt;" in page
    assert '<td class="n" data-h="recorded ms">165.1</td>' in page
    assert '<td class="n" data-h="recorded uJ">416.3</td>' in page and "a class" in page
    assert page == crosscheck_page(result)


def test_a_page_of_nothing_says_so() -> None:
    page = crosscheck_page(CrossCheck((), (), ()))
    assert "0 results on 0 boards" in page and "<table" not in page


def test_every_field_of_the_document_is_described(result: CrossCheck) -> None:
    document = json.loads(msgspec.json.encode(crosscheck_document(result)))
    text = SCHEMA.read_text().split("## `simtiny.crosscheck/1`")[1]
    row, summary, left = document["rows"][1], document["summaries"][0], document["failed"][0]
    energy, stack = document["energy_summaries"][0], document["stacks"][0]
    energies = [*energy, *stack, *row["energy"]]
    for field in [*document, *row, *row["record"], *row["image"], *summary, *summary["target"], *left, *energies]:
        assert f"`{field}`" in text, field
    assert (row["key"], row["recorded_ms"], row["predicted_ms"], row["calibrated"]) == (
        f"{ST} ic01",
        165.1213,
        170.0,
        False,
    )
    assert row["error"] == pytest.approx(170.0 / 165.1213 - 1)
    assert document["rows"][0]["stopwatch_error"] is None
    assert [left["record"]["benchmark"] for left in document["left_out"]] == ["ad01", "kws01"]
