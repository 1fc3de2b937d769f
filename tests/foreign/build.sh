#!/bin/sh
# Makes a .hex of chips.c for each chip.
set -e
cd "$(dirname "$0")"
build() { # name, core, start of flash, first stack pointer, optimisation
  printf 'ENTRY(reset)\nSECTIONS { . = %s; .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) }\n' "$3" > out.ld
  printf '. = 0x20000000; .data : { *(.data*) *(.bss*) } }\n' >> out.ld
  macro=$(echo "$1" | tr a-z A-Z | cut -d- -f1)
  arm-none-eabi-gcc -mcpu="$2" -mthumb "${5:--Os}" -ffreestanding -nostdlib -D"$macro" -DSTACK="$4" -T out.ld \
    -Wl,--no-warn-rwx-segments chips.c -o out.elf
  arm-none-eabi-objcopy -O ihex out.elf "$1".hex
  rm out.elf out.ld
}
build stm32f1 cortex-m3 0x08000000 0x20005000
build stm32f4 cortex-m4 0x08000000 0x20020000
build stm32f4-o0 cortex-m4 0x08000000 0x20020000 -O0
build stm32h5 cortex-m33 0x08000000 0x200a0000
build nrf52 cortex-m4 0x00000000 0x20040000
build rp2040 cortex-m0plus 0x10000000 0x20042000
build lpc55 cortex-m33 0x00000000 0x20040000
build kinetis cortex-m4 0x00000000 0x20030000
build samd21 cortex-m0plus 0x00000000 0x20008000
build stm32l4 cortex-m4 0x08000000 0x20018000
build stm32g0 cortex-m0plus 0x08000000 0x20024000
build none cortex-m4 0x08000000 0x20020000
