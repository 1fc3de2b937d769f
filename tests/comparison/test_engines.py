"""Two engines' counts of one window: what differs is explained by what the counts show, or it is unexplained.

The program, whose counts are worked out by hand (Cortex-M4, Thumb):

    main    400  movs r0, #0        handler 500  movs r1, #1      skip  600  cmp r0, #0
    loop    402  adds r0, #1                502  bx lr                  602  it eq
            404  cmp r0, #5                                             604  ldreq r1, [r2]
            406  bne loop                                               606  bx lr
    idle    408  nop
            40a  wfi                    poll    700  ldr r1, [r4, #36]
            40c  b idle                         702  subs r1, r1, r2
                                                704  cmp r1, r0
                                                706  bcc poll
                                                708  bx lr
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtiny.board_file import load_board
from simtiny.comparison.engine_result import EngineComparison
from simtiny.comparison.engines import compared
from simtiny.counts import Counts
from simtiny.image import Image, Segment, Symbol
from simtiny.mlperf.measurement import Flashed, Measurement
from simtiny.pricing import price_run
from simtiny.profiles import CodeBlock, OperatingPoint, Profile
from simtiny.timing.prices import instructions
from tests.machine.programs.loader import boot
from tests.machine.test_replay import recorded
from tests.profiles import profile_of

BOARD = load_board("nucleo-l4r5zi")
BASE = 0x0800_0000
CODE = {0x400: "0020 0130 0528 fcd1 00bf 30bf fce7", 0x500: "0121 7047", 0x600: "0028 08bf 1168 7047"}
CODE[0x700] = "616a 891a 8142 fbd3 7047"
POINT = OperatingPoint(120e6, 5, True, True, True, "1 boost")
Edges = dict[tuple[str, str], int]
MAIN, LOOP, IDLE, HANDLER, SKIP = "400-408", "402-408", "408-40e", "500-504", "600-608"
POLL, POLLED = "700-708", "708-70a"
PLAIN: Edges = {("", MAIN): 1, (MAIN, LOOP): 1, (LOOP, LOOP): 3, (LOOP, IDLE): 1}
"""Five turns of the loop, then asleep: 4 + 4 * 3 + 3 = 19 instructions, of which four branches are taken."""


def flashed(reset: int) -> Flashed:
    names = {"main": 0x400, "loop": 0x402, "idle": 0x408, "handler": 0x500, "skip": 0x600, "poll": 0x700}
    sizes = {"main": 2, "loop": 6, "idle": 6, "handler": 4, "skip": 8, "poll": 10}
    functions = tuple(Symbol(name, BASE + at, sizes[name], "function") for name, at in names.items())
    vectors = (0x2001_0000).to_bytes(4, "little") + (reset | 1).to_bytes(4, "little")
    image = Image("program", "", (Segment(BASE, vectors),), functions=functions)
    return Flashed(BOARD, "program", image, (), True, None, None, None)


def block(name: str) -> CodeBlock:
    start, end = (int(part, 16) for part in name.split("-"))
    first = start & 0xF00
    return CodeBlock(BASE + start, bytes.fromhex(CODE[first])[start - first : end - first], frozenset())


def profile(edges: Edges, **counts: Any) -> Profile:
    """`counts`: by field, totals, or for a field by block a dictionary of these."""
    names = sorted({name for pair in edges for name in pair if name})
    rows = [(names.index(one) if one else -1, names.index(other), count) for (one, other), count in edges.items()]
    taken = [bool(one) and one[-3:] != other[:3] for one, other in edges]
    for field, by_name in counts.items():
        if isinstance(by_name, dict):
            counts[field] = np.array([by_name.get(name, 0 * next(iter(by_name.values()))) for name in names], np.int64)
    blocks = tuple(map(block, names))
    found = profile_of(blocks, POINT, edges=np.array(rows, np.int64), taken=np.array(taken, np.bool_), **counts)
    return replace(found, cycles=price_run(found, BOARD).estimate.cycles)


def counts(window: Profile, stamp: Profile | None = None, said: tuple[str, ...] = (), **others: Any) -> Counts:
    measured = Measurement(window, "window", False, None, None, (), 0, said=said, stamp=stamp)
    return Counts(replace(measured, **others), price_run(window, BOARD))


def compare(a: Profile | Counts, b: Profile | Counts) -> EngineComparison:
    one, other = (each if isinstance(each, Counts) else counts(each) for each in (a, b))
    reset = one.measurement.profile.blocks[0].address
    found = compared(one, other, flashed(reset), ("unicorn", "renode"))
    difference = other.priced.estimate.cycles - one.priced.estimate.cycles
    assert sum(each.cycles for each in found.explanations) + found.unexplained_cycles == difference
    rows = {row.name: row for row in found.rows}
    assert (rows["cycles"].difference, found.agrees) == (difference, found.unexplained_count == 0)
    return found


def causes(found: EngineComparison) -> list[str]:
    return [each.cause for each in found.explanations]


def row(found: EngineComparison, name: str) -> tuple[float, float, tuple[str, ...]]:
    (known,) = (each for each in found.rows if each.name == name)
    return known.a, known.b, known.causes


def unexplained(found: EngineComparison) -> list[tuple[str, str, float | str, float | str]]:
    return [(each.what, each.place, each.a, each.b) for each in found.unexplained]


def test_the_same() -> None:
    found = compare(profile(PLAIN), profile(PLAIN))
    assert found.is_equal
    assert found.same_output
    assert row(found, "instructions") == (19, 19, ())
    assert row(found, "branches taken") == (4, 4, ())
    assert {each.name: each.a_instructions for each in found.by_function} == {"loop": 15, "idle": 3, "main": 1}


def test_a_block_of_one_is_two_of_the_other() -> None:
    """Cut behind the first instruction of the loop, wherever it is part of a block: ten blocks in place of six."""
    cut = {
        ("", "400-404"): 1,
        ("400-404", "404-408"): 1,
        ("404-408", "402-404"): 4,
        ("402-404", "404-408"): 4,
        ("404-408", IDLE): 1,
    }
    found = compare(profile(PLAIN), profile(cut))
    assert (found.agrees, found.is_equal, causes(found)) == (True, False, ["cuts"])
    assert "places inside the window: 1" in found.explanations[0].text
    assert row(found, "instructions") == (19, 19, ())
    assert row(found, "branches taken") == (4, 4, ())
    assert row(found, "blocks run") == (6, 11, ("cuts",))


def test_a_window_that_begins_and_ends_in_the_middle_of_a_block() -> None:
    """Cut there, it has a part of the block that it begins in, and lacks a part of that which it ends in."""
    entered = {(SKIP, LOOP): 1, (LOOP, LOOP): 3, (LOOP, IDLE): 1}
    cut = {("600-604", "604-608"): 1, ("604-608", LOOP): 1, (LOOP, LOOP): 3, (LOOP, "408-40a"): 1}
    found = compare(profile(entered), profile(cut))
    assert (found.agrees, causes(found)) == (True, ["cuts"])
    assert found.explanations[0].instructions == 2 - 2  # ldreq and bx of the first, without wfi and b of the last
    assert {each.name: each.difference_instructions for each in found.by_function} == {"loop": 0, "skip": 2, "idle": -2}
    other_way = compare(profile(cut), profile(entered))
    assert (other_way.agrees, causes(other_way)) == (True, ["cuts"])
    whole = {("400-402", "402-404"): 1, ("402-404", "404-406"): 1}
    assert not compare(profile(whole), profile({("400-402", "402-404"): 1})).agrees  # no block goes on there


def test_another_turn_of_a_loop_is_unexplained() -> None:
    found = compare(profile(PLAIN), profile({**PLAIN, (LOOP, LOOP): 4}))
    assert not found.agrees
    assert unexplained(found) == [("edge", "loop+0x4 (0x08000406) -> loop (0x08000402) by a branch", 4, 5)]
    assert row(found, "instructions") == (19, 22, ())
    assert {each.name: each.difference_instructions for each in found.by_function} == {"loop": 3, "idle": 0, "main": 0}


INTERRUPTED_EARLY: Edges = {
    ("", MAIN): 1, ("", HANDLER): 1, ("", LOOP): 1, (LOOP, LOOP): 3, (LOOP, IDLE): 1,
}  # fmt: skip
INTERRUPTED_LATE: Edges = {
    ("", MAIN): 1, ("", HANDLER): 1, (MAIN, LOOP): 1, (LOOP, LOOP): 3, ("", IDLE): 1,
}  # fmt: skip


def test_an_exception_at_another_place() -> None:
    one = profile(INTERRUPTED_EARLY, exceptions=1, exception_cycles=24)
    found = compare(one, profile(INTERRUPTED_LATE, exceptions=1, exception_cycles=24))
    assert (found.agrees, causes(found)) == (True, ["exceptions"])
    assert row(found, "instructions") == (21, 21, ())
    assert row(found, "branches taken") == (3, 4, ("exceptions",))


def test_more_exceptions() -> None:
    """Each runs the two instructions of the handler, and nothing else is run more often."""
    twice = {**INTERRUPTED_LATE, ("", HANDLER): 2, ("", LOOP): 1, (LOOP, LOOP): 2}
    found = compare(
        profile(INTERRUPTED_EARLY, exceptions=1, exception_cycles=24),
        profile(twice, exceptions=2, exception_cycles=48),
    )
    assert (found.agrees, causes(found)) == (True, ["exceptions"])
    assert row(found, "instructions") == (21, 23, ("exceptions",))
    assert row(found, "exceptions") == (1, 2, ("exceptions",))
    (explanation,) = found.explanations
    assert explanation.instructions == 2
    assert "handler" in explanation.functions
    assert "1 of them in unicorn and 2 in renode" in explanation.text


@pytest.mark.parametrize("moved", [{(LOOP, LOOP): 4}, {(LOOP, IDLE): 2}, {("", LOOP): 2}])
def test_what_is_interrupted_has_to_run_as_often(moved: Edges) -> None:
    one = profile(INTERRUPTED_EARLY, exceptions=1, exception_cycles=24)
    found = compare(one, profile({**INTERRUPTED_LATE, **moved}, exceptions=1, exception_cycles=24))
    assert not found.agrees


def test_a_handler_that_does_more_without_another_exception() -> None:
    """Nothing came at another time: that it returns another way is unexplained."""
    one = profile(INTERRUPTED_EARLY, exceptions=1, exception_cycles=24)
    other = profile({**INTERRUPTED_EARLY, (HANDLER, HANDLER): 1}, exceptions=1, exception_cycles=24)
    assert unexplained(compare(one, other))[0][0] == "edge"


def test_sleep_of_another_length() -> None:
    """Awoken once more, the idle loop has another turn, and sleeps for longer: 3 instructions of it, 2 of a handler."""
    one = {**PLAIN, ("", HANDLER): 1, (IDLE, IDLE): 1}
    other = {**PLAIN, ("", HANDLER): 2, (IDLE, IDLE): 2}
    found = compare(
        profile(one, exceptions=1, exception_cycles=24, sleep_cycles=1000),
        profile(other, exceptions=2, exception_cycles=48, sleep_cycles=1500),
    )
    assert (found.agrees, causes(found)) == (True, ["exceptions", "sleep"])
    assert [each.instructions for each in found.explanations] == [2, 3]
    assert found.explanations[1].functions == ("idle",)
    assert found.explanations[1].cycles > 500
    assert row(found, "cycles asleep") == (1000, 1500, ("sleep",))
    awake = compare(profile(one, exceptions=1, sleep_cycles=0), profile(other, exceptions=1, sleep_cycles=0))
    assert not awake.agrees
    never = compare(
        profile(one, exceptions=1, exception_cycles=24, sleep_cycles=0),
        profile(other, exceptions=2, exception_cycles=48, sleep_cycles=1500),
    )
    assert unexplained(never) == [("cycles asleep", "in the window", 0, 1500)]


def test_a_core_that_an_exception_awakes() -> None:
    """As above, but that the exception comes between WFI and what stands behind it."""
    asleep, awake = "408-40c", "40c-40e"
    edges = {("", MAIN): 1, (MAIN, LOOP): 1, (LOOP, LOOP): 3, (LOOP, asleep): 1}

    def woken(times: int) -> Profile:
        woken = {("", HANDLER): times, ("", awake): times, (awake, asleep): times}
        return profile({**edges, **woken}, exceptions=times, exception_cycles=24 * times, sleep_cycles=500 * times)

    found = compare(woken(2), woken(3))
    assert (found.agrees, causes(found)) == (True, ["exceptions", "sleep"])
    assert row(found, "instructions") == (18 + 2 * 5, 18 + 3 * 5, ("exceptions", "sleep"))


def polls(turns: int, **counts: Any) -> Profile:
    """Behind the rest, the poll, which goes back so often."""
    return profile({**PLAIN, (IDLE, POLL): 1, (POLL, POLL): turns, (POLL, POLLED): 1}, **counts)


def test_a_poll_of_a_timer_turns_otherwise() -> None:
    """14 turns of four instructions less: 6 cycles each, two of them of the load and two of the branch."""
    found = compare(polls(19), polls(5))
    assert (found.agrees, causes(found)) == (True, ["poll"])
    (poll,) = found.explanations
    assert (poll.instructions, poll.cycles, poll.functions) == (-14 * 4, -14 * 6, ("poll",))
    assert "80 instructions in unicorn and 24 in renode" in poll.text
    assert row(found, "instructions") == (19 + 20 * 4 + 1, 19 + 6 * 4 + 1, ("poll",))
    assert row(found, "branches taken") == (4 + 1 + 19, 4 + 1 + 5, ("poll",))
    assert causes(compare(polls(0), polls(2))) == ["poll"]


def test_what_a_poll_leaves_in_the_flash_has_its_cause() -> None:
    found = compare(polls(19, data_reads={POLL: np.array([20, 0])}), polls(5, data_reads={POLL: np.array([6, 0])}))
    assert (found.agrees, row(found, "reads of data in flash")) == (True, (20, 6, ("poll",)))


@pytest.mark.parametrize(
    ("code", "is_poll"),
    [
        ("2368 596a 8142 fbd3 7047", True),  # ldr r3, [r4]; ldr r1, [r3, #36]; cmp r1, r0
        ("004b 596a 8142 fbd3 7047", True),  # ldr r3, =address; ldr r1, [r3, #36]; cmp r1, r0
        ("616a 2960 8142 fbd3 7047", False),  # ldr r1, [r4, #36]; str r1, [r5]; cmp r1, r0
        ("54f8 041b 8142 fbd3 7047", False),  # ldr r1, [r4], #4; cmp r1, r0
        ("0434 2168 8142 fbd3 7047", False),  # adds r4, #4; ldr r1, [r4]; cmp r1, r0
        ("2468 00bf 8442 fbd3 7047", False),  # ldr r4, [r4]; nop; cmp r4, r0
        ("616a 0132 8242 fbd3 7047", False),  # ldr r1, [r4, #36]; adds r2, #1; cmp r2, r0
        ("616a 08bf 0132 fbd3 7047", False),  # ldr r1, [r4, #36]; it eq; addeq r2, #1
        ("616a 08bf 0122 fbd3 7047", False),  # ldr r1, [r4, #36]; it eq; moveq r2, #1
        ("616a 9c41 8142 fbd3 7047", False),  # ldr r1, [r4, #36]; sbcs r4, r3; cmp r1, r0
        ("0049 891a 8142 fbd3 7047", False),  # ldr r1, =constant; subs r1, r1, r2; cmp r1, r0
        ("616a 30bf 8142 fbd3 7047", False),  # ldr r1, [r4, #36]; wfi; cmp r1, r0
        ("02bc 00bf 8142 fbd3 7047", False),  # pop {r1}; nop; cmp r1, r0
    ],
)
def test_a_loop_that_keeps_anything_is_no_poll(monkeypatch: pytest.MonkeyPatch, code: str, is_poll: bool) -> None:
    monkeypatch.setitem(CODE, 0x700, code)
    found = compare(polls(19), polls(5))
    assert (found.agrees, causes(found)) == (is_poll, ["poll"] if is_poll else [])


def test_a_poll_of_two_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """700 cmp r1, r0; 702 bcs 708; 704 ldr r1, [r4, #36]; 706 b 700: a turn tests what the one before has read."""
    monkeypatch.setitem(CODE, 0x700, "8142 01d2 616a fbe7 7047")
    test, read = "700-704", "704-708"

    def window(turns: int, left_by: str = test) -> Profile:
        loop = {(test, read): turns + (left_by == read), (read, test): turns, (left_by, POLLED): 1}
        return profile({**PLAIN, (IDLE, test): 1, **loop})

    found = compare(window(19), window(5))
    assert (found.agrees, causes(found), found.explanations[0].instructions) == (True, ["poll"], -14 * 4)
    assert not compare(window(19), window(5, left_by=read)).agrees


def test_a_poll_that_one_engine_cuts() -> None:
    first, last = "700-704", "704-708"
    cut = {(IDLE, first): 1, (first, last): 6, (last, first): 5, (last, POLLED): 1}
    found = compare(polls(19), profile({**PLAIN, **cut}))
    assert (found.agrees, causes(found)) == (True, ["cuts", "poll"])


def test_a_loop_that_calls_is_no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """700 ldr r1, [r4, #36]; blx r5; cmp r1, r0; bcc 700. What it calls is two instructions."""
    monkeypatch.setitem(CODE, 0x700, "616a a847 8142 fbd3 7047")
    call, back = "700-704", "704-708"

    def window(turns: int) -> Profile:
        loop = {(call, HANDLER): turns + 1, (HANDLER, back): turns + 1, (back, call): turns, (back, POLLED): 1}
        return profile({**PLAIN, (IDLE, call): 1, **loop})

    assert not compare(window(19), window(5)).agrees


@pytest.mark.parametrize("more", [{(IDLE, POLL): 2}, {(POLL, POLLED): 2}, {(IDLE, POLL): 2, (POLL, POLLED): 2}])
def test_a_poll_that_is_begun_or_left_more_often(more: Edges) -> None:
    other = {**PLAIN, (IDLE, POLL): 1, (POLL, POLL): 5, (POLL, POLLED): 1, **more}
    assert not compare(polls(19), profile(other)).agrees


@settings(max_examples=25, deadline=None)
@given(*[st.tuples(st.integers(3, 9), st.integers(0, 1), st.integers(0, 3), st.integers(0, 1))] * 2)
def test_a_poll_that_is_interrupted(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    """How often it goes back, and how many exceptions come before the first turn, between two, and behind the last."""

    def window(turns: int, before: int, between: int, behind: int) -> Profile:
        loop = {(IDLE, POLL): 1 - before, (POLL, POLL): turns - between, (POLL, POLLED): 1 - behind}
        handlers = before + between + behind
        anew = {("", POLL): before + between, ("", POLLED): behind, ("", HANDLER): handlers}
        edges = {edge: count for edge, count in {**PLAIN, **loop, **anew}.items() if count}
        return profile(edges, exceptions=handlers, exception_cycles=24 * handlers)

    found = compare(window(*one), window(*other))
    assert found.agrees
    in_poll = sum(each.instructions for each in found.explanations if each.cause == "poll")
    assert in_poll == 4 * (other[0] - one[0])


def told(turns: int, number: str, later: int = 0) -> Counts:
    """The loop prints a number of `turns` digits, and goes round `later` more times for something else."""
    stamp = profile({(MAIN, LOOP): 1, (LOOP, LOOP): turns})
    window = profile({**PLAIN, (LOOP, LOOP): turns + later})
    return counts(window, stamp, (f"m-lap-us-{number}", "m-results-[1]"), stamp_us=int(number))


def test_a_number_of_another_length() -> None:
    found = compare(told(3, "936"), told(4, "1012"))
    assert (found.agrees, causes(found), found.same_output) == (True, ["timer"], True)
    assert (found.explanations[0].instructions, found.explanations[0].functions) == (3, ("loop",))
    assert "936 us and 1012 us" in found.explanations[0].text
    assert row(found, "instructions") == (19, 22, ("timer",))


def test_the_same_number_explains_nothing() -> None:
    assert not compare(told(3, "936"), told(4, "936")).agrees


def test_another_number_explains_nothing_behind_it() -> None:
    found = compare(told(3, "936"), told(4, "1012", later=1))
    assert not found.agrees
    assert causes(found) == ["timer"]
    assert unexplained(found)[0] == ("edge", "loop+0x4 (0x08000406) -> loop (0x08000402) by a branch", 0, 1)


def test_other_digits_divide_otherwise() -> None:
    """The same code with other operands: eight cycles in place of two."""
    few, many = np.zeros((2, 32), np.int64)
    few[2], many[8] = 1, 1
    edges = {(MAIN, LOOP): 1}
    one = counts(profile(PLAIN, divides=few), profile(edges, divides=few), ("m-lap-us-936",), stamp_us=936)
    other = counts(profile(PLAIN, divides=many), profile(edges, divides=many), ("m-lap-us-937",), stamp_us=937)
    found = compare(one, other)
    assert (found.agrees, causes(found), found.explanations[0].cycles) == (True, ["timer"], 6)
    assert row(found, "divides")[2] == ()  # as many


def test_a_load_that_one_engine_skips() -> None:
    edges = {**PLAIN, (IDLE, SKIP): 1}
    reads = [profile(edges, data_reads={SKIP: np.array([count, 0])}) for count in range(3)]
    found = compare(reads[0], reads[1])
    assert (found.agrees, causes(found)) == (True, ["skipped"])
    assert row(found, "reads of data in flash") == (0, 1, ("skipped",))
    assert unexplained(compare(reads[0], reads[2])) == [("reads of data in flash", "skip (0x08000600)", 0, 2)]


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("fetch_misses", np.array([1, 0]), "misses of flash by a branch"),
        ("fetch_misses", np.array([0, 1]), "misses of flash in sequence"),
        ("data_reads", np.array([1, 0]), "reads of data in flash"),
        ("data_reads", np.array([0, 1]), "misses of data in flash"),
        ("read_ahead", np.array([1, 0]), "cycles of code read ahead"),
        ("read_ahead", np.array([0, 1]), "cycles of data read ahead"),
        ("ram_misses", 1, "misses of data in RAM"),
        ("ram_waits", 1, "cycles waited for RAM"),
        ("mispredicts", 1, "branches predicted wrongly"),
        ("unaligned_loads", 1, "loads that are not aligned"),
    ],
)
def test_a_counter_alone_is_unexplained(field: str, value: Any, name: str) -> None:
    found = compare(profile(PLAIN), profile(PLAIN, **{field: {LOOP: value}}))
    assert unexplained(found) == [(name, "main (0x08000400)", 0, 1)]  # main runs on into the loop


