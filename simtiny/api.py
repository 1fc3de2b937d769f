"""The public Python API: the words of the command line as functions. Errors are those of `simtiny.errors`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from simtiny.errors import BadInput
from simtiny.mlperf import datasets, evaluate
from simtiny.mlperf.accuracy import AccuracyResult, score
from simtiny.mlperf.measure import Bounds, measure
from simtiny.mlperf.tasks import TASKS, task
from simtiny.mlperf.workload import Selection, build
from simtiny.model import official
from simtiny.options import DEFAULT_BOARD, Kernels, Weights
from simtiny.platform import board_names, load_board
from simtiny.records import all_records
from simtiny.report.assemble import assemble
from simtiny.report.result import RunResult

_Words = TypeVar("_Words", Weights, Kernels)
Progress = Callable[[int, int], None]
"""Called with the steps done and the steps there are."""


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

    def tell(_name: str, done: int, total: int) -> None:
        if progress is not None:
            progress(done, total)

    return tuple(official.fetch(source=_path(source), progress=tell))


def run(
    benchmark: str | None = None,
    *,
    board: str = DEFAULT_BOARD,
    image: Path | str | None = None,
    address: int | None = None,
    model: Path | str | None = None,
    weights: Weights | str = Weights.STAND_IN,
    kernels: Kernels | str = Kernels.DSP,
    start: str | None = None,
    end: str | None = None,
    function: str | None = None,
) -> RunResult:
    """Measure one benchmark, one network (`model`) or one firmware image (`image`) on an emulated board.

    An image is measured by the MLPerf Tiny protocol, from symbol `start` to symbol `end` or for one call of `function`.
    """
    selection = Selection(
        board=board,
        benchmark=benchmark,
        image=_path(image),
        address=address,
        model=_path(model),
        weights=_choice(Weights, "weights", weights),
        kernels=_choice(Kernels, "kernels", kernels),
    )
    return _measured(selection, _bounds(selection, start, end, function))


def run_all(
    benchmarks: Sequence[str] | None = None,
    *,
    board: str = DEFAULT_BOARD,
    image: Path | str | None = None,
    address: int | None = None,
    model: Path | str | None = None,
    weights: Weights | str = Weights.STAND_IN,
    kernels: Kernels | str = Kernels.DSP,
    start: str | None = None,
    end: str | None = None,
    function: str | None = None,
    progress: Progress | None = None,
) -> tuple[RunResult, ...]:
    """`run` for several benchmarks; without names for all four, or once for a `model` or `image`."""
    chosen: list[str | None] = [task(name).name for name in dict.fromkeys(benchmarks or ())]
    if not chosen:
        chosen = [None] if image is not None or model is not None else list(TASKS)
    if len(chosen) > 1 and (image is not None or model is not None):
        raise BadInput("an image or a model is measured as one benchmark: name one at most")
    results: list[RunResult] = []
    for name in chosen:
        if progress is not None:
            progress(len(results), len(chosen))
        results.append(
            run(
                name,
                board=board,
                image=image,
                address=address,
                model=model,
                weights=weights,
                kernels=kernels,
                start=start,
                end=end,
                function=function,
            )
        )
    return tuple(results)


def accuracy(
    benchmark: str,
    data: Path | str,
    *,
    limit: int | None = None,
    jobs: int | None = 1,
    board: str = DEFAULT_BOARD,
    image: Path | str | None = None,
    address: int | None = None,
    model: Path | str | None = None,
    weights: Weights | str = Weights.OFFICIAL,
    kernels: Kernels | str = Kernels.DSP,
    progress: Progress | None = None,
) -> AccuracyResult:
    """The score of a benchmark on the files of the folder `data`.

    They go through the emulated firmware as the official runner sends them.
    `jobs` boards are emulated at a time, each in a process of its own; None takes one a processor.
    """
    chosen = task(benchmark)
    selection = Selection(
        board=board,
        benchmark=chosen.name,
        image=_path(image),
        address=address,
        model=_path(model),
        weights=_choice(Weights, "weights", weights),
        kernels=_choice(Kernels, "kernels", kernels),
    )
    _check(selection)
    classes = max(len(chosen.labels), chosen.outputs)
    samples = datasets.load(Path(data), classes=classes, limit=limit)
    workload = build(selection)
    tell = progress or (lambda done, total: None)
    answers = evaluate.evaluate(workload, selection, samples, jobs or evaluate.default_jobs(), tell)
    return score(chosen, answers, board=board, weights=workload.weights)


def _measured(selection: Selection, bounds: Bounds | None) -> RunResult:
    workload = build(selection)
    return assemble(workload, measure(workload, bounds))


def _bounds(selection: Selection, start: str | None, end: str | None, function: str | None) -> Bounds | None:
    _check(selection)
    if function is not None and (start is not None or end is not None):
        raise BadInput("--function and --from/--to exclude each other")
    if (start is None) != (end is None):
        raise BadInput("--from and --to go together")
    chosen = function or start
    if chosen is None:
        return None
    return Bounds(chosen, end)


def _check(selection: Selection) -> None:
    if selection.image is not None and selection.model is not None:
        raise BadInput("--image brings its own network: leave --model out")
    if selection.address is not None and selection.image is None:
        raise BadInput("--address is the load address of an --image")


def _path(path: Path | str | None) -> Path | None:
    return Path(path) if path is not None else None


def _choice(kind: type[_Words], what: str, value: str) -> _Words:
    try:
        return kind(value)
    except ValueError:
        raise BadInput(f"unknown {what} {value!r}: choose from {', '.join(kind)}") from None
