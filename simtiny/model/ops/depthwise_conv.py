"""DEPTHWISE_CONV_2D."""

from math import prod

import numpy as np
from numpy.typing import NDArray

from simtiny.errors import BadInput
from simtiny.model.channels import depthwise_channels, simd_channels
from simtiny.model.graph import Where
from simtiny.model.ops import patches
from simtiny.model.ops.weights import SIMD_WORD, bias, convolution_record, require_weights, round_up
from simtiny.model.plan_layout import RecordKind
from simtiny.model.plan_record import PlanRecord, zero_point
from simtiny.model.shapes import check_bias, expect, shapes
from simtiny.model.tflite_options import Fields, Options


def options(fields: Fields) -> Options:
    read = patches.options(fields) | {"depth_multiplier": fields.count(3, "depth_multiplier")}
    return read | {"activation": fields.activation(4)} | patches.dilations(fields, 5)


def check(where: Where) -> None:
    source, weights, biases, output = shapes(where, 2, 3)
    image = patches.image(source, where, "input")
    one, height, width, channels = patches.image(weights, where, "weights tensor")
    if one != 1 or channels != image[3] * where.number("depth_multiplier"):
        raise BadInput(f"{where}: weights of shape {weights} do not fit an input with {image[3]} channels")
    check_bias(biases, channels, where)
    expect(output, patches.output_shape(where, image, (height, width), channels), where, "output")


def macs(where: Where) -> int:
    return prod(where.output.shape) * prod(where.input(1).shape[:-1])


def lower(where: Where, dsp: bool) -> PlanRecord:
    weights = require_weights(where, axis=3)
    _, height, width, count = weights.shape
    taps = weights.reshape(-1, count)
    channels = depthwise_channels(where.input(0), where.input(1), where.output, taps, bias(where, count))
    simd = simd_channels(channels, zero_point(where.output)) if dsp else None
    if simd is not None and _fits_planes(where, count):
        kind, pairs = _pairs(where, weights[0])
        return convolution_record(where, kind, (height, width), pairs, simd, _planes_bytes(where, kind, height, width))
    # A sum for each output channel and a pixel of zero points.
    scratch_bytes = 4 * count + where.input(0).shape[3]
    return convolution_record(where, RecordKind.DEPTHWISE_CONV, (height, width), taps, channels, scratch_bytes)


def _fits_planes(where: Where, count: int) -> bool:
    """The SIMD depthwise kernel takes one filter a channel, channels by the word, and adjacent columns."""
    return count == where.input(0).shape[3] and count % SIMD_WORD == 0 and where.number("dilation_w") == 1


def _pairs(where: Where, filters: NDArray[np.int8]) -> tuple[RecordKind, NDArray[np.int8]]:
    """Kind and weights, one row a channel: pairs of int16 along each filter row (kernels/dsp/depthwise_conv.c)."""
    rows = filters.transpose(2, 0, 1).astype("<i2")
    count, height, width = rows.shape
    if (height, width) == (3, 3) and where.number("stride_w") in (1, 2):
        pairs = rows[:, :, [0, 1, 1, 2]]
        return RecordKind.DEPTHWISE_CONV_3X3_DSP, np.ascontiguousarray(pairs).reshape(count, -1).view(np.int8)
    padded = np.zeros((count, height, round_up(width, 2)), "<i2")
    padded[:, :, :width] = rows
    return RecordKind.DEPTHWISE_CONV_DSP, padded.reshape(count, -1).view(np.int8)


def _planes_bytes(where: Where, kind: RecordKind, filter_height: int, filter_width: int) -> int:
    """Four planes of int16, as planes_layout() of planes.c lays them out, then a plane of sums and one sum more."""
    _, out_height, out_width, _ = where.output.shape
    pitch = (out_width - 1) * where.number("stride_w") + filter_width + 1
    if kind is RecordKind.DEPTHWISE_CONV_3X3_DSP:
        pitch = round_up(out_width, 2) * where.number("stride_w") + 2
    height = (out_height - 1) * where.number("stride_h") + (filter_height - 1) * where.number("dilation_h") + 1
    return SIMD_WORD * 2 * round_up(pitch, 2) * height + 4 * (out_height * out_width + 1)
