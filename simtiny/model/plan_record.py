"""What a plan's records have in common: their head, the constants behind them, what every kernel asks of tensors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simtiny.errors import BadInput
from simtiny.model.fixed_point import activation_range
from simtiny.model.graph import Tensor, Where
from simtiny.model.plan_layout import RecordKind

Offsets = Mapping[int, int]
"""Arena offset in bytes of each activation tensor, by tensor index."""

CACHE_LINE = 32  # bytes: where constants start, so that no line of the flash cache holds two operators' weights


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


Content = Callable[[Constants, Offsets, int], Mapping[str, Any]]
"""From where constants and activations are, and the arena offset of the scratch memory, to a record's fields."""


@dataclass(frozen=True)
class PlanRecord:
    """An operator before its tensors have places: from its first input to its first output.

    `content` gives every field of the kind's structure but its head.
    """

    kind: RecordKind
    where: Where
    content: Content = field(repr=False)
    scratch_bytes: int = 0

    @property
    def size(self) -> int:
        """Bytes."""
        return self.kind.record.size

    def pack(self, constants: Constants, offsets: Offsets, scratch: int) -> bytes:
        """The record's bytes; what it has of constants goes to `constants`."""
        operator = self.where.operator
        source, target = offsets.get(operator.inputs[0], 0), offsets[operator.outputs[0]]
        head = {"kind": self.kind.number, "size": self.size, "input": source, "output": target}
        return self.kind.record.pack({"head": head, **self.content(constants, offsets, scratch)})


def fixed(**fields: Any) -> Content:
    """The content of a record that hangs on no offset."""
    return lambda *_: fields


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


def activation(where: Where) -> dict[str, int]:
    """The fields of the fused activation."""
    quantization = where.output.quantization
    assert quantization is not None
    low, high = activation_range(where.text("activation"), quantization.scales[0], zero_point(where.output))
    return {"activation_min": low, "activation_max": high}
