"""Board files: the shipped boards hold together, and a wrong file is refused with its place."""

from pathlib import Path

import pytest

from simtiny.board import Board
from simtiny.board_file import board_names, load_board, read_board
from simtiny.cores import CORE_FACTS
from simtiny.errors import BadInput
from simtiny.machine.cores import CORES
from simtiny.machine.peripherals import KINDS, build
from simtiny.machine.peripherals.stm32.usart import Usart

MINIMAL = """\
id = "b"
title = "B"
soc = "S"
core = "cortex-m4f"
serial = "UART"
limits = { max_core_hz = 1e6, source = "s" }
[[memories]]
name = "flash"
kind = "flash"
base = 0
size = 0x1000
[[memories]]
name = "ram"
kind = "ram"
base = 0x20000000
size = 0x1000
[flash]
kind = "k"
read_width_bits = { only = 64 }
read_width_source = "s"
wait_state_limits = [{ voltage_range = "1", max_hclk_hz = [10.0, 20.0], source = "s" }]
[[peripherals]]
name = "UART"
kind = "stm32-usart"
base = 0x40000000
parameters = { clock = "core" }
"""
SECOND_FLASH = """\
[[memories]]
name = "bank2"
kind = "flash"
base = 0x08000000
size = 0x1000
"""


@pytest.fixture
def board() -> Board:
    return load_board("nucleo-l4r5zi")


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "b.toml"
        path.write_text(text)
        return str(path)

    return write


@pytest.mark.parametrize("name", board_names())
def test_every_board_loads_under_its_own_name(name):
    board = load_board(name)
    assert board.id == name
    assert {config.kind for config in board.peripherals} <= set(KINDS)


