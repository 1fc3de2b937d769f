"""Work on many boards at the same time: in this process, in others, or on a cluster.

Processes live no longer than the one that started them.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any, TypeVar

from simtiny.errors import FirmwareFault

_AHEAD = 3
"""Pieces of work a process that are handed out: one it has, and others so that it never waits for the next."""

_Shared = TypeVar("_Shared")
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_shared: Any = None
"""What the pieces of work of a worker process have in common."""


def default_jobs() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    function: Callable[[_Shared, _Item], _Result],
    shared: _Shared,
    items: Iterable[_Item],
    *,
    jobs: int = 1,
    scheduler: str | None = None,
) -> Generator[tuple[int, _Result], None, None]:
    """`function(shared, item)` for each item: its number and the result, in the order in which they are done.

    In this process if `jobs` is 1, in so many processes if it is more, or on the Dask cluster whose `scheduler` is at
    this address: there `shared` and the items have to bring all that they need, since workers see none of this
    machine's files. `shared` goes to each process once. Items are taken one by one, a few more than there are workers:
    so they may be made on the way, and a million of them take no room. Close it (`contextlib.closing`) to end early.

    Of several errors that of the first item is raised, however many work on it. FirmwareFault if a process dies; on a
    cluster its work goes to another one, see `simtiny.cluster.spread`.
    """
    if scheduler is not None:
        from simtiny import cluster

        yield from cluster.spread(function, shared, items, scheduler)
    elif jobs == 1:
        yield from ((number, function(shared, item)) for number, item in enumerate(items))
    else:
        with pool(jobs, _share, shared) as workers:
            yield from completed(lambda item: workers.submit(_with_shared, function, item), items, _AHEAD * jobs)


def completed(
    submit: Callable[[_Item], Future[_Result]],
    items: Iterable[_Item],
    ahead: int,
    look: Callable[[], None] = lambda: None,
    look_every_s: float | None = None,
) -> Iterator[tuple[int, _Result]]:
    """Submit all items, at most `ahead` at a time; gives number and result of each that is done.

    While nothing is done `look` is called every `look_every_s`, and may raise.
    """
    running: dict[Future[_Result], int] = {}

    def done() -> Iterator[tuple[int, _Result]]:
        while not (found := wait(running, look_every_s, FIRST_COMPLETED).done):
            look()
        for future in sorted(found, key=running.__getitem__):
            number = running.pop(future)
            if future.exception() is not None:  # an earlier item that would fail, too, is still to do so
                while any(earlier < number for earlier in running.values()):
                    yield from done()
            yield number, future.result()

    for number, item in enumerate(items):
        running[submit(item)] = number
        while len(running) >= ahead:
            yield from done()
    while running:
        yield from done()


@contextmanager
def pool(jobs: int, initialise: Callable[..., None] | None = None, *arguments: Any) -> Iterator[ProcessPoolExecutor]:
    """`jobs` processes; each calls `initialise` first. FirmwareFault if one dies.

    An exception, Ctrl-C among them, ends them at once, and so does the death of this process, even by a signal that
    nobody can catch: the system closes its end of a pipe that each of them waits at.
    """
    context = multiprocessing.get_context("spawn")
    life, held = context.Pipe(duplex=False)
    workers = ProcessPoolExecutor(jobs, context, _start, (life, initialise, *arguments))
    with life, held:
        try:
            yield workers
            workers.shutdown()
        except BrokenProcessPool:
            raise FirmwareFault("a worker process died: run with `jobs` 1 to see why") from None
        finally:
            held.close()
            workers.shutdown(cancel_futures=True)


def _share(shared: object) -> None:
    global _shared
    _shared = shared


def _with_shared(function: Callable[[Any, _Item], _Result], item: _Item) -> _Result:
    return function(_shared, item)


def _start(life: Connection, initialise: Callable[..., None] | None = None, *arguments: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once, without a word: the parent process has it
    Thread(target=_end_with, args=(life,), daemon=True).start()
    if initialise is not None:
        initialise(*arguments)


def _end_with(life: Connection) -> None:
    """End this process, whatever it does, when nobody holds the pipe's other end any more. Nothing is ever sent."""
    with suppress(OSError, EOFError):
        life.recv_bytes()
    os._exit(1)
