"""Work on a Dask cluster that is there already: `simtiny.spread.spread` with the address of its scheduler.

A piece of work brings all that it needs, and takes home all that the next run would look for in the user's cache. Dask
gives the work of a worker that dies to another one. Only here distributed is imported.
"""

import asyncio
import logging
import re
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4
from warnings import catch_warnings, simplefilter

from simtiny.counting_version import LIBRARIES, counting_version, library_version
from simtiny.errors import BadInput, FirmwareFault
from simtiny.profile_store import entries_met, user_store
from simtiny.version import __version__
from simtiny.workers import completed

if TYPE_CHECKING:
    from distributed import Client

CONNECT_S = 5.0
NO_WORKER_S = 60.0
"""How long a cluster may be without any worker: one that grows with its work needs some time to start the first."""
_LOOK_S = 5.0
_AHEAD = 256
"""Pieces of work that the scheduler has at a time, if there are not more threads: enough for a cluster to grow by."""
_AHEAD_A_THREAD = 3
_LOGS = ("distributed", "distributed.client", "tornado.application")
"""Those that distributed gives a level of its own."""
_ADDRESS = re.compile(r"(tcp|tls)://([\w.-]+|\[[0-9A-Fa-f:.%\w]+\]):(\d{1,5})")

_Shared = TypeVar("_Shared")
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def check_address(scheduler: str) -> None:
    """Raises BadInput for what is no address of a scheduler."""
    found = _ADDRESS.fullmatch(scheduler)
    if found is None or not 0 < int(found[3]) < 1 << 16:
        raise BadInput(f"`scheduler` {scheduler}: expected an address such as tcp://127.0.0.1:8786")


def spread(
    function: Callable[[_Shared, _Item], _Result], shared: _Shared, items: Iterable[_Item], scheduler: str
) -> Generator[tuple[int, _Result], None, None]:
    """See `simtiny.spread.spread`. `function` stands at the top of a module of simtiny.

    Its work is done again where a worker dies. Raises BadInput for a scheduler that is not there, or no longer, for a
    worker on which the function is another one, and when no worker comes; FirmwareFault for work that ends its workers.
    """
    with _connected(scheduler) as client:
        from distributed import KilledWorker

        try:
            here = installed(function.__module__)
            _check_workers(client, scheduler, function.__module__, here)
            executor = client.get_executor(pure=False)
            # Made by a task instead of scattered: the scheduler has it made again when those that held it have died.
            held = client.submit(_itself, shared, key=f"simtiny-{uuid4().hex}", pure=False)

            def submit(item: _Item) -> Future[tuple[_Result, dict[str, bytes]]]:
                with _without_warnings():
                    found: Future[tuple[_Result, dict[str, bytes]]]
                    found = executor.submit(_work, here, function, held, item)
                return found

            ahead = max(_AHEAD, _AHEAD_A_THREAD * sum(client.nthreads().values()))
            for number, (result, entries) in completed(submit, items, ahead, _watch(client, scheduler), _LOOK_S):
                for key, data in entries.items():
                    user_store().put(key, data)
                yield number, result
        except KilledWorker:
            raise FirmwareFault(
                "several workers died of the same piece of work: run without `scheduler` and with `jobs` 1 to see why"
            ) from None
        except CancelledError:
            raise BadInput(f"`scheduler` {scheduler}: it is gone, or has cancelled the work") from None
        except Exception:
            if client.status == "running":
                raise
            raise BadInput(f"`scheduler` {scheduler}: it is gone") from None


@cache
def installed(module: str) -> Mapping[str, str]:
    """What must be the same here and on a worker that runs a function of `module`, for the same results."""
    from msgspec import __version__ as msgspec_version
    from numpy import __version__ as numpy_version

    return {
        "Python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "simtiny": f"{__version__}, code {counting_version(module)[:12]}",
        **{library: library_version(library) for library in LIBRARIES},
        "numpy": numpy_version,
        "msgspec": msgspec_version,
    }


