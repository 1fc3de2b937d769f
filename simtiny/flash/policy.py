"""Which policy a flash follows: what the hooks and the counters know of one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simtiny.board import Board
from simtiny.native.record import NativeRecord


@dataclass(frozen=True)
class Policy:
    """What a flash does besides reading units on a miss.

    `library`: the name of its hooks, a C file of simtiny/flash. `record`: what it remembers. `program(state, board,
    wait_states, prefetch)` sets what follows from the flash's registers, `forget(state)` empties its buffers.
    `core_caches`: the caches before it are the core's, which reads past one that is off.
    """

    library: str
    record: NativeRecord
    program: Callable[[Any, Board, int, bool], None]
    forget: Callable[[Any], None]
    core_caches: bool = False
