"""`simtiny crosscheck`: predictions beside the recorded latencies of the images that were measured."""

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
from simtiny.errors import GateFailed


def crosscheck(
    board: Annotated[list[str] | None, typer.Option(help="Only this board's results. Can be repeated.")] = None,
    round: Annotated[
        list[str] | None, typer.Option(help="Only results of this MLPerf Tiny round, such as 1.2. Can be repeated.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Emulated boards at a time. One a processor by default.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="End with exit code 1 if an image failed or a core misses its target.")
    ] = False,
    json: Annotated[
        str | None, typer.Option(metavar="[FILE]", help="Write JSON to FILE, or without FILE to standard output.")
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with a chart to FILE.")] = None,
) -> None:
    """Run the published images from `simtiny fetch images`, and print predicted beside recorded latency."""
    check_writable(json)
    check_page(html)
    check_distinct(json, html)
    from simtiny import api

    with progress_bar("crosscheck") as progress:
        result = api.crosscheck(board or (), round or (), jobs=jobs, progress=progress)
    if html is not None:
        from simtiny.report.crosscheck_html import crosscheck_page

        write_file(crosscheck_page(result).encode(), html)
    if json is not None:
        from simtiny.report.document import crosscheck_document

        write_json(crosscheck_document(result), json)
    if json != STANDARD_OUTPUT:
        from simtiny.report.crosscheck_text import crosscheck_report

        console().print(crosscheck_report(result))
    missed = [summary.core for summary in result.summaries if summary.met is False]
    if result.failed and not result.rows:
        raise GateFailed(f"all {len(result.failed)} images failed: {result.failed[0].reason}")
    if check and result.failed:
        raise GateFailed(f"{len(result.failed)} images failed: {result.failed[0].reason}")
    if check and not result.summaries:
        raise GateFailed("nothing was compared: no record that was asked for has a published image")
    if check and missed:
        raise GateFailed(f"the mean or the worst error misses the target of {', '.join(missed)}")
