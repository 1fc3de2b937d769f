"""Where the files that travel with the package live: `models/`, `platforms/`, `firmware/images/`."""

from pathlib import Path

from simtiny.errors import BadInput

_PACKAGE = Path(__file__).resolve().parent

# A wheel carries the data folders in `simtiny/_data`; a source checkout has them beside the package.
_ROOTS = (_PACKAGE / "_data", _PACKAGE.parent)


def data_path(*parts: str) -> Path:
    """The path of a packaged file or folder, for example `data_path("platforms", "nucleo-l4r5zi.toml")`."""
    for root in _ROOTS:
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise BadInput(f"packaged file {'/'.join(parts)} is missing: reinstall simtiny")
