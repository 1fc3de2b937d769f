"""The pages in a browser: of a real run of four benchmarks, and of a cross-check as large as the real one."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simtiny import api
from simtiny.board_file import board_names
from simtiny.published import published_images
from simtiny.records import Record, all_records
from simtiny.report.compare_html import compare_page
from simtiny.report.crosscheck_html import crosscheck_page, latency_plot
from simtiny.report.result import RunResult
from simtiny.report.run_html import run_page, sections
from simtiny.validation.compare import assemble, obstacle
from simtiny.validation.outcomes import Outcome
from simtiny.validation.result import CrossCheck, EnergyComparison, OtherStack
from tests.report.browser import CHROMIUM, Page, browser

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: nobody looks at the pages"),
]
PHONE, DESK, WIDE = 390, 1280, 1920
MOST_BYTES = 150_000
NAMES = ("run", "crosscheck", "compare")
LONG = "_ZN6tflite12reference_ops13DepthwiseConvIfNS_9RuntimeShapeEiiEEvRKNS_15DepthwiseParamsERKT_PKT0_S8_PS9_"


def cross_check() -> CrossCheck:
    """As many rows as there are published images, predictions off by -6 to +6 %; energies, other stacks, the rest."""
    images = {image.key: image for image in published_images() if image.build == "performance"}
    published = [
        (record, images[record.key]) for record in all_records() if obstacle(record, images, board_names()) is None
    ]
    outcomes = [
        Outcome(record.latency_ms * (0.94 + 0.12 * index / len(published)), record.latency_ms)
        for index, (record, _) in enumerate(published)
    ]
    measured = [(record, image, outcome) for (record, image), outcome in zip(published, outcomes, strict=True)]
    others = [record for record in all_records() if record not in dict(published)]
    found = assemble(measured, dict.fromkeys(others, "no firmware image was published"))
    return replace(
        found,
        rows=tuple(replace(row, energy=_energy(row.record, row.calibrated)) for row in found.rows),
        stacks=tuple(
            OtherStack(record, record.stack.split()[0], energy)
            for record in others
            if (energy := _energy(record, False))
        ),
    )


def _energy(record: Record, calibrated: bool) -> EnergyComparison | None:
    if record.energy_uj is None:
        return None
    predicted_uj = record.energy_uj * (0.7 + 0.4 * (record.energy_uj % 1))
    ends = {"low_uj": 0.9 * predicted_uj, "high_uj": 1.5 * predicted_uj}
    return EnergyComparison(record.energy_uj, predicted_uj, 0.5 * predicted_uj, calibrated, predicted_uj, **ends)


@pytest.fixture(scope="module")
def run_results(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunResult, ...]:
    """One with a life, whose steps lie far apart in duration and current."""
    life = tmp_path_factory.mktemp("life") / "life.toml"
    steps = "".join(f'[[step]]\nname = "step {ms}"\nduration_ms = {ms}\nmode = "stop2"\n' for ms in range(1, 9))
    life.write_text(f'period_s = 3600\nsleep = "stop2"\n{steps}[[step]]\nname = "infer"\ninfer = true\n')
    return (api.run("vww01", sequence=life), *api.run_all(["kws01", "ic01", "ad01"]))


@pytest.fixture(scope="module")
def files(run_results: tuple[RunResult, ...], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each page in a file."""
    folder = tmp_path_factory.mktemp("pages")
    first = run_results[0]
    long = replace(first, title=f"{LONG}.elf", by_function=(replace(first.by_function[0], name=LONG),))
    texts = {
        "run": run_page(run_results),
        "crosscheck": crosscheck_page(cross_check()),
        "compare": compare_page(api.compare_all("nucleo-l4r5zi", "nucleo-u575zi-q", ["kws01", "ad01"])),
        "long": run_page([*run_results, *run_results, long]),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_bytes(text.encode())
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_small(files: dict[str, Path], name: str) -> None:
    assert files[name].stat().st_size <= MOST_BYTES


@pytest.mark.parametrize("width", [320, PHONE, 768, DESK, WIDE])
@pytest.mark.parametrize("name", [*NAMES, "long"])
def test_a_page_fits_its_screen_and_asks_for_nothing(files: dict[str, Path], tab: Page, name: str, width: int) -> None:
    tab.open(files[name], width)
    assert tab.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    beyond = """Array.from(document.querySelectorAll('main *')).filter(each =>
        !each.closest('.scroll') && each.getBoundingClientRect().right > document.documentElement.clientWidth + 1
        ).map(each => each.outerHTML.slice(0, 200))"""
    assert tab.value(beyond) == []
    told = [event for event in tab.seen if event["method"] in ("Log.entryAdded", "Runtime.consoleAPICalled")]
    assert told == []
    asked = [event["params"]["request"]["url"] for event in tab.seen if event["method"] == "Network.requestWillBeSent"]
    assert asked == [files[name].as_uri()]


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("name", NAMES)
def test_text_can_be_read(files: dict[str, Path], tab: Page, name: str, width: int) -> None:
    """No text is smaller than 11 pixels, and no two labels of an axis lie over each other."""
    tab.open(files[name], width)
    small = """Array.from(document.querySelectorAll('main *')).filter(each => each.childNodes.length && Array.from(
        each.childNodes).some(node => node.nodeType == 3 && node.data.trim()) &&
        parseFloat(getComputedStyle(each).fontSize) < 11).map(each => each.outerHTML.slice(0, 100))"""
    assert tab.value(small) == []
    labels = """Array.from(document.querySelectorAll('svg')).map(each => Array.from(each.querySelectorAll('text')).map(
        text => text.getBoundingClientRect()).map(box => [box.left, box.right, box.top, box.bottom])).filter(
        boxes => boxes.length)"""
    for boxes in tab.value(labels):
        for (left, right, top, bottom), other in itertools.combinations(boxes, 2):
            beside = right < other[0] or other[1] < left
            assert beside or bottom <= other[2] + 2 or other[3] <= top + 2, boxes


def test_the_columns_that_the_cross_check_is_for_are_in_sight(files: dict[str, Path], tab: Page) -> None:
    for width, shown in ((DESK, "table-cell"), (PHONE, "block")):
        tab.open(files["crosscheck"], width)
        cells = tab.value(
            """Array.from(document.querySelectorAll('td')).filter(each =>
            ['error', 'own timer', 'own record used'].includes(each.dataset.h)).map(each =>
            [each.dataset.h, getComputedStyle(each).display,
            each.getBoundingClientRect().left, each.getBoundingClientRect().right])"""
        )
        assert {heading for heading, _, _, _ in cells} == {"error", "own timer", "own record used"}
        assert all(display == shown and 0 <= left < right <= width for _, display, left, right in cells)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_bars_are_drawn_as_wide_as_their_shares(
    run_results: tuple[RunResult, ...], files: dict[str, Path], tab: Page, width: int
) -> None:
    tab.open(files["run"], width)
    for section in sections(run_results):
        drawn = tab.value(
            f"""(() => {{ let next = document.getElementById('{section.name}'); while (next.className != 'cards')
            next = next.nextElementSibling; return Array.from(next.querySelectorAll('rect.first')).map(each =>
            each.getBoundingClientRect().width / each.parentNode.getBoundingClientRect().width) }})()"""
        )
        shares = [bar.share for result in section.results for bar in result.bars]
        assert drawn == pytest.approx([share / section.widest for share in shares], abs=2e-3)
        assert sum(shares) == pytest.approx(len(section.results), abs=0.01)  # each way divides up every result


def test_dots_are_drawn_at_their_errors(files: dict[str, Path], tab: Page) -> None:
    plot = latency_plot(cross_check())
    tab.open(files["crosscheck"], DESK)
    drawn = tab.value(
        """(() => { const plot = document.querySelector('.plot'); return Array.from(plot.querySelectorAll(
        'circle.dot, path.diamond')).map(each => { const box = each.getBoundingClientRect(), all =
        each.closest('.plot > svg').getBoundingClientRect(); return (box.left + box.right - 2 * all.left) / 2 /
        all.width }) })()"""
    )
    expected = [plot.axis.at(dot.error) / 100 for row in plot.rows for dot in row.dots]
    assert len(drawn) == 79
    assert drawn == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_dark_where_the_user_wants_it_and_white_on_paper(
    files: dict[str, Path], tab: Page, name: str
) -> None:
    def ground() -> Any:
        return tab.value("getComputedStyle(document.body).backgroundColor")

    tab.open(files[name], DESK)
    assert ground() == "rgb(255, 255, 255)"
    tab.open(files[name], DESK, dark=True)
    assert ground() == "rgb(20, 24, 29)"
    features = [{"name": "prefers-color-scheme", "value": "dark"}]
    tab.ask("Emulation.setEmulatedMedia", media="print", features=features)
    assert ground() == "rgb(255, 255, 255)"
    tab.ask("Emulation.setEmulatedMedia", media="", features=[])
    sheets = tab.printed().count(b"/Type /Page\n")
    assert 4 <= sheets <= 15


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("name", NAMES)
def test_a_screen_reader_finds_tables_and_charts(files: dict[str, Path], tab: Page, name: str, width: int) -> None:
    """Tables stay tables where they are laid out as cards."""
    tab.open(files[name], width)
    nodes = [node for node in tab.ask("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
    roles: dict[str, list[str]] = {}
    for node in nodes:
        roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
    assert len(roles["table"]) == tab.value("document.querySelectorAll('table').length")
    assert len(roles["columnheader"]) == tab.value("document.querySelectorAll('th[scope=col]').length")
    assert all(roles["table"]) and all(roles["image"]) and len(roles["image"]) >= 8
    assert len(roles["row"]) == tab.value("document.querySelectorAll('tr').length")
