"""Node data for Model Explorer: what each operator of a .tflite file takes, in the colours of its nodes."""

import json
import math
from collections.abc import Sequence

from simtiny.errors import BadInput
from simtiny.profiling.files.names import readable
from simtiny.profiling.result import ProfileResult

CYCLES, ENERGY = "cycles", "energy in nJ"
_GRADIENT = [{"stop": 0, "bgColor": "#ffffff"}, {"stop": 0.5, "bgColor": "#f9c74f"}, {"stop": 1, "bgColor": "#d62828"}]


def model_explorer(results: Sequence[ProfileResult], quantity: str = CYCLES) -> bytes:
    """The node data of one network; a file holds one quantity, `CYCLES` or `ENERGY`, for nodes show one.

    Nodes are found by the names of their output tensors, which `ProfileResult.layer_tensors` has; layers without one by
    their place in the network. Layers of the same name are added up. Raises BadInput for several results, for one
    without layers, and where the energy is not known.
    """
    if len(results) != 1:
        raise BadInput("Model Explorer's node data is of one network: ask for one at a time")
    result = results[0]
    if not result.run.layers:
        raise BadInput(f"{readable(result.run.title)}: its firmware marks no layers, so there is no node data")
    tensors = result.layer_tensors or ("",) * len(result.run.layers)
    values: dict[str, list[float]] = {}
    for layer, tensor in zip(result.run.layers, tensors, strict=True):
        value = layer.cycles if quantity == CYCLES else None if layer.energy_uj is None else layer.energy_uj * 1000
        if value is None:
            raise BadInput(f"{readable(result.run.title)}: no energy is known, so there is no node data of it")
        key = tensor.encode("utf-8", "replace").decode() or str(layer.index)
        values.setdefault(key, []).append(value)
    title = readable(f"{result.run.title} on {result.run.board}: {quantity}")
    found = {key: {"value": math.fsum(each)} for key, each in values.items()}
    return json.dumps({"name": title, "results": found, "gradient": _GRADIENT}, indent=1).encode() + b"\n"
