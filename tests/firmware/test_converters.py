"""What converters have written that means nothing to arithmetic: such files run, and give the reference's bytes."""

import struct
from pathlib import Path

import numpy as np
import pytest

from simtiny.errors import BadInput
from simtiny.model.plan import Plan, serialize
from simtiny.model.plan_layout import KERNEL_SETS
from simtiny.model.tflite import parse
from tests.firmware.support import Kernels, expected
from tests.model.flatbuffer_writer import INT8, INT32, Node, network, operator, tensor

STRING = 5
CONV_2D, FULLY_CONNECTED, RESHAPE, MEAN = 3, 9, 22, 40
WEIGHTS = np.random.default_rng(7).integers(-127, 128, (3, 2, 2, 2), dtype=np.int8).tobytes()
BIASES = struct.pack("<3i", 400, -900, 50)
SCALES = [0.01, 0.02, 0.03]
SOUND_WEIGHTS = tensor("w", [3, 2, 2, 2], INT8, 1, SCALES, [0, 0, 0])


def convolution(
    *, weights: Node = SOUND_WEIGHTS, bias: Node | None = None, more: list[Node] | None = None, subgraphs: int = 0
) -> bytes:
    """A convolution from 4x4x2 to 3x3x3."""
    return network(
        [
            tensor("x", [1, 4, 4, 2], scales=[0.1], zero_points=[3]),
            weights,
            bias or tensor("b", [3], INT32, 2, [0.001, 0.002, 0.003], [0, 0, 0]),
            tensor("y", [1, 3, 3, 3], scales=[0.2], zero_points=[-7]),
            *(more or []),
        ],
        [operator(0, [0, 1, 2], [3], (1, {0: ("b", 1), 1: ("i", 1), 2: ("i", 1)}))],
        [CONV_2D],
        [0],
        [3],
        [WEIGHTS, BIASES, b"never used"],
        subgraphs,
    )


BIAS_SCALES = [0.001, 0.002, 0.003]
QUIRKS = {
    "an axis that the bias does not have": convolution(bias=tensor("b", [3], INT32, 2, BIAS_SCALES, [0, 0, 0], axis=3)),
    "a negative axis of the bias": convolution(bias=tensor("b", [3], INT32, 2, BIAS_SCALES, [0, 0, 0], axis=-1)),
    "one scale for a bias of many": convolution(bias=tensor("b", [3], INT32, 2, [0.001], [0])),
    "a bias of four dimensions": convolution(bias=tensor("b", [1, 1, 1, 3], INT32, 2, BIAS_SCALES, [0, 0, 0], axis=3)),
    "a bias without quantization": convolution(bias=tensor("b", [3], INT32, 2)),
    "an axis for one scale": convolution(weights=tensor("w", [3, 2, 2, 2], INT8, 1, [0.01], [0], axis=9)),
    "other subgraphs": convolution(subgraphs=2),
    "names that are no UTF-8": convolution(weights=tensor("w\udcff\udcfe", [3, 2, 2, 2], INT8, 1, SCALES, [0, 0, 0])),
}


@pytest.mark.parametrize("quirk", QUIRKS)
def test_old_converters_quirks_change_nothing(quirk: str) -> None:
    same_as_reference(QUIRKS[quirk], (1, 4, 4, 2))


def same_as_reference(model: bytes, shape: tuple[int, ...]) -> None:
    content = np.random.default_rng(1).integers(-128, 128, shape).astype(np.int8)
    reference = expected(model, content)
    for kernels in KERNEL_SETS:
        output = Kernels(kernels).run(serialize(parse(model, "m"), kernels=kernels, name="m"), content.tobytes())
        np.testing.assert_array_equal(np.frombuffer(output, np.int8).reshape(reference.shape), reference)


def plan(model: bytes) -> Plan:
    return serialize(parse(model, "m"), kernels="dsp", name="m")


def test_unused_tensors_may_be_of_any_kind() -> None:
    odd = [
        tensor("s", [1], STRING),
        tensor("open", [-1, 4], INT8, scales=[1.0], zero_points=[0]),
        tensor("wide", [1] * 9, INT8, scales=[0.0], zero_points=[0]),
        tensor("nowhere", [4], INT8, 99),
    ]
    assert plan(convolution(more=odd)) == plan(convolution())


# The reference reads zero points where a file has none, so these are compared with the file that has them.
@pytest.mark.parametrize("points", [None, [0]])
def test_zero_points_that_are_missing_are_zero(points: list[int] | None) -> None:
    assert plan(convolution(weights=tensor("w", [3, 2, 2, 2], INT8, 1, SCALES, points))) == plan(convolution())


def test_weights_with_scales_along_another_axis_are_refused() -> None:
    """As many scales as the axis has elements, and yet not one for each filter."""
    along = convolution(weights=tensor("w", [3, 2, 2, 2], INT8, 1, [0.01, 0.02], [0, 0], axis=3))
    with pytest.raises(BadInput, match=r"operator 0 \(CONV_2D\): its weights have 2 scales along dimension 3"):
        plan(along)


def test_a_scalar_axis_and_a_scalars_shape() -> None:
    """MEAN over an axis of rank 0, then a RESHAPE to rank 0, whose shape is a list of nothing."""
    model = network(
        [
            tensor("x", [1, 5], scales=[0.1], zero_points=[0]),
            tensor("axis", [], INT32, 1),
            tensor("mean", [1], scales=[0.1], zero_points=[0]),
            tensor("shape", [0], INT32, 2),
            tensor("y", [], scales=[0.1], zero_points=[0]),
        ],
        [operator(0, [0, 1], [2], (27, {})), operator(1, [2, 3], [4])],
        [MEAN, RESHAPE],
        [0],
        [4],
        [struct.pack("<i", 1), b""],
    )
    same_as_reference(model, (1, 5))


CONVERTED = Path(__file__).parents[1] / "networks"


@pytest.mark.parametrize("name", ["cnn_batch4", "cnn_dynbatch", "cnn_int8_floatio", "cnn_int8_pt", "cnn_uint8io"])
def test_networks_of_todays_converter_give_the_references_bytes(name: str) -> None:
    """Batches of 4, an open batch, float input and output, one scale a tensor, uint8 input and output."""
    model = (CONVERTED / f"{name}.tflite").read_bytes()
    graph = parse(model, name)
    source = graph.tensors[graph.inputs[0]]
    content = np.random.default_rng(3).integers(0, 100, source.shape).astype(source.dtype)
    reference = expected(model, content)
    for kernels in KERNEL_SETS:
        output = Kernels(kernels).run(serialize(graph, kernels=kernels, name=name), content.tobytes())
        np.testing.assert_array_equal(np.frombuffer(output, reference.dtype).reshape(reference.shape), reference)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cnn_float", "it is a float32 network; only int8 is supported: convert with converter."),
        ("cnn_dyn", "it is a dynamic-range (hybrid) network, with int8 weights and float32 activations; "),
        ("cnn_int16", "it is an int16x8 network, with int16 activations and int8 weights; "),
        ("two_inputs", "the network has 2 inputs (0 "),
        ("act_silu", "2 of its 5 operators are not supported: 1 LOGISTIC (operator 1 "),
        ("mha", "7 of its 16 operators are not supported: 4 TRANSPOSE (operators 4 "),
    ],
)
def test_networks_of_todays_converter_are_refused_by_name(name: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        plan((CONVERTED / f"{name}.tflite").read_bytes())
    assert words in str(caught.value)
