"""Random networks of one operator, for hypothesis: shapes, strides, scales and zero points of every kind."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from simtiny.model.graph import Graph, Operator, Quantization, Tensor
from simtiny.model.ops.patches import output_extent

ACTIVATIONS = st.sampled_from(("NONE", "RELU", "RELU6", "RELU_N1_TO_1"))
INT8 = np.dtype(np.int8)


def per_tensor(scale: float, zero_point: int) -> Quantization:
    return Quantization(np.array([scale], np.float32), np.array([zero_point], np.int32))


@st.composite
def quantizations(draw: st.DrawFn) -> Quantization:
    return per_tensor(draw(st.floats(1e-3, 0.5)), draw(st.integers(-128, 127)))


def activation_tensor(name: str, shape: tuple[int, ...], quantization: Quantization) -> Tensor:
    return Tensor(name, shape, INT8, quantization, None)


def network(tensors: list[Tensor], kind: str, inputs: tuple[int, ...], options: Mapping[str, Any]) -> Graph:
    """One operator from tensor 0 to the last tensor."""
    last = len(tensors) - 1
    return Graph("test", tuple(tensors), (Operator(kind, inputs, (last,), options),), (0,), (last,))


@st.composite
def weights_and_bias(
    draw: st.DrawFn, shape: tuple[int, ...], axis: int, source: Quantization, generator: np.random.Generator
) -> tuple[Tensor, Tensor, Quantization]:
    """Weights, bias and an output quantization under which outputs neither vanish nor all saturate."""
    count = shape[axis]
    per_channel = len(shape) == 4 and draw(st.booleans())
    scales = generator.uniform(0.2, 1.0, count if per_channel else 1) * draw(st.floats(1e-3, 0.1))
    data = generator.integers(-127, 128, shape, dtype=np.int8)
    weights = Quantization(scales.astype(np.float32), np.zeros(len(scales), np.int32), axis if per_channel else 0)
    bias_scales = (source.scales[0] * weights.scales).astype(np.float32)
    bias = generator.integers(-20000, 20000, count, dtype=np.int32)
    taps = data.size // count
    spread = float(scales.mean()) * float(source.scales[0]) * 127 * 90 * taps**0.5
    target = per_tensor(draw(st.floats(0.3, 3.0)) * spread / 128, draw(st.integers(-128, 127)))
    zeros = np.zeros(len(scales), np.int32)
    return (
        Tensor("weights", shape, INT8, weights, data),
        Tensor("bias", (count,), np.dtype(np.int32), Quantization(bias_scales, zeros), bias),
        target,
    )


def _generator(draw: st.DrawFn) -> np.random.Generator:
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1)))


@st.composite
def sliding(draw: st.DrawFn, dilations: bool = True) -> tuple[tuple[int, int], tuple[int, int], dict[str, Any]]:
    """Image extents, filter extents and the options that a filter needs to slide over an image."""
    filters = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    dilation = (draw(st.integers(1, 2)), draw(st.integers(1, 2))) if dilations else (1, 1)
    padding = draw(st.sampled_from(("SAME", "VALID")))
    extents = tuple(
        draw(st.integers((f - 1) * d + 1 if padding == "VALID" else 1, 12))
        for f, d in zip(filters, dilation, strict=True)
    )
    options = {"padding": padding, "stride_h": draw(st.integers(1, 3)), "stride_w": draw(st.integers(1, 3))}
    if dilations:
        options |= {"dilation_h": dilation[0], "dilation_w": dilation[1]}
    return (extents[0], extents[1]), filters, options


def output_shape(
    extents: tuple[int, int], filters: tuple[int, int], options: Mapping[str, Any], batches: int, channels: int
) -> tuple[int, ...]:
    height, width = (
        output_extent(
            extents[i], filters[i], options[f"stride_{d}"], options.get(f"dilation_{d}", 1), options["padding"]
        )
        for i, d in enumerate("hw")
    )
    return batches, height, width, channels


@st.composite
def convolutions(draw: st.DrawFn) -> Graph:
    extents, filters, options = draw(sliding())
    batches, depth, count = draw(st.integers(1, 2)), draw(st.integers(1, 20)), draw(st.integers(1, 9))
    source = draw(quantizations())
    weights, bias, target = draw(weights_and_bias((count, *filters, depth), 0, source, _generator(draw)))
    tensors = [
        activation_tensor("in", (batches, *extents, depth), source),
        weights,
        bias,
        activation_tensor("out", output_shape(extents, filters, options, batches, count), target),
    ]
    return network(tensors, "CONV_2D", (0, 1, 2), options | {"activation": draw(ACTIVATIONS)})


@st.composite
def pointwise_convolutions(draw: st.DrawFn) -> Graph:
    extents = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    depth, count = 4 * draw(st.integers(1, 12)), draw(st.integers(1, 12))
    source = draw(quantizations())
    weights, bias, target = draw(weights_and_bias((count, 1, 1, depth), 0, source, _generator(draw)))
    options = {"padding": "SAME", "stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1}
    tensors = [
        activation_tensor("in", (1, *extents, depth), source),
        weights,
        bias,
        activation_tensor("out", (1, *extents, count), target),
    ]
    return network(tensors, "CONV_2D", (0, 1, 2), options | {"activation": draw(ACTIVATIONS)})


@st.composite
def depthwise_convolutions(draw: st.DrawFn) -> Graph:
    extents, filters, options = draw(sliding())
    if draw(st.booleans()):  # the shape that has kernels of its own
        stride = draw(st.integers(1, 2))
        filters, extents = (3, 3), (max(3, extents[0]), max(3, extents[1]))
        options |= {"stride_h": stride, "stride_w": stride, "dilation_h": 1, "dilation_w": 1}
    multiplier, batches = draw(st.sampled_from((1, 1, 1, 2, 3))), draw(st.integers(1, 2))
    channels = draw(st.sampled_from((1, 3, 4, 5, 8, 12, 16)))
    source = draw(quantizations())
    count = channels * multiplier
    weights, bias, target = draw(weights_and_bias((1, *filters, count), 3, source, _generator(draw)))
    tensors = [
        activation_tensor("in", (batches, *extents, channels), source),
        weights,
        bias,
        activation_tensor("out", output_shape(extents, filters, options, batches, count), target),
    ]
    options |= {"activation": draw(ACTIVATIONS), "depth_multiplier": multiplier}
    return network(tensors, "DEPTHWISE_CONV_2D", (0, 1, 2), options)


@st.composite
def fully_connected(draw: st.DrawFn) -> Graph:
    rows, depth, count = draw(st.integers(1, 4)), draw(st.integers(1, 70)), draw(st.integers(1, 20))
    source = draw(quantizations())
    weights, bias, target = draw(weights_and_bias((count, depth), 0, source, _generator(draw)))
    tensors = [
        activation_tensor("in", (rows, depth), source),
        weights,
        bias,
        activation_tensor("out", (rows, count), target),
    ]
    return network(tensors, "FULLY_CONNECTED", (0, 1, 2), {"activation": draw(ACTIVATIONS)})


@st.composite
def additions(draw: st.DrawFn) -> Graph:
    """Of the input and itself, or of the input and a constant of a shape that repeats."""
    shape = tuple(draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)))
    tensors = [activation_tensor("in", shape, draw(quantizations()))]
    inputs = (0, 0)
    if draw(st.booleans()):
        repeated = tuple(draw(st.sampled_from((1, dim))) for dim in shape)[draw(st.integers(0, len(shape) - 1)) :]
        data = _generator(draw).integers(-128, 128, repeated, dtype=np.int8)
        tensors.append(Tensor("constant", repeated, INT8, draw(quantizations()), data))
        inputs = draw(st.sampled_from(((0, 1), (1, 0))))
    tensors.append(activation_tensor("out", shape, draw(quantizations())))
    return network(tensors, "ADD", inputs, {"activation": draw(ACTIVATIONS)})


@st.composite
def pools(draw: st.DrawFn, kind: str) -> Graph:
    extents, filters, options = draw(sliding(dilations=False))
    batches, channels = draw(st.integers(1, 2)), draw(st.integers(1, 9))
    quantization = draw(quantizations())
    tensors = [
        activation_tensor("in", (batches, *extents, channels), quantization),
        activation_tensor("out", output_shape(extents, filters, options, batches, channels), quantization),
    ]
    options |= {"filter_h": filters[0], "filter_w": filters[1], "activation": draw(ACTIVATIONS)}
    return network(tensors, kind, (0,), options)


@st.composite
def means(draw: st.DrawFn) -> Graph:
    shape = tuple(draw(st.lists(st.integers(1, 7), min_size=2, max_size=4)))
    axes = draw(st.lists(st.integers(0, len(shape) - 1), min_size=1, max_size=len(shape) - 1, unique=True))
    keep = draw(st.booleans())
    result = tuple(1 if i in axes else dim for i, dim in enumerate(shape) if keep or i not in axes)
    tensors = [
        activation_tensor("in", shape, draw(quantizations())),
        Tensor("axes", (len(axes),), np.dtype(np.int32), None, np.array(axes, np.int32)),
        activation_tensor("out", result, draw(quantizations())),
    ]
    return network(tensors, "MEAN", (0, 1), {"keep_dims": keep})


@st.composite
def pads(draw: st.DrawFn) -> Graph:
    shape = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)))
    amounts = [(draw(st.integers(0, 3)), draw(st.integers(0, 3))) for _ in shape]
    quantization = draw(quantizations())
    tensors = [
        activation_tensor("in", shape, quantization),
        Tensor("paddings", (len(shape), 2), np.dtype(np.int32), None, np.array(amounts, np.int32)),
        activation_tensor("out", tuple(d + a + b for d, (a, b) in zip(shape, amounts, strict=True)), quantization),
    ]
    return network(tensors, "PAD", (0, 1), {})


@st.composite
def softmaxes(draw: st.DrawFn) -> Graph:
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 20))
    tensors = [
        activation_tensor("in", shape, draw(quantizations())),
        activation_tensor("out", shape, per_tensor(1 / 256, -128)),
    ]
    return network(tensors, "SOFTMAX", (0,), {"beta": draw(st.sampled_from((0.5, 1.0, 2.0)))})


@st.composite
def conversions(draw: st.DrawFn, kind: str, types_of_both_ends: tuple[tuple[str, str], ...]) -> Graph:
    shape = (1, draw(st.integers(1, 40)))
    types = draw(st.sampled_from(types_of_both_ends))
    tensors = []
    for name, dtype in zip(("in", "out"), types, strict=True):
        low = 0 if dtype == "uint8" else -128
        quantization = per_tensor(draw(st.floats(1e-3, 0.5)), draw(st.integers(low, low + 255)))
        tensors.append(Tensor(name, shape, np.dtype(dtype), None if dtype == "float32" else quantization, None))
    return network(tensors, kind, (0,), {})


NETWORKS: Mapping[str, st.SearchStrategy[Graph]] = {
    "ADD": additions(),
    "AVERAGE_POOL_2D": pools("AVERAGE_POOL_2D"),
    "CONV_2D": convolutions(),
    "DEPTHWISE_CONV_2D": depthwise_convolutions(),
    "DEQUANTIZE": conversions("DEQUANTIZE", (("int8", "float32"),)),
    "FULLY_CONNECTED": fully_connected(),
    "MAX_POOL_2D": pools("MAX_POOL_2D"),
    "MEAN": means(),
    "PAD": pads(),
    "QUANTIZE": conversions("QUANTIZE", (("float32", "int8"), ("int8", "int8"), ("uint8", "int8"), ("int8", "uint8"))),
    "SOFTMAX": softmaxes(),
}
"""Networks of each operator that computes."""
