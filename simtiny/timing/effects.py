"""What cycles are spent on. Every estimate is a sum over these, so that a report can say where the time goes."""

from enum import IntEnum


class Effect(IntEnum):
    ISSUE = 0  # one cycle an instruction
    MEMORY = 1  # further cycles of loads and stores, less what pipelining saves
    ADDRESS = 2  # an address that the instruction before has just computed or loaded
    BRANCH = 3  # pipeline refill after a taken branch
    FETCH = 4  # waits for the fetch buffer: wide instructions across word boundaries
    MULTIPLY = 5  # multiply-accumulate beyond one cycle
    DIVIDE = 6
    FLOATING_POINT = 7  # FPU instructions beyond one cycle and waits for their results
    SYSTEM = 8  # barriers, system registers
    FLASH_CODE = 9  # waits for instructions from flash
    FLASH_DATA = 10  # waits for literals and constants from flash
    EXCEPTION = 11  # entry, return, tail-chaining
    RAM_DATA = (
        12  # waits for RAM behind a cache or past it, or with wait states: for data, and for code that runs there
    )


Cost = tuple[int, ...]  # cycles by Effect
EFFECTS = len(Effect)
