"""Reads a `.tflite` file into a `Graph` and refuses what isn't a sound, static, single-subgraph network.

Whatever the bytes are, the outcome is a `Graph` or one line of `BadInput`. Slot numbers are the places of the fields in
the tables of the schema that `tflite_schema` names.
"""

from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.errors import BadInput
from simtiny.files import read_bounded, shown
from simtiny.model import tflite_schema as schema
from simtiny.model.check import check_graph
from simtiny.model.flatbuffer import Table, root
from simtiny.model.graph import Graph, Operator, Quantization, Tensor
from simtiny.model.operators import OPERATORS
from simtiny.model.tflite_options import Fields, Options, indices

# Far above any network that fits a microcontroller, and low enough that no file can take long or much memory.
MAX_FILE_BYTES = 16 << 20
MAX_TENSOR_BYTES = 64 << 20
MAX_TENSORS = 4096
MAX_OPERATORS = 4096
MAX_RANK = 8
MAX_QUOTED_NAME = 60
"""Characters of a tensor's name in a message: converters join the names of all that was fused into it."""


def load(path: Path) -> Graph:
    """Parse the file at `path`; its name becomes the graph's name."""
    return parse(read_bounded(path, MAX_FILE_BYTES), shown(path.name))


def parse(data: bytes, name: str) -> Graph:
    """The network in the bytes of a `.tflite` file. `name` is what error messages call it."""
    if len(data) > MAX_FILE_BYTES:
        raise BadInput(f"{name}: more than {MAX_FILE_BYTES} bytes are too large for a microcontroller's model")
    model = root(data, schema.FILE_IDENTIFIER, name, "TensorFlow Lite model")
    bad = model.reader.bad
    version = model.integer(0, "I")
    if version != schema.SCHEMA_VERSION:
        raise bad(f"schema version {version} is not supported (only {schema.SCHEMA_VERSION} is)")
    codes = [_operator_name(code) for code in model.tables(1, "operator code", MAX_OPERATORS)]
    subgraphs = model.tables(2, "subgraph", 256)
    if len(subgraphs) != 1:
        raise bad(f"it has {len(subgraphs)} subgraphs; a network must have exactly one")
    buffers = model.tables(4, "buffer", 2 * MAX_TENSORS)

    main = subgraphs[0]
    tensor_tables = main.tables(0, "tensor", MAX_TENSORS)
    tensors = tuple(_tensor(table, index, buffers) for index, table in enumerate(tensor_tables))
    variables = {index for index, table in enumerate(tensor_tables) if table.integer(5, "B")}
    operators = tuple(_operator(t, i, codes) for i, t in enumerate(main.tables(3, "operator", MAX_OPERATORS)))
    graph = Graph(name, tensors, operators, indices(main, 1, "graph inputs"), indices(main, 2, "graph outputs"))
    check_graph(graph, variables)
    return graph


def _operator_name(code: Table) -> str:
    # The old 8-bit field holds 127 (or, in old files, the whole code) and the new one 0 in old files: the larger rules.
    number = max(code.integer(0, "b"), code.integer(3, "i"))
    if number == schema.CUSTOM_OPERATOR:
        return f"CUSTOM:{code.text(1, 64) or 'unnamed'}"
    if 0 <= number < len(schema.OPERATOR_NAMES):
        return schema.OPERATOR_NAMES[number]
    return f"BUILTIN_{number}"


def _tensor(table: Table, index: int, buffers: list[Table]) -> Tensor:
    reader = table.reader
    name = table.text(3)
    where = f'tensor {index} ("{name[:MAX_QUOTED_NAME]}")'
    number = table.integer(1, "b")
    dtype = schema.TENSOR_TYPES.get(number)
    if dtype is None:
        kind = schema.UNSUPPORTED_TYPES.get(number, f"number {number}")
        raise reader.bad(f"{where}: type {kind} is not supported")
    shape = _shape(table, where)
    size = prod(shape) * dtype.itemsize
    if size > MAX_TENSOR_BYTES:
        raise reader.bad(f"{where}: {size} bytes are too many (the limit is {MAX_TENSOR_BYTES})")
    data = _data(table, where, buffers, shape, dtype)
    return Tensor(name, shape, dtype, _quantization(table, where, shape, dtype), data)


def _shape(table: Table, where: str) -> tuple[int, ...]:
    dims = table.array(0, np.int32, "shape")
    if len(dims) > MAX_RANK:
        raise table.reader.bad(f"{where}: it has {len(dims)} dimensions; at most {MAX_RANK} are supported")
    shape = tuple(int(dim) for dim in dims)
    if any(dim <= 0 for dim in shape):
        raise table.reader.bad(f"{where}: shape {_times(shape)} has a dimension that is not positive")
    return shape


def _times(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "scalar"


def _data(
    table: Table, where: str, buffers: list[Table], shape: tuple[int, ...], dtype: np.dtype[Any]
) -> NDArray[np.generic] | None:
    """The constant's values as a view of the file, or None for an activation, whose buffer is empty."""
    reader = table.reader
    number = table.integer(2, "I")
    if number == 0:  # by convention the empty buffer
        return None
    if number >= len(buffers):
        raise reader.bad(f"{where}: buffer {number} does not exist (the file has {len(buffers)})")
    content = _buffer(buffers[number])
    if len(content) == 0:
        return None
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


def _quantization(table: Table, where: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Quantization | None:
    bad = table.reader.bad
    parameters = table.table(4, "quantization")
    if parameters is None:
        return None
    scales = parameters.array(2, np.float32, "list of scales").astype(np.float32)
    wide = parameters.array(3, np.int64, "list of zero points").astype(np.int64)
    axis = parameters.integer(6, "i")
    if len(scales) == 0:
        return None
    if len(scales) > 1:
        if not 0 <= axis < len(shape):
            raise bad(f"{where}: quantization axis {axis} is not one of its {len(shape)} dimensions")
        if len(scales) != shape[axis]:
            raise bad(f"{where}: {len(scales)} scales for dimension {axis} of {shape[axis]}")
    if len(wide) == 0:
        wide = np.zeros(len(scales), np.int64)
    if len(wide) != len(scales):
        raise bad(f"{where}: {len(wide)} zero points for {len(scales)} scales")
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise bad(f"{where}: a scale is not a positive number")
    narrow = dtype if dtype.kind in "iu" and dtype.itemsize < 4 else np.dtype(np.int32)
    limits = np.iinfo(narrow)
    if wide.min() < limits.min or wide.max() > limits.max:
        raise bad(f"{where}: a zero point does not fit {narrow.name}")
    return Quantization(scales, wide.astype(np.int32), axis if len(scales) > 1 else 0)


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
