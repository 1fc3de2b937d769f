"""The files of `simtiny check`, from the command line: they say what a real check has found."""

import json
import zipfile
from pathlib import Path

import jsonschema
import pytest

from simtiny.cli import main
from simtiny.report.schema import json_schema

FILES = {
    "--markdown": "check.md",
    "--junit": "check.xml",
    "--benchmark-action": "benchmark.json",
    "--bencher": "bencher.json",
    "--openmetrics": "metrics.txt",
    "--bundle": "check.zip",
    "--json": "check.json",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a baseline that is kept, and a limit that is not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert main(["check", "ad01", "--update"]) == 0
    (tmp_path / "simtiny.toml").write_text('[limits]\nlatency = { max = "1 us" }\n', encoding="utf-8")
    return tmp_path


def test_every_file_is_written_by_a_check_that_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    options = [word for option, file in FILES.items() for word in (option, file)]
    assert main(["check", "ad01", "--name", "nightly", *options]) == 1
    assert "::error" not in "".join(capsys.readouterr())
    document = json.loads((folder / "check.json").read_bytes())
    (latency,) = (each for each in document["requests"][0]["metrics"] if each["name"] == "latency")
    assert (folder / "check.md").read_text(encoding="utf-8").startswith("<!-- simtiny check: nightly -->\n## ❌")
    assert json.loads((folder / "benchmark.json").read_bytes())[0]["value"] == latency["value"]
    nanoseconds = json.loads((folder / "bencher.json").read_bytes())["ad01"]["latency"]
    assert nanoseconds["value"] == latency["value"] * 1e6
    assert nanoseconds["lower_value"] < nanoseconds["value"] < nanoseconds["upper_value"]
    assert f" {latency['value'] / 1e3:.9f}\n" in (folder / "metrics.txt").read_text()
    with zipfile.ZipFile(folder / "check.zip") as archive:
        for inside, file in (("check.json", "check.json"), ("check.md", "check.md"), ("check.xml", "check.xml")):
            assert archive.read(inside) == (folder / file).read_bytes()
        assert archive.read("baseline.json") == (folder / "simtiny-baseline.json").read_bytes()
    assert main(["verify", "check.zip", "--json"]) == 0
    verified = json.loads(capsys.readouterr().out)
    jsonschema.validate(verified, json_schema("verify"))
    assert verified["manifest"]["requests"][0]["image_sha256"] is not None
    assert "the weights are stand-in" in "".join(verified["manifest"]["validity"]["not_validated"])
    # Once more, on GitHub: the same bytes.
    before = {file: (folder / file).read_bytes() for file in FILES.values()}
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(["check", "ad01", "--name", "nightly", *options]) == 1
    *_, resumed, annotation = capsys.readouterr().out.splitlines()
    assert resumed.startswith("::") and resumed.endswith("::")  # only now does GitHub read commands again
    assert annotation.startswith("::error title=simtiny check%3A ad01::latency 5.6")
    assert {
        file: (folder / file).read_bytes() for file in FILES.values() if file != "check.json"
    }.items() <= before.items()


def test_what_is_printed_is_the_file_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["check", "ad01", "--markdown", "-"]) == 1
    assert capsys.readouterr().out.startswith("<!-- simtiny check -->\n")


def test_notes_name_options(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["check", "ad01,supply=2", "--markdown", "-"]) == 1
    assert "not in the baseline&#58; add it by --update" in capsys.readouterr().out


def test_a_bundle_is_a_zip_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "ad01", "--bundle", "bundle"]) == 2
    assert "--bundle bundle: a bundle is a ZIP file: end its name in .zip" in capsys.readouterr().err


@pytest.mark.parametrize("target", ["simtiny-baseline.json", "firmware.elf", "simtiny.toml"])
def test_no_output_goes_over_what_a_check_reads_or_writes(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even over a baseline that is not there yet."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "firmware.elf").write_bytes(b"firmware")
    (tmp_path / "simtiny.toml").write_text('[requests.app]\nimage = "firmware.elf"\n')
    assert main(["check", "--update", "--json", target]) == 2
    assert "give it a file of its own" in capsys.readouterr().err
    assert (tmp_path / "firmware.elf").read_bytes() == b"firmware"
    assert not (tmp_path / "simtiny-baseline.json").exists()


def test_what_is_printed_holds_no_commands_for_github(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check", "ad01", "--update"]) == 0
    assert "stop-commands" not in capsys.readouterr().out
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(["check", "ad01"]) == 0
    first, *between, last = capsys.readouterr().out.splitlines()
    assert first.startswith("::stop-commands::") and len(first) > 40
    assert last == f"::{first.removeprefix('::stop-commands::')}::"
    assert any("ad01" in line for line in between)
