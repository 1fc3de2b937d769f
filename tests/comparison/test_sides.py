"""What a user names to be compared: files, boards, benchmarks, words; and what goes with what."""

import json
from pathlib import Path
from typing import Any

import pytest

from simtiny.comparison.sides import Pair, pairs, side
from simtiny.errors import BadInput
from simtiny.request import Request
from tests.comparison.results import result


def asked(a: object, b: object, *benchmarks: str, **shared: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The requests of each pair as their words; of a saved result its title."""

    def told(each: Any) -> dict[str, Any]:
        return each.request.to_dict() if each.request else {"saved": each.saved["title"]}

    return [(told(pair.a), told(pair.b)) for pair in chosen(a, b, *benchmarks, **shared)]


def chosen(a: object, b: object, *benchmarks: str, **shared: Any) -> tuple[Pair, ...]:
    return pairs(side("A", a), side("B", b), benchmarks, shared)


def saved(folder: Path, name: str, *results: dict[str, Any]) -> str:
    path = folder / name
    path.write_text(json.dumps({"schema": "simtiny.run/1", "version": "0.0", "results": results}))
    return str(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nucleo-l4r5zi", {"board": "nucleo-l4r5zi"}),
        ("kws01", {"benchmark": "kws01"}),
        ("sub/My.ELF", {"image": "sub/My.ELF"}),
        ("fw.hex", {"image": "fw.hex"}),
        ("net.tflite", {"model": "net.tflite"}),
        ("mine.toml", {"board": "mine.toml"}),
        ("clock=80", {"clock_hz": 80e6}),
        ("--clock=80MHz", {"clock_hz": 80e6}),
        ("clock_hz=80e6", {"clock_hz": 80e6}),
        ("clock=26,voltage-range=2,kernels=portable", {"clock_hz": 26e6, "voltage_range": "2", "kernels": "portable"}),
        ("wait_states=3, supply=1.8V", {"wait_states": 3, "supply_v": 1.8}),
        ("fw.bin,address=0x08010000,function=a", {"image": "fw.bin", "address": 0x08010000, "function": "a"}),
        ("fw.elf,from=a,to=b", {"image": "fw.elf", "start": "a", "end": "b"}),
        ("kws01,board=nucleo-u575zi-q", {"benchmark": "kws01", "board": "nucleo-u575zi-q"}),
    ],
)
def test_text_says_words(text: str, words: dict[str, Any]) -> None:
    assert side("A", text).words == words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kws1", r"kws1: no board, no benchmark, no file and no words such as clock=80 \(did you mean kws01\?\)"),
        ("clok=80", r"unknown word 'clok' \(did you mean clock\?\): known are board"),
        ("clock=fast", "`clock_hz` fast: expected a number"),
        ("clock=nan", "`clock_hz` nan: it must be a finite number"),
        ("wait-states=1.5", "`wait_states` 1.5: expected a whole number"),
        ("clock=", "nothing behind the equals sign"),
        ("clock=80,fast", "unknown word 'fast', and no key=value"),
        ("clock=80,clock=26", "clock is given twice"),
        ("cache=16K/2", "`caches`: leave that out"),
        ("", "A: expected a path, a name or words"),
        ("missing.json", "missing.json: No such file"),
    ],
)
def test_text_that_says_nothing_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        side("A", text)


@pytest.mark.parametrize("given", [None, 3, [], b"kws01", {"schema": "simtiny.sweep/1"}, {"clok": 1}])
def test_what_is_no_side_is_refused(given: object) -> None:
    with pytest.raises(BadInput):
        side("A", given)


def test_a_path_may_hold_an_equals_sign_and_a_file_another_name(tmp_path: Path) -> None:
    (tmp_path / "a=b,c.elf").touch()
    assert side("A", str(tmp_path / "a=b,c.elf")).words == {"image": str(tmp_path / "a=b,c.elf")}
    (tmp_path / "firmware").touch()
    with pytest.raises(BadInput, match="can't tell by its name what is in this file"):
        side("A", tmp_path / "firmware")


def test_python_has_words_requests_and_results() -> None:
    assert side("A", {"clock_hz": 80e6}).words == {"clock_hz": 80e6}
    assert side("A", Request("kws01", kernels="dsp")).words == {"benchmark": "kws01", "kernels": "dsp"}
    assert side("A", Path("x.elf")).words == {"image": "x.elf"}
    assert asked(result(), result(title="kws01")) == [({"saved": "ad01"}, {"saved": "kws01"})]


def test_both_sides_run_the_same_work() -> None:
    assert asked("kernels=portable", "kernels=dsp", "kws01", board="nucleo-l4r5zi") == [
        (
            {"benchmark": "kws01", "board": "nucleo-l4r5zi", "kernels": "portable"},
            {"benchmark": "kws01", "board": "nucleo-l4r5zi", "kernels": "dsp"},
        )
    ]
    assert [one["benchmark"] for one, _ in asked("clock=80", "clock=26")] == ["kws01", "vww01", "ic01", "ad01"]
    assert [one["benchmark"] for one, _ in asked("clock=80", "clock=26", "ad01", "ic01")] == ["ad01", "ic01"]
    assert asked("kws01", "nucleo-u575zi-q") == [
        ({"benchmark": "kws01"}, {"benchmark": "kws01", "board": "nucleo-u575zi-q"})
    ]
    assert asked("kws01", "vww01") == [({"benchmark": "kws01"}, {"benchmark": "vww01"})]
    assert asked("a.elf", "clock=80", function="work") == [
        ({"image": "a.elf", "function": "work"}, {"image": "a.elf", "function": "work", "clock_hz": 80e6})
    ]
    assert asked("a.tflite", "kws01") == [({"model": "a.tflite"}, {"benchmark": "kws01"})]


def test_a_side_says_more_than_both() -> None:
    assert asked("a.elf,clock=80", "b.elf,function=other", clock_hz=26e6, function="work") == [
        (
            {"image": "a.elf", "clock_hz": 80e6, "function": "work"},
            {"image": "b.elf", "clock_hz": 26e6, "function": "other"},
        )
    ]


def test_beside_a_saved_result_its_words_hold(tmp_path: Path) -> None:
    words = {"benchmark": "ad01", "kernels": "dsp", "clock_hz": 80e6, "board": None, "caches": ["16K/2"], "later": 1}
    before = saved(tmp_path, "before.json", result(options=words))
    assert asked(before, "clock=26") == [({"saved": "ad01"}, {"benchmark": "ad01", "kernels": "dsp", "clock_hz": 26e6})]
    assert asked("clock=26", before, kernels="portable") == [
        ({"benchmark": "ad01", "kernels": "portable", "clock_hz": 26e6}, {"saved": "ad01"})
    ]
    old = {"image": "old.elf", "start": "a", "end": "b", "board": "nucleo-l4r5zi"}
    assert asked(saved(tmp_path, "old.json", result(title="a", options=old)), "new.elf") == [
        ({"saved": "a"}, {**old, "image": "new.elf"})
    ]
    assert asked(saved(tmp_path, "old.json", result(title="a", options=old)), "new.elf", function="c") == [
        ({"saved": "a"}, {"image": "new.elf", "function": "c", "board": "nucleo-l4r5zi"})
    ]


def test_a_side_with_other_work_inherits_no_window_and_no_benchmark(tmp_path: Path) -> None:
    before = saved(tmp_path, "before.json", result(options={"benchmark": "ad01", "kernels": "dsp"}))
    assert asked(before, "net.tflite") == [({"saved": "ad01"}, {"model": "net.tflite", "kernels": "dsp"})]
    own = {"image": "own.elf", "function": "work", "board": "nucleo-l4r5zi"}
    assert asked(saved(tmp_path, "own.json", result(title="work", options=own)), "ad01") == [
        ({"saved": "work"}, {"benchmark": "ad01", "board": "nucleo-l4r5zi"})
    ]


def test_saved_results_go_by_title(tmp_path: Path) -> None:
    before = saved(tmp_path, "before.json", result(title="kws01"), result(title="ad01"))
    after = saved(tmp_path, "after.json", result(title="ad01"), result(title="kws01"), result(title="ic01"))
    assert asked(before, after) == [({"saved": "kws01"},) * 2, ({"saved": "ad01"},) * 2]
    assert chosen(before, after)[0].notes == ("only one of the two holds ic01",)
    assert asked(before, after, "ad01") == [({"saved": "ad01"},) * 2]
    assert chosen(before, after, "ad01")[0].notes == ()
    assert (chosen(before, after)[0].a.version, chosen(before, after)[0].a.name) == ("0.0", before)
    one = saved(tmp_path, "one.json", result(title="work"))
    assert asked(one, saved(tmp_path, "other.json", result(title="work2"))) == [({"saved": "work"}, {"saved": "work2"})]


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    before = saved(tmp_path, "before.json", result(title="kws01"), result(title="ad01"))
    for a, b, benchmarks, shared, said in (
        (before, before, (), {"clock_hz": 80e6}, "both results are saved: `clock_hz` has no effect"),
        (before, before, ("ic01",), {}, "before.json holds no result of ic01, but of kws01, ad01"),
        (before, saved(tmp_path, "x.json", result(title="work")), (), {}, "no result of the same name: kws01, ad01"),
        (before, "vww01", (), {}, "holds kws01, ad01: say which one to compare with vww01"),
        (f"{before},clock=80", before, (), {}, "a saved result is as it is, leave clock_hz out"),
        ("a.elf,kernels=dsp", "b.elf", (), {}, "`image` brings its own kernels"),
        ("kws01", "ad01", (), {"caches": ("16K/2",)}, "`caches`: leave that out"),
    ):
        with pytest.raises(BadInput, match=said):
            chosen(a, b, *benchmarks, **shared)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no JSON"),
        (b"\xff{}", "no JSON"),
        (b"[1, 2]", "no document, and no saved result"),
        (b"[" * 100_000, "no JSON"),
        (b'{"schema": "simtiny.crosscheck/1"}', "a document of simtiny.crosscheck/1, and no saved result"),
        (b'{"schema": "simtiny.run/1"}', "missing required field `results`"),
        (b'{"schema": "simtiny.run/1", "results": []}', "it holds no result"),
        (b'{"schema": "simtiny.run/1", "results": [1]}', "Expected `object`, got `int`"),
    ],
)
def test_a_file_that_is_no_saved_result_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(BadInput, match=f"x.json: .*{said}"):
        side("A", tmp_path / "x.json")
