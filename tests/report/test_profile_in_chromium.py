"""The pages of profiles and checks, clicked through in a browser that has no network."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simtiny import api
from simtiny.call_tree import FUNCTION
from simtiny.profiling.result import Frame, ProfileResult
from simtiny.report.board_records import known_rows
from simtiny.report.check_html import check_page
from simtiny.report.profile_html import profile_page
from tests.report import page_checks
from tests.report.browser import CHROMIUM
from tests.report.profiles import FRAMES, chain_of, fan_of, made_up
from tests.report.test_profile_html import ATTACK, hostile

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: nobody clicks")
from tests.report.test_sweep_in_chromium import CONTRASTS, expect_fit, settle  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: nobody looks at the pages"),
]
PHONE, TABLET, DESK, WIDE = 390, 768, 1280, 1920
MOST_BYTES = 1_000_000
Opened = Callable[..., Any]


@cache
def real(name: str) -> ProfileResult:
    return api.profile(name)


def _fan() -> ProfileResult:
    return made_up(paths=fan_of(9_000), frames=tuple(Frame(f"f{index}", FUNCTION, index) for index in range(9_001)))


PAGES: dict[str, Callable[[], str]] = {
    "made up": lambda: profile_page([made_up()], {"nucleo-l4r5zi": known_rows("nucleo-l4r5zi")}),
    "two": lambda: profile_page([made_up(), made_up()]),
    "hostile": lambda: profile_page([hostile()]),
    "deep": lambda: profile_page([made_up(paths=chain_of(1_000_000), stacks=(), heap=None)]),
    "wide": lambda: profile_page([_fan()]),
    "ic01": lambda: profile_page([real("ic01")], {"nucleo-l4r5zi": known_rows("nucleo-l4r5zi")}),
    "check": lambda: check_page(page_checks.made_up()),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("profiles")
    for name, page in PAGES.items():
        (folder / f"{name}.html").write_bytes(page().encode())
    return {name: folder / f"{name}.html" for name in PAGES}


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


def boxes(page: Any, place: str = "flame") -> dict[str, list[float]]:
    """What is drawn: by what is told of a bar, its left end and its width in percent, and its row."""
    found: list[tuple[str, float, float, float]] = page.evaluate(
        f"""(() => {{ const place = document.getElementById('{place}'), wide = place.clientWidth / 100;
        return Array.from(place.children, each => [each.getAttribute('aria-label'), parseFloat(each.style.left) / wide,
        (parseFloat(each.style.width) + 1) / wide, parseFloat(each.style.top) / 22]) }})()"""
    )
    return {told.split(",")[0] + f" {row:.0f}": [left, width, row] for told, left, width, row in found}


def told(page: Any) -> list[str]:
    lines: list[str] = page.inner_text("#flame-said").splitlines()
    return lines


def box(page: Any, name: str, row: int = 0) -> Any:
    return page.locator(f'#flame button[aria-label^="{name},"]').nth(row)


@pytest.mark.parametrize("widths", [(PHONE, 320), (DESK, WIDE, TABLET)])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_screen(opened: Opened, name: str, widths: tuple[int, ...]) -> None:
    page = opened(name, widths[0])
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        expect_fit(page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_small(files: dict[str, Path], name: str) -> None:
    assert files[name].stat().st_size < MOST_BYTES


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["made up", "ic01", "check"])
def test_text_stands_out(opened: Opened, name: str, dark: bool) -> None:
    """At least 4.5 to 1, as WCAG 2.2 asks: of bars, of hits and of what is no hit, and of nested instructions."""
    page = opened(name, dark=dark)
    if name != "check":
        assert [each for each in page.evaluate(CONTRASTS) if each[1] < 4.5] == []
        page.fill("#search", "conv")
        for line in page.locator(".open").all()[:2]:
            line.click()
    found = page.evaluate(CONTRASTS)
    assert len(found) > 50 and [each for each in found if each[1] < 4.5] == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(20, 24, 29)" if dark else "rgb(255, 255, 255)")


def test_bars_are_as_wide_as_what_they_have(opened: Opened) -> None:
    """Of 6,000,000 cycles main has 5.2, infer 4.9, the convolution 4.0 and what is inlined into it 2.0 million."""
    found = boxes(opened("made up"))
    for name, percent in (("all 0", 100), ("main 1", 86.667), ("infer 2", 81.667), ("nn::dot 4", 33.333)):
        assert found[name][:2] == pytest.approx([0, percent], abs=0.1)
    assert found["asleep 1"][:2] == pytest.approx([86.667, 10], abs=0.1)  # the largest stands first
    assert found["fib 2"][1] == pytest.approx(3.333, abs=0.1) and found["fib 4"][1] == pytest.approx(0.833, abs=0.1)


def test_energy_has_other_widths(opened: Opened) -> None:
    """Asleep 30,000 of 1,650,000 nJ: 1.82 %."""
    page = opened("made up")
    page.select_option("#width", "energy")
    settle(page)
    assert boxes(page)["asleep 1"][1] == pytest.approx(1.818, abs=0.1)
    box(page, "asleep").hover()
    assert told(page)[:2] == ["asleep", "30.00 uJ, 1.82 % of all"]


def test_a_click_zooms_and_another_one_zooms_out(opened: Opened) -> None:
    page = opened("made up")
    assert page.locator("#flame-out").is_disabled()
    box(page, "softmax").click()
    found = boxes(page)
    assert found["softmax 3"][:2] == pytest.approx([0, 100], abs=0.1)
    assert found["expf 4"][1] == pytest.approx(40, abs=0.1)  # 200,000 of 500,000
    assert [name for name, (_, width, _) in found.items() if width > 99] == ["all 0", "main 1", "infer 2", "softmax 3"]
    assert told(page) == [
        "softmax",
        "500,000 cycles, 8.33 % of all",
        "its own: 300,000 cycles, 5.00 %",
        "1 call",
        "function, 0x08000500",
    ]
    box(page, "softmax").click()
    assert boxes(page)["infer 2"][1] == pytest.approx(100, abs=0.1)
    page.locator("#flame-out").click()
    assert boxes(page)["main 1"][1] == pytest.approx(86.667, abs=0.1) and page.locator("#flame-out").is_disabled()


def test_keys_walk_the_tree(opened: Opened) -> None:
    page = opened("made up")
    page.locator('#flame [tabindex="0"]').focus()
    walked = []
    for key in ("ArrowDown", "ArrowRight", "ArrowLeft", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
        walked.append(told(page)[0])
    assert walked == ["main", "asleep", "main", "infer", FRAMES[2].name, "softmax", "infer"]
    page.keyboard.press("Enter")
    assert boxes(page)["infer 2"][1] == pytest.approx(100, abs=0.1)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("infer,")
    page.keyboard.press("Escape")
    assert boxes(page)["infer 2"][1] == pytest.approx(81.667, abs=0.1)
    assert page.locator('#flame [tabindex="0"]').count() == 1


def test_turned_over_the_sums_are_the_same(opened: Opened) -> None:
    """Rows below the whole: what functions have of their own; below each, its callers share it."""
    page = opened("made up")
    page.select_option("#view", "callees")
    settle(page)
    found = boxes(page)
    first = {name[:-2]: width for name, (_, width, row) in found.items() if row == 1}
    for name, own in ((FRAMES[2].name, 2.0), ("nn::dot", 2.0), ("main", 0.1), ("fib", 0.2), ("infer", 0.4)):
        if own > 0.15:  # narrower bars are less exact
            assert first[name.split(",")[0]] == pytest.approx(own / 6 * 100, abs=0.1)
    assert sum(first.values()) == pytest.approx(100, abs=0.2)
    box(page, "fib").click()
    assert told(page)[1] == "200,000 cycles, 3.33 % of all"
    found = boxes(page)
    assert found["main 2"][1] == pytest.approx(50, abs=0.1)  # the first call's own 100,000; recursion has the others
    assert found["fib 2"][1] == pytest.approx(50, abs=0.1) and found["fib 3"][1] == pytest.approx(25, abs=0.1)


def test_search_counts_each_path_once(opened: Opened) -> None:
    page = opened("made up")
    page.fill("#search", "FIB")
    assert page.inner_text("#found") == "1 name: 3.33 % of the cycles"
    assert page.locator("#flame .hit").count() == 3
    assert page.locator("#functions-body tr").count() == 1
    page.fill("#search", "n")  # main holds infer and the convolution; asleep and SysTick have none
    assert page.inner_text("#found") == "4 names: 86.7 % of the cycles"
    page.fill("#search", "nowhere")
    assert page.inner_text("#found") == "nothing matches"
    page.press("#search", "Escape")
    assert page.inner_text("#found") == "" and page.locator("#flame .miss").count() == 0


def test_functions_sort_and_lead_to_code(opened: Opened) -> None:
    page = opened("made up")

    def column(place: int) -> list[str]:
        cells: list[str] = page.locator(f"#functions-body tr > :nth-child({place})").all_inner_texts()
        return cells

    assert column(2)[:3] == ["2,000,000", "2,000,000", "600,000"]
    page.get_by_role("button", name="total cycles").click()
    assert column(4)[:3] == ["5,200,000", "4,900,000", "4,000,000"]
    page.get_by_role("button", name="total cycles").click()
    assert column(4)[0] == "200,000"
    page.get_by_role("button", name="function", exact=True).click()
    assert column(1)[0].startswith("asleep")
    page.get_by_role("button", name="infer", exact=True).click()
    assert page.locator("#flame .hit").count() == 1 and page.input_value("#search") == "infer"
    page.get_by_role("button", name=f"code of {FRAMES[2].name}").click()
    assert page.evaluate("document.activeElement.id") == "code-of"


def test_code_says_how_often_and_why(opened: Opened) -> None:
    page = opened("made up")
    assert (
        page.inner_text("#code-said")
        == f"{FRAMES[2].name}: 4,000,000 cycles of its code and what is inlined in it, 66.7 % of all"
    )
    rows = [row.split("\t") for row in page.locator("#code-body tr:visible").all_inner_texts()]
    assert ["4", "500,000", "2,000,000", "50.0 %", "600.0", "    sum += *a++ * *b++;", "flash_code 3"] in rows
    line = next(row for row in rows if row[0] == "24")
    assert line[1:5] == ["960,000", "1,920,000", "48.0 %", "576.0"] and line[6] == "branch 1"
    assert line[5] == "line 24: </script><b>&amp;"
    page.get_by_role("button", name="instructions of line 4").click()
    nested = page.locator("#code-body .nested:visible").all_inner_texts()
    assert len(nested) == 1 and nested[0].split("\t")[0] == "0x08000302" and "\u2039nn::dot\u203a" in nested[0]
    page.select_option("#code-as", "instructions")
    assert page.locator("#code-body tr").count() == 3


def test_a_memory_can_be_looked_into(opened: Opened) -> None:
    page = opened("made up")
    found = boxes(page, "map")
    assert found[".rodata 1"][1] == pytest.approx(85, abs=0.1)  # 51,000 of 60,000 bytes
    page.locator('#map button[aria-label*="helper,"]').click()
    assert page.inner_text("#map-said").splitlines() == [
        ".text \u203a conv.o \u203a helper",
        "2,000 bytes, 3.33 % of what is in use, 0.19 % of flash",
    ]
    page.mouse.move(5, 5)
    page.select_option("#memory-of", "1")
    assert page.inner_text("#map-said").splitlines()[1].startswith("32,896 bytes, 100.0 % of what is in use, 10.0 %")


def test_two_profiles_on_a_page_do_not_meet(opened: Opened) -> None:
    page = opened("two")
    page.fill("#search-2", "fib")
    assert page.locator("#flame-2 .hit").count() == 3 and page.locator("#flame .hit").count() == 0
    assert page.inner_text("#found") == ""


def test_names_are_text_whatever_they_are(opened: Opened) -> None:
    page = opened("hostile")
    assert page.evaluate("document.scripts.length") == 2
    page.locator("#flame button").nth(1).click()
    page.select_option("#view", "callees")
    page.fill("#search", "<script>")
    page.locator("#functions-body button").first.click()
    assert ATTACK in page.inner_text("#flame-said") or ATTACK in page.inner_text("#functions-body")


def test_a_deep_and_a_wide_tree_can_be_walked(opened: Opened) -> None:
    page = opened("deep")
    assert page.locator("#flame button").count() == 152 and "1,000,000 call paths" in page.inner_text("main")
    page.locator("#flame button").nth(100).click()
    page.select_option("#view", "callees")
    settle(page)
    assert boxes(page)["left out 1"][1] > 99
    page = opened("wide")
    box(page, "f0").click()
    page.select_option("#view", "callees")
    settle(page)
    assert boxes(page)["all 0"][1] == pytest.approx(100, abs=0.1)


def test_a_real_profile_adds_up(opened: Opened) -> None:
    result, page = real("ic01"), opened("ic01")
    cycles = float(np.sum(result.paths.cycles))
    assert told(page)[1] == f"{cycles:,.0f} cycles, 100.0 % of all"
    assert cycles == pytest.approx(result.run.cycles)
    page.select_option("#view", "callees")
    settle(page)
    assert told(page)[1] == f"{cycles:,.0f} cycles, 100.0 % of all"


def test_a_phone_taps(opened: Opened) -> None:
    page = opened("made up", PHONE)
    box(page, "infer").tap()
    assert boxes(page)["infer 2"][1] == pytest.approx(100, abs=0.3)
    page.select_option("#sort", label="total cycles")
    assert page.locator("#functions-body tr").first.inner_text().startswith("main")


@pytest.mark.parametrize("name", ["made up", "hostile"])
def test_without_a_script_a_page_has_words_and_tables(opened: Opened, name: str) -> None:
    page = opened(name, script=False)
    assert page.locator(".live:visible").count() == 0
    assert page.locator("#plain table").is_visible() and page.locator("#roofline").is_visible()


@pytest.mark.parametrize("name", ["ic01", "check"])
def test_on_paper_a_page_is_white(opened: Opened, name: str) -> None:
    page = opened(name, dark=True)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert 1 <= page.pdf().count(b"/Type /Page\n") <= 30
