"""`simtiny serve`: a board for host programs, on a pseudo-terminal or a TCP port."""

import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from simtiny.cli import options
from simtiny.cli.outputs import STANDARD_OUTPUT
from simtiny.errors import BadInput
from simtiny.notes import texts

LOCAL_HOST = "127.0.0.1"


def serve(
    benchmark: options.MaybeBenchmark = None,
    board: options.Board = None,
    image: options.Image = None,
    address: options.Address = None,
    model: options.Model = None,
    weights: options.WeightsOption = None,
    kernels: options.KernelsOption = None,
    link: Annotated[
        Path | None, typer.Option(help="A second name for the pseudo-terminal, such as /tmp/board.")
    ] = None,
    tcp: Annotated[
        str | None,
        typer.Option(metavar="[HOST:]PORT", help="Serve on a TCP port instead. Without HOST, to this computer alone."),
    ] = None,
    real_time: Annotated[
        bool, typer.Option("--real-time", help="Never faster than the board. Without it, as fast as this computer can.")
    ] = False,
    events: Annotated[
        str, typer.Option(metavar="FILE", help="Where edges of output pins go, as CSV; - is standard output.")
    ] = STANDARD_OUTPUT,
) -> None:
    """Serve an emulated board to programs that expect a real one, until Ctrl-C."""
    tcp_address = parse_tcp(tcp) if tcp is not None else None
    with interrupts() as stop, ExitStack() as stack:
        from simtiny import api
        from simtiny.hostline import HostLine, PseudoTerminal, TcpPort

        machine = api.boot(
            benchmark, board=board, image=image, address=address, model=model, weights=weights, kernels=kernels
        )
        lines: list[HostLine] = []
        if tcp_address is None or link is not None:
            lines.append(stack.enter_context(closing(PseudoTerminal(link))))
        if tcp_address is not None:
            lines.append(stack.enter_context(closing(TcpPort(*tcp_address))))
        log = stack.enter_context(pin_log(events))
        for text in texts(machine.notes):
            print(f"note: {text}", file=sys.stderr, flush=True)
        for line in lines:
            print(line.name, flush=True)
        from simtiny.serve import serve

        serve(machine, lines, stop.fileno(), real_time=real_time, on_pin_change=log)


def parse_tcp(text: str) -> tuple[str, int]:
    """A host and a port as the user writes them."""
    found = re.fullmatch(r"(?:(?P<host>\[[^][]*\]|[^][]*):)?(?P<port>[0-9]{1,5})", text)
    if found is None or int(found["port"]) > 65_535:
        raise BadInput(f"--tcp {text}: expected a port such as 5555, or a host and a port such as 0.0.0.0:5555")
    return (found["host"] or "").strip("[]") or LOCAL_HOST, int(found["port"])


@contextmanager
def pin_log(target: str) -> Iterator[Callable[[float, str, bool], None]]:
    """What writes down the edges of pins, a line each: the time in microseconds, the pin, its new level."""
    with ExitStack() as stack:
        file: TextIO = sys.stdout
        if target != STANDARD_OUTPUT:
            try:
                file = stack.enter_context(Path(target).open("w", encoding="utf-8"))
            except OSError as error:
                raise BadInput(f"--events {target}: {error.strerror or error}") from None
            print("time_us,pin,level", file=file, flush=True)
        yield lambda time_us, pin, level: print(f"{time_us:.3f},{pin},{level:d}", file=file, flush=True)


@contextmanager
def interrupts() -> Iterator[socket.socket]:
    """A socket that becomes readable by Ctrl-C or a request to end: the emulator must not be torn out of a step."""
    end, wakeup = socket.socketpair()
    wakeup.setblocking(False)
    with end, wakeup:
        requests = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` leaves it
            requests.append(signal.SIGHUP)
        old = {number: signal.signal(number, lambda *_: None) for number in requests}
        descriptor = signal.set_wakeup_fd(wakeup.fileno())
        try:
            yield end
        finally:
            signal.set_wakeup_fd(descriptor)
            for number, handler in old.items():
                signal.signal(number, handler)
