"""Whether a result bundle is whole: every file there with the SHA-256 that the manifest says, and no other.

Nothing is unpacked to disk, and no more is read than a bundle may hold. Who made a bundle its hashes do not tell.
"""

import hashlib
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import msgspec

from simtiny.errors import BadInput
from simtiny.files import is_folder, read_bounded, shown
from simtiny.report.bundle import MANIFEST, Manifest, bundled

MOST_BYTES = 64 << 20
"""Of a bundle, packed and unpacked: one of four benchmarks has less than a hundredth."""
MOST_FILES = 100
_ENCRYPTED = 1
_UNREADABLE = (
    *(BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, OverflowError, IndexError),
    *(struct.error, zlib.error),
)
"""What zipfile raises for files that are no ZIP files, damaged ones, or such as only others can read."""


@dataclass(frozen=True)
class Verified:
    """What was found. bundle: its name. manifest_sha256: says which bundle it is, to whoever keeps it elsewhere.

    problems: one line each, empty for a bundle that is whole.
    """

    bundle: str
    manifest_sha256: str
    manifest: Manifest
    problems: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.problems


def verify(bundle: Path) -> Verified:
    """Check a bundle: a ZIP file, or a folder that it was unpacked into.

    BadInput for what is no bundle, or is unsafe to unpack: a name that leads out of the folder or is there twice, a
    link, or more than a bundle holds.
    """
    name = shown(str(bundle))
    files = dict(_of_folder(bundle, name) if is_folder(bundle) else _of_archive(bundle, name))
    if MANIFEST not in files:
        raise BadInput(f"{name}: no result bundle: there is no {MANIFEST} in it")
    listed = files.pop(MANIFEST)
    try:
        manifest = msgspec.json.decode(listed, type=Manifest)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadInput(f"{name}: {MANIFEST}: {error}") from None
    problems = tuple(_problems(manifest, files))
    return Verified(name, hashlib.sha256(listed).hexdigest(), manifest, problems)


def _problems(manifest: Manifest, files: dict[str, bytes]) -> Iterator[str]:
    listed = {file.name: file for file in manifest.files}
    if len(listed) < len(manifest.files):
        yield f"{MANIFEST} lists a file twice"
    for name, file in listed.items():
        if name not in files:
            yield f"{name} is missing"
        elif bundled(name, files[name]) != file:
            yield f"{name} is not what was put in: its SHA-256 or size is another"
    yield from (f"{name} is not in {MANIFEST}" for name in files if name not in listed)
    if manifest.validity.passed != all(request.passed for request in manifest.requests):
        yield f"{MANIFEST} says of the check what it does not say of its requests"


def _of_folder(folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    room = MOST_BYTES
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise BadInput(f"{name}: {error.strerror or error}") from None
    _check_names(name, [entry.name for entry in entries])
    for entry in entries:
        if entry.is_symlink() or entry.is_dir():
            raise BadInput(f"{name}: {shown(entry.name)} is a link or a folder: a bundle holds files alone")
        data = read_bounded(entry, room)
        room -= len(data)
        yield entry.name, data


def _of_archive(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    data = read_bounded(path, MOST_BYTES)
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_names(name, [entry.filename for entry in entries])
            room = MOST_BYTES
            for entry in entries:
                _check_entry(name, entry)
                with archive.open(entry) as file:
                    content = file.read(room + 1)
                room -= len(content)
                if room < 0:
                    raise BadInput(f"{name}: it unpacks to more than {MOST_BYTES >> 20} MiB")
                yield entry.filename, content
    except _UNREADABLE as error:
        raise BadInput(f"{name}: no result bundle: it can't be read as a ZIP file ({error})") from None


def _check_names(bundle: str, names: list[str]) -> None:
    """All files of a bundle are in one folder, and no two are one on a system that ignores case."""
    if len(names) > MOST_FILES:
        raise BadInput(f"{bundle}: it holds {len(names)} files, and a bundle at most {MOST_FILES}")
    for name in names:
        if not name or name in (".", "..") or any(letter in "/\\:\0" for letter in name) or not name.isprintable():
            raise BadInput(f"{bundle}: {name!r} is no name of a file in one folder")
    if len({name.casefold() for name in names}) < len(names):
        raise BadInput(f"{bundle}: a name is there twice")


def _check_entry(bundle: str, entry: ZipInfo) -> None:
    mode = entry.external_attr >> 16
    if entry.is_dir() or (stat.S_IFMT(mode) and not stat.S_ISREG(mode)):
        raise BadInput(f"{bundle}: {entry.filename!r} is a link or a folder: a bundle holds files alone")
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadInput(f"{bundle}: {entry.filename!r} is encrypted, or packed as no bundle is")
