"""What users write: platform files, tables, requests, options."""

import json
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from simtiny.board_file import load_board, read_board
from simtiny.bounds import Bounds
from simtiny.calibration.observe import read_measurements
from simtiny.cli.serve import parse_tcp
from simtiny.errors import SimtinyError
from simtiny.flash.what_if import parse_caches
from simtiny.image import Image
from simtiny.image_load import parse
from simtiny.machine.machine import Machine
from simtiny.mlperf import datasets
from simtiny.mlperf.workload import build
from simtiny.options import Kernels
from simtiny.published import _wiring
from simtiny.request import Request
from simtiny.symbols import resolve
from tests.fuzz import mutations
from tests.fuzz.firmware import elf_samples, segment
from tests.fuzz.surface import ROOT, Surface, scratch, written

# --- platform files ---------------------------------------------------------------------------------------------------


@cache
def _platforms() -> tuple[bytes, ...]:
    names = ("tests/programs/board.toml", "tests/programs/board_m33.toml", "platforms/nucleo-l4r5zi-p.toml")
    overlay = b'board = "nucleo-l4r5zi"\n[wiring]\nFLASH = { dual_bank = false }\n[power]\nstatic_uw = 12.0\n'
    return (*((ROOT / name).read_bytes() for name in (*names, "platforms/mcu/stm32g0b1.toml")), overlay)


def _platform(data: bytes) -> None:
    board = read_board(written("board.toml", data))
    if zlib.crc32(data) % 8 == 0:
        machine = Machine(board, parse("fuzzed", segment(), address=board.main_flash.base))
        machine.run(limit_cycles=1000)


@cache
def _measurements() -> tuple[bytes, ...]:
    return (
        b"image,supply_v,energy_uj,stack\nfw.elf,1.8,2030.5,mine\nfw2.elf,3.3,4000,mine\n",
        b"image,address,benchmark,supply_v,current_ma,clock_hz\nfw.bin,0x08000000,kws01,1.8,9.5,120e6\n",
    )


def _measured(data: bytes) -> None:
    read_measurements(written("measurements.csv", data))


@cache
def _labels() -> tuple[bytes, ...]:
    return (b"a.bin,2,0\nb.bin,2,1\n", b"a.bin,2,0,16,4\nb.bin,2,1,16,8\n")


def _dataset(data: bytes) -> None:
    for name in ("a.bin", "b.bin"):
        if not (scratch() / name).exists():
            written(name, bytes(16))
    written(datasets.LABELS_FILE, data)
    for sample in datasets.load(scratch(), classes=2):
        for _ in sample.inputs(16):
            pass


@cache
def _requests() -> tuple[bytes, ...]:
    requests = (
        Request("kws01", "nucleo-l4r5zi", clock_hz=24e6, wait_states=1, supply_v=1.8, period_s=0.1, sleep="stop2"),
        Request(None, "x.toml", image=Path("fw.elf"), address=0x08000000, start="a", end="b"),
        Request("ad01", kernels=Kernels.DSP, caches=("16K/2", "8K/2,4K/4")),
    )
    return tuple(request.to_json().encode() for request in requests)


def _request(data: bytes) -> None:
    try:
        words = json.loads(data)
    except (ValueError, RecursionError):
        return  # no JSON: nothing of simtiny's has read it
    if not isinstance(words, dict):
        return
    request = Request.from_dict(words)
    again = Request.from_dict(json.loads(request.to_json()))
    assert again == request and hash(again) == hash(request)
    if request.image is None and request.model is None and zlib.crc32(data) % 64 == 0:
        build(request)


@cache
def _words() -> tuple[bytes, ...]:
    return (b"16K/2", b"8K/2,4K/4", b"127.0.0.1:5555", b"[::1]:80", b"FLASH.dual_bank=false", b"0x08000041", b"work")


def _word(data: bytes) -> None:
    """Options that have a form of their own, one after the other."""
    text, board = data.decode("utf-8", "surrogateescape"), load_board("nucleo-l4r5zi")
    image = _small_image()
    for read in (
        lambda: parse_caches(text, board),
        lambda: parse_tcp(text),
        lambda: resolve(image, text),
        lambda: load_board(text) if not text.endswith(".toml") else board,
        lambda: Bounds(text, None).description,
        lambda: _published_wiring(text),
    ):
        try:
            read()
        except SimtinyError:
            continue


def _published_wiring(text: str) -> Mapping[str, Any] | None:
    """Of the package's own table: what is no JSON is a fault of the package, not of a user."""
    try:
        return _wiring(text)
    except ValueError:
        return None


@cache
def _small_image() -> Image:
    return parse("small", elf_samples()[0])


SURFACES: Mapping[str, Surface] = {
    "platform": Surface(_platforms, _platform, 20, mutations.mutated_text),
    "measurements": Surface(_measurements, _measured, 115, mutations.mutated_text),
    "dataset": Surface(_labels, _dataset, 80, mutations.mutated_text),
    "request": Surface(_requests, _request, 130, mutations.mutated_json),
    "words": Surface(_words, _word, 25, mutations.mutated_text),
}