@pytest.mark.parametrize("field", ["exceptions", "exception_cycles", "divides", "hidden"])
def test_a_counter_of_the_window_alone_is_unexplained(field: str) -> None:
    counted = np.zeros(32, np.int64)
    counted[3] = 1
    found = compare(profile(PLAIN), profile(PLAIN, **{field: counted if field in ("divides", "hidden") else 1}))
    assert len(found.unexplained) == 1
    assert not found.agrees


def test_what_misses_follows_from_what_ran() -> None:
    one = profile(INTERRUPTED_EARLY, exceptions=1, exception_cycles=24, fetch_misses={IDLE: np.array([1, 0])})
    other = profile(INTERRUPTED_LATE, exceptions=1, exception_cycles=24, fetch_misses={LOOP: np.array([2, 0])})
    assert causes(compare(one, other)) == ["exceptions"]  # both stand where the exception came
    edges = {(IDLE, SKIP): 1}
    one = profile({**INTERRUPTED_EARLY, **edges}, exceptions=1, exception_cycles=24)
    other = profile(
        {**INTERRUPTED_LATE, **edges}, exceptions=1, exception_cycles=24, fetch_misses={SKIP: np.array([1, 0])}
    )
    found = compare(one, other)
    assert (found.agrees, causes(found)) == (True, ["exceptions", "memory"])
    assert row(found, "misses of flash by a branch") == (0, 1, ("memory",))


