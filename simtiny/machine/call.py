"""Calls a function of the firmware as its own code would, and says what exactly the call took.

Arm's procedure call standard [AAPCS32, 6.1 and 6.2]: arguments in R0 to R3, in S0 to S15 and on the stack; R4 to R11,
SP and S16 to S31 are the caller's again afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simtiny.counting.counters import Mark
from simtiny.engine import PC, SP, StopReason
from simtiny.errors import FirmwareFault
from simtiny.machine.core_registers import Context
from simtiny.machine.faults import diagnose
from simtiny.machine.machine import Machine

STUB = bytes.fromhex("e047fee7")
"""BLX R12, and B . behind it, to which the function returns. It is put into RAM, where it leaves caches alone."""
RETURN_OFFSET = 2
MOST_BLOCKS_BEFORE = 100_000
"""Blocks of interrupt handlers that may run before the function begins."""
_IP = 12
_SAVED, _SAVED_FLOATS = range(4, 12), range(16, 32)


@dataclass(frozen=True)
class Arguments:
    """Where arguments are when the function begins. core: words of R0 to R3; floats: of S0 to S15, by number.

    stack: what the stack pointer points to, a multiple of 8 bytes.
    """

    core: tuple[int, ...]
    floats: Mapping[int, int]
    stack: bytes


@dataclass(frozen=True)
class Called:
    """A call that returned: marks before its first and behind its last instruction, R0 and R1, and S0 to S15."""

    start: Mark
    end: Mark
    core: tuple[int, ...]
    floats: tuple[int, ...]


def call(
    machine: Machine, name: str, address: int, arguments: Arguments, *, stub: int, sp: int, limit_cycles: int
) -> Called:
    """Call the function at `address` with the stack pointer at `sp`. Afterwards the core stands where it stood before.

    `stub`: where in RAM STUB stands. Raises FirmwareFault for a fault, if the function does not return within
    `limit_cycles`, and if it returns with other registers than it has to.
    """
    before = machine.context()
    sp = (sp & ~7) - len(arguments.stack)
    machine.write_memory(sp, arguments.stack)
    core, floats = list(before.core), list(before.floats)
    core[: len(arguments.core)] = arguments.core
    core[_IP], core[SP], core[PC] = address | 1, sp, stub
    for number, word in arguments.floats.items():
        floats[number] = word
    begin = replace(before, core=tuple(core), floats=tuple(floats), asleep=False)
    try:
        machine.resume(begin)
        return _run(machine, name, address, begin, stub, limit_cycles)
    finally:
        machine.resume(before)


def _run(machine: Machine, name: str, address: int, begin: Context, stub: int, limit_cycles: int) -> Called:
    returned = False

    def stop() -> None:
        nonlocal returned
        returned = True
        machine.stop()

    machine.watch(stub + RETURN_OFFSET, stop)
    for _ in range(MOST_BLOCKS_BEFORE):
        machine.run(limit_cycles=1)  # one block: the stub's, or an interrupt's that comes first
        if machine.context().core[PC] == address:
            break
    start = machine.mark()
    reason = machine.run(until=lambda: returned, limit_cycles=limit_cycles)
    end, after = machine.mark(), machine.context()
    if reason is not StopReason.CONDITION:
        raise _stuck(machine, name, reason, limit_cycles)
    _check_kept(machine, name, address, begin, after)
    return Called(start, end, after.core[:2], after.floats[:16])


def _stuck(machine: Machine, name: str, reason: StopReason, limit_cycles: int) -> FirmwareFault:
    pc = machine.register(PC)
    if reason is StopReason.LIMIT:
        return diagnose(machine, f"{name} did not return within {limit_cycles:,} cycles", pc)
    why = f": {machine.explanation}" if machine.explanation else ""
    return diagnose(machine, f"{name} did not return: {reason.value}{why}", pc)


def _check_kept(machine: Machine, name: str, address: int, begin: Context, after: Context) -> None:
    """Raise for a register that a function has to leave as it was."""
    changed = [(f"r{number}", begin.core[number], after.core[number]) for number in _SAVED]
    changed += [("sp", begin.core[SP], after.core[SP])]
    changed += [(f"s{number}", begin.floats[number], after.floats[number]) for number in _SAVED_FLOATS]
    wrong = [f"{register} 0x{now:08x} instead of 0x{then:08x}" for register, then, now in changed if then != now]
    if wrong:
        raise diagnose(machine, f"{name} returned with {', '.join(wrong)}", address)
