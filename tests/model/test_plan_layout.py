"""The plan's structures: sizes worked out by hand, bytes written out, and what a caller can't get wrong in silence."""

import struct

import pytest

from simtiny.model import plan_layout as layout
from simtiny.model.plan_layout import RecordKind, Struct
from simtiny.options import Kernels

SIZES = [
    (layout.HEADER, 21 * 4 + 20),
    (layout.OPERATOR, 4 * 4),
    (layout.PATCHES, 13 * 4),
    (layout.CHANNEL, 4 * 4),
    (layout.CONV_RECORD, 16 + 52 + 11 * 4),
    (layout.MATMUL_RECORD, 16 + 10 * 4),
    (layout.ADD_RECORD, 16 + (2 + 3 * 4 + 9 + 2 + 2 + 2) * 4),
    (layout.POOL_RECORD, 16 + 52 + 3 * 4),
    (layout.MEAN_RECORD, 16 + (4 * 4 + 4) * 4),
    (layout.PAD_RECORD, 16 + (3 * 4 + 1) * 4),
    (layout.SOFTMAX_RECORD, 16 + 5 * 4),
    (layout.RESCALE_RECORD, 16 + 8 * 4),
]


@pytest.mark.parametrize(("structure", "size"), SIZES, ids=lambda value: getattr(value, "name", ""))
def test_sizes(structure: Struct, size: int) -> None:
    assert structure.size == size


def test_fields_are_packed_in_their_order() -> None:
    values = {"bias": -1, "rounding": 4, "multiplier": 2, "right_shift": -3}
    assert layout.CHANNEL.pack(values) == struct.pack("<4i", -1, 2, -3, 4)


def test_structures_and_arrays_inside_a_structure() -> None:
    head = {"kind": 8, "size": 68, "input": 16, "output": 32}
    shapes = {"input_shape": (1, 2, 3, 4), "before": (0, 1, 0, 1), "after": (0, 0, 2, 2)}
    packed = layout.PAD_RECORD.pack({"head": head, **shapes, "value": -128})
    assert packed == struct.pack("<4I13i", 8, 68, 16, 32, 1, 2, 3, 4, 0, 1, 0, 1, 0, 0, 2, 2, -128)


def test_wrong_fields_are_refused() -> None:
    values = {"bias": 0, "multiplier": 0, "right_shift": 0, "rounding": 0}
    with pytest.raises(KeyError, match="has no fields shift"):
        layout.CHANNEL.pack({**values, "shift": 0})
    with pytest.raises(KeyError, match="rounding"):
        layout.CHANNEL.pack({key: value for key, value in values.items() if key != "rounding"})
    with pytest.raises(struct.error):
        layout.CHANNEL.pack({**values, "bias": 1 << 31})
    head = dict.fromkeys(("kind", "size", "input", "output"), 0)
    with pytest.raises(ValueError, match="before has 3 elements instead of 4"):
        layout.PAD_RECORD.pack({"head": head, "input_shape": [1] * 4, "before": [0] * 3, "after": [0] * 4, "value": 0})


# As in the images and plans that are about.
NUMBERS = {
    "CONV": 1,
    "DEPTHWISE_CONV": 2,
    "FULLY_CONNECTED": 3,
    "ADD": 4,
    "AVERAGE_POOL": 5,
    "MAX_POOL": 6,
    "MEAN": 7,
    "PAD": 8,
    "SOFTMAX": 9,
    "QUANTIZE": 10,
    "REQUANTIZE": 11,
    "DEQUANTIZE": 12,
    "MATMUL_DSP": 32,
    "CONV_DSP": 33,
    "DEPTHWISE_CONV_DSP": 34,
    "DEPTHWISE_CONV_3X3_DSP": 35,
    "ADD_DSP": 36,
}


def test_numbers_stay_what_they_were() -> None:
    numbers = {kind.name: kind.number for kind in RecordKind}
    assert {name: numbers[name] for name in NUMBERS} == NUMBERS
    assert len(set(numbers.values())) == len(numbers)


def test_kinds_of_the_simd_set_say_so_in_their_names() -> None:
    assert all(kind.name.endswith("_DSP") == (kind.kernels is Kernels.DSP) for kind in RecordKind)
