"""A sweep's points as files, a few thousand at a time: memory does not grow with the points."""

import csv
import io
from collections.abc import Iterator
from importlib.util import find_spec

from simtiny.errors import BadInput
from simtiny.sweeps.result import SweepResult, plain

CHUNK = 4096
"""Points that are made into text at a time."""


def csv_chunks(result: SweepResult) -> Iterator[bytes]:
    """The points as CSV in UTF-8, with a line of names first; a field is empty for what is not known."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(result.columns)
    for first in range(0, len(result), CHUNK):
        columns = [plain(name, column[first : first + CHUNK]) for name, column in result.columns.items()]
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


def _taken(file: io.StringIO) -> bytes:
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text.encode("utf-8", "backslashreplace")
