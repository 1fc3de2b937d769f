"""Where the cycles and the energy of a window went: by class, by memory and by function.

Pure sums over what `estimate` and `energy` found; each set of parts sums up to the window. Energies in microjoules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np

from simtiny.energy import LEFT_ON, STATIC, EnergyEstimate
from simtiny.energy_parts import Split, added, ends
from simtiny.estimate import Estimate
from simtiny.events import EVENTS
from simtiny.image import Image
from simtiny.profiles import Profile
from simtiny.timing.effects import Effect

NO_SYMBOL = "without a symbol"
EXCEPTIONS = "exception entry and return"
ASLEEP = "asleep"
CORE = "core"
# What the core waits for each memory, and what else that memory costs.
MEMORIES: dict[str, tuple[tuple[Effect, ...], tuple[str, ...]]] = {
    "reads of the flash array": ((Effect.FLASH_CODE, Effect.FLASH_DATA), ("flash_reads",)),
    "loads from flash": ((), ("flash_load_words",)),
    "loads and stores in RAM": ((), ("load_words", "store_words")),
    "line fills from RAM": ((Effect.RAM_DATA,), ("ram_line_reads",)),
}
# The classes of instructions among the events.
INSTRUCTIONS = tuple(
    name for name in EVENTS if name not in ("cycles", "code_lines", "flash_reads", "ram_line_reads", "sleeping")
)


@dataclass(frozen=True)
class Part:
    """A part of a window. `energy_uj` is None where the window's energy is not known.

    `energy_low_uj`, `energy_high_uj`: ends of its 90 % interval (`simtiny.energy_parts`), None where none is known.
    """

    name: str
    cycles: float
    energy_uj: float | None
    energy_low_uj: float | None = None
    energy_high_uj: float | None = None


Sums = tuple[float, Split]
"""Cycles, and energy by event; without any where it is not known."""


def by_class(estimate: Estimate, consumed: EnergyEstimate | None) -> tuple[Part, ...]:
    """Instructions by class with the cycles that issue them, then stalls, waits and sleep, then reads, then static.

    A stall is a cycle in which the core itself does not issue; a wait is one for flash, or for RAM behind a cache.
    Issue cycles are shared out evenly among instructions: a load or store of several words counts by its words, a
    divide as one.
    """
    issue = estimate.cycles_by_effect[Effect.ISSUE]
    waits = sum(estimate.cycles_by_effect[effect] for effects, _ in MEMORIES.values() for effect in effects)
    stalls = estimate.events.cycles - issue - waits
    instructions = {name: int(estimate.events_by_block[:, EVENTS.index(name)].sum()) for name in INSTRUCTIONS}
    per_instruction = issue / max(sum(instructions.values()), 1)
    sums = {
        name: (count * per_instruction, _split(estimate, consumed, count * per_instruction, name))
        for name, count in instructions.items()
    }
    sums["stalls"] = stalls, _split(estimate, consumed, stalls)
    sums["waits for memory"] = waits, _split(estimate, consumed, waits)
    sums[ASLEEP] = estimate.events.sleeping, _split(estimate, consumed, 0, "sleeping")
    for name in (*EVENTS, STATIC, LEFT_ON):
        if name not in ("cycles", "sleeping", *INSTRUCTIONS):
            sums[name] = 0, _split(estimate, consumed, 0, name)
    return tuple(part(name.replace("_", " "), each, consumed) for name, each in sums.items())


def by_memory(estimate: Estimate, consumed: EnergyEstimate | None) -> tuple[Part, ...]:
    """Each memory with the cycles that the core waited for it, then the core, asleep or awake, then static
    power and what else is on.

    Loads and stores count by what they cost beyond the cycle that issues them. One from flash that misses the cache
    costs a read of the flash array on top.
    """
    sums: dict[str, Sums] = {}
    for name, (effects, events) in MEMORIES.items():
        waits = sum(estimate.cycles_by_effect[effect] for effect in effects)
        sums[name] = waits, _split(estimate, consumed, waits, *events)
    elsewhere = {"cycles", *(event for _, events in MEMORIES.values() for event in events)}
    awake = estimate.events.cycles - fsum(cycles for cycles, _ in sums.values())
    in_core = _split(estimate, consumed, awake, *(event for event in EVENTS if event not in elsewhere))
    sums[CORE] = awake + estimate.events.sleeping, in_core
    sums |= {name: (0, _split(estimate, consumed, 0, name)) for name in (STATIC, LEFT_ON)}
    return tuple(part(name.replace("_", " "), each, consumed) for name, each in sums.items())


def by_function(
    profile: Profile, estimate: Estimate, consumed: EnergyEstimate | None, image: Image
) -> tuple[Part, ...]:
    """The functions of the image, the costliest first, with all that was drawn while they ran, static power included.

    One part without symbols. Functions of one name that stand at different addresses are different ones.
    """
    return in_order(function_sums(profile, estimate, consumed, image), consumed)


def function_sums(
    profile: Profile, estimate: Estimate, consumed: EnergyEstimate | None, image: Image
) -> dict[tuple[str, int], Sums]:
    """Cycles and energy by name and address of a function; -1 for what is none."""
    functions: dict[tuple[str, int], list[int]] = {}
    ran = (estimate.cycles_by_block != 0) | estimate.events_by_block.any(axis=1)
    for number in np.flatnonzero(ran).tolist():
        function = image.function_at(profile.blocks[number].address)
        functions.setdefault((function.name, function.address) if function else (NO_SYMBOL, -1), []).append(number)
    sums = {
        key: (fsum(estimate.cycles_by_block[blocks].tolist()), _of_blocks(estimate, consumed, blocks))
        for key, blocks in functions.items()
    }
    if entering := profile.exception_cycles:
        split = _split(estimate, consumed, entering)
        sums[EXCEPTIONS, -1] = entering, added((split, _constant(estimate, consumed, entering)))
    if asleep := profile.sleep_cycles:
        split = _split(estimate, consumed, 0, "sleeping")
        sums[ASLEEP, -1] = asleep, added((split, _constant(estimate, consumed, asleep)))
    return sums


def in_order(sums: Mapping[tuple[str, int], Sums], consumed: EnergyEstimate | None) -> tuple[Part, ...]:
    """What `function_sums` gives as parts, the costliest first. `consumed`: what all of them drew."""
    parts = [part(name, each, consumed) for (name, _), each in sums.items()]
    return tuple(sorted(parts, key=lambda part: (-(part.energy_uj or 0.0), -part.cycles)))


def part(name: str, sums: Sums, consumed: EnergyEstimate | None) -> Part:
    """A part with its energy and the interval of that, as far as they are known."""
    cycles, split = sums
    if consumed is None:
        return Part(name, cycles, None)
    return Part(name, cycles, fsum(split.values()), *ends(split, consumed))


def split_of_part(stretch: Estimate, whole: Estimate, consumed: EnergyEstimate) -> Split:
    """Energy of a stretch of the window by event, static power included. `consumed`: what the whole window drew."""
    events_uj = {
        name: getattr(stretch.events, name) * consumed.by_event_uj[name] / max(getattr(whole.events, name), 1)
        for name in EVENTS
    }
    return {**events_uj, **_constant(whole, consumed, stretch.cycles)}


def _of_blocks(estimate: Estimate, consumed: EnergyEstimate | None, blocks: Sequence[int]) -> Split:
    """Of all runs of some blocks."""
    if consumed is None:
        return {}
    cycles = fsum(estimate.cycles_by_block[blocks].tolist())
    whole = estimate.events_by_block.sum(axis=0).tolist()
    own = estimate.events_by_block[blocks].sum(axis=0).tolist()
    events_uj = {
        name: consumed.by_event_uj[name] * count / of_all if of_all else 0.0
        for name, count, of_all in zip(EVENTS, own, whole, strict=True)
    }
    in_cycles = _split(estimate, consumed, cycles)
    return added((events_uj, in_cycles, _constant(estimate, consumed, cycles)))


def _split(estimate: Estimate, consumed: EnergyEstimate | None, cycles: float, *events: str) -> Split:
    """Energy of some of the window's cycles awake, and of all its events of some kinds."""
    if consumed is None:
        return {}
    per_cycle = consumed.by_event_uj["cycles"] / max(estimate.events.cycles, 1)
    return {"cycles": cycles * per_cycle, **{event: consumed.by_event_uj[event] for event in events}}


def _constant(estimate: Estimate, consumed: EnergyEstimate | None, cycles: float) -> Split:
    """What is drawn all the while, in so many of the window's cycles."""
    if consumed is None:
        return {}
    share = cycles / max(estimate.cycles, 1)
    return {name: consumed.by_event_uj[name] * share for name in (STATIC, LEFT_ON)}
