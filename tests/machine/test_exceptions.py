"""Exception entry, return and order. Arm v7-M ARM: frames B1.5.6, EXC_RETURN table B1-9, priorities B1.5.4."""

import struct
from dataclasses import replace

import pytest

from simtiny.machine.machine import Machine, StopReason
from tests.machine.programs.loader import RESULTS, STACK, boot, results, run, symbol, word
from tests.programs import support

SVC, PENDSV, SYSTICK, IRQ0 = 11, 14, 15, 16
PSP_TOP = 0x2000_4000
LOG = dict.fromkeys(range(IRQ0, IRQ0 + 4), "logging_handler")
ENTRY, RETURN, TAIL_CHAIN, FP_STATE = 12, 10, 6, 17  # cycles, Arm knowledge base ka16366
Z_AND_C = 0x6000_0000


def exceptions(machine: Machine) -> tuple[int, int]:
    """How many, and their cycles."""
    start = boot("exceptions", "plain_handler").mark()
    profile = machine.profile(start, machine.mark())
    return profile.exceptions, profile.exception_cycles


def seen(machine: Machine) -> dict[str, int]:
    """What keep_frame saw: EXC_RETURN, MSP, PSP, IPSR and CONTROL."""
    return dict(zip(("exc_return", "msp", "psp", "ipsr", "control"), results(machine, 5), strict=True))


def came_back(machine: Machine) -> list[int]:
    """r0-r3, r12, lr, flags, SP and CONTROL after the return."""
    return [word(machine, RESULTS + 256 + 4 * index) for index in range(9)]


CALLER = [0x0011_2233, 0x1111_1111, 0x2222_2222, 0x3333_3333, 0xCCCC_CCCC, 0xEEEE_EEEF]


def test_basic_frame() -> None:
    machine = run("exceptions", "svc_main_stack", {SVC: "keep_frame"})
    after = symbol("exceptions", "svc_main_stack_return")
    assert seen(machine) == {"exc_return": 0xFFFF_FFF9, "msp": STACK - 32, "psp": 0, "ipsr": 11, "control": 0}
    assert results(machine, 14)[5:13] == [*CALLER, after, Z_AND_C | 1 << 24]
    assert came_back(machine) == [*CALLER, Z_AND_C, STACK, 0]
    assert exceptions(machine) == (1, ENTRY + RETURN)


def test_frame_is_aligned_to_8_bytes_and_says_so() -> None:
    machine = run("exceptions", "svc_unaligned_stack", {SVC: "keep_frame"})
    assert seen(machine)["msp"] == STACK - 4 - 4 - 32
    assert results(machine, 13)[12] == Z_AND_C | 1 << 24 | 1 << 9
    assert came_back(machine) == [*CALLER, Z_AND_C, STACK - 4, 0]


def test_frame_stays_unaligned_without_stkalign() -> None:
    machine = run("exceptions", "svc_unaligned_stack_not_aligned", {SVC: "keep_frame"})
    assert seen(machine)["msp"] == STACK - 4 - 32
    assert results(machine, 13)[12] == Z_AND_C | 1 << 24
    assert came_back(machine)[7] == STACK - 4


def test_frame_on_the_process_stack() -> None:
    machine = run("exceptions", "svc_process_stack", {SVC: "keep_frame"})
    assert seen(machine) == {
        "exc_return": 0xFFFF_FFFD,
        "msp": STACK,
        "psp": PSP_TOP - 32,
        "ipsr": 11,
        "control": 0,
    }
    assert results(machine, 11)[5:] == CALLER
    assert came_back(machine)[7:] == [PSP_TOP, 2]


@pytest.mark.parametrize(
    ("entry", "exc_return", "top"),
    [("svc_with_fpu", 0xFFFF_FFE9, STACK), ("svc_process_stack_with_fpu", 0xFFFF_FFED, PSP_TOP)],
)
def test_extended_frame(entry: str, exc_return: int, top: int) -> None:
    machine = run("exceptions", entry, {SVC: "keep_frame"})
    registers = seen(machine)
    assert registers["exc_return"] == exc_return
    assert registers["msp" if top == STACK else "psp"] == top - 104
    frame = results(machine, 31)[5:]
    assert frame[:6] == CALLER
    assert frame[8:24] == [0x4000_0000, *[0] * 14, 0x4040_0000]  # s0 is 2.0, s15 is 3.0
    assert frame[24] == 0x0300_0000  # FPSCR
    assert came_back(machine)[7] == top


# begin: svc 0; end: b end; handler: bx lr. The vectors of NMI and HardFault are begin and end of the window.
SVC_AND_BACK = struct.pack(
    "<12I3H", 0x2000_1000, 0x0800_0031, 0x0800_0030, 0x0800_0032, *[0] * 7, 0x0800_0035, 0xDF00, 0xE7FE, 0x4770
)


