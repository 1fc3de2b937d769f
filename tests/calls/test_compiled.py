"""What GCC makes of C: the compiler is the reference for where arguments and results go."""

import ctypes
from pathlib import Path

import numpy as np
import pytest

import simtiny
from simtiny.data import data_path
from simtiny.errors import BadInput, FirmwareFault
from tests.calls.libraries import CORES, compiled

SOURCE = """
#include <stdint.h>
typedef struct { float x, y, z; } point_t;
typedef struct { int64_t sum; int32_t count; } total_t;
typedef struct { uint8_t a, b; } small_t;
static int32_t counter = 5;
static int32_t zeroed;
const char *const name = "simtiny";

int64_t mixed(int8_t a, int64_t b, uint16_t c, int64_t d, int e) { return a + 2 * b + 3 * c + 5 * d + 7 * e; }
double floats(float a, double b, float c, int d, double e) { return a + 2 * b + 3 * c + 5 * d + 7 * e; }
float many(float a, float b, float c, float d, float e, float f, float g, float h, float i, float j, float k, float l,
           float m, float n, float o, float p, float q, double r) {
    return a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p + 100 * q + (float)(1000 * r);
}
float length2(point_t p, float scale) { return scale * (p.x * p.x + p.y * p.y + p.z * p.z); }
point_t twice(point_t p) { return (point_t){2 * p.x, 2 * p.y, 2 * p.z}; }
total_t total(const int32_t *values, uint32_t count) {
    total_t found = {0, (int32_t)count};
    for (uint32_t i = 0; i < count; i++) found.sum += values[i];
    return found;
}
int after(total_t t, int x) { return (int)t.sum + t.count + x; }
small_t small(small_t s) { return (small_t){s.b, s.a}; }
_Bool negative(int16_t value) { return value < 0; }
int count(void) { return ++counter * 10 + ++zeroed; }
const char *get_name(void) { return name; }
unsigned length(const char *text) { unsigned n = 0; while (text[n]) n++; return n; }
int sum_of(int count, ...) {
    __builtin_va_list list; __builtin_va_start(list, count);
    int sum = 0; while (count--) sum += (int)__builtin_va_arg(list, double);
    __builtin_va_end(list); return sum;
}
"""


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_float), ("y", ctypes.c_float), ("z", ctypes.c_float)]


class Total(ctypes.Structure):
    _fields_ = [("sum", ctypes.c_int64), ("count", ctypes.c_int32)]


class Small(ctypes.Structure):
    _fields_ = [("a", ctypes.c_uint8), ("b", ctypes.c_uint8)]


@pytest.fixture(scope="module", params=CORES)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> simtiny.Firmware:
    image = compiled(tmp_path_factory.mktemp("lib"), SOURCE, f"{CORES[request.param]} -lgcc -Wl,--start-group")
    return simtiny.firmware(image, board=request.param)


def test_integers(library: simtiny.Firmware) -> None:
    assert library.call("mixed", -1, -(1 << 40), 500, 1 << 35, -3).value == -1 - (2 << 40) + 1500 + (5 << 35) - 21


def test_floats(library: simtiny.Firmware) -> None:
    assert library.call("floats", 1.5, 2.25, -3, 4, 0.125).value == 1.5 + 4.5 - 9 + 20 + 0.875
    assert library.call("many", *range(1, 18), 3.0).value == 136 + 1700 + 3000


def test_structs(library: simtiny.Firmware) -> None:
    assert library.call("length2", Point(1, 2, 3), 0.5).value == 7.0
    found = library.call("twice", Point(1, 2, 3), returns=Point).value
    assert (found.x, found.y, found.z) == (2, 4, 6)
    total = library.call("total", np.array([1 << 30] * 4, np.int32), 4, returns=Total).value
    assert (total.sum, total.count) == (1 << 32, 4)
    assert library.call("after", Total(40, 1), 1).value == 42
    swapped = library.call("small", Small(3, 4), returns=Small).value
    assert (swapped.a, swapped.b) == (4, 3)


def test_data_are_there_and_last(library: simtiny.Firmware) -> None:
    first = library.call("count").value
    assert library.call("count").value == first + 11
    assert library.call("length", "simtiny").value == 7
    pointer = library.call("get_name").value
    assert library.machine.read_memory(pointer, 8) == b"simtiny\0"
    assert library.call("negative", -1).value is True


def test_further_arguments_are_passed_as_without_an_fpu(library: simtiny.Firmware) -> None:
    assert library.call("sum_of", 2, np.float64(40), np.float64(2)).value == 42


def test_the_prototype_says_what_fits(library: simtiny.Firmware) -> None:
    with pytest.raises(BadInput, match="mixed takes 5 arguments, not 1"):
        library.call("mixed", 1)
    with pytest.raises(BadInput, match="mixed, argument 1: 200 does not fit int8_t"):
        library.call("mixed", 200, 1, 1, 1, 1)
    with pytest.raises(BadInput, match="negative, argument 1: a buffer where it takes no pointer"):
        library.call("negative", b"x")
    with pytest.raises(BadInput, match="total returns a struct of 16 bytes: give `returns`"):
        library.call("total", None, 0)
    with pytest.raises(BadInput, match="length2, argument 1: float32 where it takes a struct of 12 bytes"):
        library.call("length2", np.float32(1), 2.0)
    with pytest.raises(BadInput, match="name is data, not a function"):
        library.call("name")


