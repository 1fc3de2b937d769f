#!/usr/bin/env bash
# Build the ELF samples anew: one with each version of debug information, one without any.
set -euo pipefail
cd "$(dirname "$0")"
for kind in g0 gdwarf-4 gdwarf-5; do
    arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -Os "-$kind" -ffile-prefix-map="$PWD=." -nostdlib -nostartfiles \
        -Wl,--no-warn-rwx-segments,-z,max-page-size=4 -T small.ld small.c -o "small-$kind.elf"
done