@pytest.mark.parametrize(("core", "entry"), [("cortex-m0plus", 15), ("cortex-m0", 16)])
def test_entry_takes_longer_on_armv6m(core: str, entry: int) -> None:
    """SVC one cycle, the entry, BX one, whose refill is part of the return, and the return."""
    profile = support.run_code(SVC_AND_BACK, replace(support.board_of("m0plus_exception"), core=core))
    assert profile.exception_cycles == entry + RETURN
    assert profile.cycles == 1 + entry + 1 + RETURN


# --- FPU state ----------------------------------------------------------------------------------------------------

RESTORED = [0x4000_0000, 0x4040_0000, 0x4080_0000, 0x0300_0000]


@pytest.mark.parametrize(
    ("entry", "handler", "cycles"),
    [
        ("fpu_user", "plain_handler", ENTRY + RETURN),  # lazy: room is reserved, nothing is moved
        ("fpu_user", "fpu_handler", ENTRY + RETURN + 2 * FP_STATE),
        ("fpu_user_eager", "plain_handler", ENTRY + RETURN + 2 * FP_STATE),
        ("fpu_user_eager", "fpu_handler", ENTRY + RETURN + 2 * FP_STATE),
        ("fpu_user_no_state", "plain_handler", ENTRY + RETURN),
    ],
)
def test_price_and_return_of_fpu_state(entry: str, handler: str, cycles: int) -> None:
    machine = run("exceptions", entry, {SVC: handler})
    assert results(machine, 4) == RESTORED
    assert exceptions(machine) == (1, cycles)


def test_without_aspen_the_handler_changes_the_callers_fpu_registers() -> None:
    machine = run("exceptions", "fpu_user_no_state", {SVC: "fpu_handler"})
    assert results(machine, 4) == [0x3F80_0000, 0x3F80_0000, 0x4080_0000, 0x0300_0000]


# --- order --------------------------------------------------------------------------------------------------------


def log(machine: Machine) -> list[int]:
    """Exception numbers as the handlers logged them, + 0x100 on exit."""
    entries = results(machine, 16)
    return entries[: entries.index(0xA5A5_A5A5)]


@pytest.mark.parametrize(
    ("entry", "order"),
    [
        ("order_by_number", [17, 18, 19]),  # equal priorities
        ("order_by_priority", [19, 18, 17]),  # 0x20, 0x40, 0x60
    ],
)
def test_pending_at_once_tail_chain_in_order(entry: str, order: list[int]) -> None:
    machine = run("exceptions", entry, LOG)
    assert log(machine) == [value for number in order for value in (number, number + 0x100)]
    assert exceptions(machine) == (3, ENTRY + 2 * TAIL_CHAIN + RETURN)


NESTED = [16, 17, 0x111, 0x110]
CHAINED = [16, 0x110, 17, 0x111]


@pytest.mark.parametrize(
    ("entry", "order", "cycles"),
    [
        ("preempting_17", NESTED, 2 * (ENTRY + RETURN)),
        ("same_group", CHAINED, ENTRY + TAIL_CHAIN + RETURN),
        ("two_groups", NESTED, 2 * (ENTRY + RETURN)),
        ("no_preemption", CHAINED, ENTRY + TAIL_CHAIN + RETURN),
    ],
)
def test_preemption_by_group_priority(entry: str, order: list[int], cycles: int) -> None:
    machine = run("exceptions", entry, {16: "pending_17_handler", 17: "logging_handler"})
    assert log(machine) == order
    assert exceptions(machine) == (2, cycles)


def test_three_deep() -> None:
    """IRQ 0 at 0x60 sets IRQ 1 (0x40) and 2 (0x20) pending: 2 preempts, 1 follows it before 0 goes on."""
    machine = run("exceptions", "three_deep", {**LOG, 16: "pending_all_handler"})
    assert log(machine) == [16, 18, 0x112, 17, 0x111, 0x110]
    assert exceptions(machine) == (3, ENTRY + ENTRY + TAIL_CHAIN + RETURN + RETURN)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("primask_holds", [0xA1, 0xA2, 16, 0x110, 0xA3]),
        ("primask_msr", [0xA1, 16, 0x110, 0xA3]),
        ("faultmask_holds", [0xA1, 16, 0x110, 0xA3]),
        ("basepri_holds", [0xA1, 16, 0x110, 0xA2]),
        ("basepri_zero", [0xA1, 16, 0x110, 0xA2]),
        ("basepri_max", [0x20, 16, 0x110, 0xA2]),
    ],
)
def test_masks_hold_back_until_they_are_cleared(entry: str, expected: list[int]) -> None:
    assert log(run("exceptions", entry, LOG)) == expected


