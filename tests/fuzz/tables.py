"""What users write: platform files, tables, requests, options."""

import io
import json
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console

from simtiny.board_file import load_board, read_board
from simtiny.bounds import Bounds
from simtiny.calibration.observe import read_measurements
from simtiny.cli.outputs import json_text
from simtiny.cli.serve import parse_tcp
from simtiny.comparison.compare import compared
from simtiny.comparison.saved import read_document
from simtiny.comparison.sides import pairs, side
from simtiny.errors import SimtinyError
from simtiny.flash.what_if import parse_caches
from simtiny.image import Image
from simtiny.image_load import parse
from simtiny.machine.machine import Machine
from simtiny.mlperf import datasets
from simtiny.mlperf.workload import build
from simtiny.options import Kernels
from simtiny.published import _wiring
from simtiny.report.compare_html import compare_page
from simtiny.report.compare_text import compare_report
from simtiny.report.document import compare_document
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
def _results() -> tuple[bytes, ...]:
    function = {"name": "work", "cycles": 60.5, "energy_uj": 0.25}
    result = {
        "title": "ad01",
        "benchmark": "ad01",
        "board": "nucleo-l4r5zi",
        "firmware": "built-in",
        "window": "one inference",
        "latency_ms": 1.0,
        "latency_low_ms": 0.9,
        "latency_high_ms": 1.1,
        "cycles": 1000,
        "instructions": 900,
        "cycles_by_effect": {"issue": 900, "memory": -20, "flash_code": 70, "sleep": 50},
        "operating_point": {"clock_hz": 1e6, "wait_states": 1, "prefetch": True},
        "energy": {
            "energy_uj": 0.5,
            "mean_power_mw": 1.0,
            "supply_v": 3.3,
            "by_event_uj": {"cycles": 0.4, "static": 0.1},
        },
        "memory": {"flash_bytes": 1000, "ram_bytes": 10, "plan_bytes": None},
        "by_function": [function, {**function, "name": "rest"}],
        "layers": [{"index": 0, "kind": "CONV_2D", "output_shape": [1, 2], "cycles": 900, "energy_uj": 0.4}],
        "notes": ["one"],
        "options": {"benchmark": "ad01", "clock_hz": None},
    }
    return (
        json.dumps(
            {"schema": "simtiny.run/1", "version": "0", "results": [result, {**result, "energy": None}]}
        ).encode(),
    )


def _saved(data: bytes) -> None:
    """Compared with what it was made of, as text, as JSON and as a page."""
    whole = json.loads(_results()[0])["results"][0]
    for result in read_document(written("saved.json", data)).results:
        for comparison in (compared(whole, result), compared(result, whole)):
            json_text(compare_document([comparison]))
            compare_page([comparison])
            Console(file=io.StringIO(), width=80).print(compare_report([comparison]))
    assert pairs(side("A", str(scratch() / "saved.json")), side("B", "clock=80"), (), {})


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
        lambda: side("A", text),
        lambda: side("A", f"kws01,clock={text}"),
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
    "saved": Surface(_results, _saved, 40, mutations.mutated_json),
    "words": Surface(_words, _word, 25, mutations.mutated_text),
}
