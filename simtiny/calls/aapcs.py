"""Values of Python as a C function takes and gives them: Arm's procedure call standard [AAPCS32, 6.1 to 6.4, 7.1].

Pure: `argument` makes bytes of a value, `lay_out` puts these into registers and on the stack, `result` reads what came
back. C types are those of `ctypes`, by their sizes on the target, where pointers and long have 32 bits.
"""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simtiny.errors import BadInput, did_you_mean
from simtiny.machine.call import Arguments

CType = type[Any]
"""A type of `ctypes`: a number or a Structure."""


class Pointer(ctypes.c_uint32):
    """An address on the target."""


_WORDS, _FLOATS = 4, 16  # core registers and single-precision ones that take arguments

C_TYPES: dict[str, CType | None] = {
    "void": None, "bool": ctypes.c_bool, "_Bool": ctypes.c_bool,
    "char": ctypes.c_uint8, "signed char": ctypes.c_int8, "unsigned char": ctypes.c_uint8,
    "short": ctypes.c_int16, "unsigned short": ctypes.c_uint16, "int": ctypes.c_int32, "unsigned": ctypes.c_uint32,
    "unsigned int": ctypes.c_uint32, "long": ctypes.c_int32, "unsigned long": ctypes.c_uint32,
    "long long": ctypes.c_int64, "unsigned long long": ctypes.c_uint64, "float": ctypes.c_float,
    "double": ctypes.c_double, "int8_t": ctypes.c_int8, "uint8_t": ctypes.c_uint8, "int16_t": ctypes.c_int16,
    "uint16_t": ctypes.c_uint16, "int32_t": ctypes.c_int32, "uint32_t": ctypes.c_uint32, "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64, "size_t": ctypes.c_uint32, "pointer": Pointer,
}  # fmt: skip
"""What `returns` may be called: char is unsigned on Arm [AAPCS32, 7.1.1]."""
_INTEGERS = tuple(
    getattr(ctypes, f"c_{sign}int{bits}") for bits in (8, 16, 32, 64) for sign in ("", "u")
)  # fmt: skip
_NAMES = {found: name for name, found in C_TYPES.items() if name.endswith("_t") or name in ("float", "double", "bool")}


@dataclass(frozen=True)
class Argument:
    """A value as bytes, a multiple of 4. float_bytes: of the floats that it is made of, 0 for anything else."""

    data: bytes
    alignment: int = 4
    float_bytes: int = 0
    may_split: bool = False


def c_type(name: str) -> CType | None:
    """The type that a user calls so; None for void. Raises BadInput."""
    text = " ".join(name.split())
    if text.endswith("*"):
        return Pointer
    if text not in C_TYPES:
        raise BadInput(
            f"`returns`: unknown type {name!r}{did_you_mean(text, C_TYPES)}: give one of {', '.join(C_TYPES)}"
        )
    return C_TYPES[text]


def checked_type(kind: object) -> CType:
    """A type of `ctypes` that a function can return. Raises BadInput for anything else."""
    is_number = isinstance(kind, type) and (kind in _NAMES or kind in (Pointer, ctypes.c_char))
    if not is_number and not is_structure(kind):
        raise BadInput(f"`returns`: expected a type's name in C or a number or Structure of ctypes, not {kind!r}")
    return kind  # type: ignore[return-value]


def size_of(kind: CType) -> int:
    """Bytes."""
    return ctypes.sizeof(kind)


def has_floats(kind: CType) -> bool:
    """Whether it is a float, or a struct of these alone: what the FPU's registers can hold."""
    return _float_bytes(kind) > 0


def is_structure(kind: object) -> bool:
    """Whether it is a class that describes a struct, or a union."""
    return isinstance(kind, type) and issubclass(kind, ctypes.Structure | ctypes.Union)


def argument(value: object, place: str, declared: CType | None = None) -> Argument:
    """A number or a struct as an argument. `place`: what messages call it. `declared`: the parameter's type, if known.

    Raises BadInput for what is no such value, and for one that the type can't hold.
    """
    if isinstance(value, ctypes.Structure | ctypes.Union):
        return _composite(value)
    kind, plain = _kind(value, place)
    if declared is not None and not is_structure(declared):
        kind = declared
    if kind is None:
        raise BadInput(f"{place}: {plain!r} may be a float or a double: give numpy.float32(…) or numpy.float64(…)")
    return _scalar(plain, kind, place)


