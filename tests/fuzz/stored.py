"""What simtiny has written itself, or had others write: counts, outcomes, streams, clones."""

import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from random import Random

import msgspec

from simtiny.board_file import load_board
from simtiny.counting import stream
from simtiny.counts import Question, _measurement
from simtiny.energy import energy
from simtiny.errors import BadInput
from simtiny.events import EVENTS, EventCounts
from simtiny.mlperf.measure import measure
from simtiny.notes import Note, NoteKind
from simtiny.power import supply_point
from simtiny.pricing import agrees, price_run
from simtiny.profile_file import FORMAT_VERSION, MAGIC, ProfileSet, dump, load
from simtiny.profile_store import Store, content_key
from simtiny.profiles import OperatingPoint
from simtiny.published import PublishedImage, _clones, _copy
from simtiny.report.price import price_stream
from simtiny.request import Request
from simtiny.sealed_file import seal, unseal
from simtiny.validation.outcomes import Outcome, _decoded
from tests.fuzz import mutations
from tests.fuzz.firmware import benchmark
from tests.fuzz.surface import FLASH, Surface, scratch
from tests.machine.programs import loader

KEY = content_key({"fuzzed": "1"})
_RECORD = struct.Struct("<BHBIQ")  # kind, number (its upper byte apart), address, operands

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
    return Question(benchmark().flashed)


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
    board = benchmark().board
    try:
        agrees((kept.profile, *kept.layers), price_run(kept.profile, board, layers=kept.layers))
    except (ArithmeticError, ValueError):  # as `simtiny.counts.counted` takes it
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
            what = stream.record(chance.randrange(14), 0, chance.choice((0, FLASH + 0x400, 0x2000_0000)), 4)
            records[at:at] = stream.pack(*what)
    if chance.random() < 0.2:
        records = bytearray(mutations.mutated([bytes(records)], chance))
    stream.write_records(changed, bytes(records[: len(records) // 16 * 16]))
    stream.write_end(changed, {})
    return changed.getvalue()


def _stream(data: bytes) -> None:
    price_stream(io.BytesIO(data), Request(board="nucleo-l4r5zi")).to_dict()
    price_stream(io.BytesIO(data), Request(function="0x08000400"))


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


SURFACES: Mapping[str, Surface] = {
    "outcome": Surface(_outcomes, _outcome, 130, mutations.mutated_json),
    "profile": Surface(_profiles, _profile, 6, _mutated_profile),
    "store": Surface(_entries, _entry, 130),
    "stream": Surface(_streams, _stream, 1.5, _mutated_stream),
    "mirror": Surface(_mirrors, _mirror, 1, _mutated_mirror),
}
