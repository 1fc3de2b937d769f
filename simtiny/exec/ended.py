"""How a run of a firmware ends."""

from dataclasses import dataclass
from enum import StrEnum


class End(StrEnum):
    """What has ended a run."""

    EXIT = "exit"
    """The firmware, by semihosting."""
    UNTIL = "until"
    """It has printed the text that was waited for."""
    LIMIT = "limit"
    """The time is up."""
    WAITS = "waits"
    """It waits for input, and there is no more; or for ever."""
    LOOPS = "loops"
    """It loops where nothing can end it and does nothing, as behind the end of `main`."""
    FAULT = "fault"
    INTERRUPTED = "interrupted"
    """The user has ended it."""


@dataclass(frozen=True)
class Ended:
    """`text`: in words. `status`: that of an exit."""

    end: End
    text: str
    status: int = 0