def test_other_output_is_unexplained() -> None:
    one, other = (counts(profile(PLAIN), said=("m-lap-us-1", f"m-results-[{number}]")) for number in (1, 2))
    found = compare(one, other)
    assert unexplained(found) == [("output", "line 2", "m-results-[1]", "m-results-[2]")]
    assert not found.same_output
    shorter = counts(profile(PLAIN), said=("m-lap-us-7",))
    assert unexplained(compare(one, shorter)) == [("output", "line 2", "m-results-[1]", "nothing")]


def test_another_operating_point_is_unexplained() -> None:
    one = profile(PLAIN)
    slower = replace(POINT, prefetch=False)
    other = replace(one, operating_point=slower, programmed=slower)
    assert unexplained(compare(one, other)) == [("operating point", "prefetch", "True", "False")]


def test_layers() -> None:
    one, more = profile(PLAIN), profile({**PLAIN, (LOOP, LOOP): 4})
    found = compare(counts(one, layers=(one, more)), counts(one, layers=(more, one)))
    assert [(each.a_instructions, each.b_instructions) for each in found.by_layer] == [(19, 22), (22, 19)]
    assert unexplained(found) == [("layers", "layer 0", 19, 22), ("layers", "layer 1", 22, 19)]
    found = compare(counts(one, layers=(one,)), counts(one))
    assert unexplained(found) == [("layers", "marked by the firmware", 1, 0)]


