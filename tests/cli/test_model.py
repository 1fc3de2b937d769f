"""`--model`, from the command line: a network of the user's runs with what was decided, or is refused in one line."""

import json
from pathlib import Path

import pytest

from simtiny.cli import main
from tests.model.flatbuffer_writer import FLOAT32, dense


def test_a_network_runs_and_says_what_was_decided(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "dense.tflite"
    path.write_bytes(dense(signature=[-1, 4]))
    assert main(["run", "--model", str(path), "--json"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["results"]
    assert any('dense.tflite: input 0 "x" has an open batch: 1 is taken' in note for note in run["notes"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "`git lfs pull` brings the file"),
        (b"", "the file is empty"),
        (dense(FLOAT32, FLOAT32), "it is a float32 network; only int8 is supported: convert with converter."),
        (dense()[:-9], "truncated or corrupted"),
    ],
    ids=["pointer", "empty", "float", "truncated"],
)
def test_a_refusal_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, words: str) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(data)
    assert main(["run", "--model", str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: net.tflite: ")
    assert captured.err.count("\n") == 1
    assert words in captured.err
