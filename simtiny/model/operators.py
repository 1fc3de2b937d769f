"""Every operator that simtiny knows, one row each: from the reader of `.tflite` files to the firmware's kernel.

The functions of a row are in the module of `ops` that is named after it. What `lower` gives is a record of one of
`plan_layout.RecordKind`, which also names the C function that runs it. docs/extending.md adds an operator step by step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simtiny.model.graph import Where
from simtiny.model.ops import (
    add,
    conv,
    depthwise_conv,
    fully_connected,
    mean,
    pad,
    pool,
    rescale,
    reshape,
    softmax,
)
from simtiny.model.plan_record import PlanRecord
from simtiny.model.shapes import check_same_shape
from simtiny.model.tflite_options import Fields, Options, no_options


def no_macs(where: Where) -> int:
    """Of an operator without weights."""
    return 0


@dataclass(frozen=True)
class OperatorType:
    """One builtin operator of TensorFlow Lite.

    `options_type` is the number of its options in BuiltinOptions of the schema, 0 if it has none, and `options` reads
    their table. `check` refuses shapes that don't go together. `lower` gives the plan's record, for the SIMD kernels if
    its second argument is true, or refuses what no kernel can run; an operator without it only renames its input.
    `macs` counts multiply-accumulates. All refusals are `BadInput`.
    """

    options_type: int
    options: Callable[[Fields], Options]
    check: Callable[[Where], None]
    lower: Callable[[Where, bool], PlanRecord] | None
    macs: Callable[[Where], int] = no_macs


OPERATORS: Mapping[str, OperatorType] = MappingProxyType(
    {
        "CONV_2D": OperatorType(1, conv.options, conv.check, conv.lower, conv.macs),
        "DEPTHWISE_CONV_2D": OperatorType(
            2, depthwise_conv.options, depthwise_conv.check, depthwise_conv.lower, depthwise_conv.macs
        ),
        "AVERAGE_POOL_2D": OperatorType(5, pool.options, pool.check, pool.lower_average),
        "MAX_POOL_2D": OperatorType(5, pool.options, pool.check, pool.lower_max),
        "FULLY_CONNECTED": OperatorType(
            8, fully_connected.options, fully_connected.check, fully_connected.lower, fully_connected.macs
        ),
        "SOFTMAX": OperatorType(9, softmax.options, check_same_shape, softmax.lower),
        "ADD": OperatorType(11, add.options, add.check, add.lower),
        "RESHAPE": OperatorType(17, reshape.options, reshape.check, None),
        "PAD": OperatorType(22, no_options, pad.check, pad.lower),
        "MEAN": OperatorType(27, mean.options, mean.check, mean.lower),
        "DEQUANTIZE": OperatorType(38, no_options, check_same_shape, rescale.lower_dequantize),
        "QUANTIZE": OperatorType(89, no_options, check_same_shape, rescale.lower_quantize),
    }
)
