"""From when to when each activation of a network lives, whatever computes it."""

from collections.abc import Iterable, Mapping, Sequence

from simtiny.model.graph import Graph, Where, operators_of
from simtiny.model.operators import OPERATORS

Span = tuple[int, int]
"""Positions of the first and the last operator that need it, both included."""


def renames(where: Where) -> bool:
    """Whether an operator computes nothing, because its output is its input under another name."""
    row = OPERATORS.get(where.operator.kind)
    return row is not None and row.lower is None


def aliases(graph: Graph) -> list[int]:
    """For each tensor the one whose memory it shares: itself, unless it is a renaming's output."""
    alias = list(range(len(graph.tensors)))
    for where in operators_of(graph):
        if renames(where):
            alias[where.operator.outputs[0]] = alias[where.operator.inputs[0]]
    return alias


def spans(graph: Graph, alias: Sequence[int], computing: Iterable[Where]) -> Mapping[int, Span]:
    """The life of each activation that has memory of its own, by tensor; positions are those in `computing`.

    Inputs live to the end, so that a second inference on the same input gives the same output; so do outputs.
    """
    order = list(computing)
    end = max(0, len(order) - 1)
    found: dict[int, Span] = {alias[source]: (0, end) for source in graph.inputs}
    for position, where in enumerate(order):
        for tensor in (*where.operator.inputs, *where.operator.outputs):
            if tensor >= 0 and graph.tensors[alias[tensor]].data is None:
                first, last = found.get(alias[tensor], (position, position))
                found[alias[tensor]] = (first, max(last, position))
    for result in graph.outputs:
        if alias[result] in found:
            found[alias[result]] = (found[alias[result]][0], end)
    return found
