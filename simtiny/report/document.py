"""The JSON documents, as docs/json-schema.md describes them: a change of meaning raises the number in the schema."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from simtiny.calibration.fit import Calibration
from simtiny.comparison.engine_result import EnginesResult
from simtiny.comparison.result import Comparison as Difference
from simtiny.exec.result import ExecResult
from simtiny.gate.result import CheckResult
from simtiny.intervals import LEVEL
from simtiny.mlperf.accuracy import AccuracyResult
from simtiny.mlperf.identity import Identity, board_sha256, engine, task_input_sha256
from simtiny.mlperf.tasks import TASKS
from simtiny.notes import texts
from simtiny.published import PublishedImage
from simtiny.renode.export import Export
from simtiny.report.boards import BoardDetails, BoardSummary
from simtiny.report.price_result import PriceResult
from simtiny.report.result import RunResult
from simtiny.report.schema import (
    BoardDocument,
    BoardsDocument,
    CalibrationDocument,
    CheckDocument,
    CompareDocument,
    ComparisonObject,
    CrossCheckDocument,
    EnginesDocument,
    ExecDocument,
    ExportDocument,
    KindSummaryObject,
    LeftObject,
    PriceDocument,
    RunDocument,
    StackObject,
    SuiteDocument,
    SuiteRowObject,
    SummaryObject,
    TargetObject,
    VerifyDocument,
)
from simtiny.report.verify_bundle import Verified
from simtiny.suite_check.result import KindSummary, SuiteCheck, SuiteRow
from simtiny.validation.outcomes import board_of
from simtiny.validation.result import Comparison, CrossCheck, EnergyComparison, Left, OtherStack, Summary
from simtiny.validation.targets import Verdict, verdicts
from simtiny.version import __version__


def run_document(results: Sequence[RunResult]) -> RunDocument:
    """The document of `simtiny run --json`."""
    return {"schema": "simtiny.run/1", "version": __version__, "results": [result.to_dict() for result in results]}


def price_document(result: PriceResult) -> PriceDocument:
    """The document of `simtiny price --json`."""
    return {"schema": "simtiny.price/1", "version": __version__, "result": result.to_dict()}


def exec_document(result: ExecResult) -> ExecDocument:
    """The document of `simtiny exec --json`."""
    return {"schema": "simtiny.exec/1", "version": __version__, "result": result.to_dict()}


def export_document(result: Export) -> ExportDocument:
    """The document of `simtiny export renode --json`."""
    return {
        "schema": "simtiny.export/1",
        "version": __version__,
        "board": result.board,
        "folder": str(result.folder),
        "files": list(result.files),
        "serial": result.serial,
        "clock_hz": dict(result.clock_hz),
        "clocks_from": result.clocks_from,
        "not_modelled": [{"what": what, "how": how} for what, how in result.not_modelled],
    }


def compare_document(comparisons: Sequence[Difference]) -> CompareDocument:
    """The document of `simtiny compare --json`."""
    found = [comparison.to_dict() for comparison in comparisons]
    return {"schema": "simtiny.compare/1", "version": __version__, "comparisons": found}


def engines_document(result: EnginesResult) -> EnginesDocument:
    """The document of `simtiny run --engine both --json`, and of crosscheck's."""
    return {
        "schema": "simtiny.engines/1",
        "version": __version__,
        "chosen": result.chosen,
        "comparisons": [comparison.to_dict() for comparison in result.comparisons],
        "not_comparable": msgspec.to_builtins(result.not_comparable),
    }


def check_document(result: CheckResult) -> CheckDocument:
    """The document of `simtiny check --json`."""
    return {
        "schema": "simtiny.check/1",
        "version": result.version,
        "passed": result.passed,
        "baseline": result.baseline,
        "updated": result.updated,
        "gone": list(result.gone),
        "requests": [{**msgspec.to_builtins(each), "passed": each.passed} for each in result.checked],
    }


def verify_document(found: Verified) -> VerifyDocument:
    """The document of `simtiny verify --json`."""
    return {
        "schema": "simtiny.verify/1",
        "version": __version__,
        "bundle": found.bundle,
        "whole": found.whole,
        "problems": list(found.problems),
        "manifest_sha256": found.manifest_sha256,
        "manifest": msgspec.to_builtins(found.manifest),
    }


def accuracy_document(result: AccuracyResult) -> dict[str, Any]:
    """The document of `simtiny accuracy --json`."""
    fields: dict[str, Any] = msgspec.to_builtins(result)
    value = None if math.isnan(result.value) else result.value
    return {
        "schema": "simtiny.accuracy/1",
        "version": __version__,
        **fields,
        "value": value,
        "passed": result.passed,
    }


def crosscheck_document(result: CrossCheck) -> CrossCheckDocument:
    """The document of `simtiny crosscheck --json`."""
    return {
        "schema": "simtiny.crosscheck/1",
        "version": __version__,
        "options": msgspec.to_builtins(result.options),
        "interval_level": LEVEL,
        "rows": [_comparison(row) for row in result.rows],
        "summaries": [_summary(summary) for summary in result.summaries],
        "energy_summaries": msgspec.to_builtins(result.energy_summaries),
        "targets": [_target(each) for each in verdicts(result)],
        "stacks": [_stack(row) for row in result.stacks],
        "failed": [_left(left) for left in result.failed],
        "left_out": [_left(left) for left in result.left_out],
    }


