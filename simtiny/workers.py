"""Processes that emulate boards at the same time."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from simtiny.errors import FirmwareFault


def default_jobs() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def pool(jobs: int, initialise: Callable[..., None] | None = None, *arguments: Any) -> Iterator[ProcessPoolExecutor]:
    """`jobs` processes; each calls `initialise` first. FirmwareFault if one dies."""
    workers = ProcessPoolExecutor(
        jobs, multiprocessing.get_context("spawn"), _start, (initialise, *arguments) if initialise else ()
    )
    try:
        yield workers
    except BrokenProcessPool:
        raise FirmwareFault("a worker process died: run with --jobs 1 to see why") from None
    finally:
        workers.shutdown(cancel_futures=True)


def _start(initialise: Callable[..., None] | None = None, *arguments: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once, without a word: the parent process has it
    if initialise is not None:
        initialise(*arguments)
