"""The public Python API: the words of the command line as functions. Errors are those of `simtiny.errors`."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TypeVar

from simtiny import published
from simtiny.calibration import fit, observe
from simtiny.calibration.fit import Calibration
from simtiny.energy import CLOCKED
from simtiny.errors import BadInput
from simtiny.machine.machine import Machine
from simtiny.memory.what_if import parse_caches
from simtiny.mlperf import datasets, evaluate
from simtiny.mlperf import measure as measurement
from simtiny.mlperf.accuracy import AccuracyResult, score
from simtiny.mlperf.measure import Bounds, measure
from simtiny.mlperf.tasks import TASKS, task
from simtiny.mlperf.workload import Selection, build
from simtiny.model import official
from simtiny.operating_point import AS_PROGRAMMED, Wanted, check
from simtiny.options import Kernels, Weights
from simtiny.platform import board_names, load_board
from simtiny.power import power_model
from simtiny.progress import Progress, silent
from simtiny.records import all_records
from simtiny.report.assemble import Supply, assemble
from simtiny.report.result import RunResult
from simtiny.validation.compare import compare
from simtiny.validation.result import CrossCheck
from simtiny.workers import default_jobs

_Words = TypeVar("_Words", Weights, Kernels)


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


def fetch_models(source: Path | str | None = None, progress: Progress = silent) -> tuple[Path, ...]:
    """Bring the official networks into the user's cache, from the folder `source` or from mlcommons/tiny.

    `progress` counts the bytes of one file at a time.
    """
    return tuple(official.fetch(source=_path(source), progress=progress))


def fetch_images(
    boards: Sequence[str] = (),
    rounds: Sequence[str] = (),
    *,
    source: Path | str | None = None,
    progress: Progress = silent,
) -> tuple[Path, ...]:
    """Bring published firmware images into the user's cache: from the network, or from clones in the folder `source`.

    Without names of boards or rounds ("1.2") all of them. `progress` counts bytes.
    """
    return published.fetch(published.select(boards, rounds), _path(source), progress)


def crosscheck(
    boards: Sequence[str] = (),
    rounds: Sequence[str] = (),
    *,
    jobs: int | None = 1,
    progress: Progress = silent,
) -> CrossCheck:
    """Predict the latency of each recorded result whose image was fetched, in `jobs` processes (None: one a processor).

    Without names of boards or rounds ("1.2") for all of them. Outcomes are kept in the user's cache.
    """
    return compare(boards, rounds, jobs or default_jobs(), progress)


def calibrate(
    board: str,
    records: Sequence[str] = (),
    *,
    measurements: Path | str | None = None,
    free: Sequence[str] = (),
    jobs: int | None = 1,
    progress: Progress = silent,
) -> Calibration:
    """Fit the board's power model to recorded results whose keys start as `records` say, and to a CSV file.

    `free`: the coefficients to fit, of "dynamic", "flash_reads" and "static"; without names the data decide.
    """
    if not records and measurements is None:
        raise BadInput("nothing to calibrate on: name --records, or a file of --measurements")
    chosen = load_board(board)
    model = power_model(chosen)
    rows = observe.of_records(chosen, model, records, jobs or default_jobs(), progress) if records else []
    if measurements is not None:
        rows += observe.of_measurements(board, model, Path(measurements), progress)
    return fit.calibrate(rows, model, free)


def run(
    benchmark: str | None = None,
    *,
    board: str | None = None,
    image: Path | str | None = None,
    address: int | None = None,
    model: Path | str | None = None,
    weights: Weights | str = Weights.STAND_IN,
    kernels: Kernels | str | None = None,
    start: str | None = None,
    end: str | None = None,
    function: str | None = None,
    supply_v: float | None = None,
    clock_hz: float | None = None,
    wait_states: int | None = None,
    voltage_range: str | None = None,
    regulator: str | None = None,
    period_s: float | None = None,
    sleep: str = CLOCKED,
    caches: Sequence[str] = (),
) -> RunResult:
    """Measure one benchmark, one network (`model`) or one firmware image (`image`) on an emulated board.

    Without `board` that is the default board, or the one that a published image was published for.
    An image is measured by the MLPerf Tiny protocol, from symbol `start` to symbol `end` or for one call of `function`.
    Energy is at the board's usual supply or at `supply_v`. `clock_hz`, `wait_states`, `voltage_range` and `regulator`
    take the place of what the firmware programs; another clock or range takes the least wait states that the chip
    allows. With `period_s` the window repeats so often, and in between
    the chip is in the sleep mode `sleep`. `caches`: others to try in the same run, such as "16K/2" (size/ways) or
    "8K/2,4K/4" (instructions, data).
    """
    _check_supply(supply_v, period_s, sleep)
    selection = _selection(benchmark, board, image, address, model, weights, kernels)
    bounds = _bounds(start, end, function)
    wanted = Wanted(clock_hz, wait_states, voltage_range, regulator)
    if caches and wanted != AS_PROGRAMMED:
        raise BadInput("--cache is tried at the operating point of the firmware: leave --clock and its like out")
    workload = build(selection)
    check(wanted, workload.board)
    tried = tuple(parse_caches(text, workload.board) for text in caches)
    return assemble(workload, measure(workload, bounds, tried), Supply(supply_v, period_s, sleep), wanted)


def run_all(
    benchmarks: Sequence[str] | None = None,
    *,
    board: str | None = None,
    image: Path | str | None = None,
    address: int | None = None,
    model: Path | str | None = None,
    weights: Weights | str = Weights.STAND_IN,
    kernels: Kernels | str | None = None,
    start: str | None = None,
    end: str | None = None,
    function: str | None = None,
    supply_v: float | None = None,
    clock_hz: float | None = None,
    wait_states: int | None = None,
    voltage_range: str | None = None,
    regulator: str | None = None,
    period_s: float | None = None,
    sleep: str = CLOCKED,
    caches: Sequence[str] = (),
    progress: Progress = silent,
) -> tuple[RunResult, ...]:
    """`run` for several benchmarks; without names for all four, or once for a `model` or `image`."""
    chosen: list[str | None] = [task(name).name for name in dict.fromkeys(benchmarks or ())]
    if not chosen:
        chosen = [None] if image is not None or model is not None else list(TASKS)
    if len(chosen) > 1 and (image is not None or model is not None):
        raise BadInput("an image or a model is measured as one benchmark: name one at most")
    results: list[RunResult] = []
    for name in chosen:
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
                supply_v=supply_v,
                clock_hz=clock_hz,
                wait_states=wait_states,
                voltage_range=voltage_range,
                regulator=regulator,
                period_s=period_s,
                sleep=sleep,
                caches=caches,
            )
        )
    return tuple(results)


def accuracy(
    benchmark: str,
    data: Path | str,
    *,
    limit: int | None = None,
    jobs: int | None = 1,
    board: str | None = None,
    image: Path | str | None = None,
    address: int | None = None,
    model: Path | str | None = None,
    weights: Weights | str = Weights.OFFICIAL,
    kernels: Kernels | str | None = None,
    progress: Progress = silent,
) -> AccuracyResult:
    """The score of a benchmark on the files of the folder `data`.

    They go through the emulated firmware as the official runner sends them.
    `jobs` boards are emulated at a time, each in a process of its own; None takes one a processor.
    """
    chosen = task(benchmark)
    selection = _selection(chosen.name, board, image, address, model, weights, kernels)
    classes = max(len(chosen.labels), chosen.outputs)
    samples = datasets.load(Path(data), classes=classes, limit=limit)
    workload = build(selection)
    answers = evaluate.evaluate(workload, selection, samples, jobs or default_jobs(), progress)
    return score(chosen, answers, board=workload.board.id, weights=workload.weights)


def machine(
    benchmark: str | None = None,
    *,
    board: str | None = None,
    image: Path | str | None = None,
    address: int | None = None,
    model: Path | str | None = None,
    weights: Weights | str = Weights.STAND_IN,
    kernels: Kernels | str | None = None,
) -> Machine:
    """An emulated board in reset, to be run by the caller or by `simtiny.serve.serve`.

    Its notes begin with what was decided in the caller's place.
    """
    workload = build(_selection(benchmark, board, image, address, model, weights, kernels))
    emulated = measurement.start(workload).machine
    for note in workload.notes:
        emulated.note(note)
    return emulated


def _check_supply(supply_v: float | None, period_s: float | None, sleep: str) -> None:
    if period_s is None and sleep != CLOCKED:
        raise BadInput("--sleep goes with --period")
    for what, value, unit in (("supply", supply_v, "V"), ("period", period_s, "s")):
        if value is not None and not 0 < value < inf:
            raise BadInput(f"a {what} of {value:g} {unit}: it must be positive")


def _bounds(start: str | None, end: str | None, function: str | None) -> Bounds | None:
    if function is not None and (start is not None or end is not None):
        raise BadInput("--function and --from/--to exclude each other")
    if (start is None) != (end is None):
        raise BadInput("--from and --to go together")
    chosen = function or start
    if chosen is None:
        return None
    return Bounds(chosen, end)


def _selection(
    benchmark: str | None,
    board: str | None,
    image: Path | str | None,
    address: int | None,
    model: Path | str | None,
    weights: Weights | str,
    kernels: Kernels | str | None,
) -> Selection:
    if image is not None and model is not None:
        raise BadInput("--image brings its own network: leave --model out")
    if address is not None and image is None:
        raise BadInput("--address is the load address of an --image")
    return Selection(
        board=board,
        benchmark=benchmark,
        image=_path(image),
        address=address,
        model=_path(model),
        weights=_choice(Weights, "weights", weights),
        kernels=_choice(Kernels, "kernels", kernels) if kernels is not None else None,
    )


def _path(path: Path | str | None) -> Path | None:
    return Path(path) if path is not None else None


def _choice(kind: type[_Words], what: str, value: str) -> _Words:
    try:
        return kind(value)
    except ValueError:
        raise BadInput(f"unknown {what} {value!r}: choose from {', '.join(kind)}") from None
