"""Has Unicorn and Renode execute the same firmware, and compares what they counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from simtiny.board_file import board_names
from simtiny.comparison.engine_result import EngineComparison, EnginesResult, NotComparable
from simtiny.comparison.engines import compared
from simtiny.counts import Counts, Question, counted
from simtiny.errors import BadInput, SimtinyError
from simtiny.mlperf.workload import build
from simtiny.options import EngineChoice
from simtiny.progress import Progress
from simtiny.published import COMMAND, PublishedImage, is_cached, published_images
from simtiny.renode.find import Found
from simtiny.request import Request, without_effect
from simtiny.request_check import check_against
from simtiny.validation.compare import obstacle, select
from simtiny.validation.outcomes import published_question

ENGINES: tuple[str, str] = (str(EngineChoice.UNICORN), str(EngineChoice.RENODE))
HOW_CHOSEN = "boards in turns, and of each the image whose benchmark was chosen least so far"
"""How images are spread."""
_WITHOUT = ("period_s", "sleep", "sequence")


def check(request: Request) -> None:
    """Raises BadInput for a word that has no effect on a comparison: what follows from its figures."""
    known = [name for name in request.words() if name not in _WITHOUT]
    without_effect(request, known, "a comparison of engines")


def of_request(request: Request, found: Found) -> EngineComparison:
    """A request that was checked, on both engines. Raises as `counted` does, by either."""
    workload = build(request)
    check_against(request, workload.board)
    # In Renode characters take no time, and what is compared is what both do.
    question = Question(workload.flashed, request.bounds, request.settings, serial_takes_time=False)
    a, b = (
        counted(replace(question, renode=renode), workload.board, request.overrides, request.supply, fresh=True)
        for renode in (None, found)
    )
    return compared(a, b, question.flashed, ENGINES)


def of_images(
    boards: Sequence[str], rounds: Sequence[str], limit: int | None, found: Found, progress: Progress
) -> EnginesResult:
    """The first `limit` published images that were fetched, or all of them. BadInput where there is none.

    What an engine can't run is told, and no failure: Renode has no model of everything that is on a board.
    """
    images = spread(_fetched(boards, rounds))
    if not images:
        raise BadInput(f"no firmware image to compare is in the cache: run `{COMMAND}` first")
    images = images[:limit]
    comparisons, left = [], []
    for index, image in enumerate(images):
        progress(index, len(images))
        outcome = _of_image(image, found)
        if isinstance(outcome, NotComparable):
            left.append(outcome)
        else:
            comparisons.append(outcome)
    progress(len(images), len(images))
    return EnginesResult(tuple(comparisons), tuple(left), HOW_CHOSEN)


def spread(images: Sequence[PublishedImage]) -> list[PublishedImage]:
    """In the order in which they are chosen: see HOW_CHOSEN."""
    left = {board: [image for image in images if image.board == board] for board in sorted({i.board for i in images})}
    chosen: list[PublishedImage] = []
    taken: Counter[str] = Counter()
    while any(left.values()):
        for of_board in (each for each in left.values() if each):
            image = min(of_board, key=lambda each: taken[each.benchmark])
            of_board.remove(image)
            taken[image.benchmark] += 1
            chosen.append(image)
    return chosen


def _fetched(boards: Sequence[str], rounds: Sequence[str]) -> list[PublishedImage]:
    images = {image.key: image for image in published_images() if image.build == "performance"}
    known = [record for record in select(boards, rounds) if obstacle(record, images, board_names()) is None]
    return [images[record.key] for record in known if is_cached(images[record.key])]


def _of_image(image: PublishedImage, found: Found) -> EngineComparison | NotComparable:
    counts: list[Counts] = []
    for engine, renode in zip(ENGINES, (None, found), strict=True):
        try:
            question, board = published_question(image)
            counts.append(counted(replace(question, renode=renode), board, fresh=True))
        except SimtinyError as error:
            return NotComparable(image.key, image.board, engine, str(error))
    return replace(compared(counts[0], counts[1], question.flashed, ENGINES), title=image.key)
