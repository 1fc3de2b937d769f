"""The tables of `simtiny profile` about memory: what occupies it, stacks, heap; and what bounds each layer."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.profiling.memory_map import ARENA, PLAN
from simtiny.profiling.result import LayerTraffic, MemoryPart, ProfileResult, Roofline
from simtiny.report.profile_text import LONGEST_NAME, path_words

TOP = 10
"""Source files and symbols that are shown of each memory, and places where the heap leaks."""
_NO_SECTION, _NO_FILE = "no section", "source file unknown"
_BOUNDS = {"core": "multiplying", "flash": "reading flash", "RAM": "loading and storing in RAM"}


def memory_report(result: ProfileResult, top: int = TOP) -> RenderableType:
    """Flash and RAM by section, source file and symbol, then stacks and heap."""
    parts: list[RenderableType] = []
    for memory, size in result.memory_map.sizes.items():
        inside = [part for part in result.memory_map.parts if part.memory == memory]
        if inside:
            parts.append(memory_table(memory, size, inside, top))
    if result.stacks:
        parts.append(stack_table(result))
    parts += [Text(line) for line in heap_lines(result, top)]
    return Group(*parts)


def memory_table(memory: str, size: int, parts: Sequence[MemoryPart], top: int = TOP) -> Table:
    """One memory: its sections, then the source files and the symbols that take most of it."""
    used = sum(part.bytes for part in parts)
    table = Table(
        title=f"{_shown(memory)}: {used:,} of {size:,} bytes, {used / max(size, 1):.1%}", title_justify="left"
    )
    table.add_column("", overflow="fold", max_width=LONGEST_NAME)
    for heading in ("bytes", "of it"):
        table.add_column(heading, justify="right", no_wrap=True)
    _add_sums(table, parts, lambda part: part.section or _NO_SECTION, len(parts), size)
    of_image = [part for part in parts if part.section not in (PLAN, ARENA)]
    if any(part.object for part in of_image):
        _add_sums(table, of_image, lambda part: part.object or _NO_FILE, top, size)
    named = [part for part in parts if part.symbol]
    _add_sums(table, named, lambda part: f"{part.symbol} ({part.object})" if part.object else part.symbol, top, size)
    return table


def _add_sums(
    table: Table, parts: Iterable[MemoryPart], name_of: Callable[[MemoryPart], str], top: int, size: int
) -> None:
    """A section of rows: the largest sums of bytes by name, the others as one."""
    sums: defaultdict[str, int] = defaultdict(int)
    for part in parts:
        sums[name_of(part)] += part.bytes
    rows = sorted(sums.items(), key=lambda row: (-row[1], row[0]))
    if len(rows) > top:
        rest = rows[top:]
        rows = [*rows[:top], (f"{len(rest):,} others", sum(taken for _, taken in rest))]
    for name, taken in rows:
        table.add_row(Text(_shown(name)), f"{taken:,}", f"{taken / max(size, 1):.1%}")
    table.add_section()


def stack_table(result: ProfileResult) -> Table:
    """How deep each stack went, of how much, and where."""
    table = Table(title="stacks", title_justify="left")
    table.add_column("stack of", overflow="fold", max_width=LONGEST_NAME)
    for heading in ("bytes", "of", "left"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("ends by", "deepest in"):
        table.add_column(heading, overflow="fold")
    for stack in result.stacks:
        size, left = stack.size_bytes, stack.left_bytes
        deepest = path_words(result, stack.lowest_path) if stack.lowest_path >= 0 else "before the window"
        table.add_row(
            Text(_shown(stack.name)),
            f"{stack.used_bytes:,}",
            "?" if size is None else f"{size:,}",
            "?" if left is None else f"{left:,}",
            Text(_shown(stack.limit_by)),
            Text(deepest),
        )
    return table


def heap_lines(result: ProfileResult, top: int = TOP) -> list[str]:
    """What the heap was used for; nothing where the image has none."""
    heap = result.heap
    if heap is None:
        return []
    peak = path_words(result, heap.peak_path) if heap.peak_path >= 0 else "before the window"
    lines = [
        f"heap: {heap.peak_bytes:,} bytes in use at the most ({peak}), {heap.live_bytes:,} at the end; "
        f"{heap.allocations:,} allocated and {heap.frees:,} freed in the window"
    ]
    for taken, times, path in heap.leaks[:top]:
        where = path_words(result, path) if path >= 0 else "unknown"
        lines.append(f"not freed: {taken:,} bytes, allocated {times:,} x in {where}")
    if len(heap.leaks) > top:
        lines.append(f"not freed: {sum(leak[0] for leak in heap.leaks[top:]):,} bytes more, in other places")
    return lines


def roofline_report(result: ProfileResult) -> RenderableType:
    """What bounds each layer, how near it is, and which one to look at next."""
    roofline = result.roofline
    if roofline is None or not roofline.layers:
        return Text("no roofline: the firmware marks no layers")
    return Group(roofline_table(result.run.title, roofline), Text(advice(roofline)))


def roofline_table(title: str, roofline: Roofline) -> Table:
    """Layers down. Intensities are MACs a byte; a share is what the bound takes of the layer's cycles."""
    rates = ", ".join(f"{name} {rate:.2f} bytes" for name, rate in roofline.bytes_per_cycle.items())
    heading = f"{_shown(title)}: at most {roofline.macs_per_cycle:g} MACs a cycle; {rates}"
    table = Table(title=heading, title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("operator", overflow="fold")
    for name in ("cycles", "MACs\na cycle", "MACs a byte\nof flash", "MACs a byte\nof RAM", "least\ncycles"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("bound by")
    table.add_column("reached", justify="right")
    for layer in roofline.layers:
        table.add_row(
            str(layer.index),
            Text(_shown(layer.kind)),
            f"{layer.cycles:,.0f}",
            _ratio(layer.macs, layer.cycles),
            _ratio(layer.macs, layer.flash_bytes),
            _ratio(layer.macs, layer.ram_bytes),
            f"{layer.least_cycles[layer.bound_by]:,.0f}",
            layer.bound_by,
            f"{layer.share_of_bound:.0%}",
        )
    return table


def farthest(roofline: Roofline) -> LayerTraffic:
    """The layer with the most cycles above its bound: the first, where several have as many."""
    return max(roofline.layers, key=lambda layer: layer.cycles - layer.least_cycles[layer.bound_by])


def advice(roofline: Roofline) -> str:
    """What to optimise next, in a sentence."""
    layer = farthest(roofline)
    least = layer.least_cycles[layer.bound_by]
    if layer.cycles <= least:
        return "Every layer is at its bound: only less work, or a faster memory or core, takes fewer cycles."
    return (
        f"Next: layer {layer.index}, {_shown(layer.kind)}, takes {layer.cycles - least:,.0f} cycles more than the "
        f"{least:,.0f} that {_BOUNDS[layer.bound_by]} takes at the least."
    )


def _ratio(macs: int, by: float) -> str:
    return f"{macs / by:.2f}" if macs and by else "-"


def _shown(name: str) -> str:
    """A name as it can be printed: not too long, and without what a terminal would obey."""
    shortened = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    return "".join(letter if letter.isprintable() else "?" for letter in shortened)
