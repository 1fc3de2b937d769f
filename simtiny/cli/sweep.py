"""`simtiny sweep`: many configurations, priced from few executions."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simtiny.cli import options
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, outputs
from simtiny.cli.terminal import console, progress_bar
from simtiny.errors import BadInput

if TYPE_CHECKING:
    from simtiny.sweeps.result import SweepResult

STUDY_FILE = ".toml"
NARROW_COLUMNS = 100
"""A terminal with fewer has no place for columns that say nothing."""


def _listed(option: str, metavar: str, help: str) -> Any:
    return typer.Option(option, metavar=metavar, help=help)


def sweep(
    benchmarks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BENCHMARK|STUDY.toml]...",
            help="As for `run`, and patterns of these; or a study file, which options beside it override.",
            autocompletion=options.network_names,
        ),
    ] = None,
    board: Annotated[
        list[str] | None, _listed("--board", "LIST", "Boards: a,b, patterns such as 'nucleo-*', or all.")
    ] = None,
    image: Annotated[list[str] | None, _listed("--image", "FILES", "Firmware images, or patterns of these.")] = None,
    address: options.Address = None,
    model: Annotated[
        list[str] | None, _listed("--model", "FILES", "Networks (.tflite), or patterns such as 'nets/*.tflite'.")
    ] = None,
    weights: options.WeightsOption = None,
    kernels: Annotated[list[str] | None, _listed("--kernels", "LIST", "portable,dsp")] = None,
    start: options.Start = None,
    end: options.End = None,
    function: options.Function = None,
    clock: Annotated[
        list[str] | None, _listed("--clock", "LIST", "In MHz: 16,26,80, a range 16:120:8MHz, or all the chip's steps.")
    ] = None,
    voltage_range: Annotated[list[str] | None, _listed("--voltage-range", "LIST", "1,2 or all.")] = None,
    regulator: Annotated[list[str] | None, _listed("--regulator", "LIST", "ldo,smps or all.")] = None,
    supply: Annotated[list[str] | None, _listed("--supply", "LIST", "In volts: 1.8,3.0, 1.8:3.3:0.1 or all.")] = None,
    wait_states: Annotated[
        list[str] | None, _listed("--wait-states", "LIST", "0:5 or all; by default the least that are allowed.")
    ] = None,
    prefetch: Annotated[list[str] | None, _listed("--prefetch", "on,off", "Prefetch of the flash.")] = None,
    icache: Annotated[list[str] | None, _listed("--icache", "on,off", "Instruction cache, or one of both.")] = None,
    dcache: Annotated[list[str] | None, _listed("--dcache", "on,off", "Data cache.")] = None,
    cache: Annotated[
        list[str] | None, _listed("--cache", "LIST", "Other caches: none,4K/2,16K/2/32; 8K/2+4K/4 is one of each.")
    ] = None,
    read_width: Annotated[list[str] | None, _listed("--read-width", "BITS", "Of the flash: 64,128.")] = None,
    place: Annotated[
        list[str] | None, _listed("--place", "WHAT=MEMORY", "weights=dtcm+stack=sram2 together; several are compared.")
    ] = None,
    period: options.PeriodSeconds = None,
    sleep: options.Sleep = None,
    minimise: Annotated[
        str | None,
        typer.Option(metavar="WHAT", help="What the best point has least of: energy (by default), latency..."),
    ] = None,
    subject_to: Annotated[
        list[str] | None, typer.Option(metavar="CONDITION", help="'latency<50ms', 'ram<128KiB'... Repeatable.")
    ] = None,
    sequence: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What else the application does: adds current and days of battery."),
    ] = None,
    jobs: options.Jobs = None,
    scheduler: options.Scheduler = None,
    fresh: options.Fresh = False,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write all points to FILE.")] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", metavar="FILE", help="The same as Parquet.")] = None,
    json: options.Json = None,
    html: options.Html = None,
) -> None:
    """Price every combination of what is listed, from few executions, and print the best.

    Lists have commas, ranges both ends; `as-is` in a list is what there is without the option.
    """
    studies, names = _parted(benchmarks or [])
    from simtiny.sweeps.study import files_read, in_api_units, read_study, study_of
    from simtiny.sweeps.table_files import check_parquet

    words: dict[str, Any] = {
        "benchmark": names or None,
        "board": board,
        "image": image,
        "address": address,
        "model": model,
        "weights": weights,
        "kernels": kernels,
        **{name: _one(given) for name, given in (("start", start), ("end", end), ("function", function))},
        "clock_hz": None if clock is None else in_api_units("clock", clock),
        "voltage_range": voltage_range,
        "regulator": regulator,
        "supply_v": supply,
        "wait_states": wait_states,
        "prefetch": prefetch,
        "instruction_cache": icache,
        "data_cache": dcache,
        "caches": cache,
        "read_width_bits": read_width,
        "place": place,
        "period_s": period,
        "sleep": sleep,
        "minimise": minimise,
        "subject_to": subject_to,
        "sequence": sequence,
    }
    asked = read_study(Path(studies[0])) if studies else {}
    asked |= {word: value for word, value in words.items() if value is not None}
    write = outputs(
        Output("--html", html, _page),
        Output("--parquet", parquet, _parquet, check_parquet),
        Output("--csv", csv, _csv),
        Output("--json", json, _json),
        inputs=(*studies, *files_read(study_of(asked))),
    )
    from simtiny import api

    with progress_bar("sweep") as progress:
        result = api.sweep(
            words.pop("benchmark"),
            study=studies[0] if studies else None,
            jobs=jobs,
            scheduler=scheduler,
            fresh=fresh,
            progress=progress,
            **words,
        )
    write(result)
    if json != STANDARD_OUTPUT:
        from simtiny.report.sweep_text import sweep_report

        terminal = console()
        report = sweep_report(result, narrow=terminal.width < NARROW_COLUMNS)
        terminal.print(report)


def _one(names: list[str] | None) -> str | list[str] | None:
    """The name of a window, of which a study has one."""
    return names[0] if names and len(names) == 1 else names


def _parted(given: list[str]) -> tuple[list[str], list[str]]:
    """Study files, and names of benchmarks."""
    studies = [name for name in given if name.lower().endswith(STUDY_FILE)]
    if len(studies) > 1:
        raise BadInput(f"one study file at a time, not {' and '.join(studies)}")
    return studies, [name for name in given if name not in studies]


def _page(result: "SweepResult") -> bytes:
    from simtiny.report.sweep_html import sweep_page

    return sweep_page(result).encode()


def _parquet(result: "SweepResult") -> bytes:
    from simtiny.sweeps.table_files import parquet_bytes

    return parquet_bytes(result)


def _csv(result: "SweepResult") -> "Iterator[bytes]":
    from simtiny.sweeps.table_files import csv_chunks

    return csv_chunks(result)


def _json(result: "SweepResult") -> "Iterator[bytes]":
    from simtiny.report.sweep_document import sweep_json

    return sweep_json(result)
