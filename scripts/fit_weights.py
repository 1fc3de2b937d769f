"""Fit what events weigh, from supply currents that manufacturers publish for different codes on one chip.

    python scripts/fit_weights.py

Reads docs/validation/code-currents.csv, the currents, and docs/validation/code-counts.csv, the events that simtiny
counts when such codes run on a core with that memory. Prints the weights of each core, and the ratios of
currents between codes, published and predicted with the weights that the other chips give.

Events are counted in a cycle of the code, weights in those of a cycle awake. Each chip at each clock, voltage range,
regulator and memory has a factor of its own, so that only ratios between codes count. Least squares of relative errors,
with priors that hold what no code tells, and no weight below zero.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
CURRENTS = ROOT / "docs/validation/code-currents.csv"
COUNTS = ROOT / "docs/validation/code-counts.csv"
MAINLINE = ("cortex-m4f", "cortex-m33", "cortex-m7")
LIKE = {"cortex-m0plus": ("cortex-m0plus",), **dict.fromkeys(MAINLINE, MAINLINE)}
"""The cores whose currents say what to expect of a core, before its own do. M23 is none of simtiny's cores."""
FREE = {  # prior, its standard deviation, least: of an instruction what it costs beyond data processing
    "data_processing": (0.5, 0.5, 0.0),
    "multiply": (0.1, 0.1, 0.0),  # Tiwari 1994 and its successors on Cortex-M: up to 1.2 of an addition [from memory]
    "multiply_accumulate": (0.3, 0.5, 0.0),  # told by networks against CoreMark alone
    "divide": (0.0, 0.1, 0.0),  # a cycle of it
    "floating_point": (0.2, 0.1, 0.0),
    "load_words": (0.5, 1.0, 0.25),  # an access to memory costs more than an addition
    "store_words": (0.5, 1.0, 0.25),
    "branch_taken": (0.2, 0.3, 0.0),
    "code_lines": (0.5, 0.7, 0.0),
    "flash_reads": (2.0, 2.0, 0.0),
}
NAMES = tuple(FREE)
INSTRUCTIONS = ("multiply", "multiply_accumulate", "floating_point", "load_words", "flash_load_words", "store_words")
SPREAD = 0.06  # of a current about what the weights say; rows of one chip beyond four count together as four
ROWS_THAT_COUNT = 4
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Current:
    """A published current. `group`: within it the factor is one. `events`: as NAMES, in a cycle of the code."""

    chip: str
    core: str
    group: tuple[str, ...]
    code: str
    current_ma: float
    events: Floats


def main() -> None:
    currents = read()
    for core in LIKE:
        weights = of_core(core, currents)
        print(f"## {core}\n")
        print("\n".join(f"{event} = {weight:.3g}" for event, weight in table(weights).items()))
        sums, lines = [], []
        for chip in dict.fromkeys(row.chip for row in currents if row.core == core):
            own = [row for row in currents if row.chip == chip]
            left_out = ratios(own, of_core(core, [row for row in currents if row.chip != chip]))
            error, fitted = np.abs(errors(left_out)), np.abs(errors(ratios(own, weights)))
            sums.append([chip, len(error), f"{error.mean():.1%}", f"{error.max():.1%}", f"{fitted.mean():.1%}"])
            for where, codes, published, predicted in left_out:
                lines.append([chip, where, codes, f"{published:.2f}", f"{predicted:.2f}"])
                lines[-1].append(f"{predicted / published - 1:+.1%}")
        print(markdown(["chip", "ratios", "left out: mean error", "worst", "fitted: mean error"], sums))
        print(markdown(["chip", "where", "code", "published", "predicted, chip left out", "error"], lines))


def of_core(core: str, currents: Sequence[Current]) -> Floats:
    """The weights of a core: those of all cores like it, as far as its own currents say nothing else."""
    prior, deviation, least = (np.array(column) for column in zip(*FREE.values(), strict=True))
    pooled = fit([row for row in currents if row.core in LIKE[core]], prior, deviation, least)
    own = [row for row in currents if row.core == core]
    return fit(own, pooled, deviation, least) if own and LIKE[core] != (core,) else pooled


def markdown(heading: Sequence[str], body: Sequence[Sequence[object]]) -> str:
    lines = [heading, ["---"] * len(heading), *body]
    return "\n" + "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in lines)


def errors(found: "Sequence[tuple[str, str, float, float]]") -> Floats:
    """Relative, of what `ratios` gives."""
    return np.array([predicted / published - 1 for *_, published, predicted in found])


