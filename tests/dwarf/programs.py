"""Small programs that were compiled and linked, and what binutils say of each of their instructions."""

import re
import subprocess
from pathlib import Path

INLINE_C = """
static inline int square(int x) { return x * x; }
static inline int sum_of_squares(int a, int b) {
  int s = square(a);
  if (s > 7) { int u = square(b); s += u * 3; }
  return s;
}
__attribute__((noinline)) int dropped(int x) { return square(x) + 1; }
__attribute__((noinline)) int work(volatile int *p) {
  int total = 0;
  for (int i = 0; i < 8; i++) total += sum_of_squares(p[i], i);
  return total;
}
volatile int data[8];
int start(void) { data[0] = work(data); return data[0]; }
"""
CLASSES_CPP = """
namespace outer { namespace {
template <typename T> inline T twice(T x) { return x + x; }
}
class Filter {
 public:
  explicit Filter(int gain) : gain_(gain) {}
  int apply(int x) const { return twice(x * gain_); }
  int run(volatile int *p);
 private:
  int gain_;
};
__attribute__((noinline)) int Filter::run(volatile int *p) {
  int total = 0;
  for (int i = 0; i < 4; i++) total += apply(p[i]);
  auto shifted = [&](int by) { return total >> by; };
  return shifted(p[0]);
}
}
volatile int data[4];
extern "C" int start(void) { outer::Filter filter(3); return filter.run(data); }
"""
LINKER = """
ENTRY(start)
SECTIONS {
  . = 0x08000000;
  .text : { LONG(0x20001000) LONG(start) *(.text.start) *(.text*) *(.rodata*) *(.ARM.*) }
  . = 0x20000000;
  .data : { *(.data*) *(.bss*) *(COMMON) }
}
"""
GCC = ("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb")
CLANG = ("clang-16", "--target=thumbv7em-none-eabi", "-fuse-ld=/usr/bin/arm-none-eabi-ld")


def compiled(folder: Path, compiler: tuple[str, ...], *flags: str, cpp: bool = False) -> Path:
    source = folder / ("program.cpp" if cpp else "program.c")
    source.write_text(CLASSES_CPP if cpp else INLINE_C)
    (folder / "link.ld").write_text(LINKER)
    more = ("-fno-exceptions", "-fno-rtti") if cpp else ()
    compile_flags = ["-ffreestanding", "-g", *more, *flags]
    command = [*compiler[:3], *compile_flags, "-c", source.name, "-o", "program.o"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    command = [*GCC, *compile_flags, "-nostdlib", "-T", "link.ld", "program.o", "-lgcc", "-o", "out.elf"]
    if compiler is CLANG:
        command = [*GCC, "-nostdlib", "-T", "link.ld", "-Wl,--gc-sections", "program.o", "-lgcc", "-o", "out.elf"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "out.elf"


def code_addresses(elf: Path) -> list[int]:
    listing = subprocess.run(
        ["arm-none-eabi-objdump", "-d", "-j", ".text", elf], check=True, capture_output=True, text=True
    ).stdout
    return [int(found, 16) for found in re.findall(r"^ +([0-9a-f]+):\t", listing, re.MULTILINE)]


def by_addr2line(elf: Path, addresses: list[int]) -> dict[int, list[tuple[str, str]]]:
    """Of each address the name, without its parameters, and "path:line" of each frame, innermost first."""
    command = ["arm-none-eabi-addr2line", "-a", "-i", "-f", "-C", "-e", elf, *map(hex, addresses)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[int, list[tuple[str, str]]] = {}
    lines = iter(output.splitlines())
    current: list[tuple[str, str]] = []
    for line in lines:
        if line.startswith("0x"):
            current = found.setdefault(int(line, 16), [])
        else:
            current.append((line, next(lines).partition(" (discriminator")[0]))
    return found
