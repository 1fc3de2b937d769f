"""Every kernel of both sets, in the committed images, gives the reference interpreter's bytes."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simtiny.model.graph import Graph
from simtiny.model.operators import OPERATORS
from simtiny.model.plan import serialize
from simtiny.model.plan_layout import KERNEL_SETS
from simtiny.model.tflite import parse
from tests.firmware import networks
from tests.firmware.support import Kernels, expected, interpreter, tflite

SHARED = Path(__file__).parents[2] / "../shared"
SEEDS = st.integers(0, 2**32 - 1)
EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def core(kernels: str) -> Kernels:
    return Kernels(kernels)


def random_input(graph: Graph, seed: int) -> np.ndarray:
    tensor = graph.tensors[graph.inputs[0]]
    generator = np.random.default_rng(seed)
    if tensor.dtype == np.float32:
        return generator.normal(0, 20, tensor.shape).astype(np.float32)
    limits = np.iinfo(tensor.dtype)
    return generator.integers(limits.min, limits.max + 1, tensor.shape).astype(tensor.dtype)


def check(graph: Graph, seed: int) -> None:
    content = random_input(graph, seed)
    reference = expected(tflite(graph), content)
    for kernels in KERNEL_SETS:
        output = core(kernels).run(serialize(graph, kernels=kernels, name="test"), content.tobytes())
        result = np.frombuffer(output, reference.dtype).reshape(reference.shape)
        np.testing.assert_array_equal(result, reference, err_msg=kernels)


def test_every_operator_is_tested() -> None:
    assert set(networks.NETWORKS) == {kind for kind, row in OPERATORS.items() if row.lower is not None}


@pytest.mark.parametrize("kind", networks.NETWORKS)
@EXAMPLES
@given(st.data(), SEEDS)
def test_kernel(kind: str, data: st.DataObject, seed: int) -> None:
    check(data.draw(networks.NETWORKS[kind]), seed)


@EXAMPLES
@given(networks.pointwise_convolutions(), SEEDS)
def test_pointwise_convolution(graph: Graph, seed: int) -> None:
    check(graph, seed)


def official(name: str) -> bytes:
    path = SHARED / "models" / f"{name}.tflite"
    if not path.exists():
        pytest.skip("the official models are not here")
    return path.read_bytes()


OFFICIAL = [
    pytest.param(name, kernels, marks=[pytest.mark.slow] if (name, kernels) == ("ic02", "portable") else [])
    for name in ("kws01", "vww01", "ic01", "ad01", "sww01", "ic02")
    for kernels in KERNEL_SETS
]


@pytest.mark.parametrize(("name", "kernels"), OFFICIAL)
def test_official_model_on_random_inputs(name: str, kernels: str) -> None:
    model = official(name)
    graph = parse(model, name)
    plan = serialize(graph, kernels=kernels, name="test")
    reference = interpreter(model)
    for seed in range(3):
        content = random_input(graph, seed)
        reference.set_input(content, 0)
        reference.invoke()
        assert core(kernels).run(plan, content.tobytes()) == reference.get_output(0).tobytes()


@pytest.mark.parametrize("kernels", KERNEL_SETS)
def test_official_keyword_model_on_real_inputs(kernels: str) -> None:
    files = sorted((SHARED / "datasets/kws01").glob("*.bin"))[:20]
    model = official("kws01")
    if not files:
        pytest.skip("the keyword samples are not here")
    graph = parse(model, "kws01")
    plan = serialize(graph, kernels=kernels, name="test")
    reference = interpreter(model)
    for file in files:
        content = np.frombuffer(file.read_bytes(), np.int8).reshape(1, 49, 10, 1)
        reference.set_input(content, 0)
        reference.invoke()
        assert core(kernels).run(plan, content.tobytes()) == reference.get_output(0).tobytes()


def test_each_layer_is_marked_on_the_trace_port() -> None:
    graph = parse(official("kws01"), "kws01")
    plan = serialize(graph, kernels="dsp", name="test")
    machine = core("dsp")
    machine.run(plan, bytes(490))
    assert machine.marks == [*range(len(plan.layers)), 0xFFFF_FFFF]
    assert [layer.kind for layer in plan.layers][-3:] == ["AVERAGE_POOL_2D", "FULLY_CONNECTED", "SOFTMAX"]
