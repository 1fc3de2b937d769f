"""What the outputs of a command have in common, whatever they are."""

import os
import sys
from pathlib import Path

import pytest

from simtiny.cli import main
from simtiny.cli.outputs import Output, outputs
from simtiny.data import data_path
from simtiny.errors import BadInput


def upper(result: str) -> bytes:
    return result.upper().encode()


def lower(result: str) -> bytes:
    return result.lower().encode()


def refuse() -> None:
    raise BadInput("can't be made")


def test_each_is_written_to_its_own_file(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write = outputs(
        Output("--first", first, upper),
        Output("--second", str(second), lower),
        Output("--third", None, upper, refuse),  # not asked for
        Output("--fourth", "-", upper),
    )
    assert list(tmp_path.iterdir()) == []
    write("Energy")
    assert (first.read_bytes(), second.read_bytes()) == (b"ENERGY", b"energy")
    assert capfdbinary.readouterr().out == b"ENERGY"


def test_what_is_refused_before_the_work(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "file")
    with pytest.raises(BadInput, match="--first nowhere/file: no file can be written there"):
        outputs(Output("--first", Path("nowhere/file"), upper))
    with pytest.raises(BadInput, match="can't be made"):
        outputs(Output("--first", tmp_path / "file", upper, refuse))
    with pytest.raises(BadInput, match=f"two outputs into {tmp_path / 'other'}: give each a file of its own"):
        outputs(Output("--first", tmp_path / "other", upper), Output("--second", f"{tmp_path}/./other", lower))
    outputs(Output("--first", "-", upper), Output("--second", "-", lower))


@pytest.mark.parametrize(
    "arguments",
    [
        "run --image x.elf --function f --json x.elf",
        "run --image x.elf --html link.elf",
        "run --model net.tflite --json sub/../net.tflite",
        "run ad01 --board mine.toml --json mine.toml",
        "run ad01 --sequence life.toml --html life.toml",
        "compare x.elf ad01 --json x.elf",
        "compare ad01 saved.json --json saved.json",
        "compare ad01,board=mine.toml ad01 --json mine.toml",
        "compare ad01 net.tflite,clock=80 --json net.tflite",
        "compare ad01 kws01 --board mine.toml --html mine.toml",
        "sweep study.toml --csv study.toml",
        "sweep study.toml --csv net.tflite",
        "sweep ad01 --sequence life.toml --csv life.toml",
        "sweep --image x.e* --csv x.elf",
        "sweep --image link.elf,y.elf --csv x.elf",
        "sweep --model net.tflite --parquet net.tflite",
        "sweep ad01 --board mine.toml,nucleo-l4r5zi --csv mine.toml",
    ],
)
def test_no_output_takes_the_place_of_what_is_read(
    arguments: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for name in ("x.elf", "y.elf", "net.tflite", "life.toml", "saved.json"):
        (tmp_path / name).write_text(name)
    (tmp_path / "link.elf").symlink_to("x.elf")
    (tmp_path / "study.toml").write_text('model = "net.tflite"\n')
    shipped = data_path("platforms", "nucleo-l4r5zi.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(shipped, encoding="utf-8")
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert main(arguments.split()) == 2
    said, target = capsys.readouterr().err, arguments.rpartition(" ")[2]
    assert said.endswith(f"{target} is what is read: give it a file of its own\n") and said.count("\n") == 1
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_nothing_is_written_unless_all_can_be_rendered(tmp_path: Path) -> None:
    def fail(result: str) -> bytes:
        raise BadInput("there is nothing to draw")

    write = outputs(Output("--first", tmp_path / "first", upper), Output("--second", tmp_path / "second", fail))
    with pytest.raises(BadInput, match="there is nothing to draw"):
        write("Energy")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals here")
def test_a_user_at_a_terminal_is_told_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, stderr = os.openpty()
    with os.fdopen(stderr, "w") as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        outputs(Output("--html", tmp_path / "page.html", upper), Output("--json", "-", lower))("Energy")
        stream.flush()
        assert os.read(terminal, 1000).decode().splitlines() == [f"html written to {tmp_path / 'page.html'}"]
    os.close(terminal)
