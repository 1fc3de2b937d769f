"""What can be measured, and what comes out: plain data, which neither a machine nor its libraries are needed for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simtiny.board import Board
from simtiny.bounds import Bounds
from simtiny.image import Image
from simtiny.mlperf.tasks import Encoding, Task

if TYPE_CHECKING:
    from simtiny.call_tree import CallTree
    from simtiny.profiles import Profile

PLAN_SYMBOL = "plan_base"
"""Where the built-in firmware looks for the plan: a label of its linker script."""


@dataclass(frozen=True)
class Flashed:
    """A board with what was put in its flash: all that a measurement knows of a workload.

    `board`: see `simtiny.board.as_counted`. `segments`: the plan of a network, beside an image that has none inside; an
    image with `network_inside` says itself which benchmark it runs. `input_format`: bytes of one input and their
    encoding, None where only the image can tell. `title` is how messages call it. `layers`: operators of the plan, None
    where there is none. `seed`: of what is random on the board.
    """

    board: Board
    title: str
    image: Image
    segments: tuple[tuple[int, bytes], ...]
    network_inside: bool
    task: Task | None
    input_format: tuple[int, Encoding] | None
    layers: int | None
    seed: int = 0


@dataclass(frozen=True)
class Passage:
    """Passages through a window that have the same counts. `number`: of the first one, from 1. `times`: how many."""

    number: int
    times: int
    profile: "Profile"


@dataclass(frozen=True)
class WindowCounts:
    """Every passage through one window in a run.

    count: passages that ended. reconfigured: of these, those in which the firmware changed its clock or wait states:
    they have no price, and are not among the `passages`. abandoned: calls that were left by other ways than their
    return. passages: the others in order, at least one, without blocks that have no counts. waits: cycles in which
    the core polled registers in all of these, by peripheral.
    """

    bounds: Bounds
    address: int
    count: int
    abandoned: int
    reconfigured: int
    passages: tuple[Passage, ...]
    waits: Mapping[str, int]


@dataclass(frozen=True)
class Measurement:
    """Counts of one window, and what the firmware said about it."""

    profile: "Profile"
    window: str
    is_inference: bool
    """Whether the window is one inference of the network, by the protocol."""
    task: Task | None
    stopwatch_us: float | None
    layers: "tuple[Profile, ...]"
    """Of each operator of the network; empty where the firmware marks none."""
    ram_used: int
    calls: "CallTree | None" = None
    """Who called whom in the window, where that was followed."""
    layer_begins: tuple[int, ...] = ()
    """Cycles of the clock at which each layer began, and the last one ended, where calls were followed."""
    lanes: "tuple[Measurement, ...]" = ()
    """The same under each of the other settings that were counted beside it; with layers where it was a single one."""
    windows: tuple[WindowCounts, ...] = ()
    """All passages through each window, where that was asked for; the first one is that of the figures."""
    waits: Mapping[str, int] = field(default_factory=dict)
    """Cycles of a window of the user's in which the core polled registers, by peripheral, where the engine tells."""
    run_ended: str = ""
    """Why the run ended in which these were counted."""
    said: tuple[str, ...] = ()
    """All lines that the firmware printed, from reset on. What is stored has none."""
    stamp: "Profile | None" = None
    """The part of the window in which the firmware told the time of its begin, where it did: printing a number."""
    stamp_us: int | None = None
    """That number."""
