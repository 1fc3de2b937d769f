"""What holds for all tests: none reads or writes the store of whoever runs them, nor finds there what another left."""

from collections.abc import Iterator
from pathlib import Path

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
