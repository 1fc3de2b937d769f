"""Turns a quantized network into the flat plan that the reference firmware runs (`firmware/plan.h` is its layout).

A plan is one block of bytes for flash: a header, one record an operator, then constants. It holds everything that can
be known before the first inference: fixed-point multipliers, biases with the input's zero point folded in, weights in
the order in which the kernels read them, and where each activation lies in the arena.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from simtiny.errors import BadInput
from simtiny.model.arena import plan_arena
from simtiny.model.graph import Graph, Operator, Tensor
from simtiny.model.macs import macs
from simtiny.model.plan_record import Constants, Place, Record, Where, real_scale
from simtiny.model.plan_records import LOWERINGS

MAGIC = b"SPLN"
VERSION = 1
HEADER_BYTES = 104
KERNEL_SETS = ("portable", "dsp")
INPUT_ENCODINGS = ("int8", "uint8", "float32")
ELEMENT_TYPES = {np.dtype(np.int8): 0, np.dtype(np.uint8): 1, np.dtype(np.float32): 2}
NAME_BYTES = 20

# What the official runner sends for each benchmark, and the one whose result is an error instead of a vector.
BENCHMARK_ENCODINGS = {"kws01": "int8", "vww01": "uint8", "ic01": "uint8", "ad01": "float32"}
RECONSTRUCTION_BENCHMARKS = ("ad01",)

# Operators that only rename a tensor: the plan has no record for them.
RENAMINGS = ("RESHAPE",)


@dataclass(frozen=True)
class LayerInfo:
    """One operator of the plan. Its index in `Plan.layers` is what the firmware writes to the trace port."""

    kind: str
    name: str
    macs: int
    output_shape: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """`data` goes to flash, `arena_bytes` is the RAM that it needs; weights and biases are `weight_bytes` of `data`."""

    data: bytes
    arena_bytes: int
    weight_bytes: int
    layers: tuple[LayerInfo, ...]


@dataclass(frozen=True)
class _Buffer:
    """A piece of the arena, alive from operator `first` to operator `last`, both included."""

    size: int
    first: int
    last: int


def serialize(graph: Graph, *, kernels: str, name: str, input_encoding: str | None = None) -> Plan:
    """The plan of `graph` for a kernel set ("portable" or "dsp").

    `name` is what the device reports as its model. `input_encoding` says how the host sends an input: "int8", "uint8"
    (pixels; the device subtracts 128) or "float32" (the device quantizes). By default a benchmark's name decides, else
    the model's own input type.
    """
    if kernels not in KERNEL_SETS:
        raise BadInput(f"kernel set {kernels!r} does not exist (there are {' and '.join(KERNEL_SETS)})")
    source, result = _edges(graph)
    encoding = _encoding(graph, source, name, input_encoding)
    if name in RECONSTRUCTION_BENCHMARKS:
        _check_reconstruction(graph, source, result, encoding)

    operators = [(i, op) for i, op in enumerate(graph.operators) if op.kind not in RENAMINGS]
    if not operators:
        raise BadInput(f"{graph.name}: the network has no operator that computes anything")
    aliases = _aliases(graph)
    lowered = [_lower(graph, index, op, kernels) for index, op in operators]
    places, host_buffer, scratch, arena_bytes = _place(graph, aliases, [op for _, op in operators], lowered, encoding)

    constants = Constants(HEADER_BYTES + sum(record.size for record in lowered))
    records = b"".join(record.pack(constants, places, scratch[position]) for position, record in enumerate(lowered))
    data = records + constants.data
    header = struct.pack(
        "<4s6I",
        MAGIC,
        VERSION,
        KERNEL_SETS.index(kernels),
        HEADER_BYTES + len(data),
        arena_bytes,
        len(lowered),
        HEADER_BYTES,
    )
    header += _host_input(graph, encoding, host_buffer) + _edge(source, places[graph.inputs[0]])
    header += _edge(result, places[graph.outputs[0]]) + struct.pack("<I", int(name in RECONSTRUCTION_BENCHMARKS))
    header += name.encode("ascii", "replace")[: NAME_BYTES - 1].ljust(NAME_BYTES, b"\0")
    assert len(header) == HEADER_BYTES
    work = macs(graph)
    layers = tuple(
        LayerInfo(op.kind, graph.tensors[op.outputs[0]].name, work[i], graph.tensors[op.outputs[0]].shape)
        for i, op in operators
    )
    return Plan(header + data, arena_bytes, constants.weight_bytes, layers)


def _edges(graph: Graph) -> tuple[Tensor, Tensor]:
    for what, indices in (("inputs", graph.inputs), ("outputs", graph.outputs)):
        if len(indices) != 1:
            raise BadInput(f"{graph.name}: the network has {len(indices)} {what}; the firmware takes exactly one")
    source, result = graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]]
    for what, tensor in (("input", source), ("output", result)):
        if tensor.dtype not in ELEMENT_TYPES:
            raise BadInput(f"{graph.name}: its {what} is {tensor.dtype.name}; supported are int8, uint8 and float32")
    if result.data is not None:
        raise BadInput(f"{graph.name}: its output is a constant")
    return source, result


def _encoding(graph: Graph, source: Tensor, name: str, wanted: str | None) -> str:
    default = source.dtype.name if source.dtype != np.int8 else BENCHMARK_ENCODINGS.get(name, "int8")
    encoding = wanted or default
    if encoding not in INPUT_ENCODINGS:
        raise BadInput(f"input encoding {encoding!r} does not exist (there are {', '.join(INPUT_ENCODINGS)})")
    if source.dtype != np.int8 and encoding != source.dtype.name:
        raise BadInput(f"{graph.name}: its input is {source.dtype.name}, which can't be sent as {encoding}")
    return encoding


def _check_reconstruction(graph: Graph, source: Tensor, result: Tensor, encoding: str) -> None:
    if encoding != "float32" or prod(source.shape) != prod(result.shape):
        shapes = f"an input of shape {source.shape} and an output of shape {result.shape}"
        raise BadInput(f"{graph.name}: the score of ad01 compares float inputs with outputs; this network has {shapes}")


def _aliases(graph: Graph) -> list[int]:
    """For each tensor the one whose memory it shares: itself, unless it is a renaming's output."""
    alias = list(range(len(graph.tensors)))
    for op in graph.operators:
        if op.kind in RENAMINGS:
            alias[op.outputs[0]] = alias[op.inputs[0]]
    return alias


