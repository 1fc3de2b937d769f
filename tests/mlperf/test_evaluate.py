"""Accuracy through the emulated firmware, against TensorFlow Lite Micro's reference interpreter on the same files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from simtiny.errors import BadInput
from simtiny.mlperf import datasets
from simtiny.mlperf.accuracy import Answer, score
from simtiny.mlperf.evaluate import evaluate
from simtiny.mlperf.tasks import TASKS
from simtiny.mlperf.workload import build
from simtiny.options import Kernels
from simtiny.request import Request
from simtiny.workers import default_jobs

SHARED = Path(__file__).resolve().parents[2] / "../shared"
MODEL = SHARED / "models" / "kws01.tflite"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared")

REQUEST = Request("kws01", "nucleo-l4r5zi", model=MODEL)


def _samples(limit: int | None) -> tuple[datasets.Sample, ...]:
    return datasets.load(SHARED / "datasets" / "kws01", classes=12, limit=limit)


def _answers(limit: int | None, jobs: int, request: Request = REQUEST) -> tuple[Answer, ...]:
    return evaluate(build(request), _samples(limit), jobs, lambda done, total: None)


def _reference(samples: Sequence[datasets.Sample]) -> Iterator[list[int]]:
    """The interpreter's outputs in quantized steps."""
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
    interpreter = runtime.Interpreter.from_file(str(MODEL))
    for sample in samples:
        interpreter.set_input(np.fromfile(sample.path, np.int8).reshape(1, 49, 10, 1), 0)
        interpreter.invoke()
        yield [int(value) + 128 for value in interpreter.get_output(0)[0]]


def _steps(answer: Answer) -> list[int]:
    """Printed probabilities, back in the softmax' steps of 1/256: three decimals tell them apart."""
    ((*values,),) = answer.results
    return [round(value * 256) for value in values]


@pytest.mark.parametrize("kernels", Kernels)
def test_each_output_equals_the_interpreters(kernels: Kernels) -> None:
    answers = _answers(3, 1, Request("kws01", "nucleo-l4r5zi", model=MODEL, kernels=kernels))
    assert [_steps(each) for each in answers] == list(_reference(_samples(3)))
    assert [each.file for each in answers] == [sample.path.name for sample in _samples(3)]


def test_the_number_of_jobs_does_not_matter() -> None:
    assert _answers(20, 2) == _answers(20, 1)


def test_a_bad_file_ends_it_in_a_worker_too(tmp_path: Path) -> None:
    (tmp_path / "y_labels.csv").write_text("a.bin,12,1\nb.bin,12,1\n")
    (tmp_path / "a.bin").write_bytes(bytes(490))
    (tmp_path / "b.bin").write_bytes(bytes(489))
    samples = datasets.load(tmp_path, classes=12)
    for jobs in (1, 2):
        with pytest.raises(BadInput, match=r"b\.bin: an input of 489 bytes, where the benchmark takes 490"):
            evaluate(build(REQUEST), samples, jobs, lambda done, total: None)


@pytest.mark.slow
def test_all_thousand_keywords_reach_the_target_and_equal_the_interpreter() -> None:
    answers = _answers(None, default_jobs())
    assert len(answers) == 1000
    different = [
        each.file for each, steps in zip(answers, _reference(_samples(None)), strict=True) if _steps(each) != steps
    ]
    assert different == []
    assert score(TASKS["kws01"], answers, board="nucleo-l4r5zi", weights="official").value >= 0.90
