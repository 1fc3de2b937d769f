import pytest

from simtiny.machine.peripherals.stm32.rcc import BACKUP_RESET
from simtiny.machine.peripherals.stm32.rtc import Rtc, Tamp
from simtiny.machine.system import ResetCause

TR, DR, PRER, WUTR, WPR = 0x00, 0x04, 0x10, 0x14, 0x24
INIT, INITF, RSF = 1 << 7, 1 << 6, 1 << 5
CORE_HZ = 32_768 * 100  # a tick of the RTC's clock is 100 cycles
SECOND = CORE_HZ


@pytest.fixture(params=["isr", "icsr"])
def rtc(request, system, config):
    system.clock_hz = {"core": CORE_HZ, "rtc": 32_768.0}
    clock = Rtc(config("stm32-rtc", 2, generation=request.param), system)
    clock.is_first = request.param == "isr"
    clock.cr, clock.ssr, clock.alarm = (0x08, 0x28, 0x1C) if clock.is_first else (0x18, 0x08, 0x40)
    return clock


def unlock(rtc):
    rtc.write(WPR, 4, 0xCA)
    rtc.write(WPR, 4, 0x53)


def set_to(rtc, system, time, date):
    unlock(rtc)
    rtc.write(0x0C, 4, INIT)
    system.run_to(system.cycles + 200)  # two ticks
    rtc.write(TR, 4, time)
    rtc.write(DR, 4, date)
    rtc.write(0x0C, 4, 0)


