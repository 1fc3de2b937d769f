"""What operators with weights share: biases, the SIMD kernels' order of weights, and two of the plan's structures."""

import numpy as np
from numpy.typing import NDArray

from simtiny.errors import BadInput
from simtiny.model.channels import Channels
from simtiny.model.graph import Where
from simtiny.model.ops import patches
from simtiny.model.plan_layout import NOWHERE, RecordKind
from simtiny.model.plan_record import (
    Constants,
    Offsets,
    PlanRecord,
    activation,
    require_activations,
    require_int8,
    zero_point,
)

SIMD_WORD = 4
"""int8 elements in a register."""
STAGING_VECTORS = 24  # a copy of the weights in RAM costs 4 cycles a word and saves 1 for every 4 vectors, or more
STAGING_BYTES = 48 << 10  # and takes this much RAM at most


def require_weights(where: Where, axis: int = 0) -> NDArray[np.int8]:
    """The weights of an operator whose tensors are all int8; refuses others.

    They may have one scale, or one for each output channel, which `axis` counts.
    """
    require_activations(where)
    weights = where.input(1)
    require_int8(where, weights, "weights tensor", constant=True)
    assert weights.data is not None and weights.quantization is not None
    count, along = len(weights.quantization.scales), weights.quantization.axis
    if count > 1 and along != axis:
        raise BadInput(f"{where}: its weights have {count} scales along dimension {along}; supported is {axis}")
    return weights.data


def bias(where: Where, count: int) -> NDArray[np.int64]:
    """One number an output channel: zeros where the operator has no bias."""
    if not where.has_input(2):
        return np.zeros(count, np.int64)
    tensor = where.input(2)
    if tensor.data is None or tensor.dtype != np.int32:
        raise BadInput(f"{where}: its bias must be constant and int32")
    return tensor.data.astype(np.int64).reshape(-1)


def staged(stored: NDArray[np.int8], vectors: int) -> bool:
    """Whether the SIMD kernels copy these weights to RAM first."""
    return vectors >= STAGING_VECTORS and stored.size <= STAGING_BYTES


def interleave(rows: NDArray[np.int8]) -> NDArray[np.int8]:
    """Pairs of output channels, word by word: the first word of one, the first of the other, the second of one..."""
    count, depth = rows.shape
    padded = np.zeros((round_up(count, 2), round_up(depth, SIMD_WORD)), np.int8)
    padded[:count, :depth] = rows
    words = padded.reshape(len(padded) // 2, 2, -1, SIMD_WORD).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(words).reshape(len(padded), -1)


def round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def convolution_record(
    where: Where,
    kind: RecordKind,
    size: tuple[int, int],
    stored: NDArray[np.int8],
    channels: Channels,
    scratch_bytes: int,
    stage: bool = False,
) -> PlanRecord:
    """`plan_layout.CONV_RECORD` for a filter of `size` (height, width). `stored`: weights in the kernel's order."""
    source, target = where.input(0), where.output

    def content(constants: Constants, offsets: Offsets, scratch: int) -> dict[str, object]:
        return {
            "patches": patches.geometry(where, *size),
            "input_channels": source.shape[3],
            "output_channels": target.shape[3],
            "row_bytes": stored.shape[1],
            "input_zero_point": zero_point(source),
            "output_zero_point": zero_point(target),
            **activation(where),
            "weights_data": constants.add(stored.tobytes()),
            "channels_data": constants.add(channels.pack()),
            "scratch": scratch,
            "staging": scratch + scratch_bytes if stage else NOWHERE,
        }

    return PlanRecord(kind, where, content, scratch_bytes + (stored.size if stage else 0))


def matmul_record(where: Where, vectors: int, rows: NDArray[np.int8], channels: Channels, *, simd: bool) -> PlanRecord:
    """`plan_layout.MATMUL_RECORD`: `vectors` of the input, each times every one of `rows`."""
    stored = interleave(rows) if simd else rows
    stage = simd and staged(stored, vectors)

    def content(constants: Constants, offsets: Offsets, scratch: int) -> dict[str, object]:
        return {
            "rows": vectors,
            "depth": rows.shape[1],
            "output_channels": rows.shape[0],
            "row_bytes": stored.shape[1],
            "output_zero_point": zero_point(where.output),
            **activation(where),
            "weights_data": constants.add(stored.tobytes()),
            "channels_data": constants.add(channels.pack()),
            "staging": scratch if stage else NOWHERE,
        }

    kind = RecordKind.MATMUL_DSP if simd else RecordKind.FULLY_CONNECTED
    return PlanRecord(kind, where, content, stored.size if stage else 0)
