"""Exceptions as the user knows them. Imports nothing heavy: reports of stored counts need it."""

from simtiny.board import Board
from simtiny.machine.nvic import (
    BUS_FAULT,
    DEBUG_MONITOR,
    FIRST_IRQ,
    HARD_FAULT,
    MEM_MANAGE,
    NMI,
    PEND_SV,
    SV_CALL,
    SYS_TICK,
    USAGE_FAULT,
)

_NAMES = {
    NMI: "NMI", HARD_FAULT: "HardFault", MEM_MANAGE: "MemManage", BUS_FAULT: "BusFault", USAGE_FAULT: "UsageFault",
    SV_CALL: "SVCall", DEBUG_MONITOR: "DebugMonitor", PEND_SV: "PendSV", SYS_TICK: "SysTick",
}  # fmt: skip


def exception_name(number: int) -> str:
    """By the architecture alone."""
    return _NAMES.get(number, f"interrupt {number - FIRST_IRQ}" if number >= FIRST_IRQ else f"exception {number}")


def interrupt_name(board: Board, number: int) -> str:
    """`SysTick`, or `IRQ 28 (tim2)` where the board has a peripheral there."""
    if number < FIRST_IRQ:
        return exception_name(number)
    names = [config.name for config in board.peripherals if number - FIRST_IRQ in config.irq]
    return f"IRQ {number - FIRST_IRQ}" + (f" ({', '.join(names)})" if names else "")
