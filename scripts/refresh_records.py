"""Write platforms/records.csv from a table of recorded board measurements.

    python scripts/refresh_records.py ../shared/data/board_measurements.csv

Keeps the boards that have a platform file. A board is matched by its full name in lower case: NUCLEO-L4R5ZI-P, whose
core runs from a switching regulator, is not NUCLEO-L4R5ZI.
"""

import csv
import sys
from pathlib import Path

COLUMNS = ("round", "submitter", "board", "stack", "benchmark", "latency_ms", "energy_uj", "supply_v", "source")
PLATFORMS = Path(__file__).resolve().parent.parent / "platforms"


def main(table: Path) -> None:
    """Select, normalise and write."""
    boards = {path.stem for path in PLATFORMS.glob("*.toml")}
    with table.open(encoding="utf-8", newline="") as file:
        rows = [{**row, "board": row["board"].lower().replace(" ", "-")} for row in csv.DictReader(file)]
    with (PLATFORMS / "records.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in rows if row["board"] in boards)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
