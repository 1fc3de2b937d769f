"""Reads a `.tflite` file into a `Graph` and refuses what isn't a sound, static network.

Whatever the bytes are, the outcome is a `Graph` or one line of `BadInput`. Slot numbers are the places of the fields in
the tables of the schema that `tflite_schema` names. What nothing refers to is not read: tensors that no operator uses,
subgraphs but the first, which is the one that runs.
"""

from collections.abc import Iterable, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.errors import BadInput
from simtiny.files import read_bounded, shown
from simtiny.model import file_kinds
from simtiny.model import tflite_schema as schema
from simtiny.model.check import check_graph
from simtiny.model.flatbuffer import Table, root
from simtiny.model.graph import Graph, Operator, Tensor
from simtiny.model.listing import MAX_QUOTED_NAME, listed, tensor_label
from simtiny.model.operators import OPERATORS
from simtiny.model.support import missing_operators
from simtiny.model.tflite_options import Fields, Options, indices
from simtiny.model.tflite_quantization import quantization

# Far above any network that fits a microcontroller, and low enough that no file can take long or much memory.
MAX_FILE_BYTES = 16 << 20
MAX_TENSOR_BYTES = 64 << 20
MAX_TENSORS = 4096
MAX_OPERATORS = 4096
MAX_RANK = 8
OPEN = -1
"""Stands in a shape for a dimension that is to be chosen later."""

_LEAST_FILE_BYTES = 8  # a reference to the root table, and the identifier

_UNUSED = Tensor("", (), np.dtype(np.uint8), None, None)
"""Stands for a tensor that is not read."""


def load(path: Path) -> Graph:
    """Parse the file at `path`; its name becomes the graph's name."""
    return parse(read(path), shown(path.name))


def read(path: Path) -> bytes:
    """The bytes of the file at `path`. Raises BadInput for what can't be a model's file by its kind or size."""
    if found := file_kinds.saved_model(path):
        raise BadInput(f"{path}: not a TensorFlow Lite model file: {found}")
    if found := _too_large(path):
        raise BadInput(f"{path}: {found}")
    return read_bounded(path, MAX_FILE_BYTES)


def _too_large(path: Path) -> str | None:
    """What is wrong with a file of more bytes than a network may have. Files that can't be read are left to others."""
    try:
        size = path.stat().st_size
        if size <= MAX_FILE_BYTES or not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except (OSError, ValueError):
        return None
    return (
        _not_a_model(head) or f"{size:,} bytes are too large for a microcontroller's model (at most {MAX_FILE_BYTES:,})"
    )


def _not_a_model(data: bytes) -> str | None:
    """Why bytes are no TensorFlow Lite model, or None if they begin as one does."""
    if data[4:8] == schema.FILE_IDENTIFIER:
        return None
    found = file_kinds.what_it_is(data)
    if found is None and len(data) < _LEAST_FILE_BYTES:
        return f"not a TensorFlow Lite model file: it has {len(data)} bytes; the download or the copy has failed"
    if found is None:
        return f"not a TensorFlow Lite model file (bytes 4 to 7 should read {schema.FILE_IDENTIFIER.decode()})"
    return f"not a TensorFlow Lite model file: {found}"


