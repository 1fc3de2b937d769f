"""The register blocks in C# against those in Python: the same accesses, at random, must read the same."""

import random
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import simtiny.renode
from simtiny.board import Board, PeripheralConfig
from simtiny.board_file import load_board
from simtiny.machine.peripherals import build
from simtiny.machine.peripherals.registers import RegisterFile
from simtiny.notes import NoteKind
from simtiny.renode.find import Found
from simtiny.renode.platform import platform
from simtiny.renode.script import absolute, script

ACCESSES = 30  # of each block
# What flash controllers and ports wait for, and masks of single bits, beside numbers at random
TELLING = (0x45670123, 0xCDEF89AB, 0x08192A3B, 0x4C5D6E7F, 0, 0xFFFFFFFF, 1, 2, 3, 1 << 16, 1 << 31, 0x0C000001)


class Still:
    """A system in which no time passes."""

    cycles = 0

    def __init__(self, board: Board) -> None:
        self.clock_hz: dict[str, float] = {"core": board.limits.max_core_hz}

    def set_clocks(self, clock_hz: Mapping[str, float]) -> None:
        self.clock_hz |= clock_hz

    def on_clock_change(self, callback: Callable[[], None]) -> None: ...

    def schedule(self, at_cycle: int, callback: Callable[[], None]) -> int:
        return 0

    def cancel(self, handle: int) -> None: ...

    def set_irq(self, irq: int, level: bool, source: str) -> None: ...

    def set_flash_acceleration(self, **settings: object) -> None: ...

    def request_dma(self, line: str, level: bool) -> None: ...

    def bus_read(self, address: int, size: int) -> int:
        return 0

    def bus_write(self, address: int, size: int, value: int) -> None: ...

    def timer_read(self) -> None: ...

    def note(self, kind: NoteKind, place: str, text: str) -> None: ...


def telling_offsets(block: object, size: int) -> list[int]:
    """Offsets of words where something is to be expected: registers of a table, or else the first few."""
    file = next((value for value in vars(block).values() if isinstance(value, RegisterFile)), None)
    listed = [] if file is None else [register.offset for register in file.registers.values()]
    return [offset for offset in listed if offset + 4 <= size] or list(range(0, min(size, 0x48), 4))


def users_board() -> Board:
    """With what no board of simtiny's has: a serial port of the older generation, names in any order, all masks."""
    registers = {
        "CLEAR": {"offset": 0x0, "clears": "FLAGS"},
        "FLAGS": {"offset": 0x4, "reset": 0xFFFF_FFFF, "writable": 0xFFFF_0000},
        "MIXED": {"offset": 0x8, "writable": 0xFF, "clear": 0xFF00, "pulse": 0xF, "always": 0x8000_0000},
        "on": {"offset": 0xC},
    }
    rules = ["MIXED[7:4] -> on[31:28]", "FLAGS[31] -> MIXED[16]"]
    made = (
        PeripheralConfig("UART", "stm32-usart", 0x4000_0000, parameters={"clock": "x", "generation": "sr"}),
        PeripheralConfig("CPU", "registers", 0x4000_0400, parameters={"registers": registers, "follow": rules}),
        PeripheralConfig("Words", "constants", 0x5000_0000, parameters={"words": ((4, 1),), "default": 0xFFFF_FFFF}),
        PeripheralConfig("TIM", "stm32-timer", 0x4000_0800, parameters={"clock": "x", "bits": 24, "compares": 1}),
    )
    return replace(load_board("nucleo-l4r5zi"), peripherals=made)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["nucleo-l4r5zi", "nucleo-g0b1re", "nucleo-u575zi-q", "nucleo-u385rg-q", "nucleo-h7a3zi-q", "disco-f746ng",
     "cy8cproto-062-4343w", "a user's"],
)  # fmt: skip
def test_blocks_read_as_simtinys_own(name: str, renode: Found, tmp_path: Path) -> None:
    board = users_board() if name == "a user's" else load_board(name)
    dice = random.Random(name)
    blocks = build(board, Still(board))
    commands, expected = [], []
    for config in board.peripherals:
        offsets = telling_offsets(blocks[config.name], config.size)
        for _ in range(ACCESSES):
            size = dice.choice((4, 4, 4, 2, 1))
            offset = dice.choice(offsets) + dice.choice(range(0, 4, size))
            value = dice.choice((dice.getrandbits(32), 1 << dice.randrange(32), *TELLING)) & (1 << 8 * size) - 1
            kind = {4: "DoubleWord", 2: "Word", 1: "Byte"}[size]
            if dice.random() < 0.6:
                blocks[config.name].write(offset, size, value)
                commands.append(f"sysbus Write{kind} 0x{config.base + offset:08X} 0x{value:X}")
            else:
                read = blocks[config.name].read(offset, size)
                commands.append(f"sysbus Read{kind} 0x{config.base + offset:08X}")
                expected.append((config.name, hex(offset), size, read))
    found = monitor(renode, board, commands, tmp_path)
    assert [(*place, value) for (*place, _), value in zip(expected, found, strict=True)] == [
        (*place, value) for *place, value in expected
    ]


