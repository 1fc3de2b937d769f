"""What the script of a profile's page reads: call tree, functions, code and memories, as few numbers and names."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.files import shown
from simtiny.profiling.result import INLINED, Frame, MemoryMap, ProfileResult
from simtiny.report.cut_tree import LEFT_OUT, WHOLE, Tree, cut, grown, outermost, sums
from simtiny.timing.effects import Effect

MOST_FUNCTIONS = 500
MOST_INSTRUCTIONS = 5_000
MOST_OF_A_FUNCTION = 2_000
MOST_LINES = 4_000
MOST_PARTS = 2_000
LONGEST_NAME, LONGEST_LINE = 160, 200
CONTEXT_LINES = 3
LONGEST_STRETCH = 400
"""Lines of a function that are shown in full; of longer ones those around what ran."""


def label(name: str, longest: int = LONGEST_NAME) -> str:
    """A name on one line, of bounded length, in which nothing is invisible."""
    kept = name if len(name) <= longest else f"{name[: longest * 2 // 3]}\u2026{name[-longest // 4 :]}"
    return shown("".join(each if each.isprintable() else ascii(each)[1:-1] for each in kept))


def number(value: float) -> float | int | None:
    """Ten significant digits; None for what is no finite number."""
    if not np.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else float(f"{value:.10g}")


def has_energy(result: ProfileResult) -> bool:
    """Whether the energy of every path is known."""
    energy = result.paths.energy_nj
    return len(energy) > 0 and bool(np.isfinite(energy).all()) and float(energy.sum()) > 0


def path_values(result: ProfileResult) -> NDArray[np.float64]:
    """Of each path its own cycles, energy in nJ (0 where it is not known), instructions and calls: (paths, 4)."""
    paths = result.paths
    energy = paths.energy_nj if has_energy(result) else np.zeros(len(paths.cycles))
    return np.stack([paths.cycles, energy, paths.instructions, paths.calls.astype(np.float64)], axis=1)


def call_tree(result: ProfileResult) -> Tree:
    """The call paths as they are drawn: those of one function under one caller as one. Keys are frames."""
    paths = result.paths
    whole = grown(paths.parent.tolist(), paths.frame.tolist(), path_values(result))
    return cut(whole, (0, 1))


def functions(result: ProfileResult) -> NDArray[np.float64]:
    """By frame, its own and, with all that it calls, its total: (frames, 2, 4) of `path_values`.

    Of calls both are the same. A path counts in the total once, however often the function is on it.
    """
    paths, values = result.paths, path_values(result)
    inclusive = sums(paths.parent.tolist(), values)
    inclusive[:, 3] = values[:, 3]
    outer = outermost(paths.parent, paths.frame)
    own, total = (
        [np.bincount(paths.frame[rows], weights=column[rows], minlength=len(result.frames)) for column in table.T]
        for table, rows in ((values, np.ones(len(outer), dtype=bool)), (inclusive, outer))
    )
    total[3] = own[3]
    return np.array([own, total], dtype=np.float64).transpose(2, 0, 1)


def page_data(result: ProfileResult, tree: Tree, by_frame: NDArray[np.float64]) -> dict[str, Any]:
    """All that the script reads.

    `frames`: label, kind, where it is declared, address. `tree`: of each node parent and frame (-1: left out), its own
    cycles, nJ, instructions and calls. `functions`: frame, its own cycles, nJ, instructions, then totals of these, and
    calls. `code`: see `code_data`. `memories`: see `memory_data`.
    """
    listed = np.argsort(-by_frame[:, 1, 0], kind="stable")[:MOST_FUNCTIONS]
    listed = listed[by_frame[listed, 1, :].any(axis=1)]
    code, lines = code_data(result)
    used = {
        *tree.key,
        *listed.tolist(),
        *(each["frame"] for each in code),
        *(row[7] for e in code for row in e["rows"]),
    }
    frames = sorted(frame for frame in used if frame >= 0)
    place = {frame: index for index, frame in enumerate(frames)}
    for each in code:
        each["frame"] = place[each["frame"]]
        for row in each["rows"]:
            row[7] = place.get(row[7], -1)
    return {
        "energy": has_energy(result),
        "clock_hz": result.run.operating_point.clock_hz,
        "frames": [_frame(result.frames[frame]) for frame in frames],
        "tree": {
            "parent": tree.parent,
            "frame": [place.get(key, -1) for key in tree.key],
            **{
                name: [number(value) for value in column]
                for name, column in zip(("cycles", "nj", "instructions", "calls"), tree.values.T.tolist(), strict=True)
            },
        },
        "functions": [
            [place[frame], *map(number, (*own[:3], *total[:3], own[3]))]
            for frame in listed.tolist()
            for own, total in [by_frame[frame].tolist()]
        ],
        "effects": [effect.name.lower() for effect in Effect],
        "files": [label(file) for file in result.instructions.files],
        "code": code,
        "lines": lines,
        "memories": memory_data(result.memory_map),
    }


def code_data(result: ProfileResult) -> tuple[list[dict[str, Any]], dict[int, dict[int, str]]]:
    """The functions that took most, each with its instructions in the order of addresses; lines of source by file.

    A row: address, file and line (-1 and 0 if unknown), runs, cycles, nJ, text, frame of the innermost inlined
    function (-1: none), and in pairs effect and cycles.
    """
    table, frames = result.instructions, result.frames
    if not len(table.address):
        return [], {}
    inlined = np.array([frame.kind == INLINED for frame in frames])
    owners = _owners(result.paths.parent.tolist(), result.paths.frame.tolist(), inlined.tolist())
    owner = np.array(owners, dtype=np.int64)[table.path]
    keys, first, group = np.unique(
        np.stack([owner, table.address], axis=1), axis=0, return_index=True, return_inverse=True
    )
    group = group.ravel()
    runs, cycles, energy = (
        np.bincount(group, weights=column) for column in (table.runs, table.cycles, table.energy_nj)
    )
    effects = np.stack([np.bincount(group, weights=column) for column in table.by_effect.T], axis=1)
    inner = np.where(inlined[result.paths.frame[table.path[first]]], result.paths.frame[table.path[first]], -1)
    by_owner = np.bincount(keys[:, 0], weights=cycles, minlength=len(frames))
    found: list[dict[str, Any]] = []
    room = MOST_INSTRUCTIONS
    for frame in np.argsort(-by_owner, kind="stable").tolist():
        rows = np.flatnonzero(keys[:, 0] == frame)
        if not len(rows) or room <= 0:
            break
        most = min(MOST_OF_A_FUNCTION, room)
        shown_rows = np.sort(rows[np.argsort(-cycles[rows], kind="stable")[:most]])
        room -= len(shown_rows)
        found.append(
            {
                "frame": frame,
                "left_out": len(rows) - len(shown_rows),
                "rows": [
                    [
                        int(keys[row, 1]),
                        int(table.file[first[row]]),
                        int(table.line[first[row]]),
                        number(runs[row]),
                        number(cycles[row]),
                        number(energy[row]),
                        label(table.text[first[row]], LONGEST_LINE),
                        int(inner[row]),
                        [
                            each
                            for effect in np.flatnonzero(effects[row]).tolist()
                            for each in (effect, number(effects[row, effect]))
                        ],
                    ]
                    for row in shown_rows.tolist()
                ],
            }
        )
    return found, _source_lines(result, found)


def memory_data(memory_map: MemoryMap) -> list[dict[str, Any]]:
    """Of each memory its size, the bytes in use, and the tree of sections, objects and symbols: labels and bytes."""
    found = []
    for memory, size in memory_map.sizes.items():
        parts = [part for part in memory_map.parts if part.memory == memory and part.bytes > 0]
        names: list[str] = []
        known: dict[tuple[str, ...], int] = {}
        parents: list[int] = []
        values: list[float] = []
        for part in parts:
            above = -1
            for depth, name in enumerate((part.section, part.object, part.symbol)):
                if not name and depth:
                    continue
                step = (str(above), str(depth), name)
                node = known.setdefault(step, len(names))
                if node == len(names):
                    names.append(name)
                    parents.append(above)
                    values.append(0.0)
                above = node
            values[above] += part.bytes
        tree = cut(
            grown(parents, range(len(names)), np.array(values).reshape(-1, 1)), (0,), least_share=0.0, most=MOST_PARTS
        )
        found.append(
            {
                "name": label(memory),
                "size": size,
                "used": sum(part.bytes for part in parts),
                "left_out": tree.left_out,
                "parent": tree.parent,
                "label": ["" if key in (WHOLE, LEFT_OUT) else label(names[key] or "no section") for key in tree.key],
                "bytes": [number(value) for value in tree.values[:, 0].tolist()],
            }
        )
    return found


def place_of(frame: Frame) -> str:
    """Where a function is declared, and its address."""
    parts = [f"{frame.file}:{frame.line}" if frame.line else frame.file] if frame.file else []
    return label(", ".join(parts + ([f"0x{frame.address:08x}"] if frame.address >= 0 else [])))


def _frame(frame: Frame) -> list[str]:
    return [label(frame.name), label(frame.kind), place_of(frame)]


def _owners(parents: Sequence[int], frames: Sequence[int], inlined: Sequence[bool]) -> list[int]:
    """Of each path, the frame of the function whose code it is in."""
    found: list[int] = []
    for above, frame in zip(parents, frames, strict=True):
        found.append(found[above] if inlined[frame] and above >= 0 else frame)
    return found


def _source_lines(result: ProfileResult, code: Sequence[dict[str, Any]]) -> dict[int, dict[int, str]]:
    """Text by file and line number: those that ran and some around them, and a short function as a whole."""
    wanted: dict[int, dict[int, None]] = {}
    room = MOST_LINES
    for each in code:
        frame = result.frames[each["frame"]]
        by_file: dict[int, set[int]] = {}
        for row in each["rows"]:
            if row[1] >= 0 and row[2] > 0:
                by_file.setdefault(row[1], set()).add(row[2])
        for file, ran in by_file.items():
            name = result.instructions.files[file]
            text = result.source.get(name)
            if text is None:
                continue
            numbers = {line + step for line in ran for step in range(-CONTEXT_LINES, CONTEXT_LINES + 1)}
            if name == frame.file and frame.line:
                stretch = range(min(frame.line, *ran) if len(ran) else frame.line, max(ran) + 1)
                numbers |= set(stretch if len(stretch) <= LONGEST_STRETCH else ())
            for line in sorted(numbers):
                known = wanted.setdefault(file, {})
                if 1 <= line <= len(text) and line not in known and room > 0:
                    known[line] = None
                    room -= 1
    return {
        file: {
            line: label(result.source[result.instructions.files[file]][line - 1].expandtabs(4).rstrip(), LONGEST_LINE)
            for line in sorted(lines)
        }
        for file, lines in wanted.items()
    }
