"""The table of `simtiny check`: what changed, beside the baseline and limits. What did not is one line."""

from collections.abc import Mapping

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simtiny.gate.causes import percent
from simtiny.gate.figures import shortened
from simtiny.gate.result import IMPROVED, MISSING, NEW, OK, OVER, REGRESSED, Checked, CheckResult, Metric
from simtiny.options import in_options
from simtiny.report.text import number

SHORT_OUTCOMES: Mapping[str, str] = {
    OK: "ok",
    IMPROVED: "better",
    REGRESSED: "WORSE",
    OVER: "OVER ITS LIMIT",
    MISSING: "missing",
    NEW: "new",
}
_NOTHING = "-"
_STYLES: Mapping[str, str] = {REGRESSED: "bold red", OVER: "bold red", IMPROVED: "green"}


def check_report(result: CheckResult) -> RenderableType:
    """Everything that `simtiny check` prints."""
    parts: list[RenderableType] = []
    told = [(each, metric) for each in result.checked for metric in each.metrics if is_told(metric)]
    if told:
        parts.append(metrics_table(told))
    parts += [Text(each.words) for each in result.checked if each.words]
    folded = folded_line(result)
    if folded:
        parts.append(Text(folded))
    parts += [
        Text(in_options(f"note: {shortened(each.name)}: {note}")) for each in result.checked for note in each.notes
    ]
    if result.gone and not result.updated:
        parts.append(Text(f"note: not asked for, but in the baseline: {', '.join(map(shortened, result.gone))}"))
    parts.append(Text(verdict(result)))
    return Group(*parts)


def is_told(metric: Metric) -> bool:
    """Whether a metric has a row: it is not as it was in the baseline, or fails."""
    return metric.fails or metric.outcome != OK or metric.value != metric.baseline


def metrics_table(rows: list[tuple[Checked, Metric]]) -> Table:
    """A row a metric."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("", overflow="fold")
    table.add_column("", overflow="fold")
    for name in ("baseline", "now", "change"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("allowed", overflow="fold")
    table.add_column("", no_wrap=True)
    before = None
    for each, metric in rows:
        title = "" if each.name == before else shortened(each.name)
        before = each.name
        table.add_row(
            Text(title),
            Text(label(metric)),
            amount(metric.baseline),
            amount(metric.value),
            change(metric),
            "; ".join(metric.limits),
            Text(outcome(metric), style=_STYLES.get(metric.outcome, "")),
        )
    return table


def label(metric: Metric) -> str:
    """Name and unit."""
    name, _, region = metric.name.partition(":")
    unit = "" if metric.unit in ("1", name) else f" {metric.unit}"
    return f"{name}{unit}{f' of {shortened(region)}' if region else ''}"


def outcome(metric: Metric) -> str:
    """In a word; one that only warns says so."""
    words = SHORT_OUTCOMES[metric.outcome]
    return words.upper() if metric.outcome == MISSING and metric.fails else words


def amount(value: float | None) -> str:
    """A whole number in full, for one cycle of it counts; another one in as many digits as a table has."""
    if value is None:
        return _NOTHING
    return f"{value:,.0f}" if float(value).is_integer() else number(value)


def change(metric: Metric) -> str:
    """Relative to the baseline."""
    return "" if metric.change is None else percent(metric.change)


def folded_line(result: CheckResult) -> str:
    """What has not changed, in one line; empty where there is nothing."""
    names = []
    for each in result.checked:
        count, of = sum(not is_told(metric) for metric in each.metrics), len(each.metrics)
        if count:
            names.append(f"{shortened(each.name)} ({'all ' if count == of else ''}{count})")
    return f"unchanged: {', '.join(names)}" if names else ""


def verdict(result: CheckResult) -> str:
    """How it ends."""
    if result.updated:
        kept = f", {len(result.gone)} kept" if result.gone else ""
        return f"{result.baseline} written: {_requests(result)}{kept}"
    against = f"compared with {result.baseline}" if result.baseline else "held to maxima alone"
    return f"{'passed' if result.passed else 'FAILED'}: {_requests(result)}, {against}"


def failure(result: CheckResult) -> str:
    """What failed, in a line."""
    failed = [each for each in result.checked if not each.passed]
    said = [
        f"{shortened(each.name)} ({', '.join(label(metric) for metric in each.metrics if metric.fails)})"
        for each in failed
    ]
    return f"{len(failed)} of {len(result.checked)} request{'s' * (len(result.checked) != 1)} failed: {', '.join(said)}"


def _requests(result: CheckResult) -> str:
    return f"{len(result.checked)} request{'' if len(result.checked) == 1 else 's'}"
