"""Evaluation data: a directory of raw input files and the `y_labels.csv` that names them.

One line a file: name, number of classes, true class; for ad01's sliding windows also window width and stride in bytes.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simtiny.errors import BadInput
from simtiny.files import is_file, is_folder, is_there, read_bounded

LABELS_FILE = "y_labels.csv"
MAX_FILE_BYTES = 64 << 20


@dataclass(frozen=True)
class Sample:
    """One file and its truth. `window_bytes` is None where the whole file is one input."""

    path: Path
    classes: int
    label: int
    window_bytes: int | None = None
    stride_bytes: int | None = None

    def content(self) -> bytes:
        """All bytes of the file."""
        return read_bounded(self.path, MAX_FILE_BYTES)

    def inputs(self, input_bytes: int) -> Iterator[bytes]:
        """The inputs to send, in order: the file, or its sliding windows. Refuses a file of another length."""
        content = self.content()
        if self.window_bytes is None or self.stride_bytes is None:
            windows = [content]
        else:
            starts = range(0, len(content) - self.window_bytes + 1, self.stride_bytes)
            windows = [content[start : start + self.window_bytes] for start in starts]
        if not windows:
            raise BadInput(f"{self.path}: {len(content)} bytes hold no window of {self.window_bytes} bytes")
        if len(windows[0]) != input_bytes:
            raise BadInput(f"{self.path}: an input of {len(windows[0])} bytes, where the benchmark takes {input_bytes}")
        yield from windows


def folder_of(data: Path, benchmark: str) -> Path:
    """Where the data of a benchmark are: `data`, or the folder in it that the official runner takes."""
    own = data / benchmark
    return own if not is_there(data / LABELS_FILE) and is_there(own / LABELS_FILE) else data


def load(directory: Path, *, classes: int, limit: int | None = None) -> tuple[Sample, ...]:
    """The samples of `directory` in the order of its labels file, at most `limit` of them. All files must be there."""
    labels = directory / LABELS_FILE
    if not is_folder(directory):
        raise BadInput(f"no data directory {directory}")
    if not is_there(labels):
        others = sorted(path.parent.name for path in directory.glob(f"*/{LABELS_FILE}"))
        hint = f"; of its folders {', '.join(others)} {'have' if others[1:] else 'has'} one" if others else ""
        raise BadInput(f"{directory} has no {LABELS_FILE}, the file that names each input and its class{hint}")
    try:
        text = read_bounded(labels, MAX_FILE_BYTES).decode("utf-8-sig")
        samples = tuple(_samples(directory, text, classes))[:limit]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{labels}: {error}") from None
    if not samples:
        raise BadInput(f"{labels} names no file")
    missing = [sample.path.name for sample in samples if not is_file(sample.path)]
    if missing:
        raise BadInput(
            f"{directory}: {len(missing)} of {len(samples)} files of {LABELS_FILE} are missing, first {missing[0]}"
        )
    return samples


def _samples(directory: Path, text: str, classes: int) -> Iterator[Sample]:
    for number, row in enumerate(csv.reader(text.splitlines()), start=1):
        if not row:
            continue
        where = f"{directory / LABELS_FILE}, line {number}"
        name = row[0].strip()
        if len(row) not in (3, 5) or not name:
            raise BadInput(f"{where}: expected 'file,classes,class' or 'file,classes,class,window,stride'")
        try:
            numbers = [int(field) for field in row[1:]]
        except ValueError:
            raise BadInput(f"{where}: a field after the file name is no whole number") from None
        if numbers[0] != classes or not 0 <= numbers[1] < classes:
            raise BadInput(f"{where}: class {numbers[1]} of {numbers[0]}, where the benchmark has {classes} classes")
        if min(numbers[2:], default=1) <= 0:
            raise BadInput(f"{where}: window width and stride must be positive")
        if Path(name).name != name:
            raise BadInput(f"{where}: {name!r} is not a plain file name")
        yield Sample(directory / name, numbers[0], numbers[1], *numbers[2:])
