"""A Renode that runs, errs, hangs, dies and floods; and that nothing of it is left."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simtiny.errors import BadInput
from simtiny.renode import process as module
from simtiny.renode.find import Found
from simtiny.renode.process import Running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the stand-ins are shell scripts, looked at in /proc")
Make = Callable[..., Path]
SERVE = "while read -r line; do case $line in quit) exit 0;; esac; done"
"""The monitor: it ends by `quit`, and at the end of its input."""
ERROR = r"printf '\033[;031m%s\r\n\033[0m' "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "its folder"
    path.mkdir()
    return path


@pytest.fixture
def run(program: Make, folder: Path) -> Callable[..., Running]:
    """Starts a stand-in of these lines, whose processes are noted in `folder`."""

    def start(*lines: str) -> Running:
        path = program("echo $$ > pids", *lines)
        return Running(Found((str(path),), "1.16.1", "as named"), folder / "script.resc", folder)

    return start


def until(what: Callable[[], object]) -> None:
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < 20
        time.sleep(0.01)


def error_of(running: Running) -> str:
    until(running.error)
    error = running.error()
    assert error is not None and "\n" not in error
    return error


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def pids(folder: Path, count: int) -> list[int]:
    def read() -> list[int]:
        path = folder / "pids"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    until(lambda: len(read()) == count)
    return read()


def test_it_is_told_what_to_do_in_a_folder_of_its_own(run: Callable[..., Running], folder: Path) -> None:
    with run('printf "%s\\n" "$@" "$PWD" "$TMPDIR" "$XDG_CONFIG_HOME" > told', SERVE) as running:
        until((folder / "told").exists)
        assert running.error() is None
    escaped = str(folder).replace(" ", "\\ ")
    execute = f"logFile @{escaped}/renode.log true; logLevel 3 file; include @{escaped}/script.resc"
    told = (folder / "told").read_text().splitlines()
    assert told[:6] == ["--disable-gui", "--console", "--hide-log", "--config", f"{folder}/config", "--execute"]
    assert told[6:] == [execute, str(folder), str(folder), str(folder)]


def test_it_ends_when_it_is_told_to(run: Callable[..., Running], folder: Path) -> None:
    with run("read -r line; echo $line > heard") as running:
        (pid,) = pids(folder, 1)
    assert (folder / "heard").read_text() == "quit\n"
    assert running.error() is None
    assert not alive(pid)
    running.close()


def test_an_error_is_told_although_it_runs_on(run: Callable[..., Running]) -> None:
    with run(
        f"{ERROR}\"There was an error executing command 'start'\"; {ERROR}Why; printf '(monitor) '", SERVE
    ) as running:
        assert error_of(running) == "Renode 1.16.1: There was an error executing command 'start': Why"
    assert running.error() == "Renode 1.16.1: There was an error executing command 'start': Why"


def test_an_error_with_nothing_behind_it_is_told_a_little_later(run: Callable[..., Running]) -> None:
    with run(f"{ERROR}Why", SERVE) as running:
        assert error_of(running) == "Renode 1.16.1: Why"


def test_an_error_that_ends_it_with_status_0(run: Callable[..., Running]) -> None:
    with run(f"{ERROR}Why") as running:
        assert error_of(running) == "Renode 1.16.1: Why"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("exit 0", "has ended before it was told to"),
        ("echo first; echo last; exit 3", "has ended with status 3: last"),
        ("kill -9 $$", "was ended by SIGKILL"),
        ("echo Stacktrace:; kill -ABRT $$", "was ended by SIGABRT: Stacktrace:"),
        ("echo 'No such object'; echo '  at X.Y () [0x0]:0' >&2; exit 1", "has ended with status 1: No such object"),
        ("printf 'x\\377'; exit 1", "has ended with status 1: x�"),
    ],
)
def test_one_that_dies(run: Callable[..., Running], line: str, error: str) -> None:
    with run(line) as running:
        assert error_of(running) == f"Renode 1.16.1 {error}"


@pytest.mark.parametrize(
    "said", ["echo 'System.IO.IOException: No space left on device : x'; exit 1", f"{ERROR}'Disk full. Path /x'"]
)
def test_a_full_disk(run: Callable[..., Running], folder: Path, said: str) -> None:
    with run(said) as running:
        assert error_of(running) == (
            f"Renode 1.16.1 finds no space left on the disk: its temporary files are in {folder}"
        )


def test_long_errors_are_cut(run: Callable[..., Running]) -> None:
    with run(f"{ERROR}$(printf 'long %.0s' $(seq 1000))") as running:
        assert len(error_of(running)) < 450


def test_a_flood_is_read_and_forgotten(run: Callable[..., Running], folder: Path) -> None:
    with run("head -c 20000000 /dev/zero | tr '\\0' x; touch through", SERVE) as running:
        until((folder / "through").exists)
        assert running.error() is None
        assert sum(map(len, running.lines())) <= 1 << 14


def test_what_ignores_all_is_killed_with_what_it_has_started(
    run: Callable[..., Running], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUIT_S", 0.1)
    monkeypatch.setattr(module, "TERMINATE_S", 0.1)
    with run("trap '' TERM INT HUP", "sh -c 'echo $$ >> pids; sleep 99' &", "while :; do sleep 1; done"):
        both = pids(folder, 2)
        assert all(map(alive, both))
    assert not any(map(alive, both))


def test_what_it_has_started_ends_with_it(run: Callable[..., Running], folder: Path) -> None:
    with run("sh -c 'echo $$ >> pids; sleep 99' &", "until [ $(wc -l < pids) = 2 ]; do :; done; exit 1") as running:
        both = pids(folder, 2)
        assert error_of(running) == "Renode 1.16.1 has ended with status 1"
        assert not any(map(alive, both))


def test_an_exception_ends_it_at_once(run: Callable[..., Running], folder: Path) -> None:
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), run("trap '' TERM INT HUP", "while :; do sleep 1; done"):
        (pid,) = pids(folder, 1)
        raise KeyboardInterrupt
    assert not alive(pid)
    assert time.monotonic() - began < module.QUIT_S


HOLD = """
import sys, time
from pathlib import Path
from simtiny.renode.find import Found
from simtiny.renode.process import Running
with Running(Found((sys.argv[1],), "1.16.1", ""), Path("x.resc"), Path(sys.argv[2])) as running:
    print("up", flush=True)
    while True:
        time.sleep(0.1)
