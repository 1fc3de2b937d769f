"""The page of `simtiny profile --html`: where a window's cycles and energy go, as pictures that can be asked.

Numbers and names go into the page as data; `icicle.js` and `profile.js` beside this file draw them. Without a script
the page shows its words, tables and charts, but for the flame graph and the source.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.effect_words import EFFECTS
from simtiny.profiling.result import ProfileResult
from simtiny.report.cut_tree import LEAST_SHARE, MOST_DEPTH, Tree
from simtiny.report.page import render
from simtiny.report.plain import plain
from simtiny.report.power_chart import power_chart
from simtiny.report.profile_data import call_tree, functions, has_energy, label, page_data, place_of
from simtiny.report.roofline_chart import HEIGHT, macs_per_byte, roofline_chart
from simtiny.report.run_html import energies, inputs, latencies, sections
from simtiny.report.text import INTERVAL, footnotes, number, own_network_lines, run_rows, signed_percent, span
from simtiny.validation.result import CrossCheck

SCRIPTS = ("drawing.js", "icicle.js", "profile.js")
FUNCTIONS_LISTED = 30
PARTS_LISTED = 12
MOST_OF_A_CHAIN = 12
RECORDS_LISTED = 60
KIB = 1024


@dataclass(frozen=True)
class StackRow:
    """A stack: bytes at its deepest, bytes that it has (None: nothing tells), and who was called at that point."""

    name: str
    used: int
    size: int | None
    limit_by: str
    left: int | None
    chain: str


@dataclass(frozen=True)
class MemoryRow:
    """Of a memory, what its sections and largest symbols occupy. `share`: of the memory, 0 to 1."""

    name: str
    size: int
    used: int
    sections: tuple[tuple[str, int], ...]
    largest: tuple[tuple[str, str, int], ...]

    @property
    def share(self) -> float:
        """0 for a memory of no bytes."""
        return self.used / self.size if self.size else 0.0


def profile_page(results: Sequence[ProfileResult], known: Mapping[str, CrossCheck] | None = None) -> str:
    """The whole page: one profile after the other.

    known: by board, what is on record of it, beside predictions (`board_records.known_rows`).
    """
    script = _script()
    trees = [(result, call_tree(result), functions(result)) for result in results]
    found = known or {}
    titles = ", ".join(dict.fromkeys(label(result.run.title) for result in results))
    boards = " / ".join(dict.fromkeys(label(result.run.board) for result in results))
    return render(
        "profile.html",
        heading=f"{titles} on {boards}: profile",
        pages=[
            _page(result, tree, by_frame, f"-{index}" if index > 1 else "", found.get(result.run.board))
            for index, (result, tree, by_frame) in enumerate(trees, 1)
        ],
        chart_height=HEIGHT,
        macs_per_byte=macs_per_byte,
        records_listed=RECORDS_LISTED,
        effects=EFFECTS,
        inputs=inputs,
        number=number,
        span=span,
        interval=INTERVAL,
        percent=signed_percent,
        data=plain([page_data(*each) for each in trees]),
        script=script,
        script_hash=b64encode(sha256(str(script).encode()).digest()).decode("ascii"),
    )


def _page(
    result: ProfileResult, tree: Tree, by_frame: NDArray[np.float64], suffix: str, known: CrossCheck | None
) -> dict[str, Any]:
    """What the template says of one profile."""
    run = result.run
    results = (run,)
    return {
        "suffix": suffix,
        "title": f"{label(run.title)} on {label(run.board)}",
        "result": result,
        "run": run,
        "own_network": own_network_lines(results),
        "rows": run_rows(results),
        "footnotes": footnotes(results),
        "predictions": [chart for chart in (latencies(results), energies(results)) if chart.charts],
        "sections": [section for section in sections(results) if section.name != "function"],
        "functions": function_rows(result, by_frame),
        "cut": cut_words(tree, len(result.paths.parent)),
        "regions": [(label(name), *values) for name, values in result.regions.items()],
        "memories": memory_rows(result),
        "stacks": stack_rows(result),
        "heap": heap_lines(result),
        "roofline": result.roofline,
        "roofs": None if result.roofline is None else roofline_chart(result.roofline),
        "power": power_chart(result),
        "known": known,
        "notes": [note.text for note in result.notes if note not in run.notes],
        "energy": has_energy(result),
    }


def cut_words(tree: Tree, paths: int) -> str:
    """What of the call tree the page does not show; empty if nothing."""
    if not tree.left_out:
        return ""
    return (
        f"Of {paths:,} call paths {tree.left_out:,} are drawn as \u201cleft out\u201d of their callers: they have less "
        f"than {LEAST_SHARE:.2%} of the whole, are more than {MOST_DEPTH} calls deep, or too many to be drawn. "
        "Sums and the list of functions have them all."
    )


def function_rows(
    result: ProfileResult, by_frame: NDArray[np.float64]
) -> list[tuple[str, str, list[float], list[float]]]:
    """Of those that take most: name, where it stands, own and total cycles, nJ, instructions and calls."""
    order = np.argsort(-by_frame[:, 0, 0], kind="stable")[:FUNCTIONS_LISTED].tolist()
    return [
        (label(result.frames[frame].name), place_of(result.frames[frame]), *by_frame[frame].tolist())
        for frame in order
        if by_frame[frame, 1].any()
    ]


def stack_rows(result: ProfileResult) -> list[StackRow]:
    """All stacks."""
    return [
        StackRow(
            label(stack.name),
            stack.used_bytes,
            stack.size_bytes,
            stack.limit_by,
            stack.left_bytes,
            chain(result, stack.lowest_path),
        )
        for stack in result.stacks
    ]


def chain(result: ProfileResult, path: int) -> str:
    """The names on a path, the caller first; of a long one its ends. Empty for a path that is not there."""
    parents, frames = result.paths.parent, result.paths.frame
    if not 0 <= path < len(parents):
        return ""
    names: list[str] = []
    while path >= 0:
        names.append(label(result.frames[int(frames[path])].name, 80))
        path = int(parents[path])
    names.reverse()
    if len(names) > MOST_OF_A_CHAIN:
        half = MOST_OF_A_CHAIN // 2
        names[half:-half] = [f"{len(names) - 2 * half:,} more"]
    return " \u203a ".join(names)


def heap_lines(result: ProfileResult) -> list[str]:
    """What is said of the heap; empty without one."""
    heap = result.heap
    if heap is None:
        return []
    peak = chain(result, heap.peak_path)
    lines = [
        f"At most {heap.peak_bytes:,} bytes were in use at once{f', reached in {peak}' if peak else ''}.",
        f"{heap.allocations:,} allocation{'' if heap.allocations == 1 else 's'} and {heap.frees:,} "
        f"free{'' if heap.frees == 1 else 's'}; {heap.live_bytes:,} bytes in use at the end.",
    ]
    for size, times, path in heap.leaks[:FUNCTIONS_LISTED]:
        where = chain(result, path)
        lines.append(
            f"Not freed: {size:,} bytes of {times:,} allocation{'' if times == 1 else 's'}, by {where or '-'}."
        )
    if len(heap.leaks) > FUNCTIONS_LISTED:
        lines.append(f"{len(heap.leaks) - FUNCTIONS_LISTED:,} more places allocated what was not freed.")
    return lines


def memory_rows(result: ProfileResult) -> list[MemoryRow]:
    """The memories of the board."""
    found = []
    for name, size in result.memory_map.sizes.items():
        parts = [part for part in result.memory_map.parts if part.memory == name and part.bytes > 0]
        by_section: dict[str, int] = {}
        for part in parts:
            section = label(part.section or "no section")
            by_section[section] = by_section.get(section, 0) + part.bytes
        named = sorted((part for part in parts if part.symbol), key=lambda part: (-part.bytes, part.address))
        found.append(
            MemoryRow(
                label(name),
                size,
                sum(part.bytes for part in parts),
                _most(sorted(by_section.items(), key=lambda each: -each[1])),
                tuple((label(part.symbol), label(part.object), part.bytes) for part in named[:PARTS_LISTED]),
            )
        )
    return found


def _most(parts: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    rest = parts[PARTS_LISTED:]
    others = [(f"{len(rest):,} others", sum(size for _, size in rest))] if rest else []
    return (*parts[:PARTS_LISTED], *others)


@cache
def _script() -> Any:
    from markupsafe import Markup

    return Markup("".join((Path(__file__).parent / name).read_text(encoding="utf-8") for name in SCRIPTS))