def parse(data: bytes, name: str) -> Graph:
    """The network in the bytes of a `.tflite` file. `name` is what error messages call it."""
    if found := _not_a_model(data):
        raise BadInput(f"{name}: {found}")
    if len(data) > MAX_FILE_BYTES:
        raise BadInput(f"{name}: more than {MAX_FILE_BYTES:,} bytes are too large for a microcontroller's model")
    model = root(data, name, "TensorFlow Lite model")
    bad = model.reader.bad
    version = model.integer(0, "I")
    if version != schema.SCHEMA_VERSION:
        raise bad(f"schema version {version} is not supported (only {schema.SCHEMA_VERSION} is)")
    codes = [_operator_name(code) for code in model.tables(1, "operator code", MAX_OPERATORS)]
    subgraphs = model.tables(2, "subgraph", 256)
    if not subgraphs:
        raise bad("it has no subgraph: there is no network in it")
    buffers = model.tables(4, "buffer", 2 * MAX_TENSORS)

    main = subgraphs[0]
    names = [table.text(3) for table in main.tables(0, "tensor", MAX_TENSORS)]
    operators = tuple(_operator(t, i, codes) for i, t in enumerate(main.tables(3, "operator", MAX_OPERATORS)))
    try:
        return _graph(name, main, names, operators, buffers)
    except BadInput as error:  # may well follow from operators that are not known, so these are said first
        if missing := missing_operators(operators, names):
            raise bad("; ".join([*missing, str(error).removeprefix(f"{name}: ")])) from error
        raise


def _graph(
    name: str, main: Table, names: Sequence[str], operators: tuple[Operator, ...], buffers: list[Table]
) -> Graph:
    """The first subgraph, of which names and operators are read."""
    tables = main.tables(0, "tensor", MAX_TENSORS)
    inputs, outputs = indices(main, 1, "graph inputs"), indices(main, 2, "graph outputs")
    named = {*inputs, *outputs, *(index for op in operators for index in (*op.inputs, *op.outputs))}
    used = sorted(named & set(range(len(tables))))  # `check_graph` refuses what does not exist
    _check_readable(tables, names, used, inputs)
    tensors = [_UNUSED] * len(tables)
    for index in used:
        tensors[index] = _tensor(tables[index], index, names[index], buffers)
    remarks = _open_batches(tables, names, [index for index in inputs if index in used])
    graph = Graph(name, tuple(tensors), operators, inputs, outputs, remarks)
    check_graph(graph)
    return graph


def _check_readable(tables: Sequence[Table], names: Sequence[str], used: Iterable[int], inputs: Sequence[int]) -> None:
    """Refuse what a `Graph` can't hold of the tensors that are used: each kind with the tensors that have it."""
    found: dict[str, list[int]] = {}
    for index in used:
        if problem := _unreadable(tables[index], index in inputs):
            found.setdefault(problem, []).append(index)
    if found:
        problems = (f"{problem}: {listed('tensor', indices, names)}" for problem, indices in found.items())
        raise tables[0].reader.bad("; ".join(problems))


def _unreadable(table: Table, is_input: bool) -> str | None:
    number = table.integer(1, "b")
    if number not in schema.TENSOR_TYPES:
        kind = schema.UNSUPPORTED_TYPES.get(number, f"number {number}")
        return f"type {kind} is not supported"
    if table.table(6, "sparsity") is not None:
        return "sparse weights are not supported (convert without EXPERIMENTAL_SPARSITY)"
    dims = table.array(0, np.int32, "shape")
    signature = table.array(7, np.int32, "shape signature")
    if (dims == OPEN).any() or (is_input and (signature[1:] == OPEN).any()):
        return "its shape is open: convert with a fixed one, such as keras.Input(shape, batch_size=1)"
    return None


def _open_batches(tables: Sequence[Table], names: Sequence[str], inputs: Sequence[int]) -> tuple[str, ...]:
    """A remark for each input whose first dimension alone is open: that of its shape is taken, as interpreters do."""
    found = []
    for index in inputs:
        signature, dims = (tables[index].array(slot, np.int32, "shape") for slot in (7, 0))
        if len(signature) == len(dims) > 0 and signature[0] == OPEN:
            found.append(f"input {tensor_label(index, names)} has an open batch: {int(dims[0])} is taken")
    return tuple(found)


def _operator_name(code: Table) -> str:
    # The old 8-bit field holds 127 (or, in old files, the whole code) and the new one 0 in old files: the larger rules.
    number = max(code.integer(0, "b"), code.integer(3, "i"))
    if number == schema.CUSTOM_OPERATOR:
        return f"CUSTOM:{code.text(1, 64) or 'unnamed'}"
    if 0 <= number < len(schema.OPERATOR_NAMES):
        return schema.OPERATOR_NAMES[number]
    return f"BUILTIN_{number}"


