"""The page of a sweep, clicked through in a browser that has no network: what each view counts, sorts and tells."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simtiny import api
from simtiny.report.sweep_html import known_quantities, sweep_page, texts
from simtiny.report.text import number
from simtiny.sweeps.result import SweepResult
from tests.report.browser import CHROMIUM
from tests.report.sweeps import BOARDS, CLOCKS_HZ, LARGE, made_up
from tests.report.test_sweep_html import ATTACK, hostile

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: nobody clicks")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: nobody looks at the pages"),
]
PHONE, TABLET, DESK, WIDE = 390, 768, 1280, 1920
SWEEPS: dict[str, Callable[[], SweepResult]] = {
    "large": lambda: made_up(LARGE, 10_000, life=True),
    "small": lambda: made_up({"board": tuple(BOARDS), "clock_hz": CLOCKS_HZ[::4], "wait_states": (1.0, 3.0, 5.0)}),
    "life": lambda: made_up({"board": tuple(BOARDS), "clock_hz": CLOCKS_HZ[::4], "supply_v": (1.8, 3.3)}, life=True),
    "over names": lambda: made_up(
        {
            "place": tuple(f"weights=bank{index}" for index in range(20)),
            "voltage_range": ("1", "ULP", "", "2", "0"),
        }
    ),
    "long names": lambda: made_up(
        {"model": tuple(f"{'long' * 40}{index}.tflite" for index in range(3)), "clock_hz": CLOCKS_HZ[::4]}
    ),
    "one": lambda: made_up({}),
    "nothing legal": lambda: made_up({"clock_hz": (72e6, 120e6), "board": ("nucleo-g0b1re",)}),
    "hostile": hostile,
    "real": lambda: api.sweep(
        "kws01",
        board=["nucleo-l4r5zi", "nucleo-u575zi-q"],
        clock_hz="16:128:16MHz",
        prefetch=["on", "off"],
        subject_to=["latency<150ms"],
    ),
}
Opened = Callable[..., Any]


@cache
def swept(name: str) -> SweepResult:
    """Each is made once."""
    return SWEEPS[name]()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sweeps")
    for name in SWEEPS:
        (folder / f"{name}.html").write_bytes(sweep_page(swept(name)).encode())
    return {name: folder / f"{name}.html" for name in SWEEPS}


@pytest.fixture
def opened(browser: Any, files: dict[str, Path]) -> Iterator[Opened]:
    """Opens a page. At the end of the test nothing was on its console, no dialog came, and it asked for nothing."""
    contexts, told = [], []

    def open_page(name: str, width: int = DESK, *, dark: bool = False, script: bool = True) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            is_mobile=width < 600,
            has_touch=width < 600,
            offline=True,
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: request.url == files[name].as_uri() or told.append(request.url))
        page.goto(files[name].as_uri())
        if script:
            settle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert told == []


def settle(page: Any) -> None:
    """Wait until what was asked for is drawn."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def said(page: Any) -> dict[str, str]:
    """What each view says of the points that it is made of."""
    ids = ("count", "scatter-said", "lines-said", "heat-said", "table-said")
    return {each: page.inner_text(f"#{each}") for each in ids}


def expect_counts(page: Any, result: SweepResult, shown: np.ndarray[Any, Any]) -> None:
    """Every view is made of the rows `shown`."""
    settle(page)
    legal = int(np.count_nonzero(shown & result.columns["legal"]))
    every, found = int(np.count_nonzero(shown)), said(page)
    assert found["count"].startswith(f"{every:,} of {len(result):,} points")
    assert found["scatter-said"].startswith(f"{legal:,} point{'' if legal == 1 else 's'} drawn")
    assert f"from {legal:,} point" in found["lines-said"] and f"from {legal:,} point" in found["heat-said"]
    assert found["table-said"] == f"{min(every, 50):,} of {every:,} point{'' if every == 1 else 's'}"
    assert page.locator("#rows tbody tr").count() == min(every, 50)
    if every > legal:
        assert f"{every - legal:,} of them illegal" in found["count"]


