"""Speed and memory of simtiny, as ratios taken in one run, each beside its target.

    python scripts/bench.py [--quick]

Ratios compare runs of the same image on the same machine: bare Unicorn (peripherals, no counting), profiled without and
with flash data reads, and a Python block callback that counts the same. `--quick` leaves out the accuracy run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import as_completed
from pathlib import Path
from statistics import median
from unittest.mock import patch

from unicorn import UC_HOOK_BLOCK, Uc

from simtiny.board import Board
from simtiny.flash.acceleration import shape, unit_bytes
from simtiny.image import Image
from simtiny.machine import hooks
from simtiny.machine.machine import Machine, StopReason
from simtiny.mlperf.measure import measure, synthetic_input_for
from simtiny.mlperf.measurement import Flashed
from simtiny.mlperf.protocol import INFER_LIMIT_S, Session
from simtiny.mlperf.tasks import synthetic_input
from simtiny.mlperf.workload import Workload, build
from simtiny.options import DEFAULT_BOARD, Kernels
from simtiny.request import Request
from simtiny.workers import default_jobs, pool

BENCHMARK = "kws01"
FAST_ITERATIONS = 10
"""Inferences in a timed window."""
SLOW_ITERATIONS = 1
REPEATS = 3
ACCURACY_SAMPLES = 1000
PROCESSES = 3
SPREAD_EXECUTIONS = 60
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
"""Where this is set, a checkout is compiled at each start, which an installed package is not."""


class BareMachine(Machine):
    """The same board without the native hooks: no counts, no clock. Serves firmware that polls."""

    def __init__(self, board: Board, image: Image, segments: tuple[tuple[int, bytes], ...]) -> None:
        with patch.object(hooks, "_hook"):  # fails should the method be renamed: a bare run must be bare
            super().__init__(board, image, segments, serial_takes_time=False)

    def stop(self) -> None:
        super().stop()
        self._uc.emu_stop()

    def run(self, until: Callable[[], bool] | None = None, limit_cycles: int | None = None) -> StopReason:
        return StopReason.LIMIT if until is None else super().run(until)  # no clock, no limit

    def count_in_python(self) -> None:
        """Do the block hook's work in a Python callback: count the edge, advance the clock, fetch through the cache."""
        unit = unit_bytes(self.board)
        capacity = shape(self.board.flash.instruction_cache, True, unit).ways  # fully associative on the default board
        edges: Counter[tuple[int, int, int]] = Counter()
        cache: OrderedDict[int, None] = OrderedDict()
        before = -1
        clock = 0

        def on_block(_uc: Uc, address: int, size: int, _data: object) -> None:
            nonlocal before, clock
            edges[before, address, size] += 1
            clock += size  # stands for the price of the edge
            for number in range(address // unit, (address + size - 1) // unit + 1):
                if number in cache:
                    cache.move_to_end(number)
                    continue
                clock += 1  # stands for the wait states
                cache[number] = None
                if len(cache) > capacity:
                    cache.popitem(last=False)
            before = address

        self._uc.hook_add(UC_HOOK_BLOCK, on_block)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="leave out the accuracy run")
    quick = parser.parse_args().quick
    for kernels in Kernels:
        compare_speed(build(Request(BENCHMARK, DEFAULT_BOARD, kernels=kernels)))
    command_cost()
    sweep_cost()
    if not quick:
        accuracy_rate()


def compare_speed(workload: Workload) -> None:
    """Seconds an inference, three or four ways.

    Against a Python callback on portable kernels only: the blocks of the dsp kernels are so long that even one such
    call a block costs little.
    """
    board, image, segments = workload.board, workload.image, workload.segments
    bare = seconds_an_inference(BareMachine(board, image, segments), workload, FAST_ITERATIONS)
    blocks = seconds_an_inference(
        Machine(board, image, segments, operands=False, serial_takes_time=False), workload, FAST_ITERATIONS
    )
    full = seconds_an_inference(Machine(board, image, segments), workload, FAST_ITERATIONS)
    print(f"{BENCHMARK}, {image.name}: bare Unicorn {bare * 1e3:.1f} ms an inference")
    show("profiled, no flash data reads, of bare speed", bare / blocks, "{:.0%}", 0.40)
    portable = image.name.endswith(f"{Kernels.PORTABLE}.elf")
    show("profiled, flash data reads, of bare speed", bare / full, "{:.0%}", 0.20 if portable else 0.30)
    calls = seconds_an_inference(
        Machine(board, image, segments, calls=True, serial_takes_time=False), workload, FAST_ITERATIONS
    )
    show("profiled, calls followed, of the time without", calls / full, "{:.2f}", 2.5, at_most=True)
    if portable:
        slow = BareMachine(board, image, segments)
        slow.count_in_python()
        counted = seconds_an_inference(slow, workload, SLOW_ITERATIONS, repeats=1)
        show("profiled, no flash data reads, against a Python block callback", counted / blocks, "{:.0f} x", 30)