def lay_out(arguments: Sequence[Argument], *, hard_float: bool, result_at: int | None = None) -> Arguments:
    """Where arguments go. `result_at`: where the function puts a struct that it returns, None for another result."""
    core: list[int] = [] if result_at is None else [result_at]
    floats: dict[int, int] = {}
    free, stack = set(range(_FLOATS)), bytearray()
    for one in arguments:
        words = _words(one.data)
        if one.float_bytes and hard_float:
            first = _first_free(free, len(words), one.float_bytes // 4)
            if first is not None:
                free -= set(range(first, first + len(words)))
                floats |= dict(zip(range(first, first + len(words)), words, strict=True))
                continue
            free = set()  # none goes there any more, once one did not find room
            stack += bytes(-len(stack) % one.alignment) + one.data
            continue
        if one.alignment == 8 and len(core) % 2:
            core.append(0)
        room = _WORDS - len(core)
        if len(words) <= room or (one.may_split and room > 0 and not stack):
            core += words[:room]
            stack += b"".join(word.to_bytes(4, "little") for word in words[max(room, 0) :])
        else:
            core += [0] * room
            stack += bytes(-len(stack) % one.alignment) + one.data
    return Arguments(tuple(core), floats, bytes(stack) + bytes(-len(stack) % 8))


def in_memory(kind: CType | None, *, hard_float: bool) -> bool:
    """Whether a function returns this by way of memory whose address it is given."""
    if not is_structure(kind):
        return False
    assert kind is not None
    return ctypes.sizeof(kind) > 4 and not (hard_float and _float_bytes(kind))


def result(kind: CType | None, core: Sequence[int], floats: Sequence[int], memory: bytes, *, hard_float: bool) -> Any:
    """What a function returned: a number, a struct, or None. `memory`: of a result that is `in_memory`."""
    if kind is None:
        return None
    size = ctypes.sizeof(kind)
    if memory:
        data = memory
    else:
        words = floats if hard_float and _float_bytes(kind) else core
        data = b"".join(word.to_bytes(4, "little") for word in words)
    found = kind.from_buffer_copy(data[:size])
    return found if is_structure(kind) else found.value


def _kind(value: object, place: str) -> tuple[CType | None, Any]:
    """The C type that a Python value has of itself, None where that can't be told of a float; and the plain value."""
    if isinstance(value, np.generic):
        if value.dtype.kind in "iub":
            dtype: Any = value.dtype
            return np.ctypeslib.as_ctypes_type(dtype), value.item()
        if value.dtype in (np.float32, np.float64):
            return (ctypes.c_float if value.dtype == np.float32 else ctypes.c_double), value.item()
        raise BadInput(f"{place}: {value.dtype} is no type of C's")
    if isinstance(value, ctypes._SimpleCData):
        return type(value), value.value
    if isinstance(value, bool | int):
        return _integer_kind(int(value), place), int(value)
    if isinstance(value, float):
        return None, value
    raise BadInput(f"{place}: {type(value).__name__} is neither a number, a buffer nor a struct")


def _integer_kind(value: int, place: str) -> CType:
    if -(1 << 31) <= value < 1 << 32:
        return ctypes.c_int32 if value < 1 << 31 else ctypes.c_uint32
    if -(1 << 63) <= value < 1 << 64:
        return ctypes.c_int64 if value < 1 << 63 else ctypes.c_uint64
    raise BadInput(f"{place}: {value} has more than 64 bits")


def _scalar(value: Any, kind: CType, place: str) -> Argument:
    name = _NAMES.get(kind, kind.__name__)
    size = ctypes.sizeof(kind)
    if kind in (ctypes.c_float, ctypes.c_double):
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise BadInput(f"{place}: {value!r} is no {name}")
        return Argument(bytes(kind(value)), 8 if size == 8 else 4, size)
    if isinstance(value, bytes):  # of c_char
        value = value[0]
    if not isinstance(value, int):
        raise BadInput(f"{place}: {value!r} is no {name}")
    bits = 1 if kind is ctypes.c_bool else 8 * size
    signed = kind in _INTEGERS[::2]
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if not least <= value <= most:
        raise BadInput(f"{place}: {value} does not fit {name}, which is from {least} to {most}")
    return Argument(value.to_bytes(max(size, 4), "little", signed=signed), max(size, 4))


def _composite(value: ctypes.Structure | ctypes.Union) -> Argument:
    data = bytes(value)
    alignment = 8 if ctypes.alignment(value) >= 8 else 4
    return Argument(data + bytes(-len(data) % 4), alignment, _float_bytes(type(value)), may_split=True)


def _float_bytes(kind: CType) -> int:
    """4 or 8 for a float, a double, or a struct of one to four of one of these alone; else 0 [AAPCS32, 7.1.2.1]."""
    members = list(_members(kind))
    alike = 1 <= len(members) <= 4 and len(set(members)) == 1 and members[0] in (ctypes.c_float, ctypes.c_double)
    return ctypes.sizeof(members[0]) if alike else 0


def _members(kind: Any) -> Iterator[CType]:
    if is_structure(kind):
        for field in kind._fields_:
            yield from _members(field[1])
    elif issubclass(kind, ctypes.Array):
        for _ in range(min(kind._length_, 5)):
            yield from _members(kind._type_)
    else:
        yield kind


def _words(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]


def _first_free(free: set[int], count: int, step: int) -> int | None:
    """The lowest register from which on so many are free; doubles begin at even ones."""
    firsts = range(0, _FLOATS, step)
    return next((first for first in firsts if free.issuperset(range(first, first + count))), None)
