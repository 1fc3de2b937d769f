"""The consoles of a firmware: what is shown of them, and what is typed there."""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import BinaryIO

MOST_KEPT_BYTES = 1 << 20
"""Of the output, for the result. All of it is shown."""
MOST_INPUT_BYTES = 16 << 20


class Console(StrEnum):
    """Where firmware prints. AUTO: wherever it does."""

    AUTO = "auto"
    UART = "uart"
    RTT = "rtt"
    ITM = "itm"
    SEMIHOSTING = "semihosting"


class Shown:
    """Takes what the firmware prints, in order of time. `show(data)` is told of what is to be seen.

    `until`: `on_match` is called once a console has printed this text.
    """

    def __init__(self, chosen: Console, show: Callable[[bytes], None], until: str | None) -> None:
        self.chosen, self._show = chosen, show
        self._until = None if until is None else until.encode()
        self._tails: dict[str, bytes] = {}
        self.on_match: Callable[[], None] = lambda: None
        self.has_matched = False
        self.bytes: Counter[str] = Counter()
        self.kept = bytearray()
        self.first = ""  # the console that has printed first

    def shows(self, console: str) -> bool:
        """Whether this one is chosen."""
        return self.chosen in (Console.AUTO, console)

    def take(self, console: str, data: bytes) -> None:
        """The firmware has printed."""
        if not self.shows(console):
            return
        self.first = self.first or console
        self.bytes[console] += len(data)
        self.kept += data[: MOST_KEPT_BYTES - len(self.kept)]
        self._show(data)
        if self._until is not None and not self.has_matched:
            text = self._tails.get(console, b"") + data
            self.has_matched = self._until in text
            self._tails[console] = text[-len(self._until) :]
            if self.has_matched:
                self.on_match()


class Typed:
    """What is typed at the consoles: all of a file, or what a user types at a terminal, a line when it is waited for.

    `is_waiting`: whether a user is waited for now.
    """

    def __init__(self, file: BinaryIO | None) -> None:
        self._file = file if file is not None and file.isatty() else None
        self._left = b"" if file is None or self._file is not None else file.read(MOST_INPUT_BYTES)
        self.is_waiting = False

    @property
    def is_open(self) -> bool:
        """Whether a user may type more."""
        return self._file is not None

    def take(self, most: int = MOST_INPUT_BYTES) -> bytes:
        """What is there, a line at most of a terminal's. b"" for nothing."""
        found, self._left = self._left[:most], self._left[most:]
        return found

    def wait(self) -> bool:
        """Let the user type a line. Whether there is something to take now."""
        if not self._left and self._file is not None:
            self.is_waiting = True
            try:
                self._left = self._file.readline()
            except KeyboardInterrupt:
                self._left = b""
            finally:
                self.is_waiting = False
            if not self._left:
                self._file = None
        return bool(self._left)
