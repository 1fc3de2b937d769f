"""TensorFlow Lite's quantized arithmetic as far as it happens before the first inference.

Formulas: TensorFlow Lite Micro, `kernels/internal/quantization_util.cc`, `kernel_util.cc` and the operators' Prepare
functions. Everything is computed in the reference's order and precision, because the results must be bit-identical.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

INT8_MIN, INT8_MAX = -128, 127


@dataclass(frozen=True)
class Multiplier:
    """x * value, where value = multiplier / 2^31 / 2^right_shift. A negative right_shift shifts left."""

    multiplier: int
    right_shift: int


def quantize_multiplier(value: float) -> Multiplier:
    """The nearest Q31 multiplier and shift; what is too small to survive 31 shifts becomes zero."""
    multipliers, right_shifts = quantize_multipliers(np.array([value]))
    return Multiplier(int(multipliers[0]), int(right_shifts[0]))


def quantize_multipliers(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Multipliers and right shifts, as `quantize_multiplier` gives them, of finite values: twice their shape."""
    fractions, exponents = np.frexp(values)
    fixed = np.floor(fractions * (1 << 31) + 0.5).astype(np.int64)
    carried = fixed == 1 << 31
    fixed, exponents = np.where(carried, fixed // 2, fixed), exponents.astype(np.int64) + carried
    lost = exponents < -31
    return np.where(lost, 0, fixed), np.where(lost, 0, -exponents)


def round_half_away(value: float) -> int:
    """C's round()."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def activation_range(activation: str, scale: np.float32, zero_point: int) -> tuple[int, int]:
    """Smallest and largest int8 output of a fused activation."""

    def quantized(real: float) -> int:
        return zero_point + round_half_away(float(np.float32(real) / scale))

    low, high = INT8_MIN, INT8_MAX
    if activation in ("RELU", "RELU6"):
        low = max(low, quantized(0.0))
    if activation == "RELU6":
        high = min(high, quantized(6.0))
    if activation == "RELU_N1_TO_1":
        low, high = max(low, quantized(-1.0)), min(high, quantized(1.0))
    return low, high


def softmax_scaling(beta: float, input_scale: float) -> tuple[int, int, int]:
    """Multiplier and left shift that bring a difference of inputs to Q5.26, and the smallest difference that counts."""
    integer_bits = 5
    real = min(float(np.float32(beta)) * input_scale * (1 << (31 - integer_bits)), (1 << 31) - 1.0)
    scaled = quantize_multiplier(real)
    left_shift = -scaled.right_shift
    largest = math.floor(1.0 * ((1 << integer_bits) - 1) * (1 << (31 - integer_bits)) / (1 << left_shift))
    return scaled.multiplier, left_shift, -largest


def mean_multiplier(value: float, count: int) -> Multiplier:
    """The scale of a MEAN over `count` elements: the division is folded into the multiplier."""
    base = quantize_multiplier(value)
    shift = min(count.bit_length() - 1, 32, 31 - base.right_shift)
    return Multiplier((base.multiplier << shift) // count, base.right_shift + shift)


def pad_before(extent: int, output: int, size: int, stride: int, dilation: int) -> int:
    """Padding above or left of an input, for a filter of `size`. The odd element of SAME goes below or right."""
    return max(0, (output - 1) * stride + (size - 1) * dilation + 1 - extent) // 2
