"""What `simtiny price` counts: a window of a stream, a profile a section."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from simtiny.board import Board
from simtiny.board_file import board_names, load_board
from simtiny.counting import stream, stream_file
from simtiny.errors import BadInput
from simtiny.image import Image
from simtiny.image_load import check_holds
from simtiny.machine.replay import Replay
from simtiny.machine.sections import Sections
from simtiny.machine.stream_window import StreamWindow
from simtiny.profiles import Profile
from simtiny.progress import Progress
from simtiny.report.stream_facts import printable
from simtiny.request import Request
from simtiny.request_check import check_against
from simtiny.settings import MemorySettings
from simtiny.symbols import code_address

Marks = tuple[int, int]
_TOLD_EVERY = 1 << 20  # bytes


@dataclass(frozen=True)
class Asked:
    """What to count. `source`: a file by its name, or an open one."""

    name: str
    source: Path | BinaryIO
    request: Request
    marks: Marks | None
    board: Board | None
    image: Image | None
    progress: Progress

    @property
    def window(self) -> str:
        """What bounds it, in words."""
        if self.marks is not None:
            return "from mark {} to mark {}".format(*self.marks)
        return self.request.bounds.description if self.request.bounds else "all of the stream"

    @property
    def title(self) -> str:
        """The same in few words; empty for all of the stream."""
        if self.marks is not None:
            return "marks {} to {}".format(*self.marks)
        return self.request.bounds.title if self.request.bounds else ""


@dataclass(frozen=True)
class Counted:
    """A window of a stream, a profile a section."""

    header: stream.Header
    board: Board
    profiles: tuple[Profile, ...]


def count(asked: Asked, settings: MemorySettings) -> Counted:
    """Count the window of a stream under these settings. Raises BadInput and Unpriced."""
    opened: AbstractContextManager[BinaryIO] = (
        stream_file.opened(asked.source) if isinstance(asked.source, Path) else nullcontext(asked.source)
    )
    with opened as file:
        with _named(asked.name):
            header, plain = stream_file.begun(file)
            board = _board(asked.board, header)
        if asked.board is None:
            check_against(asked.request, board)
        contents: list[tuple[int, bytes]] = []
        if asked.image is not None:
            check_holds(asked.image, board)
            contents = [(segment.address, segment.data) for segment in asked.image.segments]
        replay = Replay(plain, board, contents, settings)
        window = _window(asked, replay)
        with _named(asked.name):
            _replay(replay, window, stream.read_chunks(plain), _telling(asked, file))
            if asked.image is not None:
                _check_same_code(replay, asked.image, board)
            if missed := window.missed():
                raise BadInput(missed)
            profiles = window.sections.profiles()
            if not profiles:
                raise BadInput(f"nothing runs in the window, {asked.window}")
    return Counted(header, board, profiles)


def _replay(replay: Replay, window: StreamWindow, chunks: Iterable[bytes], tell: Callable[[], None]) -> None:
    """Count what is up to the window's end, and see that all behind it is whole."""
    for records in chunks:
        done = 0
        while done < len(records) and not window.is_closed:
            done = replay.count(records, done)
        tell()
    window.sections.end()


def _telling(asked: Asked, file: BinaryIO) -> Callable[[], None]:
    """Tells how far a file is read, now and then."""
    if not isinstance(asked.source, Path):
        return lambda: None
    size, next_at = asked.source.stat().st_size, 0

    def tell() -> None:
        nonlocal next_at
        if size and (at := file.tell()) >= next_at:
            asked.progress(min(at, size), size)
            next_at = at + _TOLD_EVERY

    return tell


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Have a message say which stream it is of."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from error


def _board(asked: Board | None, header: stream.Header) -> Board:
    """That of the stream, which the user may have said, too; or has to."""
    if asked is None:
        if not header.board:
            raise BadInput("the stream does not say on which board it was recorded: give the `board`")
        if header.board not in board_names():
            raise BadInput(
                f"the stream was recorded on {printable(header.board)}, which does not come with simtiny: give its "
                "platform file as `board`"
            )
        return load_board(header.board)
    if header.board not in ("", asked.id):
        raise BadInput(f"the stream was recorded on {printable(header.board)}, not on {asked.id}")
    return asked


def _window(asked: Asked, replay: Replay) -> StreamWindow:
    window = StreamWindow(replay, Sections(replay))
    bounds = asked.request.bounds
    if asked.marks is not None:
        window.marks(*asked.marks)
        return window
    replay.on_mark = lambda number: None  # each would be a copy of all counters
    if bounds is None:
        window.whole()
        return window
    image = asked.image or Image("the stream", "", ())
    if asked.image is None and (name := next((each for each in (bounds.start, bounds.end) if _is_name(each)), None)):
        raise BadInput(f"{name} is a name: give the `image` that has it, or an address such as 0x08000400")
    start = code_address(image, replay.board, bounds.start)
    if bounds.end is None:
        window.call(start, bounds.start)
    else:
        window.passage(start, code_address(image, replay.board, bounds.end), (bounds.start, bounds.end))
    return window


def _is_name(bound: str | None) -> bool:
    return bound is not None and bound[:2].lower() != "0x"


def _check_same_code(replay: Replay, image: Image, board: Board) -> None:
    """Raise BadInput where nothing that ran in flash is in the image: where it is, Replay has compared it."""
    mark = replay.mark()
    in_flash = [
        block.address
        for block in replay.profile(mark, mark).blocks
        if (memory := board.memory_at(block.address)) is not None and memory.kind == "flash"
    ]
    if in_flash and not any(image.word(address & ~3) is not None for address in in_flash):
        raise BadInput(f"the stream was made with another image than {image.name}: no code that ran is in it")
