"""Write platforms/records.csv from a table of recorded board measurements.

    python scripts/refresh_records.py ../shared/data/board_measurements.csv

`board` becomes the platform's identifier. A board is matched by its full name: NUCLEO-L4R5ZI-P, whose core runs from a
switching regulator, is not NUCLEO-L4R5ZI. `system` is the submitter's folder of results, taken from `source`.
"""

import argparse
import csv
from pathlib import Path

COLUMNS = (
    *("round", "submitter", "board", "system", "core", "accelerator", "stack", "benchmark"),
    *("latency_ms", "energy_uj", "supply_v", "source"),
)
RECORDS = Path(__file__).resolve().parent.parent / "platforms" / "records.csv"
# Bosch leaves out the -Q of the one H7A3 board that there is: the board of its v1.1 build files is NUCLEO_H7A3ZI_Q.
SAME_BOARD = {"nucleo-h7a3zi": "nucleo-h7a3zi-q"}
# What computes beside the core, by the system descriptions of these submissions.
ACCELERATORS = {"nucleo-u3c5zit6-q": "DSP co-processor", "xg24-dk2601b": "MVP matrix accelerator"}


def main(table: Path) -> None:
    """Normalise and write."""
    try:
        with table.open(encoding="utf-8", newline="") as file:
            rows = [normalised(row) for row in csv.DictReader(file)]
    except (OSError, ValueError, KeyError) as error:
        raise SystemExit(f"{table}: no table of measurements: {error}") from None
    with RECORDS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def normalised(row: dict[str, str]) -> dict[str, str]:
    """One row with the columns of records.csv."""
    board = row["board"].lower().replace(" ", "-").replace("_", "-")
    board = SAME_BOARD.get(board, board)
    system = row["source"].partition("/results/")[2].rpartition("/")[0]
    return {**row, "board": board, "system": system, "accelerator": ACCELERATORS.get(board, "")}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, metavar="TABLE", help="recorded measurements, as CSV")
    main(parser.parse_args().table)
