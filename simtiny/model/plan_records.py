"""One record a kind of operator: the structures of `firmware/plan.h`, filled in."""

import struct
from collections.abc import Callable, Mapping
from math import prod

import numpy as np

from simtiny.errors import BadInput
from simtiny.model import fixed_point
from simtiny.model.fixed_point import Multiplier, quantize_multiplier
from simtiny.model.graph import Tensor
from simtiny.model.plan_convolutions import conv, depthwise_conv, fully_connected
from simtiny.model.plan_record import (
    Constants,
    Place,
    Record,
    Where,
    activation,
    real_scale,
    require_activations,
    require_int8,
    window,
    zero_point,
)

# enum operator_kind of firmware/plan.h
ADD, AVERAGE_POOL, MAX_POOL, MEAN, PAD, SOFTMAX, QUANTIZE, REQUANTIZE, DEQUANTIZE = range(4, 13)
ADD_DSP = 36


def _four(where: Where, shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) > 4:
        raise BadInput(f"{where}: {len(shape)} dimensions are not supported (at most 4 are)")
    return (1,) * (4 - len(shape)) + shape


def _strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(prod(shape[i + 1 :]) for i in range(len(shape)))


def _add(where: Where, dsp: bool) -> Record:
    tensors = (where.input(0), where.input(1))
    for tensor, what in zip(tensors, ("first input", "second input"), strict=True):
        require_int8(where, Tensor(tensor.name, tensor.shape, tensor.dtype, tensor.quantization, None), what)
    require_int8(where, where.output, "output")
    shape = _four(where, where.output.shape)
    steps: list[int] = []
    for tensor in tensors:
        own = _four(where, tensor.shape)
        steps += [0 if size == 1 else step for size, step in zip(own, _strides(own), strict=True)]
    if where.output.shape == tensors[0].shape == tensors[1].shape:  # one long row: no loop inside a loop
        shape, steps = (1, 1, 1, prod(shape)), [0, 0, 0, 1] * 2
    rescaling, scale = _add_rescaling(where, tensors)

    def body(constants: Constants, places: Place, scratch: int) -> bytes:
        offsets = [_operand(constants, places, where, position) for position in (0, 1)]
        content = struct.pack("<2I4i8i", *offsets, *shape, *steps) + rescaling
        flags = struct.pack("<2I", *(tensor.data is not None for tensor in tensors))
        content += struct.pack("<2i", *activation(where)) + flags
        return content + struct.pack("<Ii", scratch, rounding)

    simd = dsp and steps == [0, 0, 0, 1] * 2 and not any(tensor.data is not None for tensor in tensors)
    kind = ADD_DSP if simd and 1 <= scale.right_shift <= 22 else ADD
    rounding, scratch_bytes = 0, 0
    if kind == ADD_DSP:
        rounding = (1 << (scale.right_shift - 1)) + (zero_point(where.output) << scale.right_shift)
        scratch_bytes = 2 * 256 * 4
    return Record(kind, where.operator.inputs[0], where.operator.outputs[0], 116, body, scratch_bytes)


def _operand(constants: Constants, places: Place, where: Where, position: int) -> int:
    tensor = where.input(position)
    if tensor.data is not None:
        return constants.add(tensor.data.astype(np.int8).tobytes())
    return places[where.operator.inputs[position]]


def _add_rescaling(where: Where, inputs: tuple[Tensor, Tensor]) -> tuple[bytes, Multiplier]:
    """The three rescalings of an ADD as plan.h has them, and the one of the output."""
    twice_largest = 2 * max(real_scale(inputs[0]), real_scale(inputs[1]))
    content = b""
    for tensor in inputs:
        content += _rescaling(zero_point(tensor), quantize_multiplier(real_scale(tensor) / twice_largest))
    real = twice_largest / ((1 << 20) * real_scale(where.output))
    if real >= 1:
        raise BadInput(f"{where}: its output scale is too small for its inputs' scales")
    scale = quantize_multiplier(real)
    return content + _rescaling(zero_point(where.output), scale), scale


def _rescaling(point: int, scale: Multiplier) -> bytes:
    return struct.pack("<3i", point, scale.multiplier, scale.right_shift)


def _pool(where: Where, kind: int) -> Record:
    require_activations(where)
    if zero_point(where.input(0)) != zero_point(where.output) or (
        abs(real_scale(where.input(0)) - real_scale(where.output)) > 1.0e-6
    ):
        raise BadInput(f"{where}: its input and output must have the same quantization")
    content = window(where, where.number("filter_h"), where.number("filter_w"))
    content += struct.pack("<3i", where.input(0).shape[3], *activation(where))
    return Record(kind, where.operator.inputs[0], where.operator.outputs[0], 64, lambda *_: content)


