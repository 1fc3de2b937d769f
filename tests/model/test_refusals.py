"""What is refused, in which words: each kind of network, and of file in a network's place, made by hand."""

import gzip
import io
import re
import struct
import zipfile
from pathlib import Path

import pytest

from simtiny.errors import BadInput
from simtiny.model.file_kinds import what_it_is
from simtiny.model.footprint import Footprint, footprint
from simtiny.model.graph import Graph
from simtiny.model.plan import serialize
from simtiny.model.support import TO_INT8, batches, unsupported
from simtiny.model.tflite import load, parse
from tests.model.flatbuffer_writer import (
    FLOAT16,
    FLOAT32,
    INT4,
    INT8,
    INT16,
    RESOURCE,
    UINT8,
    Fields,
    Node,
    dense,
    network,
    operator,
    tensor,
    tiny,
)

# BuiltinOperator.
ADD, CONV_2D, DEQUANTIZE, FULLY_CONNECTED, LOGISTIC, LSTM, MUL, RESHAPE, SHAPE = 0, 3, 6, 9, 14, 16, 18, 22, 77
QUANTIZE, IF, WHILE, CALL_ONCE, VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE = 114, 118, 119, 129, 142, 143, 144
SEQUENCE_LSTM = 44

CONV_OPTIONS: tuple[int, Fields] = (1, {0: ("b", 1), 1: ("i", 1), 2: ("i", 1)})  # VALID, stride 1
DENSE_OPTIONS: tuple[int, Fields] = (8, {})


def activation(name: str, shape: list[int], kind: int = INT8, **more: list[int]) -> Node:
    return tensor(name, shape, kind, scales=None if kind == FLOAT32 else [0.5], zero_points=[0], **more)


def chain(*codes: int | str) -> bytes:
    """Operators one after the other on 16 bytes, each with an output named after its number."""
    tensors = [activation(f"layer{i}", [1, 16]) for i in range(len(codes) + 1)]
    operators = [operator(i, [i], [i + 1]) for i in range(len(codes))]
    return network(tensors, operators, list(codes), [0], [len(codes)])


def convolution(channels: int, depth: int, filters: int) -> bytes:
    return network(
        [
            activation("x", [1, 4, 4, channels]),
            tensor("w", [filters, 1, 1, depth], INT8, 1, scales=[0.5], zero_points=[0]),
            activation("y", [1, 4, 4, filters]),
        ],
        [operator(0, [0, 1, -1], [2], CONV_OPTIONS)],
        [CONV_2D],
        [0],
        [2],
        [bytes(filters * depth)],
    )


def refused(data: bytes) -> str:
    """The one line that a file is refused with, by the reader or by the plan."""
    with pytest.raises(BadInput) as caught:
        serialize(parse(data, "m.tflite"), kernels="portable", name="m")
    line = str(caught.value)
    assert line.startswith("m.tflite: ")
    assert "\n" not in line
    return line


@pytest.mark.parametrize("hint_of", ["ethos-u", "edgetpu-custom-op"])
def test_a_compiled_network_is_asked_for_as_it_was_before(hint_of: str) -> None:
    line = refused(chain(hint_of))
    compiler = {"ethos-u": "Vela", "edgetpu-custom-op": "edgetpu_compiler"}[hint_of]
    assert f'1 of its 1 operators is not supported: 1 CUSTOM:{hint_of} (operator 0 "layer1")' in line
    assert f"give the file before {compiler}" in line
    assert "firmware of your own" not in line


def test_scratch_memory_of_vela_stands_in_no_ones_way() -> None:
    tensors = [activation("x", [1, 16]), activation("scratch", [1, 64]), activation("y", [1, 16])]
    line = refused(network(tensors, [operator(0, [1, 0], [2])], ["ethos-u"], [0], [2]))
    assert "give the file before Vela" in line


def test_all_missing_operators_are_named_at_once() -> None:
    line = refused(chain(MUL, LOGISTIC, MUL, MUL))
    assert "4 of its 4 operators are not supported: " in line
    assert (
        '3 MUL (operators 0 "layer1", 2 "layer3" and 1 more), 1 LOGISTIC (operator 1 "layer2") (supported are ADD'
        in line
    )
    assert "measured as an `image`" in line


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (LSTM, "recurrent layers have no kernel"),
        (SEQUENCE_LSTM, "recurrent layers have no kernel"),
        (IF, "it chooses what to run while it runs"),
        (WHILE, "it chooses what to run while it runs"),
        ("FlexErf", "convert without SELECT_TF_OPS"),
        ("TFLite_Detection_PostProcess", "end the network before the post-processing"),
        (SHAPE, "convert with a fixed one, such as keras.Input(shape, batch_size=1)"),
    ],
)
def test_what_an_operator_is_for_is_said(code: int | str, words: str) -> None:
    assert words in refused(chain(code))


