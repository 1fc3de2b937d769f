"""What the JSON documents are made of, as types, and the JSON Schema of each, which follows from these.

What a document takes over from a dataclass as it is stands there, once; here is what documents add.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_type_hints

import msgspec

from simtiny.comparison.engine_result import EngineComparison, NotComparable
from simtiny.comparison.result import Comparison as Difference
from simtiny.errors import unknown
from simtiny.exec.result import ExecResult
from simtiny.gate.result import Checked
from simtiny.mlperf.accuracy import AccuracyResult
from simtiny.mlperf.identity import Identity
from simtiny.notes import Note
from simtiny.power_model import PowerModel
from simtiny.published import PublishedImage
from simtiny.records import Record
from simtiny.report.boards import BoardDetails, BoardSummary
from simtiny.report.bundle import Manifest
from simtiny.report.price_result import PriceResult
from simtiny.report.profile_document import ProfileDocument
from simtiny.report.result import Layer, RunResult
from simtiny.suite_check.result import Unmeasured
from simtiny.suite_check.suite import Target as SuiteTarget
from simtiny.suites import Figure
from simtiny.sweeps.columns import NUMBERS
from simtiny.sweeps.result import KNOBS, LIFE, OUTCOMES, STATUS, WHOLE
from simtiny.validation.result import EnergyComparison, EnergySummary, Target

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _object(name: str, kind: type, **others: Any) -> Any:
    """An object with the fields of a dataclass, and `others` beside or in place of them."""
    make: Any = TypedDict  # for mypy its fields would have to be a literal
    made = make(name, {**get_type_hints(kind), **others})
    made.__doc__ = kind.__doc__
    return made


if TYPE_CHECKING:
    LayerObject = dict[str, Any]
    ResultObject = dict[str, Any]
    PriceObject = dict[str, Any]
    ExecObject = dict[str, Any]
    EnergyObject = dict[str, Any]
    DifferenceObject = dict[str, Any]
    EnginesObject = dict[str, Any]
    CheckedObject = dict[str, Any]
else:
    LayerObject = _object("LayerObject", Layer, cycles_per_mac=float | None)
    ResultObject = _object(
        "ResultObject",
        RunResult,
        layers=tuple[LayerObject, ...],
        notes=tuple[str, ...],
        note_details=tuple[Note, ...],
        cpi=float,
        cycles_per_mac=float | None,
    )
    PriceObject = _object(
        "PriceObject", PriceResult, notes=tuple[str, ...], note_details=tuple[Note, ...], cpi=float | None
    )
    ExecObject = _object("ExecObject", ExecResult, notes=tuple[str, ...], note_details=tuple[Note, ...])
    EnergyObject = _object("EnergyObject", EnergyComparison, error=float, inside=bool)
    DifferenceObject = _object("DifferenceObject", Difference, words=tuple[str, ...])
    EnginesObject = _object("EnginesObject", EngineComparison, agrees=bool, is_equal=bool)
    CheckedObject = _object("CheckedObject", Checked, result=ResultObject, passed=bool)


class ComparisonObject(TypedDict):
    """A recorded result whose image was run."""

    key: str
    core: str
    recorded_ms: float
    predicted_ms: float
    low_ms: float
    high_ms: float
    error: float
    inside: bool
    calibrated: bool
    stopwatch_ms: float | None
    stopwatch_error: float | None
    baseline_ms: float | None
    record: Record
    image: PublishedImage
    identity: Identity
    energy: EnergyObject | None
    notes: list[str]
    note_details: list[Note]


class StackObject(TypedDict):
    """A recorded energy whose image was not published."""

    key: str
    stack_class: str
    record: Record
    energy: EnergyObject


class SummaryObject(TypedDict):
    """Statistics of the rows of a core."""

    core: str
    calibrated: bool
    count: int
    mean_error: float
    bias: float
    worst_error: float
    worst_key: str
    target: Target | None
    met: bool | None
    baseline_error: float | None
    inside: int


class TargetObject(TypedDict):
    """A figure and what is asked of it."""

    what: str
    core: str
    found: float
    low: float
    high: float
    met: bool


class LeftObject(TypedDict):
    """A recorded result without a comparison."""

    key: str
    reason: str
    record: Record


class ObservationObject(TypedDict):
    """A measured window of a calibration."""

    name: str
    image_sha256: str
    network: str
    stack: str
    recorded_uj: float
    residual: float
    left_out: dict[str, float]


class RunDocument(TypedDict):
    """Of `simtiny run --json`."""

    schema: Literal["simtiny.run/1"]
    version: str
    results: list[ResultObject]


class PriceDocument(TypedDict):
    """Of `simtiny price --json`."""

    schema: Literal["simtiny.price/1"]
    version: str
    result: PriceObject


class ExecDocument(TypedDict):
    """Of `simtiny exec --json`."""

    schema: Literal["simtiny.exec/1"]
    version: str
    result: ExecObject


class CompareDocument(TypedDict):
    """Of `simtiny compare --json`."""

    schema: Literal["simtiny.compare/1"]
    version: str
    comparisons: list[DifferenceObject]


class EnginesDocument(TypedDict):
    """Of `simtiny run --engine both --json` and `simtiny crosscheck --engine both --json`."""

    schema: Literal["simtiny.engines/1"]
    version: str
    chosen: str
    comparisons: list[EnginesObject]
    not_comparable: list[NotComparable]


class CheckDocument(TypedDict):
    """Of `simtiny check --json`."""

    schema: Literal["simtiny.check/1"]
    version: str
    passed: bool
    baseline: str | None
    updated: bool
    gone: list[str]
    requests: list[CheckedObject]


AccuracyDocument = _object(
    "AccuracyDocument",
    AccuracyResult,
    schema=Literal["simtiny.accuracy/1"],
    version=str,
    value=float | None,
    passed=bool,
    identity=Identity,
)


class CrossCheckDocument(TypedDict):
    """Of `simtiny crosscheck --json`."""

    schema: Literal["simtiny.crosscheck/1"]
    version: str
    options: dict[str, Any]
    interval_level: float
    rows: list[ComparisonObject]
    summaries: list[SummaryObject]
    energy_summaries: list[EnergySummary]
    targets: list[TargetObject]
    stacks: list[StackObject]
    failed: list[LeftObject]
    left_out: list[LeftObject]


class SuiteRowObject(TypedDict):
    """A recorded figure and its prediction, both in the figure's unit."""

    figure: Figure
    predicted: float
    low: float
    high: float
    error: float
    inside: bool
    runs: int
    chance: float
    judged: bool
    said: str


