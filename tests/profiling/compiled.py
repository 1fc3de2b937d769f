"""Small C programs, compiled and linked for a board where GCC for Arm is there."""

import shutil
import subprocess
from pathlib import Path

import pytest

from simtiny.image import Image
from simtiny.image_load import load

needs_gcc = pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="needs GCC for Arm")

LINKER_SCRIPT = """
MEMORY { FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 256K
         RAM (rw) : ORIGIN = 0x20000000, LENGTH = 64K }
ENTRY(reset)
SECTIONS {
  .text : { KEEP(*(.vectors)) *(.text .text.*) *(.rodata .rodata.*) . = ALIGN(4); } > FLASH
  .ARM.exidx : { *(.ARM.exidx*) } > FLASH
  .data : { _data = .; *(.data .data.*) . = ALIGN(8); _edata = .; } > RAM AT > FLASH
  _load = LOADADDR(.data);
  .bss (NOLOAD) : { *(.bss .bss.* COMMON) . = ALIGN(8); } > RAM
  _end = .;
  _estack = ORIGIN(RAM) + LENGTH(RAM);
}
"""
START = """
extern char _estack[], _end[], _load[], _data[], _edata[];
void reset(void), work(void);
__attribute__((section(".vectors"), used)) void *const vectors[] = {_estack, reset};
__attribute__((noipa)) void done(void) { for (;;) __asm__ volatile(""); }
void reset(void) {
  for (int i = 0; i < _edata - _data; i++) _data[i] = _load[i];
  for (char *at = _edata; at < _end; at++) *at = 0;
  work();
  done();
}
"""
"""Calls `work`, which the test writes behind it."""


def linked(folder: Path, *options: str, **sources: str) -> Image:
    """The image of C files, by name without suffix. `options`: of the compiler."""
    (folder / "link.ld").write_text(LINKER_SCRIPT)
    for name, text in sources.items():
        (folder / f"{name}.c").write_text(text)
    command = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-Os", "-g", "-nostartfiles", "-T", "link.ld"]
    command += [*options, "-o", "test.elf", *(f"{name}.c" for name in sources)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return load(folder / "test.elf")
