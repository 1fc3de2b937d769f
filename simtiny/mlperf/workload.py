"""What is put on the board: a firmware image, and for the built-in firmware the plan of a network."""

from dataclasses import dataclass
from math import prod
from pathlib import Path

from simtiny import image as images
from simtiny.data import data_path
from simtiny.errors import BadInput
from simtiny.image import Image
from simtiny.mlperf.tasks import TASKS, Encoding, Task, task
from simtiny.model import official, standin, tflite
from simtiny.model.graph import Graph
from simtiny.model.plan import Plan, serialize
from simtiny.options import Kernels, Weights
from simtiny.platform import Board, load_board

PLAN_SYMBOL = "plan_base"
"""Where the built-in firmware looks for the plan: a label of its linker script."""


@dataclass(frozen=True)
class Selection:
    """What the user chose, in plain words: small enough to hand to another process, which builds its own workload."""

    board: str
    benchmark: str | None = None
    image: Path | None = None
    address: int | None = None
    model: Path | None = None
    weights: Weights = Weights.STAND_IN
    kernels: Kernels = Kernels.DSP


@dataclass(frozen=True)
class Workload:
    """Everything that a machine and a session need. `graph` and `plan` are None for a user's image."""

    board: Board
    title: str
    task: Task | None
    image: Image
    firmware: str
    weights: str
    graph: Graph | None = None
    plan: Plan | None = None

    @property
    def segments(self) -> tuple[tuple[int, bytes], ...]:
        """What goes to flash beside the image."""
        if self.plan is None:
            return ()
        return ((self.image.symbols[PLAN_SYMBOL].address, self.plan.data),)


def build(selection: Selection) -> Workload:
    """Load and check what was selected."""
    board = load_board(selection.board)
    chosen = task(selection.benchmark) if selection.benchmark is not None else None
    if selection.image is not None:
        return _of_image(board, selection.image, selection.address, chosen)
    return _of_network(board, selection, chosen)


def input_format(workload: Workload) -> tuple[int, Encoding] | None:
    """Bytes of one input and their encoding. None for an image that has to be asked what it runs."""
    if workload.task is not None:
        return workload.task.input_bytes, workload.task.encoding
    if workload.graph is None:
        return None
    source = workload.graph.tensors[workload.graph.inputs[0]]
    return prod(source.shape) * source.dtype.itemsize, _encoding(workload.graph)


def _of_image(board: Board, path: Path, address: int | None, chosen: Task | None) -> Workload:
    image = images.load(path, address=board.main_flash.base if address is None else address)
    images.check_fits(image, board)
    return Workload(board, chosen.name if chosen else path.stem, chosen, image, path.name, "in the image")


def _of_network(board: Board, selection: Selection, chosen: Task | None) -> Workload:
    graph, weights = _network(selection, chosen)
    title = chosen.name if chosen else Path(graph.name).stem
    if chosen is not None:
        _check_input(graph, chosen)
    encoding = chosen.encoding if chosen else _encoding(graph)
    workload = Workload(
        board=board,
        title=title,
        task=chosen,
        image=_firmware(board, selection.kernels),
        firmware=f"simtiny reference firmware, {selection.kernels} kernels",
        weights=weights,
        graph=graph,
        plan=serialize(graph, kernels=selection.kernels.value, name=title, input_encoding=encoding),
    )
    _check_fits(workload)
    return workload


def _firmware(board: Board, kernels: Kernels) -> Image:
    name = f"{board.id}-{kernels}.elf"
    try:
        path = data_path("firmware", "images", name)
    except BadInput:
        raise BadInput(f"there is no built-in firmware for {board.id}: give your own with --image") from None
    return images.load(path)


def _network(selection: Selection, chosen: Task | None) -> tuple[Graph, str]:
    """The network and a word on its weights."""
    if selection.model is not None:
        return tflite.load(selection.model), f"of {selection.model.name}"
    if chosen is None:
        raise BadInput(f"nothing to run: name a benchmark ({', '.join(TASKS)}), a --model or an --image")
    if selection.weights is Weights.OFFICIAL:
        return tflite.parse(official.load_official(chosen.name), chosen.name), "official (mlcommons/tiny)"
    return standin.standin(chosen.name), "stand-in (synthetic: for latency and energy, without accuracy)"


def _encoding(graph: Graph) -> Encoding:
    """How samples of a network that is no benchmark are sent: as its input tensor holds them."""
    name = graph.tensors[graph.inputs[0]].dtype.name
    return "float32" if name == "float32" else "uint8" if name == "uint8" else "int8"


def _check_input(graph: Graph, chosen: Task) -> None:
    shape = graph.tensors[graph.inputs[0]].shape
    if prod(shape) != prod(chosen.input_shape):
        raise BadInput(
            f"{graph.name}: its input of shape {shape} is not that of {chosen.name} ({chosen.input_shape}); "
            f"to run it for itself leave the benchmark's name out"
        )


def _check_fits(workload: Workload) -> None:
    """The plan between the firmware and the end of flash, the arena between its variables and the end of RAM."""
    assert workload.plan is not None
    address = {name: symbol.address for name, symbol in workload.image.symbols.items()}
    for what, needed, first, last in (
        ("flash", len(workload.plan.data), PLAN_SYMBOL, "plan_limit"),
        ("RAM", workload.plan.arena_bytes, "arena_base", "arena_limit"),
    ):
        room = address[last] - address[first]
        if needed > room:
            raise BadInput(
                f"{workload.title} does not fit the {what} of {workload.board.id}: it needs {needed:,} bytes and there "
                f"are {room:,}, {needed - room:,} too few"
            )
