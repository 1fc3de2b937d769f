"""What is put on the board: a firmware image, and for the built-in firmware the plan of a network."""

import re
from dataclasses import dataclass, replace
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from simtiny import image_load as images
from simtiny.absent import also_inlined
from simtiny.board import Board, as_counted
from simtiny.board_file import PLATFORM_FILE, board_names, load_board, read_table
from simtiny.bounds import Bounds
from simtiny.errors import BadInput
from simtiny.files import shown
from simtiny.foreign import foreign, likely
from simtiny.image import Image
from simtiny.mlperf.kernel_images import check_kernels
from simtiny.mlperf.measurement import PLAN_SYMBOL, Flashed
from simtiny.mlperf.tasks import TASKS, Encoding, Task, task
from simtiny.model import official
from simtiny.notes import Note, NoteKind
from simtiny.options import DEFAULT_BOARD, Kernels, Weights
from simtiny.published import PublishedImage, Wiring, published_as, wired, wiring_text
from simtiny.request import Request
from simtiny.symbols import code_address, find, function_address, functions_matching, own_name

if TYPE_CHECKING:  # what needs numpy is imported where it is used: bad input is refused before
    from simtiny.mlperf.moved import Part
    from simtiny.model.graph import Graph
    from simtiny.model.plan import Plan

STAND_IN = "stand-in (synthetic: for latency and energy, without accuracy)"
_PATTERN = re.compile(r"[*?]|\[.*]")

STAND_IN = "stand-in (synthetic: for latency and energy, without accuracy)"


@dataclass(frozen=True)
class Workload:
    """Everything that a machine and a session need. `graph`, `plan` and `kernels` are None for a user's image.

    `own_network`: the graph is from a file of the user's. `published`: which published image it is. `notes`: what was
    decided in the user's place. `model_sha256`: of the file that the network was read from, None where there is none.
    Of the built-in firmware with parts of it placed elsewhere, `elsewhere` says which, and `executed` is the image that
    is executed; `image` and `segments` are as without that. `placed`: whether anything lies elsewhere, or is priced so.
    `copied_bytes`: of what is in RAM, or taken to be, and in flash as well. `windows`: those that were asked for in
    place of the protocol's, with the names that patterns stand for.
    """

    board: Board
    title: str
    task: Task | None
    image: Image
    firmware: str
    weights: str
    graph: "Graph | None" = None
    plan: "Plan | None" = None
    own_network: bool = False
    published: PublishedImage | None = None
    notes: tuple[Note, ...] = ()
    kernels: Kernels | None = None
    model_sha256: str | None = None
    executed: Image | None = None
    elsewhere: "tuple[Part, ...]" = ()
    placed: bool = False
    copied_bytes: int = 0
    windows: tuple[Bounds, ...] = ()
    seed: int = 0

    @property
    def segments(self) -> tuple[tuple[int, bytes], ...]:
        """What goes to flash beside the image."""
        if self.plan is None:
            return ()
        return ((self.image.symbols[PLAN_SYMBOL].address, self.plan.data),)

    @property
    def flashed(self) -> Flashed:
        """What of it a measurement depends on."""
        return Flashed(
            board=as_counted(self.board),
            title=self.title,
            image=self.image,
            segments=self.segments,
            network_inside=self.graph is None,
            task=self.task,
            input_format=_input_format(self.task, self.graph),
            layers=None if self.plan is None else len(self.plan.layers),
            seed=self.seed,
        )


def build(request: Request) -> Workload:
    """Load and check what a request puts on a board, and what of it is measured."""
    workload = replace(_put_together(request), seed=request.seed or 0)
    windows = _windows(request.windows, workload)
    image = workload.image
    notes = (*workload.notes, *(_decided(image.name, note) for note in _on_names(image, windows)))
    workload = replace(workload, windows=windows, notes=notes)
    return _placed(workload, request.place) if request.place else workload


def _on_names(image: Image, windows: tuple[Bounds, ...]) -> tuple[str, ...]:
    """What a reader should know of what names stand for."""
    found = {name: find(image, name) for bounds in windows for name in (bounds.start, bounds.end) if name is not None}
    calls = [found[bounds.start].symbol for bounds in windows if bounds.end is None]
    inlined = also_inlined(image, [symbol for symbol in calls if symbol is not None])
    return tuple(dict.fromkeys(filter(None, (*(each.note for each in found.values()), *inlined))))


def _windows(asked: tuple[Bounds, ...], workload: Workload) -> tuple[Bounds, ...]:
    """Those that were asked for, each once. Raises BadInput for a name that the image does not have."""
    image, board, found = workload.image, workload.board, list[Bounds]()
    for bounds in asked:
        if bounds.end is None and _PATTERN.search(bounds.start):
            found += [replace(bounds, start=own_name(image, each)) for each in functions_matching(image, bounds.start)]
            continue
        if bounds.end is not None:
            code_address(image, board, bounds.start)
            code_address(image, board, bounds.end)
        else:
            function_address(image, board, bounds.start)
        found.append(bounds)
    return tuple(dict.fromkeys(found))


