"""What has happened by when: marks of all events, so far apart as was asked for, and their sum."""

from types import SimpleNamespace

import numpy as np

from simtiny.counting.event_marks import MOST_MARKS, AskedEvents, EventMarks


class Native:
    """Stands in for the native record: the clock and one event move on as the test says."""

    def __init__(self, clock_hz: float, every_s: float) -> None:
        self.record = SimpleNamespace(marks_count=0, events=SimpleNamespace(asleep=0))
        self.clock = self.loads = 0
        self.marks = EventMarks(self.record, self.mark, lambda: clock_hz, AskedEvents(lambda block: (0, 1), 8, every_s))

    def mark(self) -> None:
        row = self.marks._rows[self.record.marks_count]
        row["clock"], row["kind_1"], row["asleep"] = self.clock, self.loads, self.record.events.asleep
        self.record.marks_count += 1
        if self.record.marks_count == MOST_MARKS:
            self.marks.thin_out()


def test_sleep_is_a_stretch_of_its_own() -> None:
    native = Native(64e6, 10e-6)
    native.marks.mark()
    assert native.record.mark_every == 640  # 10 us
    native.clock, native.loads = 100, 7
    native.marks.sleep(900)
    native.clock = 1000
    native.marks.mark()
    found = native.marks.between(0, 1000)
    assert found["clock"].tolist() == [0, 100, 1000]
    assert found["asleep"].tolist() == [0, 0, 900]
    assert found["kind_1"].tolist() == [0, 7, 7]


def test_nothing_is_kept_of_what_comes_before_the_first_mark() -> None:
    native = Native(64e6, 10e-6)
    native.marks.sleep(1000)
    assert native.record.marks_count == 0
    assert native.record.next_mark > 1 << 60


def test_a_part_of_the_time_has_the_marks_around_it() -> None:
    native = Native(1e6, 10e-6)
    for native.clock in range(0, 100, 10):
        native.mark()
    assert native.marks.between(20, 40)["clock"].tolist() == [20, 30, 40]
    assert native.marks.between(25, 41)["clock"].tolist() == [20, 30, 40, 50]


def test_there_is_room_for_so_many() -> None:
    """Every other one goes, and the rest is twice as far apart."""
    native = Native(1e6, 10e-6)
    native.marks.mark()
    for number in range(1, MOST_MARKS):
        native.clock = native.loads = 10 * number
        native.mark()
    assert native.record.marks_count == MOST_MARKS // 2
    assert (native.marks.every_s, native.record.mark_every) == (20e-6, 20)
    found = native.marks.between(0, 10 * MOST_MARKS)
    assert set(np.diff(found["clock"]).tolist()) == {20}
    assert np.array_equal(found["clock"], found["kind_1"])
