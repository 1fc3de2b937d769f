"""The built-in firmware of a board, and whether a network fits what it leaves free of flash and RAM."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from simtiny import image_load as images
from simtiny.board import Board
from simtiny.board_file import board_names, load_board
from simtiny.errors import BadInput
from simtiny.image import Image
from simtiny.mlperf.kernel_images import check_kernels, kernel_images
from simtiny.mlperf.measurement import PLAN_SYMBOL
from simtiny.model.footprint import footprint
from simtiny.model.graph import Graph
from simtiny.model.plan import Plan
from simtiny.options import Kernels


@dataclass(frozen=True)
class Bytes:
    """Of flash and of RAM: free, needed or too few."""

    flash: int
    ram: int

    def beyond(self, room: "Bytes") -> "Bytes":
        """How many of these are too many for `room`; never negative."""
        return Bytes(max(0, self.flash - room.flash), max(0, self.ram - room.ram))

    def __bool__(self) -> bool:
        return bool(self.flash or self.ram)


def firmware(board: Board, wanted: Kernels | None) -> tuple[Image, Kernels]:
    """The built-in image for a board and its kernel set: `wanted`, or the SIMD kernels where the board has them."""
    kernels = check_kernels(board, wanted)
    return _image(kernel_images(board)[kernels]), kernels


@cache
def _image(path: Path) -> Image:
    """An image that comes with simtiny: its file doesn't change while it runs."""
    return images.load(path)


def room(image: Image) -> Bytes:
    """The plan goes between the firmware and the end of flash, the arena between its variables and the end of RAM."""
    address = {name: symbol.address for name, symbol in image.symbols.items()}
    return Bytes(
        flash=address["plan_limit"] - address[PLAN_SYMBOL],
        ram=address["arena_limit"] - address["arena_base"],
    )


def check_fits(
    title: str, board: Board, kernels: Kernels, planned: Callable[[Kernels], Plan], wanted: Kernels | None
) -> Plan:
    """The plan for a board, `planned` for its kernels. BadInput if there is no room for it, with boards that have it.

    Boards are looked for among those with the kernels that were `wanted`, if any were.
    """
    plan = planned(kernels)
    image, _ = firmware(board, kernels)
    free, needed = room(image), _needed(plan)
    lacking = needed.beyond(free)
    if not lacking:
        return plan
    needs = cache(lambda kernels: _needed(planned(kernels)))
    others = {k: _image(path) for k, path in kernel_images(board).items() if k is not kernels and wanted is None}
    enough = [f"with `kernels` {k} it fits; " for k, image in others.items() if not needs(k).beyond(room(image))]
    raise BadInput(
        f"{title} does not fit {_memories(lacking)} of {board.id}: "
        + ", and ".join(
            f"it needs {need:,} bytes of {what} and there are {have:,}, {less:,} too few"
            for what, need, have, less in (
                ("flash", needed.flash, free.flash, lacking.flash),
                ("RAM", needed.ram, free.ram, lacking.ram),
            )
            if less
        )
        + f"; {''.join(enough)}{_advice(_lacking_by_board(needs, wanted))}"
    )


def least_needs(graph: Graph) -> str:
    """For a network that can't run: what memory it needs whatever runs it, and which boards have that."""
    least = footprint(graph)
    needed = Bytes(least.flash_bytes, least.ram_bytes)
    lacking = _lacking_by_board(lambda _: needed, None)
    fitting = [name for name, less in lacking.items() if not less]
    if len(fitting) == len(lacking):
        who = "which every board has"
    elif fitting:
        who = f"which {', '.join(fitting)} {'have' if len(fitting) > 1 else 'has'}"
    else:
        who = _closest(lacking)
    return f"as it is, it needs at least {needed.flash:,} bytes of flash and {needed.ram:,} of RAM, {who}"


def _needed(plan: Plan) -> Bytes:
    return Bytes(len(plan.data), plan.arena_bytes)


def _lacking_by_board(needed: Callable[[Kernels], Bytes], wanted: Kernels | None) -> dict[str, Bytes]:
    """What each of simtiny's own boards lacks."""
    found = {}
    for name in board_names():
        try:
            image, kernels = firmware(load_board(name), wanted)
        except BadInput:  # not with these kernels
            continue
        found[name] = needed(kernels).beyond(room(image))
    return found


def _advice(lacking: dict[str, Bytes]) -> str:
    fitting = [name for name, less in lacking.items() if not less]
    if fitting:
        return f"it fits {', '.join(fitting)}: choose with `board`"
    return _closest(lacking)


def _closest(lacking: dict[str, Bytes]) -> str:
    name, less = min(lacking.items(), key=lambda item: item[1].flash + item[1].ram)
    parts = [f"{bytes_:,} bytes of {what}" for what, bytes_ in (("flash", less.flash), ("RAM", less.ram)) if bytes_]
    return f"more than any board here has: {name} comes closest and lacks {' and '.join(parts)}"


def _memories(lacking: Bytes) -> str:
    return "the " + " and the ".join(what for what, less in (("flash", lacking.flash), ("RAM", lacking.ram)) if less)