def _put_together(request: Request) -> Workload:
    board = load_board(request.board or DEFAULT_BOARD)
    is_other = request.benchmark in official.MODELS and request.benchmark not in TASKS
    if request.image is not None or request.model is not None or not is_other:
        chosen = task(request.benchmark) if request.benchmark is not None else None
    else:
        chosen = None  # an official network without a task
    if request.image is not None:
        return _of_image(board, request.board, request.image, request.address, chosen)
    return _of_network(board, request, chosen)


def _of_image(board: Board, wanted: str | None, path: Path, address: int | None, chosen: Task | None) -> Workload:
    image = _load(path, address, board)
    if address is not None and not _is_raw(image, path):
        raise BadInput(f"{path}: it says itself where it goes: leave `address` out, which is for raw binaries")
    published = published_as(image.sha256)
    notes: tuple[Note, ...] = ()
    if published is not None:
        board, notes = _board_of(published, path, board, wanted)
        image = _load(path, address, board)
    try:
        images.check_fits(image, board)
    except BadInput as error:
        if others := suggest_boards(path, address):
            raise BadInput(f"{error}; it fits {', '.join(others)}: choose with `board`") from None
        found = likely(image)
        raise BadInput(f"{error}; {found.text}" if found is not None else str(error)) from None
    if published is None:
        notes = _of_another_chip(image, board, wanted, path, address)
    if family := images.other_family(image, board):
        notes = (*notes, Note(NoteKind.FIRMWARE, image.name, 1, family))
    return Workload(
        board=board,
        title=chosen.name if chosen else shown(path.stem),
        task=chosen,
        image=image,
        firmware=image.name if published is None else f"{image.name}, {published.title}",
        weights="in the image",
        published=published,
        notes=notes,
    )


def _of_another_chip(
    image: Image, board: Board, wanted: str | None, path: Path, address: int | None
) -> tuple[Note, ...]:
    """What a user should know of firmware that looks like another chip's. Refuses it if no board was named."""
    other = foreign(image, board)
    if other is not None and wanted is None:
        others = suggest_boards(path, address)
        may_be = f"; if it is for {' or '.join(others)}, choose that with `board`" if others else ""
        raise BadInput(f"{path}: no `board` is named, and {board.id} is hardly the one: {other.text}{may_be}")
    if other is None and (wanted is not None or (other := foreign(image, board, 1)) is None):
        return ()
    return (Note(NoteKind.FIRMWARE, board.id, 1, f"{image.name}: {other.text}, which {board.id} has not"),)


def suggest_boards(path: Path, address: int | None) -> tuple[str, ...]:
    """The boards that a firmware file may be for.

    Their memories hold it, its first stack pointer and its reset vector, and it does not look like another chip's.
    """
    return tuple(name for name in board_names() if _fits(path, address, load_board(name)))


def _fits(path: Path, address: int | None, board: Board) -> bool:
    image = _load(path, address, board)
    try:
        images.check_fits(image, board)
    except BadInput:
        return False
    return foreign(image, board) is None


def _load(path: Path, address: int | None, board: Board) -> Image:
    """A raw binary stands at the start of flash if the user names no other address."""
    return images.load(path, address=board.main_flash.base if address is None else address)


def _is_raw(image: Image, path: Path) -> bool:
    """Whether the file holds nothing but what goes into memory."""
    return sum(len(segment.data) for segment in image.segments) == path.stat().st_size


def _board_of(
    published: PublishedImage, path: Path, board: Board, wanted: str | None
) -> tuple[Board, tuple[Note, ...]]:
    """The board for a published image, set as its submitter had set it, and notes that say so.

    Refuses another microcontroller than its own: the image may well fit there, and then hang.
    """
    notes: tuple[Note, ...] = ()
    own, name = load_board(published.board), shown(path.name)
    if wanted is None:
        board, notes = own, (_decided(name, f"on {own.id}, the board that it was published for"),)
    if board.id in board_names() and own.soc != board.soc:
        raise BadInput(f"{path}: this is {published.title}: choose `board` {published.board}")
    if not published.wiring:
        return board, notes
    said = f"recorded with {wiring_text(published.wiring)}, which no image holds"
    wiring = _undecided(published, wanted)
    if not wiring:
        return board, (*notes, _decided(name, f"{said}: {shown(wanted or '')} decides"))
    but = "" if wiring == published.wiring else f" where {shown(wanted or '')} does not decide"
    return wired(board, wiring), (*notes, _decided(name, f"{said}: set so{but}"))


def _decided(name: str, what: str) -> Note:
    return Note(NoteKind.ASSUMPTION, name, 1, f"{name}: {what}")


def _undecided(published: PublishedImage, wanted: str | None) -> Wiring:
    """What of a published image's wiring is set: all but what a platform file of the user's says itself."""
    if wanted is None or not wanted.endswith(PLATFORM_FILE):
        return published.wiring
    table = read_table(Path(wanted))
    if table.get("board") != published.board or "peripherals" in table:
        return {}
    own = table.get("wiring", {})
    left = {
        name: {key: value for key, value in settings.items() if key not in own.get(name, {})}
        for name, settings in published.wiring.items()
    }
    return {name: settings for name, settings in left.items() if settings}


