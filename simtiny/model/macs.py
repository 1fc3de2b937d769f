"""Multiply-accumulates of each operator: the size of the work, whatever machine does it."""

from simtiny.model.graph import Graph, operators_of
from simtiny.model.operators import OPERATORS


def macs(graph: Graph) -> list[int]:
    """Multiply-accumulates of one inference, operator by operator. Only operators with weights have any.

    Taps that fall on padding count too.
    """
    rows = ((where, OPERATORS.get(where.operator.kind)) for where in operators_of(graph))
    return [0 if row is None else row.macs(where) for where, row in rows]
