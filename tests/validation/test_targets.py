"""The project's targets, on the very images that were measured: where `simtiny fetch images` has brought them."""

import pytest

import simtiny
from simtiny.published import is_cached, published_images
from simtiny.validation.result import CrossCheck
from simtiny.validation.targets import verdicts

STOPWATCH_ERROR = 0.001


@pytest.fixture(scope="module")
def result() -> CrossCheck:
    if not any(map(is_cached, published_images())):
        pytest.skip("no published image is in the cache")
    return simtiny.crosscheck(jobs=None)


@pytest.mark.slow
def test_every_image_runs_and_every_target_is_met(result: CrossCheck) -> None:
    assert result.failed == ()
    assert [verdict for verdict in verdicts(result) if not verdict.met] == []


@pytest.mark.slow
def test_the_images_own_stopwatches_agree(result: CrossCheck) -> None:
    for row in result.rows:
        assert row.stopwatch_ms is not None
        assert abs(row.stopwatch_ms / row.predicted_ms - 1) <= STOPWATCH_ERROR, row.record.key


@pytest.mark.slow
def test_energies_that_nothing_was_fitted_to(result: CrossCheck) -> None:
    """6 % mean, 15 % worst, 80 % of the rows inside the 90 % interval."""
    groups = {summary.name: summary for summary in result.energy_summaries}
    for name in ("images, predicted", "CMSIS-NN without an operating system"):
        assert groups[name].mean_error <= 0.06
        assert abs(groups[name].worst_error) <= 0.15
        assert groups[name].inside >= 0.8 * groups[name].count
