"""A quantized network as plain data: what `tflite.parse` reads and `plan.serialize` lays out in flash."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
    """Operators in execution order. `inputs` and `outputs` index `tensors`."""

    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
