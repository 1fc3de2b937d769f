"""One run as one value: the same from the command line, the Python API and JSON."""

import json
import pickle
from dataclasses import fields
from fractions import Fraction
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
from simtiny.options import EngineChoice, Kernels, Weights
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
                "board": maybe(SYMBOL),
                "supply_v": maybe(POSITIVE),
            },
        )
    )
    if image is not None:
        chosen |= {"image": image, "address": draw(maybe(st.integers(0, 2**32 - 1)))}
    else:
        chosen["kernels"] = draw(maybe(st.sampled_from(Kernels)))
        chosen |= draw(
            st.sampled_from([{}, {"model": draw(st.text().filter(bool).map(Path))}, {"weights": "official"}])
        )
    chosen |= draw(
        st.sampled_from(
            [{}, {"function": draw(SYMBOL)}, {"start": draw(SYMBOL), "end": draw(SYMBOL)}],
        )
    )
    if draw(st.booleans()):
        chosen |= {"period_s": draw(POSITIVE), "sleep": draw(SYMBOL)}
    if draw(st.booleans()):
        chosen["caches"] = tuple(draw(st.lists(SYMBOL, max_size=3)))
    else:
        chosen |= {
            "clock_hz": draw(maybe(st.floats(min_value=1e4, allow_infinity=False))),
            "wait_states": draw(maybe(st.integers(0, 15))),
            "voltage_range": draw(maybe(SYMBOL)),
            "regulator": draw(maybe(SYMBOL)),
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


def test_what_a_sweep_and_a_spreadsheet_give_is_taken() -> None:
    request = Request(
        board=Path("mine.toml"),  # type: ignore[arg-type]
        clock_hz=np.array(80e6),  # type: ignore[arg-type]
        wait_states=np.uint8(4),  # type: ignore[arg-type]
        voltage_range=2,  # type: ignore[arg-type]
        supply_v=Fraction(9, 5),  # type: ignore[arg-type]
    )
    assert request == Request(board="mine.toml", clock_hz=80e6, wait_states=4, voltage_range="2", supply_v=1.8)
    assert [type(value) for value in request.words().values() if value is not None] == [
        str,
        float,
        float,
        int,
        str,
        list,
        list,
    ]
    assert Request(caches=None, weights=None) == Request()  # type: ignore[arg-type]
    assert Request(caches=iter(["4K/2", "8K/2"])).caches == ("4K/2", "8K/2")  # type: ignore[arg-type]


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
        ({"clock": 80}, "unknown parameter 'clock' (did you mean clock_hz?): known are benchmark, board, "),
        ({"from": "a"}, "unknown parameter 'from' (did you mean start?): known are "),
        ({"cache": "4K/2"}, "unknown parameter 'cache' (did you mean caches?): known are "),
        ({"layers": True}, "unknown parameter 'layers' (results have it always): known are "),
        ({"kernal": "dsp"}, "unknown parameter 'kernal' (did you mean kernels?): known are "),
        ({"benchmark": ["kws01", "ic01"]}, "`benchmark` is one name, not several: `simtiny.run_all` takes these"),
        ({"benchmark": 1}, "`benchmark`: expected text, not 1 (int)"),
        ({"board": b"x"}, "`board`: expected text, not b'x' (bytes)"),
        ({"board": ""}, "`board` is empty"),
        ({"kernels": "dps"}, "unknown kernels 'dps' (did you mean dsp?): choose from portable, dsp"),
        ({"kernels": 1}, "`kernels`: expected one of portable, dsp, not 1 (int)"),
        ({"weights": "mine"}, "unknown weights 'mine': choose from stand-in, official"),
        ({"supply_v": "3"}, "`supply_v`: expected a number, not '3' (str)"),
        ({"supply_v": True}, "`supply_v`: expected a number, not True (bool)"),
        ({"supply_v": [3]}, "`supply_v`: expected a number, not [3] (list)"),
        ({"supply_v": np.array([3.0, 3.3])}, "`supply_v`: expected a number, not array([3. , 3.3]) (ndarray)"),
        ({"supply_v": 3j}, "`supply_v`: expected a number, not 3j (complex)"),
        ({"wait_states": 1.5}, "`wait_states`: expected a whole number, not 1.5 (float)"),
        ({"wait_states": np.True_}, "`wait_states`: expected a whole number, not True (bool)"),
        ({"wait_states": -1}, "`wait_states` -1: it must be at least 0"),
        ({"image": 3}, "`image`: expected a path, not 3 (int)"),
        ({"model": b""}, "`model`: expected a path, not b'' (bytes)"),
        ({"model": ""}, "`model` is empty"),
        ({"function": ""}, "`function` is empty"),
        ({"caches": 4}, "`caches`: expected text, not 4 (int)"),
        ({"caches": b"4K/2"}, "`caches`: expected a name or several, not b'4K/2' (bytes)"),
        ({"caches": ["4K/2", 3]}, "`caches`: expected text, not 3 (int)"),
        ({"voltage_range": 1j}, "`voltage_range`: expected text or a number, not 1j (complex)"),
        ({"image": "a.elf", "model": "b.tflite"}, "`image` brings its own network: leave `model` out"),
        ({"image": "a.elf", "weights": "stand-in"}, "`image` brings its own weights: leave `weights` out"),
        ({"image": "a.elf", "kernels": "dsp"}, "`image` brings its own kernels: leave `kernels` out"),
        ({"model": "a.tflite", "weights": "official"}, "`model` brings its own weights: leave `weights` out"),
        ({"address": 0x0800_0000}, "`address` is the load address of an `image`"),
        ({"image": "a", "address": 2**32}, "`address` 0x100000000: expected a 32-bit address such as 0x08000000"),
        ({"image": "a", "address": 1.0}, "`address`: expected a whole number such as 0x08000000, not 1.0 (float)"),
        ({"start": "a"}, "`start` and `end` go together"),
        ({"end": "a"}, "`start` and `end` go together"),
        ({"function": "f", "end": "b"}, "`start` and `end` go together"),
        ({"supply_v": 0}, "`supply_v` 0: it must be positive"),
        ({"supply_v": -1.8}, "`supply_v` -1.8: it must be positive"),
        ({"period_s": float("nan")}, "`period_s` nan: it must be a finite number"),
        ({"period_s": 10**400}, "`period_s` inf: it must be a finite number"),
        ({"sleep": "stop2"}, "`sleep` goes with `period_s`"),
        ({"sleep": "clocked"}, "`sleep` goes with `period_s`"),
        ({"clock_hz": float("inf")}, "`clock_hz` inf: it must be a finite number"),
        ({"clock_hz": 26}, "`clock_hz` 26: no board runs below 10 kHz; it is in hertz, and 26 MHz are 26e6"),
        ({"clock_hz": -26e6}, "`clock_hz` -2.6e+07: no board runs below 10 kHz"),
    ],
)
def test_what_is_refused_in_one_line(words: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput) as error:
        Request.from_dict(words)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)
    if "unknown parameter" not in message:
        with pytest.raises(BadInput) as same:
            Request(**words)
        assert str(same.value) == str(error.value)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers()
    | st.decimals()
    | st.fractions()
    | st.dates()
    | st.sampled_from([np.float32(3), np.int8(-1), np.bool_(True), np.str_("ldo"), np.datetime64("NaT"), np.array([])])
    | st.builds(object),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    max_leaves=5,
)


