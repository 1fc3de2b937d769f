"""A sweep's points as files and objects, a few thousand at a time: memory does not grow with the points."""

import csv
import io
import math
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from simtiny.errors import BadInput
from simtiny.sweeps.result import SweepResult

CHUNK = 4096
"""Points that are made into text at a time."""
_WHOLE = ("wait_states", "read_width_bits", "cycles", "flash_bytes", "ram_bytes")


def points(result: SweepResult, first: int, end: int) -> list[dict[str, Any]]:
    """The points of these rows as JSON can hold them: None for what is not known."""
    names = tuple(result.columns)
    columns = [_plain(name, result.columns[name][first:end].tolist()) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def csv_chunks(result: SweepResult) -> Iterator[bytes]:
    """The points as CSV in UTF-8, with a line of names first; a field is empty for what is not known."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(result.columns)
    for first in range(0, len(result), CHUNK):
        columns = [_plain(name, column[first : first + CHUNK].tolist()) for name, column in result.columns.items()]
        writer.writerows(zip(*columns, strict=True))
        yield _taken(file)
    yield _taken(file)


def check_parquet() -> None:
    """Raise BadInput where what writes Parquet is not installed."""
    if find_spec("pyarrow") is None:
        raise BadInput("a Parquet file needs pyarrow: pip install 'simtiny[parquet]'")


def parquet_bytes(result: SweepResult) -> bytes:
    """The points as a Parquet file, text as dictionaries. Raises BadInput as `check_parquet` does."""
    check_parquet()
    import pyarrow
    import pyarrow.parquet

    rows = 32 * CHUNK
    file, writer = pyarrow.BufferOutputStream(), None
    for first in range(0, max(len(result), 1), rows):
        table = pyarrow.table({name: column[first : first + rows] for name, column in result.columns.items()})
        if writer is None:
            writer = pyarrow.parquet.ParquetWriter(file, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    return bytes(file.getvalue())


def _plain(name: str, values: list[Any]) -> list[Any]:
    """Values of a column as Python has them, whole numbers where they are, None for NaN."""
    if not values or not isinstance(values[0], float):
        return values
    if name in _WHOLE:
        return [None if math.isnan(value) else int(value) for value in values]
    return [None if math.isnan(value) else value for value in values]


def _taken(file: io.StringIO) -> bytes:
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text.encode("utf-8", "backslashreplace")