def test_nmi_ignores_primask() -> None:
    assert log(run("exceptions", "nmi_under_primask", {2: "logging_handler"})) == [2, 0x102, 0xA3]


def test_return_clears_faultmask() -> None:
    assert log(run("exceptions", "faultmask_return", {IRQ0: "faultmask_handler"})) == [16, 0]


@pytest.mark.parametrize(
    ("entry", "handler", "faultmask"),
    [
        ("nmi_under_faultmask", "logging_handler", 1),
        ("nmi_under_faultmask", "faultmask_clearing_handler", 0),
        ("nmi_without_faultmask", "logging_handler", 0),
        ("nmi_without_faultmask", "faultmask_handler", 0),  # ignored: NMI's priority is above FAULTMASK's
    ],
)
def test_return_from_nmi_leaves_faultmask(entry: str, handler: str, faultmask: int) -> None:
    machine = run("exceptions", entry, {2: handler})
    assert [value for value in log(machine) if value != 0x102] == [2, faultmask]


def test_pendsv_and_svc() -> None:
    handlers = {SVC: "logging_handler", PENDSV: "logging_handler"}
    assert log(run("exceptions", "pendsv_and_svc", handlers)) == [14, 0x10E, 0xA1, 11, 0x10B, 0xA2]
    machine = run("exceptions", "pendsv_from_svc", {SVC: "svc_pends_pendsv", PENDSV: "logging_handler"})
    assert log(machine) == [11, 0x10B, 14, 0x10E, 0xA1]
    assert exceptions(machine) == (2, ENTRY + TAIL_CHAIN + RETURN)


def test_exception_in_a_handler() -> None:
    machine = run("exceptions", "svc_in_handler", {IRQ0: "calling_svc", SVC: "log_exc_return"})
    assert log(machine) == [0xFFFF_FFF1, 16]
    machine = run("exceptions", "svc_in_handler_with_fpu", {IRQ0: "calling_svc_with_fpu", SVC: "log_exc_return"})
    exc_return, control = log(machine)
    assert exc_return == 0xFFFF_FFE1
    assert control & 4  # FPCA is back in the handler that used the FPU


@pytest.mark.parametrize("period", [7, 23, 101])
def test_interrupts_leave_flags_and_it_state_alone(period: int) -> None:
    machine = boot("exceptions", "interrupted_it_block", {IRQ0: "count_handler"})
    raised = []

    def pulse() -> None:
        machine.set_irq(0, True, "test")
        machine.set_irq(0, False, "test")
        raised.append(machine.cycles)
        if len(raised) < 30:
            machine.schedule(machine.cycles + period, pulse)

    machine.schedule(period, pulse)
    assert machine.run(limit_cycles=100_000) is StopReason.IDLE
    assert results(machine, 1) == [101 * 15]
    assert exceptions(machine)[0] > 5


# --- tasks, vectors, reset ----------------------------------------------------------------------------------------


def test_two_tasks_take_turns() -> None:
    def counts(cycles: int) -> list[int]:
        machine = boot("exceptions", "rtos", {PENDSV: "rtos_pendsv", SYSTICK: "rtos_systick"})
        assert machine.run(limit_cycles=cycles) is StopReason.LIMIT
        # Each switch: SysTick, PendSV tail-chained, return.
        assert exceptions(machine) == (2 * results(machine, 6)[5], 28 * results(machine, 6)[5])
        return results(machine, 6)

    task, first, second, first_psp, second_psp, switches = counts(200_500)
    assert switches == 200  # period: 1000 cycles
    assert task == 0
    # 5 cycles a pass (ADDS, STR, B: 1 + 1 + 2, and the store buffer), 6 with NOP: each had half of the time.
    assert first > 20_000 and second > 15_000
    # Between switches a task's r4 to r11 and its frame are on its own stack.
    assert (first_psp, second_psp) == (0x2000_5000 - 64, 0x2000_6000 - 64)
    assert counts(200_500) == [task, first, second, first_psp, second_psp, switches]


def test_vector_table_moves_to_ram() -> None:
    assert log(run("exceptions", "move_vectors", {SVC: "logging_handler"})) == [11, 0x10B, 0xBEEF]


def test_system_reset() -> None:
    """The third boot finds a core in its reset state, from a handler of a thread on the process stack."""
    machine = run("exceptions", "resetting", {SVC: "reset_handler"})
    assert results(machine, 6) == [3, 0, 0, 0, 0, STACK]  # boots, IPSR, CONTROL, PRIMASK, ISER, SP
