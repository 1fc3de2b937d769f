"""Records that native code and Python share, each declared once.

A `NativeRecord` gives Python its ctypes structure and numpy type, and C its struct: `scripts/build_hooks.py` writes
headers from them. Every field takes eight bytes, so that both sides agree
whatever the compiler; `signature` proves that they were made from the same records.
"""

import ctypes
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

NUMBER = "int64_t"


@dataclass(frozen=True)
class Field:
    """One field. `kind`: `int64_t`, a pointer in C's words, or a NativeRecord that stands here as a whole."""

    name: str
    kind: "str | NativeRecord"
    meaning: str

    @property
    def c_type(self) -> str:
        return self.kind.name if isinstance(self.kind, NativeRecord) else self.kind


def number(name: str, meaning: str) -> Field:
    """A 64-bit integer."""
    return Field(name, NUMBER, meaning)


def address(name: str, pointer: str, meaning: str) -> Field:
    """A host address; `pointer` is the type of what stands there, as C says it."""
    return Field(name, f"{pointer} *", meaning)


@dataclass(frozen=True)
class NativeRecord:
    """A struct of eight-byte fields."""

    name: str
    meaning: str
    fields: tuple[Field, ...]

    @cached_property
    def structure(self) -> Any:
        """The ctypes structure: its fields are plain integers, many times as fast as those of a numpy record."""
        members = [
            (field.name, field.kind.structure if isinstance(field.kind, NativeRecord) else ctypes.c_int64)
            for field in self.fields
        ]
        return type(self.name, (ctypes.Structure,), {"_fields_": members})

    @cached_property
    def dtype(self) -> "np.dtype[np.void]":
        """The numpy type, for arrays of records whose fields are all numbers or addresses."""
        return np.dtype([(field.name, np.int64) for field in self.fields])

    @property
    def c_text(self) -> str:
        """The struct in C."""
        lines = [f"/* {self.meaning} */", f"typedef struct {self.name} {{"]
        for field in self.fields:
            space = "" if field.c_type.endswith("*") else " "
            lines.append(f"    {field.c_type}{space}{field.name}; /* {field.meaning} */")
        size = sum(_words(field) for field in self.fields)
        lines += [
            f"}} {self.name};",
            f'_Static_assert(sizeof({self.name}) == {8 * size}, "{self.name}: not as in Python");',
        ]
        return "\n".join(lines)


def _words(field: Field) -> int:
    return sum(map(_words, field.kind.fields)) if isinstance(field.kind, NativeRecord) else 1


def signature(records: Iterable[NativeRecord]) -> int:
    """A number of 60 bits that tells these records' layout from any other's."""
    text = "\n".join(f"{record.name}: {' '.join(f'{f.c_type} {f.name};' for f in record.fields)}" for record in records)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 4
