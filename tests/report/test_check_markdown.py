"""The Markdown of a check, read by a Markdown parser: nothing that a name holds becomes anything but text."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from simtiny.report.check_markdown import MOST_BYTES, check_markdown, code, marker, words
from tests.report.checks import ALL, EMPTY, HOSTILE, LARGE, REGRESSION, STRANGE

OWN_TAGS = {"h2", "p", "strong", "code", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "details", "summary"}


class Page(HTMLParser):
    """The tags of a page, the texts of its code, and the number of cells of each row."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.codes: list[str] = []
        self.outside = ""
        self.cells: list[int] = []
        self.comments: list[str] = []
        self._in_code = False
        self.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._in_code |= tag == "code"
        if tag == "code":
            self.codes.append("")
        if tag == "tr":
            self.cells.append(0)
        if tag in ("td", "th"):
            self.cells[-1] += 1

    def handle_endtag(self, tag: str) -> None:
        self._in_code &= tag != "code"

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.codes[-1] += data
        else:
            self.outside += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def test_the_verdict_comes_first_and_then_what_changed() -> None:
    text = check_markdown(REGRESSION, "firmware").decode()
    lines = text.splitlines()
    assert lines[0] == "<!-- simtiny check: firmware -->"
    assert lines[1] == "## ❌ simtiny check <code>firmware</code> failed"
    assert lines[3] == (
        "**2 of 10 figures of 2 requests fail**: latency of <code>kws01</code>, flash of <code>my app</code>."
    )
    assert lines[7] == (
        "| <code>kws01</code> | latency | 50.00 ms | 50.50 ms | +0.5000 ms (+1.0 %) "
        "| +0.5 %, at least 100 cycles; at most 100 ms | ❌ worse than the baseline allows |"
    )
    assert "| <code>kws01</code> | cycles | 1,000 cycles | 1,030 cycles | +30 cycles (+3.0 %) |" in text
    assert "| 53,368 bytes | 53,369 bytes | +1 bytes (+0.002 %) |" in text
    assert "| function <code>matmul</code> | 900 | 931 | +31 | <code>src&#47;matmul&#46;c&#58;12</code> |" in text
    assert text.index("<summary>3 unchanged</summary>") > text.index("what explains it")
    assert "- in the baseline, and not asked for: <code>vww01</code>" in text
    assert f"image <code>{'1' * 64}</code>, board <code>{'2' * 64}</code>" in text


def test_an_update_fails_nothing() -> None:
    lines = check_markdown(replace(REGRESSION, updated=True)).decode().splitlines()
    assert lines[1] == "## 📝 simtiny check wrote its baseline anew"


def test_nothing_checked_is_said() -> None:
    assert "**nothing was checked**." in check_markdown(EMPTY).decode()


@pytest.mark.parametrize("name", ALL)
def test_any_result_is_short_enough_for_a_comment(name: str) -> None:
    text = check_markdown(ALL[name], "x" * 10_000)
    assert len(text) <= MOST_BYTES < 65_536
    page = Page(text.decode())
    assert page.tags <= OWN_TAGS
    assert set(page.cells) <= {6, 7}
    assert len(page.comments) == 1


def test_what_is_left_out_is_counted() -> None:
    text = check_markdown(LARGE).decode()
    rows = text.count("+1 cycles")
    assert f"\n{2_500 - rows:,} more changes left out for length: the JSON document has all.\n" in text
    assert 100 < rows < 2_500


def test_names_are_text_in_code_and_nothing_else() -> None:
    page = Page(check_markdown(STRANGE).decode())
    assert "<script>alert(1)</script>" in page.codes
    assert "a|b||c" in page.codes
    assert "`code` ``more`` *bold* _it_ ~~gone~~" in page.codes
    assert "one two ::error::three" in page.codes
    for begins in ("@octocat", "#1", "!2", "https://", "www.example"):
        assert begins not in page.outside


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_makes_one_code_of_one_line(name: str) -> None:
    page = Page(f"| a | b |\n|---|---|\n| {code(name)} | {words(name)} |\n")
    assert page.tags <= OWN_TAGS
    assert page.cells == [2, 2]
    assert len(page.codes) == 1
    assert 1 <= len(page.codes[0]) <= 120


def test_each_name_has_a_marker_of_its_own() -> None:
    assert marker("") == "<!-- simtiny check -->"
    assert marker("job (a, 1)") == "<!-- simtiny check: job %28a%2C 1%29 -->"
    assert marker("--> x") == "<!-- simtiny check: %2D%2D%3E x -->"
    assert marker("a-b") != marker("a%2Db")


def test_the_same_result_is_the_same_text() -> None:
    assert check_markdown(REGRESSION, "a") == check_markdown(REGRESSION, "a")
