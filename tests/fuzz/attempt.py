"""One input and what comes of it: nothing, or a finding."""

import sys
import time
import traceback
from pathlib import Path

from simtiny.errors import SimtinyError
from tests.fuzz.surface import Surface

MOST_GROWTH_BYTES = 256 << 20
"""By which the process may grow over one input: more than a board may have of memory."""


def attempt(surface: Surface, data: bytes) -> str | None:
    """What is wrong with how an input ended: another error than the documented ones, too long, too much memory."""
    grown, began = _most_resident_bytes(), time.process_time()
    try:
        surface.run(data)
    except SimtinyError as error:
        if not str(error).strip():
            return f"{type(error).__name__} without a message"
    except Exception as error:
        return f"{type(error).__name__} {_place(error)}: {str(error)[:200]!r}"
    took_s, grown = time.process_time() - began, _most_resident_bytes() - grown
    if took_s > surface.limit_s:
        return f"slow: {took_s:.1f} s of {surface.limit_s:g}"
    return f"large: {grown >> 20} MiB more" if grown > MOST_GROWTH_BYTES else None


def _place(error: BaseException) -> str:
    """The innermost line of simtiny's own, by which findings of one fault are told from others."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "simtiny" in Path(frame.filename).parts] or frames
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}"


def _most_resident_bytes() -> int:
    """The most that this process ever had in memory; 0 where that is not told."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
