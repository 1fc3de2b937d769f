"""The JSON document of `simtiny profile`: columns of numbers beside the frames and files that they point into."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Literal, TypedDict

import msgspec
import numpy as np
from numpy.typing import NDArray

from simtiny.call_tree import StackUse
from simtiny.effect_words import EFFECTS
from simtiny.notes import Note, texts
from simtiny.profiling.result import (
    Frame,
    HeapUse,
    Instructions,
    MemoryMap,
    Paths,
    PowerTrace,
    ProfileResult,
    Roofline,
    TimeLine,
)
from simtiny.profiling.sums import by_frame
from simtiny.timing.effects import Effect
from simtiny.version import __version__


class FunctionObject(TypedDict):
    """The sums of one frame; `by_effect`: cycles of its own instructions."""

    frame: int
    calls: int
    cycles: float
    energy_nj: float | None
    instructions: float
    misses: float
    total_cycles: float
    total_energy_nj: float | None
    by_effect: dict[str, float]


class RegionObject(TypedDict):
    """What code in one memory took."""

    cycles: float
    energy_nj: float | None
    instructions: float


class PathsObject(TypedDict):
    """`simtiny.profiling.result.Paths`, a list a column."""

    parent: list[int]
    frame: list[int]
    site: list[int]
    calls: list[int]
    cycles: list[float]
    energy_nj: list[float | None]
    instructions: list[float]
    misses: list[float]


class InstructionsObject(TypedDict):
    """`simtiny.profiling.result.Instructions`, a list a column; of `by_effect` one an effect."""

    files: list[str]
    address: list[int]
    bytes: list[int]
    path: list[int]
    file: list[int]
    line: list[int]
    runs: list[float]
    cycles: list[float]
    energy_nj: list[float | None]
    by_effect: dict[str, list[float]]
    misses: list[float]
    text: list[str]


class TimeLineObject(TypedDict):
    """`simtiny.profiling.result.TimeLine`: rows of visits (cycle, path), layers (begin, end), power (cycle, mW)."""

    cycles: int
    visits: list[list[int]]
    shortest_visit: int
    layers: list[list[int]]
    power: list[list[float]]


class PowerTraceObject(TypedDict):
    """`simtiny.profiling.result.PowerTrace`."""

    window_us: float
    supply_v: float
    power_mw: list[float]


class ProfileObject(TypedDict):
    """One profile. `run`: an object of `results` in the document of `simtiny run`."""

    run: dict[str, Any]
    frames: list[Frame]
    functions: list[FunctionObject]
    paths: PathsObject
    instructions: InstructionsObject
    time_line: TimeLineObject
    power: PowerTraceObject | None
    regions: dict[str, RegionObject]
    roofline: Roofline | None
    stacks: list[StackUse]
    heap: HeapUse | None
    memory_map: MemoryMap
    notes: list[str]
    note_details: list[Note]


class ProfileDocument(TypedDict):
    """What `simtiny profile --json` writes."""

    schema: Literal["simtiny.profile/1"]
    version: str
    results: list[ProfileObject]


def profile_document(results: Sequence[ProfileResult]) -> dict[str, Any]:
    """The document of `simtiny profile --json`."""
    return {
        "schema": "simtiny.profile/1",
        "version": __version__,
        "results": [profile_object(result) for result in results],
    }


def _power(trace: PowerTrace | None) -> PowerTraceObject | None:
    if trace is None:
        return None
    return {"window_us": trace.window_s * 1e6, "supply_v": trace.supply_v, "power_mw": trace.power_mw.tolist()}


def profile_object(result: ProfileResult) -> dict[str, Any]:
    """One profile as plain values."""
    numbers = {frame: number for number, frame in enumerate(result.frames)}
    regions = {
        name: {"cycles": cycles, "energy_nj": _number(energy_nj), "instructions": instructions}
        for name, (cycles, energy_nj, instructions) in result.regions.items()
    }
    return {
        "run": result.run.to_dict(),
        "frames": msgspec.to_builtins(result.frames),
        "functions": [
            {
                "frame": numbers[each.frame],
                "calls": each.calls,
                "cycles": each.cycles,
                "energy_nj": _number(each.energy_nj),
                "instructions": each.instructions,
                "misses": each.misses,
                "total_cycles": each.total_cycles,
                "total_energy_nj": _number(each.total_energy_nj),
                "by_effect": {effect.name.lower(): each.effects[effect] for effect in Effect if each.effects[effect]},
            }
            for each in by_frame(result)
        ],
        "paths": {entry.name: _column(getattr(result.paths, entry.name)) for entry in fields(Paths)},
        "instructions": _instructions(result.instructions),
        "time_line": {entry.name: _plain(getattr(result.time_line, entry.name)) for entry in fields(TimeLine)},
        "power": _power(result.power),
        "regions": regions,
        "roofline": msgspec.to_builtins(result.roofline),
        "stacks": msgspec.to_builtins(result.stacks),
        "heap": msgspec.to_builtins(result.heap),
        "memory_map": msgspec.to_builtins(result.memory_map),
        "notes": texts(result.notes),
        "note_details": msgspec.to_builtins(result.notes),
    }


def _instructions(rows: Instructions) -> dict[str, Any]:
    found = {
        entry.name: _plain(getattr(rows, entry.name)) for entry in fields(Instructions) if entry.name != "by_effect"
    }
    names = [effect.name.lower() for effect in Effect]
    used = [name in EFFECTS and bool(rows.by_effect[:, number].any()) for number, name in enumerate(names)]
    found["by_effect"] = {name: _column(rows.by_effect[:, number]) for number, name in enumerate(names) if used[number]}
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _column(value) if value.ndim == 1 else [_column(row) for row in value]
    return list(value) if isinstance(value, tuple) else value


def _column(values: NDArray[Any]) -> list[Any]:
    if values.dtype.kind != "f":
        return list(values.tolist())
    return [_number(value) for value in values.tolist()]


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return value if value == value else None
