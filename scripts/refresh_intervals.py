"""Write platforms/intervals.csv, the 90 % intervals of predictions, and chips' half widths, from recorded errors.

    simtiny crosscheck --json FILE
    simtiny crosscheck --suite NAME FOLDER --json SUITE       for each suite whose programs are at hand
    python scripts/refresh_intervals.py FILE SUITE...

The errors themselves go to docs/validation/interval-evidence.csv, a row each: recorded over predicted, less one. Rows
that decided a constant are left out. Files are told apart by what is in them; what none of them has stays as it is in
the evidence. A file may also be rows of evidence themselves, as a fit writes them (.csv).
"""

import argparse
import csv
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from simtiny.intervals import Case, find_case
from simtiny.records import Record, all_records
from simtiny.validation.held_out import Row, cases, read_rows, source

ROOT = Path(__file__).resolve().parents[1]
EVIDENCE = ROOT / "docs/validation/interval-evidence.csv"
INTERVALS = ROOT / "platforms/intervals.csv"
CHIPS = ROOT / "platforms/mcu"
IMAGES = "MLPerf Tiny"
DATA_SHEETS = "data sheets"
COLLECTIONS = ("elsewhere", "accelerators", "caches")
"""Suites that are made up of others: there the first word of a group says whose it is."""
UNTOLD = ("multiply", "multiply_accumulate", "floating_point", "divide", "flash_reads", "ram_line_reads", "sleeping")
"""Events whose weights no current tells, or which each chip has its own of: docs/validation/energy.md."""
SAME_CHIP = {"nucleo-l4r5zi-p": "nucleo-l4r5zi"}
# Mean power at a reduced clock, the weight of sleep from other boards: docs/validation/energy.md.
OTHER_POINT = {"nucleo-h7a3zi-q": 0.080, "nucleo-u575zi-q": -0.030, "nucleo-l4r5zi-p": 0.101}
# The same library on the same board at 1.8 and 3.0 V, behind a linear regulator.
SUPPLY_PAIR = ("v1.0 STMicroelectronics NUCLEO_L4R5ZI", "v1.1 Krai NUCLEO-L4R5ZI_X-CUBE-AI-7.3")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE", help="outcomes of simtiny crosscheck --json")
    rows = read_rows(EVIDENCE)
    for path in parser.parse_args().files:
        try:
            rows = renewed(rows, evidence_of(path))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SystemExit(f"{path}: neither a cross-check nor evidence: {error!r}") from None
    write(EVIDENCE, Row, [{**asdict(row), "error": f"{row.error:.5f}"} for row in rows])
    found = cases(read_rows(EVIDENCE))
    write(INTERVALS, Case, [asdict(case) for case in found])
    for path in CHIPS.glob("*.toml"):
        path.write_text(with_uncertainty(path.read_text(encoding="utf-8"), found), encoding="utf-8")


def with_uncertainty(text: str, found: Sequence[Case]) -> str:
    """A chip's file with the half width that energies by its power model have; only where the file says it is ours."""
    by_data_sheet = "\ndata_sheet = true" in text
    energy = find_case(found, "energy", "data sheet" if by_data_sheet else "image", "")
    if energy is None or not (by_data_sheet or "relative_uncertainty: platforms/intervals.csv" in text):
        return text
    return re.sub(r"(?m)^relative_uncertainty = .*$", f"relative_uncertainty = {energy.interval.half_width:g}", text)


def evidence_of(path: Path) -> list[Row]:
    """The errors in a file: the cross-check of all records, that of a suite, or rows of evidence."""
    if path.suffix == ".csv":
        return [of_all_cores(row) for row in read_rows(path) if tells(row)]
    document = json.loads(path.read_text(encoding="utf-8"))
    return of_suite(document) if "suite" in document else of_records(document)


def of_all_cores(row: Row) -> Row:
    """Energies and weights are of all cores together: there are few chips."""
    return row if row.quantity == "latency" else replace(row, core="", suite=row.suite or DATA_SHEETS)


