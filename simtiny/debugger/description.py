"""What GDB is told of a board: its registers (target.xml) and its memories, as XML.

Features and names are those of the GDB manual, G.5.3 (ARM features) and E.16 (memory map format).
"""

from dataclasses import dataclass

from simtiny.board import Board
from simtiny.machine import scs
from simtiny.machine.system_register import MAINLINE, WITH_FPU

PC = "pc"
_BLOCK_BYTES = 512
"""What GDB is told to erase flash by: the gap between two parts of an image is not erased, so any size would do."""
_PERIPHERALS = range(0x4000_0000, 0x6000_0000)  # Arm v7-M ARM B3.1
_CORE = range(scs.BASE, scs.BASE + scs.SIZE)


@dataclass(frozen=True)
class Register:
    """One register, as GDB numbers them: in order. `bits`: 32 or 64."""

    name: str
    bits: int
    type: str
    feature: str


def registers(board: Board) -> tuple[Register, ...]:
    """All that a debugger sees of the board's core."""
    core = "org.gnu.gdb.arm.m-profile"
    system = ("primask", "basepri", "faultmask", "control") if board.core in MAINLINE else ("primask", "control")
    found = [
        *(Register(f"r{number}", 32, "uint32", core) for number in range(13)),
        Register("sp", 32, "data_ptr", core),
        Register("lr", 32, "uint32", core),
        Register(PC, 32, "code_ptr", core),
        Register("xpsr", 32, "uint32", core),
        *(Register(name, 32, "data_ptr", "org.gnu.gdb.arm.m-system") for name in ("msp", "psp")),
        *(Register(name, 32, "uint32", "org.gnu.gdb.arm.m-system") for name in system),
    ]
    if board.core in WITH_FPU:
        fpu = "org.gnu.gdb.arm.vfp"
        found += [Register(f"d{number}", 64, "ieee_double", fpu) for number in range(16)]
        found.append(Register("fpscr", 32, "uint32", fpu))
    return tuple(found)


def target_xml(board: Board) -> str:
    """Its registers, by feature."""
    lines = ['<?xml version="1.0"?>', '<!DOCTYPE target SYSTEM "gdb-target.dtd">', '<target version="1.0">']
    lines.append("<architecture>arm</architecture>")
    feature = ""
    for register in registers(board):
        if register.feature != feature:
            lines += ["</feature>"] * bool(feature)
            feature = register.feature
            lines.append(f'<feature name="{feature}">')
        lines.append(f'<reg name="{register.name}" bitsize="{register.bits}" type="{register.type}"/>')
    return "\n".join([*lines, "</feature>", "</target>"])


def memory_map_xml(board: Board) -> str:
    """Its memories, aliases too, and the ranges of registers, which GDB counts as RAM."""
    found = [(base, memory.size, memory.kind) for memory in board.memories for base in (memory.base, *memory.aliases)]
    blocks = [range(config.base, config.base + config.size) for config in board.peripherals]
    outside = {
        page
        for block in blocks
        for page in range(block.start & ~0xFFF, block.stop, 0x1000)
        if page not in _PERIPHERALS and page not in _CORE
    }
    found += [(ranged.start, len(ranged), "ram") for ranged in (_PERIPHERALS, _CORE)]
    found += [(page, 0x1000, "ram") for page in outside]
    lines = ['<?xml version="1.0"?>', "<memory-map>"]
    for base, size, kind in sorted(found):
        place = f'start="0x{base:x}" length="0x{size:x}"'
        if kind == "flash":
            lines.append(f'<memory type="flash" {place}><property name="blocksize">{_BLOCK_BYTES}</property></memory>')
        else:
            lines.append(f'<memory type="ram" {place}/>')
    return "\n".join([*lines, "</memory-map>"])