@contextmanager
def _connected(scheduler: str) -> Iterator["Client"]:
    """A client of the scheduler. Raises BadInput in one line, within `CONNECT_S` or little more."""
    check_address(scheduler)
    try:
        from distributed import Client
    except ImportError:
        raise BadInput(
            f"`scheduler` {scheduler}: Dask's distributed is not installed: pip install 'simtiny[cluster]'"
        ) from None
    with _quiet():
        try:
            with ThreadPoolExecutor(1) as thread:  # the caller's may have an event loop, as those of notebooks do
                kind = thread.submit(asyncio.run, _kind(scheduler)).result()
            with _without_warnings():
                client = Client(scheduler, timeout=CONNECT_S, set_as_default=False) if kind == "Scheduler" else None
        except Exception as error:  # whatever distributed makes of what answers there
            raise BadInput(
                f"`scheduler` {scheduler}: no Dask scheduler answers there{_why(scheduler, error)}"
            ) from None
        if client is None:
            raise BadInput(f"`scheduler` {scheduler}: this is the address of a {kind.lower()}, not of a scheduler")
        try:
            yield client
        finally:
            client.close(timeout=CONNECT_S)


async def _kind(address: str) -> str:
    """What answers there: "Scheduler", "Worker"... A client would wait for ever for a port that says nothing."""
    from distributed import rpc
    from distributed.security import Security

    async with asyncio.timeout(CONNECT_S):
        async with rpc(address, connection_args=Security().get_connection_args("client")) as there:
            return str((await there.identity())["type"])


def _why(scheduler: str, error: Exception) -> str:
    if isinstance(error, TypeError) and scheduler.startswith("tls:"):
        return ": TLS takes certificates, which Dask's configuration names (distributed.comm.tls)"
    return f": {error}" if str(error) and not isinstance(error, TimeoutError) else f" within {CONNECT_S:.0f} s"


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask's log stays silent meanwhile: of a worker that dies nobody needs to know, and errors are raised."""
    logs = [logging.getLogger(name) for name in _LOGS]
    before = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for log, level in zip(logs, before, strict=True):
            log.setLevel(level)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Of work with a large image, or of versions, which are compared here. Not while others work: it is global."""
    with catch_warnings():
        simplefilter("ignore")
        yield


def _check_workers(client: "Client", scheduler: str, module: str, here: Mapping[str, str]) -> None:
    """Raises BadInput for a worker on which anything is another one. One that comes later is checked by its work.

    So is one that did not answer.
    """
    found: Mapping[str, Any] = client.run(_differences, module, here, on_error="return")
    for worker, answer in sorted(found.items()):
        if isinstance(answer, OSError):
            continue
        if isinstance(answer, BaseException):
            raise BadInput(f"`scheduler` {scheduler}: its worker {worker} can't run simtiny: {answer}")
        if answer:
            raise BadInput(f"`scheduler` {scheduler}: its worker {worker} has {answer}: all must be the same")


def _differences(module: str, here: Mapping[str, str]) -> str:
    """On a worker: what is another one on it."""
    there = installed(module)
    return ", ".join(f"{name} {there[name]} (here {found})" for name, found in here.items() if there[name] != found)


def _itself(shared: _Shared) -> _Shared:
    return shared


def _work(
    here: Mapping[str, str], function: Callable[[_Shared, _Item], _Result], shared: _Shared, item: _Item
) -> tuple[_Result, dict[str, bytes]]:
    """On a worker: the result, and what the user's store is to have."""
    if differences := _differences(function.__module__, here):
        raise BadInput(f"a worker of the `scheduler` has {differences}: all must be the same")
    with entries_met() as entries:
        result = function(shared, item)
    return result, entries


def _watch(client: "Client", scheduler: str) -> Callable[[], None]:
    """Raises BadInput when it is called while there has been no worker for `NO_WORKER_S`."""
    seen = time.monotonic()

    def look() -> None:
        nonlocal seen
        if client.nthreads():
            seen = time.monotonic()
        elif time.monotonic() > seen + NO_WORKER_S:
            raise BadInput(f"`scheduler` {scheduler}: it has had no worker for {NO_WORKER_S:.0f} s")

    return look
