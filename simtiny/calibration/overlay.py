"""The outcome of a calibration as a platform file that changes a board's power model and nothing else."""

from simtiny.calibration.fit import Calibration


def overlay(board: str, calibration: Calibration) -> str:
    """Text of the platform file: load it by its path in place of the board's name."""
    fit = calibration.fit
    model = fit.model
    lines = [
        f"# {board}, its power model calibrated by `simtiny calibrate`.",
        f"# Free coefficients: {', '.join(fit.free)}; condition number {fit.condition:.1f}.",
        *(f"# At its bound: {name}" for name in fit.at_bound),
        *(f"# Tied: {name} to {what}" for name, what in calibration.tied.items()),
        "# Residuals, predicted over recorded less one:",
        *(
            f"#   {_plain(row.name)}: {residual:+.1%}"
            for row, residual in zip(calibration.observations, fit.residuals, strict=True)
        ),
        *(
            f"# Mean absolute error with each {what} left out: {sum(map(abs, errors)) / len(errors):.1%}"
            for what, errors in calibration.left_out.items()
        ),
        f'board = "{board}"',
        "",
        "[power]",
        f"unit_pj = {model.unit_pj:.6g}",
        f"static_uw = {model.static_uw:.6g}",
        f"relative_uncertainty = {model.relative_uncertainty:.3g}",
        'source = "`simtiny calibrate`"',
        "calibrated_on = [",
        *(f"    {_quoted(name)}," for name in model.calibrated_on),
        "]",
        "",
        "[power.weights]",
        *(f"{name} = {weight:.6g}" for name, weight in model.weights.items()),
    ]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    escaped = _plain(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
