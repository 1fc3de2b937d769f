"""Where calibration gets measured windows: records whose images were fetched, or measurements of the user's own."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from simtiny.board import Board
from simtiny.calibration.windows import Window
from simtiny.counts import Question, counted
from simtiny.errors import BadInput, SimtinyError
from simtiny.files import read_bounded, shown
from simtiny.mlperf.tasks import ONE_BENCHMARK
from simtiny.mlperf.workload import build
from simtiny.progress import Progress
from simtiny.published import COMMAND, PublishedImage, is_cached, published_images
from simtiny.records import Record, all_records
from simtiny.request import Request
from simtiny.validation.outcomes import measure_all

COLUMNS = {
    "image": "path of the firmware that was measured",
    "address": "load address of a raw BIN",
    "benchmark": f"{ONE_BENCHMARK}, if the firmware doesn't tell",
    "function": "what was measured is one call of this function, not an inference by the MLPerf Tiny protocol",
    "from": "what was measured begins at this symbol or address ...",
    "to": "... and ends at this one",
    "stack": "a name for the software, to leave out all of one",
    "clock_hz": "core clock; must be what the firmware programs",
    "supply_v": "supply voltage",
    "energy_uj": "energy of one inference, or of what function or from and to bound, at the supply pins",
    "current_ma": "mean current meanwhile, instead of energy_uj",
}
MAX_FILE_BYTES = 16 << 20
_REQUIRED = ("image", "supply_v")
_LEAST_POWER_W, _MOST_POWER_W = 1e-6, 10.0  # far below and above what a Cortex-M draws while it runs
_CLOCK_TOLERANCE = 0.02  # an RC oscillator is off by up to 1 or 2 %


@dataclass(frozen=True)
class Measured:
    """One line of a file of measurements: COLUMNS. One of `energy_uj` and `current_ma` is there."""

    line: int
    image: str
    supply_v: float
    energy_uj: float | None
    current_ma: float | None
    clock_hz: float | None
    address: int | None
    benchmark: str | None
    stack: str
    function: str | None = None
    start: str | None = None
    end: str | None = None


def of_records(board: Board, keys: Sequence[str], jobs: int, told: Progress, *, fresh: bool = False) -> list[Window]:
    """The windows of this board's records whose key starts with one of `keys`, from their published images.

    `fresh`: run these whatever is stored.
    """
    images = {image.key: image for image in published_images() if image.build == "performance"}
    chosen = [record for record in all_records() if _chosen(record, board, images, keys)]
    for key in keys:
        if not any(record.key.startswith(key) for record in chosen):
            raise BadInput(f"no record of {board.id} with an energy and a published image starts with {key!r}")
    absent = [record.key for record in chosen if not is_cached(images[record.key])]
    if absent:
        raise BadInput(f"the image of {absent[0]} is not in the cache: run `{COMMAND}` first")
    outcomes = measure_all([images[record.key] for record in chosen], jobs, told, fresh=fresh)
    rows = []
    for record, outcome in zip(chosen, outcomes, strict=True):
        if outcome.failure is not None or outcome.events is None or outcome.operating_point is None:
            raise BadInput(f"{record.key}: its image can't be measured: {outcome.failure}")
        rows.append(
            Window(
                name=record.key,
                network=record.benchmark,
                stack=record.key.removesuffix(f" {record.benchmark}"),
                energy_uj=record.energy_uj or 0.0,
                latency_s=outcome.latency_ms * 1e-3,
                events=outcome.events,
                point=outcome.operating_point,
                supply_v=record.supply_v,
                image_sha256=images[record.key].sha256,
            )
        )
    return rows


def of_measurements(board_name: str, path: Path, told: Progress, *, fresh: bool = False) -> list[Window]:
    """The windows of the user's measurements: a CSV file with the columns of COLUMNS. Paths in it are relative to it.

    `fresh`: run each of these once, whatever is stored.
    """
    rows = read_measurements(path)
    windows = []
    already = set()
    for number, row in enumerate(rows):
        told(number, len(rows))
        try:
            firmware = row.image, row.address, row.benchmark, row.function, row.start, row.end
            windows.append(_observed(board_name, path, row, fresh and firmware not in already))
            already.add(firmware)
        except SimtinyError as error:
            raise type(error)(f"{_place(path, row.line)}: {in_columns(str(error))}") from error
    return windows


def in_columns(message: str) -> str:
    """A message of a run with the columns of the file in place of the options or parameters that they are there."""
    names = {"start": "from", "end": "to"}
    text = re.sub(
        r"--(function|from|to|address)\b|`(function|start|end|address|benchmark|image|supply_v)`",
        lambda found: f"column {names.get(found[1] or found[2], found[1] or found[2])}",
        message,
    )
    return text.replace("name it (", "name it in column benchmark (")


def _place(path: Path, line: int) -> str:
    return f"{path}, line {line}"


def read_measurements(path: Path) -> list[Measured]:
    """The rows of the file, checked: known columns with units in their names."""
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    rows = []
    try:
        header = _header(next(reader, []))
        for cells in reader:
            values = [cell.strip() for cell in cells]
            if any(values):
                rows.append(_measured(header, values, reader.line_num))
    except (BadInput, csv.Error) as error:
        raise BadInput(f"{path}, line {reader.line_num}: {error}") from error
    if not rows:
        raise BadInput(f"{path}: there are no measurements in it")
    return rows


def _text(path: Path) -> str:
    try:
        return read_bounded(path, MAX_FILE_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{path}: no text in UTF-8: save it as CSV in UTF-8, with commas and decimal points") from None


def _header(cells: Sequence[str]) -> list[str]:
    """The names of the columns. Spreadsheets leave empty ones at the end."""
    header = [cell.strip() for cell in cells]
    while header and not header[-1]:
        header.pop()
    if len(header) == 1 and any(separator in header[0] for separator in ";\t"):
        raise BadInput("one column only: separate the columns by commas, and write decimals with a point")
    for name in header:
        if name not in COLUMNS:
            raise BadInput(_unknown_column(name, header))
        if header.count(name) > 1:
            raise BadInput(f"the column {name} is there twice")
    missing = [name for name in _REQUIRED if name not in header]
    if missing or not {"energy_uj", "current_ma"} & set(header):
        raise BadInput(f"no column {missing[0] if missing else 'energy_uj or current_ma'}")
    return header


def _unknown_column(name: str, header: Sequence[str]) -> str:
    """What is meant by it, as far as that can be told: its unit is never guessed."""
    known = f"known are {', '.join(COLUMNS)}"
    if not {cell.lower().partition("_")[0] for cell in header} & {column.partition("_")[0] for column in COLUMNS}:
        return f"no names of columns: {known}"
    quantity, parted, _ = name.lower().partition("_")
    unit = next((column for column in COLUMNS if quantity and column.startswith(f"{quantity}_")), None)
    if unit is not None and unit != name.lower():
        return f"unknown column {name!r}: its unit is {'another: convert it to' if parted else 'missing:'} {unit}"
    near = get_close_matches(name.lower(), COLUMNS, n=1)
    return f"unknown column {name!r}{f' (did you mean {near[0]}?)' if near else ''}: {known}"


def _measured(header: Sequence[str], values: Sequence[str], line: int) -> Measured:
    if len(values) < len(header) or any(values[len(header) :]):
        raise BadInput("not as many values as columns")
    row = dict(zip(header, values, strict=False))
    if row.get("function") and (row.get("from") or row.get("to")):
        raise BadInput("the columns function and from or to exclude each other")
    if bool(row.get("from")) != bool(row.get("to")):
        raise BadInput("the columns from and to go together")
    supply_v, energy_uj, current_ma = (_number(row, name) for name in ("supply_v", "energy_uj", "current_ma"))
    if not row["image"]:
        raise BadInput("no image")
    if supply_v is None or (energy_uj is None) == (current_ma is None):
        raise BadInput("supply_v and one of energy_uj and current_ma are needed")
    return Measured(
        line=line,
        image=row["image"],
        supply_v=supply_v,
        energy_uj=energy_uj,
        current_ma=current_ma,
        clock_hz=_number(row, "clock_hz"),
        address=_address(row.get("address")),
        benchmark=row.get("benchmark") or None,
        stack=row.get("stack") or row["image"],
        function=row.get("function") or None,
        start=row.get("from") or None,
        end=row.get("to") or None,
    )


def _observed(board_name: str, path: Path, row: Measured, fresh: bool) -> Window:
    image = path.parent / row.image
    request = Request(
        row.benchmark, board_name, image, row.address, function=row.function, start=row.start, end=row.end
    )
    workload = build(request)
    counts = counted(Question(workload.flashed, request.bounds), workload.board, fresh=fresh)
    measurement, priced = counts.measurement, counts.priced.estimate
    if row.clock_hz is not None and abs(row.clock_hz / priced.clock_hz - 1) > _CLOCK_TOLERANCE:
        raise BadInput(f"clock_hz {row.clock_hz:,.10g}, but the firmware programs {priced.clock_hz:,.10g} Hz")
    power_w = _mean_power_w(row, priced.latency_s)
    name, window = f"{shown(path.name)} line {row.line}: {image.name}", ""
    if request.bounds is not None:
        window = f" {row.function or f'{row.start} to {row.end}'}"
    return Window(
        name=f"{name}{window}",
        network=row.benchmark or (measurement.task.name if measurement.task and not window else row.image + window),
        stack=row.stack,
        energy_uj=power_w * priced.latency_s * 1e6 if row.energy_uj is None else row.energy_uj,
        latency_s=priced.latency_s,
        events=priced.events,
        point=counts.priced.point,
        supply_v=row.supply_v,
        place=_place(path, row.line),
        image_sha256=workload.image.sha256,
    )


def _mean_power_w(row: Measured, latency_s: float) -> float:
    """Refuses what no microcontroller draws."""
    if row.energy_uj is None:
        what, power_w = f"{row.current_ma:g} mA at {row.supply_v:g} V", (row.current_ma or 0.0) * 1e-3 * row.supply_v
    else:
        what, power_w = f"{row.energy_uj:g} uJ in {latency_s * 1e3:g} ms", row.energy_uj * 1e-6 / latency_s
    if not _LEAST_POWER_W <= power_w <= _MOST_POWER_W:
        raise BadInput(
            f"{what}: no microcontroller draws {power_w:.3g} W on average: energy_uj is of one "
            "inference or window in uJ, current_ma in mA, supply_v in V"
        )
    return power_w


def _number(row: Mapping[str, str], name: str) -> float | None:
    text = row.get(name)
    if not text:
        return None
    try:
        value = float(text.replace("_", "?"))  # Python would take 1_000
    except ValueError:
        raise BadInput(f"{name} {text!r} is not a number") from None
    if not 0 < value < float("inf"):
        raise BadInput(f"{name} {text} must be positive")
    return value


def _address(text: str | None) -> int | None:
    try:
        return int(text, 0) if text else None
    except ValueError:
        raise BadInput(f"address {text!r}: expected one such as 0x08000000") from None


def _chosen(record: Record, board: Board, images: Mapping[str, PublishedImage], keys: Sequence[str]) -> bool:
    return (
        record.board == board.id
        and record.energy_uj is not None
        and record.key in images
        and any(record.key.startswith(key) for key in keys)
    )
