"""`simtiny.execute`: the Python API of `simtiny exec`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Unpack

from simtiny import parameters
from simtiny.api_words import AnyPath
from simtiny.exec.asked import ExecWords, asked

if TYPE_CHECKING:
    from simtiny.exec.result import ExecResult


def execute(image: AnyPath, *, show: Callable[[bytes], None] | None = None, **words: Unpack[ExecWords]) -> "ExecResult":
    """Run a firmware from reset until it ends, and say what it printed, how long it took and what it drew.

    It ends by semihosting, where it has printed `until`, after `duration` of emulated time ("2s", "10ms",
    "1000cycles"; None is 10 s), where it loops or waits for ever, and by a fault: `ExecResult.end` says which, and a
    fault raises nothing.

    `board`, `address`, `seed`: see `simtiny.Request`. `console`: which is taken, "uart", "rtt", "itm" or
    "semihosting"; "auto" is all that print. `stdin`: what is typed there, bytes or a file. `pins`: input pins that are
    driven, such as "PA0=1@10ms". `events`: a file of such events and of serial input (see `simtiny.exec.events`).
    `files`: the folder in which the firmware may open files by semihosting; `arguments`: its command line there. `show`
    is told of output as it comes.

    Raises BadInput for what can't be used, Unpriced for what the model has no price for.
    """
    if show is not None:
        parameters.callback("show", show)
    run = asked(image, **words)
    from simtiny.exec.execute import execute as executed

    return executed(run, show or (lambda data: None))
