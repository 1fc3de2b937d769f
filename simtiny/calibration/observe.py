"""Where calibration gets its observations: records whose images were fetched, or measurements of the user's own."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from simtiny.calibration.fit import Observation
from simtiny.errors import BadInput
from simtiny.estimate import estimate
from simtiny.machine.cores import CORES
from simtiny.mlperf.measure import measure
from simtiny.mlperf.workload import Selection, build
from simtiny.platform import Board
from simtiny.power import PowerModel, supply_point
from simtiny.published import COMMAND, PublishedImage, is_cached, published_images
from simtiny.records import Record, all_records
from simtiny.validation.measure import Progress, measure_all

COLUMNS = {
    "image": "path of the firmware that was measured",
    "address": "load address of a raw BIN",
    "benchmark": "kws01, vww01, ic01 or ad01, if the firmware doesn't tell",
    "stack": "a name for the software, to leave out all of one",
    "clock_hz": "core clock; must be what the firmware programs",
    "supply_v": "supply voltage",
    "energy_uj": "energy of one inference at the supply pins",
    "current_ma": "mean current during inference, instead of energy_uj",
}
_REQUIRED = ("image", "supply_v")
_CLOCK_TOLERANCE = 0.02  # an RC oscillator is off by up to 1 or 2 %


def of_records(board: Board, model: PowerModel, keys: Sequence[str], jobs: int, told: Progress) -> list[Observation]:
    """Observations of this board's records whose key starts with one of `keys`, from their published images."""
    images = {image.key: image for image in published_images() if image.build == "performance"}
    chosen = [record for record in all_records() if _chosen(record, board, images, keys)]
    for key in keys:
        if not any(record.key.startswith(key) for record in chosen):
            raise BadInput(f"no record of {board.id} with an energy and a published image starts with {key!r}")
    absent = [record.key for record in chosen if not is_cached(images[record.key])]
    if absent:
        raise BadInput(f"the image of {absent[0]} is not in the cache: run `{COMMAND}` first")
    outcomes = measure_all([images[record.key] for record in chosen], jobs, told)
    rows = []
    for record, outcome in zip(chosen, outcomes, strict=True):
        if outcome.failure is not None or outcome.events is None or outcome.operating_point is None:
            raise BadInput(f"{record.key}: its image can't be measured: {outcome.failure}")
        rows.append(
            Observation(
                name=record.key,
                network=record.benchmark,
                stack=f"v{record.round} {record.submitter} {record.system}",
                energy_uj=record.energy_uj or 0.0,
                latency_s=outcome.latency_ms * 1e-3,
                events=outcome.events,
                supply=supply_point(model, outcome.operating_point, record.supply_v),
            )
        )
    return rows


def of_measurements(board_name: str, model: PowerModel, path: Path, told: Progress) -> list[Observation]:
    """Observations of the user's measurements: a CSV file with the columns of COLUMNS. Images are beside the file."""
    rows = read_measurements(path)
    observations = []
    for number, row in enumerate(rows, 1):
        told(number - 1, len(rows))
        observations.append(_observed(board_name, model, path, number + 1, row))
    return observations


def read_measurements(path: Path) -> list[dict[str, str]]:
    """The rows of the file, checked: known columns with units in their names."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            header = list(reader.fieldnames or [])
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    for name in header:
        if name not in COLUMNS:
            unit = next((known for known in COLUMNS if name and known.startswith(f"{name.strip().lower()}_")), None)
            hint = f"its unit is missing: {unit}" if unit else f"known are {', '.join(COLUMNS)}"
            raise BadInput(f"{path}: unknown column {name!r}: {hint}")
    missing = [name for name in _REQUIRED if name not in header]
    if missing or not {"energy_uj", "current_ma"} & set(header):
        raise BadInput(f"{path}: no column {missing[0] if missing else 'energy_uj or current_ma'}")
    if not rows:
        raise BadInput(f"{path}: there are no measurements in it")
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise BadInput(f"{path}, line {number}: not as many values as columns")
    return rows


def _observed(board_name: str, model: PowerModel, path: Path, line: int, row: Mapping[str, str]) -> Observation:
    place = f"{path}, line {line}"
    if not row["image"]:
        raise BadInput(f"{place}: no image")
    supply_v = _number(row, "supply_v", place)
    energy_uj, current_ma = _number(row, "energy_uj", place), _number(row, "current_ma", place)
    if supply_v is None or (energy_uj is None) == (current_ma is None):
        raise BadInput(f"{place}: supply_v and one of energy_uj and current_ma are needed")
    address = row.get("address") or None
    try:
        base = int(address, 0) if address else None
    except ValueError:
        raise BadInput(f"{place}: address {address!r}: expected one such as 0x08000000") from None
    workload = build(
        Selection(board_name, row.get("benchmark") or None, image=path.parent / row["image"], address=base)
    )
    measurement = measure(workload, None)
    priced = estimate(measurement.profile, CORES[workload.board.core].timing)
    clock_hz = _number(row, "clock_hz", place)
    if clock_hz is not None and abs(clock_hz / priced.clock_hz - 1) > _CLOCK_TOLERANCE:
        raise BadInput(f"{place}: clock_hz {clock_hz:g}, but the firmware programs {priced.clock_hz:g}")
    if energy_uj is None:
        energy_uj = (current_ma or 0.0) * supply_v * priced.latency_s * 1e3
    return Observation(
        name=f"{path.name} line {line}: {Path(row['image']).name}",
        network=row.get("benchmark") or (measurement.task.name if measurement.task else row["image"]),
        stack=row.get("stack") or row["image"],
        energy_uj=energy_uj,
        latency_s=priced.latency_s,
        events=priced.events,
        supply=supply_point(model, measurement.profile.operating_point, supply_v),
    )


def _number(row: Mapping[str, str], name: str, place: str) -> float | None:
    text = row.get(name)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise BadInput(f"{place}: {name} {text!r} is not a number") from None
    if not 0 < value < float("inf"):
        raise BadInput(f"{place}: {name} {text} must be positive")
    return value


def _chosen(record: Record, board: Board, images: Mapping[str, PublishedImage], keys: Sequence[str]) -> bool:
    return (
        record.board == board.id
        and record.energy_uj is not None
        and record.key in images
        and any(record.key.startswith(key) for key in keys)
    )
