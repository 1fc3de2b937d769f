"""Accuracy through the emulated firmware: what the official runner does in its accuracy mode, sample by sample.

All that is asked for are answers: the same code scores an emulated board or an interpreter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from statistics import fmean
from typing import Any

from simtiny.mlperf.identity import Identity
from simtiny.mlperf.tasks import Task


@dataclass(frozen=True)
class Answer:
    """What the firmware answered to one file: one row of results for each of its inputs."""

    file: str
    label: int
    results: tuple[tuple[float, ...], ...]

    @property
    def mean(self) -> tuple[float, ...]:
        """The runner's answer for a file: its windows averaged."""
        return tuple(fmean(column) for column in zip(*self.results, strict=True))


@dataclass(frozen=True, repr=False)
class AccuracyResult:
    """The score of one benchmark beside its target.

    metric: "top-1" or "auc". value, target: 0 to 1; the value is NaN where it is not defined. samples, inferences:
    files sent, and inferences (an ad01 file has many windows). answers: what the firmware said to each file.
    options: what was asked for, by the parameters of `simtiny.accuracy`. identity: what went into it, by SHA-256; None
    for a score of answers from elsewhere.
    """

    benchmark: str
    metric: str
    value: float
    target: float
    samples: int
    inferences: int
    board: str
    weights: str
    answers: tuple[Answer, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    identity: Identity | None = None

    def __repr__(self) -> str:
        return (
            f"<AccuracyResult {self.benchmark} on {self.board}: {self.metric} {self.value:.4f} of {self.samples} files>"
        )

    @property
    def passed(self) -> bool:
        """Whether the quality target is met."""
        return self.value >= self.target


def score(task: Task, answers: Sequence[Answer], *, board: str, weights: str) -> AccuracyResult:
    """Put the answers into the task's figure of merit. `board` and `weights` say what gave them."""
    if task.metric == "auc":
        value = area_under_curve([each.mean[0] for each in answers], [each.label for each in answers])
    else:
        value = top1(answers)
    inferences = sum(len(each.results) for each in answers)
    return AccuracyResult(
        benchmark=task.name,
        metric=task.metric,
        value=value,
        target=task.quality_target,
        samples=len(answers),
        inferences=inferences,
        board=board,
        weights=weights,
        answers=tuple(answers),
    )


def top1(answers: Iterable[Answer]) -> float:
    """The share of files whose largest result is that of the true class; the first of equals counts."""
    hits = [_argmax(each.mean) == each.label for each in answers]
    return sum(hits) / len(hits)


def area_under_curve(scores: Sequence[float], labels: Sequence[int]) -> float:
    """The chance that an anomaly (label 1) scores above a normal file (label 0), equal scores counting half.

    NaN unless there are files of both.
    """
    anomalies = sum(1 for label in labels if label == 1)
    normals = len(labels) - anomalies
    if not anomalies or not normals:
        return float("nan")
    ranks = _ranks(scores)
    rank_sum = fsum(rank for rank, label in zip(ranks, labels, strict=True) if label == 1)
    return (rank_sum - anomalies * (anomalies + 1) / 2) / (anomalies * normals)


def _argmax(values: Sequence[float]) -> int:
    return max(range(len(values)), key=lambda index: values[index])


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1, equal values sharing their mean rank."""
    order = sorted(range(len(values)), key=lambda index: values[index])
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for position in range(start, end + 1):
            ranks[order[position]] = (start + end) / 2 + 1
        start = end + 1
    return ranks