def test_a_stripped_library_works_by_address(tmp_path: Path) -> None:
    image = compiled(tmp_path, "int add(int a, int b) { return a + b; }", f"{CORES['nucleo-l4r5zi']} -s")
    library = simtiny.firmware(image, board="nucleo-l4r5zi")
    assert library.call(0x0800_0000, 40, 2).value == library.call("0x08000001", 40, 2).value == 42
    with pytest.raises(BadInput, match="has no symbols"):
        library.call("add", 40, 2)
    with pytest.raises(BadInput, match=r"argument 1: 1.5 may be a float or a double"):
        library.call(0x0800_0000, 1.5, 2)


def test_a_library_for_another_core(tmp_path: Path) -> None:
    image = compiled(tmp_path, "int one(void) { return 1; }", "-mcpu=cortex-m33")
    with pytest.raises(BadInput, match=r"built for Arm v8-M.main, which cortex-m4f of nucleo-l4r5zi can't run"):
        simtiny.firmware(image, board="nucleo-l4r5zi")


def test_where_the_stack_and_the_buffers_are(tmp_path: Path) -> None:
    image = compiled(tmp_path, "char *at(char *b) { char x[8]; b[0] = 1; return b; }", CORES["nucleo-h7a3zi-q"])
    places = {}
    for ram in (None, "itcm", "axi_sram"):
        library = simtiny.firmware(image, board="nucleo-h7a3zi-q", ram=ram)
        memory = library.machine.board.memory_at(library.call("at", bytearray(1)).value)
        places[ram] = memory and memory.name
    assert places["itcm"] == "itcm" and places["axi_sram"] == places[None] == "axi_sram"
    with pytest.raises(BadInput, match="`ram`: unknown memory 'sram9'"):
        simtiny.firmware(image, board="nucleo-h7a3zi-q", ram="sram9").call("at", bytearray(1))


SCRIPT = """
MEMORY { flash (rx) : ORIGIN = 0x08000000, LENGTH = 128K  ram (rw) : ORIGIN = 0x20000000, LENGTH = 64K }
SECTIONS {
    .text : { *(.text* .rodata*) } > flash
    .data : { *(.data*) } > ram AT > flash
    .bss (NOLOAD) : { *(.bss* COMMON) } > ram
}
"""


def test_data_that_startup_code_would_copy_are_at_their_addresses(tmp_path: Path) -> None:
    (tmp_path / "lib.ld").write_text(SCRIPT)
    source = "int set = 40, zero; int both(void) { return set + zero; }"
    image = compiled(tmp_path, source, f"{CORES['nucleo-l4r5zi']} -T {tmp_path / 'lib.ld'}")
    found = simtiny.firmware(image, board="nucleo-l4r5zi").call("both")
    assert found.value == 40


CONSTRUCTED = """
int value;
__attribute__((constructor)) static void construct(void) { value = 42; }
int get(void) { return value; }
"""


def test_constructors_run_before_the_first_call(tmp_path: Path) -> None:
    image = compiled(tmp_path, CONSTRUCTED, CORES["nucleo-l4r5zi"])
    assert simtiny.firmware(image, board="nucleo-l4r5zi").call("get").value == 42


def test_a_clock_of_the_users_and_its_refusals(tmp_path: Path) -> None:
    image = compiled(tmp_path, "int one(void) { return 1; }", CORES["nucleo-l4r5zi"])
    found = simtiny.firmware(image, board="nucleo-l4r5zi", clock_hz=120e6).call("one")
    assert (found.operating_point.clock_hz, found.operating_point.wait_states) == (120e6, 5)
    assert "as asked for: 120 MHz, 5 flash wait states" in found.assumptions[0]
    with pytest.raises(BadInput, match="runs at up to"):
        simtiny.firmware(image, board="nucleo-l4r5zi", clock_hz=500e6)
    with pytest.raises(BadInput, match="`function` has no effect on calls"):
        simtiny.firmware(image, board="nucleo-l4r5zi", function="one")  # type: ignore[call-arg]


def test_firmware_boots_answers_and_is_called() -> None:
    image = data_path("firmware", "images", "nucleo-l4r5zi-dsp.elf")
    firmware = simtiny.firmware(image, board="nucleo-l4r5zi")
    target = bytearray(8)
    at_main = firmware.call("memcpy", target, b"12345678", 8)
    assert bytes(target) == b"12345678" and at_main.operating_point.clock_hz == 4e6
    assert firmware.boot().endswith("m-ready\n")
    assert "simtiny" in firmware.command("name")
    assert firmware.call("memcpy", target, b"abcdefgh", 8).operating_point.clock_hz == 120e6
    assert "simtiny" in firmware.command("name") and firmware.serial.count("m-name") == 2
    with pytest.raises(BadInput, match="an operating point is for images without a vector table"):
        simtiny.firmware(image, board="nucleo-l4r5zi", clock_hz=80e6)
    for _ in range(2):
        with pytest.raises(FirmwareFault, match=r"BusFault: write to 0x90000000.*memcpy"):
            firmware.call("memcpy", 0x9000_0000, b"12345678", 8)
