"""A machine that is stopped anywhere counts what it counts without."""

import dataclasses
import random
from pathlib import Path

import numpy as np
import pytest

from simtiny import api
from simtiny.debugger.target import SIGBUS, SIGFPE, SIGILL, SIGINT, SIGTRAP, Stop, Target, Watchpoint
from simtiny.machine.debug_port import Access
from simtiny.machine.machine import Machine
from simtiny.mlperf.protocol import Session
from simtiny.mlperf.tasks import TASKS
from simtiny.profiles import Profile
from tests.machine.bare import CODE, FLASH, HANDLER, HERE, NOP, RETURN, board, literal

OWN = Path("docs/examples/own/own.elf")
RAM = 0x2000_0000


def differing(first: Profile, second: Profile) -> list[str]:
    """The fields in which two profiles differ."""
    pairs = (
        (field.name, getattr(first, field.name), getattr(second, field.name)) for field in dataclasses.fields(first)
    )
    return [name for name, a, b in pairs if not (np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b)]


def window(target: Target, end: int, breakpoints: list[int], watchpoints: set[Watchpoint]) -> tuple[Profile, int]:
    """From the first frame to `end`, and how often it was stopped on the way. Behind each stop some steps follow."""
    machine, choose, stops = target.machine, random.Random(1), 0
    target.breakpoints = {machine.image.symbols["process_frame"].address: "swbreak"}
    target.run()
    begin = machine.mark()
    target.breakpoints = dict.fromkeys([*breakpoints, end], "swbreak")
    target.watchpoints = watchpoints
    while machine.pc != end:
        target.run()
        for _ in range(choose.randrange(10) if breakpoints else 0):
            if machine.pc != end:
                target.step()
        stops += 1
    target.step()  # a block that a breakpoint stops before is known already; one that a step ends before, not yet
    return machine.profile(begin, machine.mark()), stops


def test_fifty_stops_change_nothing() -> None:
    free, stopped = (Target(api.boot(image=OWN, serial_takes_time=True)) for _ in range(2))
    symbols = free.machine.image.symbols
    report, end = symbols["report"].address, symbols["semihosting_print"].address
    expected, _ = window(free, end, [], set())
    breakpoints = [report, *range(report + 2, report + 40, 2), symbols["SysTick_Handler"].address + 4]
    found, stops = window(stopped, end, breakpoints, {Watchpoint(Access.BOTH, symbols["ticks"].address, 4)})
    assert stops >= 50
    assert differing(found, expected) == []
    machines = stopped.machine, free.machine
    assert len({(machine.cycles, machine.elapsed_s, machine.ram()) for machine in machines}) == 1


def inference(machine: Machine, breakpoints: list[int]) -> tuple[Profile, int]:
    """The first one of the built-in firmware, and how often it was stopped. Behind each stop some steps follow."""
    session, choose, stops = Session(machine), random.Random(3), 0
    session.boot()
    session.load_input(bytes(TASKS["kws01"].input_bytes))
    target, end = Target(machine), machine.image.symbols["model_result"].address
    machine.serial.send(b"infer 1 0%")
    begin = machine.mark()
    target.breakpoints = dict.fromkeys([*breakpoints, end], "swbreak")
    while machine.pc != end:
        target.run()
        if machine.pc != end:
            del target.breakpoints[machine.pc]  # there are loops that run a million times
        for _ in range(choose.randrange(40) if breakpoints else 0):
            if machine.pc != end:
                target.step()
        stops += 1
    target.step()  # a block that a breakpoint stops before is known already; one that a step ends before, not yet
    return machine.profile(begin, machine.mark()), stops


@pytest.mark.slow
@pytest.mark.parametrize("board_name", ["nucleo-l4r5zi", "disco-f746ng", "nucleo-h7a3zi-q", "nucleo-g0b1re"])
def test_fifty_stops_in_an_inference_change_nothing(board_name: str) -> None:
    free, stopped = api.boot("kws01", board=board_name), api.boot("kws01", board=board_name)
    expected, _ = inference(free, [])
    blocks = [free._counters.table.blocks[number] for number in sorted(set(expected.edges[:, 1].tolist()))]
    instructions = sorted({now.address for block in blocks for now in block.instructions})
    found, stops = inference(stopped, random.Random(4).sample(instructions, k=120))
    assert stops >= 50
    assert differing(found, expected) == []
    assert (stopped.cycles, stopped.elapsed_s, stopped.ram()) == (free.cycles, free.elapsed_s, free.ram())


