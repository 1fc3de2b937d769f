"""The JSON documents, as docs/json-schema.md describes them: a change of meaning raises the number in the schema."""

import math
from collections.abc import Sequence
from typing import Any

from simtiny.calibration.fit import Calibration
from simtiny.mlperf.accuracy import AccuracyResult
from simtiny.notes import texts
from simtiny.report.result import RunResult
from simtiny.validation.result import Comparison, CrossCheck, EnergyComparison, Left, OtherStack, Summary
from simtiny.version import __version__

RUN_SCHEMA = "simtiny.run/1"
ACCURACY_SCHEMA = "simtiny.accuracy/1"
CROSSCHECK_SCHEMA = "simtiny.crosscheck/1"
CALIBRATION_SCHEMA = "simtiny.calibration/1"


def run_document(results: Sequence[RunResult]) -> dict[str, Any]:
    """The document of `simtiny run --json`."""
    return {"schema": RUN_SCHEMA, "version": __version__, "results": [result.to_dict() for result in results]}


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


def crosscheck_document(result: CrossCheck) -> dict[str, Any]:
    """The document of `simtiny crosscheck --json`."""
    import msgspec

    return {
        "schema": CROSSCHECK_SCHEMA,
        "version": __version__,
        "rows": [_comparison(row) for row in result.rows],
        "summaries": [_summary(summary) for summary in result.summaries],
        "energy_summaries": msgspec.to_builtins(result.energy_summaries),
        "stacks": [_stack(row) for row in result.stacks],
        "failed": [_left(left) for left in result.failed],
        "left_out": [_left(left) for left in result.left_out],
    }


def calibration_document(board: str, result: Calibration) -> dict[str, Any]:
    """The document of `simtiny calibrate --json`."""
    import msgspec

    return {
        "schema": CALIBRATION_SCHEMA,
        "version": __version__,
        "board": board,
        "free": list(result.fit.free),
        "tied": dict(result.tied),
        "at_bound": list(result.fit.at_bound),
        "condition": result.fit.condition,
        "power": msgspec.to_builtins(result.fit.model),
        "observations": [
            {
                "name": row.name,
                "network": row.network,
                "stack": row.stack,
                "recorded_uj": row.energy_uj,
                "residual": residual,
                "left_out": {what: errors[index] for what, errors in result.left_out.items()},
            }
            for index, (row, residual) in enumerate(zip(result.observations, result.fit.residuals, strict=True))
        ],
    }


def _comparison(row: Comparison) -> dict[str, Any]:
    import msgspec

    return {
        "key": row.record.key,
        "core": row.core,
        "recorded_ms": row.record.latency_ms,
        "predicted_ms": row.predicted_ms,
        "error": row.error,
        "calibrated": row.calibrated,
        "stopwatch_ms": row.stopwatch_ms,
        "stopwatch_error": row.stopwatch_error,
        "baseline_ms": row.baseline_ms,
        "record": msgspec.to_builtins(row.record),
        "image": msgspec.to_builtins(row.image),
        "energy": _energy(row.energy),
        "notes": texts(row.notes),
        "note_details": msgspec.to_builtins(row.notes),
    }


def _energy(row: EnergyComparison | None) -> dict[str, Any] | None:
    import msgspec

    return None if row is None else {**msgspec.to_builtins(row), "error": row.error, "inside": row.inside}


def _stack(row: OtherStack) -> dict[str, Any]:
    import msgspec

    return {
        "key": row.record.key,
        "stack_class": row.stack_class,
        "record": msgspec.to_builtins(row.record),
        "energy": _energy(row.energy),
    }


def _summary(summary: Summary) -> dict[str, Any]:
    import msgspec

    return {
        "core": summary.core,
        "calibrated": summary.calibrated,
        "count": summary.count,
        "mean_error": summary.mean_error,
        "bias": summary.bias,
        "worst_error": summary.worst.error,
        "worst_key": summary.worst.record.key,
        "target": msgspec.to_builtins(summary.target),
        "met": summary.met,
        "baseline_error": summary.baseline_error,
    }


def _left(left: Left) -> dict[str, Any]:
    import msgspec

    return {"key": left.record.key, "reason": left.reason, "record": msgspec.to_builtins(left.record)}