def rows_of(page: Any) -> list[list[str]]:
    """The table's cells."""
    rows: list[list[str]] = page.evaluate(
        """Array.from(document.querySelectorAll('#rows tbody tr'),
        row => Array.from(row.cells, cell => cell.textContent))"""
    )
    return rows


def chosen(page: Any) -> dict[str, str]:
    """What the panel says of the chosen point."""
    pairs = page.evaluate(
        """Array.from(document.querySelectorAll('#chosen dt'),
        each => [each.textContent, each.nextSibling.textContent])"""
    )
    return dict(pairs)


def knob_texts(result: SweepResult, row: int) -> list[str]:
    return [texts(name, [result.columns[name][row]])[0] for name in result.varied]


@pytest.mark.parametrize("widths", [(PHONE, 320), (DESK, WIDE, TABLET)])
@pytest.mark.parametrize("name", SWEEPS)
def test_a_page_fits_its_screen(opened: Opened, name: str, widths: tuple[int, ...]) -> None:
    """Also a screen that becomes another one, as a phone does that is turned."""
    page = opened(name, widths[0])
    page.evaluate("document.getElementById('filters').open = true")
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        expect_fit(page)


def expect_fit(page: Any) -> None:
    """Nothing goes beyond the screen, and no text is too small."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    beyond = """Array.from(document.querySelectorAll('main *')).filter(each => !each.closest('.scroll') &&
        each.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map(each => each.outerHTML)"""
    assert page.evaluate(beyond) == []
    small = """Array.from(document.querySelectorAll('main *')).filter(each => each.checkVisibility() && Array.from(
        each.childNodes).some(node => node.nodeType == 3 && node.data.trim()) &&
        parseFloat(getComputedStyle(each).fontSize) < 11).map(each => each.outerHTML.slice(0, 100))"""
    assert page.evaluate(small) == []


CONTRASTS = """() => {
  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const parts = colour => { paint.clearRect(0, 0, 1, 1); paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
    return Array.from(paint.getImageData(0, 0, 1, 1).data) };
  const ground = each => { for (; each; each = each.parentElement) { const found =
    parts(getComputedStyle(each).backgroundColor); if (found[3] == 255) return found } return [255, 255, 255, 255] };
  const light = ([red, green, blue]) => [red, green, blue].map(each => each / 255).map(each => each <= 0.04045 ?
    each / 12.92 : ((each + 0.055) / 1.055) ** 2.4).reduce((sum, each, at) =>
    sum + each * [0.2126, 0.7152, 0.0722][at], 0);
  return Array.from(document.querySelectorAll('main *')).filter(each => each.checkVisibility() && !each.disabled &&
    !each.closest('canvas, option') && Array.from(each.childNodes).some(node => node.nodeType == 3 && node.data.trim())
    ).map(each => { const [one, other] = [parts(getComputedStyle(each).color), ground(each)].map(light);
    return [each.outerHTML.slice(0, 120), (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)] }) }"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_stands_out(opened: Opened, dark: bool) -> None:
    """At least 4.5 to 1, as WCAG 2.2 asks, of all text; colours of marks at least 3 to 1."""
    page = opened("large", dark=dark)
    page.locator(".chip").first.click()
    page.locator("#rows tbody tr").nth(3).hover()
    found = page.evaluate(CONTRASTS)
    assert len(found) > 300 and [each for each in found if each[1] < 4.5] == []
    marks = page.evaluate("""Array.from({ length: 8 }, (_, index) => { const mark = document.querySelector('main')
        .appendChild(document.createElement('p')); mark.textContent = 'x'; mark.className = 'mark-' + index;
        mark.style.color = `var(--c${index})` })""")
    assert len(marks) == 8
    tried = [each for each in page.evaluate(CONTRASTS) if "mark-" in each[0]]
    assert len(tried) == 8 and min(contrast for _, contrast in tried) >= 3
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(20, 24, 29)" if dark else "rgb(255, 255, 255)")


def test_a_filter_of_one_view_is_a_filter_of_all(opened: Opened) -> None:
    result, page = swept("large"), opened("large")
    columns = result.columns
    shown = np.ones(len(result), dtype=bool)
    expect_counts(page, result, shown)
    page.locator(".chip", has_text="disco-f746ng").click()
    shown &= columns["board"] != "disco-f746ng"
    expect_counts(page, result, shown)
    page.get_by_role("group", name="wait states", exact=True).get_by_role("checkbox", name="5", exact=True).click()
    shown &= columns["wait_states"] != 5
    expect_counts(page, result, shown)
    sliders = page.get_by_role("slider")
    sliders.first.press("ArrowRight")
    sliders.last.press("ArrowLeft")
    sliders.last.press("ArrowLeft")
    shown &= (columns["clock_hz"] >= 8e6) & (columns["clock_hz"] <= 112e6)
    expect_counts(page, result, shown)
    page.get_by_label("latency at most, ms").fill("100")
    shown &= columns["latency_ms"] <= 100  # illegal points have no latency
    expect_counts(page, result, shown)
    page.get_by_label("battery life at least, days").fill("12.5")
    shown &= columns["battery_days"] >= 12.5
    expect_counts(page, result, shown)
    page.locator(".chip", has_text="validated").click()
    shown &= columns["validated"]
    assert 0 < np.count_nonzero(shown) < 200
    expect_counts(page, result, shown)
    page.get_by_role("button", name="none of board").press("Enter")
    expect_counts(page, result, np.zeros(len(result), dtype=bool))
    page.get_by_role("button", name="Show all points").click()
    expect_counts(page, result, np.ones(len(result), dtype=bool))
    assert page.locator(".chip input:checked").count() == page.locator("#filters .chip").count() - 3


def test_a_real_sweep_is_counted_and_listed(opened: Opened) -> None:
    result, page = swept("real"), opened("real")
    assert len(result) == 32 and result.executions + result.stored >= 2
    columns = result.columns
    expect_counts(page, result, np.ones(len(result), dtype=bool))
    listed = [row[3:5] for row in rows_of(page)[: len(result.best)]]
    assert listed == [[number(columns[name][row]) for name in ("latency_ms", "energy_uj")] for row in result.best]
    page.locator(".chip", has_text="nucleo-l4r5zi").click()
    expect_counts(page, result, columns["board"] == "nucleo-u575zi-q")


def test_values_stand_in_their_order(opened: Opened) -> None:
    """Numbers from the least on, also those that are text; names as the user wrote them."""
    page = opened("over names")
    group = page.get_by_role("group", name="voltage range", exact=True)
    assert group.locator(".chip").all_inner_texts() == ["n/a", "0", "1", "2", "ULP"]
    group = page.get_by_role("group", name="placement", exact=True)
    assert group.locator(".chip").all_inner_texts()[8:11] == ["weights=bank8", "weights=bank9", "weights=bank10"]


def test_conditions_keep_the_front_and_what_meets_the_goal(opened: Opened) -> None:
    result, page = swept("large"), opened("large")
    for words, rows in (("on the front", result.front), ("meets the goal", result.best)):
        page.locator(".chip", has_text=words).click()
        expect_counts(page, result, np.isin(np.arange(len(result)), rows))
        page.locator(".chip", has_text=words).click()


def test_a_pointer_finds_the_knobs_of_a_point(opened: Opened) -> None:
    result, page = swept("large"), opened("large")
    best = int(result.best[0])
    for chart in ("scatter", "first-lines", "second-lines"):
        ring = page.locator(f"#{chart} .ring.chosen")
        ring.scroll_into_view_if_needed()
        box = ring.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        if chart == "scatter":
            told = page.inner_text("#tip").splitlines()
            assert [line.split(": ")[1] for line in told[: len(result.varied)]] == knob_texts(result, best)
            assert f"latency: {number(result.columns['latency_ms'][best])} ms" in told
        else:
            assert "the best of" in page.inner_text("#tip")
    page.mouse.move(5, 5)
    assert page.locator("#tip").is_hidden()
    page.locator("#rows tbody tr").nth(7).click()
    expected = knob_texts(result, int(result.best[7]))
    assert [chosen(page)[name] for name in ("board", "kernels", "clock")] == expected[:3]
    assert page.locator("#rows tr.taken").count() == 1


def test_a_tap_shows_a_point(opened: Opened) -> None:
    result, page = swept("small"), opened("small", PHONE)
    page.locator("#rows tbody tr").nth(4).tap()
    row = int(result.best[4])
    assert list(chosen(page).values())[: len(result.varied)] == knob_texts(result, row)
    page.locator("#rows tbody tr").nth(0).tap()
    ring = page.locator("#heat-map .ring.chosen")
    ring.scroll_into_view_if_needed()
    page.wait_for_timeout(100)  # scrolling closes what is told
    box = ring.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert "energy: " in page.inner_text("#tip") and "the best of" in page.inner_text("#tip")
    assert chosen(page)["board"] in page.inner_text("#tip")


def test_arrow_keys_go_along_the_front(opened: Opened) -> None:
    result, page = swept("small"), opened("small")
    rows = sorted(result.front.tolist(), key=lambda row: result.columns["latency_ms"][row])
    page.locator("#scatter canvas").focus()
    seen = []
    for _ in rows:
        page.keyboard.press("ArrowRight")
        seen.append(list(chosen(page).values())[: len(result.varied)])
    assert sorted(seen) == sorted(knob_texts(result, row) for row in rows)
    first = seen.index(knob_texts(result, rows[0]))
    assert seen[first:] + seen[:first] == [knob_texts(result, row) for row in rows]


def _sorted(result: SweepResult, keys: Sequence[float], down: bool) -> list[int]:
    """Rows by their keys, unknown ones last, by rank where they are the same; legal ones first."""
    legal = result.columns["legal"]
    rank = {int(row): place for place, row in enumerate(result.best)}
    others = sorted(np.flatnonzero(legal), key=lambda row: result.columns["latency_ms"][row])
    order = [*rank, *(int(row) for row in others if int(row) not in rank)]
    return sorted(order, key=lambda row: -keys[row] if down else keys[row])


def test_the_table_sorts_by_every_column(opened: Opened) -> None:
    result, page = swept("large"), opened("large")
    listed = page.evaluate("Array.from(document.querySelectorAll('#rows thead th')).map(each => each.textContent)")
    knobs = ["board", "kernels", "clock", "wait states", "prefetch", "instruction cache", "supply"]
    assert listed[:8] == [*knobs, "latency ms"]
    for name, quantity in known_quantities(result.columns).items():
        title = f"{quantity.label} {quantity.unit}".strip()
        if title not in listed:
            assert len(np.unique(result.columns[name][result.columns["legal"]])) == 1  # all the same
            continue
        place = listed.index(title)
        values = np.array([float(f"{value:.3e}") for value in result.columns[name] / quantity.divisor])
        for down in (False, True):
            head = page.locator("#rows thead th").nth(place)
            head.get_by_role("button").click()
            assert head.get_attribute("aria-sort") == ("descending" if down else "ascending")
            expected = _sorted(result, values.tolist(), down)[:50]
            cells = [row[place] for row in rows_of(page)]
            assert [float(cell.replace(",", "")) for cell in cells] == pytest.approx(
                [values[row] for row in expected], rel=1e-3
            )


def test_all_cells_are_right_to_four_digits(opened: Opened) -> None:
    result, page = swept("small"), opened("small")
    while page.locator("#more").is_visible():
        before = page.locator("#rows tbody tr").count()
        page.locator("#more").click()
        assert page.locator("#rows tbody tr").count() > before
    found = rows_of(page)
    assert len(found) == len(result)
    legal = int(np.count_nonzero(result.columns["legal"]))
    by_knobs = {tuple(knob_texts(result, row)): row for row in range(len(result))}
    assert [by_knobs[tuple(cells[:3])] for cells in found[: len(result.best)]] == result.best.tolist()
    for cells in found[:legal]:
        row = by_knobs[tuple(cells[:3])]
        expected = [number(result.columns[name][row]) for name in ("latency_ms", "energy_uj", "mean_power_mw")]
        assert cells[3:6] == expected
        assert cells[-2:] == [
            "yes" if result.columns["validated"][row] else "no",
            "yes" if row in result.front else "no",
        ]
    assert sorted(cells[3] for cells in found[legal:]) == sorted(filter(None, result.columns["reason"]))


def test_a_phone_sorts_by_a_list(opened: Opened) -> None:
    page = opened("small", PHONE)
    page.select_option("#sort", label="energy uJ")
    page.locator("#direction").tap()
    energies = [float(row[4].replace(",", "")) for row in rows_of(page)]
    assert len(energies) == 20 and energies == sorted(energies, reverse=True)
    page.select_option("#sort", label="rank")
    assert page.inner_text("#direction") == "best first"


def test_every_choice_can_be_drawn(opened: Opened) -> None:
    page = opened("life")
    for select in ("across", "up", "colour", "over-knob", "line-knob", "heat-x", "heat-y", "heat-quantity"):
        for value in page.evaluate(f"Array.from(document.getElementById('{select}').options).map(each => each.value)"):
            page.select_option(f"#{select}", value)
            settle(page)
    assert "battery life" in page.evaluate("Array.from(document.getElementById('across').options, each => each.text)")
    page.select_option("#heat-quantity", "battery_days")
    settle(page)
    assert page.inner_text("#heat-said").startswith("In each cell, the most battery life of")
    page.select_option("#across", "mean_current_ua")
    settle(page)
    assert "against mean current" in page.get_attribute("#scatter canvas", "aria-label")
    assert page.inner_text("#first-title").startswith("mean current over")


def test_charts_are_drawn_in_the_colours_of_their_legend(opened: Opened) -> None:
    page = opened("small")
    for chart, words in (("scatter", "energy against latency"), ("first-lines", "latency over clock")):
        assert words in page.get_attribute(f"#{chart} canvas", "aria-label")
        inked = page.evaluate(
            f"""(() => {{ const canvas = document.querySelector('#{chart} canvas'), seen = new Set();
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            for (let at = 0; at < data.length; at += 4) seen.add(data[at] * 65536 + data[at + 1] * 256 + data[at + 2]);
            return [...seen] }})()"""
        )
        for name in range(4):
            colour = page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('--c{name}').trim()")
            assert int(colour[1:], 16) in inked


def test_names_are_text_whatever_they_are(opened: Opened) -> None:
    page = opened("hostile")
    assert page.locator(".chip", has_text=ATTACK).count() == 1
    assert page.evaluate("document.scripts.length") == 2
    page.locator("#rows tbody tr").first.click()
    page.locator("#scatter .ring.chosen").hover(force=True)
    assert "<script>alert(1)</script>" in page.inner_text("main")


@pytest.mark.parametrize("name", ["large", "nothing legal"])
def test_without_a_script_a_page_has_words_and_tables(opened: Opened, name: str) -> None:
    page = opened(name, script=False)
    assert page.locator("#live").is_hidden() and page.locator(".lead").is_visible()
    if name == "large":
        assert page.locator("table:visible").count() == 2
        assert page.locator("#plain table").first.locator("tbody tr").count() == 10
    else:
        assert page.get_by_text("No point meets the goal.").is_visible()


def test_on_paper_a_page_is_white(opened: Opened) -> None:
    page = opened("small", dark=True)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#filters").is_hidden() and page.locator("#scatter").is_visible()
    assert 2 <= page.pdf().count(b"/Type /Page\n") <= 9
