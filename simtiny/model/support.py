"""Why the built-in firmware can't run a network that is sound: everything at once, and what to do about it."""

from collections.abc import Mapping, Sequence

import numpy as np

from simtiny.model.graph import ABSENT, Graph, Operator, Where, operators_of
from simtiny.model.lifetimes import aliases, renames
from simtiny.model.listing import listed, tensor_label
from simtiny.model.operators import OPERATORS
from simtiny.model.plan_layout import ELEMENT_TYPES

TO_INT8 = (
    "converter.optimizations = [tf.lite.Optimize.DEFAULT]; converter.representative_dataset = samples; "
    "converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]"
)
"""What a user of TensorFlow 2's converter sets for int8. `samples` is a function that yields lists of inputs."""

_OWN_FIRMWARE = "firmware of your own that runs it is measured as an `image`"
_RECURRENT = "recurrent layers have no kernel"
_STATE = "it keeps state from one inference to the next in resource variables"
_CONTROL_FLOW = "it chooses what to run while it runs"

_HINTS: Mapping[str, str] = {
    "CUSTOM:ethos-u": "Vela has compiled it for an Ethos-U: give the file before Vela",
    "CUSTOM:edgetpu-custom-op": "it was compiled for an Edge TPU: give the file before edgetpu_compiler",
    "CUSTOM:TFLite_Detection_PostProcess": "end the network before the post-processing of detections",
    "LSTM": _RECURRENT,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _RECURRENT,
    "BIDIRECTIONAL_SEQUENCE_LSTM": _RECURRENT,
    "RNN": _RECURRENT,
    "UNIDIRECTIONAL_SEQUENCE_RNN": _RECURRENT,
    "BIDIRECTIONAL_SEQUENCE_RNN": _RECURRENT,
    "SVDF": _RECURRENT,
    "VAR_HANDLE": _STATE,
    "READ_VARIABLE": _STATE,
    "ASSIGN_VARIABLE": _STATE,
    "CALL_ONCE": _STATE,
    "IF": _CONTROL_FLOW,
    "WHILE": _CONTROL_FLOW,
    "SHAPE": "SHAPE asks for an open batch: convert with a fixed one, such as keras.Input(shape, batch_size=1)",
}
_FLEX = "CUSTOM:Flex"
_FLEX_HINT = "Flex operators are TensorFlow's own: convert without SELECT_TF_OPS"

_COMPILED = ("CUSTOM:ethos-u", "CUSTOM:edgetpu-custom-op")

_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
_CONVERSIONS = ("QUANTIZE", "DEQUANTIZE")


def unsupported(graph: Graph) -> list[str]:
    """A phrase for each reason, none if nothing stands against it. What single operators refuse is not among them."""
    names = [tensor.name for tensor in graph.tensors]
    return [
        *missing_operators(graph.operators, names),
        *_arithmetic(graph),
        *_grouped(graph),
        *_edges(graph, names),
        *_constants_renamed(graph, names),
    ]


def batches(graph: Graph) -> list[str]:
    """A remark if one inference is of several samples: where an image or a row is read for each."""
    found = []
    for index in graph.inputs:
        shape = graph.tensors[index].shape
        if len(shape) == _sample_rank(graph, index) and shape[0] > 1:
            found.append(f"a batch of {shape[0]}: one inference is of {shape[0]} samples")
    return found


def _sample_rank(graph: Graph, tensor: int) -> int | None:
    """How many dimensions a tensor has if its first is a batch, told from the operator that reads it.

    Operators stand in order, so that one look at each is enough to follow it through conversions.
    """
    for operator in graph.operators:
        if operator.inputs[:1] == (tensor,):
            if operator.kind != "QUANTIZE":
                return {"FULLY_CONNECTED": 2, "CONV_2D": 4, "DEPTHWISE_CONV_2D": 4}.get(operator.kind)
            tensor = operator.outputs[0]
    return None


def missing_operators(operators: Sequence[Operator], names: Sequence[str]) -> list[str]:
    """Operators without a kernel, by kind, with their numbers and the names of their outputs; then what to do.

    `names` are those of the tensors.
    """
    missing: dict[str, list[int]] = {}
    for index, operator in enumerate(operators):
        if operator.kind not in OPERATORS:
            missing.setdefault(operator.kind, []).append(index)
    if not missing:
        return []
    labels = _operator_names(operators, names)
    kinds = [f"{len(found)} {kind} ({listed('operator', found, labels)})" for kind, found in missing.items()]
    count = sum(map(len, missing.values()))
    total = f"{count} of its {len(operators)} operators {'is' if count == 1 else 'are'} not supported"
    hints = list(dict.fromkeys(hint for kind in missing if (hint := _hint(kind))))
    if not any(kind in _COMPILED for kind in missing):
        hints.append(_OWN_FIRMWARE)
    return [f"{total}: {', '.join(kinds)} (supported are {', '.join(sorted(OPERATORS))})", *hints]


def _hint(kind: str) -> str | None:
    return _FLEX_HINT if kind.startswith(_FLEX) else _HINTS.get(kind)


def _operator_names(operators: Sequence[Operator], names: Sequence[str]) -> list[str]:
    """What each operator is called after: its first output."""
    firsts = [operator.outputs[0] if operator.outputs else ABSENT for operator in operators]
    return [names[first] if 0 <= first < len(names) else "" for first in firsts]