def monitor(renode: Found, board: Board, commands: list[str], folder: Path) -> list[int]:
    """What the monitor prints as numbers."""
    (folder / "board.repl").write_text(platform(board), encoding="utf-8")
    plugin = Path(simtiny.renode.__file__).parent / "registers.cs"
    text = script(
        board,
        plugins=[absolute(plugin)],
        platform=absolute(folder / "board.repl"),
        loads=[],
        last=[*commands, "echo 'end of the script'", "quit"],
    )
    (folder / "board.resc").write_text(text, encoding="utf-8")
    options = ("--disable-gui", "--plain", "--console", "--hide-log", "--config", str(folder / "config"))
    done = subprocess.run(
        [*renode.command, *options, str(folder / "board.resc")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "end of the script" in done.stdout, done.stdout[-2000:]
    return [int(line, 16) for line in done.stdout.splitlines() if re.fullmatch(r"0x[0-9A-F]+", line)]


@pytest.mark.slow
def test_timers_count_renodes_time_by_their_frequency(renode: Found, tmp_path: Path) -> None:
    """TIM2 from 80 MHz, divided by 80, up to 999: it counts microseconds, and starts anew each millisecond."""
    board = load_board("nucleo-l4r5zi")
    tim2, dwt, nvic_pending = 0x4000_0000, 0xE000_1000, 0xE000_E200
    commands = [
        "cpu IsHalted true",
        "sysbus.tim2 Frequency 80000000",
        f"sysbus WriteDoubleWord {tim2 + 0x28:#x} 79",  # PSC
        f"sysbus WriteDoubleWord {tim2 + 0x2C:#x} 999",  # ARR
        f"sysbus WriteDoubleWord {tim2 + 0x34:#x} 600",  # CCR1
        f"sysbus WriteDoubleWord {tim2 + 0x38:#x} 200",  # CCR2
        f"sysbus WriteDoubleWord {tim2 + 0x14:#x} 1",  # EGR: the prescaler comes into force
        f"sysbus WriteDoubleWord {tim2 + 0x10:#x} 0",  # SR
        f"sysbus WriteDoubleWord {tim2 + 0x0C:#x} 2",  # DIER: compare 1
        f"sysbus WriteDoubleWord {tim2:#x} 1",  # CR1: on
        f"sysbus WriteDoubleWord {dwt:#x} 1",  # CYCCNTENA
        'emulation RunFor "0.0003"',
        f"sysbus ReadDoubleWord {tim2 + 0x24:#x}",  # CNT
        f"sysbus ReadDoubleWord {tim2 + 0x10:#x}",
        f"sysbus ReadDoubleWord {nvic_pending:#x}",
        f"sysbus ReadDoubleWord {dwt + 4:#x}",
        "sysbus.dwt Frequency 4000000",
        "sysbus.tim2 Frequency 40000000",
        'emulation RunFor "0.0009"',
        f"sysbus ReadDoubleWord {tim2 + 0x24:#x}",
        f"sysbus ReadDoubleWord {tim2 + 0x10:#x}",
        f"sysbus ReadDoubleWord {nvic_pending:#x}",
        f"sysbus ReadDoubleWord {dwt + 4:#x}",
        'emulation RunFor "0.0007"',
        f"sysbus ReadDoubleWord {tim2 + 0x24:#x}",
        f"sysbus ReadDoubleWord {tim2 + 0x10:#x}",
    ]
    tim2_pending = 1 << 28  # TIM2 is interrupt 28
    assert monitor(renode, board, commands, tmp_path) == [
        *(300, 1 << 2, 0, 300 * 120),  # 300 us: past compare 2; 120 cycles a microsecond
        *(750, 3 << 1, tim2_pending, 300 * 120 + 900 * 4),  # at half the rate 450 more: past compare 1
        *(750 + 350 - 1000, 0x1F),  # and past the end of the period: update, and the two compares with 0
    ]


@pytest.mark.slow
def test_memories_hold_what_those_of_simtiny_do(renode: Found, tmp_path: Path) -> None:
    board = load_board("nucleo-l4r5zi")
    commands = [
        "sysbus ReadDoubleWord 0x20000100",
        "sysbus ReadDoubleWord 0x08000100",
        "sysbus WriteDoubleWord 0x20030010 0x12345678",  # SRAM2, and its alias
        "sysbus ReadDoubleWord 0x10000010",
    ]
    assert monitor(renode, board, commands, tmp_path) == [0xA5A5_A5A5, 0xFFFF_FFFF, 0x1234_5678]


@pytest.mark.slow
def test_a_counter_of_psoc_6_counts_too(renode: Found, tmp_path: Path) -> None:
    """Counter 1 from 1 MHz with a period of 1,000 counts."""
    board = load_board("cy8cproto-062-4343w")
    config = next(config for config in board.peripherals if config.kind == "psoc6-tcpwm")
    name, counter = config.name.lower(), config.base + 0x140
    commands = [
        "cpu IsHalted true",
        f"sysbus.{name} SetFrequency 1 1000000",
        f"sysbus WriteDoubleWord {counter + 0x14:#x} 999",  # PERIOD
        f"sysbus WriteDoubleWord {counter + 0x0C:#x} 400",  # CC
        f"sysbus WriteDoubleWord {config.base + 8:#x} 2",  # CTRL_SET
        f"sysbus WriteDoubleWord {config.base + 0x18:#x} 2",  # CMD_START
        'emulation RunFor "0.0003"',
        f"sysbus ReadDoubleWord {counter + 8:#x}",  # COUNTER
        f"sysbus ReadDoubleWord {counter + 0x30:#x}",  # INTR
        'emulation RunFor "0.0017"',
        f"sysbus ReadDoubleWord {counter + 8:#x}",
        f"sysbus ReadDoubleWord {counter + 0x30:#x}",
        f"sysbus ReadDoubleWord {config.base:#x}",
    ]
    assert monitor(renode, board, commands, tmp_path) == [300, 0, 0, 3, 2]
