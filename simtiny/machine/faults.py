"""Why firmware stopped, in one line: the fault, where, and what led to it."""

import re

from unicorn import (
    UC_ERR_INSN_INVALID,
    UC_MEM_FETCH_PROT,
    UC_MEM_FETCH_UNMAPPED,
    UC_MEM_READ_PROT,
    UC_MEM_READ_UNMAPPED,
)
from unicorn.unicorn_py3 import UcError

from simtiny.engine import LR, SP, Engine
from simtiny.errors import FirmwareFault
from simtiny.image import Image, Symbol
from simtiny.isa.decode import decode
from simtiny.isa.instruction import FLOATING_POINT, Kind
from simtiny.machine.nvic import FIRST_IRQ, NMI, PEND_SV, SV_CALL, SYS_TICK

# CFSR and HFSR bits, Arm v7-M ARM B3.2.15 and B3.2.16.
_IBUSERR, _PRECISERR, _BFARVALID = 1 << 8, 1 << 9, 1 << 15
UNSTKERR, STKERR, UNDEFINSTR, INVSTATE, INVPC, NOCP = 1 << 11, 1 << 12, 1 << 16, 1 << 17, 1 << 18, 1 << 19
VECTTBL, FORCED = 1 << 1, 1 << 30
_THUMB = 1 << 24  # of xPSR
_NAMES = {NMI: "NMI", SV_CALL: "SVCall", PEND_SV: "PendSV", SYS_TICK: "SysTick"}
_LARGE_FRAME = 1024  # bytes: a write so close below the stack pointer is taken for one to the stack
_STACK_NAME = re.compile("stack|stk", re.IGNORECASE)
_FETCHES = (UC_MEM_FETCH_UNMAPPED, UC_MEM_FETCH_PROT)
_READS = (UC_MEM_READ_UNMAPPED, UC_MEM_READ_PROT)


def where(image: Image, address: int) -> str:
    """`0x08001234 (main+0x10, main.c:42)`, as much of it as the image tells."""
    function = image.function_at(address)
    symbol = f"{function.name}+0x{address - function.address:x}" if function else None
    parts = [part for part in (symbol, image.line_at(address)) if part]
    return f"0x{address:08x}" + (f" ({', '.join(parts)})" if parts else "")


def exception_name(number: int) -> str:
    return _NAMES.get(number, f"interrupt {number - FIRST_IRQ}" if number >= FIRST_IRQ else f"exception {number}")


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


def explain(machine: Engine, error: UcError, access: tuple[int, int] | None) -> tuple[str, int, int | None]:
    """What Unicorn stopped for: (text, CFSR bits, faulting data address)."""
    if error.errno == UC_ERR_INSN_INVALID and not machine.status() & _THUMB:
        return "UsageFault: branch to an even address (INVSTATE)", INVSTATE, None
    if error.errno == UC_ERR_INSN_INVALID:
        return "UsageFault: undefined instruction", UNDEFINSTR, None
    if access is None:
        return f"the emulator stopped: {error}", 0, None
    kind, address = access
    if kind in _FETCHES:
        return f"BusFault: instruction fetch from 0x{address:08x}, where there is no code", _IBUSERR, None
    verb = "read of" if kind in _READS else "write to"
    return f"BusFault: {verb} 0x{address:08x}, where nothing is mapped for it", _PRECISERR | _BFARVALID, address


def diagnose(machine: Engine, what: str, pc: int) -> FirmwareFault:
    """The fault as an error: registers, place with symbol and line, the stack, the last output."""
    lr, sp = machine.register(LR), machine.register(SP)
    parts = [f"{what}, at pc {where(machine.image, pc)}, lr {where(machine.image, lr & ~1)}, sp 0x{sp:08x}"]
    registers = machine.fault_registers()
    if any(registers.values()):
        parts.append(", ".join(f"{name} 0x{value:08x}" for name, value in registers.items()))
    overflow = stack_overflow(machine, sp)
    if overflow and overflow != what:
        parts.append(overflow)
    output = machine.serial.last_line()
    parts.append(f"last output {output!r}" if output else "no output")
    return FirmwareFault("; ".join(parts))


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
