"""RESHAPE: another shape for the same bytes, so that the plan has no record for it."""

from math import prod

from simtiny.errors import BadInput
from simtiny.model.graph import Where
from simtiny.model.shapes import shapes
from simtiny.model.tflite_options import Fields, Options


def options(fields: Fields) -> Options:
    return {"new_shape": fields.integers(0, "dimensions of new_shape")}


def check(where: Where) -> None:
    source, _, output = shapes(where, 1, 2)
    assert source is not None and output is not None
    if prod(source) != prod(output):
        raise BadInput(f"{where}: an input of shape {source} can't become {output}")
