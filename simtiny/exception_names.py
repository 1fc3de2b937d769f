"""Exceptions by their numbers, as the user knows them. Arm v7-M ARM, B1.5.2."""

from simtiny.board import Board

_NAMES = {
    2: "NMI", 3: "HardFault", 4: "MemManage", 5: "BusFault", 6: "UsageFault",
    11: "SVCall", 12: "DebugMonitor", 14: "PendSV", 15: "SysTick",
}  # fmt: skip
_FIRST_IRQ = 16


def exception_name(number: int) -> str:
    """By the architecture alone."""
    return _NAMES.get(number, f"interrupt {number - _FIRST_IRQ}" if number >= _FIRST_IRQ else f"exception {number}")


def interrupt_name(board: Board, number: int) -> str:
    """`SysTick`, or `IRQ 28 (tim2)` where the board has a peripheral there."""
    if number < _FIRST_IRQ:
        return exception_name(number)
    names = [config.name for config in board.peripherals if number - _FIRST_IRQ in config.irq]
    return f"IRQ {number - _FIRST_IRQ}" + (f" ({', '.join(names)})" if names else "")
