"""Scores against values worked by hand."""

import math
from pathlib import Path

import pytest

from simtiny.mlperf.accuracy import Answer, area_under_curve, score, top1
from simtiny.mlperf.datasets import Sample
from simtiny.mlperf.tasks import TASKS


def test_top1_takes_the_first_of_equal_results() -> None:
    answers = [
        Answer("a", 1, ((0.1, 0.8, 0.1),)),
        Answer("b", 0, ((0.4, 0.4, 0.2),)),
        Answer("c", 1, ((0.4, 0.4, 0.2),)),
        Answer("d", 2, ((0.9, 0.0, 0.1),)),
    ]
    assert top1(answers) == 0.5


def test_area_under_curve_counts_ordered_pairs_and_halves_ties() -> None:
    # Anomalies 3 and 2 against normals 1 and 2: of 4 pairs three are in order and one is a tie.
    assert area_under_curve([1.0, 2.0, 3.0, 2.0], [0, 0, 1, 1]) == 3.5 / 4
    assert area_under_curve([5.0, 4.0], [0, 1]) == 0.0


def test_area_under_curve_needs_both_classes() -> None:
    assert math.isnan(area_under_curve([1.0, 2.0], [0, 0]))


def test_windows_of_a_file_are_averaged(tmp_path: Path) -> None:
    path = tmp_path / "clip.bin"
    path.write_bytes(bytes([1, 2, 3, 4, 5, 6]))
    windows = Sample(path, 2, 1, window_bytes=2, stride_bytes=2).inputs(2)
    clip = Answer("clip.bin", 1, tuple((float(data[0]),) for data in windows))
    assert clip.results == ((1.0,), (3.0,), (5.0,))
    assert clip.mean == (3.0,)


@pytest.mark.parametrize(("task", "metric"), [("kws01", "top-1"), ("ad01", "auc")])
def test_score_carries_target_and_verdict(task: str, metric: str) -> None:
    answers = [Answer("n", 0, ((1.0, 0.0),)), Answer("a", 1, ((2.0, 3.0),))]
    result = score(TASKS[task], answers, board="nucleo-l4r5zi", weights="official")
    assert (result.metric, result.value, result.passed, result.samples, result.inferences) == (metric, 1.0, True, 2, 2)
    assert result.target == TASKS[task].quality_target
