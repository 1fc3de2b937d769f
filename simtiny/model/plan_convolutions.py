"""Records of the operators with weights: convolutions and fully connected layers."""

import struct
from math import prod

import numpy as np
from numpy.typing import NDArray

from simtiny.errors import BadInput
from simtiny.model.channels import Channels, depthwise_channels, filter_channels, simd_channels
from simtiny.model.plan_record import (
    Constants,
    Place,
    Record,
    Where,
    activation,
    require_activations,
    require_int8,
    window,
    zero_point,
)

# enum operator_kind of firmware/plan.h
CONV, DEPTHWISE_CONV, FULLY_CONNECTED = 1, 2, 3
MATMUL_DSP, CONV_DSP, DEPTHWISE_CONV_DSP, DEPTHWISE_CONV_3X3_DSP = 32, 33, 34, 35

SIMD_WORD = 4  # int8 elements in a register
NOWHERE = 0xFFFF_FFFF  # PLAN_NOWHERE of firmware/plan.h
STAGING_VECTORS = 24  # a copy of the weights in RAM costs 4 cycles a word and saves 1 for every 4 vectors, or more
STAGING_BYTES = 48 << 10  # and takes this much RAM at most
GATHERED_WINDOWS = 8  # rows of whole words, as in firmware/kernels/dsp/conv.c


def _bias(where: Where, count: int) -> NDArray[np.int64]:
    if not where.has_input(2):
        return np.zeros(count, np.int64)
    bias = where.input(2)
    if bias.data is None or bias.dtype != np.int32:
        raise BadInput(f"{where}: its bias must be constant and int32")
    return bias.data.astype(np.int64)


def conv(where: Where, dsp: bool) -> Record:
    require_activations(where)
    weights = where.input(1)
    require_int8(where, weights, "weights tensor", constant=True)
    assert weights.data is not None
    filters, height, width, depth = weights.shape
    rows = weights.data.reshape(filters, -1)
    channels = filter_channels(where.input(0), weights, where.output, rows, _bias(where, filters))
    simd = simd_channels(channels, zero_point(where.output)) if dsp else None
    if simd is not None and _is_pointwise(where, height, width) and depth % SIMD_WORD == 0:
        return _matmul(where, MATMUL_DSP, prod(where.output.shape[:3]), rows, simd)
    if simd is not None:
        stored = _interleave(rows)
        scratch = GATHERED_WINDOWS * stored.shape[1]
        staged = _staged(stored, prod(where.output.shape[:3]))
        return _windowed(where, CONV_DSP, height, width, stored, simd, scratch, staged)
    return _windowed(where, CONV, height, width, rows, channels, rows.shape[1])


def _is_pointwise(where: Where, height: int, width: int) -> bool:
    return height == width == where.number("stride_h") == where.number("stride_w") == 1


def depthwise_conv(where: Where, dsp: bool) -> Record:
    require_activations(where)
    weights = where.input(1)
    require_int8(where, weights, "weights tensor", constant=True)
    assert weights.data is not None
    _, height, width, count = weights.shape
    taps = weights.data.reshape(-1, count)
    channels = depthwise_channels(where.input(0), weights, where.output, taps, _bias(where, count))
    simd = simd_channels(channels, zero_point(where.output)) if dsp else None
    if simd is not None and _fits_planes(where, count):
        kind, pairs = _depthwise_pairs(where, weights.data[0])
        return _windowed(where, kind, height, width, pairs, simd, _planes_bytes(where, kind, height, width))
    # A sum for each output channel and a pixel of zero points.
    return _windowed(where, DEPTHWISE_CONV, height, width, taps, channels, 4 * count + where.input(0).shape[3])


def _fits_planes(where: Where, count: int) -> bool:
    """The SIMD depthwise kernel takes one filter a channel, channels by the word, and adjacent columns."""
    return count == where.input(0).shape[3] and count % SIMD_WORD == 0 and where.number("dilation_w") == 1


def _depthwise_pairs(where: Where, filters: NDArray[np.int8]) -> tuple[int, NDArray[np.int8]]:
    """Kernel kind and weights, one row a channel: pairs of int16 along each filter row, as depthwise_conv.c says."""
    rows = filters.transpose(2, 0, 1).astype("<i2")
    count, height, width = rows.shape
    if (height, width) == (3, 3) and where.number("stride_w") in (1, 2):
        pairs = rows[:, :, [0, 1, 1, 2]]
        return DEPTHWISE_CONV_3X3_DSP, np.ascontiguousarray(pairs).reshape(count, -1).view(np.int8)
    padded = np.zeros((count, height, _round_up(width, 2)), "<i2")
    padded[:, :, :width] = rows
    return DEPTHWISE_CONV_DSP, padded.reshape(count, -1).view(np.int8)


