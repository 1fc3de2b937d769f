"""ADD of two tensors, one of which may be a constant or repeat along a dimension."""

from dataclasses import replace
from math import prod

import numpy as np

from simtiny.errors import BadInput
from simtiny.model.fixed_point import Multiplier, quantize_multiplier
from simtiny.model.graph import Tensor, Where
from simtiny.model.ops.dims import four, strides
from simtiny.model.plan_layout import SUM_TABLES_BYTES, RecordKind
from simtiny.model.plan_record import Constants, Offsets, PlanRecord, activation, real_scale, require_int8, zero_point
from simtiny.model.shapes import expect, shapes
from simtiny.model.tflite_options import Fields, Options

_ALONG_ONE_ROW = [0, 0, 0, 1]


def options(fields: Fields) -> Options:
    return {"activation": fields.activation(0)}


def check(where: Where) -> None:
    left, right, output = shapes(where, 2, 2)
    assert left is not None and right is not None
    rank = max(len(left), len(right))
    pairs = list(zip((1,) * (rank - len(left)) + left, (1,) * (rank - len(right)) + right, strict=True))
    if any(a != b and 1 not in (a, b) for a, b in pairs):
        raise BadInput(f"{where}: inputs of shapes {left} and {right} can't be added")
    expect(output, tuple(max(pair) for pair in pairs), where, "output")


def lower(where: Where, dsp: bool) -> PlanRecord:
    tensors = (where.input(0), where.input(1))
    for tensor, what in zip(tensors, ("first input", "second input"), strict=True):
        require_int8(where, replace(tensor, data=None), what)
    require_int8(where, where.output, "output")
    shape = four(where, where.output.shape)
    steps = [_steps(where, tensor) for tensor in tensors]
    if where.output.shape == tensors[0].shape == tensors[1].shape:  # one long row: no loop inside a loop
        shape, steps = (1, 1, 1, prod(shape)), [_ALONG_ONE_ROW] * 2
    scales = [_scale(tensors, tensor) for tensor in tensors]
    output_scale = _output_scale(where, tensors)
    constant = [tensor.data is not None for tensor in tensors]
    simd = dsp and steps == [_ALONG_ONE_ROW] * 2 and not any(constant) and 1 <= output_scale.right_shift <= 22
    rounding = (
        (1 << (output_scale.right_shift - 1)) + (zero_point(where.output) << output_scale.right_shift) if simd else 0
    )

    def content(constants: Constants, offsets: Offsets, scratch: int) -> dict[str, object]:
        return {
            "inputs": [_operand(constants, offsets, where, position) for position in (0, 1)],
            "shape": shape,
            "stride1": steps[0],
            "stride2": steps[1],
            "zero_point1": zero_point(tensors[0]),
            "multiplier1": scales[0].multiplier,
            "right_shift1": scales[0].right_shift,
            "zero_point2": zero_point(tensors[1]),
            "multiplier2": scales[1].multiplier,
            "right_shift2": scales[1].right_shift,
            "output_zero_point": zero_point(where.output),
            "output_multiplier": output_scale.multiplier,
            "output_right_shift": output_scale.right_shift,
            **activation(where),
            "is_constant": constant,
            "scratch": scratch,
            "rounding": rounding,
        }

    return PlanRecord(RecordKind.ADD_DSP if simd else RecordKind.ADD, where, content, SUM_TABLES_BYTES if simd else 0)


def _steps(where: Where, tensor: Tensor) -> list[int]:
    """Elements from one to the next along each dimension of the output: none where the tensor repeats."""
    shape = four(where, tensor.shape)
    return [0 if size == 1 else step for size, step in zip(shape, strides(shape), strict=True)]


def _operand(constants: Constants, offsets: Offsets, where: Where, position: int) -> int:
    tensor = where.input(position)
    if tensor.data is not None:
        return constants.add(tensor.data.astype(np.int8).tobytes())
    return offsets[where.operator.inputs[position]]


def _twice_largest(tensors: tuple[Tensor, Tensor]) -> float:
    """The scale that both inputs are brought to, less 20 bits."""
    return 2 * max(real_scale(tensors[0]), real_scale(tensors[1]))


def _scale(tensors: tuple[Tensor, Tensor], tensor: Tensor) -> Multiplier:
    return quantize_multiplier(real_scale(tensor) / _twice_largest(tensors))


def _output_scale(where: Where, tensors: tuple[Tensor, Tensor]) -> Multiplier:
    real = _twice_largest(tensors) / ((1 << 20) * real_scale(where.output))
    if real >= 1:
        raise BadInput(f"{where}: its output scale is too small for its inputs' scales")
    return quantize_multiplier(real)
