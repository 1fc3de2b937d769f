"""Why firmware stopped, in one line: the fault, where, and what led to it."""

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace

from unicorn import (
    UC_ERR_INSN_INVALID,
    UC_MEM_FETCH_PROT,
    UC_MEM_FETCH_UNMAPPED,
    UC_MEM_READ_PROT,
    UC_MEM_READ_UNMAPPED,
)
from unicorn.unicorn_py3 import UcError

from simtiny.demangled import shown_name
from simtiny.engine import LR, SP, Engine
from simtiny.errors import FirmwareFault
from simtiny.exception_names import exception_name
from simtiny.image import Image, Symbol
from simtiny.isa.decode import decode
from simtiny.isa.instruction import FLOATING_POINT, Instruction, Kind
from simtiny.machine.exceptions import Stacked
from simtiny.machine.nvic import BUS_FAULT, DEBUG_MONITOR, HARD_FAULT, MEM_MANAGE, USAGE_FAULT

# CFSR and HFSR bits, Arm v7-M ARM B3.2.15 and B3.2.16; STKOF: Arm v8-M ARM, UFSR.
IACCVIOL, DACCVIOL, MUNSTKERR, MSTKERR, MMARVALID = 1 << 0, 1 << 1, 1 << 3, 1 << 4, 1 << 7
IBUSERR, PRECISERR, BFARVALID = 1 << 8, 1 << 9, 1 << 15
UNSTKERR, STKERR, UNDEFINSTR, INVSTATE, INVPC, NOCP = 1 << 11, 1 << 12, 1 << 16, 1 << 17, 1 << 18, 1 << 19
STKOF, UNALIGNED, DIVBYZERO = 1 << 20, 1 << 24, 1 << 25
VECTTBL, FORCED, DEBUGEVT = 1 << 1, 1 << 30, 1 << 31
_THUMB = 1 << 24  # of xPSR
# Numbers of what interrupts Unicorn: QEMU's EXCP_UDEF and so on, target/arm/cpu.h.
INTR_SVC, INTR_BKPT, INTR_EXCEPTION_EXIT = 2, 7, 8
_INTR_UNDEFINED, _INTR_PREFETCH_ABORT, _INTR_DATA_ABORT, _INTR_NOCP, _INTR_INVSTATE, _INTR_STKOF = 1, 3, 4, 17, 18, 19
_LARGE_FRAME = 1024  # bytes: a write so close below the stack pointer is taken for one to the stack
_STACK_NAME = re.compile("stack|stk", re.IGNORECASE)
_FETCHES = (UC_MEM_FETCH_UNMAPPED, UC_MEM_FETCH_PROT)
_READS = (UC_MEM_READ_UNMAPPED, UC_MEM_READ_PROT)


@dataclass(frozen=True)
class Fault:
    """What the processor refuses to do. `what` says it without the exception's name.

    `exception`: the number of the one that it raises where that is enabled. `cfsr`, `hfsr`: the bits that say why.
    `address`: of the data, where it is known. `pc`: of the instruction, None for where the core stands. `stacked`: of a
    fault on exception entry or return, what its handler begins with.
    """

    exception: int
    what: str
    cfsr: int = 0
    hfsr: int = 0
    address: int | None = None
    pc: int | None = None
    stacked: Stacked | None = None

    def text(self, has_only_hard_fault: bool) -> str:
        """With the exception's name: on Armv6-M every fault is a HardFault."""
        if self.exception == DEBUG_MONITOR:
            return self.what
        return f"{exception_name(HARD_FAULT if has_only_hard_fault else self.exception)}: {self.what}"


BREAKPOINT = Fault(DEBUG_MONITOR, "breakpoint without a debugger", hfsr=DEBUGEVT)
"""BKPT, where the firmware debugs itself by its DebugMonitor handler."""


