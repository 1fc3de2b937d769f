"""The page of a run as HTML: what its charts draw of a hand-made result, and that every name is escaped."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from simtiny.breakdown import Part
from simtiny.effect_words import EFFECTS
from simtiny.notes import Note, NoteKind
from simtiny.records import NOTHING_RECORDED, Recorded, Spread
from simtiny.report import page
from simtiny.report.breakdown_text import CLASSES
from simtiny.report.chart import Axis, axis, lanes, tick_step
from simtiny.report.crosscheck_html import band
from simtiny.report.notebook import repr_html
from simtiny.report.result import Layer, RunResult
from simtiny.report.run_html import inputs, largest_first, latencies, run_page, sections
from simtiny.timing.effects import Effect
from tests.report.test_report import RESULT

CSS = (Path(page.__file__).parent / "page.css").read_text(encoding="utf-8")
HOSTILE = "<script>alert(1)</script>\"'&\udcff"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;\\udcff"


class Elements(HTMLParser):
    """Every element of a page: its name and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str, kind: str | None = None) -> list[dict[str, str | None]]:
        """Those of one name, and of one class."""
        return [
            attributes for name, attributes in self.found if name == tag and kind in (None, attributes.get("class"))
        ]


def elements_of(section: str, text: str) -> Elements:
    """Of one section of a page, by its anchor."""
    return Elements(re.split(r'<h2 id="', text.split(f'<h2 id="{section}"')[1])[0])


def test_bars_are_as_wide_as_their_shares() -> None:
    """The widest of a section fills the width: of 6,000,000 cycles the second layer takes 75 %, the first 25 %."""
    layers = [replace(layer, energy_uj=energy_uj) for layer, energy_uj in zip(RESULT.layers, (500, 1500), strict=True)]
    text = run_page([replace(RESULT, layers=tuple(layers))])
    bars = elements_of("layer", text).of("rect", "first")[1:]  # the first one is the legend's
    assert [bar["width"] for bar in bars] == ["33.33%", "100%", "0%"]
    bars = elements_of("effect", text).of("rect", "first")[1:]
    assert [bar["width"] for bar in bars] == ["100%", "20%"]
    # By class, of 6,000,000 cycles and 2000 uJ: 83.3 and 75, 16.7 and 15, 0 and 10 %.
    drawn = elements_of("class", text)
    assert [bar["width"] for bar in drawn.of("rect", "first")[1:]] == ["100%", "20%", "0%"]
    assert [bar["width"] for bar in drawn.of("rect", "second")[1:]] == ["90%", "18%", "12%"]


def test_bars_of_several_results_have_one_scale() -> None:
    half = replace(RESULT, cycles_by_effect={"issue": 2_500_000, "memory": 3_500_000})
    effects = sections([RESULT, half])[0]
    assert effects.widest == pytest.approx(5 / 6)
    assert [bar.name for bar in effects.results[1].bars] == ["loads and stores", "instructions, a cycle each"]


def test_parts_too_small_to_be_seen_are_drawn_as_one() -> None:
    parts = [Part("large", 5_990_000, None), *(Part(str(cycles), cycles, None) for cycles in (2_000, 2_500, 0))]
    shown = largest_first(RESULT, [Part("seen", 5_500, None), *parts])
    assert [(bar.name, bar.cycles) for bar in shown] == [("large", 5_990_000), ("seen", 5_500), ("2 others", 4_500)]
    assert [bar.name for bar in largest_first(RESULT, parts[:2])] == ["large", "2000"]
    equal = [Part(str(number), 1_000_000, None) for number in range(6)]
    assert [(bar.name, bar.cycles) for bar in largest_first(RESULT, equal, 1)] == [("0", 1e6), ("5 others", 5e6)]


def test_a_prediction_stands_beside_what_is_recorded() -> None:
    beside = replace(RESULT, recorded=Recorded(Spread(40.0, 60.0, 100.0, 7), None, None))
    (chart,) = latencies([beside]).charts
    assert (chart.predicted, chart.low, chart.high) == (50.0, 47.25, 53.0)
    assert chart.axis.high == pytest.approx(104.0)
    drawn = elements_of("latency", run_page([beside]))
    assert [bar["width"] for bar in drawn.of("rect", "first")[1:]] == ["48.08%"]  # 50 of 104
    whisker = drawn.of("line", "whisker")[0]
    assert (whisker["x1"], whisker["x2"]) == ("45.43%", "50.96%")  # 47.25 and 53 of 104
    spread = drawn.of("line", "spread")[0]
    assert (spread["x1"], spread["x2"]) == ("38.46%", "96.15%")
    assert [point["cx"] for point in drawn.of("circle", "median")][1:] == ["57.69%"]
    (told,) = (image["aria-label"] for image in drawn.of("svg") if image.get("role") == "img")
    assert (
        told
        == "kws01: 50.00 ms, 90 % interval 47.2 to 53.0; recorded: best 40.00, median 60.00, worst 100.0 of 7 results"
    )


def test_without_energy_and_records_their_charts_are_left_out() -> None:
    bare = replace(RESULT, energy=None, recorded=NOTHING_RECORDED, layers=())
    text = run_page([bare])
    assert 'id="energy"' not in text and 'id="layer"' not in text and "nothing on record" in text
    assert elements_of("class", text).of("rect", "second") == []


def test_every_effect_has_words() -> None:
    assert set(EFFECTS) == {effect.name.lower() for effect in Effect} | {"sleep"}
    assert len(set(EFFECTS.values())) == len(EFFECTS) and len(set(CLASSES.values())) == len(CLASSES)


