"""NVIC registers as the firmware reads and writes them. Arm v7-M ARM, B3.4; STM32L4 has 4 priority bits."""

import struct

from simtiny.machine.machine import Machine, StopReason
from simtiny.machine.nvic import THREAD_PRIORITY, Nvic, masked_priority
from tests.machine.programs.loader import RESULTS, board, boot, image, results, word

LIST = 0x0801_0000
ISER, ICER, ISPR, ICPR, IABR, IPR = 0xE000_E100, 0xE000_E180, 0xE000_E200, 0xE000_E280, 0xE000_E300, 0xE000_E400
ICSR, AIRCR, SHPR, STIR, VTOR = 0xE000_ED04, 0xE000_ED0C, 0xE000_ED18, 0xE000_EF00, 0xE000_ED08
CFSR, HFSR = 0xE000_ED28, 0xE000_ED2C
Access = tuple[int, int, int]


def store(address: int, value: int, size: int = 4) -> Access:
    return size, address, value


def load(address: int, size: int = 4) -> Access:
    return 0x10 | size, address, 0


def machine_for(*accesses: Access) -> Machine:
    data = b"".join(struct.pack("<III", *access) for access in (*accesses, (0, 0, 0)))
    handlers = dict.fromkeys(range(16, 120), "log_handler")
    return Machine(board(), image("registers", "accesses", handlers), segments=((LIST, data),))


def do(*accesses: Access) -> list[int]:
    """Carry out the accesses; what the loads among them returned."""
    machine = machine_for(*accesses)
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    return results(machine, sum(access[0] > 0x10 for access in accesses))


def test_enable_bits_are_set_and_cleared_by_ones() -> None:
    assert do(
        store(ISER, 0x0000_0011),
        store(ISER, 0x8000_0000),
        load(ISER),
        load(ICER),
        store(ICER, 0x10),
        load(ISER),
        store(ISER + 4, 0x2),
        load(ISER + 4),
        load(ISER),
    ) == [0x8000_0011, 0x8000_0011, 0x8000_0001, 0x2, 0x8000_0001]


def test_enable_bits_by_byte_and_halfword() -> None:
    assert do(store(ISER + 1, 0x81, 1), store(ISER + 2, 0x4001, 2), load(ISER), load(ISER + 1, 1)) == [
        0x4001_8100,
        0x81,
    ]


def test_pending_bits() -> None:
    assert do(
        store(ISPR, 0x6),
        load(ISPR),
        load(ICSR),  # not enabled, so not VECTPENDING, ISRPENDING
        store(ICPR, 0x2),
        load(ISPR),
        load(ICPR),
        load(IABR),
    ) == [0x6, 0, 0x4, 0x4, 0]


def test_pending_and_enabled_runs_the_handler() -> None:
    machine = machine_for(store(ISPR, 1 << 5), store(ISER, 1 << 5), load(ISPR))
    machine.run(limit_cycles=1_000_000)
    assert results(machine, 1) == [0]
    assert word(machine, RESULTS + 256) == 0xA5A5_A5A5 + 1
    # ICSR in the handler: VECTACTIVE is 21, RETTOBASE since no other one is active.
    assert word(machine, RESULTS + 260) == 21 | 1 << 11


def test_software_trigger() -> None:
    machine = machine_for(store(ISER + 4, 1 << 3), store(STIR, 35))
    machine.run(limit_cycles=1_000_000)
    assert word(machine, RESULTS + 260) & 0x1FF == 16 + 35


def test_interrupts_from_496_on_do_not_exist() -> None:
    """Arm v7-M ARM, B3.4: at most 496 interrupts, ISER15 has 16 bits."""
    last = ISER + 4 * 15
    assert do(
        store(last, 0xFFFF_0000),
        store(STIR, 0x1FF),
        store(ISPR + 4 * 15, 0xFFFF_0000),
        load(last),
        load(ISPR + 4 * 15),
        load(ICSR),
    ) == [0, 0, 0]


def test_fault_status_bits_are_cleared_by_ones_byte_by_byte() -> None:
    machine = machine_for(store(CFSR + 1, 0x02, 1), load(CFSR), store(HFSR + 3, 0x40, 1), load(HFSR))
    machine._scs.faults.record(0x0001_8203, 0x4000_0002, None)
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert results(machine, 2) == [0x0001_8003, 2]


def test_priorities_by_word_halfword_and_byte() -> None:
    """4 bits a priority: the low ones read as zero."""
    assert do(
        store(IPR, 0x1234_56F8),
        load(IPR),
        store(IPR + 1, 0x9F, 1),
        store(IPR + 2, 0xABCD, 2),
        load(IPR),
        load(IPR + 3, 1),
        load(IPR + 2, 2),
        load(IPR + 4),
    ) == [0x1030_50F0, 0xA0C0_90F0, 0xA0, 0xA0C0, 0]


