"""What a function's debug information says of its parameters and its result, as far as numbers go."""

import ctypes
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from elftools.dwarf.die import DIE
from elftools.elf.elffile import ELFFile

from simtiny.calls.aapcs import CType, Pointer
from simtiny.dwarf.sections import DAMAGED

_BOOLEAN, _FLOAT, _SIGNED, _SIGNED_CHAR = 2, 4, 5, 6  # DW_ATE [DWARF 5, 7.8]
_FUNCTION, _PARAMETER = "DW_TAG_subprogram", "DW_TAG_formal_parameter"
_POINTERS = ("DW_TAG_pointer_type", "DW_TAG_reference_type", "DW_TAG_rvalue_reference_type")
_SAME_AS = ("DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type", "DW_TAG_restrict_type")
_STRUCTURES = ("DW_TAG_structure_type", "DW_TAG_union_type", "DW_TAG_class_type", "DW_TAG_array_type")


@dataclass(frozen=True)
class Struct:
    """A struct, a union or an array: of so many bytes."""

    size: int


Declared = CType | Struct | None
"""None: void."""


@dataclass(frozen=True)
class Prototype:
    """parameters: their types in order. is_variadic: others may follow. result: its type."""

    parameters: tuple[Declared, ...]
    is_variadic: bool
    result: Declared


def prototype(elf: bytes, address: int) -> Prototype | None:
    """Of the function that begins at `address`; None where the file does not tell."""
    try:
        file = ELFFile(io.BytesIO(elf))
        if not file.has_dwarf_info():
            return None
        for die in _functions(file.get_dwarf_info(follow_links=False), address):
            return _prototype(die)
    except (*DAMAGED, RecursionError):
        return None
    return None


def _functions(dwarf: Any, address: int) -> Iterator[DIE]:
    """The entries of functions that begin there, in the units that hold the address where the file says which do."""
    aranges = dwarf.get_aranges()
    offset = None if aranges is None else aranges.cu_offset_at_addr(address)
    units = dwarf.iter_CUs() if offset is None else [dwarf.get_CU_at(offset)]
    for unit in units:
        for die in unit.get_top_DIE().iter_children():
            low = die.attributes.get("DW_AT_low_pc") if die.tag == _FUNCTION else None
            if low is not None and low.value & ~1 == address:
                yield die


def _prototype(die: DIE) -> Prototype | None:
    for reference in ("DW_AT_abstract_origin", "DW_AT_specification"):
        if reference in die.attributes and not any(child.tag == _PARAMETER for child in die.iter_children()):
            return _prototype(die.get_DIE_from_attribute(reference))
    origin = die
    while "DW_AT_type" not in origin.attributes and "DW_AT_specification" in origin.attributes:
        origin = origin.get_DIE_from_attribute("DW_AT_specification")
    if "DW_AT_prototyped" not in origin.attributes and not any(c.tag == _PARAMETER for c in die.iter_children()):
        return None if _is_c(die) else Prototype((), False, _type_of(origin))
    children = list(die.iter_children())
    return Prototype(
        tuple(_type_of(_origin(child)) for child in children if child.tag == _PARAMETER),
        any(child.tag == "DW_TAG_unspecified_parameters" for child in children),
        _type_of(origin),
    )


def _is_c(die: DIE) -> bool:
    """Whether the unit is C, where a function without a prototype takes anything. DW_LANG: C89, C, C99 and C11."""
    language = die.cu.get_top_DIE().attributes.get("DW_AT_language")
    return language is None or language.value in (0x01, 0x02, 0x0C, 0x1D)


def _origin(die: DIE) -> DIE:
    has_origin = "DW_AT_type" not in die.attributes and "DW_AT_abstract_origin" in die.attributes
    return die.get_DIE_from_attribute("DW_AT_abstract_origin") if has_origin else die


def _type_of(die: DIE) -> Declared:
    for _ in range(64):  # typedefs of a damaged file can go in a circle
        if "DW_AT_type" not in die.attributes:
            return None
        die = die.get_DIE_from_attribute("DW_AT_type")
        if die.tag in _POINTERS:
            return Pointer
        if die.tag in _STRUCTURES:
            return Struct(_size(die))
        if die.tag == "DW_TAG_enumeration_type":
            return _integer(_size(die), signed="DW_AT_type" not in die.attributes)
        if die.tag not in _SAME_AS:
            return _number(die)
    return None


def _size(die: DIE) -> int:
    size = die.attributes.get("DW_AT_byte_size")
    return 0 if size is None else int(size.value)


def _number(die: DIE) -> Declared:
    encoding = die.attributes.get("DW_AT_encoding")
    size = _size(die)
    if encoding is None:
        return Struct(size)
    if encoding.value == _BOOLEAN:
        return ctypes.c_bool
    if encoding.value == _FLOAT:
        return {4: ctypes.c_float, 8: ctypes.c_double}.get(size) or Struct(size)
    return _integer(size, signed=encoding.value in (_SIGNED, _SIGNED_CHAR))


def _integer(size: int, *, signed: bool) -> Declared:
    known = {1: "8", 2: "16", 4: "32", 8: "64"}
    return getattr(ctypes, f"c_{'' if signed else 'u'}int{known[size]}") if size in known else Struct(size)
