"""Stand-ins: the official models' shape of work, alive activations, the same bits everywhere."""

import hashlib
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from simtiny.errors import BadInput
from simtiny.mlperf.tasks import TASKS
from simtiny.model.graph import Graph, Operator
from simtiny.model.macs import macs
from simtiny.model.official import MODELS
from simtiny.model.standin import names, standin
from simtiny.model.tflite import load
from tests.model.official_files import official_file

Array = NDArray[np.float64]


# --- a plain evaluation with numpy, exact but for rounding ties ----------------------------------------------------


def real(graph: Graph, values: dict[int, NDArray[Any]], index: int) -> Array:
    quantization = graph.tensors[index].quantization
    assert quantization is not None
    centred: Array = values[index].astype(np.float64) - float(quantization.zero_points[0])
    return centred * float(quantization.scales[0])


def weights(graph: Graph, operator: Operator) -> tuple[Array, Array]:
    found = []
    for index in operator.inputs[1:3]:
        tensor = graph.tensors[index]
        assert tensor.quantization is not None and tensor.data is not None
        scales = tensor.quantization.scales.astype(np.float64)
        shape = [-1 if axis == tensor.quantization.axis else 1 for axis in range(tensor.data.ndim)]
        found.append(tensor.data * scales.reshape(shape))
    return found[0], found[1]