def _of_network(board: Board, request: Request, chosen: Task | None) -> Workload:
    check_kernels(board, request.kernels)
    graph, weights, model_sha256 = _network(request, chosen)
    from simtiny.mlperf import built_in
    from simtiny.model.support import unsupported

    title = chosen.name if chosen else Path(graph.name).stem
    if chosen is not None:
        _check_input(graph, chosen)
    if reasons := unsupported(graph):
        raise BadInput(f"{graph.name}: {'; '.join((*reasons, built_in.least_needs(graph)))}")
    image, kernels = built_in.firmware(board, request.kernels)
    plan = built_in.check_fits(
        title, board, kernels, lambda kernels: _plan(graph, kernels, title, chosen), request.kernels
    )
    return Workload(
        board=board,
        title=title,
        task=chosen,
        image=image,
        firmware=f"simtiny reference firmware, {kernels} kernels",
        weights=weights,
        graph=graph,
        plan=plan,
        notes=_remarks(graph, request),
        own_network=request.model is not None,
        kernels=kernels,
        model_sha256=model_sha256,
    )


def _placed(workload: Workload, place: tuple[str, ...]) -> Workload:
    """The same with this elsewhere. Raises BadInput for what does not fit, or is not there."""
    from simtiny import placement
    from simtiny.mlperf import moved

    there = moved.moved(workload.flashed, place)
    elsewhere = () if workload.plan is None else moved.elsewhere(workload.flashed, there)
    hypotheses = moved.hypothesised(there, place)
    notes = moved.notes(elsewhere, workload.board) + placement.notes(hypotheses, workload.board)
    return replace(
        workload,
        executed=there.image,
        elsewhere=elsewhere,
        placed=bool(elsewhere or hypotheses),
        copied_bytes=moved.copied_bytes(elsewhere, workload.board) + placement.to_ram_bytes(hypotheses, workload.board),
        notes=(*workload.notes, *notes),
    )


def _plan(graph: "Graph", kernels: Kernels, title: str, chosen: Task | None) -> "Plan":
    from simtiny.model.plan import serialize

    return serialize(
        graph,
        kernels=kernels,
        name=title,
        input_encoding=chosen.encoding if chosen else _encoding(graph),
        reconstruction=chosen is not None and chosen.metric == "auc",
    )


def _remarks(graph: "Graph", request: Request) -> tuple[Note, ...]:
    """What was decided about a network of the user's. A benchmark's input is known."""
    if request.model is None or request.benchmark is not None:
        return ()
    from simtiny.model.support import batches

    return tuple(_decided(graph.name, remark) for remark in (*graph.remarks, *batches(graph)))


def _network(request: Request, chosen: Task | None) -> "tuple[Graph, str, str | None]":
    """The network, a word on its weights, and the SHA-256 of the file that it is from."""
    if request.model is not None:
        from simtiny.model import tflite

        data, name = tflite.read(request.model), shown(request.model.name)
        weights = f"of {name}"
    elif request.benchmark is None:
        raise BadInput(f"nothing to run: name a benchmark ({', '.join(TASKS)}), a `model` or an `image`")
    elif chosen is not None and request.weights is not Weights.OFFICIAL:
        from simtiny.model import standin

        return standin.standin(chosen.name), STAND_IN, None
    elif chosen is None and request.weights is Weights.STAND_IN:
        raise BadInput(f"there are no stand-in weights of {request.benchmark}: leave `weights` out")
    else:
        data, name, weights = official.load_official(request.benchmark), request.benchmark, "official (mlcommons/tiny)"
    from simtiny.model import tflite

    return tflite.parse(data, name), weights, sha256(data).hexdigest()


def _encoding(graph: "Graph") -> Encoding:
    """How samples of a network that is no benchmark are sent: as its input tensor holds them."""
    name = graph.tensors[graph.inputs[0]].dtype.name
    return "float32" if name == "float32" else "uint8" if name == "uint8" else "int8"


def _input_format(chosen: Task | None, graph: "Graph | None") -> tuple[int, Encoding] | None:
    """Bytes of one input and their encoding. None for an image that has to be asked what it runs."""
    if chosen is not None:
        return chosen.input_bytes, chosen.encoding
    if graph is None:
        return None
    source = graph.tensors[graph.inputs[0]]
    return prod(source.shape) * source.dtype.itemsize, _encoding(graph)


def _check_input(graph: "Graph", chosen: Task) -> None:
    shape = graph.tensors[graph.inputs[0]].shape
    if prod(shape) != prod(chosen.input_shape):
        raise BadInput(
            f"{graph.name}: its input of shape {shape} is not that of {chosen.name} ({chosen.input_shape}); "
            f"to run it for itself leave the benchmark's name out"
        )