def test_ten_edges_are_told() -> None:
    names = [f"{at:x}-{at + 2:x}" for at in (0x402, 0x404, 0x408, 0x40A)]
    many = {(one, other): 1 for one in names for other in names}
    found = compare(profile(PLAIN), profile({**PLAIN, **many}))
    assert [each.what for each in found.unexplained] == ["edge"] * 10
    assert found.unexplained_count > 10


# --- a program that ran -----------------------------------------------------------------------------------------------

_, RAN, *_ = recorded(boot("counting", "mixed"))


def again(window: Profile) -> Counts:
    window = replace(window, cycles=price_run(window, BOARD).estimate.cycles)
    return counts(window)


def recut(window: Profile, places: set[int]) -> Profile:
    """The same with the blocks cut before these instructions; what is counted by block goes to its first piece."""
    blocks: list[CodeBlock] = []
    first, last = [], []
    for whole in window.blocks:
        starts = [now.address for now in instructions(whole) if now.address in places or now.address == whole.address]
        first.append(len(blocks))
        for start, end in zip(starts, [*starts[1:], whole.address + len(whole.code)], strict=True):
            code = whole.code[start - whole.address : end - whole.address]
            blocks.append(CodeBlock(start, code, frozenset(load for load in whole.flash_loads if start <= load < end)))
        last.append(len(blocks) - 1)
    edges, taken = [], []
    for (before, block, count), by_branch in zip(window.edges.tolist(), window.taken.tolist(), strict=True):
        edges.append((last[before] if before >= 0 else -1, first[block], count))
        edges += [(piece, piece + 1, count) for piece in range(first[block], last[block])]
        taken += [by_branch, *[False] * (last[block] - first[block])]
    by_block = {}
    for name in (*BY_PAIR, *BY_BLOCK):
        counted = getattr(window, name)
        by_block[name] = np.zeros((len(blocks), *counted.shape[1:]), np.int64)
        by_block[name][first] = counted
    return replace(
        window, blocks=tuple(blocks), edges=np.array(edges, np.int64), taken=np.array(taken, np.bool_), **by_block
    )


