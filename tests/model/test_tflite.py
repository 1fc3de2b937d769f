"""The model reader: what the reference interpreter sees, and nothing but `BadInput` for damaged files."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtiny.errors import BadInput
from simtiny.model.footprint import footprint
from simtiny.model.graph import Graph
from simtiny.model.macs import macs
from simtiny.model.plan import serialize
from simtiny.model.tflite import load, parse
from tests.model.flatbuffer_writer import Node, encode, quantized, tables, text, tiny, vector
from tests.model.official_files import official_file

NAMES = ("kws01", "vww01", "ic01", "ad01", "sww01", "ic02")


# --- sound files ---------------------------------------------------------------------------------------------------


def test_a_handmade_model() -> None:
    graph = parse(tiny(), "tiny")
    (operator,) = graph.operators
    assert (operator.kind, operator.inputs, operator.outputs) == ("FULLY_CONNECTED", (0, 1, 2), (3,))
    assert operator.options == {"activation": "RELU", "keep_num_dims": False}
    weights, bias = graph.tensors[1], graph.tensors[2]
    assert weights.data is not None and weights.data.tolist() == [[1, 2, 3, 4], [-5, -6, -7, -128]]
    assert bias.data is not None and bias.data.tolist() == [100, -200]
    assert bias.dtype == np.int32
    assert weights.quantization is not None
    assert weights.quantization.scales.tolist() == pytest.approx([0.1, 0.2])
    assert graph.tensors[0].data is None
    assert macs(graph) == [8]


def test_operators_that_are_not_read_keep_their_names() -> None:
    assert parse(tiny(code=Node({0: ("b", 14)}), options_type=0), "m").operators[0].kind == "LOGISTIC"
    assert parse(tiny(code=Node({0: ("b", 127), 3: ("i", 150)})), "m").operators[0].kind == "GELU"
    assert parse(tiny(code=Node({0: ("b", 32), 1: text("Mine")})), "m").operators[0].kind == "CUSTOM:Mine"
    assert parse(tiny(code=Node({3: ("i", 9999)})), "m").operators[0].kind == "BUILTIN_9999"


# Parameters (weights and biases) counted by hand from the layer shapes of the reference topologies.
@pytest.mark.parametrize(
    ("name", "operators", "parameters", "work"),
    [
        ("kws01", 13, 22_604, 2_656_768),
        ("vww01", 31, 210_850, 7_489_664),
        ("ic01", 16, 77_706, 12_501_632),
        ("ad01", 10, 265_864, 264_192),
    ],
)
def test_official_models_have_the_published_size(name: str, operators: int, parameters: int, work: int) -> None:
    graph = load(official_file(name))
    assert len(graph.operators) == operators
    scaled = [t for t in graph.tensors if t.data is not None and t.quantization is not None]
    assert sum(t.data.size for t in scaled if t.data is not None) == parameters
    assert sum(macs(graph)) == work


@pytest.mark.parametrize("name", NAMES)
def test_tensors_are_those_of_the_reference_interpreter(name: str) -> None:
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    path = official_file(name)
    interpreter = litert.Interpreter(str(path))
    # Before allocation: the kernels' preparation writes one scale per tensor out as one per channel.
    details = {detail["index"]: detail for detail in interpreter.get_tensor_details()}
    interpreter.allocate_tensors()
    graph = load(path)
    for index, tensor in enumerate(graph.tensors):
        detail = details[index]
        assert tensor.shape == tuple(detail["shape"])
        assert tensor.dtype == detail["dtype"]
        theirs = detail["quantization_parameters"]
        if tensor.quantization is None:
            assert len(theirs["scales"]) == 0
        else:
            assert np.array_equal(tensor.quantization.scales, theirs["scales"])
            assert np.array_equal(tensor.quantization.zero_points, theirs["zero_points"])
            if len(theirs["scales"]) > 1:
                assert tensor.quantization.axis == theirs["quantized_dimension"]
        if tensor.data is not None:
            assert np.array_equal(tensor.data, interpreter.get_tensor(index))
    assert graph.inputs == tuple(d["index"] for d in interpreter.get_input_details())
    assert graph.outputs == tuple(d["index"] for d in interpreter.get_output_details())
    listed = interpreter._get_ops_details()[: len(graph.operators)]
    for operator, theirs in zip(graph.operators, listed, strict=True):
        assert operator.kind == theirs["op_name"]
        assert operator.inputs == tuple(theirs["inputs"])
        assert operator.outputs == tuple(theirs["outputs"])


# --- damaged files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\x7fELF" + b"\0" * 60, "not a TensorFlow Lite model file"),
        (b"\x1c\0\0\0TFL3" + b"\0" * (16 << 20), "too large"),
        (b"\x1c\0\0\0TFL3", "truncated or corrupted"),
        (tiny()[:-4], r"truncated or corrupted: .* reaches beyond the end"),
        (tiny(version=2), "schema version 2"),
        (tiny(subgraphs=0), "no subgraph"),
        (tiny(inputs=[0, 1, 9]), "input tensor 9 does not exist"),
        (tiny(inputs=[0, 1, -2]), "input tensor -2 does not exist"),
        (tiny(inputs=[0]), "not what it takes"),
        (tiny(inputs=[3, 1, 2]), "input tensor 3 is neither a constant nor computed before it"),
        (tiny(outputs=[1]), "output tensor 1 already has a value"),
        (tiny(output_shape=[1, 3]), "its output has shape"),
        (tiny(values=vector("b", [1, 2, 3])), "needs 8 bytes, but its buffer has 3"),
        (tiny(weights=quantized("w", [2, 4], 7, [1.0])), "buffer 7 does not exist"),
        (tiny(weights=quantized("w", [2, -4], 1, [1.0])), "not positive"),
        (tiny(weights=quantized("w", [1 << 30, 1 << 30], 1, [1.0])), "too many"),
        (tiny(weights=quantized("w", [0, 1 << 30, 1 << 30], 1, [1.0])), "too many"),
        (tiny(weights=quantized("w", [1] * 9, 1, [1.0])), "9 dimensions"),
        (tiny(weights=quantized("w", [2, 4], 1, [1.0, 1.0, 1.0])), "3 scales for dimension 0 of 2"),
        (tiny(weights=quantized("w", [2, 4], 1, [1.0, 1.0], axis=5)), "quantization axis 5"),
        (tiny(weights=quantized("w", [2, 4], 1, [0.0])), "not a positive number"),
        (tiny(weights=quantized("w", [2, 4], 1, [float("nan")])), "not a positive number"),
        (tiny(weights=quantized("w", [2, 4], 1, [1.0], zero=128)), "zero point does not fit int8"),
        (tiny(weights=quantized("w", [2, 4], 1, [1.0], kind=17)), "type INT4 is not supported"),
        (tiny(options={0: ("b", 4)}), r"operator 0 \(FULLY_CONNECTED\): fused activation TANH"),
        (tiny(options={1: ("b", 1)}), "weights format 1"),
        (tiny(options_type=1), "another kind of operator"),
        (tiny(code=Node({0: ("b", 3)}), options_type=1, options={1: ("i", 0)}), "stride_w is 0"),
    ],
)
def test_each_flaw_has_its_line(data: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        parse(data, "model.tflite")
    assert str(caught.value).startswith("model.tflite: ")
    assert "\n" not in str(caught.value)


def test_many_references_to_the_same_bytes_are_refused() -> None:
    """A file of 30 kB that would unfold to 40 MB: 4,000 tensors are one, and it has a long name."""
    tensor = Node({0: vector("i", [1]), 1: ("b", 9), 3: text("x" * 10_000)})
    data = encode(Node({0: ("I", 3), 2: tables(Node({0: tables(*[tensor] * 4000)}))}))
    assert len(data) < 30_000
    with pytest.raises(BadInput, match="its parts overlap"):
        parse(data, "m")


def test_a_file_that_cant_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        load(tmp_path / "none.tflite")
    with pytest.raises(BadInput, match="Is a directory"):
        load(tmp_path)


def only_graph_or_bad_input(data: bytes) -> None:
    try:
        graph = parse(data, "fuzzed")
        assert isinstance(graph, Graph)
        assert footprint(graph).ram_bytes >= 0
        serialize(graph, kernels="portable", name="fuzzed")
    except BadInput as error:
        assert "\n" not in str(error)


edits = st.lists(
    st.tuples(st.integers(0, 2**20), st.sampled_from(["flip", "word", "cut", "splice"]), st.integers(0, 2**32 - 1)),
    min_size=1,
    max_size=12,
)


def damage(data: bytes, changes: list[tuple[int, str, int]]) -> bytes:
    out = bytearray(data)
    for place, how, value in changes:
        at = place % max(1, len(out))
        if how == "flip":
            out[at : at + 1] = bytes([value & 255])
        elif how == "word":
            out[at & ~3 : (at & ~3) + 4] = struct.pack("<I", value)
        elif how == "cut":
            del out[at : at + value % 64]
        else:
            out[at:at] = out[value % max(1, len(out)) :][:64]
    return bytes(out)


@settings(max_examples=500, deadline=1000)
@given(edits)
def test_a_damaged_tiny_model_gives_a_graph_or_bad_input(changes: list[tuple[int, str, int]]) -> None:
    only_graph_or_bad_input(damage(tiny(), changes))


@settings(max_examples=200, deadline=1000)
@given(edits, st.integers(0, 2**20))
def test_a_damaged_official_model_gives_a_graph_or_bad_input(changes: list[tuple[int, str, int]], end: int) -> None:
    data = official_file("kws01").read_bytes()
    only_graph_or_bad_input(damage(data, changes))
    only_graph_or_bad_input(data[: end % len(data)])


def test_every_truncation_of_the_tiny_model_is_harmless() -> None:
    data = tiny()
    for end in range(len(data)):
        only_graph_or_bad_input(data[:end])


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_noise_behind_the_identifier_is_harmless(noise: bytes) -> None:
    only_graph_or_bad_input(b"\x10\0\0\0TFL3" + noise)
