"""A profile for pprof: https://github.com/google/pprof/blob/main/proto/profile.proto, zipped."""

import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from simtiny.profiling.files.costs import knows_energy, owners, source_lines, whole_costs
from simtiny.profiling.files.names import readable
from simtiny.profiling.files.stacks import CUT, CUT_NAME, MOST_FRAMES, stacks_of
from simtiny.profiling.result import ProfileResult

RUN_LABEL = "run"
"""Of each sample where there are several results: whose it is."""

Line = tuple[int, int]
"""A function's number and a line."""


def _varint(value: int) -> bytes:
    found = bytearray()
    value &= (1 << 64) - 1
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _number(tag: int, value: int) -> bytes:
    """A field that is a number; 0 is left out."""
    return _varint(tag << 3) + _varint(value) if value else b""


def _bytes(tag: int, value: bytes) -> bytes:
    return _varint(tag << 3 | 2) + _varint(len(value)) + value


def _packed(tag: int, values: Iterable[int]) -> bytes:
    return _bytes(tag, b"".join(map(_varint, values)))


@dataclass
class _Tables:
    """What a profile refers to by numbers, which begin with 1 but for text."""

    texts: dict[str, int] = field(default_factory=lambda: {"": 0})
    functions: dict[tuple[str, str, int], int] = field(default_factory=dict)
    locations: dict[tuple[int, int, tuple[Line, ...]], int] = field(default_factory=dict)

    def text(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))

    def function(self, name: str, file: str, line: int) -> int:
        key = readable(name), readable(file) if file else "", line
        return self.functions.setdefault(key, len(self.functions) + 1)

    def location(self, mapping: int, address: int, lines: Iterable[Line]) -> int:
        return self.locations.setdefault((mapping, address, tuple(lines)), len(self.locations) + 1)


def pprof(results: Sequence[ProfileResult]) -> bytes:
    """Cycles, energy in pJ (if it is known of all results) and instructions of each instruction under its callers.

    Deep stacks are cut (`MOST_FRAMES`). Samples of several results have the label `run`.
    """
    tables, energy = _Tables(), all(map(knows_energy, results))
    kinds = [("cycles", "count"), *([("energy", "picojoules")] if energy else []), ("instructions", "count")]
    content = [_bytes(1, _number(1, tables.text(kind)) + _number(2, tables.text(unit))) for kind, unit in kinds]
    for number, result in enumerate(results, 1):
        label = tables.text(readable(result.run.title)) if len(results) > 1 else 0
        content += _samples(result, tables, number, label, energy)
        content.append(_mapping(result, tables, number))
    for (mapping, address, lines), number in tables.locations.items():
        shown = b"".join(_bytes(4, _number(1, function) + _number(2, line)) for function, line in lines)
        content.append(_bytes(4, _number(1, number) + _number(2, mapping) + _number(3, address) + shown))
    for (name, file, line), number in tables.functions.items():
        texts = _number(2, tables.text(name)) + _number(3, tables.text(name)) + _number(4, tables.text(file))
        content.append(_bytes(5, _number(1, number) + texts + _number(5, line)))
    content += [_bytes(6, text.encode()) for text in tables.texts]
    nanoseconds = round(float(np.sum([result.run.latency_ms for result in results])) * 1e6)
    content += [_number(10, nanoseconds), _number(14, tables.texts["cycles"])]
    return gzip.compress(b"".join(content), 6, mtime=0)


def _mapping(result: ProfileResult, tables: _Tables, number: int) -> bytes:
    """The whole address space is the image's. All that a symboliser could tell is in the file."""
    complete = b"".join(_number(tag, 1) for tag in (7, 8, 9, 10))
    name = tables.text(readable(result.run.title))
    return _bytes(3, _number(1, number) + _number(3, 1 << 32) + _number(5, name) + complete)


def _samples(result: ProfileResult, tables: _Tables, mapping: int, label: int, energy: bool) -> list[bytes]:
    """Each call on the way is a path of locations, and each row of costs one more below it."""
    paths, costs, owner, known = result.paths, whole_costs(result), owners(result), source_lines(result)
    frames = [tables.function(frame.name, frame.file, frame.line) for frame in result.frames]

    def location(path: int, address: int, line: int) -> int:
        lines = [(frames[paths.frame[path]], line)]
        while owner[path] != path and len(lines) < MOST_FRAMES:
            path = int(paths.parent[path])
            lines.append((frames[paths.frame[path]], 0))
        return tables.location(mapping, max(address, 0), lines)

    calls: dict[int, int] = {}
    parent: list[int] = []
    labels: list[int] = []
    for path, above in enumerate(paths.parent.tolist()):
        if owner[path] != path or above < 0:
            continue
        frame, site = result.frames[paths.frame[above]], int(paths.site[path])
        calls[path] = len(parent)
        parent.append(calls.get(int(owner[above]), -1))
        line = known[site][1] if site in known else frame.line
        labels.append(location(above, site if site >= 0 else frame.address, line))
    first_row = len(parent)
    for path, address, line in zip(costs.path.tolist(), costs.address.tolist(), costs.line.tolist(), strict=True):
        parent.append(calls.get(int(owner[path]), -1))
        labels.append(location(path, address, line))
    stacks = stacks_of(np.array(parent, np.int64), np.array(labels, np.int64))
    values = costs.values if energy or not costs.energy else costs.values[:, [0, 2]]
    sums = np.zeros((len(stacks.parent), values.shape[1]), np.int64)
    np.add.at(sums, stacks.of[first_row:], values)
    cut = tables.location(mapping, 0, [(tables.function(CUT_NAME, "", 0), 0)])
    whose = _bytes(3, _number(1, tables.text(RUN_LABEL)) + _number(2, label)) if label else b""
    found = []
    for stack in np.flatnonzero(sums.any(axis=1)).tolist():
        locations = [cut if each == CUT else each for each in reversed(stacks.labels(stack))]
        found.append(_bytes(2, _packed(1, locations) + _packed(2, sums[stack].tolist()) + whose))
    return found
