"""Boards served to real clients, on pseudo-terminals and TCP ports."""

import os
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from simtiny import api
from simtiny.errors import BadInput, FirmwareFault
from simtiny.hostline import HostLine
from simtiny.machine.machine import Machine
from simtiny.mlperf.tasks import synthetic_input
from simtiny.pseudo_terminal import PseudoTerminal
from simtiny.serve import PACED_STEP_S, serve, waiting_positions
from simtiny.tcp_line import MOST_LEFT_BYTES, MOST_WAITING_BYTES, TcpPort
from tests.machine.programs.loader import boot, symbol, word

KEYWORD_INPUT = synthetic_input(490, "int8")
TICKS = 0x2000_0000  # of serving.s
TICK, LPUART1 = 15, 16 + 70  # exceptions
PATIENT_S = 60.0


class Served:
    """A board that runs in a thread. `end` stops it, and raises what stopped it before."""

    def __init__(self, machine: Machine, lines: Sequence[HostLine], **options: object) -> None:
        self.machine, self.edges = machine, list[tuple[float, str, bool]]()
        self._error: BaseException | None = None
        self._stop, self._wakeup = socket.socketpair()
        self._run: Callable[[], None] = lambda: serve(
            machine,
            lines,
            self._stop.fileno(),
            on_pin_change=lambda time_us, pin, level: self.edges.append((time_us, pin, level)),
            **options,  # type: ignore[arg-type]
        )
        self._thread = threading.Thread(target=self._guarded)
        self._thread.start()

    def _guarded(self) -> None:
        try:
            self._run()
        except BaseException as error:
            self._error = error

    def end(self) -> None:
        self._wakeup.send(b"!")
        self._thread.join()
        self._stop.close()
        self._wakeup.close()
        if self._error is not None:
            raise self._error

    def wait_for_fault(self) -> None:
        self._thread.join()
        self.end()


@contextmanager
def served(machine: Machine, *lines: HostLine, **options: object) -> Iterator[Served]:
    board = Served(machine, lines, **options)
    try:
        yield board
    finally:
        board.end()


class Client:
    """A host program on an open descriptor."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def read(self, end: bytes = b"m-ready\r\n") -> bytes:
        """Everything up to `end`."""
        got, until = b"", time.monotonic() + PATIENT_S
        while not got.endswith(end):
            if not select.select([self.descriptor], [], [], until - time.monotonic())[0]:
                raise TimeoutError(f"only {got!r}")
            got += os.read(self.descriptor, 1)
        return got

    def command(self, text: str) -> list[str]:
        """The lines of the answer."""
        os.write(self.descriptor, f"{text}%".encode())
        return self.read().decode().split("\r\n")[:-2]

    def load(self, data: bytes) -> None:
        self.command(f"db load {len(data)}")
        for start in range(0, len(data), 31):
            answer = self.command(f"db {data[start : start + 31].hex()}")
        assert answer == ["m-load-done"]


@contextmanager
def client_of(line: PseudoTerminal) -> Iterator[Client]:
    descriptor = os.open(line.name, os.O_RDWR | os.O_NOCTTY)
    try:
        yield Client(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def tcp_client(line: TcpPort) -> Iterator[Client]:
    host, _, port = line.name.rpartition(":")
    with socket.create_connection((host, int(port))) as connection:
        yield Client(connection.fileno())


def settle(client: Client) -> None:
    """Past whatever is under way: an unknown command's answer is the last thing to come."""
    os.write(client.descriptor, b"%settled%")
    client.read(b"e-[Unknown command: settled]\r\nm-ready\r\n")


@pytest.fixture(scope="module")
def keyword() -> Iterator[tuple[PseudoTerminal, TcpPort, Served]]:
    with (
        closing(PseudoTerminal()) as terminal,
        closing(TcpPort("127.0.0.1", 0)) as port,
        served(api.boot("kws01"), terminal, port) as board,
    ):
        yield terminal, port, board


Keyword = tuple[PseudoTerminal, TcpPort, Served]


def test_a_benchmark_over_the_pseudo_terminal(keyword: Keyword) -> None:
    with client_of(keyword[0]) as client:
        settle(client)
        assert client.command("name") == ["m-name-dut-[simtiny]"]
        client.load(KEYWORD_INPUT)
        lines = client.command("infer 1 0")
    first, second = (int(line.removeprefix("m-lap-us-")) for line in lines if line.startswith("m-lap-us-"))
    assert second - first == pytest.approx(api.run("kws01").latency_ms * 1e3, rel=0.001)
    assert lines[-1].startswith("m-results-[")


def test_tcp_serves_one_client_after_the_other(keyword: Keyword) -> None:
    for _ in range(2):
        with tcp_client(keyword[1]) as client:
            settle(client)
            assert client.command("profile")[1] == "m-model-[kws01]"


