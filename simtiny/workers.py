"""Processes that emulate boards at the same time. They live no longer than the one that started them."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any, TypeVar

from simtiny.errors import FirmwareFault

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def default_jobs() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
