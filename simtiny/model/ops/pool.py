"""AVERAGE_POOL_2D and MAX_POOL_2D."""

from simtiny.errors import BadInput
from simtiny.model.graph import Where
from simtiny.model.ops import patches
from simtiny.model.plan_layout import RecordKind
from simtiny.model.plan_record import PlanRecord, activation, fixed, real_scale, require_activations, zero_point
from simtiny.model.shapes import expect, shapes
from simtiny.model.tflite_options import Fields, Options


def options(fields: Fields) -> Options:
    return patches.options(fields) | {
        "filter_w": fields.count(3, "filter_w"),
        "filter_h": fields.count(4, "filter_h"),
        "activation": fields.activation(5),
    }


def check(where: Where) -> None:
    source, output = shapes(where, 1, 1)
    image = patches.image(source, where, "input")
    size = where.number("filter_h"), where.number("filter_w")
    expect(output, patches.output_shape(where, image, size, image[3]), where, "output")


def lower_average(where: Where, dsp: bool) -> PlanRecord:
    return _record(where, RecordKind.AVERAGE_POOL)


def lower_max(where: Where, dsp: bool) -> PlanRecord:
    return _record(where, RecordKind.MAX_POOL)


def _record(where: Where, kind: RecordKind) -> PlanRecord:
    require_activations(where)
    if zero_point(where.input(0)) != zero_point(where.output) or (
        abs(real_scale(where.input(0)) - real_scale(where.output)) > 1.0e-6
    ):
        raise BadInput(f"{where}: its input and output must have the same quantization")
    lying = patches.geometry(where, where.number("filter_h"), where.number("filter_w"))
    return PlanRecord(kind, where, fixed(patches=lying, channels=where.input(0).shape[3], **activation(where)))
