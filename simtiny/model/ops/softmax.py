"""SOFTMAX over the last dimension."""

from math import prod

from simtiny.errors import BadInput
from simtiny.model.fixed_point import softmax_scaling
from simtiny.model.graph import Where
from simtiny.model.plan_layout import RecordKind
from simtiny.model.plan_record import PlanRecord, fixed, real_scale, require_activations, zero_point
from simtiny.model.tflite_options import Fields, Options


def options(fields: Fields) -> Options:
    return {"beta": fields.real(0)}


def lower(where: Where, dsp: bool) -> PlanRecord:
    require_activations(where)
    if zero_point(where.output) != -128 or real_scale(where.output) != 1 / 256:
        raise BadInput(f"{where}: its output must have scale 1/256 and zero point -128")
    beta = where.operator.options["beta"]
    assert isinstance(beta, float)
    source = where.input(0)
    if beta * real_scale(source) * (1 << 26) <= 1:
        raise BadInput(f"{where}: its scale times beta is too small ({beta * real_scale(source):g})")
    depth = source.shape[-1]
    multiplier, left_shift, smallest = softmax_scaling(beta, real_scale(source))
    content = fixed(
        rows=prod(source.shape) // depth,
        depth=depth,
        multiplier=multiplier,
        left_shift=left_shift,
        smallest_difference=smallest,
    )
    return PlanRecord(RecordKind.SOFTMAX, where, content)
