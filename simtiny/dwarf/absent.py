"""Functions of the source without code of their own: inlined, or left out by the compiler or linker."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from simtiny.dwarf import entries as d
from simtiny.dwarf.entries import Entry, Unit
from simtiny.dwarf.functions import DebugFrame, Describer
from simtiny.dwarf.ranges import ranges_of
from simtiny.dwarf.sections import DAMAGED

MOST_PLACES = 1000


@dataclass(frozen=True)
class InlinedAt:
    """`into`: the function whose code it is part of. file, line: of the call, empty and 0 where that is unknown."""

    into: str
    file: str
    line: int


@dataclass(frozen=True)
class Absent:
    """`file`, `line`: where it is declared, empty and 0 where debug information does not say."""

    name: str
    file: str
    line: int
    inlined: tuple[InlinedAt, ...]


def absent(units: Iterable[Unit], describer: Describer, is_wanted: Callable[[str], bool]) -> tuple[Absent, ...]:
    """Functions without code whose name, with scopes, is wanted, in the order in which debug information has them."""
    frames: dict[str, DebugFrame] = {}
    places: dict[str, list[InlinedAt]] = {}
    with_code: set[str] = set()
    for unit in units:
        for entry in unit.entries.values():
            if entry.tag not in (d.SUBPROGRAM, d.INLINED) or d.DECLARATION in entry.attributes:
                continue
            try:
                name = describer.name(entry)
                if not is_wanted(name):
                    continue
                frame = describer.frame(entry)
                if frames.setdefault(name, frame).line == 0:
                    frames[name] = frame
                if entry.tag == d.INLINED and _is_loaded(unit, entry):
                    places.setdefault(name, [])
                    if len(places[name]) < MOST_PLACES:
                        into = describer.name(describer.chain(entry)[0])
                        places[name].append(InlinedAt(into, frame.call_file, frame.call_line))
                elif entry.tag == d.SUBPROGRAM and _is_loaded(unit, entry):
                    with_code.add(name)
            except DAMAGED:
                continue
    return tuple(
        Absent(name, frame.file, frame.line, tuple(dict.fromkeys(places.get(name, ()))))
        for name, frame in frames.items()
        if name not in with_code or name in places
    )


def _is_loaded(unit: Unit, entry: Entry) -> bool:
    is_loaded = (unit.skeleton or unit).sections.is_loaded
    return any(low < high and is_loaded(low) for low, high in ranges_of(unit, entry.attributes))