def tells(row: Row) -> bool:
    """Whether it is no weight that stands where it was put to begin with, or at a bound, whatever chip is left out."""
    return row.quantity != "weight" or row.case not in UNTOLD


def renewed(rows: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """The rows with those of the same case and source replaced, cases in the order in which they came first."""
    replaced = {(row.quantity, row.case, source(row.suite)) for row in new}
    found = [row for row in rows if (row.quantity, row.case, source(row.suite)) not in replaced] + list(new)
    order = list(dict.fromkeys((row.quantity, row.case) for row in (*rows, *new)))
    return sorted(found, key=lambda row: (order.index((row.quantity, row.case)), row.suite != IMAGES, row.suite))


def of_suite(document: dict[str, Any]) -> list[Row]:
    """Of programs that are not MLPerf's, and of ratios between two settings of memories.

    Kinds of code of one suite are sets of their own. Rows that depend on random numbers too much tell nothing.
    """
    found = []
    for row in document["rows"]:
        figure = row.get("figure", row)
        if figure["use"] in ("predicted", "looked-at") and row.get("judged", True):
            name = " ".join(filter(None, (figure["name"], figure.get("part", ""))))
            group = figure.get("group") or scheme(figure["name"])
            whose = figure.get("suite", document["suite"])
            suite = f"{group.split()[0] if whose in COLLECTIONS else whose}, {figure['kind']}"
            found.append(Row("latency", case_of(figure), figure["core"], suite, group, name, opposite(row["error"])))
    return found


def scheme(name: str) -> str:
    """What a program is one of several parameters of: "ml-kem" of "ml-kem-512 m4fspeed"."""
    return re.split(r"[-_]?\d", name.split()[0])[0] or name


def case_of(figure: dict[str, Any]) -> str:
    """Whether memories answer as in recorded images, or otherwise: as a ratio, or where a cache is off that counts."""
    if "memory" in figure:
        return "program" if figure["memory"] == "on" else "memory"
    is_off = figure["core"] == "cortex-m7" and not (figure["instruction_cache"] and figure["data_cache"])
    return "memory" if figure["unit"] == "ratio" or is_off else "program"


def of_records(document: dict[str, Any]) -> list[Row]:
    """Of recorded results, and what follows from records alone."""
    rows = []
    for row in document["rows"]:
        group = row["key"].rpartition(" ")[0]
        if not row["calibrated"]:
            rows.append(Row("latency", "image", row["core"], IMAGES, group, row["key"], opposite(row["error"])))
    for row in document["rows"]:
        if row["energy"] is not None and not row["energy"]["calibrated"]:
            board = row["record"]["board"]
            chip = SAME_CHIP.get(board, board)
            rows.append(Row("energy", "image", "", IMAGES, chip, row["key"], opposite(row["energy"]["error"])))
    for row in document["stacks"]:
        group = f"{row['stack_class']}, {row['record']['board']}"
        rows.append(Row("energy", "stack", "", IMAGES, group, row["key"], opposite(row["energy"]["error"])))
    rows += [
        Row("energy", "operating point", "", IMAGES, board, board, opposite(error))
        for board, error in OTHER_POINT.items()
    ]
    return rows + supply()


def supply() -> list[Row]:
    """What the power at the other supply was beyond the ratio of the voltages."""
    by_key = {record.key: record for record in all_records()}
    rows = []
    for network in ("kws01", "vww01", "ic01", "ad01"):
        low, high = (by_key[f"{system} {network}"] for system in SUPPLY_PAIR)
        assert low.supply_v and high.supply_v
        error = power(high) / power(low) / (high.supply_v / low.supply_v) - 1
        rows.append(Row("energy", "supply", "", IMAGES, "nucleo-l4r5zi", high.key, error))
    return rows


def power(record: Record) -> float:
    """Mean power in milliwatts."""
    assert record.energy_uj is not None
    return record.energy_uj / record.latency_ms


def opposite(error: float) -> float:
    """Recorded over predicted, less one, from predicted over recorded, less one."""
    return 1 / (1 + error) - 1


def write(path: Path, kind: type, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(kind)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
