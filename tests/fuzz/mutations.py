"""How an input is made of valid ones: edits with boundary values, cuts, copies, splices, bit flips. All by one seed."""

import json
import re
import struct
from collections.abc import Sequence
from random import Random
from typing import Any

BOUNDARIES = (0, 1, 2, 3, 4, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000)
NUMBERS = (
    *("0", "-0", "1", "-1", "2", "16", "31", "32", "255", "256", "65535", "65536", "2147483647", "2147483648"),
    *("4294967295", "4294967296", "9007199254740993", "9223372036854775807", "9223372036854775808", "1" * 40),
    *(
        "1" * 400,
        "1" * 5000,
        "1e308",
        "1e309",
        "-1e-320",
        "nan",
        "inf",
        "-inf",
        "0x",
        "0x08000000",
        "0xFFFFFFFF",
        "1_0",
    ),
    *(
        "0.1",
        "-0.0",
        "",
        " ",
        "true",
        "null",
        '"x"',
        "[]",
        "{}",
        "1.",
        ".5",
        "+1",
        "\u0663",
        "1e",
        "0b1",
        "0o7",
        "[" * 5000,
    ),
)
WORDS = (
    "",
    "\0",
    "\n",
    "\r\n",
    "\ufeff",
    "\udc80",
    "a" * 300,
    "x\x1b[2J",
    "\u00e9",
    "..",
    "/",
    "../x",
    "%",
    "{}",
    "\\",
    '"',
)
_NUMBER = re.compile(rb"[-+]?(?:0[xX][0-9a-fA-F_]+|[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
_MOST_EDITS = 6
_MOST_BYTES = 1 << 18


def mutated(samples: Sequence[bytes], chance: Random) -> bytes:
    """One of the samples after some edits of its bytes."""
    data = bytearray(chance.choice(samples))
    for _ in range(chance.randint(1, _MOST_EDITS)):
        _EDITS[chance.randrange(len(_EDITS))](data, samples, chance)
    return bytes(data[:_MOST_BYTES])


def mutated_text(samples: Sequence[bytes], chance: Random, most_edits: int = _MOST_EDITS) -> bytes:
    """One of the samples after some edits of its numbers and lines; of its bytes, now and then."""
    data = chance.choice(samples)
    for _ in range(chance.randint(1, most_edits)):
        kind = chance.randrange(10)
        if kind < 5:
            data = _with_number(data, chance)
        elif kind < 8:
            data = _with_lines(data, chance.choice(samples), chance)
        elif kind == 8:
            at = chance.randint(0, len(data))
            data = data[:at] + chance.choice(WORDS).encode("utf-8", "surrogateescape") + data[at:]
        else:
            data = mutated([data], chance)
    return data[:_MOST_BYTES]


def mutated_tree(tree: Any, chance: Random) -> Any:
    """A JSON value, which is changed, with some of its nodes replaced, removed, doubled or nested deeper."""
    for _ in range(chance.randint(1, _MOST_EDITS)):
        tree = _with_node(tree, chance)
    return tree


def mutated_json(samples: Sequence[bytes], chance: Random) -> bytes:
    """The text of `mutated_tree`; now and then edited as bytes, too."""
    data = json.dumps(mutated_tree(json.loads(chance.choice(samples)), chance)).encode()
    return mutated_text([data], chance) if chance.random() < 0.3 else data[:_MOST_BYTES]


def mutated_fields(layout: struct.Struct, fields: Sequence[int], chance: Random) -> bytes:
    """A record of a layout with one of its fields at or near a bound."""
    changed = list(fields)
    at = chance.randrange(len(changed))
    changed[at] = boundary(chance, changed[at])
    try:
        return layout.pack(*changed)
    except struct.error:
        return layout.pack(*fields)


def boundary(chance: Random, value: int = 0) -> int:
    """A number at a bound of some width, or next to one or to `value`."""
    near = chance.choice((*BOUNDARIES, value, value, value * 2, 1 << 32, 1 << 53, 1 << 63))
    return max(near + chance.choice((0, 0, -1, 1, -4, 4)), 0) if chance.random() < 0.9 else -near


def _flip(data: bytearray, _samples: Sequence[bytes], chance: Random) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _byte(data: bytearray, _samples: Sequence[bytes], chance: Random) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, 0x0A, chance.randrange(256)))


def _integer(data: bytearray, _samples: Sequence[bytes], chance: Random) -> None:
    """A little-endian field: a bound, a length or place in this very file, or what it was and a little."""
    size = chance.choice((1, 2, 4, 4, 4, 8))
    if len(data) < size:
        return
    at = _place(data, chance) // size * size if chance.random() < 0.8 else _place(data, chance)
    at = min(at, len(data) - size)
    old = int.from_bytes(data[at : at + size], "little")
    new = chance.choice((boundary(chance, old), len(data) - chance.randint(0, 8), chance.randrange(len(data)), old + 4))
    data[at : at + size] = (new & ((1 << 8 * size) - 1)).to_bytes(size, "little")


