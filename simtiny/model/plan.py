"""Turns a quantized network into the flat plan that the reference firmware runs (`plan_layout` is its layout).

A plan is one block of bytes for flash: a header, one record an operator, then constants. It holds everything that can
be known before the first inference: fixed-point multipliers, biases with the input's zero point folded in, weights in
the order in which the kernels read them, and where each activation lies in the arena.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from simtiny.errors import BadInput
from simtiny.model import plan_layout as layout
from simtiny.model.arena import plan_arena
from simtiny.model.graph import Graph, Tensor, operators_of
from simtiny.model.lifetimes import aliases, renames, spans
from simtiny.model.macs import macs
from simtiny.model.operators import OPERATORS
from simtiny.model.plan_layout import (
    ELEMENT_TYPES,
    INPUT_ENCODINGS,
    KERNEL_SETS,
    ElementType,
    InputEncoding,
    ResultKind,
)
from simtiny.model.plan_record import Constants, Offsets, PlanRecord, real_scale
from simtiny.model.support import unsupported
from simtiny.options import Kernels

_NAME_BYTES = next(field.count for field in layout.HEADER.fields if field.name == "name")


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


@dataclass(frozen=True)
class _Memory:
    """The arena: offsets of tensors by their index, of each record's scratch memory, of the host's bytes; its size."""

    tensors: Offsets
    scratch: list[int]
    host_buffer: int
    size: int


def serialize(
    graph: Graph, *, kernels: str, name: str, input_encoding: str | None = None, reconstruction: bool = False
) -> Plan:
    """The plan of `graph` for a kernel set ("portable" or "dsp").

    `name` is what the device reports as its model. `input_encoding` says how the host sends an input: "int8", "uint8"
    (pixels; the device subtracts 128) or "float32" (the device quantizes); by default as the input tensor holds it.
    With `reconstruction` the device's result is how far the output is from the input, instead of the output.
    """
    if kernels not in KERNEL_SETS:
        raise BadInput(f"kernel set {kernels!r} does not exist (there are {' and '.join(KERNEL_SETS)})")
    chosen = Kernels(kernels)
    if reasons := unsupported(graph):
        raise BadInput(f"{graph.name}: {'; '.join(reasons)}")
    source, result = graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]]
    encoding = _encoding(graph, source, input_encoding)
    if reconstruction:
        _check_reconstruction(graph, name, source, result, encoding)

    computing = [where for where in operators_of(graph) if not renames(where)]
    records = [
        row.lower(where, chosen is Kernels.DSP) for where in computing if (row := OPERATORS[where.operator.kind]).lower
    ]
    memory = _lay_out(graph, records, encoding)
    constants = Constants(layout.HEADER.size + sum(record.size for record in records))
    packed = b"".join(
        record.pack(constants, memory.tensors, scratch) for record, scratch in zip(records, memory.scratch, strict=True)
    )
    header = {
        "magic": layout.PLAN_MAGIC,
        "version": layout.PLAN_VERSION,
        "kernels": KERNEL_SETS.index(chosen),
        "size": layout.HEADER.size + len(packed) + len(constants.data),
        "arena_size": memory.size,
        "operator_count": len(records),
        "operators_data": layout.HEADER.size,
        "input_encoding": encoding,
        "host_buffer": memory.host_buffer,
        "host_size": prod(source.shape) * (4 if encoding is InputEncoding.FLOAT32 else 1),
        **_edge("input", source, memory.tensors[graph.inputs[0]]),
        **_edge("output", result, memory.tensors[graph.outputs[0]]),
        "result_kind": ResultKind.RECONSTRUCTION_ERROR if reconstruction else ResultKind.VECTOR,
        "name": name.encode("ascii", "replace")[: _NAME_BYTES - 1],
    }
    work = macs(graph)
    layers = tuple(
        LayerInfo(where.operator.kind, where.output.name, work[where.index], where.output.shape) for where in computing
    )
    data = layout.HEADER.pack(header) + packed + constants.data
    return Plan(data, memory.size, constants.weight_bytes, layers)


def _encoding(graph: Graph, source: Tensor, wanted: str | None) -> InputEncoding:
    encoding = wanted or source.dtype.name
    if encoding not in INPUT_ENCODINGS:
        raise BadInput(f"input encoding {encoding!r} does not exist (there are {', '.join(INPUT_ENCODINGS)})")
    if ELEMENT_TYPES[source.dtype.name] is not ElementType.INT8 and encoding != source.dtype.name:
        raise BadInput(f"{graph.name}: its input is {source.dtype.name}, which can't be sent as {encoding}")
    return INPUT_ENCODINGS[encoding]


def _check_reconstruction(graph: Graph, name: str, source: Tensor, result: Tensor, encoding: InputEncoding) -> None:
    if encoding is not InputEncoding.FLOAT32 or prod(source.shape) != prod(result.shape):
        shapes = f"an input of shape {source.shape} and an output of shape {result.shape}"
        raise BadInput(
            f"{graph.name}: the score of {name} compares float inputs with outputs; this network has {shapes}"
        )


def _bytes(tensor: Tensor) -> int:
    return prod(tensor.shape) * tensor.dtype.itemsize


def _lay_out(graph: Graph, records: Sequence[PlanRecord], encoding: InputEncoding) -> _Memory:
    """Where the activations, the host's bytes and each operator's scratch memory lie."""
    alias = aliases(graph)
    lives = spans(graph, alias, [record.where for record in records])
    source, end = alias[graph.inputs[0]], len(records) - 1
    indices = sorted(lives)
    buffers = [_Buffer(_bytes(graph.tensors[i]), *lives[i]) for i in indices]
    buffers += [_Buffer(record.scratch_bytes, position, position) for position, record in enumerate(records)]
    quantized_by_device = encoding is InputEncoding.FLOAT32 and graph.tensors[source].dtype.name == "int8"
    if quantized_by_device:
        buffers.append(_Buffer(4 * prod(graph.tensors[source].shape), 0, end))

    offsets, total = plan_arena([b.size for b in buffers], [b.first for b in buffers], [b.last for b in buffers])
    by_tensor = dict(zip(indices, offsets, strict=False))
    return _Memory(
        tensors={i: by_tensor[own] for i, own in enumerate(alias) if own in by_tensor},
        scratch=offsets[len(indices) : len(indices) + len(records)],
        host_buffer=offsets[-1] if quantized_by_device else by_tensor[source],
        size=total,
    )


def _edge(which: str, tensor: Tensor, offset: int) -> dict[str, float]:
    """The network's input or output. A float has no quantization; an integer without any counts in units of one."""
    scale, zero_point = 1.0, 0
    if tensor.quantization is not None:
        scale, zero_point = real_scale(tensor), int(tensor.quantization.zero_points[0])
    return {
        which: offset,
        f"{which}_count": prod(tensor.shape),
        f"{which}_type": ELEMENT_TYPES[tensor.dtype.name],
        f"{which}_scale": scale,
        f"{which}_zero_point": zero_point,
    }
