"""Everything that simtiny reads from others, as functions of bytes. They end well or in a SimtinyError."""

import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from simtiny.board import Board
from simtiny.board_file import load_board, read_board
from simtiny.bounds import Bounds
from simtiny.calibration.observe import read_measurements
from simtiny.cli.serve import parse_tcp
from simtiny.counting import stream
from simtiny.counts import Question, _measurement
from simtiny.energy import energy
from simtiny.errors import BadInput, SimtinyError
from simtiny.events import EVENTS, EventCounts
from simtiny.flash.what_if import parse_caches
from simtiny.image import Image
from simtiny.image_load import check_fits, parse
from simtiny.machine.machine import Machine
from simtiny.machine.replay import Replay
from simtiny.mlperf import datasets
from simtiny.mlperf.measure import measure
from simtiny.mlperf.protocol import Session
from simtiny.mlperf.workload import Workload, build
from simtiny.model import tflite
from simtiny.model.plan import serialize
from simtiny.notes import Note, NoteKind
from simtiny.options import Kernels
from simtiny.power import supply_point
from simtiny.pricing import agrees, price_run
from simtiny.profile import OperatingPoint
from simtiny.profile_file import FORMAT_VERSION, MAGIC, ProfileSet, dump, load
from simtiny.profile_store import Store, content_key
from simtiny.published import PublishedImage, _clones, _copy, _wiring
from simtiny.request import Request
from simtiny.sealed_file import seal, unseal
from simtiny.serve import ServedBoard
from simtiny.symbols import resolve
from simtiny.validation.outcomes import Outcome, _decoded
from tests.fuzz import mutations
from tests.fuzz.talker import Talker
from tests.machine.programs import loader

SAMPLES = Path(__file__).parent / "samples"
ROOT = Path(__file__).parents[2]
FLASH = 0x0800_0000
KEY = content_key({"fuzzed": "1"})
_RECORD = struct.Struct("<BHBIQ")  # kind, number (its upper byte apart), address, operands
_MACHINE_CYCLES = 200_000

Mutate = Callable[[Sequence[bytes], Random], bytes]


@dataclass(frozen=True)
class Surface:
    """One reader. `run` raises nothing but SimtinyError.

    `share`: of all inputs, beside those of the others. `limit_s`: of processor time that one input may take.
    """

    samples: Callable[[], Sequence[bytes]]
    run: Callable[[bytes], None]
    share: float
    mutate: Mutate = mutations.mutated
    limit_s: float = 2.0


def make(surface: Surface, seed: str) -> bytes:
    """The input of a seed, the same wherever it is made."""
    return surface.mutate(surface.samples(), Random(seed))


