"""Which boards a network fits, and what the message says where it does not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simtiny.board_file import board_names, load_board
from simtiny.errors import BadInput
from simtiny.image import Image
from simtiny.mlperf import built_in
from simtiny.mlperf.built_in import Bytes, firmware, room
from simtiny.mlperf.workload import build
from simtiny.options import Kernels
from simtiny.request import Request
from tests.model.flatbuffer_writer import INT8, network, operator, tensor

BOARD = "nucleo-l4r5zi"
PAD, MUL = 34, 18


def padded(side: int, code: int = PAD) -> bytes:
    """A picture of 4 x 4 that a PAD enlarges to `side` x `side`: one large activation, hardly any constants."""
    amounts = np.array([[0, 0], [0, side - 4], [0, side - 4], [0, 0]], np.int32)
    return network(
        [
            tensor("x", [1, 4, 4, 1], scales=[0.5], zero_points=[0], signature=[-1, 4, 4, 1]),
            tensor("amounts", [4, 2], 2, 1),
            tensor("y", [1, side, side, 1], INT8, scales=[0.5], zero_points=[0]),
        ],
        [operator(0, [0, 1], [2])],
        [code],
        [0],
        [2],
        [amounts.tobytes()],
    )


def message(tmp_path: Path, data: bytes, board: str = BOARD, kernels: Kernels | None = None) -> str:
    path = tmp_path / "net.tflite"
    path.write_bytes(data)
    with pytest.raises(BadInput) as caught:
        build(Request(model=path, board=board, kernels=kernels))
    return str(caught.value)


def free(board: str) -> Bytes:
    return room(firmware(load_board(board), None)[0])


def test_boards_that_have_the_room_are_named(tmp_path: Path) -> None:
    needed = 900 * 900 + 16
    fitting = [name for name in board_names() if free(name).ram >= needed]
    assert 0 < len(fitting) < len(board_names())
    line = message(tmp_path, padded(900))
    assert line.startswith(f"net does not fit the RAM of {BOARD}: it needs 810,016 bytes of RAM and there are ")
    assert line.endswith(f"; it fits {', '.join(fitting)}: choose with `board`")


def test_what_lacks_everywhere_is_said(tmp_path: Path) -> None:
    most = max(free(name).ram for name in board_names())
    line = message(tmp_path, padded(2000))
    nearest = next(name for name in board_names() if free(name).ram == most)
    less = 4_000_016 - most
    assert line.endswith(f"more than any board here has: {nearest} comes closest and lacks {less:,} bytes of RAM")


def test_a_network_that_can_not_run_is_told_its_memory_all_the_same(tmp_path: Path) -> None:
    line = message(tmp_path, padded(100, MUL))
    assert "as it is, it needs at least 32 bytes of flash and 10,016 of RAM, which every board has" in line
    assert "1 of its 1 operators is not supported: 1 MUL" in line
    fitting = [name for name in board_names() if free(name).ram >= 900 * 900 + 16]
    assert f"and 810,016 of RAM, which {', '.join(fitting)} ha" in message(tmp_path, padded(900, MUL))
    assert "more than any board here has: " in message(tmp_path, padded(2000, MUL))


def test_boards_without_the_kernels_that_were_asked_for_are_not_offered(tmp_path: Path) -> None:
    """The Cortex-M0+ board has no SIMD kernels."""
    small = padded(200)
    with pytest.raises(BadInput, match="has no dsp kernels"):
        firmware(load_board("nucleo-g0b1re"), Kernels.DSP)
    assert "nucleo-g0b1re" not in message(tmp_path, padded(900), kernels=Kernels.DSP)
    path = tmp_path / "small.tflite"
    path.write_bytes(small)
    assert build(Request(model=path, board="nucleo-l4r5zi", kernels=Kernels.DSP)).plan is not None


def test_kernels_that_need_less_are_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """kws01 takes 20,586 bytes with the SIMD kernels and 16,816 without."""
    whole = built_in._image

    def with_little_ram(path: Path) -> Image:
        image = whole(path)
        end = replace(image.symbols["arena_limit"], address=image.symbols["arena_base"].address + 18_000)
        return replace(image, symbols={**image.symbols, "arena_limit": end})

    monkeypatch.setattr(built_in, "_image", with_little_ram)
    with pytest.raises(BadInput, match=r"20,586 bytes of RAM .*, 2,586 too few; with `kernels` portable it fits; "):
        build(Request("kws01", BOARD))
    with pytest.raises(BadInput, match="2,586 too few; more than any board here has"):
        build(Request("kws01", BOARD, kernels=Kernels.DSP))


def test_what_was_decided_about_a_network_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(padded(8))
    notes = build(Request(model=path)).notes
    assert [note.text for note in notes] == ['net.tflite: input 0 "x" has an open batch: 1 is taken']
