"""The public Python API: the words of the command line as functions. Errors are those of `simtiny.errors`.

What only some of them need is imported where it is used: a run that is stored starts without an emulator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from simtiny.board_file import board_names, load_board
from simtiny.counts import Question, counted
from simtiny.errors import BadInput
from simtiny.mlperf.tasks import TASKS, task
from simtiny.mlperf.workload import build
from simtiny.operating_point import check
from simtiny.options import Weights
from simtiny.progress import Progress, silent
from simtiny.report.assemble import assemble
from simtiny.report.result import RunResult
from simtiny.request import FirmwareWords, Request, RequestWords

if TYPE_CHECKING:
    from simtiny.calibration.fit import Calibration
    from simtiny.machine.machine import Machine
    from simtiny.mlperf.accuracy import AccuracyResult
    from simtiny.validation.result import CrossCheck


@dataclass(frozen=True)
class BoardSummary:
    """One board that can be emulated. `records` counts the recorded results that come with simtiny."""

    id: str
    title: str
    soc: str
    core: str
    flash_bytes: int
    ram_bytes: int
    records: int


def boards() -> tuple[BoardSummary, ...]:
    """All boards, by identifier."""
    from simtiny.records import all_records

    summaries = []
    for board in map(load_board, board_names()):
        size = {kind: sum(memory.size for memory in board.memories if memory.kind == kind) for kind in ("flash", "ram")}
        records = sum(1 for record in all_records() if record.board == board.id)
        summaries.append(
            BoardSummary(board.id, board.title, board.soc, board.core, size["flash"], size["ram"], records)
        )
    return tuple(summaries)


def fetch_models(source: Path | str | None = None, progress: Progress | None = None) -> tuple[Path, ...]:
    """Bring the official networks into the user's cache, from the folder `source` or from mlcommons/tiny.

    `progress` counts the bytes of one file at a time.
    """
    from simtiny.model import official

    return tuple(official.fetch(source=_path(source), progress=progress or silent))


def fetch_images(
    boards: Sequence[str] = (),
    rounds: Sequence[str] = (),
    *,
    source: Path | str | None = None,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Bring published firmware images into the user's cache: from the network, or from clones in the folder `source`.

    Without names of boards or rounds ("1.2") all of them. `progress` counts bytes.
    """
    from simtiny import published

    return published.fetch(published.select(boards, rounds), _path(source), progress or silent)


def crosscheck(
    boards: Sequence[str] = (),
    rounds: Sequence[str] = (),
    *,
    jobs: int | None = 1,
    fresh: bool = False,
    progress: Progress | None = None,
) -> "CrossCheck":
    """Predict the latency of each recorded result whose image was fetched, in `jobs` processes (None: one a processor).

    Without names of boards or rounds ("1.2") for all of them. Counts and outcomes are kept in the user's cache; `fresh`
    runs the images whatever is there.
    """
    from simtiny.validation.compare import compare
    from simtiny.workers import default_jobs

    return compare(boards, rounds, jobs or default_jobs(), progress or silent, fresh=fresh)


def calibrate(
    board: str,
    records: Sequence[str] = (),
    *,
    measurements: Path | str | None = None,
    free: Sequence[str] = (),
    jobs: int | None = 1,
    fresh: bool = False,
    progress: Progress | None = None,
) -> "Calibration":
    """Fit the board's power model to recorded results whose keys start as `records` say, and to a CSV file.

    A board without a power model gets one that knows what was measured. `measurements`: the file's columns are those of
    `simtiny.calibration.observe.COLUMNS`. `free`: the coefficients to fit, of "dynamic", "flash_reads" and "static";
    without names the data decide.
    `fresh` runs the firmware whatever is kept in the user's cache.
    """
    from simtiny.calibration import fit, observe, windows
    from simtiny.workers import default_jobs

    if not records and measurements is None:
        raise BadInput("nothing to calibrate on: name --records, or a file of --measurements")
    chosen = load_board(board)
    rows = (
        observe.of_records(chosen, records, jobs or default_jobs(), progress or silent, fresh=fresh) if records else []
    )
    if measurements is not None:
        rows += observe.of_measurements(board, Path(measurements), progress or silent, fresh=fresh)
    model = chosen.power or windows.bare_model(chosen, rows)
    return fit.calibrate(windows.observations(rows, model), model, free)


