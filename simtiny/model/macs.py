"""Multiply-accumulates of each operator: the size of the work, whatever machine does it."""

from math import prod

from simtiny.model.graph import Graph, Operator


def macs(graph: Graph) -> list[int]:
    """Multiply-accumulates of one inference, operator by operator. Only operators with weights have any.

    Taps that fall on padding count too.
    """
    return [_operator_macs(graph, operator) for operator in graph.operators]


def _operator_macs(graph: Graph, operator: Operator) -> int:
    if operator.kind not in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
        return 0
    weights = graph.tensors[operator.inputs[1]].shape
    outputs = prod(graph.tensors[operator.outputs[0]].shape)
    # Weights for one output value: all but the output channels (first dimension, or the last of a depthwise filter).
    taps = prod(weights[:-1] if operator.kind == "DEPTHWISE_CONV_2D" else weights[1:])
    return outputs * taps
