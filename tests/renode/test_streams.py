"""What Renode has written down is counted as Unicorn counts the same programs; and the parts that a live one needs."""

import io
from collections import defaultdict
from collections.abc import Callable

import pytest

from simtiny.board_file import load_board
from simtiny.counting import stream
from simtiny.counting.stream import IN_NANOSECONDS, RECORD_BYTES, Event
from simtiny.engine import LR, SP, StopReason
from simtiny.errors import BadInput
from simtiny.image_load import load
from simtiny.machine.machine import Machine
from simtiny.machine.replay import Replay
from simtiny.profiles import Profile
from simtiny.renode.filter import clocks, rules
from simtiny.renode.pace import Pace
from tests.renode.conversation import (
    CUTS,
    CUTS_BEGIN,
    CUTS_END,
    CUTS_LOOP,
    KERNELS,
    TOLD,
    chunks,
    cuts,
    unpacked,
)
from tests.renode.programs.build import BOARDS, kernel
from tests.renode.test_engine import ASLEEP, COUNTED, different

BOARD = "nucleo-l4r5zi"


def between(engine: Machine | Replay, addresses: tuple[int, int], run: Callable[[], object]) -> Profile:
    marks = []
    for address in addresses:
        engine.watch(address, lambda: marks.append(engine.mark()))
    run()
    first, last = marks
    return engine.profile(first, last)


def to_the_end(machine: Machine) -> None:
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_is_counted_as_on_unicorn(name: str) -> None:
    """But for how long it sleeps, up to where a task is preempted: Renode's time is its own."""
    board, image = load_board(name), load(kernel(BOARDS[name]))
    window = image.symbols["main"].address & ~1, image.symbols["alone"].address & ~1
    machine, replay = Machine(board, image), Replay(io.BytesIO(unpacked(f"kernel-{name}.stream")), board)
    ours = between(machine, window, lambda: to_the_end(machine))
    theirs = between(replay, window, replay.run)
    assert different(ours, theirs, COUNTED - ASLEEP) == []
    assert theirs.exceptions == 6 + 13 + 17  # as worked out in test_kernel.py
    assert ours.cycles - ours.sleep_cycles == theirs.cycles - theirs.sleep_cycles


def test_blocks_that_quanta_hooks_and_pages_cut_are_counted_as_on_unicorn() -> None:
    board = load_board(CUTS)
    machine, replay = Machine(board, cuts()), Replay(io.BytesIO(unpacked(f"cuts-{CUTS}.stream")), board)
    window = CUTS_BEGIN, CUTS_END
    ours = between(machine, window, lambda: to_the_end(machine))
    theirs = between(replay, window, replay.run)
    assert different(ours, theirs) == []
    assert theirs.divides[4] == 200 + 1  # 100 / 7 takes 4 cycles; the second one is skipped but once
    counts = {(block.address, len(block.code)): 0 for block in theirs.blocks}
    for _, block, count in theirs.edges:
        counts[theirs.blocks[block].address, len(theirs.blocks[block].code)] += count
    assert counts[CUTS_LOOP, 30] == 199  # of 200 rounds, the first of which is entered from above
    assert counts[0x0800_03FE, 4] == 200  # a block of its own, as it crosses the end of a page
    assert counts[0x0800_0FFE, 4] == 1


def records(data: bytes) -> list[tuple[int, int, int, int]]:
    """Kind, number, address and operand of each, without the bytes of code."""
    file = io.BytesIO(data)
    stream.read_header(file)
    found = []
    for chunk in stream.read_chunks(file):
        at = 0
        while at < len(chunk):
            what, operands = stream.unpack(chunk[at : at + RECORD_BYTES])
            found.append((what & 0xFF, what >> 8 & 0xFF_FFFF, what >> 32, operands))
            at += RECORD_BYTES * (1 + (stream.code_length(operands) if what & 0xFF == Event.CODE else 0))
    return found


@pytest.mark.parametrize("name", [f"cuts-{CUTS}", *(f"kernel-{name}" for name in KERNELS)])
def test_a_quantum_or_a_hook_cuts_no_block_in_the_file(name: str) -> None:
    """Each has one size, but those that are preempted: an exception comes between blocks, in `alone` three times."""
    sizes = defaultdict(set)
    for kind, _, address, size in records(unpacked(f"{name}.stream")):
        if kind == Event.BLOCK:
            sizes[address].add(size)
    several = [address for address, found in sizes.items() if len(found) > 1]
    assert len(several) <= (3 if name.startswith("kernel") else 0)
    assert len(sizes) > 10


