"""`simtiny crosscheck`: predictions beside the recorded latencies of the images that were measured."""

from typing import TYPE_CHECKING, Annotated

import typer

from simtiny.cli import options
from simtiny.cli.engines import crosscheck_engines, refuse_beside_both
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, json_text, outputs
from simtiny.cli.terminal import console, progress_bar
from simtiny.errors import BadInput, GateFailed
from simtiny.options import EngineChoice

if TYPE_CHECKING:
    from simtiny.validation.result import CrossCheck


def crosscheck(
    board: Annotated[list[str] | None, typer.Option(help="Only this board's results. Can be repeated.")] = None,
    round: Annotated[
        list[str] | None, typer.Option(help="Only results of this MLPerf Tiny round, such as 1.2. Can be repeated.")
    ] = None,
    jobs: options.Jobs = None,
    scheduler: options.Scheduler = None,
    check: Annotated[
        bool, typer.Option("--check", help="End with exit code 1 if an image failed or a target is missed.")
    ] = False,
    engine: options.EngineOption = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="With --engine both: so many images, spread over boards and benchmarks."),
    ] = None,
    renode: options.RenodeProgram = None,
    fresh: options.Fresh = False,
    json: options.Json = None,
    html: options.Html = None,
) -> None:
    """Run the published images from `simtiny fetch images`, and print predicted beside recorded latency.

    With --engine both, run them on Unicorn and on Renode, and say what differs.
    """
    if engine is EngineChoice.BOTH:
        refuse_beside_both(
            {"--jobs": jobs is not None, "--scheduler": scheduler is not None, "--html": html is not None}
        )
        crosscheck_engines(board or (), round or (), limit, renode, json)
        return
    if engine is EngineChoice.RENODE:
        raise BadInput("--engine renode: recorded latencies are held to predictions on Unicorn; --engine both compares")
    if limit is not None or renode is not None:
        raise BadInput(f"{'--limit' if limit is not None else '--renode'} goes with --engine both")
    write = outputs(
        Output("--html", html, _page),
        Output("--json", json, _document),
    )
    from simtiny import api

    with progress_bar("crosscheck") as progress:
        result = api.crosscheck(
            board or (), round or (), jobs=jobs, scheduler=scheduler, fresh=fresh, progress=progress
        )
    write(result)
    if json != STANDARD_OUTPUT:
        from simtiny.report.crosscheck_text import crosscheck_report

        console().print(crosscheck_report(result))
    if result.failed and not result.rows:
        raise GateFailed(f"all {len(result.failed)} images failed: {result.failed[0].reason}")
    if check and result.failed:
        raise GateFailed(f"{len(result.failed)} images failed: {result.failed[0].reason}")
    if check and not result.summaries:
        raise GateFailed("nothing was compared: no record that was asked for has a published image")
    if check:
        _check_targets(result)


def _check_targets(result: "CrossCheck") -> None:
    from simtiny.report.crosscheck_text import verdict_line
    from simtiny.validation.targets import verdicts

    missed = [verdict_line(each) for each in verdicts(result) if not each.met]
    if missed:
        raise GateFailed(f"targets are missed: {'; '.join(missed)}")


def _page(result: "CrossCheck") -> bytes:
    from simtiny.report.crosscheck_html import crosscheck_page

    return crosscheck_page(result).encode()


def _document(result: "CrossCheck") -> bytes:
    from simtiny.report.document import crosscheck_document

    return json_text(crosscheck_document(result))
