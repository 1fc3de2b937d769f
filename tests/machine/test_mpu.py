"""The memory protection unit. Arm v7-M ARM, B3.5 and B3.2.15; Armv6-M ARM, B3.5; Armv8-M ARM, B9.

Regions are set up as a debugger would, before the program runs.
"""

import pytest

from simtiny.errors import FirmwareFault
from simtiny.machine.machine import Machine, StopReason
from simtiny.machine.mpu_rights import PRIVATE_BUS, Range, both, default_ranges, pmsav7, pmsav8, ranges, refused_at
from tests.machine.bare import CODE, FLASH, NOP, WFI, board, literal

TYPE, CTRL, RNR, RBAR, RASR, MAIR = 0xE000_ED90, 0xE000_ED94, 0xE000_ED98, 0xE000_ED9C, 0xE000_EDA0, 0xE000_EDC0
SHCSR = 0xE000_ED24
ENABLE, HFNMIENA, PRIVDEFENA = 1, 2, 4
NO_ACCESS, PRIVILEGED, READ_ONLY, FULL, XN = 0, 1 << 24, 6 << 24, 3 << 24, 1 << 28
RAM, WORD = 0x2000_1000, 0x2000_1104
R, W, X = 1, 2, 4
DACCVIOL, IACCVIOL, MSTKERR, MMARVALID = 0x02, 0x01, 0x10, 0x80
FORCED = 0x4000_0000
READ, WRITE = [0x4801, 0x6801, WFI, NOP], [0x4801, 0x6001, WFI, NOP]  # ldr r0, =; ldr or str r1, [r0]; wfi
BOARDS = {"v6-M": "nucleo-g0b1re", "v7-M": "nucleo-l4r5zi", "M7": "nucleo-h7a3zi-q", "v8-M": "nucleo-u575zi-q"}


def poke(machine: Machine, *words: tuple[int, int]) -> Machine:
    for address, word in words:
        machine.write_memory(address, word.to_bytes(4, "little"))
    return machine


def peek(machine: Machine, address: int) -> int:
    return int.from_bytes(machine.read_memory(address, 4), "little")


def size(bytes_: int) -> int:
    """RASR.SIZE and ENABLE."""
    return (bytes_.bit_length() - 2) << 1 | 1


def no_access(machine: Machine, address: int, bytes_: int, control: int = ENABLE | PRIVDEFENA) -> Machine:
    """A region that nobody may access: in PMSAv8, one that only the unprivileged may not, so read-only instead."""
    if machine.board.core == "cortex-m33":
        return poke(machine, (RNR, 2), (RBAR, address | 2 << 1 | 1), (RASR, address + bytes_ - 32 | 1), (CTRL, control))
    return poke(machine, (RNR, 2), (RBAR, address), (RASR, NO_ACCESS | XN | size(bytes_)), (CTRL, control))


def ends(machine: Machine) -> str:
    with pytest.raises(FirmwareFault) as caught:
        machine.run(limit_cycles=20_000_000)
    return str(caught.value)


@pytest.mark.parametrize("name", BOARDS.values())
def test_a_write_to_a_region_without_access(name: str) -> None:
    machine = no_access(board([*WRITE, *literal(WORD)], [WFI], name), RAM, 0x1000)
    text = ends(machine)
    fault = "HardFault" if name == BOARDS["v6-M"] else "MemManage"
    assert text.startswith(f"{fault}: write to 0x{WORD:08x}, which the MPU refuses, at pc 0x{CODE + 2:08x}")
    if name != BOARDS["v6-M"]:
        registers = {"CFSR": DACCVIOL | MMARVALID, "HFSR": FORCED, "BFAR": 0, "MMFAR": WORD}
        assert machine.fault_registers() == registers
    beside = no_access(board([*WRITE, *literal(RAM - 4)], [WFI], name), RAM, 0x1000)
    assert beside.run(limit_cycles=20_000_000) is StopReason.IDLE


def test_its_own_exception_if_that_is_enabled() -> None:
    machine = poke(no_access(board([*READ, *literal(WORD)], [WFI]), RAM, 0x1000), (SHCSR, 1 << 16))
    assert "in its MemManage handler" in ends(machine)
    assert machine.fault_registers()["HFSR"] == 0
    assert peek(machine, SHCSR) & 0xFFFF == 1  # MEMFAULTACT


