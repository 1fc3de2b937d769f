"""The runs of a check: what is kept in the cache at once, the others in processes side by side."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from simtiny.gate.check import Found, Piece, Plan
from simtiny.profiling.profile import profiled
from simtiny.progress import Progress
from simtiny.report.measured import measured
from simtiny.request import FIRMWARE_WORDS, Request
from simtiny.request_check import check
from simtiny.spread import spread

if TYPE_CHECKING:
    from simtiny.mlperf.accuracy import AccuracyResult

Score = Callable[[Request, Path], "AccuracyResult"]
"""What gives the accuracy of a request on a folder of data: it goes to other processes."""


def work(todo: Plan, jobs: int, fresh: bool, score: Score, told: Progress) -> list[Found]:
    """What was found for each piece of a plan, in order."""
    pieces = todo.pieces
    for piece in pieces:
        check(piece.request)
    found: dict[int, Found] = {}
    for index, piece in enumerate(pieces):
        kept = None if fresh or piece.stack or piece.data else measured(piece.request, only_stored=True)
        if kept is not None:
            found[index] = Found(kept.to_dict())
    left = [index for index in range(len(pieces)) if index not in found]
    items = [pieces[index] for index in left]
    with closing(spread(_found, (fresh, score), items, jobs=min(jobs, len(items)) or 1)) as done:
        for number, one in done:
            found[left[number]] = one
            told(len(found), len(pieces))
    return [found[index] for index in range(len(pieces))]


def _found(how: tuple[bool, Score], piece: Piece) -> Found:
    fresh, score = how
    run = measured(piece.request, fresh=fresh)
    assert run is not None
    result = run.to_dict()
    stacks = profiled(piece.request).stacks if piece.stack else ()
    stack_bytes = max((stack.used_bytes for stack in stacks), default=None)
    if piece.data is None:
        return Found(result, stack_bytes)
    words = {name: getattr(piece.request, name) for name in ("benchmark", *FIRMWARE_WORDS)}
    scored = score(Request(**words), piece.data)
    assert scored.identity
    return Found(result, stack_bytes, scored.value, scored.identity.input_sha256)
