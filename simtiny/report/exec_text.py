"""The summary that `simtiny exec` prints behind a firmware's output."""

from simtiny.call_tree import StackUse
from simtiny.exec.ended import End
from simtiny.exec.result import ExecResult
from simtiny.notes import texts
from simtiny.report.price_result import Section
from simtiny.report.text import number, span


def exec_summary(result: ExecResult) -> list[str]:
    """Its lines: how it ended, time, energy, clocks, stacks, notes. Not the fault: that is an error."""
    lines = [] if result.end is End.FAULT else [f"ended: {result.ended}"]
    lines.append(f"time: {_time(result)}")
    lines.append(f"energy: {_energy(result)}")
    if len(result.sections) > 1:
        lines.append(f"clock: {', then '.join(map(_section, result.sections))}")
    if result.waits:
        lines.append(f"polled: {', '.join(_wait(name, result) for name in result.waits)}")
    lines += [f"stack: {_stack(stack)}" for stack in result.stacks]
    return lines + [f"note: {text}" for text in texts(result.notes)]


def _time(result: ExecResult) -> str:
    return (
        f"{number(result.time_ms)} ms emulated ({span(result.time_low_ms, result.time_high_ms)}), "
        f"{result.cycles:,} cycles, {result.instructions:,} instructions, {result.sleep_share:.1%} of the time asleep"
    )


def _energy(result: ExecResult) -> str:
    energy = result.energy
    if energy is None:
        return "not known, as the notes say" if result.notes else "not known: the board has no power model"
    of_what = "" if result.energy_share == 1 else f" of {result.energy_share:.1%} of the time"
    ends = span(energy.energy_low_uj, energy.energy_high_uj)
    return f"{number(energy.energy_uj)} uJ{of_what} ({ends}), {number(energy.mean_power_mw)} mW on average"


def _wait(name: str, result: ExecResult) -> str:
    return f"{name} for {result.waits[name] / max(result.cycles, 1):.1%} of the cycles"


def _section(section: Section) -> str:
    return f"{section.operating_point.clock_hz / 1e6:g} MHz for {number(section.latency_ms)} ms"


def _stack(stack: StackUse) -> str:
    if stack.size_bytes is None:
        return f"{stack.name}: {stack.used_bytes:,} bytes used; its size is not known, for {stack.limit_by}"
    return f"{stack.name}: {stack.used_bytes:,} of {stack.size_bytes:,} bytes used at most, down to {stack.limit_by}"