def _planes_bytes(where: Where, kind: int, filter_height: int, filter_width: int) -> int:
    """Four planes of int16, as planes_layout() of planes.c lays them out, then a plane of sums and one sum more."""
    _, out_height, out_width, _ = where.output.shape
    pitch = (out_width - 1) * where.number("stride_w") + filter_width + 1
    if kind == DEPTHWISE_CONV_3X3_DSP:
        pitch = _round_up(out_width, 2) * where.number("stride_w") + 2
    height = (out_height - 1) * where.number("stride_h") + (filter_height - 1) * where.number("dilation_h") + 1
    return SIMD_WORD * 2 * _round_up(pitch, 2) * height + 4 * (out_height * out_width + 1)


def _staged(weights: NDArray[np.int8], vectors: int) -> bool:
    """Whether the SIMD kernels copy these weights to RAM first."""
    return vectors >= STAGING_VECTORS and weights.size <= STAGING_BYTES


def _windowed(
    where: Where,
    kind: int,
    height: int,
    width: int,
    weights: NDArray[np.int8],
    channels: Channels,
    scratch_bytes: int,
    staged: bool = False,
) -> Record:
    """CONV_2D or DEPTHWISE_CONV_2D. `weights`: what the kernel reads, in its order."""
    frame = window(where, height, width)
    counts = where.input(0).shape[3], where.output.shape[3]

    def body(constants: Constants, places: Place, scratch: int) -> bytes:
        content = struct.pack("<3i", *counts, weights.shape[1])
        content += struct.pack("<4i", zero_point(where.input(0)), zero_point(where.output), *activation(where))
        content += struct.pack("<2I", constants.add(weights.tobytes()), constants.add(channels.pack()))
        return frame + content + struct.pack("<2I", scratch, scratch + scratch_bytes if staged else NOWHERE)

    memory = scratch_bytes + (weights.size if staged else 0)
    return Record(kind, where.operator.inputs[0], where.operator.outputs[0], 96, body, memory)


def fully_connected(where: Where, dsp: bool) -> Record:
    require_activations(where)
    weights = where.input(1)
    require_int8(where, weights, "weights tensor", constant=True)
    assert weights.data is not None
    rows = weights.data
    vectors = prod(where.input(0).shape) // rows.shape[1]
    channels = filter_channels(where.input(0), weights, where.output, rows, _bias(where, len(rows)))
    simd = simd_channels(channels, zero_point(where.output)) if dsp else None
    if simd is not None and (vectors == 1 or rows.shape[1] % SIMD_WORD == 0):
        return _matmul(where, MATMUL_DSP, vectors, rows, simd)
    return _matmul(where, FULLY_CONNECTED, vectors, rows, channels)


def _matmul(where: Where, kind: int, vectors: int, rows: NDArray[np.int8], channels: Channels) -> Record:
    stored = _interleave(rows) if kind == MATMUL_DSP else rows
    staged = kind == MATMUL_DSP and _staged(stored, vectors)

    def body(constants: Constants, places: Place, scratch: int) -> bytes:
        content = struct.pack("<4i", vectors, rows.shape[1], rows.shape[0], stored.shape[1])
        content += struct.pack("<3i", zero_point(where.output), *activation(where))
        content += struct.pack("<2I", constants.add(stored.tobytes()), constants.add(channels.pack()))
        return content + struct.pack("<I", scratch if staged else NOWHERE)

    return Record(kind, where.operator.inputs[0], where.operator.outputs[0], 40, body, stored.size if staged else 0)


def _interleave(rows: NDArray[np.int8]) -> NDArray[np.int8]:
    """Pairs of output channels, word by word: the first word of one, the first of the other, the second of one..."""
    count, depth = rows.shape
    padded = np.zeros((_round_up(count, 2), _round_up(depth, SIMD_WORD)), np.int8)
    padded[:count, :depth] = rows
    words = padded.reshape(len(padded) // 2, 2, -1, SIMD_WORD).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(words).reshape(len(padded), -1)


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