def test_a_region_is_on_and_off_while_the_firmware_runs() -> None:
    """It switches the unit on, and off in its handler, which returns to the same read."""
    code = [0x4803, 0x2105, 0x6001, 0x4803, 0x6802, 0x6802, 0x6802, WFI]  # ldr; movs r1, 5; str; ldr; ldr r2 thrice
    handler = [0x4B01, 0x2000, 0x6018, 0x4770, *literal(CTRL)]  # ldr r3, =CTRL; movs r0, 0; str r0, [r3]; bx lr
    machine = board([*code, *literal(CTRL), *literal(WORD)], handler)
    poke(machine, (WORD, 77), (RNR, 0), (RBAR, RAM), (RASR, NO_ACCESS | size(0x1000)))
    assert machine.run() is StopReason.IDLE
    assert machine.register(2) == 77
    assert [note.count for note in machine.notes if "MPU" in note.text] == [1]


def test_a_stack_guard_of_32_bytes() -> None:
    """The handler of the fault runs on the main stack: `push {r0-r7}` down to a guard on the process stack."""
    # ldr r0, =RAM + 64; msr psp, r0; movs r0, 2; msr control, r0; isb; push {r0-r7} twice
    code = [0x4804, 0xF380, 0x8809, 0x2002, 0xF380, 0x8814, 0xF3BF, 0x8F6F, 0xB4FF, 0xB4FF, *literal(RAM + 64)]
    text = ends(no_access(board(code, [WFI]), RAM, 32))
    assert text.startswith(f"MemManage: write to 0x{RAM:08x}, which the MPU refuses, at pc 0x{CODE + 18:08x}")


def test_stacking_into_a_guard() -> None:
    """`svc 0` with the process stack right above it: MSTKERR, and MMFAR is not valid."""
    code = [0x4803, 0xF380, 0x8809, 0x2002, 0xF380, 0x8814, 0xDF00, WFI, *literal(RAM + 48)]
    machine = no_access(board(code, [WFI]), RAM, 32)
    assert ends(machine).startswith(f"MemManage: the MPU refuses to stack the registers for SVCall at 0x{RAM + 16:08x}")
    assert machine.fault_registers()["CFSR"] == MSTKERR


@pytest.mark.parametrize(("ap", "unprivileged"), [(FULL | XN, False), (PRIVILEGED, True)])
def test_code_that_may_not_be_executed(ap: int, unprivileged: bool) -> None:
    # ldr r0, =RAM | 1; movs r1, ...; msr control, r1; isb; bx r0, to wfi
    code = [0x4803, 0x2100 | unprivileged, 0xF381, 0x8814, 0xF3BF, 0x8F6F, 0x4700, NOP, *literal(RAM | 1)]
    machine = board(code, [WFI])
    machine.write_memory(RAM, WFI.to_bytes(2, "little"))
    poke(machine, (RNR, 0), (RBAR, FLASH), (RASR, FULL | size(1 << 20)))
    poke(machine, (RNR, 1), (RBAR, RAM), (RASR, ap | size(256)), (CTRL, ENABLE | PRIVDEFENA))
    who = " to unprivileged code" if unprivileged else ""
    text = ends(machine)
    assert text.startswith(
        f"MemManage: instruction fetch from 0x{RAM:08x}, which the MPU refuses{who}, at pc 0x{RAM:08x}"
    )
    assert machine.fault_registers()["CFSR"] == IACCVIOL


def test_code_runs_up_to_where_it_may_not() -> None:
    """A block of `adds r0, 1` runs into a region: what stands before it is executed."""
    machine = board([0x2000, 0x4A01, 0x4710, NOP, *literal(RAM - 8 | 1)], [WFI])  # movs r0, 0; ldr r2, =; bx r2
    machine.write_memory(RAM - 8, b"\x01\x30" * 8)
    text = ends(no_access(machine, RAM, 32))
    assert text.startswith(f"MemManage: instruction fetch from 0x{RAM:08x}")
    assert machine.register(0) == 4


@pytest.mark.parametrize(
    ("control", "locks_up"), [(ENABLE | PRIVDEFENA, False), (ENABLE | HFNMIENA | PRIVDEFENA, True)]
)
def test_it_spares_hard_fault_unless_told_otherwise(control: int, locks_up: bool) -> None:
    """The handler reads what the code may not: ldr r1, [r0]; wfi"""
    machine = no_access(board([*READ, *literal(WORD)], [0x6801, WFI]), RAM, 0x1000, control)
    assert ends(machine).startswith("lockup") is locks_up


@pytest.mark.parametrize("name", BOARDS.values())
def test_unprivileged_code_has_no_registers_of_the_core(name: str) -> None:
    # movs r0, 1; msr control, r0; isb; ldr r0, =SHCSR; ldr r1, [r0]; wfi
    code = [0x2001, 0xF380, 0x8814, 0xF3BF, 0x8F6F, 0x4801, 0x6801, WFI, *literal(SHCSR)]
    text = ends(board(code, [WFI], name))
    fault = "HardFault" if name == BOARDS["v6-M"] else "BusFault"
    what = f"{fault}: read of 0x{SHCSR:08x} on the private bus, which is refused to unprivileged code"
    assert text.startswith(f"{what}, at pc 0x{CODE + 12:08x}")


