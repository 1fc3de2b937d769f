"""One Renode, without a window, in a folder of its own: started, listened to, ended.

What it may not do: outlive simtiny, whatever becomes of that; leave files behind; take the user's settings, or change
them. Its monitor reads a pipe that simtiny holds open, whose end ends Renode, but only between two commands; so there
is a guard beside it.
"""

import codecs
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import BinaryIO, Self

from simtiny.errors import BadInput
from simtiny.renode import group
from simtiny.renode.find import Found
from simtiny.renode.script import absolute
from simtiny.renode.transcript import Transcript

QUIT_S = 5.0
"""How long Renode may take to end when its monitor is told to, which closes what it writes: mostly 0.3 s."""
TERMINATE_S = 2.0
"""How long it may take behind SIGTERM, which comes next."""
_WHOLE_S = 0.5
"""An error with nothing behind it for so long is taken as complete."""
_DRAIN_S = 1.0
_LOG = "renode.log"
_LOG_BYTES = 1 << 14
_FULL = ("No space left on device", "Disk full", "not enough space on the disk")
"""What Linux, Mono and .NET say of a full disk."""
_MOST_WORDS = 400


class Running:
    """A Renode that executes a script (`.resc`), as a context manager: behind it, none of its processes is left.

    `folder`: an empty folder that is Renode's alone for now: it runs there, and puts its settings, history, temporary
    files and log there. Whoever made it removes it. `script` may stand in it, or anywhere.

    The log begins with the script and has errors only: a firmware that goes astray makes warnings without end.

    Raises BadInput where Renode can't be started.
    """

    def __init__(self, found: Found, script: Path, folder: Path) -> None:
        self._version, self._folder = found.version, folder.absolute()
        self._transcript = Transcript()
        self._heard_s = time.monotonic()
        self._closed = False
        options = (f"--{name}" for name in ("disable-gui", "console", "hide-log", "config"))
        started = f"logFile {absolute(self._folder / _LOG)} true; logLevel 3 file; include {absolute(script)}"
        try:
            self._process = group.start(
                (*found.command, *options, str(self._folder / "config"), "--execute", started),
                folder=self._folder,
                environment=_environment(self._folder),
                input=subprocess.PIPE,
            )
        except (OSError, ValueError) as error:
            raise BadInput(f"{found.command[0]}: {getattr(error, 'strerror', None) or error}") from None
        try:
            self._guard = group.guard(self._process)
        except OSError as error:
            group.kill(self._process)
            raise BadInput(f"Renode can't be guarded by a shell: {error.strerror or error}") from None
        except BaseException:
            group.kill(self._process)
            raise
        assert self._process.stdout is not None
        self._reader = Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close(at_once=kind is not None)  # Ctrl-C among others

    def error(self) -> str | None:
        """What has gone wrong, in one line: what Renode has said, or that it has ended. None while all is well.

        It does not wait; so call it again and again. Behind `close` it says what went wrong before.
        """
        ended = self._closed or self._process.poll() is not None
        if ended and not self._closed:
            self._kill()  # what it has left behind would keep the pipe open
        said = self._transcript.error()
        if said is not None and (ended or self._transcript.goes_on or time.monotonic() - self._heard_s > _WHOLE_S):
            return self._full(said) or f"Renode {self._version}: {_short(said)}"
        if self._closed or not ended:
            return None
        words = _last_words(self._transcript.lines())
        ending = f"Renode {self._version} {_ending(self._process.returncode)}"
        return self._full(self._transcript.tail) or (f"{ending}: {_short(words)}" if words else ending)

    def lines(self) -> list[str]:
        """The last lines that the monitor has said."""
        return self._transcript.lines()

    def log(self) -> list[str]:
        """The last lines of the log: errors such as "CPU abort". Its file is Renode's, and may be missing."""
        try:
            with (self._folder / _LOG).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _LOG_BYTES))
                return file.read(_LOG_BYTES).decode(errors="replace").splitlines()
        except OSError:
            return []

    def close(self, *, at_once: bool = False) -> None:
        """End it and leave nothing running. Does nothing the second time.

        `at_once`: nothing that it would still write is wanted. Else it is told to, which closes all that it writes, and
        takes some seconds while an emulation runs.
        """
        if self._closed:
            return
        try:
            self.error()
            if not at_once and self._process.poll() is None:
                self._quit()
        finally:
            self._kill()
            self._closed = True

    def _quit(self) -> None:
        assert self._process.stdin is not None
        with suppress(OSError), self._process.stdin as monitor:  # it has ended already
            monitor.write(b"quit\n")
        for ask, patience_s in ((lambda process: None, QUIT_S), (group.terminate, TERMINATE_S)):
            ask(self._process)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience_s)
                return

    def _kill(self) -> None:
        if self._guard is not None:
            group.kill(self._guard)
            self._guard = None
        group.kill(self._process)
        self._reader.join(_DRAIN_S)

    def _listen(self, output: BinaryIO) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with output:
            while data := os.read(output.fileno(), 1 << 16):
                self._heard_s = time.monotonic()
                self._transcript.feed(decoder.decode(data))

    def _full(self, said: str) -> str | None:
        if not any(words in said for words in _FULL):
            return None
        return f"Renode {self._version} finds no space left on the disk: its temporary files are in {self._folder}"


def _environment(folder: Path) -> dict[str, str]:
    """For Linux and macOS, for Linux, and for Windows: where temporary files and settings go."""
    here = str(folder)
    return {**os.environ, "TMPDIR": here, "XDG_CONFIG_HOME": here, "TMP": here, "TEMP": here}


def _ending(status: int) -> str:
    if status == 0:
        return "has ended before it was told to"
    if status > 0:
        return f"has ended with status {status}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"


def _last_words(lines: list[str]) -> str:
    """The last line that is not a place in Renode's own program."""
    return next((line for line in reversed(lines) if not line.startswith(("at ", "--- "))), "")


def _short(text: str) -> str:
    return text if len(text) <= _MOST_WORDS else f"{text[:_MOST_WORDS]}..."
