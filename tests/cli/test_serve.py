"""`simtiny serve` as its users start and end it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from simtiny.cli import main
from simtiny.cli.serve import interrupts, is_this_computer, parse_tcp
from simtiny.errors import BadInput
from simtiny.tcp_line import TcpPort
from tests.machine.programs.loader import image


def test_ports_and_hosts() -> None:
    assert parse_tcp("5555") == ("127.0.0.1", 5555)
    assert parse_tcp("0.0.0.0:1") == ("0.0.0.0", 1)
    assert parse_tcp("[::1]:0") == ("::1", 0)


@pytest.mark.parametrize("text", ["", "x", "host:", "70000", "-1", "1" * 5000, "[::1", "[::1]x:5", "\u0665"])
def test_what_is_no_port(text: str) -> None:
    with pytest.raises(BadInput, match="expected a port"):
        parse_tcp(text)


@pytest.mark.parametrize("host", ["a\udcff", "a" * 300])
def test_what_is_no_host(host: str) -> None:
    with pytest.raises(BadInput, match="--tcp"):
        TcpPort(host, 5)


def test_a_closed_terminal_is_a_request_to_end_unless_it_is_ignored() -> None:
    with interrupts() as stop:
        os.kill(os.getpid(), signal.SIGHUP)
        assert stop.recv(1) == bytes([signal.SIGHUP])
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with interrupts():
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    signal.signal(signal.SIGHUP, old)


def test_nothing_to_serve(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve"]) == 2
    assert "nothing to run" in capsys.readouterr().err


@pytest.mark.parametrize("request_to_end", [signal.SIGINT, signal.SIGTERM])
def test_a_served_image_from_start_to_its_end(tmp_path: Path, request_to_end: int) -> None:
    firmware, events, link = tmp_path / "energy.bin", tmp_path / "events.csv", tmp_path / "board"
    (segment,) = image("serving", "energy").segments
    firmware.write_bytes(segment.data)
    arguments = ["--image", str(firmware), "--tcp", "0", "--link", str(link), "--events", str(events)]
    with subprocess.Popen(
        [sys.executable, "-m", "simtiny", "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().strip() == str(link)
        host, _, port = process.stdout.readline().strip().rpartition(":")
        with socket.create_connection((host, int(port)), timeout=60) as client:
            client.sendall(b"%")
            received = b""
            while not received.endswith(b"m-results-[1.000]\r\nm-ready\r\n"):
                received += client.recv(4096)
        process.send_signal(request_to_end)
        assert process.wait(60) == 0
        assert process.stderr.read() == "serving nucleo-l4r5zi with energy.bin; Ctrl-C ends\n"
    header, *edges = events.read_text().splitlines()
    assert header == "time_us,pin,level"
    assert [edge.partition(",")[2] for edge in edges[-4:]] == ["PF13,0", "PF13,1", "PF13,0", "PF13,1"]
    assert not os.path.lexists(link)


HIDDEN = "import sys; sys.modules.update(dict.fromkeys(['termios', 'tty', 'pty', 'fcntl', 'pwd', 'grp', 'resource']))\n"


def test_a_port_needs_nothing_that_only_posix_has(tmp_path: Path) -> None:
    program = f"{HIDDEN}from simtiny.cli import main; sys.exit(main(['serve', 'ad01', '--tcp', '0']))"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        host, _, port = process.stdout.readline().strip().rpartition(":")
        with socket.create_connection((host, int(port)), timeout=60) as client:
            client.sendall(b"name%")
            received = b""
            while b"m-name-dut-[simtiny]" not in received:
                received += client.recv(4096)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.mark.parametrize("arguments", [[], ["--link", "board"]])
def test_without_pseudo_terminals_a_port_is_advised(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "termios", None)
    monkeypatch.delitem(sys.modules, "simtiny.pseudo_terminal", raising=False)
    assert main(["serve", "ad01", *arguments]) == 2
    assert capsys.readouterr().err == "error: this system has no pseudo-terminals: use --tcp PORT, without --link\n"


def test_a_port_beyond_this_computer_is_told_apart() -> None:
    assert [is_this_computer(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "board")] == [
        *(True, True, True),
        *(False, False, False),
    ]