def test_resource_variables_are_named() -> None:
    line = refused(
        network(
            [
                activation("x", [1, 4]),
                tensor("state", [], RESOURCE),
                activation("old", [1, 4]),
                activation("y", [1, 4]),
            ],
            [operator(0, [], []), operator(1, [], [1]), operator(2, [1], [2]), operator(3, [1, 0], []),
             operator(4, [2, 0], [3])],
            [CALL_ONCE, VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE, ADD],
            [0],
            [3],
            more_subgraphs=1,
        )
    )  # fmt: skip
    assert "4 of its 5 operators are not supported: 1 CALL_ONCE (operator 0), 1 VAR_HANDLE (operator 1 " in line
    assert "ASSIGN_VARIABLE (operator 3)" in line
    assert line.count("it keeps state from one inference to the next in resource variables") == 1


def test_grouped_convolution_is_named_with_its_groups() -> None:
    assert 'grouped convolutions are not supported: operator 0 "y" (CONV_2D) in 4 groups' in refused(
        convolution(channels=8, depth=2, filters=12)
    )
    assert "weights for 3 channels on an input with 8" in refused(convolution(channels=8, depth=3, filters=12))
    assert "weights for 2 channels on an input with 8" in refused(convolution(channels=8, depth=2, filters=10))


@pytest.mark.parametrize(
    ("kind", "weights", "what"),
    [
        (FLOAT32, FLOAT32, "it is a float32 network;"),
        (FLOAT32, INT8, "it is a dynamic-range (hybrid) network, with int8 weights and float32 activations;"),
        (FLOAT32, FLOAT16, "it is a float16 network, with float16 weights;"),
        (FLOAT16, FLOAT16, "it is a float16 network;"),
        (INT16, INT8, "it is an int16x8 network, with int16 activations and int8 weights;"),
        (UINT8, UINT8, "it is a uint8 network, of TensorFlow Lite's old quantization;"),
    ],
)
def test_other_arithmetic_is_named_and_how_to_convert(kind: int, weights: int, what: str) -> None:
    line = refused(dense(kind, weights))
    assert what in line
    assert TO_INT8 in line


def test_float16_weights_are_found_behind_a_dequantize() -> None:
    data = network(
        [
            tensor("x", [1, 4], FLOAT32),
            tensor("stored", [2, 4], FLOAT16, 1),
            tensor("w", [2, 4], FLOAT32),
            tensor("y", [1, 2], FLOAT32),
        ],
        [operator(0, [1], [2]), operator(1, [0, 2, -1], [3], DENSE_OPTIONS)],
        [DEQUANTIZE, FULLY_CONNECTED],
        [0],
        [3],
        [bytes(16)],
    )
    assert "it is a float16 network, with float16 weights" in refused(data)


def test_a_network_that_is_int8_in_part_says_where_it_is_not() -> None:
    data = network(
        [
            activation("x", [1, 4]),
            activation("sum", [1, 4]),
            tensor("real", [1, 4], FLOAT32),
            tensor("y", [1, 4], FLOAT32),
        ],
        [operator(0, [0, 0], [1]), operator(1, [1], [2]), operator(0, [2, 2], [3])],
        [ADD, DEQUANTIZE],
        [0],
        [3],
    )
    assert 'it is a mixed network, not of int8 throughout: float32 in operator 2 "y"' in refused(data)


def test_unreadable_tensors_are_named_by_kind() -> None:
    def with_weights(weights: Node) -> bytes:
        return tiny(weights=weights)

    assert 'type INT4 is not supported: tensor 1 "w"' in refused(with_weights(tensor("w", [2, 4], INT4, 1)))
    sparse = refused(with_weights(tensor("w", [2, 4], INT8, 1, scales=[0.5], sparse=True)))
    assert 'sparse weights are not supported (convert without EXPERIMENTAL_SPARSITY): tensor 1 "w"' in sparse
    nothing = refused(with_weights(tensor("w", [0, 4], INT8, 0, scales=[0.5])))
    assert "tensor 1 of shape (0, 4) has a dimension of 0" in nothing