class Faulted(Exception):
    """A fault on its way to the firmware's handler, or to the user if it has none."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.what)
        self.fault = fault


def where(image: Image, address: int) -> str:
    """`0x08001234 (main+0x10, main.c:42)`, as much of it as the image tells."""
    function = image.function_at(address)
    symbol = f"{shown_name(function.name)}+0x{address - function.address:x}" if function else None
    parts = [part for part in (symbol, image.line_at(address)) if part]
    return f"0x{address:08x}" + (f" ({', '.join(parts)})" if parts else "")


def coprocessor_at(code: bytes, address: int) -> tuple[int, int] | None:
    """Address of the first coprocessor instruction of a block but those of the FPU, and the coprocessor's number."""
    for now in decode(code, address):
        if now.size != 4:
            continue
        first, second = struct.unpack_from("<2H", code, now.address - address)
        # Arm v7-M ARM A5.3.18: 111x11xx; of these 111x1111 is Advanced SIMD on other profiles.
        number = second >> 8 & 0xF
        if first & 0xEC00 == 0xEC00 and first & 0x0F00 != 0x0F00 and number not in (10, 11):
            return now.address, number
    return None


def undefined_at(code: bytes, address: int) -> int | None:
    """Address of the undefined instruction that ends a block, None where it ends in a known one."""
    found = None
    for now in decode(code, address):
        is_unknown = now.kind is Kind.UNKNOWN and now.name.startswith(".short")
        found = (now.address if found is None else found) if is_unknown else None
    return found


def floating_point_at(code: bytes, address: int) -> int | None:
    """Address of the first FPU instruction of a block."""
    return next((now.address for now in decode(code, address) if now.kind in FLOATING_POINT), None)


_UNALIGNED = Fault(USAGE_FAULT, "access to an address that is no multiple of its size (UNALIGNED)", UNALIGNED)


def trapped(block: Iterable[Instruction], pc: int) -> Fault:
    """What the hooks have stopped for, before the instruction at `pc`."""
    if any(now.address == pc and now.kind is Kind.DIVIDE for now in block):
        return Fault(USAGE_FAULT, "divide by zero (DIVBYZERO)", DIVBYZERO)
    return _UNALIGNED


NO_FPU = Fault(USAGE_FAULT, "no coprocessor (NOCP), the FPU is not enabled in CPACR", NOCP)


def refused(code: bytes, address: int, fpu_enabled: bool, has_only_hard_fault: bool) -> Fault | None:
    """The first instruction of a block that the processor does not execute, as a fault with its `pc`."""
    found: list[tuple[int, Fault]] = []
    undefined = undefined_at(code, address)
    if undefined is not None:
        found.append((undefined, Fault(USAGE_FAULT, "undefined instruction", UNDEFINSTR)))
    coprocessor = coprocessor_at(code, address)
    if coprocessor is not None:
        found.append((coprocessor[0], Fault(USAGE_FAULT, f"there is no coprocessor {coprocessor[1]} (NOCP)", NOCP)))
    fpu = None if fpu_enabled else floating_point_at(code, address)
    if fpu is not None:
        found.append((fpu, NO_FPU))
    if not found:
        return None
    pc, fault = min(found, key=lambda item: item[0])
    if has_only_hard_fault:
        fault = Fault(HARD_FAULT, "undefined instruction")
    return replace(fault, pc=pc)


def is_execute_never(address: int) -> bool:
    """Whether nothing can be executed there, mapped or not. Arm v7-M ARM, B3.1: the default memory map."""
    return 0x4000_0000 <= address < 0x6000_0000 or address >= 0xA000_0000


def explain(machine: Engine, error: UcError, access: tuple[int, int] | None) -> Fault:
    """What Unicorn stopped for."""
    if error.errno == UC_ERR_INSN_INVALID:
        return _invalid(machine)
    if access is None:
        return Fault(HARD_FAULT, f"the emulator stopped: {error}")
    kind, address = access
    if kind in _FETCHES:
        return fetch(address)
    verb = "read of" if kind in _READS else "write to"
    what = f"{verb} 0x{address:08x}, where nothing is mapped for it"
    return Fault(BUS_FAULT, what, PRECISERR | BFARVALID, address=address)