"""


def ended_by(number: int, command: Path, folder: Path) -> list[int]:
    """A process that has a Renode gets the signal. Which processes of Renode's, or the guard's, had been there."""
    holder = [sys.executable, "-c", HOLD, str(command), str(folder)]
    with subprocess.Popen(holder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as python:
        assert python.stdout is not None and python.stdout.readline() == b"up\n"
        found = pids(folder, 1)
        children = Path(f"/proc/{python.pid}/task/{python.pid}/children").read_text().split()
        found += [int(child) for child in children]
        python.send_signal(number)
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_does_not_outlive_simtiny(program: Make, folder: Path, number: int) -> None:
    command = program("trap '' TERM INT HUP", "echo $$ > pids", "while :; do sleep 0.1; done")
    found = ended_by(number, command, folder)
    assert len(set(found)) >= 2
    until(lambda: not any(map(alive, found)))


def test_one_that_cannot_be_started(folder: Path) -> None:
    with pytest.raises(BadInput, match=r"^/gone/renode: No such file or directory$"):
        Running(Found(("/gone/renode",), "1.16.1", ""), folder / "script.resc", folder)


def test_a_log_that_is_not_there(run: Callable[..., Running], folder: Path) -> None:
    with run(SERVE) as running:
        assert running.log() == []
        (folder / "renode.log").write_bytes(b"x" * 100_000 + b"\n08:00:00.0000 [ERROR] cpu: CPU abort [PC=0x0]: \xff\n")
        assert running.log()[-1] == "08:00:00.0000 [ERROR] cpu: CPU abort [PC=0x0]: �"


# --- with a real Renode -------------------------------------------------------------------------------------------


def really(renode: Found, folder: Path, *lines: str) -> Running:
    script = folder / "a script.resc"
    script.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return Running(renode, script, folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("nosuch", "No such command or device: nosuch"),
        ("include @x.repl", "There was an error executing command 'include @x.repl': File does not exist: x.repl"),
    ],
)
def test_a_real_one_errs(renode: Found, folder: Path, line: str, error: str) -> None:
    with really(renode, folder, line, "quit") as running:
        assert error_of(running) == f"Renode {renode.version}: {error}"


@pytest.mark.slow
def test_a_real_one_runs_and_keeps_a_log_and_ends(renode: Found, folder: Path) -> None:
    with really(renode, folder, 'mach create "dut"', 'log "an error" 3', 'log "a word" 1') as running:
        until(running.log)
        assert [line.partition(" ")[2] for line in running.log()] == ["[ERROR] Script: an error"]
        assert running.error() is None
    assert running.error() is None
    assert running.lines()[-1] == "Renode is quitting"


@pytest.mark.slow
def test_a_real_one_does_not_outlive_simtiny(renode: Found, folder: Path) -> None:
    (folder / "x.resc").write_text('mach create "dut"\nemulation RunFor "1000000"\n', encoding="utf-8")
    (command,) = renode.command
    wrapper = folder.parent / "renode"
    wrapper.write_text(f'#!/bin/sh\necho $$ > pids\nexec {command} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    found = ended_by(signal.SIGKILL, wrapper, folder)
    until(lambda: not any(map(alive, found)))
