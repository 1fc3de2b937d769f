"""The public Python API: the words of the command line as functions. Errors are those of `simtiny.errors`.

What takes time to import is imported where it is used: bad input is refused before, and a run that is stored starts
without an emulator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Unpack

from simtiny import parameters
from simtiny.api_words import CALL_WORDS, PRICE_WORDS, AnyPath, CallWords, Names, PriceWords, SweepWords
from simtiny.errors import BadInput
from simtiny.options import DEFAULT_BOARD, EngineChoice, Weights
from simtiny.progress import Progress, silent
from simtiny.request import FIRMWARE_WORDS, FirmwareWords, Request, RequestWords, without_effect

if TYPE_CHECKING:
    from simtiny.calibration.fit import Calibration
    from simtiny.calls.firmware import Firmware
    from simtiny.comparison.engine_result import EnginesResult
    from simtiny.comparison.result import Comparison
    from simtiny.gate.result import CheckResult
    from simtiny.machine.machine import Machine
    from simtiny.mlperf.accuracy import AccuracyResult
    from simtiny.profiling.result import ProfileResult
    from simtiny.renode.export import Export
    from simtiny.report.boards import BoardDetails, BoardSummary
    from simtiny.report.price_result import PriceResult
    from simtiny.report.result import RunResult
    from simtiny.suite_check.result import SuiteCheck
    from simtiny.sweeps.result import SweepResult
    from simtiny.validation.result import CrossCheck


def boards() -> "tuple[BoardSummary, ...]":
    """All boards that can be emulated, by identifier, in a line each."""
    from simtiny.report.boards import summaries

    return summaries()


def board_details(board: AnyPath) -> "BoardDetails":
    """What there is to know of one board before it is used: an identifier of `boards`, or a platform file's path.

    Its clocks, wait states, voltage ranges, regulators, sleep modes, supplies, memories and caches; whether its energy
    can be estimated, and from what.
    """
    from simtiny.report.boards import details

    return details(parameters.board("board", board))


def fetch_models(source: AnyPath | None = None, progress: Progress | None = None) -> tuple[Path, ...]:
    """Bring the official networks into the user's cache, from the folder `source` or from mlcommons/tiny.

    `progress` counts the bytes of one file at a time. The cache is where SIMTINY_CACHE says, else the system's usual
    place for caches of the user's.
    """
    folder = None if source is None else parameters.path("source", source)
    told = _progress(progress)
    from simtiny.model import official

    return tuple(official.fetch(source=folder, progress=told))


def fetch_images(
    boards: Names = (),
    rounds: Names = (),
    *,
    source: AnyPath | None = None,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Bring published firmware images into the user's cache: from the network, or from clones in the folder `source`.

    Without names of boards or rounds ("1.2") all of them. `progress` counts bytes.
    """
    wanted = parameters.texts("boards", boards), parameters.labels("rounds", rounds)
    folder = None if source is None else parameters.path("source", source)
    told = _progress(progress)
    from simtiny import published

    return published.fetch(published.select(*wanted), folder, told)


def crosscheck(
    boards: Names = (),
    rounds: Names = (),
    *,
    jobs: int | None = 1,
    scheduler: str | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
) -> "CrossCheck":
    """Predict the latency of each recorded result whose image was fetched, in `jobs` processes (None: one a processor).

    Without names of boards or rounds ("1.2") for all of them. Counts and outcomes are kept in the user's cache; `fresh`
    runs the images whatever is there. `scheduler`: the address of a Dask cluster's, such as "tcp://127.0.0.1:8786", to
    run them there instead.
    """
    of_boards, of_rounds = parameters.texts("boards", boards), parameters.labels("rounds", rounds)
    count, cluster = _workers(jobs, scheduler)
    anew, told = parameters.flag("fresh", fresh), _progress(progress)
    from simtiny.records import all_records, of_boards_and_rounds

    of_boards_and_rounds(all_records(), of_boards, of_rounds, "no results are on record")
    from simtiny.validation.compare import compare

    result = compare(of_boards, of_rounds, count, told, fresh=anew, scheduler=cluster)
    return replace(result, options={"boards": of_boards, "rounds": of_rounds})


