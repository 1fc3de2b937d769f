"""What `--engine both` does of `simtiny run` and `simtiny crosscheck`: two engines, compared."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simtiny.cli.outputs import STANDARD_OUTPUT, Output, json_text, outputs
from simtiny.cli.terminal import console, progress_bar
from simtiny.errors import BadInput, GateFailed

if TYPE_CHECKING:
    from simtiny.comparison.engine_result import EnginesResult


def refuse_beside_both(given: Mapping[str, bool]) -> None:
    """BadInput for an option that was given and has no effect on a comparison of engines."""
    for option in (option for option, is_given in given.items() if is_given):
        raise BadInput(f"{option} has no effect with --engine both: leave it out")


def compare_engines(
    benchmarks: Sequence[str] | None,
    words: Mapping[str, Any],
    layers: bool,
    json: str | None,
    inputs: Iterable[str | Path | None],
) -> None:
    """Of `simtiny run`: `words` are those of a `Request`. Raises GateFailed for what nothing explains."""
    if layers and json == STANDARD_OUTPUT:
        raise BadInput("--layers adds to what is printed, and --json without a file prints the document alone")
    write = outputs(Output("--json", json, _document), inputs=inputs)
    from simtiny import api

    with progress_bar("running on both") as progress:
        result = api.compare_engines(benchmarks or None, **words, progress=progress)
    write(result)
    if json != STANDARD_OUTPUT:
        from simtiny.report.engines_text import engines_report

        console().print(engines_report(result, layers=layers))
    _judge(result)


def crosscheck_engines(
    boards: Sequence[str], rounds: Sequence[str], limit: int | None, renode: Path | None, json: str | None
) -> None:
    """Of `simtiny crosscheck`. Raises GateFailed for what nothing explains, or where nothing could be compared."""
    write = outputs(Output("--json", json, _document))
    from simtiny import api

    with progress_bar("crosscheck of engines") as progress:
        result = api.crosscheck_engines(boards, rounds, limit=limit, renode=renode, progress=progress)
    write(result)
    if json != STANDARD_OUTPUT:
        from simtiny.report.engines_text import images_report

        console().print(images_report(result))
    if not result.comparisons:
        left = result.not_comparable[0]
        raise GateFailed(f"none of the {len(result.not_comparable)} images was compared: {left.title}: {left.reason}")
    _judge(result)


def _judge(result: "EnginesResult") -> None:
    if result.unexplained:
        first = result.unexplained[0]
        difference = first.unexplained[0]
        raise GateFailed(
            f"{first.a} and {first.b} differ on {first.title}, and nothing explains it: "
            f"{difference.what}, {difference.place}: {difference.a} and {difference.b}"
        )


def _document(result: "EnginesResult") -> bytes:
    from simtiny.report.document import engines_document

    return json_text(engines_document(result))
