"""A board as Renode describes one: the text of a `.repl`, from the platform file alone.

Memories, core and interrupt controller are Renode's; register blocks, serial ports and timers are those of
`registers.cs`, which must be included before the text is loaded.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count

from simtiny.board import Board, Memory
from simtiny.counting.memories import RAM_FILL
from simtiny.machine.cores import CORES
from simtiny.machine.mpu import REGIONS
from simtiny.machine.system_register import MAINLINE
from simtiny.renode.blocks import Described, described, frequency_hz

FLASH_FILL = 0xFF  # erased
CORE_NAMES = {
    "cortex-m0": "cortex-m0",
    "cortex-m0plus": "cortex-m0+",
    "cortex-m3": "cortex-m3",
    "cortex-m4f": "cortex-m4",  # "cortex-m4f" is a Cortex-M7 there; this one has the FPU, too
    "cortex-m7": "cortex-m7",
    "cortex-m33": "cortex-m33",
}
"""Renode's names. It executes what all later architectures know on "cortex-m0" and "cortex-m0+", too."""
# Words that the language of .repl has a meaning for, and what is registered under these names whatever the board.
TAKEN = frozenset({"as", "cpu", "empty", "init", "local", "new", "none", "nvic", "reset", "sysbus", "using", "preinit"})
# The private peripheral bus beside the system control space [Arm v7-M ARM, C1]
ITM, DWT = 0xE000_0000, 0xE000_1000
DEBUG_UNITS = {"fpb": 0xE000_2000, "tpiu": 0xE004_0000, "etm": 0xE004_1000}
UNIT_BYTES = 0x1000
STIMULUS_PORTS = 32


@dataclass(frozen=True)
class Named:
    """A register block under its name in Renode."""

    name: str
    base: int
    block: Described


def platform(board: Board, clock_hz: Mapping[str, float] | None = None) -> str:
    """The board as the text of a `.repl`.

    `clock_hz`: the clocks that are in force, by simtiny's names; those that are left out run as fast as the core may.
    Raises BadInput for a peripheral of a kind that simtiny has not.
    """
    clocks = {"core": board.limits.max_core_hz, **(clock_hz or {})}
    blocks = named(board, clocks)
    parts = [_memory(name, memory) for name, memory in memory_names(board).items()]
    parts.append(_core(board, clocks))
    parts += [_entry(each, blocks) for each in blocks]
    parts += _shared_lines(blocks)
    return f"// {board.title}: {board.soc}. Written by simtiny from its platform file.\n\n" + "\n\n".join(parts) + "\n"


def clock_commands(board: Board, clock_hz: Mapping[str, float]) -> list[str]:
    """Commands for Renode's monitor that put clocks into force at run time; those left out stay as they are.

    SysTick, the cycle counter, timers and serial ports follow them; what a serial port sends takes no time anyway.
    """
    commands = []
    if "core" in clock_hz:
        commands.append(f"sysbus.nvic Frequency {frequency_hz(clock_hz, 'core')}")
    in_force = {"core": board.limits.max_core_hz, **clock_hz}
    for each in named(board, in_force):
        clocks = each.block.clocks
        if each.block.kind != "Psoc6Tcpwm":
            commands += [
                f"sysbus.{each.name} Frequency {frequency_hz(in_force, clock)}" for clock in clocks if clock in clock_hz
            ]
        else:
            commands += [
                f"sysbus.{each.name} SetFrequency {number} {frequency_hz(in_force, clock)}"
                for number, clock in enumerate(clocks)
                if clock in clock_hz
            ]
    return commands


def memory_names(board: Board) -> dict[str, Memory]:
    """Memories by their names in Renode."""
    names: dict[str, Memory] = {}
    for memory in board.memories:
        names[_free(memory.name, {*TAKEN, *names}, "memory")] = memory
    return names


def block_names(board: Board) -> dict[str, str]:
    """Names in Renode of the board's peripherals, by those in the platform file: in lower case where that is free."""
    taken = {*TAKEN, *memory_names(board)}
    names = {}
    for config in board.peripherals:
        names[config.name] = _free(config.name, taken, "registers")
        taken.add(names[config.name])
    return names


def _free(name: str, taken: Iterable[str], kind: str) -> str:
    """A name of Renode's language that nothing else has."""
    plain = re.sub(r"\W", "_", name.lower(), flags=re.ASCII)
    plain = plain if re.match(r"[a-z]", plain) else f"{kind}_{plain}"
    candidates = chain((plain, f"{plain}_{kind}"), (f"{plain}_{kind}{number}" for number in count(2)))
    return next(each for each in candidates if each not in taken)