BY_PAIR, BY_BLOCK = (
    ("fetch_misses", "data_reads", "read_ahead"),
    ("ram_misses", "ram_waits", "mispredicts", "unaligned_loads"),
)
INSIDE = sorted({now.address for block in RAN.blocks for now in instructions(block)[1:]})


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from(INSIDE)), st.sets(st.sampled_from(INSIDE)))
def test_any_cuts_are_explained_and_change_nothing(one: set[int], other: set[int]) -> None:
    found = compare(again(recut(RAN, one)), again(recut(RAN, other)))
    assert found.agrees
    assert causes(found) in ([], ["cuts"])
    for name in ("instructions", "branches taken", "reads of data in flash", "different edges"):
        a, b, why = row(found, name)
        assert (a, why) == (b, ())
    assert not any(each.difference_instructions for each in found.by_function)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_other_count_of_an_edge_is_found(data: st.DataObject) -> None:
    edges = RAN.edges.copy()
    which = data.draw(st.integers(0, len(edges) - 1))
    edges[which, 2] += data.draw(st.integers(-int(edges[which, 2]), 5).filter(bool))
    places = data.draw(st.sets(st.sampled_from(INSIDE)))
    found = compare(again(RAN), again(recut(replace(RAN, edges=edges), places)))
    assert not found.agrees
    assert "edge" in {each.what for each in found.unexplained}


