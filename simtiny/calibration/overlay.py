"""The outcome of a calibration as a platform file that changes a board's power model and nothing else."""

from dataclasses import asdict
from math import fsum
from pathlib import Path
from typing import Any

from simtiny.board_file import PLATFORM_FILE, load_board, read_table
from simtiny.calibration.fit import Calibration
from simtiny.calibration.toml import toml_lines
from simtiny.power_model import PowerModel

_BARE = (
    "# The board had no power model: supply, voltage ranges and regulators are those of what was measured. What the",
    "# data sheet says of others can be added: supply_limits_v, and rows of core with their voltages.",
)


def overlay(board: str, calibration: Calibration) -> str:
    """Text of the platform file: load it by its path in place of the board's name.

    It builds on a board that comes with simtiny. What a platform file of the user's says beside is in it, too.
    """
    fit = calibration.fit
    table: dict[str, Any] = read_table(Path(board)) if board.endswith(PLATFORM_FILE) else {"board": board}
    whole = {} if load_board(board).power else _beside(fit.model)
    table["power"] = {**table.get("power", {}), **whole, **_fitted(calibration)}
    lines = [
        f"# {_plain(board)}, its power model calibrated by `simtiny calibrate`.",
        *(_BARE if whole else ()),
        f"# Free coefficients: {', '.join(fit.free)}; condition number {fit.condition:.1f}.",
        *(f"# At its bound: {name}" for name in fit.at_bound),
        *(f"# Tied: {name} to {what}" for name, what in calibration.tied.items()),
        "# Residuals, predicted over recorded less one:",
        *(
            f"#   {_plain(row.name)}: {residual:+.1%}"
            for row, residual in zip(calibration.observations, fit.residuals, strict=True)
        ),
        *(
            f"# Mean absolute error with each {what} left out: {fsum(map(abs, errors)) / len(errors):.1%}"
            for what, errors in calibration.left_out.items()
        ),
        *toml_lines(table),
    ]
    return "\n".join(lines) + "\n"


def _beside(model: PowerModel) -> dict[str, Any]:
    """What else a power model has to say: of a board that has none, this is all of it."""
    return {
        "supply_v": model.supply_v,
        "supply_limits_v": list(model.supply_limits_v),
        "reference_core_v": model.reference_core_v,
        "core": [asdict(row) for row in model.core],
        "efficiency": {name: [list(point) for point in points] for name, points in model.efficiency.items()},
    }


def _fitted(calibration: Calibration) -> dict[str, Any]:
    """The keys of `[power]` that the calibration decides."""
    model = calibration.fit.model
    return {
        "unit_pj": _rounded(model.unit_pj),
        "static_uw": _rounded(model.static_uw),
        "relative_uncertainty": "unknown" if model.half_width is None else _rounded(model.half_width),
        "source": "`simtiny calibrate`",
        "calibrated_on": list(model.calibrated_on),
        "data_sheet": False,
        "weights": {name: _rounded(weight) for name, weight in model.weights.items()},
    }


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
