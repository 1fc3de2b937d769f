"""The firmware's side of the MLPerf Tiny protocol, on the emulated board."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simtiny.board_file import load_board
from simtiny.errors import BadInput
from simtiny.image_load import load
from simtiny.machine.machine import Machine
from simtiny.mlperf.protocol import Session
from simtiny.model.graph import Graph, Operator, Tensor
from simtiny.model.plan import Plan, serialize
from tests.firmware.networks import per_tensor

IMAGES = Path(__file__).parents[2] / "firmware/images"
INT8 = np.dtype(np.int8)
COUNT = 6


def identity() -> Graph:
    """A fully connected layer that gives its input back, with a scale of its own: 0.5 * q against 0.25 * (q + 10)."""
    weights = np.eye(COUNT, dtype=np.int8)
    tensors = (
        Tensor("in", (1, COUNT), INT8, per_tensor(0.5, 0), None),
        Tensor("weights", (COUNT, COUNT), INT8, per_tensor(1.0, 0), weights),
        Tensor("out", (1, COUNT), INT8, per_tensor(0.25, -10), None),
    )
    return Graph("test", tensors, (Operator("FULLY_CONNECTED", (0, 1), (2,), {"activation": "NONE"}),), (0,), (2,))


def boot(plan: Plan | None, kernels: str = "dsp") -> tuple[Session, list[str]]:
    image = load(IMAGES / f"nucleo-l4r5zi-{kernels}.elf")
    segments = () if plan is None else ((image.symbols["plan_base"].address, plan.data),)
    session = Session(Machine(load_board("nucleo-l4r5zi"), image, segments, serial_takes_time=False))
    return session, session.boot()


def plan(name: str = "kws01", kernels: str = "dsp", encoding: str | None = None, reconstruction: bool = False) -> Plan:
    return serialize(identity(), kernels=kernels, name=name, input_encoding=encoding, reconstruction=reconstruction)


def test_boot_and_identification() -> None:
    session, lines = boot(plan())
    assert lines[0] == "m-timestamp-mode-performance"
    assert lines[1].startswith("m-lap-us-")
    assert lines[2:] == ["m-init-done"]
    assert session.command("name") == ["m-name-dut-[simtiny]"]
    assert session.command("profile") == [
        "m-profile-[ULPMark for tinyML Firmware V0.0.1]",
        "m-model-[kws01]",
    ]
    assert any(line.startswith("infer N") for line in session.command("help"))


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("jump", "e-[Unknown command: jump]"),
        ("db", "e-[Command 'db' requires a subcommand]"),
        ("db load", "e-[Command 'db load' requires the # of bytes]"),
        ("db load 0", "e-[Command 'db load' must be >0 bytes]"),
        ("db load 7", "e-[Supplied buffer size 7 exceeds maximum of 6]"),
        ("db 123", "e-[Insufficient number of hex digits]"),
        ("infer 0", "e-[Inference iterations must be >0]"),
        ("infer 1 -1", "e-[Inference warmup must be >=0]"),
        ("infer 1 0", "e-[Input has 0 bytes, expected 6]"),
    ],
)
def test_errors(command: str, answer: str) -> None:
    session, _ = boot(plan())
    assert session.command(command) == [answer]


def test_input_comes_back_as_it_was_sent() -> None:
    session, _ = boot(plan(encoding="uint8"))
    assert session.command("db load 6") == ["m-[Expecting 6 bytes]"]
    assert session.command("db 0a80") == []
    assert session.command("db 0x") == ["e-[Invalid hex digit]"]
    assert session.command("db FF7f0001") == ["m-load-done"]
    assert session.command("db print") == ["m-buffer-0a-80-ff-7f-00-01"]


def test_inferences_repeat_on_the_same_input() -> None:
    session, _ = boot(plan())
    session.load_input(np.array([-20, -3, 0, 1, 5, 60], np.int8).tobytes())
    lines = session.command("infer 2 3")
    stamps = [line for line in lines if line.startswith("m-lap-us-")]
    assert len(stamps) == 2
    assert [line for line in lines if line not in stamps] == [
        "m-warmup-start-3",
        "m-warmup-done",
        "m-infer-start-2",
        "m-infer-done",
        "m-results-[-10.000,-1.500,0.000,0.500,2.500,30.000]",
    ]
    assert session.command("results")[0] == lines[-1]


def test_pixels_count_from_minus_128() -> None:
    session, _ = boot(plan(encoding="uint8"))
    session.load_input(bytes([128, 129, 127, 138, 148, 108]))
    assert session.infer().results == (0.0, 0.5, -0.5, 5.0, 10.0, -10.0)


def test_reconstruction_error_of_floats() -> None:
    # Quantized in steps of 0.5 the values become 0, 0.5, -1, 2, 4, 10: only the first two are off, by 0.1 and 0.2.
    session, _ = boot(plan("ad01", encoding="float32", reconstruction=True))
    session.load_input(struct.pack("<6f", 0.1, 0.3, -1.0, 2.0, 4.0, 10.0))
    assert session.infer().results == (pytest.approx((0.1**2 + 0.2**2) / 6, abs=5e-4),)


def test_without_a_model_the_firmware_says_so() -> None:
    session, lines = boot(None)
    assert lines[-2:] == ["e-[no model]", "m-init-done"]
    assert session.command("profile")[1] == "m-model-[none]"
    assert session.command("infer 1 0") == ["e-[no model]"]


def test_plan_for_the_other_kernels_is_refused() -> None:
    _, lines = boot(plan(kernels="portable"))
    assert "e-[model plan for another kernel set]" in lines


@pytest.mark.parametrize(
    ("kernels", "kind"),
    [("portable", 31), ("dsp", 31), ("dsp", 37), ("portable", 32)],  # 32 is the first of the SIMD set
)
def test_a_record_that_the_firmware_does_not_know_ends_without_results(kernels: str, kind: int) -> None:
    sound = plan(kernels=kernels)
    assert struct.unpack_from("<I", sound.data, 104) == (3,)  # behind the header: FULLY_CONNECTED
    later = replace(sound, data=sound.data[:104] + struct.pack("<I", kind) + sound.data[108:])
    session, lines = boot(later, kernels)
    assert lines[-1] == "m-init-done"
    session.load_input(bytes(COUNT))
    answer = session.command("infer 1 0")
    assert answer[-2:] == ["m-infer-done", "e-[model plan with an operator that this firmware lacks]"]
    assert session.command("results") == answer[-1:]
    with pytest.raises(BadInput, match="image is older than the plan: it lacks an operator of this network") as caught:
        session.infer()
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
