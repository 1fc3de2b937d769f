"""Refuses a graph that doesn't hold together: order, tensor indices and the shapes of the operators we know."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from math import prod

from simtiny.errors import BadInput
from simtiny.model.graph import Graph, Operator

ABSENT = -1

# Axes or paddings of one operator: two for each of a tensor's dimensions are plenty.
_MAX_LIST = 64


def window_output(extent: int, window: int, stride: int, dilation: int, padding: str) -> int:
    """Output extent of a sliding window along one dimension, as TFLite defines SAME and VALID."""
    if padding == "SAME":
        return -(-extent // stride)
    return (extent - (window - 1) * dilation - 1 + stride) // stride


def check_graph(graph: Graph, variables: AbstractSet[int] = frozenset()) -> None:
    """Raise `BadInput` at the first flaw. `variables` are tensors that keep their value between two inferences."""
    count = len(graph.tensors)
    if not graph.inputs or not graph.outputs or not graph.operators:
        raise BadInput(f"{graph.name}: the network has no inputs, no outputs or no operators")
    for what, indices in (("input", graph.inputs), ("output", graph.outputs)):
        for index in indices:
            if not 0 <= index < count:
                raise BadInput(f"{graph.name}: graph {what} {index} is not one of its {count} tensors")
    constants = {index for index, tensor in enumerate(graph.tensors) if tensor.data is not None}
    if duplicates := constants.intersection(graph.inputs):
        raise BadInput(f"{graph.name}: graph input {min(duplicates)} is a constant")
    if len(set(graph.inputs)) != len(graph.inputs):
        raise BadInput(f"{graph.name}: a graph input is listed twice")
    known = constants | set(graph.inputs) | set(variables)
    for number, operator in enumerate(graph.operators):
        where = f"{graph.name}: operator {number} ({operator.kind})"
        _check_order(operator, where, count, known)
        if check := _SHAPES.get(operator.kind):
            check(graph, operator, where)
    for index in graph.outputs:
        if index not in known:
            raise BadInput(f"{graph.name}: graph output {index} is never computed")


def _check_order(operator: Operator, where: str, count: int, known: set[int]) -> None:
    for index in operator.inputs:
        if index == ABSENT:
            continue
        if not 0 <= index < count:
            raise BadInput(f"{where}: input tensor {index} does not exist (the network has {count})")
        if index not in known:
            raise BadInput(f"{where}: input tensor {index} is neither a constant nor computed before it")
    for index in operator.outputs:
        if not 0 <= index < count:
            raise BadInput(f"{where}: output tensor {index} does not exist (the network has {count})")
        if index in known:
            raise BadInput(f"{where}: output tensor {index} already has a value")
        known.add(index)


def _shapes(graph: Graph, operator: Operator, where: str, least: int, most: int) -> list[tuple[int, ...] | None]:
    """Shapes of the inputs (None where absent) and, last, of the one output."""
    inputs = operator.inputs
    if not least <= len(inputs) <= most or ABSENT in inputs[:least] or len(operator.outputs) != 1:
        raise BadInput(f"{where}: {len(inputs)} inputs and {len(operator.outputs)} outputs are not what it takes")
    found = [None if index == ABSENT else graph.tensors[index].shape for index in inputs]
    return [*found, *[None] * (most - len(inputs)), graph.tensors[operator.outputs[0]].shape]


def _expect(shape: tuple[int, ...] | None, expected: tuple[int, ...], where: str, what: str) -> None:
    if shape != expected:
        raise BadInput(f"{where}: its {what} has shape {shape}, expected {expected}")


def _image(shape: tuple[int, ...] | None, where: str, what: str) -> tuple[int, int, int, int]:
    if shape is None or len(shape) != 4:
        raise BadInput(f"{where}: its {what} has shape {shape}, expected four dimensions")
    return shape[0], shape[1], shape[2], shape[3]


def _number(operator: Operator, key: str, default: int = 1) -> int:
    value = operator.options.get(key, default)
    assert isinstance(value, int)
    return value


def _window_shape(
    operator: Operator, where: str, source: tuple[int, int, int, int], window: tuple[int, int], channels: int
) -> tuple[int, ...]:
    padding = str(operator.options["padding"])
    strides = _number(operator, "stride_h"), _number(operator, "stride_w")
    dilations = _number(operator, "dilation_h"), _number(operator, "dilation_w")
    extents = [
        window_output(extent, size, stride, dilation, padding)
        for extent, size, stride, dilation in zip(source[1:3], window, strides, dilations, strict=True)
    ]
    if min(extents) < 1:
        raise BadInput(f"{where}: its window of {window} is larger than its input {source[1:3]}")
    return source[0], extents[0], extents[1], channels


def _check_conv_2d(graph: Graph, operator: Operator, where: str) -> None:
    source, weights, bias, output = _shapes(graph, operator, where, 2, 3)
    image = _image(source, where, "input")
    filters, height, width, depth = _image(weights, where, "weights tensor")
    if depth != image[3]:
        raise BadInput(f"{where}: weights for {depth} channels on an input with {image[3]}")
    if bias is not None:
        _expect(bias, (filters,), where, "bias")
    _expect(output, _window_shape(operator, where, image, (height, width), filters), where, "output")


def _check_depthwise_conv_2d(graph: Graph, operator: Operator, where: str) -> None:
    source, weights, bias, output = _shapes(graph, operator, where, 2, 3)
    image = _image(source, where, "input")
    one, height, width, channels = _image(weights, where, "weights tensor")
    if one != 1 or channels != image[3] * _number(operator, "depth_multiplier"):
        raise BadInput(f"{where}: weights of shape {weights} do not fit an input with {image[3]} channels")
    if bias is not None:
        _expect(bias, (channels,), where, "bias")
    _expect(output, _window_shape(operator, where, image, (height, width), channels), where, "output")


def _check_pool_2d(graph: Graph, operator: Operator, where: str) -> None:
    source, output = _shapes(graph, operator, where, 1, 1)
    image = _image(source, where, "input")
    window = _number(operator, "filter_h"), _number(operator, "filter_w")
    _expect(output, _window_shape(operator, where, image, window, image[3]), where, "output")


def _check_fully_connected(graph: Graph, operator: Operator, where: str) -> None:
    source, weights, bias, output = _shapes(graph, operator, where, 2, 3)
    if source is None or weights is None or len(weights) != 2 or prod(source) % weights[1]:
        raise BadInput(f"{where}: weights of shape {weights} do not fit an input of shape {source}")
    units, depth = weights
    if bias is not None:
        _expect(bias, (units,), where, "bias")
    rows = prod(source) // depth
    if operator.options.get("keep_num_dims"):
        _expect(output, (*source[:-1], units), where, "output")
    elif output is None or output[-1:] != (units,) or prod(output) != rows * units:
        _expect(output, (rows, units), where, "output")


def _check_add(graph: Graph, operator: Operator, where: str) -> None:
    left, right, output = _shapes(graph, operator, where, 2, 2)
    assert left is not None and right is not None
    rank = max(len(left), len(right))
    pairs = list(zip((1,) * (rank - len(left)) + left, (1,) * (rank - len(right)) + right, strict=True))
    if any(a != b and 1 not in (a, b) for a, b in pairs):
        raise BadInput(f"{where}: inputs of shapes {left} and {right} can't be added")
    _expect(output, tuple(max(pair) for pair in pairs), where, "output")


def _constant(graph: Graph, operator: Operator, position: int, where: str, what: str) -> tuple[int, ...]:
    tensor = graph.tensors[operator.inputs[position]]
    if tensor.data is None or tensor.dtype.kind != "i" or tensor.data.size > _MAX_LIST:
        raise BadInput(f"{where}: its {what} must be a constant of at most {_MAX_LIST} integers")
    return tuple(int(value) for value in tensor.data.flatten())


def _check_mean(graph: Graph, operator: Operator, where: str) -> None:
    source, _, output = _shapes(graph, operator, where, 2, 2)
    assert source is not None
    axes = _constant(graph, operator, 1, where, "list of axes")
    if any(not -len(source) <= axis < len(source) for axis in axes):
        raise BadInput(f"{where}: axes {axes} on an input of shape {source}")
    reduced = {axis % len(source) for axis in axes}
    keep = bool(operator.options.get("keep_dims"))
    shape = tuple(1 if i in reduced else dim for i, dim in enumerate(source) if keep or i not in reduced)
    _expect(output, shape, where, "output")


def _check_pad(graph: Graph, operator: Operator, where: str) -> None:
    source, _, output = _shapes(graph, operator, where, 2, 2)
    assert source is not None
    amounts = _constant(graph, operator, 1, where, "list of paddings")
    if len(amounts) != 2 * len(source) or min(amounts, default=0) < 0:
        raise BadInput(f"{where}: paddings {amounts} on an input of shape {source}")
    padded = tuple(dim + amounts[2 * i] + amounts[2 * i + 1] for i, dim in enumerate(source))
    _expect(output, padded, where, "output")


def _check_reshape(graph: Graph, operator: Operator, where: str) -> None:
    source, _, output = _shapes(graph, operator, where, 1, 2)
    assert source is not None and output is not None
    if prod(source) != prod(output):
        raise BadInput(f"{where}: an input of shape {source} can't become {output}")


def _check_same(graph: Graph, operator: Operator, where: str) -> None:
    source, output = _shapes(graph, operator, where, 1, 1)
    assert source is not None
    _expect(output, source, where, "output")


_SHAPES: dict[str, Callable[[Graph, Operator, str], None]] = {
    "CONV_2D": _check_conv_2d,
    "DEPTHWISE_CONV_2D": _check_depthwise_conv_2d,
    "AVERAGE_POOL_2D": _check_pool_2d,
    "MAX_POOL_2D": _check_pool_2d,
    "FULLY_CONNECTED": _check_fully_connected,
    "ADD": _check_add,
    "MEAN": _check_mean,
    "PAD": _check_pad,
    "RESHAPE": _check_reshape,
    "SOFTMAX": _check_same,
    "QUANTIZE": _check_same,
    "DEQUANTIZE": _check_same,
}
