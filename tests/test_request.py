"""One run as one value: the same from the command line, the Python API and JSON."""

import json
import pickle
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import simtiny
from simtiny import api
from simtiny.bounds import Bounds
from simtiny.cli import main
from simtiny.errors import BadInput
from simtiny.mlperf.tasks import TASKS
from simtiny.operating_point import Overrides, Supply
from simtiny.options import Kernels, Weights
from simtiny.report.result import RunResult
from simtiny.request import Request, RequestWords
from tests.report.test_report import RESULT

SYMBOL = st.text(min_size=1, max_size=12)
POSITIVE = st.floats(min_value=0, exclude_min=True, allow_infinity=False)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Any request whose words go together."""
    image = draw(maybe(st.text().filter(bool).map(Path)))
    chosen: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "benchmark": maybe(st.sampled_from(list(TASKS))),
                "board": maybe(st.text()),
                "weights": st.sampled_from(Weights),
                "kernels": maybe(st.sampled_from(Kernels)),
                "supply_v": maybe(POSITIVE),
            },
        )
    )
    if image is not None:
        chosen |= {"image": image, "address": draw(maybe(st.integers(0, 2**32 - 1)))}
    else:
        chosen["model"] = draw(maybe(st.text().filter(bool).map(Path)))
    chosen |= draw(
        st.sampled_from(
            [{}, {"function": draw(SYMBOL)}, {"start": draw(SYMBOL), "end": draw(SYMBOL)}],
        )
    )
    if draw(st.booleans()):
        chosen |= {"period_s": draw(POSITIVE), "sleep": draw(st.text())}
    if draw(st.booleans()):
        chosen["caches"] = tuple(draw(st.lists(st.text(), max_size=3)))
    else:
        chosen |= {
            "clock_hz": draw(maybe(st.floats(allow_nan=False, allow_infinity=False))),
            "wait_states": draw(maybe(st.integers(0, 15))),
            "voltage_range": draw(maybe(st.text())),
            "regulator": draw(maybe(st.text())),
        }
    return Request(**chosen)


@given(requests())
def test_json_gives_the_same_request_again(request: Request) -> None:
    line = request.to_json()
    again = Request.from_dict(json.loads(line))
    assert again == request and hash(again) == hash(request)
    assert again.to_json() == line
    assert line.isascii() and "\n" not in line
    assert pickle.loads(pickle.dumps(request)) == request


def test_what_is_as_by_default_is_left_out() -> None:
    """So that a word to come changes no key of a stored request."""
    assert Request().to_json() == "{}"
    request = Request("kws01", image=Path("a\udcff.elf"), sleep="stop2", period_s=1, caches=("4K/2",))
    assert request.to_json() == (
        r'{"benchmark":"kws01","caches":["4K/2"],"image":"a\udcff.elf","period_s":1.0,"sleep":"stop2"}'
    )


def test_equal_requests_have_equal_json() -> None:
    whole, real = Request("kws01", supply_v=3), Request("kws01", supply_v=3.0)
    assert whole == real and whole.to_json() == real.to_json()
    swept = Request.from_dict({"benchmark": "kws01", "clock_hz": np.float64(80e6), "wait_states": np.int64(4)})
    assert swept.to_json() == Request("kws01", clock_hz=80e6, wait_states=4).to_json()
    assert len(pickle.dumps(swept)) < 1000


def test_its_parts() -> None:
    request = Request("kws01", supply_v=3.0, period_s=0.5, sleep="stop2", clock_hz=80e6, regulator="smps")
    assert request.supply == Supply(3.0, 0.5, "stop2")
    assert request.overrides == Overrides(80e6, None, None, "smps")
    assert request.bounds is None
    assert Request(function="f").bounds == Bounds("f", None)
    assert Request(start="a", end="b").bounds == Bounds("a", "b")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"benchmark": "kws01", "clock": 80}, "unknown key 'clock' in a request: known are benchmark, board, "),
        ({"kernels": "fast"}, "unknown kernels 'fast': choose from portable, dsp"),
        ({"weights": "mine"}, "unknown weights 'mine': choose from stand-in, official"),
        ({"supply_v": "3"}, "a request: Expected `float | null`, got `str` - at `$.supply_v`"),
        ({"wait_states": 1.5}, "a request: Expected `int | null`, got `float` - at `$.wait_states`"),
        ({"image": 3}, "a request: Expected a path, got `int` - at `$.image`"),
        ({"caches": "4K/2"}, "a request: Expected `array`, got `str` - at `$.caches`"),
        ({"image": "a.elf", "model": "b.tflite"}, "--image brings its own network: leave --model out"),
        ({"address": 0x0800_0000}, "--address is the load address of an --image"),
        ({"image": "a", "address": 2**32}, "--address 0x100000000: expected a 32-bit address such as 0x08000000"),
        ({"start": "a"}, "--from and --to go together"),
        ({"function": "f", "end": "b"}, "--function and --from/--to exclude each other"),
        ({"supply_v": 0}, "a supply of 0 V: it must be positive"),
        ({"period_s": float("nan")}, "a period of nan s: it must be positive"),
        ({"sleep": "stop2"}, "--sleep goes with --period"),
        ({"clock_hz": float("inf")}, "a clock of inf MHz"),
        ({"caches": ["4K/2"], "regulator": "ldo"}, "--cache is tried at the operating point of the firmware"),
    ],
)
def test_what_is_refused_in_one_line(words: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput) as error:
        Request.from_dict(words)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)
    if "unknown key" not in message:
        with pytest.raises(BadInput) as same:
            Request(**words)
        assert str(same.value) == str(error.value)


def test_a_request_is_the_same_however_it_is_made() -> None:
    words = {"weights": "official", "kernels": "dsp", "image": "x.elf", "supply_v": 3, "caches": ["4K/2"]}
    made = Request(**words)  # type: ignore[arg-type]
    assert made == Request.from_dict(words)
    assert made.weights is Weights.OFFICIAL
    assert hash(made) == hash(Request.from_dict(words))


def test_the_api_knows_the_same_words() -> None:
    words = get_type_hints(RequestWords)
    assert ["benchmark", *words] == [entry.name for entry in fields(Request)]
    with pytest.raises(BadInput, match="a Request says all of a run: leave kernels out"):
        simtiny.run(Request("kws01"), kernels="dsp")
    with pytest.raises(BadInput, match="unknown key 'kernal' in a request"):
        simtiny.run("kws01", kernal="dsp")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("arguments", "benchmarks", "words"),
    [
        ([], None, {}),
        (["kws01", "ad01", "kws01"], ["kws01", "ad01"], {}),
        (["--image", "fw.bin", "--address", "0x08000000"], None, {"image": "fw.bin", "address": 0x0800_0000}),
        (
            ["ad01", "--board", "nucleo-u575zi-q", "--weights", "official", "--kernels", "portable"],
            ["ad01"],
            {"board": "nucleo-u575zi-q", "weights": "official", "kernels": "portable"},
        ),
        (["--model", "n.tflite", "--function", "f"], None, {"model": "n.tflite", "function": "f"}),
        (["--image", "a", "--from", "a", "--to", "b"], None, {"image": "a", "start": "a", "end": "b"}),
        (
            ["ad01", "--supply", "3", "--period", "1", "--sleep", "stop2"],
            ["ad01"],
            {"supply_v": 3, "period_s": 1, "sleep": "stop2"},
        ),
        (
            ["ad01", "--clock", "80", "--wait-states", "4", "--voltage-range", "2", "--regulator", "ldo"],
            ["ad01"],
            {"clock_hz": 80e6, "wait_states": 4, "voltage_range": "2", "regulator": "ldo"},
        ),
        (["ad01", "--cache", "4K/2", "--cache", "8K/4"], ["ad01"], {"caches": ("4K/2", "8K/4")}),
    ],
)
def test_command_line_and_api_ask_for_the_same(
    arguments: list[str], benchmarks: list[str] | None, words: RequestWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Request] = []

    def overheard(request: Request, fresh: bool) -> RunResult:
        assert not fresh
        asked.append(request)
        return RESULT

    monkeypatch.setattr(api, "run", overheard)
    assert main(["run", *arguments]) == 0
    by_command, asked = asked, []
    api.run_all(benchmarks, **words)
    assert by_command == asked
    assert [request.benchmark for request in asked] == (benchmarks or ([None] if words else list(TASKS)))
