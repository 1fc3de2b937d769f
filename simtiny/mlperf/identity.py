"""What went into a run, so that two of them can be told to be of the same: by SHA-256, in hexadecimal."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from simtiny.board import Board
from simtiny.counting_version import library_version
from simtiny.mlperf.datasets import Sample
from simtiny.mlperf.tasks import Task, synthetic_input
from simtiny.mlperf.workload import Workload


@dataclass(frozen=True)
class Identity:
    """What went into a run, by SHA-256 in hexadecimal, and what executed it.

    `image_sha256`: the firmware file. `model_sha256`: the .tflite file; None for stand-in weights and networks inside
    an image. `plan_sha256`: what the built-in firmware found of the network in flash; None for other firmware.
    `input_sha256`: the input of the inference, or the data set; None where a window of other bounds was measured.
    `board_sha256`: see `board_sha256`. `engine`: name and version.
    """

    image_sha256: str
    model_sha256: str | None
    plan_sha256: str | None
    input_sha256: str | None
    board_sha256: str
    engine: str


def identity(workload: Workload, input_sha256: str | None) -> Identity:
    """Of a workload that was given this input."""
    return Identity(
        image_sha256=workload.image.sha256,
        model_sha256=workload.model_sha256,
        plan_sha256=None if workload.plan is None else hashlib.sha256(workload.plan.data).hexdigest(),
        input_sha256=input_sha256,
        board_sha256=board_sha256(workload.board),
        engine=engine(),
    )


def board_sha256(board: Board) -> str:
    """Of the board's values, from its own file and those that it names, with option bytes as they were set.

    Boards that are described alike have the same, whatever their files are called and their comments say.
    """
    return hashlib.sha256(msgspec.json.encode(board)).hexdigest()


def engine() -> str:
    """What executes firmware: name and version."""
    return f"unicorn {library_version('unicorn')}"


def synthetic_sha256(workload: Workload, task: Task | None) -> str | None:
    """Of the synthetic input of an inference, None where nobody knows what input the network takes."""
    if task is not None:
        return task_input_sha256(task)
    known = workload.flashed.input_format
    return None if known is None else hashlib.sha256(synthetic_input(*known)).hexdigest()


def task_input_sha256(task: Task) -> str:
    """Of the synthetic input of a benchmark."""
    return hashlib.sha256(synthetic_input(task.input_bytes, task.encoding)).hexdigest()


def data_sha256(samples: Iterable[Sample]) -> str:
    """Of a data set: of each file in order its name, its label, its windows and its content."""
    digest = hashlib.sha256()
    for sample in samples:
        said = f"{sample.path.name} {sample.label} {sample.window_bytes} {sample.stride_bytes} "
        digest.update(said.encode("utf-8", "surrogateescape") + hashlib.sha256(sample.content()).digest())
    return digest.hexdigest()