def _arithmetic(graph: Graph) -> list[str]:
    """Which other arithmetic than int8 the network wants, and how to convert it."""
    computing = [where for where in operators_of(graph) if _computes(where)]
    by_kind: dict[str, list[int]] = {}
    for where in computing:
        by_kind.setdefault(_activations(where), []).append(where.index)
    others = {kind: indices for kind, indices in by_kind.items() if kind != _INT8}
    if not others:
        return []
    names = _operator_names(graph.operators, [tensor.name for tensor in graph.tensors])
    if len(by_kind) == 1:
        (kind,) = others
        what = _floating(computing) if kind == _FLOAT32 else _WHOLE.get(kind, f"its activations are {kind}")
    else:
        each = (f"{kind} in {listed('operator', indices, names)}" for kind, indices in others.items())
        what = f"it is a mixed network, not of int8 throughout: {', '.join(each)}"
    again = "convert the original again" if "uint8" in others else "convert"
    return [f"{what}; only int8 is supported: {again} with {TO_INT8}"]


_INT8, _FLOAT32 = "int8", "float32"
_WHOLE = {
    "float16": "it is a float16 network",
    "int16": "it is an int16x8 network, with int16 activations and int8 weights",
    "uint8": "it is a uint8 network, of TensorFlow Lite's old quantization",
}


def _floating(computing: Sequence[Where]) -> str:
    """What a network of float32 activations is, by the type in which the file has its weights."""
    stored = {_stored_weights(where).name for where in computing if where.operator.kind in _WEIGHTED}
    if stored & {"int8", "uint8"}:
        return "it is a dynamic-range (hybrid) network, with int8 weights and float32 activations"
    return "it is a float16 network, with float16 weights" if "float16" in stored else "it is a float32 network"


def _computes(where: Where) -> bool:
    """Whether it is an operator with a kernel that computes with its input's type."""
    row = OPERATORS.get(where.operator.kind)
    return row is not None and row.lower is not None and where.operator.kind not in _CONVERSIONS


def _activations(where: Where) -> str:
    """The type that an operator computes with: that of its first input, or of an activation beside a constant."""
    sources = [where.input(0)] if where.operator.kind in _WEIGHTED else [where.input(i) for i in _present(where)]
    activations = [tensor for tensor in sources if tensor.data is None]
    return (activations or sources)[0].dtype.name


def _present(where: Where) -> list[int]:
    return [position for position, index in enumerate(where.operator.inputs) if index != ABSENT]


def _stored_weights(where: Where) -> "np.dtype[np.generic]":
    """The type in which the file has an operator's weights: a DEQUANTIZE may stand between."""
    weights = where.operator.inputs[1]
    for other in where.graph.operators:
        if other.kind == "DEQUANTIZE" and other.outputs[0] == weights:
            return where.graph.tensors[other.inputs[0]].dtype
    return where.graph.tensors[weights].dtype


def _grouped(graph: Graph) -> list[str]:
    """CONV_2D whose filters see a part of the input's channels each."""
    found: dict[int, list[int]] = {}
    for where in operators_of(graph):
        if where.operator.kind == "CONV_2D" and (groups := where.input(0).shape[3] // where.input(1).shape[3]) > 1:
            found.setdefault(groups, []).append(where.index)
    names = _operator_names(graph.operators, [tensor.name for tensor in graph.tensors])
    return [
        f"grouped convolutions are not supported: {listed('operator', indices, names)} (CONV_2D) in {groups} groups"
        for groups, indices in found.items()
    ]


def _edges(graph: Graph, names: Sequence[str]) -> list[str]:
    """The firmware takes one input and gives one output, which it has computed."""
    found = [
        f"the network has {len(indices)} {what}s ({', '.join(tensor_label(i, names) for i in indices)}); "
        "the firmware takes exactly one"
        for what, indices in (("input", graph.inputs), ("output", graph.outputs))
        if len(indices) != 1
    ]
    for what, indices in (("input", graph.inputs), ("output", graph.outputs)):
        found += [
            f"its {what} {tensor_label(i, names)} is {kind}; supported are int8, uint8 and float32"
            for i in indices
            if (kind := graph.tensors[i].dtype.name) not in ELEMENT_TYPES
        ]
    if all(renames(where) for where in operators_of(graph)):
        return [*found, "the network has no operator that computes anything"]
    alias = aliases(graph)
    sources = {alias[index] for index in graph.inputs}
    for index in graph.outputs:
        if graph.tensors[alias[index]].data is not None:
            found.append(f"its output {tensor_label(index, names)} is a constant")
        elif alias[index] in sources:
            found.append(f"its output {tensor_label(index, names)} is its input")
    used = {i for operator in graph.operators for i in operator.inputs}
    return found + [f"its input {tensor_label(i, names)} is never used" for i in graph.inputs if i not in used]


def _constants_renamed(graph: Graph, names: Sequence[str]) -> list[str]:
    """A constant under another name has no place among the activations."""
    alias = aliases(graph)
    found = [
        where.index
        for where in operators_of(graph)
        if renames(where) and graph.tensors[alias[where.operator.outputs[0]]].data is not None
    ]
    labels = _operator_names(graph.operators, names)
    return [f"a constant can't be reshaped: {listed('operator', found, labels)} (RESHAPE)"] if found else []