def explain_interrupt(machine: Engine, number: int, pc: int) -> Fault:
    """The same where Unicorn calls it an interrupt."""
    if number == _INTR_PREFETCH_ABORT:
        return fetch(pc)
    if number == _INTR_DATA_ABORT:
        return _UNALIGNED
    if number == _INTR_NOCP:
        return Fault(USAGE_FAULT, "no such coprocessor (NOCP)", NOCP)
    if number == _INTR_STKOF:
        return Fault(USAGE_FAULT, "the stack pointer is below its limit (STKOF)", STKOF)
    if number in (_INTR_UNDEFINED, _INTR_INVSTATE):
        return _invalid(machine)
    return Fault(HARD_FAULT, f"the emulator stopped with its exception {number}")


def _invalid(machine: Engine) -> Fault:
    if not machine.status() & _THUMB:
        return Fault(USAGE_FAULT, "branch to an even address (INVSTATE)", INVSTATE)
    return Fault(USAGE_FAULT, "undefined instruction", UNDEFINSTR)


def fetch(address: int) -> Fault:
    """An instruction fetch from where there is none."""
    if is_execute_never(address):
        return Fault(MEM_MANAGE, f"instruction fetch from 0x{address:08x}, which can't be executed", IACCVIOL)
    return Fault(BUS_FAULT, f"instruction fetch from 0x{address:08x}, where there is no code", IBUSERR)


def describe(machine: Engine, what: str, pc: int) -> str:
    """What is wrong: registers, place with symbol and line, the stack."""
    lr, sp = machine.register(LR), machine.register(SP)
    parts = [f"{what}, at pc {where(machine.image, pc)}, lr {where(machine.image, lr & ~1)}, sp 0x{sp:08x}"]
    registers = machine.fault_registers()
    if any(registers.values()):
        parts.append(", ".join(f"{name} 0x{value:08x}" for name, value in registers.items()))
    overflow = stack_overflow(machine, sp)
    if overflow and overflow != what:
        parts.append(overflow)
    return "; ".join(parts)


def diagnose(machine: Engine, what: str, pc: int) -> FirmwareFault:
    """The same as an error, with the last output."""
    return with_output(machine, describe(machine, what, pc))


def with_output(machine: Engine, text: str) -> FirmwareFault:
    """An error that ends in what the firmware printed last."""
    output = machine.serial.last_line()
    return FirmwareFault(f"{text}; last output {output!r}" if output else f"{text}; no output")


def stack_overflow(machine: Engine, sp: int) -> str | None:
    """What to say when the main stack has left its memory or has grown into the program's data."""
    if machine.uses_process_stack():
        return None
    memory = machine.board.memory_at(sp, 0)
    accessed = machine.fault_registers()["BFAR"]
    below = sp - _LARGE_FRAME <= accessed < sp and machine.board.memory_at(accessed) is None
    if memory is None or memory.kind != "ram" or below:
        sp = accessed if below else sp
        return f"stack overflow: sp 0x{sp:08x} is outside of RAM"
    data = _data_at(machine, sp)
    if data is not None:
        return f"stack overflow: sp 0x{sp:08x} has grown into the data that ends at 0x{data.address + data.size:08x}"
    return None


def _data_at(machine: Engine, sp: int) -> Symbol | None:
    """The variable below the main stack that `sp` points into, None where that may be a stack.

    The array that holds the initial stack is one; so is any that is named so, to which firmware may move the stack.
    """
    objects = [symbol for symbol in machine.image.symbols.values() if symbol.kind == "object" and symbol.size]
    for symbol in objects:
        # A stack's end counts as its own: an empty one has the stack pointer there.
        if symbol.address <= sp <= symbol.address + symbol.size and _STACK_NAME.search(symbol.name):
            return None
    inside = (symbol for symbol in objects if symbol.address <= sp < symbol.address + symbol.size)
    return next((symbol for symbol in inside if symbol.address + symbol.size < machine.initial_sp), None)
