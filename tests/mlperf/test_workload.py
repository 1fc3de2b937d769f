"""What is put on the board, and what is refused before anything runs."""

from pathlib import Path

import pytest

from simtiny import published as catalogue
from simtiny.data import data_path
from simtiny.errors import BadInput
from simtiny.mlperf.tasks import TASKS
from simtiny.mlperf.workload import build
from simtiny.notes import texts
from simtiny.options import DEFAULT_BOARD, Kernels
from simtiny.published import PublishedImage
from simtiny.request import Request

BOARD = "nucleo-l4r5zi"
FIRMWARE = data_path("firmware", "images", f"{BOARD}-dsp.elf")
SHARED_MODELS = Path(__file__).resolve().parents[2] / "../shared/models"
needs_models = pytest.mark.skipif(not SHARED_MODELS.is_dir(), reason="needs ../shared/models")


@pytest.mark.parametrize("name", TASKS)
def test_a_benchmark_brings_firmware_plan_and_input(name: str) -> None:
    workload = build(Request(name, BOARD))
    assert workload.title == name
    assert "stand-in" in workload.weights
    assert workload.flashed.input_format == (TASKS[name].input_bytes, TASKS[name].encoding)
    assert workload.plan is not None
    assert sum(layer.macs for layer in workload.plan.layers) == TASKS[name].macs
    ((address, data),) = workload.segments
    assert address >= max(segment.end for segment in workload.image.segments)
    assert data == workload.plan.data


def test_both_kernel_sets_have_a_firmware() -> None:
    images = {kernels: build(Request("ad01", BOARD, kernels=kernels)).image.sha256 for kernels in Kernels}
    assert len(set(images.values())) == 2


def test_a_users_image_is_taken_as_it_is() -> None:
    workload = build(Request(board=BOARD, image=FIRMWARE))
    assert (workload.title, workload.segments, workload.weights) == (FIRMWARE.stem, (), "in the image")
    assert workload.flashed.input_format is None


def test_a_published_image_brings_its_board_and_what_was_set_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = PublishedImage(
        *("9.9", "them", "BOARD", "nucleo-l4r5zi-p", "kws01", "performance", {"FLASH": {"dual_bank": True}}),
        *("them/results", "0" * 40, FIRMWARE.name, 1, build(Request(board=BOARD, image=FIRMWARE)).image.sha256),
    )
    monkeypatch.setattr(catalogue, "published_images", lambda: (published,))

    def built(board: str | None) -> tuple[str, bool, list[str]]:
        workload = build(Request(board=board, image=FIRMWARE))
        assert workload.published is published
        (flash,) = (each for each in workload.board.peripherals if each.name == "FLASH")
        return workload.board.id, flash.parameters["dual_bank"], texts(workload.notes)

    own, recorded = "on nucleo-l4r5zi-p, the board that it was", "recorded with FLASH.dual_bank = true, which no image"
    board, dual_bank, notes = built(None)
    assert (board, dual_bank) == ("nucleo-l4r5zi-p", True)  # single bank in its platform file
    assert own in notes[0] and recorded in notes[1] and notes[1].endswith(": set so")
    board, dual_bank, notes = built("nucleo-l4r5zi-p")
    assert (board, dual_bank, len(notes)) == ("nucleo-l4r5zi-p", True, 1)
    file = tmp_path / "mine.toml"
    for text, expected, end in (
        ('board = "nucleo-l4r5zi-p"\n[power]\nunit_pj = 77.0\n', True, ": set so"),
        ('board = "nucleo-l4r5zi-p"\n[wiring]\nFLASH = { dual_bank = false }\n', False, "mine.toml decides"),
        ('board = "nucleo-l4r5zi"\nid = "mine"\n', True, "mine.toml decides"),  # dual bank by itself
    ):
        file.write_text(text)
        _, dual_bank, notes = built(str(file))
        assert dual_bank is expected, text
        assert recorded in notes[0] and notes[0].endswith(end)
    with pytest.raises(BadInput, match=r"this is the performance image of v9\.9 them BOARD kws01: choose `board`"):
        built("nucleo-u575zi-q")


def test_a_name_that_is_no_utf_8_is_spelled_out(tmp_path: Path) -> None:
    path = tmp_path / "a\udcff.elf"
    path.write_bytes(FIRMWARE.read_bytes())
    workload = build(Request(board=BOARD, image=path))
    assert (workload.title, workload.firmware, workload.image.name) == ("a\\udcff", "a\\udcff.elf", "a\\udcff.elf")


def test_without_a_board_other_images_run_on_the_default() -> None:
    workload = build(Request(board=None, image=FIRMWARE))
    assert (workload.board.id, workload.published, workload.notes) == (DEFAULT_BOARD, None, ())


@needs_models
def test_a_users_network_is_sent_what_its_input_holds() -> None:
    workload = build(Request(board=BOARD, model=SHARED_MODELS / "sww01.tflite"))
    assert workload.title == "sww01"
    assert workload.graph is not None
    (size, encoding) = workload.flashed.input_format or (0, "")
    elements = 1
    for extent in workload.graph.tensors[workload.graph.inputs[0]].shape:
        elements *= extent
    assert (size, encoding) == (elements, "int8")


@needs_models
def test_a_network_of_another_benchmark_is_refused() -> None:
    with pytest.raises(BadInput, match="is not that of kws01"):
        build(Request("kws01", BOARD, model=SHARED_MODELS / "ic01.tflite"))


def test_unknown_board() -> None:
    with pytest.raises(BadInput, match="nucleo-l4r5zi"):
        build(Request("kws01", "nucleo-l4r5z"))


def test_unknown_benchmark() -> None:
    with pytest.raises(BadInput, match="unknown benchmark"):
        build(Request("kws1", BOARD))


def test_nothing_chosen() -> None:
    with pytest.raises(BadInput, match="nothing to run"):
        build(Request(board=BOARD))


@pytest.mark.parametrize(
    ("name", "content"),
    [("notes.elf", b"just a text"), ("cut.elf", FIRMWARE.read_bytes()[:100]), ("zero.bin", bytes(64))],
)
def test_what_is_no_firmware_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match=name):
        build(Request(board=BOARD, image=path))


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.tflite"
    path.write_bytes(b"\x1c\x00\x00\x00TFL3" + bytes(40))
    with pytest.raises(BadInput, match=r"broken\.tflite"):
        build(Request(board=BOARD, model=path))


def test_a_network_too_large_says_by_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from simtiny.mlperf import built_in as module

    def enlarged(path: Path) -> object:
        whole = load(path)
        symbols = dict(whole.symbols)
        symbols["arena_limit"] = replace(symbols["arena_limit"], address=symbols["arena_base"].address + 16_000)
        return replace(whole, symbols=symbols)

    load = module._image
    monkeypatch.setattr(module, "_image", enlarged)
    with pytest.raises(
        BadInput, match=r"kws01 does not fit the RAM of nucleo-l4r5zi: .* there are 16,000, [\d,]+ too few"
    ):
        build(Request("kws01", BOARD))
