"""The bytes of a plan, declared once: enumerations, records, and which of the firmware's kernels runs which record.

`plan.serialize` packs what is declared here; `plan_c` writes it as `firmware/plan.h` and `firmware/kernels/kernels.h`,
which `scripts/build_firmware.py` keeps up to date. Everything is little endian and every number has 32 bits, so that no
compiler pads anything. Fields named `..._data` count bytes from the start of the plan; all other buffers count bytes
from the start of the arena.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

from simtiny.options import Kernels

PLAN_VERSION = 1
"""Rises when an older firmware would misread the plan: a field of a structure comes, goes, moves or changes its sense,
or a number of an enumeration changes. A new kind of record is no reason: a firmware that lacks it says so."""

PLAN_MAGIC = int.from_bytes(b"SPLN", "little")
NOWHERE = 0xFFFF_FFFF
"""Stands for a buffer that there is none of."""
GATHERED_PATCHES = 8
"""Patches that the SIMD convolution gathers before it multiplies them: its scratch buffer has room for so many."""
SUM_TABLES_BYTES = 2 * 256 * 4
"""The SIMD addition's scratch buffer: an int32 for each value of each of its two int8 inputs."""


# --- enumerations ---------------------------------------------------------------------------------------------------


class InputEncoding(IntEnum):
    """What a byte that the host sends with `db` means: the input tensor's own, a pixel (less 128), part of a float."""

    INT8 = 0
    UINT8 = 1
    FLOAT32 = 2


class ElementType(IntEnum):
    """Elements of an input or output tensor."""

    INT8 = 0
    UINT8 = 1
    FLOAT32 = 2


class ResultKind(IntEnum):
    """What `results` prints: the output vector, or the mean squared difference between output and input."""

    VECTOR = 0
    RECONSTRUCTION_ERROR = 1


INPUT_ENCODINGS = {encoding.name.lower(): encoding for encoding in InputEncoding}
ELEMENT_TYPES = {element.name.lower(): element for element in ElementType}
"""By numpy's name of the type."""
KERNEL_SETS = tuple(Kernels)
"""In the order of their numbers in a plan."""


# --- structures -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    """`type` is C's: int32_t, uint32_t, float, char, or a structure. `count`: elements of an array, 0 for no array."""

    name: str
    type: "str | Struct"
    count: int = 0
    comment: str = ""


_CODES = {"int32_t": "i", "uint32_t": "I", "float": "f"}


@dataclass(frozen=True)
class Struct:
    """A structure of the plan. `comment` explains it in the C header."""

    name: str
    comment: str
    fields: tuple[Field, ...]

    @property
    def format(self) -> str:
        """Its fields as the module `struct` spells them, without the sign of the byte order."""
        return "".join(_format(field) for field in self.fields)

    @property
    def size(self) -> int:
        """Bytes."""
        return struct.calcsize("<" + self.format)

    def pack(self, values: Mapping[str, Any]) -> bytes:
        """The structure's bytes. `values` has exactly its fields: numbers, sequences, bytes, a mapping for a structure.

        A wrong set of fields, or an array of another length, is a mistake of the caller: KeyError or ValueError.
        """
        if unknown := values.keys() - {field.name for field in self.fields}:
            raise KeyError(f"struct {self.name} has no fields {', '.join(sorted(unknown))}")
        return b"".join(_pack(field, values[field.name]) for field in self.fields)


def _format(field: Field) -> str:
    if isinstance(field.type, Struct):
        return field.type.format
    return f"{field.count}s" if field.type == "char" else _CODES[field.type] * max(field.count, 1)


def _pack(field: Field, value: Any) -> bytes:
    if isinstance(field.type, Struct):
        return field.type.pack(value)
    if field.count == 0 or field.type == "char":
        return struct.pack("<" + _format(field), value)
    numbers: Sequence[float] = value
    if len(numbers) != field.count:
        raise ValueError(f"{field.name} has {len(numbers)} elements instead of {field.count}")
    return struct.pack("<" + _format(field), *numbers)


def _int(*names: str, count: int = 0, comment: str = "") -> tuple[Field, ...]:
    return tuple(Field(name, "int32_t", count, comment) for name in names)