def test_without_the_background_nothing_else_is_there() -> None:
    machine = board([*READ, *literal(0x4000_0000)], [WFI])
    poke(machine, (RNR, 0), (RBAR, FLASH), (RASR, FULL | size(1 << 20)), (CTRL, ENABLE))
    assert ends(machine).startswith("MemManage: read of 0x40000000, which the MPU refuses")


def test_what_is_not_there_is_refused_first() -> None:
    """Cube's region 0 for Cortex-M7: no access to 4 GB but for the subregions of flash, RAM and registers."""
    machine = board([*READ, *literal(0x6000_0000)], [WFI], "nucleo-h7a3zi-q")
    poke(machine, (RNR, 0), (RBAR, 0), (RASR, XN | 0x87 << 8 | 31 << 1 | 1), (CTRL, ENABLE | PRIVDEFENA))
    assert ends(machine).startswith("MemManage: read of 0x60000000, which the MPU refuses")


@pytest.mark.parametrize(
    ("name", "regions"),
    [("nucleo-g0b1re", 8), ("nucleo-l4r5zi", 8), ("disco-f746ng", 8), ("nucleo-h7a3zi-q", 16), ("nucleo-u575zi-q", 8)],
)
def test_regions_by_board(name: str, regions: int) -> None:
    assert peek(board([WFI], name=name), TYPE) == regions << 8


def test_registers_of_pmsav7() -> None:
    machine = poke(board([WFI]), (RBAR, RAM | 0x13), (RASR, 0x1234_5601), (0xE000_EDA4, RAM | 0x14), (0xE000_EDA8, 5))
    assert peek(machine, RNR) == 4
    assert [peek(machine, at) for at in (RBAR, RASR)] == [RAM | 4, 5]
    assert [peek(poke(machine, (RNR, 3)), at) for at in (RBAR, RASR)] == [RAM | 3, 0x1234_5601]


def test_registers_of_pmsav8() -> None:
    machine = poke(board([WFI], name=BOARDS["v8-M"]), (RNR, 4), (RBAR, RAM | 0x1B), (0xE000_EDAC, RAM), (MAIR, 0x44FF))
    assert peek(machine, RBAR) == RAM | 0x1B
    assert peek(poke(machine, (RNR, 6)), RBAR) == RAM  # RBAR_A2 is that of region 4 + 2
    assert peek(machine, MAIR) == 0x44FF


# --- what regions say, as plain data ----------------------------------------------------------------------------------


def test_subregions() -> None:
    """0x87 leaves subregions 3 to 6: of 4 GB, 0x60000000 to 0xDFFFFFFF."""
    found = pmsav7(0, XN | 0x87 << 8 | 31 << 1 | 1)
    assert (found[0].begin, found[-1].end, len(found)) == (0x6000_0000, 0xE000_0000, 4)
    assert pmsav7(RAM + 32, FULL | 0xFF << 8 | size(32)) == [Range(RAM + 32, RAM + 64, both(R | W | X, R | W | X))]
    assert pmsav7(RAM, FULL | size(256) & ~1) == []


def test_the_highest_region_counts_or_none() -> None:
    regions = ((RAM, FULL | size(0x1000)), (RAM + 0x100, READ_ONLY | XN | size(0x100)))
    found = ranges(regions, False, False)
    assert [each for each in found if each.begin < RAM + 0x1000 and each.end > RAM] == [
        Range(RAM, RAM + 0x100, both(R | W | X, R | W | X)),
        Range(RAM + 0x100, RAM + 0x200, both(R, R)),
        Range(RAM + 0x200, RAM + 0x1000, both(R | W | X, R | W | X)),
    ]
    overlapping = ((RAM | 1 << 1, RAM + 0xFE0 | 1), (RAM + 0x100 | 3 << 1, RAM + 0x1E0 | 1))
    assert refused_at(ranges(overlapping, True, True), RAM, 0x1000, R) == RAM + 0x100
    assert pmsav8(RAM | 2 << 1 | 1, RAM | 1) == [Range(RAM, RAM + 32, both(R, 0))]


def test_the_default_map() -> None:
    found = default_ranges()
    assert refused_at(found, 0, 0x4000_0000, both(R | W | X, R | W | X)) is None
    assert refused_at(found, 0x4000_0000, 4, both(R | W, R | W)) is None
    assert refused_at(found, 0x5FFF_FFFC, 8, X) == 0x5FFF_FFFC
    assert refused_at(found, PRIVATE_BUS.start - 4, 8, both(0, R)) == PRIVATE_BUS.start
    assert refused_at(found, 0xE000_E000, 0x1000, R | W) is None
