"""A check as Markdown, for a step's summary on GitHub, a comment on a pull request and a note on GitLab.

Names come out of firmware files, of whoever opened the pull request: they are shown in `<code>`, where neither GitHub
nor GitLab looks for mentions and links, with all punctuation as character references: none is HTML or Markdown.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from simtiny.counting_version import counting_version
from simtiny.gate.result import Cause, Checked, CheckResult, Metric
from simtiny.report.check_words import (
    NOTHING,
    OUTCOME_WORDS,
    change,
    failures,
    figure,
    is_unchanged,
    metric_words,
    one_line,
    place,
    verdict,
)

MOST_BYTES = 65_000
"""GitHub takes 65,536 characters of a comment, and no text has more of them than bytes. The rest is for others."""
_MOST_NAME, _MOST_WORDS = 120, 600
_MOST_FAILURES_NAMED, _MOST_CAUSES = 5, 5
_MARKER = "simtiny check"
_OUTCOMES: Mapping[str | bool, tuple[str, str]] = MappingProxyType(
    {True: ("✅", "passed"), False: ("❌", "failed"), "updated": ("📝", "wrote its baseline anew")}
)
_HASH = "_sha256"
_WRITTEN = re.compile(r"[!-/:-@\[-`{-~]")
_PLAIN_TEXT = ",.;()+-/%'\""
"""Punctuation that stays as it is in sentences: none of it begins anything in the middle of a line."""
_REFERENCE = re.compile(r"([@#!$%&~^:]|www)(?=[\w/\"'.])", re.IGNORECASE)
"""Begins a mention, an issue, a snippet, a label or an address, to GitHub or GitLab."""
_NO_BREAK = "\u200b"


def check_markdown(result: CheckResult, name: str = "") -> bytes:
    """The verdict, what changed and what explains it; folded: what did not change, notes, versions and hashes.

    `name` tells this check from others of the same pull request: it is in the title, and in the marker on the first
    line, by which the comment of an earlier run is found. What is too much is left out, and a line says how much.
    """
    sign, outcome = _OUTCOMES["updated" if result.updated else result.passed]
    title = f"simtiny check {code(name)} {outcome}" if name else f"simtiny check {outcome}"
    head = [marker(name), f"## {sign} {title}", "", _verdict_line(result), ""]
    text = "\n".join(head)
    for section in _sections(result):
        text += section.within(min(section.most_bytes, MOST_BYTES - len(text.encode())))
    return text.rstrip("\n").encode() + b"\n"


def marker(name: str) -> str:
    """A line that is not shown. Each name has another, and none ends the comment."""
    said = quote(one_line(name, _MOST_NAME), safe=" ./_").replace("-", "%2D")
    return f"<!-- {_MARKER}{': ' if said else ''}{said} -->"


def code(name: str) -> str:
    """A name as it is, whatever it holds, cut if it is long."""
    return f"<code>{_WRITTEN.sub(_character, one_line(name, _MOST_NAME)) or '?'}</code>"


def words(text: str) -> str:
    """A sentence that may hold names."""
    parted = _REFERENCE.sub(rf"\1{_NO_BREAK}", one_line(text, _MOST_WORDS))
    return _WRITTEN.sub(lambda found: found[0] if found[0] in _PLAIN_TEXT else _character(found), parted)


def _character(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


@dataclass(frozen=True)
class _Section:
    """A part of the page. head, end: around its rows. most_bytes: of all of it. of: what its rows are."""

    head: str
    rows: Sequence[str]
    end: str
    most_bytes: int
    of: str

    def within(self, most_bytes: int) -> str:
        """As many rows as there is room for; empty without any row or any room."""
        left_out = "\n{:,} more {} left out for length: the JSON document has all.\n"
        room = most_bytes - len((self.head + self.end + left_out.format(len(self.rows), self.of)).encode())
        taken = 0
        for row in self.rows:
            room -= len(row.encode()) + 1
            if room < 0:
                break
            taken += 1
        if not self.rows:
            return ""
        rest = len(self.rows) - taken
        missing = left_out.format(rest, self.of) if rest else ""
        if not taken:
            return missing if len(missing.encode()) <= most_bytes else ""
        return "\n".join([self.head + self.rows[0], *self.rows[1:taken], missing + self.end])


def _sections(result: CheckResult) -> Iterator[_Section]:
    both = [(checked, metric) for checked in result.checked for metric in checked.metrics]
    moved = [(checked, metric) for checked, metric in both if not is_unchanged(metric)]
    moved.sort(key=lambda row: not row[1].fails)
    same = [(checked, metric) for checked, metric in both if is_unchanged(metric)]
    figures = _table("request", "figure", "baseline", "now", "change", "limit", "", right=(2, 3, 4))
    yield _Section(f"\n{figures}", [_figure_row(*row) for row in moved], "", 28_000, "changes")
    told = [f"- {words(checked.words)}" for checked in result.checked if checked.words]
    yield _Section("\n", told, "", 6_000, "explanations")
    causes = _table(
        "request", "what explains it", "cycles before", "cycles now", "difference", "declared", right=(2, 3, 4)
    )
    yield _Section(f"\n{causes}", list(_cause_rows(result.checked)), "", 12_000, "parts")
    yield _folded(f"{len(same):,} unchanged", figures, [_figure_row(*row) for row in same], 8_000, "unchanged figures")
    yield _folded("Notes", "", list(_notes(result)), 4_000, "notes")
    yield _folded("Versions and hashes", "", [_versions(result), *_hash_rows(result)], 6_500, "hashes")


def _folded(summary: str, head: str, rows: Sequence[str], most_bytes: int, of: str) -> _Section:
    opening = f"\n<details><summary>{summary}</summary>\n\n{head}"
    return _Section(opening, rows, "\n</details>\n", most_bytes, of)


def _table(*titles: str, right: Sequence[int] = ()) -> str:
    lines = "|".join("---:" if index in right else "---" for index in range(len(titles)))
    return f"| {' | '.join(titles)} |\n|{lines}|\n"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _verdict_line(result: CheckResult) -> str:
    """With the first of what fails by name."""
    failing = list(failures(result))
    named = [
        f"{words(metric_words(metric))} of {code(checked.name)}" for checked, metric in failing[:_MOST_FAILURES_NAMED]
    ]
    if len(failing) > len(named):
        named.append(f"{len(failing) - len(named):,} more")
    return f"**{verdict(result)}**" + (f": {', '.join(named)}." if named else ".")


def _figure_row(checked: Checked, metric: Metric) -> str:
    return _row(
        code(checked.name),
        words(metric_words(metric)),
        figure(metric.baseline, metric.unit),
        figure(metric.value, metric.unit),
        change(metric),
        words("; ".join(metric.limits)) or NOTHING,
        f"{'❌ ' if metric.fails else ''}{OUTCOME_WORDS.get(metric.outcome, metric.outcome)}",
    )


def _cause_rows(checked: Iterable[Checked]) -> Iterator[str]:
    for each in checked:
        yield from (_cause_row(each, cause) for cause in each.causes[:_MOST_CAUSES])


def _cause_row(checked: Checked, cause: Cause) -> str:
    where = place(cause)
    return _row(
        code(checked.name),
        f"{cause.kind} {code(cause.name)}",
        f"{cause.cycles_before:,.0f}",
        f"{cause.cycles_now:,.0f}",
        f"{cause.cycles_now - cause.cycles_before:+,.0f}",
        code(where) if where else NOTHING,
    )


def _notes(result: CheckResult) -> Iterator[str]:
    if result.gone:
        yield f"- in the baseline, and not asked for: {', '.join(code(name) for name in result.gone[:20])}"
    if result.updated:
        yield f"- the baseline {code(result.baseline or '')} was written anew"
    for checked in result.checked:
        yield from (f"- {code(checked.name)}: {words(note)}" for note in checked.notes)


def _versions(result: CheckResult) -> str:
    compared = f"compared with {code(result.baseline)}" if result.baseline else "without a baseline"
    return f"- simtiny {words(result.version)}, counting version {code(counting_version())}, {compared}"


def _hash_rows(result: CheckResult) -> Iterator[str]:
    for checked in result.checked:
        identity = checked.result.get("identity")
        hashes = identity.items() if isinstance(identity, Mapping) else ()
        told = [
            f"{key.removesuffix(_HASH)} {code(str(value))}" for key, value in hashes if key.endswith(_HASH) and value
        ]
        yield f"- {code(checked.name)} on {code(checked.board)}{': SHA-256 of ' if told else ''}{', '.join(told)}"
