"""Fill the tables of docs/validation from a cross-check: `simtiny crosscheck --json FILE`, then this with FILE.

Run `scripts/refresh_intervals.py` first: its evidence tells how intervals hold for what they do not come from, which is
printed, too. Each table stands between the lines `<!-- table NAME -->` and `<!-- end -->`; what is between them is
replaced.
"""

import argparse
import json
import re
from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path
from statistics import fmean
from typing import Any

from simtiny.intervals import Case, all_cases
from simtiny.report.crosscheck_text import kind
from simtiny.report.text import signed_percent
from simtiny.validation.held_out import Coverage, held_out, read_rows

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "validation"
EVIDENCE = FOLDER / "interval-evidence.csv"
TABLE = re.compile(r"(<!-- table (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("crosscheck", type=Path, metavar="FILE", help="the outcome of `simtiny crosscheck --json FILE`")
    path = parser.parse_args().crosscheck
    try:
        filled = tables(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError) as error:
        raise SystemExit(f"{path}: no cross-check of all records: {error}") from None
    for path, text in filled.items():  # when all could be made
        path.write_text(text, encoding="utf-8")
    print(held_out_rows())


def tables(document: dict[str, Any]) -> dict[Path, str]:
    """The texts of the documents with their tables made anew."""
    return {
        path: TABLE.sub(
            lambda found: f"{found[1]}\n{table(found[2], document)}\n\n{found[3]}", path.read_text(encoding="utf-8")
        )
        for path in sorted(FOLDER.glob("*.md"))
    }


def table(name: str, document: dict[str, Any]) -> str:
    """The table of a core's latencies, or one of the tables of energies."""
    if name == "intervals":
        return markdown(INTERVAL_HEADING, [interval_cells(case) for case in all_cases()])
    if name == "held-out":
        return held_out_rows()
    if name == "energies":
        return energies(document)
    if name == "energy-summary":
        return energy_summary(document)
    if name == "stacks":
        return stacks(document)
    if name == "one-factor":
        return one_factor(document)
    return latencies(document, name)


def latencies(document: dict[str, Any], core: str) -> str:
    rows = [row for row in document["rows"] if row["core"] == core]
    if not rows:
        raise SystemExit(f"no results of {core} in the cross-check: it takes all of them")
    body = [
        [
            row["key"],
            f"{row['recorded_ms']:.5g}",
            f"{row['predicted_ms']:.5g}",
            percent(row["error"]),
            percent(row["stopwatch_error"], 2),
            kind(row["calibrated"]),
        ]
        for row in rows
    ]
    sums = [
        f"{kind(summary['calibrated'])}: {summary['count']} rows, mean absolute error {summary['mean_error']:.1%} "
        f"(baseline {summary['baseline_error']:.1%}), "
        f"bias {percent(summary['bias'])}, worst {percent(summary['worst_error'])}"
        for summary in document["summaries"]
        if summary["core"] == core
    ]
    heading = ["image", "recorded ms", "predicted ms", "error", "stopwatch", "constants"]
    return markdown(heading, body) + "\n\n" + "; ".join(sums).capitalize() + "."


def energies(document: dict[str, Any]) -> str:
    rows = [row for row in document["rows"] if row["energy"] is not None]
    body = [
        [
            row["key"],
            f"{row['energy']['recorded_uj']:.1f}",
            f"{row['energy']['predicted_uj']:.1f}",
            percent(row["energy"]["error"]),
            percent(row["energy"]["baseline_uj"] / row["energy"]["recorded_uj"] - 1),
            percent(row["error"]),
            "yes" if row["energy"]["inside"] else "no",
            kind(row["energy"]["calibrated"]),
        ]
        for row in sorted(rows, key=lambda row: (row["energy"]["calibrated"], row["key"]))
    ]
    heading = ["record", "recorded uJ", "predicted uJ", "error", "baseline", "latency", "inside", "constants"]
    return markdown(heading, body)


def energy_summary(document: dict[str, Any]) -> str:
    body = [
        [
            row["name"],
            str(row["count"]),
            f"{row['mean_error']:.1%}",
            percent(row["bias"]),
            percent(row["worst_error"]),
            f"{row['inside']} of {row['count']}",
            "" if row["baseline_error"] is None else f"{row['baseline_error']:.1%}",
        ]
        for row in document["energy_summaries"]
    ]
    return markdown(["records", "rows", "mean error", "bias", "worst", "inside", "baseline's mean error"], body)


def stacks(document: dict[str, Any]) -> str:
    """One row a system: its mean power on record and the range of errors."""
    systems: dict[str, list[dict[str, Any]]] = {}
    for row in document["stacks"]:
        systems.setdefault(row["key"].rpartition(" ")[0], []).append(row)
    body = []
    for system, rows in systems.items():
        powers = [row["energy"]["recorded_uj"] / row["record"]["latency_ms"] for row in rows]
        errors = [row["energy"]["error"] for row in rows]
        span = f"{percent(min(errors), 0)} to {percent(max(errors), 0)}"
        powers_text = f"{min(powers):.1f} to {max(powers):.1f}"
        body.append([system, rows[0]["stack_class"], f"{rows[0]['record']['supply_v']:g}", powers_text, span])
    return markdown(["system", "class", "supply V", "recorded mW", "errors"], body)


INTERVAL_HEADING = ["of", "case", "core", "interval", "rows", "groups", "inside", "follows from"]


def interval_cells(case: Case) -> list[str]:
    core = case.core or "all"
    span = f"{percent(case.low)} to {percent(case.high)}"
    return [case.quantity, case.case, core, span, str(case.rows), str(case.groups), str(case.inside), case.basis]


def held_out_rows() -> str:
    """How intervals hold for what they do not come from."""
    heading = ["of", "core", "rows of", "interval from", "interval", "inside", "share"]
    return markdown(heading, [coverage_cells(each) for each in held_out(read_rows(EVIDENCE))])


def coverage_cells(found: Coverage) -> list[str]:
    core, span = found.core or "all", f"{percent(found.low)} to {percent(found.high)}"
    inside = f"{found.inside} of {found.rows}"
    return [found.quantity, core, found.what, found.by, span, inside, f"{found.inside / found.rows:.0%}"]


def one_factor(document: dict[str, Any]) -> str:
    """The other stacks again, a factor for each system from one of its records: every record from every other one."""
    systems: dict[str, list[dict[str, Any]]] = {}
    for row in document["stacks"]:
        systems.setdefault(row["key"].rpartition(" ")[0], []).append(row)
    own, constant = [], []
    for known, row in (pair for rows in systems.values() for pair in permutations(rows, 2)):
        own.append((row["energy"]["error"] + 1) / (known["energy"]["error"] + 1) - 1)
        powers = [each["energy"]["recorded_uj"] / each["record"]["latency_ms"] for each in (known, row)]
        constant.append(powers[0] / powers[1] - 1)
    body = [
        [name, str(len(found)), f"{fmean(map(abs, found)):.1%}", percent(min(found)), percent(max(found))]
        for name, found in (("mean power of the own firmware, by network", own), ("one mean power", constant))
    ]
    return markdown(["predicted by", "pairs", "mean error", "from", "to"], body)


def markdown(heading: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def percent(value: float | None, digits: int = 1) -> str:
    return "" if value is None else signed_percent(value, digits).replace("%", " %")


if __name__ == "__main__":
    main()