@given(st.sampled_from([entry.name for entry in fields(Request)]), ANYTHING)
def test_anything_is_taken_or_refused_in_one_line(word: str, value: object) -> None:
    try:
        request = Request.from_dict({word: value})
    except BadInput as error:
        assert "\n" not in str(error) and word in str(error)
    else:
        assert Request.from_dict(json.loads(request.to_json())) == request
        assert hash(request) == hash(Request.from_dict(request.to_dict()))


def test_a_request_is_the_same_however_it_is_made() -> None:
    words = {"weights": "official", "kernels": "dsp", "supply_v": 3, "caches": ["4K/2"]}
    made = Request(**words)  # type: ignore[arg-type]
    assert made == Request.from_dict(words)
    assert made.weights is Weights.OFFICIAL
    assert made == Request(weights="official", kernels="dsp", supply_v=np.float32(3), caches="4K/2")  # type: ignore[arg-type]
    assert hash(made) == hash(Request.from_dict(words))


def test_the_api_knows_the_same_words() -> None:
    words = get_type_hints(RequestWords)
    assert ["benchmark", *words] == [entry.name for entry in fields(Request)]
    with pytest.raises(BadInput, match="a Request says all of a run: leave kernels out"):
        simtiny.run(Request("kws01"), kernels="dsp")
    with pytest.raises(BadInput, match="unknown parameter 'kernal'"):
        simtiny.run("kws01", kernal="dsp")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("arguments", "benchmarks", "words"),
    [
        ([], None, {}),
        (["kws01", "ad01", "kws01"], ["kws01", "ad01"], {}),
        (["--image", "fw.bin", "--address", "0x08000000"], None, {"image": "fw.bin", "address": 0x0800_0000}),
        (
            ["ad01", "--board", "nucleo-u575zi-q", "--weights", "stand-in", "--kernels", "portable"],
            ["ad01"],
            {"board": "nucleo-u575zi-q", "weights": "stand-in", "kernels": "portable"},
        ),
        (["--model", "n.tflite", "--function", "f"], None, {"model": "n.tflite", "function": "f"}),
        (["--image", "a", "--from", "a", "--to", "b"], None, {"image": "a", "start": "a", "end": "b"}),
        (
            ["ad01", "--supply", "3", "--period", "1", "--sleep", "stop2"],
            ["ad01"],
            {"supply_v": 3, "period_s": 1, "sleep": "stop2"},
        ),
        (
            ["ad01", "--clock", "20", "--wait-states", "4", "--voltage-range", "2", "--regulator", "ldo"],
            ["ad01"],
            {"clock_hz": 20e6, "wait_states": 4, "voltage_range": "2", "regulator": "ldo"},
        ),
        (["ad01", "--cache", "4K/2", "--cache", "8K/4"], ["ad01"], {"caches": ("4K/2", "8K/4")}),
    ],
)
def test_command_line_and_api_ask_for_the_same(
    arguments: list[str],
    benchmarks: list[str] | None,
    words: RequestWords,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    asked: list[Request] = []
    monkeypatch.chdir(tmp_path)
    for name in ("fw.bin", "n.tflite", "a"):
        (tmp_path / name).touch()

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


def test_the_seed_is_of_the_board_that_is_measured() -> None:
    assert Request("kws01", seed=3).to_json() == '{"benchmark":"kws01","seed":3}'
    with pytest.raises(BadInput, match="`seed` -1: it must be at least 0"):
        Request(seed=-1)
    with pytest.raises(BadInput, match="`seed` is of what is random on Unicorn alone"):
        Request(seed=1, engine=EngineChoice.RENODE)