def run(benchmark: str | Request | None = None, *, fresh: bool = False, **words: Unpack[RequestWords]) -> RunResult:
    """Measure one benchmark, one network (`model`) or one firmware image (`image`) on an emulated board.

    What it can be told: see `Request`. An image is measured by the MLPerf Tiny protocol, from symbol `start` to symbol
    `end` or for one call of `function`. What was counted is kept in the user's cache, and taken from there when nothing
    that it depends on has changed; `fresh` runs the firmware whatever is there.
    """
    request = _request(benchmark, words)
    workload = build(request)
    check(request.overrides, workload.board)
    question = Question(workload.flashed, request.bounds, request.caches)
    return assemble(workload, counted(question, workload.board, request.overrides, request.supply, fresh=fresh))


def run_all(
    benchmarks: Sequence[str] | None = None,
    *,
    fresh: bool = False,
    progress: Progress | None = None,
    **words: Unpack[RequestWords],
) -> tuple[RunResult, ...]:
    """`run` for several benchmarks; without names for all four, or once for a `model` or `image`."""
    requests = _requests(benchmarks or (), words)
    results: list[RunResult] = []
    for request in requests:
        (progress or silent)(len(results), len(requests))
        results.append(run(request, fresh=fresh))
    return tuple(results)


def accuracy(
    benchmark: str | Request,
    data: Path | str,
    *,
    limit: int | None = None,
    jobs: int | None = 1,
    progress: Progress | None = None,
    **words: Unpack[FirmwareWords],
) -> "AccuracyResult":
    """The score of a benchmark on the files of the folder `data`, with official weights if no others are named.

    They go through the emulated firmware as the official runner sends them. Of a `Request` its firmware and its board
    count. `jobs` boards are emulated at a time, each in a process of its own; None takes one a processor.
    """
    from simtiny.mlperf import datasets, evaluate
    from simtiny.mlperf.accuracy import score
    from simtiny.workers import default_jobs

    by_default = {} if isinstance(benchmark, Request) else {"weights": Weights.OFFICIAL}
    request = _request(benchmark, {**by_default, **words})
    chosen = task(request.benchmark or "")
    classes = max(len(chosen.labels), chosen.outputs)
    samples = datasets.load(Path(data), classes=classes, limit=limit)
    workload = build(request)
    answers = evaluate.evaluate(workload, request, samples, jobs or default_jobs(), progress or silent)
    return score(chosen, answers, board=workload.board.id, weights=workload.weights)


def boot(benchmark: str | Request | None = None, **words: Unpack[FirmwareWords]) -> "Machine":
    """An emulated board in reset, to be run by the caller or by `simtiny.serve.serve`.

    Its notes begin with what was decided in the caller's place. Of a `Request` its firmware and its board count.
    """
    from simtiny.machine.machine import Machine

    workload = build(_request(benchmark, words))
    emulated = Machine(workload.board, workload.image, workload.segments)
    for note in workload.notes:
        emulated.note(note.kind, note.place, note.text)
    return emulated


def _request(benchmark: str | Request | None, words: Mapping[str, object]) -> Request:
    if not isinstance(benchmark, Request):
        return Request.from_dict({"benchmark": benchmark, **words})
    if words:
        raise BadInput(f"a Request says all of a run: leave {', '.join(words)} out")
    return benchmark


def _requests(benchmarks: Sequence[str], words: Mapping[str, object]) -> tuple[Request, ...]:
    """One a benchmark, or one of the words alone."""
    chosen: list[str | None] = [task(name).name for name in dict.fromkeys(benchmarks)]
    brings_network = words.get("image") is not None or words.get("model") is not None
    if len(chosen) > 1 and brings_network:
        raise BadInput("an image or a model is measured as one benchmark: name one at most")
    if not chosen:
        chosen = [None] if brings_network else list(TASKS)
    return tuple(_request(name, words) for name in chosen)


def _path(path: Path | str | None) -> Path | None:
    return Path(path) if path is not None else None