def suite_document(result: SuiteCheck) -> SuiteDocument:
    """The document of `simtiny crosscheck --suite --json`."""
    return {
        "schema": "simtiny.suite/1",
        "version": __version__,
        "options": msgspec.to_builtins(result.options),
        "interval_level": LEVEL,
        "suite": result.suite.name,
        "commit": result.suite.commit,
        "builds": result.suite.builds,
        "rows": [_suite_row(row) for row in result.rows],
        "summaries": [_kind_summary(summary) for summary in result.summaries],
        "failed": msgspec.to_builtins(result.failed),
        "missing": list(result.missing),
    }


def _suite_row(row: SuiteRow) -> SuiteRowObject:
    return {
        "figure": msgspec.to_builtins(row.figure),
        "predicted": row.predicted,
        "low": row.low,
        "high": row.high,
        "error": row.error,
        "inside": row.inside,
        "runs": row.runs,
        "chance": row.chance,
        "judged": row.judged,
        "said": row.said,
    }


def _kind_summary(summary: KindSummary) -> KindSummaryObject:
    return {
        "kind": summary.kind,
        "use": summary.use,
        "count": summary.count,
        "mean_error": summary.mean_error,
        "bias": summary.bias,
        "worst_error": summary.worst.error,
        "worst_name": summary.worst.figure.name,
        "worst_part": summary.worst.figure.part,
        "inside": summary.inside,
        "target": msgspec.to_builtins(summary.target),
        "met": summary.met,
    }


def calibration_document(board: str, result: Calibration) -> CalibrationDocument:
    """The document of `simtiny calibrate --json`."""
    return {
        "schema": "simtiny.calibration/1",
        "version": __version__,
        "board": board,
        "options": msgspec.to_builtins(result.options),
        "board_sha256": result.board_sha256,
        "engine": engine(),
        "interval_level": LEVEL,
        "free": list(result.fit.free),
        "tied": dict(result.tied),
        "at_bound": list(result.fit.at_bound),
        "condition": result.fit.condition,
        "power": msgspec.to_builtins(result.fit.model),
        "observations": [
            {
                "name": row.name,
                "image_sha256": row.image_sha256,
                "network": row.network,
                "stack": row.stack,
                "recorded_uj": row.energy_uj,
                "residual": residual,
                "left_out": {what: errors[index] for what, errors in result.left_out.items()},
            }
            for index, (row, residual) in enumerate(zip(result.observations, result.fit.residuals, strict=True))
        ],
    }


def boards_document(boards: Sequence[BoardSummary]) -> BoardsDocument:
    """The document of `simtiny boards --json`."""
    return {"schema": "simtiny.boards/1", "version": __version__, "boards": msgspec.to_builtins(tuple(boards))}


def board_document(board: BoardDetails) -> BoardDocument:
    """The document of `simtiny boards show BOARD --json`."""
    return {"schema": "simtiny.board/1", "version": __version__, "board": msgspec.to_builtins(board)}


def _comparison(row: Comparison) -> ComparisonObject:
    return {
        "key": row.record.key,
        "core": row.core,
        "recorded_ms": row.record.latency_ms,
        "predicted_ms": row.predicted_ms,
        "low_ms": row.low_ms,
        "high_ms": row.high_ms,
        "error": row.error,
        "inside": row.inside,
        "calibrated": row.calibrated,
        "stopwatch_ms": row.stopwatch_ms,
        "stopwatch_error": row.stopwatch_error,
        "baseline_ms": row.baseline_ms,
        "record": msgspec.to_builtins(row.record),
        "image": msgspec.to_builtins(row.image),
        "identity": msgspec.to_builtins(_identity(row.image)),
        "energy": None if row.energy is None else _energy(row.energy),
        "notes": texts(row.notes),
        "note_details": msgspec.to_builtins(row.notes),
    }


def _identity(image: PublishedImage) -> Identity:
    return Identity(
        image_sha256=image.sha256,
        model_sha256=None,
        plan_sha256=None,
        input_sha256=task_input_sha256(TASKS[image.benchmark]),
        board_sha256=board_sha256(board_of(image)),
        engine=engine(),
    )


def _energy(row: EnergyComparison) -> dict[str, Any]:
    return {**msgspec.to_builtins(row), "error": row.error, "inside": row.inside}


def _stack(row: OtherStack) -> StackObject:
    return {
        "key": row.record.key,
        "stack_class": row.stack_class,
        "record": msgspec.to_builtins(row.record),
        "energy": _energy(row.energy),
    }


def _summary(summary: Summary) -> SummaryObject:
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
        "inside": summary.inside,
    }


def _target(verdict: Verdict) -> TargetObject:
    return {
        "what": verdict.what,
        "core": verdict.core,
        "found": verdict.found,
        "low": verdict.low,
        "high": verdict.high,
        "met": verdict.met,
    }


def _left(left: Left) -> LeftObject:
    return {"key": left.record.key, "reason": left.reason, "record": msgspec.to_builtins(left.record)}