def _mean(where: Where, dsp: bool) -> Record:
    require_activations(where)
    source = where.input(0)
    shape = _four(where, source.shape)
    axes = where.input(1).data
    assert axes is not None
    added = 4 - len(source.shape)
    reduced = {int(axis) % len(source.shape) + added for axis in axes.flatten()}
    steps = _strides(shape)
    kept = [(1, 0) if i in reduced else (shape[i], steps[i]) for i in range(4)]
    summed = [(shape[i], steps[i]) if i in reduced else (1, 0) for i in range(4)]
    count = prod(size for size, _ in summed)
    scale = fixed_point.mean_multiplier(real_scale(source) / real_scale(where.output), count)
    content = struct.pack("<8i", *(size for size, _ in kept), *(step for _, step in kept))
    content += struct.pack("<8i", *(size for size, _ in summed), *(step for _, step in summed))
    content += struct.pack("<3i", -zero_point(source) * count, scale.multiplier, scale.right_shift)
    content += struct.pack("<i", zero_point(where.output))
    return Record(MEAN, where.operator.inputs[0], where.operator.outputs[0], 80, lambda *_: content)


def _pad(where: Where, dsp: bool) -> Record:
    require_activations(where)
    source = where.input(0)
    amounts = where.input(1).data
    assert amounts is not None
    added = [(0, 0)] * (4 - len(source.shape))
    pairs = [*added, *((int(before), int(after)) for before, after in amounts.reshape(-1, 2))]
    content = struct.pack("<4i", *_four(where, source.shape))
    content += struct.pack("<8i", *(before for before, _ in pairs), *(after for _, after in pairs))
    content += struct.pack("<i", zero_point(where.output))
    return Record(PAD, where.operator.inputs[0], where.operator.outputs[0], 52, lambda *_: content)


def _softmax(where: Where, dsp: bool) -> Record:
    require_activations(where)
    if zero_point(where.output) != -128 or real_scale(where.output) != 1 / 256:
        raise BadInput(f"{where}: its output must have scale 1/256 and zero point -128")
    beta = where.operator.options["beta"]
    assert isinstance(beta, float)
    real = beta * real_scale(where.input(0)) * (1 << 26)
    if real <= 1:
        raise BadInput(f"{where}: its scale times beta is too small ({beta * real_scale(where.input(0)):g})")
    depth = where.input(0).shape[-1]
    rows = prod(where.input(0).shape) // depth
    content = struct.pack("<5i", rows, depth, *fixed_point.softmax_scaling(beta, real_scale(where.input(0))))
    return Record(SOFTMAX, where.operator.inputs[0], where.operator.outputs[0], 20, lambda *_: content)


def _quantize(where: Where, dsp: bool) -> Record:
    source, result = where.input(0), where.output
    types = {np.dtype(np.int8): 0, np.dtype(np.uint8): 1}
    if result.quantization is None or result.dtype not in types:
        raise BadInput(f"{where}: its output is {result.dtype.name}; only int8 and uint8 are supported")
    if source.dtype == np.float32 and result.dtype == np.int8:
        content = _rescale_body(source, 2, 0, real_scale(result), Multiplier(0, 0), 0, zero_point(result))
        return Record(QUANTIZE, where.operator.inputs[0], where.operator.outputs[0], 32, lambda *_: content)
    if source.dtype not in types or source.quantization is None or np.int8 not in (source.dtype, result.dtype):
        raise BadInput(f"{where}: from {source.dtype.name} to {result.dtype.name} is not supported")
    scale = quantize_multiplier(real_scale(source) / real_scale(result))
    points = zero_point(source), zero_point(result)
    content = _rescale_body(source, types[source.dtype], types[result.dtype], 0.0, scale, *points)
    return Record(REQUANTIZE, where.operator.inputs[0], where.operator.outputs[0], 32, lambda *_: content)


def _dequantize(where: Where, dsp: bool) -> Record:
    source, result = where.input(0), where.output
    types = {np.dtype(np.int8): 0, np.dtype(np.uint8): 1}
    if source.dtype not in types or source.quantization is None or result.dtype != np.float32:
        raise BadInput(f"{where}: from {source.dtype.name} to {result.dtype.name} is not supported")
    none = Multiplier(0, 0)
    content = _rescale_body(source, types[source.dtype], 2, real_scale(source), none, zero_point(source), 0)
    return Record(DEQUANTIZE, where.operator.inputs[0], where.operator.outputs[0], 32, lambda *_: content)


def _rescale_body(
    source: Tensor, from_type: int, to_type: int, scale: float, multiplier: Multiplier, from_point: int, to_point: int
) -> bytes:
    content = struct.pack("<iIIf", prod(source.shape), from_type, to_type, scale)
    return content + struct.pack("<4i", multiplier.multiplier, multiplier.right_shift, from_point, to_point)


LOWERINGS: Mapping[str, Callable[[Where, bool], Record]] = {
    "CONV_2D": conv,
    "DEPTHWISE_CONV_2D": depthwise_conv,
    "FULLY_CONNECTED": fully_connected,
    "ADD": _add,
    "AVERAGE_POOL_2D": lambda where, dsp: _pool(where, AVERAGE_POOL),
    "MAX_POOL_2D": lambda where, dsp: _pool(where, MAX_POOL),
    "MEAN": _mean,
    "PAD": _pad,
    "SOFTMAX": _softmax,
    "QUANTIZE": _quantize,
    "DEQUANTIZE": _dequantize,
}
