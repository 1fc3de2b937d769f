"""Result bundles: one result is the same bytes always, and what was changed, added or made to harm is not whole."""

import json
import random
import shutil
import warnings
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import jsonschema
import pytest

from simtiny.cli import main
from simtiny.errors import BadInput
from simtiny.report.bundle import check_bundle, zipped
from simtiny.report.schema import json_schema
from simtiny.report.verify_bundle import MOST_BYTES, verify
from tests.report.checks import EMPTY, REGRESSION, STRANGE, checked, result

DOCUMENT = b'{"schema": "simtiny.check/1"}\n'
BUNDLE = check_bundle(REGRESSION, DOCUMENT, b"{}", "firmware")


def files(bundle: bytes = BUNDLE) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "check.zip"
    path.write_bytes(data)
    return path


def test_a_bundle_is_whole_and_says_what_it_holds(tmp_path: Path) -> None:
    found = verify(written(tmp_path, BUNDLE))
    assert found.problems == ()
    manifest = found.manifest
    assert [file.name for file in manifest.files] == ["check.json", "check.md", "check.xml", "baseline.json"]
    assert manifest.files[3].size_bytes == 2
    assert manifest.files[3].sha256 == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert [(request.name, request.passed) for request in manifest.requests] == [("kws01", False), ("my app", False)]
    assert manifest.requests[0].board_sha256 == "2" * 64
    assert manifest.requests[0].model_sha256 is None
    assert manifest.validity.passed is False
    assert manifest.validity.assumed == ("kws01: the firmware waits for an interrupt",)


