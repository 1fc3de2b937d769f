"""The options that commands share or hand on to a `Request`: type, name and help of each, once."""

import hashlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer

from simtiny.errors import BadInput, FirmwareFault
from simtiny.files import read_bounded
from simtiny.mlperf.tasks import ONE_BENCHMARK, TASKS
from simtiny.options import DEFAULT_BOARD, EngineChoice, Kernels, Weights
from simtiny.request import RequestWords

LEAST_MEGAHERTZ = 0.01
"""`Request` refuses less, in hertz."""


def parse_address(text: str) -> int:
    """An address as the user writes it: hexadecimal with 0x, or decimal."""
    try:
        return int(text, 0)
    except ValueError:
        raise BadInput(f"`address` {text}: expected a 32-bit address such as 0x08000000") from None


_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "supply": "supply_v",
        "clock": "clock_hz",
        "period": "period_s",
        "icache": "instruction_cache",
        "dcache": "data_cache",
        "read_width": "read_width_bits",
    }
)
"""What the parameters of commands are in a `Request`, where they have another name there."""


def request_words(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of a command's parameters those that go into a `Request`, in its words. `given`: all of them, by name."""
    named = {_WORDS.get(name, name): value for name, value in given.items()}
    words = {name: named[name] for name in RequestWords.__annotations__ if named.get(name) is not None}
    if "clock_hz" in words:
        words["clock_hz"] *= 1e6
    return words


_ASSUMED = f"no board named: {DEFAULT_BOARD} is assumed"


@contextmanager
def assumed_board(image: Path | None, board: str | None) -> Iterator[None]:
    """Around the work: names the board of firmware for which none was named, on standard error or in what failed.

    A published image has its own.
    """
    try:
        yield
    except FirmwareFault as error:
        if _is_assumed(image, board):
            error.notes = (*error.notes, _ASSUMED)
        raise
    say_assumed_board(image, board)


def say_assumed_board(image: Path | None, board: str | None) -> None:
    """The same at once, where the firmware talks for long."""
    if _is_assumed(image, board):
        print(f"note: {_ASSUMED}", file=sys.stderr, flush=True)


def _is_assumed(image: Path | None, board: str | None) -> bool:
    if image is None or board is not None:
        return False
    from simtiny.image_load import MAX_FILE_BYTES
    from simtiny.published import published_as

    try:
        content = read_bounded(image, MAX_FILE_BYTES)
    except BadInput:
        return False
    return published_as(hashlib.sha256(content).hexdigest()) is None


def benchmark_names() -> list[str]:
    """For a shell that completes."""
    return list(TASKS)


def network_names() -> list[str]:
    """For a shell that completes: benchmarks, and the other official networks."""
    from simtiny.request_check import NETWORKS

    return list(NETWORKS)


def all_boards() -> list[str]:
    """For a shell that completes."""
    from simtiny.board_file import board_names

    return list(board_names())


# What goes on which board
Benchmarks = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[BENCHMARK]...",
        help=f"{', '.join(TASKS)}; all four by default. After `simtiny fetch models` ic02 and sww01, too.",
        autocompletion=network_names,
    ),
]
Benchmark = Annotated[
    str, typer.Argument(metavar="BENCHMARK", help=f"{ONE_BENCHMARK}.", autocompletion=benchmark_names)
]
MaybeBenchmark = Annotated[
    str | None,
    typer.Argument(
        metavar="[BENCHMARK]", help=f"{ONE_BENCHMARK} on the built-in firmware.", autocompletion=network_names
    ),
]
Board = Annotated[
    str | None,
    typer.Option(
        help=f"Board to emulate; see `simtiny boards`. By default {DEFAULT_BOARD}, or a published image's own.",
        autocompletion=all_boards,
    ),
]
Image = Annotated[
    Path | None,
    typer.Option(help="Your own firmware: ELF, Intel HEX, S-records, UF2 or raw BIN, instead of the built-in one."),
]
Address = Annotated[
    int | None,
    typer.Option(parser=parse_address, metavar="ADDRESS", help="Load address of a raw BIN, such as 0x08000000."),
]
Model = Annotated[Path | None, typer.Option(help="Your own int8 .tflite network, run by the built-in firmware.")]
WeightsOption = Annotated[
    Weights | None,
    typer.Option(
        "--weights", help="Weights of the benchmark networks. `official` ones come from `simtiny fetch models`."
    ),
]
KernelsOption = Annotated[
    Kernels | None,
    typer.Option("--kernels", help="Kernel set of the built-in firmware; dsp by default where the board has it."),
]

