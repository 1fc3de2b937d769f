"""The plans of the benchmark networks are the same bytes as ever: what a change of theirs costs is seen here first."""

import hashlib

import pytest

from simtiny.mlperf.tasks import TASKS
from simtiny.model.graph import Graph
from simtiny.model.official import MODELS
from simtiny.model.plan import serialize
from simtiny.model.standin import standin
from simtiny.model.tflite import load
from tests.model.official_files import official_file

# First 16 digits of the SHA-256 of the plan for the portable and for the SIMD kernels.
STAND_INS = {
    "kws01": ("cf78d78d9338be00", "8c28561ca6a57466"),
    "vww01": ("2b790c2ea22ebbd8", "777f816ae504c2b6"),
    "ic01": ("7a1a6de5598540b8", "511f6e4ca0ee41e0"),
    "ad01": ("d118d506cbc156f2", "d4388fd24b8ce35d"),
}
OFFICIAL = {
    "kws01": ("b4063666ba752981", "0c69962cfc0f6524"),
    "vww01": ("de8d44989bf2364a", "cb103142713b5be7"),
    "ic01": ("b85ddc9bb9b0ba36", "4472972b708ac1c3"),
    "ad01": ("ce820fc1d08b88a8", "2da307cd719684ac"),
    "ic02": ("e341908b6345f9d9", "bb0256accbed2d0d"),
    "sww01": ("7b92a41adfefb727", "d09d465f3d07dfaa"),
}


def digests(graph: Graph, name: str) -> tuple[str, ...]:
    reconstruction = name in TASKS and TASKS[name].metric == "auc"
    plans = [
        serialize(
            graph, kernels=kernels, name=name, input_encoding=MODELS[name].encoding, reconstruction=reconstruction
        )
        for kernels in ("portable", "dsp")
    ]
    return tuple(hashlib.sha256(plan.data).hexdigest()[:16] for plan in plans)


@pytest.mark.parametrize("name", STAND_INS)
def test_stand_ins(name: str) -> None:
    assert digests(standin(name), name) == STAND_INS[name]


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_models(name: str) -> None:
    path = official_file(name)
    assert digests(load(path), name) == OFFICIAL[name]
