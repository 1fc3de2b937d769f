"""The roofline of a profile as a chart: layers as points, the limits of core and memories as lines, log by log."""

from dataclasses import dataclass
from math import log10

from simtiny.profiling.result import LayerTraffic, Roofline
from simtiny.report.chart import decades

HEIGHT = 320
LEFT, RIGHT = 9.0, 98.0
"""Percent of the width."""
TOP, BOTTOM = 12.0, 290.0


@dataclass(frozen=True)
class Point:
    """A layer by its traffic with one memory. x: percent, y: pixels; `series`: index of the memory."""

    layer: int
    series: int
    x: float
    y: float
    told: str


@dataclass(frozen=True)
class Roof:
    """A limit. x in percent, y in pixels. `series`: -1 of the core."""

    name: str
    series: int
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class RooflineChart:
    """Ticks: text and place."""

    memories: tuple[str, ...]
    across: tuple[tuple[str, float], ...]
    up: tuple[tuple[str, float], ...]
    points: tuple[Point, ...]
    roofs: tuple[Roof, ...]


def macs_per_byte(roofline: Roofline, layer: LayerTraffic) -> dict[str, float]:
    """By memory, of those that the layer moves anything of. A memory's least cycles are its bytes over its rate."""
    found = {}
    for memory, rate in roofline.bytes_per_cycle.items():
        moved = layer.least_cycles.get(memory, 0.0) * rate
        if moved > 0 and layer.macs:
            found[memory] = layer.macs / moved
    return found


def roofline_chart(roofline: Roofline) -> RooflineChart | None:
    """None where no layer multiplies."""
    layers = [(layer, macs_per_byte(roofline, layer)) for layer in roofline.layers if layer.macs and layer.cycles > 0]
    intensities = [each for _, by_memory in layers for each in by_memory.values()]
    if not intensities or roofline.macs_per_cycle <= 0:
        return None
    memories = tuple(name for name, rate in roofline.bytes_per_cycle.items() if rate > 0)
    ridges = [roofline.macs_per_cycle / roofline.bytes_per_cycle[name] for name in memories]
    low, high = decades([*intensities, *ridges])
    least, most = decades([*(layer.macs / layer.cycles for layer, _ in layers), roofline.macs_per_cycle])

    def x(value: float) -> float:
        return LEFT + (log10(value) - low) / (high - low) * (RIGHT - LEFT)

    def y(value: float) -> float:
        return BOTTOM - (log10(value) - least) / (most - least) * (BOTTOM - TOP)

    points = [
        Point(
            layer.index,
            memories.index(memory),
            x(each),
            y(layer.macs / layer.cycles),
            f"layer {layer.index} {layer.kind}: {layer.macs / layer.cycles:.3g} MACs a cycle, "
            f"{each:.3g} MACs a byte of {memory}, bound by {layer.bound_by}",
        )
        for layer, by_memory in layers
        for memory, each in by_memory.items()
        if memory in memories
    ]
    core = roofline.macs_per_cycle
    roofs = [Roof(f"core, {core:.3g} MACs a cycle", -1, x(10.0**low), y(core), x(10.0**high), y(core))]
    for series, (name, ridge) in enumerate(zip(memories, ridges, strict=True)):
        rate = roofline.bytes_per_cycle[name]
        begin = max(10.0**low, 10.0**least / rate)
        if begin < ridge:
            roofs.append(
                Roof(f"{name}, {rate:.3g} bytes a cycle", series, x(begin), y(begin * rate), x(ridge), y(core))
            )
    return RooflineChart(
        memories,
        tuple((f"{10.0**power:g}", x(10.0**power)) for power in range(low, high + 1)),
        tuple((f"{10.0**power:g}", y(10.0**power)) for power in range(least, most + 1)),
        tuple(points),
        tuple(roofs),
    )