def interrupted(window: Profile, times: dict[int, int]) -> Profile:
    """The same with exceptions between the blocks of these edges, by their index: each runs the handler."""
    handler = CodeBlock(BASE + 0x8000, bytes.fromhex("00bf 7047"), frozenset())
    edges, taken = window.edges.copy(), window.taken
    begun = [(-1, edges[index, 1], count) for index, count in times.items()]
    for index, count in times.items():
        edges[index, 2] -= count
    total = sum(times.values())
    more = np.array([*begun, (-1, len(window.blocks), total)] if total else [], np.int64).reshape(-1, 3)
    edges, taken = np.concatenate([edges, more]), np.concatenate([taken, np.zeros(len(more), np.bool_)])
    ran = edges[:, 2] > 0
    by_block = {name: np.pad(getattr(window, name), ((0, 1), (0, 0))) for name in BY_PAIR}
    by_block |= {name: np.pad(getattr(window, name), (0, 1)) for name in BY_BLOCK}
    return replace(
        window,
        blocks=(*window.blocks, handler),
        edges=edges[ran],
        taken=taken[ran],
        exceptions=total,
        exception_cycles=24 * total,
        **by_block,
    )


@st.composite
def exceptions(draw: st.DrawFn) -> dict[int, int]:
    inner = np.flatnonzero(RAN.edges[:, 0] >= 0).tolist()
    chosen = draw(st.sets(st.sampled_from(inner), max_size=4))
    return {index: draw(st.integers(1, min(int(RAN.edges[index, 2]), 3))) for index in sorted(chosen)}


@settings(max_examples=30, deadline=None)
@given(exceptions(), exceptions(), st.sets(st.sampled_from(INSIDE)))
def test_exceptions_anywhere_are_explained(one: dict[int, int], other: dict[int, int], places: set[int]) -> None:
    found = compare(again(interrupted(RAN, one)), again(recut(interrupted(RAN, other), places)))
    assert found.agrees
    assert set(causes(found)) <= {"exceptions", "cuts", "memory"}
    a, b, _ = row(found, "instructions")
    assert b - a == 2 * (sum(other.values()) - sum(one.values()))


@settings(max_examples=30, deadline=None)
@given(exceptions(), exceptions(), st.data())
def test_another_turn_among_exceptions_is_found(
    one: dict[int, int], other: dict[int, int], data: st.DataObject
) -> None:
    changed = interrupted(RAN, other)
    loops = [index for index, (before, block, _) in enumerate(changed.edges.tolist()) if before == block]
    edges = changed.edges.copy()
    edges[data.draw(st.sampled_from(loops)), 2] += data.draw(st.integers(1, 5))
    found = compare(again(interrupted(RAN, one)), again(replace(changed, edges=edges)))
    assert not found.agrees
