"""Reads the quantization parameters of one tensor of a `.tflite` file."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.model.flatbuffer import Table
from simtiny.model.graph import Quantization


def quantization(
    parameters: Table | None, where: str, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Quantization | None:
    """What arithmetic needs of a tensor's table `QuantizationParameters`, or None where there is none.

    Only numbers of 8 and 16 bits are computed with by their scales: for them these must hold together, which is
    `BadInput` otherwise. A bias has the scales of its operator's input and weights, and converters have written all
    sorts of things beside it, such as an axis that it does not have; what does not hold together there is dropped.
    """
    if parameters is None:
        return None
    scales = parameters.array(2, np.float32, "list of scales").astype(np.float32)
    points = parameters.array(3, np.int64, "list of zero points").astype(np.int64)
    axis = parameters.integer(6, "i")
    if len(scales) == 0:
        return None
    if len(points) == 0:
        points = np.zeros(len(scales), np.int64)
    elif len(points) == 1:
        points = np.repeat(points, len(scales))
    narrow = dtype.kind in "iu" and dtype.itemsize < 4
    if problem := _problem(scales, points, axis, shape, dtype if narrow else np.dtype(np.int32)):
        if narrow:
            raise parameters.reader.bad(f"{where}: {problem}")
        return None
    return Quantization(scales, points.astype(np.int32), axis if len(scales) > 1 else 0)


def _problem(
    scales: NDArray[np.float32], points: NDArray[np.int64], axis: int, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> str | None:
    """Why parameters don't hold together. One scale is that of the whole tensor, whatever its axis."""
    if len(scales) > 1:
        if not 0 <= axis < len(shape):
            return f"quantization axis {axis} is not one of its {len(shape)} dimensions"
        if len(scales) != shape[axis]:
            return f"{len(scales)} scales for dimension {axis} of {shape[axis]}"
    if len(points) != len(scales):
        return f"{len(points)} zero points for {len(scales)} scales"
    sound = np.isfinite(scales) & (scales > 0)
    if not sound.all():
        broken = scales[~sound][0]
        return f"a scale is {broken}, not a positive number (its converter was given no representative samples?)"
    limits = np.iinfo(dtype)
    if points.min() < limits.min or points.max() > limits.max:
        return f"a zero point does not fit {dtype.name}"
    return None
