"""Sends a data set through emulated boards, several at a time.

Each worker boots a board once and is handed a few files at a time; the answers come back in the order of the data set,
so the outcome does not depend on the number of workers.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from threading import local
from weakref import WeakKeyDictionary

from simtiny.mlperf.accuracy import Answer
from simtiny.mlperf.datasets import Sample
from simtiny.mlperf.measure import start
from simtiny.mlperf.measurement import Flashed
from simtiny.mlperf.protocol import Session
from simtiny.mlperf.workload import Workload
from simtiny.progress import Progress
from simtiny.spread import spread

_CHUNK = 8
"""Files handed out at a time: large against the cost of handing out, small against a fair share."""

_Results = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, eq=False)
class _Firmware:
    """What answers. Workers tell it by identity: see `_session`."""

    flashed: Flashed


class _Booted(local):
    """What a worker has booted, as long as it has the firmware. Each thread that works has a board of its own."""

    def __init__(self) -> None:
        self.sessions: WeakKeyDictionary[_Firmware, Session] = WeakKeyDictionary()


_booted = _Booted()


def evaluate(
    workload: Workload, samples: Sequence[Sample], jobs: int, progress: Progress, *, scheduler: str | None = None
) -> tuple[Answer, ...]:
    """The answers of the firmware to all samples, in their order, from workers as `spread` has them."""
    assert workload.task is not None
    firmware = _Firmware(workload.flashed)
    _session(firmware)  # checks the workload before workers are started
    chunks = list(_chunks(samples))
    size = workload.task.input_bytes
    inputs = (tuple(tuple(sample.inputs(size)) for sample in chunk) for chunk in chunks)
    found: dict[int, tuple[Answer, ...]] = {}
    done = 0
    count = min(jobs, len(chunks))
    with closing(spread(_answers, firmware, inputs, jobs=count, scheduler=scheduler)) as stream:
        for number, results in stream:
            chunk = chunks[number]
            found[number] = tuple(
                Answer(sample.path.name, sample.label, rows) for sample, rows in zip(chunk, results, strict=True)
            )
            done += len(chunk)
            progress(done, len(samples))
    return tuple(each for number in range(len(chunks)) for each in found[number])


def classify(session: Session, data: bytes) -> tuple[float, ...]:
    """One inference as the official runner does it in accuracy mode: load, `infer 1 0`, results."""
    session.load_input(data)
    return session.infer().results


def _chunks(samples: Sequence[Sample]) -> Iterator[tuple[Sample, ...]]:
    left = iter(samples)
    while chunk := tuple(islice(left, _CHUNK)):
        yield chunk


def _answers(firmware: _Firmware, files: tuple[tuple[bytes, ...], ...]) -> tuple[_Results, ...]:
    """The results of each input of each file."""
    session = _session(firmware)
    return tuple(tuple(classify(session, data) for data in inputs) for inputs in files)


def _session(firmware: _Firmware) -> Session:
    """A board that waits for commands."""
    session = _booted.sessions.get(firmware)
    if session is None:
        session = start(firmware.flashed, operands=False)
        session.boot()
        _booted.sessions[firmware] = session
    return session
