"""Firmware that goes wrong ends in one clear line. CFSR and HFSR bits: Arm v7-M ARM, B3.2.15 and B3.2.16."""

from dataclasses import replace

import pytest

from simtiny.errors import FirmwareFault
from simtiny.image import Symbol
from simtiny.machine.machine import Machine, StopReason
from tests.machine.programs.loader import board, boot, image, symbol

SVC = 11
PRECISE = 1 << 9 | 1 << 15  # PRECISERR and BFARVALID
FORCED = 1 << 30  # of HFSR: the fault's own exception is not enabled


def fault(entry: str, handler: str | None = "ok_handler") -> str:
    machine = boot("faults", entry, {SVC: handler} if handler else {})
    with pytest.raises(FirmwareFault) as caught:
        machine.run(limit_cycles=3_000_000)
    text = str(caught.value)
    assert caught.value.exit_code == 3
    assert "\n" not in text
    assert "lr 0x" in text and "sp 0x" in text
    return text


def registers(cfsr: int, hfsr: int = 0, bfar: int = 0) -> str:
    return f"CFSR 0x{cfsr:08x}, HFSR 0x{hfsr:08x}, BFAR 0x{bfar:08x}"


def at(label: str, offset: int = 0) -> str:
    return f"at pc 0x{symbol('faults', label) + offset:08x} ({label}+0x{offset:x})"


@pytest.mark.parametrize(
    ("entry", "what", "place", "expected"),
    [
        (
            "read_unmapped",
            "BusFault: read of 0x60000000",
            at("read_unmapped_here"),
            registers(PRECISE, FORCED, 0x6000_0000),
        ),
        (
            "write_unmapped",
            "BusFault: write to 0x1fff0004",
            at("write_unmapped_here"),
            registers(PRECISE, FORCED, 0x1FFF_0004),
        ),
        (
            "fetch_unmapped",
            "BusFault: instruction fetch from 0x60000000",
            "at pc 0x60000000",
            registers(1 << 8, FORCED),
        ),
        ("undefined", "UsageFault: undefined instruction", at("undefined_here"), registers(1 << 16, FORCED)),
        ("undecodable", "UsageFault: undefined instruction", at("undecodable_here"), registers(1 << 16, FORCED)),
        ("no_fpu", "UsageFault: no coprocessor", at("no_fpu_here"), registers(1 << 19, FORCED)),
        ("even_branch", "UsageFault: branch to an even address", at("even_branch_target"), registers(1 << 17, FORCED)),
        ("svc_masked", "HardFault: SVC while", at("svc_masked_here"), registers(0, FORCED)),
        ("bad_stack", "BusFault: no RAM to stack", at("bad_stack_here", 2), registers(1 << 12, FORCED)),
        ("flash_stack", "BusFault: no RAM to stack", at("flash_stack_here", 2), registers(1 << 12, FORCED)),
        ("bad_vectors", "HardFault: the vector of SVCall is at 0x6000002c", at("bad_vectors_here", 2), registers(0, 2)),
    ],
)
def test_fault(entry: str, what: str, place: str, expected: str) -> None:
    text = fault(entry)
    assert text.startswith(what)
    assert place in text
    assert expected in text


def test_breakpoint() -> None:
    assert fault("breakpoint").startswith(f"breakpoint without a debugger, {at('breakpoint_here')}")


def test_link_register_is_named() -> None:
    assert f"lr 0x{symbol('faults', 'read_unmapped'):08x} (read_unmapped+0x0)" in fault("read_unmapped")


def test_exception_without_a_handler() -> None:
    text = fault("svc_without_handler", handler=None)
    assert text.startswith("UsageFault: SVCall has no handler, its vector is 0x00000000")
    assert registers(1 << 17, FORCED) in text


def test_stack_is_gone_on_return() -> None:
    text = fault("bad_unstacking", "moving_stack_handler")
    assert text.startswith("BusFault: no RAM to unstack")
    assert "at pc 0xfffffff" in text
    assert registers(1 << 11, FORCED) in text


def test_no_such_exc_return() -> None:
    text = fault("svc_without_handler", "bad_exc_return_handler")
    assert text.startswith("UsageFault: exception return by 0xfffffff5 (INVPC)")
    assert "at pc 0xfffffff4" in text
    assert registers(1 << 18, FORCED) in text


def test_last_output_is_told() -> None:
    assert fault("print_then_fault").endswith("last output 'hi'")
    assert fault("undefined").endswith("no output")


def test_recursion_out_of_ram() -> None:
    text = fault("recursion")
    assert "recurse" in text
    assert "stack overflow" in text and "outside of RAM" in text


def test_stack_in_the_data() -> None:
    program = image("faults", "creeping")
    table = Symbol("table", 0x2000_0000, 0x200, "object")
    machine = Machine(board(), replace(program, symbols={**program.symbols, "table": table}))
    with pytest.raises(FirmwareFault, match="has grown into the data that ends at 0x20000200") as caught:
        machine.run(limit_cycles=40_000_000)
    assert str(caught.value).count("stack overflow") == 1


@pytest.mark.parametrize(
    ("initial_sp", "objects"),
    [
        (0x2000_0200, {"pool": (0x2000_0000, 0x200)}),  # the initial stack, whatever it is called
        (0x2000_0200, {"pool": (0x2000_0000, 0x200), "below": (0x2000_0000, 0x80)}),
        (0x2001_0000, {"second_stack": (0x2000_0000, 0x200)}),
        (0x2001_0000, {"idleStk": (0x2000_0000, 0x100), "table": (0x2000_0100, 0x100)}),  # and nothing on it
        (0x2001_0000, {"marker": (0x2000_0100, 0), "table": (0x2000_0000, 0x100)}),
    ],
)
def test_stack_in_an_array_of_its_own(initial_sp: int, objects: dict[str, tuple[int, int]]) -> None:
    program = image("faults", "creeping")
    symbols = {name: Symbol(name, address, size, "object") for name, (address, size) in objects.items()}
    machine = Machine(board(), replace(program, symbols={**program.symbols, **symbols}))
    machine.initial_sp = initial_sp
    assert machine.run(limit_cycles=40_000_000) is StopReason.ENDLESS


def test_endless_loop_ends_at_once() -> None:
    machine = boot("faults", "endless")
    assert machine.run(limit_cycles=2_000_000) is StopReason.LIMIT
    assert machine.run() is StopReason.ENDLESS
    assert machine.cycles < 5_000_000
    assert machine.explanation.startswith("it loops at 0x")
    assert machine.explanation.endswith("which changes nothing, and no interrupt that is enabled can end it")


def test_sleep_that_nothing_ends_is_idle() -> None:
    machine = boot("faults", "sleeping")
    assert machine.run() is StopReason.IDLE
    assert machine.cycles < 10


def test_a_fault_stays_a_fault() -> None:
    machine = boot("faults", "undefined")
    for _ in range(2):
        with pytest.raises(FirmwareFault, match="undefined instruction"):
            machine.run(limit_cycles=1_000)
