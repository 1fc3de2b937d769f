"""Power over time: the energy of what happened in each window of so many microseconds."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from simtiny.call_tree import CallTree
from simtiny.energy import EnergyEstimate
from simtiny.events import EVENTS, block_events, ends_in_branch
from simtiny.profiles import CodeBlock
from simtiny.profiling.result import PowerTrace

POWER_WINDOW_S = 10e-6
MOST_WINDOWS = 1 << 17
"""Windows are twice as long, or four times, where there would be more."""


def power_trace(
    tree: CallTree, cycles: int, clock_hz: float, consumed: EnergyEstimate | None, window_s: float
) -> PowerTrace | None:
    """Mean power by window, None where no energy is known. Windows add up to the energy of the whole.

    `cycles`: from `tree.begin_cycle` on, at `clock_hz`. `consumed`: what they drew. Each event costs what it costs over
    the whole window; what is drawn all the while, such as static power, is spread over time. Between two marks
    events are taken to be spread evenly: these are as far apart as the windows, but where the core sleeps, polls or
    runs one block for longer. What a divide takes by its operands is shared out evenly among all divides.
    """
    if consumed is None or tree.event_marks is None or not cycles or len(tree.event_marks) < 2:
        return None
    window_s = max(window_s, tree.mark_every_s)
    while cycles / clock_hz / window_s > MOST_WINDOWS:
        window_s *= 2
    window_cycles = window_s * clock_hz
    windows = max(ceil(cycles / window_cycles - 1e-9), 1)
    edges = np.minimum(np.arange(windows + 1) * window_cycles, cycles)
    upto_uj = _energy_upto(tree.event_marks, tree.begin_cycle + edges, cycles, consumed)
    return PowerTrace(
        window_s=window_s,
        supply_v=consumed.supply_v,
        begin_s=edges[:-1] / clock_hz,
        power_mw=np.diff(upto_uj) * 1e-3 / (np.diff(edges) / clock_hz),
        energy_uj=np.diff(upto_uj),
    )


def _energy_upto(
    marks: NDArray[np.void], clock: NDArray[np.float64], cycles: int, consumed: EnergyEstimate
) -> NDArray[np.float64]:
    """Microjoules from the first of these moments to each of them."""
    last = marks[np.append(np.diff(marks["clock"]) > 0, True)]  # of several marks at one moment
    happened = events_upto(last)
    upto_uj: NDArray[np.float64] = np.zeros(len(clock))
    rest_uj = consumed.energy_uj
    for name, counts in happened.items():
        each = np.interp(clock, last["clock"], counts)
        each -= each[0]
        if each[-1] > 0:
            upto_uj += consumed.by_event_uj[name] * (each / each[-1])
            rest_uj -= consumed.by_event_uj[name]
    upto_uj += rest_uj * ((clock - clock[0]) / cycles)
    return upto_uj


def once(block: CodeBlock) -> tuple[int, ...]:
    """What one run of a block does: whether it ends in a branch, then the events, of EVENTS in their order."""
    return (int(ends_in_branch(block)), *block_events(block))


def events_upto(marks: NDArray[np.void]) -> dict[str, NDArray[np.int64]]:
    """Each event up to each mark, int64 (marks,). Of divides their number."""
    found = {name: marks[f"kind_{kind}"].copy() for kind, name in enumerate(EVENTS, 1)}
    found["cycles"] = marks["clock"] - marks["asleep"]
    found["sleeping"] = marks["asleep"]
    found["branch_taken"] += marks["taken"]
    found["branch_not_taken"] -= marks["taken"]
    found["code_lines"] += marks["code_lines"]
    found["flash_reads"] += marks["flash_reads"]
    found["ram_line_reads"] += marks["ram_line_reads"]
    return found


def binned(trace: PowerTrace | None, cycles: int, clock_hz: float, most: int) -> NDArray[np.float64]:
    """Mean power in at most so many bins of the window, float64 (bins, 2): from this cycle on so many milliwatts."""
    if trace is None:
        return np.zeros((0, 2))
    upto_uj = np.concatenate(([0.0], np.cumsum(trace.energy_uj)))
    edges = np.linspace(0, cycles, min(most, cycles) + 1)
    drawn = np.interp(edges, np.append(trace.begin_s * clock_hz, cycles), upto_uj)
    return np.column_stack((edges[:-1], np.diff(drawn) * 1e-3 / (np.diff(edges) / clock_hz)))
