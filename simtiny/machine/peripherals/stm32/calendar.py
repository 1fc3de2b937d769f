"""Dates and times as the RTC's registers hold them: in packed decimal, from 2000 to 2099."""

from dataclasses import dataclass
from datetime import datetime, timedelta

PM, TWELVE_HOURS = 1 << 22, 1 << 6  # of TR and alarms; of CR: FMT
_CENTURY = timedelta(days=36_525)


def packed(number: int) -> int:
    """Two digits, four bits each."""
    return number // 10 << 4 | number % 10


def unpacked(digits: int) -> int:
    """The number of two digits."""
    return 10 * (digits >> 4) + (digits & 0xF)


@dataclass(frozen=True)
class Moment:
    """`weekday`: 1 to 7. It goes on by itself: nothing checks that it is the date's."""

    when: datetime
    weekday: int

    def later(self, seconds: int) -> "Moment":
        """The moment so many seconds later. Behind 2099 comes 2000."""
        when = self.when + timedelta(seconds=seconds)
        days = (when.date() - self.when.date()).days
        if when.year > 2099:
            when -= _CENTURY
        return Moment(when, (self.weekday - 1 + days) % 7 + 1)


def moment(time: int, date: int, twelve_hours: bool) -> Moment | None:
    """What the registers TR and DR hold, None if that is no date or time."""
    hour = unpacked(time >> 16 & 0x3F)
    if twelve_hours:
        hour = hour % 12 + (12 if time & PM else 0)
    try:
        when = datetime(
            2000 + unpacked(date >> 16 & 0xFF),
            unpacked(date >> 8 & 0x1F),
            unpacked(date & 0x3F),
            hour,
            unpacked(time >> 8 & 0x7F),
            unpacked(time & 0x7F),
        )
    except ValueError:
        return None
    return Moment(when, date >> 13 & 7 or 1)


def registers(now: Moment, twelve_hours: bool) -> tuple[int, int]:
    """TR and DR."""
    when = now.when
    hour, pm = (when.hour % 12 or 12, PM if when.hour >= 12 else 0) if twelve_hours else (when.hour, 0)
    time = pm | packed(hour) << 16 | packed(when.minute) << 8 | packed(when.second)
    date = packed(when.year % 100) << 16 | now.weekday << 13 | packed(when.month) << 8 | packed(when.day)
    return time, date


def alarm_matches(alarm: int, time: int, date: int) -> bool:
    """Whether an alarm register says so of TR and DR. Its bits 7, 15, 23, 31 leave a part out; bit 30: by weekday."""
    day = date >> 13 & 7 if alarm >> 30 & 1 else date & 0x3F
    wanted_day = alarm >> 24 & (0xF if alarm >> 30 & 1 else 0x3F)
    return all(
        (
            alarm >> 7 & 1 or alarm & 0x7F == time & 0x7F,
            alarm >> 15 & 1 or alarm >> 8 & 0x7F == time >> 8 & 0x7F,
            alarm >> 23 & 1 or alarm >> 16 & 0x7F == time >> 16 & 0x7F,
            alarm >> 31 & 1 or wanted_day == day,
        )
    )
