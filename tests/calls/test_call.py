"""Functions of a few instructions, called on the emulated board: what they return, take, and how they end."""

import struct
from pathlib import Path

import numpy as np
import pytest

import simtiny
from simtiny.errors import BadInput, FirmwareFault
from simtiny.request import Request
from tests.calls.libraries import FLASH, of_halfwords

BX_LR, MOVS_R4_1, ADDS_R0_R1 = 0x4770, 0x2401, 0x1840
HERE = 0xE7FE


def test_a_sum_and_its_price() -> None:
    library = of_halfwords(ADDS_R0_R1, BX_LR)
    found = library.call("it", 40, 2)
    assert found.value == 42
    assert found.instructions == 2 and found.cycles == sum(found.cycles_by_effect.values())
    assert found.latency_ms == pytest.approx(found.cycles / 4e6 * 1e3)  # MSI, 4 MHz at reset [RM0432]
    assert found.latency_low_ms < found.latency_ms < found.latency_high_ms
    assert found.energy_uj is not None and found.energy_uj > 0
    assert "as the board is at reset: 4 MHz, 0 flash wait states" in found.assumptions[0]


def test_a_call_costs_what_the_window_of_a_run_has(tmp_path: Path) -> None:
    function = [0x2064, 0x3801, 0xD1FD, BX_LR]  # movs r0, #100; subs r0, #1; bne; bx lr
    main = [0xF000, 0xF806, HERE, *[0xBF00] * 5]  # bl 0x08000110, at 0x08000100
    vectors = struct.pack("<64I", 0x2000_8000, FLASH + 0x101, *[FLASH + 0x105] * 62)
    image = tmp_path / "fw.bin"
    image.write_bytes(vectors + struct.pack(f"<{len(main + function)}H", *main, *function))
    run = simtiny.run(image=image, board="nucleo-l4r5zi", function="0x08000110")
    firmware = simtiny.firmware(image, board="nucleo-l4r5zi")
    # A call goes by a pointer, BLX, whose refill takes a cycle more than that of the BL of main.
    assert firmware.call(0x0800_0110).cycles == run.cycles + 1
    assert firmware.call(0x0800_0110).cycles == run.cycles + 1  # without wait states caches save no time


def test_a_second_call_finds_the_caches_warm_and_cold_empties_them() -> None:
    library = of_halfwords(*[0xBF00] * 64, BX_LR, words=Request(clock_hz=120e6))
    first, second, cold = library.call("it"), library.call("it"), library.call("it", cold=True)
    assert first.operating_point.wait_states == 5
    assert first.cycles_by_effect["flash_code"] > 0 and second.cycles_by_effect["flash_code"] == 0
    assert cold.cycles == first.cycles


def test_the_core_stands_where_it_stood() -> None:
    library = of_halfwords(ADDS_R0_R1, BX_LR)
    library.call("it", 1, 2)
    before = library.machine.context()
    library.call("it", 3, 4)
    assert library.machine.context() == before


def test_arguments_on_the_stack() -> None:
    library = of_halfwords(0x9800, 0x9901, ADDS_R0_R1, BX_LR)  # ldr r0, [sp]; ldr r1, [sp, #4]
    assert library.call("it", 1, 2, 3, 4, 50, 60).value == 110


def test_a_buffer_is_copied_there_and_back() -> None:
    library = of_halfwords(0x8802, 0x1C52, 0x8002, BX_LR)  # ldrh r2, [r0]; adds r2, r2, #1; strh r2, [r0]
    array, constant = np.array([41, 7], np.uint16), bytes([1, 0])
    library.call("it", array, constant)
    assert array.tolist() == [42, 7]
    kept = library.alloc(np.array([5], np.uint16))
    library.call("it", kept)
    library.call("it", kept)
    assert kept.array(np.uint16).tolist() == [7] and kept.read() == bytes([7, 0])


def test_the_same_array_is_one_buffer_and_others_may_not_overlap() -> None:
    library = of_halfwords(0x1A08, BX_LR)  # subs r0, r1, r0
    array = np.zeros(8, np.int16)
    assert library.call("it", array, array).value == 0
    with pytest.raises(BadInput, match=r"it, argument 2: it overlaps another buffer of this call"):
        library.call("it", array, array[2:])


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ((MOVS_R4_1, BX_LR), r"it returned with r4 0x00000001 instead of 0x00000000, at pc 0x08000000 \(it"),
        ((0xB081, BX_LR), "it returned with sp 0x"),
        ((HERE,), r"it did not return: the firmware loops without end: .* at pc 0x08000000 \(it"),
        ((0x2001, 0x07C0, 0x6800, BX_LR), r"BusFault: read of 0x80000000.* at pc 0x08000004 \(it\+0x4\)"),
        ((0xDE00,), "UsageFault: undefined instruction, at pc 0x08000000"),
        ((0xB401, 0xE7FD), "stack overflow|BusFault"),  # push {r0}; b it
    ],
)
def test_calls_that_do_not_end_well(code: tuple[int, ...], message: str) -> None:
    library = of_halfwords(*code)
    with pytest.raises(FirmwareFault, match=message):
        library.call("it", 0)
    with pytest.raises(FirmwareFault, match=message):  # and a library can be called again
        library.call("it", 0)


def test_a_stack_that_grows_into_the_buffers() -> None:
    library = of_halfwords(0xB401, 0x3901, 0xD1FC, 0x4695, BX_LR)  # push {r0}; subs r1, #1; bne; mov sp, r2
    library.alloc(1)
    assert library._scratch is not None
    room = library._scratch.room
    words = room.stack_bytes // 4
    library.call("it", 7, words - 1, room.sp)
    with pytest.raises(FirmwareFault, match=f"stack overflow: it took more stack than the {room.stack_bytes:,} bytes"):
        library.call("it", 7, words + 1, room.sp)


def test_a_limit() -> None:
    library = of_halfwords(0x3801, 0xD1FD, BX_LR)  # subs r0, #1; bne
    with pytest.raises(FirmwareFault, match="it did not return within 1,000 cycles"):
        library.call("it", 100_000, limit_cycles=1000)
    assert library.call("it", 10).value == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("at",), r"no symbol 'at'"),
        ((0x0800_0002,), r"0x08000002 is inside of it, which begins at 0x08000000"),
        ((0x0800_8000,), "there is no function at 0x08008000"),
        ((0x9000_0000,), "outside of all memories"),
        ((None,), "by its name or its address, not by NoneType"),
        (("it", np.zeros(1 << 20)), r"it, argument 1: 8,388,608 bytes, and \d+,\d+ of sram3 are free"),
        (("it", np.zeros(4)[::2]), r"do not stand one behind the other"),
        (("it", np.array([None])), "an array of object"),
    ],
)
def test_what_can_not_be_called(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        of_halfwords(ADDS_R0_R1, BX_LR).call(*arguments)  # type: ignore[arg-type]


def test_a_library_does_not_boot() -> None:
    library = of_halfwords(BX_LR)
    with pytest.raises(BadInput, match="no vector table: there is nothing to boot"):
        library.boot()
    with pytest.raises(BadInput, match="no vector table: nothing in it runs by itself"):
        library.command("name")
