"""The baseline: figures of requests in a JSON file that is made to be reviewed in a diff and to be merged.

Requests, metrics and parts are in the order of their names, each in a line of its own.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import msgspec

from simtiny.errors import BadInput
from simtiny.files import is_there, read_bounded
from simtiny.gate.configuration import check_name, is_path, placed
from simtiny.gate.figures import Figures
from simtiny.gate.limits import KINDS
from simtiny.toml_file import MOST_DEPTH, too_deep

SCHEMA = "simtiny.baseline/1"
MOST_BYTES = 16 << 20
_MOST = 2**60
_Number = Annotated[float, msgspec.Meta(ge=-_MOST, le=_MOST)]
_Amount = Annotated[float, msgspec.Meta(ge=0, le=_MOST)]


class _Stored(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Figures as a file has them."""

    board: str
    board_sha256: str
    image_sha256: str
    options: dict[str, Any]
    operating_point: dict[str, bool | float | str | None]
    metrics: dict[str, _Amount]
    simtiny: str
    counting_sha256: str
    pricing_sha256: str
    supply_v: _Amount | None = None
    model_sha256: str | None = None
    data_sha256: str | None = None
    functions: dict[str, tuple[_Number, _Number | None]] = {}
    layers: dict[str, tuple[_Number, _Number | None]] = {}
    memories: dict[str, tuple[_Number, _Number | None]] = {}


def read_baseline(path: Path) -> dict[str, Figures]:
    """Figures by request; paths among the options as this process opens them. BadInput for what is no baseline."""
    where = f"baseline {path}"
    try:
        content = read_bounded(path, MOST_BYTES)
    except BadInput as error:
        raise BadInput(f"baseline {error}") from error
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{where}: no JSON: {error}") from None
    if too_deep(document):
        raise BadInput(f"{where}: nested too deeply: none needs more than {MOST_DEPTH} levels")
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        what = f"its schema is {schema!r:.60}" if schema is not None else "it has no schema"
        raise BadInput(f"{where}: {what}, and this simtiny reads {SCHEMA}: write it anew, after deleting this one")
    try:
        requests = msgspec.convert(document.get("requests"), dict[str, _Stored])
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadInput(f"{where}: {' '.join(str(error).split())}") from None
    return {
        check_name(name, where): _figures(stored, path.parent, f"{where}: {name}") for name, stored in requests.items()
    }


def written(requests: Mapping[str, Figures], folder: Path) -> bytes:
    """The file, for a `folder`: paths among the options are relative to that."""
    lines = [f'{{\n  "schema": {_json(SCHEMA)},\n  "requests": {{']
    entries = [f"    {_json(name)}: {_entry(requests[name], folder)}" for name in sorted(requests)]
    return "\n".join([*lines, ",\n".join(entries), "  }", "}", ""]).encode()


def _entry(figures: Figures, folder: Path) -> str:
    fields: dict[str, Any] = msgspec.to_builtins(figures)
    fields["options"] = {
        name: _relative(value, folder) if is_path(name, value) else value for name, value in fields["options"].items()
    }
    lines = []
    for name, value in fields.items():
        if value is None or value == {}:
            continue
        if isinstance(value, dict) and name != "options":
            rows = ",\n".join(f"        {_json(key)}: {_json(value[key])}" for key in sorted(value))
            lines.append(f"      {_json(name)}: {{\n{rows}\n      }}")
        else:
            lines.append(f"      {_json(name)}: {_json(value)}")
    return "{\n" + ",\n".join(lines) + "\n    }"


def _figures(stored: _Stored, folder: Path, where: str) -> Figures:
    for name in stored.metrics:
        if name not in KINDS:
            raise BadInput(f"{where}: unknown metric {name!r:.60}: known are {', '.join(KINDS)}")
    clock_hz = stored.operating_point.get("clock_hz")
    if isinstance(clock_hz, bool) or not isinstance(clock_hz, int | float) or not 0 < clock_hz <= _MOST:
        raise BadInput(f"{where}: operating_point has no clock_hz that is a positive number")
    fields = {name: getattr(stored, name) for name in stored.__struct_fields__}
    fields["options"] = placed(stored.options, folder)
    return Figures(**fields)


def _relative(path: str, folder: Path) -> str:
    """With slashes, on every system. What lies on another drive stays as it is."""
    try:
        return PurePosixPath(Path(os.path.relpath(path, folder))).as_posix()
    except ValueError:
        return path


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True)


def exists(path: Path) -> bool:
    """Whether there is anything of this name: a folder, too, which `read_baseline` refuses."""
    return is_there(path)