def test_missing_operators_are_said_before_what_follows_from_them() -> None:
    """A converter that does not know a custom operator's output leaves its shape open, or a scalar."""
    tensors = [activation("x", [1, 16]), activation("a", []), activation("b", [4, 4]), activation("c", [-1, 4])]
    line = refused(network(tensors, [operator(0, [0], [1]), operator(1, [1], [2])], ["Mine", RESHAPE], [0], [2]))
    assert '1 of its 2 operators is not supported: 1 CUSTOM:Mine (operator 0 "a")' in line
    assert line.endswith("operator 1 (RESHAPE): an input of shape () can't become (4, 4)")
    line = refused(network(tensors, [operator(0, [0], [3])], ["Mine"], [0], [3]))
    assert "1 CUSTOM:Mine" in line
    assert 'its shape is open: convert with a fixed one, such as keras.Input(shape, batch_size=1): tensor 3 "c"' in line


def test_open_shapes() -> None:
    taken = parse(dense(signature=[-1, 4]), "m")
    assert taken.remarks == ('input 0 "x" has an open batch: 1 is taken',)
    assert parse(dense(signature=[1, 4]), "m").remarks == ()
    assert unsupported(taken) == []
    line = refused(dense(signature=[-1, -1]))
    assert 'its shape is open: convert with a fixed one, such as keras.Input(shape, batch_size=1): tensor 0 "x"' in line
    assert "its shape is open" in refused(dense(batch=-1))


def test_a_batch_is_remarked() -> None:
    assert batches(parse(dense(batch=4), "m")) == ["a batch of 4: one inference is of 4 samples"]
    assert batches(parse(dense(), "m")) == []


def test_edges() -> None:
    pair = [activation("a", [1, 4]), activation("b", [1, 4]), activation("y", [1, 4])]
    line = refused(network(pair, [operator(0, [0, 1], [2])], [ADD], [0, 1], [2, 0]))
    assert 'the network has 2 inputs (0 "a", 1 "b"); the firmware takes exactly one' in line
    assert 'the network has 2 outputs (2 "y", 0 "a"); the firmware takes exactly one' in line
    assert 'its output 0 "a" is its input' in line

    constant = [*pair, tensor("c", [1, 4], INT8, 1, scales=[0.5], zero_points=[0])]
    line = refused(network(constant, [operator(0, [0, 0], [2])], [ADD], [0], [3], [bytes(4)]))
    assert 'its output 3 "c" is a constant' in line
    line = refused(network(constant, [operator(0, [3, 3], [2])], [ADD], [0], [2], [bytes(4)]))
    assert 'its input 0 "a" is never used' in line

    renamed = [activation("a", [1, 4]), activation("b", [4])]
    line = refused(network(renamed, [operator(0, [0], [1])], [RESHAPE], [0], [1]))
    assert "no operator that computes anything" in line


def test_a_constant_under_another_name_has_no_memory() -> None:
    tensors = [
        activation("x", [1, 4]),
        tensor("c", [4], INT8, 1, scales=[0.5], zero_points=[0]),
        activation("renamed", [1, 4]),
        activation("y", [1, 4]),
    ]
    operators = [operator(0, [1], [2]), operator(1, [0, 2], [3])]
    line = refused(network(tensors, operators, [RESHAPE, ADD], [0], [3], [bytes(4)]))
    assert 'a constant can\'t be reshaped: operator 0 "renamed" (RESHAPE)' in line


def test_a_variable_is_no_activation() -> None:
    """Only an operator that knows what a variable holds at first may read one."""
    state = Node({**(activation("state", [1, 4]).fields or {}), 5: ("B", 1)})
    tensors = [activation("x", [1, 4]), state, activation("y", [1, 4])]
    line = refused(network(tensors, [operator(0, [0, 1], [2])], [ADD], [0], [2]))
    assert "operator 0 (ADD): input tensor 1 is neither a constant nor computed before it" in line
    assert "1 SVDF" in refused(network(tensors, [operator(0, [0, 1], [2])], [27], [0], [2]))


def test_weights_without_samples() -> None:
    assert "a scale is inf, not a positive number (its converter was given no representative samples?)" in refused(
        tiny(weights=tensor("w", [2, 4], INT8, 1, scales=[float("inf")]))
    )


def test_least_memory() -> None:
    """Weights of 8 bytes in flash; input and output, 4 and 2 bytes, together in RAM, at multiples of 16."""
    graph: Graph = parse(dense(), "m")
    assert footprint(graph) == Footprint(flash_bytes=8, ram_bytes=16 + 2)
    # x, layer1, layer2: the input stays, so three buffers of 16 bytes while the second operator runs.
    assert footprint(parse(chain(MUL, LOGISTIC), "m")) == Footprint(flash_bytes=0, ram_bytes=48)
    assert footprint(parse(network([activation("a", [4]), activation("b", [4])], [operator(0, [0], [1])], [RESHAPE],
                                   [0], [1]), "m")).ram_bytes == 4  # fmt: skip


