"""Where `simtiny check` goes beside the terminal: files for comments, test reports, dashboards, and annotations."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from simtiny.cli.outputs import Output
from simtiny.errors import BadInput
from simtiny.options import in_options

if TYPE_CHECKING:
    from simtiny.gate.result import CheckResult

_MOST_BASELINE_BYTES = 32 << 20
_BUNDLE_FILE = ".zip"
_WORKFLOW = "GITHUB_ACTIONS"
"""Set by GitHub where a workflow runs."""
_WORKSPACE = "GITHUB_WORKSPACE"

Name = Annotated[
    str,
    typer.Option(metavar="NAME", help="Tells this check from others of one pull request, in its comment and reports."),
]
Markdown = Annotated[
    str | None, typer.Option(metavar="FILE", help="Write Markdown to FILE, for a comment or a summary; - prints it.")
]
Junit = Annotated[str | None, typer.Option(metavar="FILE", help="Write a JUnit report (XML) to FILE.")]
BenchmarkAction = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Write JSON for github-action-benchmark (customSmallerIsBetter) to FILE."),
]
Bencher = Annotated[str | None, typer.Option(metavar="FILE", help="Write Bencher Metric Format (JSON) to FILE.")]
Openmetrics = Annotated[
    str | None, typer.Option(metavar="FILE", help="Write OpenMetrics text to FILE, for GitLab and Prometheus.")
]
Bundle = Annotated[
    str | None,
    typer.Option(metavar="FILE.zip", help="Write all of it with hashes to FILE.zip; simtiny verify reads it."),
]


def check_outputs(
    name: str,
    document: "Callable[[CheckResult], bytes]",
    *,
    markdown: str | None,
    junit: str | None,
    benchmark_action: str | None,
    bencher: str | None,
    openmetrics: str | None,
    bundle: str | None,
) -> "list[Output[CheckResult]]":
    """The outputs for other programs. document: renders what `--json` writes, which is in the bundle."""
    from simtiny.report.bundle import check_bundle
    from simtiny.report.check_bencher import check_bencher
    from simtiny.report.check_benchmark_action import check_benchmark_action
    from simtiny.report.check_junit import check_junit
    from simtiny.report.check_markdown import check_markdown
    from simtiny.report.check_openmetrics import check_openmetrics

    def check_bundle_name() -> None:
        if not str(bundle).endswith(_BUNDLE_FILE):
            raise BadInput(f"--bundle {bundle}: a bundle is a ZIP file: end its name in {_BUNDLE_FILE}")

    return [
        Output("--markdown", markdown, lambda result: check_markdown(_in_options(result), name)),
        Output("--junit", junit, lambda result: check_junit(result, name)),
        Output("--benchmark-action", benchmark_action, check_benchmark_action),
        Output("--bencher", bencher, check_bencher),
        Output("--openmetrics", openmetrics, check_openmetrics),
        Output(
            "--bundle",
            bundle,
            lambda result: check_bundle(_in_options(result), document(result), _baseline(result), name),
            check_bundle_name,
        ),
    ]


@contextmanager
def no_commands() -> Iterator[None]:
    """Where GitHub reads what is printed for commands, have it read none: names come from firmware."""
    if not os.environ.get(_WORKFLOW):
        yield
        return
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", flush=True)
    try:
        yield
    finally:
        print(f"::{token}::", flush=True)


def annotate(result: "CheckResult", stream: TextIO) -> None:
    """Print annotations where a workflow of GitHub runs: it reads them from standard error as from standard output."""
    if os.environ.get(_WORKFLOW):
        from simtiny.report.check_annotations import check_annotations

        stream.write(check_annotations(result, os.environ.get(_WORKSPACE, "")).decode())


def _in_options(result: "CheckResult") -> "CheckResult":
    """With options in place of the parameters that notes name: whoever reads them has typed a command."""
    told = (replace(each, notes=tuple(map(in_options, each.notes))) for each in result.checked)
    return replace(result, checked=tuple(told))


def _baseline(result: "CheckResult") -> bytes | None:
    """The file that was compared with; None where that is an image, or there is none."""
    from simtiny.files import read_bounded

    if result.baseline is None or not result.baseline.endswith(".json"):
        return None
    return read_bounded(Path(result.baseline), _MOST_BASELINE_BYTES)
