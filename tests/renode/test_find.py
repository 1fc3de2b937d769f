"""Which Renode is taken, and one line for whatever is none."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simtiny.errors import BadInput
from simtiny.renode import find as module
from simtiny.renode.find import Found, find

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
SAYS = "echo 'Renode v{}.13810'; echo '  build: d66b0c2a-202611280747'"
Make = Callable[..., Path]


@pytest.fixture(autouse=True)
def nobody_has_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    if any((Path(folder) / "renode").exists() for folder in ("/usr/bin", "/bin")):
        pytest.skip("there is a Renode in a folder that the stand-ins need")


def settings(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "home/.config/renode/renode-run.json"
    path.parent.mkdir(parents=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def refused(path: Path | None = None) -> str:
    with pytest.raises(BadInput) as error:
        find(path)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_the_one_that_is_named(program: Make, tmp_path: Path) -> None:
    program(SAYS.format("1.15.0"), name="bin/renode")
    named = program(SAYS.format("1.16.1"), name="my own/renode")
    assert find(named) == Found((str(named),), "1.16.1", "as named")


def test_a_relative_path_is_made_absolute(program: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(SAYS.format("1.16.1"), name="here")
    monkeypatch.chdir(tmp_path)
    assert find(Path("here")).command == (str(tmp_path / "here"),)


def test_path_comes_before_renode_run(program: Make, tmp_path: Path) -> None:
    on_path = program(SAYS.format("1.17.0"), name="bin/renode")
    brought = program(SAYS.format("1.16.1"), name="brought/renode")
    settings(tmp_path, {"dotnet-portable": str(brought.parent)})
    assert find() == Found((str(on_path),), "1.17.0", "PATH")
    program(SAYS.format("1.13.3"), name="bin/renode")
    assert find() == Found((str(brought),), "1.16.1", "renode-run")


@pytest.mark.parametrize(
    "form",
    [
        lambda a, b: {"mono-portable": b},
        lambda a, b: {"version": "2.0", "default": {"dotnet-portable": b}, "installations": {a: {}, b: {}}},
        lambda a, b: {"version": "2.0", "installations": {a: {"version": "1.16.0"}, b: {"version": "1.16.1"}}},
    ],
    ids=["to 2026", "default", "no default"],
)
def test_what_renode_run_has_brought(program: Make, tmp_path: Path, form: Callable[[str, str], Any]) -> None:
    brought = program(SAYS.format("1.16.1"), name="brought/renode")
    settings(tmp_path, form(str(tmp_path / "removed"), str(brought.parent)))
    assert find() == Found((str(brought),), "1.16.1", "renode-run")


@pytest.mark.parametrize(
    "content", ["", "[", "[]", "3", '"x"', '{"a": 1}', '{"a": null}', '{"version": "3", "default": 1}', "[" * 50_000]
)
def test_settings_of_another_form_are_nobodys(tmp_path: Path, content: str) -> None:
    settings(tmp_path, content)
    assert "there is no Renode on PATH" in refused()


def test_none_at_all(program: Make) -> None:
    advice = "get it from github.com/renode/renode/releases or by `renode-run download`"
    assert refused() == f"there is no Renode on PATH: {advice}, or name its program as `renode`"
    program("echo it would download; exit 1", name="bin/renode-run")
    assert f"{advice} (that is installed, but has none yet)" in refused()


@pytest.mark.parametrize(
    ("version", "note"),
    [
        ("1.15.0", None),
        ("1.17.9", None),
        ("1.18.0", "Renode 1.18.0 is newer than any that simtiny was made for (1.15 to 1.17)"),
        ("2.0.0", "Renode 2.0.0 is newer than any that simtiny was made for (1.15 to 1.17)"),
    ],
)
def test_newer_ones_are_taken_with_a_note(program: Make, version: str, note: str | None) -> None:
    found = find(program(SAYS.format(version)))
    assert (found.version, found.note) == (version, note)


@pytest.mark.parametrize("version", ["1.14.0", "1.9.0", "0.99.3"])
def test_older_ones_are_refused(program: Make, version: str) -> None:
    path = program(SAYS.format(version))
    assert refused(path) == f"{path} is Renode {version}: simtiny needs 1.15 or newer"


def test_what_mono_says_first_does_no_harm(program: Make) -> None:
    assert find(program("echo 'WARNING: The runtime is old' >&2", SAYS.format("1.16.1"))).version == "1.16.1"


def test_what_is_no_program(program: Make, tmp_path: Path) -> None:
    assert refused(tmp_path / "gone") == f"{tmp_path / 'gone'}: no such file"
    assert "no such file" in refused(Path("a\0b"))
    (tmp_path / "text").write_text("Renode v1.16.1\n", encoding="utf-8")
    if os.geteuid() or not os.access(tmp_path / "text", os.X_OK):
        assert refused(tmp_path / "text") == f"{tmp_path / 'text'}: Permission denied"
    (tmp_path / "text").chmod(0o755)
    assert refused(tmp_path / "text") == f"{tmp_path / 'text'}: Exec format error"
    assert refused(tmp_path) == f"{tmp_path} is a folder: name the program in it"
    inside = program(SAYS.format("1.16.1"))
    assert refused(tmp_path) == f"{tmp_path} is a folder: name the program in it, {inside}"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("echo Python 3.11.7", "'Python 3.11.7'"),
        ("echo mono: not found >&2; exit 127", "'mono: not found'"),
        ("echo; echo '  Renode v1.16'", "'Renode v1.16'"),
        ("printf '\\033[31mred\\377'", "'\\x1b[31mred\\ufffd'"),
        ("exit 3", "nothing"),
        ("kill -SEGV $$", "nothing"),
    ],
)
def test_programs_that_are_not_renode(program: Make, line: str, says: str) -> None:
    path = program(line)
    assert refused(path).replace("�", "\\ufffd") == f"{path} is not Renode: asked for its version it says {says}"


def test_one_that_floods_is_not_listened_to(program: Make) -> None:
    began = time.monotonic()
    assert "'y'" in refused(program("exec yes"))
    assert time.monotonic() - began < 5


def test_one_that_hangs_is_ended_with_what_it_has_started(
    program: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.5)
    path = program("trap '' TERM INT HUP", f"sh -c 'echo $$ > {tmp_path}/child; sleep 99'")
    assert refused(path) == f"{path} is not Renode, or hangs: it does not say its version within 0 s"
    child = int((tmp_path / "child").read_text())
    if sys.platform == "linux":
        assert not alive(child)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_all_that_were_refused_are_said(program: Make, tmp_path: Path) -> None:
    old, broken = program(SAYS.format("1.13.3"), name="bin/renode"), program("exit 1", name="brought/renode")
    settings(tmp_path, {"dotnet-portable": str(broken.parent)})
    assert refused() == (
        f"{old} is Renode 1.13.3: simtiny needs 1.15 or newer (from PATH); "
        f"{broken} is not Renode: asked for its version it says nothing (from renode-run): "
        "get it from github.com/renode/renode/releases or by `renode-run download`, or name another as `renode`"
    )


def test_a_real_one(renode: Found) -> None:
    assert renode.note is None and renode.from_where in ("as named", "PATH", "renode-run")
