"""Counts are exact: equal to single-stepping, however the run is cut into pieces."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, UcError
from unicorn.arm_const import UC_ARM_REG_PC, UC_ARM_REG_SP, UC_CPU_ARM_CORTEX_M4

from simtiny.estimate import estimate
from simtiny.isa.decode import decode
from simtiny.isa.instruction import Kind
from simtiny.machine.cores import CORES
from simtiny.machine.machine import Machine, StopReason
from simtiny.profiles import Profile
from tests.machine.programs import loader
from tests.machine.programs.loader import boot, image, results, run, symbol

INTERRUPT = {16: "counting_handler"}


def whole(name: str, entry: str, **options: bool) -> tuple[Machine, Profile]:
    machine = boot(name, entry, **options)
    start = machine.mark()
    assert machine.run(limit_cycles=10_000_000) is StopReason.IDLE
    return machine, machine.profile(start, machine.mark())


def by_address(profile: Profile) -> Counter[int]:
    """How often each instruction was issued."""
    counts: Counter[int] = Counter()
    for _, number, count in profile.edges.tolist():
        block = profile.blocks[number]
        for instruction in decode(block.code, block.address):
            counts[instruction.address] += count
    return counts


def it_block(code: bytes, address: int) -> list[int]:
    """Addresses of the instructions that the IT instruction at `address` makes conditional."""
    mask, offset, addresses = code[0] & 15, 2, []
    for _ in range(4 - (mask & -mask).bit_length() + 1):
        addresses.append(address + offset)
        offset += 4 if code[offset + 1] >> 3 >= 0b11101 else 2  # Arm v7-M ARM, A5.1
    return addresses


def single_stepped(entry: str) -> Counter[int]:
    """The same from a bare emulator, one instruction at a time."""
    uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
    uc.ctl_set_cpu_model(UC_CPU_ARM_CORTEX_M4)
    uc.mem_map(loader.FLASH, 0x20_0000)
    uc.mem_map(0x2000_0000, 0xA_0000)
    for segment in image("counting", entry).segments:
        uc.mem_write(segment.address, segment.data)
    uc.reg_write(UC_ARM_REG_SP, loader.STACK)
    pc = symbol("counting", entry)
    counts: Counter[int] = Counter()
    while True:
        counts[pc] += 1
        code = int.from_bytes(uc.mem_read(pc, 2), "little")
        if code == 0xBF30:  # WFI
            return counts
        if code >> 8 == 0xBF and code & 15:
            counts.update(it_block(uc.mem_read(pc, 18), pc))  # one step, whatever its conditions
        try:
            uc.emu_start(pc | 1, 0xFFFF_FFFF, count=1)
        except UcError:  # Unicorn's way to report YIELD
            assert code in (0xBF10, 0xF3AF)
        pc = uc.reg_read(UC_ARM_REG_PC)


def mixed_checksum() -> int:
    total = 0
    for n in range(12, 0, -1):
        total += n * (n + 1) // 2
        total += n + 1031 if n <= 5 else n
        total += 1100
        if n % 2 == 0:
            total += 3
            other = (total << 1) & 0xFFFF_FFFF
        else:
            total += 5
            other = total >> 1
        total = (total ^ other) & 0x00FF_FFFF
        total += total % 7
    return total


def conditional_r6() -> int:
    """r6 of `conditional_loads`: in passes where the counter is no multiple of 4."""
    return 75 * 100_001


@pytest.mark.parametrize("entry", ["mixed", "conditional_loads", "conditional_load_last", "patched", "hints"])
def test_counts_equal_single_stepping(entry: str) -> None:
    _, profile = whole("counting", entry)
    assert by_address(profile) == single_stepped(entry)


def test_every_instruction_of_a_block_longer_than_a_translation() -> None:
    machine, profile = whole("counting", "mixed")
    counts = by_address(profile)
    long_block = symbol("counting", "long_block")
    assert [counts[long_block + 2 * n] for n in range(1102)] == [12] * 1102
    assert results(machine, 1) == [mixed_checksum()]
    pieces = [block for block in profile.blocks if long_block <= block.address < long_block + 2 * 1102]
    assert len(pieces) > 1  # the emulator translated it in pieces


def test_it_block_across_the_end_of_a_page() -> None:
    _, profile = whole("counting", "mixed")
    start = symbol("counting", "across_pages")
    counts = by_address(profile)
    assert start & 0xFFF == 0xFF6
    assert [counts[start + offset] for offset in (0, 2, 4, 6, 8, 12, 14)] == [12] * 7  # skipped ones are issued too


def test_estimate_of_the_whole_run_is_the_clock() -> None:
    for entry in ("mixed", "conditional_loads", "patched", "divide_in_ram", "alias"):
        _, profile = whole("counting", entry)
        core = CORES[loader.board().core].timing
        assert estimate(profile, core).cycles == profile.cycles, entry
        assert estimate(profile, core).instructions == sum(by_address(profile).values())


@pytest.mark.parametrize("operands", [True, False])
def test_conditional_loads_from_flash(operands: bool) -> None:
    machine = run("counting", "conditional_loads", operands=operands)
    assert results(machine, 2) == [50 * 1000 + 50 * 1, conditional_r6()]
    machine = run("counting", "conditional_load_last", operands=operands)
    assert results(machine, 1) == [50]


def test_conditional_loads_that_fail_read_nothing() -> None:
    _, profile = whole("counting", "conditional_loads")
    # 100 of the first pair, 75 of the third, the literal
    assert profile.data_reads[:, 0].sum() == 100 + 75 + 1


# --- cut into pieces ----------------------------------------------------------------------------------------------


def same(one: Profile, other: Profile) -> bool:
    return (
        one.blocks == other.blocks
        and np.array_equal(one.edges, other.edges)
        and np.array_equal(one.taken, other.taken)
        and np.array_equal(one.fetch_misses, other.fetch_misses)
        and np.array_equal(one.hidden, other.hidden)
        and np.array_equal(one.data_reads, other.data_reads)
        and np.array_equal(one.divides, other.divides)
        and (one.cycles, one.exceptions, one.exception_cycles, one.sleep_cycles)
        == (other.cycles, other.exceptions, other.exception_cycles, other.sleep_cycles)
    )


def cached(entry: str) -> Machine:
    """Booted with caches, prefetch and wait states on, so that their state matters too."""
    machine = boot("counting", entry)
    machine.set_flash_acceleration(wait_states=5, prefetch=True, instruction_cache=True, data_cache=True)
    return machine


def run_cached(entry: str) -> tuple[Machine, Profile]:
    machine = cached(entry)
    start = machine.mark()
    assert machine.run(limit_cycles=10_000_000) is StopReason.IDLE
    return machine, machine.profile(start, machine.mark())


@pytest.mark.parametrize("entry", ["mixed", "conditional_loads", "patched", "divide_in_ram"])
def test_same_image_twice_is_the_same_profile(entry: str) -> None:
    assert same(run_cached(entry)[1], run_cached(entry)[1])


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(["mixed", "conditional_loads", "patched"]), st.lists(st.integers(1, 4000), max_size=12))
def test_events_at_any_cycle_change_nothing(entry: str, cycles: list[int]) -> None:
    expected_machine, expected = run_cached(entry)
    machine = cached(entry)
    fired: list[int] = []
    for cycle in cycles:
        machine.schedule(cycle, lambda: fired.append(machine.cycles))
    start = machine.mark()
    while machine.run(limit_cycles=10_000_000) is not StopReason.IDLE:
        pass
    profile = machine.profile(start, machine.mark())
    assert len(fired) == len(cycles)
    assert all(at >= cycle for at, cycle in zip(fired, sorted(cycles), strict=True))
    # Events after the end are slept through.
    assert profile.cycles - profile.sleep_cycles == expected.cycles
    assert np.array_equal(profile.edges, expected.edges)
    assert np.array_equal(profile.fetch_misses, expected.fetch_misses)
    assert results(machine, 4) == results(expected_machine, 4)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(["mixed", "conditional_loads", "patched"]), st.integers(20, 1500))
def test_slices_of_any_length_change_nothing(entry: str, slice_cycles: int) -> None:
    machine = cached(entry)
    start = machine.mark()
    while machine.run(limit_cycles=slice_cycles) is not StopReason.IDLE:
        pass
    assert same(machine.profile(start, machine.mark()), run_cached(entry)[1])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 9000), min_size=1, max_size=20, unique=True))
def test_interrupts_at_any_cycle_lose_no_block(cycles: list[int]) -> None:
    machine = boot("counting", "interrupted", INTERRUPT)
    start = machine.mark()
    calls = []

    def pulse() -> None:
        calls.append(machine.cycles)
        machine.set_irq(0, True, "test")
        machine.set_irq(0, False, "test")

    for cycle in cycles:
        machine.schedule(cycle, pulse)
    while machine.run(limit_cycles=1_000_000) is not StopReason.IDLE:
        pass
    profile = machine.profile(start, machine.mark())
    counts = by_address(profile)
    first = symbol("counting", "interrupted_pass")
    handled = machine.read_memory(loader.RESULTS + 4, 4)
    assert results(machine, 1) == [1000]
    # ADDS, TST, ITTET and its four, SUBS, BNE
    assert [counts[first + offset] for offset in (0, 2, 6, 8, 10, 12, 14, 16, 18)] == [1000] * 9
    ran = counts[symbol("counting", "counting_handler")]
    assert 1 <= ran <= len(calls) == len(cycles)  # pulses before the handler started are one
    assert profile.exceptions == ran
    # RAM holds 0xA5A5A5A5 at power-on
    assert int.from_bytes(handled, "little") == 0xA5A5_A5A5 + ran
    assert estimate(profile, CORES[loader.board().core].timing).cycles == profile.cycles


# --- code that changes, code in several places --------------------------------------------------------------------


def runs_of(profile: Profile, address: int) -> dict[bytes, int]:
    """How often each version of the block at an address ran."""
    counts: dict[bytes, int] = {}
    for _, number, count in profile.edges.tolist():
        block = profile.blocks[number]
        if block.address == address:
            counts[block.code] = counts.get(block.code, 0) + count
    return counts


def test_code_in_ram_is_counted_by_what_it_was_when_it_ran() -> None:
    machine, profile = whole("counting", "patched")
    assert results(machine, 1) == [5 * 1 + 7 * 10 + 2 * 1]
    # ADDS r5, #n: 0x3500 + n; NOP; BX LR
    tail = bytes.fromhex("00bf7047")
    assert runs_of(profile, 0x2000_2000) == {b"\x01\x35" + tail: 7, b"\x0a\x35" + tail: 7}


def test_divides_are_counted_in_flash_in_ram_and_at_the_alias() -> None:
    for entry in ("divide_in_ram", "alias"):
        _, profile = whole("counting", entry)
        # 0xFFFFFFFF / 1: 31 more significant bits, 3 + 31 // 4 = 10 cycles, 3 + 4 times
        assert profile.divides.tolist() == [0] * 10 + [7] + [0] * 21, entry
        divides = sum(
            count
            for _, number, count in profile.edges.tolist()
            for now in decode(profile.blocks[number].code, profile.blocks[number].address)
            if now.kind is Kind.DIVIDE
        )
        assert divides == 7


def test_flash_runs_at_its_alias() -> None:
    machine, profile = whole("counting", "alias")
    address = symbol("counting", "alias_routine")
    counts = by_address(profile)
    assert results(machine, 1) == [7]
    assert (counts[address - loader.FLASH], counts[address]) == (3, 4)


def test_image_loaded_at_the_alias() -> None:
    machine = Machine(loader.board(), image("counting", "mixed", base=0))
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert results(machine, 1) == [mixed_checksum()]
