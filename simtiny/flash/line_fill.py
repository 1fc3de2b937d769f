"""A flash behind the core's own caches, which may be narrower than their lines. STM32H7, F7. Neither prefetches.

With the data cache on, a flash narrower than a line reads on to fill one, and the next miss waits for that; the core
goes on with the first read of a line. STM32F7's flash is as wide as a line.

With the instruction cache off, code comes by lines through one buffer of the core. One line comes at a time, from the
double word that was asked for to its end, and none is given up half-way. The next line that the core foresees is asked
for as soon as this one is whole: the one behind it, or that of a branch whose target stands in the code. A return and
its like are known only when they come. A mispredicted branch finds the line of the wrong way under way, and its own
behind that. So it is measured on an STM32F767 at 0 wait states (dwelch67/stm32_samples 7f5166b, NUCLEO-F767ZI/perf01:
loops of two instructions with the branch target cache on and off): a loop within a line runs as from tightly coupled
memory, and 15, 16 or 17 cycles go by from one turn to the next where the core reads on into the next line in between:
0, 1 or 2 double words to the line's end, 6 cycles to the next line, 3 to its end and 6 back. That returns are not
foreseen was seen on Whetstone and Dhrystone (docs/validation/cortex-m7.md).

With the data cache off, each load takes the way to its memory and back: `simtiny/counting/native/counting.h`.
"""

from typing import Any

from simtiny.board import Board
from simtiny.flash.acceleration import line_reads, unit_bytes
from simtiny.flash.policy import Policy
from simtiny.native.record import NativeRecord, number

RECORD = NativeRecord(
    "LineFill",
    "A flash that fills lines by several reads.",
    (
        number("cycles", "for which it reads on once a miss has had what it waits for"),
        number("part", "what it has read first of the line: an offset in flash, in units of a read"),
        number("part_shift", "log2 of a read's bytes"),
        number("ready", "clock when it has read the rest"),
        number("whole", "clock when the core's buffer has all of the line of code that it reads past its cache"),
        number("begin", "where the block that is fetched begins, an offset as units have it"),
        number("wrong", "1 while the core reads the line of a way that it does not go"),
        number("late", "1 where it could not foresee which line comes next"),
    ),
)


def program(state: Any, board: Board, wait_states: int, prefetch: bool) -> None:
    """What follows from the flash's registers."""
    reads = line_reads(board)
    state.cycles = (reads - 1) * (wait_states + 1)
    state.part_shift = (unit_bytes(board) // reads).bit_length() - 1


def forget(state: Any) -> None:
    """A line under way is read to its end whatever becomes of the caches."""


LINE_FILL = Policy("line_fill", RECORD, program, forget, core_caches=True)
