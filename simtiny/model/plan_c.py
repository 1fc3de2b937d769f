"""The plan's layout in C: the texts of `firmware/plan.h` and `firmware/kernels/kernels.h`."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from itertools import groupby

from simtiny.model import plan_layout as layout
from simtiny.model.plan_layout import Field, RecordKind, Struct
from simtiny.options import Kernels


def plan_h() -> str:
    """Enumerations, structures and the structures' sizes."""
    structs = [value for value in vars(layout).values() if isinstance(value, Struct)]
    sizes = [f'_Static_assert(sizeof(struct {each.name}) == {each.size}, "{each.name}");' for each in structs]
    parts = [
        _comment(_PLAN_H) + "\n#ifndef PLAN_H\n#define PLAN_H\n\n#include <stdint.h>",
        "\n".join(_constants()),
        _enum("kernel_set", "KERNELS", {kernels.name: n for n, kernels in enumerate(layout.KERNEL_SETS)}),
        _int_enum("input_encoding", "INPUT", layout.InputEncoding),
        _int_enum("element_type", "TYPE", layout.ElementType),
        _int_enum("result_kind", "RESULT", layout.ResultKind),
        _enum("operator_kind", "OPERATOR", {kind.name: kind.number for kind in RecordKind}),
        *map(_struct, structs),
        "\n".join(["/* As the host lays them out. */", *sizes]),
        "#endif\n",
    ]
    return "\n\n".join(parts)


def kernels_h() -> str:
    """Every kernel's prototype, and the switch from a record's kind to its kernel."""
    parts = [
        _comment(_KERNELS_H)
        + '\n#ifndef KERNELS_H\n#define KERNELS_H\n\n#include <stdbool.h>\n#include <stdint.h>\n\n#include "../plan.h"',
        "extern const uint32_t kernel_set; /* enum kernel_set: what this firmware was built with */",
        _by_set(_prototypes),
        _RUN_OPERATOR.replace("CASES", _by_set(_cases)),
        _HAS_OPERATOR.replace("CASES", _by_set(_labels)),
        "#endif\n",
    ]
    return "\n\n".join(parts)


_MADE_BY = "Written by scripts/build_firmware.py from simtiny/model/plan_layout.py: change that."
_WIDTH = 120  # characters of a line

_PLAN_H = f"""The flat plan that the host writes to flash and the interpreter walks.

{_MADE_BY}
Little endian, every number of 32 bits. Offsets named `..._data` count bytes from the start of the plan; all other
buffer offsets count bytes from the start of the arena."""

_KERNELS_H = f"""The kernels. Each takes its record, the arena (for activations) and, if it has constants, the plan.

{_MADE_BY}"""

_RUN_OPERATOR = """\
/* Leaves out a record of a kind that a later firmware has: has_operator() tells. */
static inline void run_operator(const struct plan_operator *operator, const uint8_t *plan, uint8_t *arena)
{
    switch (operator->kind) {
CASES
    default:
        break;
    }
}"""

_HAS_OPERATOR = """\
static inline bool has_operator(uint32_t kind)
{
    switch (kind) {
CASES
        return true;
    default:
        return false;
    }
}"""


def _constants() -> list[str]:
    return [
        f"#define PLAN_MAGIC {_hex(layout.PLAN_MAGIC)} /* SPLN */",
        f"#define PLAN_VERSION {layout.PLAN_VERSION}u",
        f"#define PLAN_NOWHERE {_hex(layout.NOWHERE)}",
        f"#define PLAN_GATHERED_PATCHES {layout.GATHERED_PATCHES} /* as the scratch buffer of CONV_DSP has room for */",
    ]


def _comment(text: str) -> str:
    """A block comment, its lines as they are."""
    first, *rest = text.split("\n")
    lines = [f"/* {first}", *(f" * {line}".rstrip() for line in rest)]
    return "\n".join([*lines, " */"]) if rest else f"{lines[0]} */"


def _hex(number: int) -> str:
    return f"0x{number:08X}u"


def _int_enum(name: str, prefix: str, values: type[IntEnum]) -> str:
    assert values.__doc__ is not None
    comment = re.sub(r"\s+", " ", values.__doc__).strip()
    return f"{_comment(comment)}\n{_enum(name, prefix, {value.name: value.value for value in values})}"


def _enum(name: str, prefix: str, values: Mapping[str, int]) -> str:
    rows = [f"{prefix}_{key} = {number}" for key, number in values.items()]
    line = f"enum {name} {{ {', '.join(rows)} }};"
    return line if len(line) <= _WIDTH else f"enum {name} {{\n" + "".join(f"    {row},\n" for row in rows) + "};"


def _struct(struct: Struct) -> str:
    return f"{_comment(struct.comment)}\nstruct {struct.name} {{\n{''.join(map(_field, struct.fields))}}};"


def _field(field: Field) -> str:
    kind = f"struct {field.type.name}" if isinstance(field.type, Struct) else field.type
    array = f"[{field.count}]" if field.count else ""
    comment = f" /* {field.comment} */" if field.comment else ""
    return f"    {kind} {field.name}{array};{comment}\n"


def _by_set(rows: Callable[[Iterable[RecordKind]], list[str]]) -> str:
    """The rows of the portable set, then those of the SIMD set for the images that have it."""
    portable, dsp = (rows(kind for kind in RecordKind if kind.kernels is kernels) for kernels in Kernels)
    return "\n".join([*portable, "#ifdef KERNELS_WITH_DSP", *dsp, "#endif"])


def _prototypes(kinds: Iterable[RecordKind]) -> list[str]:
    return list(dict.fromkeys(map(_prototype, kinds)))


def _prototype(kind: RecordKind) -> str:
    function, arguments = _function(kind)
    types = {"plan": "const uint8_t *plan", "arena": "uint8_t *arena"}
    parameters = [f"const struct {kind.record.name} *operator", *(types[name] for name in arguments)]
    return f"void {function}({', '.join(parameters)});"


def _cases(kinds: Iterable[RecordKind]) -> list[str]:
    lines = []
    for call, group in groupby(kinds, lambda kind: (kind.call, kind.record.name)):
        same = list(group)
        function, arguments = _function(same[0])
        record = f"(const struct {call[1]} *)operator"
        lines += _labels(same)
        lines += [f"        {function}({', '.join([record, *arguments])});", "        break;"]
    return lines


def _labels(kinds: Iterable[RecordKind]) -> list[str]:
    return [f"    case OPERATOR_{kind.name}:" for kind in kinds]


def _function(kind: RecordKind) -> tuple[str, list[str]]:
    """Name and arguments of `kind.call`."""
    name, _, arguments = kind.call.removesuffix(")").partition("(")
    return name, arguments.split(", ")