def seconds_an_inference(machine: Machine, workload: Workload, iterations: int, repeats: int = REPEATS) -> float:
    """Processor time, the best of `repeats`, after an inference that translates and prices every block."""
    session = Session(machine)
    session.boot()
    session.load_input(synthetic_input_for(session, workload.flashed)[1])
    session.command("infer 1 0", INFER_LIMIT_S)
    times = []
    for _ in range(repeats):
        started = time.process_time()
        session.command(f"infer {iterations} 0", INFER_LIMIT_S)
        times.append(time.process_time() - started)
    return min(times) / iterations


def command_cost() -> None:
    """Wall time, the median of several processes, and peak memory of `simtiny run` and of `simtiny --help`."""
    with tempfile.TemporaryDirectory() as folder:
        caches = [str(Path(folder, str(turn))) for turn in range(PROCESSES)]
        cold = [run_command("run", SIMTINY_CACHE=cache) for cache in caches]
        warm = [run_command("run", "--fresh", SIMTINY_CACHE=cache) for cache in caches]
        alone = [run_command("run", "ad01", "--fresh", SIMTINY_CACHE=cache) for cache in caches]
        stored = [run_command("run", SIMTINY_CACHE=cache) for cache in caches]
    for label, runs, target_s in (
        ("simtiny run, nothing stored", cold, 4.0),
        ("simtiny run --fresh", warm, 2.5),
        ("simtiny run ad01 --fresh", alone, 0.8),
        ("simtiny run, all stored", stored, 1.0),
    ):
        show(f"{label}, seconds", median(seconds for seconds, _ in runs), "{:.2f}", target_s, at_most=True)
    show("simtiny run, peak MiB", max(mebibytes for _, mebibytes in cold), "{:.0f}", 600, at_most=True)
    show("simtiny --help, seconds", median(run_command("--help")[0] for _ in caches), "{:.2f}", 0.5, at_most=True)


def sweep_cost() -> None:
    """Sweeps whose counts are stored: what prices alone take. And executions in several processes against one."""
    ten_thousand = ("--clock", "20:119:1MHz", "--supply", "1.8:2.79:0.01")
    a_million = ("--clock", "20:119.9:0.1MHz", "--supply", "1.8:2.799:0.001")
    with tempfile.TemporaryDirectory() as folder:
        run_command("sweep", BENCHMARK, *ten_thousand, SIMTINY_CACHE=folder)
        seconds = median(
            run_command("sweep", BENCHMARK, *ten_thousand, SIMTINY_CACHE=folder)[0] for _ in range(PROCESSES)
        )
        show("simtiny sweep, 10,000 points, stored, seconds", seconds, "{:.2f}", 2.0, at_most=True)
        seconds, mebibytes = run_command("sweep", BENCHMARK, *a_million, SIMTINY_CACHE=folder)
        show(f"simtiny sweep, 1,000,000 points ({seconds:.1f} s), peak MiB", mebibytes, "{:.0f}", 600, at_most=True)
    workload, jobs = build(Request(BENCHMARK, DEFAULT_BOARD)), default_jobs()
    work = [(workload.flashed, number) for number in range(SPREAD_EXECUTIONS)]
    one, several = (seconds_of_spread(work, workers) for workers in (1, jobs))
    show(f"executions in {jobs} processes, of linear", one / several / jobs, "{:.0%}", 0.90)


def seconds_of_spread(work: list[tuple[Flashed, int]], workers: int) -> float:
    """Wall time between the first result and the last, for each execution behind the first ones."""
    with pool(workers) as processes:
        done = []
        for _ in as_completed([processes.submit(execute, *item) for item in work]):
            done.append(time.perf_counter())
    return (done[-1] - done[workers - 1]) / (len(done) - workers)


def execute(flashed: Flashed, _number: int) -> int:
    """One execution. A function of the module, for processes."""
    return measure(flashed).profile.cycles


def accuracy_rate() -> None:
    """A thousand keyword inputs through the emulated firmware."""
    with tempfile.TemporaryDirectory() as folder:
        data = synthetic_input(490, "int8")
        names = [f"{index:04}.bin" for index in range(ACCURACY_SAMPLES)]
        for index, name in enumerate(names):
            shift = index % len(data)
            Path(folder, name).write_bytes(data[shift:] + data[:shift])
        Path(folder, "y_labels.csv").write_text("".join(f"{name},12,0\n" for name in names))
        seconds, _ = run_command("accuracy", "kws01", "--data", folder, "--weights", "stand-in")
        label = f"simtiny accuracy kws01, {ACCURACY_SAMPLES} samples, {default_jobs()} jobs, seconds"
        show(label, seconds, "{:.0f}", 180, at_most=True)


def run_command(*arguments: str, **environment: str) -> tuple[float, float]:
    """Wall seconds and peak MiB of one simtiny process (of its largest one, should it start others)."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "simtiny", *arguments],
        stdout=subprocess.DEVNULL,
        env={**{name: value for name, value in os.environ.items() if name != NO_BYTECODE}, **environment},
        cwd=Path(__file__).resolve().parent.parent,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"simtiny {' '.join(arguments)} ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def show(label: str, value: float, form: str, target: float, *, at_most: bool = False) -> None:
    """One line: figure, target, verdict."""
    met = value <= target if at_most else value >= target
    bound = "at most" if at_most else "at least"
    print(f"{label:66} {form.format(value):>8}  ({bound} {form.format(target)}){'' if met else '  MISSED'}")


if __name__ == "__main__":
    main()
