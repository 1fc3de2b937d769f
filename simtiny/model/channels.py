"""What each output channel of a convolution needs besides weights: a start for its accumulator, and a scale."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simtiny.model.fixed_point import Multiplier, quantize_multiplier
from simtiny.model.graph import Tensor
from simtiny.model.plan_layout import CHANNEL


@dataclass(frozen=True)
class Channels:
    """One entry an output channel. Over all int8 inputs the accumulator stays between `lowest` and `highest`."""

    biases: NDArray[np.int64]
    scales: tuple[Multiplier, ...]
    roundings: tuple[int, ...]
    lowest: NDArray[np.int64]
    highest: NDArray[np.int64]

    def pack(self) -> bytes:
        """An entry of `plan_layout.CHANNEL` each."""
        columns = {
            "bias": [_wrap(int(bias)) for bias in self.biases],
            "multiplier": [scale.multiplier for scale in self.scales],
            "right_shift": [scale.right_shift for scale in self.scales],
            "rounding": self.roundings,
        }
        return np.array([columns[field.name] for field in CHANNEL.fields], "<i4").T.tobytes()


def filter_channels(
    source: Tensor, weights: Tensor, result: Tensor, rows: NDArray[np.int8], bias: NDArray[np.int64]
) -> Channels:
    """Channels of a CONV_2D or FULLY_CONNECTED whose filters are the rows of `rows`."""
    per_tensor_in_float = len(weights.shape) == 2
    return _channels(source, weights, result, rows.astype(np.int64), bias, per_tensor_in_float)


def depthwise_channels(
    source: Tensor, weights: Tensor, result: Tensor, taps: NDArray[np.int8], bias: NDArray[np.int64]
) -> Channels:
    """Channels of a DEPTHWISE_CONV_2D: `taps` has one column a channel."""
    return _channels(source, weights, result, taps.T.astype(np.int64), bias, False)


def _channels(
    source: Tensor,
    weights: Tensor,
    result: Tensor,
    rows: NDArray[np.int64],
    bias: NDArray[np.int64],
    product_in_float: bool,
) -> Channels:
    """A sum of (x - zero_point) * w is a sum of x * w minus a constant: the constant goes into the bias."""
    assert source.quantization is not None and weights.quantization is not None and result.quantization is not None
    point = int(source.quantization.zero_points[0])
    folded = bias - point * rows.sum(axis=1)
    lowest = folded + np.minimum(-128 * rows, 127 * rows).sum(axis=1)
    highest = folded + np.maximum(-128 * rows, 127 * rows).sum(axis=1)
    source_scale, result_scale = source.quantization.scales[0], result.quantization.scales[0]
    filter_scales = weights.quantization.scales
    if product_in_float and len(filter_scales) == 1:
        # TensorFlow Lite multiplies the two scales in single precision here, and only here.
        real = [float(np.float32(source_scale * filter_scales[0])) / float(result_scale)]
    else:
        real = [float(source_scale) * float(scale) / float(result_scale) for scale in filter_scales]
    scales = tuple(quantize_multiplier(value) for value in real)
    if len(scales) == 1:
        scales *= len(rows)
    return Channels(folded, scales, (0,) * len(rows), lowest, highest)


def simd_channels(channels: Channels, output_zero_point: int) -> Channels | None:
    """The same channels for the SIMD kernels' shorter arithmetic, or None if a channel's numbers are too large for it.

    Those kernels compute (2 * sum * multiplier) >> 32, rounded, then (y + (y >> 31) + rounding) >> shift, in 32 bits:
    exact as long as twice the sum fits and the shift is between 1 and about 23. Real networks stay far below, except
    for channels that training has killed: tiny scales, huge biases. Their output is constant, which is always possible.
    An odd number of channels gets one more, of zeros.
    """
    scales, roundings = [], []
    for scale, lowest, highest in zip(channels.scales, channels.lowest, channels.highest, strict=True):
        entry = _simd_scale(scale, int(lowest), int(highest), output_zero_point)
        if entry is None:
            return None
        scales.append(entry[0])
        roundings.append(entry[1])
    biases = channels.biases
    if len(scales) % 2:
        scales.append(Multiplier(0, 1))
        roundings.append(0)
        biases = np.append(biases, 0)
    return Channels(biases, tuple(scales), tuple(roundings), channels.lowest, channels.highest)


def _simd_scale(scale: Multiplier, lowest: int, highest: int, zero_point: int) -> tuple[Multiplier, int] | None:
    largest = max(-lowest, highest)
    if scale.right_shift >= 0 and largest < 1 << 31:
        outputs = [_output(scale, total, zero_point) for total in (lowest, highest)]
        if outputs[0] == outputs[1]:  # rescaling is monotonic: every sum gives this output
            return Multiplier(0, 1), 2 * outputs[0]
    if scale.right_shift < 1 or largest >= 1 << 30:
        return None
    rounding = (1 << (scale.right_shift - 1)) + (zero_point << scale.right_shift)
    if abs(rounding) + largest + 1 >= 1 << 31:
        return None
    return scale, rounding


def _output(scale: Multiplier, total: int, zero_point: int) -> int:
    """The int8 output of a sum, as the reference computes it. Only for scales without a left shift."""
    product = (total * scale.multiplier + (1 << 30)) >> 31
    half = (1 << scale.right_shift) >> 1
    magnitude = (abs(product) + half) >> scale.right_shift
    return max(-128, min(127, (magnitude if product >= 0 else -magnitude) + zero_point))


def _wrap(value: int) -> int:
    """As 32 bits hold it."""
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)