def _uint(*names: str, count: int = 0, comment: str = "") -> tuple[Field, ...]:
    return tuple(Field(name, "uint32_t", count, comment) for name in names)


HEADER = Struct(
    "plan_header",
    "Starts a plan. `name` is zero terminated.",
    (
        *_uint("magic", "version", "kernels"),
        *_uint("size", comment="bytes of the whole plan"),
        *_uint("arena_size", "operator_count", "operators_data", "input_encoding"),
        *_uint(
            "host_buffer", comment="where `db` bytes go; the input tensor itself unless they are floats to quantize"
        ),
        *_uint("host_size", comment="bytes that the host must send"),
        *_uint("input"),
        *_uint("input_count", comment="elements"),
        *_uint("input_type"),
        Field("input_scale", "float"),
        *_int("input_zero_point"),
        *_uint("output", "output_count", "output_type"),
        Field("output_scale", "float"),
        *_int("output_zero_point"),
        *_uint("result_kind"),
        Field("name", "char", 20),
    ),
)

OPERATOR = Struct(
    "plan_operator",
    "Starts every operator record.",
    (
        *_uint("kind"),
        *_uint("size", comment="bytes of the record, this header included"),
        *_uint("input", "output"),
    ),
)

PATCHES = Struct(
    "plan_patches",
    "How a filter lies over the input: what is under it, for one output pixel, is a patch.",
    (
        *_int("batches"),
        *_int("input_height", "input_width"),
        *_int("output_height", "output_width"),
        *_int("filter_height", "filter_width"),
        *_int("stride_height", "stride_width"),
        *_int("dilation_height", "dilation_width"),
        *_int("pad_top", "pad_left"),
    ),
)

CHANNEL = Struct(
    "plan_channel",
    "One output channel: accumulator start (the input's zero point folded in) and the scale back to int8.",
    (
        *_int("bias"),
        *_int("multiplier", comment="Q31"),
        *_int("right_shift", comment="negative: shift left before the multiplication"),
        *_int("rounding", comment="SIMD: half of the last bit, plus the output zero point, both << right_shift"),
    ),
)

_HEAD = Field("head", OPERATOR)
_PATCHES = Field("patches", PATCHES)

CONV_RECORD = Struct(
    "plan_conv",
    "CONV_2D and DEPTHWISE_CONV_2D. `scratch` holds gathered patches, planes or sums.\n"
    "Weights: [output channel][filter row][filter column][input channel], `row_bytes` an output channel; depthwise:\n"
    "[row][column][channel]. The SIMD kernels have orders of their own: kernels/dsp/dot.h and depthwise_conv.c.",
    (
        _HEAD,
        _PATCHES,
        *_int("input_channels", "output_channels"),
        *_int("row_bytes"),
        *_int("input_zero_point", "output_zero_point"),
        *_int("activation_min", "activation_max"),
        *_uint("weights_data", "channels_data"),
        *_uint("scratch"),
        *_uint("staging", comment="SIMD: where the weights are copied to before use, or PLAN_NOWHERE"),
    ),
)

MATMUL_RECORD = Struct(
    "plan_matmul",
    "FULLY_CONNECTED and, in the SIMD set, any convolution whose patches are whole pixels: `rows` vectors of `depth`.",
    (
        _HEAD,
        *_int("rows", "depth", "output_channels"),
        *_int("row_bytes"),
        *_int("output_zero_point"),
        *_int("activation_min", "activation_max"),
        *_uint("weights_data", "channels_data"),
        *_uint("staging", comment="as in struct plan_conv"),
    ),
)

ADD_RECORD = Struct(
    "plan_add",
    "ADD. A stride of 0 repeats an operand along that dimension.",
    (
        _HEAD,
        *_uint("inputs", count=2, comment="of a constant: from the start of the plan"),
        *_int("shape", "stride1", "stride2", count=4),
        *_int("zero_point1", "multiplier1", "right_shift1"),
        *_int("zero_point2", "multiplier2", "right_shift2"),
        *_int("output_zero_point", "output_multiplier", "output_right_shift"),
        *_int("activation_min", "activation_max"),
        *_uint("is_constant", count=2),
        *_uint("scratch", comment="SIMD: two tables of 256 rescaled inputs"),
        *_int("rounding", comment="SIMD: as in struct plan_channel"),
    ),
)