@cache
def scratch() -> Path:
    """A folder of this process's own, in memory where there is such a thing."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="simtiny-fuzz-", dir=memory if memory.is_dir() else None))


def _file(name: str, data: bytes) -> Path:
    path = scratch() / name
    path.write_bytes(data)
    return path


@cache
def _small_board() -> Board:
    return read_board(ROOT / "tests/programs/board.toml")


def _files(*suffixes: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(SAMPLES.iterdir()) if path.suffix in suffixes)


# --- firmware files ---------------------------------------------------------------------------------------------------


@cache
def _elf() -> tuple[bytes, ...]:
    return _files(".elf")


def _image(data: bytes) -> None:
    image = parse("fuzzed", data, address=FLASH)
    check_fits(image, load_board("nucleo-l4r5zi"))
    for address in (FLASH, FLASH + 0x48, *(function.address for function in image.functions[:8])):
        image.function_at(address)
        image.line_at(address)
    if image.symbols:
        resolve(image, "work")


@cache
def _hex() -> tuple[bytes, ...]:
    data, lines = _segment(), [":020000040800F2"]
    for at in (*range(0, 64, 16), *range(0x400, len(data), 16)):
        code = data[at : at + 16]
        record = bytes([len(code)]) + struct.pack(">HB", at, 0) + code
        lines.append(":" + (record + bytes([-sum(record) & 0xFF])).hex().upper())
    return ("\n".join([*lines, ":0400000508000041AE", ":00000001FF", ""]).encode(),)


def _mutated_hex(samples: Sequence[bytes], chance: Random) -> bytes:
    """Half of the time with checksums set right again, so that it goes further than these."""
    data = mutations.mutated_text(samples, chance)
    if chance.random() < 0.5:
        return data
    lines = []
    for line in data.split(b"\n"):
        try:
            record = bytearray.fromhex(line[1:].decode("ascii"))
        except ValueError:
            lines.append(line)
            continue
        if chance.random() < 0.3 and len(record) > 4:
            record[chance.randrange(len(record))] = chance.choice((0, 1, 2, 4, 5, 0xFF))
            record[0] = len(record) - 5 & 0xFF
        lines.append(b":" + (bytes(record[:-1]) + bytes([-sum(record[:-1]) & 0xFF])).hex().encode())
    return b"\n".join(lines)


@cache
def _segment() -> bytes:
    (segment,) = loader.image("serving", "echo", {15: "tick", 86: "receive"}).segments
    return segment.data


@cache
def _programs() -> tuple[bytes, ...]:
    """Programs that boot: vectors and code, without the room between them."""
    return tuple(
        loader.image(name, entry).segments[0].data
        for name, entry in (("counting", "mixed"), ("faults", "undefined"), ("exceptions", "svc_main_stack"))
    )


def _execute(data: bytes) -> None:
    """Vectors as they are, code as it comes."""
    image = parse("fuzzed", data, address=FLASH)
    check_fits(image, _small_board())
    machine = Machine(_small_board(), image)
    start = machine.mark()
    machine.run(limit_cycles=_MACHINE_CYCLES)
    price_run(machine.profile(start, machine.mark()), _small_board())


def _mutated_code(samples: Sequence[bytes], chance: Random) -> bytes:
    """Instructions changed behind the vector table, which is what most inputs would otherwise fail at."""
    data = chance.choice(samples)
    head, code = data[:0x400], data[0x400:]
    if chance.random() < 0.1:
        return mutations.mutated([data], chance)
    return head + mutations.mutated([code], chance)


# --- networks ---------------------------------------------------------------------------------------------------------


@cache
def _networks() -> tuple[bytes, ...]:
    return _files(".tflite")


def _network(data: bytes) -> None:
    graph = tflite.parse(data, "fuzzed")
    for kernels in Kernels:
        serialize(graph, kernels=kernels, name="fuzzed")


@cache
def _benchmark() -> Workload:
    return build(Request("ad01", "nucleo-l4r5zi"))


@cache
def _plans() -> tuple[bytes, ...]:
    graph = tflite.parse((SAMPLES / "depthwise_mult.tflite").read_bytes(), "network")
    return (serialize(graph, kernels="dsp", name="network").data,)


def _plan(data: bytes) -> None:
    """The built-in firmware with a plan that nobody has checked: it may fault, and hang up to a limit."""
    workload = _benchmark()
    session = Session(Machine(workload.board, workload.image, ((workload.segments[0][0], data),)))
    session.boot(limit_cycles=2_000_000)
    session.command("infer 1 0", limit_s=0.02)


# --- platform files ---------------------------------------------------------------------------------------------------


@cache
def _platforms() -> tuple[bytes, ...]:
    names = ("tests/programs/board.toml", "tests/programs/board_m33.toml", "platforms/nucleo-l4r5zi-p.toml")
    overlay = b'board = "nucleo-l4r5zi"\n[wiring]\nFLASH = { dual_bank = false }\n[power]\nstatic_uw = 12.0\n'
    return (*((ROOT / name).read_bytes() for name in (*names, "platforms/mcu/stm32g0b1.toml")), overlay)


def _platform(data: bytes) -> None:
    board = read_board(_file("board.toml", data))
    if zlib.crc32(data) % 8 == 0:
        machine = Machine(board, parse("fuzzed", _segment(), address=board.main_flash.base))
        machine.run(limit_cycles=1000)


# --- what simtiny has stored ------------------------------------------------------------------------------------------


@cache
def _outcomes() -> tuple[bytes, ...]:
    events = replace(EventCounts(*([0] * len(EVENTS))), cycles=1000, sleeping=200)
    whole = Outcome(latency_ms=0.01, stopwatch_ms=0.01, baseline_ms=0.02, events=events, operating_point=_POINT)
    whole = replace(whole, notes=(Note(NoteKind.ASSUMPTION, "place", 1, "what was taken to be so"),))
    return (msgspec.json.encode(whole),)


_POINT = OperatingPoint(120e6, 5, True, True, False, "1")


def _outcome(data: bytes) -> None:
    outcome, board = _decoded(data), load_board("nucleo-l4r5zi")
    assert outcome.operating_point is not None and outcome.events is not None and board.power is not None
    energy(outcome.events, outcome.latency_ms * 1e-3, board.power, supply_point(board.power, outcome.operating_point))


@cache
def _question() -> Question:
    return Question(_benchmark().flashed)


@cache
def _profiles() -> tuple[bytes, ...]:
    """The counts of a benchmark, as they are stored: header and content, not sealed."""
    found = measure(_question().flashed)
    said = {"is_inference": True, "task": "ad01", "stopwatch_us": found.stopwatch_us, "ram_used": found.ram_used}
    metadata = {
        "window": found.window,
        "image_sha256": _question().flashed.image.sha256,
        "counting": _counting(),
        "measurement": json.dumps(said),
    }
    return (dump(ProfileSet((found.profile, *found.layers), metadata)),)


def _counting() -> str:
    from simtiny.counting_version import counting_version

    return counting_version()


def _mutated_profile(samples: Sequence[bytes], chance: Random) -> bytes:
    """Mostly sealed again, so that it is the reader that has to tell."""
    data = chance.choice(samples)
    if chance.random() < 0.2:
        return mutations.mutated([data], chance)
    header, content = unseal(data, MAGIC, FORMAT_VERSION, "sample")
    if chance.random() < 0.6:
        header = mutations.mutated_json([header], chance)
    if chance.random() < 0.6:
        content = mutations.mutated([content], chance)
    return seal(MAGIC, FORMAT_VERSION, header, content)


def _profile(data: bytes) -> None:
    kept = _measurement(load(data), _question())
    board = _benchmark().board
    try:
        agrees((kept.profile, *kept.layers), board, price_run(kept.profile, board, layers=kept.layers))
    except ArithmeticError:  # as `simtiny.counts.counted` takes it
        raise BadInput("its numbers can't be priced") from None


@cache
def _entries() -> tuple[bytes, ...]:
    store = Store(scratch() / "samples")
    store.put(KEY, _outcomes()[0])
    return tuple(path.read_bytes() for path in (scratch() / "samples").iterdir())


def _entry(data: bytes) -> None:
    store = Store(scratch() / "store")
    store.folder.mkdir(mode=0o700, exist_ok=True)
    path = store.folder / f"{KEY}.entry"
    path.write_bytes(data)
    path.chmod(0o600)
    found = store.get(KEY, bytes)
    assert found is None or found == _outcomes()[0]


# --- streams, tables, requests ----------------------------------------------------------------------------------------


@cache
def _streams() -> tuple[bytes, ...]:
    samples = []
    for name, entry, handlers in (("counting", "patched", {}), ("exceptions", "fpu_user", {11: "fpu_handler"})):
        machine, file = loader.boot(name, entry, handlers), io.BytesIO()
        recorder = machine.record(file)
        machine.mark()
        machine.run(limit_cycles=20_000)
        machine.mark()
        recorder.close()
        samples.append(file.getvalue())
    return tuple(samples)


def _mutated_stream(samples: Sequence[bytes], chance: Random) -> bytes:
    """Records changed one by one, with the checksums of their chunks set right."""
    data = chance.choice(samples)
    if chance.random() < 0.2:
        return mutations.mutated([data], chance)
    file, changed = io.BytesIO(data), io.BytesIO()
    stream.write_header(changed, stream.read_header(file))
    records = bytearray(b"".join(stream.read_chunks(file)))
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(max(len(records) // 16, 1)) * 16
        if chance.random() < 0.7 and len(records) >= at + 16:
            record = _RECORD.unpack_from(records, at)
            records[at : at + 16] = mutations.mutated_fields(_RECORD, record, chance)
        elif chance.random() < 0.5:
            del records[at : at + 16 * chance.choice((1, 2, 10))]
        else:
            what = stream.record(chance.randrange(12), 0, chance.choice((0, FLASH + 0x400, 0x2000_0000)), 4)
            records[at:at] = stream.pack(*what)
    if chance.random() < 0.2:
        records = bytearray(mutations.mutated([bytes(records)], chance))
    stream.write_records(changed, bytes(records[: len(records) // 16 * 16]))
    stream.write_end(changed, {})
    return changed.getvalue()


def _stream(data: bytes) -> None:
    replay = Replay(io.BytesIO(data), load_board("nucleo-l4r5zi"))
    replay.run()
    if len(replay.marks) > 1:
        price_run(replay.profile(replay.marks[0], replay.marks[-1]), replay.board)


@cache
def _measurements() -> tuple[bytes, ...]:
    return (
        b"image,supply_v,energy_uj,stack\nfw.elf,1.8,2030.5,mine\nfw2.elf,3.3,4000,mine\n",
        b"image,address,benchmark,supply_v,current_ma,clock_hz\nfw.bin,0x08000000,kws01,1.8,9.5,120e6\n",
    )


def _measured(data: bytes) -> None:
    read_measurements(_file("measurements.csv", data))


@cache
def _labels() -> tuple[bytes, ...]:
    return (b"a.bin,2,0\nb.bin,2,1\n", b"a.bin,2,0,16,4\nb.bin,2,1,16,8\n")


def _dataset(data: bytes) -> None:
    for name in ("a.bin", "b.bin"):
        if not (scratch() / name).exists():
            _file(name, bytes(16))
    _file(datasets.LABELS_FILE, data)
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
    return parse("small", _elf()[0])


_MIRRORED = b"firmware" * 100


@cache
def _mirrors() -> tuple[bytes, ...]:
    """A bare repository with one file, as its own files; none where there is no git."""
    folder = scratch() / "mirror"
    folder.mkdir()
    command = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@t"]
    dates = {"GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2020-01-01T00:00:00Z"}
    try:
        for arguments in (["init", "-q", "--bare"], ["fast-import", "--quiet"]):
            said = _IMPORT if arguments[0] == "fast-import" else b""
            subprocess.run([*command, *arguments], input=said, env={**os.environ, **dates}, check=True)
    except (OSError, subprocess.CalledProcessError):
        return (b"{}",)
    names = [path for path in sorted(folder.rglob("*")) if path.is_file() and "hooks" not in path.parts]
    files = {str(path.relative_to(folder)): path.read_bytes().hex() for path in names}
    shutil.rmtree(folder)
    return (json.dumps(files).encode(),)


_IMPORT = (
    b"commit refs/heads/main\ncommitter t <t@t> 1577836800 +0000\ndata 1\nx\n"
    b"M 100644 inline fw.bin\ndata %d\n%s\n" % (len(_MIRRORED), _MIRRORED)
)


def _mutated_mirror(samples: Sequence[bytes], chance: Random) -> bytes:
    files = json.loads(chance.choice(samples))
    for name in chance.sample(sorted(files), min(len(files), chance.randint(1, 3))):
        files[name] = mutations.mutated([bytes.fromhex(files[name])], chance).hex()
    return json.dumps(files).encode()


def _mirror(data: bytes) -> None:
    folder = scratch() / "mirror"
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in json.loads(data).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes.fromhex(content))
    folder.mkdir(exist_ok=True)
    for name in ("objects", "refs"):
        (folder / name).mkdir(exist_ok=True)
    sha256 = hashlib.sha256(_MIRRORED).hexdigest()
    image = PublishedImage(
        *("9.9", "them", "BOARD", "nucleo-l4r5zi", "kws01", "performance", {}),
        *("them/mirror", "main", "fw.bin", len(_MIRRORED), sha256),
    )
    clones = _clones(folder, [image])[image.repository]
    if clones:
        assert _copy(image, clones) == _MIRRORED


# --- the serial line --------------------------------------------------------------------------------------------------


@cache
def _answers() -> tuple[bytes, ...]:
    boot = b"m-timeout\r\nm-init-done\r\nm-ready\r\n"
    names = b"m-name-dut-[simtiny]\r\nm-ready\r\nm-profile-[x]\r\nm-model-[kws01]\r\nm-ready\r\n"
    loaded = b"m-ready\r\n" * 16 + b"m-load-done\r\nm-ready\r\n"
    infer = b"m-warmup-start-0\r\nm-infer-start-1\r\n\1m-lap-us-100\r\n\1m-lap-us-200\r\nm-infer-done\r\n"
    results = b"m-results-[0.1,0.2,-0.3]\r\nm-ready\r\n"
    energy_mode = b"m-infer-start-1\r\n\3\2\3\2m-infer-done\r\n" + results
    return (boot + names + loaded + infer + results, boot + names + loaded + energy_mode)


def _answer(data: bytes) -> None:
    session = Session(Talker(data))  # type: ignore[arg-type]
    session.boot()
    session.name()
    session.model()
    session.load_input(bytes(490))
    session.infer()


@cache
def _commands() -> tuple[bytes, ...]:
    return (b"name%profile%db load 4%db 01020304%infer 1 0%results%", b"help%timestamp%%db print%\xff\0%")


class _Line:
    """A host that sends all at once, and takes all."""

    name, descriptor, has_input = "fuzzed", None, False

    def __init__(self, data: bytes) -> None:
        self._data = data

    def receive(self, most_bytes: int) -> bytes:
        data, self._data = self._data[:most_bytes], self._data[most_bytes:]
        return data

    def send(self, data: bytes) -> None:
        assert data

    def close(self) -> None: ...


def _serve(data: bytes) -> None:
    workload = _benchmark()
    board = ServedBoard(Machine(workload.board, workload.image, workload.segments), [_Line(data[:512])], False)
    for _ in range(200):
        if board.advance() is None:
            break


SURFACES: Mapping[str, Surface] = {
    "elf": Surface(_elf, _image, 30),
    "hex": Surface(_hex, _image, 60, _mutated_hex),
    "bin": Surface(lambda: (_segment(),), _image, 130),
    "firmware": Surface(_programs, _execute, 2, _mutated_code, 10.0),
    "tflite": Surface(_networks, _network, 150),
    "plan": Surface(_plans, _plan, 0.3, limit_s=10.0),
    "platform": Surface(_platforms, _platform, 20, mutations.mutated_text),
    "outcome": Surface(_outcomes, _outcome, 130, mutations.mutated_json),
    "profile": Surface(_profiles, _profile, 6, _mutated_profile),
    "store": Surface(_entries, _entry, 130),
    "stream": Surface(_streams, _stream, 1.5, _mutated_stream),
    "measurements": Surface(_measurements, _measured, 115, mutations.mutated_text),
    "dataset": Surface(_labels, _dataset, 80, mutations.mutated_text),
    "request": Surface(_requests, _request, 130, mutations.mutated_json),
    "words": Surface(_words, _word, 25, mutations.mutated_text),
    "answers": Surface(_answers, _answer, 20, partial(mutations.mutated_text, most_edits=2)),
    "mirror": Surface(_mirrors, _mirror, 1, _mutated_mirror),
    "commands": Surface(_commands, _serve, 0.2, limit_s=10.0),
}
