"""Goals: what users write of them, and which points meet them."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtiny.errors import BadInput
from simtiny.sweeps.goals import Columns, Condition, Goal, parse_goal, ranked


def columns(**given: list[float] | list[bool]) -> Columns:
    """A sweep of as many points as one of these has; what is not given is not known."""
    rows = len(next(iter(given.values())))
    names = ("latency_ms", "energy_uj", "mean_power_mw", "ram_bytes", "flash_bytes", "clock_hz", "cycles")
    unknown = {name: np.full(rows, np.nan) for name in (*names, "mean_current_ua", "battery_days")}
    return {"legal": np.ones(rows, bool), **unknown, **{name: np.array(values) for name, values in given.items()}}


@pytest.mark.parametrize(
    ("text", "quantity", "sign", "bound"),
    [
        ("latency<50ms", "latency", "<", 50.0),
        ("latency <= 0.05 s", "latency", "<=", 50.0),
        ("latency<0.29s", "latency", "<", 290.0),  # 0.29 * 1e3 is not
        ("Latency ≤ 700 µs", "latency", "<=", 0.7),
        ("energy<2mJ", "energy", "<", 2000.0),
        ("energy<.5uJ", "energy", "<", 0.5),
        ("power<=3.3e-3 W", "power", "<=", 3.3),
        ("ram<128KiB", "ram", "<", 131072.0),
        ("flash<=1MB", "flash", "<=", 1e6),
        ("flash<=1 MiB", "flash", "<=", 1048576.0),
        ("battery>365d", "battery", ">", 365.0),
        ("battery>=36h", "battery", ">=", 1.5),
        ("battery>2years", "battery", ">", 730.0),
        ("clock<=80MHz", "clock", "<=", 80e6),
        ("cycles<1e6", "cycles", "<", 1e6),
        ("current<120uA", "current", "<", 120.0),
    ],
)
def test_conditions(text: str, quantity: str, sign: str, bound: float) -> None:
    (found,) = parse_goal("energy", [text]).subject_to
    assert (found.quantity, found.sign, found.bound) == (quantity, sign, bound)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("latency<50", r"latency needs a unit: one of ns, us, ms, s$"),
        ("latency<50mJ", r"'mJ' is no unit of latency \(did you mean ms\?\): choose from ns, us, ms, s$"),
        ("energy<2MJ", r"'MJ' is no unit of energy \(did you mean mJ\?\)"),
        ("ram<128kib", r"did you mean KiB\?"),
        ("ram<128K", r"'K' is no unit of ram"),
        ("cycles<5ms", "cycles have no unit: leave 'ms' out"),
        ("latncy<5ms", r"unknown quantity 'latncy' \(did you mean latency\?\)"),
        ("energy_uj<5uJ", r"did you mean energy\?"),
        ("latency=<5ms", r"=< is none of <, <=, > and >= \(did you mean <=\?\)"),
        ("latency==5ms", "== is none of"),
        ("latency<5ms,energy<2mJ", "one condition at a time"),
        ("1ms<latency<5ms", "one condition at a time"),
        ("5ms>latency", "expected a quantity, a sign, a number and a unit"),
        ("latency<-5ms", "-5 is no bound"),
        ("latency<1e999ms", "1e999 is no bound"),
        ("latency<1e308s", "1e308 is no bound: it must be finite"),
        ("ram<1e308MiB", "1e308 is no bound: it must be finite"),
        ("latency<nanms", "expected a quantity"),
        ("latency", "expected a quantity"),
        ("  ", "it is empty"),
        ("a" * 5000, "too long"),
        ("latency<5e99999999999s", "expected a quantity"),
        ("latency\n<\n5\x1b[31mms", "expected a quantity"),
    ],
)
def test_what_is_no_condition(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as raised:
        parse_goal("energy", [text])
    assert str(raised.value).startswith("`subject_to` ")
    assert str(raised.value).isprintable()


PIECES = st.lists(
    st.sampled_from(["latency", "RAM", "<", "<=", ">", "=", "5", "1e3", "-", ".", "ms", "KiB", "y", " ", "µ"])
    | st.characters(),
    max_size=8,
).map("".join)


@given(PIECES)
@settings(max_examples=300)
def test_any_text_is_a_condition_or_refused_in_one_line(text: str) -> None:
    try:
        (found,) = parse_goal("energy", [text]).subject_to
    except BadInput as error:
        assert str(error).isprintable()
    else:
        assert found.bound >= 0 and found.met(np.array([np.nan])).tolist() == [False]


def test_what_can_be_minimised() -> None:
    assert parse_goal("battery").objective.more_is_better
    with pytest.raises(BadInput, match=r"unknown quantity 'enrgy' \(did you mean energy\?\)"):
        parse_goal("enrgy")
    with pytest.raises(BadInput, match="a condition goes into `subject_to`"):
        parse_goal("latency<50ms")
    with pytest.raises(BadInput, match="`minimise` battery: only a life has it: give a `sequence`"):
        parse_goal("battery", with_sequence=False)
    with pytest.raises(BadInput, match="`subject_to` current: only a life"):
        parse_goal("energy", ["ram<1KiB", "current<1mA"], with_sequence=False)


def test_a_goal_is_a_value() -> None:
    goal = parse_goal("energy", ["latency<50ms"])
    assert goal == Goal("energy", (Condition("latency", "<", 50.0, "latency<50ms"),))
    assert hash(goal) == hash(parse_goal("energy", "latency<50ms"))


def test_the_best_come_first() -> None:
    table = columns(
        latency_ms=[40.0, 50.0, 30.0, 20.0, np.nan, 30.0, 30.0, 10.0],
        energy_uj=[7.0, 1.0, 5.0, 9.0, np.nan, 5.0, np.nan, 5.0],
        ram_bytes=[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0],
        legal=[True, True, True, True, False, True, True, True],
    )
    # Row 1 takes just 50 ms, row 4 is illegal, and the energy of row 6 is not known.
    assert ranked(parse_goal("energy", ["latency<50ms"]), table).tolist() == [7, 2, 5, 0, 3]
    assert ranked(parse_goal("energy", ["latency<=50ms"]), table).tolist() == [1, 7, 2, 5, 0, 3]
    assert ranked(parse_goal("latency"), table).tolist() == [7, 3, 2, 5, 6, 0, 1]
    assert ranked(parse_goal("ram"), table).tolist() == [3, 2, 5, 6, 0, 1, 7]
    assert ranked(parse_goal("latency", ["latency<1ms"]), table).tolist() == []
    assert ranked(parse_goal("power"), table).tolist() == []  # it is not known


def test_a_battery_is_to_last() -> None:
    table = columns(battery_days=[3.0, np.inf, np.nan, 900.0])
    assert ranked(parse_goal("battery"), table).tolist() == [1, 3, 0]
    assert ranked(parse_goal("battery", ["battery<3y"]), table).tolist() == [3, 0]


@pytest.mark.slow
def test_a_million_rows_are_ranked_in_less_than_a_second() -> None:
    random = np.random.default_rng(1)
    latency, energy = random.uniform(1, 9, (2, 1_000_000)).round(4)
    table = columns(latency_ms=latency, energy_uj=energy, clock_hz=latency * 1e7)
    goal = parse_goal("energy", ["latency<8ms", "clock<=80MHz"])
    start = time.process_time()
    found = ranked(goal, table)
    assert time.process_time() - start < 1
    assert found[0] == min(np.flatnonzero(latency < 8), key=lambda row: (energy[row], latency[row], row))
