"""Work on a real Dask cluster: a scheduler and workers of this machine, some of which are killed."""

import json
import operator
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simtiny
from simtiny import cluster
from simtiny.cli import main
from simtiny.counts import store
from simtiny.errors import BadInput, FirmwareFault
from simtiny.spread import spread
from simtiny.validation.outcomes import OwnFirmware, measure_all, outcome_key

PACKAGE = Path(simtiny.__file__).parent
FIRMWARE = [
    OwnFirmware(board, benchmark)
    for board in ("nucleo-l4r5zi", "nucleo-u575zi-q", "nucleo-h7a3zi-q")
    for benchmark in ("kws01", "ad01")
]
PATIENT_S = 60.0


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The caller's own. Workers have another one, as on other machines."""
    monkeypatch.setenv("SIMTINY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@dataclass
class Cluster:
    """A scheduler and its workers, in processes of their own that listen on this machine alone."""

    folder: Path
    processes: ExitStack
    address: str = ""
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        file = self.folder / "scheduler.json"
        self.scheduler = self._process("scheduler", "--port", "0", "--scheduler-file", str(file))
        self.address = until(lambda: file.exists() and json.loads(file.read_text() or "{}").get("address"))

    def add(self, *arguments: str, path: Path = PACKAGE.parent) -> None:
        self.workers.append(self._process("worker", self.address, "--nthreads", "1", *arguments, path=path))
        until(lambda: len(self.pids()) == len(self.workers))

    def pids(self) -> dict[str, int]:
        """Processes that work, by the workers' addresses: those that nannies look after."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            return client.run(os.getpid)

    def _process(self, kind: str, *arguments: str, path: Path = PACKAGE.parent) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", kind, "--host", "127.0.0.1", "--no-dashboard", *arguments]
        environment = {**os.environ, "SIMTINY_CACHE": str(self.folder / "theirs"), "PYTHONPATH": str(path)}
        process = subprocess.Popen(command, env=environment, cwd=self.folder, stderr=subprocess.DEVNULL)
        self.processes.callback(process.wait)
        self.processes.callback(process.terminate)
        return process


@contextmanager
def running(folder: Path, *arguments: str, workers: int = 2) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    with ExitStack() as processes:
        found = Cluster(folder, processes)
        found.start()
        for _ in range(workers):
            found.add(*arguments)
        yield found


def until(happened: Callable[[], object]) -> object:
    end = time.monotonic() + PATIENT_S
    while not (found := happened()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def kept() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store().folder.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("nanny", ["--nanny", "--no-nanny"])
def test_a_worker_that_is_killed_changes_nothing(tmp_path: Path, nanny: str) -> None:
    """One that has a nanny comes back; without one the other worker does it all. What is kept is the same, too."""
    with running(tmp_path, nanny) as found:
        victim = min(found.pids().values())
        steps: list[int] = []

        def told(done: int, total: int) -> None:
            steps.append(done)
            if done == 2:
                os.kill(victim, signal.SIGKILL)

        outcomes = measure_all(FIRMWARE, 1, told, scheduler=found.address)
        assert victim not in found.pids().values()
        assert len(until(lambda: (now := found.pids()) and (nanny == "--no-nanny" or len(now) == 2) and now)) >= 1
    assert steps == [0, 1, 2, 3, 4, 5, 6]
    of_cluster = kept()
    assert len(of_cluster) == 2 * len(FIRMWARE)  # counts, and what they come to
    shutil.rmtree(store().folder)
    assert measure_all(FIRMWARE, 1, lambda *step: None) == outcomes
    assert kept() == of_cluster


@pytest.mark.slow
def test_a_sweep_is_the_same(tmp_path: Path) -> None:
    words: dict[str, Any] = {"board": ["nucleo-l4r5zi", "nucleo-u575zi-q"], "clock_hz": [16e6, 80e6, 120e6]}
    with running(tmp_path) as found:
        victim = min(found.pids().values())

        def told(done: int, total: int) -> None:
            if done == 1:
                os.kill(victim, signal.SIGKILL)

        swept = simtiny.sweep(["kws01", "ad01"], **words, wait_states=[3, 5], scheduler=found.address, progress=told)
    of_cluster = kept()
    shutil.rmtree(store().folder)
    alone = simtiny.sweep(["kws01", "ad01"], **words, wait_states=[3, 5])
    assert len(alone) == 24 and swept.columns.keys() == alone.columns.keys()
    for name, column in alone.columns.items():
        np.testing.assert_array_equal(swept.columns[name], column, name)
    assert kept() == of_cluster


@pytest.mark.slow
def test_what_is_stored_here_runs_nowhere(tmp_path: Path) -> None:
    outcomes = measure_all(FIRMWARE[:2], 1, lambda *step: None)
    for firmware in FIRMWARE[:2]:
        (store().folder / f"{outcome_key(firmware)}.entry").unlink()  # its counts are still there
    with running(tmp_path, workers=1) as found:
        assert measure_all(FIRMWARE[:2], 1, lambda *step: None, scheduler=found.address) == outcomes
        assert not (tmp_path / "theirs" / "store").exists()
        assert measure_all(FIRMWARE[:2], 1, lambda *step: None, scheduler=found.address, fresh=True) == outcomes
        assert len(list((tmp_path / "theirs" / "store").iterdir())) == 2


@pytest.mark.slow
def test_accuracy_is_the_same_though_every_worker_is_killed(tmp_path: Path) -> None:
    """The firmware that workers share is made again where all that held it have died."""
    drawn = random.Random(11)
    for number in range(24):
        (tmp_path / f"{number}.bin").write_bytes(drawn.randbytes(490))
    (tmp_path / "y_labels.csv").write_text("".join(f"{number}.bin,12,{number % 12}\n" for number in range(24)))
    alone = simtiny.accuracy("kws01", tmp_path, weights="stand-in")
    with running(tmp_path) as found:
        victims = found.pids().values()

        def told(done: int, total: int) -> None:
            for victim in victims if done == 8 else ():
                os.kill(victim, signal.SIGKILL)

        assert simtiny.accuracy("kws01", tmp_path, weights="stand-in", scheduler=found.address, progress=told) == alone


@pytest.mark.slow
def test_who_can_not_do_the_work_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, none = tmp_path / "other", tmp_path / "none"
    shutil.copytree(PACKAGE, other / "simtiny")
    with (other / "simtiny" / "pricing.py").open("a") as source:
        source.write("# edited\n")
    (none / "simtiny").mkdir(parents=True)
    (none / "simtiny" / "__init__.py").touch()
    for path, expected in ((other, r"has simtiny .*, code \w+ \(here .*\): all must be"), (none, "can't run simtiny")):
        with running(tmp_path, workers=0) as found:
            found.add(path=path)
            begun = time.monotonic()
            with pytest.raises(BadInput, match=rf"`scheduler` {found.address}: its worker tcp://\S+ {expected}"):
                measure_all(FIRMWARE[:1], 1, lambda *step: None, scheduler=found.address)
            assert time.monotonic() - begun < 10

    # One that comes later, when its likes would no longer be asked.
    with running(tmp_path, workers=0) as found:
        monkeypatch.setattr(cluster, "_check_workers", lambda *_: None)
        found.add(path=other)
        with pytest.raises(BadInput, match=r"a worker of the `scheduler` has simtiny"):
            measure_all(FIRMWARE[:1], 1, lambda *step: None, scheduler=found.address)


@pytest.mark.slow
def test_what_a_cluster_can_not_do_ends_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path, workers=1) as found:
        wanted = [0.2, "not seconds", 0.1, "nor this"]
        with pytest.raises(TypeError, match="'str' object"):
            list(spread(operator.call, time.sleep, wanted, scheduler=found.address))
        deadly = spread(operator.call, signal.raise_signal, [signal.SIGKILL], scheduler=found.address)
        with pytest.raises(FirmwareFault, match="several workers died of the same piece of work"):
            list(deadly)
        (worker,) = until(found.pids)
        assert main(["crosscheck", "--scheduler", worker]) == 2
        monkeypatch.setattr(cluster, "NO_WORKER_S", 0.5)
        monkeypatch.setattr(cluster, "_LOOK_S", 0.2)
        found.workers[0].terminate()
        found.workers[0].wait()
        with pytest.raises(BadInput, match=r"no worker for"):
            list(spread(operator.call, time.sleep, [0.1], scheduler=found.address))
    with (
        running(tmp_path, workers=1) as found,
        closing(spread(operator.call, time.sleep, [0.01, 60], scheduler=found.address)) as stream,
    ):
        assert next(stream) == (0, None)
        assert found.scheduler is not None
        found.scheduler.kill()
        with pytest.raises(BadInput, match="it is gone"):
            next(stream)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "address",
    [
        *("", "here", "127.0.0.1", "tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:0", "tcp://127.0.0.1:65536"),
        *("tcp://a b:1", "http://127.0.0.1:8787/status", "tcp://127.0.0.1:8786/x", "tcp://127.0.0.1:8786\n"),
        *("inproc://1/2/3", "scheduler.json"),
    ],
)
def test_what_is_no_address_is_refused(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["crosscheck"], ["accuracy", "kws01", "--data", "."]):
        assert main([*command, "--scheduler", address]) == 2
        error = capsys.readouterr().err
        assert "--scheduler" in error and error.count("\n") == 1


def test_jobs_have_no_effect_on_a_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crosscheck", "--scheduler", "tcp://127.0.0.1:1", "--jobs", "2"]) == 2
    assert "--jobs has no effect on a cluster" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tls://a-b.c:1", "tcp://[::1]:65535"])
def test_addresses(address: str) -> None:
    cluster.check_address(address)


@contextmanager
def port(says: bytes | None) -> Iterator[int]:
    """A port that says this to everybody and hangs up; or that takes who comes, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    caller, _ = server.accept()
                    with caller:
                        caller.sendall(says or b"")

        if says is not None:
            threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.slow
@pytest.mark.parametrize("says", [None, b"", b"HTTP/1.0 400 Bad Request\r\n\r\n", b"\xff" * 64, b"hello\n" * 99])
def test_what_is_no_scheduler_is_told_in_seconds(says: bytes | None) -> None:
    pytest.importorskip("distributed")
    with port(says) as number:
        begun = time.monotonic()
        with pytest.raises(BadInput, match="no Dask scheduler answers there") as raised:
            list(spread(operator.call, time.sleep, [0.1], scheduler=f"tcp://127.0.0.1:{number}"))
        assert time.monotonic() - begun < cluster.CONNECT_S + 5
        assert "\n" not in str(raised.value)


@pytest.mark.slow
def test_nobody_is_there() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(BadInput, match="no Dask scheduler answers there within 5 s"):
        list(spread(operator.call, time.sleep, [0.1], scheduler="tcp://127.0.0.1:1"))


@pytest.mark.slow
def test_tls_takes_certificates() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(BadInput, match="TLS takes certificates"):
        list(spread(operator.call, time.sleep, [0.1], scheduler="tls://127.0.0.1:1"))
