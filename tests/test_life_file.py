"""Files of lives: what they say, and what is said of those that say nothing."""

from pathlib import Path

import pytest

from simtiny.errors import BadInput
from simtiny.life import INFER, RUN, Battery, Life, Step
from simtiny.life_file import read_life

INFERENCE = '[[step]]\nname = "infer"\ninfer = true\n'
WHOLE = f"""
period_s = 10
sleep = "stop2"
extra_ma = 0.002
[battery]
capacity_mah = 220
usable = 0.85
self_discharge_percent_per_year = 1
[[step]]
name = "sense"
duration_ms = 20
mode = "stop2"
extra_ma = 0.6
{INFERENCE}times = 2
clock_mhz = 80
wake_us = 50
[[step]]
name = "send"
bytes = 300
baud = 9600
mode = "run"
"""


def read(folder: Path, text: str) -> Life:
    path = folder / "life.toml"
    path.write_text(text, encoding="utf-8")
    return read_life(path)


def test_all_that_a_file_can_say(tmp_path: Path) -> None:
    sense = Step("sense", "stop2", 0.02, extra_ma=0.6)
    infer = Step("infer", INFER, None, 2, 80e6, wake_s=50e-6, what="2 inferences")
    send = Step("send", RUN, 0.3125, what="300 bytes at 9,600 baud")  # 3000 bits
    assert read(tmp_path, WHOLE) == Life(10.0, (sense, infer, send), "stop2", 0.002, Battery(220.0, 0.85, 1.0))


def test_the_least_that_a_file_must_say(tmp_path: Path) -> None:
    found = read(tmp_path, f"period_s = 1\n{INFERENCE}")
    assert found == Life(1.0, (Step("infer", INFER, None, what="inference"),), "clocked")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (INFERENCE, "missing required field `period_s`"),
        ("period_s = 1", "missing required field `step`"),
        (f"period_s = 0\n{INFERENCE}", "key period_s: Expected `float` > 0"),
        (f"period_s = -1\n{INFERENCE}", "key period_s: Expected `float` > 0"),
        (f"period_s = nan\n{INFERENCE}", "key period_s: nan is not a number"),
        (f"period_s = inf\n{INFERENCE}", "key period_s: inf is not a number"),
        (f"period_s = 1e300\n{INFERENCE}", "key period_s: Expected `float` <= 1000000000"),
        (f'period_s = "1 s"\n{INFERENCE}', "key period_s: Expected `float`, got `str`"),
        (f"period_s = true\n{INFERENCE}", "key period_s: Expected `float`, got `bool`"),
        (f"perios_s = 1\n{INFERENCE}", r"unknown key perios_s \(did you mean period_s\?\)"),
        (f"period_ms = 1\n{INFERENCE}", r"unknown key period_ms \(did you mean period_s\?\)"),
        (f"period_s = 1\nsupply_v = 3\n{INFERENCE}", "unknown key supply_v: the supply is that of the run, `supply_v`"),
        ("period_s = 1\n[[steps]]", r"unknown key steps \(did you mean \[\[step\]\]\?\)"),
        ("period_s = 1\n[step]\nname = 'a'", "key step: Expected `array`, got `object`"),
        ("period_s = 1\nstep = [1]", "key step.0.: Expected `object`, got `int`"),
        ("period_s = 1\nstep = []", "key step: Expected `array` of length >= 1"),
        ("period_s = 1\n" + INFERENCE * 101, "key step: Expected `array` of length <= 100"),
        (f"period_s = 1\nbattery = 3\n{INFERENCE}", "key battery: Expected `object"),
        (
            f"period_s = 1\n[battery]\ncapacity = 3\n{INFERENCE}",
            r"unknown key battery.capacity \(did you mean capacity_",
        ),
        (f"period_s = 1\n[battery]\ncapacity_mah = 3\nusable = 85\n{INFERENCE}", "key battery.usable: .* <= 1"),
        (f"period_s = 1\n[battery]\n{INFERENCE}", "key battery: .*missing required field `capacity_mah`"),
        (f'period_s = 1\nsleep = "run"\n{INFERENCE}', "key sleep: run is no sleep mode"),
        (f"period_s = 1\n{INFERENCE}time = 2", r"unknown key step\[0\].time \(did you mean times\?\)"),
        (f"period_s = 1\n{INFERENCE}times = 0", r"key step\[0\].times: Expected `int` >= 1"),
        (f"period_s = 1\n{INFERENCE}extra_ma = -1", r"key step\[0\].extra_ma: Expected `float` >= 0"),
        (f"period_s = 1\n{INFERENCE}duration_ms = 4", "step infer: one of .* it has infer and duration_ms"),
        (
            f'period_s = 1\n{INFERENCE}mode = "run"',
            "step infer: key mode goes with duration_ms or bytes, not with infer",
        ),
        (f"period_s = 1\n{INFERENCE}{INFERENCE}", "two steps are called infer"),
        (f"period_s = 1\n{INFERENCE}clock_mhz = 80e6", r"key step\[0\].clock_mhz: Expected `float` <= 10000"),
        ("period_s = 1\n[[step]]\nname = 'a'", "no step infers"),
        ("period_s = 1\n[[step]]\nname = ''", r"key step\[0\].name: Expected `str` of length >= 1"),
        ("period_s = 1\n[[step]]\nname = 'asleep'", "step 'asleep': choose another name"),
        ('period_s = 1\n[[step]]\nname = "a\\u001b"', "choose another name"),
        ("period_s = 1\n[[step]]\ninfer = true", "missing required field `name`"),
        (f"period_s = 1\n{INFERENCE}[[step]]\nname = 'a'", "step a: one of .* it has none"),
        (f"period_s = 1\n{INFERENCE}[[step]]\nname = 'a'\nduration_ms = 3", "step a: missing key mode"),
        (f"period_s = 1\n{INFERENCE}[[step]]\nname = 'a'\nduration_ms = 3\nmode = 'infer'", "write infer = true"),
        (
            f"period_s = 1\n{INFERENCE}[[step]]\nname = 'a'\nbytes = 3\nmode = 'run'",
            "step a: missing key baud: bits a second",
        ),
        (
            f"period_s = 1\n{INFERENCE}[[step]]\nname = 'a'\nduration_ms = 3\nbaud = 9600\nmode = 'run'",
            "step a: key baud goes with bytes, not with duration_ms",
        ),
        (
            f"period_s = 1\n{INFERENCE}[[step]]\nname = 'a'\nduration_ms = 3\nmode = 'stop2'\nclock_mhz = 8",
            "step a: key clock_mhz has no effect asleep, in stop2: leave it out",
        ),
        ("period_s = \n", "not TOML"),
        ("a = " + "[" * 5000, "nested too deeply|not TOML"),
        ("# " + "x" * 70_000, "larger than 64 KiB"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as raised:
        read(tmp_path, text)
    line = str(raised.value)
    assert line.startswith(f"sequence {tmp_path / 'life.toml'}: ")
    assert "\n" not in line


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"sequence .*: No such file"):
        read_life(tmp_path / "none.toml")
    with pytest.raises(BadInput, match=r"sequence .*: Is a directory"):
        read_life(tmp_path)
