"""`simtiny.execute`: what ends a run, what is printed and typed, and what it took."""

import shutil
import subprocess
from math import fsum
from pathlib import Path

import pytest

import simtiny
from simtiny.errors import BadInput
from tests.exec.firmware import BKPT, BOARD, CALL, HERE, OWN, WFI, program, writes

PRINTED = "own: ready\r\nframe 3 checksum b36f7b3a\r\nframe 7 checksum 5ce1a3f1\r\nown: done\r\nown: goodbye\n"


def crc(data: list[int]) -> int:
    """As `checksum` of the example has it: CRC-32 (polynomial 0xEDB88320), 16 bits at a time."""
    found = 0xFFFF_FFFF
    for each in data:
        found ^= each & 0xFFFF
        for _ in range(16):
            found = found >> 1 ^ (0xEDB8_8320 if found & 1 else 0)
    return found ^ 0xFFFF_FFFF


def frames(count: int) -> list[int]:
    """The checksums that the example comes to, worked out here: samples, the low pass in C's division, CRC."""
    taps, noise, found = (1, 6, 15, 28, 28, 15, 6, 1), 1, []
    for frame in range(count):
        samples = []
        for _ in range(32 + 16 * (frame % 8)):
            noise = (noise * 1_103_515_245 + 12_345) & 0xFFFF_FFFF
            samples.append(((noise >> 16) ^ 0x8000) - 0x8000)
        sums = [sum(t * s for t, s in zip(taps, samples[at:], strict=False)) for at in range(len(samples) - 7)]
        found.append(crc([abs(each) // 100 * (1 if each >= 0 else -1) for each in sums]))
    return found


@pytest.fixture(scope="module")
def own() -> simtiny.ExecResult:
    return simtiny.execute(OWN, board=BOARD)


def test_the_example_prints_what_it_should(own: simtiny.ExecResult) -> None:
    checksums = frames(8)
    assert f"frame 3 checksum {checksums[3]:08x}\r\n" in PRINTED
    assert f"frame 7 checksum {checksums[7]:08x}\r\n" in PRINTED
    assert own.output == PRINTED
    assert own.output_bytes == {"uart": 12 + 2 * 27 + 11, "semihosting": 13}
    assert (own.end, own.status) == ("exit", 0)


def test_what_it_took_is_the_sum_of_its_sections(own: simtiny.ExecResult) -> None:
    assert [section.operating_point.clock_hz for section in own.sections] == [4e6, 16e6]
    assert own.cycles == sum(section.cycles for section in own.sections)
    assert own.time_ms == pytest.approx(fsum(1e3 * s.cycles / s.operating_point.clock_hz for s in own.sections))
    assert own.energy is not None
    assert own.energy.energy_uj == pytest.approx(fsum(section.energy_uj or 0 for section in own.sections))
    assert own.energy_share == 1
    assert 0.5 < own.sleep_share < 1  # eight frames, one every 5 ms, of some 0.3 to 1.5 ms
    assert 35 < own.time_ms < 60
    (stack,) = own.stacks
    assert (stack.size_bytes, stack.limit_by) == (1024, "__StackLimit")
    assert 40 <= stack.used_bytes <= 160


def test_what_was_waited_for(own: simtiny.ExecResult) -> None:
    """77 characters at 115,200 baud, 10 bits each, are 6.68 ms; what is not polled for is the work between them."""
    assert own.waits["LPUART1"] / 16e3 == pytest.approx(77 * 10 / 115.2, rel=0.15)


def test_the_same_again_is_the_same(own: simtiny.ExecResult) -> None:
    assert simtiny.execute(OWN, board=BOARD).to_dict() == own.to_dict()


def test_until_text_is_printed() -> None:
    shown: list[bytes] = []
    result = simtiny.execute(OWN, board=BOARD, until="frame 3", show=shown.append)
    assert (result.end, result.status) == ("until", 0)
    assert b"".join(shown) == b"own: ready\r\nframe 3"
    assert result.output.encode() == b"".join(shown)


def test_text_that_never_comes() -> None:
    result = simtiny.execute(OWN, board=BOARD, until="frame 9")
    assert (result.end, result.status) == ("exit", 1)


def test_for_a_time() -> None:
    """The clock goes from 4 to 16 MHz after 1358 cycles, 0.3395 ms: 0.6605 ms more are 10,568 cycles."""
    for duration, cycles, ended in (
        ("5000cycles", 5000, "it has run for 5000cycles"),
        ("1ms", 1358 + 10_568, "it has run for 1ms of emulated time"),
    ):
        result = simtiny.execute(OWN, board=BOARD, duration=duration)
        assert (result.end, result.ended) == ("limit", ended)
        assert cycles <= result.cycles < cycles + 20  # at the end of a block


def test_what_is_typed_arrives() -> None:
    result = simtiny.execute(OWN, board=BOARD, stdin=b"r2")
    checksums = frames(10)
    assert result.output.startswith(f"own: ready\r\nframe 0 checksum {checksums[0]:08x}\r\n")
    assert f"frame 7 checksum {checksums[7]:08x}\r\nown: done" in result.output  # two frames more, not told of
    assert result.time_ms > 50


def test_a_pin_at_a_time() -> None:
    """The button makes the third frame on, at 15 ms, half as long again: other checksums, and more samples."""
    result = simtiny.execute(OWN, board=BOARD, pins=("PC13=1@12ms", "PC13=0@60ms"))
    assert result.end == "exit"
    assert f"frame 3 checksum {frames(4)[3]:08x}" not in result.output
    assert result.cycles > simtiny.execute(OWN, board=BOARD, pins="PC13=1@1s").cycles


def test_serial_input_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text('time,what,value\n# a report\n12ms,serial,"r"\n')
    result = simtiny.execute(OWN, board=BOARD, events=tmp_path / "events.csv")
    (reported,) = [line for line in result.output.split("\r\n") if line.startswith(("frame 1", "frame 2"))]
    assert reported == f"frame {reported[6]} checksum {frames(3)[int(reported[6])]:08x}"


@pytest.mark.parametrize(
    ("code", "end", "status", "ended"),
    [
        ([HERE], "loops", 0, "it loops at 0x08000120, which changes nothing"),
        ([WFI, HERE], "waits", 0, "it sleeps, and no interrupt that is enabled can wake it"),
        ([BKPT], "fault", 3, "breakpoint without a debugger, at pc 0x08000120"),
        ([0xDE00], "fault", 3, "UsageFault: undefined instruction, at pc 0x08000120"),
        # ldr r0, =ICSR; movs r1, 1; lsls r1, 28 (PENDSVSET); str r1, [r0]; b .
        ([0x4802, 0x2101, 0x0709, 0x6001, HERE, HERE, 0xED04, 0xE000], "fault", 3, "in the handler of PendSV it loops"),
        # ldr r0, =address; ldr r1, [r0]; b to the load: GPIOA_IDR, LPUART1_ISR, and a register of nobody's
        ([0x4801, 0x6801, 0xE7FD, HERE, 0x0010, 0x4800], "waits", 0, "it loops at 0x08000122, polling"),
        ([0x4801, 0x6801, 0xE7FD, HERE, 0x801C, 0x4000], "waits", 0, "it loops at 0x08000122, polling"),
        ([0x4801, 0x6801, 0xE7FD, HERE, 0x2C00, 0x4000], "fault", 3, "the firmware loops without end: it loops at"),
        # ldr r0, =AIRCR; ldr r1, =VECTKEY and SYSRESETREQ; str r1, [r0]; b .
        (
            [0x4801, 0x4902, 0x6001, HERE, 0xED0C, 0xE000, 0x0004, 0x05FA],
            "fault",
            3,
            "the firmware is kept busy without end: it has reset itself 101 times",
        ),
        ([0x2007, 0x2100, 0xBEAB, HERE], "waits", 0, "it waits for input by semihosting"),  # SYS_READC
    ],
)
def test_ends(tmp_path: Path, code: list[int], end: str, status: int, ended: str) -> None:
    result = simtiny.execute(program(tmp_path, code), board=BOARD)
    assert (result.end, result.status) == (end, status)
    assert result.ended.startswith(ended)


def test_output_before_a_fault_is_kept(tmp_path: Path) -> None:
    result = simtiny.execute(program(tmp_path, writes(b"here\n", BKPT)), board=BOARD)
    assert (result.output, result.end) == ("here\n", "fault")
    assert result.ended.endswith("last output 'here'")


def test_one_console_of_several(tmp_path: Path) -> None:
    assert simtiny.execute(OWN, board=BOARD, console="semihosting").output == "own: goodbye\n"
    assert simtiny.execute(OWN, board=BOARD, console="uart").output == PRINTED.removesuffix("own: goodbye\n")


def test_the_itm_is_heard_where_a_probe_listens(tmp_path: Path) -> None:
    """As CMSIS' ITM_SendChar: TCR and TER are asked, and then port 0 is written, as a byte and as a word.

    ldr r0, =0xE0000000; movs r2, 0xE8; lsls r2, 4; ldr r3, [r0, r2]; cbz r3, end; movs r1, 'A'; strb r1, [r0];
    ldr r1, ='wxyz'; str r1, [r0]; b .
    """
    code = [0x4805, 0x22E8, 0x0112, 0x5883, 0xB11B, 0x2141, 0x7001, 0x4902, 0x6001, HERE, HERE, 0xBF00]
    code += [0x0000, 0xE000, *(int.from_bytes(pair, "little") for pair in (b"wx", b"yz"))]
    code[0], code[7] = 0x4805, 0x4903
    path = program(tmp_path, code)
    assert simtiny.execute(path, board=BOARD).output == "Awxyz"
    assert simtiny.execute(path, board=BOARD, console="uart").output == ""


def test_what_can_t_be_used(tmp_path: Path) -> None:
    for words, message in (
        ({"duration": "2"}, "`duration` 2: expected a time such as 2s"),
        ({"console": "usb"}, "console"),
        ({"files": tmp_path / "no"}, "there is no such folder"),
        ({"pins": "PA0"}, "`pins` PA0: expected a pin"),
        ({"duration": "1" * 5000 + "cycles"}, "expected a time such as"),
        ({"pins": "XY9=1@1ms"}, "has no pin 'XY9' that can be driven"),
        ({"arguments": "a\0"}, "`arguments`"),
        ({"until": ""}, "`until` is empty"),
    ):
        with pytest.raises(BadInput, match=message):
            simtiny.execute(OWN, **{"board": BOARD, **words})  # type: ignore[arg-type]


def test_files_and_arguments_are_handed_on(tmp_path: Path) -> None:
    """SYS_OPEN of "f" to be written, by a parameter block behind the code: the file is made in the folder alone."""
    # adr r1, block; movs r0, 1; bkpt 0xAB; b . | block: name, 4 ("w"), 1; name: "f"
    place = 0x0800_0120
    code = [0xA101, 0x2001, 0xBEAB, HERE]
    block = [place + 20, 4, 1]
    words = [half for word in block for half in (word & 0xFFFF, word >> 16)]
    path = program(tmp_path, [*code, *words, 0x66])
    (tmp_path / "files").mkdir()
    simtiny.execute(path, board=BOARD, files=tmp_path / "files")
    assert [each.name for each in (tmp_path / "files").iterdir()] == ["f"]


def test_the_example_s_image_is_what_its_sources_give(tmp_path: Path) -> None:
    if shutil.which("make") is None or shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("no arm-none-eabi-gcc")
    version = subprocess.run(["arm-none-eabi-gcc", "-dumpversion"], capture_output=True, text=True, check=True)
    if version.stdout.strip() != "12.2.1":
        pytest.skip("another version of arm-none-eabi-gcc")
    folder = shutil.copytree(OWN.parent, tmp_path / "built")
    (folder / "own.elf").unlink()
    subprocess.run(["make", "-s"], cwd=folder, check=True)
    assert (folder / "own.elf").read_bytes() == OWN.read_bytes()


def test_a_load_from_flash_that_stands_in_two_blocks_is_met_once(tmp_path: Path) -> None:
    # It waits for RAM otherwise where other loads come before it, and was told apart again at each of 16,000 turns.
    base, zero, count = [0x2008, 0x0600], [0x2300], [0x24FA, 0x01A4]  # r0 = 0x08000000; r3 = 0; r4 = 250 << 6
    inner = [0x2502, 0xE001, 0x5CC1, 0x5CC1, 0x5CC2, 0x3D01, 0xD1FA]  # ldrb, ldrb, then ldrb: entered there at first
    leave = [0x3C01, 0xD1F6, 0x2018, CALL, HERE]
    result = simtiny.execute(program(tmp_path, [*base, *zero, *count, *inner, *leave]), board=BOARD)
    assert result.end == "exit"
    assert result.instructions == 5 + 16_000 * (2 + 3 + 5 + 2) + 2
