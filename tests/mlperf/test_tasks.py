"""The benchmarks' facts, counted again here from the layer shapes."""

import struct

import pytest

from simtiny.errors import BadInput
from simtiny.mlperf.tasks import ONE_BENCHMARK, TASKS, synthetic_input, task
from simtiny.model.official import MODELS
from simtiny.model.standin import names


def _mobilenet_macs() -> int:
    """Visual wake words: 96x96x3, width 0.25. (output side, channels in, channels out) of each separable block."""
    blocks = [(48, 8, 16), (24, 16, 32), (24, 32, 32), (12, 32, 64), (12, 64, 64), (6, 64, 128)]
    blocks += [(6, 128, 128)] * 5 + [(3, 128, 256), (3, 256, 256)]
    separable = sum(side * side * (9 * channels + channels * out) for side, channels, out in blocks)
    return 48 * 48 * 27 * 8 + separable + 256 * 2


def _resnet_macs() -> int:
    """ResNet-8: three stacks of two 3x3 convolutions, the later two with a 1x1 shortcut."""
    first = 32 * 32 * 9 * (3 * 16 + 16 * 16 + 16 * 16)
    second = 16 * 16 * (9 * (16 * 32 + 32 * 32) + 16 * 32)
    third = 8 * 8 * (9 * (32 * 64 + 64 * 64) + 32 * 64)
    return first + second + third + 64 * 10


MACS = {
    "kws01": 125 * (10 * 4 * 64 + 4 * (9 * 64 + 64 * 64)) + 64 * 12,
    "vww01": _mobilenet_macs(),
    "ic01": _resnet_macs(),
    "ad01": 640 * 128 * 2 + 6 * 128 * 128 + 2 * 128 * 8,
}


@pytest.mark.parametrize("name", TASKS)
def test_macs(name: str) -> None:
    assert TASKS[name].macs == MACS[name]


def test_input_lengths_of_the_official_data_sets() -> None:
    assert {name: each.input_bytes for name, each in TASKS.items()} == {
        "kws01": 490,
        "vww01": 27648,
        "ic01": 3072,
        "ad01": 2560,
    }


@pytest.mark.parametrize("name", TASKS)
def test_synthetic_input_is_fixed_and_of_the_right_length(name: str) -> None:
    each = TASKS[name]
    data = synthetic_input(each.input_bytes, each.encoding)
    assert len(data) == each.input_bytes
    assert data == synthetic_input(each.input_bytes, each.encoding)
    assert len(set(data)) > 100


def test_synthetic_spectrogram_lies_in_decibels() -> None:
    values = struct.unpack("<640f", synthetic_input(2560, "float32"))
    assert -80.0 <= min(values) < -70.0
    assert -10.0 < max(values) <= 0.0


def test_unknown_benchmark() -> None:
    with pytest.raises(
        BadInput, match=r"unknown benchmark 'kws02' \(did you mean kws01\?\): choose from kws01, vww01, ic01, ad01"
    ):
        task("kws02")


def test_what_others_say_of_the_benchmarks() -> None:
    assert ONE_BENCHMARK == "kws01, vww01, ic01 or ad01"
    assert set(TASKS) == set(names())
    assert [MODELS[name].encoding for name in TASKS] == [task.encoding for task in TASKS.values()]
