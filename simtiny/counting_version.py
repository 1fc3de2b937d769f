"""The version of what counts: a hash of the code and libraries that a measurement depends on.

Nobody keeps a list of what that is: it follows from what the measuring module imports, at its top or in its functions,
and from what the modules that it imports import.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

MEASURES = "simtiny.mlperf.measure"
LIBRARIES = ("unicorn", "capstone")
"""They execute and decode the code that is counted."""
_PACKAGE = "simtiny"
_ROOT = Path(__file__).resolve().parents[1]
_IMPORT = re.compile(  # relative imports, which the package has none of, would be missed; a test says so
    rb"^[ \t]*(?:from[ \t]+(%b[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*\b%b\b[^\n]*))"
    % (_PACKAGE.encode(), _PACKAGE.encode()),
    re.MULTILINE,
)
_NAME = re.compile(r"[\w.]+")


@cache
def counting_version(root: str = MEASURES) -> str:
    """SHA-256, in hexadecimal, over the sources of `import_closure(root)`, `data_files` of them and the libraries."""
    sources = import_closure(root)
    digest = hashlib.sha256()
    for name, data in (
        *((path.relative_to(_ROOT).as_posix(), data) for path, data in sorted(sources.items())),
        *((path.relative_to(_ROOT).as_posix(), path.read_bytes()) for path in data_files(sources)),
        *((library, library_version(library).encode()) for library in LIBRARIES),
    ):
        for piece in (name.encode(), data):
            digest.update(len(piece).to_bytes(8, "little") + piece)
    return digest.hexdigest()


def import_closure(root: str) -> dict[Path, bytes]:
    """The files of the modules of the package that `root` imports, itself or by way of others, with what is in them.

    Importing a module runs the packages that it is in, so they are there as well. What the outermost one imports does
    not count: its `__getattr__` imports the public API for those who ask it for that, and no module here does.
    """
    outermost = _source(_PACKAGE)
    found: dict[Path, bytes] = {}
    wanted = [root]
    while wanted:
        name = wanted.pop()
        path = _source(name)
        if path is None or path in found:
            continue
        found[path] = path.read_bytes()
        if path != outermost:
            wanted += (name.rpartition(".")[0], *_imported(found[path]))
    return found


def data_files(sources: Iterable[Path]) -> list[Path]:
    """Files in the packages of these modules that are no modules, such as code that is loaded as data.

    Those in folders below, too. Not the outermost package's: boards, models and firmware are told apart by content.
    """
    packages = {path.parent for path in sources if path.name == "__init__.py"} - {_ROOT / _PACKAGE}
    return sorted(file for package in packages for file in _data_in(package))


def library_version(name: str) -> str:
    """Of the installed library that `import name` would take. Read from the name of its metadata's folder."""
    spec = find_spec(name)
    if spec is not None and spec.origin is not None:
        pattern = re.compile(rf"{re.escape(name)}-(.+)\.(?:dist|egg)-info", re.IGNORECASE)
        for entry in sorted(_names_in(Path(spec.origin).parents[1])):
            if match := pattern.fullmatch(entry):
                return match[1]
    from importlib.metadata import PackageNotFoundError, version  # 10 ms, and seldom needed

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _imported(source: bytes) -> set[str]:
    """All that a module's import statements may name, by their lines: also names that are no modules."""
    names = set()
    for match in _IMPORT.finditer(source):
        module, members, plain = (part.decode() if part is not None else "" for part in match.groups())
        names |= {module, *(f"{module}.{member}" for member in _NAME.findall(members)), *_NAME.findall(plain)}
    return names


@cache
def _source(name: str) -> Path | None:
    """The file of a module of the package; None for what is none."""
    if not f"{name}.".startswith(f"{_PACKAGE}."):
        return None
    path = _ROOT.joinpath(*name.split("."))
    beside = _names_in(path.parent)
    if path.name in beside:
        return path / "__init__.py" if "__init__.py" in _names_in(path) else None
    return path.with_name(f"{path.name}.py") if f"{path.name}.py" in beside else None


def _data_in(folder: Path) -> Iterator[Path]:
    for name in _names_in(folder):
        if name.startswith((".", "__pycache__")) or name.endswith((".py", ".pyc")):
            continue
        path = folder / name
        if path.is_file():
            yield path
        elif "__init__.py" not in _names_in(path):  # another package counts where it is imported
            yield from _data_in(path)


@cache
def _names_in(folder: Path) -> frozenset[str]:
    """What is in a folder; nothing in what is none."""
    try:
        return frozenset(path.name for path in folder.iterdir())
    except OSError:
        return frozenset()
