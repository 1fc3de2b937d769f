"""A quantized network as plain data: what `tflite.parse` reads and `plan.serialize` lays out in flash."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ABSENT = -1
"""Stands in an operator's inputs for one that is left out."""


@dataclass(frozen=True)
class Quantization:
    """real = scale * (q - zero_point). One scale a tensor, or one for each index of `axis`."""

    scales: NDArray[np.float32]
    zero_points: NDArray[np.int32]
    axis: int = 0


@dataclass(frozen=True)
class Tensor:
    """`data` is None for an activation and an array of `shape` for a constant."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    quantization: Quantization | None
    data: NDArray[Any] | None


@dataclass(frozen=True)
class Operator:
    """`kind` is the TFLite builtin name (CONV_2D). `inputs` and `outputs` index Graph.tensors; -1 is an absent input.

    `options` holds the builtin options under their TFLite names in snake case: padding ("SAME" | "VALID"), stride_h,
    stride_w, dilation_h, dilation_w, depth_multiplier, activation ("NONE" | "RELU" | "RELU6" | "RELU_N1_TO_1"),
    filter_h, filter_w, beta, keep_dims, new_shape...
    """

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, int | float | str | bool | tuple[int, ...]]


@dataclass(frozen=True)
class Graph:
    """Operators in execution order. `inputs` and `outputs` index `tensors`.

    `remarks`: what was decided in the user's place when it was read.
    """

    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Where:
    """An operator in its network, for look-ups; as text, what messages call it."""

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
        return position < len(self.operator.inputs) and self.operator.inputs[position] != ABSENT

    def number(self, option: str, default: int = 1) -> int:
        value = self.operator.options.get(option, default)
        assert isinstance(value, int)
        return value

    def text(self, option: str) -> str:
        return str(self.operator.options.get(option, "NONE"))


def operators_of(graph: Graph) -> list[Where]:
    """Every operator of a network."""
    return [Where(graph, index, operator) for index, operator in enumerate(graph.operators)]