def hostile() -> RunResult:
    """Everything that comes from firmware, networks, files and the command line is an attack."""
    return replace(
        RESULT,
        title=HOSTILE,
        board=HOSTILE,
        firmware=HOSTILE,
        weights=HOSTILE,
        window=HOSTILE,
        layers=(Layer(0, HOSTILE, (1, 2), 10, 1_500_000, 1.0),),
        by_class=(Part(HOSTILE, 6_000_000, 2000.0),),
        by_memory=(Part(HOSTILE, 6_000_000, 2000.0),),
        by_function=(Part(HOSTILE, 6_000_000, 2000.0),),
        cycles_by_effect={HOSTILE: 6_000_000},
        latency_calibrated_on=(HOSTILE,),
        notes=(Note(NoteKind.UNKNOWN_REGISTER, HOSTILE, 3, HOSTILE),),
        options={"model": HOSTILE},
    )


def test_names_are_escaped() -> None:
    for text in (run_page([hostile()]), repr_html(hostile())):
        assert "<script" not in text and "alert" in text
        assert text.count("alert(1)") == text.count(ESCAPED)
        assert not any(tag == "script" for tag, _ in Elements(text).found)
        assert text.encode()  # a name that is no UTF-8 is spelled out


def test_a_page_asks_for_nothing() -> None:
    found = Elements(run_page([RESULT]))
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in found.found}
    assert all(
        str(value).startswith("#")
        for _, attributes in found.found
        for name, value in attributes.items()
        if name in ("href", "src")
    )
    assert "url(" not in CSS and "@import" not in CSS
    (policy,) = (meta["content"] for meta in found.of("meta") if meta.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_a_page_is_titled_by_what_was_run_and_is_the_same_each_time() -> None:
    text = run_page([RESULT, replace(RESULT, title="vww01")])
    assert "<title>kws01, vww01 on nucleo-l4r5zi - simtiny</title>" in text
    assert "<h1>kws01, vww01 on nucleo-l4r5zi</h1>" in text
    assert text == run_page([RESULT, replace(RESULT, title="vww01")])
    # A link of the contents leads to a heading, and no two headings have one name.
    found = Elements(text)
    names = [attributes["id"] for _, attributes in found.found if "id" in attributes]
    assert len(set(names)) == len(names)
    assert {f"#{name}" for name in names} == {attributes["href"] for attributes in found.of("a")}


def test_a_page_says_what_was_asked_for_and_what_went_in() -> None:
    asked = replace(RESULT, options={"benchmark": "kws01", "clock_hz": 26e6, "image": None, "caches": []})
    said = inputs(asked)
    assert said["asked for"] == "benchmark=kws01, clock_hz=26000000.0"
    assert said["image, SHA-256"] == "1" * 64 and said["engine"] == "unicorn 2.1.4"
    assert "model, SHA-256" not in said
    assert f"<dt>board, SHA-256</dt><dd>{'4' * 64}</dd>" in run_page([asked])


def test_tables_can_be_read_aloud() -> None:
    found = Elements(run_page([RESULT]))
    assert all(heading["scope"] in ("col", "row") for heading in found.of("th"))
    tables = len(found.of("table"))
    assert tables == 6 and len(found.of("caption")) == tables
    assert all(
        image.get("aria-hidden") == "true" or (image["role"] == "img" and image["aria-label"])
        for image in found.of("svg")
    )


def test_a_notebook_shows_the_table_alone() -> None:
    text = repr_html(RESULT)
    assert text.startswith("<table>") and text.rstrip().endswith("</table>")
    assert re.search(r"<th[^>]*>latency ms</th><td[^>]*>50\.00</td>", text)
    assert len(text) < 6_000


@pytest.mark.parametrize(("least", "step"), [(0.9, 1), (1.0, 1), (1.2, 2), (3.0, 5), (5.1, 10), (0.0021, 0.005)])
def test_steps_of_an_axis_are_round(least: float, step: float) -> None:
    assert tick_step(least) == pytest.approx(step)


def test_an_axis_has_its_ticks_inside() -> None:
    assert axis(0.0, 104.0).ticks == (0, 20, 40, 60, 80, 100)
    assert axis(-0.069, 0.069).ticks == pytest.approx((-0.06, -0.04, -0.02, 0.0, 0.02, 0.04, 0.06))
    assert Axis(-2.0, 2.0, ()).at(1.0) == 75.0


def test_dots_that_would_hide_each_other_stand_in_lanes() -> None:
    assert lanes([10.0, 20.0, 10.5, 11.0, 30.0], apart=2.0) == [0, 0, 1, -1, 0]
    assert lanes([5.0, 7.0], apart=2.0) == [0, 0]
    assert lanes([]) == []


def test_a_band_holds_the_errors_whose_record_lies_in_the_interval() -> None:
    """100 ms ± 10 % holds records from 90 to 110 ms: errors of +11.1 % and -9.1 %."""
    low, high = band(-0.1, 0.1)
    assert (low, high) == pytest.approx((100 / 110 - 1, 100 / 90 - 1))


def _luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" by WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", range(2), ids=["light", "dark"])
def test_colours_stand_out(theme: int) -> None:
    """By WCAG 2.2: 4.5 for text. Bars and dots are told as well, and each colour is somewhere that of text."""
    colours = dict(re.findall(r"--(\w+): (#\w{6});", re.findall(r":root \{(.*?)\}", CSS)[theme]))
    ground = _luminance(colours["page"])
    for name in ("text", "soft", "first", "second", "good", "bad"):
        lighter, darker = sorted((_luminance(colours[name]), ground), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, name
