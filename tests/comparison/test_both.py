"""Which published images two engines are compared on, and what is no image for both."""

from collections import Counter
from dataclasses import replace

import pytest

from simtiny.comparison.both import spread
from simtiny.published import PublishedImage, published_images

IMAGE = published_images()[0]


def images(*names: str) -> list[PublishedImage]:
    """Of boards and tasks, such as "a ad01"."""
    return [replace(IMAGE, board=name.split()[0], benchmark=name.split()[1]) for name in names]


def test_boards_take_turns_and_tasks_are_spread() -> None:
    """B gives kws01, as A has given ad01; then A what neither has given."""
    known = images("b ad01", "b kws01", "a ad01", "a kws01", "a vww01")
    assert [f"{each.board} {each.benchmark}" for each in spread(known)] == [
        "a ad01", "b kws01", "a vww01", "b ad01", "a kws01",
    ]  # fmt: skip


def test_all_are_chosen_once() -> None:
    known = [image for image in published_images() if image.build == "performance"]
    chosen = spread(known)
    assert Counter(each.key for each in chosen) == Counter(each.key for each in known)
    boards = {image.board for image in known}
    assert {image.board for image in chosen[: len(boards)]} == boards


@pytest.mark.parametrize("known", [[], images("a ad01")])
def test_few(known: list[PublishedImage]) -> None:
    assert spread(known) == known
