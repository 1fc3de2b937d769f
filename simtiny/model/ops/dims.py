"""Shapes as the kernels take them: four dimensions, and the step in elements along each."""

from math import prod

from simtiny.errors import BadInput
from simtiny.model.graph import Where
from simtiny.model.shapes import Shape


def four(where: Where, shape: Shape) -> Shape:
    """The shape with ones in front of it; refuses more than four dimensions."""
    if len(shape) > 4:
        raise BadInput(f"{where}: {len(shape)} dimensions are not supported (at most 4 are)")
    return (1,) * (4 - len(shape)) + shape


def strides(shape: Shape) -> Shape:
    return tuple(prod(shape[i + 1 :]) for i in range(len(shape)))
