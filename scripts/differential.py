"""Random sequences of instructions on the machine and on Debian's qemu-system-arm: the same registers, flags, memory?

    python scripts/differential.py --core cortex-m7 --sequences 10000 --seed 1

Each sequence starts from a state of its own (R0 to R7, APSR, 192 bytes of memory, FPSCR, S0 to S15), with values picked
where arithmetic has its edges, and ends in another, which is compared. Many sequences make one image. Where the ends
differ, the sequence is run again up to each of its instructions, and the first that differs is shown.

Needs arm-none-eabi-as, -ld, -nm and -objcopy, and qemu-system-arm. Ends with exit status 1 if anything differs.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.differential.compare import differences
from tests.differential.cores import TARGETS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--core", choices=TARGETS, action="append", help="by default all")
    parser.add_argument("--sequences", type=int, default=10_000, help="of each core")
    parser.add_argument("--length", type=int, default=12, help="steps of a sequence")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=20, help="differences of a core to show")
    options = parser.parse_args()
    total = 0
    for core in options.core or TARGETS:
        count = 0
        for found in differences(TARGETS[core], options.seed, options.sequences, options.length):
            count += 1
            if count <= options.most:
                print(f"{core}: {found}", flush=True)
        print(f"{core}: {options.sequences} sequences of {options.length} steps, {count} differ", flush=True)
        total += count
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
