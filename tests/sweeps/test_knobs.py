"""What the user writes for a knob: numbers worked out by hand, and whatever else may be typed."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtiny.errors import BadInput
from simtiny.sweeps import knobs
from simtiny.sweeps.knobs import ALL, HERTZ, VOLTS
from simtiny.sweeps.study import study_of


@pytest.mark.parametrize(
    ("text", "hertz"),
    [
        ("26MHz", (26e6,)),
        ("26e6", (26e6,)),
        ("500kHz", (500e3,)),
        ("16:40:8MHz", (16e6, 24e6, 32e6, 40e6)),
        ("16MHz:40:8", (16e6, 24e6, 32e6, 40e6)),
        ("16:41:8mhz", (16e6, 24e6, 32e6, 40e6)),
        ("500kHz:2MHz:500kHz", (0.5e6, 1e6, 1.5e6, 2e6)),
        (" 1 : 2 : 0.5 MHz ", (1e6, 1.5e6, 2e6)),
        ("80:80:1MHz", (80e6,)),
    ],
)
def test_clocks(text: str, hertz: tuple[float, ...]) -> None:
    assert knobs.numbers("clock_hz", text, HERTZ, "") == hertz


def test_steps_do_not_add_up_errors() -> None:
    found = knobs.numbers("supply_v", "1.8:3.3:0.1", VOLTS, "")
    assert found == (1.8, 1.9, 2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9, 3.0, 3.1, 3.2, 3.3)
    assert knobs.numbers("supply_v", "1800:2000:100mV", VOLTS, "") == (1.8, 1.9, 2.0)


@given(st.integers(0, 10**6), st.integers(1, 1000), st.integers(0, 300), st.integers(1, 6))
def test_a_range_has_both_ends_and_each_number_is_the_nearest(low: int, step: int, steps: int, digits: int) -> None:
    scale = 10**digits
    text = ":".join(f"{part // scale}.{part % scale:0{digits}d}" for part in (low, low + steps * step, step))
    found = knobs.numbers("supply_v", text, VOLTS, "")
    assert found == tuple(float(Fraction(low + number * step, scale)) for number in range(steps + 1))


@given(st.text(max_size=30))
def test_any_text_is_a_clock_or_refused_in_one_line(text: str) -> None:
    try:
        found = study_of({"benchmark": "ad01", "clock_hz": text}).clock_hz
    except BadInput as error:
        assert "clock_hz" in str(error)
    else:
        assert found and all(each is None or each == ALL or each >= 10e3 for each in found)


@pytest.mark.parametrize(
    ("word", "text", "said"),
    [
        ("clock_hz", "16:120", "a range needs a step, too, such as 16:120:8MHz"),
        ("clock_hz", "120:16:8MHz", "a range goes up"),
        ("clock_hz", "16:120:0MHz", "a range goes up"),
        ("clock_hz", "16:120:-8MHz", "a range goes up"),
        ("clock_hz", "1:2:3:4MHz", "expected a number or a range"),
        ("clock_hz", "fast", "expected a number or a range"),
        ("clock_hz", "16,,26", "a value is empty"),
        ("clock_hz", "26", "26 Hz: no board runs below 10 kHz"),
        ("clock_hz", "26 bananas", "unknown unit 'bananas': Hz; kHz; MHz"),
        ("clock_hz", "nan", "expected a number or a range"),
        ("clock_hz", "1e400", "expected a number or a range"),
        ("clock_hz", "1:1e9:1e-9MHz", "a sweep has at most 3,000,000 points"),
        ("supply_v", "-3", "it must be positive"),
        ("supply_v", "3A", "unknown unit 'A': V; mV"),
        ("wait_states", "0:2.5:0.5", "expected whole numbers from 0 on"),
        ("wait_states", "-1", "expected whole numbers from 0 on"),
        ("wait_states", "two", "expected a number or a range such as 0:5"),
        ("prefetch", "maybe", "expected on or off"),
        ("caches", "16K", "expected size/ways such as 16K/2"),
        ("caches", "8K/2+4K/4+2K/1", "expected size/ways such as 16K/2"),
        ("caches", "all", "no table of the chip lists these"),
        ("wait_states", "0:200000", "has 200,001 values or more: 1,000 are the most"),
        ("voltage_range", "0:200000", "has 200,001 values or more: 1,000 are the most"),
        ("read_width_bits", "1:1001", "has 1,001 values or more: 1,000 are the most"),
        ("read_width_bits", range(2000), "has 1,001 values or more: 1,000 are the most"),
        ("read_width_bits", "wide", "expected a number or a range"),
        ("place", "weights", "expected what=memory"),
        ("kernels", "fast", "choose from portable, dsp"),
        ("board", "nucleo-l4", "did you mean nucleo-l4r5zi"),
        ("board", "stm-*", "choose from"),
        ("model", "nothing-*.tflite", "no file has such a name"),
        ("model", "nothing.tflite", "No such file"),
        ("benchmark", "kws", "did you mean kws01"),
        ("benchmark", "a.toml", "one study file at most"),
        ("minimise", "speed", "choose from latency"),
        ("clok_hz", "26e6", "unknown parameter 'clok_hz' (did you mean clock_hz?)"),
        ("board", {"a": 1}, "expected text"),
        ("clock_hz", True, "expected a number"),
    ],
)
def test_what_means_nothing_is_refused_in_one_line(word: str, text: object, said: str) -> None:
    with pytest.raises(BadInput) as found:
        words: dict[str, object] = {"benchmark": "ad01", word: text}
        if word == "minimise":
            from simtiny.sweeps.goals import parse_goal

            parse_goal(study_of(words).minimise)
        study_of(words)
    assert said in str(found.value)
    assert "\n" not in str(found.value)


def test_lists_of_all_kinds() -> None:
    def clocks(given: object) -> tuple[object, ...]:
        return study_of({"benchmark": "ad01", "clock_hz": given}).clock_hz

    assert clocks(26e6) == (26e6,)
    assert clocks([26e6, "80MHz,26MHz"]) == (26e6, 80e6)
    assert clocks(np.array([26e6, 80e6])) == (26e6, 80e6)
    assert clocks(np.array(16e6)) == (16e6,)
    assert clocks(np.array("16:24:8MHz")) == (16e6, 24e6)
    assert clocks("as-is,all") == (None, ALL)
    assert clocks(()) == (None,)
    study = study_of(
        {
            "benchmark": "kws*,ad01",
            "board": "nucleo-l4r5z*",
            "prefetch": [True, "off"],
            "caches": "none,4k/2,8K/2+4K/4",
            "place": ["as-is", "weights=sram2+stack=sram3"],
            "voltage_range": "0:2,4",
        }
    )
    assert study.benchmark == ("kws01", "ad01")
    assert study.board == ("nucleo-l4r5zi", "nucleo-l4r5zi-p")
    assert study.prefetch == (True, False)
    assert study.caches == ("none", "4k/2", "8K/2,4K/4")
    assert study.place == (None, ("weights=sram2", "stack=sram3"))
    assert study.voltage_range == ("0", "1", "2", "4")