def test_it_begins_with_the_century_and_counts(system, rtc):
    assert (rtc.read(TR, 4), rtc.read(DR, 4)) == (0, 0x2101)  # Monday, January the first
    system.run_to(SECOND - 1)
    assert rtc.read(TR, 4) == 0
    system.run_to(3 * SECOND + SECOND // 2)
    assert rtc.read(rtc.ssr, 4) == 127  # of 255 down to 0
    assert rtc.read(TR, 4) == 3


def test_a_leap_year_ends(system, rtc):
    set_to(rtc, system, 0x23_59_59, 0x24 << 16 | 2 << 13 | 0x12 << 8 | 0x31)
    assert rtc.read(0x0C, 4) & INIT == 0
    system.run_to(system.cycles + SECOND)
    assert (rtc.read(TR, 4), rtc.read(DR, 4)) == (0, 0x25 << 16 | 3 << 13 | 0x01 << 8 | 0x01)
    set_to(rtc, system, 0x23_59_59, 0x24 << 16 | 3 << 13 | 0x02 << 8 | 0x28)
    system.run_to(system.cycles + SECOND)
    assert (rtc.read(TR, 4), rtc.read(DR, 4)) == (0, 0x24 << 16 | 4 << 13 | 0x02 << 8 | 0x29)


def test_it_can_be_set_only_with_keys_and_while_it_stands(system, rtc):
    rtc.write(0x0C, 4, INIT)
    assert rtc.read(0x0C, 4) & (INIT | INITF) == 0
    unlock(rtc)
    rtc.write(0x0C, 4, INIT)
    rtc.write(TR, 4, 0x11)
    assert rtc.read(0x0C, 4) & (INIT | INITF) == INIT
    system.run_to(200)
    assert rtc.read(0x0C, 4) & INITF
    rtc.write(TR, 4, 0x12)
    rtc.write(WPR, 4, 0xFF)
    rtc.write(TR, 4, 0x13)
    assert rtc.read(TR, 4) == 0x12


def test_time_and_date_stay_together_until_the_date_is_read(system, rtc):
    assert rtc.read(rtc.ssr, 4) == 255
    system.run_to(2 * SECOND)
    assert rtc.read(TR, 4) == 0
    rtc.read(DR, 4)
    assert rtc.read(TR, 4) == 2


def test_afternoons(system, rtc):
    unlock(rtc)
    rtc.write(rtc.cr, 4, 1 << 6)  # FMT
    set_to(rtc, system, 0x11_59_59, 0x2101)
    system.run_to(system.cycles + SECOND)
    assert rtc.read(TR, 4) == 1 << 22 | 0x12_00_00
    system.run_to(system.cycles + 3600 * SECOND)
    assert rtc.read(DR, 4) and rtc.read(TR, 4) == 1 << 22 | 0x01_00_00


def test_an_alarm_of_a_second_and_wakeups(system, rtc):
    unlock(rtc)
    rtc.write(rtc.alarm, 4, 0x8080_8002)  # at second 2, whatever else
    rtc.write(WUTR, 4, 1023)
    rtc.write(rtc.cr, 4, 1 << 8 | 1 << 12)  # ALRAE, ALRAIE
    system.run_to(2 * SECOND - 1)
    assert not system.lines.get(2)
    system.run_to(2 * SECOND)
    assert system.lines[2]
    flags, low = (0x0C, 8) if rtc.is_first else (0x50, 0)
    assert rtc.read(flags, 4) >> low & 7 == 1
    rtc.write(0x0C, 4, 0xFF & ~INIT) if rtc.is_first else rtc.write(0x5C, 4, 1)
    assert not system.lines[2]
    rtc.write(rtc.cr, 4, 1 << 10 | 1 << 14)  # WUTE, WUTIE: each 1024 counts of 16 ticks
    assert system.run_to(system.cycles + SECOND // 2) == [2 * SECOND + SECOND // 2]
    assert rtc.read(flags, 4) >> low & 7 == 4
    assert system.lines[2]


def test_interrupts_by_wires(system, config):
    system.clock_hz = {"core": CORE_HZ, "rtc": 32_768.0}
    rtc = Rtc(config("stm32-rtc", 3, 41, generation="isr", through_exti=True), system)
    unlock(rtc)
    rtc.write(0x08, 4, 1 << 10 | 1 << 14 | 4)  # each 65,536 seconds
    rtc.write(WUTR, 4, 0)  # each second
    system.run_to(SECOND)
    assert (system.wires, system.lines) == ([("BLOCK.wakeup", True)], {})


def test_without_a_clock_it_goes_on_and_says_so(system, rtc):
    system.set_clocks({"rtc": 0.0})
    system.run_to(SECOND)
    assert system.notes == []
    assert rtc.read(TR, 4) == 1
    assert system.notes == [
        "BLOCK: it has no clock (RTCSEL and RTCEN of BDCR, or the oscillator): on the chip calendar and wake-up timer "
        "stand still; here they run as if it were on"
    ]
    system.set_clocks({"rtc_nominal": 32_768.0 / 2})
    system.run_to(3 * SECOND)
    assert rtc.read(TR, 4) == 2
    system.set_clocks({"rtc": 32_768.0})
    system.run_to(4 * SECOND)
    assert rtc.read(TR, 4) == 3


def test_without_a_clock_the_wakeup_timer_goes_on(system, rtc):
    system.set_clocks({"rtc": 0.0})
    unlock(rtc)
    rtc.write(rtc.cr, 4, 4 | 1 << 10 | 1 << 14)  # WUCKSEL, WUTE, WUTIE
    rtc.write(WUTR, 4, 0)  # each second
    system.run_to(SECOND)
    assert system.lines[2]
    assert len(system.notes) == 1


def test_resets_leave_it_alone_and_the_backup_domains_do_not(system, config, rtc):
    set_to(rtc, system, 0x12_00_00, 0x2101)
    start = system.cycles
    system.run_to(start + SECOND // 2)
    again = Rtc(config("stm32-rtc", 2, generation="isr" if rtc.is_first else "icsr"), system)
    again.take_over(rtc, ResetCause.INDEPENDENT_WATCHDOG)
    system.run_to(start + SECOND)
    assert again.read(TR, 4) == 0x12_00_01
    again.hear(BACKUP_RESET, True)
    assert (again.read(DR, 4), again.read(TR, 4)) == (0x2101, 0)
    backup, next_backup = (Tamp(config("stm32-tamp"), system) for _ in range(2))
    backup.write(0x104, 4, 0xCAFE)
    next_backup.take_over(backup, ResetCause.SOFTWARE)
    assert next_backup.read(0x104, 4) == 0xCAFE
    next_backup.hear(BACKUP_RESET, True)
    assert next_backup.read(0x104, 4) == 0


def test_what_is_no_date_is_refused_with_a_note(system, rtc):
    set_to(rtc, system, 0x25_00_00, 0x2101)
    assert rtc.read(TR, 4) == 0
    assert system.notes == ["BLOCK: TR and DR hold no date or time: the calendar stays as it was"]
