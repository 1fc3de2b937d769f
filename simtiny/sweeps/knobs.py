"""What the user writes for one knob of a sweep: a value, a list, a range, or a word for all that the chip allows.

Numbers of a range are worked out as fractions, so that 1.8:3.3:0.1 has 2.1 in it, to the last bit.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import lcm
from types import MappingProxyType
from typing import TypeVar

from simtiny import parameters
from simtiny.errors import BadInput

ALL = "all"
"""In place of values: all that the chip's tables allow."""
AS_IS = "as-is"
"""In place of a value: as the firmware programs it, as the chip has it, as the image is linked."""
MOST_POINTS = 3_000_000
"""Points of one sweep, and so values of one range."""
MOST_SETTINGS = 1_000
"""Voltage ranges, wait states or read widths of one sweep: each costs time, and no chip has as many."""
Units = Mapping[str, Fraction]
HERTZ: Units = MappingProxyType({"": Fraction(1), "Hz": Fraction(1), "kHz": Fraction(10**3), "MHz": Fraction(10**6)})
"""What a unit is worth; "" is that of a number without one. Letters may be large or small."""
VOLTS: Units = MappingProxyType({"": Fraction(1), "V": Fraction(1), "mV": Fraction(1, 1000)})
_NUMBER = re.compile(r"([+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:e[+-]?\d{1,2})?)\s*([a-z]*)", re.IGNORECASE)
_CACHE = re.compile(r"\d{1,9}k?(?:i?b)?/\d{1,9}(?:/\d{1,4})?", re.IGNORECASE)
_MOST_CHARACTERS = 200

_Value = TypeVar("_Value")


def several(given: object) -> tuple[object, ...]:
    """What was given, one by one: each text may itself be a list with commas. None: nothing."""
    if getattr(given, "ndim", None) == 0:  # of numpy: an array without dimensions is a single value
        given = getattr(given, "item", lambda: given)()
    if given is None:
        return ()
    if isinstance(given, str):
        return tuple(part.strip() for part in given.split(","))
    if isinstance(given, bytes | bytearray | dict) or not isinstance(given, Iterable):
        return (given,)
    return tuple(part for each in given for part in (several(each) if isinstance(each, str) else (each,)))


def values(
    name: str, given: object, read: Callable[[str, object], Sequence[_Value]], *, all_allowed: bool = True
) -> tuple[_Value | str | None, ...]:
    """The values of a knob, each once: those that `read` gives, `ALL`, or None for `AS_IS`. Empty: nothing was given.

    BadInput for what `read` refuses.
    """
    found: dict[_Value | str | None, None] = {}
    for each in several(given):
        if isinstance(each, str):
            if len(each) > _MOST_CHARACTERS:
                raise BadInput(f"`{name}` {each[:40]}...: too long for a value")
            if not each:
                raise BadInput(f"`{name}`: a value is empty: leave out a comma")
            if each.lower() == ALL and not all_allowed:
                raise BadInput(f"`{name}` {ALL}: no table of the chip lists these: name values")
        if each is None or (isinstance(each, str) and each.lower() in (AS_IS, ALL)):
            found[None if each is None or each.lower() == AS_IS else ALL] = None
        else:
            found.update(dict.fromkeys(read(name, each)))
        if len(found) > MOST_POINTS:
            raise too_many(f"`{name}` has {len(found):,} values")
        if len(found) > MOST_SETTINGS and read in (labels, whole_numbers):
            raise BadInput(f"`{name}` has {len(found):,} values or more: {MOST_SETTINGS:,} are the most")
    return tuple(found)


def too_many(what: str) -> BadInput:
    """The error for a sweep beyond `MOST_POINTS`."""
    return BadInput(f"{what}: a sweep has at most {MOST_POINTS:,} points")


def numbers(name: str, value: object, units: Units, example: str) -> tuple[float, ...]:
    """A number or a range "low:high:step", both ends included where the step hits them. Parts may have a unit.

    A part without one has that of the others.
    """
    if not isinstance(value, str):
        return (parameters.number(name, value),)
    low, high, step = _range(name, value, units, example)
    return tuple(_steps(low, high, step))


