"""`simtiny crosscheck`: predictions beside the recorded latencies of the images that were measured."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simtiny.cli import options
from simtiny.cli.engines import crosscheck_engines, refuse_beside_both
from simtiny.cli.outputs import STANDARD_OUTPUT, Output, json_text, outputs
from simtiny.cli.terminal import console, progress_bar
from simtiny.errors import BadInput, GateFailed
from simtiny.options import EngineChoice

if TYPE_CHECKING:
    from simtiny.suite_check.result import SuiteCheck
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
    suite: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Run user-built programs of pqm4, embench or coremark; with --programs."),
    ] = None,
    programs: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="With --suite: where the programs are that you have built.")
    ] = None,
    fresh: options.Fresh = False,
    json: options.Json = None,
    html: options.Html = None,
) -> None:
    """Run the published images from `simtiny fetch images`, and print predicted beside recorded latency.

    With --engine both, run them on Unicorn and on Renode, and say what differs. With --suite, run programs that you
    have built from public sources, and print predicted beside recorded cycles.
    """
    if suite is not None or programs is not None:
        given = {"--board": board, "--round": round, "--engine": engine, "--limit": limit, "--renode": renode}
        _suite(suite, programs, {**given, "--scheduler": scheduler}, jobs, check, fresh, json, html)
        return
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


def _suite(
    suite: str | None,
    programs: Path | None,
    others: Mapping[str, object],
    jobs: int | None,
    check: bool,
    fresh: bool,
    json: str | None,
    html: Path | None,
) -> None:
    from simtiny.suite_check.suite import how_to_build, suite_named

    if suite is None:
        raise BadInput("--programs goes with --suite")
    known = suite_named(suite)
    for option, value in others.items():
        if value not in (None, []):
            raise BadInput(f"{option} is of the published images: it does not go with --suite")
    if programs is None:
        raise BadInput(f"--suite {suite} needs --programs FOLDER: {how_to_build(known)}")
    write = outputs(Output("--html", html, _suite_page), Output("--json", json, _suite_document))
    from simtiny import api

    with progress_bar(f"crosscheck {suite}") as progress:
        result = api.crosscheck_suite(suite, programs, jobs=jobs, fresh=fresh, progress=progress)
    write(result)
    if json != STANDARD_OUTPUT:
        from simtiny.report.suite_text import suite_report

        console().print(suite_report(result))
    if result.failed and (check or not result.rows):
        first = result.failed[0]
        raise GateFailed(f"{len(result.failed)} programs failed: {first.program}: {first.reason}")
    missed = [f"{summary.kind} ({summary.use})" for summary in result.summaries if summary.met is False]
    if check and missed:
        raise GateFailed(f"the mean or the worst error misses the target of {', '.join(missed)}")
    if check and not result.summaries:
        raise GateFailed("nothing was judged: what the programs took depends on random numbers")


def _suite_page(result: "SuiteCheck") -> bytes:
    from simtiny.report.suite_html import suite_page

    return suite_page(result).encode()


def _suite_document(result: "SuiteCheck") -> bytes:
    from simtiny.report.document import suite_document

    return json_text(suite_document(result))


def _page(result: "CrossCheck") -> bytes:
    from simtiny.report.crosscheck_html import crosscheck_page

    return crosscheck_page(result).encode()


def _document(result: "CrossCheck") -> bytes:
    from simtiny.report.document import crosscheck_document

    return json_text(crosscheck_document(result))
