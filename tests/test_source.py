"""Source files are found where they are named, and nowhere that would surprise."""

import os
from pathlib import Path

import pytest

from simtiny import source
from simtiny.source import find_sources


def test_as_named_then_below_then_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, image = tmp_path / "here", tmp_path / "image"
    (here / "src").mkdir(parents=True)
    image.mkdir()
    (here / "src/a.c").write_text("int a;\r\nint b;\n")
    (image / "b.h").write_text("#pragma once")
    (tmp_path / "c.cpp").write_text("\n\nint c;\n")
    monkeypatch.chdir(here)
    absolute = str(tmp_path / "c.cpp")
    assert find_sources(["/built/elsewhere/src/a.c", "C:\\built\\b.h", absolute, "gone.c"], image) == {
        "/built/elsewhere/src/a.c": ("int a;", "int b;"),
        "C:\\built\\b.h": ("#pragma once",),
        absolute: ("", "", "int c;"),
    }
    assert find_sources(["../c.cpp", "x/../../c.cpp"], None) == {}


def test_what_is_no_source_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_text("key")
    (tmp_path / "folder.c").mkdir()
    (tmp_path / "binary.c").write_bytes(b"a\0b")
    (tmp_path / "large.c").write_bytes(b"x" * 100)
    (tmp_path / "inside").mkdir()
    monkeypatch.setattr(source, "MOST_FILE_BYTES", 99)
    names = ["secret", "/etc/passwd", "/dev/zero", "folder.c", "binary.c", "large.c", "a\0.c", "", "/" * 9000 + ".c"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.c")
        names.append(str(tmp_path / "pipe.c"))
    assert find_sources(names, tmp_path) == {}


def test_no_link_leads_out_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside.c").write_text("int x;")
    (tmp_path / "inside/link.c").symlink_to(tmp_path / "outside.c")
    monkeypatch.chdir(tmp_path / "inside")
    assert find_sources(["link.c"], tmp_path / "inside") == {}
