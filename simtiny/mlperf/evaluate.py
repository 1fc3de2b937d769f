"""Sends a data set through emulated boards, several at a time.

Each process boots its own board once and takes samples from a common queue; the answers come back in the order of the
data set, so the outcome does not depend on the number of processes.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from simtiny.mlperf.accuracy import Answer, answer
from simtiny.mlperf.datasets import Sample
from simtiny.mlperf.measure import start
from simtiny.mlperf.protocol import Session
from simtiny.mlperf.workload import Workload, build
from simtiny.progress import Progress
from simtiny.request import Request
from simtiny.workers import pool

_CHUNK = 8
"""Samples handed out at a time: large against the cost of handing out, small against a fair share."""

_worker = threading.local()
"""What a worker has booted: `session` and `workload`. Each thread that works has a board of its own."""


def evaluate(
    workload: Workload, request: Request, samples: Sequence[Sample], jobs: int, progress: Progress
) -> tuple[Answer, ...]:
    """The answers of the firmware to all samples, in their order. `workload` is what `request` builds."""
    answers: list[Answer] = []
    with _answering(workload, request, samples, min(jobs, len(samples))) as stream:
        for each in stream:
            answers.append(each)
            progress(len(answers), len(samples))
    return tuple(answers)


@contextmanager
def _answering(
    workload: Workload, request: Request, samples: Sequence[Sample], jobs: int
) -> Iterator[Iterator[Answer]]:
    session = boot(workload)  # also the check of the workload, before other processes are started
    if jobs == 1:
        yield (ask(session, workload, sample) for sample in samples)
        return
    del session
    with pool(jobs, _start_worker, request) as workers:
        yield workers.map(_answer, samples, chunksize=_CHUNK)


def boot(workload: Workload) -> Session:
    """A board that waits for commands."""
    session = start(workload.flashed, operands=False)
    session.boot()
    return session


def ask(session: Session, workload: Workload, sample: Sample) -> Answer:
    """Send every input of one file."""
    assert workload.task is not None
    return answer(sample, workload.task.input_bytes, lambda data: classify(session, data))


def classify(session: Session, data: bytes) -> tuple[float, ...]:
    """One inference as the official runner does it in accuracy mode: load, `infer 1 0`, results."""
    session.load_input(data)
    return session.infer().results


def _start_worker(request: Request) -> None:
    _worker.workload = build(request)
    _worker.session = boot(_worker.workload)


def _answer(sample: Sample) -> Answer:
    return ask(_worker.session, _worker.workload, sample)
