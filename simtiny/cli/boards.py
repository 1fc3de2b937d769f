"""`simtiny boards`: what can be emulated."""

from simtiny.cli.terminal import console


def boards() -> None:
    """List the boards that can be emulated."""
    from rich.table import Table

    from simtiny import api

    table = Table()
    for heading in ("board", "title", "microcontroller", "core"):
        table.add_column(heading)
    for heading in ("flash KiB", "RAM KiB", "recorded results"):
        table.add_column(heading, justify="right")
    for board in api.boards():
        table.add_row(
            board.id,
            board.title,
            board.soc,
            board.core,
            f"{board.flash_bytes // 1024}",
            f"{board.ram_bytes // 1024}",
            str(board.records),
        )
    console().print(table)