class KindSummaryObject(TypedDict):
    """Statistics of the judged rows of one kind of code."""

    kind: str
    use: str
    count: int
    mean_error: float
    bias: float
    worst_error: float
    worst_name: str
    worst_part: str
    inside: int
    target: SuiteTarget | None
    met: bool | None


class SuiteDocument(TypedDict):
    """Of `simtiny crosscheck --suite --json`."""

    schema: Literal["simtiny.suite/1"]
    version: str
    options: dict[str, Any]
    interval_level: float
    suite: str
    commit: str
    builds: str
    rows: list[SuiteRowObject]
    summaries: list[KindSummaryObject]
    failed: list[Unmeasured]
    missing: list[str]


class CalibrationDocument(TypedDict):
    """Of `simtiny calibrate --json`."""

    schema: Literal["simtiny.calibration/1"]
    version: str
    board: str
    options: dict[str, Any]
    board_sha256: str | None
    engine: str
    interval_level: float
    free: list[str]
    tied: dict[str, str]
    at_bound: list[str]
    condition: float
    power: PowerModel
    observations: list[ObservationObject]


class BoardsDocument(TypedDict):
    """Of `simtiny boards --json`."""

    schema: Literal["simtiny.boards/1"]
    version: str
    boards: list[BoardSummary]


class BoardDocument(TypedDict):
    """Of `simtiny boards show BOARD --json`."""

    schema: Literal["simtiny.board/1"]
    version: str
    board: BoardDetails


class NotModelledObject(TypedDict):
    """What of a board an exported folder leaves out, or does otherwise."""

    what: str
    how: str


class ExportDocument(TypedDict):
    """Of `simtiny export renode --json`: what was written.

    serial: the port that the host talks to, in Renode. clock_hz: the clocks of the folder by simtiny's names;
    clocks_from: "the firmware", which programs them, or "the data sheet's limit".
    """

    schema: Literal["simtiny.export/1"]
    version: str
    board: str
    folder: str
    files: list[str]
    serial: str
    clock_hz: dict[str, float]
    clocks_from: str
    not_modelled: list[NotModelledObject]


if TYPE_CHECKING:
    PointObject = dict[str, Any]
else:
    PointObject = TypedDict(
        "PointObject",
        {
            **dict.fromkeys((*KNOBS, *STATUS), str),
            **dict.fromkeys((*NUMBERS, *OUTCOMES, *LIFE), float | None),
            **dict.fromkeys(WHOLE, int | None),
            **dict.fromkeys(("legal", "validated"), bool),
        },
    )
    PointObject.__doc__ = """A configuration: its knobs, what it comes to, and whether it is legal and on record."""


class SweepDocument(TypedDict):
    """Of `simtiny sweep --json`."""

    schema: Literal["simtiny.sweep/1"]
    version: str
    interval_level: float
    options: dict[str, Any]
    varied: list[str]
    minimise: str
    subject_to: list[str]
    executions: int
    stored: int
    words: list[str]
    notes: list[str]
    best: list[int]
    front: list[int]
    points: list[PointObject]


class VerifyDocument(TypedDict):
    """Of `simtiny verify --json`."""

    schema: Literal["simtiny.verify/1"]
    version: str
    bundle: str
    whole: bool
    problems: list[str]
    manifest_sha256: str
    manifest: Manifest


DOCUMENTS: Mapping[str, Any] = MappingProxyType(
    {
        "run": RunDocument,
        "accuracy": AccuracyDocument,
        "crosscheck": CrossCheckDocument,
        "suite": SuiteDocument,
        "calibration": CalibrationDocument,
        "boards": BoardsDocument,
        "board": BoardDocument,
        "compare": CompareDocument,
        "engines": EnginesDocument,
        "check": CheckDocument,
        "sweep": SweepDocument,
        "profile": ProfileDocument,
        "price": PriceDocument,
        "exec": ExecDocument,
        "verify": VerifyDocument,
        "export": ExportDocument,
    }
)
"""By the name between "simtiny." and the number of its schema."""


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a document: each field that it has is required, more may come. BadInput for another name."""
    if name not in DOCUMENTS:
        raise unknown("document", name, DOCUMENTS)
    schema = msgspec.json.schema(DOCUMENTS[name])
    for definition in schema["$defs"].values():
        if "properties" in definition:
            definition["required"] = list(definition["properties"])
            definition["properties"] = {key: _without_default(kind) for key, kind in definition["properties"].items()}
    return {"$schema": DIALECT, "title": f"simtiny.{name}/1", **schema}


def _without_default(kind: dict[str, Any]) -> dict[str, Any]:
    """A default is what Python takes: the document holds each field."""
    return {key: value for key, value in kind.items() if key != "default"}
