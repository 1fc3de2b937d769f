"""What `simtiny calibrate` prints."""

from math import fsum

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.calibration.fit import Calibration
from simtiny.energy import energy
from simtiny.report.text import number


def calibration_report(board: str, calibration: Calibration) -> RenderableType:
    """Residuals and left-out errors of each observation, then the coefficients."""
    fit = calibration.fit
    table = Table(title=f"{board}: energy in uJ", title_justify="left")
    table.add_column("measured")
    for heading in ("recorded", "fitted", "residual", *(f"without its {what}" for what in calibration.left_out)):
        table.add_column(heading, justify="right")
    for index, (row, residual) in enumerate(zip(calibration.observations, fit.residuals, strict=True)):
        fitted = energy(row.events, row.latency_s, fit.model, row.supply).energy_uj
        errors = (f"{errors[index]:+.1%}" for errors in calibration.left_out.values())
        table.add_row(row.name, number(row.energy_uj), number(fitted), f"{residual:+.1%}", *errors)
    means = (f"{fsum(map(abs, errors)) / len(errors):.1%}" for errors in calibration.left_out.values())
    table.add_section()
    mean = fsum(map(abs, fit.residuals)) / len(fit.residuals)
    table.add_row("mean absolute error", "", "", f"{mean:.1%}", *means)
    model = fit.model
    lines = [
        f"unit_pj {model.unit_pj:.4g}, weights.flash_reads {model.weights['flash_reads']:.3g}, "
        f"static_uw {model.static_uw:.4g}, 90 % interval ±{model.relative_uncertainty:.1%}",
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
