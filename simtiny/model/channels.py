"""What each output channel of a convolution needs besides weights: a start for its accumulator, and a scale."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simtiny.model.fixed_point import quantize_multipliers
from simtiny.model.graph import Tensor
from simtiny.model.plan_layout import CHANNEL

_Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Channels:
    """One entry an output channel: arrays of shape (channels,). The scales are those of `Multiplier`.

    Over all int8 inputs the accumulator stays between `lowest` and `highest`.
    """

    biases: _Integers
    multipliers: _Integers
    right_shifts: _Integers
    roundings: _Integers
    lowest: _Integers
    highest: _Integers

    def pack(self) -> bytes:
        """An entry of `plan_layout.CHANNEL` each."""
        columns = {
            "bias": (self.biases + (1 << 31)) % (1 << 32) - (1 << 31),  # as 32 bits hold it
            "multiplier": self.multipliers,
            "right_shift": self.right_shifts,
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
        real = np.array([np.float32(source_scale * filter_scales[0])], np.float64) / float(result_scale)
    else:
        real = float(source_scale) * filter_scales.astype(np.float64) / float(result_scale)
    multipliers, right_shifts = (np.broadcast_to(part, len(rows)) for part in quantize_multipliers(real))
    return Channels(folded, multipliers, right_shifts, np.zeros(len(rows), np.int64), lowest, highest)


def simd_channels(channels: Channels, output_zero_point: int) -> Channels | None:
    """The same channels for the SIMD kernels' shorter arithmetic, or None if a channel's numbers are too large for it.

    Those kernels compute (2 * sum * multiplier) >> 32, rounded, then (y + (y >> 31) + rounding) >> shift, in 32 bits:
    exact as long as twice the sum fits and the shift is between 1 and about 23. Real networks stay far below, except
    for channels that training has killed: tiny scales, huge biases. Their output is constant, which is always possible.
    An odd number of channels gets one more, of zeros.
    """
    largest = np.maximum(-channels.lowest, channels.highest)
    shifts = channels.right_shifts
    fits = (shifts >= 0) & (largest < 1 << 31)
    least = _output(channels, np.where(fits, channels.lowest, 0), output_zero_point)
    most = _output(channels, np.where(fits, channels.highest, 0), output_zero_point)
    constant = fits & (least == most)  # rescaling is monotonic: every sum gives this output
    scale = np.clip(shifts, 1, 31)
    roundings = (1 << (scale - 1)) + output_zero_point * (1 << scale)
    too_large = (shifts < 1) | (largest >= 1 << 30) | (np.abs(roundings) + largest + 1 >= 1 << 31)
    if (too_large & ~constant).any():
        return None
    multipliers = np.where(constant, 0, channels.multipliers)
    roundings = np.where(constant, 2 * least, roundings)
    found = replace(channels, multipliers=multipliers, right_shifts=np.where(constant, 1, shifts), roundings=roundings)
    return _with_one_more(found) if len(shifts) % 2 else found


def _with_one_more(channels: Channels) -> Channels:
    """A channel of zeros at the end."""
    return Channels(
        biases=np.append(channels.biases, 0),
        multipliers=np.append(channels.multipliers, 0),
        right_shifts=np.append(channels.right_shifts, 1),
        roundings=np.append(channels.roundings, 0),
        lowest=np.append(channels.lowest, 0),
        highest=np.append(channels.highest, 0),
    )


def _output(channels: Channels, totals: _Integers, zero_point: int) -> _Integers:
    """The int8 output of each channel's sum, as the reference computes it. Only right without a left shift."""
    shifts = np.clip(channels.right_shifts, 0, 31)
    product = (totals * channels.multipliers + (1 << 30)) >> 31
    magnitude = (np.abs(product) + ((1 << shifts) >> 1)) >> shifts
    outputs: _Integers = np.clip(np.where(product >= 0, magnitude, -magnitude) + zero_point, -128, 127)
    return outputs
