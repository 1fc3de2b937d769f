"""The page of a check: figures beside the baseline, bars by hand, and names that become no markup."""

from dataclasses import replace

from simtiny.report.check_html import cause_rows, change_text, check_page, metric_rows
from tests.report.page_checks import made_up
from tests.report.test_pages import Elements

ATTACK = "</script><script>alert(1)</script>"


def test_bars_have_the_scale_of_the_largest_change() -> None:
    """+5 % fills the right half, -2.5 % half of the left one."""
    latency, cycles, energy, ram, accuracy = metric_rows(made_up().checked[0])
    assert (latency.x, latency.width, latency.worse) == (50, 50, True)
    assert (round(energy.x, 6), round(energy.width, 6), energy.worse) == (25, 25, False)
    assert ram.width == 0 and accuracy.width == 0
    assert (cycles.value, cycles.change, cycles.outcome) == (
        "6,300,000 cycles", "+5.00%", "worse than the baseline allows",
    )  # fmt: skip
    assert latency.interval == "49.6 to 55.7" and accuracy.value == "-" and accuracy.baseline == "0.9000"


def test_a_change_of_one_cycle_is_a_change_but_no_large_one() -> None:
    (cycles,) = metric_rows(made_up().checked[1])
    assert (cycles.value, cycles.change) == ("1,000,001 cycles", "+0.0001%")
    assert cycles.width == 0.4
    assert [change_text(each) for each in (0.0, 0.25, -1e-9, 1e-9)] == ["0", "+25.00%", "< 0", "> 0"]


def test_causes_say_what_they_took_before() -> None:
    convolve, layer = cause_rows(made_up().checked[0])
    assert (convolve.cycles, convolve.energy, convolve.where) == ("+400,000", "+120.0", "src/conv.c:20")
    assert (layer.cycles, layer.energy, layer.width) == ("-100,000", "-", 12.5)


def test_more_accuracy_is_no_harm() -> None:
    first = made_up().checked[0]
    better = replace(first.metrics[4], value=0.95, change=0.95 / 0.9 - 1)
    assert not metric_rows(replace(first, metrics=(better,)))[0].worse


def test_names_become_no_markup() -> None:
    found = made_up()
    first = found.checked[0]
    bad = replace(
        first,
        name=ATTACK,
        board=ATTACK,
        words=ATTACK,
        notes=(ATTACK,),
        metrics=tuple(replace(each, name=ATTACK, unit=ATTACK, limits=(ATTACK,)) for each in first.metrics),
        causes=tuple(replace(each, name=ATTACK, file=ATTACK) for each in first.causes),
        result={"firmware": ATTACK, "identity": {ATTACK: ATTACK}},
    )
    page = check_page(replace(found, checked=(bad,), gone=("x" * 10_000, ATTACK), baseline=ATTACK, version=ATTACK))
    assert "<script" not in page and not Elements(page).of("script") and "x" * 200 not in page
    assert check_page(replace(found, checked=())).count("Nothing was checked") == 1


def test_a_page_says_what_failed() -> None:
    page = check_page(made_up())
    assert "<title>simtiny check: 1 of 2 requests failed - simtiny</title>" in page
    assert "but not asked for: vww01" in page
    assert "simtiny check: passed" in check_page(replace(made_up(), checked=made_up().checked[1:]))