def whole_numbers(name: str, value: object) -> tuple[int, ...]:
    """A whole number from 0 on, or a range of these, "0:5" or "0:6:2"."""
    if not isinstance(value, str):
        return (parameters.whole(name, value, 0),)
    low, high, step = _range(name, value, {"": Fraction(1)}, "0:5", usual_step=Fraction(1))
    if low < 0 or low.denominator != 1 or step.denominator != 1:
        raise BadInput(f"`{name}` {value}: expected whole numbers from 0 on")
    return tuple(range(int(low), int(high) + 1, int(step)))


def labels(name: str, value: object) -> tuple[str, ...]:
    """A name that is often a number, or a range of whole numbers, "0:3"."""
    if isinstance(value, str) and ":" in value:
        return tuple(map(str, whole_numbers(name, value)))
    return (parameters.label(name, value),)


def texts(name: str, value: object) -> tuple[str, ...]:
    """A name."""
    return (parameters.text(name, value),)


def switches(name: str, value: object) -> tuple[bool, ...]:
    """On or off."""
    if isinstance(value, str):
        if value.lower() not in ("on", "off"):
            raise BadInput(f"`{name}` {value}: expected on or off")
        return (value.lower() == "on",)
    return (parameters.flag(name, value),)


def caches(name: str, value: object) -> tuple[str, ...]:
    """Caches as `simtiny.settings.MemorySettings` has them; "+" stands between those of instructions and of data."""
    text = parameters.text(name, value)
    parts = [part.strip() for part in text.split("+")]
    if text.lower() != "none" and (len(parts) > 2 or not all(_CACHE.fullmatch(part) for part in parts)):
        raise BadInput(
            f"`{name}` {text}: expected size/ways such as 16K/2, 8K/2+4K/4 for instructions and data, or none"
        )
    return (text.lower() if text.lower() == "none" else ",".join(parts),)


def placements(name: str, value: object) -> tuple[tuple[str, ...], ...]:
    """What lies elsewhere at once: "weights=dtcm+stack=sram2"."""
    text = parameters.text(name, value)
    parts = tuple(part.strip() for part in text.split("+"))
    if not all(re.fullmatch(r"[^=\s]+=[^=\s]+", part) for part in parts):
        raise BadInput(f"`{name}` {text}: expected what=memory, and + between what is placed together")
    return (parts,)


def _range(
    name: str, text: str, units: Units, example: str, usual_step: Fraction | None = None
) -> tuple[Fraction, Fraction, Fraction]:
    """Low, high and step of a text, in the unit whose worth is 1; of a single number it is both ends."""
    found = [_NUMBER.fullmatch(part.strip()) for part in text.split(":")]
    if len(found) > 3 or None in found:
        raise BadInput(f"`{name}` {text}: expected a number or a range such as {example}")
    written = [(part[1], part[2]) for part in found if part is not None]
    unit = next((unit for _, unit in reversed(written) if unit), "")
    parts = [Fraction(number) * _worth(name, text, own or unit, units) for number, own in written]
    if len(parts) == 1:
        return parts[0], parts[0], Fraction(1)
    if len(parts) == 2 and usual_step is None:
        raise BadInput(f"`{name}` {text}: a range needs a step, too, such as {example}")
    low, high, step = parts[0], parts[1], parts[2] if len(parts) == 3 else usual_step or Fraction(1)
    if step <= 0 or high < low:
        raise BadInput(f"`{name}` {text}: a range goes up, from low to high by a positive step, such as {example}")
    steps = (high - low) // step
    if steps >= MOST_POINTS:
        raise too_many(f"`{name}` {text} has {steps + 1:,} values")
    return low, high, step


def _steps(low: Fraction, high: Fraction, step: Fraction) -> Iterator[float]:
    """Each number, rounded once."""
    common = lcm(low.denominator, step.denominator)
    first, apart = int(low * common), int(step * common)
    return ((first + number * apart) / common for number in range(int((high - low) // step) + 1))


def _worth(name: str, text: str, unit: str, units: Units) -> Fraction:
    for known, worth in units.items():
        if unit.lower() == known.lower():
            return worth
    raise BadInput(f"`{name}` {text}: unknown unit {unit!r}: {'; '.join(filter(None, units)) or 'it has none'}")
