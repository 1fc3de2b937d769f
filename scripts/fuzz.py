"""Feed damaged and forged inputs to everything that simtiny reads, and report what does not end as it should.

An input that ends well or in an error of simtiny.errors, soon and without taking much memory, is fine; all else is a
finding. Inputs are made of valid ones by a seed, the surface's name and a number: the same three make the same input.

    python scripts/fuzz.py --count 1000000 --jobs 2
    python scripts/fuzz.py --seconds 60 --surface elf --surface tflite --seed 7
    python scripts/fuzz.py --surface elf --seed 7 --only 1234     # one input again, with its traceback
"""

import argparse
import faulthandler
import math
import multiprocessing
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.fuzz.attempt import attempt
from tests.fuzz.surfaces import SURFACES, make

ROUND = 2000
"""Inputs of all surfaces together before the first has its turn again."""
HANG_S = 60.0
"""Of wall time, after which a worker that is still at one input ends itself."""
MOST_ADDRESS_BYTES = 16 << 30


@dataclass(frozen=True)
class Task:
    """Some inputs of a surface."""

    surface: str
    numbers: range


@dataclass
class Worker:
    """A process that takes tasks, one at a time. `at`: the number that it is at, for when it dies."""

    process: Any
    pipe: Connection
    at: Any
    task: Task | None = None


def seed_of(seed: int, surface: str, number: int) -> str:
    """What an input is made of."""
    return f"{seed} {surface} {number}"


def tasks(surfaces: list[str], count: int | None) -> Iterator[Task]:
    """Rounds of all surfaces by their shares, without end if no count is given."""
    total = sum(SURFACES[name].share for name in surfaces)
    rounds = math.inf if count is None else math.ceil(count / ROUND)
    turn = 0
    while turn < rounds:
        here = ROUND if count is None else count / rounds
        for name in surfaces:
            each = here * SURFACES[name].share / total
            numbers = range(math.floor(turn * each + 1e-9), math.floor((turn + 1) * each + 1e-9))
            if numbers:
                yield Task(name, numbers)
        turn += 1


def work(seed: int, pipe: Connection, at: Any) -> None:
    """In a worker: do tasks until there is None. Answers each with its findings and seconds."""
    with suppress(ImportError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESS_BYTES, MOST_ADDRESS_BYTES))
    while (task := pipe.recv()) is not None:
        surface, found, began = SURFACES[task.surface], [], time.monotonic()
        for number in task.numbers:
            at.value = number
            faulthandler.dump_traceback_later(HANG_S, exit=True)
            problem = attempt(surface, make(surface, seed_of(seed, task.surface, number)))
            if problem is not None:
                found.append((number, problem))
        faulthandler.cancel_dump_traceback_later()
        pipe.send((found, time.monotonic() - began))


class Run:
    """What was tried and found so far."""

    def __init__(self, seed: int, save: Path) -> None:
        self._seed, self._save = seed, save
        self.inputs: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        self.findings: dict[str, Counter[str]] = {}

    def done(self, task: Task, found: list[tuple[int, str]], seconds: float) -> None:
        """Add a task's outcome."""
        self.inputs[task.surface] += len(task.numbers)
        self.seconds[task.surface] += seconds
        for number, problem in found:
            self.find(task.surface, number, problem)

    def find(self, surface: str, number: int, problem: str) -> None:
        """Print and save the first input of each fault."""
        faults = self.findings.setdefault(surface, Counter())
        fault = problem.partition(":")[0] if problem.startswith(("slow", "large")) else problem.split(": ")[0]
        faults[fault] += 1
        if faults[fault] > 1:
            return
        self._save.mkdir(parents=True, exist_ok=True)
        path = self._save / f"{surface}-{self._seed}-{number}"
        path.write_bytes(make(SURFACES[surface], seed_of(self._seed, surface, number)))
        print(f"{surface} --seed {self._seed} --only {number}: {problem}  [{path}]", flush=True)

    def table(self) -> str:
        """A row a surface."""
        lines = [f"{'surface':<14}{'inputs':>10}{'findings':>10}{'seconds':>10}"]
        for name, inputs in sorted(self.inputs.items()):
            findings = sum(self.findings.get(name, Counter()).values())
            lines.append(f"{name:<14}{inputs:>10,}{findings:>10,}{self.seconds[name]:>10.1f}")
        found = sum(sum(faults.values()) for faults in self.findings.values())
        total, seconds = sum(self.inputs.values()), sum(self.seconds.values())
        return "\n".join([*lines, f"{'all':<14}{total:>10,}{found:>10,}{seconds:>10.1f}"])


def fuzz(surfaces: list[str], count: int | None, seconds: float, seed: int, jobs: int, save: Path) -> Run:
    """Give the tasks to workers; a worker that dies is replaced, and its input is a finding."""
    context, run, until = multiprocessing.get_context("spawn"), Run(seed, save), time.monotonic() + seconds
    coming = tasks(surfaces, count)
    workers = [_worker(context, seed) for _ in range(jobs)]
    for worker in workers:
        _hand_out(worker, next(coming, None))
    while workers:
        ready = wait([worker.pipe for worker in workers], timeout=1.0)
        for worker in [worker for worker in workers if worker.pipe in ready]:
            assert worker.task is not None
            left = None
            try:
                run.done(worker.task, *worker.pipe.recv())
            except (EOFError, OSError):
                number, task = worker.at.value, worker.task
                worker.process.join()
                run.find(task.surface, number, f"crash: exit code {worker.process.exitcode}, or {HANG_S:g} s at it")
                run.inputs[task.surface] += number + 1 - task.numbers.start
                left = Task(task.surface, range(number + 1, task.numbers.stop))
                workers[workers.index(worker)] = worker = _worker(context, seed)
            if not _hand_out(worker, (left or next(coming, None)) if time.monotonic() < until else None):
                worker.process.join()
                workers.remove(worker)
    return run


def _worker(context: Any, seed: int) -> Worker:
    at, (own, theirs) = context.Value("q", 0, lock=False), context.Pipe()
    process = context.Process(target=work, args=(seed, theirs, at), daemon=True)
    process.start()
    theirs.close()
    return Worker(process, own, at)


def _hand_out(worker: Worker, task: Task | None) -> bool:
    worker.task = task
    worker.pipe.send(task)
    return task is not None


def main() -> int:
    """The command line. 1 if there are findings."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--count", type=int, help="inputs of all surfaces together (default: as many as the time allows)"
    )
    parser.add_argument("--seconds", type=float, help="stop after this time (default: 60 without --count)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--surface", action="append", choices=[*SURFACES], help="only this one; can be repeated")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="NUMBER", help="the input of this number alone, of one --surface")
    parser.add_argument("--save", type=Path, default=Path("fuzz-findings"), help="folder for inputs that are findings")
    given = parser.parse_args()
    surfaces = given.surface or [*SURFACES]
    if given.only is not None:
        data = make(SURFACES[surfaces[0]], seed_of(given.seed, surfaces[0], given.only))
        print(data[:2000])
        try:
            SURFACES[surfaces[0]].run(data)
        except Exception:
            traceback.print_exc()
        return 0
    seconds = given.seconds or (math.inf if given.count else 60.0)
    run = fuzz(surfaces, given.count, seconds, given.seed, given.jobs, given.save)
    print(run.table())
    return 1 if run.findings else 0


if __name__ == "__main__":
    sys.exit(main())
