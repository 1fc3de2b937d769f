"""FULLY_CONNECTED."""

from math import prod

from simtiny.errors import BadInput
from simtiny.model.channels import filter_channels, simd_channels
from simtiny.model.graph import Where
from simtiny.model.ops.weights import SIMD_WORD, bias, matmul_record, require_weights
from simtiny.model.plan_record import PlanRecord, zero_point
from simtiny.model.shapes import check_bias, expect, shapes
from simtiny.model.tflite_options import Fields, Options


def options(fields: Fields) -> Options:
    fields.plain(1, "weights format")
    return {"activation": fields.activation(0), "keep_num_dims": fields.flag(2)}


def check(where: Where) -> None:
    source, weights, biases, output = shapes(where, 2, 3)
    if source is None or weights is None or len(weights) != 2 or prod(source) % weights[1]:
        raise BadInput(f"{where}: weights of shape {weights} do not fit an input of shape {source}")
    units, depth = weights
    check_bias(biases, units, where)
    rows = prod(source) // depth
    if where.operator.options.get("keep_num_dims"):
        expect(output, (*source[:-1], units), where, "output")
    elif output is None or output[-1:] != (units,) or prod(output) != rows * units:
        expect(output, (rows, units), where, "output")


def macs(where: Where) -> int:
    return prod(where.output.shape) * where.input(1).shape[1]


def lower(where: Where, dsp: bool) -> PlanRecord:
    rows = require_weights(where)
    vectors = prod(where.input(0).shape) // rows.shape[1]
    channels = filter_channels(where.input(0), where.input(1), where.output, rows, bias(where, len(rows)))
    simd = simd_channels(channels, zero_point(where.output)) if dsp else None
    if simd is not None and (vectors == 1 or rows.shape[1] % SIMD_WORD == 0):
        return matmul_record(where, vectors, rows, simd, simd=True)
    return matmul_record(where, vectors, rows, channels, simd=False)
