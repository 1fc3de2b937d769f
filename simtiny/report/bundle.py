"""A result bundle: what a check said, what it was compared with and what went into it, in one ZIP file.

`manifest.json` lists every other file with its SHA-256. Nothing is compressed and no time is kept, so that the same
result is the same file on every system. `simtiny.report.verify_bundle` reads it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import msgspec

from simtiny.counting_version import counting_version
from simtiny.gate.result import Checked, CheckResult
from simtiny.report.check_junit import check_junit
from simtiny.report.check_markdown import check_markdown
from simtiny.report.plain import plain

SCHEMA: Literal["simtiny.bundle/1"] = "simtiny.bundle/1"
MANIFEST = "manifest.json"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""What ZIP takes for a file without a time."""
_REGULAR_FILE = 0o100644 << 16
_UNIX = 3


@dataclass(frozen=True)
class BundledFile:
    """A file of the bundle, beside the manifest. size_bytes: of it. sha256: in hexadecimal."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class BundledRequest:
    """What was asked for: options: words of the request, as given. The hashes are those of `Identity`.

    passed: whether it kept its limits.
    """

    name: str
    board: str
    passed: bool
    options: Mapping[str, Any]
    board_sha256: str | None
    image_sha256: str | None
    model_sha256: str | None
    plan_sha256: str | None
    input_sha256: str | None
    engine: str | None


@dataclass(frozen=True)
class Validity:
    """How far the result goes. passed: the check. assumed: what its numbers depend on, in words.

    not_validated: what was compared with no recorded result.
    """

    passed: bool
    assumed: tuple[str, ...]
    not_validated: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """Of a bundle. version: of simtiny. counting_version: see `simtiny.counting_version`.

    baseline: name of what the check compared with, None without one.
    """

    schema: Literal["simtiny.bundle/1"]
    version: str
    counting_version: str
    baseline: str | None
    requests: tuple[BundledRequest, ...]
    validity: Validity
    files: tuple[BundledFile, ...]


def check_bundle(result: CheckResult, document: bytes, baseline: bytes | None = None, name: str = "") -> bytes:
    """The bytes of the ZIP file.

    document: what `simtiny check --json` writes. baseline: the file that was compared with. name: what the check is
    called where there are several.
    """
    files = {"check.json": document, "check.md": check_markdown(result, name), "check.xml": check_junit(result, name)}
    if baseline is not None:
        files["baseline.json"] = baseline
    manifest = Manifest(
        schema=SCHEMA,
        version=result.version,
        counting_version=counting_version(),
        baseline=result.baseline,
        requests=tuple(_request(checked) for checked in result.checked),
        validity=Validity(
            passed=result.passed,
            assumed=tuple(dict.fromkeys(f"{each.name}: {note}" for each in result.checked for note in each.notes)),
            not_validated=tuple(words for checked in result.checked for words in _not_validated(checked)),
        ),
        files=tuple(bundled(file, data) for file, data in files.items()),
    )
    listed = msgspec.json.format(msgspec.json.encode(plain(msgspec.to_builtins(manifest))), indent=2) + b"\n"
    return zipped({MANIFEST: listed, **files})


def bundled(name: str, data: bytes) -> BundledFile:
    """The entry of a file in the manifest."""
    return BundledFile(name, len(data), hashlib.sha256(data).hexdigest())


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A ZIP file that depends on names, order and content alone."""
    whole = BytesIO()
    with ZipFile(whole, "w", ZIP_STORED) as archive:
        for name, data in files.items():
            entry = ZipInfo(name, _EARLIEST)
            entry.external_attr = _REGULAR_FILE
            entry.create_system = _UNIX
            archive.writestr(entry, data)
    return whole.getvalue()


def _request(checked: Checked) -> BundledRequest:
    identity = checked.result.get("identity") or {}
    hashes = {f"{of}_sha256": identity.get(f"{of}_sha256") for of in ("board", "image", "model", "plan", "input")}
    return BundledRequest(
        name=checked.name,
        board=checked.board,
        passed=checked.passed,
        options=checked.result.get("options") or {},
        engine=identity.get("engine"),
        **hashes,
    )


def _not_validated(checked: Checked) -> Iterator[str]:
    """What no recorded result stands behind, by what the result says of itself."""
    result = checked.result
    if result.get("record") is None:
        basis = result.get("latency_interval_basis")
        interval = f"; the interval is that of {basis}" if basis else ""
        yield f"{checked.name}: no board is on record with this very image{interval}"
    if "energy" in result and result["energy"] is None:
        yield f"{checked.name}: there is no power model of this board at this operating point, so no energy"
    if str(result.get("weights", "")).startswith("stand-in"):
        yield f"{checked.name}: the weights are {result['weights']}"
