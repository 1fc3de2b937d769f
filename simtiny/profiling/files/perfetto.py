"""A time line for Perfetto (ui.perfetto.dev) and Chrome, in the JSON of the Trace Event Format."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from simtiny.profiling.files.names import readable
from simtiny.profiling.files.stacks import CUT, CUT_NAME, Nesting, stacks_of
from simtiny.profiling.result import ASLEEP, ProfileResult

LAYERS, SLEEP, FIRST_STACK = 1, 2, 3
"""Numbers of threads. Each root of the call tree, a thread or an exception, has one from `FIRST_STACK` on."""


def perfetto(results: Sequence[ProfileResult]) -> Iterator[bytes]:
    """Of each result a process with the threads layers, sleep, and one for each thread and interrupt of the firmware;
    and power in mW as a counter. In pieces.

    Functions that an interrupt or another thread interrupts stay open meanwhile. Slices begin and end in whole ns, in
    pairs of B and E that nest. Deep stacks are cut (`MOST_FRAMES`). Calls shorter than the time line's shortest visit
    may be missing.
    """
    yield b'{"displayTimeUnit": "ns", "traceEvents": ['
    separator = "\n"
    for process, result in enumerate(results, 1):
        for event in _events(result):
            yield f'{separator}{event[:-1]}, "pid": {process}}}'.encode()
            separator = ",\n"
    yield b"\n]}\n"


def _events(result: ProfileResult) -> Iterator[str]:
    title = readable(f"{result.run.title} on {result.run.board}")
    yield json.dumps({"name": "process_name", "ph": "M", "args": {"name": title}})
    for thread, name in ((LAYERS, "layers"), (SLEEP, "sleep")):
        yield _thread_name(thread, name)
    clock_hz = result.run.operating_point.clock_hz
    yield from _layers(result, clock_hz)
    yield from _functions(result, clock_hz)
    if result.power is not None:
        for begin_s, milliwatts in zip(result.power.begin_s.tolist(), result.power.power_mw.tolist(), strict=True):
            yield _event("power", "C", begin_s * clock_hz, clock_hz, args={"mW": milliwatts})


def _titled(kind: str, name: str) -> str:
    """A root's name with its kind before it, if it does not say that itself."""
    return name if name.startswith(kind) else f"{kind} {name}"


def _thread_name(thread: int, name: str) -> str:
    return json.dumps({"name": "thread_name", "ph": "M", "tid": thread, "args": {"name": name}})


def _event(name: str, phase: str, cycle: float, clock_hz: float, **others: Any) -> str:
    """`ts` is in us, with the three digits of a ns."""
    ns = round(max(cycle, 0) * 1e9 / clock_hz)
    event = json.dumps({"name": name, "ph": phase, **others})
    return f'{event[:-1]}, "ts": {ns // 1000}.{ns % 1000:03d}}}'


def _layers(result: ProfileResult, clock_hz: float) -> Iterator[str]:
    known = {layer.index: layer for layer in result.run.layers}
    for index, (begin, end) in enumerate(result.time_line.layers.tolist()):
        layer = known.get(index)
        name = f"{index} {layer.kind}" if layer else str(index)
        args = {"macs": layer.macs, "output shape": "x".join(map(str, layer.output_shape))} if layer else {}
        yield _event(name, "B", begin, clock_hz, tid=LAYERS, cat="layer", args={"cycles": end - begin, **args})
        yield _event(name, "E", end, clock_hz, tid=LAYERS)


def _functions(result: ProfileResult, clock_hz: float) -> Iterator[str]:
    line = result.time_line
    stacks = stacks_of(result.paths.parent, result.paths.frame)
    names = [readable(frame.name) for frame in result.frames]
    root: list[int] = []
    for stack, above in enumerate(stacks.parent.tolist()):
        root.append(root[above] if above >= 0 else stack)
    asleep = [False] * len(stacks.of)
    for path in range(len(asleep)):
        asleep[path] = result.frames[result.paths.frame[path]].kind == ASLEEP
    threads: dict[int, int] = {}
    nestings: dict[int, Nesting] = {}

    def enter(thread: int, stack: int, cycle: int) -> Iterator[str]:
        closed, opened = nestings[thread].enter(stack)
        for each, phase in (*((each, "E") for each in closed), *((each, "B") for each in opened)):
            label = int(stacks.label[each])
            name = CUT_NAME if label == CUT else names[label]
            kind = {} if label == CUT or phase == "E" else {"cat": result.frames[label].kind}
            yield _event(name, phase, cycle, clock_hz, tid=thread, **kind)

    sleeping = False
    for cycle, path in line.visits.tolist():
        sleeps = path < 0 or asleep[path]
        if sleeps != sleeping:
            yield _event(ASLEEP, "B" if sleeps else "E", cycle, clock_hz, tid=SLEEP)
            sleeping = sleeps
        if sleeps:
            continue
        stack = int(stacks.of[path])
        top = root[stack]
        if top not in threads:
            threads[top] = FIRST_STACK + len(threads)
            nestings[threads[top]] = Nesting(stacks.parent)
            frame = result.frames[stacks.label[top]]
            yield _thread_name(threads[top], _titled(frame.kind, names[stacks.label[top]]))
        yield from enter(threads[top], stack, cycle)
    if sleeping:
        yield _event(ASLEEP, "E", line.cycles, clock_hz, tid=SLEEP)
    for thread in nestings:
        yield from enter(thread, -1, line.cycles)
