"""MEAN over some of the dimensions."""

from math import prod

from simtiny.errors import BadInput
from simtiny.model.fixed_point import mean_multiplier
from simtiny.model.graph import Where
from simtiny.model.ops.dims import four, strides
from simtiny.model.plan_layout import RecordKind
from simtiny.model.plan_record import PlanRecord, fixed, real_scale, require_activations, zero_point
from simtiny.model.shapes import constant, expect, shapes
from simtiny.model.tflite_options import Fields, Options


def options(fields: Fields) -> Options:
    return {"keep_dims": fields.flag(0)}


def check(where: Where) -> None:
    source, _, output = shapes(where, 2, 2)
    assert source is not None
    axes = constant(where, 1, "list of axes")
    if any(not -len(source) <= axis < len(source) for axis in axes):
        raise BadInput(f"{where}: axes {axes} on an input of shape {source}")
    reduced = {axis % len(source) for axis in axes}
    keep = bool(where.operator.options.get("keep_dims"))
    shape = tuple(1 if i in reduced else dim for i, dim in enumerate(source) if keep or i not in reduced)
    expect(output, shape, where, "output")


def lower(where: Where, dsp: bool) -> PlanRecord:
    require_activations(where)
    source = where.input(0)
    shape = four(where, source.shape)
    axes = where.input(1).data
    assert axes is not None
    added = 4 - len(source.shape)
    reduced = {int(axis) % len(source.shape) + added for axis in axes.flatten()}
    steps = strides(shape)
    kept = [(1, 0) if i in reduced else (shape[i], steps[i]) for i in range(4)]
    summed = [(shape[i], steps[i]) if i in reduced else (1, 0) for i in range(4)]
    count = prod(size for size, _ in summed)
    scale = mean_multiplier(real_scale(source) / real_scale(where.output), count)
    content = fixed(
        kept_shape=[size for size, _ in kept],
        kept_stride=[step for _, step in kept],
        reduced_shape=[size for size, _ in summed],
        reduced_stride=[step for _, step in summed],
        bias=-zero_point(source) * count,
        multiplier=scale.multiplier,
        right_shift=scale.right_shift,
        output_zero_point=zero_point(where.output),
    )
    return PlanRecord(RecordKind.MEAN, where, content)
