"""Worker processes: whatever ends the one that started them ends them, too."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simtiny.errors import FirmwareFault
from simtiny.fetch import CACHE_VARIABLE
from simtiny.workers import pool

ROOT = Path(__file__).parents[1]
PATIENT_S = 20.0
BUSY = """
import os, time
from simtiny.workers import pool

def work(number):
    print(os.getpid(), flush=True)
    while True:
        sum(range(100_000))

if __name__ == "__main__":
    with pool(2) as workers:
        list(workers.map(work, range(2)))
"""


def test_work_is_done_and_processes_end() -> None:
    with pool(2) as workers:
        assert list(workers.map(abs, [-1, -2, -3])) == [1, 2, 3]
    assert multiprocessing.active_children() == []


def test_an_exception_does_not_wait_for_work_under_way() -> None:
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), pool(1) as workers:
        workers.submit(abs, 1).result()
        workers.submit(time.sleep, 60)
        raise KeyboardInterrupt
    assert time.monotonic() - began < 30 and multiprocessing.active_children() == []


def test_a_worker_that_dies_is_named() -> None:
    with pytest.raises(FirmwareFault, match="a worker process died"), pool(1) as workers:
        workers.submit(os._exit, 3).result()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no such signals")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"])
def test_workers_do_not_outlive_their_parent(tmp_path: Path, name: str) -> None:
    """The signal goes to the parent alone, while its workers compute."""
    program = tmp_path / "busy.py"
    program.write_text(BUSY, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(program)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=_interruptible,
    ) as parent:
        assert parent.stdout is not None
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        parent.send_signal(getattr(signal, name))
        assert parent.wait(PATIENT_S) != 0
        assert parent.stdout.read() == ""  # closed by the last of them
    assert not any(_runs(worker) for worker in workers)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="nothing tells which processes are whose")
@pytest.mark.parametrize(
    "command", [["crosscheck", "--jobs", "2", "--json", "out.json"], ["run", "--json", "out.json"]]
)
def test_signals_at_random_moments_leave_nothing(tmp_path: Path, command: list[str]) -> None:
    """Nothing running, no output that is not whole, no entry of the store that another run could stumble over."""
    chance = random.Random(10)
    cache = Path(os.environ[CACHE_VARIABLE])
    if command[0] == "crosscheck" and not (cache / "images").is_dir():
        pytest.skip("the published images are not here: simtiny fetch images")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SIMTINY_TEST_RUN": str(tmp_path)}
    for number in range(12):
        signal_number = chance.choice([signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP])
        arguments = [sys.executable, "-m", "simtiny", *command]
        with subprocess.Popen(
            arguments,
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=_interruptible,
        ) as process:
            time.sleep(chance.uniform(0.0, 4.0))
            process.send_signal(signal_number)
            _, said = process.communicate(timeout=PATIENT_S)
        assert b"Traceback" not in said, (number, signal_number, said)
        until = time.monotonic() + PATIENT_S
        while (left := list(_with_variable(str(tmp_path)))) and time.monotonic() < until:
            time.sleep(0.05)
        assert not left, (number, signal_number)
        out = tmp_path / "out.json"
        assert not out.exists() or out.read_bytes().endswith(b"}\n")
        assert [path.name for path in tmp_path.iterdir() if path != out] == []
        entries = [path for path in (cache / "store").glob("*") if path.suffix == ".entry"]
        assert all(path.stat().st_size > 0 and path.stat().st_mode & 0o777 == 0o600 for path in entries)


def _interruptible() -> None:
    """Ctrl-C is ignored by what a shell starts in the background, as these tests may have been."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _runs(process: int) -> bool:
    """Whether a process is there and no zombie, which whoever adopted it has yet to bury."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except OSError:
        return Path("/proc/self").exists() is False
    return state != "Z"


def _with_variable(value: str) -> Iterator[int]:
    """Processes whose environment has SIMTINY_TEST_RUN with this value."""
    wanted = f"SIMTINY_TEST_RUN={value}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0") and _runs(int(folder.name)):
                yield int(folder.name)
        except OSError:
            continue