def test_memories_of_the_l4r5(board):
    sizes = {memory.name: memory.size // 1024 for memory in board.memories}
    assert sizes == {"flash": 2048, "sram1": 192, "sram2": 64, "sram3": 384}
    assert sum(size for name, size in sizes.items() if name != "flash") == 640
    ends = [memory.base + memory.size for memory in board.memories if memory.kind == "ram"]
    assert [memory.base for memory in board.memories if memory.kind == "ram"][1:] == ends[:-1]
    assert board.memory_at(0x10000000) == board.memory_at(0x20030000)
    assert board.memory_at(0) == board.main_flash
    assert board.memory_at(0x2009FFFF, 2) is None


def test_wait_states_of_the_l4r5(board):
    highest_mhz = {
        limits.voltage_range: [hz / 1e6 for hz in limits.max_hclk_hz] for limits in board.flash.wait_state_limits
    }
    assert highest_mhz == {"1": [20, 40, 60, 80, 100, 120], "2": [8, 16, 26]}


def test_cores_are_those_of_the_machine():
    assert tuple(CORES) == tuple(CORE_FACTS)
    assert all(CORES[name].facts is facts for name, facts in CORE_FACTS.items())


@pytest.mark.parametrize(
    ("name", "base", "irq"),
    [
        ("RCC", 0x40021000, 5),
        ("LPUART1", 0x40008000, 70),
        ("USART1", 0x40013800, 37),
        ("USART3", 0x40004800, 39),
        ("TIM2", 0x40000000, 28),
        ("TIM5", 0x40000C00, 50),
        ("TIM17", 0x40014800, 26),
        ("DMA2", 0x40020400, 56),
        ("WWDG", 0x40002C00, 0),
    ],
)
def test_addresses_and_interrupts_of_the_l4r5(board, name, base, irq):
    config = next(config for config in board.peripherals if config.name == name)
    assert (config.base, config.irq[0]) == (base, irq)


class Quiet:
    """The least that peripherals need to be made."""

    def __init__(self):
        self.cycles, self.clock_hz, self.notes, self.flash, self.seed = 0, {}, [], {}, 0

    def set_clocks(self, clock_hz):
        self.clock_hz |= clock_hz

    def on_clock_change(self, callback):
        pass

    def set_irq(self, irq, level, source):
        pass

    def set_flash_acceleration(self, **settings):
        self.flash = settings

    def note(self, kind, place, text):
        self.notes.append(text)


def test_the_board_powers_up(board):
    system = Quiet()
    blocks = build(board, system)
    assert len(blocks) == len(board.peripherals)
    assert system.clock_hz["core"] == 4e6  # MSI
    assert system.flash["wait_states"] == 0
    assert system.notes == []
    assert isinstance(blocks[board.serial], Usart)
    # Every clock that a block of the file names is one that the RCC makes.
    wanted = {config.parameters["clock"] for config in board.peripherals if "clock" in config.parameters}
    assert wanted <= set(system.clock_hz)


def test_power_up_identity(board):
    blocks = build(board, Quiet())
    assert blocks["DBGMCU"].read(0, 4) & 0xFFF == 0x470
    assert blocks["IDENTITY"].read(0x5E0, 2) == 2048  # KB of flash


def test_unknown_board_suggests_the_nearest():
    with pytest.raises(BadInput, match=r"unknown board 'nucleo-l4r5z' \(did you mean nucleo-l4r5zi\?\): choose from "):
        load_board("nucleo-l4r5z")
    with pytest.raises(BadInput, match=r"unknown board 'xyz': choose from .*nucleo-l4r5zi"):
        load_board("xyz")


def test_a_file_of_ones_own(write):
    board = load_board(write(MINIMAL))
    assert board.id == "b"
    assert board.peripherals[0].size == 0x400


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "B"', "title = B", "not TOML: Invalid value"),
        ('title = "B"\n', "", "Object missing required field `title`"),
        ("size = 0x1000\n[[mem", 'size = "big"\n[[mem', r"key memories\[0\]\.size: Expected `int`, got `str`"),
        ('kind = "ram"', 'kind = "rom"', r"key memories\[1\]\.kind: Invalid enum value 'rom'"),
        ('kind = "ram"', 'kind = "ram"\nalias = 3', r"unknown key memories\[1\]\.alias"),
        ('soc = "S"', 'soc = "S"\nsock = 1', r"unknown key sock \(did you mean soc\?\)"),
        ('serial = "UART"', 'serial = "UART2"', "key serial: there is no peripheral UART2 of kind stm32-usart"),
        ('serial = "UART"', 'serial = "flash"', "key serial: there is no peripheral flash of kind stm32-usart"),
        ('kind = "stm32-usart"', 'kind = "registers"', "key serial: there is no peripheral UART of kind stm32-usart"),
        ('"cortex-m4f"', '"cortex-m9"', "key core: unknown core 'cortex-m9'. Known cores: cortex-m0, cortex-m0plus"),
        ("base = 0x20000000", "base = 0x20000800", "ram: base, size and aliases must be multiples of 4096 bytes"),
        ("base = 0x20000000\nsize = 0x1000", "base = 0x20000000\nsize = 0x1400", "ram: base, size and aliases must be"),
        ('kind = "ram"', 'kind = "ram"\naliases = [0x10000004]', "ram: base, size and aliases must be"),
        ('kind = "ram"', 'kind = "flash"', "key memories: no memory of kind ram"),
        ('[[memories]]\nname = "ram"', f'{SECOND_FLASH}[[memories]]\nname = "ram"', "one memory of kind flash is supp"),
        (
            "size = 0x1000\n[[mem",
            "size = 0x3000\n[[mem",
            "flash: the size of flash must be a power of two, it is 12288",
        ),
        ("base = 0\nsize = 0x1000", "base = 0x1000\nsize = 0x2000", "flash: 0x00001000 is no multiple of the flash's"),
        ("base = 0\nsize = 0x1000", "base = 0\naliases = [0x3000]\nsize = 0x2000", "flash: 0x00003000 is no multiple"),
        (
            "wait_state_limits",
            'data_cache = { lines = 8, line_bytes = 32, source = "s", way = 2 }\nwait_state_limits',
            "unknown key flash.data_cache.way",
        ),
        (
            "wait_state_limits",
            'data_cache = { lines = 24, line_bytes = 32, source = "s", ways = 4 }\nwait_state_limits',
            "key flash.data_cache: 24 lines in 4 ways make no power of two of sets",
        ),
        (
            "wait_state_limits",
            'instruction_cache = { lines = 8, line_bytes = 24, source = "s" }\nwait_state_limits',
            "key flash.instruction_cache: the bytes of a line must be a power of two",
        ),
        ("base = 0x20000000", "base = 0x800", r"flash \(0x00000000, 4096 bytes\) overlaps ram"),
        ("base = 0x20000000", "base = 0xFFFFFFFF", "ram: .* is not a range of 32-bit addresses"),
        ("base = 0x40000000", "base = 0x40000010", "UART: base and size must be multiples of 1024 bytes"),
        ('name = "ram"', 'name = "UART"', "the name UART is used twice"),
        ('kind = "flash"', 'kind = "ram"', "no memory of kind flash"),
        ("max_hclk_hz = [10.0, 20.0]", "max_hclk_hz = [10.0, true]", r"max_hclk_hz\[1\]"),
        ("max_hclk_hz = [10.0, 20.0]", "max_hclk_hz = [nan]", r"max_hclk_hz\[0\]: nan is not a number"),
        ("max_core_hz = 1e6", "max_core_hz = -5", "key limits.max_core_hz: it must be positive"),
        ('title = "B"', 'title = "B"\nvectors = -1', "key vectors: -0x1 is not the 32-bit address of a word"),
        ('title = "B"', 'title = "B"\nvectors = 0x100000000', "key vectors: 0x100000000 is not"),
        ('title = "B"', 'title = "B"\npriority_bits = 99', "key priority_bits: 99 is not from 2 to 8"),
        ('title = "B"', 'title = "B"\npriority_bits = -1', "key priority_bits: -1 is not"),
        ("base = 0x40000000", "base = 0x40000000\nirq = [496]", "UART: irq 496 is not from 0 to 495"),
        ('title = "B"', 'title = "B"\npower = 5', "key power: Expected"),
        ('title = "B"', 'title = "B"\nwiring = 3', "key wiring: Expected"),
        ('title = "B"', 'title = "B"\nwiring = { FLASH = 3 }', "key wiring"),
        ('title = "B"', f'title = "B"\nvectors = {"1" * 5000}', "not TOML: Exceeds the limit"),
        ('title = "B"', f'title = "B"\npower = {"[" * 3000}{"]" * 3000}', "nested too deeply"),
        ('title = "B"', f'title = "B"\n{"a." * 60_000}a = 1', "nested too deeply"),
        ('title = "B"', 'title = "B"\n' + '"a" . ' * 40 + "a = 1", "nested too deeply"),
        ('title = "B"', f'title = "B"\nwiring = {{ F = {{ x = {"[" * 40}{"]" * 40} }} }}', "nested too deeply"),
        ("base = 0x20000000", "base = 0x5F000000", r"ram .* lies in the region of peripherals, 0x40000000 to"),
        ("base = 0x20000000", "base = 0xE000E000", r"ram .* lies in the region of the system, 0xe0000000 to"),
        ('kind = "ram"', 'kind = "ram"\naliases = [0x41000000]', r"ram \(0x41000000, .* lies in the region of"),
        ("base = 0x20000000\nsize = 0x1000", "base = 0x20000000\nsize = 0x8100000", "key memories: 129 MiB together"),
        (
            "base = 0x20000000\nsize = 0x1000",
            "base = 0x20000000\nsize = 0",
            r"ram: 0x20000000 \+ 0 bytes is not a range",
        ),
        (
            "base = 0x20000000\nsize = 0x1000",
            "base = 0x20000000\nsize = -4096",
            r"ram: 0x20000000 \+ -4096 bytes is not",
        ),
        (
            'kind = "ram"',
            f'kind = "ram"\naliases = {list(range(17))}',
            "key memories.aliases: there are 17, and at most",
        ),
        ("base = 0x40000000", "base = 0xE000E000", "UART .* lies over the core's own registers"),
        ("base = 0x40000000", "base = 0x5FFFFC00\nsize = 0x800", "UART .* crosses an end of 0x40000000 to 0x5fffffff"),
        ("base = 0x40000000", "base = 0x3FFFFC00\nsize = 0x800", "UART .* crosses an end of 0x40000000 to 0x5fffffff"),
        ("base = 0x40000000", "base = 0x40000000\nsize = 0x8000000", "UART: 134217728 bytes of registers, and at most"),
        ("max_core_hz = 1e6", "max_core_hz = 1e300", "key limits.max_core_hz: it is in hertz"),
    ],
)
def test_wrong_files(write, old, new, message):
    assert old in MINIMAL
    path = write(MINIMAL.replace(old, new))
    with pytest.raises(BadInput, match=rf"platform file .*b\.toml: .*{message}"):
        load_board(path)


