"""Profiles of nothing, for tests that say what little was counted."""

from typing import Any

import numpy as np

from simtiny.profiles import CodeBlock, OperatingPoint, Profile


def profile_of(blocks: tuple[CodeBlock, ...], point: OperatingPoint, **counts: Any) -> Profile:
    """A profile of these blocks in which nothing was counted but `counts`."""
    by_block, pairs = np.zeros(len(blocks), np.int64), np.zeros((len(blocks), 2), np.int64)
    nothing: dict[str, Any] = {
        "edges": np.zeros((0, 3), np.int64),
        "taken": np.zeros(0, np.bool_),
        **dict.fromkeys(("fetch_misses", "data_reads", "read_ahead"), pairs),
        **dict.fromkeys(("ram_misses", "ram_waits", "mispredicts", "unaligned_loads"), by_block),
        **dict.fromkeys(("hidden", "divides"), np.zeros(32, np.int64)),
        **dict.fromkeys(("exceptions", "exception_cycles", "sleep_cycles", "cycles"), 0),
    }
    return Profile(
        board="", image="", blocks=blocks, operating_point=point, programmed=point, notes=(), **(nothing | counts)
    )
