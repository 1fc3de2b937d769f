"""Windows on real firmware: by the protocol, by a function, between symbols; and the layers inside."""

from dataclasses import replace

import pytest

from simtiny.bounds import Bounds
from simtiny.data import data_path
from simtiny.errors import BadInput, FirmwareFault, SimtinyError, Unpriced
from simtiny.mlperf.measure import END_OF_INFERENCE, LAYER_PORT, MOST_MARKS, LayerClock, measure
from simtiny.mlperf.measurement import Measurement
from simtiny.mlperf.tasks import TASKS
from simtiny.mlperf.workload import Workload, build
from simtiny.request import Request
from tests.machine.bare import HERE, board

BOARD = "nucleo-l4r5zi"

CHARACTER_CYCLES = 10_417  # 10 bits at 115,200 baud and 120 MHz


@pytest.fixture(scope="module")
def keyword() -> Workload:
    return build(Request("kws01", BOARD))


@pytest.fixture(scope="module")
def inference(keyword: Workload) -> Measurement:
    return measure(keyword.flashed)


def test_the_layers_fill_the_window(keyword: Workload, inference: Measurement) -> None:
    assert keyword.plan is not None
    assert len(inference.layers) == len(keyword.plan.layers)
    assert all(layer.cycles > 0 for layer in inference.layers)
    assert sum(layer.cycles for layer in inference.layers) == pytest.approx(inference.profile.cycles, rel=0.001)


def test_the_number_of_the_first_timestamp_and_what_prints_it(keyword: Workload, inference: Measurement) -> None:
    """Its digits are made and sent in the window, before anything of the network runs."""
    start = inference.said.index("m-infer-start-1")
    lap, result = inference.said[start + 1], inference.said[-2]
    assert lap == f"m-lap-us-{inference.stamp_us}"
    assert result.startswith("m-results-[")
    assert inference.said[-1] == "m-ready"
    assert inference.stamp is not None
    assert 100 < inference.stamp.cycles < 2_000
    functions = {
        keyword.image.function_at(inference.stamp.blocks[block].address) for block in inference.stamp.edges[:, 1]
    }
    assert "multiply_pair" not in {function.name for function in functions if function}


def test_the_same_run_gives_the_same_counts(keyword: Workload, inference: Measurement) -> None:
    again = measure(keyword.flashed)
    assert again.profile.cycles == inference.profile.cycles
    assert [layer.cycles for layer in again.layers] == [layer.cycles for layer in inference.layers]
    assert (again.profile.edges == inference.profile.edges).all()


def test_one_call_of_the_inference_function_is_the_protocols_window(keyword: Workload, inference: Measurement) -> None:
    call = measure(keyword.flashed, Bounds("model_infer", None))
    assert call.window == "one call of model_infer"
    assert call.profile.cycles == pytest.approx(inference.profile.cycles, rel=0.001)


def test_from_one_symbol_to_another_contains_the_call(keyword: Workload) -> None:
    call = measure(keyword.flashed, Bounds("plan_run", None))
    stretch = measure(keyword.flashed, Bounds("plan_run", "results_command"))
    assert 0 < stretch.profile.cycles - call.profile.cycles - 29 * CHARACTER_CYCLES < 5000  # 31, 2 still on their way


def test_a_window_before_the_first_command_needs_no_protocol(keyword: Workload) -> None:
    cycles = measure(keyword.flashed, Bounds("timestamp", None)).profile.cycles
    assert abs(cycles - 15 * CHARACTER_CYCLES) < 100  # m-lap-us- and four digits, CR, LF, behind two on their way


def test_a_window_that_never_closes(keyword: Workload) -> None:
    with pytest.raises(FirmwareFault, match="did not return from main, but answered an infer command"):
        measure(keyword.flashed, Bounds("main", None))


def test_an_unknown_symbol_suggests_the_nearest(keyword: Workload) -> None:
    with pytest.raises(BadInput, match=r"no symbol 'modelinfer' \(did you mean model_infer\?\)"):
        measure(keyword.flashed, Bounds("modelinfer", None))


def test_an_address_serves_as_a_symbol(keyword: Workload) -> None:
    address = keyword.image.symbols["plan_run"].address
    by_name, by_address = (measure(keyword.flashed, Bounds(start, None)) for start in ("plan_run", f"{address:#x}"))
    assert by_name.profile.cycles == by_address.profile.cycles


def test_an_image_without_a_model_is_not_measured_by_the_protocol() -> None:
    image = data_path("firmware", "images", f"{BOARD}-dsp.elf")
    with pytest.raises(BadInput, match="does not say which benchmark it runs"):
        measure(build(Request(board=BOARD, image=image)).flashed)


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        (b"sww01", Unpriced, "it runs sww01: a streaming wake word has no single inference"),
        (b"mynet", BadInput, r"says that it runs 'mynet': name it \(kws01, vww01, ic01, ad01\), or bound"),
    ],
)
def test_another_network_is_told_as_the_firmware_tells_it(
    keyword: Workload, name: bytes, kind: type[SimtinyError], said: str
) -> None:
    """The plan of kws01 under another name, on firmware that is taken for a user's."""
    segments = tuple((address, data.replace(b"kws01", name)) for address, data in keyword.segments)
    flashed = replace(keyword.flashed, segments=segments, network_inside=True, task=None, input_format=None)
    with pytest.raises(kind, match=said):
        measure(flashed)


def test_bounds_must_be_code_on_the_board(keyword: Workload) -> None:
    data = next(symbol.name for symbol in keyword.image.symbols.values() if symbol.kind == "object")
    with pytest.raises(BadInput, match="is data: measure a function"):
        measure(keyword.flashed, Bounds(data, None))
    with pytest.raises(BadInput, match="0x90000000 lies outside of all memories"):
        measure(keyword.flashed, Bounds("plan_run", "0x90000000"))


def test_a_function_that_is_never_called(keyword: Workload) -> None:
    with pytest.raises(FirmwareFault, match="did not reach fault_handler, but answered an infer command"):
        measure(keyword.flashed, Bounds("fault_handler", None))


def test_an_image_that_runs_another_benchmark_than_named(keyword: Workload) -> None:
    foreign = replace(keyword, task=TASKS["ic01"], graph=None)
    with pytest.raises(BadInput, match="says that it runs kws01, not ic01"):
        measure(foreign.flashed)


def test_firmware_that_marks_layers_without_end_gets_none() -> None:
    machine = board([HERE])
    clock = LayerClock(machine)
    clock.listen()
    for number in (*range(MOST_MARKS), END_OF_INFERENCE):
        machine.on_stimulus(LAYER_PORT, number)
    assert clock.profiles() == ()
    assert not clock.marks
