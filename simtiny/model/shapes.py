"""Shapes of an operator's tensors, and what the operators' shape checks have in common."""

from math import prod

from simtiny.errors import BadInput
from simtiny.model.graph import ABSENT, Where

Shape = tuple[int, ...]

_MAX_LIST = 64
"""Axes or paddings of one operator: two for each of a tensor's dimensions are plenty."""


def shapes(where: Where, least: int, most: int) -> list[Shape | None]:
    """Shapes of the inputs (None where absent) and, last, of the one output. Refuses another number of them."""
    inputs, outputs = where.operator.inputs, where.operator.outputs
    if not least <= len(inputs) <= most or ABSENT in inputs[:least] or len(outputs) != 1:
        raise BadInput(f"{where}: {len(inputs)} inputs and {len(outputs)} outputs are not what it takes")
    found = [None if index == ABSENT else where.graph.tensors[index].shape for index in inputs]
    return [*found, *[None] * (most - len(inputs)), where.output.shape]


def expect(shape: Shape | None, expected: Shape, where: Where, what: str) -> None:
    """Refuse any other shape than the expected one."""
    if shape != expected:
        raise BadInput(f"{where}: its {what} has shape {shape}, expected {expected}")


def constant(where: Where, position: int, what: str) -> tuple[int, ...]:
    """The numbers of a constant input of integers, such as a list of axes."""
    tensor = where.input(position)
    if tensor.data is None or tensor.dtype.kind != "i" or tensor.data.size > _MAX_LIST:
        raise BadInput(f"{where}: its {what} must be a constant of at most {_MAX_LIST} integers")
    return tuple(int(value) for value in tensor.data.flatten())


def check_same_shape(where: Where) -> None:
    """Of an operator with one input, whose output has the input's shape."""
    source, output = shapes(where, 1, 1)
    assert source is not None
    expect(output, source, where, "output")


def check_bias(shape: Shape | None, channels: int, where: Where) -> None:
    """A number for each channel, in whatever shape: interpreters count them."""
    if shape is not None and prod(shape) != channels:
        expect(shape, (channels,), where, "bias")