def _tensor(table: Table, index: int, name: str, buffers: list[Table]) -> Tensor:
    reader = table.reader
    where = f'tensor {index} ("{name[:MAX_QUOTED_NAME]}")'
    dtype = schema.TENSOR_TYPES[table.integer(1, "b")]
    shape = _shape(table, where)
    size = prod(max(1, dim) for dim in shape) * dtype.itemsize
    if size > MAX_TENSOR_BYTES:
        raise reader.bad(f"{where}: {size} bytes are too many (the limit is {MAX_TENSOR_BYTES})")
    data = _data(table, where, buffers, shape, dtype)
    return Tensor(name, shape, dtype, quantization(table.table(4, "quantization"), where, shape, dtype), data)


def _shape(table: Table, where: str) -> tuple[int, ...]:
    dims = table.array(0, np.int32, "shape")
    if len(dims) > MAX_RANK:
        raise table.reader.bad(f"{where}: it has {len(dims)} dimensions; at most {MAX_RANK} are supported")
    shape = tuple(int(dim) for dim in dims)
    if any(dim < 0 for dim in shape):
        raise table.reader.bad(f"{where}: shape {_times(shape)} has a dimension that is not positive")
    return shape


def _times(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "scalar"


def _data(
    table: Table, where: str, buffers: list[Table], shape: tuple[int, ...], dtype: np.dtype[Any]
) -> NDArray[np.generic] | None:
    """The constant's values as a view of the file, or None for an activation, whose buffer is empty.

    A tensor without elements, such as the shape of a scalar, has an empty buffer and is a constant.
    """
    reader = table.reader
    number = table.integer(2, "I")
    if number == 0:  # by convention the empty buffer
        return None if prod(shape) else np.empty(shape, dtype)
    if number >= len(buffers):
        raise reader.bad(f"{where}: buffer {number} does not exist (the file has {len(buffers)})")
    content = _buffer(buffers[number])
    if len(content) == 0:
        return None if prod(shape) else np.empty(shape, dtype)
    size = prod(shape) * dtype.itemsize
    if len(content) != size:
        need = f"shape {_times(shape)} of {dtype.name} needs {size} bytes"
        raise reader.bad(f"{where}: {need}, but its buffer has {len(content)}")
    return content.view(dtype.newbyteorder("<")).reshape(shape)


def _buffer(table: Table) -> NDArray[np.generic]:
    # Files of over 2 GiB, and some smaller ones, keep a buffer behind the FlatBuffers part: offset and size say where.
    start, size = table.integer(1, "Q"), table.integer(2, "Q")
    if start > 1:
        table.reader.claim(start, size, "buffer")
        return np.frombuffer(table.reader.data, np.uint8, size, start)
    return table.array(0, np.uint8, "buffer")


def _operator(table: Table, index: int, codes: list[str]) -> Operator:
    reader = table.reader
    code = table.integer(0, "I")
    if code >= len(codes):
        raise reader.bad(f"operator {index}: operator code {code} does not exist (the file has {len(codes)})")
    kind = codes[code]
    inputs = indices(table, 1, f"inputs of operator {index}")
    outputs = indices(table, 2, f"outputs of operator {index}")
    row = OPERATORS.get(kind)
    options: Options = {}
    if row is not None:
        where = f"operator {index} ({kind})"
        # Absent options mean the schema's defaults, which is what a table without fields would give.
        options = row.options(Fields(reader, where, _options_table(table, row.options_type, where)))
    return Operator(kind, inputs, outputs, options)


def _options_table(table: Table, options_type: int, where: str) -> Table | None:
    number = table.integer(3, "B")
    if number == 0:
        return None
    if number != options_type:
        raise table.reader.bad(f"{where}: its options are those of another kind of operator (type {number})")
    return table.table(4, "options table")
