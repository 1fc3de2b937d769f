"""A flash behind the core's own caches, which may be narrower than their lines. STM32H7, F7. Neither prefetches.

With the data cache on, a flash narrower than a line reads on to fill one, and the next miss waits for that; the core
goes on with the first read of a line. STM32F7's flash is as wide as a line.

With the instruction cache off, code comes by lines through one buffer of the core. The next line that the core
foresees is asked for ahead: the one behind it, or that of a branch whose target stands in the code. A return and its
like are known only when they come. A mispredicted branch finds the line of the wrong way in the buffer.

STM32F7's flash and RAM are behind a bridge to AHB. There one line comes at a time, from the double word that was asked
for to its end, and none is given up half-way: the next one is asked for when this one is whole, and what comes behind a
mispredicted branch when that of the wrong way is. So it is measured on an STM32F767 at 0 wait states: loops of two
instructions, with the branch target cache on and off (dwelch67/stm32_samples 7f5166b, NUCLEO-F767ZI/perf01). A loop
within a line runs as from tightly coupled memory. A turn takes 15, 16 or 17 cycles where the core reads on into the
next line in between: 0, 1 or 2 double words to the end of its own, 6 cycles to the next line, 3 to its end, 6 back.

STM32H7's are on AXI, which takes several requests: there the next line is asked for as soon as this one comes, and a
mispredicted branch does not wait for the wrong one. CoreMark by the position of its code tells that
(docs/validation/cortex-m7.md), as Whetstone and Dhrystone on STM32F7 tell of returns.

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
        number("one_by_one", "1 where the bus brings one line at a time"),
        number("free", "clock from which the next line of code can be asked for past the cache"),
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
    state.one_by_one = board.flash.kind in ONE_BY_ONE


def forget(state: Any) -> None:
    """A line under way is read to its end whatever becomes of the caches."""


ONE_BY_ONE = ("stm32f7",)
"""Kinds of flash that are, like the RAM beside them, behind a bridge from AXI to AHB: one line at a time."""
LINE_FILL = Policy("line_fill", RECORD, program, forget, core_caches=True)
