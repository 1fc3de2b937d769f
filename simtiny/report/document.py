"""The JSON documents, as docs/json-schema.md describes them: a change of meaning raises the number in the schema."""

import math
from collections.abc import Sequence
from typing import Any

from simtiny import __version__
from simtiny.mlperf.accuracy import AccuracyResult
from simtiny.report.result import RunResult

RUN_SCHEMA = "simtiny.run/1"
ACCURACY_SCHEMA = "simtiny.accuracy/1"


def run_document(results: Sequence[RunResult]) -> dict[str, Any]:
    """The document of `simtiny run --json`."""
    return {"schema": RUN_SCHEMA, "version": __version__, "results": [_result(result) for result in results]}


def accuracy_document(result: AccuracyResult) -> dict[str, Any]:
    """The document of `simtiny accuracy --json`."""
    import msgspec

    fields: dict[str, Any] = msgspec.to_builtins(result)
    value = None if math.isnan(result.value) else result.value
    return {
        "schema": ACCURACY_SCHEMA,
        "version": __version__,
        **fields,
        "value": value,
        "passed": result.passed,
    }


def _result(result: RunResult) -> dict[str, Any]:
    import msgspec

    fields: dict[str, Any] = msgspec.to_builtins(result)
    for row, layer in zip(fields["layers"], result.layers, strict=True):
        row["cycles_per_mac"] = layer.cycles_per_mac
    return {**fields, "cpi": result.cpi, "cycles_per_mac": result.cycles_per_mac}
