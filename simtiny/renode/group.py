"""A program in a process group of its own, so that it ends with all that it has started.

A `renode` may be a shell script that starts Mono: to end the script alone would leave Renode running. Nor does Ctrl-C
in the terminal reach such a group: whoever started it ends it, in order.
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

_kill_group: Any = getattr(os, "killpg", None)  # Windows has no groups to signal: there Renode is one process


def start(
    command: Sequence[str], *, folder: Path | None = None, environment: Mapping[str, str] | None = None, input: int
) -> "subprocess.Popen[bytes]":
    """Start a program with both outputs in one pipe. `input`: subprocess.PIPE or DEVNULL. Raises OSError."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=input,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def guard(process: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes] | None":
    """A shell that kills the group when this process has died, by whatever signal: the system closes its end of a pipe
    then. None where there are no groups. Raises OSError.

    To be ended by `kill` once the group has ended: its number may be another's later.
    """
    if _kill_group is None:
        return None
    command = ("/bin/sh", "-c", 'read -r _; kill -s KILL -- "-$1"', "sh", str(process.pid))
    return start(command, input=subprocess.PIPE)


def terminate(process: "subprocess.Popen[bytes]") -> None:
    """Ask it to end, by SIGTERM where there is such a thing."""
    with suppress(OSError):  # it has ended
        process.terminate() if _kill_group is None else _kill_group(process.pid, signal.SIGTERM)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """End it at once and wait for that; where it has ended by itself, end what it has left behind."""
    with suppress(OSError):
        process.kill() if _kill_group is None else _kill_group(process.pid, getattr(signal, "SIGKILL", 9))
    process.wait()
    if process.stdin is not None:
        with suppress(OSError):  # nobody reads what is still to be written
            process.stdin.close()