Seed = Annotated[
    int | None, typer.Option("--seed", metavar="N", help="Of what is random on the board: its random number generator.")
]

# What is measured
Start = Annotated[list[str] | None, typer.Option("--from", metavar="SYMBOL", help="Measure from here ...")]
End = Annotated[list[str] | None, typer.Option("--to", metavar="SYMBOL", help="... to here.")]
Function = Annotated[
    list[str] | None, typer.Option(metavar="SYMBOL", help="Measure one call of this function of --image.")
]
Call = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="... its Nth call, or passage, in place of the first.")
]
Caches = Annotated[
    list[str] | None,
    typer.Option(
        "--cache",
        metavar="SIZE/WAYS",
        help="Try this cache too: 16K/2, 16K/2/32 with bytes of a line, 8K/2,4K/4 for instructions and data, none. "
        "Repeatable.",
    ),
]

# Under which settings, in place of those of firmware and chip


class Switch(StrEnum):
    """A switch as the user writes it."""

    ON = "on"
    OFF = "off"


class ConsoleChoice(StrEnum):
    """Where a firmware prints: `simtiny.exec.consoles.Console`."""

    AUTO = "auto"
    UART = "uart"
    RTT = "rtt"
    ITM = "itm"
    SEMIHOSTING = "semihosting"


Prefetch = Annotated[Switch | None, typer.Option("--prefetch", help="What if prefetch were so.")]
InstructionCache = Annotated[
    Switch | None, typer.Option("--icache", help="... the instruction cache, or one that holds data, too.")
]
DataCache = Annotated[Switch | None, typer.Option("--dcache", help="... the data cache.")]
ReadWidth = Annotated[
    int | None, typer.Option("--read-width", metavar="BITS", help="... if flash were read so many bits at a time.")
]
Placements = Annotated[
    list[str] | None,
    typer.Option(metavar="WHAT=MEMORY", help="... if this lay in another memory, such as weights=sram2. Repeatable."),
]

# What it is priced at
SupplyVolts = Annotated[
    float | None,
    typer.Option("--supply", metavar="VOLTS", help="Supply voltage for the energy; the board's usual by default."),
]
ClockMegahertz = Annotated[
    float | None,
    typer.Option(
        "--clock",
        metavar="MHZ",
        min=LEAST_MEGAHERTZ,
        help="What if the core ran at this clock, not what is programmed.",
    ),
]
WaitStates = Annotated[
    int | None,
    typer.Option(metavar="N", help="... with so many flash wait states; by default the least that are allowed."),
]
VoltageRange = Annotated[str | None, typer.Option(metavar="RANGE", help="... in this voltage range.")]
Regulator = Annotated[str | None, typer.Option(metavar="NAME", help="... with this regulator, such as ldo or smps.")]
PeriodSeconds = Annotated[
    float | None,
    typer.Option("--period", metavar="SECONDS", help="The work repeats so often: add the mean power with sleep."),
]
Sleep = Annotated[
    str | None,
    typer.Option(metavar="MODE", help="With --period: clocked (WFI; by default), or a mode of the platform file."),
]
EngineOption = Annotated[
    EngineChoice | None,
    typer.Option("--engine", help="What executes the firmware: unicorn (the default), renode, or both, compared."),
]
RenodeProgram = Annotated[
    Path | None, typer.Option("--renode", metavar="PROGRAM", help="The Renode to use; else one is looked for.")
]
Sequence = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What the application does in a period (TOML): add mean current, battery life."),
]

# How it is done, and where the outcome goes
Jobs = Annotated[int | None, typer.Option(min=1, help="Emulated boards at a time. One a processor by default.")]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Run on the Dask cluster of this scheduler, such as tcp://127.0.0.1:8786."),
]
Fresh = Annotated[
    bool,
    typer.Option("--fresh", help="Run the firmware even where its counts are kept in your cache, and replace them."),
]
Json = Annotated[
    str | None, typer.Option(metavar="[FILE]", help="Write JSON to FILE, or without FILE to standard output.")
]
Html = Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with charts to FILE.")]
