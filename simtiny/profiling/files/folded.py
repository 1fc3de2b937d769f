"""Folded stacks, by Brendan Gregg's flamegraph.pl: a stack a line, and its cycles."""

from collections.abc import Iterator, Sequence

import numpy as np

from simtiny.profiling.files.names import readable
from simtiny.profiling.files.stacks import CUT, CUT_NAME, depth_first, stacks_of
from simtiny.profiling.files.whole import whole
from simtiny.profiling.result import ProfileResult


def folded(results: Sequence[ProfileResult]) -> Iterator[bytes]:
    """`outer;inner CYCLES`, in UTF-8. Of several results, each one's title is the outermost.

    ":" stands for a ";" in a name. Deep stacks are cut (`MOST_FRAMES`).
    """
    for result in results:
        names = [_name(frame.name) for frame in result.frames]
        title = _name(result.run.title)
        stacks = stacks_of(result.paths.parent, result.paths.frame)
        cycles = whole(stacks.sums(result.paths.cycles))
        for stack, _ in depth_first(stacks.parent):
            if cycles[stack]:
                line = [CUT_NAME if label == CUT else names[label] for label in stacks.labels(stack)]
                outermost = [title] if len(results) > 1 else []
                yield f"{';'.join(outermost + line)} {np.int64(cycles[stack])}\n".encode()


def _name(name: str) -> str:
    """No ";", which parts frames, and no "#" in front, which begins a comment."""
    shown = readable(name).replace(";", ":")
    return f"_{shown}" if shown.startswith("#") else shown
