"""Write platforms/intervals.csv, the 90 % intervals of predictions, from recorded errors.

    simtiny crosscheck --json FILE
    python scripts/refresh_intervals.py FILE

The errors themselves go to docs/validation/interval-evidence.csv, a row each: recorded over predicted, less one. Rows
of one group err alike, so that groups count as degrees of freedom. Rows that decided a constant are left out.
"""

import argparse
import csv
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from math import ceil
from pathlib import Path
from typing import Any

from simtiny.intervals import OTHER_STACKS, Case, around_mean, symmetric
from simtiny.records import Record, all_records

ROOT = Path(__file__).resolve().parents[1]
EVIDENCE = ROOT / "docs/validation/interval-evidence.csv"
INTERVALS = ROOT / "platforms/intervals.csv"
EMBENCH = ROOT / "docs/validation/cortex-m4.md"
SAME_CHIP = {"nucleo-l4r5zi-p": "nucleo-l4r5zi"}
# Mean power at a reduced clock, the weight of sleep from other boards: docs/validation/energy.md.
OTHER_POINT = {"nucleo-h7a3zi-q": 0.080, "nucleo-u575zi-q": -0.030, "nucleo-l4r5zi-p": 0.101}
# The same library on the same board at 1.8 and 3.0 V, behind a linear regulator.
SUPPLY_PAIR = ("v1.0 STMicroelectronics NUCLEO_L4R5ZI", "v1.1 Krai NUCLEO-L4R5ZI_X-CUBE-AI-7.3")


@dataclass(frozen=True)
class Row:
    """One error: recorded over predicted, less one."""

    quantity: str
    case: str
    core: str
    group: str
    name: str
    error: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("crosscheck", type=Path, metavar="FILE", help="the outcome of `simtiny crosscheck --json FILE`")
    path = parser.parse_args().crosscheck
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        rows = evidence(document)
    except (OSError, ValueError, KeyError) as error:
        raise SystemExit(f"{path}: no cross-check of all records: {error}") from None
    write(EVIDENCE, Row, [{**asdict(row), "error": f"{row.error:.5f}"} for row in rows])
    write(INTERVALS, Case, [asdict(case) for case in cases(read())])


def evidence(document: dict[str, Any]) -> list[Row]:
    """All errors, from the cross-check and from what stands in the documents."""
    rows = []
    for row in document["rows"]:
        group = row["key"].rpartition(" ")[0]
        if not row["calibrated"]:
            rows.append(Row("latency", "image", row["core"], group, row["key"], opposite(row["error"])))
    rows += [Row("latency", "program", "", name, f"Embench {name}", opposite(error)) for name, error in embench()]
    for row in document["rows"]:
        if row["energy"] is not None and not row["energy"]["calibrated"]:
            board = row["record"]["board"]
            chip = SAME_CHIP.get(board, board)
            rows.append(Row("energy", "image", "", chip, row["key"], opposite(row["energy"]["error"])))
    for row in document["stacks"]:
        group = f"{row['stack_class']}, {row['record']['board']}"
        rows.append(Row("energy", "stack", "", group, row["key"], opposite(row["energy"]["error"])))
    rows += [
        Row("energy", "operating point", "", board, board, opposite(error)) for board, error in OTHER_POINT.items()
    ]
    return rows + supply()


def embench() -> list[tuple[str, float]]:
    """The programs of the table in docs/validation/cortex-m4.md."""
    section = EMBENCH.read_text(encoding="utf-8").partition("## Embench")[2].partition("\n## ")[0]
    found = re.findall(r"\| ([a-z][\w-]*) \| ([+-]?\d+\.\d) %", section)
    return sorted((name, float(error) / 100) for name, error in found)


def supply() -> list[Row]:
    """What the power at the other supply was beyond the ratio of the voltages."""
    by_key = {record.key: record for record in all_records()}
    rows = []
    for network in ("kws01", "vww01", "ic01", "ad01"):
        low, high = (by_key[f"{system} {network}"] for system in SUPPLY_PAIR)
        assert low.supply_v and high.supply_v
        error = power(high) / power(low) / (high.supply_v / low.supply_v) - 1
        rows.append(Row("energy", "supply", "", "nucleo-l4r5zi", high.key, error))
    return rows


def power(record: Record) -> float:
    """Mean power in milliwatts."""
    assert record.energy_uj is not None
    return record.energy_uj / record.latency_ms


def opposite(error: float) -> float:
    """Recorded over predicted, less one, from predicted over recorded, less one."""
    return 1 / (1 + error) - 1


def read(path: Path = EVIDENCE) -> list[Row]:
    """The committed errors."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(**{**row, "error": float(row["error"])}) for row in csv.DictReader(file)]  # type: ignore[arg-type]


def cases(rows: Sequence[Row]) -> list[Case]:
    """An interval for each case, rounded outward to 0.1 %."""
    return [
        case(
            quantity, kind, core, [row for row in rows if (row.quantity, row.case, row.core) == (quantity, kind, core)]
        )
        for quantity, kind, core in dict.fromkeys((row.quantity, row.case, row.core) for row in rows)
    ]


def case(quantity: str, kind: str, core: str, rows: Sequence[Row]) -> Case:
    errors, groups = [row.error for row in rows], len({row.group for row in rows})
    if kind == "stack":  # other stacks draw more, as a rule; one that leaves nothing on draws what is predicted
        low, high = around_mean(errors, groups)
        low, high = min(low, 0.0), max(high, 0.0)
    else:
        high = symmetric(errors, groups)
        low = -high
    low, high = -ceil(round(-low * 1000, 6)) / 1000, ceil(round(high * 1000, 6)) / 1000
    inside = sum(low <= error <= high for error in errors)
    return Case(quantity, kind, core, low, high, len(rows), groups, inside, basis(quantity, kind, core, len(rows)))


def basis(quantity: str, kind: str, core: str, rows: int) -> str:
    """What reports say that the interval follows from."""
    return {
        ("latency", "image"): f"{rows} recorded images on {core} that no constant was fitted to",
        ("latency", "program"): f"{rows} recorded programs of other kinds (Embench on a Cortex-M4)",
        ("energy", "image"): f"{rows} recorded energies of STMicroelectronics' firmware that no constant was fitted to",
        ("energy", "stack"): f"{rows} recorded energies of {OTHER_STACKS}, which leave more switched on",
        ("energy", "operating point"): f"mean power at a reduced clock on {rows} boards",
        ("energy", "supply"): "one board recorded at 1.8 and 3.0 V",
    }[quantity, kind]


def write(path: Path, kind: type, rows: Sequence[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(kind)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
