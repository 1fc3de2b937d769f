"""Faults go to the firmware's handlers. Arm v7-M ARM: escalation B1.5.4, lockup B1.5.15, registers B3.2.15 onwards."""

import pytest

from simtiny.errors import FirmwareFault
from simtiny.machine.machine import Machine, StopReason
from simtiny.notes import NoteKind
from tests.machine.bare import CODE, HANDLER, HERE, NOP, board, literal

FORCED = 0x4000_0000
BUS_FAULT, HARD_FAULT = 5, 3
UDF = 0xDE00
READ_NOWHERE = [0x4801, 0x6801, HERE, NOP, *literal(0x6000_0000)]  # ldr r0, =0x60000000; ldr r1, [r0]; b .
# The handler steps over a halfword: ldr r0, [sp, 24]; adds r0, 2; str r0, [sp, 24]; bx lr
STEP_OVER = [0x9806, 0x3002, 0x9006, 0x4770]


def enabled(bits: int, body: list[int]) -> list[int]:
    """SHCSR is set before `body`: ldr r0, =SHCSR; ldr r1, =bits; str r1, [r0]; b over the literals."""
    return [0x4802, 0x4903, 0x6001, 0xE004, NOP, NOP, *literal(0xE000_ED24), *literal(bits), *body]


def ends(machine: Machine) -> str:
    with pytest.raises(FirmwareFault) as caught:
        machine.run(limit_cycles=20_000_000)
    return str(caught.value)


def test_the_handler_may_step_over_it() -> None:
    machine = board(READ_NOWHERE, STEP_OVER)
    assert machine.run() is StopReason.ENDLESS
    assert machine.register(15) & ~1 == CODE + 4
    assert machine.fault_registers() == {"CFSR": 0x8200, "HFSR": FORCED, "BFAR": 0x6000_0000}
    (note,) = [note for note in machine.notes if note.kind is NoteKind.FIRMWARE]
    assert note.count == 1
    assert note.text.startswith("BusFault: read of 0x60000000")
    assert note.text.endswith("left to the firmware's handler")


@pytest.mark.parametrize(("bits", "handler", "hfsr"), [(0, "HardFault", FORCED), (1 << 17, "BusFault", 0)])
def test_its_own_exception_if_that_is_enabled(bits: int, handler: str, hfsr: int) -> None:
    text = ends(board(enabled(bits, READ_NOWHERE), [HERE]))
    assert text.startswith("BusFault: read of 0x60000000")
    assert f"CFSR 0x00008200, HFSR 0x{hfsr:08x}, BFAR 0x60000000" in text
    assert f"; in its {handler} handler 0x{HANDLER:08x} it loops at 0x{HANDLER:08x}" in text


def test_a_fault_in_the_handler_of_a_hard_fault_is_lockup() -> None:
    text = ends(board(READ_NOWHERE, [UDF]))
    assert text.startswith("lockup, by a fault in HardFault, NMI or under FAULTMASK: UsageFault: undefined instruction")
    assert "in the handler of: BusFault: read of 0x60000000" in text


def test_a_fault_in_the_handler_of_another_escalates() -> None:
    machine = board(enabled(1 << 17, READ_NOWHERE), [UDF])
    text = ends(machine)
    assert text.startswith("lockup")  # the handler of all exceptions faults again, in HardFault
    assert machine.fault_registers()["HFSR"] == FORCED


def test_what_comes_before_a_refused_instruction_in_its_block_is_executed() -> None:
    machine = board([0x2107, 0x3101, UDF], [HERE])  # movs r1, 7; adds r1, 1; udf
    ends(machine)
    assert machine.register(1) == 8


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ([0xEE01, 0x0F10], "UsageFault: there is no coprocessor 15 (NOCP)"),  # mcr p15, 0, r0, c1, c0, 0
        ([0xEC51, 0x0700], "UsageFault: there is no coprocessor 7 (NOCP)"),  # mrrc p7, 0, r0, r1, c0
        ([0xEE30, 0x0A81], "UsageFault: no coprocessor (NOCP), the FPU is not enabled in CPACR"),  # vadd.f32 s0, s1, s2
        ([0x4800, 0x4700, *literal(0x4000_0001)], "MemManage: instruction fetch from 0x40000000"),  # ldr r0, =; bx r0
        ([0x4800, 0x4700, *literal(0xFFFF_FFF9)], "MemManage: instruction fetch from 0xfffffff8"),
        ([0x4800, 0x4700, *literal(0x6000_0001)], "BusFault: instruction fetch from 0x60000000"),
        ([0x2001, 0xE850, 0x1F00, NOP], "UsageFault: access to an address that is no multiple of its size"),  # ldrex
        ([0xBE00], "breakpoint without a debugger"),
    ],
)
def test_what_a_fault_is(code: list[int], what: str) -> None:
    assert ends(board(code, [HERE])).startswith(what)


def test_unaligned_load_of_several_registers() -> None:
    # ldr r0, =0x20000101; ldm r0, {r1, r2}; b .
    text = ends(board([0x4801, 0xC806, HERE, NOP, *literal(0x2000_0101)], [HERE]))
    assert text.startswith("UsageFault: access to an address that is no multiple of its size (UNALIGNED)")
    assert f"at pc 0x{CODE + 2:08x}" in text


@pytest.mark.parametrize(
    ("bit", "body", "what"),
    [
        (1 << 4, [0x2100, 0xFBB0, 0xF2F1], "divide by zero (DIVBYZERO)"),  # movs r1, 0; udiv r2, r0, r1
        (1 << 3, [0x6841], "access to an address that is no multiple of its size (UNALIGNED)"),  # ldr r1, [r0, 4]
        (1 << 3, [0x6041], "access to an address that is no multiple of its size (UNALIGNED)"),  # str r1, [r0, 4]
    ],
)
def test_traps_that_firmware_turns_on(bit: int, body: list[int], what: str) -> None:
    # ldr r0, =CCR; movs r1, bit; str r1, [r0]; ldr r0, =0x20000101; b over the literals
    code = [0x4802, 0x2100 | bit, 0x6001, 0x4802, 0xE004, NOP, *literal(0xE000_ED14), *literal(0x2000_0101), NOP, *body]
    assert ends(board([*code, HERE], [HERE])).startswith(f"UsageFault: {what}")
    code[1] = 0x2100
    assert board([*code, HERE], [HERE]).run() is StopReason.ENDLESS


def test_a_reset_after_a_fault_tells_of_it() -> None:
    # ldr r0, =AIRCR; ldr r1, =VECTKEY and SYSRESETREQ; str r1, [r0]; b .
    machine = board(READ_NOWHERE, [0x4801, 0x4902, 0x6001, HERE, *literal(0xE000_ED0C), *literal(0x05FA_0004)])
    assert machine.run() is StopReason.STORM
    assert "the last time after BusFault: read of 0x60000000" in machine.explanation
