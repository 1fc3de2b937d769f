"""QUANTIZE, from float or between 8-bit types, and DEQUANTIZE to float: at a model's edges."""

from math import prod

import numpy as np

from simtiny.errors import BadInput
from simtiny.model.fixed_point import Multiplier, quantize_multiplier
from simtiny.model.graph import Tensor, Where
from simtiny.model.plan_layout import ELEMENT_TYPES, RecordKind
from simtiny.model.plan_record import PlanRecord, fixed, real_scale, zero_point

_BYTES = (np.int8, np.uint8)
_NONE = Multiplier(0, 0)


def lower_quantize(where: Where, dsp: bool) -> PlanRecord:
    source, result = where.input(0), where.output
    if result.quantization is None or result.dtype not in _BYTES:
        raise BadInput(f"{where}: its output is {result.dtype.name}; only int8 and uint8 are supported")
    if source.dtype == np.float32 and result.dtype == np.int8:
        return _record(where, RecordKind.QUANTIZE, scale=real_scale(result))
    if source.dtype not in _BYTES or source.quantization is None or np.int8 not in (source.dtype, result.dtype):
        raise BadInput(f"{where}: from {source.dtype.name} to {result.dtype.name} is not supported")
    multiplier = quantize_multiplier(real_scale(source) / real_scale(result))
    return _record(where, RecordKind.REQUANTIZE, multiplier=multiplier)


def lower_dequantize(where: Where, dsp: bool) -> PlanRecord:
    source, result = where.input(0), where.output
    if source.dtype not in _BYTES or source.quantization is None or result.dtype != np.float32:
        raise BadInput(f"{where}: from {source.dtype.name} to {result.dtype.name} is not supported")
    return _record(where, RecordKind.DEQUANTIZE, scale=real_scale(source))


def _record(where: Where, kind: RecordKind, scale: float = 0.0, multiplier: Multiplier = _NONE) -> PlanRecord:
    source, result = where.input(0), where.output
    if any(tensor.quantization is not None and len(tensor.quantization.scales) > 1 for tensor in (source, result)):
        raise BadInput(f"{where}: a scale for each channel of an activation is not supported")
    content = fixed(
        count=prod(source.shape),
        input_type=ELEMENT_TYPES[source.dtype.name],
        output_type=ELEMENT_TYPES[result.dtype.name],
        scale=scale,
        multiplier=multiplier.multiplier,
        right_shift=multiplier.right_shift,
        input_zero_point=_zero_point(source),
        output_zero_point=_zero_point(result),
    )
    return PlanRecord(kind, where, content)


def _zero_point(tensor: Tensor) -> int:
    """A float has none."""
    return 0 if tensor.dtype == np.float32 else zero_point(tensor)
