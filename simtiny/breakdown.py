"""Where the cycles and the energy of a window went: by class, by memory and by function.

Pure sums over what `estimate` and `energy` found; each set of parts sums up to the window. Energies in microjoules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum

from simtiny.energy import STATIC, EnergyEstimate
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
    """A part of a window. `energy_uj` is None where the window's energy is not known."""

    name: str
    cycles: float
    energy_uj: float | None


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
    parts = [
        Part(
            name.replace("_", " "), count * per_instruction, _energy(estimate, consumed, count * per_instruction, name)
        )
        for name, count in instructions.items()
    ]
    parts += [
        Part("stalls", stalls, _energy(estimate, consumed, stalls)),
        Part("waits for memory", waits, _energy(estimate, consumed, waits)),
        Part(ASLEEP, estimate.events.sleeping, _energy(estimate, consumed, 0, "sleeping")),
    ]
    for name in (*EVENTS, STATIC):
        if name not in ("cycles", "sleeping", *INSTRUCTIONS):
            parts.append(Part(name.replace("_", " "), 0, _energy(estimate, consumed, 0, name)))
    return tuple(parts)


def by_memory(estimate: Estimate, consumed: EnergyEstimate | None) -> tuple[Part, ...]:
    """Each memory with the cycles that the core waited for it, then the core, asleep or awake, then static.

    Loads and stores count by what they cost beyond the cycle that issues them. One from flash that misses the cache
    costs a read of the flash array on top.
    """
    parts = []
    for name, (effects, events) in MEMORIES.items():
        waits = sum(estimate.cycles_by_effect[effect] for effect in effects)
        parts.append(Part(name, waits, _energy(estimate, consumed, waits, *events)))
    elsewhere = {"cycles", *(event for _, events in MEMORIES.values() for event in events)}
    awake = estimate.events.cycles - fsum(part.cycles for part in parts)
    in_core = _energy(estimate, consumed, awake, *(event for event in EVENTS if event not in elsewhere))
    parts.append(Part(CORE, awake + estimate.events.sleeping, in_core))
    parts.append(Part(STATIC, 0, _energy(estimate, consumed, 0, STATIC)))
    return tuple(parts)


def by_function(
    profile: Profile, estimate: Estimate, consumed: EnergyEstimate | None, image: Image
) -> tuple[Part, ...]:
    """The functions of the image, the costliest first, with all that was drawn while they ran, static power included.

    One part without symbols. Functions of one name that stand at different addresses are different ones.
    """
    return in_order(function_sums(profile, estimate, consumed, image), has_energy=consumed is not None)


def function_sums(
    profile: Profile, estimate: Estimate, consumed: EnergyEstimate | None, image: Image
) -> dict[tuple[str, int], tuple[float, float]]:
    """Cycles and energy (0 where it is not known) by name and address of a function; -1 for what is none."""
    energies = _energy_by_block(estimate, consumed)
    sums: dict[tuple[str, int], tuple[float, float]] = {}
    for block, cycles, energy_uj in zip(profile.blocks, estimate.cycles_by_block.tolist(), energies, strict=True):
        if cycles or energy_uj:
            function = image.function_at(block.address)
            key = (function.name, function.address) if function else (NO_SYMBOL, -1)
            before = sums.get(key, (0.0, 0.0))
            sums[key] = before[0] + cycles, before[1] + energy_uj
    static_uj = _static_uj_per_cycle(estimate, consumed)
    if entering := profile.exception_cycles:
        sums[EXCEPTIONS, -1] = entering, (_energy(estimate, consumed, entering) or 0.0) + entering * static_uj
    if asleep := profile.sleep_cycles:
        sums[ASLEEP, -1] = asleep, (_energy(estimate, consumed, 0, "sleeping") or 0.0) + asleep * static_uj
    return sums


def in_order(sums: Mapping[tuple[str, int], tuple[float, float]], *, has_energy: bool) -> tuple[Part, ...]:
    """What `function_sums` gives as parts, the costliest first."""
    parts = [Part(name, cycles, energy_uj if has_energy else None) for (name, _), (cycles, energy_uj) in sums.items()]
    return tuple(sorted(parts, key=lambda part: (-(part.energy_uj or 0.0), -part.cycles)))


def energy_of_part(part: Estimate, whole: Estimate, consumed: EnergyEstimate | None) -> float | None:
    """Energy of a stretch of the window, static power included. `consumed`: what the whole window drew."""
    if consumed is None:
        return None
    events_uj = (
        getattr(part.events, name) * consumed.by_event_uj[name] / max(getattr(whole.events, name), 1) for name in EVENTS
    )
    return fsum(events_uj) + part.cycles * _static_uj_per_cycle(whole, consumed)


def _energy_by_block(estimate: Estimate, consumed: EnergyEstimate | None) -> list[float]:
    counts = estimate.events_by_block.sum(axis=0).tolist()
    per_event = [
        (_energy(estimate, consumed, 0, name) or 0.0) / count if count else 0.0
        for name, count in zip(EVENTS, counts, strict=True)
    ]
    per_cycle = (_energy(estimate, consumed, 1) or 0.0) + _static_uj_per_cycle(estimate, consumed)
    by_block = estimate.cycles_by_block * per_cycle
    for column, event_uj in zip(estimate.events_by_block.T, per_event, strict=True):
        by_block += column * event_uj  # one by one: a product of matrices sums in an order that the host chooses
    return list(map(float, by_block))


def _energy(estimate: Estimate, consumed: EnergyEstimate | None, cycles: float, *events: str) -> float | None:
    """Energy of some of the window's cycles awake, and of all its events of some kinds."""
    if consumed is None:
        return None
    per_cycle = consumed.by_event_uj["cycles"] / max(estimate.events.cycles, 1)
    return cycles * per_cycle + fsum(consumed.by_event_uj[event] for event in events)


def _static_uj_per_cycle(estimate: Estimate, consumed: EnergyEstimate | None) -> float:
    return consumed.by_event_uj[STATIC] / max(estimate.cycles, 1) if consumed else 0.0