def test_more_parts_than_any_board_has(write):
    blocks = "".join(
        f'[[peripherals]]\nname = "B{number}"\nkind = "registers"\nbase = {0x60000000 + 0x400 * number}\n'
        for number in range(1024)
    )
    with pytest.raises(BadInput, match=r"key peripherals: there are 1025, and at most 1024 are emulated"):
        load_board(write(MINIMAL + blocks))


@pytest.mark.parametrize("peripherals", ["5", '["x"]', "[{ name = [1] }]", "[{ parameters = 1 }]"])
def test_peripherals_that_are_none(write, peripherals):
    with pytest.raises(BadInput, match=r"b\.toml: key peripherals.*: Expected"):
        load_board(write(f'mcu = "stm32l4r5zi"\nperipherals = {peripherals}\n'))


@pytest.mark.parametrize("key", ["board", "mcu"])
def test_other_files_are_named_and_no_path(tmp_path, write, key):
    with pytest.raises(BadInput, match=rf"platform file .*b\.toml: key {key}: unknown"):
        load_board(write(f'{key} = "{tmp_path / "b"}"\n'))


def test_a_byte_order_mark_is_no_key(tmp_path):
    (tmp_path / "b.toml").write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    assert read_board(tmp_path / "b.toml").id == "b"


def test_unreadable_files(tmp_path):
    with pytest.raises(BadInput, match="No such file"):
        load_board(str(tmp_path / "none.toml"))
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="not TOML"):
        read_board(tmp_path / "x.toml")


