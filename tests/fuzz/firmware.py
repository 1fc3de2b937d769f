"""Firmware, networks and the serial line: what runs on the board, and what it and its host say."""

import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from random import Random

from simtiny.absent import also_inlined
from simtiny.board import Board
from simtiny.board_file import load_board, read_board
from simtiny.errors import BadInput
from simtiny.foreign import likely
from simtiny.image_load import check_fits, parse
from simtiny.machine.machine import Machine
from simtiny.mlperf.protocol import Session
from simtiny.mlperf.workload import Workload, build
from simtiny.model import tflite
from simtiny.model.plan import serialize
from simtiny.options import Kernels
from simtiny.pricing import price_run
from simtiny.request import Request
from simtiny.serve import ServedBoard
from simtiny.symbols import functions_matching, resolve
from tests.fuzz import mutations
from tests.fuzz.surface import FLASH, ROOT, SAMPLES, Surface, sample_files
from tests.fuzz.talker import Talker
from tests.machine.programs import loader

_MACHINE_CYCLES = 200_000


@cache
def _small_board() -> Board:
    return read_board(ROOT / "tests/programs/board.toml")


# --- firmware files ---------------------------------------------------------------------------------------------------


@cache
def elf_samples() -> tuple[bytes, ...]:
    return sample_files(".elf")


def _image(data: bytes) -> None:
    image = parse("fuzzed", data, address=FLASH)
    check_fits(image, load_board("nucleo-l4r5zi"))
    likely(image)
    for address in (FLASH, FLASH + 0x48, *(function.address for function in image.functions[:8])):
        image.function_at(address)
        image.line_at(address)
        image.frames_at(address)
    if image.debug is not None:
        len(image.debug.functions)
        also_inlined(image, image.functions[:8])
    if image.symbols:
        with suppress(BadInput):
            functions_matching(image, "*")
        resolve(image, "work")


@cache
def _hex() -> tuple[bytes, ...]:
    data, lines = segment(), [":020000040800F2"]
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
def _srecords() -> tuple[bytes, ...]:
    data = segment()
    records = [(3, struct.pack(">I", FLASH + at) + data[at : at + 32]) for at in range(0, 256, 32)]
    records += [(1, struct.pack(">H", 0x100) + bytes(4)), (5, struct.pack(">H", 9)), (7, struct.pack(">I", FLASH))]
    lines = []
    for kind, body in records:
        record = bytes([len(body) + 1]) + body
        lines.append(f"S{kind}" + (record + bytes([~sum(record) & 0xFF])).hex().upper())
    return ("\n".join([*lines, ""]).encode(),)


@cache
def _uf2() -> tuple[bytes, ...]:
    data, blocks = segment(), []
    for number in range(3):
        head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, FLASH + 256 * number, 256, number, 3, 0x00FF6919)
        blocks.append(head + data[256 * number :][:256].ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30))
    return (b"".join(blocks),)


@cache
def segment() -> bytes:
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
    return sample_files(".tflite")


def _network(data: bytes) -> None:
    graph = tflite.parse(data, "fuzzed")
    for kernels in Kernels:
        serialize(graph, kernels=kernels, name="fuzzed")


@cache
def benchmark() -> Workload:
    return build(Request("ad01", "nucleo-l4r5zi"))


@cache
def _plans() -> tuple[bytes, ...]:
    graph = tflite.parse((SAMPLES / "depthwise_mult.tflite").read_bytes(), "network")
    return (serialize(graph, kernels="dsp", name="network").data,)


def _plan(data: bytes) -> None:
    """The built-in firmware with a plan that nobody has checked: it may fault, and hang up to a limit."""
    workload = benchmark()
    session = Session(
        Machine(workload.board, workload.image, ((workload.segments[0][0], data),), serial_takes_time=False)
    )
    session.boot(limit_cycles=2_000_000)
    session.command("infer 1 0", limit_s=0.02)


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
    workload = benchmark()
    board = ServedBoard(Machine(workload.board, workload.image, workload.segments), [_Line(data[:512])], False)
    for _ in range(200):
        if board.advance() is None:
            break


SURFACES: Mapping[str, Surface] = {
    "elf": Surface(elf_samples, _image, 30),
    "hex": Surface(_hex, _image, 60, _mutated_hex),
    "srecord": Surface(_srecords, _image, 30, mutations.mutated_text),
    "uf2": Surface(_uf2, _image, 30),
    "bin": Surface(lambda: (segment(),), _image, 130),
    "firmware": Surface(_programs, _execute, 2, _mutated_code, 10.0),
    "tflite": Surface(_networks, _network, 150),
    "plan": Surface(_plans, _plan, 0.3, limit_s=10.0),
    "answers": Surface(_answers, _answer, 20, partial(mutations.mutated_text, most_edits=2)),
    "commands": Surface(_commands, _serve, 0.2, limit_s=10.0),
}