def windows(image: Array, size: tuple[int, int], options: Any) -> Array:
    """(rows, columns, channels, height, width) of all windows of the first image of the batch."""
    stride = options["stride_h"], options["stride_w"]
    image = image[0]
    if options["padding"] == "SAME":
        missing = [
            max(0, (-(-extent // step) - 1) * step + window - extent)
            for extent, step, window in zip(image.shape[:2], stride, size, strict=True)
        ]
        image = np.pad(image, [(m // 2, m - m // 2) for m in missing] + [(0, 0)])
    view: Array = sliding_window_view(image, size, (0, 1))
    return view[:: stride[0], :: stride[1]]


def compute(graph: Graph, operator: Operator, values: dict[int, NDArray[Any]]) -> Array:
    source = real(graph, values, operator.inputs[0])
    options: Any = operator.options
    result: Array
    match operator.kind:
        case "CONV_2D":
            kernel, bias = weights(graph, operator)
            patches = windows(source, kernel.shape[1:3], options)
            result = np.einsum("xychw,ohwc->xyo", patches, kernel, optimize=True) + bias
        case "DEPTHWISE_CONV_2D":
            kernel, bias = weights(graph, operator)
            result = np.einsum("xychw,hwc->xyc", windows(source, kernel.shape[1:3], options), kernel[0]) + bias
        case "FULLY_CONNECTED":
            kernel, bias = weights(graph, operator)
            result = source @ kernel.T + bias
        case "ADD":
            result = source + real(graph, values, operator.inputs[1])
        case "AVERAGE_POOL_2D":
            result = windows(source, (options["filter_h"], options["filter_w"]), options).mean((3, 4))
        case "RESHAPE":
            result = source
        case "SOFTMAX":
            powers = np.exp(source - source.max())
            result = powers / powers.sum()
        case _:
            raise AssertionError(operator.kind)
    return result


def run(graph: Graph, sample: NDArray[np.int8]) -> list[NDArray[np.int8]]:
    """The int8 output of every operator."""
    values: dict[int, NDArray[Any]] = {graph.inputs[0]: sample}
    outputs = []
    for operator in graph.operators:
        result = compute(graph, operator, values)
        target = graph.tensors[operator.outputs[0]]
        assert target.quantization is not None
        if operator.options.get("activation") == "RELU":
            result = np.maximum(result, 0)
        steps = np.rint(result / float(target.quantization.scales[0])) + target.quantization.zero_points[0]
        values[operator.outputs[0]] = np.clip(steps, -128, 127).astype(np.int8).reshape(target.shape)
        outputs.append(values[operator.outputs[0]])
    return outputs


def random_sample(graph: Graph, seed: int) -> NDArray[np.int8]:
    shape = graph.tensors[graph.inputs[0]].shape
    return np.random.default_rng(seed).integers(-128, 128, shape).astype(np.int8)


# --- tests ---------------------------------------------------------------------------------------------------------


# Counted by hand from the reference topologies, taps on padding included.
@pytest.mark.parametrize(
    ("name", "total"), [("kws01", 2_656_768), ("vww01", 7_489_664), ("ic01", 12_501_632), ("ad01", 264_192)]
)
def test_multiply_accumulates(name: str, total: int) -> None:
    assert sum(macs(standin(name))) == total


def structure(graph: Graph) -> list[Any]:
    """All that decides the work: operators, options, and per tensor its producer, shape, type and scales' number."""
    producers = {index: i for i, op in enumerate(graph.operators) for index in op.outputs}

    def describe(index: int) -> Any:
        tensor = graph.tensors[index]
        scales = tensor.quantization and (len(tensor.quantization.scales), tensor.quantization.axis)
        source = "constant" if tensor.data is not None else producers.get(index, "input")
        small = tensor.data.tolist() if tensor.data is not None and scales is None else None
        return source, tensor.shape, tensor.dtype, scales, small

    return [
        (op.kind, dict(op.options), [describe(i) for i in op.inputs], [describe(i) for i in op.outputs])
        for op in graph.operators
    ]


@pytest.mark.parametrize("name", names())
def test_the_official_model_has_the_same_structure(name: str) -> None:
    path = official_file(name)
    theirs, ours = load(path), standin(name)
    for there, here in zip(structure(theirs), structure(ours), strict=True):
        assert here == there
    mine, official = (g.tensors[g.inputs[0]].quantization for g in (ours, theirs))
    assert mine is not None and official is not None
    assert mine.scales == pytest.approx(official.scales, rel=1e-6)
    assert mine.zero_points == official.zero_points


@pytest.mark.parametrize("name", names())
def test_activations_neither_saturate_nor_die(name: str) -> None:
    graph = standin(name)
    for seed in range(2):
        for operator, output in zip(graph.operators, run(graph, random_sample(graph, seed)), strict=True):
            if operator.kind == "SOFTMAX":
                continue
            clipped_high = float((output == 127).mean())
            quantization = graph.tensors[operator.outputs[0]].quantization
            assert quantization is not None
            # At zero point -128 the lowest step is a plain zero, as RELU leaves it.
            clipped_low = float((output == -128).mean()) if quantization.zero_points[0] > -128 else 0.0
            assert output.astype(float).std() > 6, operator
            assert clipped_high + clipped_low < 0.1, operator
            assert (output > -128).mean() > 0.25, operator


@pytest.mark.parametrize("name", names())
def test_the_answer_depends_on_the_input(name: str) -> None:
    graph = standin(name)
    answers = [run(graph, random_sample(graph, seed))[-2 if name != "ad01" else -1] for seed in range(3)]
    assert not np.array_equal(answers[0], answers[1])
    assert not np.array_equal(answers[1], answers[2])


def test_the_evaluation_used_here_agrees_with_the_reference_interpreter() -> None:
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    path = official_file("kws01")
    graph = load(path)
    interpreter = litert.Interpreter(str(path))
    interpreter.allocate_tensors()
    for seed in range(3):
        sample = random_sample(graph, seed)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], sample)
        interpreter.invoke()
        expected = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        assert np.abs(run(graph, sample)[-1].astype(int) - expected).max() <= 4


def digest(graph: Graph) -> str:
    state = hashlib.sha256()
    for tensor in graph.tensors:
        state.update(repr((tensor.name, tensor.shape, tensor.dtype.name)).encode())
        if tensor.data is not None:
            state.update(tensor.data.astype(tensor.dtype.newbyteorder("<")).tobytes())
        if tensor.quantization is not None:
            state.update(tensor.quantization.scales.astype("<f4").tobytes())
            state.update(tensor.quantization.zero_points.astype("<i4").tobytes())
    return state.hexdigest()[:16]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kws01", "83411ee2b2e67895"),
        ("vww01", "5d3443051ac63506"),
        ("ic01", "76e2ada690ad8ede"),
        ("ad01", "30969ac39919148e"),
    ],
)
def test_the_same_bits_everywhere(name: str, expected: str) -> None:
    assert digest(standin(name)) == expected


def test_every_benchmark_has_a_stand_in_and_an_official_model_sent_the_same_way() -> None:
    assert set(names()) == set(TASKS)
    assert {name: MODELS[name].encoding for name in TASKS} == {t.name: t.encoding for t in TASKS.values()}


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(BadInput, match=r"did you mean kws01\?"):
        standin("kws1")
