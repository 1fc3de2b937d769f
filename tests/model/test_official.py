"""The official models' cache: exact bytes or one clear line, from a folder or over HTTP."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from simtiny.errors import BadInput
from simtiny.model import official
from simtiny.model.official import MODELS, OfficialModel, cache_dir, cached_path, fetch, load_official
from tests.model.official_files import official_file

CONTENT = b"TFL3 in spirit" * 10_000


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("SIMTINY_CACHE", str(folder))
    return folder


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> OfficialModel:
    """A table with one small entry, so that these tests need no real file."""
    model = OfficialModel("toy01", "some/where/toy.tflite", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), "int8")
    monkeypatch.setattr(official, "MODELS", {"toy01": model})
    return model


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    root = tmp_path / "www"
    (root / "some/where").mkdir(parents=True)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root))) as web:
        thread = threading.Thread(target=web.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield root, f"http://127.0.0.1:{web.server_port}/"
        web.shutdown()
        thread.join()


def leftovers(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "models").glob("*")) if cache.exists() else []


def test_the_cache_folder_is_the_users_unless_the_variable_says_otherwise(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert cache_dir() == cache
    monkeypatch.delenv("SIMTINY_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_dir().name == "simtiny"


def test_a_model_that_was_never_fetched_names_the_command() -> None:
    with pytest.raises(BadInput, match="simtiny fetch models"):
        load_official("kws01")


def test_an_unknown_model_gets_the_nearest_name() -> None:
    with pytest.raises(BadInput, match=r"did you mean vww01\?"):
        fetch(["vww1"])


@pytest.mark.parametrize("name", MODELS)
def test_the_table_matches_the_real_files(name: str) -> None:
    path = official_file(name)
    assert fetch([name], path.parent) == [cached_path(name)]
    assert load_official(name) == path.read_bytes()
    assert len(load_official(name)) == MODELS[name].size_bytes
    assert MODELS[name].url.startswith("https://raw.githubusercontent.com/mlcommons/tiny/1afd2c98")


@pytest.mark.parametrize("place", ["toy01.tflite", "toy.tflite", "some/where/toy.tflite"])
def test_a_folder_may_use_any_of_the_three_names(toy: OfficialModel, tmp_path: Path, place: str) -> None:
    file = tmp_path / "from" / place
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    fetch(["toy01"], tmp_path / "from")
    assert load_official("toy01") == CONTENT


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b"x", b"y" + CONTENT[1:]])
def test_a_wrong_file_in_the_folder_is_refused(toy: OfficialModel, tmp_path: Path, cache: Path, content: bytes) -> None:
    (tmp_path / "toy.tflite").write_bytes(content)
    with pytest.raises(BadInput, match=r"toy\.tflite: not the official toy01"):
        fetch(["toy01"], tmp_path)
    assert leftovers(cache) == []


def test_a_folder_without_the_file_and_no_folder_at_all(toy: OfficialModel, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"neither toy01\.tflite nor toy\.tflite"):
        fetch(["toy01"], tmp_path)
    with pytest.raises(BadInput, match="not a folder"):
        fetch(["toy01"], tmp_path / "nowhere")


def test_download_reports_progress_and_is_done_once(toy: OfficialModel, server: tuple[Path, str], cache: Path) -> None:
    root, url = server
    (root / toy.path).write_bytes(CONTENT)
    steps: list[tuple[int, int]] = []
    assert fetch(["toy01"], progress=lambda *step: steps.append(step), base_url=url) == [cache / "models/toy01.tflite"]
    assert load_official("toy01") == CONTENT
    assert 0 < steps[0][0] <= 65_536 and {total for _, total in steps} == {140_000}
    assert steps[-1] == (140_000, 140_000)
    (root / toy.path).unlink()
    fetch(["toy01"], base_url=url)
    assert leftovers(cache) == ["toy01.tflite"]


def test_a_damaged_copy_is_noticed_and_replaced(toy: OfficialModel, server: tuple[Path, str]) -> None:
    root, url = server
    (root / toy.path).write_bytes(CONTENT)
    fetch(["toy01"], base_url=url)
    cached_path("toy01").write_bytes(CONTENT[:100])
    with pytest.raises(BadInput, match="wrong SHA-256"):
        load_official("toy01")
    fetch(["toy01"], base_url=url)
    assert load_official("toy01") == CONTENT


@pytest.mark.parametrize("content", [None, b"<html>a captive portal</html>", CONTENT * 3])
def test_a_failed_download_is_one_line_and_leaves_nothing(
    toy: OfficialModel, server: tuple[Path, str], cache: Path, content: bytes | None
) -> None:
    root, url = server
    if content is not None:
        (root / toy.path).write_bytes(content)
    with pytest.raises(BadInput, match="--from FOLDER") as caught:
        fetch(["toy01"], base_url=url)
    assert "\n" not in str(caught.value)
    assert leftovers(cache) == []


def test_no_server_is_one_line(toy: OfficialModel) -> None:
    with pytest.raises(BadInput, match="download failed"):
        fetch(["toy01"], base_url="http://127.0.0.1:9/")


def test_a_cache_that_cant_be_written_is_one_line(
    toy: OfficialModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "toy.tflite").write_bytes(CONTENT)
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("SIMTINY_CACHE", str(tmp_path / "file"))
    with pytest.raises(BadInput, match="SIMTINY_CACHE"):
        fetch(["toy01"], tmp_path)
