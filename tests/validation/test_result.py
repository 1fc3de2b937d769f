"""Statistics of a cross-check, worked by hand."""

import pytest

from simtiny.errors import BadInput
from simtiny.intervals import latency_interval
from simtiny.published import PublishedImage, published_images
from simtiny.records import Record, all_records
from simtiny.validation.compare import NO_IMAGE, NO_LATENCY, assemble, obstacle, select
from simtiny.validation.outcomes import Outcome
from simtiny.validation.result import CrossCheck, by_reason
from simtiny.validation.targets import verdicts

IMAGES = {image.key: image for image in published_images() if image.build == "performance"}
RECORDS = {record.key: record for record in all_records()}
ST = "v1.2 STMicroelectronics NUCLEO_L4R5ZI"
BOSCH = "v1.2 bosch NUCLEO_L4R5ZI_int8"


def measured(key: str, factor: float, failure: str | None = None) -> tuple[Record, PublishedImage, Outcome]:
    latency_ms = RECORDS[key].latency_ms * factor
    outcome = Outcome(latency_ms, latency_ms * 1.001, RECORDS[key].latency_ms * 1.25, ("a note",), failure)
    return RECORDS[key], IMAGES[key], outcome


@pytest.fixture(scope="module")
def result() -> CrossCheck:
    rows = [
        measured(f"{ST} ic01", 1.02),
        measured(f"{ST} kws01", 0.90),  # a constant of the Cortex-M4 model was fitted to it
        measured(f"{BOSCH} ic01", 0.99),
        measured(f"{BOSCH} ad01", 0.95),
        measured(f"{BOSCH} vww01", 1.0, "FirmwareFault: it hung"),
    ]
    return assemble(rows, {RECORDS[f"{ST} ad01"]: "because", RECORDS[f"{ST} ic01"]: None})


def test_predicted_and_calibrated_rows_are_told_apart(result: CrossCheck) -> None:
    assert [(row.record.key, row.calibrated) for row in result.rows] == [
        (f"{ST} kws01", True),  # in the order of `simtiny run`
        (f"{ST} ic01", False),
        (f"{BOSCH} ic01", False),
        (f"{BOSCH} ad01", False),
    ]
    assert all(row.stopwatch_error == pytest.approx(0.001) for row in result.rows)
    assert [(left.record.key, left.reason) for left in result.failed] == [(f"{BOSCH} vww01", "FirmwareFault: it hung")]
    assert [(left.record.key, left.reason) for left in result.left_out] == [(f"{ST} ad01", "because")]


def test_mean_bias_and_worst(result: CrossCheck) -> None:
    predicted, calibrated = result.summaries
    assert (predicted.core, predicted.calibrated, predicted.count) == ("cortex-m4f", False, 3)
    assert predicted.mean_error == pytest.approx((0.02 + 0.01 + 0.05) / 3)
    assert predicted.bias == pytest.approx((0.02 - 0.01 - 0.05) / 3)
    assert predicted.worst.record.key == f"{BOSCH} ad01"
    assert predicted.met is False
    assert predicted.baseline_error == pytest.approx(0.25)
    assert (calibrated.count, calibrated.target, calibrated.met) == (1, None, None)
    assert calibrated.worst.error == pytest.approx(-0.10)
    interval = latency_interval("cortex-m4f", recorded=True)  # around the prediction: of recorded over predicted
    errors = [1 / factor - 1 for factor in (1.02, 0.99, 0.95)]
    assert predicted.inside == sum(interval.low <= error <= interval.high for error in errors)
    assert calibrated.inside == (interval.high >= 1 / 0.9 - 1)


@pytest.mark.parametrize(("factors", "met"), [((1.025, 1.0), True), ((1.051, 1.0), False), ((1.02, 1.02), False)])
def test_a_target_has_a_mean_and_a_worst(factors: tuple[float, float], met: bool) -> None:
    rows = [measured(f"{BOSCH} {name}", factor) for name, factor in zip(("ic01", "ad01"), factors, strict=True)]
    (summary,) = assemble(rows, {}).summaries
    assert summary.met is met


def test_a_share_inside_has_two_ends() -> None:
    """Of 20 rows 17 lie inside: 85 %. All of them are too many: intervals are too wide then. Of 19 none is judged."""
    row = measured(f"{BOSCH} ic01", 1.0)
    beyond = measured(f"{BOSCH} ic01", 1.5)
    for rows, met in (([row] * 17 + [beyond] * 3, True), ([row] * 20, False), ([row] * 16 + [beyond] * 4, False)):
        (share,) = (verdict for verdict in verdicts(assemble(rows, {})) if not verdict.core)
        assert (share.what, share.met) == ("latencies inside their interval", met)
    assert all(verdict.core for verdict in verdicts(assemble([row] * 19, {})))


def test_several_cores_get_a_line_each_and_one_together() -> None:
    rows = [measured(f"{BOSCH} ic01", 1.02), measured("v1.2 bosch NUCLEO_G0B1RE_int8 ic01", 0.94)]
    summaries = assemble(rows, {}).summaries
    assert [summary.core for summary in summaries] == ["cortex-m0plus", "cortex-m4f", "all"]
    assert [summary.mean_error for summary in summaries] == pytest.approx([0.06, 0.02, 0.04])
    assert summaries[2].target is None


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (f"{ST} kws01", None),
        ("v1.1 plumerai NUCLEO-L4R5ZI kws01", NO_IMAGE),
        ("v1.3 STMicroelectronics NUCLEO_L4R5ZI-P sww01", NO_LATENCY),
        ("v1.2 Renesas EK-RA8D1 kws01", "the board is not emulated (Cortex-M85)"),
        ("v1.3 STMicroelectronics NUCLEO_U3C5ZIT6_Q kws01", "an accelerator does the work (DSP co-processor)"),
        (
            "v1.0 silicon_labs silicon_labs_xG24_DK2601B ad01",
            "an accelerator does the work (MVP matrix accelerator)",
        ),
    ],
)
def test_why_a_record_cant_be_compared(key: str, reason: str | None) -> None:
    assert obstacle(RECORDS[key], IMAGES, ["nucleo-l4r5zi", "nucleo-l4r5zi-p"]) == reason


def test_reasons_are_said_once(result: CrossCheck) -> None:
    left = [*result.left_out, *result.left_out]
    assert by_reason(left, lambda record: record.system) == {"because": {"NUCLEO_L4R5ZI": ["ad01", "ad01"]}}


def test_records_of_a_board_and_a_round() -> None:
    assert {(record.board, record.round) for record in select(["nucleo-g0b1re"], ["1.2"])} == {("nucleo-g0b1re", "1.2")}
    assert select([], []) == all_records()
    with pytest.raises(BadInput, match="no results are on record for board 'nucleo'"):
        select(["nucleo"], [])