def test_the_same_result_is_the_same_file() -> None:
    assert check_bundle(REGRESSION, DOCUMENT, b"{}", "firmware") == BUNDLE
    assert check_bundle(REGRESSION, DOCUMENT, None, "firmware") != BUNDLE
    with zipfile.ZipFile(BytesIO(BUNDLE)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_what_is_on_no_record_is_said(tmp_path: Path) -> None:
    run = {"record": None, "latency_interval_basis": "19 programs", "energy": None, "weights": "stand-in (synthetic)"}
    found = verify(written(tmp_path, check_bundle(result(checked("a", result=run)), DOCUMENT)))
    assert found.manifest.validity.not_validated == (
        "a: no board is on record with this very image; the interval is that of 19 programs",
        "a: there is no power model of this board at this operating point, so no energy",
        "a: the weights are stand-in (synthetic)",
    )
    on_record = {"record": "v1.2 x", "energy": {}, "weights": "official"}
    found = verify(written(tmp_path, check_bundle(result(checked("a", result=on_record)), DOCUMENT)))
    assert found.manifest.validity.not_validated == ()


@pytest.mark.parametrize("what", [EMPTY, STRANGE])
def test_any_result_makes_a_whole_bundle(what: object, tmp_path: Path) -> None:
    assert verify(written(tmp_path, check_bundle(what, DOCUMENT))).whole  # type: ignore[arg-type]


def test_a_folder_that_it_was_unpacked_to_is_as_good(tmp_path: Path) -> None:
    shutil.unpack_archive(written(tmp_path, BUNDLE), tmp_path / "folder")
    assert verify(tmp_path / "folder").whole
    (tmp_path / "folder" / "check.md").write_text("passed")
    (tmp_path / "folder" / "check.json").unlink()
    (tmp_path / "folder" / "more").touch()
    assert verify(tmp_path / "folder").problems == (
        "check.json is missing",
        "check.md is not what was put in: its SHA-256 or size is another",
        "more is not in manifest.json",
    )
    (tmp_path / "folder" / "more").unlink()
    (tmp_path / "folder" / "more").symlink_to("/etc/passwd")
    with pytest.raises(BadInput, match="more is a link or a folder"):
        verify(tmp_path / "folder")


def test_packed_by_another_program_it_is_whole(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "again.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in reversed(files().items()):
            archive.writestr(name, data)
    assert verify(tmp_path / "again.zip").whole


def changed(files: dict[str, bytes]) -> bytes:
    return zipped(files | {"check.json": DOCUMENT.replace(b"1", b"2")})


def taken_away(files: dict[str, bytes]) -> bytes:
    return zipped({name: data for name, data in files.items() if name != "baseline.json"})


def added(files: dict[str, bytes]) -> bytes:
    return zipped({**files, "readme.txt": b"trust me"})


def listed_as_passed(files: dict[str, bytes]) -> bytes:
    manifest = json.loads(files["manifest.json"])
    manifest["validity"]["passed"] = True
    return zipped({**files, "manifest.json": json.dumps(manifest).encode()})


@pytest.mark.parametrize(
    ("forge", "line"),
    [
        (changed, "check.json is not what was put in: its SHA-256 or size is another"),
        (taken_away, "baseline.json is missing"),
        (added, "readme.txt is not in manifest.json"),
        (listed_as_passed, "manifest.json says of the check what it does not say of its requests"),
    ],
)
def test_what_was_changed_fails(
    forge: Callable[[dict[str, bytes]], bytes], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, forge(files()))
    assert main(["verify", str(path)]) == 1
    assert capsys.readouterr().err == f"error: {path}: {line}\n"


def raw(*entries: tuple[str, bytes], mode: int = 0o100644) -> bytes:
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there already
        for name, data in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "can't be read as a ZIP file"),
        (b"{}", "can't be read as a ZIP file"),
        (BUNDLE[:-30], "can't be read as a ZIP file"),
        (raw(), "there is no manifest.json in it"),
        (raw(("bundle/manifest.json", b"{}")), "is no name of a file in one folder"),
        (raw(("../manifest.json", b"{}")), "is no name of a file in one folder"),
        (raw(("/etc/passwd", b"{}")), "is no name of a file in one folder"),
        (raw(("C:x", b"{}")), "is no name of a file in one folder"),
        (raw(("..\\x", b"{}")), "is no name of a file in one folder"),
        (raw(("a\nb", b"{}")), "is no name of a file in one folder"),
        (raw(("manifest.json", b"{}"), ("manifest.json", b"{}")), "a name is there twice"),
        (raw(("manifest.json", b"{}"), ("MANIFEST.json", b"{}")), "a name is there twice"),
        (raw(("manifest.json", b"/etc/passwd"), mode=0o120777), "is a link or a folder"),
        (raw(*((str(index), b"") for index in range(101))), "it holds 101 files"),
        (raw(("manifest.json", b"[" * 100_000)), "manifest.json: "),
        (raw(("manifest.json", b"{}")), "missing required field `schema`"),
        (raw(("manifest.json", b'{"schema": "simtiny.bundle/2"}')), "Invalid enum value 'simtiny.bundle/2'"),
    ],
)
def test_what_is_no_bundle_or_may_harm_is_refused(
    data: bytes, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(written(tmp_path, data))]) == 2
    line = capsys.readouterr().err
    assert why in line
    assert line.count("\n") == 1


def test_what_unpacks_to_more_than_a_bundle_holds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="it unpacks to more than 64 MiB"):
        verify(written(tmp_path, raw(("zeros", bytes(MOST_BYTES + 1)))))


def test_no_bytes_at_all_make_it_fail_otherwise(tmp_path: Path) -> None:
    chance = random.Random(1)
    for _ in range(300):
        data = bytearray(BUNDLE)
        for _ in range(chance.choice((1, 4, 40))):
            data[chance.choice((chance.randrange(len(data)), len(data) - 1 - chance.randrange(400)))] = (
                chance.randrange(256)
            )
        try:
            verify(written(tmp_path, bytes(data)))
        except BadInput as error:
            assert "\n" not in str(error)


def test_the_command_says_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, BUNDLE)
    assert main(["verify", str(path)]) == 0
    line = capsys.readouterr().out
    assert line.startswith(f"{path}: whole: 4 files of a check that failed, by simtiny 0.1.0; SHA-256 of the manifest ")
    assert main(["verify", str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json_schema("verify"))
    assert line.split()[-1] == document["manifest_sha256"]
    path.write_bytes(added(files()))
    assert main(["verify", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"] == ["readme.txt is not in manifest.json"]
    assert main(["verify", str(tmp_path / "none.zip")]) == 2
    assert "No such file" in capsys.readouterr().err
