"""Work on many boards at the same time: in this process, in others, or on a cluster."""

from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeVar

from simtiny.workers import completed, pool

_AHEAD = 3
"""Pieces of work a process that are handed out: one it has, and others so that it never waits for the next."""

_Shared = TypeVar("_Shared")
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_shared: Any = None
"""What the pieces of work of a worker process have in common."""


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


def _share(shared: object) -> None:
    global _shared
    _shared = shared


def _with_shared(function: Callable[[Any, _Item], _Result], item: _Item) -> _Result:
    return function(_shared, item)
