"""A file for speedscope: cycles, energy and time as profiles of one file, and what ran when."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.profiling.files.costs import knows_energy
from simtiny.profiling.files.names import readable
from simtiny.profiling.files.stacks import CUT, CUT_NAME, Nesting, Stacks, depth_first, stacks_of
from simtiny.profiling.result import ASLEEP, Frame, ProfileResult
from simtiny.version import __version__

SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def speedscope(results: Sequence[ProfileResult]) -> Iterator[bytes]:
    """Speedscope's own JSON format, in pieces. Deep stacks are cut (`MOST_FRAMES`).

    Of each result three sampled profiles, cycles ("none": it knows no such unit), energy in nJ ("none", if it is known)
    and time in ns, and one of events in the order of time, if there is a time line.
    """
    frames: list[dict[str, Any]] = [{"name": CUT_NAME}, {"name": ASLEEP}]
    firsts = []
    for result in results:
        firsts.append(len(frames))
        frames += map(_frame, result.frames)
    head = {"$schema": SCHEMA, "exporter": f"simtiny {__version__}", "name": _name(results), "activeProfileIndex": 0}
    yield json.dumps(head)[:-1].encode() + b', "shared": ' + json.dumps({"frames": frames}).encode()
    yield b', "profiles": ['
    separator = b"\n"
    for result, first in zip(results, firsts, strict=True):
        for profile in _profiles(result, first):
            yield separator
            yield from profile
            separator = b",\n"
    yield b"\n]}\n"


def _name(results: Sequence[ProfileResult]) -> str:
    return ", ".join(readable(f"{result.run.title} on {result.run.board}") for result in results)


def _frame(frame: Frame) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": readable(frame.name)}
    if frame.file:
        shown["file"] = readable(frame.file)
        if frame.line:
            shown["line"] = frame.line
    return shown


def _profiles(result: ProfileResult, first: int) -> Iterator[Iterator[bytes]]:
    paths, ns_per_cycle = result.paths, 1e9 / result.run.operating_point.clock_hz
    title = readable(f"{result.run.title} on {result.run.board}")
    stacks = stacks_of(paths.parent, paths.frame)
    cycles = stacks.sums(paths.cycles)
    order = [stack for stack, _ in depth_first(stacks.parent)]
    yield _sampled(f"{title}: cycles", "none", stacks, order, cycles, first)
    if knows_energy(result):
        yield _sampled(f"{title}: energy in nJ", "none", stacks, order, stacks.sums(paths.energy_nj), first)
    yield _sampled(f"{title}: time", "nanoseconds", stacks, order, cycles * ns_per_cycle, first)
    if len(result.time_line.visits):
        yield _evented(f"{title}: in order of time", result, stacks, first, ns_per_cycle)


def _index(label: int, first: int) -> int:
    return 0 if label == CUT else first + label


def _sampled(
    name: str, unit: str, stacks: Stacks, order: list[int], values: NDArray[np.float64], first: int
) -> Iterator[bytes]:
    shown = [stack for stack in order if values[stack] > 0]
    weights = [float(values[stack]) for stack in shown]
    head = {"type": "sampled", "name": name, "unit": unit, "startValue": 0, "endValue": float(np.sum(weights))}
    yield json.dumps(head)[:-1].encode() + b', "weights": ' + json.dumps(weights).encode() + b', "samples": ['
    for position, stack in enumerate(shown):
        sample = [_index(label, first) for label in stacks.labels(stack)]
        yield (b", " if position else b"") + json.dumps(sample).encode()
    yield b"]}"


def _evented(name: str, result: ProfileResult, stacks: Stacks, first: int, ns_per_cycle: float) -> Iterator[bytes]:
    """An interrupt takes the place of what it interrupts, for speedscope knows one stack."""
    line = result.time_line
    head = {"type": "evented", "name": name, "unit": "nanoseconds", "startValue": 0}
    yield json.dumps({**head, "endValue": line.cycles * ns_per_cycle})[:-1].encode() + b', "events": ['
    asleep = len(stacks.parent)
    nesting = Nesting(np.append(stacks.parent, -1))
    indices = [*(_index(label, first) for label in stacks.label.tolist()), 1]
    visits = [(cycle, int(stacks.of[path]) if path >= 0 else asleep) for cycle, path in line.visits.tolist()]
    separator = ""
    for cycle, stack in (*visits, (line.cycles, -1)):
        closed, opened = nesting.enter(stack)
        at = min(max(cycle, 0), line.cycles) * ns_per_cycle
        events = [{"type": "C", "frame": indices[each], "at": at} for each in closed]
        events += [{"type": "O", "frame": indices[each], "at": at} for each in opened]
        if events:
            yield (separator + ", ".join(map(json.dumps, events))).encode()
            separator = ", "
    yield b"]}"