def test_each_instruction_can_be_stopped_at() -> None:
    # movs r0, 1; adds r0, 1 (three times); b .
    code = [0x2001, 0x3001, 0x3001, 0x3001, HERE]
    target = Target(board(code))
    for number, address in enumerate(range(CODE, CODE + 8, 2)):
        target.breakpoints = {address: "swbreak"}
        if number:  # it stands at the first from the beginning
            assert target.run() == Stop(SIGTRAP, "swbreak:;")
        assert target.machine.pc == address
        assert target.machine.register(0) == number
    # the block was counted once, when it began
    assert target.machine._counters.table.edge_counts().tolist() == [1]


def test_stepping_costs_what_running_does() -> None:
    code = [0x2001, 0x3001, 0x4601, NOP, NOP, HERE]  # mov r1, r0
    free, target = board(code), Target(board(code))
    free.run(limit_cycles=1)
    for offset in (2, 4, 6, 8, 10):
        assert target.step() == Stop(SIGTRAP)
        assert target.machine.pc == CODE + offset
        assert target.machine.cycles == free.cycles
    assert target.step_out_of(range(CODE + 10, CODE + 10)) == Stop(SIGTRAP)


@pytest.mark.parametrize(("condition", "result"), [(0xBF04, 1), (0xBF0C, 0)])  # itt eq; ite eq
def test_a_watchpoint_within_an_if_then_block(condition: int, result: int) -> None:
    # ldr r1, =RAM; movs r2, 7; movs r3, 0; cmp r0, r0; it; streq r2, [r1]; moveq or movne r3, 1; nop; b .
    code = [0x4905, 0x2207, 0x2300, 0x4280, condition, 0x600A, 0x2301, NOP, HERE, NOP, NOP, NOP, *literal(RAM)]
    free, target = board(code), Target(board(code))
    target.watchpoints = {Watchpoint(Access.WRITE, RAM, 4)}
    assert target.run() == Stop(SIGTRAP, f"watch:{RAM:x};")
    assert target.machine.pc == CODE + 14  # the IT block is executed as a whole
    assert target.machine.read_memory(RAM, 4) == b"\7\0\0\0"
    target.breakpoints = {CODE + 16: "hwbreak"}
    assert target.run() == Stop(SIGTRAP, "hwbreak:;")
    free.run(limit_cycles=1)
    assert target.machine.register(3) == free.register(3) == result
    assert target.machine.status() == free.status()
    assert target.machine.cycles == free.cycles


def test_steps_within_an_if_then_block() -> None:
    # movs r2, 7; cmp r0, r0; ite eq; moveq r3, 1; movne r3, 2; nop; b .
    target = Target(board([0x2207, 0x4280, 0xBF0C, 0x2301, 0x2302, NOP, HERE]))
    for offset in (2, 4, 6, 8, 10, 12):
        target.step()
        assert target.machine.pc == CODE + offset
    assert target.machine.register(3) == 1


def test_watchpoints_of_reads_and_of_a_part_of_an_access() -> None:
    # ldr r1, =RAM; ldr r0, [r1, 4]; str r0, [r1]; push {r0, r1}; b .
    code = [0x4902, 0x6848, 0x6008, 0xB403, HERE, NOP, *literal(RAM)]
    target = Target(board(code))
    target.watchpoints = {Watchpoint(Access.READ, RAM + 6, 1), Watchpoint(Access.WRITE, 0x2000_7FFC, 4)}
    assert target.run() == Stop(SIGTRAP, f"rwatch:{RAM + 6:x};")
    assert target.machine.pc == CODE + 4
    assert target.run() == Stop(SIGTRAP, "watch:20007ffc;")
    assert target.machine.pc == CODE + 8
    target.watchpoints.clear()
    assert target.run().signal == SIGINT  # b .


