"""Fixed-point parameters with values worked out by hand, the plan's header, and what it refuses."""

import struct
from dataclasses import replace

import numpy as np
import pytest

from simtiny.errors import BadInput
from simtiny.model.channels import Channels, simd_channels
from simtiny.model.fixed_point import Multiplier, activation_range, mean_multiplier, pad_before, quantize_multiplier
from simtiny.model.graph import Graph, Operator, Quantization, Tensor
from simtiny.model.plan import serialize

INT8 = np.dtype(np.int8)


def quantization(scale: float, zero_point: int) -> Quantization:
    return Quantization(np.array([scale], np.float32), np.array([zero_point], np.int32))


def dense(name: str = "test", units: int = 2) -> Graph:
    """A fully connected layer of 3 inputs, weights 1, 2, 3 and so on, then a reshape."""
    weights = np.arange(1, 3 * units + 1, dtype=np.int8).reshape(units, 3)
    tensors = (
        Tensor("in", (1, 3), INT8, quantization(0.5, 10), None),
        Tensor("weights", (units, 3), INT8, quantization(0.25, 0), weights),
        Tensor("bias", (units,), np.dtype(np.int32), quantization(0.125, 0), np.full(units, 100, np.int32)),
        Tensor("sums", (1, units), INT8, quantization(1.0, -5), None),
        Tensor("out", (units,), INT8, quantization(1.0, -5), None),
    )
    operators = (
        Operator("FULLY_CONNECTED", (0, 1, 2), (3,), {"activation": "NONE"}),
        Operator("RESHAPE", (3,), (4,), {}),
    )
    return Graph(name, tensors, operators, (0,), (4,))


@pytest.mark.parametrize(
    ("value", "multiplier", "right_shift"),
    [
        (0.5, 1 << 30, 0),
        (1.0, 1 << 30, -1),
        (0.75, 3 << 29, 0),
        (0.125, 1 << 30, 2),
        (1 - 2**-40, 1 << 30, -1),  # rounds up to the next power of two
        (2.0**-33, 0, 0),  # too small for 31 shifts
        (0.0, 0, 0),
    ],
)
def test_quantize_multiplier(value: float, multiplier: int, right_shift: int) -> None:
    assert quantize_multiplier(value) == Multiplier(multiplier, right_shift)


