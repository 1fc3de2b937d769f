"""Errors are told by their colour, however the monitor's output is cut into pieces."""

import pytest

from simtiny.renode.transcript import MOST_ERROR, MOST_TAIL, Transcript

OF_1_16 = (
    "\x1b[0mRenode, version 1.16.1\r\n\r\n\x1b[31;1m(monitor) \x1b[0mi @a.resc\n\r"
    "\x1b[;031mThere was an error executing command 'include @x.repl'\r\n\x1b[0m"
    "\x1b[;031mFile does not exist: x.repl\r\n\x1b[0m\x1b[33;1m(dut) \x1b[0m"
)
SINCE = OF_1_16.replace("[;031m", "[91m").replace("[31;1m", "[31m").replace("[33;1m", "[33m")
ERROR = "There was an error executing command 'include @x.repl': File does not exist: x.repl"


@pytest.mark.parametrize("said", [OF_1_16, SINCE])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_an_error_is_what_is_in_bright_red(said: str, size: int) -> None:
    transcript = Transcript()
    for at in range(0, len(said), size):
        transcript.feed(said[at : at + size])
    assert transcript.error() == ERROR
    assert transcript.goes_on
    assert transcript.lines() == [
        "Renode, version 1.16.1",
        "(monitor) i @a.resc",
        "There was an error executing command 'include @x.repl'",
        "File does not exist: x.repl",
        "(dut)",
    ]


def test_an_error_is_complete_when_something_follows() -> None:
    transcript = Transcript()
    for text, goes_on in (
        ("\x1b[91mone\r\n\x1b[0m", False),
        ("\x1b[91mtwo", False),
        ("\x1b[0m\r\n", False),
        ("(x)", True),
    ):
        transcript.feed(text)
        assert transcript.goes_on is goes_on
    transcript.feed("\x1b[91mthree")
    assert not transcript.goes_on
    assert transcript.error() == "one: two: three"


def test_without_errors() -> None:
    transcript = Transcript()
    transcript.feed("\x1b[;032mquit\x1b[0m There was an error, says the firmware\x1b")
    assert transcript.error() is None
    assert transcript.lines() == ["quit There was an error, says the firmware"]


def test_however_much_is_said_little_is_kept() -> None:
    transcript = Transcript()
    for _ in range(100):
        transcript.feed("x" * 10_000 + "\x1b[91m" + "e" * 10_000 + "\x1b[0m")
    assert len(transcript.tail) == MOST_TAIL
    assert sum(map(len, transcript.errors)) == MOST_ERROR
