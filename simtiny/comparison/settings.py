"""What was set or chosen otherwise in B than in A, in words, and memory."""

from collections.abc import Mapping
from typing import Any

from simtiny.comparison.result import MemoryPart, Setting
from simtiny.comparison.saved import Result

_POINT: Mapping[str, str] = {
    "clock_hz": "clock",
    "wait_states": "flash wait states",
    "prefetch": "prefetch",
    "instruction_cache": "instruction cache",
    "data_cache": "data cache",
    "voltage_range": "voltage range",
    "miss_overhead_cycles": "cycles of a miss beyond the wait states",
    "ram_miss_cycles": "cycles of a miss in cached RAM",
    "regulator": "regulator in use",
    "switched_on": "what else is on",
}
"""Fields of the operating point in a reader's words. Others go by their own names."""
_ASKED: Mapping[str, str] = {
    "place": "placement",
    "read_width_bits": "flash read width in bits",
    "caches": "caches tried",
}
"""Words of a request that no other field of the result repeats."""
MEMORIES: Mapping[str, str] = {
    "flash_bytes": "flash",
    "firmware_bytes": "firmware",
    "plan_bytes": "network with weights",
    "ram_bytes": "RAM",
    "arena_bytes": "tensors",
    "data_bytes": "data",
    "stack_bytes": "stack",
}
"""Flash, RAM, and after each what lies in it."""


def settings(a: Result, b: Result) -> tuple[Setting, ...]:
    """What differs, what was chosen before what was set."""
    pairs = {
        "board": (a.board, b.board),
        "firmware": (a.firmware, b.firmware),
        "kernels": (a.kernels, b.kernels),
        "weights": (a.weights, b.weights),
        "measured": (a.window, b.window),
    }
    if a.board == b.board and a.firmware == b.firmware:  # two builds may have one name
        pairs["firmware image, SHA-256"] = _hashes(a, b, "image_sha256")
    if a.title == b.title:
        pairs["network, SHA-256"] = _hashes(a, b, "model_sha256")
    for key in dict.fromkeys([*_POINT, *a.operating_point, *b.operating_point]):
        name = _POINT.get(key, key.replace("_", " "))
        pairs[name] = (_said(key, a.operating_point.get(key)), _said(key, b.operating_point.get(key)))
    if a.energy and b.energy:
        pairs["supply"] = (f"{a.energy.supply_v:g} V", f"{b.energy.supply_v:g} V")
        pairs["core voltage"] = (f"{a.energy.core_v:g} V", f"{b.energy.core_v:g} V")
        pairs.pop("regulator in use", None)
        pairs["regulator"] = (a.energy.regulator, b.energy.regulator)
    if a.duty_cycle and b.duty_cycle:
        pairs["period"] = (f"{a.duty_cycle.period_s:g} s", f"{b.duty_cycle.period_s:g} s")
        pairs["sleep mode"] = (a.duty_cycle.sleep_mode, b.duty_cycle.sleep_mode)
    for key in _ASKED:
        pairs[_ASKED[key]] = (_said(key, a.options.get(key)), _said(key, b.options.get(key)))
    return tuple(Setting(name, one or "", other or "") for name, (one, other) in pairs.items() if one != other)


def memory_parts(a: Result, b: Result) -> tuple[MemoryPart, ...]:
    """Flash and RAM, and what is known of what lies in them."""
    found = []
    for key, name in MEMORIES.items():
        one, other = a.memory.get(key), b.memory.get(key)
        if one is not None or other is not None:
            found.append(MemoryPart(name, one, other, None if one is None or other is None else other - one))
    return tuple(found)


def work_notes(a: Result, b: Result, versions: tuple[str, str]) -> tuple[str, ...]:
    """Why a reader should think twice: the work is not the same, or simtiny was not; and what the results note."""
    notes = []
    if a.benchmark != b.benchmark or a.window != b.window:
        windows = ("", "") if a.window == b.window else (f" ({a.window})", f" ({b.window})")
        notes.append(f"A and B do not do the same work: {a.title}{windows[0]} in A, {b.title}{windows[1]} in B")
    if versions[0] != versions[1]:
        notes.append(
            f"A is by simtiny {versions[0]}, B by simtiny {versions[1]}: its model of time and energy may differ"
        )
    if unknown := [name for name, result in (("A", a), ("B", b)) if result.energy is None]:
        notes.append(f"energies are not compared: that of {' and of '.join(unknown)} is not known")
    for note in dict.fromkeys([*a.notes, *b.notes]):
        sides = [name for name, result in (("A", a), ("B", b)) if note in result.notes]
        notes.append(f"{' and '.join(sides)}: {note}")
    return tuple(notes)


def _hashes(a: Result, b: Result, key: str) -> tuple[str, str]:
    """The first digits of what went into both; nothing where one of them is not known."""
    one, other = a.identity.get(key), b.identity.get(key)
    return (one[:12], other[:12]) if one and other else ("", "")


def _said(key: str, value: Any) -> str:
    if value is None or value == [] or value == ():
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if key == "clock_hz":
        return f"{value / 1e6:g} MHz"
    if key == "switched_on" and isinstance(value, list | tuple):
        value = [each[0] if isinstance(each, list | tuple) and each else each for each in value]
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
