"""What `simtiny calibrate` prints."""

from math import fsum

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.calibration.fit import Calibration, points, predicted
from simtiny.report.text import INTERVAL, number, signed_percent


def calibration_report(board: str, calibration: Calibration) -> RenderableType:
    """Residuals and left-out errors of each observation, then the coefficients."""
    fit = calibration.fit
    table = Table(title=f"{board}: energy in uJ", title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("measured", overflow="fold")
    for heading in ("recorded", "fitted", "residual", *(f"without its {what}" for what in calibration.left_out)):
        table.add_column(heading, justify="right")
    for index, (row, residual) in enumerate(zip(calibration.observations, fit.residuals, strict=True)):
        fitted = predicted(row, fit.model).energy_uj
        errors = (signed_percent(errors[index]) for errors in calibration.left_out.values())
        table.add_row(row.name, number(row.energy_uj), number(fitted), signed_percent(residual), *errors)
    means = (f"{fsum(map(abs, errors)) / len(errors):.1%}" for errors in calibration.left_out.values())
    table.add_section()
    mean = fsum(map(abs, fit.residuals)) / len(fit.residuals)
    table.add_row("mean absolute error", "", "", f"{mean:.1%}", *means)
    model = fit.model
    lines = [
        f"unit_pj {model.unit_pj:.4g}, weights.flash_reads {model.weights['flash_reads']:.3g}, "
        f"static_uw {model.static_uw:.4g}",
        _interval_line(calibration),
        f"free: {', '.join(fit.free)}; condition number {fit.condition:.1f}",
        *(f"at its bound: {name}" for name in fit.at_bound),
        *(f"tied: {name} to {what}" for name, what in calibration.tied.items()),
        *(
            f"left out by {what}: there is one {what} only"
            for what in ("record", "network", "stack")
            if what not in calibration.left_out
        ),
    ]
    return Group(table, *(Text(line) for line in lines))


def _interval_line(calibration: Calibration) -> str:
    """The interval of what the fit predicts for firmware like that which was measured, or why there is none."""
    half_width, free = calibration.fit.model.half_width, len(calibration.fit.free)
    count = points(calibration.observations)
    if half_width is None:
        return (
            f"{INTERVAL}: can't be told: {count} {'point' if count == 1 else 'points'} for {free} "
            f"{'coefficient' if free == 1 else 'coefficients'}; measure more programs"
        )
    degrees = "degree" if count - free == 1 else "degrees"
    return f"{INTERVAL}: ±{half_width:.1%} for firmware like this, by {count - free} {degrees} of freedom"
