"""What explains a change: functions by their names, layers in their order."""

from simtiny.gate.causes import causes_of
from simtiny.gate.figures import Figures


def figures(functions: dict[str, float], layers: list[tuple[str, float]]) -> Figures:
    return Figures(
        board="nucleo-l4r5zi",
        board_sha256="",
        image_sha256="",
        options={},
        operating_point={},
        metrics={},
        simtiny="",
        counting_sha256="",
        pricing_sha256="",
        functions={name: (cycles, None) for name, cycles in functions.items()},
        layers={f"layer {index} {kind}": (cycles, None) for index, (kind, cycles) in enumerate(layers)},
    )


def test_a_layer_that_is_put_in_shifts_no_others() -> None:
    then = figures({}, [("CONV_2D", 100), ("DEPTHWISE_CONV_2D", 50), ("SOFTMAX", 10)])
    now = figures({}, [("CONV_2D", 100), ("ADD", 7), ("DEPTHWISE_CONV_2D", 55), ("SOFTMAX", 10)])
    found = [(cause.name, cause.cycles_before, cause.cycles_now) for cause in causes_of(then, now)]
    assert found == [("layer 1 ADD", 0, 7), ("layer 2 DEPTHWISE_CONV_2D", 50, 55)]


def test_a_clone_is_the_function_that_it_was_made_of() -> None:
    then, now = figures({"work": 100, "other": 5}, []), figures({"work.constprop.0": 130, "other": 5}, [])
    (cause,) = causes_of(then, now)
    assert (cause.cycles_before, cause.cycles_now) == (100, 130)
    assert cause.name.startswith("work")