def test_a_live_conversation_is_a_stream_with_other_chunks() -> None:
    """So nobody takes one for a stream; and what is left without these is one."""
    recorded = unpacked(f"{BOARD}.conversation")
    header, *rest = chunks(recorded)
    assert header[0] == b"HEAD"
    assert {kind for kind, _ in rest} == {b"ASK.", b"EVTS", b"MEM.", b"REGS", TOLD}
    board = load_board(BOARD)
    with pytest.raises(BadInput, match="a chunk that is none of records"):
        Replay(io.BytesIO(recorded), board).run()
    file = io.BytesIO()
    stream.write_header(file, stream.Header("", "", {}))
    for kind, data in rest:
        if kind == stream.EVENTS:
            stream.write_records(file, data)
    stream.write_end(file, {})
    file.seek(0)
    replay, said = Replay(file, board), bytearray()
    replay.serial.on_transmit = said.append
    replay.run()
    assert b"\nm-name-dut-[simtiny]\r\nm-ready\r\n" in said


# --- parts of a replay --------------------------------------------------------------------------------------------

HERE, NOPS = 0x0800_0400, bytes.fromhex("00bf00bf")
BLOCK = Event.BLOCK, 0, HERE, len(NOPS)
LPUART1, GPIOA, RCC, TIM2, ITM = 0x4000_8000, 0x4800_0000, 0x4002_1000, 0x4000_0000, 0xE000_0000


def written(address: int, value: int) -> tuple[int, int, int, int]:
    return Event.WRITE, 4, address, value


def replayed(*rows: tuple[int, int, int, int]) -> Replay:
    """A replay of these records, with two NOPs where blocks begin; it has not run."""
    file = io.BytesIO()
    stream.write_header(file, stream.Header("", "", {}))
    packed = b"".join(stream.pack(*stream.record(*row)) for row in rows)
    stream.write_records(file, stream.code_records(HERE, NOPS) + packed)
    stream.write_end(file, {})
    file.seek(0)
    return Replay(file, load_board(BOARD))


def test_a_sleep_in_nanoseconds_takes_cycles_of_the_clock_as_it_is_then() -> None:
    """At 4 MHz from reset on, one millisecond is 4,000 cycles; MSI at range 0 is 100 kHz, where it is 100."""
    sleep = Event.SLEEP, IN_NANOSECONDS, 0, 1_000_000
    msi_100_khz = written(RCC, 0b1001)  # MSION, MSIRGSEL, range 0
    replay = replayed(BLOCK, sleep, msi_100_khz, BLOCK, sleep)
    replay.run()
    assert replay.clock_hz["core"] == 1e5
    assert replay.cycles == replay.cycles_awake + 4_000 + 100
    assert replay.elapsed_s > 0.002


def test_a_sleep_in_another_unit_is_refused() -> None:
    with pytest.raises(BadInput, match="a sleep in the unit 2"):
        replayed(BLOCK, (Event.SLEEP, 2, 0, 1)).run()


def test_a_read_of_a_counter_of_time_is_told() -> None:
    """Windows of the protocol are bounded by it. Another register is read in silence."""
    replay, told = replayed(BLOCK, (Event.READ, 4, TIM2 + 0x24, 7), (Event.READ, 4, RCC, 0)), []
    replay.on_timer_read = lambda: told.append(replay.cycles)
    replay.run()
    assert told == [replay.cycles]


def test_a_read_of_three_bytes_is_refused() -> None:
    with pytest.raises(BadInput, match="a read of 3 bytes"):
        replayed(BLOCK, (Event.READ, 3, TIM2 + 0x24, 0)).run()


def test_a_frame_is_told_to_who_watches_its_block() -> None:
    """And to nobody else: that of another block, or none, is one clear line."""
    frame = Event.FRAME, 0, HERE, 0x2000_1000 | 0x0800_0123 << 32
    replay, seen = replayed(frame, BLOCK, BLOCK), []

    def watched() -> None:
        assert replay.is_at_watch
        seen.append((replay.frame(SP), replay.frame(LR), replay.return_address()))

    replay.watch(HERE + 2, watched)  # within the block
    replay.run()
    assert seen == [(0x2000_1000, 0x0800_0123, 0x0800_0122)] * 2
    assert not replay.is_at_watch
    for rows in ((BLOCK,), ((Event.FRAME, 0, HERE + 8, 0), BLOCK)):
        without = replayed(*rows)
        without.watch(HERE, lambda replay=without: replay.frame(SP))  # type: ignore[misc]
        with pytest.raises(BadInput, match="no FRAME record"):
            without.run()


def test_a_watch_comes_before_its_block_is_counted() -> None:
    replay, cycles = replayed(BLOCK, BLOCK, BLOCK), []
    replay.watch(HERE, lambda: cycles.append(replay.cycles))
    replay.run()
    assert cycles[0] == 0
    assert len(cycles) == 3
    assert cycles[1] < cycles[2] < replay.cycles


def test_a_stop_is_obeyed_behind_the_record() -> None:
    """And the rest is counted from there, once."""
    replay = replayed()
    rows = [stream.pack(*stream.record(*row)) for row in (BLOCK, BLOCK, BLOCK)]
    data, met = stream.code_records(HERE, NOPS) + b"".join(rows), []

    def watched() -> None:
        met.append(replay.cycles)
        replay.stop()

    replay.watch(HERE, watched)
    done = replay.count(data)
    assert len(met) == 1
    while done < len(data):
        done = replay.count(data, done)
    assert len(met) == 3