def crosscheck_suite(
    suite: str,
    programs: AnyPath,
    *,
    jobs: int | None = 1,
    fresh: bool = False,
    progress: Progress | None = None,
) -> "SuiteCheck":
    """Run those programs of a suite ("pqm4", "embench", "coremark") that a folder holds, beside their recorded cycles.

    Nothing builds them: docs/validation/suites.md says which public command of which commit does. `jobs`, `fresh` and
    the store: as of `crosscheck`.
    """
    name, folder = parameters.text("suite", suite), parameters.path("programs", programs)
    count, _ = _workers(jobs, None)
    anew, told = parameters.flag("fresh", fresh), _progress(progress)
    from simtiny.suite_check.compare import compare

    result = compare(name, folder, count, told, fresh=anew)
    return replace(result, options={"suite": name, "programs": str(folder)})


def calibrate(
    board: AnyPath,
    records: Names = (),
    *,
    measurements: AnyPath | None = None,
    free: Names = (),
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
    name, keys = parameters.board("board", board), parameters.texts("records", records)
    table = None if measurements is None else parameters.path("measurements", measurements)
    groups = parameters.texts("free", free)
    count, anew, told = _jobs(jobs), parameters.flag("fresh", fresh), _progress(progress)
    if not keys and table is None:
        raise BadInput("nothing to calibrate on: name `records`, or a file of `measurements`")
    from simtiny.board_file import load_board
    from simtiny.files import is_file, read_bounded

    chosen = load_board(name)
    if table is not None and not is_file(table):
        read_bounded(table, 0)  # says what it is instead
    from simtiny.calibration import fit, observe, windows
    from simtiny.mlperf.identity import board_sha256

    if groups:
        fit.check_free(groups)
    rows = observe.of_records(chosen, keys, count, told, fresh=anew) if keys else []
    if table is not None:
        rows += observe.of_measurements(name, table, told, fresh=anew)
    model = chosen.power or windows.bare_model(chosen, rows)
    asked = {"board": name, "records": keys, "measurements": table and str(table), "free": groups}
    found = fit.calibrate(windows.observations(rows, model, chosen.consumers), model, groups)
    return replace(found, options=asked, board_sha256=board_sha256(chosen))


def run(benchmark: str | Request | None = None, *, fresh: bool = False, **words: Unpack[RequestWords]) -> "RunResult":
    """Measure one benchmark, one network (`model`) or one firmware image (`image`) on an emulated board.

    What it can be told: see `Request`. An image is measured by the MLPerf Tiny protocol, from symbol `start` to symbol
    `end` or for one call of `function`; of such windows every passage in the run is counted. What was counted by the
    protocol is kept in the user's cache, and taken from there when nothing that it depends on has changed; `fresh` runs
    the firmware whatever is there.

    May be called in several threads at once. That is not faster, since Python runs one thread at a time: for that, call
    it in processes, such as those of `concurrent.futures.ProcessPoolExecutor`. Requests and results can be pickled.
    """
    request, anew = _request(benchmark, words), parameters.flag("fresh", fresh)
    from simtiny.request_check import check

    check(request)
    from simtiny.report.measured import measured

    found = measured(request, fresh=anew, every_call=True)
    assert found is not None
    return found


def run_all(
    benchmarks: Names | None = None,
    *,
    fresh: bool = False,
    progress: Progress | None = None,
    **words: Unpack[RequestWords],
) -> "tuple[RunResult, ...]":
    """`run` for several benchmarks; with None for all four, or once for a `model` or `image`. No names, no results."""
    names = () if benchmarks is None else parameters.texts("benchmarks", benchmarks)
    if benchmarks is not None and not names:
        return ()
    requests, told = _requests(names, words), _progress(progress)
    from simtiny.request_check import check

    for request in requests:
        check(request)
    results: list[RunResult] = []
    for request in requests:
        told(len(results), len(requests))
        results.append(run(request, fresh=fresh))
    return tuple(results)


def compare_engines(
    benchmarks: Names | None = None,
    *,
    progress: Progress | None = None,
    **words: Unpack[RequestWords],
) -> "EnginesResult":
    """What `run_all` would measure, executed by Unicorn and by Renode, and compared: all that differs, and why.

    The firmware runs on both, whatever is stored. `renode`: its program; None looks for one.
    """
    names, told = () if benchmarks is None else parameters.texts("benchmarks", benchmarks), _progress(progress)
    requests = _requests(names, {**words, "engine": EngineChoice.BOTH})
    from simtiny.comparison import both
    from simtiny.comparison.engine_result import EnginesResult
    from simtiny.request_check import check

    for request in requests:
        both.check(request)
        check(request)
    from simtiny.renode.find import find

    found = find(requests[0].renode)
    comparisons = []
    for index, request in enumerate(requests):
        told(index, len(requests))
        comparisons.append(both.of_request(request, found))
    return EnginesResult(tuple(comparisons))


def crosscheck_engines(
    boards: Names = (),
    rounds: Names = (),
    *,
    limit: int | None = None,
    renode: AnyPath | None = None,
    progress: Progress | None = None,
) -> "EnginesResult":
    """The first `limit` published images that were fetched, by Unicorn and by Renode, each after a warm-up, compared.

    They are spread over boards, and over benchmarks; without names of boards or rounds ("1.2"), over all of them. What
    an engine can't run is `not_comparable`.
    """
    of_boards, of_rounds = parameters.texts("boards", boards), parameters.labels("rounds", rounds)
    most = None if limit is None else parameters.whole("limit", limit, 1)
    program = None if renode is None else parameters.path("renode", renode)
    told = _progress(progress)
    from simtiny.records import all_records, of_boards_and_rounds

    of_boards_and_rounds(all_records(), of_boards, of_rounds, "no results are on record")
    from simtiny.comparison.both import of_images
    from simtiny.renode.find import find

    return of_images(of_boards, of_rounds, most, find(program), told)


def profile(what: object = None, *, power_window_us: float = 10.0, **words: Unpack[RequestWords]) -> "ProfileResult":
    """Where cycles and energy of one run go: `profile_all` of one thing. BadInput where that is several."""
    if what is not None and not isinstance(what, str | PathLike | Request | Mapping):
        raise BadInput(f"`what` is one benchmark, image or network, not {what!r:.60}")
    return profile_all(() if what is None else (what,), power_window_us=power_window_us, **words)[0]


def profile_all(
    whats: Sequence[object] = (),
    *,
    power_window_us: float = 10.0,
    progress: Progress | None = None,
    **words: Unpack[RequestWords],
) -> "tuple[ProfileResult, ...]":
    """Where cycles and energy go, by call path, function, line, instruction, layer and memory.

    `whats`: benchmarks, paths of images or of networks, words of a `Request` as a dictionary or as text
    ("kws01,clock=80"), or a `Request`; without any, what the words say, else all four benchmarks. The firmware runs
    each time, and who calls whom is followed. `power_window_us`: of power over time.
    """
    told = _progress(progress)
    window_s = parameters.positive("power_window_us", power_window_us) * 1e-6
    from simtiny.comparison.sides import request_of, side

    given: dict[str, Any] = {name: value for name, value in words.items() if value is not None and value != ()}
    named = [side("`whats`", what) for what in whats]
    if any(each.saved is not None for each in named):
        raise BadInput("a saved result can't be profiled: name what it was made of")
    asked = [request_of(given, each.words) for each in named] or list(_requests((), words))
    from simtiny.request_check import check

    for request in asked:
        check(request)
        if request.caches or request.sequence:
            raise BadInput(f"`{'caches' if request.caches else 'sequence'}` has no effect on a profile: leave it out")
    from simtiny.profiling.profile import profiled

    results = []
    for index, request in enumerate(asked):
        told(index, len(asked))
        results.append(profiled(request, window_s))
    return tuple(results)


def price(
    trace: AnyPath | BinaryIO,
    *,
    marks: str | tuple[int, int] | None = None,
    progress: Progress | None = None,
    **words: Unpack[PriceWords],
) -> "PriceResult":
    """Cycles, time and energy of a stream (docs/stream-format.md) that any engine has written, packed by gzip or not.

    `trace`: a file by its name, or an open one, which is read to its end. `board`: needed where the stream does not
    say on which it was recorded. `image` gives names, and code that the stream leaves out. The window is all of the
    stream, or from one of its `marks` to another ("0:1"), from `start` to `end`, or the first call of `function`:
    symbols of the image, or addresses such as "0x08000400". The other words are those of `Request`.

    `progress` counts the bytes of a file. A window in which the firmware changes its clock is priced in sections.
    """
    source = parameters.path("trace", trace) if isinstance(trace, str | PathLike) else trace
    if not isinstance(source, Path) and not callable(getattr(source, "read", None)):
        raise BadInput(f"`trace`: expected a path or an open file, not {source!r:.60}")
    request, told = Request.from_dict({**words}), _progress(progress)
    without_effect(request, PRICE_WORDS, "the price of a stream")
    between = None if marks is None else parameters.range_of("marks", marks)
    if between is not None and request.bounds is not None:
        raise BadInput(f"`marks` and `{'function' if request.function else 'start'}` exclude each other")
    from simtiny.report.price import price_stream

    return price_stream(source, request, between, told)


def sweep(
    benchmarks: Names | None = None,
    *,
    study: AnyPath | None = None,
    jobs: int | None = 1,
    scheduler: str | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
    **words: Unpack[SweepWords],
) -> "SweepResult":
    """Price every combination of what the words list, from as few executions as that takes, in `jobs` processes.

    The words are those of `Request`, each with one value, several, or for numbers a range such as "16:120:8MHz": see
    `simtiny.sweeps.study.Study`. `study`: a file that has such words; those given beside it take their place. What the
    chip does not allow is no error: such points are illegal, and say why. Counts are kept in the user's cache, so that
    a sweep which was interrupted goes on where it was; `fresh` runs the firmware whatever is there. `scheduler`: the
    address of a Dask cluster's, to run on that instead.
    """
    path = None if study is None else parameters.path("study", study)
    given: dict[str, Any] = {"benchmark": benchmarks, **words}
    (count, cluster), anew, told = _workers(jobs, scheduler), parameters.flag("fresh", fresh), _progress(progress)
    from simtiny.sweeps.study import read_study, study_of

    asked = {} if path is None else read_study(path)
    asked |= {word: value for word, value in given.items() if value is not None}
    chosen = study_of(asked)
    from simtiny.sweeps import sweep as sweeps

    found = sweeps.sweep(chosen, count, told, scheduler=cluster, fresh=anew)
    return replace(found, options=sweeps.plain_words(asked))


def compare(
    a: object, b: object, benchmark: str | None = None, *, fresh: bool = False, **words: Unpack[RequestWords]
) -> "Comparison":
    """What explains the difference between two runs: `compare_all` where there is one pair. BadInput for several."""
    found = compare_all(a, b, () if benchmark is None else benchmark, fresh=fresh, **words)
    if len(found) > 1:
        raise BadInput(f"several can be compared ({', '.join(each.a.title for each in found)}): name a `benchmark`")
    return found[0]


def compare_all(
    a: object,
    b: object,
    benchmarks: Names = (),
    *,
    fresh: bool = False,
    progress: Progress | None = None,
    **words: Unpack[RequestWords],
) -> "tuple[Comparison, ...]":
    """What explains the difference between `a` and `b`, for each of the benchmarks, or each that both have.

    Each of them is a board, a benchmark, the path of an image, of a network or of a saved result (a `.json` file),
    words of a `Request` as a dictionary or as text ("clock=80,kernels=dsp"), a `Request`, or a `RunResult`. The other
    words hold for both of them. A side beside a saved result takes what it does not say from the words that this was
    made by.
    """
    names, anew, told = parameters.texts("benchmarks", benchmarks), parameters.flag("fresh", fresh), _progress(progress)
    from simtiny.comparison.sides import Chosen, pairs, side

    chosen = pairs(side("A", a), side("B", b), names, words)
    requests = dict.fromkeys(each.request for pair in chosen for each in (pair.a, pair.b) if each.request)
    from simtiny.request_check import check

    for request in requests:
        check(request)
    results = {}
    for index, request in enumerate(requests):
        told(index, len(requests))
        results[request] = run(request, fresh=anew).to_dict()
    from simtiny.comparison.compare import compared
    from simtiny.version import __version__

    def result(each: Chosen) -> Mapping[str, Any]:
        return results[each.request] if each.request else each.saved or {}

    return tuple(
        compared(
            result(pair.a),
            result(pair.b),
            (pair.a.name, pair.b.name),
            versions=(pair.a.version or __version__, pair.b.version or __version__),
            notes=pair.notes,
        )
        for pair in chosen
    )


def check(
    requests: Names = (),
    *,
    config: AnyPath | None = None,
    baseline: AnyPath | None = None,
    base_image: AnyPath | None = None,
    data: AnyPath | None = None,
    update: bool = False,
    jobs: int | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
    **words: Unpack[RequestWords],
) -> "CheckResult":
    """Run firmware and hold its figures to those of a baseline, and to the limits of a configuration.

    `requests`: names of the configuration's, benchmarks, paths of images and networks, or words such as
    "image=fw.elf,function=matmul,clock=80"; without any what the configuration lists, else what the baseline has, else
    all four benchmarks. The other words hold for all of them.

    `config`: a file; by default simtiny.toml of the current folder, else `[tool.simtiny]` of pyproject.toml there.
    `baseline`: a file, by default what the configuration says, else simtiny-baseline.json; "none" for maxima alone.
    `update` writes it; of what is in it already only what was asked for is replaced. `base_image`: an older image, to
    be run in place of a baseline. `data`: a folder as that of `simtiny.accuracy`, for requests whose accuracy is
    limited. What is not kept in the user's cache runs in `jobs` processes (None: one a processor).

    BadInput for a baseline of another board, clock, request or version of what counts: that is refused, not compared.
    """
    from simtiny.gate import check as gate

    todo = gate.plan(
        parameters.texts("requests", requests),
        words,
        config=None if config is None else parameters.path("config", config),
        baseline=None if baseline is None else parameters.path("baseline", baseline),
        base_image=None if base_image is None else parameters.path("base_image", base_image),
        data=None if data is None else parameters.path("data", data),
        update=parameters.flag("update", update),
    )
    count, anew, told = _jobs(jobs), parameters.flag("fresh", fresh), _progress(progress)
    from simtiny.gate.work import work

    found = work(todo, count, anew, accuracy, told)
    now, base = found[: len(todo.asked)], found[len(todo.asked) :]
    return gate.concluded(todo, now, base)


def accuracy(
    benchmark: str | Request,
    data: AnyPath,
    *,
    limit: int | None = None,
    jobs: int | None = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
    **words: Unpack[FirmwareWords],
) -> "AccuracyResult":
    """The score of a benchmark on the files of the folder `data`, with official weights if no others are named.

    They go through the emulated firmware as the official runner sends them. `data` holds `y_labels.csv`, or a folder
    named after the benchmark that does. `limit` takes the first so many files. Of a `Request` its firmware and its
    board count. `jobs` boards are emulated at a time, each in a process of its own; None takes one a processor. Or the
    Dask cluster works whose `scheduler` has this address.
    """
    request = _request(benchmark, words)
    without_effect(request, FIRMWARE_WORDS, "the accuracy")
    if request.weights is None and request.image is None and request.model is None:
        request = replace(request, weights=Weights.OFFICIAL)
    folder = parameters.path("data", data)
    most = None if limit is None else parameters.whole("limit", limit, 1)
    (count, cluster), told = _workers(jobs, scheduler), _progress(progress)
    from simtiny.mlperf import datasets
    from simtiny.mlperf.tasks import task
    from simtiny.request_check import check

    chosen = task(request.benchmark or "")
    check(request)
    classes = max(len(chosen.labels), chosen.outputs)
    samples = datasets.load(datasets.folder_of(folder, chosen.name), classes=classes, limit=most)
    from simtiny.mlperf.workload import build

    workload = build(request)
    from simtiny.mlperf import evaluate
    from simtiny.mlperf.accuracy import score
    from simtiny.mlperf.identity import data_sha256, identity

    answers = evaluate.evaluate(workload, samples, count, told, scheduler=cluster)
    result = score(chosen, answers, board=workload.board.id, weights=workload.weights)
    asked = {name: value for name, value in request.words().items() if name in ("benchmark", *FIRMWARE_WORDS)}
    return replace(
        result,
        options={**asked, "data": str(folder), "limit": most},
        identity=identity(workload, data_sha256(samples)),
    )


def boot(
    benchmark: str | Request | None = None, *, serial_takes_time: bool = False, **words: Unpack[FirmwareWords]
) -> "Machine":
    """An emulated board in reset, to be run by the caller or by `simtiny.serve.serve`.

    Its notes begin with what was decided in the caller's place. Of a `Request` its firmware and its board count.
    `serial_takes_time`: a character takes as long on the serial line as at the firmware's rate.
    """
    request, takes_time = _request(benchmark, words), parameters.flag("serial_takes_time", serial_takes_time)
    without_effect(request, FIRMWARE_WORDS, "a board that is not measured")
    from simtiny.request_check import check

    check(request)
    from simtiny.mlperf.workload import build

    workload = build(request)
    from simtiny.machine.machine import Machine

    emulated = Machine(workload.board, workload.image, workload.segments, serial_takes_time=takes_time)
    for note in workload.notes:
        emulated.note(note.kind, note.place, note.text)
    return emulated


def export_renode(
    output: AnyPath, benchmark: str | Request | None = None, *, force: bool = False, **words: Unpack[FirmwareWords]
) -> "Export":
    """Write a folder for work in Renode: the board's platform, a script, the plugins, a Robot test.

    With an `image`, or a benchmark for the built-in firmware, that is in it, and the clocks are those that it programs;
    without, all clocks are the fastest. Files of other content that are in the folder are replaced by `force` alone.
    """
    folder, replace = parameters.path("output", output), parameters.flag("force", force)
    request = _request(benchmark, words)
    without_effect(request, FIRMWARE_WORDS, "a board for Renode")
    from simtiny.renode.export import export

    if request.image is None and request.model is None and request.benchmark is None:
        without_effect(request, ("board",), "a board without firmware")
        from simtiny.board_file import load_board

        return export(load_board(request.board or DEFAULT_BOARD), folder, replace=replace)
    from simtiny.request_check import check

    check(request)
    from simtiny.mlperf.workload import build

    workload = build(request)
    return export(workload.board, folder, workload.image, workload.segments, replace=replace)


def firmware(
    image: AnyPath, *, ram: str | None = None, float_abi: str | None = None, **words: Unpack[CallWords]
) -> "Firmware":
    """A firmware image, or a library without a `main`, whose functions can be called with arguments, one by one.

    A library is an ELF file without a vector table. Its data are put where they were linked for, its stack and the
    buffers of calls into the memory `ram` (None: where its data are, else the largest); clock, wait states and caches
    are the board's at reset, or what the words say. `float_abi`: "hard" or "soft", where the file does not tell it.

        lib = simtiny.firmware("dsp.elf", board="nucleo-l4r5zi")
        result = lib.call("dot", a, b, 64)
        print(result.value, result.cycles, result.energy_uj)
    """
    request = Request.from_dict({"image": image, **words})
    without_effect(request, CALL_WORDS, "calls")
    memory = None if ram is None else parameters.text("ram", ram)
    from simtiny.calls.load import load

    return load(request, ram=memory, float_abi=float_abi)


def _request(benchmark: str | Request | None, words: Mapping[str, object]) -> Request:
    if not isinstance(benchmark, Request):
        return Request.from_dict({"benchmark": benchmark, **words})
    if words:
        raise BadInput(f"a Request says all of a run: leave {', '.join(words)} out")
    return benchmark


def _requests(benchmarks: Sequence[str], words: Mapping[str, object]) -> tuple[Request, ...]:
    """One a benchmark, or one of the words alone."""
    chosen: list[str | None] = list(dict.fromkeys(benchmarks))
    brings_network = words.get("image") is not None or words.get("model") is not None
    if len(chosen) > 1 and brings_network:
        raise BadInput("an `image` or a `model` is measured as one benchmark: name one at most")
    if not chosen:
        from simtiny.mlperf.tasks import TASKS

        chosen = [None] if brings_network else list(TASKS)
    return tuple(_request(name, words) for name in chosen)


def _jobs(jobs: object) -> int:
    if jobs is not None:
        return parameters.whole("jobs", jobs, 1)
    from simtiny.workers import default_jobs

    return default_jobs()


def _workers(jobs: object, scheduler: object) -> tuple[int, str | None]:
    """Processes here, or the address of a cluster's scheduler."""
    if scheduler is None:
        return _jobs(jobs), None
    from simtiny.cluster import check_address

    if jobs is not None and _jobs(jobs) != 1:
        raise BadInput("`jobs` has no effect on a cluster, which `scheduler` names: leave it out")
    address = parameters.text("scheduler", scheduler)
    check_address(address)
    return 1, address


def _progress(progress: Any) -> Progress:
    parameters.callback("progress", progress)
    return progress or silent
