"""Stand-ins for the four benchmark models: their exact layers and shapes, with seeded synthetic weights.

`models/<name>.toml` lists the layers. What an int8 network costs in time hangs on its layers, shapes and data types and
hardly on the values of its weights, so a stand-in serves for latency and energy. It has no accuracy.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.data import data_path
from simtiny.errors import BadInput
from simtiny.model.check import check_graph
from simtiny.model.graph import Graph, Operator, Quantization, Tensor
from simtiny.model.ops.patches import output_extent

# Wanted standard deviation of a layer's sum before its activation, in steps of its output. A RELU output has 255 steps
# above zero (4.2 deviations) and a linear one 127 on each side (3.2): few values saturate and none of the layers dies.
_RELU_STEPS = 60.0
_LINEAR_STEPS = 40.0
# Mean square of a RELU of a centred normal variable, and of the spatial mean of it, in units of its variance: 1/2, and
# 0.4, between (1/sqrt(2 pi))^2 = 0.16 for independent pixels and 1/2 for equal ones: those of one channel go together.
_RELU_SQUARE = 0.5
_POOLED_SQUARE = 0.4
# Mean square of whole numbers drawn evenly from -127..127.
_WEIGHT_SQUARE = (255**2 - 1) / 12
# Input samples are taken as spread evenly over all 256 values.
_INPUT_SQUARE = (256**2 - 1) / 12

_INT8 = np.dtype(np.int8)


def names() -> tuple[str, ...]:
    """The models that have a stand-in, in alphabetical order."""
    return tuple(sorted(path.stem for path in data_path("models").glob("*.toml")))


def standin(name: str) -> Graph:
    """The stand-in for a benchmark model: the same on every platform and with every version of numpy."""
    if name not in names():
        nearest = get_close_matches(name, names(), 1)
        hint = f" (did you mean {nearest[0]}?)" if nearest else ""
        raise BadInput(f"no stand-in model is called {name}{hint}: there are {', '.join(names())}")
    topology = tomllib.loads(data_path("models", f"{name}.toml").read_text(encoding="utf-8"))
    source = topology["input"]
    build = _Build(_Draws(int(topology["seed"])))
    build.activation("input", tuple(source["shape"]), source["scale"], source["zero_point"], _spread_of_input(source))
    for layer in topology["layers"]:
        _LAYERS[layer["op"]](build, layer)
    last = build.index[build.last]
    graph = Graph(name, tuple(build.tensors), tuple(build.operators), (build.index["input"],), (last,))
    check_graph(graph)
    return graph


def _spread_of_input(source: Mapping[str, Any]) -> float:
    return _INPUT_SQUARE + (float(source["zero_point"]) + 0.5) ** 2


class _Draws:
    """Whole numbers from PCG64's raw output, the part of numpy's generators that never changes (NEP 19)."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def signed(self, count: int) -> NDArray[np.int64]:
        """`count` whole numbers, evenly from -127..127."""
        raw = np.asarray(self._bits.random_raw(-(-count // 4)), np.uint64)
        words = raw.astype("<u8").view("<u2")[:count].astype(np.int64)
        return (words * 255 >> 16) - 127


@dataclass
class _Build:
    """The graph so far. `square` is the expected mean square of (q - zero point) of each activation, in steps."""

    draws: _Draws
    tensors: list[Tensor] = field(default_factory=list)
    operators: list[Operator] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    square: dict[str, float] = field(default_factory=dict)
    last: str = ""

    def activation(self, name: str, shape: tuple[int, ...], scale: float, zero_point: int, square: float) -> None:
        quantization = Quantization(np.array([scale], np.float32), np.array([zero_point], np.int32))
        self.index[name] = self._add(Tensor(name, shape, _INT8, quantization, None))
        self.square[name] = square
        self.last = name

    def constant(self, name: str, data: NDArray[Any], quantization: Quantization | None) -> int:
        return self._add(Tensor(name, data.shape, data.dtype, quantization, data))

    def tensor(self, name: str) -> Tensor:
        return self.tensors[self.index[name]]

    def _add(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def layer(
        self,
        layer: Mapping[str, Any],
        inputs: tuple[int, ...],
        options: Mapping[str, Any],
        shape: tuple[int, ...],
        scale: float,
        zero_point: int,
        square: float,
    ) -> None:
        """Append one operator and the activation that it computes."""
        name = str(layer.get("name", f"layer{len(self.operators)}"))
        self.activation(name, shape, scale, zero_point, square)
        self.operators.append(Operator(layer["op"], inputs, (self.index[name],), options))

    def sources(self, layer: Mapping[str, Any]) -> list[str]:
        return [str(name) for name in layer.get("inputs", [self.last])]


def _scale_of(tensor: Tensor) -> float:
    assert tensor.quantization is not None
    return float(tensor.quantization.scales[0])


def _output(layer: Mapping[str, Any]) -> tuple[str, float, int, float, float]:
    """Activation, scale, zero point, wanted deviation before the activation and mean square after it."""
    activation = str(layer.get("activation", "NONE"))
    relu = activation == "RELU"
    steps = _RELU_STEPS if relu else _LINEAR_STEPS
    zero_point = int(layer.get("zero_point", -128))
    return activation, float(layer["scale"]), zero_point, steps, steps**2 * (_RELU_SQUARE if relu else 1.0)


def _weights(
    build: _Build, layer: Mapping[str, Any], source: str, shape: tuple[int, ...], axis: int | None
) -> tuple[int, int]:
    """Tensor numbers of new weights and bias. `axis` is the output channel's, or None for one scale in all.

    The multiplier from sums to output steps is set so that the sums spread over the wanted number of steps; channels
    differ by up to a quarter of it, as trained ones do. A bias moves its channel by up to half the spread.
    """
    _, scale, _, steps, _ = _output(layer)
    channels = shape[-1] if layer["op"] == "DEPTHWISE_CONV_2D" else shape[0]
    taps = prod(shape) // channels
    multiplier = steps / sqrt(taps * _WEIGHT_SQUARE * build.square[source])
    values = build.draws.signed(prod(shape)).astype(np.int8).reshape(shape)
    spread = 1.0 + build.draws.signed(channels) / 508.0 if axis is not None else np.ones(1)
    scales = (spread * (multiplier * scale / _scale_of(build.tensor(source)))).astype(np.float32)
    zeros = np.zeros(len(scales), np.int32)
    shift = build.draws.signed(channels) * (steps / 254.0)
    bias = np.rint(shift / (multiplier * spread)).astype(np.int32)
    bias_scales = (scales * np.float32(_scale_of(build.tensor(source)))).astype(np.float32)
    number = len(build.operators)
    return (
        build.constant(f"layer{number}/weights", values, Quantization(scales, zeros, axis or 0)),
        build.constant(f"layer{number}/bias", bias, Quantization(bias_scales, zeros, 0)),
    )


def _sliding(layer: Mapping[str, Any], padding: str, stride: tuple[int, int]) -> dict[str, Any]:
    return {"padding": layer.get("padding", padding), "stride_w": stride[1], "stride_h": stride[0]}


def _convolution(build: _Build, layer: Mapping[str, Any]) -> None:
    (source,) = build.sources(layer)
    batch, height, width, depth = build.tensor(source).shape
    filter_h, filter_w = layer["filter"]
    stride = int(layer["stride"])
    depthwise = layer["op"] == "DEPTHWISE_CONV_2D"
    channels = depth if depthwise else int(layer["channels"])
    shape = (1, filter_h, filter_w, channels) if depthwise else (channels, filter_h, filter_w, depth)
    weights, bias = _weights(build, layer, source, shape, 3 if depthwise else 0)
    activation, scale, zero_point, _, square = _output(layer)
    options = _sliding(layer, "SAME", (stride, stride)) | {"activation": activation, "dilation_w": 1, "dilation_h": 1}
    if depthwise:
        options["depth_multiplier"] = 1
    rows = output_extent(height, filter_h, stride, 1, options["padding"])
    columns = output_extent(width, filter_w, stride, 1, options["padding"])
    inputs = (build.index[source], weights, bias)
    build.layer(layer, inputs, options, (batch, rows, columns, channels), scale, zero_point, square)


def _fully_connected(build: _Build, layer: Mapping[str, Any]) -> None:
    (source,) = build.sources(layer)
    batch, depth = build.tensor(source).shape
    channels = int(layer["channels"])
    weights, bias = _weights(build, layer, source, (channels, depth), None)
    activation, scale, zero_point, _, square = _output(layer)
    options = {"activation": activation, "keep_num_dims": False}
    inputs = (build.index[source], weights, bias)
    build.layer(layer, inputs, options, (batch, channels), scale, zero_point, square)


def _add(build: _Build, layer: Mapping[str, Any]) -> None:
    left, right = build.sources(layer)
    activation, scale, zero_point, _, square = _output(layer)
    inputs = (build.index[left], build.index[right])
    build.layer(layer, inputs, {"activation": activation}, build.tensor(left).shape, scale, zero_point, square)


def _same_quantization(
    build: _Build, layer: Mapping[str, Any], inputs: tuple[int, ...], options: Mapping[str, Any], shape: tuple[int, ...]
) -> None:
    """A layer that leaves its input's scale and zero point alone."""
    source = build.tensors[inputs[0]]
    assert source.quantization is not None
    square = _POOLED_SQUARE / _RELU_SQUARE if layer["op"] == "AVERAGE_POOL_2D" else 1.0
    zero_point = int(source.quantization.zero_points[0])
    build.layer(layer, inputs, options, shape, _scale_of(source), zero_point, build.square[build.last] * square)


def _average_pool(build: _Build, layer: Mapping[str, Any]) -> None:
    (source,) = build.sources(layer)
    batch, height, width, depth = build.tensor(source).shape
    filter_h, filter_w = layer["filter"]
    options = _sliding(layer, "VALID", (filter_h, filter_w)) | {
        "filter_w": filter_w,
        "filter_h": filter_h,
        "activation": "NONE",
    }
    shape = (batch, height // filter_h, width // filter_w, depth)
    _same_quantization(build, layer, (build.index[source],), options, shape)


def _reshape(build: _Build, layer: Mapping[str, Any]) -> None:
    (source,) = build.sources(layer)
    shape = build.tensor(source).shape
    flat = (shape[0], prod(shape[1:]))
    target = build.constant(f"layer{len(build.operators)}/shape", np.array([-1, flat[1]], np.int32), None)
    _same_quantization(build, layer, (build.index[source], target), {"new_shape": ()}, flat)


def _softmax(build: _Build, layer: Mapping[str, Any]) -> None:
    (source,) = build.sources(layer)
    shape = build.tensor(source).shape
    # An int8 softmax always gives probabilities in steps of 1/256 from -128.
    build.layer(layer, (build.index[source],), {"beta": 1.0}, shape, 1 / 256, -128, 0.0)


_LAYERS = {
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _convolution,
    "FULLY_CONNECTED": _fully_connected,
    "ADD": _add,
    "AVERAGE_POOL_2D": _average_pool,
    "RESHAPE": _reshape,
    "SOFTMAX": _softmax,
}
