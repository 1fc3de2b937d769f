"""CONV_2D."""

from math import prod

from simtiny.errors import BadInput
from simtiny.model.channels import filter_channels, simd_channels
from simtiny.model.graph import Where
from simtiny.model.ops import patches
from simtiny.model.ops.weights import (
    SIMD_WORD,
    bias,
    convolution_record,
    interleave,
    matmul_record,
    require_weights,
    staged,
)
from simtiny.model.plan_layout import GATHERED_PATCHES, RecordKind
from simtiny.model.plan_record import PlanRecord, zero_point
from simtiny.model.shapes import check_bias, expect, shapes
from simtiny.model.tflite_options import Fields, Options


def options(fields: Fields) -> Options:
    return patches.options(fields) | {"activation": fields.activation(3)} | patches.dilations(fields, 4)


def check(where: Where) -> None:
    source, weights, biases, output = shapes(where, 2, 3)
    image = patches.image(source, where, "input")
    filters, height, width, depth = patches.image(weights, where, "weights tensor")
    if image[3] % depth or filters % (image[3] // depth):  # filters of as many groups as channels are whole parts
        raise BadInput(f"{where}: weights for {depth} channels on an input with {image[3]}")
    check_bias(biases, filters, where)
    expect(output, patches.output_shape(where, image, (height, width), filters), where, "output")


def macs(where: Where) -> int:
    return prod(where.output.shape) * prod(where.input(1).shape[1:])


def lower(where: Where, dsp: bool) -> PlanRecord:
    weights = require_weights(where)
    filters, height, width, depth = weights.shape
    rows = weights.reshape(filters, -1)
    channels = filter_channels(where.input(0), where.input(1), where.output, rows, bias(where, filters))
    simd = simd_channels(channels, zero_point(where.output)) if dsp else None
    pixels = prod(where.output.shape[:3])
    if simd is None:
        return convolution_record(where, RecordKind.CONV, (height, width), rows, channels, rows.shape[1])
    if _is_pointwise(where, height, width) and depth % SIMD_WORD == 0:
        return matmul_record(where, pixels, rows, simd, simd=True)
    stored = interleave(rows)
    scratch_bytes, stage = GATHERED_PATCHES * stored.shape[1], staged(stored, pixels)
    return convolution_record(where, RecordKind.CONV_DSP, (height, width), stored, simd, scratch_bytes, stage)


def _is_pointwise(where: Where, height: int, width: int) -> bool:
    return height == width == where.number("stride_h") == where.number("stride_w") == 1
