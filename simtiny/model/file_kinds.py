"""Names what lies where a `.tflite` file should: another format, a page, a pointer, half a download."""

from dataclasses import dataclass
from pathlib import Path

from simtiny.files import is_file

_CONVERT_KERAS = "convert it with tf.lite.TFLiteConverter.from_keras_model(tf.keras.models.load_model(FILE))"
_UNPACK = "unpack it first"
_EXPORT = "export it to TensorFlow and convert that to TensorFlow Lite"
_IMAGE = "give firmware as an `image`"
_AGAIN = "download the file itself (on GitHub: Download raw file)"


@dataclass(frozen=True)
class _Kind:
    """`magic` stands at byte `at` of such a file."""

    magic: bytes
    name: str
    advice: str
    at: int = 0


_KINDS = (
    _Kind(b"version https://git-lfs", "a Git LFS pointer", "`git lfs pull` brings the file that it stands for"),
    _Kind(b"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras saves models (.h5)", _CONVERT_KERAS),
    _Kind(b"\x1f\x8b", "compressed with gzip", _UNPACK),
    _Kind(b"BZh", "compressed with bzip2", _UNPACK),
    _Kind(b"\xfd7zXZ\0", "compressed with xz", _UNPACK),
    _Kind(b"\x28\xb5\x2f\xfd", "compressed with Zstandard", _UNPACK),
    _Kind(b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    _Kind(b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    _Kind(b"ustar", "a tar archive", _UNPACK, at=257),
    _Kind(b"\x7fELF", "an ELF file", _IMAGE),
    _Kind(b"\x93NUMPY", "a NumPy array", "give the network's .tflite file"),
    _Kind(b"ET12", "an ExecuTorch program", _EXPORT, at=4),
    _Kind(b"CIR0", "a Circle model (ONE)", "give the .tflite file that it was made from", at=4),
    _Kind(b"GGUF", "a GGUF file", _EXPORT),
    _Kind(b'\0\0\0\0{"', "a safetensors file", _EXPORT, at=4),
    _Kind(b"TFL", "a TensorFlow Lite file of another version", "convert it with TensorFlow 2", at=4),
    _Kind(b"UF2\n", "a UF2 file", _IMAGE),
    _Kind(b"%PDF", "a PDF document", _AGAIN),
    _Kind(b"\x89PNG", "a picture", "give the network's .tflite file"),
    _Kind(b"\xff\xd8\xff", "a picture", "give the network's .tflite file"),
)

_ZIP_MAGIC = b"PK\x03\x04"
_ZIP_MEMBERS = (
    (b".tflite", "a zip archive with a .tflite file in it", _UNPACK),
    (b"model.weights.h5", "a Keras model (.keras)", _CONVERT_KERAS),
    (b"/data.pkl", "a PyTorch file", _EXPORT),
    (b".data/", "a PyTorch file", _EXPORT),
)

_CONVERT_FOLDER = "convert its folder with tf.lite.TFLiteConverter.from_saved_model(FOLDER)"
_PROTOBUF_VERSION = b"\x08"  # field 1, an integer: ONNX's ir_version, and the schema version of a SavedModel
_LARGEST_ONNX_VERSION = 32
_ONNX_FIELDS = (0x12, 0x1A, 0x3A, 0x42)  # the producer, its version, the graph, the operator sets
_GRAPH_DEF_NODE = b"\x0a"
_HEAD_BYTES = 1 << 12

_Found = tuple[str, str]
"""What it is, and what to do."""


def what_it_is(data: bytes) -> str | None:
    """What a file that is no TensorFlow Lite model seems to be, and what to do; None if that can't be told.

    The first kilobytes of `data` are looked at, and of a zip archive all.
    """
    if not data:
        return "the file is empty; the download or the copy has failed"
    if not data.strip(b"\0") or not data.strip(b"\xff"):
        return "the file is blank; the download or the copy has failed"
    found = _zip(data) if data.startswith(_ZIP_MAGIC) else _binary(data) or _protobuf(data) or _text(data)
    return None if found is None else "it is {}; {}".format(*found)


def _binary(data: bytes) -> _Found | None:
    for kind in _KINDS:
        if data[kind.at :].startswith(kind.magic):
            return kind.name, kind.advice
    if data[:1] == b"\x80" and len(data) > 1 and 2 <= data[1] <= 5:
        return "a Python pickle, such as an old PyTorch file", _EXPORT
    return None


def _zip(data: bytes) -> _Found:
    return next(((name, advice) for member, name, advice in _ZIP_MEMBERS if member in data), ("a zip archive", _UNPACK))


def _protobuf(data: bytes) -> _Found | None:
    if data[:1] == _PROTOBUF_VERSION and len(data) > 2 and 1 <= data[1] <= _LARGEST_ONNX_VERSION:
        if data[1] == 1 and data[2] == 0x12:  # field 2, the list of graphs
            return "a SavedModel's graph", _CONVERT_FOLDER
        if data[2] in _ONNX_FIELDS:
            return "an ONNX model", _EXPORT
    if data[:1] == _GRAPH_DEF_NODE and (b"Placeholder" in data[:_HEAD_BYTES] or b"Const" in data[:_HEAD_BYTES]):
        return "a frozen TensorFlow graph", "convert it with tf.compat.v1.lite.TFLiteConverter.from_frozen_graph"
    return None


def _text(data: bytes) -> _Found | None:
    head = data[:_HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    lower = head.lower()
    if lower.startswith((b"<!doctype html", b"<html", b"<head", b"<!--")):
        return "a web page", _AGAIN
    if lower.startswith((b"<?xml", b"<error")):
        return "an XML document, such as a server's error message", _AGAIN
    if not _is_text(head):
        return None
    if head.startswith(b":") and not head.strip(b"0123456789abcdefABCDEF\r\n:"):
        return "an Intel HEX file", _IMAGE
    if any(sign in lower for sign in (b"[] =", b"[]=", b"#include", b"unsigned char")):
        return "C source", "give the .tflite file that its array was made from"
    if head.startswith((b"{", b"[")):
        return _json(head)
    return "text", _AGAIN


def _json(head: bytes) -> _Found:
    if b"modelTopology" in head or b"weightsManifest" in head:
        return "a TensorFlow.js model", _EXPORT
    if b'"class_name"' in head:
        return "a Keras model's description without its weights", "convert the whole model to TensorFlow Lite"
    return "JSON, such as a server's error message", _AGAIN


def _is_text(head: bytes) -> bool:
    """Whether it is UTF-8 that can be printed, but for a last character that is cut."""
    text = head.decode("utf-8", "replace").removesuffix("\ufffd")
    return bool(text) and "\ufffd" not in text and all(c.isprintable() or c.isspace() for c in text)


def saved_model(folder: Path) -> str | None:
    """The same for a folder that is a SavedModel; None for any other path."""
    if not is_file(folder / "saved_model.pb"):
        return None
    return f"it is a SavedModel; {_CONVERT_FOLDER}"