def _place(data: bytearray, chance: Random) -> int:
    """Anywhere, twice as often near the start, where headers stand."""
    return chance.randrange(min(len(data), 64)) if chance.random() < 0.4 else chance.randrange(len(data))


def _copy_word(data: bytearray, _samples: Sequence[bytes], chance: Random) -> None:
    """Four bytes of the file to another place: an offset or size that is right elsewhere."""
    if len(data) >= 8:
        source, target = (chance.randrange(len(data) // 4) * 4 for _ in range(2))
        data[target : target + 4] = data[source : source + 4]


def _cut(data: bytearray, _samples: Sequence[bytes], chance: Random) -> None:
    del data[chance.randint(0, len(data)) :]


def _remove(data: bytearray, _samples: Sequence[bytes], chance: Random) -> None:
    at = chance.randint(0, len(data))
    del data[at : at + chance.choice((1, 2, 4, 16, 64, 256))]


def _repeat(data: bytearray, _samples: Sequence[bytes], chance: Random) -> None:
    at, size = chance.randint(0, len(data)), chance.choice((1, 4, 16, 64, 256))
    data[at:at] = data[at : at + size] * chance.choice((1, 1, 2, 16))


def _splice(data: bytearray, samples: Sequence[bytes], chance: Random) -> None:
    other = chance.choice(samples)
    data[chance.randint(0, len(data)) :] = other[chance.randint(0, len(other)) :]


def _fill(data: bytearray, _samples: Sequence[bytes], chance: Random) -> None:
    at, size = chance.randint(0, len(data)), chance.choice((4, 16, 64))
    data[at : at + size] = bytes([chance.choice((0, 0xFF, 0x41, 0x80))]) * min(size, len(data) - at)


def _noise(data: bytearray, _samples: Sequence[bytes], chance: Random) -> None:
    at = chance.randint(0, len(data))
    data[at:at] = chance.randbytes(chance.choice((1, 2, 4, 16)))


_EDITS = (_flip, _flip, _byte, _integer, _integer, _integer, _copy_word, _cut, _remove, _repeat, _splice, _fill, _noise)


def _with_number(data: bytes, chance: Random) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    match = chance.choice(found)
    return data[: match.start()] + chance.choice(NUMBERS).encode() + data[match.end() :]


def _with_lines(data: bytes, other: bytes, chance: Random) -> bytes:
    lines, others = data.split(b"\n"), other.split(b"\n")
    at, kind = chance.randrange(len(lines)), chance.randrange(5)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(chance.randrange(len(lines) + 1), lines[at])
    elif kind == 2:
        lines.insert(at, chance.choice(others))
    elif kind == 3:
        lines[at] = lines[at][: chance.randint(0, len(lines[at]))]
    else:
        other_at = chance.randrange(len(lines))
        lines[at], lines[other_at] = lines[other_at], lines[at]
    return b"\n".join(lines)


def _value(chance: Random) -> Any:
    """A node that JSON can hold, and some that it should not."""
    kind = chance.randrange(9)
    if kind == 0:
        return boundary(chance)
    if kind == 1:
        return chance.choice((0.5, -0.0, 1e308, 1e-308, float("nan"), float("inf"), 10**40, -(10**400), 2**63, -1.5))
    if kind == 2:
        return chance.choice(WORDS)
    if kind == 3:
        return chance.choice(NUMBERS)
    if kind == 4:
        return [_value(chance)] * chance.choice((0, 1, 2, 8))
    if kind == 5:
        return dict.fromkeys(chance.choices(WORDS, k=3), _value(chance))
    if kind == 6 and chance.random() < 0.1:
        nested: Any = []
        for _ in range(chance.choice((10, 100, 300))):
            nested = [nested]
        return nested
    return chance.choice((None, True, False, "", 0, [], {}))


def _with_node(tree: Any, chance: Random) -> Any:
    """The tree, changed in place where it can be."""
    if not isinstance(tree, dict | list) or not tree or chance.random() < 0.05:
        return _value(chance)
    parent, key = tree, _key(tree, chance)
    while isinstance(parent[key], dict | list) and parent[key] and chance.random() < 0.85:
        parent = parent[key]
        key = _key(parent, chance)
    kind = chance.randrange(8)
    if kind == 0:
        del parent[key]
    elif kind == 1 and isinstance(parent, list):
        parent[key:key] = [parent[key]] * chance.choice((1, 2, 3))
    elif kind == 2 and isinstance(parent, dict):
        parent[chance.choice(WORDS)] = parent.pop(key)
    elif kind == 3 and isinstance(parent[key], int):
        parent[key] = boundary(chance, int(parent[key]))
    elif kind == 4 and isinstance(parent[key], float):
        parent[key] *= chance.choice((-1.0, 0.0, 2.0, 1e9, 1e300))
    else:
        parent[key] = _value(chance)
    return tree


def _key(parent: Any, chance: Random) -> Any:
    return chance.choice(list(parent)) if isinstance(parent, dict) else chance.randrange(len(parent))
