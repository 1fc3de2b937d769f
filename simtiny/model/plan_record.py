"""What the records of a plan have in common: an operator in its network, a record's head, the constants behind it."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from simtiny.errors import BadInput
from simtiny.model.fixed_point import activation_range, pad_before
from simtiny.model.graph import Graph, Operator, Tensor

Place = Mapping[int, int]
"""Arena offset in bytes of each activation tensor, by tensor index."""

HEAD_BYTES = 16
CACHE_LINE = 32  # bytes: where constants start, so that no line of the flash cache holds two operators' weights


@dataclass(frozen=True)
class Where:
    """An operator and its network, for messages and look-ups."""

    graph: Graph
    index: int
    operator: Operator

    def __str__(self) -> str:
        return f"{self.graph.name}: operator {self.index} ({self.operator.kind})"

    def input(self, position: int) -> Tensor:
        return self.graph.tensors[self.operator.inputs[position]]

    @property
    def output(self) -> Tensor:
        return self.graph.tensors[self.operator.outputs[0]]

    def has_input(self, position: int) -> bool:
        return position < len(self.operator.inputs) and self.operator.inputs[position] >= 0

    def number(self, option: str, default: int = 1) -> int:
        value = self.operator.options.get(option, default)
        assert isinstance(value, int)
        return value

    def text(self, option: str) -> str:
        return str(self.operator.options.get(option, "NONE"))


class Constants:
    """The part of a plan behind the records. `start` is its offset in the plan."""

    def __init__(self, start: int) -> None:
        self.data = bytearray()
        self.weight_bytes = 0
        self._start = start

    def add(self, content: bytes) -> int:
        """Append `content` and return its offset in the plan."""
        self.data += bytes(-(self._start + len(self.data)) % CACHE_LINE)
        offset = self._start + len(self.data)
        self.data += content
        self.weight_bytes += len(content)
        return offset


@dataclass(frozen=True)
class Record:
    """An operator before its tensors have places. `body` gets them and returns all that follows the record's head."""

    kind: int
    source: int
    target: int
    body_bytes: int
    body: Callable[[Constants, Place, int], bytes] = field(repr=False)
    scratch_bytes: int = 0

    @property
    def size(self) -> int:
        return HEAD_BYTES + self.body_bytes

    def pack(self, constants: Constants, places: Place, scratch: int) -> bytes:
        body = self.body(constants, places, scratch)
        assert len(body) == self.body_bytes
        return struct.pack("<4I", self.kind, self.size, places.get(self.source, 0), places[self.target]) + body


def real_scale(tensor: Tensor) -> float:
    assert tensor.quantization is not None
    return float(tensor.quantization.scales[0])


def zero_point(tensor: Tensor) -> int:
    assert tensor.quantization is not None
    return int(tensor.quantization.zero_points[0])


def require_int8(where: Where, tensor: Tensor, what: str, *, constant: bool = False) -> None:
    if tensor.dtype != np.int8:
        raise BadInput(f"{where}: its {what} is {tensor.dtype.name}; only int8 models are supported")
    if tensor.quantization is None:
        raise BadInput(f"{where}: its {what} has no quantization parameters")
    points = tensor.quantization.zero_points
    if not constant and (len(points) != 1 or not -128 <= points[0] <= 127):
        raise BadInput(f"{where}: its {what} must have one scale and one zero point of 8 bits")
    if constant and points.any():
        raise BadInput(f"{where}: its {what} must have zero points of 0")
    if constant and tensor.data is None:
        raise BadInput(f"{where}: its {what} must be constant")
    if not constant and tensor.data is not None:
        raise BadInput(f"{where}: its {what} must not be constant")


def require_activations(where: Where) -> None:
    require_int8(where, where.input(0), "input")
    require_int8(where, where.output, "output")


def activation(where: Where) -> tuple[int, int]:
    quantization = where.output.quantization
    assert quantization is not None
    return activation_range(where.text("activation"), quantization.scales[0], zero_point(where.output))


def window(where: Where, filter_height: int, filter_width: int) -> bytes:
    _, height, width, _ = where.input(0).shape
    batches, out_height, out_width, _ = where.output.shape
    strides = where.number("stride_h"), where.number("stride_w")
    dilations = where.number("dilation_h"), where.number("dilation_w")
    top = pad_before(height, out_height, filter_height, strides[0], dilations[0])
    left = pad_before(width, out_width, filter_width, strides[1], dilations[1])
    sizes = (batches, height, width, out_height, out_width, filter_height, filter_width)
    return struct.pack("<13i", *sizes, *strides, *dilations, top, left)
