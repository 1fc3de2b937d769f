#!/bin/sh
# Makes names.elf of its neighbours, with debug information that names no folder.
set -e
cd "$(dirname "$0")"
flags="-mcpu=cortex-m4 -mthumb -O2 -g -ffreestanding -fno-exceptions -fno-rtti -ffunction-sections"
for name in first second; do
  arm-none-eabi-g++ $flags -fdebug-prefix-map="$PWD"=src -c $name.cpp -o $name.o
done
arm-none-eabi-as -mcpu=cortex-m4 third.s -o third.o
arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -nostdlib -T link.ld -Wl,--gc-sections,-u,bare_label -Wl,--no-warn-rwx-segments \
  first.o second.o third.o -lgcc -o names.elf
rm first.o second.o third.o
