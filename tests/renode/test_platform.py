"""The text of a `.repl`, read again without Renode: every block of every board is there, and each in its own place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest

from simtiny.board import Board, PeripheralConfig
from simtiny.board_file import board_names, load_board
from simtiny.errors import BadInput
from simtiny.renode.platform import block_names, clock_commands, platform
from simtiny.renode.script import Load, absolute, beside, script, serial_port

BOARDS = board_names()


@dataclass
class Entry:
    """One entry of a `.repl`."""

    name: str
    kind: str
    bases: list[int]
    attributes: dict[str, str] = field(default_factory=dict)
    lines: list[tuple[str, str]] = field(default_factory=list)
    table: list[str] = field(default_factory=list)


def entries(text: str) -> dict[str, Entry]:
    """All of them by name. A name that comes twice is an error."""
    found: dict[str, Entry] = {}
    current: Entry | None = None
    in_table = False
    for line in text.splitlines():
        if in_table:
            assert current is not None
            in_table = line != "'''"
            current.table += [line] if in_table else []
        elif match := re.fullmatch(r"([a-z]\w*): ([\w.]+) @ (.*)", line):
            assert match[1] not in found
            bases = [int(base, 16) for base in re.findall(r"sysbus (0x[0-9A-F]+)", match[3])]
            found[match[1]] = current = Entry(match[1], match[2], bases)
        elif match := re.fullmatch(r"    (\w+): (.*)", line):
            assert current is not None
            in_table = match[2] == "'''"
            current.attributes[match[1]] = match[2]
        elif match := re.fullmatch(r"    (\w*) ?-> (\S+)", line):
            assert current is not None
            current.lines.append((match[1], match[2]))
        else:
            assert not line or line.startswith("//"), line
    return found


def ranges(found: dict[str, Entry]) -> Iterator[tuple[int, int, str]]:
    for entry in found.values():
        for base in entry.bases:
            yield base, base + int(entry.attributes.get("size", "0x1000"), 16), entry.name


@pytest.fixture(scope="module", params=BOARDS)
def board(request: pytest.FixtureRequest) -> Board:
    return load_board(request.param)


def test_every_block_and_memory_of_a_board_is_there_where_it_stands(board: Board) -> None:
    found, names = entries(platform(board)), block_names(board)
    for config in board.peripherals:
        entry = found[names[config.name]]
        assert (entry.bases, int(entry.attributes["size"], 16)) == ([config.base], config.size)
        assert entry.kind.startswith("Simtiny.")
    memories = {entry.bases[0]: entry for entry in found.values() if entry.kind == "Memory.MappedMemory"}
    for memory in board.memories:
        entry = memories[memory.base]
        assert entry.bases == [memory.base, *memory.aliases]
        assert int(entry.attributes["size"], 16) == memory.size
        assert entry.attributes["ResetByte"] == ("0xFF" if memory.kind == "flash" else "0xA5")


def test_nothing_overlaps(board: Board) -> None:
    for (_, end, name), (start, _, other) in pairwise(sorted(ranges(entries(platform(board))))):
        assert end <= start, (name, other)


def test_a_serial_port_is_called_as_users_of_renode_expect(board: Board) -> None:
    assert serial_port(board) == f"sysbus.{board.serial.lower()}"


def test_each_interrupt_line_has_one_driver_or_a_block_that_combines_them(board: Board) -> None:
    found = entries(platform(board))
    targets = [target for entry in found.values() for _, target in entry.lines]
    assert len(targets) == len(set(targets))
    for name, entry in found.items():
        if entry.kind == "Miscellaneous.CombinedInput":
            inputs = sorted(target for target in targets if target.startswith(f"{name}@"))
            assert inputs == sorted(f"{name}@{number}" for number in range(int(entry.attributes["numberOfInputs"])))


@pytest.mark.parametrize(
    ("name", "core", "priorities"),
    [
        ("nucleo-l4r5zi", "cortex-m4", "0xF0"),
        ("nucleo-g0b1re", "cortex-m0+", "0xC0"),
        ("nucleo-h7a3zi-q", "cortex-m7", "0xF0"),
        ("nucleo-u575zi-q", "cortex-m33", "0xF0"),
        ("cy8cproto-062-4343w", "cortex-m4", "0xE0"),
    ],
)
def test_a_core_has_renodes_name_and_its_own_priority_bits(name: str, core: str, priorities: str) -> None:
    found = entries(platform(load_board(name)))
    assert found["cpu"].attributes["cpuType"] == f'"{core}"'
    assert found["nvic"].attributes["priorityMask"] == priorities


def test_a_cycle_counter_is_where_the_core_has_one() -> None:
    assert entries(platform(load_board("nucleo-l4r5zi")))["dwt"].kind == "Simtiny.CycleCounter"
    assert entries(platform(load_board("nucleo-g0b1re")))["dwt"].kind == "Simtiny.RegisterTable"


def test_tables_are_as_the_board_is_wired() -> None:
    l4, l4p = (entries(platform(load_board(name))) for name in ("nucleo-l4r5zi", "nucleo-l4r5zi-p"))
    assert "CR[16] -> CR[17]" in l4["rcc"].table
    assert "CR[16] -> CR[17]" not in entries(platform(load_board("nucleo-g0b1re")))["rcc"].table  # no oscillator
    assert "OPTR 0x20 reset 0xffeff8aa" in l4["flash_registers"].table
    assert "OPTR 0x20 reset 0xffaff8aa" in l4p["flash_registers"].table  # bit 22, DBANK, is clear
    assert l4["flash_registers"].table[-4:] == [
        "unlock KEYR 0x45670123 0xcdef89ab CR 0x80000000",
        "unlock OPTKEYR 0x8192a3b 0x4c5d6e7f CR 0x40000000",
        "guard CR 0x80000000 0x40000000",
        "ignore 0x20 0x24",
    ]


def test_clocks_reach_what_counts_them() -> None:
    board = load_board("nucleo-l4r5zi")
    found = entries(platform(board, {"core": 80e6, "apb1_timer": 40e6}))
    assert found["nvic"].attributes["systickFrequency"] == "80000000"
    assert found["tim2"].attributes["frequency"] == "40000000"
    assert found["tim1"].attributes["frequency"] == "80000000"  # not given: as the core
    assert clock_commands(board, {"core": 4e6, "lpuart1": 2e6}) == [
        "sysbus.nvic Frequency 4000000",
        "sysbus.lpuart1 Frequency 2000000",
        "sysbus.dwt Frequency 4000000",
    ]
    assert clock_commands(board, {"lse": 32768.0}) == []


def test_counters_of_one_block_have_clocks_of_their_own() -> None:
    board = load_board("cy8cproto-062-4343w")
    first = next(config for config in board.peripherals if config.kind == "psoc6-tcpwm")
    number = first.parameters["first_clock"] + 1
    name = block_names(board)[first.name]
    assert clock_commands(board, {f"pclk{number}": 1e6}) == [f"sysbus.{name} SetFrequency 1 1000000"]


def test_names_of_a_users_board_become_names_of_renode() -> None:
    """Nothing of a platform file ends a line or a string of the text, and no two blocks have one name."""
    odd = ["CPU", "A B", "a_b", "1x", "flash", "é'''\n", "NVIC", ""]
    registers = {"CR 1": {"offset": 0}, "default": {"offset": 4}, "x'''": {"offset": 8, "clears": "default"}}
    made = tuple(
        PeripheralConfig(name, "registers", 0x4000_0000 + 0x400 * number, parameters={"registers": registers})
        for number, name in enumerate(odd)
    )
    board = replace(load_board("nucleo-l4r5zi"), peripherals=made)
    found, names = entries(platform(board)), block_names(board)
    assert len(set(names.values())) == len(odd)
    assert {names["CPU"], names["flash"]} == {"cpu_registers", "flash_registers"}
    assert found["a_b"].table == ["REGISTER_0 0x0", "REGISTER_1 0x4", "REGISTER_2 0x8 clears REGISTER_1"]


def test_an_unknown_kind_and_a_wrong_rule_are_refused() -> None:
    board = load_board("nucleo-l4r5zi")
    for kind, parameters, what in (
        ("nonsense", {}, "unknown kind 'nonsense'"),
        ("registers", {"follow": ["A[0] -> B[0]"]}, "unknown register A"),
        ("registers", {"follow": ["A"]}, "not of the form"),
    ):
        made = PeripheralConfig("X", kind, 0x4000_0000, parameters=parameters)
        with pytest.raises(BadInput, match=what):
            platform(replace(board, peripherals=(made,)))


def test_a_script_has_its_lines_in_order(tmp_path: Path) -> None:
    board = load_board("cy8cproto-062-4343w")
    loads = [Load(beside("my firmware.elf")), Load(absolute(Path("/a b/plan.bin")), 0x1001_0000)]
    text = script(board, plugins=[beside("registers.cs")], platform=beside("b.repl"), loads=loads, last=("start",))
    lines = text.splitlines()
    assert lines[0] == "include $ORIGIN/registers.cs"
    assert lines.index("sysbus LoadELF $ORIGIN/my\\ firmware.elf") > lines.index(
        "machine LoadPlatformDescription $ORIGIN/b.repl"
    )
    assert "sysbus LoadBinary @/a\\ b/plan.bin 0x10010000" in lines
    assert "cpu VectorTableOffset 0x10002000" in lines
    assert lines[-1] == "start"


@pytest.mark.parametrize("name", ["a;quit", "a\nquit", "a\tb", 'a"""b', "a\\ b", "a\\", "\udc80"])
def test_a_path_that_the_monitor_can_not_read_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="plain name"):
        absolute(Path("/x") / name)


@pytest.mark.parametrize("name", ["it's", 'a"b', "$ORIGIN", "a#b", "ü", "a`b`"])
def test_quotes_and_other_signs_are_no_trouble(name: str) -> None:
    assert beside(name) == f"$ORIGIN/{name}"
