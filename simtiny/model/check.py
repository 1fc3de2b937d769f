"""Refuses a graph that doesn't hold together: order, tensor indices and the shapes of the operators we know."""

from simtiny.errors import BadInput
from simtiny.model.graph import ABSENT, Graph, Where, operators_of
from simtiny.model.operators import OPERATORS


def check_graph(graph: Graph) -> None:
    """Raise `BadInput` at the first flaw.

    Operators that are not known may have anything among their inputs, such as scratch memory, or variables, which keep
    their value from one inference to the next.
    """
    count = len(graph.tensors)
    if not graph.inputs or not graph.outputs or not graph.operators:
        raise BadInput(f"{graph.name}: the network has no inputs, no outputs or no operators")
    for what, indices in (("input", graph.inputs), ("output", graph.outputs)):
        for index in indices:
            if not 0 <= index < count:
                raise BadInput(f"{graph.name}: graph {what} {index} is not one of its {count} tensors")
    constants = {index for index, tensor in enumerate(graph.tensors) if tensor.data is not None}
    if duplicates := constants.intersection(graph.inputs):
        raise BadInput(f"{graph.name}: graph input {min(duplicates)} is a constant")
    if len(set(graph.inputs)) != len(graph.inputs):
        raise BadInput(f"{graph.name}: a graph input is listed twice")
    known = constants | set(graph.inputs)
    _check_elements(graph)
    for where in operators_of(graph):
        _check_order(where, count, known)
        if row := OPERATORS.get(where.operator.kind):
            row.check(where)
    for index in graph.outputs:
        if index not in known:
            raise BadInput(f"{graph.name}: graph output {index} is never computed")


def _check_order(where: Where, count: int, known: set[int]) -> None:
    for index in where.operator.inputs:
        if index == ABSENT:
            continue
        if not 0 <= index < count:
            raise BadInput(f"{where}: input tensor {index} does not exist (the network has {count})")
        if index not in known and where.operator.kind in OPERATORS:
            raise BadInput(f"{where}: input tensor {index} is neither a constant nor computed before it")
    for index in where.operator.outputs:
        if not 0 <= index < count:
            raise BadInput(f"{where}: output tensor {index} does not exist (the network has {count})")
        if index in known:
            raise BadInput(f"{where}: output tensor {index} already has a value")
        known.add(index)


def _check_elements(graph: Graph) -> None:
    """Only a scalar's shape, the second input of a RESHAPE, may be a list of nothing."""
    known = [operator for operator in graph.operators if operator.kind in OPERATORS]
    read = {i for operator in known for i in operator.inputs[: 1 if operator.kind == "RESHAPE" else None]}
    written = {i for operator in known for i in operator.outputs}
    for index in sorted(read | written | {*graph.inputs, *graph.outputs}):
        if 0 <= index < len(graph.tensors) and 0 in graph.tensors[index].shape:
            tensor = graph.tensors[index]
            raise BadInput(
                f"{graph.name}: tensor {index} of shape {tensor.shape} has a dimension of 0: it holds nothing"
            )