def test_system_handler_priorities() -> None:
    assert do(
        store(SHPR + 8, 0xFF7F_0000),
        store(SHPR + 4 + 3, 0x2F, 1),
        load(SHPR + 8),
        load(SHPR + 4),
        load(SHPR + 10, 1),
    ) == [0xF070_0000, 0x2000_0000, 0x70]


def test_systick_registers() -> None:
    rvr, cvr, csr = 0xE000_E014, 0xE000_E018, 0xE000_E010
    assert do(
        store(rvr, 0xFF12_3456),  # 24 bits
        load(rvr),
        load(cvr),
        store(cvr, 77),  # any value clears
        load(cvr),
        store(csr, 0xFFFF_FFF8),  # three bits
        load(csr),
    ) == [0x12_3456, 0, 0, 0]


def test_stopped_systick_counts_down_from_zero_by_way_of_reload() -> None:
    rvr, cvr, csr = 0xE000_E014, 0xE000_E018, 0xE000_E010
    value, still = do(store(rvr, 99_999), store(cvr, 0), store(csr, 5), store(csr, 4), load(cvr), load(cvr))
    assert 99_900 < value < 99_999
    assert still == value


def test_aircr() -> None:
    assert do(
        load(AIRCR),
        store(AIRCR, 0x05FA_0500),
        load(AIRCR),
        store(AIRCR, 0x1234_0700),  # without the key
        load(AIRCR),
    ) == [0xFA05_0000, 0xFA05_0500, 0xFA05_0500]


def test_vtor_is_aligned_to_128_bytes() -> None:
    assert do(store(VTOR, 0x2000_81FF), load(VTOR)) == [0x2000_8180]


# --- lines --------------------------------------------------------------------------------------------------------


def test_line_is_high_while_any_source_is() -> None:
    nvic = Nvic(priority_bits=4)
    bit = 1 << (16 + 5)
    nvic.set_line(5, True, "TIM1")
    nvic.set_line(5, True, "TIM16")
    nvic.set_line(5, False, "TIM1")
    assert nvic.lines == nvic.pending == bit
    nvic.activate(21)
    assert nvic.pending == 0
    nvic.set_line(5, False, "TIM16")
    nvic.deactivate(21)
    assert nvic.lines == nvic.pending == nvic.active == 0


def test_pending_stays_when_the_line_falls_before_the_handler() -> None:
    nvic = Nvic(priority_bits=4)
    nvic.set_line(0, True, "X")
    nvic.set_line(0, False, "X")
    assert nvic.pending == 1 << 16


def test_line_that_stays_high_runs_the_handler_again() -> None:
    machine = boot("clocks", "wait_for_host", {16: "nothing_handler"})
    machine.run(limit_cycles=1_000)
    runs = []

    def lower() -> None:
        runs.append(machine.mark().exceptions)
        machine.set_irq(0, False, "A")

    machine.set_irq(0, True, "A")
    machine.schedule(machine.cycles + 300, lower)
    assert machine.run(limit_cycles=10_000) is StopReason.IDLE
    # Entry or tail-chain and BX LR: 12 + 1, then 6 + 1 and the branch's refill, some dozens in 300 cycles.
    assert 30 <= runs[0] <= 45
    assert machine.mark().exceptions in (runs[0], runs[0] + 1)


def test_wakes_again_for_every_pulse_of_either_source() -> None:
    machine = boot("clocks", "wait_for_host", {16: "nothing_handler"})
    machine.run(limit_cycles=1_000)
    for source in ("A", "B", "A"):
        machine.set_irq(0, True, source)
        machine.set_irq(0, False, source)
        assert machine.run(limit_cycles=10_000) is StopReason.IDLE
    assert results(machine, 1) == [3]


def test_group_priority() -> None:
    """PRIGROUP n: bits n:0 are the subpriority (table B1-5)."""
    nvic = Nvic(priority_bits=4)
    groups = []
    for nvic.priority_group in range(8):
        groups.append(nvic.group(0xF0))
    assert groups == [0xF0, 0xF0, 0xF0, 0xF0, 0xE0, 0xC0, 0x80, 0x00]


def test_masks_raise_the_execution_priority() -> None:
    nvic = Nvic(priority_bits=4)
    assert masked_priority(nvic, 0, 0, 0) == THREAD_PRIORITY
    assert masked_priority(nvic, 0, 0, 0x50) == 0x50
    assert masked_priority(nvic, 1, 0, 0x50) == 0
    assert masked_priority(nvic, 1, 1, 0x50) == -1
