"""What of a board's accesses the plugin writes down: what is priced, and what bounds a window."""

from collections.abc import Iterable, Iterator

from simtiny.board import Board, Memory
from simtiny.board_check import CORE_REGISTERS, SERIAL_KINDS
from simtiny.cores import CORE_FACTS
from simtiny.machine.system_register import MAINLINE
from simtiny.renode.platform import DWT, named

_COUNTERS = {"stm32-timer": [0x24], "psoc6-tcpwm": [0x108 + 0x40 * number for number in range(32)]}
"""By kind of peripheral the offsets of counters of time: CNT and COUNTER. SysTick and DWT are the core's own."""
_CACHE_SIZES = 0xE000_ED78, 0xE000_ED7C, 0xE000_ED80
"""CLIDR, CTR and CCSIDR [Arm v7-M ARM, B3.2]."""
_CORE_CLOCKS = 0xE000_1000, CORE_REGISTERS.start


def rules(board: Board, watched: Iterable[int] = ()) -> str:
    """The rules for the plugin's `SimtinyFilter`.

    `watched`: addresses before whose block SP and LR are asked for, and before the one that LR points to then.
    """
    found = [*_memory_rules(board)]
    found += (f"lines {p.base:#x} {p.size:#x}" for p in board.peripherals if p.kind in SERIAL_KINDS)
    found += (f"reads {p.base:#x} {p.size:#x}" for p in board.peripherals if p.kind in _COUNTERS)
    found += (f"reads {base:#x} 0x1000" for base in _CORE_CLOCKS)
    found += (f"call {address:#x}" for address in watched)
    return ",".join(found)


def clocks(board: Board) -> Iterator[str]:
    """Registers that simtiny answers for, for the plugin's `clock`: a peripheral's name in Renode, its address, theirs.

    They count time, or tell the size of caches, which Renode has none of.
    """
    kinds = {config.base: config.kind for config in board.peripherals}
    for each in named(board, {"core": board.limits.max_core_hz}):
        offsets = [4] if each.base == DWT and board.core in MAINLINE else _COUNTERS.get(kinds.get(each.base, ""), ())
        yield from (f"{each.name} {each.base:#x} {each.base + offset:#x}" for offset in offsets)
    if CORE_FACTS[board.core].has_caches:
        yield from (f"nvic {CORE_REGISTERS.start:#x} {address:#x}" for address in _CACHE_SIZES)


def _memory_rules(board: Board) -> Iterator[str]:
    """What `docs/stream-format.md` says a writer may not leave out."""
    for memory in board.memories:
        if memory.kind == "flash" or memory.cached or memory.wait_states or memory.arbitration_cycles:
            yield from _of("loads", memory)
        if memory.kind == "ram" and (memory.cached or memory.arbitration_cycles):
            yield from _of("stores", memory)


def _of(rule: str, memory: Memory) -> Iterator[str]:
    return (f"{rule} {base:#x} {memory.size:#x}" for base in (memory.base, *memory.aliases))
