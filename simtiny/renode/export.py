"""A board for a user's own work in Renode: a folder with its platform, a script, the plugins and a Robot test."""

import re
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from simtiny.board import Board
from simtiny.errors import BadInput, SimtinyError
from simtiny.files import is_there
from simtiny.image import Image
from simtiny.image_load import vector_table_address, vectors_at_reset
from simtiny.machine.machine import Machine
from simtiny.machine.peripherals.tables import MemoryRegisters
from simtiny.renode.blocks import acts, kind_of
from simtiny.renode.export_texts import README, Names, readme, robot_test
from simtiny.renode.platform import block_names, named, platform
from simtiny.renode.script import Load, beside, script, serial_port

HERE = Path(__file__).parent
BOOT_CYCLES = 20_000_000
"""How long a firmware may take to set its clocks: 0.2 s at 100 MHz."""
EVERYWHERE = (
    ("time", "every instruction takes the same; caches, wait states and prefetch cost nothing (simtiny prices them)"),
    ("clocks", "those below, whatever the firmware programs; `sysbus.NAME Frequency HERTZ` sets another"),
    ("serial ports", "a byte takes no time; DMA requests are not there"),
    ("flash", "programming and erasing change nothing"),
)


@dataclass(frozen=True)
class Export:
    """What was written: `files` by their names in `folder`.

    serial: the port that the host talks to, in Renode. clock_hz: what SysTick and timers are told to count, by name of
    the block; clocks_from: where that is from, "the firmware" or "the data sheet's limit". not_modelled: what and how.
    """

    board: str
    folder: Path
    files: tuple[str, ...]
    serial: str
    clock_hz: Mapping[str, float]
    clocks_from: str
    not_modelled: tuple[tuple[str, str], ...]


def export(
    board: Board,
    folder: Path,
    image: Image | None = None,
    segments: tuple[tuple[int, bytes], ...] = (),
    *,
    replace: bool = False,
) -> Export:
    """Write the folder, all of it or nothing. `segments`: what goes to flash beside the image.

    Raises BadInput for files of other content that are there already, unless `replace`, and where it can't be written.
    """
    clock_hz = None if image is None else programmed(board, image, segments)
    result = Export(
        board.id,
        folder,
        (),
        serial_port(board),
        clock_hz or {"core": board.limits.max_core_hz},
        "the data sheet's limit" if clock_hz is None else "the firmware",
        not_modelled(board),
    )
    files = _files(board, image, segments, result)
    _write(folder, files, replace)
    return Export(**{**vars(result), "files": tuple(files)})


def programmed(board: Board, image: Image, segments: tuple[tuple[int, bytes], ...]) -> dict[str, float] | None:
    """The clocks that the firmware sets at its start, by simtiny's own execution of it; None if it comes to no end."""
    try:
        machine = Machine(board, image, segments, serial_takes_time=False)
        machine.run(limit_cycles=BOOT_CYCLES)
    except SimtinyError:
        return None
    return dict(machine.clock_hz)


def not_modelled(board: Board) -> tuple[tuple[str, str], ...]:
    """What of the board Renode does not do, or does otherwise: what it is, and how."""
    names = block_names(board)
    about = [
        (names[config.name], config.parameters["about"])
        for config in board.peripherals
        if config.parameters.get("about")
    ]
    plain = [names[config.name] for config in board.peripherals if issubclass(kind_of(config), MemoryRegisters)]
    acting = [names[config.name] for config in board.peripherals if acts(config)]
    stored = [(", ".join(plain), "registers read back what was written")] if plain else []
    stored += [(", ".join(acting), "registers by a table; what simtiny has them do is not done")] if acting else []
    return (*EVERYWHERE, *((name, str(text)) for name, text in about), *stored)


def _files(
    board: Board, image: Image | None, segments: tuple[tuple[int, bytes], ...], result: Export
) -> dict[str, bytes]:
    """Contents by name."""
    stem = re.sub(r"[^A-Za-z0-9_-]", "_", board.id) or "board"
    files, loads = _images(stem, image, segments)
    plugins = sorted(HERE.glob("*.cs"), key=lambda path: path.name)  # registers.cs before simtiny.cs
    names = Names(
        stem,
        board.id,
        files[0][0] if files else None,
        result.serial,
        result.clocks_from,
        _start_up(board, image),
        board.power is not None,
    )
    core_hz = result.clock_hz["core"]
    text = script(
        board,
        plugins=[beside(path.name) for path in plugins],
        platform=beside(f"{stem}.repl"),
        loads=loads or [Load("$image")],
        variables=None if loads else {"$image": beside("firmware.elf")},
        performance_mips=round(core_hz / 1e6),
        analyzer=True,
        name=stem,
        vectors=None if image is None else vectors_at_reset(image, board),
    )
    return {
        f"{stem}.repl": platform(board, result.clock_hz).encode(),
        f"{stem}.resc": text.encode(),
        f"{stem}.robot": robot_test(names).encode(),
        README: readme(names, _frequencies(board, result.clock_hz), result.not_modelled).encode(),
        **{path.name: path.read_bytes() for path in plugins},
        **dict(files),
    }


def _start_up(board: Board, image: Image | None) -> tuple[str, str]:
    """Between what any firmware runs: where the core begins, and `main`. Empty where it has no such names."""
    if image is None or "main" not in image.symbols:
        return "", ""
    begin = image.word(vector_table_address(image, board) + 4)
    function = None if begin is None else image.function_at(begin & ~1)
    return ("", "") if function is None else (function.name, "main")


def _images(
    stem: str, image: Image | None, segments: tuple[tuple[int, bytes], ...]
) -> tuple[list[tuple[str, bytes]], list[Load]]:
    """The firmware as files, and what the script does with each."""
    if image is None:
        return [], []
    parts = [(segment.address, segment.data) for segment in image.segments] if image.elf is None else []
    files = [] if image.elf is None else [(f"{stem}.elf", image.elf)]
    loads = [Load(beside(name)) for name, _ in files]
    for address, data in (*parts, *segments):
        files.append((f"{stem}-{address:08x}.bin", data))
        loads.append(Load(beside(files[-1][0]), address))
    return files, loads


def _frequencies(board: Board, clock_hz: Mapping[str, float]) -> dict[str, int]:
    """By the name of the block in Renode what it is told to count."""
    found = {}
    for each in named(board, {"core": board.limits.max_core_hz, **clock_hz}):
        for attribute in each.block.attributes:
            key, _, value = attribute.partition(": ")
            if key == "frequency":
                found[each.name] = int(value)
    return found


def _write(folder: Path, files: Mapping[str, bytes], replace: bool) -> None:
    made = not is_there(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folders := [name for name in files if (folder / name).is_dir()]:
            raise BadInput(f"{folder}: {', '.join(folders)} there is a folder")
        if not replace and (changed := [name for name, data in files.items() if _differs(folder / name, data)]):
            raise BadInput(f"{folder}: it has files of other content, {', '.join(changed)}: `force` replaces them")
        aside = folder / f".simtiny-{secrets.token_hex(8)}"
        try:
            aside.mkdir()
            for name, data in files.items():
                (aside / name).write_bytes(data)
            for name in files:
                (aside / name).replace(folder / name)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        if made:
            with suppress(OSError):
                folder.rmdir()
        raise BadInput(f"cannot write {folder}: {error.strerror or error}") from None


def _differs(path: Path, data: bytes) -> bool:
    return path.exists() and not (path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data)