# --- other files in a network's place -------------------------------------------------------------------------------


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"content")  # without the time
    return buffer.getvalue()


OTHER_FILES = [
    (b"", "the file is empty"),
    (bytes(100), "the file is blank"),
    (b"\xff" * 100, "the file is blank"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "a Git LFS pointer; `git lfs pull`"),
    (b"<!DOCTYPE html>\n<html><body>404</body></html>", "a web page; download the file itself"),
    (b"\n\n  <html lang=en>", "a web page"),
    (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "an XML document"),
    (b'{"message": "Not Found"}', "JSON, such as a server's error message"),
    (b"404: Not Found", "text; download the file itself"),
    (b"\x89HDF\r\n\x1a\n" + bytes(40), "an HDF5 file, as Keras saves models (.h5)"),
    (zipped("model.weights.h5"), "a Keras model (.keras)"),
    (zipped("archive/data.pkl"), "a PyTorch file"),
    (zipped("kws.tflite"), "a zip archive with a .tflite file in it; unpack it first"),
    (zipped("readme.txt"), "a zip archive; unpack it first"),
    (gzip.compress(b"content", mtime=0), "compressed with gzip; unpack it first"),
    (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "a Python pickle, such as an old PyTorch file"),
    (b"\x08\x08\x12\x07pytorch\x1a\x052.0.1:\x90", "an ONNX model"),
    (b"\x08\x0a:\x90\x01\x0a\x05", "an ONNX model"),
    (b"\x08\x01\x12\xa0\x1f\x0a\x10\x12\x0e", "a SavedModel's graph; convert its folder"),
    (b"\x0a\x20\x0a\x05input\x12\x0bPlaceholder*\x0b", "a frozen TensorFlow graph"),
    (b"const unsigned char model[] = {0x1c, 0x00, 0x00, 0x00, 0x54, 0x46};", "C source; give the .tflite file"),
    (b'{"format": "layers-model", "modelTopology": {}}', "a TensorFlow.js model"),
    (b"\x7fELF\x01\x01\x01" + bytes(50), "an ELF file; give firmware as an `image`"),
    (b":020000040800F2\r\n:10000000", "an Intel HEX file; give firmware as an `image`"),
    (b"\x18\0\0\0ET12" + bytes(30), "an ExecuTorch program"),
    (b'\x40\0\0\0\0\0\0\0{"w":{"dtype":"F32"}}', "a safetensors file"),
    (b"\x18\0\0\0TFL2" + bytes(30), "a TensorFlow Lite file of another version"),
]


@pytest.mark.parametrize(("data", "words"), OTHER_FILES, ids=[words for _, words in OTHER_FILES])
def test_other_files_are_recognized(data: bytes, words: str) -> None:
    assert words in (what_it_is(data) or "")
    line = refused(data)
    assert line.startswith("m.tflite: not a TensorFlow Lite model file: ")


def test_a_file_of_no_known_kind() -> None:
    assert "it has 4 bytes; the download or the copy has failed" in refused(b"\x1c\0\0\0")
    data = struct.pack("<8Q", *(0x9E3779B97F4A7C15 * i % 2**64 for i in range(1, 9)))
    assert what_it_is(data) is None
    assert "bytes 4 to 7 should read TFL3" in refused(data)


def test_a_download_that_stopped() -> None:
    whole = dense()
    assert re.search(r"truncated or corrupted: .* beyond the end of the file \(\d+ bytes\)", refused(whole[:-6]))


def test_folders_and_large_files(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "saved_model.pb").write_bytes(b"\x08\x01\x12\x00")
    with pytest.raises(BadInput, match=r"it is a SavedModel; convert its folder with .*from_saved_model\(FOLDER\)"):
        load(saved)
    large = tmp_path / "large.onnx"
    with large.open("wb") as file:
        file.write(b"\x08\x08\x12\x07pytorch")
        file.truncate(20 << 20)
    with pytest.raises(BadInput, match="it is an ONNX model"):
        load(large)
    with large.open("wb") as file:
        file.write(b"\x1c\0\0\0TFL3")
        file.truncate(20 << 20)
    with pytest.raises(BadInput, match="20,971,520 bytes are too large for a microcontroller"):
        load(large)
