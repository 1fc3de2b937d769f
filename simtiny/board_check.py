"""What is wrong with a board's file: keys that nothing reads, values and parts that contradict each other.

Each function gives a line that names the key or the part, None where nothing is wrong.
"""

from itertools import pairwise

from simtiny import consumers
from simtiny.board import Board
from simtiny.cores import CORE_FACTS
from simtiny.power import contradiction

IRQ_LINES = 496  # the most of any core [Arm v7-M ARM, B1.5.1]
PRIORITY_BITS = range(2, 9)  # from Cortex-M0's to the width of the field
MPU_REGIONS = (0, 4, 8, 12, 16)  # [Arm's technical reference manuals]
BLOCK_BYTES = 0x400  # the machine decodes peripheral addresses in these steps, as STM32 bus bridges do
MOST_RAM_WAITS = 100
PAGE_BYTES = 0x1000  # the emulator maps memories in these steps
# Where the architecture has registers [Arm v7-M ARM, B3.1]: no memory lies there, nor does a block run out of it.
PERIPHERAL_REGION = range(0x4000_0000, 0x6000_0000)
SYSTEM_REGION = range(0xE000_0000, 0x1_0000_0000)
CORE_REGISTERS = range(0xE000_E000, 0xE000_F000)  # the system control space: the core answers for it
PRIVATE_BUS = range(0xE000_0000, 0xE010_0000)
# What a file may ask of the host: above any microcontroller's, and little to a computer.
MOST_MEMORY_BYTES = 128 << 20
MOST_BLOCK_BYTES = 1 << 20
MOST_MEMORIES, MOST_ALIASES, MOST_PERIPHERALS = 64, 16, 1024
MOST_HZ = 10_000_000_000
SERIAL_KINDS = ("stm32-usart", "psoc6-scb-uart")


GONE = {"flash.prefetch_first": ': kind = "stm32g0" says it now'}
"""Keys of older files, and what became of them."""
READING_AHEAD = ("psoc6-flashc",)
"""Kinds of flash that read ahead on a miss: those of `simtiny.flash.policies`, which is slower to import."""


def inconsistency(board: Board) -> str | None:
    """The first contradiction between parts of the file, or what the machine can't be."""
    return (
        _too_much(board)
        or _wrong_range(board)
        or _wrong_region(board)
        or _wrong_memory(board)
        or _wrong_cache(board)
        or _wrong_read_ahead(board)
        or _wrong_name(board)
        or _wrong_interrupt(board)
        or (None if board.limits.max_core_hz > 0 else "key limits.max_core_hz: it must be positive")
        or (None if board.limits.max_core_hz <= MOST_HZ else "key limits.max_core_hz: it is in hertz, at most 1e10")
        or _wrong_power(board)
        or _wrong_consumer(board)
    )


def _wrong_power(board: Board) -> str | None:
    problem = contradiction(board.power) if board.power is not None else None
    return f"[power]: {problem}" if problem is not None else None


def _wrong_consumer(board: Board) -> str | None:
    names = [config.name for config in board.peripherals]
    return consumers.contradiction(board.consumers, names) if board.consumers is not None else None


def _wrong_interrupt(board: Board) -> str | None:
    if board.vectors is not None and (board.vectors % 4 or not 0 <= board.vectors < 1 << 32):
        return f"key vectors: {board.vectors:#x} is not the 32-bit address of a word"
    if board.priority_bits is not None and board.priority_bits not in PRIORITY_BITS:
        return f"key priority_bits: {board.priority_bits} is not from {PRIORITY_BITS[0]} to {PRIORITY_BITS[-1]}"
    if board.mpu_regions is not None and board.mpu_regions not in MPU_REGIONS:
        return f"key mpu_regions: {board.mpu_regions} is not 0, 4, 8, 12 or 16"
    for peripheral in board.peripherals:
        for irq in peripheral.irq:
            if not 0 <= irq < IRQ_LINES:
                return f"{peripheral.name}: irq {irq} is not from 0 to {IRQ_LINES - 1}"
    return None


def _wrong_range(board: Board) -> str | None:
    ranges = [(base, memory.size, memory.name) for memory in board.memories for base in (memory.base, *memory.aliases)]
    ranges += [(peripheral.base, peripheral.size, peripheral.name) for peripheral in board.peripherals]
    ranges.sort()
    for base, size, name in ranges:
        if base < 0 or size <= 0 or base + size > 1 << 32:
            return f"{name}: 0x{base:x} + {size} bytes is not a range of 32-bit addresses"
    for (base, size, name), (next_base, _, next_name) in pairwise(ranges):
        if base + size > next_base:
            return f"{name} (0x{base:08x}, {size} bytes) overlaps {next_name} (0x{next_base:08x})"
    for peripheral in board.peripherals:
        if peripheral.base % BLOCK_BYTES or peripheral.size % BLOCK_BYTES:
            return f"{peripheral.name}: base and size must be multiples of {BLOCK_BYTES} bytes"
    return None