def test_mean_divides_in_the_multiplier() -> None:
    # 2^30 / 2^31 * 2 = 1, over 4 elements: the multiplier shifts left by 2 and is divided by 4.
    assert mean_multiplier(1.0, 4) == Multiplier(1 << 30, 1)
    assert mean_multiplier(1.0, 3) == Multiplier((1 << 31) // 3, 0)


@pytest.mark.parametrize(
    ("activation", "expected"),
    [("NONE", (-128, 127)), ("RELU", (-20, 127)), ("RELU6", (-20, 100)), ("RELU_N1_TO_1", (-40, 0))],
)
def test_activation_range(activation: str, expected: tuple[int, int]) -> None:
    assert activation_range(activation, np.float32(0.05), -20) == expected


def test_padding_before() -> None:
    # kws01's first layer: 49 rows, a filter of 10, stride 2, 25 outputs: (24 * 2 + 10 - 49) / 2 = 4.5.
    assert pad_before(49, 25, 10, 2, 1) == 4
    assert pad_before(96, 48, 3, 2, 1) == 0


def test_header_tells_the_device_its_input_and_output() -> None:
    plan = serialize(dense(), kernels="portable", name="kws01")
    fields = struct.unpack("<4s12Ifi3IfiI20s", plan.data[:104])
    assert fields[0] == b"SPLN"
    assert fields[1:4] == (1, 0, len(plan.data))
    assert fields[4] == plan.arena_bytes
    assert fields[5] == 1  # the reshape needs no record
    assert (fields[7], fields[9]) == (0, 3)  # int8, three bytes
    assert fields[13:15] == (0.5, 10)
    assert fields[16] == 2
    assert fields[18:20] == (1.0, -5)
    assert fields[21].rstrip(b"\0") == b"kws01"
    assert [layer.macs for layer in plan.layers] == [6]


def test_bias_holds_the_input_zero_point() -> None:
    plan = serialize(dense(), kernels="portable", name="test")
    channels = struct.unpack_from("<I", plan.data, 104 + 16 + 32)[0]
    first = struct.unpack_from("<4i", plan.data, channels)
    # 100 - 10 * (1 + 2 + 3); 0.5 * 0.25 / 1.0 = 0.125 = 2^30 / 2^31 / 2^2
    assert first == (40, 1 << 30, 2, 0)


def test_simd_weights_are_interleaved_by_the_word() -> None:
    plan = serialize(dense(units=3), kernels="dsp", name="test")
    weights = struct.unpack_from("<I", plan.data, 104 + 16 + 28)[0]
    expected = [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0]
    assert list(plan.data[weights : weights + 16]) == expected


def test_same_graph_same_bytes() -> None:
    assert serialize(dense(), kernels="dsp", name="a") == serialize(dense(), kernels="dsp", name="a")


def channel(bias: int, multiplier: int, right_shift: int, lowest: int, highest: int) -> Channels:
    """One channel."""
    return Channels(*(np.array([value]) for value in (bias, multiplier, right_shift, 0, lowest, highest)))


def test_simd_channel_rounds_and_adds_the_zero_point_in_one_step() -> None:
    simd = simd_channels(channel(7, 1 << 30, 4, -1000, 1000), -3)
    assert simd is not None
    assert simd.roundings.tolist() == [8 - 3 * 16, 0]  # a second channel of zeros makes it a pair
    assert (simd.multipliers.tolist(), simd.right_shifts.tolist()) == ([1 << 30, 0], [4, 1])


def test_channel_with_a_constant_output_needs_no_multiplier() -> None:
    # 2^30 * 2^-1 / 2^28 = 2, whatever the inputs add.
    simd = simd_channels(channel(1 << 30, 1 << 30, 28, (1 << 30) - 50, (1 << 30) + 50), -3)
    assert simd is not None
    assert (simd.multipliers[0], simd.right_shifts[0], simd.roundings[0]) == (0, 1, 2 * (2 - 3))


def test_channel_too_large_for_simd_goes_to_the_portable_kernel() -> None:
    assert simd_channels(channel(0, 1 << 30, 4, -(1 << 30), 1 << 30), 0) is None
    assert simd_channels(channel(0, 1 << 30, -1, -1000, 1000), 0) is None


def test_float_input_of_ad01_keeps_a_buffer_of_its_own() -> None:
    graph = dense(units=3)
    plan = serialize(graph, kernels="portable", name="ad01", input_encoding="float32", reconstruction=True)
    _, host, size, tensor = struct.unpack_from("<4I", plan.data, 28)
    assert size == 12
    assert host != tensor


def test_unsupported_operator_is_named() -> None:
    graph = dense()
    broken = replace(graph, operators=(replace(graph.operators[0], kind="LSTM"), graph.operators[1]))
    with pytest.raises(
        BadInput, match=r'1 of its 2 operators is not supported: 1 LSTM \(operator 0 "sums"\) \(supported are ADD'
    ):
        serialize(broken, kernels="dsp", name="test")


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_other_types_are_named(dtype: type) -> None:
    graph = dense()
    tensors = list(graph.tensors)
    tensors[3] = replace(tensors[3], dtype=np.dtype(dtype))
    name = np.dtype(dtype).name
    with pytest.raises(BadInput, match=rf"operator 0 \(FULLY_CONNECTED\): its output is {name}"):
        serialize(replace(graph, tensors=tuple(tensors)), kernels="portable", name="test")


def test_bad_choices_are_refused() -> None:
    with pytest.raises(BadInput, match="kernel set 'fast' does not exist"):
        serialize(dense(), kernels="fast", name="test")
    with pytest.raises(BadInput, match="input encoding 'float64' does not exist"):
        serialize(dense(), kernels="dsp", name="test", input_encoding="float64")
    with pytest.raises(BadInput, match="score of ad01"):
        serialize(dense(), kernels="dsp", name="ad01", reconstruction=True)
