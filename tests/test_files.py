"""Files of the user's: where they go, and what is read of them."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import simtiny
from simtiny.cli.outputs import Output, outputs
from simtiny.errors import BadInput
from simtiny.files import is_file, is_folder, is_there, read_bounded, read_regular, shown, write_whole


def check_writable(target: str, option: str = "--json") -> None:
    outputs(Output(option, target, bytes))


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    check_writable(str(pipe))
    write_whole(pipe, b"data")
    reader.join(10)
    assert received == [b"data"] and pipe.is_fifo()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    folder, link = tmp_path / "elsewhere", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder / "target")
    for content in (b"new", b"over the old"):
        check_writable(str(link))
        write_whole(link, content)
        assert link.is_symlink() and (folder / "target").read_bytes() == content
    assert [path.name for path in folder.iterdir()] == ["target"]


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    check_writable(str(path))
    write_whole(path, b"data")
    assert path.read_bytes() == b"data"
    with pytest.raises(BadInput, match="too long"):
        check_writable(str(path) + "x")


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(BadInput, match="--html"):
        check_writable(str(tmp_path / "a"), "--html")


@pytest.mark.parametrize(
    ("place", "shell"), [("/dev/stdout", "> out"), ("/dev/stdout", "| cat > out"), ("out", "> out")]
)
def test_standard_output_by_its_name_loses_nothing(tmp_path: Path, place: str, shell: str) -> None:
    program = (
        "import sys; from pathlib import Path; from simtiny.files import write_whole;"
        "print('before', flush=True); write_whole(Path(sys.argv[1]), b'data\\n'); print('after')"
    )
    subprocess.run(
        ["bash", "-c", f'"$1" -c "$2" {place} {shell}', "bash", sys.executable, program],
        cwd=tmp_path,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert (tmp_path / "out").read_text() == "before\ndata\nafter\n"


def test_reading_has_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"1234")
    assert read_bounded(path, 4) == b"1234"
    with pytest.raises(BadInput, match="file: larger than"):
        read_bounded(path, 3)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="pipe: not a regular file"):
        read_bounded(tmp_path / "pipe", 4)
    for name, message in (("absent", "No such file"), ("nu\0ll", "null"), ("x" * 300, "too long"), (".", "directory")):
        with pytest.raises(BadInput, match=message):
            read_bounded(tmp_path / name, 4)


def test_a_name_that_is_no_utf_8_can_be_shown() -> None:
    assert shown("a\udcffb\u00fc") == "a\\udcffb\u00fc"


def test_files_written_by_threads_have_the_usual_rights(tmp_path: Path) -> None:
    """The umask is the process's: who asked for it would change it for the other threads."""
    umask, interval = os.umask(0o027), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda number: write_whole(tmp_path / str(number), b"data"), range(400)))
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o640}
        assert len(list(tmp_path.iterdir())) == 400
    finally:
        sys.setswitchinterval(interval)
        assert os.umask(umask) == 0o027


def test_a_file_that_another_program_has_open_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows says it: it replaces none that is open."""
    replace, refusals = Path.replace, [5, 32]

    def busy(self: Path, target: Path) -> Path:
        if not refusals:
            return replace(self, target)
        error = PermissionError(13, "The process cannot access the file")
        error.winerror = refusals.pop()  # type: ignore[misc, attr-defined, unused-ignore]
        raise error

    monkeypatch.setattr(Path, "replace", busy)
    write_whole(tmp_path / "file", b"data")
    assert (tmp_path / "file").read_bytes() == b"data" and refusals == []
    refusals += [32] * 100
    monkeypatch.setattr("simtiny.files.PATIENCE_S", 0.1)
    with pytest.raises(OSError, match="another program has it open"):
        write_whole(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"data" and len(list(tmp_path.iterdir())) == 1


def test_what_is_read_is_looked_at_behind_open(tmp_path: Path) -> None:
    """A device and a pipe are opened without waiting, and refused."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), Path("/dev/tty")):
        if path.exists():
            with pytest.raises(OSError, match=r"not a regular file|No such device"):
                read_regular(path, 10)
    (tmp_path / "file").write_bytes(b"12345")
    assert read_regular(tmp_path / "file", 3) == b"123"


@pytest.mark.parametrize("name", ["x" * 300, "nul\0", "nowhere"])
def test_names_that_no_file_can_have_are_names_of_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert not is_there(path) and not is_file(path) and not is_folder(path)
    assert is_there(tmp_path) and is_folder(tmp_path) and not is_file(tmp_path)
    for call in (
        lambda: simtiny.run(image=path),
        lambda: simtiny.run(model=path),
        lambda: simtiny.run("ad01", board=f"{path}.toml"),
        lambda: simtiny.accuracy("kws01", path),
        lambda: simtiny.fetch_models(path),
        lambda: simtiny.fetch_images(source=path),
        lambda: simtiny.calibrate("nucleo-l4r5zi", measurements=path),
    ):
        with pytest.raises(BadInput):
            call()