def test_a_fault_stops_at_its_instruction_and_goes_to_its_handler_then() -> None:
    target = Target(board([0x2001, 0xDE00, HERE], handler=[HERE]))  # movs r0, 1; udf 0
    stop = target.run()
    assert (stop.signal, target.machine.pc) == (SIGILL, CODE + 2)
    assert stop.text.startswith(f"UsageFault: undefined instruction, at pc 0x{CODE + 2:08x}")
    assert target.step() == Stop(SIGTRAP)
    assert (target.machine.pc, target.machine.status() & 0x1FF) == (HANDLER, 3)
    assert "in its HardFault handler" in target.run().text


def test_a_fault_can_be_passed() -> None:
    target = Target(board([0xDE00, 0x2005, HERE]))
    assert target.run().signal == SIGILL
    target.set_pc(CODE + 2)
    assert target.step() == Stop(SIGTRAP)
    assert target.machine.register(0) == 5


@pytest.mark.parametrize(("trap", "code", "signal"), [(4, [0xFB90, 0xF0F1], SIGFPE), (3, [0x6808, NOP], SIGBUS)])
def test_what_traps_is_named(trap: int, code: list[int], signal: int) -> None:
    # ldr r2, =CCR; movs r0, 1 << trap; str r0, [r2]; movs r1, trap & 3; sdiv r0, r0, r1 or ldr r0, [r1]
    before = [0x4A03, 0x2000 | 1 << trap, 0x6010, 0x2100 | trap & 3, *code, HERE, NOP, *literal(0xE000_ED14)]
    target = Target(board(before))
    assert target.run().signal == signal
    assert target.machine.pc == CODE + 8


def test_a_bkpt_is_passed_when_the_firmware_goes_on() -> None:
    target = Target(board([0x2001, 0xBE00, 0x3001, HERE]))
    assert target.run() == Stop(SIGTRAP)
    assert target.machine.pc == CODE + 2
    assert target.step() == Stop(SIGTRAP)
    assert target.machine.register(0) == 2


def test_an_interrupt_stops_a_firmware_that_works() -> None:
    asked = iter([False, False, True])
    target = Target(board([0x3001, 0xE7FD]), lambda: next(asked, False))  # adds r0, 1; b to it
    assert target.run() == Stop(SIGINT)
    assert target.machine.register(0) > 100_000


def test_a_firmware_that_sleeps_for_ever_says_so() -> None:
    target = Target(board([0xBF30, RETURN]))  # wfi
    assert target.run().text == "the firmware waits for input: it sleeps, and no interrupt that is enabled can wake it"
    assert target.step() == target.run()


def test_code_that_is_loaded_takes_the_place_of_what_ran() -> None:
    target = Target(board([0x2001, 0xE7FD]))  # movs r0, 1; b to it
    target.breakpoints = {CODE: "swbreak"}
    for _ in range(3):
        target.run()
    target.port.write_memory(CODE, bytes.fromhex("0720fde7"))  # movs r0, 7
    target.run()
    assert target.machine.register(0) == 7
    assert target.machine._counters.table.blocks[-1].code.hex() == "0720fde7"


def test_registers_of_peripherals_are_read_and_written_as_the_core_would() -> None:
    target = Target(board([HERE]))
    port = target.port
    assert port.read_memory(0xE000_ED00, 4) == (0x410F_C241).to_bytes(4, "little")  # CPUID of Cortex-M4 r0p1
    port.write_memory(0xE000_ED08, (FLASH + 0x400).to_bytes(4, "little"))  # VTOR
    assert port.read_memory(0xE000_ED0A, 2) == b"\0\x08"
    assert port.read_memory(0x2002_FFFE, 4) == b"\xa5" * 4  # SRAM1 and SRAM2 of the STM32L4R5


def test_flash_that_is_written_is_other_code_wherever_it_is_seen() -> None:
    target = Target(board([0x2001, NOP, 0xE7FC]))  # movs r0, #1; nop; b back
    target.set_pc(CODE - FLASH)  # by the alias
    target.machine.run(limit_cycles=50)
    assert target.machine.register(0) == 1
    target.port.write_memory(CODE, bytes([0x07, 0x20]))
    target.machine.run(limit_cycles=50)
    assert target.machine.register(0) == 7
