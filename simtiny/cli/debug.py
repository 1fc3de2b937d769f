"""`simtiny debug`: a firmware image under GDB."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from simtiny.cli import options
from simtiny.cli.console_filter import ConsoleFilter
from simtiny.cli.serve import interrupts
from simtiny.notes import texts

DEFAULT_PORT = 3333
"""OpenOCD's."""


def debug(
    image: Annotated[
        Path, typer.Argument(metavar="IMAGE", help="Your firmware: ELF, Intel HEX, S-records, UF2 or raw BIN.")
    ],
    board: options.Board = None,
    address: options.Address = None,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="TCP port of this computer to listen on; 0 for any that is free.")
    ] = DEFAULT_PORT,
) -> None:
    """Debug a firmware image by GDB, or an editor that has it: a remote target that counts every cycle.

    In GDB: `target extended-remote :3333`. What the firmware prints is shown here. Ctrl-C ends.
    """
    with interrupts() as stop:
        from simtiny import api
        from simtiny.debugger.consoles import show_consoles
        from simtiny.debugger.meter import EnergyMeter
        from simtiny.debugger.server import HOST, Server, listen
        from simtiny.debugger.target import Target

        with closing(listen(port)) as listener:
            machine = api.boot(image=image, board=board, address=address, serial_takes_time=True)
            server = Server(Target(machine), EnergyMeter(machine, machine.board), listener, stop)

            console = ConsoleFilter(sys.stdout.buffer, is_terminal=sys.stdout.isatty())

            def show(data: bytes) -> None:
                console.write(data)
                server.console(data)

            show_consoles(machine, show)
            for text in texts(machine.notes):
                print(f"note: {text}", file=sys.stderr, flush=True)
            where = f"{HOST}:{listener.getsockname()[1]}"
            print(
                f"{machine.board.id} with {image.name} waits for GDB: target extended-remote {where}; Ctrl-C ends",
                file=sys.stderr,
                flush=True,
            )
            server.serve()
            console.end()
