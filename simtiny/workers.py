"""Processes that emulate boards at the same time. They live no longer than the one that started them."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

from simtiny.errors import FirmwareFault


def default_jobs() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