def _too_much(board: Board) -> str | None:
    """What no microcontroller has and would take the host's memory or time."""
    for key, many, most in (
        ("memories", len(board.memories), MOST_MEMORIES),
        ("memories.aliases", max((len(memory.aliases) for memory in board.memories), default=0), MOST_ALIASES),
        ("peripherals", len(board.peripherals), MOST_PERIPHERALS),
    ):
        if many > most:
            return f"key {key}: there are {many}, and at most {most} are emulated"
    total = sum(memory.size for memory in board.memories if memory.size > 0)
    if total > MOST_MEMORY_BYTES:
        most = MOST_MEMORY_BYTES >> 20
        return f"key memories: {total >> 20} MiB together, and at most {most} MiB are emulated"
    for peripheral in board.peripherals:
        if peripheral.size > MOST_BLOCK_BYTES:
            return (
                f"{peripheral.name}: {peripheral.size} bytes of registers, and at most {MOST_BLOCK_BYTES} are emulated"
            )
    return None


def _wrong_region(board: Board) -> str | None:
    """A memory where the architecture has registers, or registers where the core has its own."""
    for memory in board.memories:
        for base in (memory.base, *memory.aliases):
            for region, what in ((PERIPHERAL_REGION, "peripherals"), (SYSTEM_REGION, "the system")):
                if _overlap(base, memory.size, region):
                    where = f"{memory.name} (0x{base:08x}, {memory.size} bytes)"
                    return f"{where} lies in the region of {what}, {_span(region)}"
    for peripheral in board.peripherals:
        where = f"{peripheral.name} (0x{peripheral.base:08x}, {peripheral.size} bytes)"
        if _overlap(peripheral.base, peripheral.size, CORE_REGISTERS):
            return f"{where} lies over the core's own registers, {_span(CORE_REGISTERS)}"
        for region in (PERIPHERAL_REGION, PRIVATE_BUS):
            inside = peripheral.base in region and peripheral.base + peripheral.size <= region.stop
            if _overlap(peripheral.base, peripheral.size, region) and not inside:
                return f"{where} crosses an end of {_span(region)}"
    return None


def _overlap(base: int, size: int, region: range) -> bool:
    return base < region.stop and region.start < base + size


def _span(region: range) -> str:
    return f"0x{region.start:08x} to 0x{region.stop - 1:08x}"


def _wrong_memory(board: Board) -> str | None:
    for memory in board.memories:
        if any(number % PAGE_BYTES for number in (memory.size, memory.base, *memory.aliases)):
            return f"{memory.name}: base, size and aliases must be multiples of {PAGE_BYTES} bytes"
        if memory.wait_states and (memory.kind == "flash" or memory.cached):
            return f"{memory.name}: wait_states are those of a RAM that is not cached"
        if not 0 <= memory.wait_states <= MOST_RAM_WAITS:
            return f"{memory.name}: wait_states must be from 0 to {MOST_RAM_WAITS}"
        if memory.arbitration_cycles and (memory.kind == "flash" or memory.cached):
            return f"{memory.name}: arbitration_cycles are those of a RAM that is not cached"
        if not 0 <= memory.arbitration_cycles <= MOST_RAM_WAITS:
            return f"{memory.name}: arbitration_cycles must be from 0 to {MOST_RAM_WAITS}"
    kinds = [memory.kind for memory in board.memories]
    for kind in ("flash", "ram"):
        if kind not in kinds:
            return f"key memories: no memory of kind {kind}"
    if kinds.count("flash") > 1:
        return "key memories: one memory of kind flash is supported"
    flash = board.main_flash
    if flash.size & (flash.size - 1):
        return f"{flash.name}: the size of flash must be a power of two, it is {flash.size} bytes"
    for base in (flash.base, *flash.aliases):
        if base % flash.size:
            return f"{flash.name}: 0x{base:08x} is no multiple of the flash's size, {flash.size} bytes"
    return None


def _wrong_cache(board: Board) -> str | None:
    flash = board.flash
    if flash.alias_cache is not None and not board.main_flash.aliases:
        return "key flash.alias_cache: the flash has no alias"
    caches = {
        "instruction_cache": flash.instruction_cache, "data_cache": flash.data_cache, "alias_cache": flash.alias_cache,
    }  # fmt: skip
    for name, cache in caches.items():
        if cache is None:
            continue
        ways = cache.ways or 1
        sets = cache.lines // ways if ways > 0 else 0
        if sets <= 0 or sets * ways != cache.lines or (cache.ways is not None and sets & (sets - 1)):
            return f"key flash.{name}: {cache.lines} lines in {ways} ways make no power of two of sets"
        if cache.line_bytes <= 0 or cache.line_bytes & (cache.line_bytes - 1):
            return f"key flash.{name}: the bytes of a line must be a power of two, they are {cache.line_bytes}"
    return None


def _wrong_read_ahead(board: Board) -> str | None:
    kind, cycles = board.flash.kind, board.flash.read_ahead_cycles
    if kind in READING_AHEAD and cycles is None:
        return f"missing key flash.read_ahead_cycles: a flash of kind {kind} reads ahead"
    if kind not in READING_AHEAD and cycles is not None:
        return f"key flash.read_ahead_cycles: a flash of kind {kind} reads nothing ahead, {READING_AHEAD[0]} does"
    return None


def _wrong_name(board: Board) -> str | None:
    names = [memory.name for memory in board.memories] + [peripheral.name for peripheral in board.peripherals]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return f"the name {twice[0]} is used twice"
    if board.core not in CORE_FACTS:
        return f"key core: unknown core {board.core!r}. Known cores: {', '.join(CORE_FACTS)}"
    if not any(peripheral.name == board.serial and peripheral.kind in SERIAL_KINDS for peripheral in board.peripherals):
        return f"key serial: there is no peripheral {board.serial} of kind {' or '.join(SERIAL_KINDS)}"
    return None