def read() -> list[Current]:
    """The currents that events are counted for, less what the data sheet says is constant."""
    with COUNTS.open(encoding="utf-8", newline="") as file:
        counted = {(row["core"], row["memory"], row["code"]): row for row in csv.DictReader(file)}
    rows = []
    with CURRENTS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = counted.get((row["core"], row["counts"].removesuffix(", RAM"), row["code"]))
            if found is None or row["use"] != "fit":
                continue
            in_ram = row["counts"].endswith(", RAM")
            group = (row["regulator"], row["voltage_range"], f"{row['supply_v']} V", f"{row['clock_mhz']} MHz")
            current = float(row["current_ma"]) - float(row["constant_ma"] or 0)
            events = features(found, in_ram=in_ram)
            rows.append(Current(row["chip"], row["core"], (*group, row["memory"]), row["code"], current, events))
    return rows


def features(counts: Mapping[str, str], *, in_ram: bool) -> Floats:
    """What multiplies each of NAMES, in a cycle: data processing has all instructions, the others what is beyond it."""
    events = {name: float(value) for name, value in counts.items() if name not in ("core", "memory", "code")}
    issued = ("data_processing", "branch_taken", "branch_not_taken", *INSTRUCTIONS)
    found = {name: events[name] for name in NAMES}
    found["data_processing"] = sum(events[name] for name in issued)
    found["load_words"] += events["flash_load_words"]
    if in_ram:  # neither lines of a cache nor the flash
        found["code_lines"] = found["flash_reads"] = 0.0
    return np.array([found[name] for name in NAMES]) / events["cycles"]


def fit(rows: Sequence[Current], prior: Floats, deviation: Floats, least: Floats) -> Floats:
    """The weights as NAMES, those of instructions beyond that of data processing."""
    events = np.array([row.events for row in rows])
    current = np.array([row.current_ma for row in rows])
    chips = [row.chip for row in rows]
    sure = np.array([1 / (SPREAD * max(1.0, chips.count(chip) / ROWS_THAT_COUNT) ** 0.5) for chip in chips])
    groups = _groups(rows)
    group = np.array([groups.index((row.chip, row.group)) for row in rows])
    weights = prior
    for _ in range(1000):
        relative = (1 + events @ weights) / current
        factor = (np.bincount(group, sure * relative) / np.bincount(group, sure * relative**2))[group]
        scale = (sure * factor / current)[:, np.newaxis]
        target = sure * (1 - factor / current)
        found = bounded(scale * events, target, prior, deviation, least)
        if np.abs(found - weights).max() < 1e-7:
            break
        weights = (weights + found) / 2
    return weights


def bounded(matrix: Floats, target: Floats, prior: Floats, deviation: Floats, least: Floats) -> Floats:
    """Least squares with a normal prior; what would fall below its least value is held there."""
    normal = matrix.T @ matrix + np.diag(deviation**-2)
    right = matrix.T @ target + prior * deviation**-2
    held = np.zeros(len(prior), bool)
    while True:
        found = least.copy()
        free = ~held
        found[free] = np.linalg.solve(
            normal[np.ix_(free, free)], right[free] - normal[np.ix_(free, held)] @ least[held]
        )
        low = free & (found < least)
        if not low.any():
            return found
        held |= low


def _groups(rows: Sequence[Current]) -> list[tuple[str, tuple[str, ...]]]:
    return list(dict.fromkeys((row.chip, row.group) for row in rows))


def ratios(rows: Sequence[Current], weights: Floats) -> list[tuple[str, str, float, float]]:
    """Of each code to CoreMark, or else to the first code, in its group: where, which, published, predicted."""
    found = []
    for chip, group in _groups(rows):
        own = [row for row in rows if (row.chip, row.group) == (chip, group)]
        base = next((row for row in own if row.code == "CoreMark"), own[0])
        for row in own:
            if row is not base:
                predicted = (1 + row.events @ weights) / (1 + base.events @ weights)
                where = " ".join(part for part in group if part)
                found.append((where, f"{row.code} / {base.code}", row.current_ma / base.current_ma, float(predicted)))
    return found


def table(weights: Floats) -> dict[str, float]:
    """The table [power.weights] that these weights make, but for `flash_reads` and `sleeping` of each chip."""
    value = dict(zip(NAMES, weights.tolist(), strict=True))
    alu = value["data_processing"]
    return {
        "cycles": 1.0,
        "data_processing": alu,
        "multiply": alu + value["multiply"],
        "multiply_accumulate": alu + value["multiply_accumulate"],
        "divide": value["divide"],
        "floating_point": alu + value["floating_point"],
        "load_words": alu + value["load_words"],
        "flash_load_words": alu + value["load_words"],
        "store_words": alu + value["store_words"],
        "branch_taken": alu + value["branch_taken"],
        "branch_not_taken": alu,
        "code_lines": value["code_lines"],
        "flash_reads": value["flash_reads"],
        "ram_line_reads": 8 * value["load_words"],
    }


if __name__ == "__main__":
    main()