def named(board: Board, clock_hz: Mapping[str, float]) -> list[Named]:
    """Every register block: the board's own, then those of its core that Renode has no model for."""
    names = block_names(board)
    blocks = [Named(names[config.name], config.base, described(config, clock_hz)) for config in board.peripherals]
    taken = {*TAKEN, *memory_names(board), *names.values()}
    for name, base, block in _core_blocks(board, clock_hz):
        if not any(base < each.base + each.block.size and each.base < base + UNIT_BYTES for each in blocks):
            blocks.append(Named(_free(name, taken, "unit"), base, block))
    return blocks


def _core_blocks(board: Board, clock_hz: Mapping[str, float]) -> Iterable[tuple[str, int, Described]]:
    """Of the core's private peripheral bus: name, base and what it is. The rest of it reads back."""
    ready = tuple(f"STIM{port} 0x{4 * port:x} always 0x1" for port in range(STIMULUS_PORTS))
    yield "itm", ITM, Described("RegisterTable", UNIT_BYTES, table=ready)
    if board.core in MAINLINE:
        frequency = (f"frequency: {frequency_hz(clock_hz, 'core')}",)
        yield "dwt", DWT, Described("CycleCounter", UNIT_BYTES, frequency, clocks=("core",))
    else:  # without a cycle counter
        yield "dwt", DWT, Described("RegisterTable", UNIT_BYTES)
    for name, base in DEBUG_UNITS.items():
        yield name, base, Described("RegisterTable", UNIT_BYTES)


def _memory(name: str, memory: Memory) -> str:
    bases = "; ".join(f"sysbus 0x{base:08X}" for base in (memory.base, *memory.aliases))
    where = f"{{ {bases} }}" if memory.aliases else bases
    fill = FLASH_FILL if memory.kind == "flash" else RAM_FILL
    return f"{name}: Memory.MappedMemory @ {where}\n    size: 0x{memory.size:X}\n    ResetByte: 0x{fill:X}"


def _core(board: Board, clock_hz: Mapping[str, float]) -> str:
    bits = board.priority_bits or CORES[board.core].priority_bits
    regions = board.mpu_regions or REGIONS.get(board.core, 8)
    lines = [
        "nvic: IRQControllers.NVIC @ sysbus 0xE000E000",
        f"    priorityMask: 0x{0xFF << 8 - bits & 0xFF:X}",
        f"    systickFrequency: {frequency_hz(clock_hz, 'core')}",
        "    IRQ -> cpu@0",
        "",
        "cpu: CPU.CortexM @ sysbus",
        f'    cpuType: "{CORE_NAMES[board.core]}"',
        *([f"    numberOfMPURegions: {regions}"] if regions != 8 else []),  # Renode's default
        "    nvic: nvic",
    ]
    return "\n".join(lines)


def _entry(each: Named, blocks: Sequence[Named]) -> str:
    block = each.block
    lines = [f"{each.name}: Simtiny.{block.kind} @ sysbus 0x{each.base:08X}", f"    size: 0x{block.size:X}"]
    lines += [f"    {attribute}" for attribute in block.attributes]
    if block.table:
        lines += ["    table: '''", *block.table, "'''"]
    for output, irq in block.lines:
        sources = _sources(blocks, irq)
        target = f"nvic@{irq}" if len(sources) == 1 else f"irq{irq}@{sources.index((each.name, output))}"
        lines.append(f"    {output} -> {target}")
    return "\n".join(lines)


def _sources(blocks: Sequence[Named], irq: int) -> list[tuple[str, str]]:
    """Which outputs of which blocks drive an interrupt line."""
    return [(each.name, output) for each in blocks for output, line in each.block.lines if line == irq]


def _shared_lines(blocks: Sequence[Named]) -> list[str]:
    """An interrupt line that several outputs drive is high while any is."""
    parts = []
    for irq in sorted({line for each in blocks for _, line in each.block.lines}):
        sources = _sources(blocks, irq)
        if len(sources) > 1:
            parts.append(
                f"irq{irq}: Miscellaneous.CombinedInput @ none\n    numberOfInputs: {len(sources)}\n    -> nvic@{irq}"
            )
    return parts