def test_a_port_a_pin_and_a_stimulus_are_heard() -> None:
    port = written(LPUART1, 0b1001), written(LPUART1 + 0x28, ord("A"))  # UE and TE; TDR
    low = written(GPIOA, 1), written(GPIOA + 0x18, 1), written(GPIOA + 0x18, 1 << 16)  # an output; set, then reset
    enabled = written(0xE000_EDFC, 1 << 24), written(ITM + 0xE80, 1), written(ITM + 0xE00, 2)  # TRCENA, TCR, TER
    replay = replayed(BLOCK, *port, *low, *enabled, written(ITM + 4, 99))
    heard: list[object] = []
    replay.serial.on_transmit = heard.append
    replay.on_pin_change = lambda pin, level: heard.append((pin, level))
    replay.on_stimulus = lambda number, value: heard.append((number, value))
    replay.run()
    assert heard == [ord("A"), ("PA0", True), ("PA0", False), (1, 99)]


# --- what the plugin is told --------------------------------------------------------------------------------------


def test_what_matters_on_a_board_is_what_is_priced_there() -> None:
    """Without caches on the core: loads from flash and its alias, all of RAM that the bus matrix has to turn to. On an
    M7: those of cached RAM, too.
    """
    m4 = rules(load_board(BOARD), [0x0800_0100, 0x0800_0200]).split(",")
    assert m4[:2] == ["loads 0x8000000 0x200000", "loads 0x0 0x200000"]
    assert {rule for rule in m4 if rule.startswith("stores")} == {
        "stores 0x20030000 0x10000",
        "stores 0x10000000 0x10000",
        "stores 0x20040000 0x60000",
    }
    assert {"lines 0x40008000 0x400", "reads 0x40000000 0x400", "reads 0xe000e000 0x1000"} < set(m4)
    assert m4[-2:] == ["call 0x8000100", "call 0x8000200"]
    m7 = load_board("disco-f746ng")
    cached = [memory for memory in m7.memories if memory.kind == "ram" and memory.cached]
    stores = {rule for rule in rules(m7).split(",") if rule.startswith("stores")}
    assert stores == {f"stores {base:#x} {m.size:#x}" for m in cached for base in (m.base, *m.aliases)} != set()


def test_counters_of_time_are_simtinys_to_answer() -> None:
    m4, m0, m7 = (list(clocks(load_board(name))) for name in (BOARD, "nucleo-g0b1re", "disco-f746ng"))
    assert "dwt 0xe0001000 0xe0001004" in m4
    assert "tim2 0x40000000 0x40000024" in m4
    assert not any(clock.startswith("dwt") for clock in m0)  # a Cortex-M0+ counts no cycles
    assert [clock for clock in m7 if clock.startswith("nvic")] == [
        f"nvic 0xe000e000 0xe000ed{register}"
        for register in ("78", "7c", "80")  # CLIDR, CTR, CCSIDR
    ]
    assert not any(clock.startswith("nvic") for clock in m4)


@pytest.mark.parametrize(
    ("instructions", "awake", "ahead_s", "mips"),
    [
        (0, 0, 0.0, 100),  # 130 MHz, at the usual 1.3 cycles an instruction
        (499, 9_999, 0.0, 100),  # too few to tell
        (1_000, 2_000, 0.0, 65),
        (1_000, 2_000, 0.0005, 81),  # Renode's time runs ahead by a quarter of what is caught up
        (1_000, 2_000, 9.0, 130),  # at most twice as many
        (1_000, 2_000, -9.0, 32),  # at least half as many
        (1_000, 0, 0.0, 260),  # not below half a cycle an instruction
    ],
)
def test_renodes_pace_follows_the_count(instructions: int, awake: int, ahead_s: float, mips: int) -> None:
    elapsed_s = 10.0
    asked = {"instructions": instructions, "time_ns": (elapsed_s + ahead_s) * 1e9}
    pace = Pace()
    assert pace.commands(asked, awake, elapsed_s, 130e6) == [f"sysbus.cpu PerformanceInMips {mips}"]
    again = {"instructions": instructions, "time_ns": (elapsed_s + ahead_s) * 1e9}
    assert pace.commands(again, awake, elapsed_s, 130e6) == []


def test_a_clock_is_told_once() -> None:
    pace = Pace()
    pace.clock_commands = ["sysbus.nvic Frequency 4000000"]
    asked = {"instructions": 0, "time_ns": 0}
    assert pace.commands(asked, 0, 0.0, 4e6) == ["sysbus.nvic Frequency 4000000", "sysbus.cpu PerformanceInMips 3"]
    assert pace.commands(asked, 0, 0.0, 4e6) == []
