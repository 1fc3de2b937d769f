"""The four inference benchmarks of MLPerf Tiny as data.

Input sizes, encodings and quality targets: `benchmark/evaluation/datasets/README.md` of mlcommons/tiny.
Multiply-accumulates are counted from the reference topologies (convolutions and fully connected layers, padding too).
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from simtiny.errors import unknown

Encoding = Literal["int8", "uint8", "float32"]
Metric = Literal["top-1", "auc"]


@dataclass(frozen=True)
class Task:
    """What the protocol sends, what comes back, and how good it has to be."""

    name: str
    title: str
    input_shape: tuple[int, ...]
    encoding: Encoding
    outputs: int
    """How many numbers the firmware prints in `m-results`."""
    labels: tuple[str, ...]
    metric: Metric
    quality_target: float
    """Least top-1 share or area under the curve, 0 to 1."""
    macs: int
    """Multiply-accumulates of one inference of the reference network."""

    @property
    def input_bytes(self) -> int:
        """Length of one input as `db load` announces it."""
        elements = 1
        for extent in self.input_shape:
            elements *= extent
        return elements * (4 if self.encoding == "float32" else 1)


_KEYWORDS = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "silence", "unknown")
_CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

TASKS: Mapping[str, Task] = MappingProxyType(
    {
        task.name: task
        for task in (
            Task("kws01", "keyword spotting", (49, 10, 1), "int8", 12, _KEYWORDS, "top-1", 0.90, 2_656_768),
            Task(
                "vww01", "person detection", (96, 96, 3), "uint8", 2, ("no person", "person"), "top-1", 0.80, 7_489_664
            ),
            Task("ic01", "image classification", (32, 32, 3), "uint8", 10, _CIFAR10, "top-1", 0.85, 12_501_632),
            Task("ad01", "anomaly detection", (640,), "float32", 1, ("normal", "anomaly"), "auc", 0.85, 264_192),
        )
    }
)

*_ALL_BUT_ONE, _LAST = TASKS
ONE_BENCHMARK = f"{', '.join(_ALL_BUT_ONE)} or {_LAST}"
"""For help texts."""


def task(name: str) -> Task:
    """The task of that name, or BadInput with the names there are."""
    found = TASKS.get(name)
    if found is None:
        raise unknown("benchmark", name, TASKS)
    return found


def synthetic_input(size_bytes: int, encoding: Encoding) -> bytes:
    """A fixed, seeded input for a run whose latency matters and whose answer does not.

    Bytes come from SHA-256 in counter mode, so they are the same on every machine. As float32 they are spread over -80
    to 0, the range of a log-mel spectrogram in decibels.
    """
    count = size_bytes // 4 if encoding == "float32" else size_bytes
    blocks = (hashlib.sha256(b"simtiny input %d" % index).digest() for index in range(-(-count // 32)))
    stream = b"".join(blocks)[:count]
    if encoding != "float32":
        return stream
    return struct.pack(f"<{count}f", *(-80.0 * byte / 255.0 for byte in stream))