POOL_RECORD = Struct(
    "plan_pool",
    "AVERAGE_POOL_2D and MAX_POOL_2D.",
    (_HEAD, _PATCHES, *_int("channels"), *_int("activation_min", "activation_max")),
)

MEAN_RECORD = Struct(
    "plan_mean",
    "MEAN over reduced dimensions: kept_... walk the outputs, reduced_... walk what is summed.",
    (
        _HEAD,
        *_int("kept_shape", "kept_stride", count=4),
        *_int("reduced_shape", "reduced_stride", count=4),
        *_int("bias", comment="minus zero point times the number of summed elements"),
        *_int("multiplier", "right_shift"),
        *_int("output_zero_point"),
    ),
)

PAD_RECORD = Struct(
    "plan_pad",
    "PAD, with `value`.",
    (_HEAD, *_int("input_shape", "before", "after", count=4), *_int("value")),
)

SOFTMAX_RECORD = Struct(
    "plan_softmax",
    "SOFTMAX of each of `rows` vectors of `depth`.",
    (_HEAD, *_int("rows", "depth"), *_int("multiplier", "left_shift"), *_int("smallest_difference")),
)

RESCALE_RECORD = Struct(
    "plan_rescale",
    "QUANTIZE (from float), REQUANTIZE (8 bits to 8 bits) and DEQUANTIZE.",
    (
        _HEAD,
        *_int("count"),
        *_uint("input_type", "output_type"),
        Field("scale", "float"),
        *_int("multiplier", "right_shift"),
        *_int("input_zero_point", "output_zero_point"),
    ),
)


# --- kinds of records -----------------------------------------------------------------------------------------------


class RecordKind(Enum):
    """A kind of record: its number in `enum operator_kind`, its structure, and the C function that runs it.

    `call` is that function's name and what it takes beside the record: the plan, if there may be constants, and the
    arena. `kernels` is the set that has it; images of the SIMD set have the portable one as well, for the shapes and
    scales that their own kernels can't take. The order is that of the firmware's switch: the machine code follows it.
    """

    CONV = 1, CONV_RECORD, "conv(plan, arena)"
    DEPTHWISE_CONV = 2, CONV_RECORD, "depthwise_conv(plan, arena)"
    FULLY_CONNECTED = 3, MATMUL_RECORD, "fully_connected(plan, arena)"
    ADD = 4, ADD_RECORD, "add(plan, arena)"
    AVERAGE_POOL = 5, POOL_RECORD, "average_pool(arena)"
    MAX_POOL = 6, POOL_RECORD, "max_pool(arena)"
    MEAN = 7, MEAN_RECORD, "mean(arena)"
    PAD = 8, PAD_RECORD, "pad(arena)"
    SOFTMAX = 9, SOFTMAX_RECORD, "softmax(arena)"
    QUANTIZE = 10, RESCALE_RECORD, "quantize(arena)"
    REQUANTIZE = 11, RESCALE_RECORD, "requantize(arena)"
    DEQUANTIZE = 12, RESCALE_RECORD, "dequantize(arena)"
    # The planner chooses these where their preconditions hold.
    MATMUL_DSP = 32, MATMUL_RECORD, "matmul_dsp(plan, arena)", Kernels.DSP
    CONV_DSP = 33, CONV_RECORD, "conv_dsp(plan, arena)", Kernels.DSP
    DEPTHWISE_CONV_DSP = 34, CONV_RECORD, "depthwise_conv_dsp(plan, arena)", Kernels.DSP
    DEPTHWISE_CONV_3X3_DSP = 35, CONV_RECORD, "depthwise_conv_dsp(plan, arena)", Kernels.DSP
    ADD_DSP = 36, ADD_RECORD, "add_dsp(arena)", Kernels.DSP

    def __init__(self, number: int, record: Struct, call: str, kernels: Kernels = Kernels.PORTABLE) -> None:
        self.number = number
        self.record = record
        self.call = call
        self.kernels = kernels