def test_unknown_peripheral_kind_is_named(write):
    second = '[[peripherals]]\nname = "UART2"\nkind = "stm32-uzart"\nbase = 0x40001000\n'
    board = load_board(write(MINIMAL + second))
    with pytest.raises(BadInput, match="peripheral UART2: unknown kind 'stm32-uzart'"):
        build(board, Quiet())


MCU_BOARD = """\
id = "b"
title = "B"
mcu = "stm32l4r5zi"
serial = "LPUART1"
[wiring]
RCC = { hse_hz = 4e6 }
FLASH = { dual_bank = false }
"""


def test_a_board_is_completed_by_its_microcontroller(write):
    board = read_board(Path(write(MCU_BOARD)))
    parts = {part.name: part for part in board.peripherals}
    assert board.core == "cortex-m4f"
    assert parts["RCC"].parameters == {"hse_hz": 4e6}
    assert parts["FLASH"].parameters == {"dual_bank": False}


def test_wiring_of_another_board_is_changed_one_by_one(write):
    board = load_board(write('board = "nucleo-l4r5zi"\n[wiring]\nFLASH = { dual_bank = false }\n'))
    parts = {part.name: part for part in board.peripherals}
    assert parts["FLASH"].parameters["dual_bank"] is False
    assert parts["RCC"].parameters["hse_hz"] == 8e6


def test_unknown_microcontroller(write):
    with pytest.raises(BadInput, match=r"unknown microcontroller 'z80'.*stm32l4r5zi"):
        read_board(Path(write(MCU_BOARD.replace("stm32l4r5zi", "z80"))))


def test_wiring_of_a_peripheral_that_is_not_there(write):
    with pytest.raises(BadInput, match="no peripheral RTX"):
        read_board(Path(write(MCU_BOARD.replace("RCC", "RTX"))))


def test_a_board_changed_runs_the_firmware_of_the_one_that_it_changes(tmp_path: Path) -> None:
    """What if the core were another: the same image, with other timing."""
    path = tmp_path / "other.toml"
    path.write_text('board = "nucleo-l4r5zi-p"\nid = "other"\ncore = "cortex-m33"\n')
    assert load_board(str(path)).firmware == "nucleo-l4r5zi"
    path.write_text('board = "nucleo-u575zi-q"\nid = "other"\n')
    assert load_board(str(path)).firmware == "nucleo-u575zi-q"
