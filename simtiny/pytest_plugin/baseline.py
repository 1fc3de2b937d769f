"""The costs of calls as a file: what they were, and whether they are more now."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from simtiny.counting_version import counting_version
from simtiny.errors import BadInput
from simtiny.files import is_there, read_bounded

SCHEMA = "simtiny.pytest-baseline/1"
COUNTED_BY = "simtiny.calls.load"
"""The module whose code, with all that it imports, costs depend on."""
MOST_BYTES = 64 << 20
_ENERGY_DIGITS = 9  # energies are rounded to so many: other systems' libraries may give other last digits


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One call: on which board, at which operating point, and what it cost. energy_uj: None where it is not known."""

    board: str
    board_sha256: str
    point: str
    cycles: int
    latency_ms: float
    energy_uj: float | None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    schema: str
    counting_version: str
    calls: dict[str, dict[str, Cost]]


@dataclass(frozen=True)
class Baseline:
    """Costs by test and call. path: its file. update: costs are written, not compared."""

    path: Path
    update: bool
    calls: Mapping[str, Mapping[str, Cost]]

    def regression(self, test: str, call: str, now: Cost, tolerance: float) -> str | None:
        """What to say of a call that costs more than it did, or on another board; None if there is nothing."""
        was = self.calls.get(test, {}).get(call)
        if self.update or was is None:
            return None
        if was.board_sha256 != now.board_sha256:
            on = f"on {was.board}" if was.board != now.board else f"on another description of {was.board}"
            return (
                f"{call}: {self.path.name} has what it cost {on}, which can't be compared with {now.board}: update it"
            )
        if was.point != now.point:
            return (
                f"{call}: {self.path.name} has what it cost at {was.point}, which can't be compared with {now.point}: "
                "update it"
            )
        worse = [
            f"{_shown(after)} {unit}, was {_shown(before)} ({after / before - 1:+.2%})"
            for unit, before, after in (("cycles", was.cycles, now.cycles), ("uJ", was.energy_uj, now.energy_uj))
            if before is not None and after is not None and before > 0 and after > before * (1 + tolerance)
        ]
        if not worse:
            return None
        allowed = f"; {tolerance:.2%} more is allowed" if tolerance else ""
        return f"{call} costs more than in {self.path.name}: {', '.join(worse)}{allowed}"

    def with_calls(self, calls: Mapping[str, Mapping[str, Cost]]) -> "Baseline":
        """The same with these tests' in place of what it has of them."""
        return replace(self, calls={**self.calls, **calls})


def cost(board: str, board_sha256: str, cycles: int, latency_ms: float, energy_uj: float | None, point: str) -> Cost:
    """With the digits that are kept."""
    return Cost(
        board, board_sha256, point, cycles, _rounded(latency_ms), None if energy_uj is None else _rounded(energy_uj)
    )


def plain(found: Cost) -> dict[str, Any]:
    """As JSON has it."""
    return msgspec.to_builtins(found)  # type: ignore[no-any-return]


def of_plain(found: Mapping[str, Any]) -> Cost:
    """Of what `plain` gave."""
    return msgspec.convert(found, Cost)


def read(path: Path, *, update: bool) -> Baseline:
    """The baseline of a file. Raises BadInput for what is none, and for one that other code has counted.

    To be updated it need not be there; one that other code has counted is begun anew then.
    """
    if update and not is_there(path):
        return Baseline(path, update, {})
    try:
        found = msgspec.json.decode(read_bounded(path, MOST_BYTES), type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{path}: no baseline of {SCHEMA}: {error}") from None
    if found.schema != SCHEMA:
        raise BadInput(f"{path}: it is of schema {found.schema!r}, not {SCHEMA}")
    if found.counting_version != counting_version(COUNTED_BY):
        if not update:
            raise BadInput(f"{path}: another version of simtiny has counted it, which can't be compared: update it")
        return Baseline(path, update, {})
    return Baseline(path, update, found.calls)


def text(baseline: Baseline) -> str:
    """Its file, in an order that does not depend on that of the tests."""
    document = {
        "schema": SCHEMA,
        "counting_version": counting_version(COUNTED_BY),
        "calls": {
            test: {call: plain(found) for call, found in calls.items()} for test, calls in baseline.calls.items()
        },
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _rounded(value: float) -> float:
    return float(f"{value:.{_ENERGY_DIGITS}g}") if math.isfinite(value) else value


def _shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