@pytest.mark.parametrize("flood", [b"x%", bytes(range(256))])
def test_the_client_behind_a_flood_is_served_at_once(keyword: Keyword, flood: bytes) -> None:
    """Two million bytes would take the board three minutes. Whoever floods is cut off; it may leave first."""
    host, _, port = keyword[1].name.rpartition(":")
    with socket.create_connection((host, int(port))) as connection, suppress(OSError):
        connection.sendall(flood * (2_000_000 // len(flood)))
    began = time.monotonic()
    with tcp_client(keyword[1]) as client:
        settle(client)
        assert client.command("name") == ["m-name-dut-[simtiny]"]
    assert time.monotonic() - began < 10


def test_clients_that_say_nothing_and_leave_are_not_waited_for(keyword: Keyword) -> None:
    host, _, port = keyword[1].name.rpartition(":")
    many = [socket.create_connection((host, int(port))) for _ in range(50)]
    for number, connection in enumerate(many):
        if number % 2:  # a reset instead of an end
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    with tcp_client(keyword[1]) as client:
        settle(client)


def test_a_client_that_leaves_in_the_middle_of_a_command(keyword: Keyword) -> None:
    with client_of(keyword[0]) as client:
        settle(client)
        os.write(client.descriptor, b"na")
    with client_of(keyword[0]) as client:  # a board does not know: it goes on where the line broke off
        assert client.command("me") == ["m-name-dut-[simtiny]"]


def test_garbage_and_a_flood(keyword: Keyword) -> None:
    with tcp_client(keyword[1]) as client:
        settle(client)
        flood = threading.Thread(
            target=lambda: os.write(client.descriptor, bytes(range(256)) * 20 + b"%%\xff\n%%settled%")
        )
        flood.start()
        client.read(b"e-[Unknown command: settled]\r\nm-ready\r\n")
        flood.join()
        assert client.command("name") == ["m-name-dut-[simtiny]"]


def test_a_client_that_does_not_read_does_not_halt_the_board(keyword: Keyword, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simtiny.hostline.PATIENCE_S", 0.05)
    with client_of(keyword[0]) as deaf, tcp_client(keyword[1]) as client:
        settle(client)
        for _ in range(20):  # of 900 characters each: a terminal holds 4096, here and in the kernel
            client.command("help")
        with suppress(BlockingIOError):
            os.set_blocking(deaf.descriptor, False)
            assert b"simtiny reference firmware" in os.read(deaf.descriptor, 100_000)


def test_a_board_that_waits_costs_nothing(keyword: Keyword) -> None:
    with client_of(keyword[0]) as client:
        settle(client)
        before, cycles = time.process_time(), keyword[2].machine.cycles
        time.sleep(0.3)
        assert keyword[2].machine.cycles - cycles < 20_000
        assert time.process_time() - before < 0.1


def test_input_comes_at_the_lines_rate(keyword: Keyword) -> None:
    with client_of(keyword[0]) as client:
        settle(client)
        first, second = (int(client.command("timestamp")[0].removeprefix("m-lap-us-")) for _ in range(2))
    # From the first character of one command to that of the next: 10 characters of 10 bits at 115200 baud
    assert second - first == pytest.approx(10 * 10 / 115_200 * 1e6, rel=0.02)


def test_real_time_is_never_ahead_of_the_clock() -> None:
    machine = boot("serving", "echo", {TICK: "tick", LPUART1: "receive"})
    with closing(TcpPort("127.0.0.1", 0)) as port:
        began = time.monotonic()
        with served(machine, port, real_time=True), tcp_client(port) as client:
            for _ in range(100):  # input does not cut the pauses short
                os.write(client.descriptor, b"x")
                client.read(b"x")
                assert machine.elapsed_s < time.monotonic() - began + PACED_STEP_S
    assert machine.elapsed_s > 0.005  # 100 characters take 8.7 ms


def test_a_firmware_with_a_tick_is_served_by_interrupts_and_keeps_pace() -> None:
    machine = boot("serving", "echo", {TICK: "tick", LPUART1: "receive"})
    with closing(TcpPort("127.0.0.1", 0)) as port, served(machine, port), tcp_client(port) as client:
        os.write(client.descriptor, bytes(range(200)))
        assert client.read(bytes([199])) == bytes(range(200))
        until = time.monotonic() + PATIENT_S
        while machine.elapsed_s < 1.1 and time.monotonic() < until:  # a second of silence is skipped...
            time.sleep(0.01)
        before_s, began = machine.elapsed_s, time.monotonic()
        time.sleep(0.3)
        assert 0.0 < machine.elapsed_s - before_s < time.monotonic() - began + 0.1  # ...then time goes as the host's
    assert word(machine, TICKS) == pytest.approx(machine.elapsed_s * 1000, abs=2)


def test_the_tick_of_a_board_that_is_left_alone_slows_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simtiny.serve.DORMANT_S", 0.01)
    machine = boot("serving", "echo", {TICK: "tick", LPUART1: "receive"})
    with closing(TcpPort("127.0.0.1", 0)) as port, served(machine, port), tcp_client(port) as client:
        time.sleep(0.4)  # 20 pauses of 20 ms, each for a tick of 1 ms, after 10 ms
        assert 0.01 < machine.elapsed_s < 0.1
        os.write(client.descriptor, b"x")
        assert client.read(b"x") == b"x"


def test_edges_of_pins_are_told_with_their_time() -> None:
    machine = boot("serving", "energy", serial_takes_time=False)  # it writes without a look at TXE
    with closing(TcpPort("127.0.0.1", 0)) as port, served(machine, port) as board, tcp_client(port) as client:
        os.write(client.descriptor, b"%")
        client.read(b"m-results-[1.000]\r\n")
    edges = [(time_us, level) for time_us, pin, level in board.edges if pin == "PF13"]
    assert [level for _, level in edges] == [True, False, True, False, True]
    # 1000 rounds of subs (1) and a taken bne (2 to 4), at the 4 MHz after reset
    falls = [time_us for time_us, level in edges if not level]
    assert 3000 / 4 < falls[1] - falls[0] < 5100 / 4


def test_a_firmware_that_faults_ends_the_service() -> None:
    board = Served(boot("faults", "undefined"), [])
    with pytest.raises(FirmwareFault, match="undefined instruction"):
        board.wait_for_fault()


@pytest.mark.parametrize(("entry", "waits"), [("energy", True), ("echo", True), ("counts", False), ("times", False)])
def test_what_waits_and_what_does_not(entry: str, waits: bool) -> None:
    machine = boot("serving", entry, {TICK: "tick", LPUART1: "receive"})
    machine.run(limit_cycles=3000)
    assert bool(waiting_positions(machine)) is waits


def test_the_waiting_loop_is_found() -> None:
    machine = boot("serving", "echo", {TICK: "tick", LPUART1: "receive"})
    machine.run(limit_cycles=3000)
    assert {pc for pc, _ in waiting_positions(machine)} == {symbol("serving", "echo_waits")}


def test_a_link_is_put_in_place_and_taken_away(tmp_path: Path) -> None:
    link = tmp_path / "board"
    link.symlink_to("/dev/null")
    with closing(PseudoTerminal(link)) as terminal:
        assert terminal.name == str(link)
        assert Path("/dev/pts") in link.resolve().parents
    assert not link.is_symlink()


def test_a_link_does_not_replace_a_file(tmp_path: Path) -> None:
    (tmp_path / "board").write_text("mine")
    with pytest.raises(BadInput, match="File exists"):
        PseudoTerminal(tmp_path / "board")
    assert (tmp_path / "board").read_text() == "mine"


def sent_by(port: TcpPort, data: bytes) -> socket.socket:
    """A client whose thread sends as much as is taken."""
    host, _, number = port.name.rpartition(":")
    client = socket.create_connection((host, int(number)))

    def send() -> None:
        with suppress(OSError):
            client.sendall(data)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    if len(data) < 100_000:
        thread.join()
    return client


def drained(port: TcpPort) -> bytes:
    """All that the port has, once it has no client any more."""
    got, until = b"", time.monotonic() + PATIENT_S
    while port.has_client and time.monotonic() < until:
        got += port.receive(0)
    while port.has_input:
        got += port.receive(100)
    return got


def test_a_port_keeps_little_of_a_client_that_has_left() -> None:
    data = bytes(range(256)) * 100
    with closing(TcpPort("127.0.0.1", 0)) as port, closing(sent_by(port, data)) as client:
        while not port.has_input:
            port.receive(0)
        client.close()
        assert drained(port) == data[:MOST_LEFT_BYTES]


def test_a_port_reads_no_more_than_its_bound_and_cuts_a_flood_off() -> None:
    with closing(TcpPort("127.0.0.1", 0)) as port, closing(sent_by(port, bytes(4 * MOST_WAITING_BYTES))):
        while not port.has_input:
            port.receive(0)
        assert drained(port) == bytes(MOST_LEFT_BYTES)


def test_a_port_of_the_newer_internet_protocol() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this computer has no IPv6")
    with closing(TcpPort("::1", 0)) as port:
        assert port.name.startswith("[::1]:")
        with socket.create_connection(("::1", int(port.name.rpartition(":")[2]))):
            pass


def test_a_port_that_is_taken() -> None:
    with closing(TcpPort("127.0.0.1", 0)) as port, pytest.raises(BadInput, match="in use"):
        TcpPort("127.0.0.1", int(port.name.rpartition(":")[2]))
