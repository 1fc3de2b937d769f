"""What convolutions and pools share: a filter that slides over an image, and the patch of the image under it."""

from simtiny.errors import BadInput
from simtiny.model.fixed_point import pad_before
from simtiny.model.graph import Where
from simtiny.model.shapes import Shape
from simtiny.model.tflite_options import Fields, Options


def options(fields: Fields) -> Options:
    """The options that come first in the tables of all of them."""
    return {
        "padding": fields.padding(0),
        "stride_w": fields.count(1, "stride_w"),
        "stride_h": fields.count(2, "stride_h"),
    }


def dilations(fields: Fields, slot: int) -> Options:
    """Dilations of a filter: its width's at `slot`, then its height's."""
    return {
        "dilation_w": fields.count(slot, "dilation_w", 1),
        "dilation_h": fields.count(slot + 1, "dilation_h", 1),
    }


def output_extent(extent: int, size: int, stride: int, dilation: int, padding: str) -> int:
    """Output extent of a filter of `size` along one dimension, as TFLite defines SAME and VALID."""
    if padding == "SAME":
        return -(-extent // stride)
    return (extent - (size - 1) * dilation - 1 + stride) // stride


def image(shape: Shape | None, where: Where, what: str) -> tuple[int, int, int, int]:
    """A shape of four dimensions: batch, height, width and channels, or a filter's."""
    if shape is None or len(shape) != 4:
        raise BadInput(f"{where}: its {what} has shape {shape}, expected four dimensions")
    return shape[0], shape[1], shape[2], shape[3]


def output_shape(where: Where, source: tuple[int, int, int, int], size: tuple[int, int], channels: int) -> Shape:
    """For a filter of `size` (height, width) over images of shape `source`."""
    padding = str(where.operator.options["padding"])
    extents = [
        output_extent(extent, length, stride, dilation, padding)
        for extent, length, stride, dilation in zip(
            source[1:3], size, _both(where, "stride"), _both(where, "dilation"), strict=True
        )
    ]
    if min(extents) < 1:
        raise BadInput(f"{where}: its filter of {size} is larger than its input {source[1:3]}")
    return source[0], extents[0], extents[1], channels


def geometry(where: Where, filter_height: int, filter_width: int) -> dict[str, int]:
    """The fields of `plan_layout.PATCHES`."""
    batches, input_height, input_width, _ = where.input(0).shape
    _, output_height, output_width, _ = where.output.shape
    stride_height, stride_width = _both(where, "stride")
    dilation_height, dilation_width = _both(where, "dilation")
    return {
        "batches": batches,
        "input_height": input_height,
        "input_width": input_width,
        "output_height": output_height,
        "output_width": output_width,
        "filter_height": filter_height,
        "filter_width": filter_width,
        "stride_height": stride_height,
        "stride_width": stride_width,
        "dilation_height": dilation_height,
        "dilation_width": dilation_width,
        "pad_top": pad_before(input_height, output_height, filter_height, stride_height, dilation_height),
        "pad_left": pad_before(input_width, output_width, filter_width, stride_width, dilation_width),
    }


def _both(where: Where, option: str) -> tuple[int, int]:
    """Of height and width."""
    return where.number(f"{option}_h"), where.number(f"{option}_w")