def _lower(graph: Graph, index: int, op: Operator, kernels: str) -> Record:
    where = Where(graph, index, op)
    lowering = LOWERINGS.get(op.kind)
    if lowering is None:
        supported = ", ".join(sorted((*LOWERINGS, *RENAMINGS)))
        raise BadInput(f"{where}: this operator is not supported (supported are {supported})")
    return lowering(where, kernels == "dsp")


def _bytes(tensor: Tensor) -> int:
    return prod(tensor.shape) * tensor.dtype.itemsize


def _place(
    graph: Graph, aliases: Sequence[int], operators: Sequence[Operator], records: Sequence[Record], encoding: str
) -> tuple[Place, int, list[int], int]:
    """Where the activations, the host's bytes and each operator's scratch memory lie, and the size of it all.

    The input lives to the end, so that a second inference on the same input gives the same output.
    """
    end = len(operators) - 1
    source, result = aliases[graph.inputs[0]], aliases[graph.outputs[0]]
    spans: dict[int, tuple[int, int]] = {source: (0, end)}
    for position, op in enumerate(operators):
        for tensor in (*op.inputs, *op.outputs):
            if tensor >= 0 and graph.tensors[aliases[tensor]].data is None:
                first, last = spans.get(aliases[tensor], (position, position))
                spans[aliases[tensor]] = (first, max(last, position))
    if result in spans:
        spans[result] = (spans[result][0], end)

    indices = sorted(spans)
    buffers = [_Buffer(_bytes(graph.tensors[i]), *spans[i]) for i in indices]
    buffers += [_Buffer(record.scratch_bytes, position, position) for position, record in enumerate(records)]
    quantized_by_device = encoding == "float32" and graph.tensors[source].dtype == np.int8
    if quantized_by_device:
        buffers.append(_Buffer(4 * prod(graph.tensors[source].shape), 0, end))

    offsets, total = plan_arena([b.size for b in buffers], [b.first for b in buffers], [b.last for b in buffers])
    by_tensor = dict(zip(indices, offsets, strict=False))
    places = {i: by_tensor[alias] for i, alias in enumerate(aliases) if alias in by_tensor}
    scratch = offsets[len(indices) : len(indices) + len(records)]
    host_buffer = offsets[-1] if quantized_by_device else by_tensor[source]
    return places, host_buffer, scratch, total


def _host_input(graph: Graph, encoding: str, host_buffer: int) -> bytes:
    """How the host's bytes arrive: encoding, place, size."""
    size = prod(graph.tensors[graph.inputs[0]].shape) * (4 if encoding == "float32" else 1)
    return struct.pack("<3I", INPUT_ENCODINGS.index(encoding), host_buffer, size)


def _edge(tensor: Tensor, place: int) -> bytes:
    """The network's input or output. A float has no quantization; an integer without any counts in units of one."""
    scale, zero_point = 1.0, 0
    if tensor.quantization is not None:
        scale, zero_point = real_scale(tensor), int(tensor.quantization.zero_points[0])
    return struct.pack("<3Ifi", place, prod(tensor.shape), ELEMENT_TYPES[tensor.dtype], scale, zero_point)
