"""Fill the tables of docs/validation from a cross-check: `simtiny crosscheck --json FILE`, then this with FILE.

Each table stands between the lines `<!-- table NAME -->` and `<!-- end -->`; what is between them is replaced.
"""

import argparse
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from simtiny.report.crosscheck_text import kind
from simtiny.report.text import signed_percent

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "validation"
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
    if name == "energies":
        return energies(document)
    if name == "energy-summary":
        return energy_summary(document)
    if name == "stacks":
        return stacks(document)
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


def markdown(heading: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def percent(value: float | None, digits: int = 1) -> str:
    return "" if value is None else signed_percent(value, digits).replace("%", " %")


if __name__ == "__main__":
    main()
