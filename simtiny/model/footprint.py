"""The memory that a network needs at the least, whatever kernels run it."""

from dataclasses import dataclass
from math import prod

from simtiny.model.arena import plan_arena
from simtiny.model.graph import ABSENT, Graph, operators_of
from simtiny.model.lifetimes import aliases, renames, spans


@dataclass(frozen=True)
class Footprint:
    """Bytes of constants, which lie in flash, and of the activations that are alive together, which lie in RAM."""

    flash_bytes: int
    ram_bytes: int


def footprint(graph: Graph) -> Footprint:
    """Without what kernels add: order and padding of weights, records, scratch memory."""
    constants = {
        index
        for operator in graph.operators
        for index in operator.inputs
        if index != ABSENT and graph.tensors[index].data is not None
    }
    flash = sum(data.nbytes for index in constants if (data := graph.tensors[index].data) is not None)
    alias = aliases(graph)
    lives = spans(graph, alias, [where for where in operators_of(graph) if not renames(where)])
    order = sorted(lives)
    sizes = [prod(graph.tensors[i].shape) * graph.tensors[i].dtype.itemsize for i in order]
    _, ram = plan_arena(sizes, [lives[i][0] for i in order], [lives[i][1] for i in order])
    return Footprint(flash, ram)
