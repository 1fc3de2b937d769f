"""`simtiny run`: latency, energy and memory of benchmarks, of a network or of a firmware image."""

from pathlib import Path
from typing import Annotated

import typer

from simtiny.cli.output import (
    STANDARD_OUTPUT,
    check_distinct,
    check_page,
    check_writable,
    console,
    progress_bar,
    write_file,
    write_json,
)
from simtiny.errors import BadInput
from simtiny.options import BOARD_HELP, Kernels, Weights


def run(
    benchmarks: Annotated[
        list[str] | None,
        typer.Argument(metavar="[BENCHMARK]...", help="kws01, vww01, ic01, ad01. All four by default."),
    ] = None,
    board: Annotated[str | None, typer.Option(help=BOARD_HELP)] = None,
    image: Annotated[
        Path | None, typer.Option(help="Your own firmware: ELF, Intel HEX or raw BIN, instead of the built-in one.")
    ] = None,
    address: Annotated[str | None, typer.Option(help="Load address of a raw BIN, such as 0x08000000.")] = None,
    model: Annotated[
        Path | None, typer.Option(help="Your own int8 .tflite network, run by the built-in firmware.")
    ] = None,
    weights: Annotated[
        Weights,
        typer.Option(help="Weights of the benchmark networks. `official` ones come from `simtiny fetch models`."),
    ] = Weights.STAND_IN,
    kernels: Annotated[
        Kernels | None, typer.Option(help="Kernel set of the built-in firmware; dsp by default where the board has it.")
    ] = None,
    layers: Annotated[bool, typer.Option("--layers", help="Add a table of the network's layers.")] = False,
    start: Annotated[str | None, typer.Option("--from", metavar="SYMBOL", help="Measure from here ...")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="SYMBOL", help="... to here.")] = None,
    function: Annotated[
        str | None, typer.Option(metavar="SYMBOL", help="Measure one call of this function of --image.")
    ] = None,
    supply: Annotated[
        float | None, typer.Option(metavar="VOLTS", help="Supply voltage for the energy; the board's usual by default.")
    ] = None,
    clock: Annotated[
        float | None, typer.Option(metavar="MHZ", help="What if the core ran at this clock, not what is programmed.")
    ] = None,
    wait_states: Annotated[
        int | None,
        typer.Option(metavar="N", help="... with so many flash wait states; by default the least that are allowed."),
    ] = None,
    voltage_range: Annotated[str | None, typer.Option(metavar="RANGE", help="... in this voltage range.")] = None,
    regulator: Annotated[
        str | None, typer.Option(metavar="NAME", help="... with this regulator, such as ldo or smps.")
    ] = None,
    period: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="The work repeats so often: add the mean power with sleep.")
    ] = None,
    sleep: Annotated[
        str, typer.Option(metavar="MODE", help="With --period: clocked (WFI), or a mode of the platform file.")
    ] = "clocked",
    cache: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SIZE/WAYS", help="Try this cache too: 16K/2; 8K/2,4K/4 for instructions and data. Repeatable."
        ),
    ] = None,
    where: Annotated[bool, typer.Option("--where", help="Add tables of where cycles and energy go.")] = False,
    json: Annotated[
        str | None, typer.Option(metavar="[FILE]", help="Write JSON to FILE, or without FILE to standard output.")
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with charts to FILE.")] = None,
) -> None:
    """Run benchmarks on the emulated board and print latency, cycles, energy and memory."""
    check_writable(json)
    check_page(html)
    check_distinct(json, html)
    load_address = parse_address(address)
    from simtiny import api

    with progress_bar("running") as progress:
        results = api.run_all(
            benchmarks or None,
            board=board,
            image=image,
            address=load_address,
            model=model,
            weights=weights,
            kernels=kernels,
            start=start,
            end=end,
            function=function,
            supply_v=supply,
            clock_hz=clock * 1e6 if clock is not None else None,
            wait_states=wait_states,
            voltage_range=voltage_range,
            regulator=regulator,
            period_s=period,
            sleep=sleep,
            caches=cache or (),
            progress=progress,
        )
    if html is not None:
        from simtiny.report.run_html import run_page

        write_file(run_page(results).encode(), html)
    if json is not None:
        from simtiny.report.document import run_document

        write_json(run_document(results), json)
    if json != STANDARD_OUTPUT:
        from simtiny.report.text import run_report

        console().print(run_report(results, layers=layers))
        if where:
            from simtiny.report.breakdown_text import where_tables

            console().print(*where_tables(results), sep="\n")


def parse_address(text: str | None) -> int | None:
    """An address as the user writes it: hexadecimal with 0x, or decimal."""
    if text is None:
        return None
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if not 0 <= value < 2**32:
        raise BadInput(f"--address {text}: expected a 32-bit address such as 0x08000000")
    return value
