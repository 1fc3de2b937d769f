"""What holds for all tests: none reads or writes the store of whoever runs them, nor finds there what another left.

Nor does any of simtiny sum up fractions by `sum`: from Python 3.12 on that gives other last digits than before.
"""

import builtins
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simtiny.fetch import CACHE_VARIABLE, cache_dir


def empty_store(folder: Path, cache: Path) -> str:
    """A cache folder with the user's models and images, and an empty store."""
    for name in ("images", "models"):
        if (cache / name).is_dir():
            (folder / name).symlink_to((cache / name).resolve())
    return str(folder)


@pytest.fixture(scope="session", autouse=True)
def session_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For fixtures that several tests share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, empty_store(tmp_path_factory.mktemp("cache"), cache_dir()))
        yield


@pytest.fixture(autouse=True)
def test_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, empty_store(tmp_path_factory.mktemp("cache"), cache_dir()))


_SUM = builtins.sum


def sum_of_whole_numbers(values: Iterable[Any], start: Any = 0) -> Any:
    """What `sum` is for simtiny while tests run."""
    summed = list(values)
    if sys._getframe(1).f_globals.get("__name__", "").startswith("simtiny."):
        assert not any(isinstance(value, float) for value in (start, *summed)), "sum of fractions: take math.fsum"
    return _SUM(summed, start)


@pytest.fixture(scope="session", autouse=True)
def no_sum_of_fractions() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builtins, "sum", sum_of_whole_numbers)
        yield
